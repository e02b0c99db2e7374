"""Kills a school that makes papers and renders them, again and again; run as a program of its own, so that forking is safe.

Usage: paper_mill.py DATABASE_URL SCOPE ROUNDS SEED. Every round a fresh child opens the database, executes jobs and asks
for papers as fast as it can, acknowledging each after its commit; it is killed with SIGKILL at a random moment. The last child
works off what is left. Prints the acknowledged papers as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from web.assembly import catalogue
from workflow_core import operations
from workflow_core.database import open_database
from workflow_core.guards import Actor
from workflow_core.jobs import DurableJobs
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.mentoring import papers, queries

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
CURATOR = Actor("account-curator", "Снегирева Е. В.", frozenset({"curator"}))


# Built once: what a child inherits it need not read from files again.
CATALOGUE = catalogue()


def opened(url: str) -> tuple[ProcessEngine, DurableJobs]:
    """The engine in this process, and the jobs that it executes."""
    database = open_database(url)
    jobs = DurableJobs(database)
    engine = ProcessEngine(database, CATALOGUE, jobs)
    jobs.launch(engine, poll_seconds=0.05)
    return engine, jobs


def asked(write: Write, pairs: list[str], turn: int) -> Iterator[str]:
    """Papers that one commit asks for: an order, a plan, or an order, a plan and the step that sends it to be signed."""
    pair = pairs[turn % len(pairs)]
    order = papers.prepare_pair_order(write, [pair], report_due="2027-06-01")
    yield order.id
    if turn % 2:
        yield papers.prepare_plan(write, pair).id
        operations.fire(write, order.id, "send")


def work(url: str, scope: str, acknowledge: int) -> None:
    """Ask for papers until killed."""
    house, _jobs = opened(url)
    with house.read(scope, now=NOW) as read:
        programmes = queries.programmes(read.session, scope)
        pairs = [pair.id for pair, _state in queries.programme_pairs(read.session, scope, programmes)]
    turn = 0
    while True:
        with house.write(scope, CURATOR, now=NOW, operation="mill") as write:
            made = list(asked(write, pairs, turn))
        os.write(acknowledge, "".join(f"{one}\n" for one in made).encode())
        turn += 1
        time.sleep(0.04)


def one_round(url: str, scope: str, chance: random.Random) -> list[str]:
    """Papers that one child has acknowledged before it was killed."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        work(url, scope, write_end)
    os.close(write_end)
    first = os.read(read_end, 65536)
    time.sleep(chance.uniform(0, 0.5))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    rest = b""
    while part := os.read(read_end, 65536):
        rest += part
    os.close(read_end)
    return [line.decode() for line in (first + rest).split(b"\n") if line]


def finish(url: str) -> None:
    """The last start: nothing is asked for, what is left is worked off."""
    house, jobs = opened(url)
    end = time.monotonic() + 120
    while jobs.unfinished() and time.monotonic() < end:
        time.sleep(0.2)
    jobs.stop()
    house.database.close()


def main(url: str, scope: str, rounds: str, seed: str) -> None:
    """All rounds."""
    chance = random.Random(int(seed))
    acknowledged: list[str] = []
    for _ in range(int(rounds)):
        acknowledged += one_round(url, scope, chance)
    finish(url)
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main(*sys.argv[1:])
