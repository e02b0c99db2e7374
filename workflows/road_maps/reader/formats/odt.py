"""OpenDocument (.odt, .ods, also as one flat XML file): what LibreOffice and «МойОфис» save."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from workflows.road_maps.reader.formats.archive import LARGEST_FILE, LARGEST_MEMBER, Archive, parsed
from workflows.road_maps.reader.formats.characters import clean, joined_lines
from workflows.road_maps.reader.formats.grid import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Spans, table_of, too_many_rows
from workflows.road_maps.reader.formats.numerals import numeral
from workflows.road_maps.reader.formats.sheet_layout import Sheet, blocks_of
from workflows.road_maps.reader.refusal import damaged, encrypted, too_large, without_text
from workflows.road_maps.reader.source import Line, Note, Source, Table

_SPACES = re.compile(r"[ \t\n\r]+")
_NUMERALS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_RUSSIAN = {"а": "russianLower", "А": "russianUpper"}
_SKIPPED = frozenset(
    "tracked-changes annotation forms sequence-decls variable-decls user-field-decls table-column table-columns shapes "
    "calculation-settings content-validations named-expressions database-ranges note ruby-text bookmark title desc".split()
)


def read(content: bytes) -> Source:
    """Lines «абзац N» and tables «таблица N» (of a book «лист «Имя»»); list numbers are written out. Raises UnreadableFile."""
    if content.startswith(b"PK"):
        with Archive(content) as archive:
            manifest = archive.read("META-INF/manifest.xml") or b""
            if b"encryption-data" in manifest:
                raise encrypted()
            roots = [archive.xml("content.xml"), archive.xml("styles.xml")]
            macros = any(name.startswith(("Basic/", "Scripts/")) for name in archive.names())
    elif len(content) > min(LARGEST_FILE, LARGEST_MEMBER):
        raise too_large()
    else:
        roots, macros = [parsed(content)], False
    if roots[0] is None:
        raise damaged()
    return _Document([root for root in roots if root is not None], macros).source()


@dataclass(frozen=True, slots=True)
class _Level:
    style: str
    prefix: str
    suffix: str
    shown: int
    start: int
    bullet: bool


@dataclass(slots=True)
class _Sink:
    blocks: list[tuple[str, bool] | Line | Table] = field(default_factory=list)


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _get(element: etree._Element, name: str, otherwise: str = "") -> str:
    """An attribute by its local name."""
    for key, text in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(text)
    return otherwise


def _whole(element: etree._Element, name: str, otherwise: int = 1) -> int:
    text = _get(element, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else otherwise


class _Document:
    def __init__(self, roots: list[etree._Element], macros: bool) -> None:
        self.body = roots[0].find("{*}body")
        if self.body is None or not len(self.body):
            raise damaged()
        self.lists = {
            _get(element, "name"): _levels(element) for root in roots for element in root.iter("{*}list-style")
        }
        self.list_of_style = {
            _get(element, "name"): (_get(element, "list-style-name"), _get(element, "parent-style-name"))
            for root in roots
            for element in root.iter("{*}style")
        }
        self.is_book = _name(self.body[0]) == "spreadsheet"
        self.counters: dict[str, list[int]] = {}
        self.asides: list[etree._Element] = []
        self.notes: dict[str, Note] = {}
        self.tables = 0
        if macros:
            self._note("macros", "В файле есть макросы: они не выполнялись, прочитан только текст.")
        if self.body.find(".//{*}tracked-changes/{*}changed-region") is not None:
            self._note(
                "tracked_changes",
                "В файле есть непринятые исправления: вставленное прочитано, удалённое пропущено. Проверьте, так ли это.",
            )

    def _note(self, code: str, message: str) -> None:
        self.notes.setdefault(code, Note(code, message))

    def source(self) -> Source:
        sink = _Sink()
        self._blocks(self.body, sink)
        blocks: list[Line | Table] = []
        paragraphs = 0
        for block in sink.blocks:
            if not isinstance(block, tuple):
                blocks.append(block)
                continue
            paragraphs += 1
            blocks.append(Line(block[0], f"абзац {paragraphs}", block[1]))
        if not blocks:
            raise without_text()
        for number, note in enumerate(self.asides, 1):
            aside = _Sink()
            self._blocks(note, aside, MOST_COLUMNS)
            blocks += [Line(block[0], f"сноска {number}") for block in aside.blocks if isinstance(block, tuple)]
        return Source("odt", tuple(blocks), tuple(self.notes.values()))

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _blocks(self, parent: etree._Element, sink: _Sink, columns: int = 0) -> None:
        for element in parent:
            name = _name(element)
            if name in ("p", "h"):
                self._paragraph(element, sink, "")
            elif name == "list":
                self._list(element, sink, columns, "", 0)
            elif name == "table" and self.is_book:
                sink.blocks += self._sheet(element)
            elif name == "table":
                self._table(element, sink, columns)
            elif name not in _SKIPPED:
                self._blocks(element, sink, columns)

    def _paragraph(self, element: etree._Element, sink: _Sink, label: str) -> None:
        parts: list[str] = []
        boxes: list[etree._Element] = []
        self._inline(element, parts, boxes)
        for box in boxes:
            self._blocks(box, sink, MOST_COLUMNS)
        text = clean("".join(parts)).strip(" \n\xa0")
        text = f"{label} {text}".strip(" ") if label else text
        if text.strip():
            sink.blocks.append((text, _name(element) == "h"))

    def _inline(self, element: etree._Element, parts: list[str], boxes: list[etree._Element]) -> None:
        if element.text:
            parts.append(_SPACES.sub(" ", element.text))
        for inner in element:
            name = _name(inner)
            if name == "s":
                parts.append(" " * min(_whole(inner, "c"), 200))
            elif name == "tab":
                parts.append("\t")
            elif name == "line-break":
                parts.append("\n")
            elif name == "note":
                if (body := inner.find("{*}note-body")) is not None:
                    self.asides.append(body)
            elif inner.find("{*}p") is not None or inner.find("{*}list") is not None:
                boxes.append(inner)
            elif name not in _SKIPPED:
                self._inline(inner, parts, boxes)
            if inner.tail:
                parts.append(_SPACES.sub(" ", inner.tail))

    # -- lists --------------------------------------------------------------------------------------------------------

    def _list(self, element: etree._Element, sink: _Sink, columns: int, style: str, level: int) -> None:
        style = _get(element, "style-name") or style
        if level == 0:
            goes_on = _get(element, "continue-numbering") == "true" or bool(_get(element, "continue-list"))
            if not goes_on:
                self.counters[style] = []
        for item in element:
            if _name(item) not in ("list-item", "list-header"):
                continue
            label = self._label(item, style, level) if _name(item) == "list-item" else ""
            for inner in item:
                name = _name(inner)
                if name in ("p", "h"):
                    self._paragraph(inner, sink, label)
                    label = ""
                elif name == "list":
                    self._list(inner, sink, columns, style, level + 1)
                elif name == "table":
                    self._table(inner, sink, columns)

    def _label(self, item: etree._Element, style: str, level: int) -> str:
        """The number of an item; one that only holds an inner list has none of its own."""
        inner = [_name(element) for element in item]
        if inner and inner[0] not in ("p", "h"):
            return ""
        levels = self.lists.get(style) or self.lists.get(self._style_of_first(item), [])
        kind = levels[level] if level < len(levels) else None
        counters = self.counters.setdefault(style, [])
        del counters[level + 1 :]
        while len(counters) <= level:
            missing = len(counters)
            start = levels[missing].start if missing < len(levels) else 1
            counters.append(start - (missing == level))
        counters[level] += 1
        if given := _get(item, "start-value"):
            counters[level] = (
                int(given) if given.isdecimal() and given.isascii() and len(given) < 7 else counters[level]
            )
        if kind is None or not (kind.style or kind.bullet):
            return ""
        if kind.bullet:
            return kind.style if kind.style in ("-", "–", "—") else "•"
        shown = range(max(0, level + 1 - kind.shown), level + 1)
        numbers = [numeral(counters[place], levels[place].style) for place in shown if levels[place].style]
        return f"{kind.prefix}{'.'.join(numbers)}{kind.suffix}".strip()

    def _style_of_first(self, item: etree._Element) -> str:
        name = next((_get(element, "style-name") for element in item), "")
        for _step in range(20):
            listed, parent = self.list_of_style.get(name, ("", ""))
            if listed or not parent:
                return listed
            name = parent
        return ""

    # -- tables -------------------------------------------------------------------------------------------------------

    def _table(self, element: etree._Element, sink: _Sink, around: int) -> None:
        rows = list(_rows(element))
        found = [[cell for cell in row if _name(cell) in ("table-cell", "covered-table-cell")] for row, _head in rows]
        columns = max((len(cells) for cells in found), default=0)
        if columns < 2 and not around:
            for cell in (cell for cells in found for cell in cells):
                self._blocks(cell, sink)
            return
        if not around:
            self.tables += 1
        place = f"таблица {self.tables}{', вложенная' if around else ''}"
        spans, apart = Spans(), _Sink()
        for (row, header), cells in zip(rows, found, strict=True):
            laid = self._laid(cells, columns, apart)
            for _turn in range(min(_whole(row, "number-rows-repeated"), MOST_ROWS + 1) if _has_text(laid) else 1):
                spans.add(laid, header)
        made = table_of(spans.rows, place)
        if made is not None and around and made.columns <= around:
            for line in made.rows:
                sink.blocks.append((" ".join(cell.text.replace("\n", " ") for cell in line.cells if cell.text), False))
        elif made is not None:
            sink.blocks.append(made)
        sink.blocks += apart.blocks

    def _laid(self, cells: list[etree._Element], columns: int, apart: _Sink) -> list[tuple[str, int, int]]:
        """(text, columns, rows) of a row's own cells."""
        laid: list[tuple[str, int, int]] = []
        for cell in cells:
            if _name(cell) != "covered-table-cell":
                spans = _whole(cell, "number-columns-spanned"), _whole(cell, "number-rows-spanned")
                repeated = min(_whole(cell, "number-columns-repeated"), MOST_COLUMNS)
                laid += [(self._cell(cell, columns, apart), *spans)] * repeated
        return laid

    def _cell(self, cell: etree._Element, columns: int, apart: _Sink) -> str:
        inside = _Sink()
        self._blocks(cell, inside, max(columns, 1))
        apart.blocks += [block for block in inside.blocks if isinstance(block, Table)]
        return joined_lines("\n".join(block[0] for block in inside.blocks if isinstance(block, tuple)))

    def _sheet(self, element: etree._Element) -> list[Line | Table]:
        """A sheet of a book; empty cells repeated a million times cost nothing."""
        sheet, number, place = Sheet(), 0, f"лист «{clean(_get(element, 'name'))}»"
        for row, _header in _rows(element):
            found, column = {}, 0
            for cell in row:
                repeated = _whole(cell, "number-columns-repeated")
                text = self._cell(cell, MOST_COLUMNS, _Sink()) if len(cell) else ""
                spans = _whole(cell, "number-columns-spanned"), _whole(cell, "number-rows-spanned")
                if text and spans != (1, 1):
                    sheet.merged.append((number, column, number + spans[1] - 1, column + spans[0] - 1))
                if text:
                    found.update(dict.fromkeys(range(column, column + min(repeated, MOST_COLUMNS + 1)), text))
                column += repeated
            repeated = _whole(row, "number-rows-repeated")
            if found:
                if _get(row, "visibility") not in ("", "visible"):
                    self._note("hidden", "В таблице есть скрытые строки: они прочитаны вместе с остальными.")
                sheet.rows.update(dict.fromkeys(range(number, number + min(repeated, MOST_ROWS + 1)), found))
            number += repeated
            if len(sheet.rows) > MOST_ROWS or sum(map(len, sheet.merged)) > MOST_CELLS:
                raise too_many_rows()
        return blocks_of(sheet, place)


def _has_text(laid: list[tuple[str, int, int]]) -> bool:
    return any(text for text, _columns, _rows in laid)


def _levels(list_style: etree._Element) -> list[_Level]:
    levels = []
    for element in list_style:
        name, properties = _name(element), element
        if not name.startswith("list-level-style"):
            continue
        style = _get(properties, "num-format").strip()
        style = _RUSSIAN.get(style[:1]) or _NUMERALS.get(style, "decimal" if style else "")
        bullet = name != "list-level-style-number"
        levels.append(
            _Level(
                _get(element, "bullet-char") or "•" if bullet else style,
                _get(element, "num-prefix"),
                _get(element, "num-suffix"),
                _whole(element, "display-levels"),
                _whole(element, "start-value"),
                bullet,
            )
        )
    return levels


def _rows(table: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """Rows of this table, not of those inside; whether the row is one of its header rows."""
    for element in table:
        name = _name(element)
        if name == "table-row":
            yield element, False
        elif name == "table-header-rows":
            yield from ((row, True) for row, _header in _rows(element))
        elif name in ("table-rows", "table-row-group"):
            yield from _rows(element)
