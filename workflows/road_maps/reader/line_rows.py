"""Plans in plain lines of text, as a PDF gives them: no tabs, no borders, only numbers in front and one line of headings.

The cells of an item follow each other: what is done, when, who. Where one ends and the next begins is told by what the
words look like; a line's beginning is the likelier place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from workflows.road_maps.reader.folding import fold
from workflows.road_maps.reader.header_row import (
    DEADLINE,
    NOTE,
    NUMBER,
    RESPONSIBLE,
    TEXT,
    Header,
    header_of_titles,
    meaning_of,
)  # fmt: skip
from workflows.road_maps.reader.likeness import (
    begins_deadline,
    begins_post,
    looks_like_deadline,
    names_post,
    speaks_of_post,
)  # fmt: skip
from workflows.road_maps.reader.numbering import depth, leading_number, section_number
from workflows.road_maps.reader.source import Cell, Line, Row, Table

Block = Line | Table
_Look = Callable[[str], bool]
_Whole = _Look | None
_MOST_HEADER_LINES = 5
_CAPITAL = re.compile(r"(?<=\s)(?=[А-ЯЁ№])")
PAGE = re.compile(r"(?:стр(?:аница|\.)?\s*)?[-–—]?\s*\d{1,3}\s*[-–—]?(?:\s*из\s*\d+)?", re.I)
_BARE_NUMBER = re.compile(r"\s*(\d{1,2})\s+(?=[А-ЯЁ«])")
_WORD_AFTER = re.compile(r"(?<=\s)«?[А-ЯЁ][а-яё]+")
_NAME_BEFORE = re.compile(r"(?:[А-ЯЁ]\.\s?|[-–—]\s|\b(?:имени|им\.)\s)$")
_LONGEST_CELL = 300
"""Signs of a time or of who answers, at most."""
_FARTHEST = 2500
"""Signs before the end of an item within which its time and person are looked for."""
_HANGING = re.compile(r"(?:\b(?:до|с|со|по|к|в|на|от|за|не|и)|[-–—,])\s*$", re.I)
_TAIL = re.compile(r"(?:исп(?:олнитель)?\b[.:]|тел\b|М\.?\s?П\.|_{3,}|приложение\s*(?:№|\d)|примечани[ея]:|\*)", re.I)


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Lines of a section or item: from the line with its number up to the next one."""

    number: str | None
    lines: tuple[Line, ...]
    is_section: bool


def with_line_tables(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, the first run of lines that is a plan replaced by its table. Tables in the source are left alone."""
    lines = [block for block in blocks if isinstance(block, Line)]
    if len(lines) != len(blocks):
        return list(blocks)
    found = _header(lines)
    if found is None:
        return list(blocks)
    header, first, end = found
    parts, tail = _parts(lines[end:], header)
    if sum(not part.is_section for part in parts) < 2:
        return list(blocks)
    place = lines[first].place
    rows = [_row([(title, place) for title in header.titles], place)]
    for part in parts:
        rows.extend(_rows(part, header))
    return [*lines[:first], Table(tuple(rows), len(header.titles), place), *tail]


def _row(cells: Sequence[tuple[str, str]], place: str) -> Row:
    return Row(tuple(Cell(text, where, column) for column, (text, where) in enumerate(cells)), place)


# The headings


def _header(lines: Sequence[Line]) -> tuple[Header, int, int] | None:
    """The headings, their first line and the line after them."""
    filled = [place for place, line in enumerate(lines) if line.text.strip()]
    for many in range(1, _MOST_HEADER_LINES + 1):  # one line is the likeliest
        for at, first in enumerate(filled[: len(filled) - many]):
            places = filled[at : at + many]
            if any(len(lines[place].text) > 200 for place in places):
                continue
            header = header_in_line(" ".join(lines[place].text.strip() for place in places))
            if header and _numbers_follow(lines, filled[at + many : at + many + 3]):
                return header, first, places[-1] + 1
    return None


def _numbers_follow(lines: Sequence[Line], places: Sequence[int]) -> bool:
    return any(_number(lines[place].text) is not None for place in places)


def header_in_line(text: str) -> Header | None:
    """Headings one after another in a line: «№ Мероприятие Сроки Ответственные». A new one begins with a capital letter."""
    names: list[tuple[str, str | None]] = []
    for part in _CAPITAL.split(" ".join(text.split())):
        part = part.strip()
        if not part:
            continue
        meaning = meaning_of(part)
        if names and (meaning is None or meaning == names[-1][1] or names[-1][1] is None):
            before, known = names.pop()
            names.append((f"{before} {part}", known or meaning))
        else:
            names.append((part, meaning))
    if any(len(name.split()) > 6 for name, _ in names):
        return None
    header = header_of_titles([name for name, _ in names])
    if header is None or TEXT not in header.meanings or NOTE in header.meanings:
        return None
    order = [meaning for meaning in header.meanings if meaning in (TEXT, DEADLINE, RESPONSIBLE)]
    return (
        header if len(order) >= 2 and order[0] == TEXT and len(set(header.meanings)) == len(header.meanings) else None
    )


# Sections and items


def _number(text: str) -> str | None:
    number, _ = leading_number(text.strip())
    return number or section_number(text)[0]


def _parts(lines: Sequence[Line], header: Header) -> tuple[list[_Numbered], list[Line]]:
    """Sections and items in order, and the lines after the last cell."""
    numbers = [_number(line.text) for line in lines]
    for place, line in enumerate(lines):
        bare = _BARE_NUMBER.match(line.text)
        if bare and numbers[place] is None and next((n for n in numbers[place + 1 :] if n), None) == f"{bare[1]}.1":
            numbers[place] = bare[1]
    deep = any(depth(number) > 1 for number in numbers)
    parts: list[_Numbered] = []
    held: list[Line] = []
    number: str | None = None
    last: str | None = None
    for line, own in zip(lines, numbers, strict=True):
        if own is not None and _follows(own, last, deep):
            parts.extend(_part(number, held, deep))
            number, held, last = own, [line], own
        else:
            held.append(line)
    tail_at = _tail_at(held)
    parts.extend(_part(number, held[:tail_at], deep))
    return parts, list(held[tail_at:])


def _part(number: str | None, lines: Sequence[Line], deep: bool) -> Iterator[_Numbered]:
    if any(line.text.strip() for line in lines):
        yield _Numbered(number, tuple(lines), deep and depth(number) == 1)


def _follows(number: str, last: str | None, deep: bool) -> bool:
    """Whether a number goes on after the last one: «1. Приказ» inside item 2.3 begins no section."""
    if last is None or not number[0].isdigit() or not last[0].isdigit():
        return True
    mine, before = [int(part) for part in number.split(".")], [int(part) for part in last.split(".")]
    if len(mine) == 1 and deep:
        return mine[0] == before[0] + 1
    if len(mine) == 1:
        return mine[0] == before[0] + 1 or mine[0] == 1
    return mine > before and mine[0] - before[0] <= 1


def _tail_at(lines: Sequence[Line]) -> int:
    """Where the last item ends and signatures begin."""
    blanks = sum(not line.text.strip() for line in lines)
    for place, line in enumerate(lines):
        text = line.text.strip()
        if not text or place == 0:
            continue
        after_gap = blanks * 3 <= len(lines) + 2 and not lines[place - 1].text.strip()
        if _TAIL.match(text) or (
            after_gap and place > 1 and text[:1].isupper() and not begins_post(text) and not begins_deadline(text)
        ):
            return place
    return len(lines)


# Cells


def _rows(part: _Numbered, header: Header) -> Iterator[Row]:
    aside, kept = _without_page_ends(part.lines, header)
    first = kept[0] if kept else part.lines[0]
    numbered = part.number is not None
    text = "\n".join(line.text.strip() for line in kept if line.text.strip())
    if numbered and text:
        number, rest = leading_number(text)
        bare = _BARE_NUMBER.match(text)
        text = rest if number else text[bare.end() :] if bare and bare[1] == part.number else text
    if text:
        cells = {NUMBER: part.number or "", TEXT: text}
        if not part.is_section and numbered:
            cells |= _split(text, [meaning for meaning in header.meanings if meaning not in (NUMBER, TEXT)])
        yield _row_of(cells, header, first.place, short=part.is_section or not numbered)
    for line in aside:
        yield _row([(line.text, line.place)], line.place)


def _row_of(cells: dict[str, str], header: Header, place: str, *, short: bool) -> Row:
    if NUMBER not in header.meanings and cells[NUMBER]:
        cells[TEXT] = f"{cells[NUMBER]}. {cells[TEXT]}"
    meanings = [meaning for meaning in header.meanings if not short or meaning in (NUMBER, TEXT)]
    return _row([(cells.get(meaning, ""), place) for meaning in meanings], place)


def _without_page_ends(lines: Sequence[Line], header: Header) -> tuple[list[Line], list[Line]]:
    """Page numbers and headings that a page repeats, and the other lines."""
    aside: list[Line] = []
    kept: list[Line] = []
    for line in lines:
        text = line.text.strip()
        again = header_in_line(text) if text else None
        repeated = again is not None and again.meanings == header.meanings
        (aside if text and (repeated or (PAGE.fullmatch(text) and line is not lines[0])) else kept).append(line)
    return aside, kept


def _split(text: str, columns: Sequence[str]) -> dict[str, str]:
    """The item's text, deadline and responsible out of one run of lines; what can't be told apart stays in the text."""
    order = [meaning for meaning in columns if meaning in (DEADLINE, RESPONSIBLE)]
    least = len(text) - _FARTHEST
    starts = [0, *(place.end() for place in re.finditer(r"\s+|(?<=\S)(?=«)", text) if place.end() > least)]
    if order == [DEADLINE, RESPONSIBLE]:
        best = max(_ways(text, starts, begins_deadline, begins_post, looks_like_deadline, None), default=None)
    elif order == [RESPONSIBLE, DEADLINE]:
        best = max(_ways(text, starts, begins_post, begins_deadline, None, looks_like_deadline), default=None)
    else:
        best = None
    if best is not None:
        _, _, first, second = best
        rest = _without_result(text[-second:], columns, order[1])
        return {TEXT: text[:-first].strip(), order[0]: text[-first:-second].strip(), **rest}
    return _one_cell(text, starts, order)


def _ways(
    text: str,
    starts: Sequence[int],
    begins_first: _Look,
    begins_second: _Look,
    whole_first: _Whole,
    whole_second: _Whole,
) -> Iterator[tuple[int, int, int, int]]:
    """Ways to part a text in three: the better ones are greater. Places are counted from the end."""
    seconds = [second for second in starts if begins_second(text[second:])]
    for first in starts:
        if first == 0 or not begins_first(text[first:]):
            continue
        for second in seconds:
            if second <= first:
                continue
            if second - first > _LONGEST_CELL:
                break
            middle, last = text[first:second].strip(), text[second:].strip()
            if whole_first and (not whole_first(fold(middle)) or speaks_of_post(middle)):
                continue
            if whole_second and not whole_second(fold(last)):
                continue
            good = 2 * _at_line(text, first) + _at_line(text, second) + text[first].isupper() + 2 * names_post(last)
            good -= 4 * bool(_HANGING.search(text[max(0, first - 20) : first]))
            yield good, len(text) - first, len(text) - first, len(text) - second


def _at_line(text: str, place: int) -> int:
    return int("\n" in text[:place][len(text[:place].rstrip()) :])


def _one_cell(text: str, starts: Sequence[int], order: Sequence[str]) -> dict[str, str]:
    """Only a time or only a person after the text."""
    for meaning, begins, whole in ((DEADLINE, begins_deadline, looks_like_deadline), (RESPONSIBLE, begins_post, None)):
        if meaning not in order:
            continue
        for start in starts:
            fits = start and begins(text[start:]) and (whole is None or whole(fold(text[start:])))
            fits = (
                fits
                and (_at_line(text, start) or len(order) == 1)
                and not _HANGING.search(text[max(0, start - 20) : start])
            )
            if fits and not (meaning == RESPONSIBLE and len(text[start:].split()) > 12):
                return {TEXT: text[:start].strip(), meaning: text[start:].strip()}
    return {TEXT: text}


def _without_result(text: str, columns: Sequence[str], meaning: str) -> dict[str, str]:
    """The last cell, parted from a result that may follow: that begins with a capital letter and is no post and no name."""
    after = [column for column in columns if column not in (DEADLINE, RESPONSIBLE)]
    text = text.strip()
    if after:
        for word in _WORD_AFTER.finditer(text):
            before, rest = text[: word.start()], text[word.start() :]
            if not begins_post(rest) and not _NAME_BEFORE.search(before):
                return {meaning: before.strip(), after[0]: rest.strip()}
    return {meaning: text}
