from dataclasses import fields, replace
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

import docx
import pytest

from tests.road_maps.making.compare import Grid, grid, lines, lines_of, made_of, maps, texts
from tests.road_maps.making.content import Content, invented
from tests.road_maps.making.docx_file import Look, box, cell, numbered, packed, paragraph, part, table
from tests.road_maps.making.docx_file import docx as docx_of
from tests.road_maps.making.shapes import with_column_numbers, with_merged_deadlines, with_split_words
from workflows.road_maps.reader.file_kind import kind_of, read_source
from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.reader.source import Table

LOOKS = [Look(), *(Look(**{each.name: True}) for each in fields(Look)), Look(tracked=True, torn_runs=True, framed=True)]


def without_dots(rows: Grid) -> Grid:
    return [[(row[0][0].rstrip("."), *row[0][1:]), *row[1:]] for row in rows]


@pytest.mark.parametrize("content", maps(), ids=lambda content: content.name)
def test_a_map_reads_back_in_every_look(content: Content) -> None:
    assert grid(read_source(docx_of(content))) == made_of(content)

    for look in LOOKS:
        shaped, file = in_look(content, look)
        source = read_source(file)
        assert without_dots(grid(source)) == without_dots(made_of(shaped)), look
        assert lines(source) == lines_of(shaped), look
        assert [note.code for note in source.notes] == ["tracked_changes"] * look.tracked + ["macros"] * look.macros


def in_look(content: Content, look: Look) -> tuple[Content, bytes]:
    """The map in as ugly a shape as goes with the look; a map that Word would not count keeps its typed numbers."""
    for shaped in (with_merged_deadlines(with_column_numbers(with_split_words(content))), with_split_words(content)):
        try:
            return shaped, docx_of(shaped, look)
        except ValueError:
            continue
    return content, docx_of(content, replace(look, auto_numbers=False, crooked=False))


def test_a_file_of_python_docx_reads_as_it_reads_itself() -> None:
    document = docx.Document()
    document.add_heading("Дорожная карта", 1)
    document.add_paragraph("первая задача", style="List Number")
    document.add_paragraph("вторая задача", style="List Number")
    drawn = document.add_table(4, 3)
    for at, row in enumerate(drawn.rows):
        for place, each in enumerate(row.cells):
            each.text = f"{at}.{place}"
    drawn.cell(1, 0).merge(drawn.cell(2, 0)).text = "вниз"
    drawn.cell(3, 0).merge(drawn.cell(3, 2)).text = "вправо"
    file = BytesIO()
    document.save(file)

    source = read_source(file.getvalue())

    assert lines(source) == ["Дорожная карта", "1. первая задача", "2. вторая задача"]
    assert [block.is_heading for block in source.blocks[:3]] == [True, False, False]
    assert grid(source) == [
        [("0.0", 0, 1, False), ("0.1", 1, 1, False), ("0.2", 2, 1, False)],
        [("вниз", 0, 1, False), ("1.1", 1, 1, False), ("1.2", 2, 1, False)],
        [("вниз", 0, 1, True), ("2.1", 1, 1, False), ("2.2", 2, 1, False)],
        [("вправо", 0, 3, False)],
    ]


def level(place: int, text: str, form: str = "decimal", start: int = 1, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{place}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def counted(levels: str, paragraphs: list[tuple[str, int, int]], more: str = "", first: str = "") -> list[str]:
    """Texts of (text, level, list) paragraphs; lists 1 and 2 are of one kind."""
    lists = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    numbering = part("numbering", f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>{lists}{more}')
    body = first + "".join(paragraph(text, numbered(place, list_id)) for text, place, list_id in paragraphs)
    return lines(read_source(packed(body, numbering=numbering)))


def test_levels_are_counted_within_each_other() -> None:
    levels = level(0, "%1.") + level(1, "%1.%2.") + level(2, "%3)", "russianLower")

    assert counted(levels, [("а", 0, 1), ("б", 1, 1), ("в", 1, 1), ("г", 2, 1), ("д", 2, 1), ("е", 0, 1), ("ж", 1, 1)]) == [
        "1. а", "1.1. б", "1.2. в", "а) г", "б) д", "2. е", "2.1. ж",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "second"),
    [
        (level(0, "%1.") + level(1, "%2.", more='<w:lvlRestart w:val="0"/>'), "2. г"),
        (level(0, "%1.") + level(1, "%2."), "1. г"),
    ],
)
def test_a_level_starts_anew_unless_told_otherwise(levels: str, second: str) -> None:
    assert counted(levels, [("а", 0, 1), ("б", 1, 1), ("в", 0, 1), ("г", 1, 1)])[3] == second


def test_a_list_goes_on_in_another_of_its_kind_unless_that_starts_anew() -> None:
    start = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    more = f'<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="0"/>{start}</w:num>'

    assert counted(level(0, "%1)"), [("а", 0, 1), ("б", 0, 2), ("в", 0, 3), ("г", 0, 3)], more) == [
        "1) а",
        "2) б",
        "1) в",
        "2) г",
    ]


@pytest.mark.parametrize(
    ("form", "start", "shown"),
    [
        ("decimalZero", 3, "03."), ("upperRoman", 4, "IV."), ("lowerLetter", 28, "bb."), ("russianUpper", 2, "Б."),
        ("none", 1, "."), ("bullet", 1, "•"), ("decimal", 0, "0."), ("chineseCounting", 5, "5."),
    ],
)  # fmt: skip
def test_numbers_are_written_as_word_shows_them(form: str, start: int, shown: str) -> None:
    assert counted(level(0, "%1.", form, start), [("пункт", 0, 1)]) == [f"{shown} пункт"]


def test_legal_numbering_writes_higher_levels_in_figures() -> None:
    levels = level(0, "Раздел %1", "upperRoman") + level(1, "%1.%2", more="<w:isLgl/>")

    assert counted(levels, [("а", 0, 1), ("б", 1, 1)]) == ["Раздел I а", "1.1 б"]


def test_a_style_brings_its_numbering_and_zero_takes_it_away() -> None:
    numbering = part(
        "numbering",
        '<w:abstractNum w:abstractNumId="0">'
        + level(0, "%1.")
        + level(1, "%1.%2.", more='<w:pStyle w:val="Second"/>')
        + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',
    )
    listed = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    styles = part(
        "styles",
        f'<w:style w:type="paragraph" w:styleId="First"><w:name w:val="a"/>{listed}</w:style>'
        f'<w:style w:type="paragraph" w:styleId="Second"><w:name w:val="b"/>{listed}</w:style>'
        '<w:style w:type="paragraph" w:styleId="Child"><w:name w:val="c"/><w:basedOn w:val="First"/></w:style>',
    )
    none = '<w:numPr><w:numId w:val="0"/></w:numPr>'
    body = "".join(
        paragraph(text, f'<w:pStyle w:val="{style}"/>{more}')
        for text, style, more in (("а", "First", ""), ("б", "Second", ""), ("в", "Child", ""), ("г", "Child", none))
    )

    assert lines(read_source(packed(body, numbering=numbering, styles=styles))) == ["1. а", "1.1. б", "2. в", "г"]


def test_a_circle_of_styles_ends() -> None:
    styles = part("styles", '<w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="A"/></w:style>')

    assert lines(read_source(packed(paragraph("текст", '<w:pStyle w:val="A"/>'), styles=styles))) == ["текст"]


def test_an_inner_table_that_is_wider_stands_apart_and_a_smaller_one_in_its_cell() -> None:
    wide = table(["".join(cell(paragraph(f"{at}{row}")) for at in "абв") for row in "12"], [900] * 3)
    small = table([cell(paragraph("м")) + cell(paragraph("н"))], [900] * 2)
    outer = table([cell(paragraph("левая") + wide) + cell(paragraph("правая") + small)], [4000] * 2)

    source = read_source(packed(outer))

    assert texts(source) == [["левая", "правая\nм н"]]
    assert texts(source, 1) == [["а1", "б1", "в1"], ["а2", "б2", "в2"]]


def test_footnotes_and_running_heads_stand_at_the_end() -> None:
    note = part("footnotes", f'<w:footnote w:id="5">{paragraph("Пояснение")}</w:footnote>')
    head = part("hdr", paragraph("Приложение к приказу № 7"))
    foot = part("ftr", paragraph("- 12 -"))
    body = '<w:p><w:r><w:t>Срок</w:t></w:r><w:r><w:footnoteReference w:id="5"/></w:r></w:p>'

    source = read_source(packed(body, parts={"footnotes": note, "header": head, "footer": foot}))

    assert [(line.text, line.place) for line in source.blocks] == [
        ("Срок", "абзац 1"), ("Пояснение", "сноска 1"), ("Приложение к приказу № 7", "верхний колонтитул"),
    ]  # fmt: skip


def test_words_of_an_empty_control_are_nobodys() -> None:
    def control(text: str) -> str:
        return f"<w:p><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>{text}</w:t></w:r></w:sdtContent></w:sdt></w:p>"

    source = read_source(packed(control("Место для ввода текста.") + control("сентябрь 2026")))

    assert lines(source) == ["сентябрь 2026"]


def test_deleted_rows_are_dropped_and_inserted_ones_kept() -> None:
    def row(text: str, mark: str) -> str:
        return f"<w:tr><w:trPr>{mark}</w:trPr>{cell(paragraph(text))}{cell(paragraph('б'))}</w:tr>"

    source = read_source(
        packed(table([row("осталась", ""), row("ушла", "<w:del/>"), row("пришла", "<w:ins/>")], [900] * 2))
    )

    assert texts(source) == [["осталась", "б"], ["пришла", "б"]]
    assert [note.code for note in source.notes] == ["tracked_changes"]


def test_old_merging_to_the_right_is_one_cell() -> None:
    merged = '<w:tc><w:tcPr><w:hMerge w:val="{}"/></w:tcPr>{}</w:tc>'
    row = merged.format("restart", paragraph("Раздел")) + merged.format("continue", "<w:p/>") + cell(paragraph("в"))

    source = read_source(packed(table([row, cell(paragraph("а")) * 3], [900] * 3)))

    assert grid(source)[0] == [("Раздел", 0, 2, False), ("в", 2, 1, False)]


def test_a_row_that_begins_further_right_keeps_its_column() -> None:
    shifted = f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{cell(paragraph("в"))}</w:tr>'

    assert grid(read_source(packed(table([cell(paragraph("а")) + cell(paragraph("б")), shifted], [900] * 2))))[1] == [
        ("в", 1, 1, False)
    ]


def test_special_signs_of_word() -> None:
    body = (
        "<w:p><w:r><w:t>2025</w:t><w:noBreakHyphen/><w:t>2026</w:t><w:tab/><w:t>год</w:t><w:br/>"
        '<w:sym w:font="Symbol" w:char="F0B7"/><w:t>пункт</w:t><w:cr/><w:softHyphen/></w:r></w:p>'
    )

    assert lines(read_source(packed(body + box(["в рамке"])))) == ["2025-2026\tгод\n•пункт", "в рамке"]


def test_the_ending_means_nothing_and_the_main_part_may_have_any_name() -> None:
    renamed = BytesIO()
    with ZipFile(BytesIO(packed(paragraph("текст")))) as old, ZipFile(renamed, "w") as new:
        for name in old.namelist():
            inside = old.read(name).replace(b"word/document.xml", b"word/document2.xml")
            new.writestr(name.replace("document.xml", "document2.xml").replace("/", "\\"), inside)

    assert kind_of(renamed.getvalue()) == "docx"
    assert lines(read_source(renamed.getvalue())) == ["текст"]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (packed(paragraph("текст"))[:-30], "damaged"),
        (packed(paragraph("текст"))[:200], "damaged"),
        (packed("<w:p></w:broken>"), "damaged"),
        (packed("<w:p/>"), "no_text"),
        (packed("<w:tbl><w:tr><w:tc>" * 60), "damaged"),
        (packed("<w:tbl><w:tr><w:tc>" * 80 + "</w:tc></w:tr></w:tbl>" * 80), "no_text"),
        (packed("<w:tbl><w:tr><w:tc>" * 300 + "</w:tc></w:tr></w:tbl>" * 300), "too_deep"),
        (packed(table(["<w:tc/><w:tc/>"] * 10_001, [900] * 2)), "too_many_rows"),
        (packed(table([cell(paragraph("а"), span=200) * 9], [900])), "too_many_rows"),
    ],
)
def test_a_broken_or_endless_file_is_refused_in_a_sentence(file: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_source(file)

    assert refused.value.code == code
    assert "\n" not in str(refused.value)


def test_rows_are_named_as_a_person_counts_them() -> None:
    source = read_source(docx_of(invented()))
    drawn = next(block for block in source.blocks if isinstance(block, Table))

    assert drawn.rows[2].cells[1].place == "таблица 1, строка 3, столбец 2"
    assert [row.repeats_header for row in drawn.rows[:2]] == [True, False]
    assert all(first.place != second.place for first, second in pairwise(drawn.rows))
