"""Word files written by hand, part by part, so that every ugly shape of a real one can be drawn."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape

from tests.road_maps.making.content import Content, Wide

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = (
    f'xmlns:w="{_W}" xmlns:r="{_R}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
_COLUMN = 1900
"""Width of a column in twentieths of a point."""
_CROOKED = 40


@dataclass(frozen=True, slots=True)
class Look:
    """How ugly the file is; each changes nothing of what a person reads in it."""

    auto_numbers: bool = False
    """The first cells hold nothing but Word's own numbering."""
    tracked: bool = False
    """Words were inserted and others deleted, nothing is accepted."""
    boxed_stamp: bool = False
    """The first four lines stand in a text box, drawn twice for old programs."""
    controls: bool = False
    """Rows, cells and words stand in content controls."""
    fields: bool = False
    """Words are the result of a field."""
    torn_runs: bool = False
    """Every word is cut into runs, with soft hyphens and marks of the spelling checker between them."""
    crooked: bool = False
    """Borders were drawn by hand, so that the grid has hair-thin columns."""
    framed: bool = False
    """The whole table stands in the only cell of another."""
    strict: bool = False
    """Saved as «Strict Open XML»."""
    macros: bool = False


def docx(content: Content, look: Look | None = None) -> bytes:
    """The file. Raises ValueError for a look that this content can't have."""
    look = look or Look()
    writer = _Writer(content, look)
    return packed(writer.body(), numbering=writer.numbering(), strict=look.strict, macros=look.macros)


def packed(
    body: str,
    *,
    numbering: str = "",
    styles: str = "",
    parts: dict[str, str] | None = None,
    strict: bool = False,
    macros: bool = False,
) -> bytes:
    """A .docx around the XML of its body. `parts`: kind of relation -> XML of `word/<kind>.xml`."""
    parts = {"numbering": numbering, "styles": styles, **(parts or {})}
    parts = {kind: xml for kind, xml in parts.items() if xml}
    relations = "".join(
        f'<Relationship Id="rId{at}" Type="{_R}/{kind.rstrip("0123456789")}" Target="{kind}.xml"/>'
        for at, kind in enumerate(parts, 1)
    )
    spread = "http://schemas.openxmlformats.org/package/2006/relationships"
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
        '.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{spread}">'
        f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{spread}">{relations}</Relationships>',
        "word/document.xml": f"<w:document {_SPACES}><w:body>{body}</w:body></w:document>",
    }
    members |= {f"word/{kind}.xml": xml for kind, xml in parts.items()}
    if macros:
        members["word/vbaProject.bin"] = "not read"
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text.replace(_W, _STRICT) if strict else text)
    return made.getvalue()


def part(name: str, inside: str) -> str:
    """XML of a part whose root is `w:name`."""
    return f"<w:{name} {_SPACES}>{inside}</w:{name}>"


def paragraph(text: str, properties: str = "") -> str:
    """One paragraph; `\\n` is a break of the line, a tab a tab."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text)}</w:p>"


def run(text: str) -> str:
    """One run of text."""
    inside = escape(text).replace("\n", "</w:t><w:br/><w:t xml:space='preserve'>")
    inside = inside.replace("\t", "</w:t><w:tab/><w:t xml:space='preserve'>")
    return f"<w:r><w:t xml:space='preserve'>{inside}</w:t></w:r>"


def numbered(level: int, list_id: int = 1) -> str:
    """Properties of a paragraph that Word numbers."""
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'


def cell(inside: str, *, span: int = 1, merge: str = "", width: int = _COLUMN) -> str:
    """One cell; `merge` is «restart» or «continue»."""
    down = f'<w:vMerge w:val="{merge}"/>' if merge == "restart" else "<w:vMerge/>" if merge else ""
    across = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{across}{down}</w:tcPr>{inside}</w:tc>'


def table(rows: Sequence[str], widths: Sequence[int]) -> str:
    """A table of rows, each the XML of its cells."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    drawn = "".join(each if each.startswith(("<w:tr>", "<w:sdt>")) else f"<w:tr>{each}</w:tr>" for each in rows)
    return f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{drawn}</w:tbl>'


def control(inside: str) -> str:
    """A content control around something."""
    return f"<w:sdt><w:sdtPr><w:id w:val='7'/></w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"


def box(lines: Sequence[str]) -> str:
    """A paragraph with a text box, in the form of new programs and again in that of old ones."""
    inside = "".join(paragraph(line) for line in lines)
    content = f"<w:txbxContent>{inside}</w:txbxContent>"
    new = f"<w:drawing><wps:wsp><wps:txbx>{content}</wps:txbx></wps:wsp></w:drawing>"
    old = f"<w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict>"
    return (
        f"<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'>{new}</mc:Choice>"
        f"<mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


class _Writer:
    def __init__(self, content: Content, look: Look) -> None:
        self.content, self.look, self.grid = content, look, content.grid()
        if look.crooked and any(each is None for row in content.rows for each in row):
            raise ValueError("crooked borders and cells merged downwards do not go together")
        self.numbers = _countable(content) if look.auto_numbers else {}

    def body(self) -> str:
        before, stamp = self.content.before, ""
        if self.look.boxed_stamp:
            before, stamp = before[4:], box(before[:4])
        lines = "".join(paragraph(line) for line in before)
        after = "".join(paragraph(line) for line in self.content.after)
        return f"{stamp}{lines}{self._table()}{after}<w:p/><w:sectPr/>"

    def numbering(self) -> str:
        if not self.numbers:
            return ""
        texts = [("%1." if level == 0 else ".".join(f"%{at}" for at in range(1, level + 2))) for level in range(3)]
        levels = "".join(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="{text}"/></w:lvl>'
            for level, text in enumerate(texts)
        )
        return part(
            "numbering",
            f'<w:abstractNum w:abstractNumId="4">{levels}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="4"/></w:num>',
        )

    def _table(self) -> str:
        columns = self.content.columns
        widths = [_COLUMN] * columns
        if self.look.crooked:
            widths = [width for at in range(columns) for width in (_COLUMN - _CROOKED, 2 * _CROOKED)][: 2 * columns - 1]
        drawn = table([self._row(at) for at in range(len(self.content.rows))], widths)
        return table([cell(drawn + "<w:p/>")], [_COLUMN * columns]) if self.look.framed else drawn

    def _row(self, at: int) -> str:
        row, rows = self.content.rows[at], self.grid
        below = rows[at + 1] if at + 1 < len(rows) else []
        cells = []
        for place, (text, column, columns, above) in enumerate(rows[at]):
            goes_down = any(each[1] == column and each[3] for each in below)
            merge = "continue" if above else "restart" if goes_down else ""
            inside = "<w:p/>" if above else self._text(text, at if place == 0 else None)
            cells.append(self._cell(inside, at, column, columns, merge))
        properties = "<w:trPr><w:tblHeader/></w:trPr>" if at == 0 else ""
        drawn = f"<w:tr>{properties}{''.join(cells)}</w:tr>"
        assert len(cells) == len(row)
        return control(drawn) if self.look.controls and at % 3 == 2 else drawn

    def _cell(self, inside: str, at: int, column: int, columns: int, merge: str) -> str:
        span = columns
        if self.look.crooked:
            last = column + columns == self.content.columns
            early = at % 2  # whether hair-thin columns belong to the cell on their right
            span = 2 * columns - last + (early and column > 0) - (early and not last)
        drawn = cell(inside, span=span, merge=merge)
        return control(drawn) if self.look.controls and at % 4 == 1 else drawn

    def _text(self, text: str, numbered_row: int | None) -> str:
        if numbered_row in self.numbers:
            return paragraph("", numbered(self.numbers[numbered_row]))
        return "".join(self._line(line, first=at == 0) for at, line in enumerate(text.split("\n")))

    def _line(self, line: str, *, first: bool) -> str:
        runs = run(line)
        if self.look.torn_runs:
            parts = [line[at : at + 3] for at in range(0, len(line), 3)]
            shy = "<w:r><w:softHyphen/></w:r><w:proofErr w:type='spellStart'/>"
            runs = shy.join(run(each) for each in parts)
        if self.look.tracked and first:
            half = len(line) // 2
            gone = "<w:del w:id='1'><w:r><w:delText>лишнее</w:delText></w:r></w:del>"
            moved = "<w:moveFrom w:id='2'><w:r><w:t>унесённое</w:t></w:r></w:moveFrom>"
            runs = f"{run(line[:half])}{gone}<w:ins w:id='3'>{run(line[half:])}</w:ins>{moved}"
        if self.look.fields and first:
            begin, middle, end = (
                f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>" for kind in ("begin", "separate", "end")
            )
            runs = f"{begin}<w:r><w:instrText> MERGEFIELD Срок </w:instrText></w:r>{middle}{runs}{end}"
        if self.look.controls and first:
            runs = control(runs)
        return f"<w:p>{runs}</w:p>"


def _countable(content: Content) -> dict[int, int]:
    """Row -> level of those whose number Word would count by itself. Raises ValueError where there are none."""
    counters: list[int] = []
    levels: dict[int, int] = {}
    for at, row in enumerate(content.rows):
        first = row[0].text if isinstance(row[0], Wide) else row[0]
        parts = (first or "").strip().rstrip(".").split(".")
        if at == 0 or not all(each.isdecimal() for each in parts):
            continue
        level = len(parts) - 1
        counters = [*counters[: level + 1], *[0] * (level + 1 - len(counters))]
        counters[level] += 1
        if [int(each) for each in parts] == counters and level < 3:
            levels[at] = level
        else:
            raise ValueError(f"{content.name}: Word would not count {first}")
    if not levels:
        raise ValueError(f"{content.name} has no numbers")
    return levels
