"""Repeats as iCalendar rules, as another program counts them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from dateutil.rrule import rrulestr

from workflows.road_maps.reader.deadline_phrases import read_deadline
from workflows.road_maps.reader.recurrence import recurrence_rule

START = datetime(2022, 9, 1)


@pytest.mark.parametrize(
    ("phrase", "first", "last", "count"),
    [
        ("ежемесячно", date(2022, 9, 1), date(2023, 8, 1), 12),
        ("ежемесячно до 5 числа", date(2022, 9, 5), date(2023, 8, 5), 12),
        ("до 31 числа каждого месяца", date(2022, 9, 30), date(2023, 8, 31), 12),
        ("с 1 по 5 число каждого месяца", date(2022, 9, 5), date(2023, 8, 5), 12),
        ("последняя пятница месяца", date(2022, 9, 30), date(2023, 8, 25), 12),
        ("каждую пятницу", date(2022, 9, 2), date(2023, 8, 25), 52),
        ("по средам", date(2022, 9, 7), date(2023, 8, 30), 52),
        ("еженедельно", date(2022, 9, 1), date(2023, 8, 31), 53),
        ("ежедневно", date(2022, 9, 1), date(2023, 8, 31), 365),
        ("раз в квартал", date(2022, 9, 1), date(2023, 6, 1), 4),
        ("2 раза в год (декабрь, май)", date(2022, 9, 1), date(2023, 3, 1), 2),
        ("ежегодно до 1 октября", date(2022, 10, 1), date(2022, 10, 1), 1),
        ("декабрь ежегодно", date(2022, 12, 1), date(2022, 12, 1), 1),
    ],
)
def test_rule_gives_the_days_that_the_phrase_names(phrase: str, first: date, last: date, count: int) -> None:
    rule = recurrence_rule(read_deadline(phrase, "2022-2023"))
    assert rule is not None
    days = [day.date() for day in rrulestr(rule, dtstart=START)]

    assert (days[0], days[-1], len(days)) == (first, last, count)


@pytest.mark.parametrize("phrase", ["раз в четверть", "август", "октябрь, далее ежемесячно", "постоянно", ""])
def test_what_no_rule_can_say_has_none(phrase: str) -> None:
    assert recurrence_rule(read_deadline(phrase, "2022-2023")) is None
