"""A process of its own for tests of jobs: works off what was enqueued and notes each task in a file.

Usage: job_worker.py DATABASE_URL NOTES_FILE [pause after the first task, seconds]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.integration.visit_plugin import VisitPlugin
from workflow_core.database import open_database
from workflow_core.jobs import DurableJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.unit_of_work import ProcessEngine


def main(url: str, notes: str, pause: str = "0") -> None:
    catalogue = build_catalogue([("visits", VisitPlugin())], entry_points=False)

    def note(_engine: ProcessEngine, scope: str, target: str) -> None:
        with Path(notes).open("a") as file:
            file.write(f"{target}\n")
        if target.endswith("1") and float(pause):
            time.sleep(float(pause))

    catalogue.task_handlers["note"] = note
    database = open_database(url)
    jobs = DurableJobs(database)
    engine = ProcessEngine(database, catalogue, jobs)
    jobs.launch(engine, poll_seconds=0.1)
    print("ready", flush=True)
    sys.stdin.readline()
    jobs.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
