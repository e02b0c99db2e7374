"""SQL of pages that look across all rooms: any register's rows by id, the filtered history, what a word is found in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from web.tables import Account
from workflow_core.amounts import Amount
from workflow_core.history import ALL_COLUMNS, HistoryEntry
from workflow_core.lists import amount_of
from workflow_core.queries import chunks
from workflow_core.tables import Register, definition_table, history_entry_table
from workflow_core.verification import register_classes
from workflows.mentoring.tables import Participant
from workflows.organisations import search_index
from workflows.organisations.people import search_text
from workflows.organisations.tables import Membership, search_entry_table
from workflows.road_maps.tables import Activity

ENTRY = history_entry_table.c
PAGE = 50
"""Entries on one page of the history."""


def register_named(kind: str) -> type[Register] | None:
    """The register that the history calls so."""
    return next((one for one in register_classes() if kind in (one.recorded_as, str(one.__tablename__))), None)


def rows_of(session: Session, scope: str, kind: str, ids: Iterable[str]) -> dict[str, Any]:
    """Rows of a register by id, whatever register it is; other organisations' and removed ones are left out."""
    table = register_named(kind)
    found: dict[str, Any] = {}
    for part in chunks(ids) if table is not None else ():
        assert table is not None
        query = select(table).where(col(table.organisation_id) == scope, col(table.id).in_(part))
        found.update({row.id: row for row in session.exec(query)})
    return found


# -- the history ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which entries a page or an export shows."""

    subject_ids: tuple[str, ...] | None = None
    """Only entries about these and the rows that belong to them; None = about anything."""
    parents: tuple[tuple[str, str], ...] = ()
    """(register, column) of the rows that belong to the subjects: meetings of a pair, consents of a person."""
    subject_kinds: tuple[str, ...] = ()
    kind: str = ""
    actor_id: str = ""
    since: date | None = None
    until: date | None = None
    """Days of what happened, not of the entry; both inclusive."""
    with_ground: bool = False
    quiet: bool = False
    """Leave out changes of registers that a step brought about or that a line beside them tells."""


QUIET = (
    "pair",
    "pair_member",
    "document",
    "document_file",
    "document_subject",
    "evidence_line",
    "occurrence",
    "stage",
    "activity",
)
"""Registers whose rows come with something that tells of them: the pair's step, the paper, the map."""


def history_page(
    session: Session, scope: str, wanted: HistoryFilter, *, before: int = 0, after: int = 0, limit: int = PAGE
) -> list[HistoryEntry]:
    """Entries newest first; `before` is the number of the last entry of the page before, `after` ends the search."""
    columns = [ENTRY[name] for name in ALL_COLUMNS]
    found: list[HistoryEntry] = []
    for query in _branches(scope, wanted, *columns):
        query = query.where(ENTRY.seq < before) if before else query
        query = query.where(ENTRY.seq > after) if after else query
        rows = session.connection().execute(query.order_by(ENTRY.seq.desc()).limit(limit))
        found += [HistoryEntry.from_row(row) for row in rows]
    return sorted(found, key=lambda entry: -entry.seq)[:limit]


def recorded_by(session: Session, scope: str, head: int, moment: str) -> int:
    """Number of the last entry that was recorded up to a moment (ISO); entries never run backwards, so halving finds it."""
    middle = "(SELECT recorded_at FROM history_entry WHERE scope_id = :scope AND seq = (low + high + 1) / 2) <= :moment"
    statement = f"""
    WITH RECURSIVE part (low, high) AS (
        SELECT 0, CAST(:head AS integer)
        UNION ALL
        SELECT CASE WHEN {middle} THEN (low + high + 1) / 2 ELSE low END,
               CASE WHEN {middle} THEN high ELSE (low + high + 1) / 2 - 1 END
        FROM part WHERE low < high
    ) SELECT low FROM part WHERE low = high"""
    values = {"scope": scope, "head": head, "moment": moment}
    return int(session.connection().execute(sa.text(statement), values).scalar_one())


def count_history(session: Session, scope: str, wanted: HistoryFilter) -> Amount:
    """How many entries a filter leaves, as far as it is worth counting; it must name subjects or ask for grounds alone."""
    return sum((amount_of(session, query) for query in _branches(scope, wanted, ENTRY.seq)), Amount(0))


def _branches(scope: str, wanted: HistoryFilter, *columns: Any) -> list[sa.Select[*tuple[Any, ...]]]:
    """The entries about the subjects themselves, and those about rows that belong to them: each by an index, none in both."""
    query = _entries(scope, wanted, *columns)
    if wanted.subject_ids is None:
        return [query]
    belonging = _belonging(scope, wanted.subject_ids, wanted.parents)
    own = query.where(ENTRY.subject_id.in_(wanted.subject_ids))
    return [own, query.where(ENTRY.subject_id.in_(belonging))] if belonging is not None else [own]


def _entries(scope: str, wanted: HistoryFilter, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(*columns).select_from(history_entry_table).where(ENTRY.scope_id == scope)
    if wanted.kind:
        query = query.where(ENTRY.kind == wanted.kind)
    if wanted.subject_kinds:
        query = query.where(ENTRY.subject_kind.in_(wanted.subject_kinds))
    if wanted.actor_id:
        query = query.where(ENTRY.actor_id == wanted.actor_id)
    if wanted.since:
        query = query.where(ENTRY.happened_on >= wanted.since.isoformat())
    if wanted.until:
        query = query.where(ENTRY.happened_on <= wanted.until.isoformat())
    if wanted.with_ground:
        # Written out: with a value to be filled in SQLite would not see that the index of grounds fits.
        query = query.where(ENTRY.with_ground == sa.literal_column("1"))
    if wanted.quiet:
        told = sa.and_(ENTRY.kind == "register", sa.or_(ENTRY.caused_by > 0, ENTRY.subject_kind.in_(QUIET)))
        query = query.where(sa.not_(told))
    return query


def _belonging(
    scope: str, subject_ids: Sequence[str], belonging: Sequence[tuple[str, str]]
) -> sa.CompoundSelect[Any] | None:
    """Ids of the rows of registers that name one of the subjects; they stay in the database."""
    queries = []
    for kind, column in belonging:
        table = register_named(kind)
        if table is not None:
            own = col(table.organisation_id) == scope
            queries.append(sa.select(col(table.id)).where(own, getattr(table, column).in_(subject_ids)))
    return sa.union_all(*queries) if queries else None


def accounts_with_roles(session: Session, scopes: Sequence[str]) -> list[str]:
    """Accounts that hold or held a role in some organisations."""
    query = select(Membership.account_id).where(col(Membership.organisation_id).in_(scopes)).distinct()
    return sorted(session.exec(query))


def stored_on(session: Session, definition_hash: str) -> str:
    """Instant (ISO) at which a definition was stored, empty for an unknown one."""
    query = sa.select(definition_table.c.stored_at).where(definition_table.c.hash == definition_hash)
    return str(session.connection().execute(query).scalar() or "")


def was_seen(session: Session, scope: str, person_id: str, actor_id: str, day: date) -> bool:
    """Whether the history knows already that somebody has opened a person's data on a day."""
    query = sa.select(ENTRY.seq).where(
        ENTRY.scope_id == scope,
        ENTRY.subject_id == person_id,
        ENTRY.kind == "access",
        ENTRY.event == "seen",
        ENTRY.actor_id == actor_id,
        ENTRY.happened_on == day.isoformat(),
    )
    return session.connection().execute(query.limit(1)).first() is not None


def entries_caused_by(session: Session, scope: str, seq: int) -> list[HistoryEntry]:
    """What one entry brought about: «закреплено вместе: 7 пар»."""
    query = sa.select(*(ENTRY[name] for name in ALL_COLUMNS)).where(ENTRY.scope_id == scope, ENTRY.caused_by == seq)
    # Consequences follow their cause at once; the bound keeps the search off the whole history.
    bounded = query.where(ENTRY.seq > seq, ENTRY.seq <= seq + 5000).order_by(ENTRY.seq)
    return [HistoryEntry.from_row(row) for row in session.connection().execute(bounded)]


def entries_by_numbers(session: Session, scope: str, numbers: Sequence[int]) -> dict[int, HistoryEntry]:
    """Some entries by number."""
    found: dict[int, HistoryEntry] = {}
    for part in chunks(map(str, numbers)):
        query = sa.select(*(ENTRY[name] for name in ALL_COLUMNS)).where(
            ENTRY.scope_id == scope, ENTRY.seq.in_([int(one) for one in part])
        )
        for row in session.connection().execute(query):
            item = HistoryEntry.from_row(row)
            found[item.seq] = item
    return found


# -- people -----------------------------------------------------------------------------------------------------------


def participants_of(session: Session, scope: str, person_ids: Iterable[str]) -> list[Participant]:
    """The lines of all banks that some people stand in, oldest first."""
    found: list[Participant] = []
    for part in chunks(person_ids):
        query = select(Participant).where(
            col(Participant.organisation_id) == scope, col(Participant.person_id).in_(part)
        )
        found += session.exec(query.order_by(col(Participant.entered_on), col(Participant.id)))
    return found


def has_rows(session: Session, scope: str, table: type[Register]) -> bool:
    """Whether the organisation has any row of a register."""
    return session.exec(select(table.id).where(col(table.organisation_id) == scope).limit(1)).first() is not None


def accounts_of(session: Session, scope: str) -> list[Account]:
    """Logins that the organisation made, by user name; those without a role too."""
    query = select(Account).where(Account.organisation_id == scope).order_by(Account.username)
    return list(session.exec(query))


def items_found(session: Session, scope: str, text: str, limit: int) -> list[Any]:
    """id, number and text of items of the organisation's maps: of the very number, then those whose text holds all words."""
    columns = (col(Activity.id), col(Activity.number), col(Activity.text))
    line = search_entry_table.c
    own = (line.organisation_id == scope, line.kind == "activity")
    query = sa.select(*columns).join(search_entry_table, line.subject_id == col(Activity.id)).where(*own)
    number = search_text(text).rstrip(".")
    rows = list(
        session.connection().execute(query.where(line.order_key == number).order_by(line.subject_id).limit(limit))
    )
    found = search_index.matches(session, scope, "activity", text)
    if found.patterns:
        holds = line.subject_id.in_(found.ids) if found.ids is not None else search_index.holds(found.patterns)
        wanted = query.where(holds, line.order_key != number).order_by(line.order_key, line.subject_id)
        rows += session.connection().execute(wanted.limit(limit))
    return rows[:limit]
