"""A change of the school calendar with all that it moves: dates that are counted in working days, reminders.

`rehearse` does the change and takes it back, so what a page shows before is what `change_calendar` then does. Organisations below
take over the days of the places above them: how many of their dates that moves is shown too, and a job moves them. Dates
follow the calendar whatever has changed it, a rule of the place or of one above too: at the next review at the latest (`follow`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow_core import queries as core_queries
from workflow_core import timers
from workflow_core.calendars import WorkingCalendar
from workflow_core.guards import SYSTEM
from workflow_core.tables import Due
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.organisations import queries as organisations
from workflows.organisations.school_calendar import working_calendar
from workflows.road_maps import queries
from workflows.road_maps.counted_days import counted_due
from workflows.road_maps.lateness import UNDONE_STATES, working_day_before
from workflows.road_maps.tables import Activity

TASK = "follow_calendar"
DEADLINE_MOVED = "deadline_moved"
"""Event of the entry by which an item's history tells that its deadline moved with the calendar."""
Act = Callable[[Write], Any]


@dataclass(frozen=True, slots=True)
class MovedDate:
    """A date that the change moves."""

    subject_kind: str
    subject_id: str
    old: date | None
    """None: it was not there before."""
    new: date | None
    """None: it is not there any more."""
    due_on: date
    """The deadline that it is about, as it is after the change."""


@dataclass(frozen=True, slots=True)
class MovedBelow:
    """How many dates move in one organisation below."""

    organisation_id: str
    title: str
    deadlines: int
    hand_in: int


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """What a change of the calendar comes to, each list by date."""

    deadlines: tuple[MovedDate, ...]
    """Deadlines of items that are counted in working days."""
    reminders: tuple[MovedDate, ...]
    hand_in: tuple[MovedDate, ...]
    """Working days to hand in on of items whose deadline stays and is, or was, a day off."""
    below: tuple[MovedBelow, ...] = ()
    """Organisations below that dates of theirs move in, by title."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing moves."""
        return not (self.deadlines or self.reminders or self.hand_in or self.below)


def change_calendar(write: Write, act: Act) -> CalendarChange:
    """Change the calendar by `act` and everything that follows from it, in this write. Raises what `act` raises."""
    # What other rules have changed since the last review is no consequence of this calendar.
    timers.review(write)
    timers.settle(write)
    follow(write)
    reminders = _reminders(write)
    act(write)
    write.session.flush()
    moved, hand_in = follow(write)
    timers.review(write)
    timers.settle(write)
    return CalendarChange(
        _sorted(moved),
        _sorted(_differences(reminders, _reminders(write))),
        _sorted(hand_in),
        tuple(_moved_below(write)),
    )


def follow(write: Write) -> tuple[list[MovedDate], list[MovedDate]]:
    """Count deadlines by the calendar as it is now, if it is another one than they were counted by last.

    Gives the deadlines that moved, and the working days to hand in on of those that did not.
    """
    now, before = timers.calendar_of(write), queries.counted_calendar(write.session, write.scope)
    if before is not None and before.to_json() == now.to_json():
        return [], []
    queries.keep_counted_calendar(write.session, write.scope, now)
    if before is None:
        return [], []
    found = _items(write, before, now)
    write.session.flush()
    return found


def task_handlers(clock: Callable[[], datetime]) -> dict[str, Callable[[ProcessEngine, str, str], None]]:
    """Handlers for `Catalogue.task_handlers`; `clock` gives the moment (aware, UTC) at which a task runs."""

    def follow_below(engine: ProcessEngine, _scope: str, organisation_id: str) -> None:
        with engine.write(organisation_id, SYSTEM, now=clock(), operation=TASK) as write:
            timers.review(write)  # which follows first: `Catalogue.before_review`

    return {TASK: follow_below}


def rehearse(write: Write, act: Act) -> CalendarChange:
    """What `change_calendar` would do; changes nothing."""
    mark = write.savepoint()
    try:
        return change_calendar(write, act)
    finally:
        write.roll_back_to(mark)
        write.forget_rules()


def _items(write: Write, before: WorkingCalendar, after: WorkingCalendar) -> tuple[list[MovedDate], list[MovedDate]]:
    """Move the counted deadlines that stood where the old calendar put them; one that somebody chose otherwise stays."""
    rows = {row.id: row for row in queries.running_activities(write.session, write.scope, UNDONE_STATES)}
    moved, hand_in = _dates(rows.values(), before, after)
    for one in moved:
        assert one.old
        assert one.new
        days = {"due_on": one.new.isoformat(), "was": one.old.isoformat()}
        write.record(timers.ENTRY_KIND, "activity", one.subject_id, DEADLINE_MOVED, inputs=days)
        rows[one.subject_id].due_on = one.new
    return moved, hand_in


def _dates(
    rows: Iterable[Activity], before: WorkingCalendar, after: WorkingCalendar
) -> tuple[list[MovedDate], list[MovedDate]]:
    """What another calendar makes of the dates of some items; changes nothing."""
    moved: list[MovedDate] = []
    hand_in: list[MovedDate] = []
    for row in rows:
        if row.due_on is None:
            continue
        new = counted_due(row.deadline, row.starts_on, after)
        if new and new != row.due_on and row.due_on == counted_due(row.deadline, row.starts_on, before):
            moved.append(MovedDate("activity", row.id, row.due_on, new, new))
            continue
        old_day = working_day_before(row.due_on, before) or row.due_on
        new_day = working_day_before(row.due_on, after) or row.due_on
        if old_day != new_day:
            hand_in.append(MovedDate("activity", row.id, old_day, new_day, row.due_on))
    return moved, hand_in


def _moved_below(write: Write) -> Iterator[MovedBelow]:
    """What the change comes to below, from the calendars by which dates were counted there: just what the job will do."""
    for place in organisations.organisations_below(write.session, [write.scope]):
        before = queries.counted_calendar(write.session, place.id)
        after = working_calendar(write.session, place.id, write.today)
        if before is None or before.to_json() == after.to_json():
            continue
        write.request(TASK, place.id)
        moved, hand_in = _dates(queries.running_activities(write.session, place.id, UNDONE_STATES), before, after)
        if moved or hand_in:
            yield MovedBelow(place.id, place.short_title, len(moved), len(hand_in))


def _reminders(write: Write) -> dict[tuple[str, str, int], Due]:
    rows = core_queries.due_of_scope(write.session, write.scope, (timers.REMINDER,), waiting=True)
    return {(row.subject_id, row.name, row.days_before): row for row in rows}


def _differences(
    before: Mapping[tuple[str, str, int], Due], after: Mapping[tuple[str, str, int], Due]
) -> Iterator[MovedDate]:
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and old.fires_on == new.fires_on:
            continue
        row = new or old
        assert row is not None
        yield MovedDate(
            row.subject_kind,
            row.subject_id,
            date.fromisoformat(old.fires_on) if old else None,
            date.fromisoformat(new.fires_on) if new else None,
            date.fromisoformat(row.due_on),
        )


def _sorted(found: Any) -> tuple[MovedDate, ...]:
    return tuple(sorted(found, key=lambda one: (one.old or one.new, one.subject_id, one.new or one.old)))
