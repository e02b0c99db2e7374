"""One whole step that also asks for a job: written into the tables of the job engine (DBOS) in the step's own transaction. SQLite.

Beside it: SQLModel and SQLAlchemy Core that do their plain step (no chain, no key, no details) and enqueue through the same DBOS in
their own transaction too, and DBOS alone. Nobody works the jobs off meanwhile.
Usage: python -m benchmarks.jobs NORMAL|FULL [steps a round] [rounds]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from dbos import DBOSClient, WorkflowSerializationFormat, run_dbos_database_migrations
from sqlmodel import Session

from benchmarks import peers
from benchmarks.bench_plugin import engine, fill
from benchmarks.scratch import folder
from benchmarks.step import PAIRS, SCOPE, Walk, many_steps
from workflow_core.database import open_database
from workflow_core.jobs import DurableJobs


class Peer:
    """A database of the peers with the job engine's tables in it."""

    def __init__(self, b2: Any, name: str) -> None:
        self.b2, self.name = b2, name
        self.engine: sa.Engine = b2.engine(name)
        run_dbos_database_migrations(self.engine.url.render_as_string())
        self.client = DBOSClient(system_database_engine=self.engine, application_name="bench", lazy=True)
        self.asked = 0

    def enqueue(self, where: sa.Connection | Session, subject: int) -> None:
        """As `DurableJobs.enqueue`."""
        self.asked += 1
        self.client.enqueue_in_transaction(
            where,
            {
                "workflow_name": "after_commit",
                "queue_name": "after_commit",
                "workflow_id": f"{SCOPE}-{self.asked}",
                "app_version": "1",
                "serialization_type": WorkflowSerializationFormat.PORTABLE,
            },
            SCOPE,
            self.asked,
            self.asked,
            [["nothing", str(subject)]],
        )

    def sqlmodel(self, count: int) -> None:
        """The peers' `sqlmodel_orm_transitions` with a job."""
        b2 = self.b2
        for _ in range(count):
            subject, event = b2.nxt(self.name)
            at = b2.now()
            with Session(self.engine) as session:
                pair: Any = session.get(b2.PairRow, subject)
                before, moved = pair.state, b2.M.Pair()
                moved.state = before
                b2.mach.events[event].trigger(moved)
                pair.state, pair.updated_at = moved.state, at
                session.add(
                    b2.HistoryRow(
                        pair_id=subject,
                        version=pair.version + 1,
                        trigger=event,
                        source=before,
                        dest=moved.state,
                        actor="admin",
                        at=at,
                        data="{}",
                    )
                )
                self.enqueue(session, subject)
                session.commit()

    def core(self, count: int) -> None:
        """The peers' `sqlalchemy_core` with a job."""
        for _ in range(count):
            subject, event = self.b2.nxt(self.name)
            with self.engine.begin() as connection:
                self.b2._core_step(connection, subject, event)
                self.enqueue(connection, subject)

    def alone(self, count: int) -> None:
        """The job without a step."""
        for number in range(count):
            with self.engine.begin() as connection:
                self.enqueue(connection, number)


def main(synchronous: str, steps: int, rounds: int) -> None:
    b2, common = peers.load("b2_persist_sqlite", synchronous), peers.load("_common")
    url = f"sqlite:///{folder()}/ours.db"
    jobs = DurableJobs(open_database(url, synchronous=synchronous))
    ours = engine(url, synchronous=synchronous, jobs=jobs)
    jobs.prepare()
    walk = Walk(fill(ours, SCOPE, PAIRS))
    model, core, alone = (Peer(b2, f"jobs_{name}") for name in ("model", "core", "alone"))
    work: dict[str, Callable[[int], None]] = {
        "marshrut: the whole step with a job": lambda count: many_steps(ours, walk, count, task=True),
        "marshrut: without one": lambda count: many_steps(ours, walk, count),
        "SQLModel + transitions + DBOS": model.sqlmodel,
        "SQLAlchemy Core + compiled table + DBOS": core.core,
        "DBOS alone": alone.alone,
    }
    contenders = {name: common.timed(lambda do=do: do(steps), steps) for name, do in work.items()}
    common.table(
        f"step with a job, SQLite WAL synchronous={synchronous}",
        common.interleave(contenders, rounds),
        ref="marshrut: the whole step with a job",
    )
    for peer in (model, core, alone):
        _check(peer.engine, peer.asked)
    _check(ours.database.job_engine, walk.done // 2)
    jobs.stop()


def _check(engine: sa.Engine, asked: int) -> None:
    """Every job is there."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM workflow_status").scalar_one()
    assert found == asked, (found, asked)


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 else "NORMAL",
        int(sys.argv[2]) if len(sys.argv) > 2 else 200,
        int(sys.argv[3]) if len(sys.argv) > 3 else 7,
    )
