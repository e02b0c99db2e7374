"""What a file holds before anybody understands it: lines and tables of cells, each with its place.

Readers of formats (`formats/`) give this, the understanding above them takes it; neither knows the other.

A text file gives one `Line` a line, blank ones too (they part paragraphs), its tabs kept; the tables in it (cells between
tabs, a cell a line, or only numbers in front) are found above, in `text_tables.py`. A PDF gives a `Table` where cells can
be seen and lines elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    `text` keeps its lines («\\n»), with numbers that the program counted itself written out («1.1. Подготовить приказ»).
    A cell merged downwards stands in every row that it covers; from the second on `continues_above` is true.
    """

    text: str
    place: str
    """«таблица 1, строка 3, столбец 2»; counted from one, as a person would."""
    column: int
    """First column of the table's grid that it covers, from zero."""
    columns: int = 1
    """How many columns of the grid it covers."""
    continues_above: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Cells from left to right; `repeats_header` where the file itself says that the row is a header."""

    cells: tuple[Cell, ...]
    place: str
    repeats_header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one table; `columns` is the width of its grid."""

    rows: tuple[Row, ...]
    columns: int
    place: str


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph outside of tables."""

    text: str
    place: str
    """«строка 12» of a text, «абзац 3» of a document."""
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What whoever reads the file has to be told: hidden rows, changes not accepted, macros. Becomes a warning."""

    code: str
    message: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file in reading order."""

    format: str
    """docx, xlsx, html, text, pdf, odt."""
    blocks: tuple[Line | Table, ...]
    notes: tuple[Note, ...] = ()
