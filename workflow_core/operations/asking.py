"""Asking: what could be done and what it would come to. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from workflow_core import queries
from workflow_core.definition import EventDefinition
from workflow_core.event_fields import load_fields
from workflow_core.exceptions import InvalidInput, NotFound, WorkflowError
from workflow_core.guards import Actor
from workflow_core.judgement import Outlook, Question, judge
from workflow_core.operations.requests import RowResult, StepRequest
from workflow_core.operations.revoking import preview_revocations
from workflow_core.replay import moved
from workflow_core.tables import Process

if TYPE_CHECKING:
    from workflow_core.unit_of_work import UnitOfWork


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
    known = FieldsOnce()
    for index, request in enumerate(requests):
        try:
            process = own_process(uow, found.get(request.process_id), request.process_id)
            questions.append((index, question_of(uow, process, request, cause, known)))
        except WorkflowError as exc:
            rows[index] = RowResult(request.process_id, False, str(exc))
    for (index, question), outlook in zip(questions, judge(uow, actor, [q for _, q in questions]), strict=True):
        rows[index] = _expected(question, outlook)
    return [rows[index] for index in range(len(requests))]


def preview_consequences(
    uow: UnitOfWork, actor: Actor, process_id: str, event: str, fields: Mapping[str, Any], happened_on: date
) -> list[RowResult]:
    """What an event would cause in other subjects and what it would take back; changes nothing."""
    process = own_process(uow, queries.process(uow.session, process_id), process_id)
    definition = uow.definition(process.definition_hash)
    rows: list[RowResult] = []
    for name in definition.event(event).then:
        if name not in uow.catalogue.consequences:
            continue  # not installed any more: the step itself is closed and says so
        caused = uow.catalogue.resolve(name, uow.session, uow.scope, process, event, fields)
        rows += preview(uow, actor, [one.request(happened_on) for one in caused], cause=process_id)
    rows += preview_revocations(uow, actor, process, definition.event(event), fields, happened_on, preview)
    return rows


def _expected(question: Question, outlook: Outlook) -> RowResult:
    target, _remembered = moved(
        question.definition, question.process.state, question.event.name, question.process.remembered
    )
    if not outlook.is_open:
        text = f"Нельзя: {outlook.blockers[0].text}"
    elif outlook.needs_ground:
        text = f"Нужно обоснование: {outlook.blockers[0].text}" if outlook.blockers else "Нужно обоснование"
    else:
        text = f"Станет «{question.definition.state_title(target)}»"
    return RowResult(question.process.id, outlook.is_open, text, outlook.blockers, outlook.needs_ground)


def own_process(uow: UnitOfWork, process: Process | None, process_id: str) -> Process:
    """The process if it is this organisation's; another one's is not even admitted to exist."""
    if process is None or process.scope_id != uow.scope:
        raise NotFound("запись", process_id)
    return process


class FieldsOnce:
    """Typed fields of one form that is sent for many subjects: checked once for each event and set of values."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[int, frozenset[tuple[str, type, Any]]], dict[str, Any]] = {}
        self._last: tuple[EventDefinition, Mapping[str, Any], dict[str, Any]] | None = None
        """Rows of a page come with one form: the very same object, which need not be compared value by value."""

    def load(self, event: EventDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
        """As `load_fields`. Raises InvalidInput."""
        if self._last is not None and self._last[0] is event and self._last[1] is values:
            return self._last[2]
        found = self._found(event, values)
        self._last = event, values, found
        return found

    def _found(self, event: EventDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
        try:
            key = (id(event), frozenset((name, type(value), value) for name, value in values.items()))
            found = self._loaded.get(key)
        except TypeError:  # a value that can't be hashed is a form's own
            return load_fields(event, values)
        if found is None:
            found = self._loaded[key] = load_fields(event, values)
        return found


def question_of(
    uow: UnitOfWork, process: Process, request: StepRequest, cause: str = "", known: FieldsOnce | None = None
) -> Question:
    """Check state, date and fields of a request. Raises TransitionNotAllowed, InvalidInput."""
    definition = uow.definition(process.definition_hash)
    definition.step(process.state, request.event, process.remembered)
    event = definition.event(request.event)
    fields = known.load(event, request.fields) if known else load_fields(event, request.fields)
    return Question(process, definition, event, day_of(uow, request.happened_on), fields, submitted=True, cause=cause)


def day_of(uow: UnitOfWork, happened_on: date | None) -> date:
    day = happened_on or uow.today
    if day > uow.today:
        raise InvalidInput(
            {"happened_on": f"Дата {day:%d.%m.%Y} ещё не наступила. Укажите день не позже сегодняшнего."}
        )
    if day.year < 1990:
        raise InvalidInput({"happened_on": f"Проверьте дату: {day:%d.%m.%Y}."})
    return day
