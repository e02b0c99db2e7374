"""Seven whole maps in every format, clean and ugly, against what a person has read in them.

The share of right fields is counted over all fields, as the issue asks: at least 98 of 100. Each field that is known to be
read otherwise stands below with its reason; any other wrong field fails.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.road_maps.comparing import Field, expected, fields
from tests.road_maps.making import docx_file, html_file, odt_file, pdf_file, shapes, xlsx_file
from tests.road_maps.making.content import INVENTED, SEEDS, Content, invented, seeds
from workflows.road_maps.reader.file_kind import read_source
from workflows.road_maps.reader.reading import Reading
from workflows.road_maps.reader.understanding import understand

NAMES = ("typical_2022", "kakhun_2025", "tarasovsky_2020", "kindergarten_333", "school9_2020", "invented_college")
SHARE = 98

KNOWN: dict[tuple[str, str], str] = {}
"""(map, field) -> why it is read otherwise."""


@pytest.fixture(scope="module")
def maps() -> dict[str, Content]:
    """The maps as cells; those of other people only where their texts lie beside the repository."""
    return {content.expected.removesuffix(".json"): content for content in [*seeds(), invented()]}


@pytest.fixture
def content(request: pytest.FixtureRequest, maps: dict[str, Content]) -> Content:
    if request.param not in maps:
        pytest.skip(f"the source is not here: {SEEDS}")
    return maps[request.param]


each_map = pytest.mark.parametrize("content", NAMES, indirect=True)


def check(name: str, reading: Reading) -> None:
    """No field is wrong but the known ones, and those are few. Prints the share."""
    found = list(fields(expected(name), reading))
    wrong = [field for field in found if field[1] != field[2]]
    share = 100 * (len(found) - len(wrong)) / len(found)
    print(f"{name}: {len(found) - len(wrong)} of {len(found)} fields, {share:.2f} %")
    assert not [told(field) for field in wrong if (name, field[0]) not in KNOWN]
    assert share >= SHARE


def told(field: Field) -> str:
    """A wrong field on one line."""
    where, wanted, got = field
    return f"{where}: expected {wanted!r}, read {got!r}"


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("invented")])
def test_text_of_a_real_map(name: str) -> None:
    path = SEEDS / expected(name)["seed"]
    if not path.is_file():
        pytest.skip(f"the source is not here: {SEEDS}")

    check(name, understand(read_source(path.read_bytes())))


def test_plain_lines_of_an_invented_map() -> None:
    check("invented_district", understand(read_source((INVENTED / "district.txt").read_bytes())))


@each_map
@pytest.mark.parametrize("written", [docx_file.docx, xlsx_file.xlsx, html_file.html, pdf_file.pdf, odt_file.odt])
def test_every_format(content: Content, written: Callable[[Content], bytes]) -> None:
    check(name_of(content), understand(read_source(written(content))))


def torn(content: Content) -> Content:
    """Numbers of columns, headers after a page break, a row torn by it, words broken over a line: all at once."""
    return shapes.with_split_words(
        shapes.with_torn_row(shapes.with_repeated_header(shapes.with_column_numbers(content)))
    )


UGLY: dict[str, Callable[[Content], bytes]] = {
    "docx": lambda content: docx_file.docx(
        torn(content), docx_file.Look(boxed_stamp=True, torn_runs=True, framed=True)
    ),
    "html": lambda content: html_file.html(torn(content), html_file.Look(layout=True, lists=True, of_word=True)),
    "xlsx": lambda content: xlsx_file.xlsx(
        torn(content), xlsx_file.Look(apart=True, blank_rows=True, dates=True, numbers=True, rich=True)
    ),
}


@each_map
@pytest.mark.parametrize("written", UGLY.values(), ids=UGLY)
def test_ugly_shapes(content: Content, written: Callable[[Content], bytes]) -> None:
    check(name_of(content), understand(read_source(written(content))))


@pytest.mark.parametrize(
    "content", ["typical_2022", "tarasovsky_2020", "school9_2020", "invented_college"], indirect=True
)
def test_numbers_that_word_counts(content: Content) -> None:
    numbered = docx_file.docx(content, docx_file.Look(auto_numbers=True))

    check(name_of(content), understand(read_source(numbered)))


@pytest.mark.parametrize("content", ["typical_2022", "tarasovsky_2020"], indirect=True)
def test_lines_of_a_pdf_without_borders(content: Content) -> None:
    check(name_of(content), understand(read_source(pdf_file.pdf(content, ruled=False))))


@pytest.mark.parametrize("content", ["typical_2022", "tarasovsky_2020"], indirect=True)
def test_plan_in_two_tables(content: Content) -> None:
    first, second = shapes.in_two_tables(content)
    apart = [understand(read_source(docx_file.docx(part))) for part in (first, second)]
    whole = understand(read_source(docx_file.docx(content)))

    assert [item.text for reading in apart for item in reading.items] == [item.text for item in whole.items]


def name_of(content: Content) -> str:
    return content.expected.removesuffix(".json")
