"""The time that a plan covers, out of its title or what stands around it."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date

from workflow_core.calendars import school_year_bounds
from workflows.road_maps.deadlines import MONTHS, Period

_PAIR = re.compile(
    r"((?:19|20)\d\d)\s*(?:г\.?\s*)?[-–—/\\]\s*((?:(?:19|20)\d\d)|\d\d)(?!\d)(?:-(?:м|й|го))?\s*"
    r"(учебн\w+\s+год\w*|уч\.?\s*(?:год\w*|г\.?)|г\.?\s?г\.?|годы|годов|годах|год\w*|г\.)?",
    re.I,
)
_YEAR = re.compile(r"((?:19|20)\d\d)(?:-(?:м|й|го))?\s*(?:(календарн\w+|учебн\w+)\s*)?(год\w*|г\.)", re.I)
_DAYS = re.compile(
    r"с\s+(\d{1,2})\.(\d{1,2})\.((?:20)\d\d)\s*(?:г\.?|года)?\s*(?:по|до)\s+(\d{1,2})\.(\d{1,2})\.((?:20)\d\d)(?:\s*(?:г\.|года))?",
    re.I,
)
_MONTH = "|".join(name for pair in MONTHS for name in pair)
_MONTHS = re.compile(
    rf"(?:с\s+)?({_MONTH})\s+((?:20)\d\d)\s*(?:г\.?|года)?\s*(?:по|до|[-–—])\s*({_MONTH})\s+((?:20)\d\d)(?:\s*(?:г\.|года))?",
    re.I,
)
_WORD = re.compile(r"\bпериод|\bсрок\w* реализации", re.I)


def read_period(title: str, around: Sequence[str], headings: Sequence[str]) -> Period | None:
    """The period of a plan: from its title, else from the lines around it, else from a section's title that speaks of one."""
    for text in (title, *around):
        found = period_in(text)
        if found:
            return found
    return next((found for text in headings if _WORD.search(text) and (found := period_in(text))), None)


def period_in(text: str) -> Period | None:
    """The period that a text names; None where it names none.

    Two years in a row are a school year (1 September to 31 August) unless the text says «годы».
    """
    for reader in (_of_days, _of_months, _of_pair, _of_year):
        found = reader(text)
        if found:
            return found
    return None


def _of_days(text: str) -> Period | None:
    found = _DAYS.search(text)
    if not found:
        return None
    try:
        start, end = (
            date(int(found[3]), int(found[2]), int(found[1])),
            date(int(found[6]), int(found[5]), int(found[4])),
        )
    except ValueError:
        return None
    return Period(found[0], start, end) if start <= end else None


def _of_months(text: str) -> Period | None:
    found = _MONTHS.search(text)
    if not found:
        return None
    first, last = (next(at for at, pair in enumerate(MONTHS, 1) if found[place].lower() in pair) for place in (1, 3))
    start, year = date(int(found[2]), first, 1), int(found[4])
    end = date(year, last, calendar.monthrange(year, last)[1])
    return Period(found[0], start, end) if start <= end else None


def _of_pair(text: str) -> Period | None:
    for found in _PAIR.finditer(text):
        first = int(found[1])
        second = int(found[2]) if len(found[2]) == 4 else first // 100 * 100 + int(found[2])
        word = (found[3] or "").lower()
        if second == first + 1 and not word.startswith("годы") and not word.startswith("годов"):
            return Period(found[0].strip(), *school_year_bounds(first))
        if first < second <= first + 15 and (word or len(found[2]) == 4):
            return Period(found[0].strip(), date(first, 1, 1), date(second, 12, 31))
    return None


def _of_year(text: str) -> Period | None:
    for found in _YEAR.finditer(text):
        year = int(found[1])
        dated = re.search(rf"(?:\d|{_MONTH})[\s.»\"]*$", text[: found.start()], re.I)
        if not dated:
            if found[2] and found[2].lower().startswith("учебн"):
                return Period(found[0], *school_year_bounds(year))
            return Period(found[0].strip(), date(year, 1, 1), date(year, 12, 31))
    return None
