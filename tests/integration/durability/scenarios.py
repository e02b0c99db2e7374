"""What the killed children do: one scenario a kind of write. Each acknowledges after its commit what it has made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations, queries
from workflow_core.database import open_database
from workflow_core.jobs import CollectedJobs
from workflow_core.operations import StepRequest
from workflow_core.plugin_manager import Catalogue, build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
CHUNK = 300
"""Rows of one bulk step."""
BEGUN = "begun"
"""Said before a long write: a round whose last word it is was killed inside of it."""

Acknowledge = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`work(url, acknowledge, turns)` goes on until it is killed, at most `longest` seconds after its first word."""

    work: Callable[[str, Acknowledge, int], None]
    longest: float
    warm: Callable[[str, Acknowledge], None] | None = None
    """What the parent does once, without threads, so that its children inherit all that is imported, compiled and cached."""
    finish: Callable[[str], None] | None = None
    """The last start, in the parent: nothing new is asked for, what is left is worked off."""


@cache
def catalogue() -> Catalogue:
    """Built in the parent, so that no child reads the definitions again."""
    return build_catalogue([("visits", VisitPlugin())], entry_points=False)


def opened(url: str) -> ProcessEngine:
    """An engine in this process."""
    return ProcessEngine(open_database(url), catalogue(), CollectedJobs())


# -- steps ------------------------------------------------------------------------------------------------------------


def steps(url: str, acknowledge: Acknowledge, turns: int = 1) -> None:
    """One step a commit."""
    engine = opened(url)
    for _ in range(turns):
        subject = new_id()
        with engine.write(SCHOOL, CURATOR, now=NOW) as write:
            seq = operations.start(write, "visit", "visit", subject, "plan", remark="начато").seq
        acknowledge(f"{seq}")
        for event, fields in (("hold", {"topic": "Дроби"}), ("describe", {}), ("pause", {}), ("resume", {})):
            with engine.write(SCHOOL, CURATOR, now=NOW) as write:
                seq = operations.fire(write, subject, event, fields=fields, ground="проверка").seq
            acknowledge(f"{seq}")
    engine.database.close()


# -- bulk steps -------------------------------------------------------------------------------------------------------


def chunks(url: str, acknowledge: Acknowledge, turns: int = 1) -> None:
    """Hundreds of rows a commit: `first-last` of its entries is acknowledged."""
    engine = opened(url)
    with engine.read(SCHOOL, now=NOW) as read:
        visits = queries.processes_of(read.session, SCHOOL, "visit")
    ids, state = [one.id for one in visits], visits[0].state
    for _ in range(turns):
        event, state = ("resume", "planned") if state == "paused" else ("pause", "paused")
        acknowledge(BEGUN)
        with engine.write(SCHOOL, CURATOR, now=NOW) as write:
            rows = operations.fire_many(write, [StepRequest(one, event, ground="Карантин") for one in ids])
        assert all(row.ok for row in rows)
        acknowledge(f"{rows[0].seq}-{rows[-1].seq}")
    engine.database.close()


SCENARIOS: Mapping[str, Scenario] = {
    "steps": Scenario(steps, 0.02, steps),
    "chunks": Scenario(chunks, 0.5, chunks),
}
