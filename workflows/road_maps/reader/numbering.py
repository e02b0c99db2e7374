"""Numbers of sections and items as schools type them: «1.», «1.1», «2.3.», «4)», «IV.», «Раздел 2.», «№ 3»."""

from __future__ import annotations

import re

_ROMAN = r"(?:X{0,2}(?:IX|IV|V?I{1,3}|V|X)|X)"
_DOTTED = r"\d{1,3}(?:\s?\.\s?\d{1,3}){0,4}"
_ALONE = re.compile(rf"(?:№\s*|п\.\s*|пункт\s+)?({_DOTTED}|{_ROMAN})\s*[.):]{{0,2}}", re.I)
_LEADING = re.compile(
    rf"(?:№\s*)?(?:({_DOTTED})\s*[.)]|(\d{{1,3}}(?:\.\d{{1,3}}){{1,4}})|({_ROMAN})\s*[.)])(?:\s+|(?=[А-ЯЁA-Z«\"(-]))(?=\S)"
)
_SECTION_WORD = re.compile(
    rf"(раздел|этап|блок|модуль|направление|задача|часть|глава)\s*(?:№\s*)?({_DOTTED}|{_ROMAN})\s*[.:)–—-]*\s*", re.I
)
_ORDINAL = re.compile(rf"({_DOTTED}|{_ROMAN})(?:-?(?:й|ый|ой|ий))?\s+(раздел|этап|блок|модуль)\b[.:)–—-]*\s*", re.I)
_MONTH_AFTER = re.compile(r"\s*(?:янв|фев|март|апр|ма[йя]\b|июн|июл|авг|сент|окт|нояб|дек|г\b|год|час|класс|%)", re.I)


def number_alone(text: str) -> str | None:
    """The number that is all of a cell, without its dot; None for anything else. A date («15.09.2026») is none."""
    folded = " ".join(text.split())
    found = _ALONE.fullmatch(folded)
    if not found:
        return None
    number = _clean(found[1])
    return None if _is_date(number) else number


def leading_number(text: str) -> tuple[str | None, str]:
    """The number before a text and the rest: «1.1. Назначить» gives ("1.1", «Назначить»)."""
    stripped = text.lstrip()
    found = _LEADING.match(stripped)
    if not found:
        return None, text
    number, rest = _clean(found[1] or found[2] or found[3]), stripped[found.end() :]
    if _is_date(number) or (not found[1] and _MONTH_AFTER.match(rest)):
        return None, text
    return number, rest


def section_number(text: str) -> tuple[str | None, str]:
    """The number that a section names with a word and its title: «Раздел II. Кадры» gives ("II", «Кадры»)."""
    stripped = text.strip()
    found = _SECTION_WORD.match(stripped)
    if found and stripped[found.end() :]:
        return _clean(found[2]), stripped[found.end() :]
    if found:
        return _clean(found[2]), stripped
    found = _ORDINAL.match(stripped)
    if found:
        return _clean(found[1]), stripped[found.end() :].strip() or stripped
    return None, text


def depth(number: str | None) -> int:
    """How many parts a number has: 1 for «4» and «IV», 3 for «4.2.1», 0 for none."""
    return 0 if number is None else number.count(".") + 1


def above(number: str) -> str | None:
    """The number one level up: «4.2.1» gives «4.2»; None for the first level."""
    return number.rpartition(".")[0] or None


def _clean(number: str) -> str:
    number = re.sub(r"\s", "", number).strip(".")
    return number if number[:1].isdigit() else number.upper()


def _is_date(number: str) -> bool:
    parts = number.split(".")
    if len(parts) >= 3 and len(parts[-1]) == 4:
        return True
    # «15.09» is a date, «1.09» hardly ever a number of an item
    return len(parts) == 2 and len(parts[1]) == 2 and parts[1].startswith("0")
