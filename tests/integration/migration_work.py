"""The sample lifecycle in its next edition, and a program that is killed again and again while it moves visits over to it.

Usage: migration_work.py DATABASE_URL. Forks children that migrate chunk by chunk; each is killed with SIGKILL at a random moment
after its first chunk, until half of the visits are moved. Prints how many were killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations, queries
from workflow_core.database import open_database
from workflow_core.definition_reader import read_definitions
from workflow_core.exceptions import WorkflowError
from workflow_core.guards import Actor
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine

ADMINISTRATOR = Actor("account-7", "Ларин Т. И.", frozenset({"administrator"}))
STATES: Mapping[str, str] = {"described": "written"}
"""What has another name in the next edition."""
NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)

_FILE = Path(__file__).parent / "visit_next.yaml"
(NEXT,) = read_definitions([_FILE])


class NextVisits(VisitPlugin):
    """The same plugin with the next edition."""

    @hookimpl
    def contribute_definitions(self) -> list[Path]:
        return [_FILE]


def fill(engine: ProcessEngine, scope: str, chance: random.Random, count: int, now: datetime) -> list[str]:
    """Visits in random states: planned at random days and led some steps on."""
    ids = [new_id() for _ in range(count)]
    with engine.write(scope, CURATOR, now=now) as write:
        for subject in ids:
            day = write.today - timedelta(days=chance.randrange(30))
            operations.start(write, "visit", "visit", subject, "plan", happened_on=day)
            for _ in range(chance.randrange(5)):
                process = queries.process(write.session, subject)
                assert process is not None
                events = [one.name for one in write.definition(process.definition_hash).events_from(process.state)]
                try:
                    event = chance.choice(events)
                    operations.fire(write, subject, event, fields={"topic": "Дроби"}, ground="проверка")
                except WorkflowError:
                    continue
    return ids


def left(engine: ProcessEngine, now: datetime) -> int:
    """How many visits still run by another edition."""
    with engine.read(SCHOOL, now=now) as read:
        return sum(one.definition_hash != NEXT.hash for one in queries.processes_of(read.session, SCHOOL))


def migrate_all(engine: ProcessEngine, now: datetime, tell: int = 0) -> None:
    """Move what is left, three in a transaction; says a byte after each commit."""
    with engine.read(SCHOOL, now=now) as read:
        plan = operations.plan_migration(read, "visit", states=STATES)
    for _rows in operations.run_migration(engine, SCHOOL, ADMINISTRATOR, plan, clock=lambda: now, chunk=3):
        if tell:
            os.write(tell, b".")


def main(url: str) -> None:
    """Kill children until half is moved."""
    catalogue = build_catalogue([("visits", NextVisits())], entry_points=False)
    chance, kills = random.Random(5), 0

    def engine() -> ProcessEngine:
        return ProcessEngine(open_database(url), catalogue, CollectedJobs())

    def waiting() -> int:
        own = engine()
        try:
            return left(own, NOW)
        finally:
            own.database.close()

    whole = waiting()
    while waiting() > whole // 2:
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            migrate_all(engine(), NOW, write_end)
            os._exit(0)
        os.close(write_end)
        os.read(read_end, 1)
        time.sleep(chance.uniform(0, 0.006))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(read_end)
        kills += 1
    print(json.dumps(kills))


if __name__ == "__main__":
    main(*sys.argv[1:])
