"""The page of one item: what proves it, what was done, what may be done next; and the page of one step of item, section or map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from web import queries as accounts
from web.event_form import Choices
from web.formatting import count, russian_date, school_year_of
from web.links import shown_blocker
from web.views.addresses import address
from web.views.items import ItemLine, item_line, item_lines, line_action, link_url_of, missing_names
from web.views.pair_steps import mendable_steps
from web.views.road_maps import MapQuery, open_outlooks, section_title
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.definition import EventDefinition
from workflow_core.exceptions import NotFound, NotPermitted
from workflow_core.guards import Actor, Severity
from workflow_core.judgement import Outlook
from workflow_core.replay import CORRECT, UNDO
from workflow_core.tables import Process
from workflow_core.unit_of_work import UnitOfWork
from workflows.documents import queries as documents
from workflows.documents.kinds import evidence_codes, kind_title, known_kinds
from workflows.documents.papers import ActInForce
from workflows.organisations import policy
from workflows.organisations import queries as organisations
from workflows.organisations.people import full_name, place_of_person
from workflows.organisations.queries import PeopleFilter
from workflows.road_maps import queries
from workflows.road_maps import views as road_map_views
from workflows.road_maps.deadlines import describe, from_contract
from workflows.road_maps.evidence import Evidence, LineState
from workflows.road_maps.lateness import OPEN_STATES
from workflows.road_maps.tables import Activity, ActivityFact, Occurrence

ACCEPTANCE_WORDS: Mapping[str, str] = {
    "none": "Не требуется",
    "paper": "По документу",
    "head": "Принимает руководитель",
    "district": "Принимает отдел образования",
}
FINISHING = ("complete", "report", "accept")
"""Steps of which the first that is open is the blue one."""
LOG = "log_fact"
CHOICE_LIMIT = 300
"""Papers or people that a field offers at most."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """What the page of an item shows."""

    line: ItemLine
    heading: str
    lead: Markup
    crumbs: tuple[tuple[str, str], ...]
    evidence_note: str
    evidence: tuple[Mapping[str, Any], ...]
    log: tuple[Mapping[str, Any], ...]
    may_log: bool
    finish: Mapping[str, Any] | None
    """The step that finishes the item, where it can be done now: blue."""
    actions: tuple[Mapping[str, Any], ...]
    closed: tuple[Mapping[str, Any], ...]
    """Steps that can't be done now: label, id, sentence, blockers."""
    mending: tuple[Mapping[str, Any], ...]
    facts: tuple[tuple[str, Any], ...]
    times_title: str
    times: tuple[Mapping[str, Any], ...]
    children: tuple[Mapping[str, Any], ...]
    callout: str


def item_view(read: UnitOfWork, actor: Actor, activity_id: str) -> ItemView:
    """The page of one item. Raises NotFound for another organisation's, NotPermitted."""
    policy.require(actor, "map.read")
    row = queries.activity(read.session, read.scope, activity_id)
    line = item_line(read, row)
    stage = queries.stage(read.session, read.scope, row.stage_id)
    outlooks = [one for one in open_outlooks(read, actor, row.id) if _fits(one.event.name, line.item)]
    is_shown = bool(line.item.evidence.facts or line.item.evidence.done) or line.state == "reported"
    finish = next((one for one in outlooks if is_shown and one.event.name in FINISHING and _is_free(one)), None)
    times = queries.occurrences(read.session, read.scope, [row.id]).get(row.id, [])
    may_log = any(one.event.name == LOG for one in outlooks)
    map_process = core.processes(read.session, [row.road_map_id]).get(row.road_map_id)
    return ItemView(
        line=line,
        heading=line.label,
        lead=_lead(read, line),
        crumbs=(
            ("Дорожная карта", url_for("road_maps.show", road_map_id=row.road_map_id)),
            (section_title(stage), MapQuery(row.road_map_id, section=stage.id).address()),
        ),
        evidence_note=f"выполнено {line.item.evidence.text}" if len(line.item.evidence.lines) > 1 else "",
        evidence=_evidence(line.item.evidence, line.item.is_open and finish is None and may_log),
        log=_log(read, row.id, times),
        may_log=may_log,
        finish=_step_action(finish, row.id) if finish else None,
        actions=tuple(
            _step_action(one, row.id) for one in outlooks if one.is_open and one is not finish and one.event.name != LOG
        ),
        closed=tuple(_closed(one) for one in outlooks if not one.is_open),
        mending=_mending(read, actor, line) if outlooks else (),
        facts=_facts(read, row),
        times_title="По организациям" if any(time.for_organisation_id for time in times) else "По срокам",
        times=tuple(_time(read.today, time, line, may_log) for time in times),
        children=_children(read, row),
        callout="Карта ещё не утверждена." if map_process and map_process.state == "draft" else "",
    )


def _fits(event: str, item: road_map_views.ItemView) -> bool:
    """Whether a step makes sense for this item: what nobody accepts is not handed in, a date is given once and then moved."""
    match event:
        case "report":
            return item.acceptance in ("head", "district")
        case "set_schedule":
            return item.due_on is None
        case "reschedule":
            return item.due_on is not None or any(time.due_on for time in item.occurrences)
    return True


def _is_free(outlook: Outlook) -> bool:
    """Whether the step needs neither a remedy nor a ground."""
    return outlook.is_open and not outlook.needs_ground


def _lead(read: UnitOfWork, line: ItemLine) -> Markup:
    year = school_year_of(read.today)
    words: list[Markup] = []
    if line.item.overdue:
        words.append(Markup('<strong class="late">{}</strong>').format(line.due.note))
        if line.item.lateness.missed:
            words[-1] += escape(
                f" ({', '.join(line.item.lateness.missed[:2])}{' …' if len(line.item.lateness.missed) > 2 else ''})"
            )
        if line.due_on:
            words[-1] += escape(f", срок {russian_date(line.due_on)}")
    else:
        note = f", {line.due.note}" if line.due.note else ""
        words.append(escape(f"Срок: {line.due.text}{note}"))
    if line.due.day_off:
        words.append(escape(line.due.day_off))
    if not line.item.is_open:
        words.append(escape(f"{line.item.state_title} {russian_date(line.item.since, year)}"))
    words.append(
        escape(
            f"Отвечает {line.responsible}"
            if line.item.responsible_person_id
            else line.responsible or "Ответственный не указан"
        )
    )
    return Markup(" · ").join(words)


# -- what proves it ---------------------------------------------------------------------------------------------------


def _evidence(found: Evidence, blue: bool) -> tuple[Mapping[str, Any], ...]:
    rows = []
    for line in found.lines:
        primary = blue and not line.done
        action = line_action(line)
        rows.append(
            {
                "sign": "done" if line.done else "missing",
                "title": _line_title(line),
                "share": (line.share.done, line.share.total) if line.share and line.share.total else None,
                "note": _line_note(line),
                "action": {**action, "kind": "primary" if primary else ""} if action else None,
            }
        )
        blue = blue and not (primary and action)
    return tuple(rows)


def _line_title(line: LineState) -> str:
    return f"{line.title}: {line.text}" if line.share and line.share.total and line.kind != "document" else line.title


def _line_note(line: LineState) -> Markup | str:
    if not line.known:
        return "Этих сведений никто не ведёт"
    if line.kind == "document":
        return line.text if line.done else "Документа нет. Подготовьте его или внесите готовый"
    if line.missing:
        return missing_names(line.missing)
    return "" if line.share and line.share.total else line.text[:1].upper() + line.text[1:]


# -- what was done ----------------------------------------------------------------------------------------------------


def _log(read: UnitOfWork, activity_id: str, times: Sequence[Occurrence]) -> tuple[Mapping[str, Any], ...]:
    facts = queries.facts(read.session, read.scope, [activity_id]).get(activity_id, [])
    papers = documents.documents(read.session, read.scope, [row.document_id for row in facts if row.document_id])
    labels = {time.id: time.label for time in times}
    who = _authors(read, facts)
    year = school_year_of(read.today)
    return tuple(
        {
            "date": russian_date(row.happened_on, year),
            "text": row.text,
            "who": who.get(row.id, ""),
            "time": labels.get(row.occurrence_id or "", ""),
            "link": row.link,
            "href": row.link if row.link.startswith(("http://", "https://")) else "",
            "paper": (
                (papers[row.document_id].title, link_url_of("open_document", row.document_id))
                if row.document_id in papers
                else None
            ),
        }
        for row in reversed(facts)
    )


def _authors(read: UnitOfWork, facts: Sequence[ActivityFact]) -> dict[str, str]:
    """Who wrote each fact, from the history."""
    entries = core.entries_of(read.session, read.scope, [row.id for row in facts])
    first = {fact_id: found[0].actor_id for fact_id, found in entries.items() if found}
    names = accounts.accounts(read.session, set(first.values()))
    return {fact_id: names[actor_id].name for fact_id, actor_id in first.items() if actor_id in names}


def _time(today: date, time: Occurrence, line: ItemLine, may_log: bool) -> dict[str, Any]:
    year = school_year_of(today)
    late = not time.done_on and not time.before_adoption and time.due_on is not None and time.due_on < today
    if time.done_on:
        state = ("done", f"сделано {russian_date(time.done_on, year)}")
    elif time.before_adoption:
        state = ("ahead", "до начала работы с картой")
    else:
        state = ("missing", "срок прошёл") if late else ("ahead", "впереди")
    return {
        "label": time.label,
        "due": f"до {russian_date(time.due_on, year)}" if time.due_on else "",
        "sign": state[0],
        "state": state[1],
        "remark": time.remark,
        "late": late and line.item.is_open,
        "url": (
            url_for("road_maps.item", activity_id=line.id, occurrence=time.id, _anchor="log")
            if may_log and not time.done_on
            else ""
        ),
    }


def _children(read: UnitOfWork, row: Activity) -> tuple[Mapping[str, Any], ...]:
    siblings = queries.activities_of_stage(read.session, read.scope, row.stage_id)
    return tuple(
        {"title": one.label, "url": one.url, "state": one.item.state_title, "tag": one.tag, "late": one.item.overdue}
        for one in item_lines(read, [sub for sub in siblings if sub.parent_id == row.id])
    )


# -- what may be done -------------------------------------------------------------------------------------------------


def _step_action(outlook: Outlook, activity_id: str) -> dict[str, Any]:
    event = outlook.event
    url = url_for("road_maps.item_step", activity_id=activity_id, event=event.name)
    reasons = [one for one in outlook.blockers if one.severity is Severity.REASON]
    return {
        "label": event.title,
        "url": url,
        "note": f"Нужно обоснование: {reasons[0].text[:1].lower()}{reasons[0].text[1:]}" if reasons else "",
    }


def _closed(outlook: Outlook) -> dict[str, Any]:
    blocks = [one for one in outlook.blockers if one.severity is Severity.BLOCK]
    more = f" и ещё {len(blocks) - 1}" if len(blocks) > 1 else ""
    text = blocks[0].text
    return {
        "label": outlook.event.title,
        "id": f"why-{outlook.event.name}",
        "sentence": f"Пока нельзя: {text[:1].lower()}{text[1:]}{more}.",
        "blockers": [shown_blocker(one) for one in outlook.blockers],
    }


def _mending(read: UnitOfWork, actor: Actor, line: ItemLine) -> tuple[Mapping[str, Any], ...]:
    activity_id, definition = line.id, read.definition(line.item.definition_hash)
    found = []
    if actor.roles & set(definition.verb(UNDO).roles):
        url = url_for("road_maps.item_undo", activity_id=activity_id)
        found.append({"label": "Отменить последний шаг…", "url": url})
    if actor.roles & set(definition.verb(CORRECT).roles):
        url = url_for("road_maps.item_correct", activity_id=activity_id)
        found.append({"label": "Исправить запись…", "url": url})
    if policy.may(actor, "map.edit"):
        url = url_for("road_maps.item_edit", activity_id=activity_id)
        found.append({"label": "Ответственный и приёмка…", "url": url})
    return tuple(found)


def _facts(read: UnitOfWork, row: Activity) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = [("Приёмка", ACCEPTANCE_WORDS.get(row.acceptance, ""))]
    deadline = from_contract(row.deadline) if row.deadline else None
    if row.result:
        found.append(("Результат", row.result))
    if row.indicator:
        found.append(("Показатель", row.indicator))
    if deadline:
        found.append(("Срок по карте", describe(deadline)))
    if row.planned_due_on and row.due_on and row.planned_due_on != row.due_on:
        found.append(("Перенесён", f"с {russian_date(row.planned_due_on)} на {russian_date(row.due_on)}"))
    if row.responsible and row.responsible_person_id:
        found.append(("Кто по карте", str(row.responsible.get("text") or "")))
    if row.carried_to_id:
        url = url_for("road_maps.item", activity_id=row.carried_to_id)
        found.append(("Продолжение", Markup('<a href="{}">Пункт следующей карты</a>').format(url)))
    if row.text != row.short_title and not row.subpoints:
        found.append(("По карте", f"«{row.text}»"))
    entries = core.count_entries(read.session, read.scope, {"subject_id": row.id})
    words = count(entries, "запись", "записи", "записей")
    url = address("history.index", subject=f"activity:{row.id}")
    found.append(("История", Markup('<a href="{}">{}</a>').format(url, words) if url else words))
    return tuple(found)


# -- one step ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepView:
    """What the page of one step shows beside its form."""

    event: EventDefinition
    version: int
    needs_ground: bool
    is_open: bool
    blockers: tuple[Mapping[str, Any], ...]
    then: tuple[str, ...]
    """What else it will bring about, as sentences."""
    choices: Mapping[str, Choices]


def own_process(read: UnitOfWork, process_id: str) -> Process:
    """A process of this organisation. Raises NotFound."""
    process = core.process(read.session, process_id)
    if process is None or process.scope_id != read.scope:
        raise NotFound("запись", process_id)
    return process


def step_view(read: UnitOfWork, actor: Actor, process_id: str, event_name: str) -> StepView:
    """One step of an item, a section or a map. Raises NotFound, TransitionNotAllowed, NotPermitted."""
    process = own_process(read, process_id)
    definition = read.definition(process.definition_hash)
    definition.step(process.state, event_name, process.remembered)
    outlooks = operations.why_not(read, actor, [process_id])[process_id]
    outlook = next(one for one in outlooks if one.event.name == event_name)
    if not outlook.role:
        raise NotPermitted(f"{outlook.blockers[0].text}.", outlook.event.roles)
    return StepView(
        event=outlook.event,
        version=process.version,
        needs_ground=outlook.needs_ground,
        is_open=outlook.is_open,
        blockers=tuple(shown_blocker(one) for one in outlook.blockers),
        then=_then(outlook),
        choices=_choices(read, process_id, outlook.event),
    )


def posted_event(read: UnitOfWork, process_id: str, event_name: str) -> tuple[EventDefinition, dict[str, Choices]]:
    """The event of a form that came back and what its fields offer, whatever the state is now. Raises NotFound."""
    process = own_process(read, process_id)
    event = read.definition(process.definition_hash).event(event_name)
    return event, _choices(read, process_id, event)


def _then(outlook: Outlook) -> tuple[str, ...]:
    definition, state = outlook.question.definition, outlook.question.process.state
    target = outlook.event.target_from(state)
    if not outlook.is_open or target not in definition.states or target == state:
        return ()
    undo = "Шаг можно отменить до следующей записи." if outlook.event.undoable else ""
    return tuple(one for one in (f"Состояние станет «{definition.state_title(target)}».", undo) if one)


def field_choices(read: UnitOfWork, event: EventDefinition) -> dict[str, Choices]:
    """People, papers, times and items that the fields of a step offer."""
    found: dict[str, Choices] = {}
    for one in event.fields:
        if one.type == "document":
            found[one.name] = _papers(read, one.name)
        elif one.type == "person":
            found[one.name] = people_choices(read)
    return found


def _choices(read: UnitOfWork, process_id: str, event: EventDefinition) -> dict[str, Choices]:
    found = field_choices(read, event)
    if any(one.name == "next_item" for one in event.fields):
        found["next_item"] = next_items(read, process_id)
    return found


def _papers(read: UnitOfWork, asked: str) -> list[tuple[str, str]]:
    """Papers that stand; a field that is named as road maps name a paper («order», «control_sheet») offers only such."""
    kinds = [kind for kind in known_kinds(read.catalogue) if asked in evidence_codes(kind)]
    found = documents.papers_in_force(read.session, read.scope, read.today, kinds=kinds, newest=CHOICE_LIMIT)
    return [(paper.id, paper_words(read, paper)) for paper in reversed(found)]


def paper_words(read: UnitOfWork, paper: ActInForce) -> str:
    """«№ 26/1 от 3 июня 2026, Приказ об утверждении планов»."""
    number = f"№ {paper.number} " if paper.number else ""
    title = paper.title or kind_title(read.catalogue, paper.kind)
    return f"{number}от {russian_date(paper.signed_on)}, {title}"


def people_choices(read: UnitOfWork) -> list[tuple[str, str]]:
    """Employees who are here, by name."""
    wanted = PeopleFilter(kinds=("employee",), here_on=read.today)
    page = organisations.people_page(read.session, read.scope, wanted, limit=CHOICE_LIMIT)
    return [(row.id, ", ".join(filter(None, (full_name(row), place_of_person(row))))) for row in page.people]


def open_times(read: UnitOfWork, activity_id: str) -> list[tuple[str, str]]:
    """Times and organisations of an item that are not closed yet, to choose from."""
    times = queries.occurrences(read.session, read.scope, [activity_id]).get(activity_id, [])
    return [(time.id, time.label) for time in times if time.done_on is None]


def next_items(read: UnitOfWork, activity_id: str) -> list[tuple[str, str]]:
    """Open items of the organisation's other running maps: where an item may be carried over to."""
    row = queries.activity(read.session, read.scope, activity_id)
    others = queries.running_activities(read.session, read.scope, OPEN_STATES)
    return [
        (one.id, f"{one.number} {one.short_title or one.text}".strip())
        for one in others
        if one.road_map_id != row.road_map_id
    ][:CHOICE_LIMIT]


def mendable(read: UnitOfWork, process_id: str) -> list[tuple[str, str]]:
    """Steps whose day may be corrected: (number, words), newest first."""
    return [(str(one.seq), one.words) for one in reversed(mendable_steps(read, process_id))]


def last_step(read: UnitOfWork, process_id: str) -> str:
    """The last step in words, as the page that takes it back shows it."""
    found = mendable(read, process_id)
    return found[0][1] if found else ""


def versions(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, int]:
    """Versions of some processes of this organisation, for the forms of a page."""
    found = core.processes(uow.session, ids)
    return {one.id: one.version for one in found.values() if one.scope_id == uow.scope}
