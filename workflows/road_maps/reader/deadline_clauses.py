"""The clauses of a deadline phrase as values: what phrases.lark finds, before any year is known.

A clause knows the place of its words, so that a part of a phrase can be quoted as it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import LarkError

GRAMMAR = Path(__file__).with_name("phrases.lark")

LAST = -1
"""The value of «последний» where a number is asked for."""

Year = int | tuple[int, int] | str | None
"""2022, (2022, 2023) for a school year or several years, «this», «next», or nothing written."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day; the numbers are as printed and may be impossible."""

    day: int
    month: int
    year: Year = None


@dataclass(frozen=True, slots=True)
class Month:
    month: int
    year: Year = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number that waits for its month or unit: «с 1 по 15 сентября», «I, II полугодие»."""

    value: int


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """«5 числа»."""

    day: int


@dataclass(frozen=True, slots=True)
class Counted:
    """«2 четверть», «3 рабочих дня», «последняя неделя мая»."""

    value: int
    unit: str
    month: Month | None = None
    year: Year = None


@dataclass(frozen=True, slots=True)
class Unit:
    name: str
    year: Year = None


@dataclass(frozen=True, slots=True)
class Bound:
    """«начало», «середина» (middle) or «конец» of something."""

    which: str
    of: Any = None


@dataclass(frozen=True, slots=True)
class Every:
    what: Any = None


@dataclass(frozen=True, slots=True)
class Weekday:
    """Monday is 0; `nth` as in «последняя пятница»."""

    day: int
    nth: int | None = None


@dataclass(frozen=True, slots=True)
class Years:
    year: Year


@dataclass(frozen=True, slots=True)
class Season:
    """`month` is the first of its three."""

    month: int
    year: Year = None


@dataclass(frozen=True, slots=True)
class Holidays:
    """`after_term` is the term that they follow, 0 where the phrase does not say which."""

    after_term: int
    year: Year = None


@dataclass(frozen=True, slots=True)
class NewYear:
    pass


@dataclass(frozen=True, slots=True)
class Rate:
    """«не реже 2 раз в год»: `times` in every `length` units."""

    times: int
    length: int
    unit: str


@dataclass(frozen=True, slots=True)
class Worded:
    """A phrase without a date: a kind of the contract, or «repeat» with its unit; «report» for «по итогам»."""

    kind: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Prefixed:
    prefix: str
    core: Any = None


@dataclass(frozen=True, slots=True)
class Mark:
    kind: str


@dataclass(frozen=True, slots=True)
class Unread:
    pass


@dataclass(frozen=True, slots=True)
class Clause:
    """A value and the place of its words in the plain text."""

    value: Any
    first: int
    end: int


MONTH_STEMS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_WEEKDAY_STEMS = ("пон", "вто", "сре", "чет", "пят", "суб", "вос")
_COUNTS = {"од": 1, "дв": 2, "тр": 3, "че": 4, "пя": 5, "ше": 6, "се": 7, "де": 10}
_ORDINALS = {"пе": 1, "вт": 2, "тр": 3, "че": 4, "пя": 5, "по": LAST, "п": 2, "ш": 3}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_SEASONS = {"лет": 6, "зим": 12, "осе": 9, "вес": 3}
_TERMS_BEFORE = {"осе": 1, "зим": 2, "нов": 2, "вес": 3, "лет": 4}
_ADVERBS = {
    "ежедн": "days",
    "ежене": "week",
    "понед": "week",
    "ежеме": "month",
    "помес": "month",
    "ежекв": "quarter",
    "покв": "quarter",
    "ежего": "year",
}
_UNITS = {
    "DAYS": "days",
    "WEEK": "week",
    "DECADE": "decade",
    "HALF_OF": "half_of",
    "MONTH_WORD": "month",
    "QUARTER": "quarter",
    "TERM": "term",
    "HALF": "half",
    "STUDY_YEAR": "study_year",
    "YEAR_WORD": "year",
    "PERIOD": "period",
}
_WORDED = {
    "ALWAYS": "continuous",
    "BY_SCHEDULE": "by_schedule",
    "ON_DEMAND": "on_demand",
    "RELATIVE": "school_relative",
}


@cache
def _parser() -> Lark:
    """Built at the first phrase; it takes a quarter of a second."""
    return Lark(GRAMMAR.read_text("utf-8"), parser="lalr", lexer="basic", propagate_positions=True)


def clauses(text: str) -> list[Clause] | None:
    """The clauses of a phrase in plain spelling, in order; None for what the grammar has no place for."""
    try:
        tree = _parser().parse(text)
    except LarkError:
        return None
    return [Clause(_value(one), one.meta.start_pos, one.meta.end_pos) for one in tree.children if isinstance(one, Tree)]


def _value(tree: Tree[Token]) -> Any:
    build: Callable[[Tree[Token]], Any] = _BUILDERS[str(tree.data)]
    return build(tree)


def _tokens(tree: Tree[Token]) -> list[Token]:
    return [one for one in tree.children if isinstance(one, Token)]


def _trees(tree: Tree[Token], name: str) -> list[Tree[Token]]:
    return [one for one in tree.children if isinstance(one, Tree) and one.data == name]


def _core_of(tree: Tree[Token]) -> Any:
    inner = [one for one in tree.children if isinstance(one, Tree)]
    return _value(inner[0]) if inner else None


def _year_of(tree: Tree[Token]) -> Year:
    found = _trees(tree, "year")
    return _year(found[0]) if found else None


def _year(tree: Tree[Token]) -> Year:
    token = _tokens(tree)[0]
    if token.type in ("THIS_YEAR", "NEXT_YEAR"):
        return "this" if token.type == "THIS_YEAR" else "next"
    numbers = [int(one) for one in re.findall(r"\d+", token)]
    if token.type == "YEAR_SPAN":
        last = numbers[1] if numbers[1] > 99 else numbers[0] // 100 * 100 + numbers[1]
        return (numbers[0], last)
    return _full_year(numbers[0])


def _full_year(year: int) -> int:
    return year if year > 99 else 2000 + year


def month_number(word: str) -> int:
    """The month of a word that the grammar took for one."""
    return next(number for number, stem in enumerate(MONTH_STEMS, start=1) if word.startswith(stem))


def _day(tree: Tree[Token]) -> Day:
    token = _tokens(tree)[0]
    numbers = [int(one) for one in re.findall(r"\d+", token)]
    match token.type:
        case "ISO_DATE":
            return Day(numbers[2], numbers[1], numbers[0])
        case "FULL_DATE":
            return Day(numbers[0], numbers[1], _full_year(numbers[2]))
        case "DAY_MONTH":
            return Day(numbers[0], numbers[1], _year_of(tree))
    month = next(one for one in _tokens(tree) if one.type == "MONTH")
    return Day(_number(_trees(tree, "number")[0]).value, month_number(month), _year_of(tree))


def _month(tree: Tree[Token]) -> Month:
    token = _tokens(tree)[0]
    if token.type == "MONTH_YEAR":
        numbers = [int(one) for one in re.findall(r"\d+", token)]
        return Month(numbers[0], numbers[1])
    return Month(month_number(token), _year_of(tree))


def _number(tree: Tree[Token]) -> Number:
    token = _tokens(tree)[0]
    if token.type == "NUMBER":
        return Number(int(re.match(r"\d+", token)[0]))  # type: ignore[index]
    if token.type == "ROMAN":
        return Number(_ROMAN[token])
    table = _COUNTS if token.type == "COUNT" else _ORDINALS
    return Number(table[token[:2]])


def _counted(tree: Tree[Token]) -> Counted:
    months = _trees(tree, "month")
    value = _number(_trees(tree, "number")[0]).value
    return Counted(value, _unit_name(tree), _month(months[0]) if months else None, _year_of(tree))


def _unit_name(tree: Tree[Token]) -> str:
    token = _tokens(_trees(tree, "unit_name")[0])[0]
    if token.type == "HALF" and token.startswith("полгод"):
        return "half"
    return _UNITS[token.type]


def _weekday(tree: Tree[Token]) -> Weekday:
    numbers = _trees(tree, "number")
    token = _tokens(tree)[0]
    nth = _number(numbers[0]).value if numbers else None
    return Weekday(_WEEKDAY_STEMS.index(token[:3]), nth)


def _rate(tree: Tree[Token]) -> Rate:
    """«2 раза в год», «раз в 2 года», «дважды в год»; a number before the word counts times, one behind it units."""
    times, length, seen = 1, 1, False
    for child in tree.children:
        if isinstance(child, Token):
            seen = True
            times = {"дв": 2, "тр": 3}.get(child[:2], times)
        elif child.data == "number" and seen:
            length = _number(child).value
        elif child.data == "number":
            times = _number(child).value
    return Rate(times, length, _unit_name(tree))


def _worded(tree: Tree[Token]) -> Worded:
    token = _tokens(tree)[0]
    if token.type == "ADVERB":
        return Worded("repeat", next(unit for stem, unit in _ADVERBS.items() if token.startswith(stem)))
    is_report = re.match(r"по (?:итог|результ|оконч|заверш)", token)
    return Worded(_WORDED[token.type], "report" if is_report else "")


def _first_type(tree: Tree[Token]) -> str:
    return str(_tokens(tree)[0].type)


_BUILDERS: dict[str, Callable[[Tree[Token]], Any]] = {
    "prefixed": lambda tree: Prefixed(_first_type(tree), _core_of(tree)),
    "day": _day,
    "month": _month,
    "number": _number,
    "counted": _counted,
    "day_of_month": lambda tree: DayOfMonth(_number(_trees(tree, "number")[0]).value),
    "unit": lambda tree: Unit(_unit_name(tree), _year_of(tree)),
    "bound": lambda tree: Bound(_first_type(tree).lower(), _core_of(tree)),
    "every": lambda tree: Every(_core_of(tree)),
    "weekday": _weekday,
    "years": lambda tree: Years(_year_of(tree)),
    "season": lambda tree: Season(_SEASONS[_tokens(tree)[0][:3]], _year_of(tree)),
    "holidays": lambda tree: Holidays(_TERMS_BEFORE.get(_tokens(tree)[0][:3], 0), _year_of(tree)),
    "new_year": lambda tree: NewYear(),
    "rate": _rate,
    "worded": _worded,
    "unread": lambda tree: Unread(),
    "mark": lambda tree: Mark(_first_type(tree).lower()),
}
