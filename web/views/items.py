"""Items of road maps as lists and their own page show them: ready words and addresses, a fixed number of statements a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from web.formatting import count, days, overdue_by, plural, relative_day, russian_date, school_year_of
from web.links import link_url
from workflow_core import queries as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import NotFound
from workflow_core.guards import Link, Missing
from workflow_core.tables import Process
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations import queries as organisations
from workflows.organisations.people import short_name
from workflows.organisations.tables import Person
from workflows.road_maps import queries
from workflows.road_maps.deadlines import Deadline, describe, from_contract
from workflows.road_maps.evidence import Evidence, LineState
from workflows.road_maps.facts import evidence_of
from workflows.road_maps.lateness import (
    OPEN_STATES,
    UNDONE_STATES,
    Lateness,
    lateness,
    working_day_before,
)
from workflows.road_maps.tables import Activity, Occurrence

TAGS: Mapping[str, str] = {
    "in_progress": "blue",
    "reported": "amber",
    "done": "green",
    "partly_done": "amber",
}
"""State -> colour of its tag; the others are neutral."""
NEEDS_DATE = ("none", "by_schedule")
"""Kinds of deadlines that wait for a person to name a day."""
NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class DueWords:
    """A deadline in words: the date, below it how far it is."""

    text: str
    note: str = ""
    kind: str = ""
    """"" | late | amber"""
    day_off: str = ""
    """Where the date is a day off: the working day to hand in on."""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item on a list."""

    id: str
    road_map_id: str
    stage_id: str
    number: str
    title: str
    url: str
    state: str
    state_title: str
    tag: str
    since: date
    version: int
    due: DueWords
    due_on: date | None
    """The next or missed day that counts, for ordering."""
    is_open: bool
    is_late: bool
    is_soon: bool
    is_undated: bool
    """Open and waiting for somebody to name a day."""
    responsible: str
    responsible_id: str
    evidence: Evidence
    late_days: int = 0
    missed: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """«3.4 Собрать согласия»."""
        return f"{self.number} {self.title}".strip()


def item_lines(read: UnitOfWork, rows: Sequence[Activity]) -> list[ItemLine]:
    """Lines of some items, in their order; those without a process are left out."""
    ids = [row.id for row in rows]
    processes = core.processes(read.session, ids)
    times = queries.occurrences(read.session, read.scope, ids)
    people = organisations.people(
        read.session, read.scope, [row.responsible_person_id for row in rows if row.responsible_person_id]
    )
    proven = evidence_of(read.session, read.catalogue, read.scope, rows, read.today, times)
    return [
        _line(read, row, processes[row.id], times.get(row.id, []), people, proven[row.id])
        for row in rows
        if row.id in processes
    ]


def item_line(read: UnitOfWork, row: Activity) -> ItemLine:
    """The line of one item. Raises NotFound for an item that was never started."""
    found = item_lines(read, [row])
    if not found:
        raise NotFound("пункт плана", row.id)
    return found[0]


def _line(
    read: UnitOfWork,
    row: Activity,
    process: Process,
    times: Sequence[Occurrence],
    people: Mapping[str, Person],
    proven: Evidence,
) -> ItemLine:
    definition = read.definition(process.definition_hash)
    since = date.fromisoformat(process.since)
    late = lateness(process.state, since, row.due_on, times, read.today)
    deadline = from_contract(row.deadline) if row.deadline else None
    return ItemLine(
        id=row.id,
        road_map_id=row.road_map_id,
        stage_id=row.stage_id,
        number=row.number,
        title=row.short_title or row.text,
        url=url_for("road_maps.item", activity_id=row.id),
        state=process.state,
        state_title=definition.state_title(process.state),
        tag=TAGS.get(process.state, ""),
        since=since,
        version=process.version,
        due=due_words(read.today, row, deadline, late, process.state),
        due_on=late.overdue_since or late.next_due or row.due_on,
        is_open=process.state in OPEN_STATES,
        is_late=late.is_overdue,
        is_soon=process.state in UNDONE_STATES and late.is_due_soon(read.today),
        is_undated=process.state in UNDONE_STATES and needs_date(row, deadline, times),
        responsible=responsible_words(row, people),
        responsible_id=row.responsible_person_id or "",
        evidence=proven,
        late_days=late.overdue_by_days,
        missed=late.missed,
    )


def needs_date(row: Activity, deadline: Deadline | None, times: Sequence[Occurrence]) -> bool:
    """Whether nothing will ever remind of the item until somebody names a day."""
    if row.due_on is not None or any(time.due_on for time in times):
        return False
    return deadline is None or deadline.kind in NEEDS_DATE


def responsible_words(row: Activity, people: Mapping[str, Person]) -> str:
    """The person who answers for the item, else the words that the map prints."""
    person = people.get(row.responsible_person_id or "")
    return short_name(person) if person else str((row.responsible or {}).get("text") or "")


def due_words(today: date, row: Activity, deadline: Deadline | None, late: Lateness, state: str) -> DueWords:
    """The deadline as a table cell: «до 31 октября», below it «Просрочен на 12 дней»."""
    year = school_year_of(today)
    day = late.overdue_since or late.next_due or row.due_on
    moved = row.planned_due_on is not None and row.due_on is not None and row.planned_due_on != row.due_on
    text = _due_text(row, deadline, day, moved, year)
    if late.overdue_since:
        return DueWords(text, f"Просрочен {overdue_by(late.overdue_since, today)}", "late")
    if day is None or state not in OPEN_STATES:
        return DueWords(text, f"позже на {days(late.finished_late_by_days)}" if late.finished_late_by_days else "")
    off = working_day_before(day, WorkingCalendar())
    day_off = f"выходной, рабочий день перед ним — {russian_date(off, year)}" if off and state in UNDONE_STATES else ""
    near = relative_day(day, today) if late.is_due_soon(today) else ""
    was = f"было до {russian_date(row.planned_due_on, year)}" if moved and row.planned_due_on else ""
    return DueWords(text, ", ".join(words for words in (near, was) if words), "", day_off)


def _due_text(row: Activity, deadline: Deadline | None, day: date | None, moved: bool, year: int) -> str:
    if day is None:
        return describe(deadline) if deadline else "срок не указан"
    if deadline is not None and deadline.kind == "continuous" and not moved:
        return describe(deadline)
    return f"до {russian_date(day, year)}"


# -- what proves an item ----------------------------------------------------------------------------------------------


def evidence_words(found: Evidence) -> dict[str, Any]:
    """The narrow cell «чем подтверждается»: a meter of the only figure, else lines done, else facts written."""
    shares = [line.share for line in found.lines if line.share is not None]
    if len(found.lines) == 1 and shares and shares[0].total:
        share = shares[0]
        return {"done": share.done, "total": share.total, "words": share.unit}
    if len(found.lines) > 1:
        return {"done": found.done, "total": len(found.lines), "words": "готово"}
    if found.lines:
        line = found.lines[0]
        return {"text": line.text if line.done or line.kind != "document" else "Документа нет", "done_word": line.done}
    if found.facts:
        return {"text": count(found.facts, "запись", "записи", "записей")}
    return {"text": "Пока ничего"}


def missing_names(missing: Iterable[Missing], more_url: str = "") -> Markup:
    """«Не хватает: Ким Данил · Зуев Максим»: five names at most, then how many more; each leads to its remedy."""
    found = list(missing)
    shown = [_named(one) for one in found[:NAMES_SHOWN]]
    rest = len(found) - NAMES_SHOWN
    if rest > 0:
        words = f"ещё {rest}"
        shown.append(Markup('<a href="{}">{}</a>').format(more_url, words) if more_url else escape(words))
    return Markup("Не хватает: ") + Markup(" · ").join(shown) if shown else Markup("")


def _named(one: Missing) -> Markup:
    url = link_url(one.link)
    return Markup('<a href="{}">{}</a>').format(url, one.label) if url else escape(one.label)


def line_action(line: LineState, activity_id: str) -> dict[str, Any] | None:
    """The one action of an evidence line: the first remedy of what is lacking, or the paper that is there."""
    if line.documents:
        url = link_url_of("open_document", line.documents[0].document_id)
        return {"label": "Открыть документ", "url": url, "rest": line.title} if url else None
    for one in line.missing:
        url = link_url(one.link)
        if one.link and url:
            return {"label": one.link.label, "url": url, "rest": f"{line.title}, {one.label}"}
    return None


def link_url_of(action: str, target: str) -> str:
    """Address of an action by name; empty where there is no such page."""
    return link_url(Link(action, target, ""))


def counted_items(number: int) -> str:
    """«3 пункта»."""
    return count(number, "пункт", "пункта", "пунктов")


def of_items(number: int) -> str:
    """«из 51 пункта»: the genitive after «из»."""
    return f"из\u00a0{number}\u00a0{plural(number, 'пункта', 'пунктов', 'пунктов')}"

