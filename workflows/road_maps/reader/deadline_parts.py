"""Clauses of a deadline phrase joined into its parts: one date, a list, a range, a repeat, or words without a date.

«Октябрь – ноябрь, далее ежемесячно» has two parts. No year is looked for here, that is done in deadline_values.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workflows.road_maps.reader.deadline_clauses import (
    LAST,
    Bound,
    Clause,
    Counted,
    Day,
    DayOfMonth,
    Every,
    Holidays,
    Mark,
    Month,
    NewYear,
    Number,
    Prefixed,
    Rate,
    Season,
    Unit,
    Unread,
    Weekday,
    Worded,
    Years,
)

_LENGTHS = frozenset({"days", "week", "month", "decade"})
_SCHOOL_PARTS = frozenset({"quarter", "term", "half"})
_WHOLES = frozenset({"study_year", "year", "period"})
_STRONG = frozenset({"or", "then", "semicolon", "enum"})
_LISTING = frozenset({"comma", "and", "semicolon", "enum"})
_QUIET = frozenset({"in", "at_least", "noise"})
_YEARLY = (Rate(1, 1, "year"), Rate(1, 1, "study_year"))
_TAKES_WORDS = frozenset({"by_schedule", "on_demand", "school_relative", "continuous"})


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a reading is not sure: the code of a warning and what it is about."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NthDay:
    """«последняя пятница сентября»."""

    weekday: Weekday
    month: Month


@dataclass(frozen=True, slots=True)
class Point:
    """A word of time in its role.

    `limit`: «» the time itself, «before» until it begins, «through» until it ends, «at» its edge, «about» roughly its edge.
    """

    core: Any
    limit: str = ""


@dataclass(slots=True)
class Part:
    """One part of a phrase. `shape`: points, range, said (a kind without dates) or repeat."""

    shape: str
    first: int
    end: int
    points: list[Point] = field(default_factory=list)
    """The dates of `points`; start and end of a `range`, whose end may lack."""
    kind: str = ""
    """Of what is `said`; «from_to» for a range with «с … по …»."""
    rate: Rate | None = None
    doubts: list[Doubt] = field(default_factory=list)
    hollow: bool = False
    """Means nothing yet: «до …» waits for its words, «5 числа» for its «каждого месяца»."""
    counts: bool = False
    """A length that waits for what it is counted from: «3 рабочих дня после …»."""
    spare: bool = False
    """Counts only where nothing else does: «в период …»."""
    told: int = 0
    """How many clauses its tail has taken."""

    @property
    def is_open(self) -> bool:
        return self.shape == "range" and len(self.points) == 1

    @property
    def takes_words(self) -> bool:
        return self.shape == "said" and self.kind in _TAKES_WORDS


def joined_parts(found: Sequence[Clause]) -> tuple[list[Part], list[tuple[int, int]]]:
    """The parts in order, and the places of words that belong to none."""
    joiner = _Joiner()
    for clause in found:
        joiner.take(clause)
    joiner.finish()
    return joiner.parts, sorted(joiner.left)


def is_time(core: Any) -> bool:
    """Whether a word has days of its own once the year is known."""
    match core:
        case Day() | Month() | Season() | NthDay():
            return True
        case Counted():
            return core.month is not None or core.unit in _SCHOOL_PARTS
        case Holidays():
            return core.after_term > 0
        case Bound(of=Month()):
            return True
    return False


def is_edge(core: Any) -> bool:
    """Whether it is the beginning or end of something longer than a month."""
    if not isinstance(core, Bound) or core.which == "middle":
        return False
    of = core.of
    return isinstance(of, Years) or (isinstance(of, Unit) and of.name in _WHOLES) or (is_time(of) and not is_month(of))


def is_month(core: Any) -> bool:
    return isinstance(core, Month)


class _Joiner:
    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.left: list[tuple[int, int]] = []
        self.marks: set[str] = set()
        self.weekdays: list[tuple[int, int]] = []
        """Weekdays before any date: «четверг, 13 октября»."""
        self.lead: int | None = None
        """Where a preposition before the next clause begins."""

    # -- taking clauses

    def take(self, clause: Clause) -> None:
        if isinstance(clause.value, Mark):
            self._mark(clause)
            return
        if not self._as_tail(clause):
            self._new(clause)
        self.marks.clear()
        self.lead = None

    def _mark(self, clause: Clause) -> None:
        kind = clause.value.kind
        if kind == "inclusive":
            self._inclusive(clause)
        elif kind in _QUIET:
            self.lead = clause.first if self.lead is None else self.lead
        else:
            self.marks.add(kind)
            self.lead = None

    def _inclusive(self, clause: Clause) -> None:
        if (last := self._last) and last.points:
            point = last.points[-1]
            last.points[-1] = replace(point, limit="through" if point.limit == "before" else point.limit)
            last.end = clause.end

    @property
    def _last(self) -> Part | None:
        return self.parts[-1] if self.parts else None

    def _as_tail(self, clause: Clause) -> bool:
        """Words that only say more about the part before them: «по плану» работы школы."""
        last, value = self._last, clause.value
        if isinstance(value, Prefixed) and value.prefix == "AT" and not is_edge(value.core):
            value = value.core  # «на 2022-2023 учебный год»
        if last is None or not last.takes_words or self.marks & _STRONG:
            return False
        if last.hollow and last.counts and not _is_origin(value):
            return self._as_hours(clause, last)
        bare = isinstance(value, Unread) or (isinstance(value, Prefixed) and value.core is None)
        if not self.marks and self._reports_of(last, value):
            last.shape, last.rate = "repeat", _rate_of(value)
            taken = True
        elif bare:
            taken = last.kind != "continuous" or not self.marks
        elif last.kind == "school_relative":
            taken = not self.marks
        elif last.kind == "continuous":
            taken = not self.marks and (isinstance(value, Years) or (isinstance(value, Unit) and value.name in _WHOLES))
        else:
            taken = not self.marks and isinstance(value, Years | Unit | Every | Number)
        if taken:
            last.end, last.hollow, last.told = clause.end, False, last.told + 1
        return taken

    def _as_hours(self, clause: Clause, last: Part) -> bool:
        """«2 часа в неделю» comes again with every week."""
        value = clause.value
        if self.lead is None or self.marks or not isinstance(value, Unit) or value.name not in ("week", "month"):
            return False
        last.shape, last.kind, last.rate, last.end, last.hollow = (
            "repeat",
            "",
            Rate(1, 1, value.name),
            clause.end,
            False,
        )
        return True

    def _reports_of(self, last: Part, value: Any) -> bool:
        """«по итогам четверти» comes again with every term."""
        unit = value.what if isinstance(value, Every) else value
        is_report = last.kind == "school_relative" and last.told == 0 and last.rate is not None
        return is_report and isinstance(unit, Unit) and unit.name in _SCHOOL_PARTS | {"month"}

    def _new(self, clause: Clause) -> None:
        value = clause.value
        match value:
            case Unread() | NewYear():
                self.left.append((clause.first, clause.end))
            case Prefixed():
                self._prefixed(clause, value.prefix, value.core)
            case Worded(kind="repeat"):
                self._repeat(clause, Rate(1, 1, value.unit))
            case Worded():
                part = self._said(clause, value.kind)
                part.rate = Rate(1, 1, value.unit) if value.unit else None
            case Rate():
                self._repeat(clause, value)
            case Every():
                self._every(clause, value.what)
            case DayOfMonth():
                self._day_of_month(clause)
            case Weekday():
                self._weekday(clause, value)
            case Years():
                self._years(clause, value)
            case Unit():
                self._unit(clause, value)
            case _:
                self._core(clause, value, "")

    def _part(self, clause: Clause, shape: str, **fields: Any) -> Part:
        first = clause.first if self.lead is None else self.lead
        self.parts.append(Part(shape, first, clause.end, **fields))
        return self.parts[-1]

    def _said(self, clause: Clause, kind: str, spare: bool = False) -> Part:
        last = self._last
        if last is not None and kind == "continuous" == last.kind and not self.marks - {"comma", "dash"}:
            last.end = clause.end  # «постоянно, в течение года»
            return last
        return self._part(clause, "said", kind=kind, spare=spare)

    def _relative(self, clause: Clause, hollow: bool = False) -> None:
        self._part(clause, "said", kind="school_relative", hollow=hollow)

    # -- clauses with a preposition

    def _prefixed(self, clause: Clause, prefix: str, core: Any) -> None:
        match prefix:
            case "BEFORE" | "NOT_LATER":
                self._until(clause, core, "before" if prefix == "BEFORE" else "through")
            case "FROM" if is_time(core) or is_edge(core) or isinstance(core, Number):
                self._part(clause, "range", kind="from_to", points=[Point(core, "at" if is_edge(core) else "")])
            case "PO" | "NO":
                self._through(clause, prefix, core)
            case "DURING" | "FOR":
                self._during(clause, prefix, core)
            case "AT" if is_edge(core):
                self._point(clause, Point(core, "at"))
            case "AFTER" if isinstance(core, Day | Month):
                self._part(clause, "range", points=[Point(core)], doubts=[Doubt("ambiguous")])
            case "AFTER":
                self._relative(clause, hollow=core is None)
            case _ if core is None:
                self.left.append((clause.first, clause.end))
            case _:
                self._new(Clause(core, clause.first, clause.end))

    def _until(self, clause: Clause, core: Any, limit: str) -> None:
        if core is None or (isinstance(core, Bound) and core.of is None):
            self._relative(clause, hollow=True)
        elif self._closes(core):
            self._close(clause, Point(core, limit))
        elif is_time(core) or is_edge(core) or isinstance(core, Years | NewYear | Number):
            self._point(clause, Point(core, limit))
        elif isinstance(core, DayOfMonth):
            self._day_of_month(clause)
        elif isinstance(core, Unit) and core.name in _WHOLES:
            self._point(clause, Point(Bound("begin", core), limit))
        else:
            self._relative(clause)
            if isinstance(core, Bound):  # «к концу полугодия»: of which one?
                self.parts[-1].doubts.append(Doubt("ambiguous"))

    def _through(self, clause: Clause, prefix: str, core: Any) -> None:
        if self._closes(core):
            self._close(clause, Point(core, "through"))
            if prefix == "NO":
                self.parts[-1].doubts.append(Doubt("misprint"))
        elif prefix == "NO" or core is None:
            self.left.append((clause.first, clause.end))
        elif isinstance(core, Weekday):
            if self._last and self._last.rate == Rate(1, 1, "week") and not self.marks:
                self._last.end = clause.end
            else:
                self._repeat(clause, Rate(1, 1, "week"))
        elif isinstance(core, Unit) and core.name in _SCHOOL_PARTS | {"week", "month", "days"}:
            self._repeat(clause, Rate(1, 1, core.name))
        elif isinstance(core, DayOfMonth):
            self._day_of_month(clause)
        elif is_time(core):
            self._point(clause, Point(core, "through"))
        else:
            self.left.append((clause.first, clause.end))

    def _during(self, clause: Clause, prefix: str, core: Any) -> None:
        is_length = isinstance(core, Counted | Unit) and not is_time(core)
        if core is None and prefix == "DURING":
            self._part(clause, "said", kind="continuous", hollow=True)
        elif core is None:
            self.left.append((clause.first, clause.end))
        elif isinstance(core, Unit) and core.name in _WHOLES:
            self._said(clause, "continuous", spare=prefix == "FOR" and core.name == "period")
        elif is_length and (core.unit if isinstance(core, Counted) else core.name) in _LENGTHS:
            self._relative(clause)
            self.parts[-1].doubts.append(Doubt("counted_from_nothing"))
        else:
            self._new(Clause(core, clause.first, clause.end))

    def _closes(self, core: Any) -> bool:
        """Whether it may be the end of the range that stands open."""
        last = self._last
        if last is None or not last.is_open or self.marks - {"dash", "comma"}:
            return False
        return is_time(core) or is_edge(core) or isinstance(core, Number | DayOfMonth)

    def _close(self, clause: Clause, point: Point) -> None:
        last = self.parts[-1]
        last.end = clause.end
        if isinstance(point.core, DayOfMonth):  # «с 1 по 5 число»
            last.shape, last.points, last.rate, last.hollow = "repeat", [], Rate(1, 1, "month"), True
            return
        last.points.append(replace(point, limit="at" if is_edge(point.core) else point.limit or "through"))

    # -- words of time

    def _core(self, clause: Clause, core: Any, limit: str) -> None:
        if isinstance(core, Bound) and _is_school_part(core.of):
            self._repeat(clause, Rate(1, 1, _is_school_part(core.of)))
        elif isinstance(core, Counted) and not is_time(core):
            if core.value == LAST and core.unit == "days":  # «последний рабочий день месяца»
                self._part(clause, "repeat", rate=Rate(1, 1, "month"), hollow=True)
            elif core.unit in _LENGTHS:
                self._relative(clause, hollow=True)
                self.parts[-1].counts = True
            else:
                self.left.append((clause.first, clause.end))
        elif is_edge(core):
            self._point(clause, Point(core, "about"))
        elif is_time(core) or isinstance(core, Number):
            if not self._month_of_weekday(clause, core):
                self._point(clause, Point(core, limit))
        else:
            self.left.append((clause.first, clause.end))

    def _month_of_weekday(self, clause: Clause, core: Any) -> bool:
        """«последняя пятница сентября» is a day; the part that waited as a monthly repeat becomes it."""
        last = self._last
        if self.marks or last is None or not last.hollow or not last.points or not isinstance(core, Month):
            return False
        last.shape, last.hollow, last.rate, last.end = "points", False, None, clause.end
        last.points = [Point(NthDay(last.points[0].core, core))]
        return True

    def _point(self, clause: Clause, point: Point) -> None:
        last = self._last
        if last is None:
            self._part(clause, "points", points=[point])
        elif not point.limit and self.marks and self.marks <= {"dash"} and last.is_open:
            self._close(clause, point)
        elif self._spreads(last, point):
            self._spread(clause, last, point)
        elif self._is_of_yearly(last, point):
            last.end = clause.end
        elif self._follows_year(last, point):  # «2022 год, сентябрь»
            year = last.points[0].core.year
            last.points, last.end = [replace(point, core=replace(point.core, year=year))], clause.end
        elif last.shape == "points" and not self.marks - _LISTING:
            last.points.append(point)
            last.end = clause.end
        else:
            self._part(clause, "points", points=[point])

    def _spreads(self, last: Part, point: Point) -> bool:
        """«октябрь – ноябрь», «май/июнь»: a range from the point before."""
        is_joined = self.marks and (self.marks <= {"dash"} or self.marks == {"slash"})
        return bool(is_joined and last.shape == "points" and not last.points[-1].limit and not point.limit)

    def _spread(self, clause: Clause, last: Part, point: Point) -> None:
        doubts = [Doubt("range_or_list")] if "slash" in self.marks else []
        first = last.points.pop()
        if last.points:
            self.parts.append(Part("range", last.end, clause.end))
            last.end = clause.first - 1
        else:
            last.shape = "range"
        part = self.parts[-1]
        part.points, part.end = [first, replace(point, limit="through")], clause.end
        part.doubts.extend(doubts)

    def _follows_year(self, last: Part, point: Point) -> bool:
        is_year = last.shape == "points" and [type(one.core) for one in last.points] == [Years]
        return is_year and not self.marks - {"comma"} and getattr(point.core, "year", 0) is None

    def _is_of_yearly(self, last: Part, point: Point) -> bool:
        """«ежегодно в мае»: the month tells when in the year."""
        is_yearly = last.shape == "repeat" and last.rate in _YEARLY
        return is_yearly and not self.marks and getattr(point.core, "year", None) in (None, "this")

    # -- repeats

    def _repeat(self, clause: Clause, rate: Rate) -> None:
        last = self._last
        if last is not None and self._waits_for(last, rate):
            last.shape, last.points, last.hollow, last.end = "repeat", [], False, clause.end
            last.rate = rate
            return
        self._part(clause, "repeat", rate=rate)

    def _waits_for(self, last: Part, rate: Rate) -> bool:
        """Whether the part before says when in each month or year: «до 5 числа ежемесячно», «декабрь ежегодно», «1-2 раза»."""
        if last.shape == "repeat" and last.hollow:
            return rate.unit in ("month", "quarter") and not self.marks
        if last.shape == "points" and isinstance(last.points[0].core, Number):
            return len(last.points) == 1 and self.marks <= {"dash"}
        is_dated = last.shape == "range" or (last.shape == "points" and len(last.points) == 1)
        years = {getattr(point.core, "year", None) for point in last.points}
        return is_dated and rate in _YEARLY and not self.marks and years <= {None, "this"}

    def _every(self, clause: Clause, what: Any) -> None:
        match what:
            case Unit(name=name):
                self._repeat(clause, Rate(1, 1, name))
            case Weekday(nth=None):
                self._repeat(clause, Rate(1, 1, "week"))
            case Weekday():
                self._weekday(clause, what)
            case DayOfMonth():
                self._repeat(clause, Rate(1, 1, "month"))
            case Counted(month=None) if not is_time(what) or what.unit in _SCHOOL_PARTS:
                self._repeat(clause, Rate(1, max(what.value, 1), what.unit))
            case Month() | Day():
                self._repeat(clause, Rate(1, 1, "year"))
            case _:
                self.left.append((clause.first, clause.end))

    def _day_of_month(self, clause: Clause) -> None:
        last = self._last
        if last is not None and last.shape == "repeat" and not last.hollow:
            last.end = clause.end
        elif self.marks == {"dash"} and last and last.shape == "points" and isinstance(last.points[-1].core, Number):
            last.shape, last.points, last.rate, last.end, last.hollow = (
                "repeat",
                [],
                Rate(1, 1, "month"),
                clause.end,
                True,
            )
        else:
            self._part(clause, "repeat", rate=Rate(1, 1, "month"), hollow=True)

    def _weekday(self, clause: Clause, weekday: Weekday) -> None:
        last = self._last
        is_monthly = (
            last is not None and last.shape == "repeat" and last.rate == Rate(1, 1, "month") and not last.hollow
        )
        if weekday.nth is not None and last is not None and is_monthly and self.marks <= {"open", "comma"}:
            last.end = clause.end  # «1 раз в месяц (последняя пятница)»
        elif weekday.nth is not None:
            self._part(clause, "repeat", rate=Rate(1, 1, "month"), points=[Point(weekday)], hollow=True)
        elif last is not None and last.shape in ("points", "range", "repeat"):
            last.end = clause.end  # «15 сентября, четверг», «еженедельно, пятница»
        else:
            self.weekdays.append((clause.first, clause.end))

    # -- years

    def _years(self, clause: Clause, years: Years) -> None:
        last = self._last
        if last is not None and last.points and self.marks <= {"open", "comma", "colon"}:
            lacking = [point for point in last.points if getattr(point.core, "year", 0) is None]
            if len(lacking) == len(last.points):
                last.points = [replace(point, core=replace(point.core, year=years.year)) for point in lacking]
                last.end = clause.end
                return
        self._part(clause, "points", points=[Point(years)])

    def _unit(self, clause: Clause, unit: Unit) -> None:
        last = self._last
        if unit.name in _WHOLES:
            # «в период с … по …» says nothing by itself
            self._said(clause, "continuous", spare=unit.name == "period" and self.lead is not None)
        elif unit.name == "month" and last is not None and last.shape == "repeat" and last.hollow:
            last.hollow, last.end = False, clause.end
        else:
            self.left.append((clause.first, clause.end))

    # -- the end

    def finish(self) -> None:
        for part in self.parts:
            if part.shape in ("points", "range"):
                _give_months(part)
        self.parts = [part for part in self.parts if not part.spare or len(self.parts) == 1]
        if not any(isinstance(point.core, Day) for part in self.parts for point in part.points):
            self.left.extend(self.weekdays)
        for part in list(self.parts):
            lost = [point for point in part.points if isinstance(point.core, Number)]
            if lost and part.shape == "points" and len(lost) < len(part.points):
                part.points = [point for point in part.points if point not in lost]
                self.left.append((part.first, part.end))
            elif lost or (part.hollow and part.shape == "said") or not part.end:
                self.parts.remove(part)
                self.left.append((part.first, part.end))
            elif part.hollow:
                part.doubts.append(Doubt("every_month_supposed"))
            if part.told and part.doubts:
                part.doubts = [doubt for doubt in part.doubts if doubt.code != "counted_from_nothing"]


def _is_school_part(of: Any) -> str:
    """«конец четверти», «конец каждой четверти»: the unit that repeats, or nothing."""
    unit = of.what if isinstance(of, Every) else of
    return unit.name if isinstance(unit, Unit) and unit.name in _SCHOOL_PARTS | {"month"} and unit.year is None else ""


def _is_origin(value: Any) -> bool:
    """Whether it says from when a length is counted: «после», «до», «со дня»."""
    if isinstance(value, Prefixed):
        return value.prefix in ("AFTER", "BEFORE", "FROM")
    return isinstance(value, Worded) and value.kind == "school_relative"


def _rate_of(value: Any) -> Rate:
    unit = value.what if isinstance(value, Every) else value
    return Rate(1, 1, unit.name)


def _give_months(part: Part) -> None:
    """«с 1 по 15 сентября», «10, 20 ноября», «1-2 четверть»: a lone number is of the kind of its neighbour."""
    points = part.points
    for place in reversed(range(len(points))):
        if isinstance(points[place].core, Number) and place + 1 < len(points):
            points[place] = _like(points[place], points[place + 1])
    for place in range(1, len(points)):
        if isinstance(points[place].core, Number):
            points[place] = _like(points[place], points[place - 1])


def _like(point: Point, other: Point) -> Point:
    number = point.core.value
    match other.core:
        case Day(month=month, year=year):
            return replace(point, core=Day(number, month, year))
        case Counted():
            return replace(point, core=replace(other.core, value=number))
    return point
