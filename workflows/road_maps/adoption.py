"""Taking a map into work («взять карту в работу»): what its dates become, and what a person has to answer first.

Pure: the plan changes nothing. Dates move by whole years and keep their length; none moves off a day off, the working
day before is only shown beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from workflow_core.calendars import Term, WorkingCalendar
from workflow_core.exceptions import CalendarMissing
from workflows.road_maps.deadlines import (
    Deadline,
    Occurrence,
    Period,
    describe,
    due_on,
    occurrences,
    shift_period,
    shift_years,
)
from workflows.road_maps.map_template import MapItem, MapSection, MapTemplate

SCHOOL_YEAR_BEGINS = 9
PREPARATION_BEGINS = 8
"""August belongs to the coming school year: schools prepare in it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can answer before or soon after the map runs; `item` is the item's key, None = the map."""

    code: str
    text: str
    item: str | None = None


@dataclass(frozen=True, slots=True)
class AdoptedItem:
    """One item with the dates that it would get."""

    section: MapSection
    item: MapItem
    deadline: Deadline | None
    due: date | None
    """Last day in time; None = never late until a date is set."""
    working_day_before: date | None
    """Shown beside `due` where that is a day off; None where it is worked or no calendar is known."""
    occurrences: tuple[Occurrence, ...]
    past: bool
    """`due` lies before today: the page asks whether it is done already."""


@dataclass(frozen=True, slots=True)
class AdoptionPlan:
    """What taking `template` into work would give; `years` is how far its dates moved."""

    template: MapTemplate
    years: int
    period: Period | None
    items: tuple[AdoptedItem, ...]
    questions: tuple[Question, ...]

    @property
    def past(self) -> tuple[AdoptedItem, ...]:
        """Items whose time is over today, in printed order."""
        return tuple(item for item in self.items if item.past)

    @property
    def on_days_off(self) -> tuple[AdoptedItem, ...]:
        """Items that fall due on a day off."""
        return tuple(item for item in self.items if item.working_day_before is not None)

    def item(self, key: str) -> AdoptedItem:
        """The adopted item under the template's `key`. Raises `NotFound`."""
        wanted = self.template.item(key)
        return next(adopted for adopted in self.items if adopted.item == wanted)


def plan_adoption(
    template: MapTemplate,
    start_month: date,
    today: date,
    calendar: WorkingCalendar,
    period: Period | None = None,
    terms: Sequence[Term] | None = None,
) -> AdoptionPlan:
    """The map as it would run for the year that `start_month` (first day of a month) lies in.

    `period` is the person's answer where the source names none; given for a map that has one, it takes its place and
    the dates move to its first year. `terms` are the school's terms. Raises `ValueError` unless `start_month` is the
    first of a month.
    """
    if start_month.day != 1:
        raise ValueError(f"start_month must be the first day of a month, not {start_month.isoformat()}")
    years = years_to_shift(template, period.start if period else start_month)
    running = period or (shift_period(template.period, years) if template.period else None)
    frame = _Frame(years, running, today, calendar, terms, set())
    items = tuple(_adopt(section, item, frame) for section in template.sections for item in section.items)
    questions = (*_map_questions(frame, items), *(question for item in items for question in _item_questions(item)))
    return AdoptionPlan(template, years, running, items, questions)


def years_to_shift(template: MapTemplate, start: date) -> int:
    """Whole years from the map's own time to the one that contains `start`.

    A map of a school year goes by school years (August counts to the coming one), a map of calendar years by the
    year's number. A map without a period but with dates goes by its earliest date; without any dates it stays.
    """
    base = template.period.start if template.period else _earliest(template)
    if base is None:
        return 0
    if template.period is None or base.month == SCHOOL_YEAR_BEGINS:
        return _preparing_year(start) - _preparing_year(base)
    return start.year - base.year


def _preparing_year(day: date) -> int:
    return day.year if day.month >= PREPARATION_BEGINS else day.year - 1


def _earliest(template: MapTemplate) -> date | None:
    dates = [day for item in template.items if item.deadline for day in (item.deadline.start, item.deadline.end) if day]
    return min(dates, default=None)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is the same for every item of one plan; `missing_years` collects years without a calendar."""

    years: int
    period: Period | None
    today: date
    calendar: WorkingCalendar
    terms: Sequence[Term] | None
    missing_years: set[int]


def _adopt(section: MapSection, item: MapItem, frame: _Frame) -> AdoptedItem:
    deadline = _within(shift_years(item.deadline, frame.years), frame.period) if item.deadline else None
    due = due_on(deadline)
    return AdoptedItem(
        section=section,
        item=item,
        deadline=deadline,
        due=due,
        working_day_before=_working_day_before(due, frame),
        occurrences=occurrences(deadline, frame.period, frame.terms),
        past=due is not None and due < frame.today,
    )


def _within(deadline: Deadline, period: Period | None) -> Deadline:
    """Continuous and recurring deadlines carry the period that the map runs in."""
    also = tuple(_within(other, period) for other in deadline.also)
    if period and deadline.kind in ("continuous", "recurring"):
        return replace(deadline, start=period.start, end=period.end, also=also)
    return replace(deadline, also=also)


def _working_day_before(due: date | None, frame: _Frame) -> date | None:
    try:
        return frame.calendar.working_day_before(due) if due and frame.calendar.is_day_off(due) else None
    except CalendarMissing as error:
        frame.missing_years.add(error.year)
        return None


def _map_questions(frame: _Frame, items: Sequence[AdoptedItem]) -> list[Question]:
    questions = []
    if frame.period is None:
        questions.append(
            Question("period_missing", "В карте не указан период. С какого и по какое число она действует?")
        )
    for year in sorted(frame.missing_years):
        text = f"Выходные дни {year} года ещё не известны, поэтому сроки проверены не все. Внести их сейчас?"
        questions.append(Question("calendar_missing", text))
    past = ", ".join(adopted.item.number or adopted.item.key for adopted in items if adopted.past)
    if past:
        questions.append(Question("already_done", f"Срок этих пунктов уже прошёл: {past}. Какие из них сделаны?"))
    return questions


def _item_questions(adopted: AdoptedItem) -> list[Question]:
    item, deadline = adopted.item, adopted.deadline
    if deadline is None:
        return []
    name = f"Пункт {item.number or item.key}"
    questions = []
    if not deadline.certain:
        others = " или ".join(describe(other) for other in deadline.alternatives)
        instead = f", а можно понять и так: {others}" if others else ""
        questions.append(
            Question(
                "deadline_uncertain", f"{name}: срок прочитан как «{describe(deadline)}»{instead}. Верно?", item.key
            )
        )
    if deadline.kind == "by_schedule" and adopted.due is None:
        questions.append(
            Question("schedule_needed", f"{name}: срок «{describe(deadline)}». Какая дата стоит в графике?", item.key)
        )
    return questions
