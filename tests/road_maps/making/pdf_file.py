"""PDF files drawn by hand: ruled tables over several pages, bare lines, pages that are pictures only.

No font is embedded: a table of the letters (ToUnicode) is all that reading needs.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from tests.road_maps.making.content import Content

_WIDTH, _HEIGHT, _MARGIN = 842, 595, 40
_SIZE = 9
_LETTER = 5.0
"""Width of every letter at this size, as the font says."""
_LINE = 11


@dataclass(slots=True)
class _Page:
    strokes: list[str] = field(default_factory=list)
    y: float = _HEIGHT - _MARGIN

    def text(self, x: float, text: str) -> None:
        code = text.encode("cp1251", errors="replace").hex()
        self.strokes.append(f"BT /F1 {_SIZE} Tf {x:.1f} {self.y - _SIZE:.1f} Td <{code}> Tj ET")
        self.y -= _LINE

    def box(self, left: float, top: float, right: float, bottom: float) -> None:
        self.strokes.append(f"{left:.1f} {bottom:.1f} {right - left:.1f} {top - bottom:.1f} re S")


def pdf(content: Content, *, ruled: bool = True, page_numbers: bool = True) -> bytes:
    """The file; without rules the cells of a row follow each other line by line, as a converter leaves them."""
    pages = [_Page()]
    for line in content.before:
        for part in _wrapped(line, _WIDTH - 2 * _MARGIN):
            _room(pages, _LINE).text(_MARGIN, part)
    grid = content.grid()
    column = (_WIDTH - 2 * _MARGIN) / content.columns
    for at, row in enumerate(grid):
        if not ruled:
            for text in " ".join(each[0].replace("\n", " ") for each in row).split("\n"):
                for part in _wrapped(text, _WIDTH - 2 * _MARGIN):
                    _room(pages, _LINE).text(_MARGIN, part)
            continue
        parts = [[] if each[3] else _wrapped(each[0], column * each[2] - 6) for each in row]
        height = _LINE * max(map(len, parts)) + 6
        page = _room(pages, _height_of_merged(grid, at, height, column))
        top = page.y
        for each, lines in zip(row, parts, strict=True):
            left = _MARGIN + each[1] * column
            page.y = top - 2
            for line in lines:
                page.text(left + 3, line)
            last = at + 1 == len(grid) or not any(other[1] == each[1] and other[3] for other in grid[at + 1])
            right = left + column * each[2]
            page.strokes.append(f"{left:.1f} {top:.1f} m {left:.1f} {top - height:.1f} l S")
            page.strokes.append(f"{right:.1f} {top:.1f} m {right:.1f} {top - height:.1f} l S")
            if not each[3]:
                page.strokes.append(f"{left:.1f} {top:.1f} m {right:.1f} {top:.1f} l S")
            if last:
                page.strokes.append(f"{left:.1f} {top - height:.1f} m {right:.1f} {top - height:.1f} l S")
        page.y = top - height
    for line in content.after:
        pages[-1].y -= _LINE
        _room(pages, _LINE * 2).text(_MARGIN, line)
    if page_numbers:
        for number, page in enumerate(pages, 1):
            page.y = _MARGIN - 10
            page.text(_WIDTH / 2, str(number))
    return written([page.strokes for page in pages])


def written(pages: list[list[str]], *, picture: bool = False) -> bytes:
    """A PDF of pages, each its drawing operators; `picture`: every page shows one besides."""
    letters = "".join(
        f"<{code:02x}> <{ord(bytes([code]).decode('cp1251', 'replace')):04x}>\n" for code in range(192, 256)
    )
    others = "".join(
        f"<{code:02x}> <{ord(bytes([code]).decode('cp1251', 'replace')):04x}>\n"
        for code in (*range(32, 127), *range(128, 192))
    )
    several = (letters + others).strip().split("\n")
    blocks = [several[at : at + 100] for at in range(0, len(several), 100)]
    listed = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    to_unicode = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapName /A def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{listed}endcmap end"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /FirstChar 0 /LastChar 255 /ToUnicode 4 0 R "
        b"/Widths [" + b" ".join([str(round(_LETTER / _SIZE * 1000)).encode()] * 256) + b"] >>",
        _stream(to_unicode.encode()),
        _stream(
            bytes(3), b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceRGB /BitsPerComponent 8"
        ),
    ]
    kids = []
    for strokes in pages:
        drawn = "\n".join(strokes) + ("\nq 500 0 0 500 40 40 cm /I1 Do Q" if picture else "")
        objects.append(_stream(drawn.encode()))
        content = len(objects)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents {content} 0 R "
            "/Resources << /Font << /F1 3 0 R >> /XObject << /I1 5 0 R >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(made)


def _stream(content: bytes, more: bytes = b"") -> bytes:
    small = zlib.compress(content)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (len(small), more, small)


def _room(pages: list[_Page], height: float) -> _Page:
    if pages[-1].y - height < _MARGIN and pages[-1].y < _HEIGHT - _MARGIN:
        pages.append(_Page())
    return pages[-1]


def _height_of_merged(grid: list[list[tuple[str, int, int, bool]]], at: int, height: float, column: float) -> float:
    """A cell merged downwards stays on one page with the rows that it covers."""
    for row in grid[at + 1 :]:
        if not any(each[3] for each in row):
            break
        height += _LINE * max(len(_wrapped(each[0], column * each[2] - 6)) for each in row) + 6
    return height if not any(each[3] for each in grid[at]) else 0


def _wrapped(text: str, width: float) -> list[str]:
    most = max(1, int(width / _LETTER))
    lines: list[str] = []
    for paragraph in text.split("\n") if text else ():
        line = ""
        for word in paragraph.split():
            while len(word) > most:
                lines += [line] if line else []
                line, lines, word = "", [*lines, word[:most]], word[most:]
            if line and len(line) + 1 + len(word) > most:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        lines.append(line)
    return lines
