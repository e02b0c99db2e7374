import pytest

from workflows.road_maps.reader.file_kind import kind_of, read_source
from workflows.road_maps.reader.refusal import UnreadableFile

TEXT = """Дорожная карта
\tNo\tМероприятие\tСрок

\t1.\tПодготовить приказ о наставничестве\tдо 31.08.2026
"""


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "koi8-r", "cp866"]
)
def test_every_encoding_of_a_text_gives_the_same_lines(encoding: str) -> None:
    assert read_source(TEXT.encode(encoding)) == read_source(TEXT.encode())


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_capital_letters_alone_are_told_apart(encoding: str) -> None:
    text = "ПЛАН МЕРОПРИЯТИЙ ПО НАСТАВНИЧЕСТВУ ШКОЛЫ"

    assert read_source(text.encode(encoding)).blocks[0].text == text


def test_lines_keep_tabs_and_blank_lines_and_their_numbers() -> None:
    lines = read_source(TEXT.encode()).blocks

    assert [line.text for line in lines[:4]] == [
        "Дорожная карта",
        "\tNo\tМероприятие\tСрок",
        "",
        "\t1.\tПодготовить приказ о наставничестве\tдо 31.08.2026",
    ]
    assert lines[3].place == "строка 4"


def test_what_nobody_sees_is_taken_out() -> None:
    text = "на\u00adстав\u200bник \u0438\u0306\r\nвторая\x0cтретья\x07 2025\u20112026"

    assert [line.text for line in read_source(text.encode()).blocks] == ["наставник й", "вторая", "третья 2025-2026"]


def test_markup_left_in_a_text_does_not_make_it_a_web_page() -> None:
    assert kind_of('План\n1.\t<ol style="x"> 1. Приказ'.encode()) == "text"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\0" * 5000, "empty"),
        (b" \r\n\t ", "empty"),
        ("Карта".encode()[:-1], "damaged"),
        (b"\xff\xfe\x3d\x04\x30", "damaged"),
        (bytes(range(256)) * 9, "unknown_kind"),
        (b"\x7fELF\x02\x01" + bytes(90) + b"x", "unknown_kind"),
        ("строка\n".encode() * 500_000, "too_large"),
        ("\u200b \u00ad".encode(), "no_text"),
    ],
)
def test_what_is_no_text_is_refused_in_a_sentence(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_source(content)

    assert refused.value.code == code
    assert "\n" not in str(refused.value)
