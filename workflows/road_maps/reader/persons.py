"""Persons named in a text: surname with initials in either order, full names with a patronymic."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CAPITAL = "[А-ЯЁ]"
_SURNAME = rf"{_CAPITAL}[а-яё]+(?:\s?-\s?{_CAPITAL}[а-яё]+)?"
_LOUD = rf"{_CAPITAL}{{4,}}(?:-{_CAPITAL}{{3,}})?"
"""A surname in capitals; shorter words are abbreviations («УПР»)."""
_INITIALS = rf"{_CAPITAL}\s?\.\s?-?\s?{_CAPITAL}\s?\.?"
_NAME = rf"{_CAPITAL}[а-яё]+"
_PATRONYMIC = r"[А-ЯЁ][а-яё]+(?:(?:ович|евич|ьич|мич|кич)(?:а|у|ем|ом|е)?|(?:овн|евн|ичн|иничн)(?:а|ы|е|у|ой))"

_BEHIND, _LOUD_BEHIND = (
    re.compile(rf"(?<![\w.])({surname})\s?({_INITIALS})(?![А-ЯЁа-яё])") for surname in (_SURNAME, _LOUD)
)
_BEFORE, _LOUD_BEFORE = (re.compile(rf"(?<![\w.])({_INITIALS})\s?({surname})(?!\w)") for surname in (_SURNAME, _LOUD))
_FULL = re.compile(
    rf"(?<!\w)(?:({_SURNAME}|{_LOUD})\s)?({_NAME})\s({_PATRONYMIC})(?!\w)(?:\s({_SURNAME}|{_LOUD})(?!\w))?"
)
_ONE_INITIAL = re.compile(
    rf"(?<![\w.])({_SURNAME})\s({_CAPITAL}\.)(?=\s*(?:[,;()/–—-]|$|\s[а-яё]))(?!\s?{_CAPITAL}\s?\.)"
)

_HONOURED = re.compile(r"(?:\bим\.?|\bимени|\bул\.?|\bулиц\w+|\bпл\.|\bпроспект\w*|\bпр-т)\s*$", re.IGNORECASE)
"""Before a name that a school or street bears."""

_NOT_SURNAMES = (
    "директор завуч заместител замест зам куратор наставник наставляем методист психолог педагог учител воспитател "
    "руководител заведующ ответствен исполнител администрац министерств управлен отдел комитет департамент школ гимназ "
    "лице колледж техникум институт центр приказ положен област район город росси федерац республик край социальн класс "
    "старш молод специалист участник партнер секретар председател совет координатор организатор начальник мбоу мкоу мкдоу "
    "мбдоу маоу гбоу мдоу моу соу сош оош доу гбпоу гапоу фгбоу зам"
).split()
_NOT_NAMES = re.compile(rf"(?:{'|'.join(sorted(set(_NOT_SURNAMES)))})", re.IGNORECASE)


def persons_in(text: str) -> list[tuple[str, int, int]]:
    """Persons of a folded text with their places, in order, each once: «Е.В. Шевчук», «Иванова Мария Петровна».

    Written as printed, with one blank between surname and initials and none between initials.
    """
    found: dict[tuple[int, int], str] = {}
    for person, first, end in _candidates(text):
        if not any(first < taken_end and taken_first < end for taken_first, taken_end in found):
            found[first, end] = person
    seen: set[str] = set()
    result = []
    for (first, end), person in sorted(found.items()):
        if person not in seen:
            seen.add(person)
            result.append((person, first, end))
    return result


def _candidates(text: str) -> Iterator[tuple[str, int, int]]:
    """Possible persons, the surest forms first."""
    for one in _FULL.finditer(text):
        yield from _full(one, text)
    yield from _initials(text, _BEHIND, _BEFORE)
    yield from _initials(text, _LOUD_BEHIND, _LOUD_BEFORE)
    for one in _ONE_INITIAL.finditer(text):
        if _is_name(one[1]) and not _honoured(text, one.start()):
            yield f"{one[1]} {one[2]}", one.start(), one.end()


def _initials(text: str, behind: re.Pattern[str], before: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    """Surname and initials. Where both orders fit («Зорина И.О. Котова Е.Н.»), the cell's first person tells its habit."""
    forms = [
        [(f"{_spaced(one[1])} {_close(one[2])}", one) for one in behind.finditer(text) if _is_name(one[1])],
        [(f"{_close(one[1])} {_spaced(one[2])}", one) for one in before.finditer(text) if _is_name(one[2])],
    ]
    forms.sort(key=lambda found: found[0][1].start() if found else len(text))
    for person, one in [*forms[0], *forms[1]]:
        if not _honoured(text, one.start()):
            yield person, one.start(), one.end()


def _full(one: re.Match[str], text: str) -> Iterator[tuple[str, int, int]]:
    before, name, patronymic, after = one.groups()
    if not _is_name(name) or _honoured(text, one.start()):
        return
    first = one.start()
    if before is not None and not _is_name(before):
        before, first = None, one.start(2)
    if before is not None or after is None or not _is_name(after):
        yield " ".join(part for part in (before, name, patronymic) if part), first, one.end(3)
    else:
        yield f"{name} {patronymic} {after}", first, one.end()


def _is_name(word: str) -> bool:
    return _NOT_NAMES.match(word) is None


def _honoured(text: str, place: int) -> bool:
    return _HONOURED.search(text[max(0, place - 14) : place]) is not None


def _close(initials: str) -> str:
    return re.sub(r"\s", "", initials)


def _spaced(surname: str) -> str:
    return re.sub(r"\s?-\s?", "-", surname)
