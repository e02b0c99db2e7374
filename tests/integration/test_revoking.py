"""An event takes back what was begun before: by its own cancelling event, with the jobs that wait, told before and recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import MACHINE, VisitPlugin
from workflow_core import operations, queries
from workflow_core.database import Database
from workflow_core.definition_reader import read_definitions
from workflow_core.exceptions import InvalidDefinition, InvalidInput, PluginError
from workflow_core.guards import Actor
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs
from workflow_core.lint import KnownNames, lint
from workflow_core.operations import Caused, Consequence
from workflow_core.operations.revoking import is_withdrawn
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import Process, new_id
from workflow_core.unit_of_work import ProcessEngine, Write
from workflow_core.verification import replay, verify

DAY = date(2026, 11, 2)
EXTENSION = """
code: visit_taking_back
version: 1
title: Посещение, которое отменяет начатое
extends: visit
add:
  revokes:
    pause: [begun_visits]
    cancel: [begun_visits]
"""


class TakingBack(VisitPlugin):
    """Visits that take back other visits when they are put off; what, the test says."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.begun: dict[str, list[Caused]] = {}
        self.told: list[str] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    @hookimpl
    def contribute_definitions(self) -> list[Path]:
        return [MACHINE, self.path]

    @hookimpl
    def contribute_consequences(self) -> list[Consequence]:
        def begun(
            _session: Session, scope: str, process: Process, event: str, fields: Mapping[str, Any]
        ) -> list[Caused]:
            self.asked.append((scope, event, dict(fields)))
            return self.begun.get(process.id, [])

        def withdraw(_write: Write, one: Caused) -> None:
            if one.label == "падает":
                raise RuntimeError("сломано")
            self.told.append(one.label)

        taken_back = Consequence("begun_visits", "начатое отменяется", begun, revokes=True, withdraw=withdraw)
        return [*super().contribute_consequences(), taken_back]


@pytest.fixture
def visits(tmp_path: Path) -> TakingBack:
    path = tmp_path / "taking_back.yaml"
    path.write_text(EXTENSION, encoding="utf-8")
    return TakingBack(path)


@pytest.fixture
def engine(database: Database, visits: TakingBack, now: datetime) -> ProcessEngine:
    engine = ProcessEngine(database, build_catalogue([("visits", visits)], entry_points=False), CollectedJobs())
    engine.catalogue.task_handlers["print"] = lambda _engine, _scope, target: visits.told.append(f"printed {target}")
    engine.store_definitions(now=now)
    return engine


def visit(engine: ProcessEngine, now: datetime, code: str = "visit", task: str = "") -> str:
    """A visit that is planned; `task` is asked for in the same commit."""
    subject = new_id()
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.start(write, code, "visit", subject, "plan", happened_on=DAY)
        if task:
            write.request(task, subject)
    return subject


def states(engine: ProcessEngine, now: datetime, *ids: str) -> list[str]:
    with engine.read(SCHOOL, now=now) as read:
        found = queries.processes(read.session, ids)
        assert (verify(read).problems, replay(read).problems) == ([], [])
    return [found[one].state for one in ids]


def preview(engine: ProcessEngine, now: datetime, subject: str, event: str = "pause") -> list[str]:
    with engine.read(SCHOOL, now=now) as read:
        return [row.text for row in operations.preview_consequences(read, CURATOR, subject, event, {}, now.date())]


def put_off(engine: ProcessEngine, now: datetime, subject: str, event: str = "pause") -> operations.StepResult:
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        return operations.fire(write, subject, event, ground="Карантин")


def test_what_was_begun_is_cancelled_in_the_same_commit_and_told_before(
    engine: ProcessEngine, visits: TakingBack, now: datetime
) -> None:
    first, second, third = visit(engine, now, "visit_taking_back"), visit(engine, now), visit(engine, now)
    visits.begun[first] = [
        Caused(second, "cancel", label="посещение Д", not_before=DAY),
        Caused(second, "cancel", label="посещение Д, ещё раз"),
        Caused(third, "cancel", label="посещение Е", stays="Его ждут другие."),
    ]

    told = preview(engine, now, first)
    assert states(engine, now, first, second, third) == ["planned"] * 3
    done = put_off(engine, now, first)

    assert told == ["Будет отменено: посещение Д", "Останется: посещение Е. Его ждут другие."]
    assert [(row.ok, row.text) for row in done.revoked] == [
        (True, "Отменено: посещение Д"),
        (False, "Останется: посещение Е. Его ждут другие."),
    ]
    assert (done.caused, visits.told) == ((), ["посещение Д"])
    assert states(engine, now, first, second, third) == ["paused", "cancelled", "planned"]
    with engine.read(SCHOOL, now=now) as read:
        entries = queries.entries_of(read.session, SCHOOL, [first, second])
        ground = queries.details_of(read.session, SCHOOL, [entries[second][-1].seq])
    assert (entries[second][-1].event, entries[second][-1].caused_by) == ("cancel", done.seq)
    assert "Карантин" in str(ground)
    last = entries[first][-1]
    assert (last.kind, last.version, last.caused_by) == ("revocation", 0, done.seq)
    assert last.input_values == {"revoked": [second]}


def test_one_that_can_not_be_cancelled_stays_and_says_why(
    engine: ProcessEngine, visits: TakingBack, now: datetime
) -> None:
    first, second = visit(engine, now, "visit_taking_back"), visit(engine, now)
    put_off(engine, now, second, "cancel")
    visits.begun[first] = [Caused(second, "cancel", label="посещение Д")]

    told = preview(engine, now, first)
    done = put_off(engine, now, first)

    assert told == [row.text for row in done.revoked]
    assert told[0].startswith("Останется: посещение Д. Шаг «Отменить» сейчас не выполнить")
    assert states(engine, now, first, second) == ["paused", "cancelled"]


def test_what_the_actor_may_not_cancel_stays(engine: ProcessEngine, visits: TakingBack, now: datetime) -> None:
    first, second = visit(engine, now, "visit_taking_back"), visit(engine, now)
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, second, "hold", fields={"topic": "Дроби"})
    # Only a mentor may do it, and what a step takes back is done by whoever does the step.
    visits.begun[first] = [Caused(second, "describe", label="посещение Д")]
    curator = Actor("account-5", "Ларин Т. И.", frozenset({"curator"}))

    with engine.read(SCHOOL, now=now) as read:
        (told,) = operations.preview_consequences(read, curator, first, "pause", {}, now.date())
    with engine.write(SCHOOL, curator, now=now) as write:
        (row,) = operations.fire(write, first, "pause", ground="Карантин").revoked

    assert (told.ok, row.ok) == (False, False)
    assert told.text.startswith("Останется: посещение Д. Нельзя: Этот шаг выполняет Наставник")
    assert states(engine, now, first, second) == ["paused", "held"]


def test_waiting_job_is_withdrawn_and_passed_over_and_a_new_request_is_done(
    engine: ProcessEngine, visits: TakingBack, now: datetime
) -> None:
    first = visit(engine, now, "visit_taking_back")
    second, third = visit(engine, now, task="print"), visit(engine, now, task="print")
    visits.begun[first] = [Caused(second, "cancel", label="посещение Д", withdraws=(("print", second),))]
    put_off(engine, now, first)
    visits.told.clear()

    jobs = engine.jobs
    assert isinstance(jobs, CollectedJobs)
    jobs.run(engine)
    assert visits.told == [f"printed {third}"]

    with engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, second, "reopen", ground="Ошибка")
        write.request("print", second)
    jobs.run(engine)
    assert visits.told == [f"printed {third}", f"printed {second}"]
    with engine.read(SCHOOL, now=now) as read:
        withdrawn = [one for one in queries.entries_of(read.session, SCHOOL, [second])[second] if one.kind == "job"]
    assert [(one.event, one.input_values, one.subject_kind) for one in withdrawn] == [
        ("withdrawn", {"task": "print"}, "visit")
    ]
    assert states(engine, now, first, second) == ["paused", "planned"]


def test_request_of_the_same_commit_is_withdrawn_too(engine: ProcessEngine, visits: TakingBack, now: datetime) -> None:
    first = visit(engine, now, "visit_taking_back")
    visits.begun[first] = [Caused(first, "", label="распечатка", withdraws=(("print", first),))]

    with engine.write(SCHOOL, CURATOR, now=now) as write:
        write.request("print", first)
        done = operations.fire(write, first, "pause", ground="Карантин")

    jobs = engine.jobs
    assert isinstance(jobs, CollectedJobs)
    jobs.run(engine)
    assert [row.text for row in done.revoked] == ["Отменено: распечатка"]
    assert visits.told == ["распечатка"]


def test_what_is_revoked_is_asked_with_the_event_and_its_form_before_and_then(
    engine: ProcessEngine, visits: TakingBack, now: datetime
) -> None:
    first = visit(engine, now, "visit_taking_back")
    with engine.read(SCHOOL, now=now) as read:
        operations.preview_consequences(read, CURATOR, first, "pause", {"until": "2026-12-01"}, now.date())
    put_off(engine, now, first)

    assert visits.asked == [(SCHOOL, "pause", {"until": "2026-12-01"}), (SCHOOL, "pause", {})]


def test_a_revocation_whose_plugin_is_gone_says_that_nobody_knows(engine: ProcessEngine, now: datetime) -> None:
    first = visit(engine, now, "visit_taking_back")
    del engine.catalogue.consequences["begun_visits"]

    assert preview(engine, now, first) == ["Не узнать, что будет отменено: дополнения с «begun_visits» нет"]


def test_only_the_request_that_was_named_is_withdrawn(engine: ProcessEngine, now: datetime) -> None:
    subject = visit(engine, now)
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        write.withdraw("print", subject)

    with engine.read(SCHOOL, now=now) as read:
        found = {task: is_withdrawn(read.session, SCHOOL, task, subject, 1) for task in ("print", "send")}

    assert found == {"print": True, "send": False}


def test_undo_of_a_step_that_took_something_back_is_refused_with_words(
    engine: ProcessEngine, visits: TakingBack, now: datetime
) -> None:
    first, second, harmless = (
        visit(engine, now, "visit_taking_back"),
        visit(engine, now),
        visit(engine, now, "visit_taking_back"),
    )
    visits.begun[first] = [Caused(second, "cancel", label="посещение Д")]
    put_off(engine, now, first)
    put_off(engine, now, harmless)

    with (
        pytest.raises(InvalidInput, match=r"отменил и документы \(1\), обратно они не вернутся"),
        engine.write(SCHOOL, CURATOR, now=now) as write,
    ):
        operations.undo(write, first, why="Карантина не было")
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        assert operations.undo(write, harmless, why="Карантина не было").state == "planned"
    assert states(engine, now, first, second, harmless) == ["paused", "cancelled", "planned"]


def test_revocation_that_fails_leaves_nothing_done(engine: ProcessEngine, visits: TakingBack, now: datetime) -> None:
    first, second = visit(engine, now, "visit_taking_back"), visit(engine, now)
    visits.begun[first] = [Caused(second, "cancel", label="падает")]

    with pytest.raises(PluginError, match="begun_visits"):
        put_off(engine, now, first)

    assert states(engine, now, first, second) == ["planned", "planned"]


def test_bulk_rows_take_back_each_its_own(engine: ProcessEngine, visits: TakingBack, now: datetime) -> None:
    first, second = visit(engine, now, "visit_taking_back"), visit(engine, now, "visit_taking_back")
    others = [visit(engine, now) for _ in range(2)]
    for one, other in zip((first, second), others, strict=True):
        visits.begun[one] = [Caused(other, "cancel", label="посещение")]

    with engine.write(SCHOOL, CURATOR, now=now) as write:
        rows = operations.fire_many(
            write, [operations.StepRequest(one, "pause", ground="Карантин") for one in (first, second)]
        )

    assert [row.ok for row in rows] == [True, True]
    assert states(engine, now, *others) == ["cancelled", "cancelled"]


# -- definitions ------------------------------------------------------------------------------------------------------


def test_revokes_is_behaviour_and_absent_leaves_the_hash_alone(visits: TakingBack, tmp_path: Path) -> None:
    plain, taking_back = read_definitions([MACHINE, visits.path])
    same = replace(taking_back, events=tuple(replace(one, revokes=()) for one in taking_back.events), code=plain.code)

    assert taking_back.event("pause").revokes == ("begun_visits",)
    assert taking_back.from_json(taking_back.to_json()) == taking_back
    assert same.hash == plain.hash
    assert replace(taking_back, code=plain.code).hash != plain.hash
    visits.path.write_text(EXTENSION.replace("pause:", "nothing:"), encoding="utf-8")
    with pytest.raises(InvalidDefinition, match="nothing"):
        read_definitions([MACHINE, visits.path])


def test_lint_tells_a_revocation_from_a_consequence(visits: TakingBack) -> None:
    _plain, taking_back = read_definitions([MACHINE, visits.path])

    def codes(**known: frozenset[str]) -> set[str]:
        return {one.code for one in lint(taking_back, KnownNames(**known))}

    names = frozenset({"begun_visits"})
    assert "unknown_revocation" in codes(consequences=names)
    assert "unknown_revocation" not in codes(revocations=names)
    assert "unknown_consequence" in codes(revocations=frozenset({"plan_follows"}))
