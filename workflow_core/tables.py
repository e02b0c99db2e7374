"""Tables of the engine. They have no mapped classes on purpose: a state can't be set through the ORM, only by an operation.

Days and instants are stored as ISO text, because the same characters are hashed into the history on every database.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple

import sqlalchemy as sa
import uuid6
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


def new_id() -> str:
    """A new public id: UUIDv7 as 32 hex digits, so that ids grow with time and tell nothing about people."""
    return uuid6.uuid7().hex


class Register(SQLModel):
    """Base of mapped tables. What changes in them inside `write()` is recorded in the history without being asked.

    A table that is not recorded says why in `exempt`; a test walks all tables.
    """

    exempt: ClassVar[str] = ""
    recorded_as: ClassVar[str] = ""
    """Kind of subject in the history; the table's name if empty."""
    unrecorded: ClassVar[frozenset[str]] = frozenset()
    """Columns whose change is recorded without the value (a password's hash)."""

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    organisation_id: str = Field(index=True, max_length=32)
    """The scope: whose history the row is recorded in."""


definition_table = sa.Table(
    "definition",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("code", sa.String(64), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("stored_at", sa.String(32), nullable=False),
)

history_head_table = sa.Table(
    "history_head",
    metadata,
    sa.Column("scope_id", sa.String(32), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sqlite_with_rowid=False,
)

process_table = sa.Table(
    "process",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("scope_id", sa.String(32), nullable=False),
    sa.Column("subject_kind", sa.String(32), nullable=False),
    sa.Column("definition_code", sa.String(64), nullable=False),
    sa.Column("definition_hash", sa.String(64), sa.ForeignKey("definition.hash"), nullable=False),
    sa.Column("state", sa.String(64), nullable=False),
    sa.Column("remembered", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("since", sa.String(10), nullable=False),
    sa.Column("updated_at", sa.String(32), nullable=False),
    sa.Index("ix_process_scope_id_subject_kind_state", "scope_id", "subject_kind", "state", "since", "id"),
    sqlite_with_rowid=False,
)

history_entry_table = sa.Table(
    "history_entry",
    metadata,
    sa.Column("scope_id", sa.String(32), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("subject_kind", sa.String(32), nullable=False),
    sa.Column("subject_id", sa.String(32), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("definition_hash", sa.String(64), nullable=False),
    sa.Column("event", sa.String(64), nullable=False),
    sa.Column("from_state", sa.String(64), nullable=False),
    sa.Column("to_state", sa.String(64), nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("actor_role", sa.String(32), nullable=False),
    sa.Column("acts_for", sa.String(32), nullable=False),
    sa.Column("caused_by", sa.Integer, nullable=False),
    sa.Column("refers_to", sa.Integer, nullable=False),
    sa.Column("happened_on", sa.String(10), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sa.Column("with_ground", sa.Integer, nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),
    sa.Column("checks", sa.Text, nullable=False),
    sa.Column("plugins", sa.Text, nullable=False),
    sa.Column("commitment", sa.String(64), nullable=False),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    # One index for «all entries of a subject» and for the triggers' question «is there an entry for this version»: a step
    # writes one page less than with two.
    sa.Index("ix_history_entry_subject_id_version_seq", "subject_id", "version", "seq"),
    # Only of the few entries with a written ground, which are asked for together; other steps do not touch it.
    sa.Index(
        "ix_history_entry_grounds",
        "scope_id",
        "seq",
        sqlite_where=sa.text("with_ground = 1"),
        postgresql_where=sa.text("with_ground = 1"),
    ),
)

entry_details_table = sa.Table(
    "entry_details",
    metadata,
    sa.Column("scope_id", sa.String(32), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("salt", sa.String(32), nullable=True),
    sa.Column("body", sa.Text, nullable=True),
    sa.Column("erased_at", sa.String(32), nullable=False),
)

submission_table = sa.Table(
    "submission",
    metadata,
    sa.Column("scope_id", sa.String(32), primary_key=True),
    sa.Column("actor_id", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("input_hash", sa.String(64), nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sqlite_with_rowid=False,
)

due_table = sa.Table(
    "due",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("scope_id", sa.String(32), nullable=False),
    sa.Column("subject_kind", sa.String(32), nullable=False),
    sa.Column("subject_id", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("days_before", sa.Integer, nullable=False),
    sa.Column("due_on", sa.String(10), nullable=False),
    sa.Column("fires_on", sa.String(10), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("done_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("subject_id", "kind", "name", "days_before"),
    sa.Index("ix_due_scope_id_done_at_fires_on_id", "scope_id", "done_at", "fires_on", "id"),
)

plugin_fault_table = sa.Table(
    "plugin_fault",
    metadata,
    sa.Column("plugin", sa.String(100), primary_key=True),
    sa.Column("hook", sa.String(32), primary_key=True),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("work", sa.String(100), nullable=False),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.Column("first_at", sa.String(32), nullable=False),
    sa.Column("last_at", sa.String(32), nullable=False),
    sa.Column("quarantined_since", sa.String(32), nullable=False),
    sa.Column("lifted_at", sa.String(32), nullable=False),
    sa.Column("lifted_by", sa.String(100), nullable=False),
)

EXEMPT = {
    "definition": "content-addressed: every entry names the hash",
    "history_head": "the head of the chain itself, checked against the last entry",
    "process": "a projection of its entries; verify and replay compare it",
    "history_entry": "the history itself",
    "entry_details": "committed to by the entries, may only be erased",
    "submission": "keys of forms already sent, no fact of the domain",
    "due": "a projection of states, deadlines and rules, made anew from them; what is taken from it is recorded",
    "plugin_fault": "how the installation's plugins behave: no organisation's fact, no rule or paper reads it",
}
"""Core tables without entries of their own, each with the reason."""


class Process(NamedTuple):
    """One run of a definition for one subject; `id` is the subject's id. A frozen value, never a row to write to."""

    id: str
    scope_id: str
    subject_kind: str
    definition_code: str
    definition_hash: str
    state: str
    remembered: str
    """The state before a suspension; empty otherwise."""
    version: int
    """Counts the entries of this process; a page that shows another number is stale."""
    since: str
    """Day (ISO) since when the state holds, corrected dates included."""
    updated_at: str


PROCESS_COLUMNS = Process._fields


@dataclass(frozen=True, slots=True)
class Due:
    """A row of `due`: something to be told on a day, once. See `timers`."""

    id: str
    scope_id: str
    subject_kind: str
    subject_id: str
    kind: str
    """limit | deadline | reminder | review."""
    name: str
    """Of a limit the state, of a deadline and its reminders the name that its room gave it (empty: the only one)."""
    days_before: int
    """Of a reminder how many days before the deadline it was asked for; 0 for everything else."""
    due_on: str
    """ISO day: the last day in time."""
    fires_on: str
    """ISO day on which the row is taken: of a limit or deadline the day after `due_on`."""
    note: str
    """What falls due, where a subject has several: «I четверть 2026/27»."""
    done_at: str
    """When it was taken (ISO moment), or empty."""


DUE_COLUMNS = tuple(f.name for f in fields(Due))


@dataclass(frozen=True, slots=True)
class PluginFault:
    """A row of `plugin_fault`: how one plugin behaves in one hook. See `plugin_faults`."""

    plugin: str
    hook: str
    """after_commit | document_kinds"""
    version: str
    """The version that had the faults; another one begins anew."""
    count: int
    """Faults in a row."""
    total: int
    """Faults ever."""
    work: str
    """The commit that failed last: its next attempt is the same fault."""
    last_error: str
    first_at: str
    """First fault of the row (ISO moment)."""
    last_at: str
    quarantined_since: str
    """Since when it is not called any more (ISO moment), or empty."""
    lifted_at: str
    lifted_by: str


FAULT_COLUMNS = tuple(f.name for f in fields(PluginFault))
