"""Kills a writing process again and again; run as a program of its own, so that forking is safe.

Usage: kill_loop.py DATABASE_URL ROUNDS SEED. Prints the numbers of all acknowledged entries as JSON.
Every round a fresh child opens the database, makes steps as fast as it can and acknowledges each after its commit;
it is killed with SIGKILL at a random moment.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime

from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations
from workflow_core.database import open_database
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine

CATALOGUE = build_catalogue([("visits", VisitPlugin())], entry_points=False)
NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


def work(url: str, acknowledge: int) -> None:
    engine = ProcessEngine(open_database(url), CATALOGUE, CollectedJobs())
    while True:
        subject = new_id()
        with engine.write(SCHOOL, CURATOR, now=NOW) as write:
            seq = operations.start(write, "visit", "visit", subject, "plan", remark="начато").seq
        os.write(acknowledge, f"{seq}\n".encode())
        for event, fields in (("hold", {"topic": "Дроби"}), ("describe", {}), ("pause", {}), ("resume", {})):
            with engine.write(SCHOOL, CURATOR, now=NOW) as write:
                seq = operations.fire(write, subject, event, fields=fields, ground="проверка").seq
            os.write(acknowledge, f"{seq}\n".encode())


def one_round(url: str, chance: random.Random) -> list[int]:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        work(url, write_end)
    os.close(write_end)
    first = os.read(read_end, 64)
    time.sleep(chance.uniform(0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    rest = b""
    while part := os.read(read_end, 65536):
        rest += part
    os.close(read_end)
    return [int(line) for line in (first + rest).split(b"\n") if line]


def main(url: str, rounds: str, seed: str) -> None:
    chance = random.Random(int(seed))
    acknowledged: list[int] = []
    for _ in range(int(rounds)):
        acknowledged += one_round(url, chance)
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main(*sys.argv[1:])
