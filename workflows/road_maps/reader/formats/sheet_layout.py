"""Where a table begins and ends on a sheet, on which title, stamp and table stand in the same cells."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from workflows.road_maps.reader.formats.grid import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Drawn,
    DrawnRow,
    table_of,
    too_many_rows,
)
from workflows.road_maps.reader.source import Line, Table

_NUMBER = re.compile(r"\d{1,3}(\.\d{1,3})*\.?")


@dataclass(slots=True)
class Sheet:
    """Cells with text of a sheet: row -> column -> text, both from zero."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column, from zero."""
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: bool = False


def blocks_of(sheet: Sheet, place: str) -> list[Line | Table]:
    """A table begins at the first row of three cells (two where no row has three); what stands above are lines.

    After a blank row the same table goes on where it keeps to its columns.
    """
    least = 3 if any(len(found) > 2 for found in sheet.rows.values()) else 2
    blocks: list[Line | Table] = []
    tables: list[list[int]] = []

    def close() -> None:
        for rows in tables:
            made = table_of(_drawn(sheet, rows, place), place)
            blocks.extend([made] if made is not None else [])
        tables.clear()

    for run in _runs(sheet):
        first = next((at for at, number in enumerate(run) if len(sheet.rows[number]) >= least), None)
        if tables and _goes_on(sheet, tables[0], run, first is not None):
            tables[0] += run
            continue
        close()
        blocks += _lines(sheet, run[:first], place)
        if first is not None:
            tables.append(run[first:])
    close()
    return blocks


def _goes_on(sheet: Sheet, table: Sequence[int], run: Sequence[int], has_rows: bool) -> bool:
    """Whether rows after a blank one belong to the table above: within its columns, and whole rows or numbered ones."""
    (left, right), (first, last) = _columns(sheet, table), _columns(sheet, run)
    if not left <= first <= last <= right:
        return False
    return has_rows or any(_NUMBER.fullmatch(sheet.rows[number].get(left, "")) for number in run)


def _columns(sheet: Sheet, rows: Sequence[int]) -> tuple[int, int]:
    used = {column for number in rows for column in sheet.rows[number]}
    return min(used), max(used)


def _runs(sheet: Sheet) -> Iterator[list[int]]:
    """Rows that follow each other without a blank one; a row inside of a merged cell is not blank."""
    covered: set[int] = set()
    for top, _left, bottom, _right in sheet.merged:
        if bottom - top < MOST_ROWS and len(covered) < MOST_ROWS * 10:
            covered.update(range(top + 1, bottom + 1))
    run: list[int] = []
    for number in sorted(sheet.rows):
        if run and (number - run[-1] > MOST_ROWS or any(row not in covered for row in range(run[-1] + 1, number))):
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _lines(sheet: Sheet, rows: Sequence[int], place: str) -> Iterator[Line]:
    """Lines of single cells; two stamps side by side are read one after the other."""
    for aside, group in groupby(rows, key=lambda number: len(sheet.rows[number]) > 1):
        found = [
            (column if aside else 0, number, text) for number in group for column, text in sheet.rows[number].items()
        ]
        for _place, number, text in sorted(found, key=lambda item: item[:2]):
            yield Line(text, f"{place}, строка {number + 1}")


def _drawn(sheet: Sheet, rows: Sequence[int], place: str) -> list[DrawnRow]:
    """Rows over the columns in which this table has any text."""
    used = sorted({column for number in rows for column in sheet.rows[number]})
    if len(used) > MOST_COLUMNS or len(used) * len(rows) > MOST_CELLS:
        raise too_many_rows()
    merged = _merged(sheet, rows, used)
    drawn = []
    for number in rows:
        row, at = DrawnRow(place=f"{place}, строка {number + 1}"), 0
        while at < len(used):
            top, left, columns = merged.get((number, at), (number, used[at], 1))
            text = sheet.rows.get(top, {}).get(left, "")
            row.cells.append(Drawn(text, at, columns, above=top < number))
            at += columns
        drawn.append(row)
    return drawn


def _merged(sheet: Sheet, rows: Sequence[int], used: Sequence[int]) -> dict[tuple[int, int], tuple[int, int, int]]:
    """(row, first used column) of every row that a merged cell covers -> its top row, its left column, used columns."""
    merged: dict[tuple[int, int], tuple[int, int, int]] = {}
    for top, left, bottom, right in sheet.merged:
        first, end = bisect_left(used, left), bisect_right(used, right)
        if first == end:
            continue
        for number in rows[bisect_left(rows, top) : bisect_right(rows, bottom)]:
            merged[number, first] = (top, left, end - first)
        if len(merged) > MOST_CELLS:
            raise too_many_rows()
    return merged
