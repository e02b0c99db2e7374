"""Pairs as lists, boards and strips of steps show them: frozen rows, a fixed number of statements a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from workflow_core import queries as core
from workflow_core.amounts import Amount
from workflow_core.definition import StateDefinition, WorkflowDefinition
from workflow_core.history import HistoryEntry
from workflow_core.replay import ENTER_AS_FOUND, project
from workflow_core.tables import Process
from workflow_core.timers import limit_days
from workflow_core.unit_of_work import UnitOfWork
from workflows.mentoring import pair_list, queries
from workflows.mentoring.pair_list import EVERY_PAIR, PAGE, PairFilter, StuckLimit
from workflows.mentoring.states import REGULAR_WORK
from workflows.mentoring.tables import FORM_TITLES, Form, Pair, PairMember, Programme, Side
from workflows.mentoring.values import pair_label, shown
from workflows.organisations import people
from workflows.organisations import queries as organisations
from workflows.organisations.tables import Person

SILENCE_DAYS = 21
"""Days without a meeting after which a pair at work counts as stuck, where no setting says otherwise."""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A member as a row names one."""

    id: str
    name: str
    place: str
    """Class or post."""
    leads: bool = False


@dataclass(frozen=True, slots=True)
class PairLine:
    """One pair on a list or board."""

    id: str
    label: str
    """«Белова Анна — Ким Данил»."""
    form: str
    form_title: str
    programme_id: str
    programme_title: str
    curator: str
    starts_on: date
    ends_on: date
    definition: str
    state: str
    state_title: str
    since: date
    days: int
    """Days that the state has lasted."""
    limit_days: int | None
    """Days after which this state counts as stuck; None = never."""
    last_meeting_on: date | None
    is_stuck: bool
    version: int
    remembered: str
    mentors: tuple[PersonLine, ...]
    mentees: tuple[PersonLine, ...]
    is_group: bool


@dataclass(frozen=True, slots=True)
class PairPage:
    """One page of a list; `next_after` is what to ask for the next one with, empty on the last."""

    pairs: tuple[PairLine, ...]
    next_after: str = ""


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One state of the board with its first pairs: the silent ones, then those that have stood longest."""

    state: str
    title: str
    on_track: bool
    total: int
    pairs: tuple[PairLine, ...]


@dataclass(frozen=True, slots=True)
class TrackStep:
    """One step of the strip of steps."""

    state: str
    title: str
    short_title: str
    reached_on: date | None
    """None for a step to come, or one whose day nobody knows."""
    place: str
    """done | now | to_come"""


# -- lists ------------------------------------------------------------------------------------------------------------


def pair_page(
    uow: UnitOfWork, wanted: PairFilter = EVERY_PAIR, *, order: str = "", after: str = "", limit: int = PAGE
) -> PairPage:
    """A page of pairs. `after` is `next_after` of the page before; `order` is one of `pair_list.ORDERS`."""
    found = pair_list.listed(uow.session, uow.scope, wanted, order=order, after=after, limit=limit + 1)
    lines = _lines_in_order(uow, [row.id for row in found[:limit]])
    return PairPage(tuple(lines), found[limit - 1].after if len(found) > limit else "")


def _lines_in_order(uow: UnitOfWork, pair_ids: Sequence[str]) -> list[PairLine]:
    lines = pair_lines(uow, pair_ids)
    return [lines[pair_id] for pair_id in pair_ids if pair_id in lines]


def pair_lines(uow: UnitOfWork, pair_ids: Iterable[str]) -> dict[str, PairLine]:
    """Some pairs by id; other organisations' are left out."""
    pairs = queries.pairs(uow.session, uow.scope, pair_ids)
    processes = core.processes(uow.session, pairs)
    lines = _lines(uow, [(pair, processes[pair.id]) for pair in pairs.values() if pair.id in processes])
    return {line.id: line for line in lines}


def pair_labels(uow: UnitOfWork, pair_ids: Iterable[str]) -> dict[str, str]:
    """The names of some pairs by id: «Белова Анна — Ким Данил»."""
    pairs = queries.pairs(uow.session, uow.scope, pair_ids)
    rows = queries.members(uow.session, uow.scope, pairs)
    return {pair.id: pair_label(pair, rows.get(pair.id, ())) for pair in pairs.values()}


def pair_counts(uow: UnitOfWork, wanted: PairFilter = EVERY_PAIR) -> dict[str, int]:
    """How many pairs there are by state; with a filter it must be one that leaves few pairs, such as a mentor's own."""
    if wanted == EVERY_PAIR:
        return uow.engine.tallies.of(uow, "pair")
    return pair_list.count_by_state(uow.session, uow.scope, wanted)


def amount(uow: UnitOfWork, wanted: PairFilter = EVERY_PAIR) -> Amount | None:
    """How many pairs a list would show; None where that takes a walk through all of them."""
    if replace(wanted, states=()) == EVERY_PAIR:
        by_state = uow.engine.tallies.of(uow, "pair")
        return Amount(sum(number for state, number in by_state.items() if state in (wanted.states or by_state)))
    return pair_list.amount(uow.session, uow.scope, wanted)


def silent_since(uow: UnitOfWork) -> date:
    """Pairs at work of which nothing was heard since before this day count as stuck."""
    return uow.today - timedelta(days=_silence(uow))


def stuck_filter(uow: UnitOfWork, wanted: PairFilter = EVERY_PAIR) -> PairFilter:
    """The same filter, narrowed to pairs that have stood longer than the place allows."""
    limits: list[StuckLimit] = []
    for name, days_by_definition in _limits(uow).items():
        known = {
            code: uow.today - timedelta(days=days) for code, days in days_by_definition.items() if days is not None
        }
        if len(known) == len(days_by_definition) and len(set(known.values())) == 1:
            # All lifecycles agree, so the index of states answers without a look at each pair.
            limits.append(StuckLimit("", name, next(iter(known.values()))))
        else:
            limits += [StuckLimit(code, name, before) for code, before in known.items()]
    return replace(wanted, stuck=tuple(limits), silent_since=silent_since(uow))


def _limits(uow: UnitOfWork) -> dict[str, dict[str, int | None]]:
    """Of each live state the days after which a pair counts as stuck, by lifecycle; None = never."""
    found: dict[str, dict[str, int | None]] = {}
    for definition in _definitions(uow):
        for state in definition.states.values():
            if state.final is None:
                found.setdefault(state.name, {})[definition.code] = limit_days(state, uow.profile.settings)
    return found


def stuck_pairs(uow: UnitOfWork, *, limit: int | None = None) -> list[PairLine]:
    """Pairs that have stood too long, the longest first."""
    found = pair_list.listed(uow.session, uow.scope, stuck_filter(uow), limit=limit)
    return _lines_in_order(uow, [row.id for row in found])


CARDS = 6
"""Pairs that a column of the board shows."""


def board(
    uow: UnitOfWork, wanted: PairFilter = EVERY_PAIR, *, definition: str = "pair", cards: int = CARDS
) -> list[BoardColumn]:
    """Live pairs by state, in the order of the definition, empty columns too; the states off the track last."""
    counts = pair_counts(uow, wanted)
    known = {name for one in _definitions(uow) for name, state in one.states.items() if state.final is None}
    shown = {state: _first_cards(uow, wanted, state, cards) for state in sorted(known & counts.keys())}
    lines = pair_lines(uow, [pair_id for ids in shown.values() for pair_id in ids])
    return [
        BoardColumn(
            state.name,
            state.title,
            state.on_track,
            counts.get(state.name, 0),
            tuple(lines[pair_id] for pair_id in shown.get(state.name, ()) if pair_id in lines),
        )
        for state in _board_states(uow, definition, {line.definition for line in lines.values()})
    ]


def _first_cards(uow: UnitOfWork, wanted: PairFilter, state: str, cards: int) -> list[str]:
    """The silent pairs of a state, then those that have stood in it longest: so the stuck ones come first."""
    inside = replace(wanted, states=(state,))
    silent = replace(inside, stuck=(), silent_since=silent_since(uow)) if state == REGULAR_WORK else None
    found = pair_list.listed(uow.session, uow.scope, silent, limit=cards) if silent else []
    found += pair_list.listed(uow.session, uow.scope, inside, order="since", limit=cards)
    return list(dict.fromkeys(row.id for row in found))[:cards]


def _board_states(uow: UnitOfWork, code: str, used: Iterable[str]) -> list[StateDefinition]:
    known = uow.definitions
    chosen = [known[name] for name in dict.fromkeys((code, *sorted(used))) if name in known]
    # The longest lifecycle gives the order; the shorter ones share its states.
    chosen.sort(key=lambda one: -len(one.states))
    states = {state.name: state for one in chosen for state in one.states.values() if state.final is None}
    return sorted(states.values(), key=lambda state: not state.on_track)


def _definitions(uow: UnitOfWork) -> list[WorkflowDefinition]:
    return [definition for definition in uow.definitions.values() if definition.subject == "pair"]


def _silence(uow: UnitOfWork) -> int:
    days = uow.profile.settings.get("stuck_days", SILENCE_DAYS)
    return days if isinstance(days, int) else SILENCE_DAYS


def _lines(uow: UnitOfWork, found: Sequence[tuple[Pair, Process]]) -> list[PairLine]:
    ids = [pair.id for pair, _process in found]
    rows = queries.members(uow.session, uow.scope, ids)
    held = queries.held_meetings(uow.session, uow.scope, ids)
    entered = queries.entered_on(uow.session, uow.scope, ids)
    programmes = queries.programmes(uow.session, uow.scope, {pair.programme_id for pair, _process in found})
    curators = organisations.people(
        uow.session, uow.scope, [row.curator_id for row in programmes.values() if row.curator_id]
    )
    return [
        _line(
            uow,
            pair,
            process,
            rows.get(pair.id, []),
            max((one.last_on for one in held.get(pair.id, ())), default=None),
            entered.get(pair.id),
            programmes[pair.programme_id],
            curators,
        )
        for pair, process in found
    ]


def _line(
    uow: UnitOfWork,
    pair: Pair,
    process: Process,
    rows: Sequence[tuple[PairMember, Person]],
    last_meeting_on: date | None,
    entered_on: date | None,
    programme: Programme,
    curators: Mapping[str, Person],
) -> PairLine:
    definition = uow.definition(process.definition_hash)
    since = date.fromisoformat(process.since)
    days = (uow.today - since).days
    limit = limit_days(definition.state(process.state), uow.profile.settings)
    # Of a pair that was entered as found nobody knows what its log held before.
    heard_on = max(day for day in (since, last_meeting_on, entered_on) if day is not None)
    silent = process.state == REGULAR_WORK and (uow.today - heard_on).days > _silence(uow)
    mentors, mentees = _side(rows, Side.MENTOR), _side(rows, Side.MENTEE)
    curator = curators.get(programme.curator_id or "")
    return PairLine(
        id=pair.id,
        label=pair_label(pair, rows),
        form=pair.form,
        form_title=FORM_TITLES[Form(pair.form)] if pair.form in set(Form) else pair.form,
        programme_id=programme.id,
        programme_title=programme.title,
        curator=people.short_name(curator) if curator else "",
        starts_on=pair.starts_on,
        ends_on=pair.ends_on,
        definition=process.definition_code,
        state=process.state,
        state_title=definition.state_title(process.state),
        since=since,
        days=days,
        limit_days=limit,
        last_meeting_on=last_meeting_on,
        is_stuck=silent or (limit is not None and days > limit),
        version=process.version,
        remembered=process.remembered,
        mentors=mentors,
        mentees=mentees,
        is_group=len(mentors) + len(mentees) > 2,
    )


def _side(rows: Sequence[tuple[PairMember, Person]], side: str) -> tuple[PersonLine, ...]:
    return tuple(
        PersonLine(who.id, people.label(who), people.place_of_person(who), row.leads)
        for row, who in shown(rows)
        if row.side == side
    )


# -- the strip of steps -----------------------------------------------------------------------------------------------


def journeys(uow: UnitOfWork, pair_ids: Iterable[str]) -> dict[str, tuple[TrackStep, ...]]:
    """The strip of steps of some pairs: the road that most pairs take, with the days on which each step was reached.

    A suspended pair stands where it will go on; one that ended early where it stood last.
    """
    processes = core.processes(uow.session, pair_ids)
    own = {pair_id: process for pair_id, process in processes.items() if process.scope_id == uow.scope}
    entries = core.entries_of(uow.session, uow.scope, own)
    return {pair_id: _journey(uow, process, entries.get(pair_id, [])) for pair_id, process in own.items()}


def _journey(uow: UnitOfWork, process: Process, entries: Sequence[HistoryEntry]) -> tuple[TrackStep, ...]:
    definition = uow.definition(process.definition_hash)
    track = definition.track
    reached = _reached(uow, entries)
    here = _place_on_track(process, track, reached)
    done = track[: track.index(here)] if here in track else ()
    final = process.state == here and definition.state(here).final is not None
    return tuple(
        TrackStep(
            name,
            definition.state(name).title,
            definition.state(name).short_title or definition.state(name).title,
            date.fromisoformat(reached[name]) if name in reached and (name in done or name == here) else None,
            "done" if name in done or (name == here and final) else "now" if name == here else "to_come",
        )
        for name in track
    )


def _reached(uow: UnitOfWork, entries: Sequence[HistoryEntry]) -> dict[str, str]:
    """Days on which states were reached, those included that were told when the pair was entered as found."""
    told: dict[str, str] = {}
    for entry in entries:
        if entry.event == ENTER_AS_FOUND:
            told.update(entry.input_values.get("dates") or {})
    return {**told, **project(entries, uow.definition).reached()}


def _place_on_track(process: Process, track: Sequence[str], reached: Mapping[str, str]) -> str:
    if process.state in track:
        return process.state
    if process.remembered in track:
        return process.remembered
    passed = [name for name in track if name in reached]
    return passed[-1] if passed else track[0]
