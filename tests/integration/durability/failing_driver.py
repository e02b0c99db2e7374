"""A driver whose n-th call fails: real connections of SQLite and PostgreSQL that count what is sent through them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from workflow_core.database import Database

PINGS = (";", "SELECT 1")
"""What the pool asks a connection that it takes out: a failure there is mended by the pool itself."""


COMMIT = "commit"
AT_COMMIT = -1


class Plan:
    """Which call fails. One at a time: the classes below are made by the drivers, so the plan is theirs."""

    def __init__(self) -> None:
        self.calls = 0
        self.failing = 0
        self.answer_lost = False
        """The failing call is a commit that is done before its answer gets lost."""
        self.struck = ""
        """What failed."""

    def arm(self, failing: int, *, answer_lost: bool = False) -> None:
        """Let the n-th call from now on fail, or with `AT_COMMIT` the first commit; 0 only counts."""
        self.calls, self.failing, self.answer_lost, self.struck = 0, failing, answer_lost, ""

    def counts(self, statement: str) -> bool:
        """Count one call; whether it is the one to fail."""
        if statement in PINGS:
            return False
        self.calls += 1
        if self.calls != self.failing and not (self.failing == AT_COMMIT and statement == COMMIT):
            return False
        self.struck = " ".join(statement.split())
        return True


PLAN = Plan()


class _SqliteCursor(sqlite3.Cursor):
    def execute(self, sql: str, *args: Any) -> Any:
        if PLAN.counts(sql):
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *args)

    def executemany(self, sql: str, *args: Any) -> Any:
        if PLAN.counts(sql):
            raise sqlite3.OperationalError("disk I/O error")
        return super().executemany(sql, *args)


class _SqliteConnection(sqlite3.Connection):
    def cursor(self, factory: Any = _SqliteCursor) -> Any:
        return super().cursor(factory)

    def execute(self, sql: str, *args: Any) -> Any:
        # The standard library's own shortcut makes a cursor that nobody counts.
        return self.cursor().execute(sql, *args)

    def commit(self) -> None:
        fails = PLAN.counts(COMMIT)
        if fails and not PLAN.answer_lost:
            raise sqlite3.OperationalError("disk I/O error")
        super().commit()
        if fails:
            raise sqlite3.OperationalError("disk I/O error")


class _PostgresqlCursor(psycopg.Cursor[Any]):
    def _spoil(self) -> None:
        """Fail as the server would: the transaction is of no use afterwards."""
        try:
            super().execute("SELECT 1 / 0")
        except psycopg.Error as exc:
            raise psycopg.OperationalError("server closed the connection unexpectedly") from exc

    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        if PLAN.counts(str(query)):
            self._spoil()
        return super().execute(query, *args, **options)

    def executemany(self, query: Any, *args: Any, **options: Any) -> Any:
        if PLAN.counts(str(query)):
            self._spoil()
        return super().executemany(query, *args, **options)


class _PostgresqlConnection(psycopg.Connection[Any]):
    def commit(self) -> None:
        fails = PLAN.counts(COMMIT)
        if fails and not PLAN.answer_lost:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        super().commit()
        if fails:
            raise psycopg.OperationalError("server closed the connection unexpectedly")


@contextmanager
def failing(database: Database, *, reading: bool = True) -> Iterator[Plan]:
    """Let the database make connections whose calls are counted and fail as planned; those that read only too, if wanted."""

    def connect(dialect: Any, _record: object, args: Any, options: Any) -> Any:
        if dialect.name == "sqlite":
            return _SqliteConnection(*args, **options)
        return _PostgresqlConnection.connect(*args, cursor_factory=_PostgresqlCursor, **options)

    engines = (database.write_engine, database.read_engine) if reading else (database.write_engine,)
    database.close()
    for engine in engines:
        sa.event.listen(engine, "do_connect", connect)
    PLAN.arm(0)
    try:
        yield PLAN
    finally:
        PLAN.arm(0)
        database.close()
        for engine in engines:
            sa.event.remove(engine, "do_connect", connect)
