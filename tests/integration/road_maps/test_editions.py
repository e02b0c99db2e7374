"""A new edition of a running map: what is told is what happens, only what was ticked, and what is done stays done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from tests.integration.road_maps.conftest import CURATOR, HEAD, OTHER_SCHOOL, RESPONSIBLE, Place
from workflow_core import operations as steps
from workflow_core import queries as core_queries
from workflow_core.exceptions import ConcurrentTransition, InvalidInput, NotFound, NotPermitted
from workflows.road_maps import queries
from workflows.road_maps.deadlines import Deadline, due_on
from workflows.road_maps.difference import Kind
from workflows.road_maps.editions import EditionPlan, apply_edition, plan_edition
from workflows.road_maps.map_template import MapItem, MapTemplate
from workflows.road_maps.operations import FoundItem
from workflows.road_maps.running_map import running_template
from workflows.road_maps.tables import Activity

CODE = "school9_2020"


def running(place: Place) -> MapTemplate:
    with place.read() as read:
        return replace(running_template(read.session, read.scope, place.road_map_id), code="own_2027")


def edited(template: MapTemplate, change: Callable[[MapItem], MapItem | None]) -> MapTemplate:
    """The map with each item as `change` gives it back; None leaves it out."""
    sections = []
    for section in template.sections:
        items = tuple(one for one in map(change, section.items) if one is not None)
        sections.append(replace(section, items=items))
    return replace(template, sections=tuple(one for one in sections if one.items))


def plan(place: Place, template: MapTemplate) -> EditionPlan:
    with place.read() as read:
        return plan_edition(read, CURATOR, place.road_map_id, template)


def apply(place: Place, template: MapTemplate, told: EditionPlan, *ids: str) -> None:
    with place.write() as write:
        apply_edition(write, place.road_map_id, template, set(ids), expected=told.fingerprint)


def rows(place: Place) -> dict[str, tuple[str, Activity]]:
    """Id -> (state, row) of all items."""
    with place.read() as read:
        found = queries.activities_of_maps(read.session, read.scope, [place.road_map_id])
        processes = core_queries.processes(read.session, [row.id for row in found])
        return {row.id: (processes[row.id].state, row) for row in found}


@pytest.fixture
def at_work(school: Place) -> Place:
    """A map with one item done and one begun; the others are planned."""
    school.adopt(CODE, done={"1.1": FoundItem(date(2026, 9, 1))})
    with school.write() as write:
        steps.fire(write, school.ids["1.2"], "start")
    return school


def test_the_map_itself_changes_nothing(at_work: Place) -> None:
    assert plan(at_work, running(at_work)).fates == ()


def test_what_is_told_is_what_happens(at_work: Place) -> None:
    """A new edition with every kind of change, taken over whole: states, dates and words are those that were told."""
    place = at_work
    old = running(place)
    keys = [item.key for item in old.items]
    gone = {"1.1", "1.2", keys[5]}
    later = Deadline("до 14 мая 2027", "deadline", None, date(2027, 5, 14))
    often = Deadline("ежемесячно", "recurring", old.period.start, old.period.end, "monthly") if old.period else None

    def change(item: MapItem) -> MapItem | None:
        if item.key in gone:
            return None
        if item.key in (keys[6], keys[7]):
            return replace(item, deadline=later)
        if item.key == keys[8]:
            return replace(item, deadline=often)
        return replace(item, text=f"{item.text} (уточнено)") if item.key == keys[9] else item

    new = edited(old, change)
    extra = MapItem("9.9", "9.9", "Провести родительское собрание", "Провести родительское собрание", deadline=later)
    last = new.sections[-1]
    new = replace(new, sections=(*new.sections[:-1], replace(last, items=(*last.items, extra))))
    told = plan(place, new)
    before = rows(place)
    assert not next(one for one in told.fates if one.activity_id == place.ids["1.1"]).possible, "done stays done"
    chosen = [one.id for one in told.fates if one.possible]
    apply(place, new, told, *chosen)
    after = rows(place)
    for fate in told.fates:
        if fate.activity_id:
            state, row = after[fate.activity_id]
            assert state == fate.becomes, fate
            if fate.change.kind is Kind.REDATED and isinstance(fate.change.after, MapItem):
                assert row.due_on == due_on(fate.change.after.deadline)
    added = [row for id_, (state, row) in after.items() if id_ not in before and state == "planned"]
    assert [(row.text, row.due_on) for row in added] == [(extra.text, date(2027, 5, 14))]
    touched = {fate.activity_id for fate in told.fates}
    for id_, (state, row) in before.items():
        if id_ not in touched:
            assert (state, row.due_on, row.text) == (after[id_][0], after[id_][1].due_on, after[id_][1].text)
    # The same edition again: nothing is left but what could not be done, and what was dropped is not dropped twice.
    left = plan(place, new)
    assert {one.change.kind for one in left.fates} <= {Kind.DROPPED}
    assert [one.activity_id for one in left.fates] == [place.ids["1.1"]]
    with place.read() as read:
        monthly = queries.occurrences(read.session, read.scope, [place.ids[keys[8]]])[place.ids[keys[8]]]
        due = {row.subject_id: row.due_on for row in core_queries.due_of_scope(read.session, read.scope, ("deadline",))}
        road_map = queries.road_map(read.session, read.scope, place.road_map_id)
    assert len(monthly) >= 12, "each month falls due for itself"
    assert due[place.ids[keys[6]]] == "2027-05-14", "the timer follows"
    assert (road_map.edition, road_map.source_code) == (f"редакция от {place.now:%d.%m.%Y}", "own_2027")
    assert all(row.position > 0 for _state, row in after.values())


def test_only_what_was_ticked(at_work: Place) -> None:
    place = at_work
    due = Deadline("до 14 мая 2027", "deadline", None, date(2027, 5, 14))
    new = edited(running(place), lambda item: replace(item, deadline=due))
    told = plan(place, new)
    one = next(fate for fate in told.fates if fate.step)
    before = rows(place)
    apply(place, new, told, one.id)
    for id_, (state, row) in rows(place).items():
        wanted = date(2027, 5, 14) if id_ == one.activity_id else before[id_][1].due_on
        assert (row.due_on, state) == (wanted, before[id_][0])


def test_a_dropped_item_comes_back_with_its_history(at_work: Place) -> None:
    place = at_work
    old = running(place)
    without = edited(old, lambda item: None if item.key == "1.2" else item)
    told = plan(place, without)
    dropped = next(one for one in told.fates if one.change.kind is Kind.DROPPED)
    assert dropped.under_way
    apply(place, without, told, dropped.id)
    assert rows(place)[place.ids["1.2"]][0] == "dropped"
    back = plan(place, old)
    fate = next(one for one in back.fates if one.change.kind is Kind.NEW)
    assert (fate.activity_id, fate.proposed) == (place.ids["1.2"], False)
    apply(place, old, back, fate.id)
    state, row = rows(place)[place.ids["1.2"]]
    assert (state, row.number, row.position) == ("in_progress", "1.2", 2)
    assert plan(place, old).fates == ()


def test_stale_foreign_and_empty_answers_change_nothing(at_work: Place) -> None:
    place = at_work
    due = Deadline("до 14 мая 2027", "deadline", None, date(2027, 5, 14))
    new = edited(running(place), lambda item: replace(item, deadline=due) if item.key == "1.2" else item)
    told = plan(place, new)
    fate = told.fates[0]
    for wrong in ((), ("redated-o999",), (fate.id, "dropped-o0")):
        with pytest.raises(InvalidInput):
            apply(place, new, told, *wrong)
    with pytest.raises(NotPermitted), place.write(RESPONSIBLE) as write:
        apply_edition(write, place.road_map_id, new, {fate.id})
    with pytest.raises(NotFound), place.engine.write(OTHER_SCHOOL, HEAD, now=place.now) as write:
        apply_edition(write, place.road_map_id, new, {fate.id})
    with place.write() as write:
        steps.fire(write, place.ids["1.2"], "reschedule", fields={"due_on": "2027-01-15"}, ground="Каникулы")
    with pytest.raises(ConcurrentTransition):
        apply(place, new, told, fate.id)
    assert rows(place)[place.ids["1.2"]][1].due_on == date(2027, 1, 15)
