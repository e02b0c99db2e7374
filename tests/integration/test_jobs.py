"""Jobs on DBOS: in the transaction of their commit, once by effect, resumed after a kill -9; on both databases."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import jobs as jobs_module
from workflow_core import operations, queries
from workflow_core.database import Database
from workflow_core.jobs import CollectedJobs, DurableJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, Write

pytestmark = pytest.mark.slow


@pytest.fixture
def durable(database: Database, now: datetime) -> Iterator[ProcessEngine]:
    """An engine that enqueues into DBOS but does not execute."""
    jobs = DurableJobs(database)
    jobs.prepare()
    engine = ProcessEngine(database, build_catalogue([("visits", VisitPlugin())], entry_points=False), jobs)
    engine.store_definitions(now=now)
    yield engine
    jobs.stop()


@contextmanager
def worker(engine: ProcessEngine, notes: Path, pause: float = 0) -> Iterator[subprocess.Popen[str]]:
    url = engine.database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.job_worker", url, str(notes), str(pause)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        if process.poll() is None:
            process.stdin.close()
            process.wait(30)
        else:
            process.stdin.close()
        process.stdout.close()


def wait_for(condition: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def plan_with_tasks(engine: ProcessEngine, now: datetime, tasks: list[str], *, fail: bool = False) -> None:
    def action(write: Write) -> None:
        operations.start(write, "visit", "visit", new_id(), "plan")
        for task in tasks:
            write.request("note", task)
        if fail:
            raise RuntimeError("rolled back")

    engine.perform(SCHOOL, CURATOR, action, now=now)


def done(notes: Path) -> list[str]:
    return notes.read_text().split() if notes.exists() else []


def test_job_is_done_once_and_none_for_a_rolled_back_write(
    durable: ProcessEngine, now: datetime, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    plan_with_tasks(durable, now, ["a", "b"])
    with pytest.raises(RuntimeError):
        plan_with_tasks(durable, now, ["never"], fail=True)

    with worker(durable, notes):
        wait_for(lambda: done(notes) == ["a", "b"])
        wait_for(lambda: durable.jobs.unfinished() == [])  # type: ignore[attr-defined]

    assert done(notes) == ["a", "b"]


def test_job_killed_half_way_goes_on_in_the_same_slot_without_repeating(
    durable: ProcessEngine, now: datetime, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    plan_with_tasks(durable, now, ["t0", "t1", "t2"])
    with worker(durable, notes, pause=30) as process:
        wait_for(lambda: done(notes) == ["t0", "t1"])
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    with worker(durable, notes):
        wait_for(lambda: done(notes)[-1] == "t2")

    # The task that was cut off is repeated (at least once), the finished one is not.
    assert done(notes) == ["t0", "t1", "t1", "t2"]


def test_a_job_that_failed_goes_on_where_it_failed(
    durable: ProcessEngine, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "MAX_ATTEMPTS", 1)
    seen: list[str] = []
    faulty = {"b"}

    def note(_engine: ProcessEngine, _scope: str, target: str) -> None:
        seen.append(target)
        if target in faulty:
            raise RuntimeError("the printer is out of paper")

    durable.catalogue.task_handlers["note"] = note
    jobs = durable.jobs
    assert isinstance(jobs, DurableJobs)
    plan_with_tasks(durable, now, ["a", "b", "c"])
    jobs.launch(durable, poll_seconds=0.05)
    wait_for(lambda: [job["status"] for job in jobs.unfinished()] == ["ERROR"])
    faulty.clear()
    jobs.resume(jobs.unfinished()[0]["id"])
    wait_for(lambda: jobs.unfinished() == [])

    assert seen[:3] == ["a", "b", "c"], "one task that fails does not keep the others waiting"
    assert seen[3:] == ["b", "c"], "what was done before the failure is not repeated"


def test_what_a_lost_slot_has_begun_is_handed_over(durable: ProcessEngine, now: datetime, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    jobs = durable.jobs
    assert isinstance(jobs, DurableJobs)
    plan_with_tasks(durable, now, ["t0", "t1", "t2"])
    with worker(durable, notes, pause=30) as process:
        # The worker also asks at its start what has fallen due; killed in the midst of that it would have begun two.
        wait_for(lambda: done(notes) == ["t0", "t1"] and len(jobs.unfinished()) == 1)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    assert jobs.recover("w7") == []
    assert len(jobs.recover("w1")) == 1
    assert [job["status"] for job in jobs.unfinished()] == ["ENQUEUED"]
    assert jobs.recover("w1") == []


def test_commit_without_tasks_enqueues_nothing(durable: ProcessEngine, now: datetime) -> None:
    plan_with_tasks(durable, now, [])

    assert durable.jobs.unfinished() == []  # type: ignore[attr-defined]


def test_collected_jobs_run_what_waits(visit_engine: ProcessEngine, now: datetime) -> None:
    seen: list[str] = []
    visit_engine.catalogue.task_handlers["note"] = lambda _engine, _scope, target: seen.append(target)
    plan_with_tasks(visit_engine, now, ["x", "x", "y"])
    jobs = visit_engine.jobs
    assert isinstance(jobs, CollectedJobs)

    assert jobs.run(visit_engine) == 1
    assert seen == ["x", "y"]


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_starting_workers_tell_what_fell_due_meanwhile_once(durable: ProcessEngine, tmp_path: Path) -> None:
    """Two processes keep one schedule: each asks for a run at its start, and what is due is told once."""
    long_ago = datetime.now(UTC) - timedelta(days=30)
    plan_with_tasks(durable, long_ago, [])

    def told() -> int:
        with durable.read(SCHOOL, now=datetime.now(UTC)) as read:
            return queries.count_entries(read.session, SCHOOL, {"kind": "timer"})

    with worker(durable, tmp_path / "notes"), worker(durable, tmp_path / "notes"):
        wait_for(lambda: told() > 0)
        wait_for(lambda: durable.jobs.unfinished() == [])  # type: ignore[attr-defined]

    assert told() == 1
