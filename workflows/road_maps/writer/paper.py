"""What a map on paper holds: stamp, heading, rows of its table. Pure; the writers of formats lay it out, none of them decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from workflows.road_maps.deadlines import MONTHS, due_on
from workflows.road_maps.map_template import MapItem, MapTemplate

NUMBER, TEXT, DEADLINE, RESPONSIBLE, RESULT = "№ п/п", "Мероприятие", "Срок", "Ответственный", "Результат"
INDICATOR, STATE = "Показатель", "Отметка о выполнении"

HEAD = "ДОРОЖНАЯ КАРТА"
_SAYS_WHAT_IT_IS = re.compile(r"дорожн\w+\s+карт|\bплан\b|\bплана\b", re.IGNORECASE)
_MARK = re.compile(r"(?:[–—•·▪*-]|\d{1,2}[.)]|[а-яё]\))\s*$")
"""What stands before a sub-point and goes to its line with it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """«УТВЕРЖДАЮ»: post and name of the head; without a day the date is left to be written by hand."""

    post: str
    name: str
    """«М. И. Снежная»."""
    on: date | None = None

    @property
    def day(self) -> str:
        """«12» ноября 2026 г."""
        if self.on is None:
            return "«____» ______________ 20___\u00a0г."
        return f"«{self.on.day}» {MONTHS[self.on.month - 1][1]} {self.on.year}\u00a0г."


@dataclass(frozen=True, slots=True)
class Progress:
    """How an item stands, for the column «Отметка о выполнении» and for a calendar."""

    mark: str
    """«Выполнен 12.11.2026», «В работе»; empty where there is nothing to say."""
    state: str = ""
    state_title: str = ""
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. A section («1. Подготовка») and the words before its items cover the whole width."""

    kind: str
    """section | lead_in | item"""
    text: str
    number: str = ""
    deadline: str = ""
    responsible: str = ""
    result: str = ""
    indicator: str = ""
    state: str = ""
    state_title: str = ""
    first_day: date | None = None
    last_day: date | None = None
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole map on paper."""

    head: str
    """«ДОРОЖНАЯ КАРТА» where the title does not say so itself."""
    title: str
    organisation: str
    period: str
    goals: tuple[str, ...]
    edition: str
    stamp: Stamp | None
    rows: tuple[Row, ...]
    with_state: bool

    @property
    def with_indicator(self) -> bool:
        """Whether any item has an indicator: else the column is left out."""
        return any(row.indicator for row in self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings from left to right."""
        found = (NUMBER, TEXT, DEADLINE, RESPONSIBLE, RESULT)
        return (*found, *([INDICATOR] if self.with_indicator else []), *([STATE] if self.with_state else []))


_NOTHING: Mapping[int, Progress] = {}
_NOBODY: Mapping[int, str] = {}


def paper_of(
    template: MapTemplate,
    *,
    organisation: str = "",
    edition: str = "",
    stamp: Stamp | None = None,
    progress: Mapping[int, Progress] | None = None,
    people: Mapping[int, str] = _NOBODY,
) -> Paper:
    """The map as it is printed. `progress` and `people` (names beside the map's own words) go by the item's place, from zero."""
    rows: list[Row] = []
    place = 0
    for section in template.sections:
        if not section.items:
            continue
        title = section.title.rstrip(".")
        rows.append(Row("section", f"{section.number}. {title}" if section.number else title))
        if section.lead_in:
            rows.append(Row("lead_in", section.lead_in))
        for item in section.items:
            rows.append(_row(item, (progress or _NOTHING).get(place, Progress("")), people.get(place, "")))
            place += 1
    period = template.period.text if template.period else ""
    return Paper(
        "" if _SAYS_WHAT_IT_IS.search(template.title) else HEAD,
        template.title,
        organisation or template.organisation or "",
        period if period and period not in template.title else "",
        template.goals,
        edition,
        stamp,
        tuple(rows),
        progress is not None,
    )


def _row(item: MapItem, progress: Progress, person: str) -> Row:
    who = item.responsible.text if item.responsible else ""
    deadline = item.deadline
    return Row(
        "item",
        laid_out(item),
        item.number or "",
        deadline.text if deadline else "",
        "\n".join(part for part in (who, person) if part),
        item.result or "",
        item.indicator or "",
        progress.mark,
        progress.state_title,
        deadline.start if deadline and deadline.kind != "list" else None,
        due_on(deadline),
        progress.done_on,
    )


def laid_out(item: MapItem) -> str:
    """The item's text with each sub-point on a line of its own; nothing but white space changes."""
    text, lines, rest = item.text, [], 0
    for point in item.subpoints:
        at = text.find(point, rest)
        if at < 0:
            continue
        before = _MARK.sub("", text[rest:at])
        if before and not before.rstrip().endswith((":", ";", ".")):
            continue  # points within a sentence stay in it
        lines.append(before)
        rest += len(before)
    lines.append(text[rest:])
    return "\n".join(line.strip() for line in lines if line.strip())


__all__ = ["Paper", "Progress", "Row", "Stamp", "laid_out", "paper_of"]
