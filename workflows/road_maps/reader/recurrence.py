"""A repeated deadline as an iCalendar rule (RFC 5545, section 3.3.10)."""

from __future__ import annotations

from typing import Any

from workflows.road_maps.deadlines import Deadline
from workflows.road_maps.reader.deadline_clauses import (
    LAST,
    Clause,
    Day,
    DayOfMonth,
    Every,
    Mark,
    Month,
    Prefixed,
    Weekday,
    clauses,
)
from workflows.road_maps.reader.deadline_phrases import KNOWN_WORDS, LONGEST_PHRASE
from workflows.road_maps.reader.spelling import folded, plain

_FREQUENCIES = {
    "daily": "FREQ=DAILY",
    "weekly": "FREQ=WEEKLY",
    "monthly": "FREQ=MONTHLY",
    "quarterly": "FREQ=MONTHLY;INTERVAL=3",
    "half_yearly": "FREQ=MONTHLY;INTERVAL=6",
    "yearly": "FREQ=YEARLY",
    "every_two_years": "FREQ=YEARLY;INTERVAL=2",
}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SHORTEST_MONTH = 28


def recurrence_rule(deadline: Deadline) -> str | None:
    """The value of RRULE, without its name, for a `recurring` deadline: «FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20230831».

    The days that the phrase names («до 5 числа», «каждую пятницу») are in it; the first occurrence is the caller's DTSTART.
    None for what does not recur and for a school's terms, which are dates, not a rule: see `deadlines.occurrences`.
    """
    if deadline.kind != "recurring" or deadline.recurrence not in _FREQUENCIES:
        return None
    rule = _FREQUENCIES[deadline.recurrence] + _days(deadline)
    return rule if deadline.end is None else f"{rule};UNTIL={deadline.end:%Y%m%d}"


def _days(deadline: Deadline) -> str:
    for core in _named(deadline.text):
        match deadline.recurrence, core:
            case "weekly", Weekday(day=day, nth=None):
                return f";BYDAY={_WEEKDAYS[day]}"
            case "monthly", Weekday(day=day, nth=nth) if nth is not None:
                return f";BYDAY={-1 if nth == LAST else nth}{_WEEKDAYS[day]}"
            case "monthly", DayOfMonth(day=day) if 1 <= day <= 31:
                return _month_day(day)
            case "yearly", Month(month=month):
                return f";BYMONTH={month}"
            case "yearly", Day(day=day, month=month) if 1 <= day <= 31 and 1 <= month <= 12:
                return f";BYMONTH={month};BYMONTHDAY={day}"
    return ""


def _month_day(day: int) -> str:
    """The day, in a shorter month its last one."""
    if day <= _SHORTEST_MONTH:
        return f";BYMONTHDAY={day}"
    return f";BYMONTHDAY={','.join(map(str, range(_SHORTEST_MONTH, day + 1)))};BYSETPOS=-1"


def _named(text: str) -> list[Any]:
    """What a phrase's first part names, later words first: in «с 1 по 5 число» the fifth is the deadline."""
    printed = folded(text, KNOWN_WORDS)
    if len(printed) > LONGEST_PHRASE:
        return []
    found: list[Any] = []
    for clause in clauses(plain(printed, KNOWN_WORDS).text) or []:
        if isinstance(clause.value, Mark) and clause.value.kind in ("then", "or", "semicolon"):
            break
        found.append(_core(clause))
    return found[::-1]


def _core(clause: Clause) -> Any:
    value = clause.value
    while isinstance(value, Prefixed | Every):
        value = value.core if isinstance(value, Prefixed) else value.what
    return value
