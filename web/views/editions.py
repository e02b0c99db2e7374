"""A new edition beside the running map: what is otherwise, change by change, and what taking it over would do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from flask import url_for
from markupsafe import Markup

from web.formatting import count
from workflow_core.guards import Actor
from workflow_core.unit_of_work import UnitOfWork
from workflows.road_maps import own_maps
from workflows.road_maps.deadlines import Deadline, describe
from workflows.road_maps.difference import Kind
from workflows.road_maps.editions import EditionPlan, Fate, plan_edition
from workflows.road_maps.lateness import FINISHED_STATES
from workflows.road_maps.map_template import MapItem, MapSection

GROUPS: Mapping[Kind, tuple[str, str]] = {
    Kind.NEW: ("Новые пункты", "их нет в карте, по которой вы работаете"),
    Kind.DROPPED: ("Нет в новой редакции", "снимаются с плана, если работа не закончена"),
    Kind.REDATED: ("Другой срок", ""),
    Kind.REASSIGNED: ("Другой ответственный", ""),
    Kind.RESULT: ("Другой результат или показатель", ""),
    Kind.REWORDED: ("Другие слова", ""),
    Kind.MOVED: ("Другой номер или место", ""),
    Kind.SECTION: ("Разделы", ""),
    Kind.HEADING: ("Заголовок карты", ""),
}
"""Groups of the page in its order: heading, note."""
_WORDS = re.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one kind."""

    title: str
    note: str
    rows: tuple[Mapping[str, Any], ...]
    compares: bool
    """Whether its rows have something to lay side by side."""


@dataclass(frozen=True, slots=True)
class EditionView:
    """What the page of a new edition shows."""

    road_map_id: str
    code: str
    title: str
    sentence: str
    back: str
    groups: tuple[Group, ...]
    fingerprint: str
    chosen: int
    under_way: tuple[str, ...]
    """Sentences about items that somebody has begun with, for the note above."""


def edition_plan(uow: UnitOfWork, actor: Actor, road_map_id: str, code: str) -> EditionPlan:
    """The plan behind the page. Raises NotFound for a map of another organisation, running or own."""
    return plan_edition(uow, actor, road_map_id, own_maps.template(uow.session, uow.scope, code))


def edition_view(plan: EditionPlan, ticked: Collection[str] | None = None) -> EditionView:
    """The page; `ticked` are the changes that the form named, None for those that the plan proposes."""
    by_kind: dict[Kind, list[Mapping[str, Any]]] = {}
    for fate in plan.fates:
        row = _row(plan, fate, fate.proposed if ticked is None else fate.id in ticked)
        by_kind.setdefault(fate.change.kind, []).append(row)
    groups = tuple(
        Group(title, note, tuple(by_kind[kind]), kind not in (Kind.NEW, Kind.DROPPED, Kind.MOVED, Kind.SECTION))
        for kind, (title, note) in GROUPS.items()
        if kind in by_kind
    )
    rows = [row for group in groups for row in group.rows]
    return EditionView(
        plan.road_map.id,
        plan.adoption.template.code,
        plan.road_map.title,
        _sentence(plan),
        url_for("road_maps.show", road_map_id=plan.road_map.id),
        groups,
        plan.fingerprint,
        sum(row["checked"] and row["possible"] for row in rows),
        tuple(_under_way(plan.fates)),
    )


def _sentence(plan: EditionPlan) -> str:
    if not plan.fates:
        return "Новая редакция ничего не меняет: все пункты, сроки и ответственные те же."
    found = count(len(plan.fates), "изменение", "изменения", "изменений")
    return (
        f"{found} по сравнению с картой, по которой вы работаете. Ничего не изменится, пока вы не нажмёте кнопку внизу."
    )


def _under_way(fates: Sequence[Fate]) -> Iterator[str]:
    touched = sorted(fates, key=lambda fate: fate.change.old or 0)
    begun = {fate.activity_id: fate for fate in touched if fate.under_way}
    done = {
        fate.activity_id: fate for fate in touched if fate.state in FINISHED_STATES and fate.change.kind is not Kind.NEW
    }
    if begun:
        yield f"Работа начата: {_numbers(begun.values())}."
    if done:
        yield f"Завершены и останутся завершёнными: {_numbers(done.values())}."


def _numbers(fates: Collection[Fate]) -> str:
    items = [fate.change.before for fate in fates if isinstance(fate.change.before, MapItem)]
    return ", ".join(item.number or f"«{_short(item.short_title, 40)}»" for item in items)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _row(plan: EditionPlan, fate: Fate, checked: bool) -> Mapping[str, Any]:
    change = fate.change
    one = change.before or change.after
    before, after = _sides(plan, fate)
    return {
        "id": fate.id,
        "title": _title(plan, fate),
        "name": one.number or _title(plan, fate) if one else "заголовок",
        "url": url_for("road_maps.item", activity_id=fate.activity_id) if fate.activity_id else "",
        "details": _details(change.after) if change.kind is Kind.NEW and isinstance(change.after, MapItem) else (),
        "before": before,
        "after": after,
        "state": fate.state_title if fate.state != "planned" else "",
        "tag": "blue" if fate.under_way else ("green" if fate.state == "done" else ""),
        "text": fate.text,
        "possible": fate.possible,
        "checked": checked and fate.possible,
    }


def _title(plan: EditionPlan, fate: Fate) -> str:
    one = fate.change.after if fate.change.kind is Kind.NEW else fate.change.before
    if isinstance(one, MapItem):
        text = one.text if fate.change.kind is Kind.NEW else one.short_title
        return f"{one.number} {text}" if one.number else text
    if isinstance(one, MapSection):
        return f"{one.number}. {one.title}" if one.number else one.title
    return plan.road_map.title


def _details(item: MapItem) -> tuple[str, ...]:
    who = item.responsible.text if item.responsible else ""
    found = (("Отвечает", who), ("Результат", item.result or ""), ("Показатель", item.indicator or ""))
    return tuple(f"{name}: {value}" for name, value in found if value)


def _sides(plan: EditionPlan, fate: Fate) -> tuple[Markup, Markup]:
    """What stands in the map and in the new edition, the words that differ marked."""
    kind, old, new = fate.change.kind, fate.change.before, fate.change.after
    if isinstance(old, MapItem) and isinstance(new, MapItem):
        if kind is Kind.REDATED:
            return Markup.escape(_deadline(old.deadline)), Markup.escape(_deadline(new.deadline))
        if kind is Kind.REASSIGNED:
            return marked(
                old.responsible.text if old.responsible else "не указан",
                new.responsible.text if new.responsible else "не указан",
            )
        if kind is Kind.RESULT:
            return marked(_result(old), _result(new))
        if kind is Kind.REWORDED:
            same = old.text == new.text
            return marked(_printed(old.deadline), _printed(new.deadline)) if same else marked(old.text, new.text)
    if kind is Kind.HEADING:
        return marked(_heading(plan.difference.old), _heading(plan.difference.new))
    return Markup(), Markup()


def _deadline(deadline: Deadline | None) -> str:
    return describe(deadline)


def _printed(deadline: Deadline | None) -> str:
    return deadline.text if deadline else ""


def _result(item: MapItem) -> str:
    return "; ".join(text for text in (item.result, item.indicator) if text) or "не указан"


def _heading(template: Any) -> str:
    return ". ".join([template.title, *([template.period.text] if template.period else [])])


def marked(old: str, new: str) -> tuple[Markup, Markup]:
    """Both texts with the words that the other lacks marked."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    left: list[Markup] = []
    right: list[Markup] = []
    for tag, from_, to, from_new, to_new in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        was, now = "".join(before[from_:to]), "".join(after[from_new:to_new])
        left.append(_mark("del", was) if tag != "equal" else Markup.escape(was))
        right.append(_mark("ins", now) if tag != "equal" else Markup.escape(now))
    return Markup("").join(left), Markup("").join(right)


def _mark(tag: str, words: str) -> Markup:
    if not words:
        return Markup()
    text = words.lstrip()
    return Markup("{}<{}>{}</{}>").format(words[: len(words) - len(text)], Markup(tag), text, Markup(tag))
