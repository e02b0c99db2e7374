"""How dates, numbers, names and sentences are written for a Russian reader: pure functions, offered to the templates.

Source of the rules: the project's style of text (dates in words, agreement of number and noun, non-breaking spaces,
names of pupils in full and of staff with initials). Nothing here reads a clock: `today` and the school year come in.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, tzinfo

from flask import Flask
from markupsafe import Markup

from workflow_core.amounts import Amount

NBSP = "\u00a0"
"""Non-breaking space."""
NBHYPHEN = "\u2011"
"""Non-breaking hyphen."""

MONTHS_OF = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)
WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")

_DAY_FORMS = ("день", "дня", "дней")


# Numbers


def plural(number: int | Amount, one: str, few: str, many: str) -> str:
    """The form of a noun that agrees with `number`: 1 пара, 2 пары, 5 пар, 11 пар, 21 пара, больше 2 000 пар."""
    if isinstance(number, Amount):
        if number.is_more:
            return many
        number = number.number
    last_two, last = abs(number) % 100, abs(number) % 10
    if 11 <= last_two <= 14:
        return many
    if last == 1:
        return one
    return few if 2 <= last <= 4 else many


def number(value: int | Amount) -> str:
    """A whole number with its thousands apart: 1 248; «больше 2 000» where nobody counted on."""
    if isinstance(value, Amount):
        return f"{f'больше{NBSP}' if value.is_more else ''}{number(value.number)}"
    return f"{value:,}".replace(",", NBSP)


def count(value: int | Amount, one: str, few: str, many: str) -> str:
    """A number and its noun, never parted at the end of a line: «3 пары», «1 248 записей»."""
    return f"{number(value)}{NBSP}{plural(value, one, few, many)}"


def out_of(done: int, total: int) -> str:
    """A share as two numbers: «31 из 34». Never a percentage alone."""
    return f"{number(done)}{NBSP}из{NBSP}{number(total)}"


# Dates


def school_year_of(day: date) -> int:
    """The year in which the school year of `day` began (1 September to 31 August): 2026 for 2026/27."""
    return day.year if day.month >= 9 else day.year - 1


def school_year_title(first_year: int) -> str:
    """«2026/27 учебный год»."""
    return f"{first_year}/{(first_year + 1) % 100:02} учебный{NBSP}год"


def russian_date(day: date, school_year: int | None = None) -> str:
    """«15 октября 2026»; without the year when `day` lies in the school year that began in `school_year`."""
    words = f"{day.day}{NBSP}{MONTHS_OF[day.month - 1]}"
    return words if school_year_of(day) == school_year else f"{words}{NBSP}{day.year}"


def russian_month(day: date) -> str:
    """«ноябрь 2026»."""
    return f"{MONTHS[day.month - 1]}{NBSP}{day.year}"


def russian_range(start: date, end: date, school_year: int | None = None) -> str:
    """«1–30 сентября», «30 августа – 2 сентября»: a short dash, without spaces between bare numbers."""
    if start == end:
        return russian_date(end, school_year)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{russian_date(end, school_year)}"
    last = russian_date(end, school_year)
    # A year that stands at the end holds for both, unless New Year lies between.
    said_once = start.year == end.year and last.endswith(str(end.year))
    first = russian_date(start, school_year_of(start) if said_once else school_year)
    return f"{first}{NBSP}– {last}"


def field_date(day: date) -> str:
    """As a date is typed into a field: 05.11.2026."""
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def weekday(day: date) -> str:
    """«пн» to «вс»."""
    return WEEKDAYS[day.weekday()]


def russian_moment(moment: datetime, zone: tzinfo, school_year: int | None = None, today: date | None = None) -> str:
    """«15 октября, 14:20» in the organisation's time zone; «сегодня в 08:40» when it is today.

    Raises `ValueError` for a moment without a zone: stored moments are aware, and guessing would shift the history.
    """
    if moment.tzinfo is None:
        raise ValueError(f"moment without a time zone: {moment!r}")
    local = moment.astimezone(zone)
    time = f"{local.hour:02}:{local.minute:02}"
    if today is not None and local.date() == today:
        return f"сегодня в{NBSP}{time}"
    return f"{russian_date(local.date(), school_year)}, {time}"


# Days


def days(value: int) -> str:
    """«1 день», «2 дня», «28 дней»."""
    return count(value, *_DAY_FORMS)


def relative_day(day: date, today: date) -> str:
    """How far a day is: «сегодня», «завтра», «через 4 дня», «вчера», «12 дней назад»."""
    ahead = (day - today).days
    near = {0: "сегодня", 1: "завтра", -1: "вчера"}.get(ahead)
    if near is not None:
        return near
    return f"через{NBSP}{days(ahead)}" if ahead > 0 else f"{days(-ahead)} назад"


def overdue_by(due: date, today: date) -> str:
    """By how much a deadline has passed, to follow «Просрочен»: «на 12 дней». Empty while it has not passed."""
    late = (today - due).days
    # After «на» the accusative: «на 1 день», «на 2 дня», the same forms.
    return f"на{NBSP}{days(late)}" if late > 0 else ""


def standing_for(since: date, today: date) -> str:
    """How long something has not moved: «стоит 28 дней»; «с сегодняшнего дня» on the first day."""
    stood = (today - since).days
    return f"стоит {days(stood)}" if stood > 0 else "с сегодняшнего дня"


def entered_after(happened_on: date, recorded_on: date) -> str:
    """The lag between a date and its entry: «через 1 день». Empty when it was entered the same day or before."""
    lag = (recorded_on - happened_on).days
    return f"через{NBSP}{days(lag)}" if lag > 0 else ""


# Names


def full_name(surname: str, given: str, patronymic: str | None = None) -> str:
    """«Морозова Елена Викторовна»."""
    return " ".join(part for part in (surname, given, patronymic) if part)


def short_name(surname: str, given: str, patronymic: str | None = None) -> str:
    """Staff: «Морозова Е. В.», of a double name «Ким А.-М.»; never parted at the end of a line."""
    initials = [_initial(part) for part in (given, patronymic) if part]
    return NBSP.join([surname, *initials])


def pupil_name(surname: str, given: str) -> str:
    """Pupils: «Белова Анна»."""
    return full_name(surname, given)


def pair_name(mentors: str, mentees: str) -> str:
    """«Белова Анна — Ким Данил», the mentor first. The same label on the screen, in the order and in the history."""
    return f"{mentors}{NBSP}— {mentees}"


def _initial(name: str) -> str:
    return "-".join(f"{part[0].upper()}." for part in name.split("-") if part)


# Typography

_SPACE = r"[ \u00a0]"
_SHORT_WORDS = "в|к|с|о|у|и|а|во|ко|со|об|от|до|за|из|на|не|по"
_PAPER_NUMBER = re.compile(rf"№{_SPACE}*(\d[\w./-]*(?<![./-])|\w+)")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"{_SPACE}+—"), f"{NBSP}—"),
    (re.compile(rf"(?<=\b[А-ЯЁ]\.){_SPACE}?(?=[А-ЯЁ]\.)"), NBSP),
    (re.compile(r"\b([А-ЯЁ][а-яё-]+) (?=[А-ЯЁ]\.(?:[ \u00a0]?[А-ЯЁ]\.|[,;:)»]|$))"), rf"\1{NBSP}"),
    (re.compile(rf"(?<![а-яё]{NBSP})(\b[А-ЯЁ]\.{NBSP}[А-ЯЁ]\.) (?=[А-ЯЁ][а-яё])"), rf"\1{NBSP}"),
    (re.compile(r"(?<=\d) (?=из \d)"), NBSP),
    (re.compile(r"(?<=\d\u00a0из) (?=\d)"), NBSP),
    # A unit follows its number; a preposition or conjunction after a year does not belong to it.
    (re.compile(rf"(?<=\d) (?=[%°]|(?!(?:{_SHORT_WORDS})\b)[а-яё]{{2}}|[мгчлт]\b|[А-ЯЁ]{{1,2}}\b)"), NBSP),
    (re.compile(rf"(?<![\w-])({_SHORT_WORDS}) (?=\S)", re.IGNORECASE), rf"\1{NBSP}"),
    (re.compile(r"(?<=\d)-(?=[а-яё]{1,3}\b)"), NBHYPHEN),
)
_TAG = re.compile(r"(<[^>]*>)")


def typographic(text: str) -> str:
    """The sentence with the spaces and hyphens that must not break made unbreakable.

    After №, before a dash, between a number and its unit, after short prepositions, within initials, thousands and
    «31 из 34». Nothing but white space and the hyphens of numbers changes; done twice it is the same. Markup stays
    markup: its tags are left alone.
    """
    if isinstance(text, Markup):
        return Markup("").join(
            Markup(part if part.startswith("<") else _typographic(part)) for part in _TAG.split(str(text))
        )
    return _typographic(text)


def searchable(text: str) -> str:
    """The text as a person types it: ordinary spaces and hyphens, so what was copied from a page can be found."""
    return text.replace(NBSP, " ").replace(NBHYPHEN, "-")


def _typographic(text: str) -> str:
    text = str(text)  # a lazy translation becomes words here
    text = _PAPER_NUMBER.sub(lambda found: f"№{NBSP}{found[1].replace('-', NBHYPHEN)}", text)
    text = _THOUSANDS.sub(lambda found: found[0].replace(" ", NBSP), text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


# Templates

FILTERS: dict[str, Callable[..., str]] = {
    "counted": count,  # Jinja's own `count` is another word for `length`
    "number": number,
    "plural": plural,
    "out_of": out_of,
    "russian_date": russian_date,
    "russian_month": russian_month,
    "russian_range": russian_range,
    "russian_moment": russian_moment,
    "field_date": field_date,
    "weekday": weekday,
    "days": days,
    "relative_day": relative_day,
    "overdue_by": overdue_by,
    "standing_for": standing_for,
    "entered_after": entered_after,
    "typographic": typographic,
}
NAMES: dict[str, Callable[..., str]] = {
    "full_name": full_name,
    "short_name": short_name,
    "pupil_name": pupil_name,
    "pair_name": pair_name,
}


def register_filters(app: Flask) -> None:
    """Offer the functions of this module to every template: values as filters, names (of several parts) as globals."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(NAMES)
