"""A school that makes papers and renders them by jobs until it is killed: the whole product, DBOS included."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tests.integration.durability.scenarios import Acknowledge, Scenario
from web.assembly import catalogue
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.database import open_database
from workflow_core.guards import Actor
from workflow_core.jobs import CollectedJobs, DurableJobs, Jobs
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.mentoring import papers, queries

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
CURATOR = Actor("account-curator", "Снегирева Е. В.", frozenset({"curator"}))
CATALOGUE = catalogue()


def executing(url: str) -> tuple[ProcessEngine, DurableJobs]:
    """The engine in this process, and the jobs that it executes."""
    database = open_database(url)
    jobs = DurableJobs(database)
    engine = ProcessEngine(database, CATALOGUE, jobs)
    jobs.launch(engine, poll_seconds=0.05)
    return engine, jobs


def asked(write: Write, pairs: list[str], turn: int) -> Iterator[str]:
    """Papers that one commit asks for: an order, or an order that is sent to be signed, and a plan."""
    pair = pairs[turn % len(pairs)]
    order = papers.prepare_pair_order(write, [pair], report_due="2027-06-01")
    yield order.id
    if turn % 2:
        yield papers.prepare_plan(write, pair).id
        operations.fire(write, order.id, "send")


def ask(engine: ProcessEngine, acknowledge: Acknowledge, turns: int) -> None:
    """Ask for papers, commit by commit."""
    with engine.read(now=NOW) as read:
        (scope,) = core.scopes(read.session)
    with engine.read(scope, now=NOW) as read:
        programmes = queries.programmes(read.session, scope)
        pairs = [pair.id for pair, _state in queries.programme_pairs(read.session, scope, programmes)]
    for turn in range(turns):
        with engine.write(scope, CURATOR, now=NOW, operation="mill") as write:
            made = list(asked(write, pairs, turn))
        acknowledge("\n".join(made))
        time.sleep(0.02)


def mill(url: str, acknowledge: Acknowledge, turns: int) -> None:
    """Ask and render until killed."""
    engine, _jobs = executing(url)
    ask(engine, acknowledge, turns)


def warm(url: str, acknowledge: Acknowledge) -> None:
    """Ask and render without the job engine and its threads."""
    jobs: Jobs = CollectedJobs()
    engine = ProcessEngine(open_database(url), CATALOGUE, jobs)
    ask(engine, lambda lines: [acknowledge(line) for line in lines.split()], 2)
    assert isinstance(jobs, CollectedJobs)
    jobs.run(engine)
    engine.database.close()


def finish(url: str) -> None:
    """The last start works off what is left."""
    engine, jobs = executing(url)
    end = time.monotonic() + 120
    while jobs.unfinished() and time.monotonic() < end:
        time.sleep(0.1)
    jobs.stop()
    engine.database.close()


SCENARIOS: Mapping[str, Scenario] = {"jobs": Scenario(mill, 0.25, warm, finish)}
