"""An uploaded file as printed, a sheet at a time: rows of cells and lines, with the doubtful places marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

SHEET_WEIGHT = 46
"""Lines of text on one sheet, as far as they can be guessed."""
_LINE_LENGTH = 45
CURRENT, DOUBTFUL = "current", "doubtful"


@dataclass(frozen=True, slots=True)
class SourceCell:
    """One cell: its text, how wide it is, whether it only goes on from above; `mark` is "", doubtful or current."""

    text: str
    columns: int
    continues: bool
    place: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a table, or a line outside of tables (then `table` is -1 and there is one cell)."""

    table: int
    cells: tuple[SourceCell, ...]
    place: str
    is_header: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class SourceBlock:
    """What stands together on a sheet: the rows of one table, or lines."""

    is_table: bool
    rows: list[SourceRow] = field(default_factory=list)


class SourcePages:
    """The whole file parted into sheets; knows on which one a place stands. Sheets count from one."""

    def __init__(self, source: Mapping[str, Any] | None, columns: Iterable[str] = ()) -> None:
        self.columns = frozenset(_folded(title) for title in columns)
        self.rows = list(_rows((source or {}).get("blocks", ())))
        self.sheets: list[list[SourceRow]] = [[]]
        weight = 0
        for row in self.rows:
            of_row = _weight(row)
            if weight + of_row > SHEET_WEIGHT and self.sheets[-1]:
                self.sheets.append([])
                weight = 0
            self.sheets[-1].append(row)
            weight += of_row

    @cached_property
    def _sheet_of(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, rows in enumerate(self.sheets, start=1):
            for row in rows:
                for place in (row.place, *(cell.place for cell in row.cells)):
                    found.setdefault(place, number)
        return found

    def sheet_of(self, place: str) -> int | None:
        """The sheet on which a place stands; a cell's place leads to its row where the file has no such cell."""
        while place:
            if place in self._sheet_of:
                return self._sheet_of[place]
            place = place.rpartition(", ")[0]
        return None

    @cached_property
    def _headers(self) -> dict[int, SourceRow]:
        """Table -> the row that names its columns; a sheet in the middle of a table begins with it."""
        found: dict[int, SourceRow] = {}
        for row in self.rows:
            named = sum(_folded(cell.text) in self.columns for cell in row.cells)
            if row.table >= 0 and row.table not in found and 2 * named >= len(row.cells) > 1:
                found[row.table] = SourceRow(row.table, row.cells, row.place, True)
        return found

    def marked(self, number: int, doubtful: Iterable[str], current: str) -> list[SourceBlock]:
        """One sheet with its doubtful places marked."""
        marks = dict.fromkeys(doubtful, DOUBTFUL) | ({current: CURRENT} if current else {})
        blocks: list[SourceBlock] = []
        before: int | None = None
        for row in self.sheets[number - 1]:
            if row.table != before:
                blocks.append(SourceBlock(row.table >= 0))
                before = row.table
                header = self._headers.get(row.table)
                if header and header.place != row.place and header not in self.sheets[number - 1]:
                    blocks[-1].rows.append(header)
            header = self._headers.get(row.table)
            is_header = row.is_header or (header is not None and header.place == row.place)
            blocks[-1].rows.append(_marked(row, marks, is_header=is_header))
        return blocks


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _marked(row: SourceRow, marks: Mapping[str, str], *, is_header: bool) -> SourceRow:
    cells = tuple(
        SourceCell(cell.text, cell.columns, cell.continues, cell.place, marks.get(cell.place, "")) for cell in row.cells
    )
    whole = marks.get(row.place, "")
    if not whole and not any(cell.mark for cell in cells):
        inside = (mark for place, mark in marks.items() if place.startswith(f"{row.place}, "))
        whole = next(inside, "")
    if row.table < 0 and whole:
        cells = tuple(SourceCell(cell.text, 1, False, cell.place, whole) for cell in cells)
    return SourceRow(row.table, cells, row.place, is_header, whole)


def _rows(blocks: Iterable[Any]) -> Iterable[SourceRow]:
    for number, block in enumerate(blocks):
        if isinstance(block, list):
            text, place, is_heading = block
            if text.strip():
                yield SourceRow(-1, (SourceCell(text.strip(), 1, False, place),), place, bool(is_heading))
            continue
        for cells, place, is_header in block["rows"]:
            shown = tuple(
                SourceCell(text.strip(), columns, continues, where)
                for text, where, _column, columns, continues in cells
            )
            yield SourceRow(number, shown, place, bool(is_header))


def _weight(row: SourceRow) -> int:
    share = max(len(row.cells), 1)
    longest = max((len(cell.text) * share // max(cell.columns, 1) for cell in row.cells), default=0)
    return 1 + longest // (_LINE_LENGTH * 3 if row.table >= 0 else _LINE_LENGTH * 2)
