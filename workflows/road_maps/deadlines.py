"""Deadlines of a road map as values: their contract form, shifting by whole years, repeats, and words for a screen.

The kinds and the meaning of each field are those of the road-map reader's contract (docs: the shape printed by
`marshrut road-map show CODE --json`). Everything here is pure: no clock, no calendar of days off.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from workflow_core.calendars import (
    ROMAN,
    Term,
    school_terms,
    school_year_bounds,
    school_year_of,
    school_year_title,
)

KINDS = (
    "deadline",
    "range",
    "month",
    "months_range",
    "recurring",
    "continuous",
    "on_demand",
    "by_schedule",
    "school_relative",
    "list",
    "none",
)
RECURRENCES = ("daily", "weekly", "monthly", "quarterly", "term", "half_yearly", "yearly", "every_two_years")
WHOLE_MONTHS = frozenset({"month", "months_range"})
DATELESS = frozenset({"on_demand", "by_schedule", "school_relative", "none"})

MONTHS = (
    ("январь", "января"),
    ("февраль", "февраля"),
    ("март", "марта"),
    ("апрель", "апреля"),
    ("май", "мая"),
    ("июнь", "июня"),
    ("июль", "июля"),
    ("август", "августа"),
    ("сентябрь", "сентября"),
    ("октябрь", "октября"),
    ("ноябрь", "ноября"),
    ("декабрь", "декабря"),
)
RECURRENCE_WORDS = {
    "daily": "ежедневно",
    "weekly": "еженедельно",
    "monthly": "ежемесячно",
    "quarterly": "ежеквартально",
    "term": "раз в четверть",
    "half_yearly": "раз в полугодие",
    "yearly": "раз в год",
    "every_two_years": "раз в два года",
}
DATELESS_WORDS = {
    "continuous": "в течение всего периода",
    "on_demand": "по мере необходимости",
    "by_schedule": "по отдельному графику",
    "school_relative": "по наступлении события",
    "none": "срок не указан",
}

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FIRST_OF_MONTH = re.compile(r"(?<![\d.])0?1(?:\.|\s+[а-яё]+[ая]\b)")
_END_OF_FEBRUARY_BY_DATE = re.compile(r"(?<!\d)2[89](?:\.|\s)")
_SECOND_PART = re.compile(r"\s+или\s+|,?\s*(?:а\s+)?далее\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """The time that a map covers, both days included; `text` is how it is printed."""

    text: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline as printed (`text`) and as understood; empty fields are None or an empty tuple."""

    text: str
    kind: str
    start: date | None = None
    end: date | None = None
    recurrence: str | None = None
    dates: tuple[date, ...] = ()
    certain: bool = True
    alternatives: tuple[Deadline, ...] = ()
    also: tuple[Deadline, ...] = ()

    @property
    def lists_months(self) -> bool:
        """Whether the listed dates stand for whole months («декабрь 2020, декабрь 2021»), not for their first days."""
        if self.kind != "list" or not self.dates:
            return False
        return all(day.day == 1 for day in self.dates) and not _FIRST_OF_MONTH.search(self.text)

    @property
    def repeats(self) -> bool:
        """Whether the item falls due more than once."""
        return any(part.kind in ("recurring", "list") for part in (self, *self.also))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of the times that a repeated item falls due: «I четверть 2026/27», from `start` to `due`, both included."""

    label: str
    start: date
    due: date


# The contract form


def to_contract(deadline: Deadline) -> dict[str, Any]:
    """The DEADLINE object of the contract: all nine keys, ISO dates, nested objects for `alternatives` and `also`."""
    return {
        "text": deadline.text,
        "kind": deadline.kind,
        "start": _iso(deadline.start),
        "end": _iso(deadline.end),
        "recurrence": deadline.recurrence,
        "dates": [day.isoformat() for day in deadline.dates],
        "certain": deadline.certain,
        "alternatives": [to_contract(other) for other in deadline.alternatives],
        "also": [to_contract(other) for other in deadline.also],
    }


def from_contract(data: Mapping[str, Any]) -> Deadline:
    """The value behind a DEADLINE object. Dates may be ISO strings or dates; keys that are left out mean «empty»."""
    return Deadline(
        text=data["text"],
        kind=data["kind"],
        start=_as_date(data.get("start")),
        end=_as_date(data.get("end")),
        recurrence=data.get("recurrence"),
        dates=tuple(day for value in data.get("dates") or () if (day := _as_date(value)) is not None),
        certain=data.get("certain", True),
        alternatives=tuple(from_contract(other) for other in data.get("alternatives") or ()),
        also=tuple(from_contract(other) for other in data.get("also") or ()),
    )


def contradictions(deadline: Deadline) -> list[str]:
    """What in a deadline, nested ones included, contradicts its kind: Russian sentences, none for a sound one."""
    found = [sentence for applies, sentence in _rules(deadline) if applies]
    for other in (*deadline.alternatives, *deadline.also):
        found.extend(contradictions(other))
    return found


def _rules(d: Deadline) -> Iterator[tuple[bool, str]]:
    name = f"срок вида «{d.kind}»"
    yield d.kind == "deadline" and (d.end is None or d.start is not None), f"{name}: нужен только «end»"
    yield d.kind == "range" and d.start is None, f"{name}: нужен «start»"
    yield d.kind in WHOLE_MONTHS and not _covers_whole_months(d), f"{name}: нужны первый и последний день месяцев"
    yield d.kind == "recurring" and d.recurrence is None, f"{name}: нужен «recurrence»"
    yield d.kind != "recurring" and d.recurrence is not None, f"{name}: «recurrence» бывает только у «recurring»"
    yield d.kind == "list" and not d.dates, f"{name}: нужен список «dates»"
    yield d.kind == "list" and list(d.dates) != sorted(set(d.dates)), f"{name}: даты идут по порядку и без повторов"
    yield d.kind == "list" and (d.start, d.end) != _ends(d.dates), f"{name}: «start» и «end» – первая и последняя дата"
    yield d.kind != "list" and bool(d.dates), f"{name}: «dates» бывают только у «list»"
    yield d.kind in DATELESS and (d.start or d.end) is not None, f"{name}: дат быть не может"
    yield d.start is not None and d.end is not None and d.start > d.end, f"{name}: начало позже конца"


def _covers_whole_months(deadline: Deadline) -> bool:
    start, end = deadline.start, deadline.end
    return start is not None and end is not None and start.day == 1 and end == _last_of_month(end.year, end.month)


def _ends(dates: Sequence[date]) -> tuple[date | None, date | None]:
    return (dates[0], dates[-1]) if dates else (None, None)


# Shifting


def shift_years(deadline: Deadline, years: int) -> Deadline:
    """The same deadline `years` later (earlier if negative), its text told anew so that it names no old year.

    Whole months stay whole in leap years; 29 February becomes 28 February where there is none. Zero changes nothing.
    """
    if years == 0:
        return deadline
    to_month_end = deadline.kind in WHOLE_MONTHS or (
        deadline.kind == "deadline" and not _END_OF_FEBRUARY_BY_DATE.search(deadline.text)
    )
    shifted = replace(
        deadline,
        start=_shifted(deadline.start, years),
        end=_shifted(deadline.end, years, keep_month_end=to_month_end),
        dates=tuple(shift_date(day, years) for day in deadline.dates),
        alternatives=tuple(shift_years(other, years) for other in deadline.alternatives),
        also=tuple(shift_years(other, years) for other in deadline.also),
    )
    return replace(shifted, text=describe(shifted))


def shift_date(day: date, years: int, *, keep_month_end: bool = False) -> date:
    """`day` in another year; 29 February falls back to 28. `keep_month_end`: the last day of a month stays last."""
    year = day.year + years
    last = _last_of_month(year, day.month)
    if keep_month_end and day == _last_of_month(day.year, day.month):
        return last
    return min(date(year, day.month, 1) + timedelta(days=day.day - 1), last)


def shift_period(period: Period, years: int) -> Period:
    """The map's period `years` later, its length kept, its text told anew."""
    if years == 0:
        return period
    return period_of(shift_date(period.start, years), shift_date(period.end, years, keep_month_end=True))


def period_of(start: date, end: date) -> Period:
    """A period with the text that fits its ends: school year, calendar years, or the two days."""
    return Period(_period_text(start, end), start, end)


def _period_text(start: date, end: date) -> str:
    if (start, end) == school_year_bounds(start.year):
        return f"{start.year}–{end.year} учебный год"
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return f"{start.year} год" if start.year == end.year else f"{start.year}–{end.year} годы"
    return f"с {day_words(start)} по {day_words(end)}"


def _shifted(day: date | None, years: int, *, keep_month_end: bool = False) -> date | None:
    return None if day is None else shift_date(day, years, keep_month_end=keep_month_end)


# Falling due


def due_on(deadline: Deadline | None) -> date | None:
    """The last day on which the item is still in time; None = it can't be late until somebody sets a date.

    A first part without any date («по срокам программ или май 2021») leaves the word to the second.
    """
    if deadline is None:
        return None
    own = _own_due(deadline)
    if own is not None or deadline.kind not in DATELESS:
        return own
    return max((due for other in deadline.also if (due := due_on(other)) is not None), default=None)


def _own_due(deadline: Deadline) -> date | None:
    if deadline.lists_months:
        last = deadline.dates[-1]
        return _last_of_month(last.year, last.month)
    return deadline.end


def occurrences(
    deadline: Deadline | None, period: Period | None, terms: Sequence[Term] | None = None
) -> tuple[Occurrence, ...]:
    """The times that a repeated item falls due, in order; empty for an item that is done once.

    `period` bounds a recurrence that has no dates of its own; without both nothing can be counted. `terms` are the
    school's terms, the usual ones by default. Daily items have no occurrences: their facts are logged instead.
    """
    if deadline is None:
        return ()
    found: list[Occurrence] = []
    for part in (deadline, *deadline.also):
        if part.kind == "list":
            found.extend(_listed(part))
        elif part.kind == "recurring":
            start = part.start or (period.start if period else None)
            end = part.end or (period.end if period else None)
            if start and end:
                found.extend(_recurring(part.recurrence, start, end, terms))
    return tuple(sorted(found, key=lambda occurrence: (occurrence.due, occurrence.start)))


def _listed(deadline: Deadline) -> Iterator[Occurrence]:
    for day in deadline.dates:
        if deadline.lists_months:
            yield Occurrence(month_words(day), day, _last_of_month(day.year, day.month))
        else:
            yield Occurrence(day_words(day), day, day)


def _recurring(recurrence: str | None, start: date, end: date, terms: Sequence[Term] | None) -> Iterator[Occurrence]:
    """Windows of the recurrence that touch start..end, cut to it."""
    for label, first, last in _windows(recurrence, start, end, terms):
        if first <= end and last >= start:
            yield Occurrence(label, max(first, start), min(last, end))


def _windows(
    recurrence: str | None, start: date, end: date, terms: Sequence[Term] | None
) -> Iterator[tuple[str, date, date]]:
    if recurrence == "weekly":
        yield from _weeks(start, end)
    elif recurrence == "term":
        years = range(school_year_of(start), school_year_of(end) + 1)
        for term in terms if terms is not None else [term for year in years for term in school_terms(year)]:
            yield term.title, term.start, term.end
    elif recurrence in ("monthly", "quarterly"):
        yield from _calendar_windows(start, end, months=1 if recurrence == "monthly" else 3)
    elif recurrence in ("half_yearly", "yearly", "every_two_years"):
        yield from _year_windows(recurrence, start, end)


def _weeks(start: date, end: date) -> Iterator[tuple[str, date, date]]:
    monday = start - timedelta(days=start.weekday())
    while monday <= end:
        yield f"неделя с {monday:%d.%m.%Y}", monday, monday + timedelta(days=6)
        monday += timedelta(days=7)


def _calendar_windows(start: date, end: date, months: int) -> Iterator[tuple[str, date, date]]:
    year, month = start.year, (start.month - 1) // months * months + 1
    while date(year, month, 1) <= end:
        first, last = date(year, month, 1), _last_of_month(year, month + months - 1)
        yield month_words(first) if months == 1 else f"{ROMAN[month // 3]} квартал {year}", first, last
        year, month = (year, month + months) if month + months <= 12 else (year + 1, 1)


def _year_windows(recurrence: str, start: date, end: date) -> Iterator[tuple[str, date, date]]:
    """Years and their halves: school years where the period begins in autumn, else calendar years."""
    step = 2 if recurrence == "every_two_years" else 1
    in_school_years = start.month >= 9
    for year in range(start.year, end.year + 1, step):
        if in_school_years:
            first, last = school_year_bounds(year)[0], school_year_bounds(year + step - 1)[1]
            middle, title = date(year, 12, 31), school_year_title(year) if step == 1 else f"{year}–{year + step}"
            word = "учебный год" if step == 1 else "учебные годы"
        else:
            first, last = date(year, 1, 1), date(year + step - 1, 12, 31)
            middle, title = date(year, 6, 30), str(year) if step == 1 else f"{year}–{year + 1}"
            word = "год" if step == 1 else "годы"
        if recurrence == "half_yearly":
            yield f"I полугодие {title}", first, middle
            yield f"II полугодие {title}", middle + timedelta(days=1), last
        else:
            yield f"{title} {word}", first, last


# Words for a screen


def describe(deadline: Deadline | None) -> str:
    """The deadline in Russian, small letters, for a table cell: «до 31 августа 2026», «март – май 2027, далее …»."""
    if deadline is None:
        return DATELESS_WORDS["none"]
    parts = [_describe_part(deadline)]
    if deadline.also:
        # a deadline and a second date are alternatives only where the source says so
        joint = " или " if re.search(r"\sили\s", deadline.text) else ", далее "
        parts.extend(_describe_part(other) for other in deadline.also)
        return joint.join(parts)
    return parts[0]


def day_words(day: date) -> str:
    """«31 августа 2026»."""
    return f"{day.day} {MONTHS[day.month - 1][1]} {day.year}"


def month_words(day: date) -> str:
    """«август 2026»."""
    return f"{MONTHS[day.month - 1][0]} {day.year}"


def _describe_part(deadline: Deadline) -> str:
    start, end = deadline.start, deadline.end
    if deadline.kind == "deadline" and end:
        return f"до {day_words(end)}"
    if deadline.kind == "range" and start:
        return _range_words(start, end)
    if deadline.kind in WHOLE_MONTHS and start and end:
        return _months_words(start, end)
    if deadline.kind == "list" and deadline.dates:
        return ", ".join(month_words(day) if deadline.lists_months else day_words(day) for day in deadline.dates)
    if deadline.kind == "recurring" and deadline.recurrence:
        return RECURRENCE_WORDS[deadline.recurrence]
    return _dateless_words(deadline)


def _range_words(start: date, end: date | None) -> str:
    if end is None:
        return f"с {day_words(start)}"
    if (start.year, start.month) == (end.year, end.month):
        return f"с {start.day} по {day_words(end)}"
    first = f"{start.day} {MONTHS[start.month - 1][1]}" if start.year == end.year else day_words(start)
    return f"с {first} по {day_words(end)}"


def _months_words(start: date, end: date) -> str:
    if (start.year, start.month) == (end.year, end.month):
        return month_words(start)
    first = MONTHS[start.month - 1][0] if start.year == end.year else month_words(start)
    return f"{first} – {month_words(end)}"


def _dateless_words(deadline: Deadline) -> str:
    """The printed words, unless they name a year that may be long gone."""
    own = _SECOND_PART.split(deadline.text, maxsplit=1)[0].strip(" ,;.") if deadline.also else deadline.text.strip()
    if not own or _YEAR.search(own):
        return DATELESS_WORDS.get(deadline.kind, DATELESS_WORDS["none"])
    return own if own[1:2].isupper() else own[0].lower() + own[1:]


def _last_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _as_date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
