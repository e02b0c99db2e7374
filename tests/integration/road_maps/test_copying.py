"""The map of the new year: open items offered one by one and settled each for itself."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.integration.road_maps.conftest import Place
from workflow_core import operations as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Read
from workflows.road_maps import operations, queries, views
from workflows.road_maps.adoption import AdoptionPlan, plan_adoption
from workflows.road_maps.copying import CopyDecision, CopyOffer, offer_copy
from workflows.road_maps.operations import CopyResult, FoundItem
from workflows.road_maps.running_map import open_items, running_template

NEXT = datetime(2027, 9, 2, 9, tzinfo=UTC)


@pytest.fixture
def old(school: Place) -> Place:
    """A school whose map of 2026/27 is over but for some items."""
    done = {f"1/{number}": FoundItem(date(2026, 10, 1)) for number in range(1, 9)}
    school.adopt("kakhun_2025", done=done)
    with school.write() as write:
        core.fire(write, school.ids["1/9"], "log_fact", fields={"text": "Начали"})
        core.fire(write, school.ids["1/10"], "report", fields={"result": "Сдано"})
    school.now = NEXT
    return school


def next_plan(read: Read, place: Place) -> AdoptionPlan:
    """The old map for the year after."""
    template = running_template(read.session, place.scope, place.road_map_id)
    return plan_adoption(template, date(2027, 9, 1), date(2027, 9, 2), WorkingCalendar())


def offers(place: Place) -> tuple[CopyOffer, ...]:
    """What is asked about the old map's items."""
    with place.read() as read:
        return offer_copy(open_items(read.session, place.scope, place.road_map_id), next_plan(read, place))


def settle(place: Place, decisions: list[CopyDecision]) -> CopyResult:
    """Copy the map as decided."""
    with place.read() as read:
        plan = next_plan(read, place)
    with place.write() as write:
        result = operations.copy_for_new_year(write, place.road_map_id, plan, decisions)
        write.session.flush()
        write.session.expunge_all()
        return result


def test_only_open_items_are_offered_with_what_their_state_allows(old: Place) -> None:
    found = {offer.item.key: offer for offer in offers(old)}

    assert set(found) == {"1/9", "1/10", "1/11", "1/12", "2/1", "2/2"}
    assert (found["1/9"].options, found["1/9"].next_key) == (("carry_over", "drop", "new_date"), "1/9")
    assert found["1/10"].options == ("new_date",)


def test_each_open_item_is_settled_as_decided(old: Place) -> None:
    ids = old.ids
    result = settle(
        old,
        [
            CopyDecision(ids["1/9"], "carry_over", next_key="1/9", due_on=date(2027, 12, 1)),
            CopyDecision(ids["1/11"], "drop", ground="Больше не нужно"),
            CopyDecision(ids["1/12"], "new_date", due_on=date(2027, 10, 1), ground="Ждём материалы"),
            CopyDecision(ids["2/1"], "carry_over"),
            CopyDecision(ids["1/10"], "drop"),
        ],
    )

    assert [row.ok for row in result.rows if row.process_id in ids.values()] == [True, True, True, True, False]
    with old.read() as read:
        new_items = queries.activities_of_maps(read.session, old.scope, [result.road_map.id])
        new = {row.key: row for row in new_items}
        goes_on = views.item_page(read, ids["1/9"]).item
        added = views.item_page(read, ids["2/1"]).item
        kept = views.item_page(read, ids["1/12"]).item
    assert (goes_on.state, goes_on.carried_to_id) == ("carried_over", new["1/9"].id)
    assert new["1/9"].due_on == date(2027, 12, 1)
    assert (kept.state, kept.due_on) == ("planned", date(2027, 10, 1))
    assert added.carried_to_id == new["2/3"].id
    assert (new["2/3"].text, new["2/3"].due_on) == (added.text, None)
    assert result.road_map.previous_id == old.road_map_id
    assert result.road_map.period_start == date(2027, 9, 1)
    assert old.state(ids["1/10"]) == "reported"


def test_a_copy_keeps_what_the_running_map_says_of_its_items(old: Place) -> None:
    with old.write() as write:
        operations.set_acceptance(write, old.ids["1/3"], "district")
    result = settle(old, [])

    with old.read() as read:
        before = running_template(read.session, old.scope, old.road_map_id)
        after = running_template(read.session, old.scope, result.road_map.id)
    assert [(item.text, item.evidence, item.acceptance) for item in after.items] == [
        (item.text, item.evidence, item.acceptance) for item in before.items
    ]
    assert after.item("1/3").acceptance == "district"


def test_an_item_of_another_map_is_refused(old: Place) -> None:
    first = old.ids["1/11"]
    old.adopt("kindergarten_333")

    with pytest.raises(InvalidInput, match="другой карте"):
        settle(old, [CopyDecision(first, "drop")])
