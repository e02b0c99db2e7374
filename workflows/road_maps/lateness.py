"""Late is a fact, not a state: what an item's dates mean on a day. Pure.

An item without a date is never late. An item that falls due several times is late where a time that came after the map was
taken into work went by without a fact; one that has been handed in or is finished is late no more, but may have been.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import CalendarMissing

OPEN_STATES = ("planned", "in_progress", "reported")
"""States in which an item still has something to come."""
UNDONE_STATES = ("planned", "in_progress")
"""States in which an item can be overdue: one that is handed in waits for somebody else."""
DONE_STATES = ("done", "not_needed")
"""States in which nothing of an item is left to do."""
FINISHED_STATES = ("done", "partly_done", "not_needed", "carried_over", "dropped")
"""States that an item has come to rest in, one way or another."""
REACHED_STATES = ("done", "partly_done")

DUE_SOON_DAYS = 14


class Due(Protocol):
    """A time that an item falls due."""

    @property
    def label(self) -> str: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def done_on(self) -> date | None: ...
    @property
    def before_adoption(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Lateness:
    """What an item's dates mean on one day; days are calendar days."""

    overdue_since: date | None = None
    """The day that went by; None = not overdue."""
    overdue_by_days: int = 0
    missed: tuple[str, ...] = ()
    """Labels of the times that went by, where the item has several."""
    next_due: date | None = None
    """The next day on which something of the item falls due, today included."""
    finished_late_by_days: int = 0

    @property
    def is_overdue(self) -> bool:
        return self.overdue_since is not None

    def is_due_soon(self, today: date, days: int = DUE_SOON_DAYS) -> bool:
        """Whether something falls due from today to `days` days on."""
        return self.next_due is not None and self.next_due <= today + timedelta(days=days)


def lateness(state: str, since: date, due_on: date | None, times: Iterable[Due], today: date) -> Lateness:
    """What the dates of an item in `state` since `since` mean on `today`."""
    if state in REACHED_STATES:
        return Lateness(finished_late_by_days=max((since - due_on).days, 0) if due_on else 0)
    if state not in UNDONE_STATES:
        return Lateness()
    dated = [time for time in times if time.due_on is not None and not time.before_adoption]
    if not dated:
        return _of_dates([(due_on, "")] if due_on else [], today)
    waiting = [(time.due_on, time.label) for time in dated if time.done_on is None and time.due_on is not None]
    # Every time is closed: what is left is the item itself.
    return _of_dates(waiting or ([(due_on, "")] if due_on else []), today)


def _of_dates(waiting: list[tuple[date, str]], today: date) -> Lateness:
    missed = sorted((day, label) for day, label in waiting if day < today)
    ahead = [day for day, _label in waiting if day >= today]
    first = missed[0][0] if missed else None
    return Lateness(
        overdue_since=first,
        overdue_by_days=(today - first).days if first else 0,
        missed=tuple(label for _day, label in missed if label),
        next_due=min(ahead, default=None),
    )


def working_day_before(due_on: date | None, calendar: WorkingCalendar) -> date | None:
    """The working day to hand in on where `due_on` is a day off; None where it is worked or no calendar is known."""
    try:
        return calendar.working_day_before(due_on) if due_on and calendar.is_day_off(due_on) else None
    except CalendarMissing:
        return None


def days_words(days: int) -> str:
    """«Просрочен на 3 дн.», as the shared word list has it."""
    return f"Просрочен на {days} дн."
