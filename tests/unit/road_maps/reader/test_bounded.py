import logging
import sys

import pytest

from tests.road_maps.making.content import invented
from tests.road_maps.making.docx_file import docx
from workflows.road_maps.reader import bounded
from workflows.road_maps.reader.bounded import ReadingLimits
from workflows.road_maps.reader.file_kind import read_source
from workflows.road_maps.reader.refusal import UnreadableFile

DOES = "tests.road_maps.making.misbehaving"


def test_a_child_reads_what_is_read_here() -> None:
    file = docx(invented())

    assert bounded.read_source(file) == read_source(file)


def test_a_refusal_comes_through() -> None:
    with pytest.raises(UnreadableFile, match="Файл пустой") as refused:
        bounded.read_source(b"")

    assert refused.value.code == "empty"


@pytest.mark.parametrize(
    ("does", "code"),
    [
        ("sleep", "slow"),
        pytest.param("take", "too_large", marks=pytest.mark.skipif(sys.platform == "win32", reason="no limit there")),
        ("leave", "failed"),
        ("fall", "failed"),
        ("stumble", "failed"),
        ("is_not_there", "failed"),
    ],
)
def test_whatever_happens_to_the_child_is_one_sentence(does: str, code: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL), pytest.raises(UnreadableFile) as refused:
        bounded.call(f"{DOES}:{does}", b"", limits=ReadingLimits(seconds=1.0 if does == "sleep" else 18.0))

    assert refused.value.code == code
    assert "\n" not in str(refused.value)
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize("to", [1, 2])
def test_what_a_library_prints_is_no_answer(to: int) -> None:
    assert bounded.call(f"{DOES}:chatter", "Карта\n2".encode(), {"to": to}) == "Карта\n2"
