import pytest

from tests.road_maps.making.compare import Grid, grid, lines, made_of, maps
from tests.road_maps.making.content import Content, shipped
from tests.road_maps.making.pdf_file import pdf, written
from tests.road_maps.making.shapes import with_merged_deadlines
from workflows.road_maps.reader.file_kind import read_source
from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.reader.source import Table

SMALL = [content for content in (*maps(), *shipped()) if len(content.rows) < 32][-3::2]


def letters(rows: Grid) -> Grid:
    """Without blanks: a column of the page breaks lines, and words, where it likes."""
    return [[("".join(cell[0].split()), *cell[1:]) for cell in row] for row in rows]


@pytest.mark.parametrize("content", SMALL, ids=lambda content: content.name)
def test_a_ruled_map_over_several_pages_reads_back_as_one_table(content: Content) -> None:
    shaped = with_merged_deadlines(content)

    source = read_source(pdf(shaped))

    tables = [block for block in source.blocks if isinstance(block, Table)]
    assert letters(grid(source)) == letters(made_of(shaped))
    assert len(tables) == 1
    assert lines(source)[0].startswith(shaped.before[0][:40])
    assert tables[0].rows[-1].place.startswith("страница ")


def test_without_rules_the_lines_come_in_order_and_page_numbers_do_not() -> None:
    content = SMALL[0]

    found = "".join("".join(lines(read_source(pdf(content, ruled=False)))).split())

    whole = "".join((*content.before, *(cell[0] for row in content.grid() for cell in row), *content.after))
    assert found == "".join(whole.split())


def drawn(*texts: tuple[float, float, str]) -> list[str]:
    return [f"BT /F1 9 Tf {x} {y} Td <{text.encode('cp1251').hex()}> Tj ET" for x, y, text in texts]


def test_stamps_side_by_side_are_read_one_after_the_other() -> None:
    page = drawn(
        (40, 500, "СОГЛАСОВАНО"),
        (500, 500, "УТВЕРЖДАЮ"),
        (40, 480, "Профсоюз"),
        (500, 480, "Директор"),
        (200, 400, "ПЛАН"),
    )

    assert lines(read_source(written([page]))) == ["СОГЛАСОВАНО", "Профсоюз", "УТВЕРЖДАЮ", "Директор", "ПЛАН"]


def test_a_running_head_is_read_once() -> None:
    pages = [drawn((40, 560, "Школа № 9"), (40, 500, f"пункт {at}"), (400, 20, f"- {at} -")) for at in range(1, 5)]

    assert lines(read_source(written(pages))) == ["Школа № 9", "пункт 1", "пункт 2", "пункт 3", "пункт 4"]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (written([[]]), "no_text"),
        (written([[], []], picture=True), "scan"),
        (written([drawn((40, 40, "а"))] * 151), "too_many_pages"),
        (written([drawn((40, 40, "а"))])[:300], "damaged"),
        (b"%PDF-1.7\n" + b"\0\xff" * 400, "damaged"),
        (b"%PDF-1.7\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF", "damaged"),
    ],
)
def test_a_file_without_text_is_refused_in_a_sentence(file: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_source(file)

    assert refused.value.code == code
    assert "\n" not in str(refused.value)


def test_a_password_is_asked_for() -> None:
    entry = (
        b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <"
        + b"41" * 32
        + b"> /U <"
        + b"42" * 32
        + b"> /P -4 >> /ID [<41><41>]"
    )
    file = written([drawn((40, 40, "а"))]).replace(b"/Root 1 0 R", b"/Root 1 0 R " + entry)

    with pytest.raises(UnreadableFile) as refused:
        read_source(file)

    assert refused.value.code == "encrypted"


def test_letters_without_a_table_of_letters_are_no_text() -> None:
    page = drawn(*((40, 500 - 12 * at, "кшгщзв") for at in range(9)))
    inner = (
        b"/DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 500 /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>] /Encoding /Identity-H"
    )
    file = written([page]).replace(b"/Type1", b"/Type0").replace(b"/ToUnicode 4 0 R", inner)

    with pytest.raises(UnreadableFile) as refused:
        read_source(file)

    assert refused.value.code == "no_letters"
