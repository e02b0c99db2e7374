from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workflow_core.calendars import Term
from workflows.road_maps.deadlines import (
    DATELESS,
    KINDS,
    RECURRENCES,
    Deadline,
    Period,
    contradictions,
    describe,
    due_on,
    from_contract,
    occurrences,
    period_of,
    shift_date,
    shift_period,
    shift_years,
    to_contract,
)

SCHOOL_YEAR = Period("2022-2023 уч. год", date(2022, 9, 1), date(2023, 8, 31))
MAY = Deadline("май 2021 г.", "month", date(2021, 5, 1), date(2021, 5, 31))
DECEMBERS = tuple(date(year, 12, 1) for year in range(2020, 2025))
LIST_OF_MONTHS = Deadline(
    "Декабрь 2020, Декабрь 2021, Декабрь 2022, Декабрь 2023, Декабрь 2024",
    "list",
    DECEMBERS[0],
    DECEMBERS[-1],
    dates=DECEMBERS,
)


def until(day: date, text: str = "") -> Deadline:
    return Deadline(text or f"до {day:%d.%m.%Y}", "deadline", end=day)


def months(start: date, end: date) -> Deadline:
    return Deadline("", "month" if start.month == end.month else "months_range", start, end)


def recurring(recurrence: str, start: date | None = None, end: date | None = None) -> Deadline:
    return Deadline("", "recurring", start, end, recurrence)


days = st.dates(date(2000, 1, 1), date(2080, 12, 31))


@st.composite
def sound_deadlines(draw: st.DrawFn) -> Deadline:
    """Deadlines of every kind that contradict nothing, dated ones around the years that maps live in."""
    kind = draw(st.sampled_from(KINDS))
    first = draw(days)
    last = first + timedelta(days=draw(st.integers(0, 400)))
    if kind == "deadline":
        return until(last)
    if kind == "list":
        dates = tuple(sorted({first, last}))
        return Deadline("", "list", dates[0], dates[-1], dates=dates)
    if kind in ("month", "months_range"):
        return months(first.replace(day=1), _last_of(last))
    if kind in DATELESS:
        return Deadline("по отдельному графику", kind)
    return Deadline(
        "весь период", kind, first, last, draw(st.sampled_from(RECURRENCES)) if kind == "recurring" else None
    )


def _last_of(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@given(sound_deadlines(), sound_deadlines())
def test_contract_form_reads_back(deadline: Deadline, other: Deadline) -> None:
    whole = Deadline("как-то", "none", certain=False, alternatives=(deadline,), also=(other, deadline))

    assert from_contract(json.loads(json.dumps(to_contract(whole)))) == whole


def test_from_contract_takes_what_is_left_out_for_empty() -> None:
    assert from_contract({"text": "До 31.08.2022", "kind": "deadline", "end": "2022-08-31"}) == until(
        date(2022, 8, 31), "До 31.08.2022"
    )


@given(sound_deadlines())
def test_sound_deadlines_contradict_nothing(deadline: Deadline) -> None:
    assert contradictions(deadline) == []


@pytest.mark.parametrize(
    "wrong",
    [
        Deadline("", "deadline"),
        Deadline("", "deadline", start=date(2022, 1, 1), end=date(2022, 2, 1)),
        Deadline("", "range", end=date(2022, 2, 1)),
        Deadline("", "range", start=date(2022, 3, 1), end=date(2022, 2, 1)),
        Deadline("", "month", date(2022, 3, 2), date(2022, 3, 31)),
        Deadline("", "months_range", date(2023, 2, 1), date(2023, 2, 27)),
        Deadline("", "recurring"),
        Deadline("", "continuous", recurrence="yearly"),
        Deadline("", "list"),
        Deadline("", "list", date(2022, 1, 1), date(2022, 1, 2), dates=(date(2022, 1, 2), date(2022, 1, 1))),
        Deadline("", "list", date(2022, 1, 1), None, dates=(date(2022, 1, 1),)),
        Deadline("", "month", date(2022, 3, 1), date(2022, 3, 31), dates=(date(2022, 3, 1),)),
        Deadline("", "by_schedule", end=date(2022, 2, 1)),
        Deadline("", "none", also=(Deadline("", "deadline"),)),
    ],
)
def test_contradiction_is_named(wrong: Deadline) -> None:
    assert contradictions(wrong)


# Shifting


@given(sound_deadlines(), st.integers(-20, 20))
def test_shifted_deadline_stays_sound_and_of_its_kind(deadline: Deadline, years: int) -> None:
    shifted = shift_years(deadline, years)

    assert contradictions(shifted) == []
    assert (shifted.kind, shifted.recurrence, shifted.certain) == (deadline.kind, deadline.recurrence, deadline.certain)


@given(days, days, st.integers(-20, 20))
def test_shift_keeps_order_and_length(one: date, other: date, years: int) -> None:
    first, last = sorted((one, other))
    start, end = shift_date(first, years), shift_date(last, years)

    assert start <= end
    assert abs((end - start) - (last - first)) <= timedelta(days=1)  # a leap day may fall inside


@given(days, st.integers(-20, 20), st.integers(-20, 20))
def test_shifts_add_up(day: date, years: int, more: int) -> None:
    assume((day.month, day.day) != (2, 29))

    assert shift_date(shift_date(day, years), more) == shift_date(day, years + more)


@given(sound_deadlines())
def test_shift_by_nothing_changes_nothing(deadline: Deadline) -> None:
    assert shift_years(deadline, 0) is deadline


@given(sound_deadlines(), st.integers(1, 20))
def test_shifted_text_names_no_old_year(deadline: Deadline, years: int) -> None:
    shifted = shift_years(deadline, years)
    kept = {day.year for day in (shifted.start, shifted.end, *shifted.dates) if day}
    gone = {day.year for day in (deadline.start, deadline.end, *deadline.dates) if day} - kept

    assert not [year for year in gone if str(year) in shifted.text]


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2023, 2, 28), 1, date(2024, 2, 28)),
        (date(2022, 8, 31), 4, date(2026, 8, 31)),
        (date(2022, 12, 31), -3, date(2019, 12, 31)),
    ],
)
def test_shift_of_a_single_day(day: date, years: int, expected: date) -> None:
    assert shift_date(day, years) == expected


def test_whole_february_gets_and_loses_its_leap_day() -> None:
    february = months(date(2023, 2, 1), date(2023, 2, 28))

    assert shift_years(february, 1).end == date(2024, 2, 29)
    assert shift_years(months(date(2024, 2, 1), date(2024, 2, 29)), 1).end == date(2025, 2, 28)


def test_end_of_february_moves_with_the_month_unless_the_day_is_printed() -> None:
    end = date(2023, 2, 28)

    assert shift_years(until(end, "До марта"), 1).end == date(2024, 2, 29)
    assert shift_years(until(end, "до 28.02.2023"), 1).end == end.replace(year=2024)


def test_shift_moves_both_parts_and_tells_them_anew() -> None:
    deadline = Deadline("Август 2022, далее – по мере необходимости", "month", date(2022, 8, 1), date(2022, 8, 31),
                        also=(Deadline("по мере необходимости", "on_demand"),))  # fmt: skip

    assert shift_years(deadline, 4).text == "август 2026, далее по мере необходимости"


def test_shift_of_an_alternative_to_a_schedule() -> None:
    deadline = Deadline("в соответствии со сроками программ или май 2021 г.", "by_schedule", also=(MAY,))
    shifted = shift_years(deadline, 6)

    assert shifted.text == "в соответствии со сроками программ или май 2027"
    assert shifted.also[0].end == date(2027, 5, 31)


def test_shift_of_listed_months_keeps_them_months() -> None:
    shifted = shift_years(LIST_OF_MONTHS, 6)

    assert shifted.dates[-1] == date(2030, 12, 1)
    assert shifted.lists_months
    assert due_on(shifted) == date(2030, 12, 31)


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (SCHOOL_YEAR, "2026–2027 учебный год"),
        (period_of(date(2020, 1, 1), date(2020, 12, 31)), "2024 год"),
        (period_of(date(2020, 1, 1), date(2024, 12, 31)), "2024–2028 годы"),
        (period_of(date(2022, 4, 1), date(2023, 5, 31)), "с 1 апреля 2026 по 31 мая 2027"),
    ],
)
def test_shifted_period_is_named_anew(period: Period, text: str) -> None:
    assert shift_period(period, 4).text == text


# Falling due


@pytest.mark.parametrize(
    ("deadline", "due"),
    [
        (None, None),
        (until(date(2022, 8, 31)), date(2022, 8, 31)),
        (MAY, date(2021, 5, 31)),
        (Deadline("с 1 июня", "range", date(2020, 6, 1)), None),
        (Deadline("в течение года", "continuous", date(2022, 9, 1), date(2023, 8, 31)), date(2023, 8, 31)),
        (Deadline("по графику", "by_schedule"), None),
        (Deadline("по графику или май 2021", "by_schedule", also=(MAY,)), date(2021, 5, 31)),
        (LIST_OF_MONTHS, date(2024, 12, 31)),
        (
            Deadline("1.12.2020, 1.12.2021", "list", DECEMBERS[0], DECEMBERS[1], dates=DECEMBERS[:2]),
            date(2021, 12, 1),
        ),
    ],
)
def test_due_on(deadline: Deadline | None, due: date | None) -> None:
    assert due_on(deadline) == due


def test_first_part_decides_when_an_item_is_due() -> None:
    all_year = Deadline("далее весь период", "continuous", date(2022, 9, 1), date(2023, 8, 31))
    deadline = Deadline("На начало года, далее весь период", "deadline", end=date(2022, 9, 1), also=(all_year,))

    assert due_on(deadline) == date(2022, 9, 1)


def test_term_occurrences_are_the_four_terms() -> None:
    found = occurrences(recurring("term"), SCHOOL_YEAR)

    assert [one.label for one in found] == [f"{roman} четверть 2022/23" for roman in ("I", "II", "III", "IV")]
    assert found[1].due == date(2022, 12, 28)


def test_occurrences_follow_the_school_s_own_terms() -> None:
    terms = (Term(1, "I триместр", date(2022, 9, 1), date(2022, 11, 20)),)

    assert [(one.label, one.due) for one in occurrences(recurring("term"), SCHOOL_YEAR, terms)] == [
        ("I триместр", date(2022, 11, 20))
    ]


@pytest.mark.parametrize(
    ("recurrence", "count", "first", "last"),
    [
        ("weekly", 53, "неделя с 29.08.2022", "неделя с 28.08.2023"),
        ("monthly", 12, "сентябрь 2022", "август 2023"),
        ("quarterly", 5, "III квартал 2022", "III квартал 2023"),
        ("half_yearly", 2, "I полугодие 2022/23", "II полугодие 2022/23"),
        ("yearly", 1, "2022/23 учебный год", "2022/23 учебный год"),
        ("daily", 0, None, None),
    ],
)
def test_occurrences_in_a_school_year(recurrence: str, count: int, first: str | None, last: str | None) -> None:
    labels = [one.label for one in occurrences(recurring(recurrence), SCHOOL_YEAR)]

    assert len(labels) == count
    assert (labels[:1], labels[-1:]) == (([first], [last]) if count else ([], []))


def test_yearly_occurrences_in_calendar_years() -> None:
    found = occurrences(recurring("yearly"), period_of(date(2020, 1, 1), date(2024, 12, 31)))

    assert [(one.label, one.due) for one in found][::4] == [
        ("2020 год", date(2020, 12, 31)),
        ("2024 год", date(2024, 12, 31)),
    ]


def test_every_two_years_gives_windows_of_two() -> None:
    found = occurrences(recurring("every_two_years"), period_of(date(2020, 1, 1), date(2023, 12, 31)))

    assert [one.label for one in found] == ["2020–2021 годы", "2022–2023 годы"]


def test_listed_months_fall_due_on_their_last_day() -> None:
    found = occurrences(LIST_OF_MONTHS, None)

    assert [(one.label, one.due) for one in found][:2] == [
        ("декабрь 2020", date(2020, 12, 31)),
        ("декабрь 2021", date(2021, 12, 31)),
    ]


@given(st.sampled_from(RECURRENCES), days, st.integers(0, 900))
def test_occurrences_stay_in_the_period_and_in_order(recurrence: str, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    found = occurrences(recurring(recurrence, start, end), None)

    assert all(start <= one.start <= one.due <= end for one in found)
    assert [one.due for one in found] == sorted(one.due for one in found)
    assert len({one.label for one in found}) == len(found)


@given(st.sampled_from(("weekly", "monthly", "quarterly", "half_yearly", "yearly")), days, st.integers(0, 900))
def test_occurrences_leave_no_day_of_the_period_out(recurrence: str, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    found = occurrences(recurring(recurrence, start, end), None)
    covered = sum((one.due - one.start).days + 1 for one in found)

    assert covered == length + 1


def test_item_done_once_has_no_occurrences() -> None:
    assert occurrences(MAY, SCHOOL_YEAR) == ()
    assert occurrences(None, SCHOOL_YEAR) == ()
    assert occurrences(recurring("monthly"), None) == ()


def test_second_part_may_be_the_one_that_repeats() -> None:
    deadline = Deadline("октябрь, далее ежемесячно", "month", date(2022, 10, 1), date(2022, 10, 31),
                        also=(recurring("monthly", date(2022, 11, 1), date(2023, 1, 31)),))  # fmt: skip

    assert deadline.repeats
    assert [one.label for one in occurrences(deadline, SCHOOL_YEAR)] == ["ноябрь 2022", "декабрь 2022", "январь 2023"]


# Words


@pytest.mark.parametrize(
    ("deadline", "words"),
    [
        (None, "срок не указан"),
        (until(date(2022, 8, 31)), "до 31 августа 2022"),
        (Deadline("", "range", date(2020, 9, 1), date(2020, 9, 15)), "с 1 по 15 сентября 2020"),
        (Deadline("", "range", date(2020, 6, 1), date(2020, 12, 31)), "с 1 июня по 31 декабря 2020"),
        (Deadline("", "range", date(2020, 12, 1), date(2021, 1, 31)), "с 1 декабря 2020 по 31 января 2021"),
        (Deadline("", "range", date(2020, 6, 1)), "с 1 июня 2020"),
        (MAY, "май 2021"),
        (months(date(2022, 5, 1), date(2022, 8, 31)), "май – август 2022"),
        (months(date(2022, 12, 1), date(2023, 1, 31)), "декабрь 2022 – январь 2023"),
        (recurring("term"), "раз в четверть"),
        (Deadline("В течение года", "continuous"), "в течение года"),
        (Deadline("В течение 2022 года", "continuous"), "в течение всего периода"),
        (Deadline("Согласно графику ОО", "by_schedule"), "согласно графику ОО"),
        (Deadline("", "by_schedule"), "по отдельному графику"),
        (Deadline("", "none"), "срок не указан"),
        (Deadline("", "list", DECEMBERS[0], DECEMBERS[1], dates=DECEMBERS[:2]), "декабрь 2020, декабрь 2021"),
    ],
)
def test_describe(deadline: Deadline | None, words: str) -> None:
    assert describe(deadline) == words
