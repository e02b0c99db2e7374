"""The five shipped maps taken into work through the whole assembly, each by an organisation that it was written for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.integration.house.conftest import House, found_organisation, open_house
from workflow_core.calendars import WorkingCalendar
from workflow_core.database import Database
from workflow_core.verification import replay, verify
from workflows.organisations import operations as organisations
from workflows.road_maps import operations, views
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.deadlines import Period
from workflows.road_maps.map_template import shipped_map

pytestmark = pytest.mark.slow

MAPS = {
    "teachers_typical": ("school", "teachers", 8, 22, date(2026, 9, 1)),
    "kakhun_2025": ("school", "kakhun", 2, 14, date(2026, 9, 1)),
    "kindergarten_333": ("kindergarten", "kindergarten", 7, 16, date(2026, 9, 1)),
    "school9_2020": ("school", "school9", 7, 51, date(2026, 1, 1)),
}


def adopt(house: House, code: str, start: date, period: Period | None = None) -> views.MapView:
    """The map's page after it was taken into work, with what proves each item."""
    plan = plan_adoption(shipped_map(code), start, house.today, WorkingCalendar(), period)
    with house.write() as write:
        road_map = operations.adopt(write, plan).id
    with house.read() as read:
        return views.map_page(read, road_map)


def test_every_map_runs_in_its_own_organisation_below_a_district(database: Database, tmp_path: Path) -> None:
    today = date(2026, 8, 20)
    district = open_house(
        database,
        tmp_path,
        today,
        profile="tarasovsky",
        kind="district",
        title="Отдел образования",
        short_title="Отдел образования",
    )
    houses = {
        code: found_organisation(district.installation, today, profile=profile, kind=kind, short_title=f"Место {code}")
        for code, (kind, profile, *_rest) in MAPS.items()
    }
    for house in houses.values():
        with house.write(actor=district.actor("administrator")) as write:
            organisations.change_organisation(write, parent_id=district.scope)

    for code, (_kind, _profile, sections, items, start) in MAPS.items():
        period = Period("2026/27", date(2026, 9, 1), date(2027, 8, 31)) if code == "kindergarten_333" else None
        page = adopt(houses[code], code, start, period)
        found = [item for section in page.sections for item in section.items]
        assert (len(page.sections), len(found)) == (sections, items), code
        assert page.state_title == "Проект"
        assert all(line.known for item in found for line in item.evidence_lines), code
        # Nobody has done anything yet: nothing is proven, and the year's own items are not late.
        assert not any(item.evidence.done and item.evidence.is_complete for item in found), code
        assert [item.key for item in found if item.overdue and item.due_on and item.due_on >= today] == []

    page = adopt(district, "tarasovsky_2020", date(2026, 1, 1))
    found = [item for section in page.sections for item in section.items]
    assert (len(page.sections), len(found)) == (7, 30)
    places = {
        item.key: {one.for_organisation_id for one in item.occurrences if one.for_organisation_id} for item in found
    }
    schools = {house.scope for house in houses.values()}
    assert any(places.values())
    assert all(place == schools for place in places.values() if place)
    for house in (district, *houses.values()):
        with house.read() as read:
            assert verify(read).ok
            assert replay(read).ok
