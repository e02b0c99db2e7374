"""From a reviewed reading to a map: what it keeps, what it leaves in the file, what it can't do without."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.road_maps.reading_sample import sample
from workflow_core.exceptions import InvalidInput
from workflows.road_maps.accepting import body, evidence, persons, problems, shortened, without_persons
from workflows.road_maps.map_template import MapTemplate, from_body
from workflows.road_maps.review import Review, review


def reviewed(**answers: Any) -> Review:
    return review(sample(), {"items": {"2-2": {"number": "2"}}, **answers}, date(2026, 11, 22))


def accepted(**answers: Any) -> MapTemplate:
    return from_body(body(reviewed(**answers), "own_1", "Ваш файл"), "own_1")


def test_the_map_says_what_the_file_says() -> None:
    made = accepted()

    assert made.title == "Дорожная карта наставничества"
    assert made.period is not None
    assert (made.period.start, made.period.end) == (date(2026, 9, 1), date(2027, 8, 31))
    assert [(section.number, section.title, len(section.items)) for section in made.sections] == [
        ("1", "Подготовка", 3),
        ("2", "Работа", 2),
    ]
    assert [item.key for item in made.items] == ["1/1", "1/2", "1/3", "2/1", "2/2"]
    assert made.item("1/1").result == "Приказ"
    assert not made.item("2/1").deadline.certain  # type: ignore[union-attr]


def test_no_name_gets_into_the_map_and_those_of_the_file_are_proposed() -> None:
    text = str(body(reviewed(), "own_1", "Ваш файл"))

    assert "Орлов" not in text
    assert accepted().item("1/3").responsible.text == "Директор"  # type: ignore[union-attr]
    assert persons(reviewed()) == {"1-3": ("Орлова О.П.",)}


def test_acceptance_and_evidence_are_proposed_from_the_papers() -> None:
    made = accepted()

    assert (made.item("1/1").acceptance, made.item("1/2").acceptance) == ("paper", "none")
    assert [(line.kind, line.document or line.fact) for line in made.item("1/2").evidence] == [
        ("fact", "personal_data_consents_mentors"),
        ("count", "mentor_bank"),
    ]
    assert evidence(["personalised_programme", "individual_plan", "event", "unheard_of"]) == [
        {"title": "Персонализированные программы пар", "kind": "fact", "fact": "individual_plans"}
    ]


def test_removed_items_and_empty_sections_stay_out() -> None:
    made = accepted(removed=["1-2", "2-1", "2-2"])

    assert [section.title for section in made.sections] == ["Подготовка"]
    assert [item.number for item in made.items] == ["1", "3"]


def test_what_is_missing_is_named_all_at_once() -> None:
    reading = sample() | {"title": "", "period": None}
    reading["sections"][1]["title"] = ""
    found = review(reading, {"items": {"1-1": {"text": " "}}}, date(2026, 11, 22))

    assert set(problems(found)) == {"about.title", "about.period", "section.2", "item.1-1", "item.2-2"}
    with pytest.raises(InvalidInput, match="стоит в разделе дважды"):
        body(found, "own_1", "Ваш файл")


@pytest.mark.parametrize(
    ("text", "names", "kept"),
    [
        ("Куратор ЦМН - заместитель директора Е.В. Шевцова", ["Шевцова Е.В."], "Куратор ЦМН - заместитель директора"),
        ("Директор А. В. Уварова, куратор", ["А. В. Уварова"], "Директор, куратор"),
        ("Орлова О.П., директор", ["Орлова О.П."], "директор"),
        ("под руководством Орловой О. П.; психолог", ["Орлова О. П."], "под руководством; психолог"),
        ("Орлова Ольга Петровна", ["Орлова Ольга Петровна"], ""),
        ("Ответственный (Лис В. И.)", ["Лис В. И."], "Ответственный"),
        ("Лиса нет", ["Лис В. И."], "Лиса нет"),
        ("Директор", [], "Директор"),
    ],
)
def test_names_leave_and_posts_stay(text: str, names: list[str], kept: str) -> None:
    assert without_persons(text, names) == kept


def test_a_short_title_ends_before_the_first_point_and_at_a_word() -> None:
    assert shortened("Провести: 1) сбор; 2) отбор", ["1) сбор;"]) == "Провести"
    assert shortened("слово " * 40).endswith("слово…")
    assert shortened("1) сбор", ["1) сбор"]) == "1) сбор"
