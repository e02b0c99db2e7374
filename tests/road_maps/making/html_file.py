"""Web pages as a site gives them, as Word and Excel save them, and as one MHTML file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape

from tests.road_maps.making.content import Content


@dataclass(frozen=True, slots=True)
class Look:
    """How ugly the page is; each changes nothing of what a person reads in it."""

    encoding: str = "utf-8"
    declared: bool = True
    """Whether the page says its encoding."""
    of_word: bool = False
    """Styles, conditional comments, `o:p`, lines broken anywhere in the source."""
    unclosed: bool = False
    """End tags left out, as old editors did."""
    lists: bool = False
    """Lines of a cell are paragraphs."""
    layout: bool = False
    """Everything stands in a table that only lays the page out."""
    mhtml: bool = False


def html(content: Content, look: Look | None = None) -> bytes:
    """The page in its encoding."""
    look = look or Look()
    text = _page(content, look)
    if look.mhtml:
        body = base64.encodebytes(text.encode(look.encoding)).decode("ascii")
        return (
            'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="==1"\r\n\r\n--==1\r\n'
            f'Content-Type: text/html; charset="{look.encoding}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            f"{body}\r\n--==1--\r\n"
        ).encode("ascii")
    return text.encode(look.encoding)


def _page(content: Content, look: Look) -> str:
    meta = f'<meta http-equiv=Content-Type content="text/html; charset={look.encoding}">' if look.declared else ""
    lines = "".join(f"<p class=MsoNormal>{_inside(line, look)}</p>\n" for line in content.before)
    after = "".join(f"<div>{_inside(line, look)}</div>\n" for line in content.after)
    body = f"{lines}{_table(content, look)}{after}"
    if look.layout:
        body = f"<table><tr><td><a href='#'>Меню</a></td></tr><tr><td>{body}</td></tr></table>"
    styles = "<style>td {color: red} <!-- p {} --></style><script>var a = '<td>';</script>" if look.of_word else ""
    office = ' xmlns:o="urn:schemas-microsoft-com:office:office"' if look.of_word else ""
    island = "<!--[if gte mso 9]><xml><w:View>Print</w:View></xml><![endif]-->" if look.of_word else ""
    return f"<html{office}><head>{meta}<title>Без имени</title>{styles}{island}</head><body>{body}</body></html>"


def _inside(text: str, look: Look) -> str:
    if look.lists and "\n" in text:
        return "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))
    made = escape(text).replace("\n", "<br>")
    if look.of_word:
        words = made.split(" ")
        made = " ".join(
            f"<span style='mso-ansi-language:RU'>{word}</span>" if at == 1 else word for at, word in enumerate(words)
        )
        made = made.replace(" ", "\r\n  ", 2) + "<![if !supportLists]><o:p></o:p><![endif]>"
    return made


def _table(content: Content, look: Look) -> str:
    grid = content.grid()
    end_cell, end_row = ("", "") if look.unclosed else ("</td>", "</tr>")
    rows = []
    for at, row in enumerate(grid):
        cells = []
        for text, column, columns, above in row:
            if above:
                continue
            down = 1
            while at + down < len(grid) and any(each[1] == column and each[3] for each in grid[at + down]):
                down += 1
            spans = (f" colspan={columns}" if columns > 1 else "") + (f' rowspan="{down}"' if down > 1 else "")
            cells.append(f"<td{spans}>{_inside(text, look)}{end_cell}\n")
        rows.append(f"<tr>{''.join(cells)}{end_row}\n")
    return f"<table border=1><col width=20>{''.join(rows)}</table>\n"
