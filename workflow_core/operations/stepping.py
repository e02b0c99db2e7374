"""Doing: a step is judged, written into the history, moves the process, and brings about its effects and consequences.

Read, compare version, state, typed fields, judge, append the entry, update the process, effects, consequences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

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
from workflow_core.guards import EMPTY, Blocker, Severity, StandIn
from workflow_core.history import HistoryEntry, canonical_json
from workflow_core.judgement import Outlook, Question, judge
from workflow_core.operations.asking import FieldsOnce, own_process, question_of
from workflow_core.operations.requests import Call, RowResult, StepRequest, StepResult
from workflow_core.operations.revoking import revoke
from workflow_core.replay import moved as target_of
from workflow_core.tables import Process
from workflow_core.unit_of_work import Draft

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


CHUNK = 500
"""Rows of a bulk step that are judged and written together."""


def fire_many(write: Write, requests: Sequence[StepRequest]) -> list[RowResult]:
    """Do many steps, each row for itself: a row that is refused stays as it is and says why.

    Rows are judged together over facts loaded in bulk, and written by a few statements, as far as no row can change what
    another one's rules see (`FactsProvider.moved_by`); the others are done one after another. The result is the same.
    """
    rows: list[RowResult] = []
    for start in range(0, len(requests), CHUNK):
        rows += _fire_chunk(write, requests[start : start + CHUNK])
    return rows


def _fire_chunk(write: Write, requests: Sequence[StepRequest]) -> list[RowResult]:
    write.session.flush()
    found = queries.processes(write.session, [request.process_id for request in requests])
    results: dict[int, RowResult] = {}
    judged = _judge_together(write, requests, found, results)
    batch: dict[int, _Judged] = {}
    for place, request in enumerate(requests):
        if place in results:
            continue
        row = judged.get(place)
        if row is not None and not _changes_more(row.question.event):
            try:
                _permit(row)
            except WorkflowError as exc:
                results[place] = _refused(request, exc)
            else:
                batch[place] = row
        else:
            _write_batch(write, batch, results)
            results[place] = attempt(write, request, EMPTY, 0, judged=row)
        reached("inside_chunk")
    _write_batch(write, batch, results)
    return [results[place] for place in range(len(requests))]


def _changes_more(event: EventDefinition) -> bool:
    """Whether the event changes anything but its own process."""
    return bool(event.does or event.then or event.revokes)


def _judge_together(
    write: Write, requests: Sequence[StepRequest], found: Mapping[str, Process], results: dict[int, RowResult]
) -> dict[int, _Judged]:
    """Rows that can be judged over the same facts, by their place; what is refused at once goes to `results`."""
    questions: dict[int, Question] = {}
    seen: set[str] = set()
    known = FieldsOnce()
    independent: dict[int, bool] = {}
    for place, request in enumerate(requests):
        if request.process_id in seen:
            continue  # judged when its turn comes: the row before it may change everything
        seen.add(request.process_id)
        try:
            process = own_process(write, found.get(request.process_id), request.process_id)
            check_version(write, process, request.expected_version)
            question = question_of(write, process, request, known=known)
        except WorkflowError as exc:
            results[place] = _refused(request, exc)
            continue
        event = question.event
        if id(event) not in independent:
            independent[id(event)] = _rows_are_independent(write, process.subject_kind, event)
        if independent[id(event)]:
            questions[place] = question
    outlooks = judge(write, write.actor, list(questions.values()))
    return {
        place: _Judged(requests[place], question, outlook)
        for (place, question), outlook in zip(questions.items(), outlooks, strict=True)
    }


def _rows_are_independent(write: Write, subject_kind: str, event: EventDefinition) -> bool:
    """Whether no step of this kind can change a fact that the same step of another subject is judged by."""
    touched = {subject_kind}
    for name in (*event.then, *event.revokes):
        consequence = write.catalogue.consequences.get(name)
        if consequence is None or consequence.kinds is None:
            return False
        touched.update(consequence.kinds)
    guards = [write.catalogue.guards.get(use.name) for use in event.guards]
    for name in {name for guard in guards if guard is not None for name in guard.needs}:
        provider = write.catalogue.provider(subject_kind, name)
        if provider is None:
            return False
        moved_by = provider.moved_by
        if moved_by is None and provider.subject == subject_kind:
            moved_by = ()
        if moved_by is None or not touched.isdisjoint(moved_by):
            return False
    return True


def _write_batch(write: Write, batch: dict[int, _Judged], results: dict[int, RowResult]) -> None:
    """Write the rows that were gathered, by a few statements."""
    rows = list(batch.values())
    if rows:
        for place, row, (entry, moved) in zip(batch, rows, _record_steps(write, rows), strict=True):
            results[place] = _done(row.question.definition, moved, row.outlook, entry.seq)
    batch.clear()


def attempt(
    write: Write,
    request: StepRequest,
    grounds: Mapping[str, str],
    caused_by: int,
    cause: str = "",
    judged: _Judged | None = None,
) -> RowResult:
    """One step inside a savepoint; a refusal becomes a row's result."""
    mark = write.savepoint()
    try:
        if judged is not None:
            done = _do(write, judged, grounds, caused_by)
        else:
            process = own_process(write, queries.process(write.session, request.process_id), request.process_id)
            done = step(write, process, request, grounds, caused_by, cause)
    except WorkflowError as exc:
        write.roll_back_to(mark)
        if judged is not None and isinstance(exc, ConcurrentTransition):
            # A row before it has moved this one too: it is judged anew.
            return attempt(write, request, grounds, caused_by, cause)
        return _refused(request, exc)
    write.release(mark)
    return _done(write.definition(done.process.definition_hash), done.process, done.outlook, done.seq)


def _refused(request: StepRequest, exc: WorkflowError) -> RowResult:
    blockers = exc.blockers if isinstance(exc, GuardRefused) else ()
    return RowResult(request.process_id, False, str(exc), blockers, _only_ground(blockers))


def _done(definition: WorkflowDefinition, moved: Process, outlook: Outlook, seq: int) -> RowResult:
    return RowResult(moved.id, True, f"Теперь «{definition.state_title(moved.state)}»", outlook.blockers, seq=seq)


def _only_ground(blockers: Sequence[Blocker]) -> bool:
    return bool(blockers) and not any(blocker.severity is Severity.BLOCK for blocker in blockers)


def unborn(write: Write, definition_code: str, subject_kind: str, subject_id: str) -> Process:
    definition = write.catalogue.definitions.get(definition_code)
    if definition is None:
        raise NotFound("правила", definition_code, write.catalogue.definitions)
    if queries.process(write.session, subject_id) is not None:
        raise ConcurrentTransition(subject_id, START, 0, 1)
    return Process(subject_id, write.scope, subject_kind, definition.code, definition.hash, START, "", 0, "", "")


class _Judged(NamedTuple):
    """A step that was asked for, with the answer."""

    request: StepRequest
    question: Question
    outlook: Outlook


def step(
    write: Write,
    process: Process,
    request: StepRequest,
    grounds: Mapping[str, str] = EMPTY,
    caused_by: int = 0,
    cause: str = "",
) -> StepResult:
    """Judge and do one step of a process that was just read."""
    check_version(write, process, request.expected_version)
    question = question_of(write, process, request, cause)
    outlook = judge(write, write.actor, [question])[0]
    return _do(write, _Judged(request, question, outlook), grounds, caused_by)


def _do(write: Write, row: _Judged, grounds: Mapping[str, str], caused_by: int) -> StepResult:
    _permit(row)
    request, question, outlook = row
    [(entry, moved)] = _record_steps(write, [row], caused_by)
    write.current_step = entry.seq
    call = Call(question.event.name, question.fields, question.happened_on, request.remark, request.ground.strip())
    for name in question.event.does:
        write.catalogue.apply(name, write, moved, call)
    caused = () if caused_by else tuple(_consequences(write, question, moved, grounds, entry.seq))
    revoked = () if caused_by else revoke(write, moved, question.event, call, entry.seq, attempt)
    return StepResult(moved, entry.seq, outlook, caused, revoked)


def check_version(write: Write, process: Process, expected: int | None) -> None:
    """Raises ConcurrentTransition where the page that asks shows an older version."""
    if expected is not None and expected != process.version:
        title = write.definition(process.definition_hash).state_title(process.state)
        raise ConcurrentTransition(process.id, title, expected, process.version)


def _permit(row: _Judged) -> None:
    """Raises NotPermitted, GuardRefused or InvalidInput where the step may not be done."""
    request, question, outlook = row
    ground = request.ground.strip()
    if not outlook.is_open or (outlook.needs_ground and not ground):
        event, definition = question.event, question.definition
        if not outlook.role:
            raise NotPermitted(f"{outlook.blockers[0].text}.", event.roles)
        if event.ground and not outlook.blockers:
            raise InvalidInput({"ground": "Напишите, на каком основании."})
        raise GuardRefused(event.title, definition.state_title(question.process.state), outlook.blockers)
    if len(ground) > 4000 or len(request.remark) > 4000:
        raise InvalidInput({"ground": "Обоснование и примечание — не длиннее 4000 знаков."})


def _record_steps(write: Write, rows: Sequence[_Judged], caused_by: int = 0) -> list[tuple[HistoryEntry, Process]]:
    """Append the entries, then move the processes: the database refuses a state that no entry stands for."""
    words = _Words(write)
    drafts = []
    moves = []
    for row in rows:
        _request, (process, definition, event, happened_on, *_), outlook = row
        target, remembered = target_of(definition, process.state, event.name, process.remembered)
        stand_in = write.actor.acts_for.get(outlook.role)
        inputs, details = words.of(row, stand_in)
        drafts.append(
            Draft(
                "step",
                process.subject_kind,
                process.id,
                event.name,
                process.version + 1,
                definition.hash,
                process.state,
                target,
                outlook.role,
                stand_in.person_id if stand_in else "",
                caused_by,
                0,
                happened_on,
                outlook.needs_ground,
                inputs,
                words.checks(outlook),
                words.plugins(definition, event),
                details,
            )
        )
        # A self-loop does not begin a new stay in the state.
        since = happened_on.isoformat() if target != process.state else process.since
        moved = Process(
            process.id,
            process.scope_id,
            process.subject_kind,
            process.definition_code,
            process.definition_hash,
            target,
            remembered,
            process.version + 1,
            since,
            write.recorded_at,
        )
        moves.append((process, moved, definition))
    entries = write.record_many(drafts)
    store(write, moves)
    return [(entry, moved) for entry, (_before, moved, _definition) in zip(entries, moves, strict=True)]


class _Words:
    """The texts of entries as canonical JSON. Rows of one form share theirs: they are written out once."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self._texts: dict[tuple[Any, ...], tuple[str, str]] = {}
        self._checks: dict[tuple[Any, ...], str] = {(): "[]"}
        self._plugins: dict[int, str] = {}

    def of(self, row: _Judged, stand_in: StandIn | None) -> tuple[str, str]:
        """What the entry keeps for ever of the fields, and the details that may be erased."""
        request, question, outlook = row
        if outlook.blockers:
            return self._written(row, stand_in)
        key = (id(question.event), id(question.fields), request.remark, request.ground, outlook.role)
        found = self._texts.get(key)
        if found is None:
            found = self._texts[key] = self._written(row, stand_in)
        return found

    def _written(self, row: _Judged, stand_in: StandIn | None) -> tuple[str, str]:
        request, question, outlook = row
        kept, erasable = plain_fields(question.event, question.fields)
        details = {
            "actor": self.write.actor.name,
            "remark": request.remark.strip(),
            "ground": request.ground.strip(),
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
        return canonical_json(kept), canonical_json({name: value for name, value in details.items() if value})

    def checks(self, outlook: Outlook) -> str:
        """What every rule said."""
        found = self._checks.get(outlook.checks)
        if found is None:
            found = self._checks[outlook.checks] = canonical_json(outlook.checks)
        return found

    def plugins(self, definition: WorkflowDefinition, event: EventDefinition) -> str:
        """Version of the plugin that gave the definition, and of each whose rules were asked."""
        found = self._plugins.get(id(event))
        if found is None:
            version_of = self.write.catalogue.version_of
            asked = [version_of("guard", use.name) for use in event.guards]
            asked.append(version_of("definition", definition.code))
            found = self._plugins[id(event)] = canonical_json({owner: version for owner, version in asked if owner})
        return found


def store(write: Write, moves: Sequence[tuple[Process, Process, WorkflowDefinition]]) -> None:
    """Write processes (before, after, definition) whose entries stand in the history already."""
    born = [after for before, after, _definition in moves if before.version == 0]
    moved = [after for before, after, _definition in moves if before.version > 0]
    if born:
        queries.insert_processes(write.session, born)
    if moved and queries.move_processes(write.session, moved) != len(moved):
        before, _after, definition = next(move for move in moves if move[0].version > 0)
        raise ConcurrentTransition(before.id, definition.state_title(before.state), before.version, before.version + 1)
    timers.follow(write, moves)


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
