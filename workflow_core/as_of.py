"""What stood on a day that has passed, in two senses: as it was in fact by all that is known today, and as it was known then.

Both read the history only. «As known» replays what had been recorded by the evening of the day. «As happened» takes the
steps that stand today, each on its day with corrections applied, and asks which was the last to have happened by then: a
step that was noted late counts from its own day, one that was undone never was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from workflow_core import queries
from workflow_core.operations import queries as rarely
from workflow_core.replay import ENTER_AS_FOUND, Done, Projection, project
from workflow_core.state_mapping import NotCarried

if TYPE_CHECKING:
    from workflow_core.definition import WorkflowDefinition
    from workflow_core.history import HistoryEntry
    from workflow_core.unit_of_work import UnitOfWork


class Sense(StrEnum):
    """The two meanings of «on the day»."""

    HAPPENED = "happened"
    """As it was in fact, by everything that is known today."""
    KNOWN = "known"
    """As the program would have shown it on the evening of the day."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subject stood."""

    state: str
    since: str
    """Day (ISO) since when."""
    version: int
    """That of the last entry which counts; as happened, later entries of another day may have a lower number."""
    definition_hash: str
    """The edition of the rules whose word the state is."""


def states_as_of(uow: UnitOfWork, ids: Iterable[str], moment: date | datetime, sense: Sense) -> dict[str, Standing]:
    """Where some subjects of the organisation stood; who had not begun yet is left out. Statements grow with the chunks of ids.

    `moment`: a day (its evening, in the organisation's time zone); as known also an aware instant. Raises ReplayMismatch
    where the entries of a subject do not fit together, ValueError for an instant as happened.
    """
    if sense is Sense.HAPPENED and isinstance(moment, datetime):
        raise ValueError("what happened is dated by days")
    last = _last_instant(uow, moment)
    found: dict[str, Standing] = {}
    for part in queries.chunks(ids):
        for subject_id, entries in queries.entries_of(uow.session, uow.scope, part).items():
            if sense is Sense.KNOWN:
                standing = _known(uow, entries, last)
            else:
                standing = _happened(uow, entries, moment.isoformat())
            if standing is not None:
                found[subject_id] = standing
    return found


def all_as_of(
    uow: UnitOfWork, subject_kind: str, moment: date | datetime, sense: Sense, *, after: str = "", limit: int = 0
) -> Iterator[tuple[str, Standing]]:
    """The same for all subjects of a kind, by id, `queries.CHUNK` at a time; `limit` = 0: without end."""
    given, size = 0, min(limit or queries.CHUNK, queries.CHUNK)
    while True:
        page = rarely.process_ids(uow.session, uow.scope, subject_kind, after, size)
        found = states_as_of(uow, page, moment, sense)
        for subject_id in page:
            if subject_id in found:
                yield subject_id, found[subject_id]
                given += 1
                if given == limit:
                    return
        if len(page) < size:
            return
        after = page[-1]


def _last_instant(uow: UnitOfWork, moment: date | datetime) -> str:
    """The first instant that no longer counts, as entries are stamped."""
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("a moment without time zone")
        return (moment + timedelta(microseconds=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    midnight = datetime.combine(moment + timedelta(days=1), time(), ZoneInfo(uow.profile.time_zone))
    return midnight.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _known(uow: UnitOfWork, entries: list[HistoryEntry], before: str) -> Standing | None:
    told = project((entry for entry in entries if entry.recorded_at < before), uow.definition)
    return Standing(told.state, told.since, told.version, told.definition_hash) if told.version else None


# -- as happened ------------------------------------------------------------------------------------------------------


def _happened(uow: UnitOfWork, entries: list[HistoryEntry], day: str) -> Standing | None:
    told = project(entries, uow.definition)
    place = max((index for index, step in enumerate(told.done) if told.dates[step.entry.seq] <= day), default=-1)
    if place < 0:
        return _before_it_was_entered(uow, told, day)
    step = told.done[place]
    state, definition_hash = _in_the_words_of(uow, told, step, day)
    return Standing(state, _since(told, place, day), step.entry.version, definition_hash)


def _since(told: Projection, place: int, day: str) -> str:
    """The day on which the state was reached. Where that is later than a step out of it or in it (steps out of order), it was
    reached by the day of that step at the latest."""
    since = told.done[place].since
    stated = told.dates[since]
    if stated <= day:
        return stated
    return min(told.dates[step.entry.seq] for step in told.done[: place + 1] if step.entry.seq >= since)


def _in_the_words_of(uow: UnitOfWork, told: Projection, step: Done, day: str) -> tuple[str, str]:
    """The state after a step, called as in the edition that was in force on the day."""
    state, remembered, definition_hash = step.entry.to_state, step.remembered, step.entry.definition_hash
    for migrated in told.migrated:
        entry = migrated.entry
        if entry.seq < step.entry.seq or told.dates[entry.seq] > day:
            continue
        try:
            state, remembered = migrated.mapping.carry(uow.definition(entry.definition_hash), state, remembered)
        except NotCarried:
            # It was carried over from another state: the day of a step was corrected afterwards.
            return state, definition_hash
        definition_hash = entry.definition_hash
    return state, definition_hash


def _before_it_was_entered(uow: UnitOfWork, told: Projection, day: str) -> Standing | None:
    """Earlier states whose days were told when the subject was entered as found."""
    first = told.done[0].entry if told.done else None
    if first is None or first.event != ENTER_AS_FOUND:
        return None
    dates: Mapping[str, str] = first.input_values.get("dates") or {}
    order = _order(uow.definition(first.definition_hash))
    reached = [(when, order.get(state, 0), state) for state, when in dates.items() if when <= day]
    if not reached:
        return None
    when, _place, state = max(reached)
    return Standing(state, when, first.version, first.definition_hash)


def _order(definition: WorkflowDefinition) -> dict[str, int]:
    return {name: place for place, name in enumerate(definition.states)}
