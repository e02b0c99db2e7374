from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.road_maps.making.compare import grid, made_of
from tests.road_maps.making.content import invented
from tests.road_maps.making.docx_file import docx
from tests.road_maps.making.hostile import bombs, refused, stored, tricky
from tests.road_maps.making.html_file import html
from tests.road_maps.making.odt_file import ods, odt
from tests.road_maps.making.pdf_file import pdf
from tests.road_maps.making.xlsx_file import xlsx
from workflows.road_maps.reader import file_kind, formats
from workflows.road_maps.reader.file_kind import READERS, kind_of, read_source
from workflows.road_maps.reader.refusal import UnreadableFile


@pytest.mark.parametrize("files", [bombs, refused])
def test_what_is_no_map_is_refused_in_one_sentence(files: Callable[[], Iterator[tuple[str, bytes, str]]]) -> None:
    for name, file, code in files():
        with pytest.raises(UnreadableFile) as answer:
            read_source(file)

        assert answer.value.code == code, name
        assert set(answer.value.errors) == {"file"}
        text = str(answer.value)
        assert "\n" not in text
        assert "root:" not in text
        assert text.endswith(".")
        assert ":" in text, "what is wrong, and what to do"


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("docx", docx(invented())), ("docx", stored(docx(invented()))), ("xlsx", xlsx(invented())), ("odt", odt(invented())),
        ("ods", ods(invented())), ("html", html(invented())), ("pdf", pdf(invented())), ("text", "План".encode()),
        ("pdf", b"\r\n\r\n" + pdf(invented())),
    ],
)  # fmt: skip
def test_a_kind_is_known_without_its_ending(kind: str, file: bytes) -> None:
    assert kind_of(file) == kind


def test_names_that_lead_outside_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert grid(read_source(tricky())) == made_of(invented())
    assert list(tmp_path.iterdir()) == []


def test_every_kind_has_its_reader() -> None:
    there = {path.stem for path in Path(formats.__path__[0]).glob("*.py")}

    assert set(READERS.values()) <= there


@pytest.mark.parametrize(("error", "code"), [(RecursionError, "too_deep"), (MemoryError, "too_large")])
def test_what_python_can_not_bear_is_refused(
    error: type[Exception], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_name: str) -> object:
        class Reader:
            @staticmethod
            def read(_content: bytes) -> None:
                raise error

        return Reader

    monkeypatch.setattr(file_kind, "import_module", fail)

    with pytest.raises(UnreadableFile) as answer:
        read_source(b"x")

    assert answer.value.code == code
