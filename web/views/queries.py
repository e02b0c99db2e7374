"""SQL of pages that look across all rooms: any register's rows by id, the filtered history, what a word is found in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow_core.history import ALL_COLUMNS, HistoryEntry
from workflow_core.queries import chunks
from workflow_core.tables import Register, history_entry_table
from workflow_core.verification import register_classes

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
    """Only entries about these; None = about anything."""
    subject_kinds: tuple[str, ...] = ()
    actor_id: str = ""
    since: date | None = None
    until: date | None = None
    """Days of what happened, not of the entry; both inclusive."""
    with_ground: bool = False


def history_page(
    session: Session, scope: str, wanted: HistoryFilter, *, before: int = 0, limit: int = PAGE
) -> list[HistoryEntry]:
    """Entries newest first; `before` is the number of the last entry of the page before."""
    query = _entries(scope, wanted, *(ENTRY[name] for name in ALL_COLUMNS))
    if before:
        query = query.where(ENTRY.seq < before)
    rows = session.connection().execute(query.order_by(ENTRY.seq.desc()).limit(limit))
    return [HistoryEntry.from_row(row) for row in rows]


def count_history(session: Session, scope: str, wanted: HistoryFilter) -> int:
    """How many entries a filter leaves."""
    return int(session.connection().execute(_entries(scope, wanted, sa.func.count())).scalar_one())


def _entries(scope: str, wanted: HistoryFilter, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(*columns).select_from(history_entry_table).where(ENTRY.scope_id == scope)
    if wanted.subject_ids is not None:
        query = query.where(ENTRY.subject_id.in_(wanted.subject_ids))
    if wanted.subject_kinds:
        query = query.where(ENTRY.subject_kind.in_(wanted.subject_kinds))
    if wanted.actor_id:
        query = query.where(ENTRY.actor_id == wanted.actor_id)
    if wanted.since:
        query = query.where(ENTRY.happened_on >= wanted.since.isoformat())
    if wanted.until:
        query = query.where(ENTRY.happened_on <= wanted.until.isoformat())
    if wanted.with_ground:
        query = query.where(ENTRY.with_ground == 1)
    return query


def actors_of_history(session: Session, scope: str) -> list[str]:
    """Ids of all who have entered something in the organisation."""
    query = sa.select(ENTRY.actor_id).where(ENTRY.scope_id == scope).distinct().order_by(ENTRY.actor_id)
    return [row[0] for row in session.connection().execute(query)]


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
