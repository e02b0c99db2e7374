"""The school calendar as its page and command show it: days off by month, own lines, what a change moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from web.formatting import MONTHS_OF, count, plural, russian_date, russian_range, school_year_of
from web.views.subjects import subjects
from workflow_core.calendars import WorkingCalendar, published_transfers, school_terms, school_year_bounds
from workflow_core.guards import Actor
from workflow_core.timers import calendar_of
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations import policy, queries
from workflows.organisations.school_calendar import WEEK, WHY_TITLES
from workflows.organisations.settings import terms_of
from workflows.organisations.tables import CalendarDays, DaysWhy
from workflows.road_maps.calendar_change import CalendarChange, MovedBelow, MovedDate

WHY_CHOICES = (
    (DaysWhy.QUARANTINE.value, "карантин"),
    (DaysWhy.REGIONAL.value, "праздник региона"),
    (DaysWhy.OWN.value, "свой выходной"),
    (DaysWhy.TRANSFER.value, "перенос: выходной"),
    ("worked", "перенос: рабочий день"),
)
"""What the form offers; «worked» is a transfer the other way round."""


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line that the organisation entered, or one of the places above it."""

    id: str
    title: str
    note: str
    days: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Month:
    """Days off of one month that are no ordinary weekend: (days, what)."""

    of: str
    """The month in the genitive: «января»."""
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """What the page shows of one school year."""

    first_year: int
    title: str
    sentence: str
    own: tuple[OwnLine, ...]
    months: tuple[Month, ...]
    terms: tuple[tuple[str, str], ...]
    missing: tuple[int, ...]
    """Years whose transfers nobody knows yet."""
    years: tuple[tuple[str, int], ...]
    """(«2026/27», first year) of the years to choose from."""


def calendar_page(read: UnitOfWork, actor: Actor, first_year: int) -> CalendarPage:
    """The days off of one school year. Raises NotPermitted."""
    policy.require(actor, "settings.read")
    calendar = calendar_of(read)
    first, last = school_year_bounds(first_year)
    off = list(calendar.days_off(first, last))
    extra = sum(day.weekday() not in calendar.weekend for day, _name in off)
    six = read.profile.settings.get(WEEK) == "6"
    now = school_year_of(read.today)
    return CalendarPage(
        first_year,
        f"{first_year}/{(first_year + 1) % 100:02}",
        f"{'Шестидневная' if six else 'Пятидневная'} неделя. "
        f"За учебный год {count(extra, 'выходной', 'выходных', 'выходных')} сверх обычных"
        f" {'воскресений' if six else 'суббот и воскресений'}.",
        tuple(_own(read, first, last)),
        tuple(_months(off)),
        tuple(
            (term.title.rsplit(" ", 1)[0], russian_range(term.start, term.end, first_year))
            for term in school_terms(first_year, terms_of(read.profile.settings))
        ),
        tuple(year for year in (first_year, first_year + 1) if _is_missing(calendar, year)),
        tuple((f"{year}/{(year + 1) % 100:02}", year) for year in range(now - 1, now + 3)),
    )


def _is_missing(calendar: WorkingCalendar, year: int) -> bool:
    return published_transfers(year) is None and year not in calendar.own_years


def _own(read: UnitOfWork, first: date, last: date) -> Iterable[OwnLine]:
    chain = queries.chain(read.session, read.scope)
    titles = {row.id: row.short_title for row in chain}
    for row in queries.calendar_days(read.session, list(titles)):
        if row.last_day >= first and row.first_day <= last:
            own = row.organisation_id == read.scope
            yield OwnLine(
                row.id, line_title(row), _note(row, "" if own else titles[row.organisation_id]), days_words(row), own
            )


def line_title(row: CalendarDays) -> str:
    """«Карантин», «Рабочий день»: what a line is, without its occasion."""
    words = (
        WHY_TITLES.get(row.why, row.why)
        if row.off
        else "рабочие дни"
        if row.first_day != row.last_day
        else "рабочий день"
    )
    return words[:1].upper() + words[1:]


def _note(row: CalendarDays, place: str) -> str:
    return ", ".join(part for part in (row.note, f"вносит {place}" if place else "") if part)


def days_words(row: CalendarDays) -> str:
    """«1–7 февраля 2027»."""
    return russian_range(row.first_day, row.last_day)


def _months(off: Sequence[tuple[date, str]]) -> Iterable[Month]:
    for (_year, month), days in groupby(off, key=lambda one: (one[0].year, one[0].month)):
        rows = []
        for name, run in _runs(list(days)):
            rows.append((_days(run[0], run[-1]), name))
        yield Month(MONTHS_OF[month - 1], tuple(rows))


def _runs(days: Sequence[tuple[date, str]]) -> Iterable[tuple[str, list[date]]]:
    """Neighbouring days of one name together."""
    run: list[date] = []
    name = ""
    for day, words in days:
        if run and words == name and (day - run[-1]).days == 1:
            run.append(day)
            continue
        if run:
            yield name, run
        run, name = [day], words
    if run:
        yield name, run


def _days(first: date, last: date) -> str:
    return str(first.day) if first == last else f"{first.day}–{last.day}"


# -- what a change moves ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MovedLine:
    """One date that moves, in words."""

    label: str
    url: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What a change of the calendar comes to."""

    sentence: str
    groups: tuple[tuple[str, tuple[MovedLine, ...]], ...]
    """(heading with the number, lines) of what moves; empty where nothing does."""
    below: tuple[tuple[str, str], ...] = ()
    """(organisation below, what moves there)."""


def change_view(read: UnitOfWork, change: CalendarChange) -> ChangeView:
    """The change in words, old and new dates beside each other."""
    found = (
        ("Сдвинутся сроки", change.deadlines),
        ("Сдвинутся напоминания", change.reminders),
        ("Изменится рабочий день перед сроком", change.hand_in),
    )
    refs = [(one.subject_kind, one.subject_id) for _title, moved in found for one in moved]
    named = subjects(read, refs)
    year = school_year_of(read.today)

    def line(one: MovedDate) -> MovedLine:
        subject = named[one.subject_kind, one.subject_id]
        return MovedLine(subject.label or "Без названия", subject.url, _date(one.old, year), _date(one.new, year))

    groups = tuple((f"{title}: {len(moved)}", tuple(map(line, moved))) for title, moved in found if moved)
    total = len(change.deadlines)
    below = tuple((one.title, _moved_there(one)) for one in change.below)
    if change.is_empty:
        sentence = "Ни один срок не сдвинется."
    elif total:
        sentence = f"{plural(total, 'Сдвинется', 'Сдвинутся', 'Сдвинутся')} {count(total, 'срок', 'срока', 'сроков')}."
    else:
        sentence = "Сроки пунктов останутся." if not below else "Здесь сроки останутся, сдвинутся ниже."
    return ChangeView(sentence, groups, below)


def _moved_there(one: MovedBelow) -> str:
    """«3 срока; рабочий день перед сроком: 2 пункта»."""
    moved = [count(one.deadlines, "срок", "срока", "сроков")] if one.deadlines else []
    if one.hand_in:
        moved.append(f"рабочий день перед сроком: {count(one.hand_in, 'пункт', 'пункта', 'пунктов')}")
    return "; ".join(moved)


def moved_words(deadlines: int, reminders: int, below: Sequence[str] = ()) -> str:
    """«Сдвинуто: 3 срока, 5 напоминаний. Сроки сдвигаются ниже: Школа № 5.»"""
    parts = [count(deadlines, "срок", "срока", "сроков")] if deadlines else []
    parts += [count(reminders, "напоминание", "напоминания", "напоминаний")] if reminders else []
    words = [f"Сдвинуто: {', '.join(parts)}."] if parts else []
    words += [f"Сроки сдвигаются ниже: {', '.join(below)}."] if below else []
    return " ".join(words) or "Ни один срок не сдвинут."


def _date(day: date | None, year: int) -> str:
    return russian_date(day, year) if day else "нет"
