"""Statements of the rarer verbs: moving processes to another edition of their rules, withdrawing jobs. A step has none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from workflow_core.tables import (
    PROCESS_COLUMNS,
    Process,
    definition_table,
    history_entry_table,
    process_table,
)


@dataclass(frozen=True, slots=True)
class Edition:
    """A definition that was ever stored: «Правила от 01.09.2026»."""

    hash: str
    code: str
    version: int
    stored_at: str
    """Instant at which it was first installed here."""


def _rows(session: Session, statement: sa.Executable) -> Sequence[Any]:
    return session.connection().execute(statement).all()


# -- editions ---------------------------------------------------------------------------------------------------------


def editions(session: Session) -> list[Edition]:
    """Everything in the store of definitions, the oldest first."""
    table = definition_table.c
    query = sa.select(table.hash, table.code, table.version, table.stored_at)
    return [Edition(*row) for row in _rows(session, query.order_by(table.code, table.stored_at, table.version))]


def count_by_edition(session: Session, scope: str = "", subject_kind: str = "") -> dict[str, int]:
    """How many processes run by each definition, by hash; of one organisation and kind if named."""
    table = process_table.c
    query = sa.select(table.definition_hash, sa.func.count())
    if scope:
        query = query.where(table.scope_id == scope)
    if subject_kind:
        query = query.where(table.subject_kind == subject_kind)
    return {row[0]: row[1] for row in _rows(session, query.group_by(table.definition_hash))}


_PROCESS = [process_table.c[name] for name in PROCESS_COLUMNS]


def processes_on(session: Session, scope: str, hashes: Sequence[str], after: str, limit: int) -> list[Process]:
    """The next processes that run by one of some definitions, by id; `after` is the last id of the page before."""
    table = process_table.c
    query = sa.select(*_PROCESS).where(
        table.scope_id == scope, table.definition_hash.in_(list(hashes)), table.id > after
    )
    return [Process(*row) for row in _rows(session, query.order_by(table.id).limit(limit))]


def process_ids(session: Session, scope: str, subject_kind: str, after: str, limit: int) -> list[str]:
    """The next ids of the processes of a kind; `after` is the last id of the page before."""
    table = process_table.c
    query = sa.select(table.id).where(table.scope_id == scope, table.subject_kind == subject_kind, table.id > after)
    return [row[0] for row in _rows(session, query.order_by(table.id).limit(limit))]


def change_edition(session: Session, process: Process, expected_version: int) -> int:
    """Write a process under another definition, over the version that was read; rows changed: 1, or 0 for a stale read."""
    table = process_table.c
    statement = (
        sa.update(process_table)
        .where(table.id == process.id, table.version == expected_version)
        .values(
            definition_code=process.definition_code,
            definition_hash=process.definition_hash,
            state=process.state,
            remembered=process.remembered,
            version=process.version,
            updated_at=process.updated_at,
        )
    )
    return int(session.connection().execute(statement).rowcount)


# -- what was taken back ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryLine:
    """As much of an entry as is asked for here."""

    seq: int
    event: str
    caused_by: int
    inputs: str


def entries_about(session: Session, scope: str, subject_id: str, kind: str, after: int) -> list[EntryLine]:
    """The entries of one kind about a subject that stand after an entry, oldest first."""
    table = history_entry_table.c
    query = sa.select(table.seq, table.event, table.caused_by, table.inputs).where(
        table.subject_id == subject_id, table.seq > after, table.scope_id == scope, table.kind == kind
    )
    return [EntryLine(*row) for row in _rows(session, query.order_by(table.seq))]
