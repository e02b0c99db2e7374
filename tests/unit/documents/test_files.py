"""What a file is, its bytes say."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest

from workflow_core.exceptions import InvalidInput
from workflows.documents import files

DER = bytes.fromhex("3082010006092a864886f70d010702a0") + bytes(64)


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7", files.PDF),
        (b"\xff\xd8\xff\xe0", files.JPEG),
        (b"\x89PNG\r\n\x1a\n", files.PNG),
        (archive("[Content_Types].xml", "word/document.xml"), files.DOCX),
        (archive("[Content_Types].xml", "xl/workbook.xml"), ""),
        (b"PK\x03\x04 torn", ""),
        (DER, files.SIGNATURE),
        (base64.encodebytes(DER), files.SIGNATURE),
        (b"-----BEGIN CMS-----\n" + base64.encodebytes(DER) + b"-----END CMS-----\n", files.SIGNATURE),
        (b"\x30\x82 something else", ""),
        (b"MZ\x90\x00", ""),
        (b"<html><script>", ""),
        ("текст".encode(), ""),
    ],
)
def test_the_kind_of_a_file_is_read_off_its_bytes(content: bytes, media_type: str) -> None:
    assert files.media_type_of(content) == media_type


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("приказ.pdf", "приказ.pdf"),
        ("C:\\сканы\\Приказ № 42.PDF", "Приказ № 42.PDF"),
        ("../../etc/passwd", "passwd.pdf"),
        ("приказ.exe", "приказ.exe.pdf"),
        ('a\r\n"b.pdf', "ab.pdf"),
        ("", "файл.pdf"),
        ("д" * 300 + ".pdf", "д" * 150 + ".pdf"),
    ],
)
def test_a_name_is_kept_without_what_harms(name: str, kept: str) -> None:
    assert files.checked(name, b"%PDF-1.7", {}) == (kept, files.PDF)


def test_the_limit_of_size_is_a_setting() -> None:
    content = b"%PDF-" + bytes(1024 * 1024)

    with pytest.raises(InvalidInput, match="больше 1 МБ"):
        files.checked("скан.pdf", content, {files.SIZE_SETTING: 1})
    assert files.checked("скан.pdf", content, {files.SIZE_SETTING: 2})[1] == files.PDF
