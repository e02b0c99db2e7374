"""Each finding of the lint, made by changing one thing in a definition that has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow_core.definition_reader import read_definitions
from workflow_core.exceptions import Finding
from workflow_core.guards import Guard
from workflow_core.lint import KnownNames, lint, lint_guards

VISIT = Path(__file__).parent / "machines" / "visit.yaml"
KNOWN = KnownNames(
    guards=frozenset({"room_free", "lesson_in_timetable"}),
    facts=frozenset({"rooms"}),
    roles=frozenset({"curator", "mentor", "head", "administrator"}),
    kinds=frozenset({"visit_sheet"}),
    consequences=frozenset({"plan_follows"}),
    effects=frozenset({"note_remark"}),
    settings=frozenset({"visit_days"}),
)


def linted(path: Path, *replacements: tuple[str, str], known: KnownNames = KNOWN) -> list[Finding]:
    text = VISIT.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    file = path / "visit.yaml"
    file.write_text(text, encoding="utf-8")
    return lint(read_definitions([file])[0], known)


def test_a_sound_definition_has_no_findings(tmp_path: Path) -> None:
    assert linted(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("  paused:", "  lost: {title: Забыто, final: cancelled}\n  paused:", "unused_state", "«Забыто» (lost)"),
        ("from: planned\n", "from: described\n", "unreachable_state", "«Проведено» (held)"),
        ("from: start, to: planned", "from: held, to: planned", "no_beginning", "from: start"),
        ("to: accepted, who", "to: accepted, reopens: true, who", "reopens_nothing", "«Принять» (accept)"),
        ("    reopens: true\n", "", "exit_from_final", "accepted, cancelled"),
        ("from: paused, to: remembered", "from: paused, to: held", "never_resumed", "«Отложено» (paused)"),
        ("from: live, to: paused", "from: [start, held], to: paused", "nothing_to_remember", "start"),
        (
            "title: Описано, short_title: Описано",
            "title: Описано, short_title: Описано наставником",
            "long_short_title",
            "15",
        ),
        ("{title: Отложено,", "{title: Описано,", "same_title", "названы одинаково"),
        ("title: Отложить", "title: Дополнить", "same_title", "две кнопки «Дополнить»"),
        ("who: [curator, mentor]", "who: []", "event_without_roles", "есть: administrator, curator, head, mentor"),
        ("who: [curator, mentor]", "who: [currator]", "unknown_role", "роль «currator»"),
        (
            "undo: {title: Отменить последний шаг, who: [curator, head]}",
            "undo: {title: Назад, who: [boss]}",
            "unknown_role",
            "boss",
        ),
        ("guards: [room_free]}", "guards: [rooms_free]}", "unknown_guard", "есть: lesson_in_timetable, room_free"),
        ("papers: [visit_sheet]", "papers: [visit_card]", "unknown_kind", "visit_card"),
        ("then: [plan_follows]", "then: [plan_goes]", "unknown_consequence", "есть: plan_follows"),
        ("does: [note_remark]", "does: [remark]", "unknown_effect", "есть: note_remark"),
        ("setting: visit_days", "setting: visits", "unknown_setting", "есть: visit_days"),
        ("planned: {title: Запланировано, track: true,", "planned: {title: Запланировано,", "track_start", "«held»"),
        ("remembers: true}", "remembers: true, track: true}", "track_state", "«Отложено» (paused)"),
    ],
)
def test_a_finding_names_the_offender_and_what_is_known(
    tmp_path: Path, old: str, new: str, code: str, words: str
) -> None:
    findings = [finding for finding in linted(tmp_path, (old, new)) if finding.code == code]

    assert findings
    assert words in findings[0].text
    assert findings[0].file == "visit"


def test_a_state_from_which_no_end_can_be_reached_is_a_trap(tmp_path: Path) -> None:
    findings = linted(
        tmp_path,
        ("from: described, to: accepted", "from: held, to: accepted"),
        ("from: any_live, to: cancelled", "from: planned, to: cancelled"),
        ("from: live, to: paused", "from: planned, to: paused"),
        (
            "remark: {title: Дополнить, done: Дополнено, from: live",
            "remark: {title: Дополнить, done: Дополнено, from: held",
        ),
    )

    assert [finding.code for finding in findings] == ["no_exit", "track_order"]
    assert "«Описано» (described)" in findings[0].text


def test_two_states_that_only_lead_to_each_other_are_traps(tmp_path: Path) -> None:
    findings = linted(
        tmp_path,
        ("from: described, to: accepted", "from: planned, to: accepted"),
        ("from: any_live, to: cancelled", "from: planned, to: cancelled"),
        ("from: live, to: paused", "from: planned, to: paused"),
        ("from: live, to: same", "from: described, to: held"),
    )

    assert [finding.code for finding in findings if finding.code == "trap"] == ["trap", "trap"]


def test_a_strip_of_steps_in_the_wrong_order_is_found(tmp_path: Path) -> None:
    findings = linted(
        tmp_path,
        ("  cancelled: {title: Отменено, final: cancelled}\n", ""),
        ("states:\n", "states:\n  cancelled: {title: Отменено, final: cancelled, track: true}\n"),
        ("      - {from: cancelled, to: planned}\n", ""),
    )

    assert {"track_start", "track_state", "track_order"} <= {finding.code for finding in findings}


def test_an_empty_strip_of_steps_is_found(tmp_path: Path) -> None:
    text = [(", track: true", "")] * 4

    assert [finding.code for finding in linted(tmp_path, *text)] == ["no_track"]


def test_a_document_that_nobody_makes_is_only_a_warning(tmp_path: Path) -> None:
    findings = linted(tmp_path, ("papers: [visit_sheet]", "papers: [visit_card]"))

    assert [finding.severity for finding in findings] == ["warning"]


def test_a_guard_that_asks_for_an_unknown_fact_is_found() -> None:
    guard = Guard("room_free", "кабинет свободен", lambda facts, actor, event, on_date: (), needs=("rooms", "keys"))

    findings = lint_guards([guard], KNOWN)

    assert [(finding.code, "«keys»" in finding.text) for finding in findings] == [("unknown_fact", True)]
