"""How a state of one edition of a lifecycle is called in another one: what a migration does to a process, and its replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow_core.definition import START, WorkflowDefinition
from workflow_core.exceptions import WorkflowError
from workflow_core.guards import EMPTY

NOWHERE = ""
"""A state of before that the new edition has no counterpart of."""


class NotCarried(WorkflowError):
    """A process can't stand in the new edition: its state, or what it remembers, has no counterpart there."""


@dataclass(frozen=True, slots=True)
class StateMapping:
    """Old name -> new name; a state that is not named keeps its name where the new edition has it too."""

    source: str
    """Hash of the definition that is left."""
    states: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    remembered: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Where what is remembered goes elsewhere than the state of that name, and what is remembered from now on by a process
    whose old state had no memory and whose new one has."""

    def carry(self, target: WorkflowDefinition, state: str, remembered: str = "") -> tuple[str, str]:
        """State and what is remembered in `target`. Raises NotCarried."""
        new = START if state == START else self.states.get(state, state)
        if new == START:
            return START, ""
        if new not in target.states:
            raise NotCarried(f"В новых правилах нет состояния «{new}», а соответствие ему не указано.")
        if not target.states[new].remembers:
            return new, ""
        was = remembered or state
        kept = self.remembered.get(was, self.states.get(was, was))
        if kept not in target.remembered_by(new):
            title = target.state_title(new)
            raise NotCarried(f"«{title}» помнит прежнее состояние, а в «{kept}» по новым правилам оттуда не вернуться.")
        return new, kept

    def back(self, target: WorkflowDefinition, state: str, remembered: str) -> tuple[str, str]:
        """The same for a state that only an undo would lead to: `NOWHERE` where it has no counterpart."""
        try:
            return self.carry(target, state, remembered)
        except NotCarried:
            return NOWHERE, ""

    def name(self, target: WorkflowDefinition, state: str) -> str:
        """What a state of before is called in `target`, `NOWHERE` if it has no counterpart."""
        new = self.states.get(state, state)
        return new if new in target.states else NOWHERE

    def inputs(self) -> dict[str, Any]:
        """The mapping as the history keeps it."""
        return {"from": self.source, "states": dict(self.states), "remembered": dict(self.remembered)}

    @classmethod
    def from_inputs(cls, inputs: Mapping[str, Any]) -> StateMapping:
        """The mapping of an entry; what is missing there counts as empty, so that a replay can say what does not fit."""
        return cls(str(inputs.get("from", "")), _named(inputs.get("states")), _named(inputs.get("remembered")))


def _named(value: Any) -> Mapping[str, str]:
    return {str(old): str(new) for old, new in value.items()} if isinstance(value, dict) else {}
