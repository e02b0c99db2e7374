"""Definitions: reading, the hash of the behaviour, the store form, what a wrong file is answered."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from workflow_core.definition import (
    REMEMBERED,
    SAME,
    START,
    FieldDefinition,
    GuardUse,
    StateDefinition,
    WorkflowDefinition,
)
from workflow_core.definition_reader import read_definitions
from workflow_core.exceptions import Finding, InvalidDefinition, NotFound, TransitionNotAllowed
from workflow_core.guards import Severity

MACHINES = Path(__file__).parent / "machines"
VISIT = MACHINES / "visit.yaml"


@pytest.fixture(scope="module")
def visit() -> WorkflowDefinition:
    return read_definitions([VISIT])[0]


@pytest.fixture(scope="module")
def visit_short() -> WorkflowDefinition:
    return read_definitions([MACHINES / "visit_short.yaml", VISIT])[0]


def findings_of(tmp_path: Path, *texts: str, base: bool = False) -> list[Finding]:
    """What reading these files is answered."""
    paths = [tmp_path / f"{number}.yaml" for number, _ in enumerate(texts)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidDefinition) as refused:
        read_definitions([*paths, VISIT] if base else paths)
    return list(refused.value.findings)


def changed(*replacements: tuple[str, str]) -> str:
    """The sample file with some of its text changed."""
    text = VISIT.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_a_file_becomes_states_and_events_in_its_order(visit: WorkflowDefinition) -> None:
    assert (visit.code, visit.version, visit.subject) == ("visit", 1, "visit")
    assert list(visit.states) == ["planned", "held", "described", "paused", "accepted", "cancelled"]
    assert visit.track == ("planned", "held", "described", "accepted")
    assert visit.final_states == ("accepted", "cancelled")
    assert visit.live_states == ("planned", "held", "described", "paused")
    assert visit.states["planned"] == StateDefinition(
        "planned", "Запланировано", "Запланировано", limit_days=14, limit_setting="visit_days", on_track=True
    )


def test_an_event_carries_everything_that_its_file_says(visit: WorkflowDefinition) -> None:
    hold = visit.event("hold")

    assert (hold.title, hold.done_title, hold.sources, hold.target) == (
        "Отметить посещение",
        "Проведено",
        ("planned",),
        "held",
    )
    assert hold.guards == (GuardUse("room_free", Severity.BLOCK), GuardUse("lesson_in_timetable", Severity.NOTE))
    assert hold.field("topic") == FieldDefinition("topic", "string", "Тема урока", required=True)
    assert hold.field("kind").choices == (("open", "Открытый урок"), ("plain", "Обычный урок"))
    assert visit.event("accept").other_than == ("describe",)
    assert visit.event("accept").then == ("plan_follows",)
    assert visit.event("cancel").ground
    assert not visit.event("cancel").undoable
    assert visit.verb("undo").roles == ("curator", "head")


def test_texts_and_strings_are_erasable_and_a_percent_is_not(visit: WorkflowDefinition) -> None:
    assert visit.event("hold").field("topic").erasable
    assert not visit.event("hold").field("share").erasable
    assert replace(visit.event("hold").field("share"), personal=True).erasable


def test_live_leaves_out_final_and_remembering_states(visit: WorkflowDefinition) -> None:
    assert visit.event("remark").sources == ("planned", "held", "described")
    assert visit.event("cancel").sources == ("planned", "held", "described", "paused")


def test_step_follows_targets_memory_and_self_loops(visit: WorkflowDefinition) -> None:
    assert visit.step(START, "plan") == "planned"
    assert visit.step("held", "remark") == "held"
    assert visit.step("paused", "resume", "described") == "described"
    assert visit.step("accepted", "reopen") == "described"
    assert visit.step("cancelled", "reopen") == "planned"
    assert visit.event("reopen").target_from("cancelled") == "planned"


@pytest.mark.parametrize("remembered", [None, "accepted", "paused", "nowhere"])
def test_resume_refuses_what_could_not_have_been_remembered(visit: WorkflowDefinition, remembered: str | None) -> None:
    with pytest.raises(TransitionNotAllowed):
        visit.step("paused", "resume", remembered)


def test_step_from_a_wrong_state_names_what_is_possible(visit: WorkflowDefinition) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        visit.step("held", "accept")

    assert "«Принять»" in str(refused.value)
    assert refused.value.allowed == ("Описать", "Дополнить", "Отложить", "Отменить")


def test_unknown_names_are_answered_with_the_known_ones(visit: WorkflowDefinition) -> None:
    with pytest.raises(NotFound) as refused:
        visit.event("hould")
    with pytest.raises(NotFound):
        visit.step("held", "hould")

    assert "hold" in refused.value.known
    for ask, what in ((visit.event, "шаг"), (visit.verb, "действие"), (visit.event("hold").field, "поле")):
        with pytest.raises(NotFound) as refused:
            ask("hould")
        assert (refused.value.what, refused.value.key) == (what, "hould")
        assert refused.value.known


def test_only_a_state_that_remembers_has_something_to_remember(visit: WorkflowDefinition) -> None:
    assert visit.remembered_by("paused")
    assert visit.remembered_by("held") == visit.remembered_by("nowhere") == ()


def test_a_definition_is_frozen(visit: WorkflowDefinition) -> None:
    with pytest.raises(FrozenInstanceError):
        visit.code = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        visit.states["new"] = visit.states["held"]  # type: ignore[index]


@pytest.mark.parametrize("name", ["visit", "visit_short"])
def test_the_store_form_gives_the_same_definition_back(name: str, request: pytest.FixtureRequest) -> None:
    definition: WorkflowDefinition = request.getfixturevalue(name)

    again = WorkflowDefinition.from_json(definition.to_json())

    assert again == definition
    assert again.hash == definition.hash
    assert again.events == definition.events
    assert dict(again.states) == dict(definition.states)
    assert again.to_json() == definition.to_json()


def test_a_store_form_of_the_future_is_refused(visit: WorkflowDefinition) -> None:
    stored = json.loads(visit.to_json())
    stored["behaviour"]["format"] = 2

    with pytest.raises(ValueError, match="format"):
        WorkflowDefinition.from_json(json.dumps(stored))


def test_the_hash_is_pinned(visit: WorkflowDefinition) -> None:
    """Rows carry this hash: a change of the canonical form would strand every stored process."""
    assert visit.hash == "bb1e95318dc3c3148518a346992913d2f7e4ffb8fabc634924785136693fe912"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Посещение урока", "title: Посещение занятия"),
        ("version: 1", "version: 2"),
        ("Положение о наставничестве, пункт 3.1", "Положение 2026 года"),
        ("{title: Запланировано,", "{title: В плане,"),
        ("short_title: Описано", "short_title: Выводы"),
        ("title: Отметить посещение", "title: Отметить"),
        ("title: Тема урока", "title: Тема"),
        ("open: Открытый урок", "open: Урок для всех"),
        ("meaning: Наставник записал выводы", "meaning: Есть выводы"),
        ("guards: [room_free, lesson_in_timetable: note]", "guards: [lesson_in_timetable: note, room_free]"),
        ("held: {title: Проведено, track: true}", "held: {title: Проведено}"),
    ],
)
def test_words_and_order_leave_the_hash_alone(visit: WorkflowDefinition, tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "visit.yaml"
    path.write_text(changed((old, new)), encoding="utf-8")

    assert read_definitions([path])[0].hash == visit.hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("code: visit", "code: call"),
        ("final: completed", "final: dissolved"),
        ("lesson_in_timetable: note", "lesson_in_timetable: reason"),
        ("guards: [room_free, ", "guards: ["),
        ("who: [curator, mentor]", "who: [curator]"),
        ("who: [curator, mentor]", "who: [mentor, curator]"),
        ("from: described, to: accepted", "from: [described, held], to: accepted"),
        ("from: held, to: described", "from: held, to: accepted"),
        ("required: true", "required: false"),
        ("type: percent", "type: integer"),
        ("open: Открытый урок, ", ""),
        ("then: [plan_follows]", "then: []"),
        ("does: [note_remark]", "does: []"),
        ("papers: [visit_sheet]", "papers: []"),
        ("other_than: [describe]", "other_than: [hold]"),
        ("ground: true}", "ground: false}"),
        ("undoable: false", "undoable: true"),
        ("correct: {title: Исправить запись, who: [curator]}", "correct: {title: Исправить запись, who: [head]}"),
    ],
)
def test_behaviour_changes_the_hash(visit: WorkflowDefinition, tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "visit.yaml"
    path.write_text(changed((old, new)), encoding="utf-8")

    assert read_definitions([path])[0].hash != visit.hash


# extends


def test_an_extension_adds_drops_retitles_and_tightens(visit_short: WorkflowDefinition) -> None:
    assert list(visit_short.states) == ["planned", "held", "discussed", "paused", "accepted", "cancelled"]
    assert visit_short.states["planned"].title == "В плане"
    assert visit_short.event("hold").title == "Провёл"
    assert visit_short.event("hold").guards == (
        GuardUse("room_free", Severity.BLOCK),
        GuardUse("lesson_in_timetable", Severity.REASON),
        GuardUse("mentor_present", Severity.BLOCK),
    )


def test_a_dropped_state_takes_its_events_along(visit_short: WorkflowDefinition) -> None:
    assert not visit_short.has_event("describe")
    assert visit_short.event("accept").sources == ("discussed",)
    assert visit_short.event("reopen").transitions == (("cancelled", "planned"),)


def test_live_in_the_base_covers_the_states_that_an_extension_adds(visit_short: WorkflowDefinition) -> None:
    assert visit_short.event("remark").transitions == (("planned", SAME), ("held", SAME), ("discussed", SAME))
    assert visit_short.event("resume").target == REMEMBERED
    assert visit_short.remembered_by("paused") == ("planned", "held", "discussed")


def test_an_extension_leaves_its_base_as_it_is(visit: WorkflowDefinition) -> None:
    both = read_definitions(sorted(MACHINES.glob("*.yaml")))

    assert both[0] == visit
    assert both[0].hash == visit.hash


EXTENSION = "code: other\nversion: 1\ntitle: Другое\nextends: visit\n"


@pytest.mark.parametrize(
    ("change", "code", "line", "words"),
    [
        ("tighten:\n  hold:\n    room_free: note\n", "loosened", 7, "только усилить: сейчас block, записано note"),
        ("tighten:\n  hold:\n    roomfree: block\n", "unknown_guard", 7, "есть: room_free, lesson_in_timetable"),
        ("tighten:\n  hould: {room_free: block}\n", "unknown_event", 6, "есть: plan, hold"),
        ("drop:\n  states: [held, heard]\n", "unknown_state", 6, "«heard» нет; есть: planned"),
        ("retitle:\n  events:\n    hould: {title: Провести}\n", "unknown_event", 7, "«hould» нет"),
        ("add:\n  states:\n    held: {title: Было}\n", "already_there", 7, "уже есть"),
        ("add:\n  states:\n    new: {title: Новое, after: heard}\n", "unknown_state", 7, "«heard» нет"),
        (
            "add:\n  events:\n    new: {title: Шаг, from: held, to: held, who: [mentor], after: a}\n",
            "unknown_event",
            7,
            "«a» нет",
        ),
    ],
)
def test_a_wrong_extension_is_named_with_its_place(
    tmp_path: Path, change: str, code: str, line: int, words: str
) -> None:
    findings = findings_of(tmp_path, EXTENSION + change, base=True)

    found = next(finding for finding in findings if finding.code == code)
    assert (found.line, Path(found.file).name) == (line, "0.yaml")
    assert words in found.text


def test_an_unknown_base_and_a_circle_are_refused(tmp_path: Path) -> None:
    one = "code: one\nversion: 1\ntitle: Один\nextends: two\n"
    two = "code: two\nversion: 1\ntitle: Два\nextends: one\n"

    assert {finding.code for finding in findings_of(tmp_path, one, two)} == {"circular_base"}
    assert findings_of(tmp_path, one)[0].code == "unknown_base"


# wrong files


@pytest.mark.parametrize(
    ("old", "new", "code", "at", "words"),
    [
        ("to: accepted,", "to: acepted,", "unknown_state", "to: acepted", "«acepted», а его нет; есть: planned, held"),
        ("from: planned\n", "from: plannned\n", "unknown_state", "from: plannned", "есть: start, planned"),
        ("from: planned\n", "from: [planned, planned]\n", "duplicate_transition", "from: [planned, pl", "дважды"),
        (
            "{from: cancelled, to: planned}",
            "{from: accepted, to: held}",
            "duplicate_transition",
            "from: accepted, to: held",
            "дважды",
        ),
        (
            "from: held, to: described",
            "from: held, to: remembered",
            "nothing_remembered",
            "to: remembered, who: [mentor]",
            "не помнит",
        ),
        (
            "to: planned, who",
            "to: same, who",
            "same_from_start",
            "to: same, who: [curator, mentor], bulk",
            "начинает запись",
        ),
        ("other_than: [describe]", "other_than: [descr]", "unknown_event", "descr]", "шага «descr» нет"),
        ("name: share", "name: topic", "duplicate_field", "{name: topic, type: percent", "«topic»"),
        (
            "[room_free, lesson_in_timetable: note]",
            "[room_free, room_free: note]",
            "duplicate_guard",
            "room_free: note",
            "room_free",
        ),
        ("type: percent", "type: per_cent", "wrong_shape", "type: per_cent", "«per_cent» здесь не бывает; можно: date"),
        ("    to: held\n", "    too: held\n", "wrong_shape", "too: held", "неизвестный ключ; можно: title, done"),
        ("final: cancelled", "final: canceled", "wrong_shape", "final: canceled", "можно: completed, dissolved"),
        ("{days: 14,", "{days: soon,", "wrong_shape", "days: soon", "states.planned.limit.days: нужно целое число"),
        ("bulk: true", "bulk: yes", "wrong_shape", "bulk: yes", "true или false"),
        ("timetable: note", "timetable: hard", "wrong_shape", "lesson_in_timetable: hard", "block, reason, note, off"),
        ("title: Описать,", "title: ' ',", "wrong_shape", "title: ' '", "название пусто"),
        ("choices: {open: Открытый урок, plain: Обычный урок}", "help: нет", "wrong_shape", "type: choice", "choices"),
        ("  undo: {", "  redo: {", "wrong_shape", "redo: {", "можно: enter_as_found, correct, undo"),
        (
            "  held: {title: Проведено, track: true}",
            "  planned: {title: Было}",
            "duplicate_key",
            "planned: {title: Было",
            "«planned»",
        ),
        ("version: 1", "version: [1", "not_yaml", ": Посещение урока", "не YAML"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() and "_" in value and " " not in value else "",
)
def test_a_wrong_file_is_answered_with_place_and_known_names(
    tmp_path: Path, old: str, new: str, code: str, at: str, words: str
) -> None:
    text = changed((old, new))
    before = text[: text.index(at)]

    findings = findings_of(tmp_path, text)

    found = next(finding for finding in findings if finding.code == code)
    assert words in found.text
    assert (found.line, found.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert found.file.endswith("0.yaml")


def test_everything_wrong_in_all_files_is_said_at_once(tmp_path: Path) -> None:
    first = changed(("from: planned\n", "from: plannned\n"), ("to: accepted,", "to: acepted,"))
    second = changed(("code: visit", "code: second"), ("who: [mentor]\n", "whom: [mentor]\n"))

    findings = findings_of(tmp_path, first, second)

    assert [(Path(finding.file).name, finding.line) for finding in findings] == [
        ("0.yaml", 19),
        ("0.yaml", 31),
        ("1.yaml", 16),
        ("1.yaml", 21),
    ]
    assert "ключ обязателен" in findings[2].text


def test_one_code_in_two_files_is_refused(tmp_path: Path) -> None:
    text = VISIT.read_text(encoding="utf-8")

    assert [finding.code for finding in findings_of(tmp_path, text, text)] == ["duplicate_code"]


def test_a_file_that_is_not_there_or_not_text_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "windows.yaml").write_bytes("title: Посещение".encode("cp1251"))
    (tmp_path / "list.yaml").write_text("- 1\n")
    paths = [tmp_path / "windows.yaml", tmp_path / "list.yaml", tmp_path / "none.yaml"]

    with pytest.raises(InvalidDefinition) as refused:
        read_definitions(paths)

    assert {finding.code for finding in refused.value.findings} == {"file_not_utf8", "not_a_mapping", "file_unreadable"}
