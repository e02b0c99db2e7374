"""A shipped map taken into work by the sample school, and what tests of pages ask about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from tests.conftest import NOW
from tests.web.sample_school import School
from workflow_core import queries as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.guards import SYSTEM, Actor
from workflow_core.tables import Process, new_id
from workflow_core.unit_of_work import Write
from workflows.organisations import operations as organisations
from workflows.road_maps import queries
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.map_template import shipped_map
from workflows.road_maps.operations import FoundItem, adopt
from workflows.road_maps.tables import Activity

CODE = "school9_2020"


def adopted(write: Write, done: Mapping[str, FoundItem], code: str = CODE) -> str:
    """Take a shipped map into work for the year of the tests."""
    plan = plan_adoption(shipped_map(code), date(2026, 9, 1), write.today, WorkingCalendar())
    return adopt(write, plan, done).id


def take_map(school: School, code: str = CODE, done: Mapping[str, FoundItem] | None = None) -> str:
    """The id of a map that the school has taken into work."""
    return str(school.write(lambda write: adopted(write, done or {}, code)))


@pytest.fixture
def road_map(school: School) -> str:
    """The id of a map that the sample school runs."""
    return take_map(school)


def items_of(school: School, road_map_id: str, scope: str = "") -> dict[str, Activity]:
    """Items of a map by number, where it has none by key."""
    with school.installation.engine.read(scope or school.scope, now=NOW) as read:
        rows = queries.activities_of_maps(read.session, read.scope, [road_map_id])
    return {row.number or row.key: row for row in rows}


def process_of(school: School, process_id: str) -> Process:
    """Where something stands."""
    with school.installation.engine.read(school.scope, now=NOW) as read:
        found = core.process(read.session, process_id)
    assert found is not None
    return found


def foreign_map(school: School) -> tuple[str, str]:
    """A map of another organisation of the same installation: (id of the map, id of its item 1.1)."""
    scope = new_id()
    engine = school.installation.engine
    with engine.write(scope, SYSTEM, now=NOW) as write:
        organisations.create_organisation(write, kind="school", title="МБОУ «Другая школа»", short_title="Другая школа")
    stranger = Actor("stranger", "Чужой К. К.", frozenset({"curator"}))
    with engine.write(scope, stranger, now=NOW) as write:
        map_id = adopted(write, {})
    return map_id, items_of(school, map_id, scope)["1.1"].id


def text_of(response: Any) -> str:
    """The page with plain spaces and hyphens, so that sentences can be looked for."""
    return str(response.get_data(as_text=True)).replace("\u00a0", " ").replace("\u2011", "-")


def words_of(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text_of(response)))
