"""What an indicator measures: «не менее 10 %» as a comparison, a number and a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.road_maps.reader.spelling import LONGEST, folded, plain

AT_LEAST, AT_MOST, MORE, LESS, EXACTLY, BETWEEN = "at_least", "at_most", "more", "less", "exactly", "between"

_COMPARISONS = (
    (
        AT_LEAST,
        r"не (?:менее|меньше|ниже)(?: чем)?(?: на| у| до)?|минимум|хотя бы|от(?=\s*\d)|(?<=\d) и (?:более|выше)",
    ),
    (AT_MOST, r"не (?:более|больше|выше)(?: чем)?(?: на| у)?|максимум"),
    (MORE, r"(?:более|больше|свыше|выше)(?: чем)?(?: на| у)?"),
    (LESS, r"(?:менее|меньше|ниже)(?: чем)?(?: на| у)?"),
)
_SIGNS = {"≥": AT_LEAST, ">=": AT_LEAST, "≤": AT_MOST, "<=": AT_MOST, ">": MORE, "<": LESS}
_NUMBER = r"\d{1,6}(?:[.,]\d{1,2})?"
_MEASURE = re.compile(
    rf"(?P<how>{'|'.join(f'(?:{words})' for _code, words in _COMPARISONS)}|≥|≤|>=|<=|>|<)?\s*"
    rf"(?<![\d.,/№])(?P<number>{_NUMBER})(?:\s*-\s*(?!х\b|и\b|ти\b)(?P<to>{_NUMBER}))?(?![\d/]|[.,]\d)"
    r"(?:\s*-?\s*(?:х|и|ти|ми)\b)?\s*(?P<unit>%|процент\w*|[^\W\d]{2,}(?: [^\W\d]{4,})?)?"
    r"(?P<after>\s+и (?:более|выше))?"
)
_PERCENT = re.compile(r"%|процент")
_NO_UNITS = re.compile(
    r"(?:г|гг|год\w*|класс\w*|январ\w*|феврал\w*|март\w*|апрел\w*|мая|июн\w*|июл\w*|август\w*|сентябр\w*|октябр\w*|ноябр\w*|декабр\w*)$"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of an indicator."""

    comparison: str
    """at_least, at_most, more, less, exactly or between."""
    number: float
    unit: str
    """«%», else the counted noun as printed, without «ё» and in small letters; empty where none stands."""
    number_to: float | None = None
    """The upper end of «2–3 %»."""


def measures_in(text: str) -> tuple[Measure, ...]:
    """The measures that an indicator or a result names, in order; a bare number counts only with «%» or a comparison."""
    written = plain(_with_signs(folded(text)[:LONGEST])).text
    return tuple(measure for found in _MEASURE.finditer(written) if (measure := _measure(found)) is not None)


def _with_signs(text: str) -> str:
    """Signs of comparison as words: the plain spelling knows no others."""
    for sign, code in sorted(_SIGNS.items(), key=lambda pair: -len(pair[0])):
        word = {AT_LEAST: "не менее", AT_MOST: "не более", MORE: "более", LESS: "менее"}[code]
        text = text.replace(sign, f" {word} ")
    return text


def _measure(found: re.Match[str]) -> Measure | None:
    unit = found["unit"] or ""
    percent = bool(_PERCENT.match(unit))
    comparison = AT_LEAST if found["after"] else _comparison(found["how"])
    if (comparison is None and not percent) or (unit and _NO_UNITS.match(unit.split()[0])):
        return None
    number, upper = _number(found["number"]), _number(found["to"]) if found["to"] else None
    if upper is not None and comparison is None:
        comparison = BETWEEN
    return Measure(comparison or EXACTLY, number, "%" if percent else unit, upper)


def _comparison(words: str | None) -> str | None:
    if not words:
        return None
    return next((code for code, pattern in _COMPARISONS if re.fullmatch(pattern, words.strip())), None)


def _number(written: str) -> float:
    return float(written.replace(",", "."))
