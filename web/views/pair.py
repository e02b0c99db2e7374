"""One pair's page: who, where on the road, the next step with its reasons, meetings, papers, history, rarer actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup

from web.formatting import count, days, plural, russian_date, school_year_of
from web.links import shown_blocker
from web.views.pair_folder import FolderView, folder_view
from web.views.pairs import next_event, own_pair
from web.views.story import StoryLine, story_of
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.definition import SAME, EventDefinition, WorkflowDefinition
from workflow_core.exceptions import NotFound
from workflow_core.guards import Actor, Blocker, Severity
from workflow_core.judgement import Outlook, role_for
from workflow_core.operations import RowResult
from workflow_core.tables import Process
from workflow_core.unit_of_work import UnitOfWork
from workflows.documents.kinds import known_kinds
from workflows.mentoring import board, queries
from workflows.mentoring.board import PairLine, PersonLine
from workflows.mentoring.states import PROPOSED
from workflows.mentoring.tables import MEETING_TITLES, Meeting, MeetingKind, MeetingStatus
from workflows.organisations import people, policy
from workflows.organisations import queries as organisations

MEETING_EVENT = "record_meeting"
"""A row of the meeting log that is also an event while a pair is at work: it has a button and a form of its own."""
NEAR_THE_END = 45
"""Days before the end of a pair's period from which its page offers the closing meeting."""
LAST_MEETINGS = 3
LAST_ENTRIES = 3


@dataclass(frozen=True, slots=True)
class StepView:
    """A step with all that is said about it."""

    event: str
    title: str
    """The button: «Начать работу»."""
    heading: str
    face: str
    """open | closed | ground | shown (for somebody who may only look) | refused (for what was typed: the form stays)."""
    blockers: tuple[Mapping[str, Any], ...]
    closed_sentence: str
    consequences: tuple[str, ...]
    done: tuple[str, ...]
    """What the rules ask and what is there already."""
    url: str
    rules_url: str
    help: str
    needs_ground: bool
    day_hint: str
    ground_label: str


@dataclass(frozen=True, slots=True)
class PairView:
    """What the page of a pair shows."""

    id: str
    label: str
    title: Markup
    sentence: str
    people: tuple[Mapping[str, str], ...]
    """Everybody of a group; empty for two."""
    strip: tuple[Mapping[str, str], ...]
    version: int
    state: str
    state_title: str
    notice: str
    """Of a suspended or ended pair: since when and why."""
    step: StepView | None
    meetings: tuple[Mapping[str, str], ...]
    meetings_note: str
    meeting_url: str
    """Empty where the actor may record none."""
    folder: FolderView
    story: tuple[StoryLine, ...]
    story_count: int
    actions: tuple[Mapping[str, str], ...]
    plan: Mapping[str, Any]


def pair_view(read: UnitOfWork, actor: Actor, pair_id: str) -> PairView:
    """The page of one pair that the actor may see. Raises NotFound, NotPermitted."""
    line = own_pair(read, actor, pair_id)
    process, definition = _process(read, pair_id)
    outlooks = operations.why_not(read, actor, [pair_id]).get(pair_id, [])
    onward = _onward(read, process, definition)
    first = next((one for one in outlooks if onward and one.event.name == onward.name), None)
    step = step_view(read, actor, first) if first else None
    lines = story_of(read, [pair_id])
    blockers = first.blockers if first else ()
    return PairView(
        id=pair_id,
        label=line.label,
        title=_title(read, actor, line),
        sentence=_sentence(line),
        people=_people(read, actor, line) if line.is_group else (),
        strip=_strip(read, line),
        version=process.version,
        state=process.state,
        state_title=definition.state_title(process.state),
        notice=_notice(read, process, definition, lines),
        step=step,
        meetings=_meetings(read, pair_id),
        meetings_note=_meetings_note(read, pair_id),
        meeting_url=_meeting_url(definition, process, actor, line),
        folder=folder_view(read, actor, line, blockers),
        story=tuple(lines[:LAST_ENTRIES]),
        story_count=len(lines),
        actions=_actions(read, actor, line, process, definition, outlooks, onward),
        plan=_plan(read, pair_id),
    )


def _process(read: UnitOfWork, pair_id: str) -> tuple[Process, WorkflowDefinition]:
    process = core.process(read.session, pair_id)
    if process is None or process.scope_id != read.scope:
        raise NotFound("пара", pair_id)
    return process, read.definition(process.definition_hash)


# -- who --------------------------------------------------------------------------------------------------------------


def _title(read: UnitOfWork, actor: Actor, line: PairLine) -> Markup:
    mentors = ", ".join(one.name for one in line.mentors)
    first = line.mentors[0] if len(line.mentors) == 1 else None
    note = f"{first.place}, наставник" if first and first.place else "наставник" if first else "наставники"
    if len(line.mentees) == 1:
        mentee = line.mentees[0]
        right, right_note = mentee.name, ", ".join(part for part in (mentee.place, _age(read, actor, mentee)) if part)
    else:
        right, right_note = "группа", count(len(line.mentees), "человек", "человека", "человек")
    who = Markup('<span class="who">{} <small>{}</small></span>')
    arrow = Markup('<span class="arrow" aria-hidden="true">→</span><span class="visually-hidden"> — </span>')
    return who.format(mentors, note) + arrow + who.format(right, right_note)


def _age(read: UnitOfWork, actor: Actor, person: PersonLine) -> str:
    if not policy.may(actor, policy.PERSONAL_READ):
        return ""
    row = organisations.people(read.session, read.scope, [person.id]).get(person.id)
    age = people.age_on(row, read.today) if row and row.kind == "pupil" else None
    return count(age, "год", "года", "лет") if age else ""


def _people(read: UnitOfWork, actor: Actor, line: PairLine) -> tuple[Mapping[str, str], ...]:
    sides = [("наставник, ведущий" if one.leads else "наставник", one) for one in line.mentors]
    sides += [("наставляемый", one) for one in line.mentees]
    return tuple({"name": one.name, "place": one.place, "side": side} for side, one in sides)


def _sentence(line: PairLine) -> str:
    form = f"{line.form_title[:1].upper()}{line.form_title[1:]}"
    programme = f"программа {line.programme_title if '«' in line.programme_title else f'«{line.programme_title}»'}"
    leads = f"ведёт {line.curator}" if line.curator else ""
    return " · ".join(part for part in (form, programme, leads) if part)


def _strip(read: UnitOfWork, line: PairLine) -> tuple[Mapping[str, str], ...]:
    year = school_year_of(read.today)
    shown = []
    for step in board.journeys(read, [line.id]).get(line.id, ()):
        note = russian_date(step.reached_on, year) if step.reached_on else ""
        if step.place == "now" and step.state == line.state and note:
            note = f"{note}, {days(line.days)}" if line.days else f"{note}, сегодня"
        shown.append(
            {"title": step.short_title, "status": {"to_come": "ahead"}.get(step.place, step.place), "note": note}
        )
    return tuple(shown)


def _notice(read: UnitOfWork, process: Process, definition: WorkflowDefinition, lines: Sequence[StoryLine]) -> str:
    state = definition.state(process.state)
    if state.final is None and not state.remembers:
        return ""
    year = school_year_of(read.today)
    since = f"{state.title} с {russian_date(date.fromisoformat(process.since), year)}."
    cause = next((one.ground for one in lines if one.ground and one.happened_on.isoformat() == process.since), "")
    return f"{since} На основании: {cause}" if cause else since


# -- steps ------------------------------------------------------------------------------------------------------------


def step_view(read: UnitOfWork, actor: Actor, outlook: Outlook, *, main: bool = True, typed: bool = False) -> StepView:
    """One step with everything that is said about it. `typed`: what stands in the way is what was typed, not the pair."""
    event, process, definition = outlook.event, outlook.question.process, outlook.question.definition
    blockers = [one for one in outlook.blockers if one.guard != "policy"]
    barred = [one for one in blockers if one.severity is Severity.BLOCK]
    closed = "refused" if typed else "closed"
    face = "shown" if not outlook.role else closed if barred else "ground" if outlook.needs_ground else "open"
    shown = tuple(shown_blocker(one) for one in blockers)
    if face == "shown":
        shown = tuple({**one, "actions": []} for one in shown)
    lowered = f"{event.title[:1].lower()}{event.title[1:]}"
    return StepView(
        event=event.name,
        title=event.title,
        heading=f"Следующий шаг: {lowered}" if main else event.title,
        face=face,
        blockers=shown,
        closed_sentence=_opens_when(barred),
        consequences=_consequences(read, actor, event, process, definition),
        done=_done(read, outlook) if main else (),
        url=url_for("pairs.step", pair_id=process.id, event=event.name),
        rules_url=url_for("pairs.rules", pair_id=process.id, event=event.name),
        help=event.help,
        needs_ground=outlook.needs_ground,
        day_hint=_day_hint(read, process, event),
        ground_label=_ground_label(event, blockers),
    )


def _opens_when(barred: Sequence[Blocker]) -> str:
    if not barred:
        return ""
    return f"Шаг откроется, когда {plural(len(barred), 'этой причины', 'этих причин', 'этих причин')} не станет."


def _ground_label(event: EventDefinition, blockers: Sequence[Blocker]) -> str:
    reasons = [one for one in blockers if one.severity is Severity.REASON]
    return "Почему можно уже сейчас" if reasons else f"Основание: {event.title[:1].lower()}{event.title[1:]}"


def _day_hint(read: UnitOfWork, process: Process, event: EventDefinition) -> str:
    since = russian_date(date.fromisoformat(process.since), school_year_of(read.today))
    return (
        "Не позже сегодня"
        if event.target_from(process.state) == SAME
        else f"Обычно не раньше {since}, не позже сегодня"
    )


def _consequences(
    read: UnitOfWork, actor: Actor, event: EventDefinition, process: Process, definition: WorkflowDefinition
) -> tuple[str, ...]:
    target = definition.step(process.state, event.name, process.remembered)
    found = [] if target == process.state else [f"Пара станет «{definition.state_title(target)}»."]
    found += [f"{_upper(read.catalogue.effects[name].title)}." for name in event.does if name in read.catalogue.effects]
    taken_back = _taken_back(read, actor, event, process)
    found += [f"{row.text.removesuffix('.')}." for row in taken_back]
    kinds = known_kinds(read.catalogue)
    titles = [kinds[code].title for code in event.papers if code in kinds]
    if titles:
        found.append(f"Понадобятся документы: {', '.join(f'{title[:1].lower()}{title[1:]}' for title in titles)}.")
    if any(row.ok for row in taken_back):
        found.append("Отменить этот шаг будет нельзя: отменённые документы не вернутся.")
    elif event.undoable:
        found.append("Шаг можно отменить до следующей записи о паре.")
    else:
        found.append("Отменить этот шаг нельзя: он меняет и другие сведения.")
    return tuple(found)


def _taken_back(read: UnitOfWork, actor: Actor, event: EventDefinition, process: Process) -> list[RowResult]:
    """«Будет отменено: «Приказ о закреплении пар» (проект)», for the steps that take back what was begun."""
    if not event.revokes:
        return []
    return operations.preview_consequences(read, actor, process.id, event.name, {}, read.today)


def _done(read: UnitOfWork, outlook: Outlook) -> tuple[str, ...]:
    kept = [name for name, _severity, code in outlook.checks if not code]
    return tuple(_upper(read.catalogue.guards[name].title) for name in kept if name in read.catalogue.guards)


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def outlook_of(read: UnitOfWork, actor: Actor, pair_id: str, event: str) -> Outlook:
    """What stands in the way of one step of a pair that the actor may see. Raises TransitionNotAllowed, NotFound."""
    own_pair(read, actor, pair_id)
    process, definition = _process(read, pair_id)
    found = operations.why_not(read, actor, [pair_id]).get(pair_id, [])
    for one in found:
        if one.event.name == event:
            return one
    raise (definition.not_allowed(process.state, event) if definition.has_event(event) else NotFound("шаг", event))


def is_next(read: UnitOfWork, pair_id: str, event: str) -> bool:
    """Whether the pair's page offers this step as the next one."""
    process, definition = _process(read, pair_id)
    onward = _onward(read, process, definition)
    return onward is not None and onward.name == event


def _onward(read: UnitOfWork, process: Process, definition: WorkflowDefinition) -> EventDefinition | None:
    """The next step: that of the lifecycle; of a pair at work a meeting, until the end of its period comes near."""
    onward = next_event(definition, process.state)
    meeting = next((one for one in definition.events_from(process.state) if one.name == MEETING_EVENT), None)
    if meeting is None:
        return onward
    ends_on = queries.pair(read.session, read.scope, process.id).ends_on
    return onward if (ends_on - read.today).days <= NEAR_THE_END else meeting


def _actions(
    read: UnitOfWork,
    actor: Actor,
    line: PairLine,
    process: Process,
    definition: WorkflowDefinition,
    outlooks: Sequence[Outlook],
    onward: EventDefinition | None,
) -> tuple[Mapping[str, str], ...]:
    """The rarer actions that the actor has a role for; what stands in their way is said on their own pages."""
    skipped = {MEETING_EVENT, onward.name if onward else ""}
    found = [
        {"label": one.event.title, "url": url_for("pairs.step", pair_id=line.id, event=one.event.name)}
        for one in outlooks
        if one.role and one.event.name not in skipped
    ]
    mine = actor.person_id in {one.id for one in line.mentors}
    if policy.may(actor, "plan.edit") or (mine and policy.may_own(actor, "plan.edit")):
        found.append({"label": "План и задачи", "url": url_for("pairs.plan", pair_id=line.id)})
    if policy.may(actor, "plan.edit"):
        found.append({"label": "Внести ответы анкет", "url": url_for("pairs.feedback", pair_id=line.id)})
    for verb in ("correct", "undo"):
        if verb in definition.verbs and role_for(read, actor, definition.verb(verb).roles, process):
            found.append({"label": definition.verb(verb).title, "url": url_for(f"pairs.{verb}", pair_id=line.id)})
    return tuple(found)


# -- meetings and plan ------------------------------------------------------------------------------------------------


def meeting_words(row: Meeting) -> str:
    """One line of the log after its kind: topic, minutes, place."""
    parts = [row.topic or row.summary, f"{row.minutes} минут" if row.minutes else "", row.place]
    return ". ".join(part.rstrip(".") for part in parts if part)


def meeting_title(row: Meeting) -> str:
    """«Планирование»: the kind of a meeting; what was planned or cancelled says so."""
    kind = _upper(MEETING_TITLES[MeetingKind(row.kind)]) if row.kind in set(MeetingKind) else "Встреча"
    return {MeetingStatus.PLANNED: f"{kind}, по плану", MeetingStatus.CANCELLED: f"{kind}, отменена"}.get(
        MeetingStatus(row.status), kind
    )


def _meetings(read: UnitOfWork, pair_id: str) -> tuple[Mapping[str, str], ...]:
    rows = queries.meetings(read.session, read.scope, [pair_id]).get(pair_id, [])
    year = school_year_of(read.today)
    return tuple(
        {"date": russian_date(row.held_on, year), "title": f"{meeting_title(row)}.", "words": meeting_words(row)}
        for row in reversed(rows[-LAST_MEETINGS:])
    )


def _meetings_note(read: UnitOfWork, pair_id: str) -> str:
    held = queries.held_meetings(read.session, read.scope, [pair_id]).get(pair_id, [])
    total = sum(one.count for one in held)
    if not total:
        return "записей ещё нет"
    last = russian_date(max(one.last_on for one in held), school_year_of(read.today))
    return f"{count(total, 'встреча', 'встречи', 'встреч')}, последняя {last}"


def _meeting_url(definition: WorkflowDefinition, process: Process, actor: Actor, line: PairLine) -> str:
    mine = actor.person_id in {one.id for one in line.mentors}
    may = policy.may(actor, "meeting.edit") or (mine and policy.may_own(actor, "meeting.edit"))
    # Before the pair is fixed nothing official can have happened yet.
    live = definition.state(process.state).final is None and process.state != PROPOSED
    return url_for("pairs.meeting", pair_id=line.id) if may and live else ""


def _plan(read: UnitOfWork, pair_id: str) -> Mapping[str, Any]:
    tasks = queries.plan_tasks(read.session, read.scope, [pair_id]).get(pair_id, [])
    return {"done": sum(1 for one in tasks if one.done_on), "total": len(tasks)}
