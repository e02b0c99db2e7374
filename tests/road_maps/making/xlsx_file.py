"""Excel books, with the table somewhere on a sheet, deadlines as real dates, hidden rows, several sheets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import xlsxwriter

from tests.road_maps.making.content import Content, Wide


@dataclass(frozen=True, slots=True)
class Look:
    """How ugly the book is; each changes nothing of what a person reads in it."""

    dates: bool = False
    """Cells that are dates («15.09.2025») are stored as numbers."""
    numbers: bool = False
    """Cells «1.10» are stored as numbers that are shown with their places."""
    apart: bool = False
    """The table begins in column D, with empty formatted cells far beyond it."""
    blank_rows: bool = False
    """A blank row before each section."""
    hidden: bool = False
    """Rows 6 to 8 are hidden."""
    rich: bool = False
    """Words of a cell are in several fonts."""
    second_sheet: bool = False
    """A hidden sheet without a table follows."""
    since_1904: bool = False


def xlsx(content: Content, look: Look | None = None) -> bytes:
    """The book."""
    look = look or Look()
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    if look.since_1904:
        book.use_1904_date = book.date_1904 = True
    _Writer(book, content, look).write()
    book.close()
    return made.getvalue()


class _Writer:
    def __init__(self, book: xlsxwriter.Workbook, content: Content, look: Look) -> None:
        self.book, self.content, self.look = book, content, look
        self.sheet = book.add_worksheet("План")
        self.day = book.add_format({"num_format": "dd/mm/yyyy;@"})
        self.bold = book.add_format({"bold": True})
        self.shift = 3 if look.apart else 0

    def write(self) -> None:
        row = 0
        for line in self.content.before:
            self.sheet.write(row, self.shift, line)
            row += 1
        row += 1
        grid = self.content.grid()
        for at, cells in enumerate(grid):
            if self.look.blank_rows and at and any(isinstance(cell, Wide) for cell in self.content.rows[at]):
                row += 1
            for text, column, columns, above in cells:
                down = 0
                while at + down + 1 < len(grid) and any(each[1] == column and each[3] for each in grid[at + down + 1]):
                    down += 1
                if not above:
                    self._cell(row, column + self.shift, text, columns - 1, down)
            if self.look.hidden and 5 <= at <= 7:
                self.sheet.set_row(row, None, None, {"hidden": True})
            row += 1
        for line in self.content.after:
            self.sheet.write(row + 1, self.shift, line)
            row += 1
        if self.look.apart:
            for far in range(200):
                self.sheet.write_blank(row + 500 + far, 900, None, self.bold)
        if self.look.second_sheet:
            second = self.book.add_worksheet("Лист2")
            second.write(0, 0, "Черновик")
            second.hide()

    def _cell(self, row: int, column: int, text: str, right: int, down: int) -> None:
        if right or down:
            self.sheet.merge_range(row, column, row + down, column + right, text)
        elif self.look.dates and re.fullmatch(r"\d\d\.\d\d\.\d{4}", text):
            self.sheet.write_datetime(row, column, datetime.strptime(text, "%d.%m.%Y"), self.day)
        elif self.look.numbers and re.fullmatch(r"\d+\.\d+", text):
            places = "0" * len(text.partition(".")[2])
            self.sheet.write_number(row, column, float(text), self.book.add_format({"num_format": f"0.{places}"}))
        elif self.look.rich and len(text) > 3:
            self.sheet.write_rich_string(row, column, text[:2], self.bold, text[2:])
        else:
            self.sheet.write_string(row, column, text)
