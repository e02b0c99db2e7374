"""Mending, word for word: what entering as found, correcting, undoing and erasing leave in the history."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest

from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations, queries
from workflow_core.database import Database
from workflow_core.exceptions import ConcurrentTransition, InvalidInput, NotFound
from workflow_core.guards import StandIn
from workflow_core.history import HistoryEntry
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs
from workflow_core.operations import Effect
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import Process
from workflow_core.unit_of_work import ProcessEngine, Write

Plan = Callable[..., str]
STAND_IN = StandIn("person-2", "Гусев А. П.", "приказ № 98-к", date(2026, 11, 10), replaced="Гусева А. П.")
FOR_SOMEBODY = replace(CURATOR, acts_for={"curator": STAND_IN})


def last_entry(engine: ProcessEngine, subject: str, now: datetime) -> tuple[HistoryEntry, dict[str, Any]]:
    """The newest entry about a subject, and its details."""
    with engine.read(SCHOOL, now=now) as read:
        entry = queries.entries_of(read.session, SCHOOL, [subject])[subject][-1]
        found = queries.details_of(read.session, SCHOOL, [entry.seq])[entry.seq]
    return entry, json.loads(found[1] or "{}")


def test_what_is_entered_as_found_says_all_that_was_told(visit_engine: ProcessEngine, now: datetime) -> None:
    subject = "f" * 32
    with visit_engine.write(SCHOOL, FOR_SOMEBODY, now=now) as write:
        operations.enter_as_found(
            write,
            "visit",
            "visit",
            subject,
            "paused",
            remembered="held",
            dates={"planned": date(2026, 9, 1)},
            remark=" По журналу ",
        )

    entry, details = last_entry(visit_engine, subject, now)
    assert (entry.kind, entry.event, entry.from_state, entry.to_state) == ("step", "enter_as_found", "start", "paused")
    assert json.loads(entry.inputs) == {"state": "paused", "remembered": "held", "dates": {"planned": "2026-09-01"}}
    assert (entry.actor_role, entry.acts_for, entry.happened_on) == ("curator", "person-2", "2026-11-12")
    assert details == {"actor": "Морозова Е. В.", "acts_for": STAND_IN.text, "remark": "По журналу"}
    assert json.loads(entry.plugins) == visit_engine.catalogue.giver_of("definition", "visit") != {}


def test_a_state_that_remembers_nothing_is_entered_without_a_memory(visit_engine: ProcessEngine, now: datetime) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        found = operations.enter_as_found(write, "visit", "visit", "f" * 32, "held")

    assert found.remembered == ""
    assert json.loads(last_entry(visit_engine, "f" * 32, now)[0].inputs)["remembered"] == ""


@pytest.mark.parametrize("verb", ["correct", "undo"])
def test_mending_without_a_reason_is_refused_at_its_field(
    visit_engine: ProcessEngine, plan: Plan, now: datetime, verb: str
) -> None:
    subject = plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields={"topic": "Дроби"})
        seq = queries.entries_of(write.session, SCHOOL, [subject])[subject][0].seq
        mend: Callable[..., Process] = operations.undo
        if verb == "correct":
            mend = partial(operations.correct, seq=seq, happened_on=date(2026, 11, 1))

        with pytest.raises(InvalidInput) as refused:
            mend(write, subject, why="  ")

    assert list(refused.value.errors) == ["why"]


def test_an_earlier_state_can_t_have_been_reached_later(visit_engine: ProcessEngine, now: datetime) -> None:
    day, later = date(2026, 9, 20), date(2026, 9, 21)
    with (
        pytest.raises(InvalidInput, match=r"«Запланировано»: дата позже текущего этапа \(20\.09\.2026\)"),
        visit_engine.write(SCHOOL, CURATOR, now=now) as write,
    ):
        operations.enter_as_found(write, "visit", "visit", "f" * 32, "held", happened_on=day, dates={"planned": later})


def test_a_corrected_step_keeps_who_why_and_what_was(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan(happened_on=date(2026, 11, 2))
    with visit_engine.write(SCHOOL, FOR_SOMEBODY, now=now) as write:
        first = queries.entries_of(write.session, SCHOOL, [subject])[subject][0]
        operations.correct(write, subject, first.seq, happened_on=date(2026, 11, 1), why=" Опечатка ")

    entry, details = last_entry(visit_engine, subject, now)
    assert (entry.kind, entry.event, entry.refers_to, entry.with_ground) == ("step", "correct", first.seq, 1)
    assert json.loads(entry.inputs) == {"column": "happened_on", "value": "2026-11-01", "was": "2026-11-02"}
    assert (entry.acts_for, details) == (
        "person-2",
        {"actor": "Морозова Е. В.", "acts_for": STAND_IN.text, "ground": "Опечатка"},
    )


def test_only_a_step_of_the_same_process_can_be_corrected(
    visit_engine: ProcessEngine, plan: Plan, now: datetime
) -> None:
    subject, other = plan(happened_on=date(2026, 11, 2)), plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        first = queries.entries_of(write.session, SCHOOL, [subject])[subject][0]
        operations.correct(write, subject, first.seq, happened_on=date(2026, 11, 1), why="Опечатка")
    mending, _details = last_entry(visit_engine, subject, now)
    others, _details = last_entry(visit_engine, other, now)

    for seq in (999, others.seq, mending.seq):
        with pytest.raises(NotFound) as refused, visit_engine.write(SCHOOL, CURATOR, now=now) as write:
            operations.correct(write, subject, seq, happened_on=date(2026, 11, 1), why="Опечатка")
        assert str(refused.value) == str(NotFound("запись", str(seq)))
        assert str(seq) in str(refused.value)


class TakesBack(VisitPlugin):
    """Remarks can be taken back again."""

    @hookimpl
    def contribute_effects(self) -> list[Effect]:
        def take_back(_write: Write, process: Process, entry: HistoryEntry) -> None:
            self.remarks.append(f"back: {process.id} {process.version} {entry.event}")

        return [replace(effect, take_back=take_back) for effect in super().contribute_effects()]


def test_undo_takes_back_what_the_step_has_changed(database: Database, now: datetime) -> None:
    plugin = TakesBack()
    engine = ProcessEngine(database, build_catalogue([("visits", plugin)], entry_points=False), CollectedJobs())
    engine.store_definitions(now=now)
    subject = "a" * 32
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.start(write, "visit", "visit", subject, "plan")
        operations.fire(write, subject, "remark", remark="первое")
        operations.undo(write, subject, why="Не о том")

    assert plugin.remarks == [f"{subject}: первое", f"back: {subject} 3 remark"]


@pytest.mark.parametrize(("event", "fields"), [("remark", {}), ("cancel", {})])
def test_what_can_t_be_taken_back_is_not_undone(
    visit_engine: ProcessEngine, plan: Plan, now: datetime, event: str, fields: dict[str, str]
) -> None:
    subject = plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        title = operations.fire(
            write, subject, event, fields=fields, remark="о", ground="Так вышло"
        ).outlook.event.title

    with (
        pytest.raises(InvalidInput, match=f"Шаг «{title}» отменить нельзя"),
        visit_engine.write(SCHOOL, CURATOR, now=now) as write,
    ):
        operations.undo(write, subject, why="Не о том")


def test_erasing_leaves_what_happened_and_takes_the_words(
    visit_engine: ProcessEngine, plan: Plan, now: datetime
) -> None:
    subject, other = plan(), plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        assert operations.erase(write, [subject], "Согласие отозвано") == 1

    entry, details = last_entry(visit_engine, subject, now)
    assert (entry.kind, entry.subject_kind, entry.event) == ("access", "visit", "erased")
    assert json.loads(entry.inputs) == {"entries": 1}
    assert details == {"actor": "Морозова Е. В.", "ground": "Согласие отозвано"}
    assert last_entry(visit_engine, other, now)[1]["actor"] == "Морозова Е. В."
    with visit_engine.read(SCHOOL, now=now) as read:
        first = queries.entries_of(read.session, SCHOOL, [subject])[subject][0]
        assert queries.details_of(read.session, SCHOOL, [first.seq])[first.seq][1] is None


def test_a_page_that_is_behind_says_by_how_much(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "remark", remark="первое")

    with pytest.raises(ConcurrentTransition) as behind, visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.undo(write, subject, why="Не о том", expected_version=1)
    assert (behind.value.expected_version, behind.value.version) == (1, 2)
