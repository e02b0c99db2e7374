"""State from history: re-run the entries of a process through the definitions stored under their hashes.

The target state is always computed, never copied from an entry: an entry that claims another state is found, even where
somebody has recomputed the whole chain over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from workflow_core.definition import START, WorkflowDefinition
from workflow_core.exceptions import WorkflowError
from workflow_core.history import HistoryEntry

ENTER_AS_FOUND, CORRECT, UNDO = "enter_as_found", "correct", "undo"
UNIVERSAL = (ENTER_AS_FOUND, CORRECT, UNDO)


class ReplayMismatch(WorkflowError):
    """The entries of a process do not lead where they say; names the first entry that does not fit."""

    def __init__(self, entry: HistoryEntry, column: str, stands: str, should_be: str) -> None:
        self.entry, self.column, self.stands, self.should_be = entry, column, stands, should_be
        super().__init__(f"Запись № {entry.seq}: «{column}» = «{stands}», а по правилам выходит «{should_be}».")


@dataclass(frozen=True, slots=True)
class Done:
    """A step that stands: not undone."""

    entry: HistoryEntry
    state_before: str
    remembered_before: str
    since_before: int


@dataclass(slots=True)
class Projection:
    """What the entries of one process amount to."""

    state: str = START
    remembered: str = ""
    version: int = 0
    since_seq: int = 0
    definition_hash: str = ""
    done: list[Done] = field(default_factory=list)
    dates: dict[int, str] = field(default_factory=dict)
    """Entry number -> day on which it happened, corrections applied."""

    @property
    def since(self) -> str:
        """Day since when the state holds."""
        return self.dates.get(self.since_seq, "")

    def reached(self) -> dict[str, str]:
        """Day on which each state was last reached, for the states on the way that stands."""
        found: dict[str, str] = {}
        for step in self.done:
            if step.entry.to_state != step.state_before:
                found[step.entry.to_state] = self.dates[step.entry.seq]
        return found


def project(entries: Iterable[HistoryEntry], definition_of: Callable[[str], WorkflowDefinition]) -> Projection:
    """Run the entries of one process, oldest first. Raises ReplayMismatch for the first that does not fit."""
    result = Projection()
    for entry in entries:
        if entry.version:
            _apply(result, entry, definition_of(entry.definition_hash))
    return result


def _apply(result: Projection, entry: HistoryEntry, definition: WorkflowDefinition) -> None:
    if entry.version != result.version + 1:
        raise ReplayMismatch(entry, "version", str(entry.version), str(result.version + 1))
    if entry.from_state != result.state:
        raise ReplayMismatch(entry, "from_state", entry.from_state, result.state)
    before = Done(entry, result.state, result.remembered, result.since_seq)
    target, remembered = _target(result, entry, definition)
    if entry.to_state != target:
        raise ReplayMismatch(entry, "to_state", entry.to_state, target)
    result.version, result.definition_hash, result.dates[entry.seq] = (
        entry.version,
        entry.definition_hash,
        entry.happened_on,
    )
    if entry.event == UNDO:
        undone = result.done.pop()
        result.state, result.remembered, result.since_seq = (
            undone.state_before,
            undone.remembered_before,
            undone.since_before,
        )
        return
    if entry.event == CORRECT:
        if entry.input_values.get("column") == "happened_on":
            result.dates[entry.refers_to] = entry.input_values["value"]
        return
    result.done.append(before)
    if target != result.state:
        result.since_seq = entry.seq
    result.state, result.remembered = target, remembered


def _target(result: Projection, entry: HistoryEntry, definition: WorkflowDefinition) -> tuple[str, str]:
    match entry.event:
        case "undo":
            if not result.done or result.done[-1].entry.seq != entry.refers_to:
                last = result.done[-1].entry.seq if result.done else 0
                raise ReplayMismatch(entry, "refers_to", str(entry.refers_to), str(last))
            return result.done[-1].state_before, result.done[-1].remembered_before
        case "correct":
            return result.state, result.remembered
        case "enter_as_found":
            target = str(entry.input_values.get("state", ""))
            remembered = str(entry.input_values.get("remembered", ""))
            if target not in definition.states:
                raise ReplayMismatch(entry, "inputs", target, "одно из состояний")
            return target, remembered
    try:
        return moved(definition, result.state, entry.event, result.remembered)
    except WorkflowError as exc:
        raise ReplayMismatch(entry, "event", entry.event, str(exc)) from exc


def moved(definition: WorkflowDefinition, state: str, event: str, remembered: str) -> tuple[str, str]:
    """Target state of an event and what is remembered there. Raises TransitionNotAllowed where the event does not exist."""
    target = definition.step(state, event, remembered)
    if target == state:
        return target, remembered
    return target, state if definition.states[target].remembers else ""
