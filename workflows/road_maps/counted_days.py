"""Deadlines that a map counts in working days from something that happens: «в течение трёх рабочих дней после …». Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import CalendarMissing

_NUMBERS = (
    ("один", "одн"),
    ("двух", "два"),
    ("трёх", "трех", "три"),
    ("четырёх", "четырех", "четыре"),
    ("пят",),
    ("шест",),
    ("сем",),
    ("восьм", "восем"),
    ("девят",),
    ("десят",),
)
_COUNTED = re.compile(
    r"\b(?:в\s+течение|не\s+позднее(?:\s+чем)?(?:\s+через)?|через|спустя|в\s+срок\s+до)\s+(?P<count>\d{1,2}|[а-яё]+)"
    r"(?:\s*\([^)]*\))?[-\s]*(?:х|ти|и)?\s+рабоч\w+\s+д(?:н|ень)",
    re.IGNORECASE,
)


def working_days(deadline: Mapping[str, Any] | None) -> int | None:
    """How many working days after its event a deadline (in its contract form) falls; None where it is not counted so."""
    found = _COUNTED.search(str(deadline["text"])) if deadline else None
    if found is None:
        return None
    written = found["count"].lower()
    if written.isdigit():
        return int(written) or None
    return next((number for number, roots in enumerate(_NUMBERS, start=1) if written.startswith(roots)), None)


def counted_due(deadline: Mapping[str, Any] | None, starts_on: date | None, calendar: WorkingCalendar) -> date | None:
    """The last day of a counted deadline whose event was on `starts_on`; None where nothing is counted."""
    count = working_days(deadline)
    if count is None or starts_on is None:
        return None
    try:
        return calendar.add_working_days(starts_on, count)
    except CalendarMissing:
        return None
