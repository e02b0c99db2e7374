"""The only module that imports `transitions`: a definition as a real machine, and the step table derived from it.

`transitions` gives the meaning of a definition; what runs is the table, read off the configured machine once per hash.
Rows are never bound to a machine: it is fired with a small subject object of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from transitions import EventData, Machine, MachineError

if TYPE_CHECKING:
    from workflow_core.definition import WorkflowDefinition

START = "start"
"""The source of events that begin a process."""
SAME = "same"
"""The target of a self-loop."""
REMEMBERED = "remembered"
"""The target of an event that goes back to the state before the suspension."""

StepTable = Mapping[tuple[str, str], str]

_tables: dict[str, StepTable] = {}


class Subject:
    """What a machine moves: a state and the state that is remembered."""

    __slots__ = ("remembered", "state")

    def __init__(self, state: str, remembered: str | None = None) -> None:
        self.state, self.remembered = state, remembered


def compile_steps(definition: WorkflowDefinition) -> StepTable:
    """(state, event) -> target state, or `REMEMBERED` where the process knows the target. Compiled once per hash."""
    table = _tables.get(definition.hash)
    if table is None:
        table = _tables[definition.hash] = MappingProxyType(_read_off(reference_machine(definition)))
    return table


def _read_off(machine: Machine) -> dict[tuple[str, str], str]:
    table: dict[tuple[str, str], str] = {}
    for name, event in machine.events.items():
        for source, rows in event.transitions.items():
            # Only events to the remembered state carry conditions: one row for each state that can be remembered.
            table[source, name] = REMEMBERED if rows[0].conditions else str(rows[0].dest)
    return table


class ReferenceMachine(Machine):
    """A machine without a model that still knows its definition, for the words of errors."""

    definition: WorkflowDefinition


def reference_machine(definition: WorkflowDefinition) -> ReferenceMachine:
    """The definition as a machine of `transitions`: no model, no automatic events, no queue."""
    machine = ReferenceMachine(
        model=None,
        states=[START, *definition.states],
        initial=START,
        transitions=_rows(definition),
        auto_transitions=False,
        send_event=True,
        queued=False,
    )
    machine.definition = definition
    return machine


def _rows(definition: WorkflowDefinition) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for event in definition.events:
        for source, target in event.transitions:
            if target == REMEMBERED:
                rows += [
                    {"trigger": event.name, "source": source, "dest": state, "conditions": _remembers(state)}
                    for state in definition.remembered_by(source)
                ]
            else:
                rows.append({"trigger": event.name, "source": source, "dest": "=" if target == SAME else target})
    return rows


def _remembers(state: str) -> Callable[[EventData], bool]:
    def remembered_is(event_data: EventData) -> bool:
        return bool(getattr(event_data.model, "remembered", None) == state)

    return remembered_is


def reference_step(machine: ReferenceMachine, state: str, event: str, remembered: str | None = None) -> str:
    """The target as `transitions` itself finds it. Raises like `WorkflowDefinition.step`."""
    subject = Subject(state, remembered)
    try:
        moved = machine.events[event].trigger(subject)
    except (KeyError, MachineError):
        moved = False
    if not moved:
        raise machine.definition.not_allowed(state, event)
    return subject.state
