"""An installation with the example in it, an application over it and somebody who is logged in.

The example is made once a run; every test works on a copy of its file. All of it plays at `tests.conftest.NOW`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from tests.catalogues import shipped
from tests.conftest import NOW
from tests.databases import made_once, sqlite_copy, sqlite_template
from tests.web.lent_app import lent_app
from web import accounts, queries
from web.assembly import CollectedJobs, Installation, assemble
from web.demo import ensure_demo
from web.settings import Settings
from workflow_core.database import open_database

Login = Callable[[str], FlaskClient]

# A hash that takes a tenth of a second is right for a login, not for the accounts of hundreds of tests.
accounts._hasher = lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # type: ignore[assignment]


def settings_in(folder: Path, name: str = "marshrut.db") -> Settings:
    """Settings of an installation in a folder."""
    return Settings(data=folder, database_url=f"sqlite:///{folder / name}", secret="a secret of the tests only")


def demo_template() -> Path:
    """The file of a database with the example, made at `NOW`."""
    return made_once("demo.db", _make_demo)


def _make_demo(path: Path) -> None:
    shutil.copyfile(sqlite_template(), path)
    settings = settings_in(path.parent, path.name)
    database = open_database(settings.database_url, synchronous="OFF")
    made = assemble(settings, jobs=CollectedJobs(), database=database)
    made.engine.store_definitions(now=NOW)
    ensure_demo(made, now=NOW)
    database.close()


def _opened(template: Path, folder: Path) -> Iterator[Installation]:
    with sqlite_copy(template) as database:
        made = assemble(settings_in(folder), jobs=CollectedJobs(), database=database, known=shipped())
        made.engine.store_definitions(now=NOW)
        yield made


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """The example: a school, a kindergarten, accounts in every role (see `web.demo.ACCOUNTS`)."""
    yield from _opened(demo_template(), tmp_path)


@pytest.fixture
def empty_installation(tmp_path: Path) -> Iterator[Installation]:
    """A prepared database in which nobody has done anything."""
    yield from _opened(sqlite_template(), tmp_path)


@pytest.fixture
def app(installation: Installation) -> Iterator[Flask]:
    """The admin over the example, at `NOW`, without CSRF and login limits."""
    with lent_app(installation) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which nobody is logged in."""
    return app.test_client()


@pytest.fixture
def login(app: Flask, installation: Installation) -> Login:
    """`login("curator")` gives a browser in which that account of the example is logged in; see `web.demo.ACCOUNTS`."""

    def logged_in(username: str) -> FlaskClient:
        with installation.engine.read(now=NOW) as read:
            account = queries.account_named(read.session, username)
            assert account is not None, f"no account {username!r} in the example"
            cookie = f"{account.id}.{account.session_mark}"
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = cookie, True
        return client

    return logged_in
