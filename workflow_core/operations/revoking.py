"""Revoking: an event takes back what earlier steps have begun and nobody has signed: papers by their own cancelling event, jobs
that still wait. Shown before the step, done in its transaction, attributed to it. What is signed is never taken back here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from workflow_core.definition import EventDefinition
from workflow_core.guards import EMPTY, Actor
from workflow_core.operations import queries as rarely
from workflow_core.operations.consequences import Caused
from workflow_core.operations.requests import Call, RowResult, StepRequest
from workflow_core.tables import Process

if TYPE_CHECKING:
    from sqlmodel import Session

    from workflow_core.unit_of_work import UnitOfWork, Write

REVOCATION, REVOKED = "revocation", "revoked"
"""Kind and event of the entry that says what a step has taken back; it stands after those of the papers themselves."""
JOB, WITHDRAWN = "job", "withdrawn"
"""Kind and event of the entry by which a request that waits for its job is withdrawn."""

Attempt = Callable[["Write", StepRequest, Mapping[str, str], int, str], RowResult]
Preview = Callable[..., Sequence[RowResult]]


def revoke(
    write: Write, process: Process, event: EventDefinition, call: Call, seq: int, attempt: Attempt
) -> tuple[RowResult, ...]:
    """Take back what the step of entry `seq` revokes; a row for each thing, those that stay say why. `attempt` does one step."""
    if not event.revokes:
        return ()
    rows = [_take_back(write, process, event, call, seq, attempt, *one) for one in _found(write, process, event, call)]
    write.current_step = seq
    gone = [row for row in rows if row.ok]
    if gone:
        write.record(
            REVOCATION,
            process.subject_kind,
            process.id,
            REVOKED,
            caused_by=seq,
            happened_on=call.happened_on,
            inputs={"revoked": [row.process_id for row in gone]},
            details={"actor": write.actor.name, "texts": [row.text for row in gone]},
        )
    return tuple(rows)


def _found(write: Write, process: Process, event: EventDefinition, call: Call) -> Iterator[tuple[str, Caused]]:
    """Name of the revocation and one thing to take back, each thing once."""
    seen: set[str] = set()
    for name in event.revokes:
        write.session.flush()
        for one in write.catalogue.resolve(name, write.session, write.scope, process, event.name, call.fields):
            if one.process_id not in seen:
                seen.add(one.process_id)
                yield name, one


def _take_back(
    write: Write,
    process: Process,
    event: EventDefinition,
    call: Call,
    seq: int,
    attempt: Attempt,
    name: str,
    one: Caused,
) -> RowResult:
    if one.stays:
        return _stays(one, one.stays)
    if one.event:
        request = one.request(call.happened_on, _ground(event, call.ground))
        row = attempt(write, request, EMPTY, seq, process.id)
        if not row.ok:
            return _stays(one, row.text, row)
    for task, target_id in one.withdraws:
        write.withdraw(task, target_id, seq)
    write.catalogue.withdraw(name, write, one)
    return RowResult(one.process_id, True, f"Отменено: {one.label}", seq=seq)


def _ground(event: EventDefinition, written: str) -> str:
    """What is written at the paper: the ground of the step that takes it back."""
    return written or f"Отменено вместе с шагом «{event.title}»"


def _stays(one: Caused, why: str, row: RowResult | None = None) -> RowResult:
    return RowResult(one.process_id, False, f"Останется: {one.label}. {why}", row.blockers if row else ())


def preview_revocations(
    uow: UnitOfWork,
    actor: Actor,
    process: Process,
    event: EventDefinition,
    fields: Mapping[str, Any],
    happened_on: date,
    preview: Preview,
) -> list[RowResult]:
    """«Будет отменено: …» or «Останется: …» for each thing that an event revokes; changes nothing. `preview` asks of steps."""
    rows: list[RowResult] = []
    for name in event.revokes:
        if name not in uow.catalogue.consequences:
            text = f"Не узнать, что будет отменено: дополнения с «{name}» нет"
            rows.append(RowResult(process.id, False, text))
            continue
        for one in uow.catalogue.resolve(name, uow.session, uow.scope, process, event.name, fields):
            if one.process_id in {row.process_id for row in rows}:
                continue
            rows.append(_expected(uow, actor, process, event, happened_on, one, preview))
    return rows


def _expected(
    uow: UnitOfWork,
    actor: Actor,
    process: Process,
    event: EventDefinition,
    happened_on: date,
    one: Caused,
    preview: Preview,
) -> RowResult:
    if one.stays:
        return _stays(one, one.stays)
    if one.event:
        (row,) = preview(uow, actor, [one.request(happened_on, _ground(event, ""))], cause=process.id)
        if not row.ok:
            return _stays(one, row.text, row)
    return RowResult(one.process_id, True, f"Будет отменено: {one.label}")


def revoked_by(session: Session, scope: str, process_id: str, seq: int) -> int:
    """How many things a step of a process has taken back."""
    entries = rarely.entries_about(session, scope, process_id, REVOCATION, seq)
    return sum(len(json.loads(one.inputs)["revoked"]) for one in entries if one.caused_by == seq)


def is_withdrawn(session: Session, scope: str, task: str, target_id: str, last: int) -> bool:
    """Whether what the commit that ended with entry `last` has asked for was withdrawn afterwards."""
    entries = rarely.entries_about(session, scope, target_id, JOB, last)
    return any(one.event == WITHDRAWN and json.loads(one.inputs).get("task") == task for one in entries)
