"""Timers: rows follow states and deadlines, and each is told exactly once, whatever happens to the program meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.integration.conftest import CURATOR, OTHER_SCHOOL, SCHOOL
from tests.integration.timed_plugin import TimedPlugin
from workflow_core import operations, queries, timers
from workflow_core.calendars import WorkingCalendar
from workflow_core.database import Database, open_database
from workflow_core.exceptions import GuardRefused
from workflow_core.history import HistoryEntry
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import Due, new_id
from workflow_core.timers import Deadline
from workflow_core.unit_of_work import ProcessEngine, Write
from workflow_core.verification import verify

DAY = timedelta(days=1)


@pytest.fixture
def timed() -> TimedPlugin:
    """The rules, deadlines and days off of the test."""
    return TimedPlugin()


@pytest.fixture
def engine(database: Database, timed: TimedPlugin, now: datetime) -> ProcessEngine:
    """An engine over the sample lifecycle, some of whose subjects have deadlines."""
    return _engine(database, timed, now)


@pytest.fixture
def small(sqlite_database: Database, timed: TimedPlugin, now: datetime) -> ProcessEngine:
    """The same on SQLite alone, for what is the same arithmetic on every database."""
    return _engine(sqlite_database, timed, now)


def _engine(database: Database, timed: TimedPlugin, now: datetime) -> ProcessEngine:
    made = ProcessEngine(database, build_catalogue([("visits", timed)], entry_points=False), CollectedJobs())
    made.store_definitions(now=now)
    return made


def planned(engine: ProcessEngine, now: datetime, scope: str = SCHOOL, **options: object) -> str:
    subject = new_id()
    with engine.write(scope, CURATOR, now=now) as write:
        operations.start(write, "visit", "visit", subject, "plan", **options)  # type: ignore[arg-type]
    return subject


def rows(engine: ProcessEngine, now: datetime, *kinds: str) -> list[Due]:
    with engine.read(SCHOOL, now=now) as read:
        return queries.due_of_scope(read.session, SCHOOL, kinds or timers.TOLD)


def told(engine: ProcessEngine, now: datetime, scope: str = SCHOOL) -> list[HistoryEntry]:
    with engine.read(scope, now=now) as read:
        assert verify(read).ok
        return queries.find_entries(read.session, scope, {"kind": "timer"}, 1000)[::-1]


def replan(engine: ProcessEngine, now: datetime, *subjects: str) -> None:
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        timers.plan(write, "visit", subjects)


# -- limits of states -------------------------------------------------------------------------------------------------


def test_limit_is_planned_with_the_state_and_ends_with_it(small: ProcessEngine, now: datetime) -> None:
    visit = planned(small, now, happened_on=date(2026, 11, 2))
    [row] = rows(small, now)
    assert (row.kind, row.name, row.due_on, row.fires_on) == ("limit", "planned", "2026-11-16", "2026-11-17")

    with small.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, visit, "hold", fields={"topic": "Дроби"})

    assert rows(small, now) == []


def test_limit_follows_a_corrected_date_and_comes_back_with_an_undone_step(
    engine: ProcessEngine, now: datetime
) -> None:
    visit = planned(engine, now, happened_on=date(2026, 11, 2))
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.correct(write, visit, 1, happened_on=date(2026, 11, 9), why="Опечатка")
    assert [row.due_on for row in rows(engine, now)] == ["2026-11-23"]

    for verb in (
        lambda write: operations.fire(write, visit, "hold", fields={"topic": "Дроби"}),
        lambda write: operations.undo(write, visit, why="Не проводилось"),
    ):
        with engine.write(SCHOOL, CURATOR, now=now) as write:
            verb(write)

    assert [row.due_on for row in rows(engine, now)] == ["2026-11-23"]


def test_step_that_is_taken_back_leaves_the_limit_as_it_was(engine: ProcessEngine, now: datetime) -> None:
    visit = planned(engine, now)
    before = rows(engine, now)

    with engine.write(SCHOOL, CURATOR, now=now) as write:
        mark = write.savepoint()
        operations.fire(write, visit, "cancel", ground="проверка")
        write.roll_back_to(mark)

    assert rows(engine, now) == before


def test_limit_is_the_setting_of_the_place_and_moves_when_it_changes(
    small: ProcessEngine, timed: TimedPlugin, now: datetime
) -> None:
    timed.settings["visit_days"] = 3
    planned(small, now)
    assert [row.due_on for row in rows(small, now)] == ["2026-11-15"]

    timed.settings["visit_days"] = 30
    with small.write(SCHOOL, CURATOR, now=now) as write:
        timers.review(write)

    assert [row.due_on for row in rows(small, now)] == ["2026-12-12"]


def test_what_had_passed_when_it_was_entered_is_not_told(small: ProcessEngine, now: datetime) -> None:
    planned(small, now, happened_on=date(2026, 9, 1))

    assert rows(small, now) == []
    assert timers.take_due(small, now) == {}


# -- deadlines and reminders ------------------------------------------------------------------------------------------


def test_reminders_come_before_the_deadline_on_working_days_only(
    small: ProcessEngine, timed: TimedPlugin, now: datetime
) -> None:
    visit = planned(small, now)
    # Monday, 30 November: a week before is a Monday, a day before is a Sunday.
    timed.deadlines[visit] = (Deadline(date(2026, 11, 30)),)
    replan(small, now, visit)

    assert [(row.kind, row.days_before, row.fires_on) for row in rows(small, now, "reminder", "deadline")] == [
        ("reminder", 7, "2026-11-23"),
        ("reminder", 1, "2026-11-27"),
        ("deadline", 0, "2026-12-01"),
    ]

    timed.calendar = WorkingCalendar({date(2026, 11, 27): True})
    timed.settings["reminders.days_before"] = [1]
    with small.write(SCHOOL, CURATOR, now=now) as write:
        timers.review(write)

    assert [row.fires_on for row in rows(small, now, "reminder")] == ["2026-11-26"]


def test_reminder_does_not_come_before_the_time_has_begun(
    small: ProcessEngine, timed: TimedPlugin, now: datetime
) -> None:
    visit = planned(small, now)
    week = [(16, 20), (23, 27)]
    timed.deadlines[visit] = tuple(
        Deadline(date(2026, 11, last), str(last), starts_on=date(2026, 11, first)) for first, last in week
    )
    replan(small, now, visit)

    assert [row.fires_on for row in rows(small, now, "reminder")] == ["2026-11-19", "2026-11-26"]


def test_changed_deadline_is_told_on_its_new_day_and_a_finished_one_never(
    engine: ProcessEngine, timed: TimedPlugin, now: datetime
) -> None:
    moved, finished = planned(engine, now), planned(engine, now)
    timed.settings["reminders.days_before"] = []
    timed.deadlines = {one: (Deadline(date(2026, 11, 20), note="I четверть"),) for one in (moved, finished)}
    replan(engine, now, moved, finished)
    timed.deadlines = {moved: (Deadline(date(2026, 11, 24), note="I четверть"),)}
    replan(engine, now + DAY, moved, finished)

    assert timers.take_due(engine, now + 11 * DAY) == {}
    assert timers.take_due(engine, now + 13 * DAY) == {SCHOOL: 1}

    [entry] = told(engine, now)
    assert (entry.event, entry.subject_id, entry.happened_on) == ("deadline_passed", moved, "2026-11-25")
    assert timers.take_due(engine, now + 14 * DAY) == {}


def test_reminder_once_given_is_not_given_again_when_only_the_calendar_changes(
    small: ProcessEngine, timed: TimedPlugin, now: datetime
) -> None:
    visit = planned(small, now)
    timed.settings |= {"reminders.days_before": [7], "visit_days": 100}
    timed.deadlines[visit] = (Deadline(date(2026, 11, 27)),)
    replan(small, now, visit)
    assert timers.take_due(small, now + 8 * DAY) == {SCHOOL: 1}

    timed.settings["reminders.days_before"] = [7, 1]
    timed.calendar = WorkingCalendar({date(2026, 11, 20): True})
    assert timers.take_due(small, now + 9 * DAY) == {}
    assert timers.take_due(small, now + 15 * DAY) == {SCHOOL: 1}

    assert [entry.input_values["days_before"] for entry in told(small, now)] == [7, 1]


# -- taking -----------------------------------------------------------------------------------------------------------


def test_missed_days_are_made_up_in_order_each_on_its_own_day(
    engine: ProcessEngine, timed: TimedPlugin, now: datetime
) -> None:
    visit = planned(engine, now)
    timed.deadlines[visit] = (Deadline(date(2026, 11, 24)),)
    replan(engine, now, visit)

    assert timers.take_due(engine, now + 60 * DAY, chunk=2) == {SCHOOL: 4}

    assert [(entry.event, entry.happened_on) for entry in told(engine, now)] == [
        ("reminder", "2026-11-17"),
        ("reminder", "2026-11-23"),
        ("deadline_passed", "2026-11-25"),
        ("limit_passed", "2026-11-27"),
    ]
    assert timers.take_due(engine, now + 61 * DAY) == {}


def test_day_begins_in_each_organisation_at_its_own_midnight(small: ProcessEngine, timed: TimedPlugin) -> None:
    timed.zones = {SCHOOL: "Asia/Kamchatka", OTHER_SCHOOL: "Europe/Kaliningrad"}
    noon = datetime(2026, 12, 10, 0, 0, tzinfo=UTC)
    for scope in (SCHOOL, OTHER_SCHOOL):
        planned(small, noon, scope)
    # The limit's last day is 24 December in both: it is over in Kamchatka ten hours earlier, which are two dates in UTC.
    assert timers.take_due(small, datetime(2026, 12, 24, 11, 59, tzinfo=UTC)) == {}
    assert timers.take_due(small, datetime(2026, 12, 24, 12, 0, tzinfo=UTC)) == {SCHOOL: 1}
    assert timers.take_due(small, datetime(2026, 12, 24, 21, 59, tzinfo=UTC)) == {}
    assert timers.take_due(small, datetime(2026, 12, 24, 22, 0, tzinfo=UTC)) == {OTHER_SCHOOL: 1}


def test_organisation_that_fails_does_not_silence_the_others(
    small: ProcessEngine, timed: TimedPlugin, now: datetime
) -> None:
    planned(small, now, OTHER_SCHOOL)
    planned(small, now)
    timed.zones[SCHOOL] = "Nowhere/Atlantis"

    with pytest.raises(Exception, match="Atlantis"):
        timers.take_due(small, now + 20 * DAY)

    assert len(told(small, now, OTHER_SCHOOL)) == 1
    timed.zones.clear()
    assert timers.take_due(small, now + 20 * DAY) == {SCHOOL: 1}


def test_rows_that_are_lacking_are_found_again_by_the_first_look(small: ProcessEngine, now: datetime) -> None:
    """A database of an earlier version has processes and no rows."""
    planned(small, now)
    lost = rows(small, now)
    with small.write(SCHOOL, CURATOR, now=now) as write:
        queries.delete_due(write.session, [row.id for row in lost])

    timers.take_due(small, now)

    assert [(row.name, row.due_on) for row in rows(small, now)] == [(row.name, row.due_on) for row in lost]


def planned_many(engine: ProcessEngine, now: datetime, count: int) -> list[str]:
    ids = [new_id() for _ in range(count)]
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        for one in ids:
            operations.start(write, "visit", "visit", one, "plan")
    return ids


def test_two_schedulers_at_once_tell_everything_once(engine: ProcessEngine, timed: TimedPlugin, now: datetime) -> None:
    ids = planned_many(engine, now, 24)
    url = engine.database.url.render_as_string(hide_password=False)
    second = _engine(open_database(url, synchronous="OFF"), timed, now)
    start = threading.Barrier(2)

    def run(one: ProcessEngine) -> int:
        start.wait()
        return sum(timers.take_due(one, now + 20 * DAY, chunk=3).values())

    with ThreadPoolExecutor(2) as pool:
        counts = [*pool.map(run, (engine, second))]
    second.database.close()

    assert sum(counts) == 24
    assert sorted(entry.subject_id for entry in told(engine, now)) == sorted(ids)


@pytest.mark.slow
def test_killed_half_way_goes_on_where_it_stopped(engine: ProcessEngine, now: datetime, tmp_path: Path) -> None:
    ids = planned_many(engine, now, 12)
    later = now + 20 * DAY
    url = engine.database.url.render_as_string(hide_password=False)
    # The first write is the daily review; the second chunk dies before its commit on one database, after it on the other.
    point, before = ("before_commit", 3) if engine.database.is_sqlite else ("after_commit", 6)
    note = tmp_path / point
    command = [sys.executable, "-m", "tests.integration.take_due", url, later.isoformat(), "3"]
    fault = {"MARSHRUT_FAULT": f"{point}:kill:3:{note}"}
    died = subprocess.run(command, cwd=ROOT, env={**os.environ, **fault}, capture_output=True, check=False)
    assert (died.returncode, note.read_text()) == (-signal.SIGKILL, point)
    assert len(told(engine, now)) == before

    assert timers.take_due(engine, later) == {SCHOOL: 12 - before}
    assert sorted(entry.subject_id for entry in told(engine, now)) == sorted(ids)


@dataclass(frozen=True)
class Life:
    """One visit: when it is planned, its deadline, when that is moved and whither, when it is called off; days from the first."""

    begins: int
    due: int
    moved_on: int
    moved_to: int
    ends: int


LIVES = st.lists(
    st.builds(
        lambda begins, due, moved_on, moved_to, lasts: Life(begins, due, moved_on, moved_to, begins + lasts),
        st.integers(0, 10),
        st.integers(1, 50),
        st.integers(1, 50),
        st.integers(1, 60),
        st.integers(1, 60),
    ),
    min_size=1,
    max_size=3,
)


def expected(lives: Sequence[Life], runs: Sequence[int]) -> list[tuple[int, str, int]]:
    """What must be told: (life, event, day), by a day-by-day story that knows nothing of rows."""
    found: list[tuple[int, str, int]] = []
    for index, life in enumerate(lives):
        given: dict[str, int | None] = {"limit_passed": None, "deadline_passed": None}
        for day in range(100):
            if day == life.begins:
                given["limit_passed"] = day + 14
                given["deadline_passed"] = life.due if life.due >= day else None
            if day == life.moved_on and life.begins < day < life.ends and life.moved_to != life.due:
                given["deadline_passed"] = life.moved_to if life.moved_to >= day else None
            if day == life.ends:
                given = dict.fromkeys(given)
            if day in runs:
                for event, due in given.items():
                    if due is not None and due < day:
                        found.append((index, event, due + 1))
                        given[event] = None
    return sorted(found)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LIVES, st.sets(st.integers(0, 90), max_size=8))
def test_each_thing_is_told_once_whatever_the_program_sleeps_through(
    small: ProcessEngine, timed: TimedPlugin, now: datetime, lives: list[Life], running: set[int]
) -> None:
    scope, runs = new_id(), sorted({*running, 99})
    timed.settings["reminders.days_before"] = []
    ids = [new_id() for _ in lives]
    first = now.date()
    for day in range(100):
        moment = now + day * DAY
        for visit, life in zip(ids, lives, strict=True):
            if day == life.begins:
                timed.deadlines[visit] = (Deadline(first + life.due * DAY),)
                with small.write(scope, CURATOR, now=moment) as write:
                    operations.start(write, "visit", "visit", visit, "plan")
            if day == life.moved_on and life.begins < day < life.ends:
                timed.deadlines[visit] = (Deadline(first + life.moved_to * DAY),)
                with small.write(scope, CURATOR, now=moment) as write:
                    timers.plan(write, "visit", [visit])
            if day == life.ends:
                timed.deadlines.pop(visit, None)
                with small.write(scope, CURATOR, now=moment) as write:
                    operations.fire(write, visit, "cancel", ground="не понадобилось")
        if day in runs:
            timers.take_due_of(small, scope, moment, chunk=2)

    found = [
        (ids.index(entry.subject_id), entry.event, (date.fromisoformat(entry.happened_on) - first).days)
        for entry in told(small, now + 99 * DAY, scope)
    ]
    assert sorted(found) == expected(lives, runs)


# -- back-dating ------------------------------------------------------------------------------------------------------


def test_step_dated_too_far_back_needs_a_ground_where_the_place_says_so(
    small: ProcessEngine, timed: TimedPlugin, now: datetime
) -> None:
    visit = planned(small, now, happened_on=date(2026, 10, 1))

    def hold(write: Write, day: date, ground: str = "") -> None:
        operations.fire(write, visit, "hold", fields={"topic": "Дроби"}, happened_on=day, ground=ground)

    timed.settings["back_dating.limit_days"] = 10
    with pytest.raises(GuardRefused) as refused, small.write(SCHOOL, CURATOR, now=now) as write:
        hold(write, date(2026, 11, 1))
    [blocker] = refused.value.blockers
    assert (blocker.code, str(blocker.severity), blocker.values) == (
        "too_far_back",
        "reason",
        {"late": 11, "limit": 10},
    )

    with small.write(SCHOOL, CURATOR, now=now) as write:
        hold(write, date(2026, 11, 1), "Журнал вели на бумаге")
        operations.fire(write, visit, "describe", happened_on=date(2026, 11, 2))
