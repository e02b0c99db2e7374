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
        # The heading has a sheet of its own: rows above a frozen header would take half of a small screen.
        self.front = book.add_worksheet("Титульный лист")
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
        self.stamp = book.add_format({**font, "align": "left", "text_wrap": True})
        days = [FIRST_DAY, LAST_DAY, *([DONE_ON] if paper.with_state else [])]
        self.columns = (*paper.columns, *days)
        self.at = 0

    def write(self) -> None:
        """Heading, table, what a printer and a screen need."""
        self._heading()
        for place, name in enumerate(self.columns):
            self.sheet.set_column(place, place, WIDTHS.get(name, 14))
            self.sheet.write_string(0, place, name, self.head)
        self.at = 1
        for row in self.paper.rows:
            if row.kind == "item":
                self._item(row)
            else:
                self._merged(row.text, self.section if row.kind == "section" else self.lead_in)
        self.sheet.freeze_panes(1, 2)
        self.sheet.repeat_rows(0)
        for sheet in (self.front, self.sheet):
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
        self.sheet.set_footer("&C&P из &N")
        self.sheet.activate()

    def _heading(self) -> None:
        """The front page: stamp on the right, then what the map is."""
        self.front.set_column(0, 0, 90)
        self.front.set_column(1, 1, 44)
        at = 0
        stamp = self.paper.stamp
        if stamp:
            for text in ("УТВЕРЖДАЮ", stamp.post, f"_______________ {stamp.name}", stamp.day):
                self.front.write_string(at, 1, text, self.stamp)
                at += 1
            at += 1
        edition = self.paper.edition
        lines = [
            *([(self.paper.organisation, self.line)] if self.paper.organisation else []),
            *([(self.paper.head, self.title)] if self.paper.head else []),
            (self.paper.title, self.title),
            ("", self.line),
            *([(f"Период реализации: {self.paper.period}", self.line)] if self.paper.period else []),
            *([(edition[:1].upper() + edition[1:], self.line)] if edition else []),
            *((f"Цель: {goal}", self.stamp) for goal in self.paper.goals),
        ]
        for text, look in lines:
            self.front.merge_range(at, 0, at, 1, "", look)
            self.front.write_string(at, 0, text[:_CELL_LIMIT], look)
            self.front.set_row(at, _LINE_HEIGHT * _lines(text, 120) + 4)
            at += 1

    def _merged(self, text: str, look: Any) -> None:
        self.sheet.merge_range(self.at, 0, self.at, len(self.columns) - 1, "", look)
        self.sheet.write_string(self.at, 0, text[:_CELL_LIMIT], look)
        self.sheet.set_row(self.at, _LINE_HEIGHT * _lines(text, sum(WIDTHS.get(name, 14) for name in self.columns)) + 6)
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
