"""Days written «MM-DD»: they mean the day of whatever school year is asked about (1 September to 31 August)."""

from __future__ import annotations

import calendar
import re
from datetime import date

from workflow_core.calendars import school_year_of

_DAY = re.compile(r"(\d\d)-(\d\d)")


def month_and_day(text: object) -> tuple[int, int]:
    """«10-31» as (10, 31). Raises ValueError for anything that is no day of a leap year."""
    found = _DAY.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is no month and day")
    month, day = int(found[1]), int(found[2])
    date(2024, month, day)
    return month, day


def day_in_school_year(text: str, on_date: date) -> date:
    """The day «MM-DD» of the school year in which `on_date` lies; 29 February is the 28th where there is none.

    A full date «YYYY-MM-DD» is itself.
    """
    if len(text) > 5:
        return date.fromisoformat(text)
    month, day = month_and_day(text)
    first_year = school_year_of(on_date)
    year = first_year if month >= 9 else first_year + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
