"""Writers and workers in processes of their own, forked from one that has no threads and has imported everything.

Usage: nursery.py DATABASE_URL; commands come line by line as JSON lists on standard input, one answer a line:
["writer", seed, steps, file], ["worker", slot, fault or ""] -> pid; ["wait", pid] -> how it ended (negative: the signal).
The end of the input ends the workers that are left.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from web.assembly import Installation, catalogue
from web.server import begin_again, slot_held, work
from web.settings import Settings
from workflow_core import fault_points, operations
from workflow_core import queries as core
from workflow_core.database import open_database
from workflow_core.exceptions import ConcurrentTransition, WorkflowError
from workflow_core.guards import Actor
from workflow_core.jobs import DurableJobs
from workflow_core.tables import Process, new_id
from workflow_core.unit_of_work import Outcome, ProcessEngine, Write
from workflows.mentoring import papers, queries

Answer = TypeVar("Answer")

CURATOR = Actor("account-curator", "Снегирева Е. В.", frozenset({"curator"}))
CATALOGUE = catalogue()
PATIENCE_AT_THE_END = 5.0
"""Seconds that workers have to end by themselves."""
PATIENCE = 60.0
"""Seconds for which a writer tries again while the server is away."""


def opened(url: str) -> Installation:
    """The product in this process."""
    database = open_database(url)
    jobs = DurableJobs(database)
    settings = Settings(data=Path(), database_url=url, secret="a secret of the tests only")
    return Installation(settings, ProcessEngine(database, CATALOGUE, jobs), jobs)


# -- writers ----------------------------------------------------------------------------------------------------------


class Writer:
    """Moves pairs to and fro that others move too, and asks for papers; notes what was acknowledged."""

    def __init__(self, url: str, seed: int, told: Path) -> None:
        self.engine, self.chance, self.told = opened(url).engine, random.Random(seed), told
        with self.engine.read(now=now()) as read:
            (self.scope,) = core.scopes(read.session)
        with self.engine.read(self.scope, now=now()) as read:
            programmes = queries.programmes(read.session, self.scope)
            rows = queries.programme_pairs(read.session, self.scope, programmes)
        self.pairs = sorted(pair.id for pair, _state in rows)[:-1]

    def work(self, steps: int) -> None:
        for _ in range(steps):
            wish = self._paper if self.chance.random() < 0.25 else self._move()
            with suppress(WorkflowError):
                self._note(self._insist(wish, new_id()))

    def _insist(self, wish: Callable[[Write], Outcome], key: str) -> Outcome:
        """Send the same form again until the server answers, as a browser would on «Повторить»."""
        engine = self.engine
        return self._again(
            lambda: engine.perform(self.scope, CURATOR, wish, now=now(), operation="race", key=key, submitted=key)
        )

    def _seen(self, pair: str) -> Process:
        with self.engine.read(self.scope, now=now()) as read:
            found = core.process(read.session, pair)
        assert found is not None
        return found

    def _again(self, work: Callable[[], Answer]) -> Answer:
        """Try as long as the server is away."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return work()
            except DBAPIError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def _move(self) -> Callable[[Write], Outcome]:
        """One step of a pair as a page showed it: by the time that it is sent somebody may have been faster."""
        pair = self.chance.choice(self.pairs)
        seen = self._again(lambda: self._seen(pair))
        event = "resume" if seen.state == "suspended" else "suspend"

        def move(write: Write) -> Outcome:
            try:
                done = operations.fire(write, pair, event, ground="Карантин", expected_version=seen.version)
            except ConcurrentTransition:
                self._note({"lost": pair})
                raise
            return {"pair": pair, "version": done.process.version, "seq": done.seq}

        return move

    def _paper(self, write: Write) -> Outcome:
        made = papers.prepare_plan(write, self.chance.choice(self.pairs))
        return {"paper": made.id}

    def _note(self, outcome: Outcome) -> None:
        with self.told.open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome) + "\n")


def now() -> datetime:
    return datetime.now(UTC)


# -- workers ----------------------------------------------------------------------------------------------------------


def worker(url: str, slot: int, fault: str) -> None:
    """`marshrut worker --slot N`, armed with a fault."""
    if fault:
        fault_points.arm_by(fault)
    place = opened(url)
    with slot_held(place.database, slot, check_seconds=0.5, returned=partial(begin_again, place, slot)):
        work(place, slot)
    place.close()


# -- the nursery ------------------------------------------------------------------------------------------------------


def forked(child: Callable[[], None]) -> int:
    """Fork; the parent goes on with the child's id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        sys.stdin.close()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        child()
    except BaseException:
        traceback.print_exc()
        os._exit(3)
    os._exit(0)


def ended(pid: int) -> int:
    """How a child has ended, waited for."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(url: str) -> None:
    """Commands until the end of the input."""
    gc.collect()
    gc.freeze()
    workers: list[int] = []
    for line in sys.stdin:
        command, *given = json.loads(line)
        if command == "writer":
            seed, steps, told = given
            answer = forked(lambda: Writer(url, seed, Path(told)).work(steps))  # noqa: B023  # forked at once
        elif command == "worker":
            slot, fault = given
            answer = forked(lambda: worker(url, slot, fault))  # noqa: B023
            workers.append(answer)
        else:
            (pid,) = given
            answer = ended(pid)
            if pid in workers:
                workers.remove(pid)
        print(json.dumps(answer), flush=True)
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + PATIENCE_AT_THE_END
    for pid in workers:
        # One that hangs in a stalled job would wait for it.
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
