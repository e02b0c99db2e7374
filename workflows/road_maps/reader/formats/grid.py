"""A table out of cells that a reader has drawn: merged cells given to every row, hair-thin columns closed, places named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.reader.source import Cell, Row, Table

MOST_ROWS = 10_000
"""Rows of one table; real maps have 15 to 150."""
MOST_COLUMNS = 200
MOST_CELLS = 200_000


@dataclass(slots=True)
class Drawn:
    """A cell before its table is known: columns of the grid from zero; `above` where it belongs to a cell over it."""

    text: str
    column: int
    columns: int = 1
    above: bool = False


@dataclass(slots=True)
class DrawnRow:
    """Cells of one row; `place` is its own name where «строка N» counted from one is not what a person sees."""

    cells: list[Drawn] = field(default_factory=list)
    header: bool = False
    place: str = ""


def too_many_rows() -> UnreadableFile:
    """More rows or columns than a road map can have."""
    return UnreadableFile(
        "too_many_rows",
        f"В таблице больше {MOST_ROWS // 1000}\N{NO-BREAK SPACE}000 строк или {MOST_COLUMNS} столбцов, это не дорожная карта: "
        "оставьте в файле только таблицу плана и загрузите его снова.",
    )


class Spans:
    """Lays cells with row and column spans side by side, as a browser does."""

    def __init__(self) -> None:
        self.rows: list[DrawnRow] = []
        self._hanging: dict[int, tuple[Drawn, int]] = {}
        self._cells = 0

    def add(self, cells: Iterable[tuple[str, int, int]], header: bool = False, place: str = "") -> None:
        """One row of (text, columns, rows). Raises UnreadableFile where the table outgrows its bounds."""
        row = DrawnRow(header=header, place=place)
        hanging, self._hanging = self._hanging, {}
        column = self._cover(row, hanging, 0)
        for text, columns, rows in cells:
            columns = max(1, min(columns, MOST_COLUMNS))
            drawn = Drawn(text, column, columns)
            row.cells.append(drawn)
            if rows > 1:
                self._hanging[column] = (drawn, rows - 1)
            column = self._cover(row, hanging, column + columns)
            if column > MOST_COLUMNS * 2:
                raise too_many_rows()
        for start in sorted(hanging):  # right of the last cell
            self._repeat(row, *hanging[start])
        self.rows.append(row)
        self._cells += len(row.cells)
        if len(self.rows) > MOST_ROWS or self._cells > MOST_CELLS:
            raise too_many_rows()

    def _cover(self, row: DrawnRow, hanging: dict[int, tuple[Drawn, int]], column: int) -> int:
        while column in hanging:
            drawn, left = hanging.pop(column)
            self._repeat(row, drawn, left)
            column += drawn.columns
        return column

    def _repeat(self, row: DrawnRow, drawn: Drawn, left: int) -> None:
        row.cells.append(Drawn(drawn.text, drawn.column, drawn.columns, above=True))
        if left > 1:
            self._hanging[drawn.column] = (drawn, left - 1)


def table_of(rows: Sequence[DrawnRow], place: str, widths: Sequence[float] = (), thin: float = 0) -> Table | None:
    """The table, None where it has no text at all.

    `widths` of the grid's columns in any unit: columns narrower than `thin`, which appear where a border was drawn a
    millimetre off, are closed unless a cell with text stands in one alone.
    """
    if len(rows) > MOST_ROWS or sum(len(row.cells) for row in rows) > MOST_CELLS:
        raise too_many_rows()
    edge = _edges(rows, widths, thin)
    made = []
    for number, row in enumerate(rows, 1):
        row_place = row.place or f"{place}, строка {number}"
        cells = []
        for drawn in sorted(row.cells, key=lambda cell: cell.column):
            first, end = edge[drawn.column], edge[drawn.column + drawn.columns]
            if first < end:
                cells.append(Cell(drawn.text, f"{row_place}, столбец {first + 1}", first, end - first, drawn.above))
        made.append(Row(tuple(cells), row_place, row.header))
    if not any(cell.text for row in made for cell in row.cells):
        return None
    return Table(tuple(made), max(edge.values()), place)


def _edges(rows: Sequence[DrawnRow], widths: Sequence[float], thin: float) -> dict[int, int]:
    """Each border of the drawn grid that a cell uses -> border of the new grid; borders of no cell vanish."""
    cells = [cell for row in rows for cell in row.cells]
    used = sorted({0} | {cell.column for cell in cells} | {cell.column + cell.columns for cell in cells})
    offsets = [0.0, *accumulate(widths)]
    if len(offsets) <= used[-1]:
        offsets, thin = [float(place) for place in range(used[-1] + 1)], 0
    needed = {
        cell.column + cell.columns
        for cell in cells
        if cell.text and offsets[cell.column + cell.columns] - offsets[cell.column] < thin
    }
    edge, anchor = {0: 0}, 0.0
    last = 0
    for border in used[1:]:
        if border in needed or offsets[border] - anchor >= thin:
            last, anchor = last + 1, offsets[border]
        edge[border] = last
    return edge
