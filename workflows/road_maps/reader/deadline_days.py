"""Which days a word of time means once its year is known, and which year is likely where none is written."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from workflow_core.calendars import school_terms, school_year_bounds
from workflows.road_maps.deadlines import Period
from workflows.road_maps.reader.deadline_clauses import (
    LAST,
    Bound,
    Counted,
    Day,
    Holidays,
    Month,
    NewYear,
    Season,
    Unit,
    Weekday,
    Year,
    Years,
)

_DAY = timedelta(days=1)
_STUDY_ENDS = (5, 31)
"""The day that schools mean by the end of the study year; the law leaves it to each of them."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row. `kind`: «day», «month», «months» (whole ones) or «days»."""

    first: date
    last: date
    kind: str
    sure: bool = True
    others: tuple[Span, ...] = ()
    """Other days that the same words may mean."""
    code: str = ""
    """What is doubtful, as the code of a warning."""
    no_such_day: str = ""
    """The impossible date, «31 сентября»."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A word of time that waits for its year."""

    month: int
    """The first month of its days."""
    on: Callable[[int], Span]
    """The days if they begin in this calendar year."""
    year: int | None = None
    """The calendar year in which they begin, where it is written."""
    kind: str = "day"

    def years(self, period: Period | None) -> tuple[int, ...]:
        """The written year, else the likely ones, the likeliest first; empty where nobody can know."""
        return (self.year,) if self.year is not None else likely_years(self.month, period)


# -- periods and years


def period_of_year(text: str | None) -> Period | None:
    """The period that a school year or calendar years name: «2022-2023», «2022/23», «2020», «2020–2024»; else None."""
    found = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<=\d{4}[-/–—‑])\d\d(?!\d)", (text or "").replace(" ", "")[:200])
    if not 1 <= len(found) <= 2:
        return None
    first = int(found[0])
    last = int(found[-1]) if len(found[-1]) == 4 else first // 100 * 100 + int(found[-1])
    if not first <= last <= first + 20:
        return None
    start, end = school_year_bounds(first) if last == first + 1 else (date(first, 1, 1), date(last, 12, 31))
    return Period(" ".join((text or "").split()), start, end)


def is_school_year(period: Period) -> bool:
    """Whether the period runs from autumn to the next summer, wherever exactly a school begins and ends it."""
    return period.start.month >= 8 and period.end.year == period.start.year + 1 and period.end.month <= 8


def likely_years(month: int, period: Period | None) -> tuple[int, ...]:
    """Years in which a month without a year may lie, the likeliest first.

    School year: September to December the first year, January to July the second, August the first, as preparation.
    """
    if period is None:
        return ()
    first, last = period.start.year, period.end.year
    if is_school_year(period):
        return (first,) if month >= 8 else (last,)
    within = [
        year
        for year in range(first, last + 1)
        if date(year, month, 1) <= period.end and last_of_month(year, month) >= period.start
    ]
    return tuple(within) or (first if month >= period.start.month else last,)


def written_year(year: Year, month: int, period: Period | None) -> int | None:
    """The calendar year of a month whose year is written; None where it has to be likely."""
    if isinstance(year, int):
        return year
    if isinstance(year, tuple):
        return None if year[1] != year[0] + 1 else year[0] if month >= 8 else year[1]
    if year == "next" and period is not None:
        return period.end.year if is_school_year(period) else period.start.year + 1
    return None


def last_of_month(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


# -- words of time


def dated(core: Any, period: Period | None) -> Dated | None:
    """The word of time as days that wait for a year; None for what is no such word."""
    match core:
        case Day():
            return _day(core, period)
        case Month():
            year = written_year(core.year, core.month, period)
            return Dated(core.month, lambda y: _months(y, core.month, 1), year, "month")
        case Counted():
            return _counted(core, period)
        case Bound(of=inner) if inner is not None:
            return _bound(core, period)
        case Season():
            return _season(core, period)
        case Holidays() if core.after_term:
            return _holidays(core, period)
        case NewYear():
            return Dated(1, lambda y: Span(date(y, 1, 1), date(y, 1, 8), "days"), None, "days")
        case Years() | Unit(name="study_year" | "year" | "period"):
            return _years(core)
    return None


def _months(year: int, month: int, count: int) -> Span:
    last_month = month + count - 1
    last = last_of_month(year + (last_month - 1) // 12, (last_month - 1) % 12 + 1)
    return Span(date(year, month, 1), last, "month" if count == 1 else "months")


def _day(core: Day, period: Period | None) -> Dated | None:
    day, month = core.day, core.month
    swapped = month > 12 and 1 <= day <= 12
    if swapped:  # the American order
        day, month = month, day
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None

    def on(year: int) -> Span:
        last = last_of_month(year, month)
        if day > last.day:
            after = last + _DAY
            name = f"{day:02d}.{month:02d}.{year}"
            return Span(last, last, "day", False, (Span(after, after, "day"),), "no_such_day", name)
        found = date(year, month, day)
        return Span(found, found, "day", not swapped, (), "day_and_month_swapped" if swapped else "")

    return Dated(month, on, written_year(core.year, month, period))


def _counted(core: Counted, period: Period | None) -> Dated | None:
    if core.month is not None:
        return _part_of_month(core, core.month, period)
    if core.unit == "quarter" and (1 <= core.value <= 4 or core.value == LAST):
        return _quarter(4 if core.value == LAST else core.value, core.year, period)
    if core.unit == "half" and core.value in (1, 2, LAST):
        return _half(core, period)
    if core.unit == "term" and (1 <= core.value <= 4 or core.value == LAST):
        return _term(core, period)
    return None


def _quarter(number: int, year: Year, period: Period | None) -> Dated:
    """Three months of a calendar year. The third quarter touches a school year at both of its ends."""
    month = number * 3 - 2
    if number == 3 and not isinstance(year, int) and period is not None and is_school_year(period):
        return Dated(
            9, lambda y: _unsure(_months(y, 7, 3), _months(y + 1, 7, 3), code="year_ambiguous"), None, "months"
        )
    return Dated(month, lambda y: _months(y, month, 3), written_year(year, month, period), "months")


def _season(core: Season, period: Period | None) -> Dated:
    """Three months. The summer without a year is the one after a school year, or the one that prepares it."""
    year = written_year(core.year, core.month, period)
    if core.month == 6 and year is None and period is not None and is_school_year(period):
        return Dated(
            6, lambda y: _unsure(_months(y, 6, 3), _months(y - 1, 6, 3), code="year_ambiguous"), None, "months"
        )
    return Dated(core.month, lambda y: _months(y, core.month, 3), year, "months")


def _half(core: Counted, period: Period | None) -> Dated:
    """A school's half-year: September to December, January to May; in a plan by calendar years rather those of the year."""
    of_calendar = isinstance(core.year, int) or (
        core.year is None and period is not None and not is_school_year(period)
    )
    if core.value == 1 and not of_calendar:
        return Dated(9, lambda y: _months(y, 9, 4), written_year(core.year, 9, period), "months")
    if core.value == 1:
        return Dated(
            1,
            lambda y: _unsure(_months(y, 1, 6), _months(y, 9, 4)),
            written_year(core.year, 1, period),
            "months",
        )
    if of_calendar:
        return Dated(
            7,
            lambda y: _unsure(_months(y, 7, 6), _months(y, 1, 5)),
            written_year(core.year, 7, period),
            "months",
        )
    year = written_year(core.year, 1, period)
    return Dated(1, lambda y: _unsure(_months(y, 1, 5), _months(y, 1, 6)), year, "months")


def _term(core: Counted, period: Period | None) -> Dated:
    """A term by its usual days: each school sets its own, so this is a proposal."""
    number = 4 if core.value == LAST else core.value
    month = school_terms(2000)[number - 1].start.month

    def on(year: int) -> Span:
        term = school_terms(year if month >= 9 else year - 1)[number - 1]
        count = (term.end.month - term.start.month) % 12 + 1
        return _unsure(Span(term.start, term.end, "days"), _months(term.start.year, term.start.month, count))

    return Dated(month, on, written_year(core.year, month, period), "days")


def _holidays(core: Holidays, period: Period | None) -> Dated:
    number = core.after_term
    month = (school_terms(2000)[number - 1].end + _DAY).month

    def on(year: int) -> Span:
        terms = school_terms(year if month >= 9 else year - 1)
        first = terms[number - 1].end + _DAY
        last = terms[number].start - _DAY if number < len(terms) else date(first.year, 8, 31)
        return _unsure(Span(first, last, "days"))

    return Dated(month, on, written_year(core.year, month, period), "days")


def _unsure(main: Span, *others: Span, code: str = "days_assumed") -> Span:
    return replace(main, sure=False, others=others, code=code)


def _part_of_month(core: Counted, of: Month, period: Period | None) -> Dated | None:
    """«первая декада октября», «последняя неделя мая», «вторая половина сентября»."""
    lengths = {"decade": (10, 3), "half_of": (15, 2), "week": (7, 5)}
    if core.unit not in lengths:
        return None
    length, most = lengths[core.unit]
    if not (1 <= core.value <= most or core.value == LAST):
        return None

    def on(year: int) -> Span:
        last = last_of_month(year, of.month)
        if core.unit == "week":
            return _week(date(year, of.month, 1), last, core.value)
        number = most if core.value == LAST else core.value
        first = date(year, of.month, (number - 1) * length + 1)
        return Span(first, last if number == most else first + timedelta(days=length - 1), "days")

    return Dated(of.month, on, written_year(of.year, of.month, period), "days")


def _week(first: date, last: date, number: int) -> Span:
    """The seven days counted from the month's edge, or the week from Monday to Sunday."""
    if number == LAST:
        by_calendar = Span(max(first, last - timedelta(days=last.weekday())), last, "days")
        return _unsure(Span(last - timedelta(days=6), last, "days"), by_calendar)
    begin = first + timedelta(days=7 * (number - 1))
    monday = first - timedelta(days=first.weekday()) + timedelta(days=7 * (number - 1))
    by_calendar = Span(max(first, monday), min(last, monday + timedelta(days=6)), "days")
    counted = Span(min(begin, last), min(last, begin + timedelta(days=6)), "days")
    return _unsure(counted, *(() if by_calendar == counted else (by_calendar,)))


_THIRDS = {"begin": (1, 10), "middle": (11, 20), "end": (21, 31)}


def _bound(core: Bound, period: Period | None) -> Dated | None:
    """«начало сентября» is its first third; «конец» of a year is found by whoever knows which year is meant."""
    whole = dated(core.of, period)
    if whole is None or not isinstance(core.of, Month):
        return None
    begin, end = _THIRDS[core.which]

    def on(year: int) -> Span:
        month = whole.on(year)
        first = month.first.replace(day=begin)
        return _unsure(
            Span(first, min(month.last, date(first.year, first.month, min(end, month.last.day))), "days"), month
        )

    return Dated(whole.month, on, whole.year, "days")


def _years(core: Years | Unit) -> Dated | None:
    year = core.year
    if isinstance(year, int):
        return Dated(1, lambda y: _months(y, 1, 12), year, "months")
    if isinstance(year, tuple) and year[1] == year[0] + 1:
        return Dated(9, lambda y: _months(y, 9, 12), year[0], "months")
    if isinstance(year, tuple) and 0 <= year[1] - year[0] <= 20:
        count = (year[1] - year[0] + 1) * 12
        return Dated(1, lambda y: _months(y, 1, count), year[0], "months")
    return None


def nth_weekday(which: Weekday, of: Month, period: Period | None) -> Dated | None:
    """«последняя пятница сентября»."""
    if which.nth is None or not (which.nth == LAST or 1 <= which.nth <= 5):
        return None

    def on(year: int) -> Span:
        days = [day for day in _days_of(year, of.month) if day.weekday() == which.day]
        found = days[LAST if which.nth == LAST else min(which.nth or 1, len(days)) - 1]
        return Span(found, found, "day")

    return Dated(of.month, on, written_year(of.year, of.month, period))


def _days_of(year: int, month: int) -> Iterator[date]:
    for number in range(1, calendar.monthrange(year, month)[1] + 1):
        yield date(year, month, number)


def ends_of_year(core: Any, period: Period | None) -> tuple[tuple[date, ...], tuple[date, ...]] | None:
    """First and last days that «начало» and «конец» of a year or of the map's period may mean, the likeliest first."""
    name = core.name if isinstance(core, Unit) else "year" if isinstance(core, Years) else ""
    if name not in ("study_year", "year", "period"):
        return None
    if isinstance(core.year, int) and name == "study_year":  # «до начала учебного года 2022»
        return (date(core.year, 9, 1),), (date(core.year, *_STUDY_ENDS), date(core.year, 8, 31))
    if isinstance(core.year, int):
        return (date(core.year, 1, 1),), (date(core.year, 12, 31),)
    if isinstance(core.year, tuple):
        first, last = core.year
        if last == first + 1:
            return (date(first, 9, 1),), (date(last, *_STUDY_ENDS), date(last, 8, 31))
        return (date(first, 1, 1),), (date(last, 12, 31),)
    if period is None:
        return None
    if not is_school_year(period) or name == "period":
        return (period.start,), (period.end,)
    first, last = period.start.year, period.end.year
    study_end = date(last, *_STUDY_ENDS)
    if name == "study_year" or core.year is not None:
        return (date(first, 9, 1),), (study_end, date(last, 8, 31))
    return (date(first, 9, 1), date(last, 1, 1)), (date(first, 12, 31), study_end)
