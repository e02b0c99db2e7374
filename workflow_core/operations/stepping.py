"""Doing: a step is judged, written into the history, moves the process, and brings about its effects and consequences.

Read, compare version, state, typed fields, judge, append the entry, update the process, effects, consequences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from workflow_core import queries, timers
from workflow_core.definition import START, EventDefinition, WorkflowDefinition
from workflow_core.event_fields import plain_fields
from workflow_core.exceptions import (
    ConcurrentTransition,
    GuardRefused,
    InvalidInput,
    NotFound,
    NotPermitted,
    WorkflowError,
)
from workflow_core.fault_points import reached
from workflow_core.guards import EMPTY, Blocker, Severity
from workflow_core.history import HistoryEntry
from workflow_core.judgement import Outlook, Question, judge
from workflow_core.operations.asking import own_process, question_of
from workflow_core.operations.requests import Call, RowResult, StepRequest, StepResult
from workflow_core.operations.revoking import revoke
from workflow_core.replay import moved as target_of
from workflow_core.tables import Process

if TYPE_CHECKING:
    from workflow_core.unit_of_work import Write


def start(
    write: Write,
    definition_code: str,
    subject_kind: str,
    subject_id: str,
    event: str,
    *,
    fields: Mapping[str, Any] = EMPTY,
    happened_on: date | None = None,
    remark: str = "",
    ground: str = "",
) -> StepResult:
    """Begin a process for a subject whose own rows are flushed already, by one of the definition's starting events."""
    write.session.flush()
    process = unborn(write, definition_code, subject_kind, subject_id)
    return step(write, process, StepRequest(subject_id, event, fields, happened_on, remark, ground))


def fire(
    write: Write,
    process_id: str,
    event: str,
    *,
    fields: Mapping[str, Any] = EMPTY,
    happened_on: date | None = None,
    remark: str = "",
    ground: str = "",
    expected_version: int | None = None,
    grounds: Mapping[str, str] = EMPTY,
) -> StepResult:
    """Do one step. `grounds` holds written grounds for subjects that a consequence touches, by process id.

    Raises NotFound, ConcurrentTransition, TransitionNotAllowed, GuardRefused, InvalidInput; nothing is changed then.
    """
    write.session.flush()
    process = own_process(write, queries.process(write.session, process_id), process_id)
    return step(
        write, process, StepRequest(process_id, event, fields, happened_on, remark, ground, expected_version), grounds
    )


def fire_many(write: Write, requests: Sequence[StepRequest]) -> list[RowResult]:
    """Do many steps, each row for itself: a row that is refused stays as it is and says why."""
    rows = []
    for request in requests:
        rows.append(attempt(write, request, EMPTY, 0))
        reached("inside_chunk")
    return rows


def attempt(
    write: Write, request: StepRequest, grounds: Mapping[str, str], caused_by: int, cause: str = ""
) -> RowResult:
    """One step inside a savepoint; a refusal becomes a row's result."""
    mark = write.savepoint()
    try:
        process = own_process(write, queries.process(write.session, request.process_id), request.process_id)
        done = step(write, process, request, grounds, caused_by, cause)
    except WorkflowError as exc:
        write.roll_back_to(mark)
        blockers = exc.blockers if isinstance(exc, GuardRefused) else ()
        return RowResult(request.process_id, False, str(exc), blockers, _only_ground(blockers))
    write.release(mark)
    definition = write.definition(done.process.definition_hash)
    return RowResult(
        request.process_id,
        True,
        f"Теперь «{definition.state_title(done.process.state)}»",
        done.outlook.blockers,
        seq=done.seq,
    )


def _only_ground(blockers: Sequence[Blocker]) -> bool:
    return bool(blockers) and not any(blocker.severity is Severity.BLOCK for blocker in blockers)


def unborn(write: Write, definition_code: str, subject_kind: str, subject_id: str) -> Process:
    definition = write.catalogue.definitions.get(definition_code)
    if definition is None:
        raise NotFound("правила", definition_code, write.catalogue.definitions)
    if queries.process(write.session, subject_id) is not None:
        raise ConcurrentTransition(subject_id, START, 0, 1)
    return Process(subject_id, write.scope, subject_kind, definition.code, definition.hash, START, "", 0, "", "")


def step(
    write: Write,
    process: Process,
    request: StepRequest,
    grounds: Mapping[str, str] = EMPTY,
    caused_by: int = 0,
    cause: str = "",
) -> StepResult:
    definition = write.definition(process.definition_hash)
    check_version(process, definition, request.expected_version)
    question = question_of(write, process, request, cause)
    outlook = judge(write, write.actor, [question])[0]
    ground = request.ground.strip()
    if not outlook.is_open or (outlook.needs_ground and not ground):
        _refuse(definition, process, question.event, outlook)
    if len(ground) > 4000 or len(request.remark) > 4000:
        raise InvalidInput({"ground": "Обоснование и примечание — не длиннее 4000 знаков."})
    entry, moved = _record_step(write, question, outlook, request, ground, caused_by)
    call = Call(question.event.name, question.fields, question.happened_on, request.remark, ground)
    write.current_step = entry.seq
    for name in question.event.does:
        write.catalogue.apply(name, write, moved, call)
    caused = () if caused_by else tuple(_consequences(write, question, moved, grounds, entry.seq))
    revoked = () if caused_by else revoke(write, moved, question.event, call, entry.seq, attempt)
    return StepResult(moved, entry.seq, outlook, caused, revoked)


def check_version(process: Process, definition: WorkflowDefinition, expected: int | None) -> None:
    if expected is not None and expected != process.version:
        raise ConcurrentTransition(process.id, definition.state_title(process.state), expected, process.version)


def _refuse(definition: WorkflowDefinition, process: Process, event: EventDefinition, outlook: Outlook) -> None:
    if not outlook.role:
        raise NotPermitted(f"{outlook.blockers[0].text}.", event.roles)
    if event.ground and not outlook.blockers:
        raise InvalidInput({"ground": "Напишите, на каком основании."})
    raise GuardRefused(event.title, definition.state_title(process.state), outlook.blockers)


def _record_step(
    write: Write, question: Question, outlook: Outlook, request: StepRequest, ground: str, caused_by: int
) -> tuple[HistoryEntry, Process]:
    """Append the entry, then move the process: the database refuses a state that no entry stands for."""
    process, definition, event = question.process, question.definition, question.event
    target, remembered = target_of(definition, process.state, event.name, process.remembered)
    kept, erasable = plain_fields(event, question.fields)
    stand_in = write.actor.acts_for.get(outlook.role)
    details = {
        "actor": write.actor.name,
        "remark": request.remark.strip(),
        "ground": ground,
        "fields": erasable,
        "found": [
            {
                "guard": b.guard,
                "severity": str(b.severity),
                "text": b.text,
                "values": dict(b.values),
                "source": b.source,
            }
            for b in outlook.blockers
        ],
        "acts_for": stand_in.text if stand_in else "",
    }
    entry = write.record(
        "step",
        process.subject_kind,
        process.id,
        event.name,
        version=process.version + 1,
        definition_hash=definition.hash,
        from_state=process.state,
        to_state=target,
        actor_role=outlook.role,
        acts_for=stand_in.person_id if stand_in else "",
        caused_by=caused_by,
        happened_on=question.happened_on,
        with_ground=outlook.needs_ground,
        inputs=kept,
        checks=[list(check) for check in outlook.checks],
        plugins=_plugins(write, event),
        details={name: value for name, value in details.items() if value},
    )
    # A self-loop does not begin a new stay in the state.
    since = question.happened_on.isoformat() if target != process.state else process.since
    moved = replace(
        process,
        state=target,
        remembered=remembered,
        version=process.version + 1,
        since=since,
        updated_at=entry.recorded_at,
    )
    store(write, process, moved, definition)
    return entry, moved


def store(write: Write, before: Process, after: Process, definition: WorkflowDefinition) -> None:
    if before.version == 0:
        queries.insert_process(write.session, after)
    elif queries.move_process(write.session, after, before.version) != 1:
        raise ConcurrentTransition(before.id, definition.state_title(before.state), before.version, before.version + 1)
    timers.follow(write, [(before, after, definition)])


def _plugins(write: Write, event: EventDefinition) -> dict[str, str]:
    asked = (write.catalogue.version_of("guard", use.name) for use in event.guards)
    return {owner: version for owner, version in asked if owner}


def _consequences(
    write: Write, question: Question, moved: Process, grounds: Mapping[str, str], seq: int
) -> Iterable[RowResult]:
    for name in question.event.then:
        consequence = write.catalogue.consequences[name]
        write.session.flush()
        for caused in write.catalogue.resolve(
            name, write.session, write.scope, moved, question.event.name, question.fields
        ):
            request = caused.request(question.happened_on, grounds.get(caused.process_id, ""))
            row = attempt(write, request, EMPTY, seq, moved.id)
            if consequence.all_or_nothing and not row.ok:
                raise InvalidInput({"": row.text})
            yield row
