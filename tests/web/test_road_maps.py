"""Pages of road maps: the map and its filters, taking one into work, many items at once, sections and the map's own steps."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.sample_school import School, school
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.organisations import operations as organisations
from workflows.road_maps import queries
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.map_template import shipped_map
from workflows.road_maps.operations import FoundItem, adopt
from workflows.road_maps.tables import Activity
from workflow_core.calendars import WorkingCalendar

__all__ = ["school"]


def take_map(school: School, code: str = "kakhun_2025", done: dict[str, FoundItem] | None = None) -> str:
    """Take a shipped map into work for the school year of the tests."""

    def take(write: Write) -> str:
        plan = plan_adoption(shipped_map(code), date(2026, 9, 1), write.today, WorkingCalendar())
        return adopt(write, plan, done or {}).id

    return str(school.write(take))


@pytest.fixture
def road_map(school: School) -> str:
    """The id of a map that the sample school runs."""
    return take_map(school)


def items_of(school: School, road_map_id: str) -> dict[str, Activity]:
    """Items of a map by number."""
    with school.installation.engine.read(school.scope, now=school.app.config["CLOCK"]()) as read:
        return {row.number: row for row in queries.activities_of_maps(read.session, read.scope, [road_map_id])}


def state_of(school: School, process_id: str) -> str:
    """The state of a process."""
    from workflow_core import queries as core

    with school.installation.engine.read(school.scope, now=school.app.config["CLOCK"]()) as read:
        found = core.process(read.session, process_id)
    assert found is not None
    return found.state


def test_map_smoke(school: School, road_map: str) -> None:
    client = school.client()
    for url in ("/road-map", f"/road-map/{road_map}", f"/road-map/{road_map}/print", "/road-map/choose", "/road-map/adopt/kakhun_2025", "/road-map/adopt/kindergarten_333"):
        r = client.get(url)
        assert r.status_code == 200, (url, r.get_data(as_text=True)[-3000:])
    for row in items_of(school, road_map).values():
        r = client.get(f"/items/{row.id}")
        assert r.status_code == 200, (row.number, r.get_data(as_text=True)[-3000:])
