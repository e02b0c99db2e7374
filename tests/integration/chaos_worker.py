"""A process of its own for tests of faulty plugins: works off jobs with a child process for plugins, two attempts a step.

Usage: chaos_worker.py DATABASE_URL
"""

from __future__ import annotations

import sys

from tests.integration.chaos_plugin import PLUGINS, folder
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import jobs
from workflow_core.child_process import ChildProcess
from workflow_core.database import open_database
from workflow_core.plugin_manager import build_catalogue
from workflow_core.plugin_work import PluginKilled, PluginLimits
from workflow_core.unit_of_work import ProcessEngine


def write_down(line: str) -> None:
    with (folder() / "notes").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def note(_engine: ProcessEngine, _scope: str, target: str) -> None:
    if target == "doomed":
        raise PluginKilled("chaos", "документ «Приветствие»", "не ответило за 1 с и остановлено", "1.2")
    write_down(f"task {target}")


def give_up(_engine: ProcessEngine, _scope: str, target: str, text: str) -> None:
    write_down(f"gave up {target}: {text}")


def main(url: str) -> None:
    catalogue = build_catalogue([("visits", VisitPlugin()), *PLUGINS], entry_points=False)
    catalogue.task_handlers["note"] = note
    catalogue.task_given_up["note"] = give_up
    jobs.MAX_ATTEMPTS = 2
    child = ChildProcess("tests.integration.chaos_plugin:catalogue", PluginLimits(seconds=1, faults=1))
    database = open_database(url)
    durable = jobs.DurableJobs(database)
    durable.launch(ProcessEngine(database, catalogue, durable, child), poll_seconds=0.1)
    print("ready", flush=True)
    sys.stdin.readline()
    child.close()
    durable.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
