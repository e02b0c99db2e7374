"""The lifecycle of the peers as a plugin of Marshrut, and an engine that runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from workflow_core import operations
from workflow_core.database import Database, open_database
from workflow_core.guards import Actor, Blocker, Facts, FactsProvider, Guard
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs, Jobs
from workflow_core.migrations import upgrade
from workflow_core.plugin_manager import Role, build_catalogue
from workflow_core.queries import chunks, rows
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine

CYCLE = ("agree", "consent", "order", "start", "pause", "resume", "complete", "reopen")
CURATOR = Actor("account-1", "Морозова Е. В.", frozenset({"curator"}), "person-1")
NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
READY = "CREATE TABLE bench_ready (id VARCHAR(32) PRIMARY KEY, ready INTEGER NOT NULL)"


def _ready(session: Session, _scope: str, ids: Sequence[str], _on: date) -> Mapping[str, bool]:
    found: dict[str, bool] = {}
    for part in chunks(ids):
        marks = ", ".join("?" * len(part))
        known = rows(session, f"SELECT id, ready FROM bench_ready WHERE id IN ({marks})", part)
        found.update((subject, bool(ready)) for subject, ready in known)
    return found


def _check(facts: Facts, _actor: Actor, _event: str, _on: date) -> list[Blocker]:
    return [] if facts.ready else [Blocker("not_ready", "Не готова")]


class BenchPlugin:
    """One definition, one guard over one fact that is read from a table, one role."""

    @hookimpl
    def contribute_definitions(self) -> list[Path]:
        return [Path(__file__).with_name("lifecycle.yaml")]

    @hookimpl
    def contribute_facts(self) -> list[FactsProvider]:
        return [FactsProvider("ready", "bench_pair", _ready, False)]

    @hookimpl
    def contribute_guards(self) -> list[Guard]:
        return [Guard("bench_ready", "пара готова", _check, ("ready",))]

    @hookimpl
    def contribute_roles(self) -> list[Role]:
        return [Role("curator", "Куратор")]


def engine(
    url: str, *, synchronous: str = "NORMAL", jobs: Jobs | None = None, plugin: BenchPlugin | None = None
) -> ProcessEngine:
    """A migrated database with the lifecycle; the table of facts is there too."""
    database = open_database(url, synchronous=synchronous)
    upgrade(database)
    with database.write_engine.begin() as connection:
        connection.execute(sa.text(READY))
    made = _over(database, jobs, plugin)
    made.store_definitions(now=NOW)
    return made


def reopened(url: str, *, synchronous: str = "NORMAL", jobs: Jobs | None = None) -> ProcessEngine:
    """An engine over a database that `engine` has made."""
    return _over(open_database(url, synchronous=synchronous), jobs)


def _over(database: Database, jobs: Jobs | None, plugin: BenchPlugin | None = None) -> ProcessEngine:
    catalogue = build_catalogue([("bench", plugin or BenchPlugin())], entry_points=False)
    return ProcessEngine(database, catalogue, jobs or CollectedJobs())


def fill(made: ProcessEngine, scope: str, count: int) -> list[str]:
    """`count` pairs in their first state."""
    ids = [new_id() for _ in range(count)]
    with made.write(scope, CURATOR, now=NOW) as write:
        mark = "?" if made.database.is_sqlite else "%s"
        driver: Any = write.session.connection().connection.driver_connection
        driver.cursor().executemany(f"INSERT INTO bench_ready VALUES ({mark}, 1)", [(subject,) for subject in ids])
        for subject in ids:
            operations.start(write, "bench_pair", "bench_pair", subject, "draw")
    return ids
