"""SQL of the list of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow_core.amounts import Amount
from workflow_core.lists import Unindexed, amount_of
from workflow_core.tables import process_table
from workflows.mentoring.states import REGULAR_WORK
from workflows.mentoring.tables import Pair, PairMember, Programme, pair_at_work_table
from workflows.organisations import search_index
from workflows.organisations.search_index import few_of
from workflows.organisations.tables import search_entry_table

PAGE = 50
"""Pairs on one page of a list."""
ORDERS = ("name", "since")
"""By the leading mentor's name, or longest in the state first (a silent pair: longest without a meeting); this one is only for
pairs in named states, and for stuck ones."""
_ENTRY, _PROCESS, _AT_WORK = search_entry_table.c, process_table.c, pair_at_work_table.c


@dataclass(frozen=True, slots=True)
class StuckLimit:
    """Pairs of a definition in a state count as stuck when they came into it before this day."""

    definition: str
    """Empty: of whatever definition."""
    state: str
    before: date


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs a list shows."""

    text: str = ""
    """Parts of names in any case and order, ё as е: «бел дан»."""
    states: tuple[str, ...] = ()
    form: str = ""
    programme_id: str = ""
    curator_id: str = ""
    person_id: str = ""
    """Only pairs in which this person is or was: a mentor's own."""
    stuck: tuple[StuckLimit, ...] | None = None
    """Only pairs beyond their limits; None = all."""
    silent_since: date | None = None
    """Together with `stuck`: pairs at work of which nothing was heard since before this day count as stuck too."""


EVERY_PAIR = PairFilter()


@dataclass(frozen=True, slots=True)
class Listed:
    """The place of a pair in a list."""

    id: str
    after: str
    """What to ask for the next page with, if this pair is the last of its page; never a name."""


def listed(
    session: Session,
    scope: str,
    wanted: PairFilter = EVERY_PAIR,
    *,
    order: str = "",
    after: str = "",
    limit: int | None = PAGE,
) -> list[Listed]:
    """Ids of the pairs of one page; stuck ones the longest first, others by name. `limit` None = all."""
    session.flush()
    if (order or ("since" if wanted.stuck is not None else "name")) == "since":
        # Each state is an index of its own here, however many pairs stand in it.
        few = _few(session, scope, replace(wanted, states=()))
        return _longest_first(session, scope, wanted, few, after, limit)
    return _by_name(session, scope, wanted, _few(session, scope, wanted), after, limit)


def amount(session: Session, scope: str, wanted: PairFilter) -> Amount | None:
    """How many pairs a list would show; None where that takes a walk through all of them."""
    session.flush()
    few = _few(session, scope, wanted)
    if few is None and wanted.stuck is not None and replace(wanted, stuck=None, silent_since=None) == EVERY_PAIR:
        return _stuck(session, scope, wanted)
    if few is None:
        conditions = sum(map(bool, (wanted.text, wanted.states, wanted.form, wanted.programme_id, wanted.curator_id)))
        return Amount(search_index.MATCHES, True) if conditions == 1 and wanted.stuck is None else None
    return Amount(sum(count_by_state(session, scope, wanted, few).values()))


def _stuck(session: Session, scope: str, wanted: PairFilter) -> Amount:
    """How many of all pairs are stuck, from the indexes of processes and of pairs at work alone."""
    found = [
        amount_of(session, sa.select(_PROCESS.id).where(*_of_scope(scope), _beyond(limit)))
        for limit in wanted.stuck or ()
    ]
    known = [limit for limit in wanted.stuck or () if limit.state == REGULAR_WORK]
    query = sa.select(_AT_WORK.pair_id).where(_AT_WORK.organisation_id == scope, _silent(wanted))
    if known:
        beyond = sa.select(sa.literal(1)).where(_PROCESS.id == _AT_WORK.pair_id, sa.or_(*map(_beyond, known)))
        query = query.where(~sa.exists(beyond.correlate(pair_at_work_table)))
    return sum(found, amount_of(session, query))


def count_by_state(
    session: Session, scope: str, wanted: PairFilter, few: Sequence[str] | None = None
) -> dict[str, int]:
    """How many pairs a list would show by state; looks at each of them, so ask it of few (a mentor's own)."""
    few = few if few is not None else _few(session, scope, wanted)
    query = sa.select(_PROCESS.state, sa.func.count()).select_from(_pairs()).where(*_conditions(scope, wanted, few))
    return {state: int(number) for state, number in session.execute(query.group_by(_PROCESS.state))}


# -- what narrows a list down to few pairs ----------------------------------------------------------------------------


def _few(session: Session, scope: str, wanted: PairFilter) -> list[str] | None:
    """The pairs that meet every condition met by few; None where each of the conditions is met by many."""
    found: set[str] | None = None
    for ids in _candidates(session, scope, wanted):
        if ids is not None:
            found = ids if found is None else found & ids
    return None if found is None else sorted(found)


def _candidates(session: Session, scope: str, wanted: PairFilter) -> Iterator[set[str] | None]:
    """For each condition that an index answers the pairs that meet it, or None for many."""
    if wanted.text:
        ids = search_index.matches(session, scope, "pair", wanted.text).ids
        yield None if ids is None else set(ids)
    own, member = col(Pair.organisation_id) == scope, col(PairMember.organisation_id) == scope
    if wanted.person_id:
        yield few_of(
            session, sa.select(col(PairMember.pair_id)).where(member, col(PairMember.person_id) == wanted.person_id)
        )
    if wanted.programme_id:
        yield few_of(session, sa.select(col(Pair.id)).where(own, col(Pair.programme_id) == wanted.programme_id))
    if wanted.curator_id:
        yield few_of(session, sa.select(col(Pair.id)).where(own, _guided_by(scope, wanted.curator_id)))
    if wanted.form:
        yield few_of(session, sa.select(col(Pair.id)).where(own, col(Pair.form) == wanted.form))
    if wanted.states:
        yield few_of(session, sa.select(_PROCESS.id).where(*_of_scope(scope), _PROCESS.state.in_(wanted.states)))


def _guided_by(scope: str, person_id: str) -> sa.ColumnElement[bool]:
    guided = sa.select(col(Programme.id)).where(
        col(Programme.curator_id) == person_id, col(Programme.organisation_id) == scope
    )
    return col(Pair.programme_id).in_(guided)


# -- conditions -------------------------------------------------------------------------------------------------------


def _pairs() -> Any:
    """Pairs with their processes and lines of the search index; pairs without a process are in no list."""
    lines = search_entry_table.join(process_table, _PROCESS.id == _ENTRY.subject_id)
    return lines.join(sa.inspect(Pair).local_table, col(Pair.id) == _ENTRY.subject_id)


def _of_scope(scope: str, leads: bool = True) -> tuple[sa.ColumnElement[bool], ...]:
    return (_PROCESS.scope_id if leads else Unindexed(_PROCESS.scope_id)) == scope, _PROCESS.subject_kind == "pair"


NAME, STATE, HEARD = "name", "state", "heard"
"""By which index a list is read: names, days in a state, days on which pairs at work were heard of."""


def _conditions(
    scope: str, wanted: PairFilter, few: Sequence[str] | None, lead: str = NAME
) -> Iterator[sa.ColumnElement[bool]]:
    """What a pair of the list meets. Only the table that leads may be looked up by the organisation, else SQLite reads all of it."""
    yield from _of_scope(scope, lead == STATE)
    yield (_ENTRY.organisation_id if lead == NAME else Unindexed(_ENTRY.organisation_id)) == scope
    yield _ENTRY.kind == "pair"
    if few is not None:
        yield _ENTRY.subject_id.in_(few)
    if wanted.text:
        yield search_index.holds(search_index.patterns(wanted.text))
    if wanted.person_id:
        places = sa.select(sa.literal(1)).where(
            col(PairMember.pair_id) == _ENTRY.subject_id, col(PairMember.person_id) == wanted.person_id
        )
        yield sa.exists(places.correlate(search_entry_table))
    if wanted.states:
        # States that many pairs are in narrow nothing down.
        yield (_PROCESS.state if few is not None else Unindexed(_PROCESS.state)).in_(wanted.states)
    if wanted.form:
        yield col(Pair.form) == wanted.form
    if wanted.programme_id:
        yield col(Pair.programme_id) == wanted.programme_id
    if wanted.curator_id:
        yield _guided_by(scope, wanted.curator_id)
    if wanted.stuck is not None:
        silent = sa.select(sa.literal(1)).where(_AT_WORK.pair_id == _ENTRY.subject_id, _silent(wanted))
        yield sa.or_(sa.false(), *map(_beyond, wanted.stuck), sa.exists(silent.correlate(search_entry_table)))


def _beyond(limit: StuckLimit) -> sa.ColumnElement[bool]:
    return sa.and_(
        _PROCESS.state == limit.state,
        _PROCESS.since < limit.before.isoformat(),
        _PROCESS.definition_code == limit.definition if limit.definition else sa.true(),
    )


def _silent(wanted: PairFilter) -> sa.ColumnElement[bool]:
    return _AT_WORK.heard_on < wanted.silent_since.isoformat() if wanted.silent_since else sa.false()


# -- pages ------------------------------------------------------------------------------------------------------------


def _by_name(
    session: Session, scope: str, wanted: PairFilter, few: Sequence[str] | None, after: str, limit: int | None
) -> list[Listed]:
    query = sa.select(_ENTRY.subject_id).select_from(_pairs()).where(*_conditions(scope, wanted, few))
    last = _name_of(session, scope, after) if after else None
    if last is not None:
        query = query.where(sa.tuple_(_ENTRY.order_key, _ENTRY.subject_id) > sa.tuple_(last, after))
    rows = session.execute(query.order_by(_ENTRY.order_key, _ENTRY.subject_id).limit(limit))
    return [Listed(row[0], row[0]) for row in rows]


def _name_of(session: Session, scope: str, pair_id: str) -> str | None:
    query = sa.select(_ENTRY.order_key).where(_ENTRY.subject_id == pair_id, _ENTRY.organisation_id == scope)
    return session.execute(query).scalar()


def _longest_first(
    session: Session, scope: str, wanted: PairFilter, few: Sequence[str] | None, after: str, limit: int | None
) -> list[Listed]:
    day, _, last = after.partition(".")
    rows: list[tuple[str, str]] = []
    for branch in _branches(scope, wanted, few, (day, last) if last else None):
        rows += [(row[0], row[1]) for row in session.execute(branch.limit(limit))]
    return [Listed(pair_id, f"{since}.{pair_id}") for since, pair_id in sorted(rows)[:limit]]


def _branches(
    scope: str, wanted: PairFilter, few: Sequence[str] | None, after: tuple[str, str] | None
) -> Iterator[Any]:
    """Statements that together give the pairs, each in the order of an index: (day, id). No pair is in two of them."""
    if wanted.stuck is not None:
        yield from _stuck_branches(scope, wanted, few, after)
        return
    for state in wanted.states:
        query = _in_state(scope, replace(wanted, states=()), few, state)
        yield _from_there(query, _PROCESS.since, _PROCESS.id, after)


def _stuck_branches(
    scope: str, wanted: PairFilter, few: Sequence[str] | None, after: tuple[str, str] | None
) -> Iterator[Any]:
    rest = replace(wanted, stuck=None, silent_since=None)
    for limit in wanted.stuck or ():
        if not wanted.states or limit.state in wanted.states:
            query = _in_state(scope, replace(rest, states=()), few, limit.state).where(_beyond(limit))
            yield _from_there(query, _PROCESS.since, _PROCESS.id, after)
    if wanted.silent_since is not None and (not wanted.states or REGULAR_WORK in wanted.states):
        known = [_beyond(limit) for limit in wanted.stuck or () if limit.state == REGULAR_WORK]
        query = (
            sa.select(_AT_WORK.heard_on, _AT_WORK.pair_id)
            .select_from(_pairs().join(pair_at_work_table, _AT_WORK.pair_id == _PROCESS.id))
            .where(_AT_WORK.organisation_id == scope, _silent(wanted), sa.not_(sa.or_(sa.false(), *known)))
            # They are in one state all: said again, it would lead the database through all pairs in it.
            .where(*_conditions(scope, replace(rest, states=()), few, HEARD))
        )
        yield _from_there(query, _AT_WORK.heard_on, _AT_WORK.pair_id, after)


def _in_state(scope: str, wanted: PairFilter, few: Sequence[str] | None, state: str) -> Any:
    query = sa.select(_PROCESS.since, _PROCESS.id).select_from(_pairs())
    return query.where(*_conditions(scope, wanted, few, STATE), _PROCESS.state == state)


def _from_there(query: Any, day: Any, pair_id: Any, after: tuple[str, str] | None) -> Any:
    if after is not None:
        query = query.where(sa.tuple_(day, pair_id) > sa.tuple_(*after))
    return query.order_by(day, pair_id)


# -- pairs at work, kept by triggers ----------------------------------------------------------------------------------

_HEARD = "SELECT pair_id, organisation_id, heard_on FROM heard_of_pair"


def rebuild(session: Session, scope: str) -> None:
    """Make the days on which an organisation's pairs at work were heard of anew."""
    session.flush()
    values = {"scope": scope}
    session.connection().execute(sa.text("DELETE FROM pair_at_work WHERE organisation_id = :scope"), values)
    fresh = f"INSERT INTO pair_at_work (pair_id, organisation_id, heard_on) {_HEARD} WHERE organisation_id = :scope"
    session.connection().execute(sa.text(fresh), values)


def differences(session: Session, scope: str) -> int:
    """How many pairs at work of an organisation stand otherwise than a fresh build would have them."""
    session.flush()
    fresh = f"{_HEARD} WHERE organisation_id = :scope"
    kept = "SELECT pair_id, organisation_id, heard_on FROM pair_at_work WHERE organisation_id = :scope"
    statement = f"""
    SELECT count(DISTINCT pair_id) FROM (
        SELECT * FROM ({fresh} EXCEPT {kept}) AS a UNION ALL SELECT * FROM ({kept} EXCEPT {fresh}) AS b) AS c"""
    return int(session.connection().execute(sa.text(statement), {"scope": scope}).scalar_one())


def silent_at_work(session: Session, scope: str, since: date, pair_ids: Iterable[str] | None = None) -> Amount:
    """How many pairs at work were not heard of since a day; of some pairs only, if named."""
    query = sa.select(_AT_WORK.pair_id).where(_AT_WORK.organisation_id == scope, _AT_WORK.heard_on < since.isoformat())
    if pair_ids is not None:
        query = query.where(_AT_WORK.pair_id.in_(list(pair_ids)))
    return amount_of(session, query)
