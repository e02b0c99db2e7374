"""The month of meetings: pairs x school days, ready cells with their words; a fixed number of statements whatever is shown."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import url_for

from web.formatting import MONTHS, count, days, plural, russian_date, russian_month, school_year_of, weekday
from web.views.pairs import visible
from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import CalendarMissing
from workflow_core.guards import Actor
from workflow_core.timers import calendar_of
from workflow_core.unit_of_work import UnitOfWork
from workflows.mentoring import board, queries
from workflows.mentoring.board import PairLine
from workflows.mentoring.pair_list import PairFilter
from workflows.mentoring.states import FORMED_AND_LATER, REGULAR_WORK, SUSPENDED
from workflows.mentoring.tables import Meeting, MeetingStatus
from workflows.organisations import policy

SHOWN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "": ("работают и знакомятся", tuple(state for state in FORMED_AND_LATER if state != SUSPENDED)),
    "work": ("работают", (REGULAR_WORK,)),
    "all": ("все, и приостановленные", FORMED_AND_LATER),
}
"""Which pairs: code -> words, states."""
STATUS_WORDS = {MeetingStatus.HELD: "прошла", MeetingStatus.PLANNED: "по плану", MeetingStatus.CANCELLED: "отменена"}
_STRONGEST = (MeetingStatus.HELD, MeetingStatus.PLANNED, MeetingStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair on one day."""

    value: str
    """«<pair>/<day>»: what the form sends."""
    label: str
    state: str
    ahead: bool
    checked: bool
    day: str
    """«10 ноября, вт» for the list of one pair."""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One pair of the month."""

    label: str
    url: str
    list_url: str
    state: str
    cells: tuple[Cell, ...]
    total: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month of meetings."""

    title: str
    sentence: str
    month: str
    """«2026-11», for the form."""
    days: tuple[Mapping[str, Any], ...]
    rows: tuple[MonthRow, ...]
    before: tuple[str, str]
    after: tuple[str, str]
    choices: tuple[Mapping[str, Any], ...]
    choice: str
    may_edit: bool
    one_pair: bool
    marks: int
    next_url: str


def first_day(month: str, today: date) -> date:
    """The first day of «2026-11»; of the present month for anything else."""
    year, _, number = month.partition("-")
    if year.isdigit() and number.isdigit() and 2000 <= int(year) <= 2100 and 1 <= int(number) <= 12:
        return date(int(year), int(number), 1)
    return today.replace(day=1)


def month_view(
    read: UnitOfWork,
    actor: Actor,
    first: date,
    *,
    which: str = "",
    pair_id: str = "",
    ticked: frozenset[str] = frozenset(),
    after: str = "",
) -> MonthView:
    """The month that begins on `first`; `ticked` are values of cells ticked but not saved yet. Raises NotPermitted."""
    words, states = SHOWN.get(which, SHOWN[""])
    page = board.pair_page(read, visible(actor, PairFilter(states=states)), after=after)
    lines = list(page.pairs)
    if pair_id:
        lines = [line for line in board.pair_lines(read, [pair_id]).values() if _own(actor, line)]
    lines = [line for line in lines if _own(actor, line)]
    last = first.replace(day=monthrange(first.year, first.month)[1])
    log = queries.meetings(read.session, read.scope, [line.id for line in lines], first, last)
    shown_days = _days(calendar_of(read), first, last, log)
    may = policy.may_own(actor, "meeting.edit")
    rows = tuple(_row(read, line, shown_days, log.get(line.id, []), may, ticked, first) for line in lines)
    held = sum(1 for of_pair in log.values() for one in of_pair if one.status == MeetingStatus.HELD)
    met = sum(1 for of_pair in log.values() if any(one.status == MeetingStatus.HELD for one in of_pair))
    late = sum(row.is_late for row in rows)
    here = {"which": which, "pair": pair_id}
    return MonthView(
        title=f"Встречи, {russian_month(first)}",
        sentence=_sentence(held, met, late),
        month=f"{first:%Y-%m}",
        days=tuple({"day": day.day, "name": weekday(day), "today": day == read.today} for day in shown_days),
        rows=rows,
        before=_other_month(first - timedelta(days=1), here),
        after=_other_month(last + timedelta(days=1), here),
        choices=tuple(
            {
                "label": label,
                "url": url_for("meetings.month", month=f"{first:%Y-%m}", which=code or None),
                "current": code == which,
            }
            for code, (label, _states) in SHOWN.items()
        ),
        choice=words,
        may_edit=may,
        one_pair=bool(pair_id),
        marks=len(ticked),
        next_url=(
            url_for("meetings.month", month=f"{first:%Y-%m}", which=which or None, after=page.next_after)
            if page.next_after and not pair_id
            else ""
        ),
    )


def _own(actor: Actor, line: PairLine) -> bool:
    return policy.may(actor, "pair.read") or actor.person_id in {one.id for one in line.mentors}


def _sentence(held: int, met: int, late: int) -> str:
    marked = (
        f"Отмечено {count(held, 'встреча', 'встречи', 'встреч')} у {count(met, 'пары', 'пар', 'пар')}."
        if held
        else "В этом месяце встреч ещё не отмечено."
    )
    silent = plural(late, "Давно не встречалась", "Давно не встречались", "Давно не встречались")
    return f"{marked} {silent} {count(late, 'пара', 'пары', 'пар')}." if late else marked


def _other_month(day: date, here: Mapping[str, str]) -> tuple[str, str]:
    values: dict[str, Any] = {name: value for name, value in here.items() if value}
    return MONTHS[day.month - 1].capitalize(), url_for("meetings.month", month=f"{day:%Y-%m}", **values)


def _days(calendar: WorkingCalendar, first: date, last: date, log: Mapping[str, Sequence[Meeting]]) -> list[date]:
    """School days of the month, and the days off on which somebody has met."""
    used = {one.held_on for of_pair in log.values() for one in of_pair}
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day in used or not _is_day_off(calendar, day):
            found.append(day)
    return found


def _is_day_off(calendar: WorkingCalendar, day: date) -> bool:
    try:
        return calendar.is_day_off(day)
    except CalendarMissing:
        # A year whose holidays are not published yet: weekends alone.
        return day.weekday() >= 5


def _row(
    read: UnitOfWork,
    line: PairLine,
    shown_days: Sequence[date],
    log: Sequence[Meeting],
    may: bool,
    ticked: frozenset[str],
    first: date,
) -> MonthRow:
    by_day: dict[date, list[str]] = {}
    for one in log:
        by_day.setdefault(one.held_on, []).append(one.status)
    held = sum(1 for one in log if one.status == MeetingStatus.HELD)
    silent = (read.today - (line.last_meeting_on or line.since)).days
    is_late = line.is_stuck and line.state == REGULAR_WORK
    return MonthRow(
        label=_short_label(line),
        url=url_for("pairs.show", pair_id=line.id),
        list_url=url_for("meetings.month", month=f"{first:%Y-%m}", pair=line.id),
        state=line.state_title,
        cells=tuple(_cell(read, line, day, by_day.get(day, []), may, ticked) for day in shown_days),
        total=f"{held}, {days(silent)} без встреч" if is_late else str(held),
        is_late=is_late,
    )


def _short_label(line: PairLine) -> str:
    """«Сафиуллин Т. — Орлов М.»: the month needs the width for its days; a group by its number."""
    if line.is_group:
        return line.label
    sides = (line.mentors, line.mentees)
    return " — ".join(", ".join(_short_name(one.name) for one in side) for side in sides)


def _short_name(name: str) -> str:
    family, _, rest = name.partition(" ")
    return f"{family} {rest[0]}." if rest and "." not in rest else name


def _cell(
    read: UnitOfWork, line: PairLine, day: date, statuses: Sequence[str], may: bool, ticked: frozenset[str]
) -> Cell:
    state = next((one for one in _STRONGEST if one in statuses), None)
    ahead = day > read.today
    value = f"{line.id}/{day.isoformat()}"
    words = STATUS_WORDS[state] if state else "впереди" if ahead else "не отмечено"
    date_words = russian_date(day, school_year_of(read.today))
    return Cell(
        value=value,
        label=f"{line.label}, {date_words}: {words}",
        state=str(state) if state else "",
        ahead=ahead or not may,
        checked=value in ticked,
        day=f"{date_words}, {weekday(day)}",
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell that was ticked, as the operation takes it."""

    pair_id: str
    held_on: date
    kind: str = ""
    id: str = ""
    label: str = ""


def marks(read: UnitOfWork, actor: Actor, values: Sequence[str]) -> list[Mark]:
    """The ticked cells; a cell with a planned meeting is that meeting. Unreadable values are left out."""
    found: list[Mark] = []
    for value in dict.fromkeys(values):
        pair_id, _, day = value.partition("/")
        try:
            found.append(Mark(pair_id, date.fromisoformat(day)))
        except ValueError:
            continue
    if not found:
        return []
    lines = {
        pair_id: one for pair_id, one in board.pair_lines(read, [m.pair_id for m in found]).items() if _own(actor, one)
    }
    known = [one for one in found if one.pair_id in lines]
    if not known:
        return []
    log = queries.meetings(
        read.session, read.scope, list(lines), min(one.held_on for one in known), max(one.held_on for one in known)
    )
    year = school_year_of(read.today)
    done = []
    for one in known:
        planned = next(
            (
                row
                for row in log.get(one.pair_id, ())
                if row.held_on == one.held_on and row.status == MeetingStatus.PLANNED
            ),
            None,
        )
        label = f"{lines[one.pair_id].label}, {russian_date(one.held_on, year)}"
        done.append(
            replace(one, id=planned.id if planned else "", kind=planned.kind if planned else "regular", label=label)
        )
    return done
