"""Word files (.docx, .docm): paragraphs and tables in reading order, as Word shows them with all changes accepted.

lxml over the zip instead of python-docx: that repeats merged cells without saying so and does not see numbers which Word
counts itself, text boxes, content controls or tracked changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from workflows.road_maps.reader.formats.archive import Archive
from workflows.road_maps.reader.formats.characters import clean, joined_lines
from workflows.road_maps.reader.formats.grid import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Drawn,
    DrawnRow,
    table_of,
    too_many_rows,
)
from workflows.road_maps.reader.formats.word_numbering import (
    Numbering,
    Style,
    child,
    inherited,
    styles_of,
    value,
    whole,
)
from workflows.road_maps.reader.refusal import damaged, without_text
from workflows.road_maps.reader.source import Line, Note, Source, Table

THIN = 170
"""Twentieths of a point, 3 mm: a column of the grid narrower than this is a border drawn crooked."""

_DROPPED = {"pPr", "rPr", "del", "moveFrom", "instrText", "delText", "delInstrText", "sdtPr", "sdtEndPr", "proofErr"}
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}
_BOXES = {"drawing", "pict", "object"}
_PLACEHOLDER = re.compile(
    r"\s*(место для ввода|щ[её]лкните|выберите элемент|click (or tap )?here|click or tap|choose an item)", re.I
)
_OFF = ("0", "false", "off", "none")


@dataclass(slots=True)
class _Sink:
    """Where blocks go: text of lines, and tables, in order."""

    blocks: list[tuple[str, bool] | Table] = field(default_factory=list)


@dataclass(slots=True)
class _Inline:
    """What stands in one paragraph."""

    parts: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    fields: list[bool] = field(default_factory=list)
    """For each complex field that is open: whether its result has begun."""


def read(content: bytes) -> Source:
    """Lines «абзац N» and tables «таблица N» with Word's own numbers written out; footnotes and running heads at the end.

    Inserted text is read, deleted text is not, and a note says so. A table wider than the one around it is given apart;
    a smaller one is lines of its cell. Raises UnreadableFile.
    """
    with Archive(content) as archive:
        return _Document(archive).source()


class _Document:
    def __init__(self, archive: Archive) -> None:
        main = [relation.member for relation in archive.related("", "officeDocument")]
        self.part = main[0] if main and main[0] in archive.names() else "word/document.xml"
        root = archive.xml(self.part)
        body = child(root, "body")
        if body is None:
            raise damaged()
        self.body, self.archive = body, archive
        self.parts = {
            relation.kind: relation.member
            for relation in archive.related(self.part, "styles", "numbering", "footnotes", "endnotes")
        }
        self.styles = styles_of(self._part("styles"))
        self.numbering = Numbering(self._part("numbering"), self.styles)
        self.tables = self.paragraphs = self.cells = 0
        self.notes: dict[str, Note] = {}
        self.called: list[tuple[str, str]] = []
        """(footnotes | endnotes, id) in the order in which the text calls them."""

    def _part(self, kind: str) -> etree._Element | None:
        member = self.parts.get(kind)
        return self.archive.xml(member) if member else None

    def source(self) -> Source:
        sink = _Sink()
        self._blocks(self.body, sink)
        blocks: list[Line | Table] = []
        for block in sink.blocks:
            if isinstance(block, Table):
                blocks.append(block)
            else:
                self.paragraphs += 1
                blocks.append(Line(block[0], f"абзац {self.paragraphs}", block[1]))
        if not blocks:
            raise without_text()
        blocks += [*self._footnotes(), *self._running_heads()]
        if any(name.lower().endswith("vbaproject.bin") for name in self.archive.names()):
            self._note("macros", "В файле есть макросы: они не выполнялись, прочитан только текст.")
        return Source("docx", tuple(blocks), tuple(self.notes.values()))

    def _note(self, code: str, message: str) -> None:
        self.notes.setdefault(code, Note(code, message))

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _blocks(self, parent: etree._Element, sink: _Sink, columns: int = 0) -> None:
        """Everything inside of a body, a cell or a text box; `columns` of the table around it."""
        for element in parent:
            name = _name(element)
            if name == "p":
                self._paragraph(element, sink)
            elif name == "tbl":
                self._table(element, sink, columns)
            elif name in ("del", "moveFrom"):
                self._tracked()
            elif name == "altChunk":
                self._note(
                    "embedded", "В файл вставлен другой документ целиком: он не прочитан, загрузите его отдельно."
                )
            elif name == "AlternateContent":
                if (chosen := _chosen(element)) is not None:
                    self._blocks(chosen, sink, columns)
            elif not name.endswith("Pr"):
                if name in ("ins", "moveTo"):
                    self._tracked()
                self._blocks(element, sink, columns)

    def _tracked(self) -> None:
        self._note(
            "tracked_changes",
            "В файле есть непринятые исправления: вставленное прочитано, удалённое пропущено. Проверьте, так ли это.",
        )

    def _paragraph(self, element: etree._Element, sink: _Sink) -> None:
        properties = child(element, "pPr")
        chain = inherited(self.styles, value(child(properties, "pStyle")) or "")
        inline = _Inline()
        self._inline(element, inline)
        text = clean("".join(inline.parts)).strip(" \n\xa0")
        erased = child(child(properties, "rPr"), "del") is not None
        label = "" if erased and not text else self.numbering.label(properties, chain)
        for box in inline.boxes:
            self._blocks(box, sink, MOST_COLUMNS)
        text = f"{label} {text}".strip(" ") if label else text
        if text.strip():
            sink.blocks.append((text, _is_heading(properties, chain)))

    def _inline(self, parent: etree._Element, inline: _Inline) -> None:
        for element in parent:
            name = _name(element)
            if name == "t":
                if not inline.fields or inline.fields[-1]:
                    inline.parts.append(element.text or "")
            elif name in _BREAKS:
                inline.parts.append(_BREAKS[name])
            elif name in _DROPPED:
                if name in ("del", "moveFrom"):
                    self._tracked()
            elif name == "fldChar":
                _field(inline.fields, value(element, "fldCharType"))
            elif name == "sym":
                inline.parts.append(_symbol(value(element, "char")))
            elif name in ("footnoteReference", "endnoteReference"):
                self.called.append((name.replace("Reference", "s"), value(element, "id") or ""))
            elif name in _BOXES:
                inline.boxes += _boxes(element)
            elif name == "AlternateContent":
                if (chosen := _chosen(element)) is not None:
                    self._inline(chosen, inline)
            elif name == "sdt":
                self._control(element, inline)
            else:
                if name in ("ins", "moveTo"):
                    self._tracked()
                self._inline(element, inline)

    def _control(self, element: etree._Element, inline: _Inline) -> None:
        """A content control; its words «Место для ввода текста» are nobody's."""
        inside, content = _Inline(fields=inline.fields), child(element, "sdtContent")
        if content is not None:
            self._inline(content, inside)
        empty = child(child(element, "sdtPr"), "showingPlcHdr") is not None
        if not (empty and _PLACEHOLDER.match("".join(inside.parts))):
            inline.parts += inside.parts
        inline.boxes += inside.boxes

    # -- tables -------------------------------------------------------------------------------------------------------

    def _table(self, element: etree._Element, sink: _Sink, around: int) -> None:
        found = [list(_inner(tr, "tc")) for tr in _inner(element, "tr")]
        if all(len(cells) < 2 for cells in found) and not around:  # a frame around text, not a table
            for cell in (cell for cells in found for cell in cells):
                self._blocks(cell, sink)
            return
        if not around:
            self.tables += 1
        place, apart = f"таблица {self.tables}{', вложенная' if around else ''}", _Sink()
        widths = [float(whole(value(column, "w"))) for column in element.iterfind("{*}tblGrid/{*}gridCol")]
        rows: list[DrawnRow] = []
        open_cells: dict[int, Drawn] = {}
        for tr in _inner(element, "tr"):
            drawn, open_cells = self._row(tr, open_cells, len(widths) or 1, apart)
            if drawn is not None:
                rows.append(drawn)
                self.cells += len(drawn.cells)
            if len(rows) > MOST_ROWS or self.cells > MOST_CELLS:
                raise too_many_rows()
        wide = all(widths) and sum(widths) > THIN * len(widths) * 2
        made = table_of(rows, place, widths if wide else (), THIN)
        if made is not None and around and made.columns <= around:
            for row in made.rows:
                sink.blocks.append((" ".join(cell.text.replace("\n", " ") for cell in row.cells if cell.text), False))
        elif made is not None:
            sink.blocks.append(made)
        sink.blocks += apart.blocks

    def _row(
        self, tr: etree._Element, above: dict[int, Drawn], columns: int, apart: _Sink
    ) -> tuple[DrawnRow | None, dict[int, Drawn]]:
        """One row, and the cells by their column that the next row may continue."""
        properties = child(tr, "trPr")
        if child(properties, "del") is not None:
            self._tracked()
            return None, above
        column = max(0, whole(value(child(properties, "gridBefore"))))
        row, below = DrawnRow(header=_is_on(child(properties, "tblHeader"))), {}
        for tc in _inner(tr, "tc"):
            cell = child(tc, "tcPr")
            span = max(1, min(whole(value(child(cell, "gridSpan")), 1), MOST_COLUMNS))
            text = self._cell(tc, columns, apart)
            if row.cells and value(child(cell, "hMerge")) == "continue":
                row.cells[-1].columns += span
                row.cells[-1].text = joined_lines(f"{row.cells[-1].text}\n{text}")
                column += span
                continue
            merge = child(cell, "vMerge")
            drawn = Drawn(text, column, span)
            over = above.get(column)
            if merge is not None and value(merge) != "restart" and over is not None and text in ("", over.text):
                drawn = Drawn(over.text, column, span, above=True)
            if merge is not None:
                below[column] = drawn
            row.cells.append(drawn)
            column += span
            if column > MOST_COLUMNS * 5:
                raise too_many_rows()
        return row, below

    def _cell(self, tc: etree._Element, columns: int, apart: _Sink) -> str:
        inside = _Sink()
        self._blocks(tc, inside, columns)
        apart.blocks += [block for block in inside.blocks if isinstance(block, Table)]
        return joined_lines("\n".join(block[0] for block in inside.blocks if not isinstance(block, Table)))

    # -- beside the text ----------------------------------------------------------------------------------------------

    def _footnotes(self) -> Iterator[Line]:
        roots = {kind: self._part(kind) for kind in dict.fromkeys(kind for kind, _id in self.called)}
        for number, (kind, note_id) in enumerate(self.called, 1):
            root = roots[kind]
            for note in root if root is not None else ():
                if value(note, "id") == note_id:
                    yield from self._aside(note, f"сноска {number}")

    def _running_heads(self) -> Iterator[Line]:
        seen = set()
        for kind, place in (("header", "верхний колонтитул"), ("footer", "нижний колонтитул")):
            for relation in self.archive.related(self.part, kind):
                root = self.archive.xml(relation.member)
                for line in self._aside(root, place) if root is not None else ():
                    if line.text not in seen and not re.fullmatch(r"[\W\d_]*", line.text):
                        seen.add(line.text)
                        yield line

    def _aside(self, root: etree._Element, place: str) -> Iterator[Line]:
        sink = _Sink()
        self._blocks(root, sink, MOST_COLUMNS)
        for block in sink.blocks:
            if not isinstance(block, Table):
                yield Line(block[0], place)


def _name(element: etree._Element) -> str:
    return _local(element.tag)


@lru_cache(maxsize=2000)
def _local(tag: object) -> str:
    """The name without its namespace; a comment or an instruction passes for properties, which nobody reads."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else "Pr"


def _inner(parent: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """Rows of a table or cells of a row, also inside of content controls and tracked insertions."""
    for element in parent:
        name = _name(element)
        if name == wanted:
            yield element
        elif name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"):
            yield from _inner(element, wanted)


def _chosen(alternate: etree._Element) -> etree._Element | None:
    """One branch of several that draw the same: what newer programs show, else the fallback."""
    choice, fallback = child(alternate, "Choice"), child(alternate, "Fallback")
    if choice is not None and (fallback is None or choice.find(".//{*}t") is not None):
        return choice
    return fallback


def _boxes(element: etree._Element) -> Iterator[etree._Element]:
    """Text boxes of a drawing; groups may hold several, alternatives count once."""
    for inner in element:
        name = _name(inner)
        if name == "txbxContent":
            yield inner
        elif name == "AlternateContent":
            if (chosen := _chosen(inner)) is not None:
                yield from _boxes(chosen)
        else:
            yield from _boxes(inner)


def _field(fields: list[bool], kind: str | None) -> None:
    if kind == "begin":
        fields.append(False)
    elif kind == "separate" and fields:
        fields[-1] = True
    elif kind == "end" and fields:
        fields.pop()


def _symbol(code: str | None) -> str:
    try:
        point = int(code or "", 16)
    except ValueError:
        return ""
    return chr(point) if 32 <= point < 0xD800 or 0xE000 <= point < 0xFFFE else ""


def _is_on(element: etree._Element | None) -> bool:
    return element is not None and value(element) not in _OFF


def _is_heading(properties: etree._Element | None, chain: list[Style]) -> bool:
    own = value(child(properties, "outlineLvl"))
    if own is not None:
        return whole(own, 9) < 9
    for style in chain:
        if style.outline is not None:
            return style.outline < 9
        if style.name.startswith(("heading", "заголовок", "title", "название")):
            return True
    return False
