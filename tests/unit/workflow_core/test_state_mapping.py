"""What a state is called in another edition: kept names, other names, memories, and what can't be carried."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow_core.definition import START, WorkflowDefinition
from workflow_core.definition_reader import read_definitions
from workflow_core.state_mapping import NOWHERE, NotCarried, StateMapping

MACHINES = Path(__file__).parent / "machines"


@pytest.fixture(scope="module")
def visit() -> WorkflowDefinition:
    return read_definitions([MACHINES / "visit.yaml"])[0]


@pytest.mark.parametrize(
    ("states", "remembered", "before", "after"),
    [
        ({}, {}, ("held", ""), ("held", "")),
        ({"seen": "held"}, {}, ("seen", ""), ("held", "")),
        ({}, {}, ("paused", "held"), ("paused", "held")),
        ({"seen": "held"}, {}, ("paused", "seen"), ("paused", "held")),
        ({"seen": "held"}, {"seen": "planned"}, ("paused", "seen"), ("paused", "planned")),
        # A state without a memory becomes one that remembers: it remembers itself, or what the mapping says.
        ({"planned": "paused"}, {"planned": "held"}, ("planned", ""), ("paused", "held")),
        # A memory is dropped where nothing is remembered any more.
        ({"paused": "held"}, {}, ("paused", "described"), ("held", "")),
        ({}, {}, (START, ""), (START, "")),
    ],
)
def test_state_and_memory_are_carried(
    visit: WorkflowDefinition,
    states: dict[str, str],
    remembered: dict[str, str],
    before: tuple[str, str],
    after: tuple[str, str],
) -> None:
    assert StateMapping("old", states, remembered).carry(visit, *before) == after


@pytest.mark.parametrize(
    ("states", "before", "words"),
    [
        ({}, ("seen", ""), "нет состояния «seen»"),
        ({"held": "seen"}, ("held", ""), "нет состояния «seen»"),
        ({}, ("paused", "seen"), "«seen» по новым правилам оттуда не вернуться"),
        ({}, ("paused", "accepted"), "«accepted» по новым правилам оттуда не вернуться"),
        ({"held": "paused"}, ("held", "paused"), "«paused» по новым правилам"),
    ],
)
def test_what_has_no_counterpart_is_told(
    visit: WorkflowDefinition, states: dict[str, str], before: tuple[str, str], words: str
) -> None:
    mapping = StateMapping("old", states)

    with pytest.raises(NotCarried, match=words):
        mapping.carry(visit, *before)
    assert mapping.back(visit, *before) == (NOWHERE, "")


def test_mapping_comes_back_from_the_history_as_it_was(visit: WorkflowDefinition) -> None:
    mapping = StateMapping("old", {"seen": "held"}, {"seen": "planned"})

    assert StateMapping.from_inputs(mapping.inputs()) == mapping
    assert StateMapping.from_inputs({}) == StateMapping("")
    assert StateMapping.from_inputs({"from": "old", "states": ["seen"]}) == StateMapping("old")
    assert (mapping.name(visit, "seen"), mapping.name(visit, "lost")) == ("held", NOWHERE)
