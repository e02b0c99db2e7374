"""Days of a school year."""

from __future__ import annotations

from datetime import date

import pytest

from workflows.organisations.school_dates import day_in_school_year, month_and_day


@pytest.mark.parametrize(
    ("text", "on", "day"),
    [
        ("10-31", date(2026, 9, 1), date(2026, 10, 31)),
        ("10-31", date(2027, 8, 31), date(2026, 10, 31)),
        ("05-31", date(2026, 9, 1), date(2027, 5, 31)),
        ("02-29", date(2026, 9, 1), date(2027, 2, 28)),
        ("02-29", date(2027, 9, 1), date(2028, 2, 29)),
        ("2026-10-31", date(2030, 9, 1), date(2026, 10, 31)),
    ],
)
def test_day_lies_in_the_school_year_asked_about(text: str, on: date, day: date) -> None:
    assert day_in_school_year(text, on) == day


@pytest.mark.parametrize("text", ["10-32", "1-1", "13-01", "", "31.10", 1031, None])
def test_what_is_no_day_is_refused(text: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the calendar words some of them itself
        month_and_day(text)
