"""A part of a deadline phrase as a `Deadline`: years found, slips seen, other readings beside the likeliest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product
from typing import Any

from workflows.road_maps.deadlines import Deadline, Period
from workflows.road_maps.reader.deadline_clauses import Bound, Month, NewYear, Rate, Unit, Years
from workflows.road_maps.reader.deadline_days import (
    Dated,
    Span,
    dated,
    ends_of_year,
    is_school_year,
    likely_years,
    nth_weekday,
)
from workflows.road_maps.reader.deadline_parts import Doubt, NthDay, Part, Point, is_edge

MOST_ALTERNATIVES = 8
_DAY = timedelta(days=1)
_PREPARATION = (6, 1)
"""A deadline before this day of a school year's first calendar year is rather a slip for the second: «до мая 2025»."""

_RECURRENCE = {
    "days": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "term": "term",
    "half": "half_yearly",
    "year": "yearly",
    "study_year": "yearly",
}
_RATES = {
    (2, 1, "year"): "half_yearly",
    (4, 1, "year"): "quarterly",
    (12, 1, "year"): "monthly",
    (1, 2, "year"): "every_two_years",
    (1, 3, "month"): "quarterly",
    (1, 6, "month"): "half_yearly",
    (1, 12, "month"): "yearly",
    (1, 2, "quarter"): "half_yearly",
    (1, 2, "term"): "half_yearly",
}


@dataclass(slots=True)
class Found:
    """The likeliest deadline, without its text, the other ones, and what makes them doubtful."""

    main: Deadline
    others: list[Deadline] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def value_of(part: Part, period: Period | None) -> Found:
    """What a part means in a map of this period."""
    if part.shape == "said":
        found = Found(_said(part.kind, period))
    elif part.shape == "repeat":
        found = _repeat(part, period)
    else:
        found = _with_dates(part, period)
    found.doubts = [*part.doubts, *found.doubts]
    found.others = _different(found)
    return found


def _different(found: Found) -> list[Deadline]:
    kept: list[Deadline] = []
    for one in found.others:
        if one != found.main and one not in kept:
            kept.append(one)
    return kept[:MOST_ALTERNATIVES]


def _said(kind: str, period: Period | None) -> Deadline:
    if kind == "continuous" and period is not None:
        return Deadline("", kind, period.start, period.end)
    return Deadline("", kind)


def _repeat(part: Part, period: Period | None) -> Found:
    rate = part.rate or Rate(1, 1, "year")
    unit = "year" if rate.unit == "study_year" else rate.unit
    start, end = (period.start, period.end) if period else (None, None)
    if rate.times == rate.length == 1 and unit in _RECURRENCE:
        return Found(Deadline("", "recurring", start, end, _RECURRENCE[unit]))
    if (rate.times, rate.length, unit) in _RATES:
        return Found(Deadline("", "recurring", start, end, _RATES[rate.times, rate.length, unit]))
    recurrence = _RECURRENCE.get(unit)
    if recurrence is None:
        return Found(Deadline("", "none", certain=False), doubts=[Doubt("frequency_lost")])
    return Found(Deadline("", "recurring", start, end, recurrence), doubts=[Doubt("frequency_lost")])


# -- parts with dates


def _with_dates(part: Part, period: Period | None) -> Found:
    whole = _whole_years(part, period)
    if whole is not None:
        return whole
    found = _dates_at(part, period, 0)
    delta = _slip(part, found.main, period)
    if delta:
        proposed = _dates_at(part, period, delta)
        if not _outside(proposed.main, period):
            return Found(
                proposed.main, [found.main, *proposed.others], [Doubt("year_outside_period"), *proposed.doubts]
            )
    if delta is not None:
        found.doubts.append(Doubt("year_outside_period"))
    return found


def _dates_at(part: Part, period: Period | None, delta: int) -> Found:
    if part.shape == "range":
        return _range(part, period, delta)
    if len(part.points) > 1:
        return _list(part.points, period, delta)
    return _single(part.points[0], period, delta)


def _whole_years(part: Part, period: Period | None) -> Found | None:
    """«2022-2023 уч. год»: the map's own period, or the months of another."""
    if part.shape != "points" or len(part.points) != 1 or not isinstance(part.points[0].core, Years):
        return None
    point = part.points[0]
    if point.limit:
        return None
    core = dated(point.core, period)
    if core is None or core.year is None:
        return Found(_said("continuous", period))
    span = core.on(core.year)
    months = Deadline("", "months_range", span.first, span.last)
    if period is not None and (span.first, span.last) == (period.start, period.end):
        return Found(_said("continuous", period))
    is_other = isinstance(point.core.year, tuple) or (period is not None and not _overlaps(span, period))
    if period is not None and is_other:
        return Found(_said("continuous", period), [months], [Doubt("year_outside_period")])
    return Found(months)


def _overlaps(span: Span, period: Period) -> bool:
    return span.first <= period.end and span.last >= period.start


def _dated(core: Any, period: Period | None) -> Dated | None:
    if isinstance(core, NthDay):
        return nth_weekday(core.weekday, core.month, period)
    return dated(core, period)


def _unknown(kind: str, *codes: str) -> Found:
    return Found(Deadline("", kind, certain=False), doubts=[Doubt(code) for code in codes])


# -- one date


def _single(point: Point, period: Period | None, delta: int) -> Found:
    if isinstance(point.core, Bound) and point.limit:
        edge = _edge(point, period, delta)
        if edge is not None:
            return edge
    core = _dated(_inner(point), period)
    if core is None:
        return _unknown("none", "no_such_date")
    years = core.years(period)
    if not years:
        return _unknown(_kind_of(core, point.limit), "year_unknown")
    spans = [core.on(year + delta) for year in years]
    found = _of_spans(spans, point)
    if len(years) > 1:
        found.doubts.append(Doubt("year_ambiguous"))
    return found


def _inner(point: Point) -> Any:
    """«до конца октября» is about October; «начало октября» alone about its first days."""
    core = point.core
    return core.of if isinstance(core, Bound) and point.limit and isinstance(core.of, Month) else core


def _of_spans(spans: Sequence[Span], point: Point) -> Found:
    main, *later = [_of_span(span, point) for first in spans for span in (first, *first.others)]
    doubts = [Doubt(span.code or "ambiguous", span.no_such_day) for span in spans[:1] if not span.sure]
    return Found(main, later, doubts)


def _of_span(span: Span, point: Point) -> Deadline:
    limit = point.limit
    if isinstance(point.core, Bound) and limit and isinstance(point.core.of, Month):
        at_begin = point.core.which == "begin"
        if at_begin:
            return _deadline(span.first if limit == "at" else span.first - _DAY)
        return _deadline(span.last if point.core.which == "end" else span.first + timedelta(days=14))
    if limit == "before" and span.kind != "day":
        return _deadline(span.first - _DAY)
    if limit or span.kind == "day":
        return _deadline(span.last)
    kind = {"month": "month", "months": "months_range"}.get(span.kind, "range")
    return Deadline("", kind, span.first, span.last)


def _deadline(end: date) -> Deadline:
    return Deadline("", "deadline", None, end)


def _kind_of(core: Dated, limit: str) -> str:
    if limit:
        return "deadline"
    return {"day": "deadline", "month": "month", "months": "months_range"}.get(core.kind, "range")


def _edge(point: Point, period: Period | None, delta: int) -> Found | None:
    """Beginning or end of a year, of the map's period, of a term."""
    bound: Bound = point.core
    if isinstance(bound.of, NewYear) or not is_edge(bound):
        return None
    ends = ends_of_year(bound.of, period)
    if ends is not None:
        return _edge_of_year(point, ends, period)
    core = _dated(bound.of, period)
    if core is None:
        return _unknown("deadline", "year_unknown") if isinstance(bound.of, Unit) else None
    years = core.years(period)
    if not years:
        return _unknown("deadline", "year_unknown")
    span = core.on(years[0] + delta)
    days = [one.last if bound.which == "end" else one.first for one in (span, *span.others)]
    if bound.which == "begin" and point.limit == "before":
        days = [day - _DAY for day in days]
    doubts = [Doubt(span.code or "ambiguous")] if not span.sure else []
    if point.limit == "about" and not doubts:
        doubts = [Doubt("days_assumed")]
    return Found(_deadline(days[0]), [_deadline(day) for day in days[1:]], doubts)


def _edge_of_year(point: Point, ends: tuple[tuple[date, ...], tuple[date, ...]], period: Period | None) -> Found:
    bound: Bound = point.core
    days = list(ends[0] if bound.which == "begin" else ends[1])
    if bound.which == "begin" and point.limit == "before":
        days = [day - _DAY for day in days]
    found = Found(_deadline(days[0]), [_deadline(day) for day in days[1:]])
    if point.limit == "about" and bound.which == "begin":
        month = Month(days[0].month, days[0].year)
        span = dated(month, period)
        if span is not None and span.year is not None:
            whole = span.on(span.year)
            found.others.insert(0, Deadline("", "month", whole.first, whole.last))
    if found.others:
        found.doubts.append(Doubt("days_assumed"))
    return found


# -- several dates


def _list(points: Sequence[Point], period: Period | None, delta: int) -> Found:
    cores = [core for point in points if (core := _dated(_inner(point), period)) is not None]
    if len(cores) != len(points):
        return _unknown("none", "no_such_date")
    years = _years_of_list(cores, period)
    if years is None:
        return _unknown("none", "year_unknown")
    spans = [core.on(year + delta) for core, year in zip(cores, years, strict=True)]
    days = tuple(sorted({_day_of(span, point) for span, point in zip(spans, points, strict=True)}))
    doubts = [Doubt(span.code or "ambiguous", span.no_such_day) for span in spans if not span.sure][:1]
    is_open = any(core.year is None and len(core.years(period)) > 1 for core in cores) and not any(
        core.year is not None for core in cores
    )
    if is_open:
        doubts.append(Doubt("year_ambiguous"))
    if len(days) == 1:
        return replace(_of_spans(spans[:1], points[0]), doubts=doubts)
    return Found(Deadline("", "list", days[0], days[-1], None, days), [], doubts)


def _day_of(span: Span, point: Point) -> date:
    """The day that stands for a span in a list: the first of a month, the day named, the last day that is still in time."""
    if point.limit == "before" and span.kind != "day":
        return span.first - _DAY
    return span.last if point.limit else span.first


def _years_of_list(cores: Sequence[Dated], period: Period | None) -> list[int] | None:
    """A year for each; one that is written holds for its neighbours, which run in order: «декабрь, май 2023»."""
    years = [core.year for core in cores]
    for place in reversed(range(len(cores) - 1)):
        following = years[place + 1]
        if years[place] is None and following is not None:
            years[place] = following if cores[place].month <= cores[place + 1].month else following - 1
    for place in range(1, len(cores)):
        previous = years[place - 1]
        if years[place] is None and previous is not None:
            years[place] = previous if cores[place].month >= cores[place - 1].month else previous + 1
    found = [
        year if year is not None else next(iter(core.years(period)), None)
        for core, year in zip(cores, years, strict=True)
    ]
    return None if None in found else [year for year in found if year is not None]


# -- ranges


def _range(part: Part, period: Period | None, delta: int) -> Found:
    if len(part.points) == 1:
        return _open_range(part.points[0], period, delta)
    first, last = part.points
    if last.limit == "at" or first.limit == "at":
        return _range_to_edge(first, last, period, delta)
    begin, end = _dated(first.core, period), _dated(last.core, period)
    if begin is None or end is None:
        return _unknown("none", "no_such_date")
    pairs, doubts = _years_of_range(begin, end, period)
    if not pairs:
        kind = "months_range" if begin.kind == end.kind == "month" else "range"
        return _unknown(kind, "year_unknown")
    found = [_between(begin.on(one + delta), end.on(other + delta), last, part) for one, other in pairs]
    main = found[0]
    for slip in main.doubts:
        doubts.append(slip)
    others = [*main.others, *(one.main for one in found[1:])]
    if any(doubt.code in ("misprint", "range_or_list") for doubt in part.doubts):
        days = tuple(sorted({begin.on(pairs[0][0] + delta).first, end.on(pairs[0][1] + delta).first}))
        others.append(Deadline("", "list", days[0], days[-1], None, days))
        if begin.month % 12 + 1 != end.month and any(doubt.code == "range_or_list" for doubt in part.doubts):
            return Found(others.pop(), [main.main, *others], doubts)  # «октябрь/апрель»
    return Found(main.main, others, doubts)


def _open_range(point: Point, period: Period | None, delta: int) -> Found:
    edge = _edge(point, period, delta) if isinstance(point.core, Bound) else None
    if edge is not None and edge.main.end is not None:
        return Found(Deadline("", "range", edge.main.end), doubts=edge.doubts)
    core = _dated(point.core, period)
    if core is None:
        return _unknown("none", "no_such_date")
    years = core.years(period)
    if not years:
        return _unknown("range", "year_unknown")
    spans = [core.on(year + delta) for year in years]
    doubts = [Doubt("year_ambiguous")] if len(years) > 1 else []
    doubts += [Doubt(spans[0].code or "ambiguous", spans[0].no_such_day)] if not spans[0].sure else []
    main, *others = [Deadline("", "range", span.first) for span in spans]
    return Found(main, others, doubts)


def _range_to_edge(first: Point, last: Point, period: Period | None, delta: int) -> Found:
    """«с 1 сентября до конца учебного года»."""
    starts = _single(replace(first, limit="at" if is_edge(first.core) else ""), period, delta)
    ends = _single(last, period, delta)
    begins = [one.start or one.end for one in (starts.main, *starts.others)]
    finishes = [one.end for one in (ends.main, *ends.others)]
    pairs = [(one, other) for one, other in product(begins, finishes) if one and other and one <= other]
    doubts = [*starts.doubts, *ends.doubts]
    if not pairs:
        return _unknown("none", "no_such_date")
    main, *others = [Deadline("", "range", one, other) for one, other in pairs]
    return Found(main, others, doubts)


def _years_of_range(begin: Dated, end: Dated, period: Period | None) -> tuple[list[tuple[int, int]], list[Doubt]]:
    """The years of start and end, the likeliest pair first."""
    rolls = end.month < begin.month
    if begin.year is not None and end.year is not None:
        return [(begin.year, end.year)], []
    if end.year is not None:
        return [(end.year - rolls, end.year)], []
    if begin.year is not None:
        return [(begin.year, begin.year + rolls)], []
    by_start = [(year, year + rolls) for year in likely_years(begin.month, period)]
    by_end = [(year - rolls, year) for year in likely_years(end.month, period)]
    if period is None or not by_start:
        return [], []
    if not is_school_year(period):
        pairs = list(dict.fromkeys((*by_start, *by_end)))
        within = [pair for pair in pairs if pair[0] >= period.start.year and pair[1] <= period.end.year] or pairs[:1]
        return within, [Doubt("year_ambiguous")] if len(within) > 1 else []
    if by_start == by_end:
        return by_start, []
    by_end = [pair for pair in by_end if pair[0] >= period.start.year]
    if not by_end:
        return by_start, []
    # «май – август»: before the school year or after it; one that would end after the map is rather before it
    before_first = end.month >= 9
    pairs = [*by_end, *by_start] if before_first else [*by_start, *by_end]
    return pairs, [Doubt("year_ambiguous")]


def _between(first: Span, last: Span, point: Point, part: Part) -> Found:
    end = last.first - _DAY if point.limit == "before" and last.kind != "day" else last.last
    doubts = [Doubt(one.code or "ambiguous", one.no_such_day) for one in (first, last) if not one.sure][:1]
    both_months = first.kind in ("month", "months") and last.kind in ("month", "months")
    dashed = both_months and point.limit == "through" and part.kind != "from_to"
    if first.first <= end:
        return Found(Deadline("", "months_range" if dashed else "range", first.first, end), [], doubts)
    swapped = Deadline("", "months_range" if dashed else "range", last.first, first.last)
    reversed_doubts = [*doubts, Doubt("reversed_range")]
    same_month = (first.first.year, first.first.month) == (last.first.year, last.first.month)
    if same_month:
        return Found(swapped, [], reversed_doubts)
    later = replace(swapped, start=first.first, end=_a_year_later(end, last))
    if later.start and later.end and later.start <= later.end and (later.end - later.start).days < 366:
        return Found(later, [swapped], reversed_doubts)
    return Found(swapped, [], reversed_doubts)


def _a_year_later(end: date, span: Span) -> date:
    from workflows.road_maps.deadlines import shift_date

    return shift_date(end, 1, keep_month_end=span.kind != "day")


# -- years that can't be


def _slip(part: Part, main: Deadline, period: Period | None) -> int | None:
    """Years by which to move a written date that lies outside of the map; None where nothing is wrong, 0 where no move helps."""
    if period is None or not _outside(main, period) or not any(_has_year(point.core) for point in part.points):
        return None
    day = _reference(main)
    if day is None:
        return None
    likely = likely_years(day.month, period)
    if len(likely) == 1:
        return likely[0] - day.year
    return (period.start.year if day < period.start else period.end.year) - day.year


def _has_year(core: Any) -> bool:
    if isinstance(core, Bound):
        return _has_year(core.of)
    if isinstance(core, NthDay):
        return core.month.year is not None
    return getattr(core, "year", None) is not None or getattr(getattr(core, "month", None), "year", None) is not None


def _reference(main: Deadline) -> date | None:
    return main.end if main.kind == "deadline" else main.start or main.end


def _outside(main: Deadline, period: Period | None) -> bool:
    """Whether a date is too far from the map's period to be meant.

    Months and ranges may prepare the map from the January before it. A single day may so only from June: «до мая 2025» in
    a plan for 2025-2026 is the second year's May.
    """
    day = _reference(main)
    if period is None or day is None:
        return False
    low, high = date(period.start.year, 1, 1), date(period.end.year + 1, 8, 31)
    if is_school_year(period):
        low = date(period.start.year, *_PREPARATION) if main.kind == "deadline" else low
        high = period.end + timedelta(days=14 if main.kind == "deadline" else 0)
    return not low <= day <= high
