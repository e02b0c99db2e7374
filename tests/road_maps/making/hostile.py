"""Files that are meant to hurt, or are none: bombs, locks, tricks with names, other programs' files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED

from tests.road_maps.making import docx_file, odt_file, pdf_file
from tests.road_maps.making.content import invented

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def zipped(members: dict[str, bytes], how: int = ZIP_DEFLATED) -> bytes:
    """A zip of these members."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def with_members(file: bytes, members: dict[str, bytes]) -> bytes:
    """An office file with members added or exchanged."""
    with zipfile.ZipFile(BytesIO(file)) as old:
        kept = {name: old.read(name) for name in old.namelist()}
    return zipped(kept | members)


def locked(file: bytes) -> bytes:
    """A zip that says of every member that it is encrypted."""
    made = bytearray(file)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := made.find(mark, at + 1)) >= 0:
            made[at + place] |= 1
    return bytes(made)


def _docx() -> bytes:
    return docx_file.docx(invented())


def _with_document(xml: bytes) -> bytes:
    return with_members(_docx(), {"word/document.xml": xml})


def bombs() -> Iterator[tuple[str, bytes, str]]:
    """(name, file, code of the refusal)."""
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 12))
    doctype = f'<!DOCTYPE d [<!ENTITY l0 "ха">{laughs}]>'.encode()
    outside = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    body = b'<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>'
    yield "billion laughs", _with_document(doctype + body % b"&l11;"), "damaged"
    yield "file from outside", _with_document(outside + body % b"&x;"), "damaged"
    yield "declared size", _with_document(b" " * 49_000_000), "too_large"
    yield "ratio", _with_document(body % (b"a" * 9_000_000)), "too_large"
    yield "members", zipped({f"word/{at}.xml": b"" for at in range(5_001)} | {"[Content_Types].xml": b""}), "too_large"
    yield "a zip in a zip", zipped({"a.zip": zipped({"b": b"0" * 1_000_000})}), "archive"
    yield "one line of xml", _with_document(body % (b"<w:br/>" * 3_000_000)), "too_large"
    yield "attributes", _with_document(b"<a " + b"".join(b'b%d="" ' % at for at in range(100_000)) + b"/>"), "damaged"
    yield "laughs in odt", with_members(odt_file.odt(invented()), {"content.xml": doctype + b"<a>&l11;</a>"}), "damaged"


def refused() -> Iterator[tuple[str, bytes, str]]:
    """(name, file, code of the refusal) of what is no readable document."""
    docx = _docx()
    wide = "EncryptedPackage".encode("utf-16-le")
    yield "empty", b"", "empty"
    yield "truncated docx", docx[: len(docx) // 2], "damaged"
    yield "beginning of docx", docx[:40], "damaged"
    yield "docx without its document", zipped({"[Content_Types].xml": b"<a/>", "word/x.xml": b"<a/>"}), "damaged"
    yield "docx in another compression", _recompressed(docx), "damaged"
    yield "encrypted docx", OLE + wide + bytes(4000), "encrypted"
    yield "locked zip", locked(docx), "encrypted"
    yield "broken ole", OLE, "damaged"
    yield "unknown ole", OLE + bytes(4000) + b"x", "unknown_kind"
    yield "presentation", zipped({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}), "presentation"
    yield "binary book", zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}), "xlsb"
    yield "archive", zipped({"карта.docx": docx}), "archive"
    yield "empty archive", zipped({}), "archive"
    yield "picture", b"\x89PNG\r\n\x1a\n" + bytes(100) + b"x", "picture"
    yield "photograph", b"\xff\xd8\xff\xe0" + bytes(range(1, 200)), "picture"
    yield "scan", pdf_file.written([[]], picture=True), "scan"
    yield "program", b"MZ" + bytes(range(256)) * 20, "unknown_kind"
    yield "31 MB that begin like a zip", b"PK\x03\x04" + bytes(31_000_000) + b"x", "damaged"


def _recompressed(file: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(file)) as old:
        return zipped({name: old.read(name) for name in old.namelist()}, ZIP_LZMA)


def tricky() -> bytes:
    """A good document among members that name places outside."""
    tricks = ["../../../../tmp/out.txt", "/etc/passwd", "C:\\Windows\\x.txt", "word/../../x", "a\0b", "word/_rels/../x"]
    return with_members(_docx(), dict.fromkeys(tricks, b"x"))


def stored(file: bytes) -> bytes:
    """The same archive without compression."""
    with zipfile.ZipFile(BytesIO(file)) as old:
        return zipped({name: old.read(name) for name in old.namelist()}, ZIP_STORED)
