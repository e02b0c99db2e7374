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
from workflow_core.guards import Link, Missing
from workflow_core.unit_of_work import UnitOfWork
from workflows.road_maps.evidence import Evidence, LineState
from workflows.road_maps.tables import Activity
from workflows.road_maps.views import ItemView, item_views

TAGS: Mapping[str, str] = {
    "in_progress": "blue",
    "reported": "amber",
    "done": "green",
    "partly_done": "amber",
}
"""State -> colour of its tag; the others are neutral."""
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
    """One item on a list: the domain's view of it with words, colours and its address."""

    item: ItemView
    title: str
    url: str
    tag: str
    due: DueWords

    @property
    def id(self) -> str:
        return self.item.id

    @property
    def number(self) -> str:
        return self.item.number

    @property
    def state(self) -> str:
        return self.item.state

    @property
    def label(self) -> str:
        """«3.4 Собрать согласия»."""
        return f"{self.number} {self.title}".strip()

    @property
    def due_on(self) -> date | None:
        """The missed or next day that counts."""
        return self.item.lateness.overdue_since or self.item.lateness.next_due or self.item.due_on

    @property
    def responsible(self) -> str:
        return self.item.responsible_text


def item_lines(read: UnitOfWork, rows: Sequence[Activity]) -> list[ItemLine]:
    """Lines of some items, in their order; the number of statements does not grow with them."""
    return [line_of(read.today, one) for one in item_views(read, rows)]


def item_line(read: UnitOfWork, row: Activity) -> ItemLine:
    """The line of one item."""
    return item_lines(read, [row])[0]


def line_of(today: date, item: ItemView) -> ItemLine:
    """The domain's view of an item as a line of a list."""
    return ItemLine(
        item,
        item.short_title,
        url_for("road_maps.item", activity_id=item.id),
        TAGS.get(item.state, ""),
        due_words(today, item),
    )


def due_words(today: date, item: ItemView) -> DueWords:
    """The deadline as a table cell: «до 31 октября», below it «Просрочен на 12 дней»."""
    year, late = school_year_of(today), item.lateness
    day = late.overdue_since or late.next_due or item.due_on
    text = _due_text(item, day, year)
    if late.overdue_since:
        return DueWords(text, f"Просрочен {overdue_by(late.overdue_since, today)}", "late")
    if day is None or not item.is_open:
        return DueWords(text, f"позже на {days(late.finished_late_by_days)}" if late.finished_late_by_days else "")
    near = relative_day(day, today) if late.is_due_soon(today) else ""
    was = f"было до {russian_date(item.planned_due_on, year)}" if item.rescheduled and item.planned_due_on else ""
    off = item.working_day_before if day == item.due_on and late.next_due else None
    day_off = f"выходной, сдать до {russian_date(off, year)}" if off and item.deadline_kind != "continuous" else ""
    return DueWords(text, ", ".join(words for words in (near, was) if words), "", day_off)


def _due_text(item: ItemView, day: date | None, year: int) -> str:
    if day is None or (item.deadline_kind == "continuous" and not item.rescheduled):
        return item.deadline_text
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


def line_action(line: LineState) -> dict[str, Any] | None:
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
