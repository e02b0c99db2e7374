"""The step table against `transitions` itself, over every definition that is installed or shipped."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from workflow_core.definition import START, WorkflowDefinition
from workflow_core.definition_reader import read_definitions
from workflow_core.diagram import diagram
from workflow_core.exceptions import TransitionNotAllowed
from workflow_core.machine import compile_steps, reference_machine, reference_step

ROOT = Path(__file__).parents[3]
SAMPLES = sorted((Path(__file__).parent / "machines").glob("*.yaml"))
STEPS = 4000


def definition_files() -> list[Path]:
    """Samples, and every YAML of the shipped packages that has states or extends something that has."""
    shipped = [path for room in ("workflows", "plugins") for path in sorted((ROOT / room).rglob("*.yaml"))]
    return [*SAMPLES, *(path for path in shipped if is_definition(path.read_text(encoding="utf-8")))]


def is_definition(text: str) -> bool:
    keys = {line.split(":")[0] for line in text.splitlines() if line[:1].isalpha()}
    extension = {"code", "version", "title", "extends", "basis", "add", "drop", "retitle", "tighten", "verbs"}
    return {"code", "version", "states", "events"} <= keys or ({"code", "extends"} <= keys and keys <= extension)


DEFINITIONS = {definition.code: definition for definition in read_definitions(definition_files())}


@pytest.fixture(params=DEFINITIONS)
def definition(request: pytest.FixtureRequest) -> WorkflowDefinition:
    return DEFINITIONS[request.param]


def outcome(step: object, *arguments: object) -> str:
    """The target, or the sentence of the refusal."""
    try:
        return step(*arguments)  # type: ignore[operator,no-any-return]
    except TransitionNotAllowed as error:
        return f"refused: {error}"


def test_the_walk_covers_what_is_shipped() -> None:
    assert {"visit", "visit_short", "pair", "pair_teachers", "act", "consent", "stage", "activity"} <= set(DEFINITIONS)


def test_random_steps_agree_with_transitions(definition: WorkflowDefinition) -> None:
    machine = reference_machine(definition)
    chance = random.Random(definition.code)
    events = [event.name for event in definition.events]
    memories = [None, *definition.states]
    state, remembered, moved = START, None, 0
    for _ in range(STEPS):
        event, memory = chance.choice(events), chance.choice([remembered, chance.choice(memories)])
        ours = outcome(definition.step, state, event, memory)
        assert ours == outcome(reference_step, machine, state, event, memory)
        if not ours.startswith("refused"):
            remembered = state if definition.states[ours].remembers and ours != state else remembered
            state, moved = ours, moved + 1
        if state in definition.final_states and chance.random() < 0.2:
            state, remembered = START, None
    assert moved > STEPS / 50


def test_every_state_and_event_agrees_with_transitions(definition: WorkflowDefinition) -> None:
    machine = reference_machine(definition)
    for state in (START, *definition.states):
        for event in definition.events:
            for remembered in (None, *definition.states):
                ours = outcome(definition.step, state, event.name, remembered)
                assert ours == outcome(reference_step, machine, state, event.name, remembered)


def test_a_table_is_compiled_once_for_a_hash(definition: WorkflowDefinition) -> None:
    again = WorkflowDefinition.from_json(definition.to_json())

    assert compile_steps(definition) is compile_steps(again)


def test_the_reference_machine_has_no_model_and_no_events_of_its_own() -> None:
    definition = DEFINITIONS["visit"]
    machine = reference_machine(definition)

    assert list(machine.models) == []
    assert set(machine.events) == {event.name for event in definition.events}


def test_the_store_form_of_every_definition_gives_it_back(definition: WorkflowDefinition) -> None:
    assert WorkflowDefinition.from_json(definition.to_json()) == definition


def test_a_diagram_shows_titles_arrows_and_the_active_state() -> None:
    text = diagram(DEFINITIONS["visit"], active="held")

    assert text.startswith("stateDiagram-v2\n")
    assert 'state "Проведено" as s_held' in text
    assert "[*] --> s_planned : Запланировать" in text
    assert "s_paused --> s_described : Вернуться" in text
    assert "s_held --> s_held : Дополнить" in text
    assert "s_accepted --> [*]" in text
    assert "class s_held active" in text


def test_a_diagram_of_no_process_marks_nothing() -> None:
    assert "classDef" not in diagram(DEFINITIONS["visit"])
