"""Rules that can't be asked: the step stays closed, the page stays readable, the plugin is named; and facts can't be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import pytest

from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations, queries
from workflow_core.database import Database
from workflow_core.exceptions import GuardRefused, PluginError
from workflow_core.guard_call import UNANSWERED
from workflow_core.guards import Blocker, Guard, PlainProfile, Ruling, Severity, frozen
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.unit_of_work import ProcessEngine

Planned = Callable[..., str]


def with_guard(engine: ProcessEngine, check: Any) -> Guard:
    """Let the guard that `hold` asks with the weight of a note behave like this."""
    guards = engine.catalogue.guards
    guards["lesson_in_timetable"] = replace(guards["lesson_in_timetable"], check=check)
    return guards["lesson_in_timetable"]


def raising(what: BaseException) -> Callable[..., Any]:
    def check(*_arguments: object) -> Any:
        raise what

    return check


def breaks_half_way(*_arguments: object) -> Iterator[Blocker]:
    yield Blocker("no_lesson", "Урока нет в расписании")
    raise RuntimeError("таблица оборвалась")


FAULTS: dict[str, tuple[Callable[..., Any], str]] = {
    "raises": (raising(RuntimeError("нет связи")), "RuntimeError: нет связи"),
    "exits": (raising(SystemExit(2)), "SystemExit: 2"),
    "generator": (breaks_half_way, "RuntimeError: таблица оборвалась"),
    "none": (lambda *_: None, "NoneType"),
    "texts": (lambda *_: ["нельзя"], "вместо Blocker получено str"),
    "no text": (lambda *_: [Blocker("x", "")], "у Blocker нет текста или кода"),
    "no JSON": (lambda *_: [Blocker("x", "Нельзя", values={"day": object()})], "not JSON serializable"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_rule_that_can_not_be_asked_closes_the_step_by_name(
    visit_engine: ProcessEngine, plan: Planned, now: datetime, fault: str
) -> None:
    check, said = FAULTS[fault]
    subject, guard = plan(), with_guard(visit_engine, check)
    version = visit_engine.catalogue.plugins["visits"].version

    with visit_engine.read(SCHOOL, now=now) as read:
        outlooks = {one.event.name: one for one in operations.why_not(read, CURATOR, [subject])[subject]}
    (blocker,) = outlooks["hold"].blockers
    assert (blocker.code, blocker.severity, blocker.guard) == (UNANSWERED, Severity.BLOCK, guard.name)
    assert blocker.text == f"Проверка «{guard.title}» не ответила: сбой дополнения «visits» {version}"
    assert said in blocker.values["error"]
    assert blocker.link is not None
    assert outlooks["pause"].is_open  # other steps do not notice

    with pytest.raises(GuardRefused, match="сбой дополнения «visits»"), _write(visit_engine, now) as write:
        operations.fire(write, subject, "hold", fields={"topic": "Дроби"}, ground="очень надо")
    with visit_engine.read(SCHOOL, now=now) as read:
        assert queries.count_entries(read.session, SCHOOL, {}) == 1


def _write(engine: ProcessEngine, now: datetime) -> Any:
    return engine.write(SCHOOL, CURATOR, now=now)


def test_rule_that_the_place_has_switched_off_is_never_asked(
    visit_engine: ProcessEngine, plan: Planned, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Off(PlainProfile):
        def ruling(self, definition: str, event: str, guard: str, on_date: date) -> Ruling | None:
            return Ruling(Severity.OFF, "школа") if guard == "lesson_in_timetable" else None

    subject = plan()
    with_guard(visit_engine, raising(SystemExit(1)))
    monkeypatch.setattr(type(visit_engine.catalogue), "profile_of", lambda *_: Off())

    with _write(visit_engine, now) as write:
        assert operations.fire(write, subject, "hold", fields={"topic": "Дроби"}).process.state == "held"


def test_rule_that_is_not_installed_leaves_its_subjects_readable(
    visit_engine: ProcessEngine, plan: Planned, now: datetime
) -> None:
    subject = plan()
    del visit_engine.catalogue.guards["lesson_in_timetable"]

    with visit_engine.read(SCHOOL, now=now) as read:
        outlooks = {one.event.name: one for one in operations.why_not(read, CURATOR, [subject])[subject]}
    assert not outlooks["hold"].is_open
    assert "не установлена" in outlooks["hold"].blockers[0].values["error"]
    assert outlooks["pause"].is_open


def test_facts_that_can_not_be_loaded_close_what_needs_them(
    visit_engine: ProcessEngine, plan: Planned, now: datetime
) -> None:
    subject, facts = plan(), visit_engine.catalogue.facts
    facts["visit", "timetable"] = replace(facts["visit", "timetable"], load=raising(SystemExit(1)))

    with visit_engine.read(SCHOOL, now=now) as read:
        outlooks = {one.event.name: one for one in operations.why_not(read, CURATOR, [subject])[subject]}
        with pytest.raises(PluginError, match=r"«visits» .*сведения «timetable»"):
            visit_engine.catalogue.load_facts(read.session, SCHOOL, "visit", ["timetable"], [subject], read.today)
    assert [one.code for one in outlooks["hold"].blockers] == [UNANSWERED]
    assert outlooks["pause"].is_open


def test_effect_and_consequence_that_fail_name_their_plugin_and_change_nothing(
    visit_engine: ProcessEngine, plan: Planned, now: datetime
) -> None:
    subject, catalogue = plan(), visit_engine.catalogue
    catalogue.effects["note_remark"] = replace(catalogue.effects["note_remark"], apply=raising(SystemExit(1)))
    catalogue.consequences["plan_follows"] = replace(
        catalogue.consequences["plan_follows"], resolve=raising(RuntimeError("нет связи"))
    )

    with pytest.raises(PluginError, match=r"«visits» .*note_remark"), _write(visit_engine, now) as write:
        operations.fire(write, subject, "remark", remark="ещё")
    with _write(visit_engine, now) as write:
        operations.fire(write, subject, "hold", fields={"topic": "Дроби"})
        operations.fire(write, subject, "describe")
    with pytest.raises(PluginError, match=r"«visits» .*plan_follows"), _write(visit_engine, now) as write:
        operations.fire(write, subject, "accept")

    with visit_engine.read(SCHOOL, now=now) as read:
        process = queries.process(read.session, subject)
    assert process is not None
    assert (process.state, process.version) == ("described", 3)


def test_rules_of_a_place_that_can_not_be_asked_stop_the_work_by_name(sqlite_database: Database, now: datetime) -> None:
    class Region:
        @hookimpl
        def profile_of(self) -> Any:
            raise SystemExit(1)

    plugins = [("visits", VisitPlugin()), ("region", Region())]
    engine = ProcessEngine(sqlite_database, build_catalogue(plugins, entry_points=False), CollectedJobs())
    engine.store_definitions(now=now)

    with engine.read(SCHOOL, now=now) as read, pytest.raises(PluginError, match=r"«region» .*profile_of"):
        _ = read.today


def test_no_guard_can_change_what_it_sees(visit_engine: ProcessEngine, plan: Planned, now: datetime) -> None:
    timetable = {"monday": [{"lesson": 1, "rooms": {21, 22}}]}
    tried: list[str] = []

    def meddle(facts: Any, _actor: object, _event: str, _on: date) -> list[Blocker]:
        for name, attempt in {
            "fact": lambda: setattr(facts, "room", True),
            "value": lambda: facts._values.update(room=True),
            "nested": lambda: facts.timetable["monday"].append(1),
            "deeper": lambda: facts.timetable["monday"][0].update(lesson=2),
            "set": lambda: facts.timetable["monday"][0]["rooms"].add(23),
            "fields": lambda: facts.fields.update(topic="другая"),
            "settings": lambda: facts.settings.update(stuck_days=1),
            "process": lambda: setattr(facts.process, "state", "accepted"),
        }.items():
            with pytest.raises((AttributeError, TypeError, FrozenInstanceError)):
                attempt()
            tried.append(name)
        return []

    subject, known = plan(), visit_engine.catalogue.facts
    known["visit", "timetable"] = replace(
        known["visit", "timetable"], load=lambda _session, _scope, ids, _on: dict.fromkeys(ids, timetable)
    )
    with_guard(visit_engine, meddle)
    with _write(visit_engine, now) as write:
        operations.fire(write, subject, "hold", fields={"topic": "Дроби"})

    assert len(tried) == 8
    assert timetable == {"monday": [{"lesson": 1, "rooms": {21, 22}}]}


def test_frozen_values_are_equal_and_leave_values_of_classes_alone() -> None:
    process = PlainProfile()

    assert frozen({"a": [1, {2}], "b": ("x", process)}) == {"a": (1, frozenset({2})), "b": ("x", process)}
    assert frozen(process) is process
    assert isinstance(frozen(MappingProxyType({"a": [1]}))["a"], tuple)
