"""Web pages (.html, .mht), as sites give them and as Word and Excel save them, also under the ending .doc or .xls."""

from __future__ import annotations

import codecs
import email
import email.policy
import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError

from lxml import etree

from workflows.road_maps.reader.formats.characters import clean, joined_lines
from workflows.road_maps.reader.formats.grid import MOST_CELLS, Spans, table_of, too_many_rows
from workflows.road_maps.reader.formats.numerals import numeral
from workflows.road_maps.reader.formats.plain_text import decoded, mostly_utf8
from workflows.road_maps.reader.refusal import damaged, too_deep, too_large, without_text
from workflows.road_maps.reader.source import Line, Note, Source, Table

LARGEST = 16_000_000
"""Bytes; a page that Word saved has 20 KB a row at the worst."""

_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr html legend li main nav ol p pre section summary ul".split()
)
_SKIPPED = frozenset("head iframe noembed noframes object script select style svg template textarea title xml".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_DELETED = frozenset(("del",))
_SPACES = re.compile(r"[ \t\n\r\f]+")
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
_PROLOGUE = re.compile(r"\s*<\?xml[^>]*>")
_HIDDEN = re.compile(r"display\s*:\s*none", re.I)
_NO_MARKER = re.compile(r"list-style(-type)?\s*:\s*none", re.I)
_STYLES = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


def read(content: bytes) -> Source:
    """Lines «абзац N» and tables «таблица N»; numbers of `ol` are written out. Raises UnreadableFile."""
    if len(content) > LARGEST:
        raise too_large()
    text = _PROLOGUE.sub("", _html_of(content), count=1)
    # huge_tree: else lxml drops without a word whatever stands deeper than 256 elements, and old editors close nothing
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise damaged("Файл веб-страницы") from exc
    if root is None:
        raise without_text()
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise too_deep()
    if root.xpath("count(//td) + count(//th)") > MOST_CELLS:
        raise too_many_rows()
    page = _Page()
    sink = _Sink()
    page.flow(root, sink)
    sink.end_line()
    if not sink.blocks:
        raise without_text()
    return Source("html", tuple(_placed(sink.blocks)), tuple(page.notes.values()))


def _html_of(content: bytes) -> str:
    if not content[:4000].lstrip().startswith(b"<") and b"content-type:" in content[:6000].lower():
        return _part_of_archive(content)
    return _decoded(content, _CHARSET.search(content[:4096]))


def _part_of_archive(content: bytes) -> str:
    """The page inside of a «single file web page» (MHTML)."""
    try:
        message = email.message_from_bytes(content, policy=email.policy.compat32)
        for part in message.walk():
            if part.get_content_type() == "text/html":
                payload = part.get_payload(decode=True)
                if isinstance(payload, bytes):
                    charset = (part.get_content_charset() or "").encode()
                    return _decoded(payload, re.fullmatch(rb"(.+)", charset) or _CHARSET.search(payload[:4096]))
    except (MessageError, ValueError, LookupError, AttributeError, TypeError) as exc:
        raise damaged("Файл веб-страницы") from exc
    raise damaged("Файл веб-страницы")


def _decoded(content: bytes, charset: re.Match[bytes] | None) -> str:
    """UTF-8 where it is that, whatever the page says of itself; else what it says; else by its letters."""
    named = charset[1].decode("ascii", errors="replace") if charset else ""
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    if (nearly := mostly_utf8(content)) is not None:
        return nearly
    with suppress(LookupError, ValueError):
        if codecs.lookup(named).name not in ("utf-8", "utf-16", "ascii", "iso8859-1"):
            return content.decode(named, errors="replace")
    return decoded(content)


@dataclass(slots=True)
class _Sink:
    """Lines and tables in order; text is gathered until its line ends."""

    blocks: list[tuple[str, bool] | Table] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    heading: bool = False
    marker: str = ""
    """«2. » before the first line of a list's item, in whatever element that stands."""

    def end_line(self) -> None:
        if self.parts:
            text = clean("".join(self.parts))
            lines = (re.sub(" {2,}", " ", line).strip(" ") for line in text.split("\n"))
            text = "\n".join(lines).strip("\n")
            if text.strip():
                self.blocks.append((self.marker + text, self.heading))
                self.marker = ""
            self.parts.clear()


def _placed(blocks: list[tuple[str, bool] | Table]) -> list[Line | Table]:
    placed: list[Line | Table] = []
    number = 0
    for block in blocks:
        if isinstance(block, Table):
            placed.append(block)
        else:
            number += 1
            placed.append(Line(block[0], f"абзац {number}", block[1]))
    return placed


class _Page:
    def __init__(self) -> None:
        self.notes: dict[str, Note] = {}
        self.tables = 0

    def _note(self, code: str, message: str) -> None:
        self.notes.setdefault(code, Note(code, message))

    def flow(self, element: etree._Element, sink: _Sink, columns: int = 0, *, exact: bool = False) -> None:
        """What stands inside of an element; `columns` of the table around it, `exact` inside of `pre`."""
        self._text(element.text, sink, exact)
        for inner in element:
            if isinstance(inner.tag, str):
                self._element(inner, sink, columns, exact)
            self._text(inner.tail, sink, exact)

    def _text(self, text: str | None, sink: _Sink, exact: bool) -> None:
        if text:
            sink.parts.append(text if exact else _SPACES.sub(" ", text))

    def _element(self, element: etree._Element, sink: _Sink, columns: int, exact: bool) -> None:
        tag = element.tag
        if tag in _SKIPPED:
            return
        if tag in _DELETED:
            self._note(
                "tracked_changes", "В файле есть зачёркнутый исправлениями текст: он пропущен. Проверьте, так ли это."
            )
        elif tag == "br":
            sink.parts.append("\n")
        elif tag == "table":
            sink.end_line()
            self._table(element, sink, columns)
        elif tag in _BLOCKS:
            sink.end_line()
            heading, sink.heading = sink.heading, sink.heading or tag in _HEADINGS
            if tag == "li":
                sink.marker = _marker(element)
            self.flow(element, sink, columns, exact=exact or tag == "pre")
            sink.end_line()
            sink.heading = heading
        else:
            self.flow(element, sink, columns, exact=exact)

    def _table(self, element: etree._Element, sink: _Sink, around: int) -> None:
        rows = list(_rows(element))
        found = [[cell for cell in row if cell.tag in ("td", "th")] for row, _header in rows]
        columns = max((sum(_span(cell, "colspan") for cell in cells) for cells in found), default=0)
        for caption in element.iterchildren("caption"):
            self.flow(caption, sink)
            sink.end_line()
        if all(len(cells) < 2 for cells in found) and not around:  # a frame around text, not a table
            for cell in (cell for cells in found for cell in cells):
                self.flow(cell, sink)
                sink.end_line()
            return
        if not around:
            self.tables += 1
        place = f"таблица {self.tables}{', вложенная' if around else ''}"
        spans, apart = Spans(), _Sink()
        for (row, header), cells in zip(rows, found, strict=True):
            if _HIDDEN.search(row.get("style", "")):
                self._note("hidden", "В таблице есть скрытые строки: они прочитаны вместе с остальными.")
            laid = [
                (self._cell(cell, columns, apart), _span(cell, "colspan"), _span(cell, "rowspan")) for cell in cells
            ]
            spans.add(laid, header)
        made = table_of(spans.rows, place)
        if made is not None and around and made.columns <= around:
            for line in made.rows:
                sink.blocks.append((" ".join(cell.text.replace("\n", " ") for cell in line.cells if cell.text), False))
        elif made is not None:
            sink.blocks.append(made)
        sink.blocks += apart.blocks

    def _cell(self, cell: etree._Element, columns: int, apart: _Sink) -> str:
        inside = _Sink()
        self.flow(cell, inside, max(columns, 1))
        inside.end_line()
        apart.blocks += [block for block in inside.blocks if isinstance(block, Table)]
        return joined_lines("\n".join(block[0] for block in inside.blocks if not isinstance(block, Table)))


def _rows(table: etree._Element) -> list[tuple[etree._Element, bool]]:
    """Rows of this table, not of those inside; whether the row stands in a `thead`."""
    rows = []
    for element in table:
        if element.tag == "tr":
            rows.append((element, False))
        elif element.tag in ("thead", "tbody", "tfoot"):
            rows += [(row, element.tag == "thead") for row in element.iterchildren("tr")]
    return rows


def _span(cell: etree._Element, name: str) -> int:
    text = cell.get(name, "1").strip()
    number = int(text[:6]) if text[:6].isdecimal() and text.isascii() else 1
    return 10_000 if name == "rowspan" and number == 0 else max(1, number)


def _marker(item: etree._Element) -> str:
    """«2. » of a numbered list, «• » of another; nothing where the page shows none."""
    parent = item.getparent()
    if parent is None or any(_NO_MARKER.search(element.get("style", "")) for element in (item, parent)):
        return ""
    if parent.tag != "ol":
        return "• "
    try:
        number = int(parent.get("start", "1")[:6])
        for sibling in parent.iterchildren("li"):
            number = int(sibling.get("value", str(number))[:6])
            if sibling is item:
                break
            number += 1
    except ValueError:
        return "• "
    return f"{numeral(number, _STYLES.get(parent.get('type', ''), 'decimal'))}. "
