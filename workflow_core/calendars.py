"""Working days, school years and school terms as pure functions of dates; nothing here knows what day it is today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import holidays
from holidays.countries.russia import RussiaStaticHolidays

from workflow_core.exceptions import CalendarMissing

SATURDAY_AND_SUNDAY = frozenset({5, 6})
ROMAN = ("I", "II", "III", "IV", "V", "VI")


@dataclass(frozen=True, slots=True)
class ProductionCalendar:
    """Days off of one year by their Russian names, and the weekend days that a transfer made working ones."""

    days_off: Mapping[date, str]
    worked: frozenset[date]


@cache
def production_calendar(year: int) -> ProductionCalendar:
    """The national calendar of `year` with its yearly transfers (Labour Code, articles 111 and 112).

    Raises `CalendarMissing` for a year whose transfers are not published in the package: the fixed holidays alone would
    look right and be wrong by several days.
    """
    if year not in RussiaStaticHolidays.special_public_holidays:
        raise CalendarMissing(year)
    national = holidays.country_holidays("RU", years=year, language="ru", expand=False)
    days_off = {day: str(name) for day, name in national.items() if day.year == year}
    return ProductionCalendar(days_off, frozenset(day for day in national.weekend_workdays if day.year == year))


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days an organisation works: the national calendar under the organisation's own days."""

    own_days: Mapping[date, bool] = field(default_factory=dict)
    """True = day off (quarantine, regional holiday), False = working day. Wins over everything else."""
    own_years: frozenset[int] = frozenset()
    """Years whose transfers the organisation entered itself in `own_days`; the package need not know them."""
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    """Monday is 0. A school with a six-day week passes {6}."""

    def is_day_off(self, day: date) -> bool:
        """Whether nobody works on `day`. Raises `CalendarMissing` for a year without data."""
        if day in self.own_days:
            return self.own_days[day]
        national = self._national(day.year)
        if day in national.worked:
            return False
        return day.weekday() in self.weekend or day in national.days_off

    def name_of(self, day: date) -> str:
        """Russian name of the holiday on `day`, empty for any other day."""
        return self._national(day.year).days_off.get(day, "")

    def working_day_before(self, day: date) -> date:
        """The last working day strictly before `day`."""
        return self.add_working_days(day, -1)

    def add_working_days(self, day: date, count: int) -> date:
        """The working day `count` working days after `day`, which itself is not counted; negative counts backwards.

        Zero gives `day` back, be it worked or not. Raises `CalendarMissing` on reaching a year without data.
        """
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while self.is_day_off(day):
                day += step
        return day

    def _national(self, year: int) -> ProductionCalendar:
        try:
            return production_calendar(year)
        except CalendarMissing:
            if year not in self.own_years:
                raise
            return ProductionCalendar({}, frozenset())


def school_year_of(day: date) -> int:
    """First year of the school year (1 September to 31 August) that contains `day`."""
    return day.year if day.month >= 9 else day.year - 1


def school_year_bounds(first_year: int) -> tuple[date, date]:
    """1 September and the 31 August after it."""
    return date(first_year, 9, 1), date(first_year + 1, 8, 31)


def school_year_title(first_year: int) -> str:
    """«2026/27»: how a school writes the year on its papers."""
    return f"{first_year}/{(first_year + 1) % 100:02d}"


@dataclass(frozen=True, slots=True)
class TermDates:
    """First and last day of a school term as (month, day); September to December lie in the first year."""

    begins: tuple[int, int]
    ends: tuple[int, int]


DEFAULT_TERMS = (
    TermDates((9, 1), (10, 26)),
    TermDates((11, 5), (12, 28)),
    TermDates((1, 9), (3, 22)),
    TermDates((3, 31), (5, 26)),
)
"""Four usual terms. Each school sets its own (Federal Law 273-FZ, article 28), so these are only the first guess."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of one school year."""

    number: int
    title: str
    start: date
    end: date


def school_terms(first_year: int, dates: tuple[TermDates, ...] = DEFAULT_TERMS) -> tuple[Term, ...]:
    """The terms of the school year that begins in `first_year`, in order; `dates` are the school's setting."""
    return tuple(
        Term(
            number=number,
            title=f"{_roman(number)} четверть {school_year_title(first_year)}",
            start=_in_year(first_year, term.begins),
            end=_in_year(first_year, term.ends),
        )
        for number, term in enumerate(dates, start=1)
    )


def _roman(number: int) -> str:
    return ROMAN[number - 1] if number <= len(ROMAN) else str(number)


def _in_year(first_year: int, month_and_day: tuple[int, int]) -> date:
    month, day = month_and_day
    return date(first_year if month >= 9 else first_year + 1, month, day)
