import sys
from pathlib import Path

import pytest

from tests.road_maps.making.compare import grid, lines, lines_of, made_of
from tests.road_maps.making.content import invented
from tests.road_maps.making.html_file import html
from workflows.road_maps.reader.file_kind import kind_of, read_source
from workflows.road_maps.reader.formats import old_word
from workflows.road_maps.reader.refusal import UnreadableFile

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def ole(*names: str) -> bytes:
    """What of an OLE container tells one kind from another."""
    return OLE + b"".join(name.encode("utf-16-le") + bytes(64) for name in names) + bytes(4096)


def rtf() -> bytes:
    """A small RTF table as WordPad writes it."""

    def escaped(text: str) -> str:
        return "".join(f"\\u{ord(letter)}?" if ord(letter) > 127 else letter for letter in text)

    rows = ""
    for row in (("Дело", "Срок"), ("Приказ", "до 01.09.2026")):
        cells = "".join(f"\\pard\\intbl {escaped(cell)}\\cell" for cell in row)
        rows += f"\\trowd\\cellx4000\\cellx8000 {cells}\\row\n"
    return f"{{\\rtf1\\ansi\\pard {escaped('Дорожная карта')}\\par\n{rows}\\pard\\par}}".encode("ascii")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (ole("WordDocument"), "doc"),
        (ole("Workbook"), "xls"),
        (rtf(), "rtf"),
        (b"<?xml version='1.0'?><?mso-application progid='Word.Document'?><w:wordDocument/>", "doc"),
    ],
)
def test_old_files_are_known_by_their_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("content", "words"),
    [(ole("WordDocument"), "Документ Word (*.docx)"), (ole("Workbook"), "Книга Excel (*.xlsx)"), (rtf(), "(.rtf)")],
)
def test_without_libreoffice_the_sentence_says_how_to_save_it(
    content: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_word, "program", lambda: None)

    with pytest.raises(UnreadableFile) as refused:
        read_source(content)

    assert refused.value.code == "old_format"
    assert words in str(refused.value)


def test_a_web_page_under_the_ending_doc_needs_no_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_word, "program", lambda: None)

    source = read_source(html(invented()))

    assert grid(source) == made_of(invented())
    assert lines(source) == lines_of(invented())


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the program")
def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(old_word, "program", lambda: str(program))
    monkeypatch.setattr(old_word, "SECONDS", 0.2)

    with pytest.raises(UnreadableFile) as refused:
        read_source(rtf())

    assert refused.value.code == "slow"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no true")
def test_a_program_that_makes_nothing_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_word, "program", lambda: "true")

    with pytest.raises(UnreadableFile) as refused:
        read_source(rtf())

    assert refused.value.code == "damaged"


@pytest.mark.slow
@pytest.mark.skipif(old_word.program() is None, reason="no LibreOffice here")
def test_libreoffice_gives_the_table_of_an_rtf() -> None:
    source = read_source(rtf())

    assert lines(source) == ["Дорожная карта"]
    assert grid(source) == [
        [("Дело", 0, 1, False), ("Срок", 1, 1, False)],
        [("Приказ", 0, 1, False), ("до 01.09.2026", 1, 1, False)],
    ]
    assert source.format == "rtf"
