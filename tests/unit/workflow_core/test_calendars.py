from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_core.calendars import (
    DEFAULT_TERMS,
    SUNDAY,
    TermDates,
    WorkingCalendar,
    school_terms,
    school_year_bounds,
    school_year_of,
    school_year_title,
)
from workflow_core.exceptions import CalendarMissing

CALENDAR = WorkingCalendar()
KNOWN_DAYS = st.dates(date(2020, 2, 1), date(2027, 10, 1))


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 9, 1), False),  # Tuesday
        (date(2026, 9, 5), True),  # Saturday
        (date(2026, 11, 4), True),  # holiday on a Wednesday
        (date(2026, 12, 31), True),  # Thursday, transferred from 4 January
        (date(2026, 1, 9), True),  # Friday, transferred from 3 January
        (date(2027, 2, 20), False),  # a Saturday made working
        (date(2027, 2, 22), True),  # the Monday it was worked for
        (date(2024, 12, 28), False),  # a Saturday made working
    ],
)
def test_is_day_off_follows_the_yearly_transfers(day: date, off: bool) -> None:
    assert CALENDAR.is_day_off(day) is off


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 12, 30), 3, date(2027, 1, 13)),
        (date(2026, 9, 4), 1, date(2026, 9, 7)),
        (date(2026, 9, 5), 0, date(2026, 9, 5)),
        (date(2027, 1, 11), -1, date(2026, 12, 30)),
        (date(2025, 5, 7), 1, date(2025, 5, 12)),
    ],
)
def test_add_working_days_leaves_out_the_first_day_and_days_off(day: date, count: int, expected: date) -> None:
    assert CALENDAR.add_working_days(day, count) == expected


def test_working_day_before_a_sunday_is_friday() -> None:
    assert CALENDAR.working_day_before(date(2026, 5, 31)) == date(2026, 5, 29)


def test_own_day_wins_over_the_national_calendar() -> None:
    quarantine, worked_holiday = date(2026, 9, 7), date(2026, 11, 4)
    calendar = WorkingCalendar({quarantine: True, worked_holiday: False})

    assert calendar.is_day_off(quarantine)
    assert not calendar.is_day_off(worked_holiday)
    assert calendar.add_working_days(date(2026, 9, 4), 1) == date(2026, 9, 8)


SIX_DAYS = WorkingCalendar(weekend=SUNDAY)
PUBLISHED = {
    # Working days of each month of the five-day week, as the production calendars of these years print them.
    2024: (17, 20, 20, 21, 20, 19, 23, 22, 21, 23, 21, 21),
    2025: (17, 20, 21, 22, 18, 19, 23, 21, 22, 23, 19, 22),
    2026: (15, 19, 21, 22, 19, 21, 23, 21, 22, 22, 20, 22),
    2027: (15, 19, 22, 22, 19, 21, 22, 22, 22, 21, 20, 22),
}


def working_days(calendar: WorkingCalendar, first: date, last: date) -> int:
    return sum(not calendar.is_day_off(first + timedelta(number)) for number in range((last - first).days + 1))


@pytest.mark.parametrize("year", PUBLISHED)
def test_months_have_as_many_working_days_as_the_published_calendar(year: int) -> None:
    starts = [*(date(year, month, 1) for month in range(1, 13)), date(year + 1, 1, 1)]
    months = [(first, after - timedelta(1)) for first, after in pairwise(starts)]

    assert tuple(working_days(CALENDAR, first, last) for first, last in months) == PUBLISHED[year]


@pytest.mark.parametrize("year", range(2015, 2028))
def test_the_law_and_the_package_give_the_same_days_off(year: int) -> None:
    """Two ways to one calendar: ours counts the holidays and transfers out, the package has them listed."""
    national = holidays.country_holidays("RU", years=year, language="ru", expand=False)
    worked = {day for day in national.weekend_workdays if day.year == year}
    days = [date(year, 1, 1) + timedelta(number) for number in range(365)]
    listed = {day for day in days if day not in worked and (day.weekday() > 4 or day in national)}

    assert {day for day in days if CALENDAR.is_day_off(day)} == listed


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 9, 5), False),  # an ordinary Saturday
        (date(2026, 1, 3), True),  # a Saturday within the New Year's holidays
        (date(2026, 1, 9), False),  # given for a Saturday, which is no day off here
        (date(2026, 12, 31), True),  # given for a Sunday
        (date(2026, 3, 9), True),  # 8 March is a Sunday
        (date(2026, 5, 9), True),
        (date(2026, 5, 11), False),  # 9 May is a Saturday, so nothing is moved
        (date(2027, 2, 22), False),
    ],
)
def test_six_day_week_gives_no_saturday_away(day: date, off: bool) -> None:
    assert SIX_DAYS.is_day_off(day) is off


def test_regional_day_comes_every_year_and_quarantine_only_once() -> None:
    quarantine = {date(2027, 2, day): True for day in range(1, 8)}
    calendar = WorkingCalendar(quarantine, yearly=frozenset({(10, 11)}), own_names={date(2027, 2, 1): "Карантин"})

    assert [calendar.is_day_off(date(year, 10, 11)) for year in (2024, 2027)] == [True, True]
    assert calendar.name_of(date(2027, 10, 11)) == "Праздник региона"
    assert calendar.name_of(date(2027, 2, 1)) == "Карантин"
    assert calendar.add_working_days(date(2027, 1, 29), 1) == date(2027, 2, 8)
    assert list(calendar.days_off(date(2027, 1, 31), date(2027, 2, 2))) == [(date(2027, 2, 1), "Карантин")]


def test_holiday_that_meets_a_weekend_goes_to_the_next_working_day_in_an_own_year() -> None:
    """12 June 2038 is a Saturday: known by law, before any decree is published."""
    calendar = WorkingCalendar({date(2038, 5, 3): False}, own_years=frozenset({2038}))

    assert calendar.is_day_off(date(2038, 6, 14))
    assert not calendar.is_day_off(date(2038, 5, 3))
    assert calendar.is_day_off(date(2038, 1, 8))


def test_six_day_week_works_on_saturday() -> None:
    assert not WorkingCalendar(weekend=frozenset({6})).is_day_off(date(2026, 9, 5))


def test_year_without_transfers_is_missing_not_guessed() -> None:
    with pytest.raises(CalendarMissing, match="2040"):
        CALENDAR.is_day_off(date(2040, 6, 1))


def test_own_year_stands_in_for_a_missing_one() -> None:
    calendar = WorkingCalendar({date(2040, 6, 12): True}, own_years=frozenset({2040}))

    assert calendar.is_day_off(date(2040, 6, 12))
    assert calendar.is_day_off(date(2040, 6, 2))
    assert not calendar.is_day_off(date(2040, 6, 1))


def test_name_of_a_holiday_is_russian() -> None:
    assert CALENDAR.name_of(date(2026, 11, 4)) == "День народного единства"
    assert CALENDAR.name_of(date(2026, 11, 5)) == ""


@given(KNOWN_DAYS, st.integers(1, 40))
def test_added_days_come_back_by_subtracting(day: date, count: int) -> None:
    if CALENDAR.is_day_off(day):
        return
    later = CALENDAR.add_working_days(day, count)

    assert not CALENDAR.is_day_off(later)
    assert CALENDAR.add_working_days(later, -count) == day


@pytest.mark.parametrize(
    ("day", "first_year"),
    [(date(2026, 8, 31), 2025), (date(2026, 9, 1), 2026), (date(2027, 1, 1), 2026), (date(2027, 8, 31), 2026)],
)
def test_school_year_runs_from_september_to_august(day: date, first_year: int) -> None:
    start, end = school_year_bounds(first_year)

    assert school_year_of(day) == first_year
    assert start <= day <= end


def test_school_year_title_keeps_two_digits_over_a_century() -> None:
    assert (school_year_title(2026), school_year_title(2099)) == ("2026/27", "2099/00")


def test_default_terms_lie_in_order_within_the_school_year() -> None:
    terms = school_terms(2026)
    start, end = school_year_bounds(2026)

    assert [term.title for term in terms] == [f"{n} четверть 2026/27" for n in ("I", "II", "III", "IV")]
    assert terms[2].start == date(2027, 1, 9)
    bounds = [day for term in terms for day in (term.start, term.end)]
    assert bounds == sorted(bounds)
    assert start <= bounds[0]
    assert bounds[-1] <= end


def test_terms_are_a_setting() -> None:
    trimesters = (TermDates((9, 1), (11, 20)), TermDates((12, 1), (2, 20)), TermDates((3, 1), (5, 26)))

    assert len(DEFAULT_TERMS) == 4
    assert [(term.start, term.end) for term in school_terms(2026, trimesters)][1] == (
        date(2026, 12, 1),
        date(2027, 2, 20),
    )


def test_a_calendar_is_kept_as_text_without_the_names_of_its_days() -> None:
    own = {date(2026, 11, 16): True, date(2026, 11, 21): False}
    calendar = WorkingCalendar(own, frozenset({2031}), SUNDAY, frozenset({(12, 11)}), {date(2026, 11, 16): "Карантин"})

    kept = WorkingCalendar.from_json(calendar.to_json())

    assert kept == WorkingCalendar(own, frozenset({2031}), SUNDAY, frozenset({(12, 11)}))
    assert kept.to_json() == calendar.to_json() != WorkingCalendar().to_json()
    assert WorkingCalendar.from_json(WorkingCalendar().to_json()) == WorkingCalendar()
