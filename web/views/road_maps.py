"""A road map as its page shows it: the sentence, the strip of sections, filters with numbers, the table in printed order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from web.formatting import count, plural, russian_date
from web.links import shown_blocker
from web.views.items import ItemLine, counted_items, evidence_words, item_lines, of_items
from web.views.map_export import downloads
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.definition import SAME, EventDefinition, WorkflowDefinition
from workflow_core.exceptions import NotFound
from workflow_core.guards import Actor, Severity
from workflow_core.judgement import Outlook
from workflow_core.operations import RowResult, StepRequest
from workflow_core.tables import Process
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations import policy
from workflows.organisations.people import search_text
from workflows.organisations.settings import lifecycle
from workflows.road_maps import queries
from workflows.road_maps.lateness import DONE_STATES
from workflows.road_maps.tables import RoadMap, Stage
from workflows.road_maps.views import UNAPPROVED, ItemView
from workflows.road_maps.views import count as count_items

FILTERS: Mapping[str, tuple[str, Callable[[ItemView, str, date], bool]]] = {
    "open": ("Открытые", lambda item, _person, _today: item.is_open),
    "late": ("Просрочены", lambda item, _person, _today: item.overdue),
    "soon": ("Скоро срок", lambda item, _person, today: item.is_open and item.lateness.is_due_soon(today)),
    "mine": ("Мои", lambda item, person, _today: item.is_open and item.responsible_person_id == (person or "-")),
    "undated": ("Без срока", lambda item, _person, _today: item.without_date),
}
"""Filter -> word, which items it shows, given the person who looks and the day."""
BULK_EVENTS = ("reschedule", "complete", "accept", "carry_over")
"""Steps that the bar offers for many items, in its order."""


@dataclass(frozen=True, slots=True)
class MapQuery:
    """What the address of a map says."""

    road_map_id: str
    section: str = ""
    """Id of a section; empty: the whole map."""
    filter: str = "open"
    """One of FILTERS, or all | done."""
    person: str = ""
    text: str = ""

    def address(self, **change: str) -> str:
        """The address of the map with something changed."""
        wanted = replace(self, **change)
        values: dict[str, str] = {
            "section": wanted.section,
            "show": wanted.filter if wanted.filter != "open" else "",
            "person": wanted.person,
            "q": wanted.text,
        }
        given: dict[str, Any] = {name: value for name, value in values.items() if value}
        return url_for("road_maps.show", road_map_id=self.road_map_id, **given)


@dataclass(frozen=True, slots=True)
class MapView:
    """What the page of a map shows."""

    id: str
    title: str
    edition: str
    """«редакция от 12.01.2027»; empty for the first."""
    sentence: Markup
    state: str
    state_title: str
    version: int
    query: MapQuery
    sections: tuple[Mapping[str, Any], ...]
    filters: tuple[tuple[str, str, int, bool], ...]
    """Word, address, number, whether it is chosen."""
    people: tuple[str, tuple[Mapping[str, Any], ...]]
    """Label and links of the choice of the responsible."""
    rows: tuple[Mapping[str, Any], ...]
    done: tuple[str, str]
    """«Выполнены 3 пункта: 3.1, 3.2, 3.3» and the address that shows them; empty if there are none."""
    empty: str
    total: int
    all_url: str
    draft: Mapping[str, Any] | None
    """The note of a map that is not approved: text, actions."""
    maps: tuple[Mapping[str, Any], ...]
    """The organisation's maps, where there are several."""
    actions: tuple[Mapping[str, Any], ...]
    more: tuple[Mapping[str, Any], ...]
    """The map's own steps."""
    downloads: tuple[Mapping[str, Any], ...]
    """The map as files."""
    bulk: tuple[tuple[str, str], ...]
    """(step, button) of what may be done with the ticked rows."""
    section: Mapping[str, Any] | None
    """The chosen section: title, lead-in, address of its page."""


def chosen_map(read: UnitOfWork, road_map_id: str = "") -> RoadMap | None:
    """The map asked for, else the newest that is not completed, else the newest; None where there is none.

    Raises NotFound for another organisation's.
    """
    if road_map_id:
        return queries.road_map(read.session, read.scope, road_map_id)
    found = queries.road_maps(read.session, read.scope)
    processes = core.processes(read.session, [row.id for row in found])
    running = [row for row in found if row.id in processes and processes[row.id].state != "completed"]
    return next(iter(running or found), None)


def map_view(read: UnitOfWork, actor: Actor, query: MapQuery, *, feeds: bool = False) -> MapView:
    """The page of one map; `feeds`: whether calendars can reach this place. Raises NotFound, NotPermitted."""
    policy.require(actor, "map.read")
    road_map = queries.road_map(read.session, read.scope, query.road_map_id)
    process = core.processes(read.session, [road_map.id])[road_map.id]
    stages = queries.stages(read.session, read.scope, [road_map.id])
    lines = item_lines(read, queries.activities_of_maps(read.session, read.scope, [road_map.id]))
    stage = next((row for row in stages if row.id == query.section), None)
    if query.section and stage is None:
        raise NotFound("раздел", query.section)
    inside = [line for line in lines if stage is None or line.item.stage_id == stage.id]
    narrowed = [line for line in inside if _matches(line, query)]
    shown = [line for line in narrowed if _shows(line.item, query, actor, read.today)]
    may_step = bool(bulk_steps(read, actor))
    return MapView(
        id=road_map.id,
        title=road_map.title,
        edition=road_map.edition,
        sentence=_sentence(read, query, lines, process),
        state=process.state,
        state_title=read.definition(process.definition_hash).state_title(process.state),
        version=process.version,
        query=query,
        sections=_sections(read, query, stages, lines),
        filters=tuple(
            (
                word,
                query.address(filter=name),
                sum(keeps(line.item, actor.person_id, read.today) for line in narrowed),
                query.filter == name,
            )
            for name, (word, keeps) in FILTERS.items()
        ),
        people=_people(query, inside),
        rows=tuple(item_row(line) for line in shown),
        done=_done_fold(query, narrowed),
        empty=_empty(query),
        total=len(lines),
        all_url=MapQuery(road_map.id, filter="all").address(),
        draft=_draft(read, road_map, process, actor),
        maps=_maps(read, road_map),
        actions=(
            {"label": "Для печати", "url": url_for("road_maps.printed", road_map_id=road_map.id), "icon": "printer"},
        ),
        more=_more(read, actor, road_map),
        downloads=downloads(road_map.id, may_subscribe=feeds and "auditor" not in actor.roles),
        bulk=bulk_steps(read, actor) if may_step and process.state != "completed" else (),
        section=_chosen_section(stage),
    )


def _matches(line: ItemLine, query: MapQuery) -> bool:
    if query.person and _who(line) != query.person:
        return False
    words = search_text(query.text).split()
    return all(word in search_text(f"{line.number} {line.title} {line.responsible}") for word in words)


def _who(line: ItemLine) -> str:
    """What the choice of the responsible goes by: the person's id, else the words of the map."""
    return line.item.responsible_person_id or line.responsible


def _shows(item: ItemView, query: MapQuery, actor: Actor, today: date) -> bool:
    if query.filter in FILTERS:
        return FILTERS[query.filter][1](item, actor.person_id, today)
    return query.filter == "all" or not item.is_open


def _sentence(read: UnitOfWork, query: MapQuery, lines: Sequence[ItemLine], process: Process) -> Markup:
    done, total, late = progress(lines)
    words = Markup("Выполнено {}\u00a0{}").format(done, of_items(total))
    if late:
        href = MapQuery(query.road_map_id, filter="late").address()
        words += Markup(', <a class="late" href="{}">просрочено {}</a>').format(href, late)
    words += Markup(". ")
    since = russian_date(date.fromisoformat(process.since))
    title = read.definition(process.definition_hash).state_title(process.state)
    return words + escape(f"{title} {since}." if process.state in ("approved", "completed", "agreed") else f"{title}.")


def progress(lines: Sequence[ItemLine]) -> tuple[int, int, int]:
    """Of the items that belong to the map still: done, all, overdue."""
    counts = count_items(line.item for line in lines)
    return counts.done + counts.not_needed, counts.total, counts.overdue


def _sections(
    read: UnitOfWork, query: MapQuery, stages: Sequence[Stage], lines: Sequence[ItemLine]
) -> tuple[Mapping[str, Any], ...]:
    processes = core.processes(read.session, [row.id for row in stages])
    done, total, late = progress(lines)
    whole = {
        "title": "Вся карта",
        "url": query.address(section=""),
        "word": f"просрочено {late}" if late else ("Выполнена" if done == total and total else "Идёт"),
        "kind": "late" if late else "",
        "done": done,
        "total": total,
        "current": not query.section,
    }
    return (whole, *(_section(read, query, row, processes.get(row.id), lines) for row in stages))


def _section(
    read: UnitOfWork, query: MapQuery, row: Stage, process: Process | None, lines: Sequence[ItemLine]
) -> dict[str, Any]:
    done, total, late = progress([line for line in lines if line.item.stage_id == row.id])
    state = process.state if process else ""
    title = read.definition(process.definition_hash).state_title(state) if process else "Не начат"
    return {
        "title": section_title(row),
        "url": query.address(section=row.id),
        "word": f"{plural(late, 'просрочен', 'просрочены', 'просрочено')} {late}" if late else title,
        "kind": "late" if late else ("done" if state == "completed" else ""),
        "done": done,
        "total": total,
        "current": query.section == row.id,
    }


def section_title(row: Stage) -> str:
    """«3. Базы участников и согласия»."""
    return f"{row.number}. {row.short_title or row.title}" if row.number else row.short_title or row.title


def _people(query: MapQuery, lines: Sequence[ItemLine]) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    names = {_who(line): line.responsible for line in lines if line.responsible}
    links: list[Mapping[str, Any]] = [
        {"label": "любой", "url": query.address(person=""), "current": not query.person},
        *(
            {"label": _short(name), "url": query.address(person=key), "current": query.person == key}
            for key, name in sorted(names.items(), key=lambda one: one[1])
        ),
    ]
    return f"Ответственный: {_short(names.get(query.person, 'любой'))}", tuple(links)


def _short(name: str, length: int = 40) -> str:
    return name if len(name) <= length else f"{name[: length - 1].rstrip()}…"


def item_row(line: ItemLine) -> dict[str, Any]:
    """One row of the table."""
    return {
        "id": line.id,
        "number": line.number,
        "title": line.title,
        "url": line.url,
        "due": line.due,
        "responsible": line.responsible,
        "evidence": evidence_words(line.item.evidence),
        "state": line.item.state_title,
        "tag": line.tag,
        "version": line.item.version,
        "schedule_url": (
            url_for("road_maps.item_step", activity_id=line.id, event="set_schedule") if line.item.without_date else ""
        ),
        "name": line.number or line.title,
    }


def _done_fold(query: MapQuery, lines: Sequence[ItemLine]) -> tuple[str, str]:
    if query.filter != "open":
        return "", ""
    finished = [line for line in lines if not line.item.is_open]
    if not finished:
        return "", ""
    numbers = [line.number for line in finished if line.number][:12]
    rest = len(finished) - len(numbers)
    tail = f"{': ' + ', '.join(numbers) if numbers else ''}{f' и ещё {rest}' if rest and numbers else ''}"
    word = plural(len(finished), "Закрыт", "Закрыты", "Закрыто")
    if all(line.state in DONE_STATES for line in finished):
        word = plural(len(finished), "Выполнен", "Выполнены", "Выполнено")
    return f"{word} {counted_items(len(finished))}{tail}", query.address(filter="done")


def _empty(query: MapQuery) -> str:
    return "Таких пунктов нет." if query != MapQuery(query.road_map_id) else "Открытых пунктов нет."


def _draft(read: UnitOfWork, road_map: RoadMap, process: Process, actor: Actor) -> Mapping[str, Any] | None:
    if process.state not in UNAPPROVED:
        return None
    sentences = {
        "draft": "Карта ещё не утверждена.",
        "agreement": "Карта на согласовании и ещё не утверждена.",
        "remarks": "Карта вернулась с замечаниями и ещё не утверждена.",
        "agreed": "Карта согласована, но ещё не утверждена.",
    }
    definition = read.definition(process.definition_hash)
    approve = [event for event in definition.events_from(process.state) if event.name == "approve"]
    may = [event for event in approve if actor.roles & set(event.roles)]
    return {
        "title": sentences.get(process.state, "Карта ещё не утверждена."),
        "text": "Пункты можно выполнять уже сейчас.",
        "actions": [
            {
                "label": f"{event.title}…",
                "url": url_for("road_maps.map_step", road_map_id=road_map.id, event=event.name),
            }
            for event in may
        ],
    }


def _maps(read: UnitOfWork, current: RoadMap) -> tuple[Mapping[str, Any], ...]:
    found = queries.road_maps(read.session, read.scope)
    if len(found) < 2:
        return ()
    return tuple(
        {
            "label": f"{row.title}{f', {row.period_text}' if row.period_text else ''}",
            "url": url_for("road_maps.show", road_map_id=row.id),
            "current": row.id == current.id,
        }
        for row in found
    )


def _more(read: UnitOfWork, actor: Actor, road_map: RoadMap) -> tuple[Mapping[str, Any], ...]:
    """The map's own steps and what else is rare."""
    found = list(map_steps(read, actor, road_map.id))
    if policy.may(actor, "map.adopt"):
        found.append({"label": "Взять ещё карту…", "url": url_for("road_maps.choose")})
    return tuple(found)


def _chosen_section(stage: Stage | None) -> Mapping[str, Any] | None:
    if stage is None:
        return None
    return {
        "title": section_title(stage),
        "lead_in": stage.lead_in,
        "url": url_for("road_maps.section", stage_id=stage.id),
        "word": stage.word,
    }


# -- steps of the map and of a section --------------------------------------------------------------------------------


def open_outlooks(read: UnitOfWork, actor: Actor, process_id: str) -> list[Outlook]:
    """What this actor could ever do from the state: steps of roles that the actor does not hold are left out."""
    outlooks = operations.why_not(read, actor, [process_id]).get(process_id, [])
    return [one for one in outlooks if one.role]


def map_steps(read: UnitOfWork, actor: Actor, road_map_id: str) -> tuple[Mapping[str, Any], ...]:
    """The map's own steps as ACTIONs."""
    found: list[Mapping[str, Any]] = []
    for outlook in open_outlooks(read, actor, road_map_id):
        event = outlook.event
        url = url_for("road_maps.map_step", road_map_id=road_map_id, event=event.name)
        found.append({"label": f"{event.title}…", "url": url})
    if found:
        for verb, words in (("undo", "Отменить последний шаг…"), ("correct", "Исправить дату шага…")):
            found.append({"label": words, "url": url_for(f"road_maps.map_{verb}", road_map_id=road_map_id)})
    return tuple(found)


@dataclass(frozen=True, slots=True)
class SectionView:
    """The page of a section."""

    id: str
    title: str
    word: str
    lead_in: str
    state_title: str
    tag: str
    sentence: str
    version: int
    map_title: str
    map_url: str
    list_url: str
    rows: tuple[Mapping[str, Any], ...]
    steps: tuple[Mapping[str, Any], ...]
    closed: tuple[tuple[str, Sequence[Mapping[str, Any]]], ...]


def section_view(read: UnitOfWork, actor: Actor, stage_id: str) -> SectionView:
    """The page of one section. Raises NotFound, NotPermitted."""
    policy.require(actor, "map.read")
    stage = queries.stage(read.session, read.scope, stage_id)
    road_map = queries.road_map(read.session, read.scope, stage.road_map_id)
    process = core.processes(read.session, [stage.id])[stage.id]
    lines = item_lines(read, queries.activities_of_stage(read.session, read.scope, stage.id))
    done, total, late = progress(lines)
    left = [line for line in lines if line.item.is_open]
    words = f"Выполнено {done} {of_items(total)}{f', просрочено {late}' if late else ''}."
    if left and process.state == "completed":
        words += f" Итог подведён, {counted_items(len(left))} ещё в работе."
    outlooks = open_outlooks(read, actor, stage.id)
    return SectionView(
        id=stage.id,
        title=f"{stage.number}. {stage.title}" if stage.number else stage.title,
        word=stage.word,
        lead_in=stage.lead_in,
        state_title=read.definition(process.definition_hash).state_title(process.state),
        tag={"running": "blue", "completed": "green"}.get(process.state, ""),
        sentence=words,
        version=process.version,
        map_title=road_map.title,
        map_url=url_for("road_maps.show", road_map_id=road_map.id),
        list_url=MapQuery(road_map.id, section=stage.id).address(),
        rows=tuple(item_row(line) for line in lines),
        steps=tuple(
            {
                "label": f"{one.event.title}…",
                "url": url_for("road_maps.section_step", stage_id=stage.id, event=one.event.name),
            }
            for one in outlooks
            if one.is_open
        ),
        closed=tuple(
            (one.event.title, [shown_blocker(blocker) for blocker in one.blockers])
            for one in outlooks
            if not one.is_open
        ),
    )


# -- a step for many items --------------------------------------------------------------------------------------------


def _rules(read: UnitOfWork) -> WorkflowDefinition:
    """The lifecycle of items that the place has chosen, or, where nobody gives it any more, had chosen."""
    return read.definitions.get(lifecycle(read.profile.settings, "activity")) or read.definitions["activity"]


def bulk_steps(read: UnitOfWork, actor: Actor) -> tuple[tuple[str, str], ...]:
    """(step, button) of what the actor may do with many items at once."""
    definition = _rules(read)
    found = [definition.event(name) for name in BULK_EVENTS if definition.has_event(name)]
    steps = [(event.name, event.title) for event in found if actor.roles & set(event.roles)]
    if policy.may(actor, "map.edit"):
        steps.insert(min(2, len(steps)), (RESPONSIBLE, "Указать ответственного"))
    return tuple(steps)


RESPONSIBLE = "responsible"
"""Not a step of the lifecycle but a change of the register, offered in the same bar."""


def bulk_event(read: UnitOfWork, name: str) -> EventDefinition:
    """A step for many items. Raises NotFound."""
    definition = _rules(read)
    if name not in BULK_EVENTS or not definition.has_event(name):
        raise NotFound("шаг", name)
    return definition.event(name)


@dataclass(frozen=True, slots=True)
class BulkView:
    """The ticked items as the preview of a step."""

    rows: tuple[Mapping[str, Any], ...]
    open_count: int
    closed_count: int
    closed_sentence: str


def bulk_preview(
    read: UnitOfWork,
    actor: Actor,
    event: EventDefinition,
    requests: Sequence[StepRequest],
    *,
    common_ground: bool = False,
    wrong: Mapping[str, str] | None = None,
) -> BulkView:
    """What the step would come to, row by row; changes nothing. Items of other organisations are not found.

    `common_ground`: one ground above holds for all rows, so no row asks for its own. `wrong`: row -> why its day can't be read.
    """
    policy.require(actor, "map.read")
    lines = _lines_by_id(read, [request.process_id for request in requests])
    known = [request for request in requests if request.process_id in lines]
    outcomes = operations.preview(read, actor, known)
    shown = [
        _preview_row(
            lines[request.process_id],
            request,
            outcome,
            _promise(read, event, lines[request.process_id]),
            common_ground,
            (wrong or {}).get(request.process_id),
        )
        for request, outcome in zip(known, outcomes, strict=True)
    ]
    closed = sum(row["outcome"] == "closed" for row in shown)
    words = f"{count(closed, 'пункт останется', 'пункта останутся', 'пунктов останутся')} как есть" if closed else ""
    return BulkView(tuple(shown), len(shown) - closed, closed, words)


def _lines_by_id(read: UnitOfWork, ids: Sequence[str]) -> dict[str, ItemLine]:
    rows = {row.id: row for row in queries.activities(read.session, read.scope, ids)}
    return {line.id: line for line in item_lines(read, [rows[one] for one in ids if one in rows])}


def _promise(read: UnitOfWork, event: EventDefinition, line: ItemLine) -> str:
    """What becomes of a row whose ground is written once for all: the new state, or what will be noted."""
    definition = read.definition(line.item.definition_hash)
    target = event.target_from(line.state) if line.state in event.sources else SAME
    if target in definition.states and target != line.state:
        return f"Станет «{definition.state_title(target)}»"
    return f"Будет отмечено: {event.done_title[:1].lower()}{event.done_title[1:]}"


def _preview_row(
    line: ItemLine, request: StepRequest, outcome: RowResult, promise: str, common_ground: bool, wrong: str | None
) -> dict[str, Any]:
    word, sentence = "ok", outcome.text
    main = outcome.blockers[0] if outcome.blockers else None
    reason = next((one.text for one in outcome.blockers if one.severity is Severity.REASON), "")
    own_ground = False
    if wrong:
        word, sentence, main = "closed", wrong, None
    elif not outcome.ok:
        word = "closed"
        sentence = outcome.text if outcome.text.startswith("Нельзя") else f"Нельзя: {outcome.text}"
    elif reason:
        word, own_ground, sentence = "ground", not common_ground, f"{reason}. Нужно обоснование"
    elif outcome.needs_ground:
        sentence = promise
    link = shown_blocker(main)["actions"] if main and word == "closed" else []
    return {
        **item_row(line),
        "ground": request.ground,
        "own_ground": own_ground,
        "outcome": word,
        "sentence": sentence,
        "link": (link[0]["label"], link[0]["url"]) if link else None,
    }


def bulk_results(read: UnitOfWork, outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same rows after the step: what became of each, and where it can be taken back."""
    lines = _lines_by_id(read, [row["id"] for row in outcome["rows"]])
    definition = _rules(read)
    undoable = definition.has_event(outcome["event"]) and definition.event(outcome["event"]).undoable
    shown = []
    for row in outcome["rows"]:
        line = lines.get(row["id"])
        if line is None:
            continue
        can_undo = undoable and row["ok"] and line.item.version == row["version"]
        shown.append(
            {
                **item_row(line),
                "ok": row["ok"],
                "text": row["text"],
                "undo_url": url_for("road_maps.item_undo", activity_id=line.id) if can_undo else "",
            }
        )
    return shown


def responsible_preview(read: UnitOfWork, actor: Actor, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The ticked items with who answers for them now."""
    policy.require(actor, "map.edit")
    return [item_row(line) for line in _lines_by_id(read, ids).values()]


def printed_sections(read: UnitOfWork, road_map_id: str) -> tuple[Mapping[str, Any], ...]:
    """The whole map in printed order: sections with their rows, full texts."""
    stages = queries.stages(read.session, read.scope, [road_map_id])
    rows = queries.activities_of_maps(read.session, read.scope, [road_map_id])
    texts = {row.id: (row.text, row.result) for row in rows}
    lines = item_lines(read, rows)
    return tuple(
        {
            "title": f"{stage.number}. {stage.title}" if stage.number else stage.title,
            "lead_in": stage.lead_in,
            "rows": [
                {**item_row(line), "text": texts[line.id][0], "result": texts[line.id][1]}
                for line in lines
                if line.item.stage_id == stage.id
            ],
        }
        for stage in stages
    )
