"""Timers: one table `due` of what has to be told on a day, and the run that takes it.

A row is a projection. Time limits follow the states that a step leaves and enters (`follow`); deadlines and their reminders
are read from whatever room keeps them, by the fact `deadlines` of a kind of subject; both are made anew once a day and
when rules change (`review`). What had passed already when it was planned is not told: the pages show it as late anyway.

Taking is what is recorded: `take_due` appends an entry of kind «timer» and marks the row in one transaction under the
organisation's lock, so two schedulers, a kill or weeks of silence change nothing: every row is told once, in the order of
the days.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workflow_core import queries
from workflow_core.calendars import WorkingCalendar
from workflow_core.definition import StateDefinition, WorkflowDefinition
from workflow_core.exceptions import CalendarMissing
from workflow_core.guards import SYSTEM
from workflow_core.tables import Due, Process, new_id

if TYPE_CHECKING:
    from workflow_core.unit_of_work import ProcessEngine, UnitOfWork, Write

log = logging.getLogger(__name__)

LIMIT, DEADLINE, REMINDER, REVIEW = "limit", "deadline", "reminder", "review"
TOLD = (LIMIT, DEADLINE, REMINDER)
EVENTS: Mapping[str, str] = {LIMIT: "limit_passed", DEADLINE: "deadline_passed", REMINDER: "reminder"}
"""Kind of a row -> event of the entry that taking it leaves."""
ENTRY_KIND = "timer"

DEADLINES = "deadlines"
"""Fact of a kind of subject: subject id -> the `Deadline`s that still wait. Without such a fact a kind has none."""
WORKING_CALENDAR = "working_calendar"
"""Fact of the organisation: its `WorkingCalendar`; the national one where nobody gives it."""
REMINDERS = "reminders.days_before"
"""Setting: how many days before a deadline it is reminded of."""
USUAL_REMINDERS = (7, 1)

CHUNK = 200
"""Rows that are taken in one transaction."""
_LATEST_ZONE = timedelta(hours=14)
_DAY = timedelta(days=1)

Move = tuple[Process, Process, WorkflowDefinition]
"""A process before and after a step, and the definition that it runs by after it."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day on which something of a subject falls due. A room gives those that still wait."""

    due_on: date
    """Last day in time."""
    name: str = ""
    """Tells the deadlines of one subject apart, at most 64 signs."""
    note: str = ""
    """What falls due: «I четверть 2026/27»; no names of people."""
    starts_on: date | None = None
    """Reminders do not come before the time that falls due has begun."""


# -- planning ---------------------------------------------------------------------------------------------------------


def limit_days(state: StateDefinition, settings: Mapping[str, Any]) -> int | None:
    """Calendar days that a subject may stand in a state: the place's setting, else the lifecycle's; None = any number."""
    own = settings.get(state.limit_setting) if state.limit_setting else None
    return own if isinstance(own, int) and not isinstance(own, bool) else state.limit_days


_limited_states: dict[str, frozenset[str]] = {}


def _limited(definition: WorkflowDefinition) -> frozenset[str]:
    """States that have a time limit or may be given one; remembered by hash, for this is asked at every step."""
    found = _limited_states.get(definition.hash)
    if found is None:
        states = definition.states.items()
        found = frozenset(name for name, one in states if one.limit_days or one.limit_setting)
        _limited_states[definition.hash] = found
    return found


def follow(write: Write, moves: Sequence[Move]) -> None:
    """Let the rows follow processes that moved. Nothing at all is done for definitions without limits and deadlines."""
    left: list[str] = []
    entered: dict[str, Due] = {}
    for before, after, definition in moves:
        if (after.subject_kind, DEADLINES) in write.catalogue.facts:
            plan(write, after.subject_kind, [after.id])
        limited = _limited(definition)
        same_rules = before.definition_hash == after.definition_hash
        if not limited and same_rules:
            continue
        if same_rules and (before.state, before.since) == (after.state, after.since):
            continue
        if before.version and (before.state in limited or not same_rules):
            left.append(after.id)
        entered.pop(after.id, None)
        if after.state in limited:
            row = _limit(write, after.subject_kind, after.id, after.since, definition.state(after.state))
            if row is not None and _is_ahead(row, write.today):
                entered[after.id] = row
    queries.delete_limits(write.session, left)
    queries.insert_due(write.session, list(entered.values()))


def _limit(write: Write, subject_kind: str, subject_id: str, since: str, state: StateDefinition) -> Due | None:
    days = limit_days(state, write.profile.settings)
    if not days:
        return None
    return _row(write.scope, subject_kind, subject_id, LIMIT, date.fromisoformat(since) + days * _DAY, name=state.name)


def plan(write: Write, subject_kind: str, subject_ids: Iterable[str]) -> None:
    """Plan deadlines and reminders of some subjects anew at the end of this write, as their room then gives them.

    A step does this by itself; call it where dates change without a step.
    """
    write.planned.setdefault(subject_kind, {}).update(dict.fromkeys(subject_ids))


def review(write: Write) -> None:
    """Make all rows of the organisation anew at the end of this write: its rules or its calendar have changed."""
    write.reviewed = True


def settle(write: Write) -> None:
    """Do what `plan` and `review` asked for; part of the end of every write."""
    if write.reviewed:
        write.forget_rules()
        for follow in write.catalogue.before_review.values():
            follow(write)
        _review(write)
    elif write.planned:
        rules = _Rules(write)
        for subject_kind, ids in write.planned.items():
            _plan(write, subject_kind, list(ids), rules)
    write.planned.clear()
    write.reviewed = False


class _Rules:
    """What deadlines are planned by, loaded at the first need."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self._calendar: WorkingCalendar | None = None
        given = write.profile.settings.get(REMINDERS, USUAL_REMINDERS)
        self.days_before = tuple(sorted({int(one) for one in given or ()}))

    @property
    def calendar(self) -> WorkingCalendar:
        if self._calendar is None:
            self._calendar = calendar_of(self.write)
        return self._calendar


def calendar_of(uow: UnitOfWork) -> WorkingCalendar:
    """The organisation's calendar, the national one where nobody gives one."""
    if ("organisation", WORKING_CALENDAR) not in uow.catalogue.facts:
        return WorkingCalendar()
    facts = uow.catalogue.load_facts(uow.session, uow.scope, "organisation", [WORKING_CALENDAR], [uow.scope], uow.today)
    found: WorkingCalendar | None = facts[uow.scope][WORKING_CALENDAR]
    return found or WorkingCalendar()


def _plan(write: Write, subject_kind: str, ids: Sequence[str], rules: _Rules) -> None:
    provider = write.catalogue.facts.get((subject_kind, DEADLINES))
    if provider is None:
        return
    for part in queries.chunks(ids):
        found = provider.load(write.session, write.scope, part, write.today)
        wanted = [
            row
            for subject_id in part
            for one in found.get(subject_id, ())
            for row in _rows_of(write.scope, subject_kind, subject_id, one, rules)
        ]
        _put(write, queries.due_of(write.session, write.scope, part, (DEADLINE, REMINDER)), wanted)


def _rows_of(scope: str, subject_kind: str, subject_id: str, one: Deadline, rules: _Rules) -> Iterable[Due]:
    """The row of a deadline and those of its reminders; of two reminders that meet on a day the nearer one."""
    base = _row(scope, subject_kind, subject_id, DEADLINE, one.due_on, name=one.name, note=one.note)
    yield base
    days: set[date] = set()
    for count in rules.days_before:
        fires_on = _worked(one.due_on - count * _DAY, rules)
        if fires_on in days or (one.starts_on and fires_on < one.starts_on):
            continue
        days.add(fires_on)
        yield replace(base, id=new_id(), kind=REMINDER, days_before=count, fires_on=fires_on.isoformat())


def _worked(day: date, rules: _Rules) -> date:
    """The day itself, or the working day before it: nobody reads a reminder on a day off."""
    try:
        return rules.calendar.working_day_before(day) if rules.calendar.is_day_off(day) else day
    except CalendarMissing:
        return day


def _row(scope: str, subject_kind: str, subject_id: str, kind: str, due_on: date, *, name: str, note: str = "") -> Due:
    return Due(
        new_id(),
        scope,
        subject_kind,
        subject_id,
        kind,
        name,
        0,
        due_on.isoformat(),
        (due_on + _DAY).isoformat(),
        note,
        "",
    )


def _is_ahead(row: Due, today: date) -> bool:
    """Whether a row has still to come. A reminder planned on its own day is told: the one who planned it is not alone."""
    return row.fires_on > today.isoformat() or (row.kind == REMINDER and row.fires_on == today.isoformat())


def _put(write: Write, existing: Sequence[Due], wanted: Sequence[Due]) -> None:
    """Bring rows in step with what is wanted, by as few statements as there are kinds of changes.

    What did not change stays as it is, taken or not; what got another day waits again if that day is ahead. A reminder that
    was given is not given again for the same deadline.
    """
    known = {(row.subject_id, row.kind, row.name, row.days_before): row for row in existing}
    new: list[Due] = []
    changed: list[Due] = []
    for row in wanted:
        old = known.pop((row.subject_id, row.kind, row.name, row.days_before), None)
        if old is None:
            if _is_ahead(row, write.today):
                new.append(row)
        elif (old.due_on, old.fires_on) == (row.due_on, row.fires_on) or (old.done_at and old.due_on == row.due_on):
            if old.note != row.note:
                changed.append(replace(old, note=row.note))
        elif _is_ahead(row, write.today):
            changed.append(replace(row, id=old.id))
        else:
            known[row.subject_id, row.kind, row.name, row.days_before] = old
    queries.delete_due(write.session, [row.id for row in known.values()])
    queries.change_due(write.session, changed)
    queries.insert_due(write.session, new)


# -- reviewing --------------------------------------------------------------------------------------------------------


def _review(write: Write) -> None:
    """All rows of the organisation as states, dates and rules stand now, and the next review tomorrow."""
    wanted: list[Due] = []
    with_deadlines: set[str] = set()
    for definition_hash, subject_kind in queries.definitions_in_use(write.session, write.scope):
        definition = write.definition(definition_hash)
        if (subject_kind, DEADLINES) in write.catalogue.facts:
            with_deadlines.add(subject_kind)
        for name in _limited(definition):
            found = queries.stays(write.session, write.scope, subject_kind, name, definition_hash)
            rows = (_limit(write, subject_kind, one, since, definition.states[name]) for one, since in found)
            wanted += (row for row in rows if row is not None)
    _put(write, queries.due_of_scope(write.session, write.scope, (LIMIT,)), wanted)
    rules = _Rules(write)
    # A room that gives deadlines no longer, with its plugin gone, must not leave its rows behind.
    left = queries.due_of_scope(write.session, write.scope, (DEADLINE, REMINDER))
    queries.delete_due(write.session, [row.id for row in left if row.subject_kind not in with_deadlines])
    for subject_kind in with_deadlines:
        ids = [process.id for process in queries.processes_of(write.session, write.scope, subject_kind)]
        _plan(write, subject_kind, ids, rules)
    tomorrow = write.today + _DAY
    next_one = _row(write.scope, "organisation", write.scope, REVIEW, write.today, name="")
    old = queries.due_of(write.session, write.scope, [write.scope], (REVIEW,))
    if not old:
        queries.insert_due(write.session, [next_one])
    elif old[0].fires_on != tomorrow.isoformat():
        queries.change_due(write.session, [replace(next_one, id=old[0].id)])


# -- taking -----------------------------------------------------------------------------------------------------------


def take_due(engine: ProcessEngine, now: datetime, *, chunk: int = CHUNK) -> dict[str, int]:
    """Tell everything that is due up to each organisation's own today; gives how much by organisation.

    May be called at any time, by several at once, after any pause: each row is told once. An organisation that fails is
    logged and does not stop the others; its error is raised at the end, so that a job tries again.
    """
    with engine.read(now=now) as read:
        scopes = queries.scopes_with_due(read.session, (now + _LATEST_ZONE).date().isoformat())
    taken: dict[str, int] = {}
    failed: Exception | None = None
    for scope in scopes:
        try:
            count = take_due_of(engine, scope, now, chunk=chunk)
        except Exception as exc:  # one broken organisation must not silence the others
            log.exception("timers of organisation %s failed", scope)
            failed = failed or exc
        else:
            taken.update({scope: count} if count else {})
    if failed is not None:
        raise failed
    return taken


def take_due_of(engine: ProcessEngine, scope: str, now: datetime, *, chunk: int = CHUNK) -> int:
    """Tell everything that is due in one organisation; gives how much."""
    if _review_is_due(engine, scope, now):
        with engine.write(scope, SYSTEM, now=now, operation="review_due") as write:
            review(write)
    taken = 0
    while True:
        with engine.write(scope, SYSTEM, now=now, operation="take_due") as write:
            rows = queries.due_now(write.session, scope, write.today.isoformat(), chunk)
            for row in rows:
                _tell(write, row)
            queries.finish_due(write.session, [row.id for row in rows], write.recorded_at)
        taken += len(rows)
        if len(rows) < chunk:
            return taken


def _review_is_due(engine: ProcessEngine, scope: str, now: datetime) -> bool:
    with engine.read(scope, now=now) as read:
        found = queries.due_of(read.session, scope, [scope], (REVIEW,))
        return not found or found[0].fires_on <= read.today.isoformat()


def _tell(write: Write, row: Due) -> None:
    inputs: dict[str, Any] = {"due_on": row.due_on, "name": row.name}
    if row.kind == REMINDER:
        inputs["days_before"] = row.days_before
    process = queries.process(write.session, row.subject_id) if row.kind == LIMIT else None
    write.record(
        ENTRY_KIND,
        row.subject_kind,
        row.subject_id,
        EVENTS[row.kind],
        definition_hash=process.definition_hash if process else "",
        actor_role="system",
        happened_on=date.fromisoformat(row.fires_on),
        inputs=inputs,
        details={"note": row.note} if row.note else None,
    )


def waiting(uow: UnitOfWork) -> list[Due]:
    """What is still to come in the organisation, next first."""
    return queries.due_of_scope(uow.session, uow.scope, TOLD, waiting=True)
