"""What happened in the example, told day by day: written down in any order, played in the order of the days.

Each day is lived at its own moment, so the history looks as it would if people had used the program since then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflow_core import timers
from workflow_core.guards import SYSTEM, Actor
from workflow_core.jobs import CollectedJobs
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.organisations import policy

ZONE = ZoneInfo("Europe/Moscow")
DAWN, MORNING = time(7, 0), time(9, 0)
FRIDAY = 4
Deed = Callable[[Write], Any]


@dataclass(frozen=True, slots=True)
class _Note:
    day: date
    place: int
    """Order within a day: as written down."""
    who: str
    operation: str
    deed: Deed


@dataclass(slots=True)
class Diary:
    """The days of one organisation. `accounts`: name for this diary -> (account id, name shown)."""

    engine: ProcessEngine
    jobs: CollectedJobs
    scope: str
    today: date
    set_clock: Callable[[datetime], None]
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """What was made, by a name: «person Ким», «pair 3», «order 91-ОД»."""
    _notes: list[_Note] = field(default_factory=list)
    _actors: dict[tuple[str, date], Actor] = field(default_factory=dict)

    def day(self, days_ago: int) -> date:
        """So many days ago; a day off becomes the Friday before, as schools work."""
        day = self.today - timedelta(days=days_ago)
        return day - timedelta(days=max(0, day.weekday() - FRIDAY))

    def note(self, days_ago: int, operation: str, deed: Deed, who: str = "curator") -> None:
        """Something that is done on a day by somebody."""
        self._notes.append(_Note(self.day(days_ago), len(self._notes), who, operation, deed))

    def play(self) -> None:
        """Live all days in their order. Raises what an operation raises: the example must fit the rules."""
        minute = 0
        last: date | None = None
        for note in sorted(self._notes, key=lambda one: (one.day, one.place)):
            if note.day != last:
                # As in the running program, the clock tells in the morning what has fallen due since.
                timers.take_due_of(self.engine, self.scope, datetime.combine(note.day, DAWN, ZONE).astimezone(UTC))
            minute = minute + 1 if note.day == last else 0
            last = note.day
            moment = datetime.combine(note.day, MORNING, ZONE) + timedelta(minutes=2 * minute)
            self._live(note, moment.astimezone(UTC))
        self._notes.clear()

    def _live(self, note: _Note, moment: datetime) -> None:
        self.set_clock(moment)
        actor = self._actor(note.who, note.day, moment)
        with self.engine.write(self.scope, actor, now=moment, operation=note.operation) as write:
            note.deed(write)
        # Papers are made by the job of the commit, as in the running program.
        self.jobs.run(self.engine)

    def _actor(self, who: str, day: date, moment: datetime) -> Actor:
        if who not in self.accounts:
            return SYSTEM
        if (who, day) not in self._actors:
            account_id, name = self.accounts[who]
            with self.engine.read(self.scope, now=moment) as read:
                self._actors[who, day] = policy.actor_for(read.session, self.scope, account_id, name, day)
        return self._actors[who, day]
