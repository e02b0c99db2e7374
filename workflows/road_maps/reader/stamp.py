"""Stamps over a plan: «УТВЕРЖДАЮ» and «СОГЛАСОВАНО» with the post, the name and the date beneath them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from workflows.road_maps.deadlines import MONTHS
from workflows.road_maps.reader.folding import fold, without_rules
from workflows.road_maps.reader.reading import Approval
from workflows.road_maps.reader.source import Line

_APPROVED = re.compile(r"[«\"'(]?\s*утвержд(?:аю|ено|ена|ён|ен)\b[»\"')]?\s*[:.]?\s*", re.I)
_AGREED = re.compile(
    r"[«\"'(]?\s*(?:согласован[оа]?|принят[оа]?|рассмотрен[оа]?|одобрен[оа]?)\b[»\"')]?\s*[:.]?\s*", re.I
)
_NAME = re.compile(
    r"(?:[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.\s?)?[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?|[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?\s+[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?)"
)
_FULL_NAME = re.compile(r"[А-ЯЁ][а-яё]+\s+[А-ЯЁ][а-яё]+\s+[А-ЯЁ][а-яё]+(?:ич|вна|ична|оглы|кызы)\b")
_MONTH_NAMES = "|".join(name for pair in MONTHS for name in pair)
_DATE = re.compile(
    rf"[«\"“]?\s*(\d{{1,2}})\s*[»\"”]?\s*({_MONTH_NAMES})\s*((?:19|20)\d\d)\s*(?:г\.?|года)?|(\d{{1,2}})\.(\d{{1,2}})\.((?:20)?\d\d)\s*(?:г\.?|года)?",
    re.I,
)
_EMPTY_DATE = re.compile(
    r"[«\"“]\s*_*\s*[»\"”]\s*_+\s*(?:20\s*_*\d{0,2}\s*_*)?\s*(?:г\.?|года)?|^20\d{0,2}\s*г\.?$", re.I
)
_GROUND = re.compile(r"\b(?:приказ\w*|протокол\w*|распоряжени\w*|постановлени\w*)\b(?=.*(?:№|\d))", re.I)
_SEAL = re.compile(r"\bМ\.\s?П\.|\(?подпись\)?|\(?расшифровка\s*подписи\)?|/", re.I)
_TITLE = re.compile(
    r"[«\"*]?\s*(?:типов|примерн|муниципальн\w+ «?(?:дорожн|план)|школьн\w+ дорожн|дорожн|план\b|комплекс|программа\b|положение\b)",
    re.I,
)
_GAP = re.compile(r"\t+|\s{3,}")
_MOST_LINES = 9


@dataclass(frozen=True, slots=True)
class Stamps:
    """The approving stamp, the agreeing ones, and the lines that belong to none."""

    approved_by: Approval | None
    agreed_by: tuple[Approval, ...]
    rest: tuple[Line, ...]


def read_stamps(lines: Sequence[Line]) -> Stamps:
    """Take the stamps out of the lines before a plan; of several approving stamps the first counts, others are agreeing."""
    rest: list[Line] = []
    found: list[tuple[bool, Approval]] = []
    lines = _side_by_side(lines)
    place = 0
    while place < len(lines):
        approves = _APPROVED.match(lines[place].text.strip())
        stamp = approves or _AGREED.match(lines[place].text.strip())
        if stamp is None or _is_sentence(lines[place].text):
            rest.append(lines[place])
            place += 1
            continue
        end = _end(lines, place)
        texts = [lines[place].text.strip()[stamp.end() :], *(line.text for line in lines[place + 1 : end])]
        found.append((bool(approves), read_stamp(texts)))
        place = end
    approved = [stamp for approves, stamp in found if approves]
    agreed = tuple(stamp for approves, stamp in found if not approves) + tuple(approved[1:])
    return Stamps(approved[0] if approved else None, agreed, tuple(rest))


def _is_sentence(text: str) -> bool:
    """«Утверждено положение о …» in prose is no stamp."""
    return len(text.split()) > 25


def _end(lines: Sequence[Line], first: int) -> int:
    """The line after a stamp: it ends with a blank line once the name is there, at the title, at another stamp."""
    named = dated = False
    for place in range(first, min(len(lines), first + _MOST_LINES)):
        text = lines[place].text.strip()
        if place > first and (_TITLE.match(text) or _APPROVED.match(text) or _AGREED.match(text)):
            return place
        if not text and place > first and (named or dated):
            following = next((line.text for line in lines[place + 1 :] if line.text.strip()), "")
            if dated or not _goes_on(following.strip()):
                return place
        if place > first and text and named and dated and not _belongs(text):
            return place
        named = named or bool(_NAME.search(text) or _FULL_NAME.search(text))
        dated = dated or bool(_DATE.search(text) or _EMPTY_DATE.search(text))
    return min(len(lines), first + _MOST_LINES)


def _goes_on(text: str) -> bool:
    """Whether a line after a blank one is the date or the order of the stamp above."""
    return bool(_DATE.match(text) or _EMPTY_DATE.match(text) or _belongs(text))


def _belongs(text: str) -> bool:
    return bool(re.match(r"(?:приказ|протокол|распоряж|№|от\s|М\.\s?П)", text, re.I))


def _side_by_side(lines: Sequence[Line]) -> list[Line]:
    """Two stamps typed beside each other with wide gaps become one under the other."""
    for first, line in enumerate(lines):
        parts = [part for part in _GAP.split(line.text.strip()) if part]
        if len(parts) < 2 or not all(_APPROVED.match(part) or _AGREED.match(part) for part in parts):
            continue
        columns: list[list[Line]] = [[] for _ in parts]
        end = first
        for end in range(first, min(len(lines), first + _MOST_LINES)):
            text = lines[end].text
            if end > first and text.strip() and _TITLE.match(text.strip()):
                break
            pieces = [part for part in _GAP.split(text.strip()) if part]
            margin = text[: len(text) - len(text.lstrip())]
            if len(pieces) == 1 and ("\t" in margin or len(margin) > 20):
                pieces = ["", *pieces]
            for column, piece in zip(columns, pieces, strict=False):
                column.append(Line(piece, lines[end].place))
        else:
            end += 1
        gathered = [part for column in columns for part in (*column, Line("", line.place))]
        return [*lines[:first], *gathered, *lines[end:]]
    return list(lines)


def read_stamp(texts: Sequence[str]) -> Approval:
    """Name, post, date and ground out of the lines under a stamp's word."""
    name: str | None = None
    on: date | None = None
    posts: list[str] = []
    grounds: list[str] = []
    for text in texts:
        text = without_rules(_SEAL.sub(" ", _EMPTY_DATE.sub(" ", text)))
        ground = _GROUND.search(text)
        if ground:
            grounds.append(fold(text[ground.start() :]).strip(" ,;"))
            dated = _DATE.search(text)
            on = on or (date_of(dated) if dated else None)
            text = text[: ground.start()]
        dated = _DATE.search(text)
        if dated and on is None and (on := date_of(dated)):
            text = text[: dated.start()] + " " + text[dated.end() :]
        named = _FULL_NAME.search(text) or _NAME.search(text)
        if named and name is None and not re.search(r"(?:имени|им\.)\s*$", text[: named.start()]):
            name = fold(named[0])
            text = text[: named.start()] + " " + text[named.end() :]
        text = fold(text).strip(" ,;")
        if re.search(r"\w", text):
            posts.append(text)
    return Approval(name, " ".join(posts) or None, on, " ".join(grounds) or None)


def date_of(found: re.Match[str]) -> date | None:
    """The date that `_DATE` found; None for one that is in no calendar."""
    try:
        if found[1]:
            month = next(at for at, pair in enumerate(MONTHS, 1) if found[2].lower() in pair)
            return date(int(found[3]), month, int(found[1]))
        year = int(found[6])
        return date(year + 2000 if year < 100 else year, int(found[5]), int(found[4]))
    except ValueError:
        return None
