"""SQL of pages that look across all rooms: any register's rows by id, the filtered history, what a word is found in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from web.tables import Account
from workflow_core.history import ALL_COLUMNS, HistoryEntry
from workflow_core.queries import chunks
from workflow_core.tables import Register, definition_table, history_entry_table
from workflow_core.verification import register_classes
from workflows.mentoring.tables import Participant
from workflows.organisations.tables import Membership
from workflows.road_maps.tables import Activity, Stage

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
        query = query.where(_about(scope, wanted.subject_ids, wanted.parents))
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
        query = query.where(ENTRY.with_ground == 1)
    if wanted.quiet:
        told = sa.and_(ENTRY.kind == "register", sa.or_(ENTRY.caused_by > 0, ENTRY.subject_kind.in_(QUIET)))
        query = query.where(sa.not_(told))
    return query


def _about(scope: str, subject_ids: Sequence[str], belonging: Sequence[tuple[str, str]]) -> sa.ColumnElement[bool]:
    """The subjects themselves, or rows of registers that name one of them; ids stay in the database."""
    conditions: list[sa.ColumnElement[bool]] = [ENTRY.subject_id.in_(subject_ids)]
    for kind, column in belonging:
        table = register_named(kind)
        if table is not None:
            rows = sa.select(col(table.id)).where(
                col(table.organisation_id) == scope, getattr(table, column).in_(subject_ids)
            )
            conditions.append(ENTRY.subject_id.in_(rows))
    return sa.or_(*conditions)


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


def item_texts(session: Session, scope: str) -> list[Any]:
    """id, number and text of every item of the organisation's maps, in their order: a map has tens of them, not thousands."""
    query = (
        sa.select(col(Activity.id), col(Activity.number), col(Activity.text))
        .join(Stage, col(Stage.id) == col(Activity.stage_id))
        .where(col(Activity.organisation_id) == scope)
        .order_by(col(Stage.position), col(Activity.position), col(Activity.id))
    )
    return list(session.connection().execute(query))
