from dataclasses import fields
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from tests.road_maps.making.compare import grid, lines, lines_of, made_of, maps, texts
from tests.road_maps.making.content import Content
from tests.road_maps.making.shapes import with_column_numbers, with_merged_deadlines
from tests.road_maps.making.xlsx_file import Look, xlsx
from workflows.road_maps.reader.file_kind import kind_of, read_source
from workflows.road_maps.reader.formats import grid as bounds
from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.reader.source import Source

LOOKS = [Look(), *(Look(**{each.name: True}) for each in fields(Look)), Look(apart=True, numbers=True, blank_rows=True)]


@pytest.mark.parametrize("content", maps(), ids=lambda content: content.name)
def test_a_map_reads_back_in_every_look(content: Content) -> None:
    shaped = with_merged_deadlines(with_column_numbers(content))
    for look in LOOKS:
        source = read_source(xlsx(shaped, look))
        assert grid(source) == made_of(shaped), look
        assert lines(source) == lines_of(shaped) + ["Черновик"] * look.second_sheet, look
        assert [note.code for note in source.notes] == ["hidden"] * (look.hidden + look.second_sheet)


def shown(value: object, layout: str) -> str:
    made = BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet()
    sheet.write(0, 0, value, book.add_format({"num_format": layout}))
    for column in (1, 2):
        sheet.write(0, column, "б")
    book.close()
    return texts(read_source(made.getvalue()))[0][0]


@pytest.mark.parametrize(
    ("value", "layout", "text"),
    [
        (datetime(2025, 9, 15), "dd.mm.yyyy", "15.09.2025"),
        (datetime(2025, 9, 15), '[$-419]d mmmm yyyy "г.";@', "15.09.2025"),
        (datetime(2025, 9, 1), "mmmm yyyy", "сентябрь 2025"),
        (datetime(2025, 9, 15), "[$-F800]dddd, mmmm dd, yyyy", "15.09.2025"),
        (datetime(2026, 1, 1), "d mmm", "1 января"),
        (datetime(2025, 9, 1), "mmmm", "сентябрь"),
        (datetime(2025, 9, 1), "yyyy", "2025"),
        (1.1, "General", "1.1"),
        (1.1, "0.00", "1.10"),
        (4.2, "0.0_ ", "4.2"),
        (3, "General", "3"),
        (0.1, "0%", "10%"),
        (0.1 + 0.2, "General", "0.3"),
        (45000, '0 "день"', "45000"),
        (-5, "dd.mm.yyyy", "-5"),
        (True, "General", "ИСТИНА"),
    ],
)
def test_numbers_are_read_as_excel_shows_them(value: object, layout: str, text: str) -> None:
    assert shown(value, layout) == text


def book(*rows: list[str]) -> Source:
    made = BytesIO()
    written = xlsxwriter.Workbook(made)
    sheet = written.add_worksheet("Карта")
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            if text:
                sheet.write_string(at, column, text)
    written.close()
    return read_source(made.getvalue())


def test_stamps_side_by_side_are_read_one_after_the_other() -> None:
    source = book(
        ["Согласовано", "", "", "Утверждаю"],
        ["Председатель", "", "", "Директор"],
        [],
        ["План"],
        ["№", "Дело", "Срок", "Кто"],
        ["1", "а", "б", "в"],
        [],
        ["Исполнитель", "", "", "Юрьева"],
    )

    assert lines(source) == ["Согласовано", "Председатель", "Утверждаю", "Директор", "План", "Исполнитель", "Юрьева"]
    assert texts(source) == [["№", "Дело", "Срок", "Кто"], ["1", "а", "б", "в"]]
    assert source.blocks[2].place == "лист «Карта», строка 1"


def test_a_table_of_two_columns_is_a_table_too() -> None:
    assert texts(book(["План"], [], ["Дело", "Срок"], ["а", "б"])) == [["Дело", "Срок"], ["а", "б"]]


def test_another_table_on_the_same_sheet_stands_apart() -> None:
    source = book(["№", "Дело", "Срок"], ["1", "а", "б"], [], ["Показатели"], ["", "", "", "Год", "План", "Факт"])

    assert texts(source) == [["№", "Дело", "Срок"], ["1", "а", "б"]]
    assert texts(source, 1) == [["Год", "План", "Факт"]]
    assert lines(source) == ["Показатели"]


def sheet_of(inside: str, more: dict[str, bytes] | None = None) -> bytes:
    """A book whose only sheet has this XML."""
    made, old = BytesIO(), BytesIO()
    written = xlsxwriter.Workbook(old)
    written.add_worksheet("Карта")
    written.close()
    with ZipFile(old) as source, ZipFile(made, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                content = f'<worksheet xmlns="{space}">{inside}</worksheet>'.encode()
            target.writestr(name, content)
        for name, content in (more or {}).items():
            target.writestr(name, content)
    return made.getvalue()


def test_formulas_without_a_value_and_macros_are_told_of() -> None:
    row = '<row><c t="str"><f>A2</f><v>итог</v></c><c><f>SUM(A1)</f></c><c t="e"><v>#REF!</v></c></row>'

    source = read_source(sheet_of(f"<sheetData>{row}</sheetData>", {"xl/vbaProject.bin": b"x"}))

    assert texts(source) == [["итог", "=SUM(A1)", "#REF!"]]
    assert [note.code for note in source.notes] == ["formula", "macros"]


def test_hundreds_of_thousands_of_empty_cells_cost_nothing() -> None:
    empty = "<row>" + '<c s="1"/>' * 100 + "</row>"
    inside = f"<sheetData>{empty * 3_000}<row><c t='str'><v>а</v></c></row></sheetData>"

    assert lines(read_source(sheet_of(inside))) == ["а"]


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<sheetData/>", "no_text"),
        ("<sheetData><row><c t='s'><v>999999</v></c><c t='s'><v>-1</v></c></row></sheetData>", "no_text"),
        ("<sheetData><row>", "damaged"),
        ("<sheetData>" + "<row><c><v>1</v></c></row>" * (bounds.MOST_ROWS + 1) + "</sheetData>", "too_many_rows"),
        ("<sheetData><row>" + "<c><v>1</v></c>" * 201 + "</row></sheetData>", "too_many_rows"),
    ],
)
def test_an_empty_or_endless_sheet_is_refused_in_a_sentence(inside: str, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_source(sheet_of(inside))

    assert refused.value.code == code


def test_senseless_addresses_and_merges_are_no_crash() -> None:
    merges = "".join(
        f'<mergeCell ref="{ref}"/>' for ref in ("A1:XFD1048576", "B2", "", "Z9:A1", "A1:A9999999", "AAAA1:B2")
    )
    row = '<row r="x"><c r="?" t="str"><v>а</v></c><c r="A1" t="n"><v>x</v></c><c t="str"><v>б</v></c></row>'

    source = read_source(sheet_of(f"<sheetData>{row}</sheetData><mergeCells>{merges}</mergeCells>"))

    assert source.blocks


def test_a_book_under_the_ending_of_word_is_a_book() -> None:
    assert kind_of(sheet_of("<sheetData/>")) == "xlsx"
