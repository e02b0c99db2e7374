"""Rows of a plan by meaning: each cell under its heading, repeated headers and counted columns put aside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workflows.road_maps.reader.folding import fold, key
from workflows.road_maps.reader.header_row import (
    DEADLINE,
    NOTE,
    NUMBER,
    RESPONSIBLE,
    RESULT,
    SECTION,
    TEXT,
    Header,
    columns_numbered,
    header_of,
    joined_rows,
)  # fmt: skip
from workflows.road_maps.reader.line_rows import PAGE, header_in_line
from workflows.road_maps.reader.numbering import leading_number, number_alone, section_number
from workflows.road_maps.reader.reading import Leftover
from workflows.road_maps.reader.source import Cell, Line, Row, Table

JOINED = {DEADLINE: " – ", RESPONSIBLE: ", ", RESULT: "; "}
"""What stands between two columns that mean the same."""


@dataclass(slots=True)
class PlanRow:
    """One row. `texts`: meaning -> the cell as printed, lines kept, "" for an empty one; a cell that is not there has none."""

    place: str
    texts: dict[str, str]
    places: dict[str, str]
    above: frozenset[str] = frozenset()
    """Meanings whose cell is merged with the one above."""
    spans: bool = False
    """One cell covers the text's column and more."""
    notes: list[tuple[str, str]] = field(default_factory=list)

    def own(self, meaning: str) -> str:
        """The text that stands in this row itself: not one merged from above."""
        return "" if meaning in self.above else self.texts.get(meaning, "")

    @property
    def filled(self) -> set[str]:
        """Meanings with a text of their own."""
        return {meaning for meaning in self.texts if self.own(meaning).strip()}


@dataclass(slots=True)
class PlanTable:
    """Rows of a plan under one header."""

    header: Header
    rows: list[PlanRow]
    heading: Line | None = None
    """The line over the table that names a section: «Раздел 2. Работа пар»."""
    over: Line | None = None
    """The last line before the table, whatever it says."""

    @property
    def merges_down(self) -> bool:
        """Whether some cell here is merged with the one above: then an empty one is just empty."""
        return any(row.above - {SECTION} for row in self.rows)


@dataclass(slots=True)
class Sorted:
    """A source by use: what stands before the plan, the plan, what stands after or between, what was put aside."""

    before: list[Line] = field(default_factory=list)
    tables: list[PlanTable] = field(default_factory=list)
    after: list[Line] = field(default_factory=list)
    set_aside: list[Leftover] = field(default_factory=list)


def sort_blocks(blocks: Iterable[Line | Table]) -> Sorted:
    """Tables that are plans as rows, everything else as lines in order."""
    found = Sorted()
    for block in blocks:
        if isinstance(block, Line):
            (found.after if found.tables else found.before).append(block)
        elif not _take(block, found):
            (found.after if found.tables else found.before).extend(_lines_of(block.rows))
    _name_sections(found)
    return found


def _name_sections(found: Sorted) -> None:
    """Lines right over the tables of a plan that keeps each section in a table of its own are the sections' titles."""
    later = [table for table in found.tables[1:] if table.over is not None and table.rows]
    if not later:
        return
    for table in later:
        if table.over is not None and table.over in found.after and _is_heading(table.over):
            table.heading = table.over
            found.after.remove(table.over)
    first = found.tables[0]
    filled = [line for line in found.before if line.text.strip()]
    named = any(table.heading for table in later)
    if named and len(filled) > 1 and first.over is filled[-1] and section_number(filled[-1].text)[0]:
        first.heading = filled[-1]
        found.before.remove(filled[-1])


def _is_heading(line: Line) -> bool:
    text = fold(line.text)
    numbered = section_number(text)[0] or leading_number(text)[0]
    return bool(numbered or line.is_heading or text.isupper()) and len(text.split()) <= 25 and not text.endswith(";")


def _take(table: Table, found: Sorted) -> bool:
    """Take a table for the plan or for its continuation; False for any other table."""
    at, header, rows = _header(table)
    if header is None:
        if not found.tables or not _continues(table, found.tables[-1]):
            return False
        header, at, rows = found.tables[-1].header, 0, 0
    elif found.tables:
        found.set_aside.extend(
            Leftover(row.place, _row_text(row), "repeated_header") for row in table.rows[at : at + rows]
        )
    lines = _lines_of(table.rows[:at])
    (found.after if found.tables else found.before).extend(lines)
    over = next((line for line in reversed(found.after if found.tables else found.before) if line.text.strip()), None)
    made = PlanTable(header, [], over=over if not lines else None)
    found.tables.append(made)
    for row in table.rows[at + rows :]:
        again = _other_header(row, made.header)
        if again is not None:
            found.set_aside.append(Leftover(row.place, _row_text(row), "repeated_header"))
            made = PlanTable(again, [])
            found.tables.append(made)
            continue
        why = _set_aside(row, made.header)
        if why:
            found.set_aside.append(Leftover(row.place, _row_text(row), why))
        elif any(cell.text.strip() for cell in row.cells):
            made.rows.append(_plan_row(row, made.header))
    return True


def _header(table: Table) -> tuple[int, Header | None, int]:
    """Row of the header, the header, and how many rows it takes."""
    for at, row in enumerate(table.rows[:40]):
        header = header_of(row)
        if at + 1 < len(table.rows) and (double := joined_rows(row, table.rows[at + 1])) is not None and double.is_plan:
            return at, double, 2
        if header is not None and header.is_plan:
            return at, header, 1
    return 0, None, 0


def _other_header(row: Row, header: Header) -> Header | None:
    """A new header in the middle of a table (a sheet may hold several); a row of data must not pass for one."""
    again = header_of(row)
    if again is None or not again.is_plan or header.repeats(again.titles):
        return None
    mine = {key(title) for title in header.titles}
    shared = sum(key(title) in mine for title in again.titles)
    return again if shared >= 2 or (again.has(NUMBER) and header.has(NUMBER) and NOTE not in again.meanings) else None


def _continues(table: Table, plan: PlanTable) -> bool:
    """Whether a table without a header goes on with the plan: after a page break Word may have begun a new one."""
    width = max(first + columns for first, columns in plan.header.spans)
    widths = [len(row.cells) for row in table.rows]
    if table.columns != width or not table.rows:
        return False
    speaking = [row for row in table.rows if len(row.cells) > 1]
    numbered = sum(number_alone(row.cells[0].text) is not None for row in speaking)
    return max(widths) == width and (NUMBER not in plan.header.meanings or numbered * 2 >= len(speaking))


def _set_aside(row: Row, header: Header) -> str:
    texts = [fold(cell.text) for cell in row.cells]
    filled = [text for text in texts if text]
    if header.repeats(filled) or (row.repeats_header and len(filled) > 1):
        return "repeated_header"
    if columns_numbered(filled) and len(filled) >= min(2, len(header.titles)):
        return "column_numbers"
    if len(filled) == 1:
        again = header_in_line(filled[0])
        if again is not None and again.meanings == header.meanings:
            return "repeated_header"
        if PAGE.fullmatch(filled[0]) and len(row.cells) == 1:
            return "page_number"
    return ""


def _row_text(row: Row) -> str:
    return " | ".join(text for cell in row.cells if (text := fold(cell.text)) and not cell.continues_above)


def _lines_of(rows: Sequence[Row]) -> list[Line]:
    """Cells of a table that is no plan (stamps side by side, a row over the header) as lines, cell after cell."""
    columns: dict[int, list[Cell]] = {}
    for row in rows:
        for cell in row.cells:
            if cell.text.strip() and not cell.continues_above:
                columns.setdefault(cell.column, []).append(cell)
    # a stamp runs down its column
    cells = (
        [cell for column in sorted(columns) for cell in columns[column]]
        if len(rows) > 1
        else [cell for row in rows for cell in row.cells if cell.text.strip()]
    )
    return [Line(text, cell.place) for cell in cells for text in (*cell.text.split("\n"), "")]


def _plan_row(row: Row, header: Header) -> PlanRow:
    made = PlanRow(row.place, {}, {})
    above: set[str] = set()
    written: set[str] = set()
    for cell in row.cells:
        meaning = header.meaning_at(cell.column)
        covers = {header.meaning_at(column) for column in range(cell.column, cell.column + cell.columns)}
        if TEXT in covers and len(covers) > 1 and covers - {NUMBER, TEXT}:
            made.spans, meaning = True, TEXT
        elif len(covers - {NOTE}) > 2 or (SECTION in covers and len(covers) > 1):
            made.spans, meaning = True, TEXT
        elif TEXT in covers:
            meaning = TEXT
        if meaning == NOTE:
            _note(made, cell, header)
            continue
        if cell.continues_above:
            above.add(meaning)
        elif cell.text.strip():
            written.add(meaning)
        _put(made, meaning, cell)
    made.above = frozenset(above - written)
    return made


def _note(made: PlanRow, cell: Cell, header: Header) -> None:
    text = fold(cell.text)
    if text:
        made.notes.append((header.title_at(cell.column), text))


def _put(made: PlanRow, meaning: str, cell: Cell) -> None:
    before, text = made.texts.get(meaning, ""), cell.text.strip("\n")
    if before and text.strip() and fold(before) != fold(text):
        text = before + JOINED.get(meaning, " ") + text
    elif before:
        text = before
    made.texts[meaning] = text
    made.places.setdefault(meaning, cell.place)
