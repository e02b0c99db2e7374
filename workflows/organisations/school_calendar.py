"""The calendar of one organisation: national days off, those of the places above it, its own, over a five- or six-day week.

`working_calendar` is the one answer to «is this a working day here?»: guards get it as the fact `working_calendar`, timers
and pages through `workflow_core.timers.calendar_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from workflow_core.calendars import (
    SATURDAY_AND_SUNDAY,
    SUNDAY,
    Term,
    WorkingCalendar,
    published_transfers,
    school_terms,
    school_year_of,
)
from workflow_core.unit_of_work import catalogue_of
from workflows.organisations import queries
from workflows.organisations.profile import load_profile
from workflows.organisations.profile_file import library
from workflows.organisations.school_dates import month_and_day
from workflows.organisations.settings import terms_of
from workflows.organisations.tables import CalendarDays, DaysWhy

WEEK, REGIONAL_HOLIDAYS = "week_days", "regional_holidays"
"""Settings."""
WHY_TITLES: Mapping[str, str] = MappingProxyType(
    {
        DaysWhy.QUARANTINE: "карантин",
        DaysWhy.TRANSFER: "перенос выходного",
        DaysWhy.REGIONAL: "праздник региона",
        DaysWhy.OWN: "свой день",
    }
)


def working_calendar(session: Session, scope: str, on_date: date) -> WorkingCalendar:
    """The calendar of an organisation by its rules as they hold on a day; the national one for a place that does not exist."""
    chain = queries.chain(session, scope)
    profiles = library(tuple(catalogue_of(session).profiles))
    profile = load_profile(session, scope, datetime.combine(on_date, time(12), UTC), profiles)
    settings = profile.settings_on(on_date) if profile else {}
    # The nearest place has the last word, so its days come last.
    order = {row.id: place for place, row in enumerate(reversed(chain))}
    rows = sorted(queries.calendar_days(session, list(order)), key=lambda row: order[row.organisation_id])
    return calendar_from(rows, settings)


def calendar_from(rows: Iterable[CalendarDays], settings: Mapping[str, Any]) -> WorkingCalendar:
    """The calendar that own days, later ones over earlier ones, and settings make."""
    own: dict[date, bool] = {}
    names: dict[date, str] = {}
    years: set[int] = set()
    yearly: set[tuple[int, int]] = set()
    for text in settings.get(REGIONAL_HOLIDAYS) or ():
        if len(text) == 5:
            yearly.add(month_and_day(text))
        else:
            own[date.fromisoformat(text)], names[date.fromisoformat(text)] = True, "Праздник региона"
    for row in rows:
        for day in days_between(row.first_day, row.last_day):
            own[day] = row.off
            names[day] = (row.note or WHY_TITLES.get(row.why, "")) if row.off else ""
            if row.why == DaysWhy.TRANSFER and published_transfers(day.year) is None:
                years.add(day.year)
    weekend = SUNDAY if settings.get(WEEK) == "6" else SATURDAY_AND_SUNDAY
    return WorkingCalendar(MappingProxyType(own), frozenset(years), weekend, frozenset(yearly), MappingProxyType(names))


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def terms_between(settings: Mapping[str, Any], first: date, last: date) -> list[Term]:
    """The terms of all school years that touch these days, by the place's setting."""
    dates = terms_of(settings)
    years = range(school_year_of(first), school_year_of(last) + 1)
    return [term for year in years for term in school_terms(year, dates)]


def calendars(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Mapping[str, WorkingCalendar]:
    """The fact `working_calendar`."""
    return {scope: working_calendar(session, scope, on_date)} if scope in ids else {}
