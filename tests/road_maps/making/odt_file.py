"""OpenDocument texts and books written by hand."""

from __future__ import annotations

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

from tests.road_maps.making.content import Content

_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("style", "style"),
    )
)


def odt(content: Content, *, list_numbers: bool = False) -> bytes:
    """A text; `list_numbers`: the first lines are a list that the program numbers."""
    before = "".join(paragraph(line) for line in content.before)
    if list_numbers:
        before = numbered(content.before)
    after = "".join(paragraph(line) for line in content.after)
    return packed(f"<office:text>{before}{table(content)}{after}</office:text>", "text")


def ods(content: Content) -> bytes:
    """A book with one sheet, followed by a million empty rows as every program writes them."""
    lines = "".join(f"<table:table-row>{_cell(line)}</table:table-row>" for line in content.before)
    after = "<table:table-row><table:table-cell/></table:table-row>"
    after += "".join(f"<table:table-row>{_cell(line)}</table:table-row>" for line in content.after)
    empty = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    sheet = f'<table:table table:name="План">{lines}{_rows(content)}{after}{empty}</table:table>'
    return packed(f"<office:spreadsheet>{sheet}</office:spreadsheet>", "spreadsheet")


def packed(body: str, kind: str, styles: str = "", manifest: str = "") -> bytes:
    """The file around the XML of its body."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f"<office:document-content {_SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body>{body}</office:body></office:document-content>",
        )
        if manifest:
            archive.writestr("META-INF/manifest.xml", manifest)
    return made.getvalue()


def paragraph(text: str) -> str:
    """One paragraph with breaks and tabs."""
    inside = escape(text).replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
    return f"<text:p>{inside}</text:p>"


def numbered(lines: tuple[str, ...]) -> str:
    """A list whose numbers the program writes; its style is `L1` of `list_style`."""
    items = "".join(f"<text:list-item>{paragraph(line)}</text:list-item>" for line in lines)
    return f'<text:list text:style-name="L1">{items}</text:list>'


def list_style(*levels: str) -> str:
    """The style `L1`: the attributes of each level."""
    inside = "".join(f'<text:list-level-style-number text:level="{at}" {level}/>' for at, level in enumerate(levels, 1))
    return f'<text:list-style style:name="L1">{inside}</text:list-style>'


def table(content: Content) -> str:
    """The table of a text; the header row is marked as such."""
    columns = f'<table:table-column table:number-columns-repeated="{content.columns}"/>'
    return f'<table:table table:name="T">{columns}{_rows(content, head=True)}</table:table>'


def _rows(content: Content, *, head: bool = False) -> str:
    grid = content.grid()
    rows = []
    for at, row in enumerate(grid):
        cells = ""
        for text, column, columns, above in row:
            if above:
                cells += "<table:covered-table-cell/>" * columns
                continue
            down = 1
            while at + down < len(grid) and any(each[1] == column and each[3] for each in grid[at + down]):
                down += 1
            cells += _cell(text, columns, down) + "<table:covered-table-cell/>" * (columns - 1)
        drawn = f"<table:table-row>{cells}</table:table-row>"
        rows.append(f"<table:table-header-rows>{drawn}</table:table-header-rows>" if head and at == 0 else drawn)
    return "".join(rows)


def _cell(text: str, columns: int = 1, rows: int = 1) -> str:
    spans = (
        f' table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}"' if columns * rows > 1 else ""
    )
    inside = "".join(paragraph(line) for line in text.split("\n")) if text else ""
    return f"<table:table-cell{spans}>{inside}</table:table-cell>"
