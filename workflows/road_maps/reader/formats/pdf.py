"""PDF with a text layer: tables that are ruled with lines, all else as lines in reading order.

A table that goes on over a page is one table; columns are taken from all its pages together.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from workflows.road_maps.reader.formats.characters import clean
from workflows.road_maps.reader.formats.grid import MOST_CELLS, Drawn, DrawnRow, table_of, too_many_rows
from workflows.road_maps.reader.refusal import UnreadableFile, damaged, encrypted, too_large, without_text
from workflows.road_maps.reader.source import Line, Source, Table

LARGEST = 30_000_000
MOST_PAGES = 150
"""Pages; real maps have 3 to 30."""
TOLERANCE = 3.0
"""Points by which two drawn borders may differ and still be one."""
_UNKNOWN = re.compile(r"\(cid:\d+\)")
"""What pdfminer writes for a letter without a code."""
_STAMP = re.compile(r"утвержд|согласов|принят|рассмотр", re.I)
_STAMP_LINES = 10
_STAMP_GAP = 36.0

# It tells of every oddity of a file; whoever gave the file can't do anything about them.
logging.getLogger("pdfminer").setLevel(logging.CRITICAL)


@dataclass(slots=True)
class _Word:
    text: str
    left: float
    right: float
    top: float
    bottom: float


@dataclass(slots=True)
class _Frame:
    """A cell as drawn on a page, with the words in it."""

    left: float
    top: float
    right: float
    bottom: float
    words: list[_Word] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    """What of a table stands on one page."""

    page: int
    frames: list[_Frame]

    @property
    def left(self) -> float:
        return min(frame.left for frame in self.frames)

    @property
    def right(self) -> float:
        return max(frame.right for frame in self.frames)

    @property
    def top(self) -> float:
        return min(frame.top for frame in self.frames)


@dataclass(slots=True)
class _Ruled:
    """A table over one page or more."""

    parts: list[_Part]


_Block = Line | _Ruled


def read(content: bytes) -> Source:
    """Lines «страница P, строка N» and tables «таблица N»; lone page numbers are left out. Raises UnreadableFile."""
    if len(content) > LARGEST:
        raise too_large()
    try:
        pages, pictures = _pages(content)
    except (UnreadableFile, MemoryError, RecursionError):
        raise
    except PdfminerException as exc:
        if exc.args and isinstance(exc.args[0], PDFPasswordIncorrect):
            raise encrypted() from exc
        raise damaged("PDF") from exc
    except Exception as exc:  # what a broken file makes of pdfminer can't be listed
        raise damaged("PDF") from exc
    if not pages:
        raise damaged("PDF")
    blocks = _joined(_without_running_heads(pages))
    text = "".join(block.text for block in blocks if isinstance(block, Line))
    text += "".join(
        cell.text for block in blocks if isinstance(block, Table) for row in block.rows for cell in row.cells
    )
    if len(re.findall(r"\w", _UNKNOWN.sub("", text))) < 8 * len(_UNKNOWN.findall(text)):
        raise UnreadableFile(
            "no_letters", "В этом PDF буквы без кодировки, прочитать их нельзя: загрузите исходный документ Word."
        )
    if not re.search(r"\w", text):
        raise _only_pictures() if pictures else without_text()
    return Source("pdf", tuple(blocks))


def _only_pictures() -> UnreadableFile:
    return UnreadableFile(
        "scan",
        "В PDF нет текста, только изображения страниц: распознайте скан программой или загрузите исходный документ Word.",
    )


def _pages(content: bytes) -> tuple[list[list[_Block]], bool]:
    """Blocks of every page in order, and whether there are pictures at all."""
    pages: list[list[_Block]] = []
    pictures, cells = False, 0
    with pdfplumber.open(BytesIO(content)) as pdf:
        if len(pdf.pages) > MOST_PAGES:
            raise UnreadableFile(
                "too_many_pages",
                f"В PDF больше {MOST_PAGES} страниц: сохраните страницы с дорожной картой отдельным файлом и загрузите его.",
            )
        for number, page in enumerate(pdf.pages, 1):
            pictures = pictures or bool(page.images)
            blocks = _page(page, number)
            cells += sum(len(part.frames) for block in blocks if isinstance(block, _Ruled) for part in block.parts)
            if cells > MOST_CELLS:
                raise too_many_rows()
            pages.append(blocks)
            page.close()
    return pages, pictures


def _page(page: Any, number: int) -> list[_Block]:
    words = [
        _Word(clean(word["text"]), word["x0"], word["x1"], word["top"], word["bottom"])
        for word in page.extract_words(x_tolerance_ratio=0.2, y_tolerance=2)
    ]
    parts: list[_Part] = []
    for table in page.find_tables() if page.rects or page.lines or page.curves else ():
        frames = [_Frame(*box) for box in table.cells if box[2] - box[0] > TOLERANCE and box[3] - box[1] > TOLERANCE]
        if len({round(frame.left / TOLERANCE) for frame in frames}) > 1:
            parts.append(_Part(number, frames))
    free = [word for word in words if not _placed(word, parts)]
    drawn = [part for part in parts if any(frame.words for frame in part.frames)]
    blocks: list[tuple[float, _Block]] = [(part.top, _Ruled([part])) for part in drawn]
    blocks += [
        (top, Line(text, f"страница {number}, строка {at}"))
        for at, (top, text) in enumerate(_lines(free, first=number == 1), 1)
    ]
    return [block for _top, block in sorted(blocks, key=lambda item: item[0])]


def _placed(word: _Word, parts: list[_Part]) -> bool:
    """Put a word into the cell in which its middle stands."""
    across, down = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    for part in parts:
        for frame in part.frames:
            if frame.left <= across <= frame.right and frame.top <= down <= frame.bottom:
                frame.words.append(word)
                return True
    return False


def _rows_of_words(words: Iterable[_Word]) -> list[list[_Word]]:
    """Words that stand on one line, lines from above, words from the left."""
    rows: list[list[_Word]] = []
    for word in sorted(words, key=lambda word: (word.top + word.bottom) / 2):
        if rows:
            last = rows[-1][-1]
            if abs((word.top + word.bottom) - (last.top + last.bottom)) / 2 < 0.5 * min(
                word.bottom - word.top, last.bottom - last.top
            ):
                rows[-1].append(word)
                continue
        rows.append([word])
    return [sorted(row, key=lambda word: word.left) for row in rows]


def _text(words: Iterable[_Word]) -> str:
    return " ".join(word.text for word in words)


def _lines(words: list[_Word], *, first: bool) -> list[tuple[float, str]]:
    """(top, text) of every line; stamps side by side at the head of the first page are read one after the other."""
    rows = _rows_of_words(words)
    halves = [_halves(row) for row in rows]
    lines: list[tuple[float, str]] = []
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and halves[end] and end - at < _STAMP_LINES:
            end += 1
        block = [half for half in halves[at:end] if half]
        if first and len(block) > 1 and _STAMP.search(_text(rows[at])):
            top = rows[at][0].top
            lines += [(top, _text(left)) for left, _right in block] + [(top, _text(right)) for _left, right in block]
            at = end
            continue
        lines.append((rows[at][0].top, _text(rows[at])))
        at += 1
    return lines


def _halves(row: list[_Word]) -> tuple[list[_Word], list[_Word]] | None:
    """The two sides of a line with one wide gap."""
    gaps = [at for at in range(1, len(row)) if row[at].left - row[at - 1].right > _STAMP_GAP]
    return (row[: gaps[0]], row[gaps[0] :]) if len(gaps) == 1 else None


# -- over the pages ---------------------------------------------------------------------------------------------------


def _without_running_heads(pages: list[list[_Block]]) -> list[list[_Block]]:
    """Pages without their numbers; a line that begins or ends three pages or more stays on the first of them only."""
    ends = Counter(
        (block.text, at) for page in pages for at in (0, -1) for block in page[at:][:1] if isinstance(block, Line)
    )
    seen: set[tuple[str, int]] = set()
    for number, page in enumerate(pages, 1):
        for at in (-1, 0):
            block = page[at] if page else None
            if not isinstance(block, Line):
                continue
            key = (block.text, at)
            alone = re.fullmatch(rf"[-–— ]*(стр(аница|\.)? *)?{number}( из \d+)?[-–— .]*", block.text, re.I)
            if alone or (ends[key] > 2 and key in seen):
                del page[at]
            seen.add(key)
    return pages


def _joined(pages: list[list[_Block]]) -> list[Line | Table]:
    """All blocks in order, tables that go on over a page as one."""
    flat: list[_Block] = []
    for page in pages:
        for at, block in enumerate(page):
            last = flat[-1] if flat else None
            if at == 0 and isinstance(block, _Ruled) and isinstance(last, _Ruled) and _goes_on(last, block):
                last.parts += block.parts
            else:
                flat.append(block)
    blocks: list[Line | Table] = []
    tables = 0
    for block in flat:
        if isinstance(block, Line):
            blocks.append(block)
            continue
        tables += 1
        if (made := _table(block, f"таблица {tables}")) is not None:
            blocks.append(made)
    return blocks


def _goes_on(table: _Ruled, then: _Ruled) -> bool:
    """Whether a table at the head of a page is the same as the one at the foot of the page before."""
    last, part = table.parts[-1], then.parts[0]
    if part.page != last.page + 1:
        return False
    if abs(last.left - part.left) > 2 * TOLERANCE or abs(last.right - part.right) > 2 * TOLERANCE:
        return False
    old = _borders(side for each in table.parts for frame in each.frames for side in (frame.left, frame.right))
    new = _borders(side for frame in part.frames for side in (frame.left, frame.right))
    return all(any(abs(border - other) < 2 * TOLERANCE for other in old) for border in new) or len(old) == len(new)


def _borders(sides: Iterable[float]) -> list[float]:
    """Positions of borders, each once."""
    borders: list[float] = []
    for side in sorted(sides):
        if not borders or side - borders[-1] > TOLERANCE:
            borders.append(side)
    return borders


def _nearest(borders: Sequence[float], side: float) -> int:
    return min(range(len(borders)), key=lambda at: abs(borders[at] - side))


def _table(table: _Ruled, place: str) -> Table | None:
    across = _borders(side for part in table.parts for frame in part.frames for side in (frame.left, frame.right))
    rows: list[DrawnRow] = []
    for part in table.parts:
        down = _borders(side for frame in part.frames for side in (frame.top, frame.bottom))
        on_page = [DrawnRow(place=f"страница {part.page}, {place}, строка {at + 1}") for at in range(len(down) - 1)]
        for frame in part.frames:
            first, end = _nearest(across, frame.left), _nearest(across, frame.right)
            top, bottom = _nearest(down, frame.top), _nearest(down, frame.bottom)
            text = "\n".join(_text(line) for line in _rows_of_words(frame.words))
            for at in range(top, bottom):
                on_page[at].cells.append(Drawn(text, first, max(end - first, 1), above=at > top))
        rows += [row for row in on_page if row.cells]
        if len(rows) > MOST_CELLS:
            raise too_many_rows()
    return table_of(rows, place)
