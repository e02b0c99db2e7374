"""What a file is, by its content and never by its ending: schools rename files, and Word saves web pages as .doc."""

from __future__ import annotations

import re
import zipfile
from importlib import import_module
from io import BytesIO

from workflows.road_maps.reader.formats.archive import LARGEST_FILE
from workflows.road_maps.reader.formats.plain_text import decoded, not_text
from workflows.road_maps.reader.refusal import UnreadableFile, damaged, encrypted, too_deep, too_large
from workflows.road_maps.reader.source import Source

READERS = {
    "docx": "word",
    "xlsx": "sheet",
    "html": "web_page",
    "mhtml": "web_page",
    "text": "plain_text",
    "pdf": "pdf",
    "odt": "odt",
    "ods": "odt",
    "doc": "old_word",
    "xls": "old_word",
    "rtf": "old_word",
}
"""Kind -> module of `formats` that reads it."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM", b"RIFF")
_HTML = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|meta|table|div|style)\b", re.I | re.S
)
_HTML_TABLE = re.compile(r"<table\b.*</td>", re.I | re.S)
_OFFICE_XML = re.compile(r"\s*<\?xml.{0,2000}?<(w:wordDocument|pkg:package|office:document)\b", re.S)
_MHTML = re.compile(rb"\s*(mime-version|from|date|subject|content-type):.{0,4000}?content-type:", re.I | re.S)


def read_source(content: bytes) -> Source:
    """Read a file of any kind in this process; `bounded.read_source` does it in a child that can be killed.

    Raises UnreadableFile with one Russian sentence.
    """
    reader = import_module(f"workflows.road_maps.reader.formats.{READERS[kind_of(content)]}")
    try:
        source: Source = reader.read(content)
    except RecursionError as exc:
        raise too_deep() from exc
    except MemoryError as exc:
        raise too_large() from exc
    return source


def kind_of(content: bytes) -> str:
    """A key of `READERS`. Raises UnreadableFile for what is none of them."""
    if not content.strip(b"\0 \t\r\n"):
        raise UnreadableFile("empty", "Файл пустой: проверьте, что он сохранён, и загрузите его снова.")
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _kind_of_zip(content)
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    if content.startswith(_PICTURES) or content[4:12] in (b"ftypheic", b"ftypmif1"):
        raise UnreadableFile(
            "picture",
            "Это изображение, а не текст: распознайте его программой для сканов или загрузите исходный документ Word.",
        )
    return _kind_of_text(content)


def _kind_of_ole(content: bytes) -> str:
    """Old Word and Excel, and the container in which an encrypted .docx or .xlsx lies."""

    def has(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if has("EncryptedPackage"):
        raise encrypted()
    if has("WordDocument"):
        return "doc"
    if has("Workbook") or has("Book"):
        return "xls"
    raise damaged() if len(content) < 2048 else not_text()


def _kind_of_zip(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            names = {name.replace("\\", "/").lstrip("/") for name in packed.namelist()}
            mimetype = (
                packed.read("mimetype")[:100]
                if "mimetype" in packed.namelist() and packed.getinfo("mimetype").file_size < 200
                else b""
            )
    except Exception as exc:  # zipfile raises whatever the broken bytes lead it to
        raise damaged() from exc
    if b"opendocument" in mimetype or "content.xml" in names:
        if b"presentation" in mimetype or b"graphics" in mimetype:
            raise _presentation()
        return "ods" if b"spreadsheet" in mimetype else "odt"
    for folder, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
        if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
            if kind == "pptx":
                raise _presentation()
            if "xl/workbook.bin" in names:
                raise UnreadableFile(
                    "xlsb",
                    "Это двоичная книга Excel (.xlsb): сохраните её в Excel как «Книга Excel (*.xlsx)» и загрузите снова.",
                )
            return kind
    raise UnreadableFile(
        "archive", "Это архив, а не документ: распакуйте его и загрузите файл с дорожной картой, который лежит внутри."
    )


def _presentation() -> UnreadableFile:
    return UnreadableFile(
        "presentation",
        "Это презентация, а не документ: перенесите таблицу дорожной карты в Word и загрузите файл .docx.",
    )


def _kind_of_text(content: bytes) -> str:
    if _MHTML.match(content[:6000]):
        return "mhtml"
    if len(content) > LARGEST_FILE:
        raise too_large()
    text = decoded(content)
    if office := _OFFICE_XML.match(text):
        return "odt" if office[1] == "office:document" else "doc"
    if _HTML.match(text) or _HTML_TABLE.search(text):
        return "html"
    return "text"
