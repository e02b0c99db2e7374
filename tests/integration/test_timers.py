"""Timers: rows follow states and deadlines, and each is told exactly once, whatever happens to the program meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from tests.integration.conftest import CURATOR, SCHOOL
from workflow_core import operations, queries, timers
from workflow_core.history import HistoryEntry
from workflow_core.tables import Due
from workflow_core.unit_of_work import ProcessEngine

DAY = timedelta(days=1)


def rows(engine: ProcessEngine, now: datetime) -> list[Due]:
    with engine.read(SCHOOL, now=now) as read:
        return queries.due_of_scope(read.session, SCHOOL, timers.TOLD)


def told(engine: ProcessEngine, now: datetime) -> list[HistoryEntry]:
    with engine.read(SCHOOL, now=now) as read:
        return queries.find_entries(read.session, SCHOOL, {"kind": "timer"}, 1000)[::-1]


def test_limit_of_the_state_is_planned_moves_with_the_step_and_ends_with_it(
    visit_engine: ProcessEngine, plan: Callable[..., str], now: datetime
) -> None:
    visit = plan(happened_on=date(2026, 11, 2))
    [row] = rows(visit_engine, now)
    assert (row.kind, row.name, row.due_on, row.fires_on) == ("limit", "planned", "2026-11-16", "2026-11-17")

    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, visit, "hold", fields={"topic": "Дроби"})

    assert rows(visit_engine, now) == []


def test_passed_limit_is_told_once_on_its_own_day(
    visit_engine: ProcessEngine, plan: Callable[..., str], now: datetime
) -> None:
    visit = plan()
    assert timers.take_due(visit_engine, now + 14 * DAY) == {}

    assert timers.take_due(visit_engine, now + 40 * DAY) == {SCHOOL: 1}
    assert timers.take_due(visit_engine, now + 41 * DAY) == {}

    [entry] = told(visit_engine, now + 41 * DAY)
    assert (entry.event, entry.subject_id, entry.happened_on) == ("limit_passed", visit, "2026-11-27")
    assert entry.input_values == {"due_on": "2026-11-26", "name": "planned"}
