"""A process of its own that tells what is due, so that it can be killed. Usage: take_due.py DATABASE_URL MOMENT CHUNK."""

from __future__ import annotations

import sys
from datetime import datetime

from tests.integration.timed_plugin import TimedPlugin
from workflow_core import timers
from workflow_core.database import open_database
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.unit_of_work import ProcessEngine


def main(url: str, moment: str, chunk: str) -> None:
    catalogue = build_catalogue([("visits", TimedPlugin())], entry_points=False)
    engine = ProcessEngine(open_database(url), catalogue, CollectedJobs())
    timers.take_due(engine, datetime.fromisoformat(moment), chunk=int(chunk))


if __name__ == "__main__":
    main(*sys.argv[1:])
