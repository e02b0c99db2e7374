"""Engines of the database: one that writes, one that can only read, one for the job engine, all on the same database.

SQLite is the default, PostgreSQL by address; nothing above this module asks which one it is.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from workflow_core.session_pool import SessionPool

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another one on SQLite, milliseconds."""
CHECKPOINT_PAGES = 8_000
"""Pages of the write-ahead log (32 MB) after which SQLite copies them into the database. A step writes eleven pages, most of
them the same ones again and again: copied eight times less often they cost less, and so does the flush that comes with it."""
_IDLE = 0
"""libpq's name for a connection outside of any transaction."""


@dataclass(frozen=True, slots=True)
class Database:
    """Three engines on one database, and the sessions of the first two that units of work share."""

    url: sa.URL
    write_engine: sa.Engine
    read_engine: sa.Engine
    job_engine: sa.Engine
    writing: SessionPool
    reading: SessionPool

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.url.get_backend_name() == "sqlite"

    def close(self) -> None:
        """Give all connections back."""
        self.writing.close()
        self.reading.close()
        for engine in (self.write_engine, self.read_engine, self.job_engine):
            engine.dispose()


def open_database(url: str, *, synchronous: str = "FULL") -> Database:
    """Engines for an address such as `sqlite:///folder/marshrut.db` or `postgresql://…`.

    `synchronous` is SQLite's own setting: FULL survives a power cut, NORMAL (for benchmarks) may lose the last commits then.
    """
    address = sa.make_url(url)
    sqlite = address.get_backend_name() == "sqlite"
    opened = _open_sqlite(address, synchronous) if sqlite else _open_postgresql(address)
    for engine in (opened.write_engine, opened.read_engine, opened.job_engine):
        sa.event.listen(engine, "checkin", _leave_no_transaction)
    return opened


def _leave_no_transaction(connection: Any, record: Any) -> None:
    """End what a failed COMMIT (a full disk) has left open: the pool takes the connection back as if all were well, and a
    transaction that stays in it would hold the lock of all writers for ever."""
    if connection is None:
        return
    try:
        if isinstance(connection, sqlite3.Connection):
            is_open = connection.in_transaction
        else:
            is_open = not connection.closed and int(connection.info.transaction_status) != _IDLE
        if is_open:
            connection.rollback()
    except Exception:
        record.invalidate()


def raise_as_database(connection: sa.Connection, error: Exception, statement: str) -> None:
    """Raise what the driver said as SQLAlchemy does: by this class callers tell a failing database from a failing plugin."""
    dialect = connection.dialect
    base: Any = dialect.loaded_dbapi.Error
    if isinstance(error, base):
        raise sa.exc.DBAPIError.instance(statement, None, error, base, hide_parameters=True, dialect=dialect) from error


def server_is_away(error: sa.exc.DBAPIError) -> bool:
    """Whether PostgreSQL could not be reached, went away or is not ready yet, rather than refused what was asked."""
    import psycopg  # not needed where the database is the embedded one

    if isinstance(error.orig, psycopg.InterfaceError):  # a connection that is known to be closed
        return True
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error.orig, psycopg.OperationalError) and (not state or state.startswith(("08", "57P")))


def _lower(text: str | None) -> str | None:
    return text.lower() if isinstance(text, str) else text


def _open_sqlite(url: sa.URL, synchronous: str) -> Database:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)

    def engine(begin: str, *, read_only: bool = False) -> sa.Engine:
        made = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})

        @sa.event.listens_for(made, "connect")
        def prepare(connection: Any, _record: object) -> None:
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in (
                "journal_mode=WAL",
                f"synchronous={synchronous}",
                "foreign_keys=ON",
                f"busy_timeout={BUSY_TIMEOUT_MS}",
                f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            # What is erased is written over: a name that a consent no longer covers must not be read off the file.
            cursor.execute("PRAGMA secure_delete=ON")
            if read_only:
                cursor.execute("PRAGMA query_only=ON")
            cursor.close()
            # SQLite's own lower() knows only ASCII: «ИВАН» would never match «Иван».
            connection.create_function("lower", 1, _lower, deterministic=True)

        @sa.event.listens_for(made, "begin")
        def start(connection: sa.Connection) -> None:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute(begin)
            except Exception as exc:
                raise_as_database(connection, exc, begin)
                raise

        return made

    job_engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False, "isolation_level": "IMMEDIATE"},
    )

    @sa.event.listens_for(job_engine, "connect")
    def prepare_jobs(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return _with_sessions(url, engine("BEGIN IMMEDIATE"), engine("BEGIN", read_only=True), job_engine)


def _open_postgresql(url: sa.URL) -> Database:
    # psycopg 3 is the only driver that is shipped; an address that names none means it.
    address = url.set(drivername="postgresql+psycopg")
    return _with_sessions(
        address,
        sa.create_engine(address, pool_pre_ping=True),
        sa.create_engine(
            address,
            pool_pre_ping=True,
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        ),
        sa.create_engine(address, pool_pre_ping=True),
    )


def _with_sessions(url: sa.URL, write_engine: sa.Engine, read_engine: sa.Engine, job_engine: sa.Engine) -> Database:
    return Database(url, write_engine, read_engine, job_engine, SessionPool(write_engine), SessionPool(read_engine))
