"""Working days, school years and school terms as pure functions of dates; nothing here knows what day it is today."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import holidays
from holidays.countries.russia import RussiaStaticHolidays
from ruamel.yaml import YAML

from workflow_core.exceptions import CalendarMissing

SATURDAY_AND_SUNDAY = frozenset({5, 6})
SUNDAY = frozenset({6})
SATURDAY = 5
ROMAN = ("I", "II", "III", "IV", "V", "VI")
TRANSFERS = Path(__file__).with_name("transfers.yaml")
"""Transfers of days off by year, as published; they win over the package's."""

NEW_YEAR = tuple((1, day) for day in range(1, 9))
OTHER_HOLIDAYS = ((2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4))
PRESENT_HOLIDAYS_SINCE = 2013
"""The holidays above are those of article 112 of the Labour Code as it stands since this year."""
_HOLIDAY_NAMES: Mapping[tuple[int, int], str] = {
    **dict.fromkeys(NEW_YEAR, "Новогодние каникулы"),
    (1, 1): "Новый год",
    (1, 7): "Рождество Христово",
    (2, 23): "День защитника Отечества",
    (3, 8): "Международный женский день",
    (5, 1): "Праздник Весны и Труда",
    (5, 9): "День Победы",
    (6, 12): "День России",
    (11, 4): "День народного единства",
}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProductionCalendar:
    """Days off of one year by their Russian names, and the weekend days that a transfer made working ones."""

    days_off: Mapping[date, str]
    worked: frozenset[date]


@cache
def published_transfers(year: int) -> Mapping[date, date] | None:
    """The day off that the government gave -> the weekend day that it took for it; None for a year not yet published."""
    own = _own_transfers().get(year)
    if own is not None:
        return own
    if year not in RussiaStaticHolidays.special_public_holidays:
        return None
    rows: Any = RussiaStaticHolidays.special_public_holidays[year]
    given = rows if isinstance(rows[0], tuple) else (rows,)
    return {date(year, row[0], row[1]): date(year, row[2], row[3]) for row in given}


@cache
def _own_transfers() -> Mapping[int, Mapping[date, date]]:
    years = YAML(typ="safe").load(TRANSFERS.read_text("utf-8"))
    return {int(year): dict(node["transfers"]) for year, node in years.items()}


@cache
def production_calendar(year: int, weekend: frozenset[int] = SATURDAY_AND_SUNDAY) -> ProductionCalendar:
    """The national calendar of `year` with its yearly transfers (Labour Code, articles 111 and 112).

    Raises `CalendarMissing` for a year whose transfers are not published: the fixed holidays alone would look right and
    be wrong by several days.
    """
    transfers = published_transfers(year)
    if transfers is None:
        raise CalendarMissing(year)
    if year >= PRESENT_HOLIDAYS_SINCE:
        return lawful_calendar(year, transfers, weekend)
    national = holidays.country_holidays("RU", years=year, language="ru", expand=False)
    days_off = {day: str(name) for day, name in national.items() if day.year == year}
    return ProductionCalendar(days_off, frozenset(day for day in national.weekend_workdays if day.year == year))


def lawful_calendar(
    year: int, transfers: Mapping[date, date], weekend: frozenset[int] = SATURDAY_AND_SUNDAY
) -> ProductionCalendar:
    """What article 112 of the Labour Code makes of a year: fixed holidays, the weekend days that they fall on, `transfers`.

    A weekend day that meets a holiday goes to the next working day, in January only by a transfer. Where Saturday is worked
    (six-day week), it can neither meet a holiday nor be given for another day.
    """
    holidays_of = {date(year, *day): _HOLIDAY_NAMES[day] for day in (*NEW_YEAR, *OTHER_HOLIDAYS)}
    given = {new: taken for new, taken in transfers.items() if taken.weekday() in weekend}
    off = dict(holidays_of)
    off.update({new: f"Выходной (перенесён с {taken:%d.%m.%Y})" for new, taken in given.items()})
    worked = frozenset(taken for taken in given.values() if taken not in holidays_of)
    for day in (date(year, *one) for one in OTHER_HOLIDAYS):
        if day.weekday() in weekend and day not in given.values():
            following = day + _DAY
            while following in off or (following.weekday() in weekend and following not in worked):
                following += _DAY
            off[following] = f"Выходной ({holidays_of[day]})"
    return ProductionCalendar(off, worked)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days an organisation works: the national calendar under the organisation's own days."""

    own_days: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))
    """True = day off (quarantine, regional holiday), False = working day. Wins over everything else."""
    own_years: frozenset[int] = frozenset()
    """Years whose transfers the organisation entered itself in `own_days`; they need not be published."""
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    """Monday is 0. A school with a six-day week passes `SUNDAY`."""
    yearly: frozenset[tuple[int, int]] = frozenset()
    """(month, day) of days off that a region has every year."""
    own_names: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the organisation's own days are called: «Карантин»."""

    def to_json(self) -> str:
        """What is the organisation's own here, names apart: two calendars that give one text work on the same days."""
        own = {day.isoformat(): off for day, off in sorted(self.own_days.items())}
        years, yearly = sorted(self.own_years), [list(one) for one in sorted(self.yearly)]
        return json.dumps({"own": own, "years": years, "weekend": sorted(self.weekend), "yearly": yearly})

    @classmethod
    def from_json(cls, text: str) -> WorkingCalendar:
        """What `to_json` gave."""
        given = json.loads(text)
        return cls(
            MappingProxyType({date.fromisoformat(day): off for day, off in given["own"].items()}),
            frozenset(given["years"]),
            frozenset(given["weekend"]),
            frozenset((month, day) for month, day in given["yearly"]),
        )

    def is_day_off(self, day: date) -> bool:
        """Whether nobody works on `day`. Raises `CalendarMissing` for a year without data."""
        if day in self.own_days:
            return self.own_days[day]
        if (day.month, day.day) in self.yearly:
            return True
        national = self._national(day.year)
        if day in national.worked:
            return False
        return day.weekday() in self.weekend or day in national.days_off

    def name_of(self, day: date) -> str:
        """Russian name of the holiday on `day`, empty for any other day."""
        if day in self.own_names:
            return self.own_names[day]
        if (day.month, day.day) in self.yearly:
            return "Праздник региона"
        return self._national(day.year).days_off.get(day, "")

    def working_day_before(self, day: date) -> date:
        """The last working day strictly before `day`."""
        return self.add_working_days(day, -1)

    def add_working_days(self, day: date, count: int) -> date:
        """The working day `count` working days after `day`, which itself is not counted; negative counts backwards.

        Zero gives `day` back, be it worked or not. Raises `CalendarMissing` on reaching a year without data.
        """
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            while self.is_day_off(day):
                day += step
        return day

    def days_off(self, first: date, last: date) -> Iterator[tuple[date, str]]:
        """Days off from `first` to `last` that are no ordinary weekend, with their names; years without data are left out."""
        for number in range((last - first).days + 1):
            day = first + number * _DAY
            try:
                name = self.name_of(day) if self.is_day_off(day) else ""
            except CalendarMissing:
                continue
            if name:
                yield day, name

    def _national(self, year: int) -> ProductionCalendar:
        try:
            return production_calendar(year, self.weekend)
        except CalendarMissing:
            if year not in self.own_years:
                raise
            return lawful_calendar(year, {}, self.weekend)


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
