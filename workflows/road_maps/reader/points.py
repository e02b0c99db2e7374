"""Points inside one cell: sub-points of an item, and the items of a stage that stand in one cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.road_maps.reader.folding import NO_WORDS, Words, fold

_BULLET = r"[-–—−•·▪●○◦*➢✓\uf0b7]"
_MARKER = re.compile(
    rf"(?:(?<=\n)|(?<=^)|(?<=[:;]))[ \t\xa0]*(?:{_BULLET}+\s*|(?:[а-еa-f]|\d{{1,2}})\)\s*|\d{{1,2}}\.\s+(?=[А-ЯЁа-яё«]))(?=\S)"
)
_AFTER_SENTENCE = re.compile(rf"(?<=[.:;,])\s+{_BULLET}\s*(?=[а-яёА-ЯЁ«])")
_NUMBERED = re.compile(r"(?:(?<=^)|(?<=\s))(\d{1,2})[.)]\s*(?=[А-ЯЁа-яё«\"])")
_LINE_BULLET = re.compile(rf"(?:^|\n)\s*{_BULLET}\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class Points:
    """Words before the points, and the points as (number, text as printed)."""

    lead_in: str
    points: tuple[tuple[str | None, str], ...]


def subpoints(text: str, words: Words = NO_WORDS) -> tuple[str, ...]:
    """Sub-points of an item, folded, without bullets and closing signs; empty for a text that lists nothing."""
    starts = [(found.start(), found.end()) for found in _MARKER.finditer(text)]
    if not starts and text.count("\n") == 0:
        starts = [(found.start(), found.end()) for found in _AFTER_SENTENCE.finditer(text)]
    if len(starts) == 1 and starts[0][0] == 0:
        starts = []
    if starts:
        pieces = _between(text, starts)
    else:
        pieces = _after_colon(text, words)
    points = [point for piece in pieces for part in _by_semicolon(piece) if (point := _plain(part, words))]
    return tuple(points) if len(points) > 1 else ()


def _between(text: str, starts: list[tuple[int, int]]) -> list[str]:
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return [text[first:end] for (_, first), end in zip(starts, ends, strict=True)]


def _after_colon(text: str, words: Words) -> list[str]:
    """Points without bullets: «…актов: приказ …; положение …» – parted by semicolons or a line each."""
    found = re.search(r":\s+(?=[^:]*;)", text)
    if not found or text[: found.end()].count("(") != text[: found.end()].count(")"):
        return []
    rest = text[found.end() :]
    return [rest] if len(_by_semicolon(rest)) > 1 else []


def _by_semicolon(piece: str) -> list[str]:
    """Parts between semicolons, those inside brackets left alone."""
    parts, deep, last = [], 0, 0
    for place, letter in enumerate(piece):
        if letter in "(«":
            deep += 1
        elif letter in ")»":
            deep = max(0, deep - 1)
        elif letter == ";" and deep == 0:
            parts.append(piece[last:place])
            last = place + 1
    return [*parts, piece[last:]]


def _plain(part: str, words: Words) -> str:
    return fold(part, words).strip(" ;").rstrip(".").strip()


def stage_points(text: str) -> Points:
    """The items that a stage's cell holds: «1. … 2. …» or a bullet each; words before them are its lead-in.

    Without points the whole cell is one item without a number.
    """
    numbered = _sequence(text)
    if numbered:
        bodies = _between(text, [(start, end) for _, start, end in numbered])
        points = tuple((number, body.strip()) for (number, _, _), body in zip(numbered, bodies, strict=True))
        return Points(text[: numbered[0][1]].strip(), points)
    bullets = [(found.start(), found.end()) for found in _LINE_BULLET.finditer(text)]
    if len(bullets) > 1:
        return Points(text[: bullets[0][0]].strip(), tuple((None, body.strip()) for body in _between(text, bullets)))
    return Points("", ((None, text.strip()),))


def _sequence(text: str) -> list[tuple[str, int, int]]:
    """Numbers that count 1, 2, 3 … : (number, where it begins, where its text begins); empty without a second one."""
    found: list[tuple[str, int, int]] = []
    for match in _NUMBERED.finditer(text):
        if int(match[1]) == len(found) + 1:
            found.append((match[1], match.start(), match.end()))
    alone = len(found) == 1 and found[0][1] == 0
    return found if len(found) > 1 or alone else []
