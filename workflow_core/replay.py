"""State from history: re-run the entries of a process through the definitions stored under their hashes.

The target state is always computed, never copied from an entry: an entry that claims another state is found, even where
somebody has recomputed the whole chain over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from workflow_core.definition import START, WorkflowDefinition
from workflow_core.exceptions import WorkflowError
from workflow_core.history import HistoryEntry
from workflow_core.state_mapping import NotCarried, StateMapping
from workflow_core.tables import Process

ENTER_AS_FOUND, CORRECT, UNDO = "enter_as_found", "correct", "undo"
UNIVERSAL = (ENTER_AS_FOUND, CORRECT, UNDO)
MIGRATION, MIGRATE = "migration", "migrate"
"""Kind and event of the entry by which a process goes over to another edition of its rules."""


class ReplayMismatch(WorkflowError):
    """The entries of a process do not lead where they say; names the first entry that does not fit."""

    def __init__(self, entry: HistoryEntry, column: str, stands: str, should_be: str) -> None:
        self.entry, self.column, self.stands, self.should_be = entry, column, stands, should_be
        super().__init__(f"Запись № {entry.seq}: «{column}» = «{stands}», а по правилам выходит «{should_be}».")


@dataclass(frozen=True, slots=True)
class Done:
    """A step that stands: not undone."""

    entry: HistoryEntry
    state: str
    """Where it led, in the words of the edition now in force; `NOWHERE` for a state that a migration has left behind."""
    state_before: str
    """Where an undo would lead, in the words of the edition now in force; `NOWHERE` if nowhere."""
    remembered_before: str
    since_before: int
    remembered: str
    """What was remembered after the step, in the words of its own day."""
    since: int
    """The entry since which the state held after the step."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """A change of edition on the way of a process."""

    entry: HistoryEntry
    mapping: StateMapping


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
    migrated: list[Migrated] = field(default_factory=list)

    @property
    def since(self) -> str:
        """Day since when the state holds."""
        return self.dates.get(self.since_seq, "")

    def reached(self) -> dict[str, str]:
        """Day on which each state was last reached, for the states on the way that stands."""
        found: dict[str, str] = {}
        for step in self.done:
            if step.entry.to_state != step.entry.from_state and step.state:
                found[step.state] = self.dates[step.entry.seq]
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
    migrates = entry.kind == MIGRATION
    if not migrates and result.version and entry.definition_hash != result.definition_hash:
        raise ReplayMismatch(entry, "definition_hash", entry.definition_hash, result.definition_hash)
    target, remembered = _carried(result, entry, definition) if migrates else _target(result, entry, definition)
    if entry.to_state != target:
        raise ReplayMismatch(entry, "to_state", entry.to_state, target)
    result.version, result.definition_hash, result.dates[entry.seq] = (
        entry.version,
        entry.definition_hash,
        entry.happened_on,
    )
    if migrates:
        _translate(result, entry, definition, target, remembered)
    elif entry.event == UNDO:
        undone = result.done.pop()
        result.state, result.remembered, result.since_seq = target, remembered, undone.since_before
    elif entry.event == CORRECT:
        if entry.input_values.get("column") == "happened_on":
            result.dates[entry.refers_to] = entry.input_values["value"]
    else:
        since = entry.seq if target != result.state else result.since_seq
        result.done.append(Done(entry, target, result.state, result.remembered, result.since_seq, remembered, since))
        result.state, result.remembered, result.since_seq = target, remembered, since


def _carried(result: Projection, entry: HistoryEntry, definition: WorkflowDefinition) -> tuple[str, str]:
    """Where a migration leads by the mapping that it recorded."""
    mapping = StateMapping.from_inputs(entry.input_values)
    if entry.event != MIGRATE:
        raise ReplayMismatch(entry, "event", entry.event, MIGRATE)
    if mapping.source != result.definition_hash:
        raise ReplayMismatch(entry, "inputs", mapping.source, result.definition_hash)
    try:
        return mapping.carry(definition, result.state, result.remembered)
    except NotCarried as exc:
        raise ReplayMismatch(entry, "inputs", entry.inputs, str(exc)) from exc


def _translate(
    result: Projection, entry: HistoryEntry, definition: WorkflowDefinition, target: str, remembered: str
) -> None:
    """Say the way so far in the words of the new edition, so that an undo knows where it leads. The stay goes on."""
    mapping = StateMapping.from_inputs(entry.input_values)
    result.migrated.append(Migrated(entry, mapping))
    translated = []
    for step in result.done:
        before, remembered_before = mapping.back(definition, step.state_before, step.remembered_before)
        state = mapping.name(definition, step.state)
        translated.append(replace(step, state=state, state_before=before, remembered_before=remembered_before))
    result.done[:] = translated
    result.state, result.remembered = target, remembered


def _target(result: Projection, entry: HistoryEntry, definition: WorkflowDefinition) -> tuple[str, str]:
    match entry.event:
        case "undo":
            last = result.done[-1] if result.done else None
            if last is None or last.entry.seq != entry.refers_to:
                raise ReplayMismatch(entry, "refers_to", str(entry.refers_to), str(last.entry.seq if last else 0))
            return last.state_before, last.remembered_before
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


_Stand = tuple[str, str, str, int, str, str, str]
"""Where the entries so far have led a process: state, what is remembered, hash of the definition, version, since, updated at, kind
of the subject. Plain, because there is a new one for every entry."""
_UNBORN: _Stand = (START, "", "", 0, "", "", "")


class Strides:
    """The replay of processes that were only ever moved forward, done on the way through a history.

    It proves that all is well and never says what is wrong: a process with a single entry that is mended, migrated, unknown or
    doesn't fit is left to `project`. That is a few processes, so a whole check need not read its history twice.
    """

    def __init__(self, definition_of: Callable[[str], WorkflowDefinition]) -> None:
        self._definition_of = definition_of
        self._stands: dict[str, _Stand | None] = {}
        self._moves: dict[tuple[str, str, str, str], tuple[str, str] | None] = {}

    def follow(self, row: Sequence[Any]) -> None:
        """The next entry that moves a process: a row of `history_entry`, columns in table order."""
        subject = row[_SUBJECT_ID]
        stand = self._stands.get(subject, _UNBORN)
        if stand is None:
            return
        state, remembered, known_hash, known_version, since, _updated_at, _kind = stand
        _scope, _seq, kind, subject_kind, _id, version, definition_hash, event, from_state, to_state = row[:10]
        move = (definition_hash, from_state, event, remembered)
        led = self._moves[move] if move in self._moves else self._looked_up(move)
        if (
            led is None
            or led[0] != to_state
            or from_state != state
            or version != known_version + 1
            or kind == MIGRATION
            or (definition_hash != known_hash and known_version)
        ):
            self._stands[subject] = None
            return
        since = row[_HAPPENED_ON] if to_state != from_state else since
        self._stands[subject] = (to_state, led[1], definition_hash, version, since, row[_RECORDED_AT], subject_kind)

    def _looked_up(self, move: tuple[str, str, str, str]) -> tuple[str, str] | None:
        definition_hash, state, event, remembered = move
        try:
            led = None if event in UNIVERSAL else moved(self._definition_of(definition_hash), state, event, remembered)
        except WorkflowError:
            led = None
        self._moves[move] = led
        return led

    def subjects(self) -> Set[str]:
        """Everything that the entries have begun or moved."""
        return self._stands.keys()

    def lead_to(self, process: Process) -> bool:
        """Whether all entries of a process fit and lead to just this row."""
        row = (
            process.state,
            process.remembered,
            process.definition_hash,
            process.version,
            process.since,
            process.updated_at,
            process.subject_kind,
        )
        return (
            self._stands.get(process.id) == row
            and process.definition_code == self._definition_of(process.definition_hash).code
        )


_SUBJECT_ID, _HAPPENED_ON, _RECORDED_AT = map(HistoryEntry._fields.index, ("subject_id", "happened_on", "recorded_at"))
