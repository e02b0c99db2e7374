"""The verbs of the engine: start, fire, fire_many, why_not, enter_as_found, correct, undo, erase.

Each takes an open `Write` (or a `Read` to ask) and never commits. A step is: read, compare version, state, typed fields,
judge, append the entry, update the process, effects, consequences. See docs/architecture.md, «One way for every write».
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from workflow_core import queries
from workflow_core.definition import START, EventDefinition, WorkflowDefinition
from workflow_core.event_fields import load_fields, plain_fields
from workflow_core.exceptions import (
    ConcurrentTransition,
    GuardRefused,
    InvalidInput,
    NotFound,
    NotPermitted,
    WorkflowError,
)
from workflow_core.guards import EMPTY, Actor, Blocker, Severity
from workflow_core.history import HistoryEntry
from workflow_core.judgement import Outlook, Question, judge, not_permitted, role_for
from workflow_core.replay import CORRECT, ENTER_AS_FOUND, UNDO, UNIVERSAL, project
from workflow_core.replay import moved as _moved
from workflow_core.tables import Process

if TYPE_CHECKING:
    from workflow_core.unit_of_work import UnitOfWork, Write


@dataclass(frozen=True, slots=True)
class Caused:
    """A step in another subject that an event brings about."""

    process_id: str
    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    not_before: date | None = None
    """The caused step is dated no earlier than this, however early the step that causes it was."""

    def request(self, happened_on: date, ground: str = "") -> StepRequest:
        """The step to do, for a cause that happened on this day."""
        day = max(happened_on, self.not_before or happened_on)
        return StepRequest(self.process_id, self.event, self.fields, day, ground=ground)


@dataclass(frozen=True, slots=True)
class Consequence:
    """Named in a definition's `then`: finds what an event causes elsewhere. One level: what is caused causes nothing more.

    `resolve(session, scope, process, event, fields)` only reads. A step that is caused but closed stays undone and is
    reported in the result, unless `all_or_nothing`.
    """

    name: str
    title: str
    resolve: Callable[[Session, str, Process, str, Mapping[str, Any]], Sequence[Caused]]
    all_or_nothing: bool = False


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


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked for: the event with its typed values, as an effect sees it."""

    event: str
    fields: Mapping[str, Any]
    happened_on: date
    remark: str
    ground: str


@dataclass(frozen=True, slots=True)
class RowResult:
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


@dataclass(frozen=True, slots=True)
class StepRequest:
    """One row of a bulk step."""

    process_id: str
    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    happened_on: date | None = None
    remark: str = ""
    ground: str = ""
    expected_version: int | None = None


# -- asking -----------------------------------------------------------------------------------------------------------


def why_not(
    uow: UnitOfWork, actor: Actor, process_ids: Iterable[str], on_date: date | None = None
) -> dict[str, list[Outlook]]:
    """For each process every event of its state with all that stands in the way. Changes nothing; ids that do not exist are left out."""
    day = on_date or uow.today
    questions = []
    for process in queries.processes(uow.session, process_ids).values():
        if process.scope_id != uow.scope:
            continue
        definition = uow.definition(process.definition_hash)
        questions += [Question(process, definition, event, day) for event in definition.events_from(process.state)]
    answers: dict[str, list[Outlook]] = {}
    for outlook in judge(uow, actor, questions):
        answers.setdefault(outlook.question.process.id, []).append(outlook)
    return answers


def preview(uow: UnitOfWork, actor: Actor, requests: Sequence[StepRequest], *, cause: str = "") -> list[RowResult]:
    """What each row of a bulk step (or of what the step of `cause` brings about) would come to; changes nothing."""
    found = queries.processes(uow.session, [request.process_id for request in requests])
    rows: dict[int, RowResult] = {}
    questions: list[tuple[int, Question]] = []
    for index, request in enumerate(requests):
        try:
            process = _own(uow, found.get(request.process_id), request.process_id)
            questions.append((index, _question(uow, process, request, cause)))
        except WorkflowError as exc:
            rows[index] = RowResult(request.process_id, False, str(exc))
    for (index, question), outlook in zip(questions, judge(uow, actor, [q for _, q in questions]), strict=True):
        rows[index] = _expected(question, outlook)
    return [rows[index] for index in range(len(requests))]


def preview_consequences(
    uow: UnitOfWork, actor: Actor, process_id: str, event: str, fields: Mapping[str, Any], happened_on: date
) -> list[RowResult]:
    """What an event would cause in other subjects; changes nothing."""
    process = _own(uow, queries.process(uow.session, process_id), process_id)
    definition = uow.definition(process.definition_hash)
    rows: list[RowResult] = []
    for name in definition.event(event).then:
        caused = uow.catalogue.consequences[name].resolve(uow.session, uow.scope, process, event, fields)
        rows += preview(uow, actor, [one.request(happened_on) for one in caused], cause=process_id)
    return rows


def _expected(question: Question, outlook: Outlook) -> RowResult:
    target, _remembered = _moved(
        question.definition, question.process.state, question.event.name, question.process.remembered
    )
    if not outlook.is_open:
        text = f"Нельзя: {outlook.blockers[0].text}"
    elif outlook.needs_ground:
        text = f"Нужно обоснование: {outlook.blockers[0].text}" if outlook.blockers else "Нужно обоснование"
    else:
        text = f"Станет «{question.definition.state_title(target)}»"
    return RowResult(question.process.id, outlook.is_open, text, outlook.blockers, outlook.needs_ground)


def _own(uow: UnitOfWork, process: Process | None, process_id: str) -> Process:
    """The process if it is this organisation's; another one's is not even admitted to exist."""
    if process is None or process.scope_id != uow.scope:
        raise NotFound("запись", process_id)
    return process


def _question(uow: UnitOfWork, process: Process, request: StepRequest, cause: str = "") -> Question:
    """Check state, date and fields of a request. Raises TransitionNotAllowed, InvalidInput."""
    definition = uow.definition(process.definition_hash)
    definition.step(process.state, request.event, process.remembered)
    event = definition.event(request.event)
    fields = load_fields(event, request.fields)
    return Question(process, definition, event, _day(uow, request.happened_on), fields, submitted=True, cause=cause)


def _day(uow: UnitOfWork, happened_on: date | None) -> date:
    day = happened_on or uow.today
    if day > uow.today:
        raise InvalidInput(
            {"happened_on": f"Дата {day:%d.%m.%Y} ещё не наступила. Укажите день не позже сегодняшнего."}
        )
    if day.year < 1990:
        raise InvalidInput({"happened_on": f"Проверьте дату: {day:%d.%m.%Y}."})
    return day


# -- doing ------------------------------------------------------------------------------------------------------------


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
    process = _unborn(write, definition_code, subject_kind, subject_id)
    return _step(write, process, StepRequest(subject_id, event, fields, happened_on, remark, ground))


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
    process = _own(write, queries.process(write.session, process_id), process_id)
    return _step(
        write, process, StepRequest(process_id, event, fields, happened_on, remark, ground, expected_version), grounds
    )


def fire_many(write: Write, requests: Sequence[StepRequest]) -> list[RowResult]:
    """Do many steps, each row for itself: a row that is refused stays as it is and says why."""
    return [_attempt(write, request, EMPTY, 0) for request in requests]


def _attempt(
    write: Write, request: StepRequest, grounds: Mapping[str, str], caused_by: int, cause: str = ""
) -> RowResult:
    """One step inside a savepoint; a refusal becomes a row's result."""
    mark = write.savepoint()
    try:
        process = _own(write, queries.process(write.session, request.process_id), request.process_id)
        done = _step(write, process, request, grounds, caused_by, cause)
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


def _unborn(write: Write, definition_code: str, subject_kind: str, subject_id: str) -> Process:
    definition = write.catalogue.definitions.get(definition_code)
    if definition is None:
        raise NotFound("правила", definition_code, write.catalogue.definitions)
    if queries.process(write.session, subject_id) is not None:
        raise ConcurrentTransition(subject_id, START, 0, 1)
    return Process(subject_id, write.scope, subject_kind, definition.code, definition.hash, START, "", 0, "", "")


def _step(
    write: Write,
    process: Process,
    request: StepRequest,
    grounds: Mapping[str, str] = EMPTY,
    caused_by: int = 0,
    cause: str = "",
) -> StepResult:
    definition = write.definition(process.definition_hash)
    _check_version(process, definition, request.expected_version)
    question = _question(write, process, request, cause)
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
        write.catalogue.effects[name].apply(write, moved, call)
    caused = () if caused_by else tuple(_consequences(write, question, moved, grounds, entry.seq))
    return StepResult(moved, entry.seq, outlook, caused)


def _check_version(process: Process, definition: WorkflowDefinition, expected: int | None) -> None:
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
    target, remembered = _moved(definition, process.state, event.name, process.remembered)
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
        "acts_for": f"{stand_in.name}, {stand_in.order}" if stand_in else "",
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
    _store(write, process, moved, definition)
    return entry, moved


def _store(write: Write, before: Process, after: Process, definition: WorkflowDefinition) -> None:
    if before.version == 0:
        queries.insert_process(write.session, after)
    elif queries.move_process(write.session, after, before.version) != 1:
        raise ConcurrentTransition(before.id, definition.state_title(before.state), before.version, before.version + 1)


def _plugins(write: Write, event: EventDefinition) -> dict[str, str]:
    asked = (write.catalogue.version_of("guard", use.name) for use in event.guards)
    return {owner: version for owner, version in asked if owner}


def _consequences(
    write: Write, question: Question, moved: Process, grounds: Mapping[str, str], seq: int
) -> Iterable[RowResult]:
    for name in question.event.then:
        consequence = write.catalogue.consequences[name]
        write.session.flush()
        for caused in consequence.resolve(write.session, write.scope, moved, question.event.name, question.fields):
            request = caused.request(question.happened_on, grounds.get(caused.process_id, ""))
            row = _attempt(write, request, EMPTY, seq, moved.id)
            if consequence.all_or_nothing and not row.ok:
                raise InvalidInput({"": row.text})
            yield row


# -- mending ----------------------------------------------------------------------------------------------------------


def enter_as_found(
    write: Write,
    definition_code: str,
    subject_kind: str,
    subject_id: str,
    state: str,
    *,
    happened_on: date | None = None,
    dates: Mapping[str, date] = EMPTY,
    remark: str = "",
    remembered: str = "",
) -> Process:
    """Bring a subject that is under way since before the programme was used straight into `state`. Once, without guards.

    `dates`: day on which earlier states were reached, as far as known. Raises NotPermitted, NotFound, InvalidInput.
    """
    write.session.flush()
    process = _unborn(write, definition_code, subject_kind, subject_id)
    definition = write.definition(process.definition_hash)
    role = _verb_role(write, definition, ENTER_AS_FOUND, process)
    day = _day(write, happened_on)
    for name in (state, *dates):
        definition.state(name)
    late = [name for name, reached in dates.items() if reached > day]
    if late:
        raise InvalidInput(
            {"dates": f"«{definition.state_title(late[0])}»: дата позже текущего этапа ({day:%d.%m.%Y})."}
        )
    entry = write.record(
        "step",
        subject_kind,
        subject_id,
        ENTER_AS_FOUND,
        version=1,
        definition_hash=definition.hash,
        from_state=START,
        to_state=state,
        actor_role=role,
        happened_on=day,
        inputs={
            "state": state,
            "remembered": remembered,
            "dates": {name: reached.isoformat() for name, reached in dates.items()},
        },
        details={"actor": write.actor.name, **({"remark": remark.strip()} if remark.strip() else {})},
    )
    entered = replace(
        process, state=state, remembered=remembered, version=1, since=day.isoformat(), updated_at=entry.recorded_at
    )
    _store(write, process, entered, definition)
    return entered


def correct(
    write: Write, process_id: str, seq: int, *, happened_on: date, why: str, expected_version: int | None = None
) -> Process:
    """Mend the day of an earlier step by a new entry; the old entry stays as it was. Raises NotFound, InvalidInput, NotPermitted."""
    process, definition, role = _for_verb(write, process_id, CORRECT, expected_version)
    wrong = queries.entry(write.session, write.scope, seq)
    if wrong is None or wrong.subject_id != process_id or wrong.version == 0 or wrong.event in (CORRECT, UNDO):
        raise NotFound("запись", str(seq))
    if not why.strip():
        raise InvalidInput({"why": "Напишите, почему дата была неверной."})
    day = _day(write, happened_on)
    inputs = {"column": "happened_on", "value": day.isoformat(), "was": wrong.happened_on}
    mended = _mend(write, process, definition, role, CORRECT, process.state, seq, inputs, why)
    for effect in _effects_of(write, wrong):
        if effect.redate:
            effect.redate(write, mended, wrong, day)
    return mended


def undo(write: Write, process_id: str, *, why: str, expected_version: int | None = None) -> Process:
    """Go back by one step; revokes nothing that is signed. Raises InvalidInput where the last step can't be taken back."""
    process, definition, role = _for_verb(write, process_id, UNDO, expected_version)
    if not why.strip():
        raise InvalidInput({"why": "Напишите, почему шаг отменяется."})
    projection = _projection(write, process_id)
    last = projection.done[-1] if projection.done else None
    if last is None or last.state_before == START:
        raise InvalidInput({"why": "Отменять нечего: это первая запись."})
    if last.entry.caused_by:
        raise InvalidInput(
            {
                "why": f"Этот шаг сделан документом (запись № {last.entry.caused_by}). Его отменяет другой документ, а не возврат."
            }
        )
    effects = _effects_of(write, last.entry)
    fixed = last.entry.event not in UNIVERSAL and not definition.event(last.entry.event).undoable
    if fixed or not all(effect.take_back for effect in effects):
        raise InvalidInput(
            {"why": f"Шаг «{definition.event(last.entry.event).title}» отменить нельзя: он изменил другие сведения."}
        )
    mended = _mend(write, process, definition, role, UNDO, last.state_before, last.entry.seq, {}, why)
    for effect in effects:
        assert effect.take_back is not None
        effect.take_back(write, mended, last.entry)
    return mended


def _effects_of(write: Write, entry: HistoryEntry) -> list[Effect]:
    """What the step of an entry changed in registers, by the rules under which it was made."""
    if entry.event in UNIVERSAL:
        return []
    event = write.definition(entry.definition_hash).event(entry.event)
    return [write.catalogue.effects[name] for name in event.does]


def _mend(
    write: Write,
    process: Process,
    definition: WorkflowDefinition,
    role: str,
    verb: str,
    target: str,
    refers_to: int,
    inputs: Mapping[str, Any],
    why: str,
) -> Process:
    entry = write.record(
        "step",
        process.subject_kind,
        process.id,
        verb,
        version=process.version + 1,
        definition_hash=definition.hash,
        from_state=process.state,
        to_state=target,
        actor_role=role,
        refers_to=refers_to,
        with_ground=True,
        inputs=inputs,
        details={"actor": write.actor.name, "ground": why.strip()},
    )
    projection = _projection(write, process.id)
    mended = replace(
        process,
        state=projection.state,
        remembered=projection.remembered,
        version=projection.version,
        since=projection.since,
        updated_at=entry.recorded_at,
    )
    _store(write, process, mended, definition)
    return mended


def _projection(uow: UnitOfWork, process_id: str) -> Any:
    return project(queries.entries_of(uow.session, uow.scope, [process_id]).get(process_id, []), uow.definition)


def _for_verb(
    write: Write, process_id: str, verb: str, expected_version: int | None
) -> tuple[Process, WorkflowDefinition, str]:
    write.session.flush()
    process = _own(write, queries.process(write.session, process_id), process_id)
    definition = write.definition(process.definition_hash)
    _check_version(process, definition, expected_version)
    return process, definition, _verb_role(write, definition, verb, process)


def _verb_role(write: Write, definition: WorkflowDefinition, verb: str, process: Process) -> str:
    roles = definition.verb(verb).roles
    role = role_for(write, write.actor, roles, process)
    if not role:
        raise NotPermitted(f"{not_permitted(write, roles).text}.", roles)
    return role


def erase(write: Write, subject_ids: Sequence[str], why: str) -> int:
    """Erase the details of all entries about some subjects (a consent was revoked); the chain still verifies. Returns how many."""
    found = queries.entries_of(write.session, write.scope, subject_ids)
    seqs = [entry.seq for entries in found.values() for entry in entries if entry.commitment]
    for subject_id, entries in found.items():
        write.record(
            "access",
            entries[0].subject_kind,
            subject_id,
            "erased",
            inputs={"entries": len(entries)},
            details={"actor": write.actor.name, "ground": why},
        )
    queries.erase_details(write.session, write.scope, seqs, write.recorded_at)
    return len(seqs)
