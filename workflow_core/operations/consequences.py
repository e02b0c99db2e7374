"""What a step brings about beyond its own process: consequences in other subjects, effects on registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from workflow_core.history import HistoryEntry
from workflow_core.operations.requests import Call, StepRequest
from workflow_core.tables import Process

if TYPE_CHECKING:
    from workflow_core.unit_of_work import Write


@dataclass(frozen=True, slots=True)
class Caused:
    """A step in another subject that an event brings about."""

    process_id: str
    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    not_before: date | None = None
    """The caused step is dated no earlier than this, however early the step that causes it was."""
    label: str = ""
    """What is taken back, for a revocation: «Приказ о закреплении пар» (проект)."""
    stays: str = ""
    """Why a revocation leaves this one as it is, and what to do: a sentence; empty where it is taken back."""
    withdraws: tuple[tuple[str, str], ...] = ()
    """Requests (task, target id) of a revocation that need not be done any more. With them `event` may be empty."""

    def request(self, happened_on: date, ground: str = "") -> StepRequest:
        """The step to do, for a cause that happened on this day."""
        day = max(happened_on, self.not_before or happened_on)
        return StepRequest(self.process_id, self.event, self.fields, day, ground=ground)


@dataclass(frozen=True, slots=True)
class Consequence:
    """Named in a definition's `then`: finds what an event causes elsewhere. One level: what is caused causes nothing more.
    With `revokes` it is named in `revokes` instead: what it finds was begun before and is taken back by its own event.

    `resolve(session, scope, process, event, fields)` only reads. A step that is caused but closed stays undone and is
    reported in the result, unless `all_or_nothing`.
    """

    name: str
    title: str
    resolve: Callable[[Session, str, Process, str, Mapping[str, Any]], Sequence[Caused]]
    all_or_nothing: bool = False
    revokes: bool = False
    withdraw: Callable[[Write, Caused], None] | None = None
    """What else a revocation changes in registers for each thing that it has taken back."""
    kinds: tuple[str, ...] | None = None
    """Kinds of subject that it moves; None where nobody says. A bulk step whose consequences move nothing that its own
    rules look at is judged in bulk."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Named in a definition's `does`: changes registers in the transaction of the step. `apply(write, process, call)`."""

    name: str
    title: str
    apply: Callable[[Write, Process, Call], None]
    take_back: Callable[[Write, Process, HistoryEntry], None] | None = None
    """What `undo` of the step that wrote the entry changes back; without it the step can't be undone."""
    redate: Callable[[Write, Process, HistoryEntry, date], None] | None = None
    """What `correct` of the entry's day changes along."""
