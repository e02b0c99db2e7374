"""Excel books (.xlsx, .xlsm): every sheet, as Excel shows it.

lxml over the zip instead of openpyxl: its fast mode does not know merged cells, the other one makes an object of each of a
million empty cells.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

from lxml import etree

from workflows.road_maps.reader.formats.archive import Archive
from workflows.road_maps.reader.formats.characters import clean, joined_lines
from workflows.road_maps.reader.formats.grid import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, too_many_rows
from workflows.road_maps.reader.formats.sheet_layout import Sheet, blocks_of
from workflows.road_maps.reader.refusal import damaged, without_text
from workflows.road_maps.reader.source import Line, Note, Source, Table

MOST_SHEETS = 50
_MONTHS = "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь".split()
_OF_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
_LAID_OUT = {
    14: "dd.mm.yyyy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    22: "dd.mm.yyyy",
    9: "0%",
    10: "0.00%",
    2: "0.00",
    4: "0.00",
}
"""Formats that Excel knows by number alone; dates of the Far East (27-36, 50-58) never occur here."""
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def read(content: bytes) -> Source:
    """What stands above a sheet's table as lines, the table, what stands below it; a blank row parts tables.

    Hidden sheets, rows and columns are read and a note says so. Raises UnreadableFile.
    """
    with Archive(content) as archive:
        return _Book(archive).source()


class _Book:
    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        main = [relation.member for relation in archive.related("", "officeDocument")]
        self.part = main[0] if main and main[0] in archive.names() else "xl/workbook.xml"
        root = archive.xml(self.part)
        if root is None:
            raise damaged()
        self.root = root
        related = archive.related(self.part, "worksheet", "sharedStrings", "styles")
        self.members = {relation.id: relation.member for relation in related if relation.kind == "worksheet"}
        parts = {relation.kind: relation.member for relation in related}
        self.strings = _strings(archive.read(parts["sharedStrings"]) if "sharedStrings" in parts else None)
        self.formats = _formats(archive.xml(parts["styles"]) if "styles" in parts else None)
        properties = root.find("{*}workbookPr")
        self.since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self.notes: dict[str, Note] = {}

    def source(self) -> Source:
        blocks: list[Line | Table] = []
        for element in list(self.root.iterfind("{*}sheets/{*}sheet"))[:MOST_SHEETS]:
            name = clean(element.get("name", "")).strip()
            key = next((text for key, text in element.attrib.items() if key.endswith("}id")), "")
            content = self.archive.read(self.members.get(key, ""))
            if content is None:  # a sheet that is a chart
                continue
            sheet = self._sheet(content)
            found = blocks_of(sheet, f"лист «{name}»")
            if found and element.get("state", "visible") != "visible":
                self._note("hidden", f"Лист «{name}» скрыт: он прочитан вместе с остальными.", f"лист «{name}»")
            if found and (sheet.hidden_rows or sheet.hidden_columns):
                self._say_hidden(sheet, name)
            blocks += found
        if not blocks:
            raise without_text()
        if any(member.lower().endswith("vbaproject.bin") for member in self.archive.names()):
            self._note("macros", "В файле есть макросы: они не выполнялись, прочитан только текст.")
        return Source("xlsx", tuple(blocks), tuple(self.notes.values()))

    def _note(self, code: str, message: str, place: str = "") -> None:
        self.notes.setdefault(f"{code} {place}", Note(code, message, place))

    def _say_hidden(self, sheet: Sheet, name: str) -> None:
        numbers = ", ".join(str(number + 1) for number in sheet.hidden_rows[:10])
        what = f"строки (№ {numbers}{' и другие' if len(sheet.hidden_rows) > 10 else ''})" if numbers else "столбцы"
        self._note(
            "hidden", f"На листе «{name}» скрыты {what}: они прочитаны вместе с остальными.", f"лист «{name}», скрытое"
        )

    def _sheet(self, content: bytes) -> Sheet:
        """Cells with text, row by row, without ever holding the sheet's tree."""
        sheet, number, cells = Sheet(), -1, 0
        try:
            for element in _elements(content, "row", "mergeCell", "col"):
                name = element.tag.rpartition("}")[2]
                if name == "mergeCell":
                    sheet.merged += _span(element.get("ref", ""))
                elif name == "col":
                    if element.get("hidden") in ("1", "true"):
                        sheet.hidden_columns |= _whole(element.get("min")) <= MOST_COLUMNS
                else:
                    number = _whole(element.get("r"), number + 2) - 1
                    found = self._row(element)
                    if found:
                        sheet.rows.setdefault(number, {}).update(found)
                        cells += len(found)
                    if found and element.get("hidden") in ("1", "true"):
                        sheet.hidden_rows.append(number)
                if cells > MOST_CELLS or len(sheet.merged) > MOST_CELLS or len(sheet.rows) > MOST_ROWS:
                    raise too_many_rows()
        except (etree.XMLSyntaxError, ValueError) as exc:
            raise damaged() from exc
        return sheet

    def _row(self, row: etree._Element) -> dict[int, str]:
        """Column -> text. Cells without content are passed over inside of lxml: there may be a million of them."""
        found: dict[int, str] = {}
        for cell in row.xpath("./*[local-name()='c'][*]"):
            place = _ADDRESS.match(cell.get("r") or "")
            column = _column(place[1]) if place else int(cell.xpath("count(preceding-sibling::*)"))
            if text := self._value(cell):
                found[column] = text
        return found

    def _value(self, cell: etree._Element) -> str:
        kind, found = cell.get("t", "n"), cell.find("{*}v")
        text = (found.text or "") if found is not None else ""
        if kind == "inlineStr":
            return _rich(cell.find("{*}is"))
        if kind == "s":
            place = _whole(text, -1)
            return self.strings[place] if 0 <= place < len(self.strings) else ""
        if kind == "b":
            return {"1": "ИСТИНА", "0": "ЛОЖЬ"}.get(text, text)
        if not text and (formula := cell.find("{*}f")) is not None and formula.text:
            self._note(
                "formula", "В книге есть формулы без сохранённых значений: откройте её в Excel и сохраните заново."
            )
            return f"={clean(formula.text)}"
        if kind == "n":
            style = _whole(cell.get("s"))
            return _shown(text, self.formats[style] if 0 <= style < len(self.formats) else "", self.since_1904)
        return joined_lines(clean(text))


def _elements(content: bytes, *names: str) -> Iterator[etree._Element]:
    """Elements of these names as they end; each is gone when the next is asked for. Raises XMLSyntaxError."""
    parser = etree.iterparse(
        BytesIO(content),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    for _event, element in parser:
        yield element
        element.clear(keep_tail=False)
        while element.getprevious() is not None:
            del element.getparent()[0]


def _strings(content: bytes | None) -> list[str]:
    if content is None:
        return []
    try:
        return [_rich(element) for element in _elements(content, "si")]
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise damaged() from exc


def _rich(element: etree._Element | None) -> str:
    """Text of all runs; readings above Asian letters aside."""
    if element is None:
        return ""
    parts = element.xpath("./*[local-name()='t'] | ./*[local-name()='r']/*[local-name()='t']")
    text = "".join(part.text or "" for part in parts)
    return joined_lines(clean(re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), text)))


def _formats(root: etree._Element | None) -> list[str]:
    """The number format of every cell style."""
    if root is None:
        return []
    own = {_whole(item.get("numFmtId")): item.get("formatCode", "") for item in root.iterfind("{*}numFmts/{*}numFmt")}
    ids = [_whole(item.get("numFmtId")) for item in root.iterfind("{*}cellXfs/{*}xf")]
    return [own.get(number, _LAID_OUT.get(number, "")) for number in ids]


def _shown(text: str, layout: str, since_1904: bool) -> str:
    """A number as Excel shows it: «1.10», «10 %», «15.09.2025», «сентябрь 2025», «15 сентября»."""
    try:
        number = float(text)
    except ValueError:
        return clean(text)
    if not math.isfinite(number):
        return text
    bare = _LITERAL.sub("", layout.split(";")[0]).lower()
    if re.search("[dy]|mmm|д|г", bare):
        return _date(number, bare, since_1904)
    if "%" in bare:
        return f"{_plain(number * 100, bare)}%"
    return _plain(number, bare)


def _plain(number: float, layout: str) -> str:
    decimals = re.search(r"\.(0+)", layout)
    if decimals:
        return f"{number:.{min(len(decimals[1]), 10)}f}"
    rounded = round(number, 10)
    return str(int(rounded)) if rounded == int(rounded) and abs(rounded) < 1e15 else repr(rounded)


def _date(number: float, layout: str, since_1904: bool) -> str:
    days = int(number) + (1462 if since_1904 else 0)
    if not 1 <= days < 110_000:  # later than 2200: no date of a plan
        return _plain(number, "")
    day = date(1899, 12, 30) + timedelta(days)
    has_day, has_year = "d" in layout or "д" in layout, "y" in layout or "г" in layout
    if has_day and has_year:
        return f"{day:%d.%m.%Y}"
    if has_day:
        return f"{day.day} {_OF_MONTHS[day.month - 1]}"
    if has_year and "m" not in layout:
        return str(day.year)
    return f"{_MONTHS[day.month - 1]} {day.year}" if has_year else _MONTHS[day.month - 1]


def _whole(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 9 else otherwise


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _span(reference: str) -> Iterator[tuple[int, int, int, int]]:
    corners = _ADDRESS.findall(reference)
    if len(corners) == 2:
        (left, top), (right, bottom) = corners
        yield int(top) - 1, _column(left), int(bottom) - 1, _column(right)
