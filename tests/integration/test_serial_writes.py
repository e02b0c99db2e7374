"""What a guard saw is still true at the commit: writes of one organisation are serial, those of another are not held up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

import pytest

from tests.integration.conftest import CURATOR, OTHER_SCHOOL, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations, queries
from workflow_core.exceptions import GuardRefused
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine

Plan = Callable[..., str]
PATIENCE = 0.5
"""Seconds that are enough for a write that nothing holds up."""


def revoke(engine: ProcessEngine, visits: VisitPlugin, subject: str, now: datetime, done: threading.Event) -> None:
    """Take the room back in a write of its own, as a second user would."""
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        visits.rooms[subject] = False
        write.record("register", "room", subject, "revoked")
    done.set()


def test_revocation_between_guard_and_update_waits_for_the_commit(
    visit_engine: ProcessEngine, plan: Plan, visits: VisitPlugin, now: datetime
) -> None:
    subject, done = plan(), threading.Event()
    other = threading.Thread(target=revoke, args=(visit_engine, visits, subject, now, done))

    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.why_not(write, CURATOR, [subject])
        other.start()
        came_between = done.wait(PATIENCE)
        step = operations.fire(write, subject, "hold", fields={"topic": "Дроби"})
    other.join(30)

    assert not came_between
    assert done.is_set()
    with visit_engine.read(SCHOOL, now=now) as read:
        revoked = queries.entries_of(read.session, SCHOOL, [subject])[subject][-1]
    assert (revoked.event, revoked.seq) == ("revoked", step.seq + 1)


def test_revocation_that_came_first_stops_the_step(
    visit_engine: ProcessEngine, plan: Plan, visits: VisitPlugin, now: datetime
) -> None:
    subject = plan()
    revoke(visit_engine, visits, subject, now, threading.Event())

    with pytest.raises(GuardRefused), visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields={"topic": "Дроби"})


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_another_organisation_does_not_wait(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    """On PostgreSQL; SQLite has one writer for all by design."""
    done = threading.Event()

    def elsewhere() -> None:
        with visit_engine.write(OTHER_SCHOOL, CURATOR, now=now) as write:
            operations.start(write, "visit", "visit", new_id(), "plan")
        done.set()

    other = threading.Thread(target=elsewhere)
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.start(write, "visit", "visit", new_id(), "plan")
        other.start()
        assert done.wait(20)
    other.join(20)


def test_many_writers_leave_one_unbroken_chain(visit_engine: ProcessEngine, now: datetime) -> None:
    def work() -> None:
        for _ in range(10):
            with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
                operations.start(write, "visit", "visit", new_id(), "plan")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with visit_engine.read(SCHOOL, now=now) as read:
        entries = queries.entries_after(read.session, SCHOOL, 0, 100)
    assert [entry.seq for entry in entries] == list(range(1, 41))
    assert all(after.previous_hash == before.hash for before, after in pairwise(entries))
