"""The shipped maps beside a person's reading of their sources (`expected/*.json`), and beside the sources themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from workflows.road_maps.map_template import MapTemplate, as_contract, shipped_map, shipped_maps

TOTALS = {
    "kakhun_2025": (2, 14),
    "kindergarten_333": (7, 16),
    "school9_2020": (7, 51),
    "tarasovsky_2020": (7, 30),
    "teachers_typical": (8, 22),
}
DEADLINE_KEYS = ["text", "kind", "start", "end", "recurrence", "dates", "certain", "alternatives", "also"]
ITEM_KEYS = ["number", "text", "subpoints", "parent", "documents", "deadline", "responsible", "result", "indicator"]
SAME_WORDS = 8
INITIALS = re.compile(r"\b[А-ЯЁ]\.\s?[А-ЯЁ]\.")


@pytest.fixture
def template(code: str) -> MapTemplate:
    return shipped_map(code)


@pytest.fixture
def shape(template: MapTemplate) -> dict[str, Any]:
    return as_contract(template)


@pytest.fixture
def pairs(shape: dict[str, Any], expected: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(item as shown, item as read) in printed order."""
    items = [item for section in shape["sections"] for item in section["items"]]
    return list(zip(items, expected["items"], strict=True))


def test_shipped_maps_are_the_five_with_their_totals() -> None:
    assert {code: (len(m.sections), len(m.items)) for code, m in shipped_maps().items()} == TOTALS


def test_sections_have_the_numbers_and_sizes_of_the_source(shape: dict[str, Any], expected: dict[str, Any]) -> None:
    assert [[section["number"], len(section["items"])] for section in shape["sections"]] == expected["sections"]


def test_map_facts_are_those_of_the_source(shape: dict[str, Any], expected: dict[str, Any]) -> None:
    period = shape["period"] and [shape["period"]["start"], shape["period"]["end"]]

    assert shape["level"] == expected["level"]
    assert period == expected["period"]
    assert (len(shape["columns"]), len(shape["goals"])) == (expected["columns"], expected["goals"])


def test_numbers_and_parents_are_those_of_the_source(pairs: list[Any]) -> None:
    assert [(shown["number"], shown["parent"]) for shown, _ in pairs] == [
        (read.get("number"), read.get("parent")) for _, read in pairs
    ]


def test_deadlines_are_those_of_the_source(pairs: list[Any]) -> None:
    for shown, read in pairs:
        assert _without_texts(shown["deadline"]) == _filled(read.get("deadline")), shown["number"]


def test_roles_are_those_of_the_source_and_no_person_is_named(pairs: list[Any]) -> None:
    for shown, read in pairs:
        responsible = shown["responsible"]
        assert (responsible and responsible["roles"]) == read.get("roles"), shown["number"]
        assert not responsible or responsible["persons"] == []


def test_documents_are_those_of_the_source(pairs: list[Any]) -> None:
    for shown, read in pairs:
        assert shown["documents"] == read["documents"], shown["number"]


def test_results_indicators_and_subpoints_stand_where_the_source_has_them(pairs: list[Any]) -> None:
    for shown, read in pairs:
        found = (bool(shown["result"]), bool(shown["indicator"]), len(shown["subpoints"]))
        assert found == (read.get("result", False), read.get("indicator", False), read.get("subpoints", 0)), shown


def test_as_printed_tells_what_was_mended_or_inherited(pairs: list[Any]) -> None:
    for shown, read in pairs:
        assert sorted(shown.get("as_printed", {})) == read.get("as_printed", []), shown["number"]
        assert "as_printed" not in shown or shown["as_printed"]


def test_shape_has_exactly_the_keys_of_the_contract(shape: dict[str, Any], pairs: list[Any]) -> None:
    assert list(shape) == [
        "title", "organisation", "approved_by", "period", "level", "columns", "goals", "sections", "warnings",
    ]  # fmt: skip
    assert all(list(section) == ["number", "title", "lead_in", "items"] for section in shape["sections"])
    for shown, _ in pairs:
        assert [key for key in shown if key != "as_printed"] == ITEM_KEYS
        for deadline in _all_deadlines(shown["deadline"]):
            assert list(deadline) == DEADLINE_KEYS
    assert all(list(warning) == ["place", "code", "message"] for warning in shape["warnings"])


def test_every_key_is_unique_and_finds_its_item(template: MapTemplate) -> None:
    assert all(template.item(item.key) is item for item in template.items)


def test_numbers_are_keys_only_where_they_are_unique() -> None:
    assert shipped_map("school9_2020").item("6.5.1").key == "6.5.1"
    assert shipped_map("kindergarten_333").item("2/1").number == "1"
    assert shipped_map("kakhun_2025").item("2/2").number is None


def test_heading_item_has_its_children() -> None:
    school = shipped_map("school9_2020")

    assert [item.number for item in school.children(school.item("6.5"))] == ["6.5.1", "6.5.2"]
    assert school.children(school.item("6.4")) == ()


def test_no_text_names_a_person_or_a_year(template: MapTemplate) -> None:
    for text in _texts(template):
        assert not INITIALS.search(text), text
    for item in template.items:
        assert not re.search(r"\b20\d\d\b", item.text), item.text


def test_no_surname_of_the_sources_is_shipped(template: MapTemplate, seeds: dict[str, str]) -> None:
    printed = re.findall(r"[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?([А-ЯЁ][а-яё]{3,})", "\n".join(seeds.values()))
    surnames = {name[:-1].lower() for name in printed}  # without the ending: other cases are found too

    assert len(surnames) == 4
    for text in _texts(template):
        assert not [name for name in surnames if name in text.lower()]


def test_texts_are_worded_afresh(template: MapTemplate, seeds: dict[str, str]) -> None:
    printed = {run for text in seeds.values() for run in _runs(text)}

    assert len(printed) > 2000
    copied = [" ".join(run) for text in _texts(template) for run in _runs(text) if run in printed]
    assert copied == []


def test_acceptance_follows_the_result_unless_the_map_says_otherwise() -> None:
    school, district = shipped_map("school9_2020"), shipped_map("tarasovsky_2020")

    assert [school.item(number).acceptance for number in ("1.1", "4.2", "4.1", "6.5", "7.1")] == [
        "paper", "none", "none", "none", "paper",
    ]  # fmt: skip
    assert [district.item(number).acceptance for number in ("1.6", "6.1", "6.2")] == ["district", "district", "none"]


@pytest.mark.parametrize(
    ("code", "number", "proofs"),
    [
        ("teachers_typical", "1.1", ["order", "pair_assignment_order", "individual_plans"]),
        ("school9_2020", "1.4", ["order", "regulation", "roadmap"]),
        ("school9_2020", "4.17", ["pair_assignment_order", "formed_pairs"]),
        ("kakhun_2025", "1/7", ["personal_data_consents"]),
        ("kindergarten_333", "1/2", ["pair_assignment_order", "duty_consents"]),
    ],
)
def test_several_results_are_several_lines_of_evidence(code: str, number: str, proofs: list[str]) -> None:
    assert [line.document or line.fact for line in shipped_map(code).item(number).evidence] == proofs


def test_only_the_district_repeats_items_by_organisation(template: MapTemplate) -> None:
    single = [item.number for item in template.items if not item.by_organisation]

    assert template.level == "municipality" or len(single) == len(template.items)
    assert template.level != "municipality" or single == ["1.1", "1.2", "5.2", "6.2", "7.2"]
    assert all(line.per_organisation is item.by_organisation for item in template.items for line in item.evidence)


def _texts(template: MapTemplate) -> Iterator[str]:
    """Every worded text; headers of columns and deadlines are facts of the source and stay as printed."""
    yield from (template.title, template.source, *template.goals, *(w.message for w in template.warnings))
    for section in template.sections:
        yield from filter(None, (section.title, section.short_title, section.lead_in))
    for item in template.items:
        yield from (item.text, item.short_title, *(line.title for line in item.evidence))
        yield from filter(None, (item.result, item.indicator, *item.as_printed.values()))
        if item.responsible:
            yield item.responsible.text


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"[а-яa-z0-9]+", text.lower().replace("ё", "е"))
    return (tuple(words[i : i + SAME_WORDS]) for i in range(len(words) - SAME_WORDS + 1))


def _all_deadlines(deadline: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    if deadline:
        yield deadline
        for other in (*deadline["alternatives"], *deadline["also"]):
            yield from _all_deadlines(other)


def _without_texts(deadline: dict[str, Any] | None) -> dict[str, Any] | None:
    if deadline is None:
        return None
    return {
        **{key: value for key, value in deadline.items() if key != "text"},
        "alternatives": [_without_texts(other) for other in deadline["alternatives"]],
        "also": [_without_texts(other) for other in deadline["also"]],
    }


def _filled(read: dict[str, Any] | None) -> dict[str, Any] | None:
    """A reading with the empty fields that it leaves out."""
    if read is None:
        return None
    return {
        "kind": read["kind"],
        "start": read.get("start"),
        "end": read.get("end"),
        "recurrence": read.get("recurrence"),
        "dates": read.get("dates", []),
        "certain": read.get("certain", True),
        "alternatives": [_filled(other) for other in read.get("alternatives", [])],
        "also": [_filled(other) for other in read.get("also", [])],
    }
