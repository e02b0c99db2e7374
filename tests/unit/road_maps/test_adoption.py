from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_core.calendars import WorkingCalendar
from workflows.road_maps.adoption import AdoptionPlan, plan_adoption, years_to_shift
from workflows.road_maps.deadlines import Period, period_of
from workflows.road_maps.map_template import load_text, shipped_map, shipped_maps

CALENDAR = WorkingCalendar()
SEPTEMBER = date(2026, 9, 1)
TODAY = date(2026, 9, 10)
NO_PERIOD = """\
code: dated
title: Карта без периода
level: school
source: школа
words: {section: раздел}
columns: [Содержание]
sections:
  - title: Один
    items:
      - {text: Начать, deadline: {text: до 15.10.2022, kind: deadline, end: 2022-10-15}}
      - {text: Вести, deadline: {text: в течение года, kind: continuous}}
"""


def plan(code: str, start: date = SEPTEMBER, today: date = TODAY, period: Period | None = None) -> AdoptionPlan:
    return plan_adoption(shipped_map(code), start, today, CALENDAR, period)


@pytest.mark.parametrize(
    ("code", "start", "years"),
    [
        ("teachers_typical", date(2026, 9, 1), 4),
        ("teachers_typical", date(2026, 8, 1), 4),
        ("teachers_typical", date(2027, 3, 1), 4),
        ("teachers_typical", date(2026, 6, 1), 3),
        ("kakhun_2025", date(2026, 9, 1), 1),
        ("school9_2020", date(2026, 9, 1), 6),
        ("school9_2020", date(2026, 1, 1), 6),
        ("tarasovsky_2020", date(2026, 9, 1), 6),
        ("kindergarten_333", date(2026, 9, 1), 0),
        ("teachers_typical", date(2022, 9, 1), 0),
    ],
)
def test_map_moves_by_whole_years_to_the_year_of_the_start(code: str, start: date, years: int) -> None:
    assert years_to_shift(shipped_map(code), start) == years


def test_start_must_be_the_first_of_a_month() -> None:
    with pytest.raises(ValueError, match="first day of a month"):
        plan("teachers_typical", start=date(2026, 9, 2))


def test_dates_and_period_move_together() -> None:
    adopted = plan("teachers_typical")

    assert adopted.period == Period("2026–2027 учебный год", date(2026, 9, 1), date(2027, 8, 31))
    assert adopted.item("3.2").due == date(2026, 3, 31)
    assert adopted.item("1.1").due == date(2026, 8, 31)
    assert adopted.item("7.1").due == date(2027, 8, 31)


def test_years_beyond_the_plan_year_keep_their_distance() -> None:
    adopted = plan("school9_2020")

    assert adopted.item("4.2").due == date(2026, 9, 15)
    assert adopted.item("4.26").due == date(2027, 5, 31)


def test_five_decembers_stay_five() -> None:
    adopted = plan("tarasovsky_2020")

    assert adopted.period == Period("2026–2030 годы", date(2026, 1, 1), date(2030, 12, 31))
    assert [one.due.year for one in adopted.item("6.1").occurrences] == [2026, 2027, 2028, 2029, 2030]


def test_termly_item_gets_its_four_terms() -> None:
    assert [one.label for one in plan("teachers_typical").item("6.1").occurrences] == [
        f"{roman} четверть 2026/27" for roman in ("I", "II", "III", "IV")
    ]


def test_day_off_is_shown_and_the_date_stays() -> None:
    item = plan("kakhun_2025").item("1/7")  # until the end of October: a Saturday in 2026

    assert (item.due, item.working_day_before) == (date(2026, 10, 31), date(2026, 10, 30))


def test_working_day_needs_no_other_day() -> None:
    assert plan("teachers_typical").item("1.1").working_day_before is None


def test_past_items_are_those_due_before_today() -> None:
    adopted = plan("teachers_typical", today=date(2026, 9, 1))
    past = [one.item.number for one in adopted.past]

    assert past == ["1.1", "1.2", "1.4", "1.6", "2.1", "3.1", "3.2", "5.1", "5.2"]
    assert adopted.item("4.1").due == date(2026, 9, 1)
    (question,) = [q for q in adopted.questions if q.code == "already_done"]
    assert "1.1, 1.2, 1.4" in question.text


def test_map_without_a_period_asks_for_one() -> None:
    assert [question.code for question in plan("kindergarten_333").questions] == ["period_missing"]


def test_given_period_answers_the_question() -> None:
    period = period_of(date(2026, 9, 1), date(2027, 5, 31))
    adopted = plan("kindergarten_333", period=period)

    assert (adopted.period, adopted.questions) == (period, ())
    assert all(one.deadline is None and one.due is None and not one.past for one in adopted.items)


def test_given_period_dates_what_runs_all_the_time() -> None:
    template = load_text(NO_PERIOD, "dated.yaml")
    period = period_of(date(2026, 9, 1), date(2027, 5, 31))
    adopted = plan_adoption(template, SEPTEMBER, TODAY, CALENDAR, period)

    assert adopted.years == 4
    assert [one.due for one in adopted.items] == [date(2026, 10, 15), date(2027, 5, 31)]


def test_given_period_wins_over_the_map_s_own() -> None:
    period = period_of(date(2027, 9, 1), date(2028, 5, 31))
    adopted = plan("teachers_typical", period=period)

    assert (adopted.years, adopted.period) == (5, period)
    assert adopted.item("4.2").due == date(2028, 5, 31)
    assert [one.due for one in adopted.item("6.2").occurrences] == [date(2028, 5, 31)]


def test_uncertain_deadline_is_asked_with_both_readings() -> None:
    (question,) = [q for q in plan("kakhun_2025").questions if q.code == "deadline_uncertain"]

    assert question.item == "1/12"
    assert "до 30 апреля 2027" in question.text
    assert "до 30 апреля 2026" in question.text


def test_items_by_schedule_ask_for_their_date() -> None:
    asked = [q.item for q in plan("school9_2020").questions if q.code == "schedule_needed"]

    assert asked == ["2.2", "3.1", *(f"4.{n}" for n in range(13, 24)), "6.2"]


def test_year_without_a_calendar_is_asked_once_and_stops_nothing() -> None:
    adopted = plan("tarasovsky_2020")
    missing = [q.text for q in adopted.questions if q.code == "calendar_missing"]

    assert len(missing) == len(set(missing)) > 0
    assert any("2030" in text for text in missing)
    assert adopted.item("7.1").due == date(2030, 12, 31)


def test_leap_day_moves_into_a_common_year() -> None:
    text = NO_PERIOD.replace("2022-10-15", "2024-02-29")
    adopted = plan_adoption(load_text(text, "leap.yaml"), SEPTEMBER, TODAY, CALENDAR)

    assert adopted.item("1/1").due == date(2027, 2, 28)


@given(st.sampled_from(sorted(shipped_maps())), st.integers(2018, 2060), st.integers(1, 12))
def test_adoption_keeps_items_kinds_and_lengths(code: str, year: int, month: int) -> None:
    adopted = plan(code, start=date(year, month, 1))
    template = adopted.template

    assert [one.item for one in adopted.items] == list(template.items)
    for one in adopted.items:
        before, after = one.item.deadline, one.deadline
        assert (before and before.kind) == (after and after.kind)
        if before and after and before.start and before.end and after.start and after.end:
            assert abs((after.end - after.start) - (before.end - before.start)).days <= 2  # leap days over five years
