"""What a task does while the database server is away."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from workflow_core import jobs
from workflow_core.jobs import outlast


def told(original: Exception) -> DBAPIError:
    return DBAPIError("SELECT 1", None, original)


AWAY = (
    psycopg.OperationalError("connection is bad: connection refused"),
    psycopg.errors.AdminShutdown("terminating connection due to unexpected postmaster exit"),
    psycopg.errors.CannotConnectNow("the database system is starting up"),
    psycopg.InterfaceError("the connection is closed"),
)
REFUSED = (
    psycopg.errors.DiskFull("could not extend file"),
    psycopg.errors.UniqueViolation("duplicate key"),
    psycopg.errors.QueryCanceled("statement timeout"),
)


class Work:
    """Fails with each of the errors, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    def __call__(self) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)


def test_an_outage_is_waited_for() -> None:
    pauses: list[float] = []
    work = Work(*map(told, AWAY))

    outlast(work, pauses.append)

    assert (work.calls, len(pauses)) == (len(AWAY) + 1, len(AWAY))


@pytest.mark.parametrize("error", REFUSED)
def test_what_the_server_refuses_is_a_failure_at_once(error: Exception) -> None:
    work = Work(told(error))
    with pytest.raises(DBAPIError):
        outlast(work, lambda _seconds: None)
    assert work.calls == 1


def test_an_embedded_database_is_never_away() -> None:
    work = Work(told(sqlite3.OperationalError("disk I/O error")))
    with pytest.raises(DBAPIError):
        outlast(work, lambda _seconds: None)
    assert work.calls == 1


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PATIENCE_SECONDS", 3.0)
    work = Work(*(told(AWAY[0]) for _ in range(100)))
    with pytest.raises(DBAPIError, match="refused"):
        outlast(work, lambda _seconds: None)
    assert work.calls == 4
