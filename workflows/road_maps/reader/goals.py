"""Goals and tasks before a plan, and its abbreviations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.road_maps.reader.folding import Words, fold
from workflows.road_maps.reader.source import Line

_HEAD = re.compile(
    r"(?:(?:основн\w+|главн\w+|стратегическ\w+)\s+)?(?:цел[ьи]|задачи|задача)\b(?:\s+и\s+(?:основн\w+\s+)?задачи)?(?:\s+[а-яё«»() ]{0,80}?)?\s*[:.]\s*",
    re.I,
)
_BARE_HEAD = re.compile(r"(?:основн\w+\s+)?(?:цел[ьи]|задачи)(?:\s+и\s+задачи)?(?:\s+[а-яё]+){0,5}", re.I)
_BULLET = re.compile(r"\s*(?:[-–—•·▪●*]+|\d{1,2}[.)]|[а-я]\))\s*(?=\S)")
_SHORTENED = re.compile(
    r"\s*[-–—•]?\s*(?:список\s+|перечень\s+)?(?:использу\w+|принят\w+|условн\w+|применя\w+)?\s*(?:в\s+\w+\s+)?(?:сокращени[яй]|обозначени[яй]|аббревиатур\w*)[^:]{0,40}:\s*",
    re.I,
)
_PAIR = re.compile(
    r"([А-ЯЁA-Z][А-ЯЁA-Zа-яё]{1,9}(?:\s[А-ЯЁ]{2,6})?)\s*[-–—:=]\s*([^.;\n]+?)\s*(?=[.;\n]|,\s*[А-ЯЁ]{2,}\s*[-–—]|$)"
)


@dataclass(frozen=True, slots=True)
class Goals:
    """Goals in order, abbreviation -> meaning, and the lines that are neither."""

    goals: tuple[str, ...]
    abbreviations: dict[str, str]
    rest: tuple[Line, ...]


def read_goals(lines: Sequence[Line], words: Words) -> Goals:
    """Take goals and abbreviations out of the lines before a plan."""
    goals: list[str] = []
    abbreviations: dict[str, str] = {}
    rest: list[Line] = []
    open_list = listing = False
    # A paragraph may hold a whole list, its lines broken by hand.
    broken = [Line(part, line.place, line.is_heading) for line in lines for part in line.text.split("\n")]
    for line in broken:
        text = fold(line.text, words)
        shortened = _SHORTENED.match(text)
        head = _HEAD.match(text) or (_BARE_HEAD.fullmatch(text) if text else None)
        if shortened and (found := _PAIR.findall(text[shortened.end() :])):
            open_list = False
            rest.extend(_taken(found, abbreviations, line, text[shortened.end() :]))
        elif shortened and not text[shortened.end() :]:
            listing, open_list = True, False
        elif listing and text and (found := _PAIR.findall(_BULLET.sub("", text, count=1))):
            rest.extend(_taken(found, abbreviations, line, text))
        elif head:
            goals.extend(part for part in [text[head.end() :].strip()] if part)
            open_list, listing = True, False
        elif open_list and text and (_BULLET.match(text) or not goals):
            goals.append(_BULLET.sub("", text, count=1))
        elif open_list and text and goals and text[0].islower():
            goals[-1] = f"{goals[-1]} {text}"
        else:
            open_list = open_list and not text
            listing = listing and not text
            rest.append(line)
    return Goals(tuple(goals), abbreviations, tuple(rest))


def _taken(found: Sequence[tuple[str, str]], known: dict[str, str], line: Line, text: str) -> list[Line]:
    """Add the abbreviations; give the line back where it says more than those."""
    more = bool(re.search(r"\w{3,}", _PAIR.sub("", text)))
    for short, meaning in found:
        more = more or known.setdefault(short, meaning) != meaning
    return [line] if more else []
