import pytest

from tests.road_maps.making.compare import grid, lines, lines_of, made_of, maps, texts
from tests.road_maps.making.content import Content, invented
from tests.road_maps.making.odt_file import list_style, numbered, ods, odt, packed, paragraph
from tests.road_maps.making.shapes import with_column_numbers, with_merged_deadlines
from workflows.road_maps.reader.file_kind import kind_of, read_source
from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.reader.source import Source, Table


def text(body: str, styles: str = "") -> Source:
    return read_source(packed(f"<office:text>{body}</office:text>", "text", styles))


@pytest.mark.parametrize("content", maps(), ids=lambda content: content.name)
def test_a_map_reads_back_as_text_and_as_book(content: Content) -> None:
    shaped = with_merged_deadlines(with_column_numbers(content))

    for file in (odt(shaped), ods(shaped)):
        source = read_source(file)
        assert grid(source) == made_of(shaped)
        assert lines(source) == lines_of(shaped)


def test_the_header_of_a_text_is_marked() -> None:
    drawn = next(block for block in read_source(odt(invented())).blocks if isinstance(block, Table))

    assert [row.repeats_header for row in drawn.rows[:2]] == [True, False]


def test_list_numbers_are_written_out_on_every_level() -> None:
    styles = list_style(
        'style:num-format="1" style:num-suffix="."',
        'style:num-format="1" style:num-suffix="." text:display-levels="2"',
        'style:num-format="а, б, в" style:num-suffix=")"',
    )
    inner = (
        "<text:list-item><text:list><text:list-item><text:p>в</text:p></text:list-item></text:list></text:list-item>"
    )
    body = (
        '<text:list text:style-name="L1"><text:list-item><text:p>а</text:p>'
        f"<text:list><text:list-item><text:p>б</text:p></text:list-item>{inner}</text:list></text:list-item>"
        '<text:list-item text:start-value="7"><text:p>г</text:p><text:p>без номера</text:p></text:list-item></text:list>'
        '<text:list text:style-name="L1" text:continue-numbering="true"><text:list-item><text:p>д</text:p></text:list-item></text:list>'
    )

    assert lines(text(body, styles)) == ["1. а", "1.1. б", "а) в", "7. г", "без номера", "8. д"]
    assert lines(text(numbered(("а", "б")) * 2, styles)) == ["1. а", "2. б", "1. а", "2. б"]


def test_frames_notes_and_tracked_changes() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>старое</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:p><draw:frame><draw:text-box><text:p>Утверждаю</text:p></draw:text-box></draw:frame>"
        "<draw:custom-shape><text:p>Печать</text:p></draw:custom-shape>План<text:s text:c='3'/>на<text:tab/>год"
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>сноска</text:p></text:note-body>"
        "</text:note></text:p><text:h>Раздел</text:h>"
    )

    source = text(body)

    assert [(line.text, line.is_heading) for line in source.blocks] == [
        ("Утверждаю", False), ("Печать", False), ("План   на\tгод", False), ("Раздел", True), ("сноска", False),
    ]  # fmt: skip
    assert [note.code for note in source.notes] == ["tracked_changes"]


def test_repeated_cells_and_rows_are_bounded() -> None:
    body = (
        "<table:table><table:table-row><table:table-cell table:number-columns-repeated='2'><text:p>а</text:p></table:table-cell>"
        "<table:table-cell table:number-columns-repeated='1000000'/></table:table-row>"
        "<table:table-row table:number-rows-repeated='1000000'><table:table-cell table:number-columns-repeated='1000'/>"
        "</table:table-row></table:table>"
    )

    assert texts(text(body))[0][:2] == ["а", "а"]


@pytest.mark.parametrize(("columns", "rows", "written"), [(3, 999_999, 3), (999_999, 1, 600), (999_999, 999_999, 1)])
def test_repeated_text_without_end_is_refused(columns: int, rows: int, written: int) -> None:
    cell = f"<table:table-cell table:number-columns-repeated='{columns}'>{paragraph('а')}</table:table-cell>"
    row = f"<table:table-row table:number-rows-repeated='{rows}'>{cell}{cell}</table:table-row>"
    for kind in ("text", "spreadsheet"):
        with pytest.raises(UnreadableFile) as refused:
            read_source(packed(f"<office:{kind}><table:table>{row * written}</table:table></office:{kind}>", kind))
        assert refused.value.code == "too_many_rows"


def test_one_flat_file_is_read_too() -> None:
    whole = packed(f"<office:text>{paragraph('План')}</office:text>", "text")
    spaces = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    flat = f"<?xml version='1.0'?><office:document {spaces}><office:body><office:text>{paragraph('План')}</office:text></office:body></office:document>"

    assert kind_of(whole) == kind_of(flat.encode()) == "odt"
    assert lines(read_source(flat.encode())) == ["План"]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (packed("<office:text/>", "text"), "no_text"),
        (packed("", "text"), "damaged"),
        (packed("<office:text><text:p>", "text"), "damaged"),
        (packed("<office:text/>", "text", manifest="<m><encryption-data/></m>"), "encrypted"),
        (packed("<office:presentation/>", "presentation"), "presentation"),
        (
            packed("<office:text>" + "<text:section>" * 300 + "</text:section>" * 300 + "</office:text>", "text"),
            "too_deep",
        ),
    ],
)
def test_a_broken_file_is_refused_in_a_sentence(file: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_source(file)

    assert refused.value.code == code
