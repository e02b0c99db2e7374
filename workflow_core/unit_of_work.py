"""read() and write(): the only place of the product that begins and commits a transaction.

`write(scope)` takes the organisation's history head first, so all writes of one organisation are serial and what a guard
saw is still true at the commit. What changed in registers is recorded by itself; at most one job is enqueued, inside the
same transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from workflow_core import queries, timers
from workflow_core.database import Database
from workflow_core.definition import WorkflowDefinition
from workflow_core.exceptions import NotFound, NotPermitted, RepeatedKeyConflict
from workflow_core.fault_points import reached
from workflow_core.guards import SYSTEM, Actor, Profile
from workflow_core.history import GENESIS, HistoryEntry, canonical_json, commit_to_all, seal
from workflow_core.jobs import Jobs
from workflow_core.plugin_manager import Catalogue
from workflow_core.plugin_work import InProcess, PluginWork
from workflow_core.tables import Register
from workflow_core.tallies import Tallies

Outcome = dict[str, Any]
"""What an operation gives back to a form: plain JSON, so that a repeated submission gets the same answer."""


def instant(moment: datetime) -> str:
    """An aware moment as the text that is stored and hashed: UTC, microseconds. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


_CATALOGUE, _WRITE, _KEPT = "catalogue", "write", "kept"


def catalogue_of(session: Session) -> Catalogue:
    """What the plugins contributed, for a facts provider whose own facts are made of others by name."""
    catalogue: Catalogue = session.info[_CATALOGUE]
    return catalogue


def kept_of(session: Session) -> dict[Any, Any] | None:
    """Where figures may be kept from one page to the next; None in a write, which asks for the figures of this moment."""
    return session.info.get(_KEPT)


class UnitOfWork:
    """What reads and writes share: a session in one transaction, the catalogue, the rules and the day of the organisation."""

    is_settled = False
    """Whether all that it sees is committed, so that what was counted may be kept."""

    def __init__(self, engine: ProcessEngine, session: Session, scope: str, now: datetime) -> None:
        self.engine, self.session, self.scope, self.now = engine, session, scope, now
        self.catalogue: Catalogue = engine.catalogue

    @cached_property
    def profile(self) -> Profile:
        """The layered rules of the organisation."""
        return self.catalogue.profile_of(self.session, self.scope, self.now)

    @cached_property
    def today(self) -> date:
        """The day in the organisation's time zone."""
        return self.now.astimezone(ZoneInfo(self.profile.time_zone)).date()

    def forget_rules(self) -> None:
        """Read the rules of the place anew: they were changed within this unit of work."""
        self.__dict__.pop("profile", None)
        self.__dict__.pop("today", None)

    def definition(self, definition_hash: str) -> WorkflowDefinition:
        """A definition from the store. Raises NotFound for a hash that was never stored."""
        return self.engine.definition(self.session, definition_hash)

    @cached_property
    def definitions(self) -> Mapping[str, WorkflowDefinition]:
        """By code what is installed and what once was, for pages that show processes; begun is only what the catalogue has."""
        return {**self.engine.gone_definitions(self.session), **self.catalogue.definitions}


class Read(UnitOfWork):
    """A consistent snapshot that can't write."""

    is_settled = True


@dataclass(slots=True)
class _Change:
    """What happened to one row of a register within a unit of work."""

    kind: str
    event: str
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    caused_by: int = 0


@dataclass(frozen=True, slots=True)
class Savepoint:
    """What a write must remember to forget one row again."""

    transaction: SessionTransaction
    count: int
    hash: str
    changes: dict[tuple[str, str], _Change]
    tasks: list[tuple[str, str]]
    current_step: int


class Draft(NamedTuple):
    """An entry before it has its place in the chain; the last four are canonical JSON, so that many rows can share them."""

    kind: str
    subject_kind: str
    subject_id: str
    event: str
    version: int = 0
    definition_hash: str = ""
    from_state: str = ""
    to_state: str = ""
    actor_role: str = ""
    acts_for: str = ""
    caused_by: int = 0
    refers_to: int = 0
    happened_on: date | None = None
    with_ground: bool = False
    inputs: str = "{}"
    checks: str = "[]"
    plugins: str = "{}"
    details: str = ""


class Write(UnitOfWork):
    """An open transaction that holds the organisation's history head."""

    def __init__(
        self, engine: ProcessEngine, session: Session, scope: str, actor: Actor, now: datetime, operation: str
    ) -> None:
        super().__init__(engine, session, scope, now)
        self.actor, self.operation = actor, operation
        head = queries.lock_head(session, scope)
        if head is None:
            queries.create_head(session, scope, GENESIS, instant(now))
            head = queries.lock_head(session, scope)
            assert head is not None
        self._count, self._hash, last = head
        self._first = self._count + 1
        # A clock that was set back must not make the history run backwards.
        self.recorded_at = max(instant(now), last)
        self.current_step = 0
        self._changes: dict[tuple[str, str], _Change] = {}
        self._tasks: list[tuple[str, str]] = []
        self._submission: tuple[str, ...] = ()
        self.planned: dict[str, dict[str, None]] = {}
        self.reviewed = False
        """What `timers` has to look at before the commit."""
        session.info[_WRITE] = self

    # -- the history ------------------------------------------------------------------------------------------------

    def record(
        self,
        kind: str,
        subject_kind: str,
        subject_id: str,
        event: str,
        *,
        inputs: Mapping[str, Any] | None = None,
        checks: Sequence[Sequence[str]] = (),
        plugins: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
        **columns: Any,
    ) -> HistoryEntry:
        """Append one entry to the organisation's history; `inputs` may hold no personal data, `details` may be erased.

        `columns`: the other columns of `Draft` as far as they differ from their defaults.
        """
        return self.record_many(
            [
                Draft(
                    kind,
                    subject_kind,
                    subject_id,
                    event,
                    inputs=canonical_json(inputs) if inputs else "{}",
                    checks=canonical_json(checks) if checks else "[]",
                    plugins=canonical_json(plugins) if plugins else "{}",
                    details=canonical_json(details) if details else "",
                    **columns,
                )
            ]
        )[0]

    def record_many(self, drafts: Sequence[Draft]) -> list[HistoryEntry]:
        """Append entries in their order: one statement for all entries, one for all details."""
        count, last_hash, today = self._count, self._hash, self.today.isoformat()
        entries: list[HistoryEntry] = []
        details: list[tuple[str, int, str, str]] = []
        salted = iter(commit_to_all([draft.details for draft in drafts]))
        for draft in drafts:
            count += 1
            commitment = ""
            if draft.details:
                salt, commitment = next(salted)
                details.append((self.scope, count, salt, draft.details))
            entry = seal(
                (
                    self.scope,
                    count,
                    draft.kind,
                    draft.subject_kind,
                    draft.subject_id,
                    draft.version,
                    draft.definition_hash,
                    draft.event,
                    draft.from_state,
                    draft.to_state,
                    self.actor.id,
                    draft.actor_role,
                    draft.acts_for,
                    draft.caused_by,
                    draft.refers_to,
                    draft.happened_on.isoformat() if draft.happened_on else today,
                    self.recorded_at,
                    int(draft.with_ground),
                    draft.inputs,
                    draft.checks,
                    draft.plugins,
                    commitment,
                    last_hash,
                )
            )
            last_hash = entry.hash
            entries.append(entry)
        queries.insert_entries(self.session, entries, details)
        self._count, self._hash = count, last_hash
        return entries

    def request(self, task: str, target_id: str) -> None:
        """Ask for something to be done after the commit by the one job of this transaction: («render», document id)."""
        if (task, target_id) not in self._tasks:
            self._tasks.append((task, target_id))

    def withdraw(self, task: str, target_id: str, caused_by: int = 0) -> None:
        """Take back a request of this or an earlier commit that is not done yet: its job passes over it. Recorded."""
        if (task, target_id) in self._tasks:
            self._tasks.remove((task, target_id))
        process = queries.process(self.session, target_id)
        kind = process.subject_kind if process else task
        self.record("job", kind, target_id, "withdrawn", caused_by=caused_by, inputs={"task": task})

    def savepoint(self) -> Savepoint:
        """A point to which one row of a bulk step can be taken back without losing the others."""
        self.session.flush()
        transaction = self.session.begin_nested()
        # The session sends SAVEPOINT when it is first asked for its connection; the engine's own statements never ask.
        self.session.connection()
        return Savepoint(
            transaction,
            self._count,
            self._hash,
            # Copied row by row: a change that began before the savepoint may go on after it.
            {key: replace(one, before=dict(one.before), after=dict(one.after)) for key, one in self._changes.items()},
            list(self._tasks),
            self.current_step,
        )

    def roll_back_to(self, mark: Savepoint) -> None:
        """Forget everything since the savepoint, entries included."""
        mark.transaction.rollback()
        self._count, self._hash, self.current_step = mark.count, mark.hash, mark.current_step
        self._changes, self._tasks = mark.changes, mark.tasks

    def release(self, mark: Savepoint) -> None:
        """Keep what was done since the savepoint."""
        mark.transaction.commit()

    # -- registers --------------------------------------------------------------------------------------------------

    def collect(self) -> None:
        """Note what is about to be flushed."""
        session = self.session
        for row in session.new:
            self._note(row, "created")
        for row in session.dirty:
            if session.is_modified(row):
                self._note(row, "changed")
        for row in session.deleted:
            self._note(row, "removed")

    def _note(self, row: object, event: str) -> None:
        if not isinstance(row, Register):
            raise TypeError(f"{type(row).__name__} is no register: what is written must be recorded")
        if row.organisation_id != self.scope:
            raise NotPermitted("Эта запись принадлежит другой организации. Ничего не изменено.")
        if row.exempt:
            return
        kind = row.recorded_as or str(row.__tablename__)
        change = self._changes.setdefault((kind, row.id), _Change(kind, event, caused_by=self.current_step))
        state = sa.inspect(row)
        assert state is not None
        for attribute in state.mapper.column_attrs:
            name, history = attribute.key, state.attrs[attribute.key].history
            if event == "changed" and not history.has_changes():
                continue
            if name in row.unrecorded:
                change.before[name], change.after[name] = "прежнее", "новое"
                continue
            if history.deleted and change.event != "created":
                change.before.setdefault(name, plain_value(history.deleted[0]))
            change.after[name] = None if event == "removed" else plain_value(getattr(row, name))
        if event == "removed":
            change.event = "removed"

    def _record_registers(self) -> None:
        for (kind, row_id), change in self._changes.items():
            if change.event == "changed" and all(
                change.before.get(name, _MISSING) == value for name, value in change.after.items()
            ):
                continue
            self.record(
                "register",
                kind,
                row_id,
                change.event,
                caused_by=change.caused_by,
                inputs={"operation": self.operation} if self.operation else None,
                details={"before": change.before, "after": change.after},
            )
        self._changes.clear()

    # -- the end ----------------------------------------------------------------------------------------------------

    def keep_outcome(self, key: str, input_hash: str, outcome: str) -> None:
        """What the form with this key came to, written at the end."""
        self._submission = (self.scope, self.actor.id, key, input_hash, outcome, self.recorded_at)

    def _finish(self) -> None:
        """Flush, record what changed in registers, move the head, enqueue the one job. The caller commits."""
        self.session.flush()
        timers.settle(self)
        self._record_registers()
        if self._count >= self._first:
            queries.move_head(self.session, self.scope, self._count, self._hash, self.recorded_at, self._submission)
            if self._tasks or self.catalogue.listens_after_commit:
                self.engine.jobs.enqueue(self.session, self.scope, self._first, self._count, self._tasks)
        elif self._submission:
            queries.insert_submission(self.session, self._submission)


@sa.event.listens_for(Session, "before_flush")
def _record_registers_of(session: Session, _context: object, _instances: object) -> None:
    """One listener for all sessions: to hang one on each costs more than a step. Only a `Write` has rows to record."""
    write = session.info.get(_WRITE)
    if write is not None:
        write.collect()


_MISSING = object()


def plain_value(value: Any) -> Any:
    """A column's value as JSON."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, (list, tuple)):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain_value(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


class ProcessEngine:
    """The engine of one installation: a database, what the plugins contributed, and the jobs."""

    def __init__(
        self, database: Database, catalogue: Catalogue, jobs: Jobs, plugin_work: PluginWork | None = None
    ) -> None:
        self.database, self.catalogue, self.jobs = database, catalogue, jobs
        self.plugin_work: PluginWork = plugin_work or InProcess(catalogue)
        self.tallies = Tallies()
        self._kept: dict[Any, Any] = {}
        self._definitions: dict[str, WorkflowDefinition] = {}
        self._gone: dict[str, WorkflowDefinition] | None = None

    @contextmanager
    def read(self, scope: str = "", *, now: datetime) -> Iterator[Read]:
        """A consistent snapshot of the database that can't write."""
        with self.database.reading.taken() as (session, connection), connection.begin():
            self._prepare(session, connection)
            session.info[_KEPT] = self._kept
            yield Read(self, session, scope, now)

    @contextmanager
    def upkeep(self) -> Iterator[Session]:
        """A short transaction on the installation's own tables (faults of plugins), outside of any history.

        Nothing that a rule, a paper or a figure reads may be written here.
        """
        with Session(self.database.write_engine) as session:
            yield session
            session.commit()

    @contextmanager
    def write(self, scope: str, actor: Actor, *, now: datetime, operation: str = "") -> Iterator[Write]:
        """One transaction on one organisation: commits at the end, rolls back whole on any exception."""
        with self.database.writing.taken() as (session, connection), connection.begin():
            self._prepare(session, connection)
            write = Write(self, session, scope, actor, now, operation)
            yield write
            write._finish()
            reached("before_commit")
        reached("after_commit")

    def _prepare(self, session: Session, connection: sa.Connection) -> None:
        session.info[_CATALOGUE] = self.catalogue
        queries.attach(session, connection)

    def perform(
        self,
        scope: str,
        actor: Actor,
        action: Callable[[Write], Outcome | None],
        *,
        now: datetime,
        operation: str = "",
        key: str = "",
        submitted: Any = None,
    ) -> Outcome:
        """Do `action` once: the same key with the same input gives the first outcome again, with other input RepeatedKeyConflict."""
        input_hash = hashlib.sha256(canonical_json([operation, submitted]).encode()).hexdigest()
        with self.write(scope, actor, now=now, operation=operation) as write:
            if key:
                seen = queries.submission(write.session, scope, actor.id, key)
                if seen is not None:
                    if seen[0] != input_hash:
                        raise RepeatedKeyConflict
                    first: Outcome = json.loads(seen[1])
                    return {**first, "repeated": True}
            outcome = action(write) or {}
            if key:
                write.keep_outcome(key, input_hash, canonical_json(outcome))
            return outcome

    def definition(self, session: Session, definition_hash: str) -> WorkflowDefinition:
        """A definition by its hash, from memory or the store."""
        found = self._definitions.get(definition_hash)
        if found is None:
            body = queries.definition_body(session, definition_hash)
            if body is None:
                raise NotFound("правила", definition_hash[:12])
            found = self._definitions[definition_hash] = WorkflowDefinition.from_json(body)
        return found

    def gone_definitions(self, session: Session) -> Mapping[str, WorkflowDefinition]:
        """The last edition of each code that no plugin gives any more; read once, plugins come and go with the program."""
        if self._gone is None:
            stored = queries.latest_definitions(session)
            gone = stored.keys() - self.catalogue.definitions.keys()
            self._gone = {code: self.definition(session, stored[code]) for code in sorted(gone)}
        return self._gone

    def store_definitions(self, *, now: datetime) -> None:
        """Put what the plugins contributed into the store; called at start, before anything runs."""
        self._gone = None
        with Session(self.database.write_engine) as session:
            for definition in self.catalogue.definitions.values():
                queries.store_definition(
                    session, definition.hash, definition.code, definition.version, definition.to_json(), instant(now)
                )
            session.commit()


__all__ = ["SYSTEM", "Actor", "Outcome", "ProcessEngine", "Read", "UnitOfWork", "Write", "catalogue_of", "instant"]
