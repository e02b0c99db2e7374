"""The numbers of processes by state are those that counting gives, in every unit of work, whoever wrote last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

import pytest

from tests.integration.conftest import CURATOR, OTHER_SCHOOL, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations, queries, tallies
from workflow_core.exceptions import WorkflowError
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, UnitOfWork, Write

STEPS = ("describe", "remark", "pause", "resume", "cancel", "reopen", "accept")


def agrees(uow: UnitOfWork) -> bool:
    counted = queries.count_by_state(uow.session, uow.scope, "visit")
    return uow.engine.tallies.of(uow, "visit") == counted


def move(write: Write, draw: Random, visits: list[str]) -> None:
    subject = draw.choice(visits)
    try:
        match draw.choice(("plan", "undo", "hold", *STEPS)):
            case "plan":
                operations.start(write, "visit", "visit", new_id(), "plan")
            case "undo":
                operations.undo(write, subject, why="ошибка")
            case "hold":
                operations.fire(write, subject, "hold", fields={"topic": "Дроби"})
            case event:
                operations.fire(write, subject, event, ground="по приказу")
    except WorkflowError:
        return


def test_added_up_numbers_equal_counted_ones(
    visit_engine: ProcessEngine, plan: Callable[..., str], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, visits = Random(7), [plan() for _ in range(6)]
    elsewhere = ProcessEngine(
        visit_engine.database, build_catalogue([("visits", VisitPlugin())], entry_points=False), CollectedJobs()
    )
    with visit_engine.read(SCHOOL, now=now) as read:
        assert agrees(read)
    counting = []
    monkeypatch.setattr(queries, "count_processes", lambda *args: counting.append(args) or {})
    for place in range(40):
        try:
            with (elsewhere if place % 3 else visit_engine).write(SCHOOL, CURATOR, now=now) as write:
                move(write, draw, visits)
                if write.engine is visit_engine:
                    assert agrees(write), "inside of the write, before its commit"
                if place % 5 == 0:
                    raise KeyError("taken back")
        except KeyError:
            pass
        with visit_engine.read(SCHOOL, now=now) as read:
            assert agrees(read)
    assert counting == [], "after the first time nothing is counted again"
    with visit_engine.read(OTHER_SCHOOL, now=now) as read:
        assert visit_engine.tallies.of(read, "visit") == {}


def test_numbers_are_counted_anew_after_much_and_on_another_copy(
    visit_engine: ProcessEngine, plan: Callable[..., str], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan()
    with visit_engine.read(SCHOOL, now=now) as read:
        visit_engine.tallies.of(read, "visit")
    monkeypatch.setattr(tallies, "MOVES", 1)
    for _ in range(3):
        plan()
    with visit_engine.read(SCHOOL, now=now) as read:
        assert visit_engine.tallies.of(read, "visit") == {"planned": 4}
    kept = visit_engine.tallies._kept[SCHOOL]
    visit_engine.tallies._kept[SCHOOL] = tallies._Counted(kept.seq - 1, "another chain", {("visit", "held"): 9})
    with visit_engine.read(SCHOOL, now=now) as read:
        assert visit_engine.tallies.of(read, "visit") == {"planned": 4}
