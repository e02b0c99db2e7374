"""Tables in plain text: rows of cells between tabs, or a cell a line. Lines without tabs are left to `line_rows`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workflows.road_maps.reader.folding import fold
from workflows.road_maps.reader.header_row import NUMBER, Header, columns_numbered, header_of, header_of_titles
from workflows.road_maps.reader.numbering import depth, number_alone
from workflows.road_maps.reader.source import Cell, Line, Row, Table

Block = Line | Table
_PIECE = re.compile(r"\S+(?: \S+)*")
LONGEST_HEADER = 12
"""Headings that a plan in cells a line may have."""


@dataclass(slots=True)
class _Typed:
    """A cell while it grows: its lines, where it begins, and whether a blank line stands before it."""

    lines: list[str]
    place: str
    after_blank: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


@dataclass(slots=True)
class _Typing:
    rows: list[list[_Typed]] = field(default_factory=list)


def with_tables(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with tables in place of the lines that draw them."""
    made: list[Block] = []
    run: list[Line] = []
    for block in blocks:
        if isinstance(block, Line):
            run.append(block)
            continue
        made.extend(_of_lines(run, len(made)))
        run = []
        made.append(block)
    made.extend(_of_lines(run, len(made)))
    return made


def _of_lines(lines: Sequence[Line], before: int) -> Iterator[Block]:
    if not lines:
        return
    for finder in (_ruled, _tabbed, _cells_a_line_after_tab, _spaced, _cells_a_line):
        found = finder(lines)
        if found:
            first, end, rows = found
            yield from _of_lines(lines[:first], before)
            yield _table(rows, f"таблица {before + 1}")
            yield from _of_lines(lines[end:], before + 1)
            return
    yield from lines


def _table(rows: Sequence[Sequence[_Typed]], place: str) -> Table:
    width = max(len(row) for row in rows)
    made = []
    for row in rows:
        cells = tuple(Cell(cell.text, cell.place, column) for column, cell in enumerate(row))
        made.append(Row(cells, row[0].place))
    return Table(tuple(made), width, place)


Found = tuple[int, int, list[list[_Typed]]]


def _ruled(lines: Sequence[Line]) -> Found | None:
    """Cells between signs: «| 1.1 | Назначить | до 1 сентября |», with lines of dashes between rows, or «;» and «¦»."""
    for sign in "|│¦;":
        many = [place for place, line in enumerate(lines) if line.text.count(sign) >= 2]
        if len(many) < 2 or not any(_parted(lines[place], sign, lenient_header=True) for place in many[:3]):
            continue
        rows: list[list[_Typed]] = []
        end = many[0]
        for place in range(many[0], len(lines)):
            text = lines[place].text
            if place in many:
                cells = [
                    _Typed([part.strip(" \t-=+:") if sign != ";" else part.strip(' "')], lines[place].place)
                    for part in _split(text, sign)
                ]
                if any(cell.text for cell in cells):
                    rows.append(cells)
                end = place + 1
            elif text.strip() and not re.fullmatch(r"[\s\-=+|─┼├┤┌┐└┘┬┴:]+", text):
                break
        return many[0], end, rows
    return None


def _split(text: str, sign: str) -> list[str]:
    return (text.strip().strip(sign) if sign != ";" else text).split(sign)


def _parted(line: Line, sign: str, *, lenient_header: bool) -> bool:
    return lenient_header and header_of_titles([part.strip() for part in _split(line.text, sign)]) is not None


def _tabbed(lines: Sequence[Line]) -> Found | None:
    """A row a line, its cells between tabs. A cell may go on in the next line where the row is not full yet."""
    inner = [
        place for place, line in enumerate(lines) if "\t" in line.text.strip(" ")[1:] and line.text.count("\t") >= 1
    ]
    inner = [place for place in inner if lines[place].text.strip()]
    if len(inner) < 2:
        return None
    first = next((place for place in inner if _is_header(lines[place])), inner[0])
    full = max(lines[place].text.count("\t") + 1 for place in inner)
    rows: list[list[_Typed]] = []
    end, fresh = first, True
    for place in range(first, len(lines)):
        line = lines[place]
        if not line.text.strip():
            fresh = True
            continue
        cells = [_Typed([part.strip()], line.place) for part in line.text.split("\t")]
        if len(cells) == 1 and not any(other > place for other in inner):
            break
        if rows and not fresh and len(rows[-1]) + len(cells) - 1 == full and not number_alone(cells[0].text):
            rows[-1][-1].lines.extend(cells[0].lines)
            rows[-1].extend(cells[1:])
        elif rows and not fresh and len(cells) == 1 and len(rows[-1]) < full and cells[0].text[:1].islower():
            rows[-1][-1].lines.extend(cells[0].lines)
        else:
            rows.append(cells)
        end, fresh = place + 1, False
    return first, end, rows


def _spaced(lines: Sequence[Line]) -> Found | None:
    """Columns kept apart by blanks, as a converter keeps a page's look: a piece belongs to the heading it stands under."""
    for first, line in enumerate(lines):
        heads = list(_PIECE.finditer(line.text))
        if len(heads) < 3 or header_of_titles([head[0] for head in heads]) is None:
            continue
        starts = [head.start() for head in heads]
        rows = [[_Typed([head[0]], line.place) for head in heads]]
        end = first + 1
        for place in range(first + 1, len(lines)):
            pieces = list(_PIECE.finditer(lines[place].text))
            if not pieces:
                continue
            row = [_Typed([], lines[place].place) for _ in heads]
            for piece in pieces:
                row[_column(piece.start(), starts)].lines.append(piece[0])
            goes_on = len(rows) > 1 and not row[0].lines and place == end
            if len(pieces) == 1 and pieces[0].start() < starts[1] and not number_alone(pieces[0][0]) and not goes_on:
                if not any(len(list(_PIECE.finditer(later.text))) > 1 for later in lines[place + 1 :]):
                    break
            if goes_on:
                for cell, more in zip(rows[-1], row, strict=True):
                    cell.lines.extend(more.lines)
            else:
                rows.append(row)
            end = place + 1
        return (first, end, rows) if len(rows) > 1 else None
    return None


def _column(start: int, starts: Sequence[int]) -> int:
    """The last column that begins at most two signs right of `start`."""
    return max((column for column, place in enumerate(starts) if place <= start + 2), default=0)


def _is_header(line: Line) -> bool:
    cells = tuple(Cell(part.strip(), line.place, column) for column, part in enumerate(line.text.split("\t")))
    return header_of(Row(cells, line.place)) is not None


def _cells_a_line_after_tab(lines: Sequence[Line]) -> Found | None:
    """Each cell begins a line of its own with a tab; lines without a tab go on with the cell above."""
    first = next((place for place, line in enumerate(lines) if line.text.startswith("\t")), None)
    if first is None or sum(line.text.startswith("\t") for line in lines) < 4:
        return None
    cells: list[_Typed] = []
    blank = True
    for line in lines[first:]:
        if line.text.startswith("\t"):
            cells.append(_Typed([line.text.strip()], line.place, after_blank=blank))
        elif line.text.strip():
            cells[-1].lines.append(line.text.strip())
        blank = not line.text.strip()
    rows = _rows_of(cells)
    return (first, len(lines), rows) if rows else None


def _cells_a_line(lines: Sequence[Line]) -> Found | None:
    """A cell a line without any tab: found by its headings, which stand one a line too."""
    filled = [place for place, line in enumerate(lines) if line.text.strip()]
    for at, place in enumerate(filled):
        titles = [fold(lines[other].text) for other in filled[at : at + LONGEST_HEADER]]
        width = _headings(titles)
        if width:
            return _paragraph_rows(lines, filled[at:], place, width)
    return None


def _headings(titles: Sequence[str]) -> int:
    """How many of these lines are headings of one table, at least three."""
    best = 0
    for width in range(3, min(len(titles), 8) + 1):
        if len(titles[width - 1]) > 60 or number_alone(titles[width - 1]):
            break
        header = header_of_titles(titles[:width])
        if header and header.is_plan and len(set(header.meanings)) == width and "note" not in header.meanings:
            best = width
    return best


def _paragraph_rows(lines: Sequence[Line], filled: Sequence[int], first: int, width: int) -> Found | None:
    if not number_or_blank(lines, filled, width):
        return None
    cells = [
        _Typed(
            [lines[place].text.strip()], lines[place].place, after_blank=place > 0 and not lines[place - 1].text.strip()
        )
        for place in filled
    ]
    return first, len(lines), _rows_of(cells, width)


def number_or_blank(lines: Sequence[Line], filled: Sequence[int], width: int) -> bool:
    """Whether numbers standing alone, or an even count of lines, tell the rows apart."""
    after = [lines[place].text for place in filled[width:]]
    return sum(number_alone(text) is not None for text in after) >= 2 or (bool(after) and len(after) % width == 0)


def _rows_of(cells: Sequence[_Typed], width: int = 0) -> list[list[_Typed]]:
    """Cells one after another as rows: the header up to the first number, then a row at each number that goes on."""
    width = width or _header_width(cells)
    header = header_of_titles([fold(cell.text) for cell in cells[:width]]) if width else None
    if header is None:
        return []
    rows, rest = [list(cells[:width])], list(cells[width:])
    if columns_numbered([cell.text for cell in rest[:width]]):
        rows.append(rest[:width])
        rest = rest[width:]
    rows.extend(_numbered_rows(rest, header, width) if NUMBER in header.meanings else _counted_rows(rest, width))
    return rows


def _header_width(cells: Sequence[_Typed]) -> int:
    for width in range(min(len(cells), LONGEST_HEADER), 1, -1):
        texts = [fold(cell.text) for cell in cells[:width]]
        if all(texts) and header_of_titles(texts) and not any(cell.after_blank for cell in cells[2:width]):
            return width
    return _headings([fold(cell.text) for cell in cells[:LONGEST_HEADER]])


def _numbered_rows(cells: Sequence[_Typed], header: Header, width: int) -> Iterator[list[_Typed]]:
    row: list[_Typed] = []
    for cell in cells:
        number = number_alone(cell.text)
        begins = number is not None and (len(row) >= width or cell.after_blank or len(row) == 0 or depth(number) > 1)
        begins = (
            begins
            or (len(row) >= width and cell.after_blank)
            or (
                bool(row)
                and header.repeats([fold(cell.text), *(fold(other.text) for other in row[:1])])
                and len(row) >= width
            )
        )
        if begins and row:
            yield row
            row = []
        if len(row) >= width:
            row[-1].lines.extend(["", *cell.lines]) if not cell.after_blank else row.append(cell)
        else:
            row.append(cell)
    if row:
        yield row


def _counted_rows(cells: Sequence[_Typed], width: int) -> Iterator[list[_Typed]]:
    """Rows of a table without numbers: groups between blank lines put together until they have the header's width."""
    row: list[_Typed] = []
    for place, cell in enumerate(cells):
        alone = cell.after_blank and (place + 1 == len(cells) or cells[place + 1].after_blank)
        if row and (len(row) >= width or (len(row) == 1 and cell.after_blank and row[0].after_blank and not alone)):
            yield row
            row = []
        row.append(cell)
    if row:
        yield row
