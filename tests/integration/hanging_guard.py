"""A process whose guard hangs inside a step's transaction, watched; run by `test_watchdog`, which kills it.

Usage: hanging_guard.py DATABASE_URL HEALTH_FOLDER. Acknowledges each committed entry on standard output.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations
from workflow_core.database import open_database
from workflow_core.guards import Actor, Blocker, Facts
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine
from workflow_core.watchdog import Watchdog

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


def hang(_facts: Facts, _actor: Actor, _event: str, _on: object) -> list[Blocker]:
    time.sleep(600)
    return []


def main(url: str, folder: str) -> None:
    catalogue = build_catalogue([("visits", VisitPlugin())], entry_points=False)
    catalogue.guards["lesson_in_timetable"] = replace(catalogue.guards["lesson_in_timetable"], check=hang)
    Watchdog(Path(folder), lambda: datetime.now(UTC), seconds=0.2).start()
    engine = ProcessEngine(open_database(url), catalogue, CollectedJobs())
    subjects = [new_id() for _ in range(5)]
    for subject in subjects:
        with engine.write(SCHOOL, CURATOR, now=NOW) as write:
            seq = operations.start(write, "visit", "visit", subject, "plan").seq
        print(seq, flush=True)
    with engine.write(SCHOOL, CURATOR, now=NOW) as write:
        operations.fire(write, subjects[0], "hold", fields={"topic": "Дроби"})
    print("never", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
