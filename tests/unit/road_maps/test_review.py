"""A reading under review: what is asked, what an answer changes, and that nothing of the reading gets lost."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.unit.road_maps.reading_sample import deadline, sample
from workflows.road_maps.review import Review, review

TODAY = date(2026, 11, 22)


def reviewed(**answers: Any) -> Review:
    return review(sample(), answers, TODAY)


def test_everything_doubtful_is_asked_once_and_named_by_item_and_field() -> None:
    found = reviewed()

    assert [doubt.id for doubt in found.doubts] == [
        "1-2.deadline",
        "1-3.responsible.shifted_row",
        "2-1.deadline",
        "2-2.number",
    ]
    assert [warning["code"] for warning in found.remarks] == ["torn_row"]
    assert [left.text for left in found.leftovers] == ["Провести ярмарку проектов"]


def test_a_doubtful_year_offers_the_guess_first_then_what_is_printed() -> None:
    doubt = reviewed().doubt("2-1.deadline")
    assert doubt is not None

    assert doubt.question == "Срок «До мая 2026»: какой год верный?"
    assert doubt.note == "Год раньше начала плана."
    assert [(answer.value, answer.label, answer.why, answer.guess) for answer in doubt.answers] == [
        ("keep", "до 30 апреля 2027", "по учебному году карты", True),
        ("0", "до 30 апреля 2026", "как напечатано: срок уже прошёл", False),
        ("typed", "другой срок", "", False),
    ]


def test_an_answer_settles_its_doubt_and_stays_counted() -> None:
    certain = {"deadline": {**deadline("До мая 2026", "2027-04-30")}}
    found = reviewed(items={"2-1": certain}, settled={"2-1.deadline": "keep"})

    assert (len(found.doubts), len(found.open_doubts)) == (4, 3)
    assert found.item("2-1").values["deadline"]["end"] == "2027-04-30"  # type: ignore[union-attr]


def test_a_plan_without_any_deadlines_is_not_asked_for_them() -> None:
    reading = sample()
    for section in reading["sections"]:
        for one in section["items"]:
            one["deadline"] = None

    found = review(reading, {}, TODAY)

    assert [doubt.id for doubt in found.doubts] == [
        "1-3.responsible.shifted_row",
        "2-1.deadline.year_slip",
        "2-2.number",
    ]


def test_added_items_follow_the_one_they_were_added_after_and_removed_ones_can_come_back() -> None:
    added = [
        {"id": "n1", "section": "1", "after": "1-1"},
        {"id": "n2", "section": "1", "after": "n1"},
        {"id": "n3", "section": "1", "after": ""},
    ]
    found = reviewed(added=added, removed=["1-2"], items={"n1": {"text": "Новый"}})
    first = found.sections[0]

    assert [item.id for item in first.items] == ["n3", "1-1", "n1", "n2", "1-2", "1-3"]
    assert [item.id for item in first.kept] == ["n3", "1-1", "n1", "n2", "1-3"]
    assert found.item("1-2") is not None
