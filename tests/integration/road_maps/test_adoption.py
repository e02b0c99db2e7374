"""Each shipped map taken into work: sections, items, dates, what was found done, who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.road_maps.conftest import HEAD, RESPONSIBLE, RESPONSIBLE_PERSON, Place
from workflow_core import queries as core_queries
from workflow_core.exceptions import InvalidInput, NotFound, NotPermitted
from workflow_core.verification import verify
from workflows.road_maps import queries, views
from workflows.road_maps.map_template import as_contract, shipped_map
from workflows.road_maps.operations import FoundItem
from workflows.road_maps.running_map import running_contract

SIZES = {
    "teachers_typical": [6, 2, 2, 4, 3, 3, 1, 1],
    "kakhun_2025": [12, 2],
    "tarasovsky_2020": [9, 5, 7, 2, 3, 2, 2],
    "kindergarten_333": [3, 2, 2, 2, 3, 3, 1],
    "school9_2020": [8, 5, 1, 26, 3, 7, 1],
}
STARTS = {"school9_2020": date(2026, 1, 1), "tarasovsky_2020": date(2026, 1, 1)}


@pytest.mark.parametrize("code", SIZES)
def test_every_shipped_map_runs_with_all_sections_and_items(school: Place, code: str) -> None:
    school.adopt(code, STARTS.get(code, date(2026, 9, 1)))

    with school.read() as read:
        page = views.map_page(read, school.road_map_id)

    assert [len(section.items) for section in page.sections] == SIZES[code]
    assert (page.state, page.state_title, page.note) == ("draft", "Проект", "Карта ещё не утверждена")
    assert {section.state for section in page.sections} == {"planned"}
    assert page.counts.total == page.counts.planned == sum(SIZES[code])
    assert [item.text for section in page.sections for item in section.items] == [
        item.text for item in shipped_map(code).items
    ]


def test_dates_move_to_the_year_of_the_adoption(school: Place) -> None:
    school.adopt("school9_2020", date(2026, 1, 1))

    dates = {key: school.activity(key).due_on for key in ("1.1", "4.2", "4.25", "2.2", "6.5", "4.24")}

    assert dates == {
        "1.1": date(2026, 6, 3),
        "4.2": date(2026, 9, 15),
        "4.25": date(2027, 5, 31),
        "2.2": None,
        "6.5": None,
        "4.24": date(2027, 5, 31),
    }
    assert school.activity("6.5.1").parent_id == school.ids["6.5"]


def test_a_running_map_prints_in_the_shape_of_the_contract(school: Place) -> None:
    school.adopt("kakhun_2025", date(2025, 9, 1))

    with school.read() as read:
        printed = running_contract(read.session, school.scope, school.road_map_id)

    assert printed == as_contract(shipped_map("kakhun_2025"))


def test_an_item_found_done_is_never_overdue_and_the_section_follows(school: Place) -> None:
    done = {
        "1.1": FoundItem(date(2026, 6, 1), "Приказ № 12 лежит в деле 01-05"),
        "1.2": FoundItem(date(2026, 7, 10)),
        "5.1": FoundItem(date(2026, 9, 28)),
        "5.2": FoundItem(date(2026, 10, 1)),
        "5.3": FoundItem(date(2026, 11, 2), state="not_needed"),
    }

    school.adopt("school9_2020", date(2026, 1, 1), done)

    with school.read(datetime(2027, 8, 1, 9, tzinfo=UTC)) as read:
        items = {item.key: item for item in views.find_items(read)}
    assert (items["1.1"].state, items["1.1"].since, items["1.1"].overdue) == ("done", date(2026, 6, 1), False)
    assert items["1.2"].lateness.finished_late_by_days == 18
    assert items["1.3"].overdue
    assert items["5.3"].state == "not_needed"
    assert (school.stage_state("1.1"), school.stage_state("5.1"), school.stage_state("2.1")) == (
        "running",
        "completed",
        "planned",
    )


def test_found_items_and_planned_ones_stand_in_the_history_and_it_verifies(school: Place) -> None:
    school.adopt("school9_2020", date(2026, 1, 1), {"1.1": FoundItem(date(2026, 6, 1))})

    with school.read() as read:
        entries = core_queries.entries_of(read.session, school.scope, [school.ids["1.1"], school.ids["1.3"]])
        steps = {key: [e.event for e in entries[school.ids[key]] if e.kind == "step"] for key in ("1.1", "1.3")}
        verdict = verify(read)
    assert steps == {"1.1": ["enter_as_found"], "1.3": ["plan"]}
    assert (verdict.ok, verdict.problems) == (True, [])


@pytest.mark.parametrize(
    ("done", "wrong"),
    [
        ({"1.1": FoundItem(date(2027, 1, 1))}, InvalidInput),
        ({"1.1": FoundItem(date(2026, 6, 1), state="in_progress")}, InvalidInput),
        ({"9.9": FoundItem(date(2026, 6, 1))}, NotFound),
    ],
)
def test_what_was_found_is_checked(school: Place, done: dict[str, FoundItem], wrong: type[Exception]) -> None:
    with pytest.raises(wrong):
        school.adopt("school9_2020", date(2026, 1, 1), done)

    with school.read() as read:
        assert queries.road_maps(read.session, school.scope) == []


def test_a_map_is_not_taken_twice_for_one_period(school: Place) -> None:
    school.adopt("kakhun_2025")

    with pytest.raises(InvalidInput, match="уже взята"):
        school.adopt("kakhun_2025")
    school.adopt("kakhun_2025", date(2027, 9, 1))


def test_a_head_may_take_a_map_and_a_mentor_may_not(school: Place) -> None:
    school.adopt("kindergarten_333", actor=HEAD, done={"1/1": FoundItem(date(2026, 9, 3))})

    with pytest.raises(NotPermitted):
        school.adopt("kakhun_2025", actor=RESPONSIBLE)


def test_responsible_people_are_named_at_once(school: Place) -> None:
    school.adopt("kakhun_2025", responsible={"1/1": RESPONSIBLE_PERSON})

    with school.read() as read:
        mine = views.find_items(read, views.ItemFilter(responsible_person_id=RESPONSIBLE_PERSON))
    assert [(item.key, item.responsible_text) for item in mine] == [("1/1", "Заяц В. С.")]


def test_the_default_acceptance_is_a_setting(school: Place, setting: Callable[[str, Any], None]) -> None:
    setting("acceptance.default", "head")

    school.adopt("school9_2020", date(2026, 1, 1))

    assert (school.activity("1.1").acceptance, school.activity("2.1").acceptance) == ("paper", "head")


def test_each_term_is_an_occurrence_and_those_gone_by_are_not_held_against_anybody(school: Place) -> None:
    school.adopt("teachers_typical")
    key = next(item.key for item in shipped_map("teachers_typical").items if item.occurs_by_date)

    with school.read() as read:
        times = queries.occurrences(read.session, school.scope, [school.ids[key]])[school.ids[key]]
        item = views.item_page(read, school.ids[key]).item

    assert [(time.label, time.before_adoption) for time in times] == [
        ("I четверть 2026/27", True),
        ("II четверть 2026/27", False),
        ("III четверть 2026/27", False),
        ("IV четверть 2026/27", False),
    ]
    assert (item.overdue, item.lateness.next_due) == (False, date(2026, 12, 28))


def test_the_number_of_statements_of_a_page_does_not_grow_with_the_items(school: Place) -> None:
    school.adopt("school9_2020", date(2026, 1, 1))
    school_of_51 = school.road_map_id
    school.adopt("kakhun_2025")

    assert statements(school, school_of_51) <= statements(school, school.road_map_id) + 2


def statements(place: Place, road_map_id: str) -> int:
    """How many statements the page of a map takes."""
    seen: list[str] = []
    with place.read() as read:
        connection = read.session.connection()
        sa.event.listen(connection, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        views.map_page(read, road_map_id)
    return len(seen)


def test_another_organisation_s_map_is_not_found(school: Place) -> None:
    school.adopt("kakhun_2025")
    other = Place(school.engine, school.now, school.figures, "0" * 31 + "2")

    with other.read() as read, pytest.raises(NotFound):
        views.map_page(read, school.road_map_id)
    with other.read() as read, pytest.raises(NotFound):
        views.item_page(read, school.ids["1/1"])
