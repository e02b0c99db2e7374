"""The engine over a sample lifecycle, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations
from workflow_core.database import Database
from workflow_core.guards import Actor
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine

SCHOOL = "0" * 31 + "1"
OTHER_SCHOOL = "0" * 31 + "2"
CURATOR = Actor("account-1", "Морозова Е. В.", frozenset({"curator", "mentor"}), "person-1")


@pytest.fixture
def visits() -> VisitPlugin:
    """The sample plugin; its facts are set by the test."""
    return VisitPlugin()


@pytest.fixture
def visit_engine(database: Database, visits: VisitPlugin, now: datetime) -> ProcessEngine:
    """An engine that knows nothing but the sample lifecycle."""
    engine = ProcessEngine(database, build_catalogue([("visits", visits)], entry_points=False), CollectedJobs())
    engine.store_definitions(now=now)
    return engine


@pytest.fixture
def plan(visit_engine: ProcessEngine, now: datetime) -> Callable[..., str]:
    """Plan a visit and give its id."""

    def planned(**options: Any) -> str:
        subject = new_id()
        with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
            operations.start(write, "visit", "visit", subject, "plan", **options)
        return subject

    return planned
