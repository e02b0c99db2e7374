"""What is asked of the engine and what it answers: one step, many steps, what each row came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from workflow_core.guards import EMPTY, Blocker
from workflow_core.judgement import Outlook
from workflow_core.tables import Process


class StepRequest(NamedTuple):
    """One row of a bulk step."""

    process_id: str
    event: str
    fields: Mapping[str, Any] = EMPTY
    happened_on: date | None = None
    remark: str = ""
    ground: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked for: the event with its typed values, as an effect sees it."""

    event: str
    fields: Mapping[str, Any]
    happened_on: date
    remark: str
    ground: str


class RowResult(NamedTuple):
    """What became of one subject in a bulk step or a consequence."""

    process_id: str
    ok: bool
    text: str
    """«Стала «Закреплена»» or the reason why not."""
    blockers: tuple[Blocker, ...] = ()
    needs_ground: bool = False
    seq: int = 0


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that was done."""

    process: Process
    seq: int
    outlook: Outlook
    caused: tuple[RowResult, ...] = ()
    revoked: tuple[RowResult, ...] = ()
    """What the step has taken back («Отменено: …»), and what of it stays and why."""
