from itertools import pairwise

import pytest

from tests.road_maps.making.compare import grid, lines, lines_of, made_of, maps, texts
from tests.road_maps.making.content import Content, invented
from tests.road_maps.making.html_file import Look, html
from tests.road_maps.making.shapes import with_column_numbers, with_merged_deadlines
from workflows.road_maps.reader.file_kind import kind_of, read_source
from workflows.road_maps.reader.refusal import UnreadableFile

LOOKS = [
    Look(),
    Look("cp1251"),
    Look("cp1251", declared=False),
    Look("utf-16"),
    Look("koi8-r"),
    Look("cp1251", of_word=True),
    Look(unclosed=True),
    Look(lists=True),
    Look("cp1251", mhtml=True),
]


@pytest.mark.parametrize("content", maps(), ids=lambda content: content.name)
def test_a_map_reads_back_in_every_look(content: Content) -> None:
    tried = 0
    for look in LOOKS:
        shaped = with_merged_deadlines(with_column_numbers(content))
        try:
            file = html(shaped, look)
        except UnicodeEncodeError:  # koi8-r has no №
            continue
        source = read_source(file)
        assert grid(source) == made_of(shaped), look
        assert lines(source) == lines_of(shaped), look
        tried += 1
    assert tried > 6


def test_a_page_laid_out_by_a_table_gives_the_table_inside() -> None:
    source = read_source(html(invented(), Look(layout=True)))

    assert grid(source) == made_of(invented())
    assert lines(source)[0] == "Меню"


def page(body: str) -> bytes:
    return f"<html><body>{body}</body></html>".encode()


def test_lists_show_their_numbers() -> None:
    body = (
        "<ol><li>а<li value=4>б<ol type=a start=2><li>в</ol><li>г</ol><ul><li><p>д</p></ul>"
        "<ol style='list-style-type: none'><li>1. е</ol>"
    )

    assert lines(read_source(page(body))) == ["1. а", "4. б", "b. в", "5. г", "• д", "1. е"]


def test_what_is_not_shown_is_not_read_and_deleted_text_is_told_of() -> None:
    body = "<script>1</script><h1>План</h1><del>старый</del><ins>новый</ins> текст<br>дальше<pre>а  б</pre>"

    source = read_source(page(body))

    assert [line.text for line in source.blocks] == ["План", "новый текст\nдальше", "а б"]
    assert [line.is_heading for line in source.blocks] == [True, False, False]
    assert [note.code for note in source.notes] == ["tracked_changes"]


def test_spans_beyond_the_table_end_with_it() -> None:
    body = "<table><tr><td rowspan=900000>а<td colspan=0>б<td rowspan=0>в<tr><td>г</table>"

    assert grid(read_source(page(body))) == [
        [("а", 0, 1, False), ("б", 1, 1, False), ("в", 2, 1, False)],
        [("а", 0, 1, True), ("г", 1, 1, False), ("в", 2, 1, True)],
    ]


def test_rows_that_excel_hid_are_read_and_told_of() -> None:
    source = read_source(page("<table><tr><td>а<td>б<tr style='display:none'><td>в<td>г</table>"))

    assert texts(source) == [["а", "б"], ["в", "г"]]
    assert [note.code for note in source.notes] == ["hidden"]


@pytest.mark.parametrize("ending", [b"", b"<p>", b"</td></tr>"])
def test_a_page_cut_off_anywhere_gives_what_is_there(ending: bytes) -> None:
    whole = html(invented())
    start = whole.index(b"</tr>")

    for cut in range(start, len(whole), 397):
        found = texts(read_source(whole[:cut].decode(errors="ignore").encode() + ending))
        assert found[0][0] == "Направление"


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (page(""), "no_text"),
        (page("<script>план</script>"), "no_text"),
        (b"<html>" + b"<td></td>" * 2_000_000, "too_large"),
        (page("<table><tr>" + "<td>а</td>" * 700), "too_many_rows"),
        (page("<table><tr>" + "<td>" * 200_001), "too_many_rows"),
        (page("<table>" + "<tr><td>а<td>б" * 10_001), "too_many_rows"),
        (page("<table><tr>" + "<td colspan=200 rowspan=9000></td><td>б" * 3), "too_many_rows"),
        (b"MIME-Version: 1.0\nContent-Type: text/plain\nContent-Type: x\n\n<p>", "damaged"),
    ],
)
def test_an_empty_or_endless_page_is_refused_in_a_sentence(file: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_source(file)

    assert refused.value.code == code


@pytest.mark.parametrize("tag", ["div", "table><tr><td", "ul><li", "b"])
def test_nesting_without_end_is_refused(tag: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_source(page(f"<{tag}>" * 20_000 + "текст"))

    assert refused.value.code == "too_deep"


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><p>а",
        "\ufeff <HTML><p>а",
        "<?xml version='1.0' encoding='utf-8'?><html><p>а</html>",
        "<!-- x --><div>а",
    ],
)
def test_a_page_is_known_by_its_content(text: str) -> None:
    assert kind_of(text.encode()) == "html"
    assert lines(read_source(text.encode())) == ["а"]


def test_places_are_told_apart() -> None:
    source = read_source(html(invented()))

    assert all(first.place != second.place for first, second in pairwise(source.blocks))
