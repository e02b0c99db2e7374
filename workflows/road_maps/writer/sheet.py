"""A map as .xlsx: the same table, days as dates for filters beside it, nothing that a spreadsheet would take for a formula."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import xlsxwriter

from workflows.road_maps.writer.paper import (
    DEADLINE,
    INDICATOR,
    NUMBER,
    RESPONSIBLE,
    RESULT,
    STATE,
    TEXT,
    Paper,
    Row,
)

WIDTHS = {NUMBER: 8, TEXT: 60, DEADLINE: 24, RESPONSIBLE: 28, RESULT: 36, INDICATOR: 30, STATE: 28}
"""In characters."""
FIRST_DAY, LAST_DAY, DONE_ON = "Первый день", "Последний день", "Выполнен"
_CELL_LIMIT = 32_767
_LINE_HEIGHT = 15
_CREATED = datetime(2026, 9, 1)
"""Written into the file's properties, so that equal maps give equal bytes."""


def write(paper: Paper) -> bytes:
    """The file. Equal papers give equal bytes."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": paper.title, "created": _CREATED})
        _Sheet(book, paper).write()
    return target.getvalue()


class _Sheet:
    def __init__(self, book: Any, paper: Paper) -> None:
        self.paper = paper
        self.sheet = book.add_worksheet("Дорожная карта")
        font = {"font_name": "Times New Roman", "font_size": 12}
        wrapped = {**font, "text_wrap": True, "valign": "top"}
        self.text = book.add_format({**wrapped, "border": 1, "num_format": "@"})
        self.day = book.add_format({**wrapped, "border": 1, "num_format": "dd.mm.yyyy", "align": "center"})
        self.head = book.add_format(
            {**wrapped, "border": 1, "bold": True, "align": "center", "valign": "vcenter", "bg_color": "#E8ECF0"}
        )
        self.section = book.add_format({**wrapped, "border": 1, "bold": True, "bg_color": "#F4F6F8"})
        self.lead_in = book.add_format({**wrapped, "border": 1, "italic": True})
        self.title = book.add_format({**font, "font_size": 14, "bold": True, "align": "center", "text_wrap": True})
        self.line = book.add_format({**font, "align": "center", "text_wrap": True})
        self.stamp = book.add_format({**font, "align": "left"})
        days = [FIRST_DAY, LAST_DAY, *([DONE_ON] if paper.with_state else [])]
        self.columns = (*paper.columns, *days)
        self.at = 0

    def write(self) -> None:
        """Heading, table, what a printer and a screen need."""
        for place, name in enumerate(self.columns):
            self.sheet.set_column(place, place, WIDTHS.get(name, 14))
        self._heading()
        header = self.at
        self._cells(self.columns, self.head)
        for row in self.paper.rows:
            if row.kind == "item":
                self._item(row)
            else:
                self._merged(row.text, self.section if row.kind == "section" else self.lead_in, len(self.columns))
        self.sheet.freeze_panes(header + 1, 2)
        self.sheet.repeat_rows(header)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
        self.sheet.set_footer("&C&P из &N")

    def _heading(self) -> None:
        width = len(self.paper.columns)
        if self.paper.stamp:
            stamp = self.paper.stamp
            for text in ("УТВЕРЖДАЮ", stamp.post, f"_______________ {stamp.name}", stamp.day):
                self.sheet.write_string(self.at, width - 2, text, self.stamp)
                self.at += 1
            self.at += 1
        edition = self.paper.edition
        lines = [
            *([(self.paper.organisation, self.line)] if self.paper.organisation else []),
            *([(self.paper.head, self.title)] if self.paper.head else []),
            (self.paper.title, self.title),
            ("", self.line),
            *([(f"Период реализации: {self.paper.period}", self.line)] if self.paper.period else []),
            *([(edition[:1].upper() + edition[1:], self.line)] if edition else []),
            *((f"Цель: {goal}", self.line) for goal in self.paper.goals),
        ]
        for text, look in lines:
            self._merged(text, look, width)
        self.at += 1

    def _merged(self, text: str, look: Any, width: int) -> None:
        self.sheet.merge_range(self.at, 0, self.at, width - 1, "", look)
        self.sheet.write_string(self.at, 0, text[:_CELL_LIMIT], look)
        characters = sum(WIDTHS.get(name, 14) for name in self.columns[:width])
        self.sheet.set_row(self.at, _LINE_HEIGHT * _lines(text, characters) + 6)
        self.at += 1

    def _cells(self, texts: tuple[str, ...], look: Any) -> None:
        for place, text in enumerate(texts):
            self.sheet.write_string(self.at, place, text, look)
        self.at += 1

    def _item(self, row: Row) -> None:
        values = {
            NUMBER: row.number,
            TEXT: row.text,
            DEADLINE: row.deadline,
            RESPONSIBLE: row.responsible,
            RESULT: row.result,
            INDICATOR: row.indicator,
            STATE: row.state,
            FIRST_DAY: row.first_day,
            LAST_DAY: row.last_day,
            DONE_ON: row.done_on,
        }
        for place, name in enumerate(self.columns):
            value = values[name]
            if not value:
                self.sheet.write_blank(self.at, place, None, self.text)
            elif isinstance(value, str):
                self.sheet.write_string(self.at, place, value[:_CELL_LIMIT], self.text)
            else:
                self.sheet.write_datetime(self.at, place, datetime(value.year, value.month, value.day), self.day)
        self.at += 1


def _lines(text: str, characters: int) -> int:
    """How many lines a merged cell needs: a spreadsheet does not count them itself."""
    return sum(1 + len(line) // max(characters, 1) for line in text.split("\n"))
