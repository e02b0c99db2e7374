"""Profiles from YAML: what is read, and every mistake with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from workflow_core.definition import EventDefinition, GuardUse, StateDefinition, WorkflowDefinition
from workflow_core.exceptions import InvalidDefinition
from workflow_core.guards import Severity
from workflows.organisations.profile_file import Span, check_profiles, library, read_profiles, severity_on

HEAD = "code: {code}\ntitle: Школа\nlayer: organisation\n"


def file(folder: Path, text: str, code: str = "own") -> Path:
    path = folder / f"{code}.yaml"
    path.write_text(HEAD.format(code=code) + text, encoding="utf-8")
    return path


def findings(*paths: Path) -> list[tuple[str, int, int]]:
    return [(one.code, one.line, one.column) for one in library(paths).findings]


@pytest.fixture
def pair() -> dict[str, WorkflowDefinition]:
    form = EventDefinition("form", "Закрепить", sources=("start",), target="formed", guards=(GuardUse("order"),))
    return {
        "pair": WorkflowDefinition("pair", 1, "Пара", "pair", "", {"formed": StateDefinition("formed", "Ок")}, (form,))
    }


def test_file_becomes_settings_and_spans(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "settings: {stuck_days: 10}\n"
        "severities:\n"
        "  pair:\n"
        "    form:\n"
        "      order: off\n"
        "      consents: [{until: 10-31, severity: reason}, {until: 2027-01-01, severity: note}, {severity: block}]\n",
    )

    profile = read_profiles([path]).profiles["own"]

    assert profile.settings == {"stuck_days": 10}
    assert profile.severities["pair", "form", "order"] == (Span(Severity.OFF),)
    assert [(span.until, span.severity) for span in profile.severities["pair", "form", "consents"]] == [
        ("10-31", "reason"),
        ("2027-01-01", "note"),
        ("", "block"),
    ]


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    wrong = file(
        tmp_path,
        "settings:\n  stuck_days: 0\n  nothing: 1\nseverities:\n  pair:\n    form: {order: maybe}\nwhatever: 1\n",
        "one",
    )
    broken = tmp_path / "two.yaml"
    broken.write_text("code: [\n", encoding="utf-8")

    with pytest.raises(InvalidDefinition) as refused:
        read_profiles([wrong, broken])

    text = str(refused.value)
    assert [one.line for one in refused.value.findings if one.file == str(wrong)] == [5, 6, 9, 10]
    for words in ("не меньше 1", "Настройки «nothing» нет", "«maybe» здесь не бывает", "неизвестный ключ", "не YAML"):
        assert words in text


@pytest.mark.parametrize(
    "spans",
    [
        "[]",
        "{severity: block}",
        "[{severity: block}, {severity: note}]",
        '[{until: "10-31", severity: block}]',
        '[{until: "10-32", severity: block}, {severity: note}]',
        '[{until: "05-31", severity: block}, {until: "10-31", severity: note}, {severity: note}]',
        '[{until: "10-31", severity: often}, {severity: note}]',
        '[{until: "10-31", severity: note, why: no}, {severity: note}]',
        "7",
    ],
)
def test_wrong_spans_are_found_where_they_stand(tmp_path: Path, spans: str) -> None:
    path = file(tmp_path, f"severities:\n  pair:\n    form:\n      order: {spans}\n")

    assert findings(path) == [("wrong_severity", 7, 7)]


def test_one_broken_file_leaves_the_others(tmp_path: Path) -> None:
    good, bad = file(tmp_path, "", "good"), file(tmp_path, "layer: moon\n", "bad")

    found = library((good, bad))

    assert list(found.profiles) == ["good"]
    assert found.findings[0].file == str(bad)


def test_bases_must_exist_and_end(tmp_path: Path) -> None:
    paths = [
        file(tmp_path, f"extends: {base}\n", code)
        for code, base in (("one", "two"), ("two", "one"), ("three", "nowhere"))
    ]

    assert [code for code, _line, _column in findings(*paths)] == ["circular_base", "circular_base", "unknown_base"]


def test_base_lies_under_what_extends_it(tmp_path: Path) -> None:
    paths = (file(tmp_path, "", "base"), file(tmp_path, "extends: base\n", "top"))

    assert [one.code for one in library(paths).stacked("top")] == ["base", "top"]
    assert library(paths).stacked("nowhere") == []


def test_same_code_twice_is_refused(tmp_path: Path) -> None:
    first, second = file(tmp_path, "", "own"), tmp_path / "again.yaml"
    second.write_text(HEAD.format(code="own"), encoding="utf-8")

    assert findings(first, second) == [("duplicate_code", 1, 1)]


def test_names_that_no_lifecycle_has_are_found(tmp_path: Path, pair: dict[str, WorkflowDefinition]) -> None:
    path = file(
        tmp_path,
        "settings: {pair.definition: circle}\n"
        "severities:\n"
        "  pair:\n"
        "    form: {order: note, wings: note, four_eyes: block}\n"
        "    fly: {order: note}\n"
        "  circle:\n"
        "    form: {order: note}\n",
    )

    found = check_profiles([path], pair)

    assert [(one.code, one.line) for one in found] == [
        ("unknown_definition", 4),
        ("unknown_guard", 7),
        ("unknown_event", 8),
        ("unknown_definition", 10),
    ]
    assert "есть: order" in found[1].text


@pytest.mark.parametrize(
    ("day", "severity"),
    [(date(2026, 10, 31), "reason"), (date(2026, 11, 1), "note"), (date(2027, 6, 1), "block")],
)
def test_span_ends_with_its_day(day: date, severity: str) -> None:
    spans = (Span(Severity.REASON, "10-31"), Span(Severity.NOTE, "05-31"), Span(Severity.BLOCK))

    assert severity_on(spans, day) == severity
