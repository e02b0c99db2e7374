"""Whose plan it is, and of which level: a school, a kindergarten, a college, a municipality, a region."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflows.road_maps.reader.folding import fold

_KIND = r"(?-i:\b(?:[А-Я]{0,5}(?:ДОУ|ПОУ|БОУ|КОУ|АОУ|ГОУ|МОУ|НОУ|ЧОУ|СОШ|ООШ|НОШ|УДО|БУДО|БУ\sДО|ОУ\sДО|ДДТ|ЦРТДЮ|ЦДТ|ЦО|МБУ|ГБУ|МАУ|МКУ|ГАУ|ГКУ)\b)|\bДОУ\b)"
_NAMED = (
    r"(?:муниципальн|государственн|областн|краев|частн|автономн|бюджетн|казённ|казенн)\w+\s(?:[а-яё]+\s){0,8}учреждени\w+|"
    r"муниципальн\w+\s+(?:образовани|район|округ)\w*|"
    r"управлени\w+\s+образовани\w+|отдел\w*\s+образовани\w+|департамент\w*\s+образовани\w+|министерств\w+\s+(?:просвещени|образовани)\w+|"
    r"(?:средн\w+\s+(?:общеобразовательн\w+\s+)?|основн\w+\s+|начальн\w+\s+)?школ\w+\s*(?:№|[-–]\s*(?:сад|интернат))|(?:лице|гимнази|колледж|техникум|училищ|детск\w+\s+сад|кадетск\w+\s+)\w*"
)
_START = re.compile(rf"(?:{_KIND}|\b(?:{_NAMED}))", re.I)
_STOP = re.compile(
    r"\s+(?:на\s+(?:период|\d|основ|учебн|янв|фев|март|апр|ма[йя]|июн|июл|авг|сент|окт|нояб|дек)|за\s+\d|в\s+\d{4}|с\s+\d|по\s+(?:внедр|реализ|разви|организ|наставн|подготов)|в\s+рамках|как\s|для\s|в\s+соответствии)"
    r"|\s*[;—]\s|\s+[-–]\s|,\s|\)|\s\d{4}\s*[-–/]"
)
_GENERAL = re.compile(
    r"(?:образовательн|общеобразовательн)\w+\s+(?:организаци|учреждени)[а-яё]{2,}|школах|детских\s+сад|колледжах|лице[ея]х|техникумах",
    re.I,
)
_NOMINATIVE = (
    (r"школ[ыеу]\b", "школа"), (r"лице(?:я|е|ем|ю)\b", "лицей"), (r"гимнази[ию]\b", "гимназия"), (r"колледж[аеу]\b", "колледж"),
    (r"техникум[аеу]\b", "техникум"), (r"училищ[еу]\b", "училище"), (r"детск(?:ого|ому|ом|им)\s+сад(?:а|у|е|ом)\b", "детский сад"),
)  # fmt: skip
_DISTRICT = re.compile(r"\b([А-ЯЁ][а-яё]+(?:-[А-ЯЁ]?[а-яё]+)?)(ого|его)\s+((?:[а-яё]+\s+)?(?:района|округа))")
_LEVELS = (
    ("kindergarten", r"детск\w*\s+сад|дошкольн|\b\w*ДОУ\b"),
    ("college", r"колледж|техникум|училищ|профессиональн\w+\s+образовательн|\b\w*ПОУ\b"),
    (
        "school",
        r"школ|лице[йея]|гимнази|кадетск|интернат|\b(?:СОШ|ООШ|НОШ)\b|\b[МГЧНКАФ]?[БКА]?ОУ\b|центр\w* образования",
    ),
    ("municipality", r"район|муниципал|округ|управлени\w+\s+образовани|отдел\w*\s+образовани|городск\w+"),
    ("region", r"област|край\b|края\b|крае\b|республик|регион|министерств"),
)


def read_organisation(title: str, before: Sequence[str], posts: Sequence[str]) -> tuple[str | None, frozenset[str]]:
    """The organisation's name as printed, and those of the lines `before` that name it in one way or another.

    A line of its own over the title is best (it stands in the nominative), then the title, then a post in a stamp.
    """
    own = _own_lines(before)
    if own:
        short = next(
            (
                text
                for text in own
                if re.fullmatch(r"[(«]?.*[)»]?", text) and text.startswith("(") and _START.search(text)
            ),
            None,
        )
        return (short.strip("() ") if short else " ".join(own)), frozenset(own)
    for text in (title, *posts):
        name = organisation_in(text)
        if name:
            return name, frozenset()
    return _district(title), frozenset()


def _own_lines(lines: Sequence[str]) -> list[str]:
    """Lines that are the organisation's name, one after another."""
    own: list[str] = []
    for text in lines:
        text = fold(text)
        if not text:
            continue
        starts = _START.match(text.lstrip('(«"* '))
        goes_on = bool(own) and (text[0] in '(«"' or text[0].islower() or bool(starts))
        if (starts and not re.match(r"приложени", text, re.I)) or goes_on:
            own.append(text)
        elif own:
            break
    return own


def organisation_in(text: str) -> str | None:
    """The name of one organisation in a sentence; None where only organisations in general are meant."""
    for found in _START.finditer(text):
        rest = text[found.start() :]
        if _GENERAL.match(rest) or _GENERAL.search(rest[: len(found[0]) + 25]):
            continue
        return _nominative(_until_stop(rest))
    return None


def _nominative(name: str) -> str:
    """«школы № 5» as «школа № 5»: only the first word changes."""
    for pattern, word in _NOMINATIVE:
        changed, many = re.subn(rf"^{pattern}", word, name)
        if many:
            return changed
    return name


def _until_stop(text: str) -> str:
    for stop in _STOP.finditer(text):
        head = text[: stop.start()]
        if head.rfind("«") <= head.rfind("»") and head.count("(") == head.count(")"):
            return head.strip(" ,.")
    return text.strip(" ,.")


def _district(title: str) -> str | None:
    """«… Тарасовского района» gives «Тарасовский район»."""
    found = _DISTRICT.search(title)
    if not found:
        return None
    stem, ending, kind = found.groups()
    nominative = "ий" if ending == "его" or stem.endswith(("ск", "цк", "к", "г", "х")) else "ый"
    adjective, _, noun = kind.rpartition(" ")
    adjective = re.sub(r"(?:ого|его)$", lambda end: "ый" if end[0] == "ого" else "ий", adjective)
    return " ".join(part for part in (stem + nominative, adjective, noun[:-1]) if part)


def read_level(title: str, organisation: str | None, around: str) -> str:
    """A level of the contract by the words of the title and the name; «other» where none of them says it."""
    if re.search(r"\b(?:типов|примерн|модельн)\w+", title, re.I):
        return "typical"
    if organisation:
        level = _level(organisation)
        if level:
            return level
    return _level(title, from_widest=True) or _level(around, from_widest=True) or "other"


def _level(text: str, *, from_widest: bool = False) -> str | None:
    order = (*_LEVELS[3:], *_LEVELS[:3]) if from_widest else _LEVELS
    return next((level for level, pattern in order if re.search(pattern, text, re.I)), None)
