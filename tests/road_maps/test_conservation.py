"""Every word of a source ends in a field, in a warning, among what was put aside or among what was not recognised."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.road_maps.making import docx_file, pdf_file, shapes
from tests.road_maps.making.content import INVENTED, SEEDS, invented, seeds
from workflows.road_maps.reader.file_kind import read_source
from workflows.road_maps.reader.folding import without_markup
from workflows.road_maps.reader.reading import Reading
from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.reader.source import Cell, Line, Row, Source, Table
from workflows.road_maps.reader.understanding import understand

# words that only say what stands beside them
LABELS = frozenset(
    "утверждаю утверждено согласовано принято рассмотрено цель цели задачи основные главная раздел этап блок модуль "
    "направление задача часть глава список перечень используемых используемые принятые сокращений сокращения м п г года".split()
)


def words(text: str) -> Counter[str]:
    """Words in small letters; hyphens are left out, for a word may be broken at one."""
    text = re.sub(r"(?<=\w)-\s*\n\s*(?=\w)|(?<=[^\W\d])- (?=[^\W\d])", "", text)
    return Counter(re.findall(r"\w+", re.sub(r"(?<=\w)-(?=\w)", "", text).replace("_", " ").lower()))


def words_in(source: Source) -> Counter[str]:
    texts: list[str] = []
    lines = [block.text.strip() for block in source.blocks if isinstance(block, Line) and block.text.strip()]
    texts.append("\n".join(lines))  # a word may be broken over two lines
    for block in source.blocks:
        if isinstance(block, Table):
            texts += [cell.text for row in block.rows for cell in row.cells if not cell.continues_above]
    found: Counter[str] = Counter()
    for text in texts:
        found.update(words(without_markup(text)[0]))
    return found


def words_out(reading: Reading) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in _strings(reading.to_contract()):
        found.update(words(text))
    for approval in (reading.approved_by, *reading.agreed_by):
        if approval and approval.on:
            day = approval.on
            months = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
            found.update([f"{day.day:02}", str(day.day), f"{day.month:02}", str(day.year), months[day.month - 1]])
            found.update([f"{day.year}г"])
    return found


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def lost(source: Source) -> dict[str, int]:
    """Words that the reading has less often than the source."""
    missing = words_in(source) - words_out(understand(source))
    return {word: many for word, many in missing.items() if word not in LABELS}


def test_nothing_of_the_real_maps_is_lost() -> None:
    if not SEEDS.is_dir():
        pytest.skip(f"the sources are not here: {SEEDS}")
    for path in sorted(SEEDS.glob("*.txt")):
        assert lost(read_source(path.read_bytes())) == {}, path.name
    for content in seeds():
        assert lost(read_source(docx_file.docx(shapes.with_repeated_header(content)))) == {}, content.name


def test_nothing_of_invented_maps_is_lost() -> None:
    sources = {
        "lines": read_source((INVENTED / "district.txt").read_bytes()),
        "docx": read_source(docx_file.docx(shapes.with_torn_row(invented()))),
        "pdf": read_source(pdf_file.pdf(invented())),
    }
    assert {name: lost(source) for name, source in sources.items()} == {name: {} for name in sources}


HEADINGS = (
    "№ п/п", "Этап", "Мероприятие", "Содержание деятельности", "Сроки", "Дата", "Ответственный", "Исполнители", "Результат",
    "Показатели", "Примечание", "Направление", "", "Форма",
)  # fmt: skip
PHRASES = (
    "", "1", "1.1", "2.", "IV", "Директор", "Куратор, наставники", "сентябрь 2026", "до 1 октября", "Раздел 2", "а) б)",
    "1. один\n2. два", "- раз;\n- два", "продолжение", "<b>", "Иванов И.И.", "20", "–", "стр. 3", "«", "по мере",
)  # fmt: skip
BEFORE = (
    "УТВЕРЖДАЮ", "Дорожная карта", "на 2026-2027 учебный год", "Цель: помочь", "Задачи:", "- найти", "МБОУ СОШ № 5",
    "Директор Петров П.П.", "«1» сентября 2026 г.", "Сокращения: ЦМН – модель", "", "Список", "Согласовано", "2",
)  # fmt: skip


@st.composite
def sources(draw: st.DrawFn) -> Source:
    """Lines and tables of any shape; each text carries a word that stands nowhere else."""
    made: list[Line | Table] = []
    marks = iter(f"слово{number}" for number in range(10_000))
    for _ in range(draw(st.integers(1, 3))):
        for text in draw(st.lists(st.sampled_from(BEFORE), max_size=6)):
            made.append(Line(_marked(text, marks, draw(st.booleans())), f"строка {len(made)}"))
        width = draw(st.integers(2, 6))
        header = draw(st.lists(st.sampled_from(HEADINGS), min_size=width, max_size=width))
        rows = [_row(header, 0)]
        for number in range(draw(st.integers(0, 8))):
            texts = draw(st.lists(st.sampled_from(PHRASES), min_size=width, max_size=width))
            marked = [_marked(text, marks, draw(st.booleans())) for text in texts]
            rows.append(_merged(_row(marked, number + 1), rows[-1], draw(st.integers(0, 12)), width))
        made.append(Table(tuple(rows), width, f"таблица {len(made)}"))
    return Source(draw(st.sampled_from(("docx", "text"))), tuple(made))


def _marked(text: str, marks: Iterator[str], wanted: bool) -> str:
    return f"{text} {next(marks)}" if wanted else text


def _row(texts: list[str], number: int) -> Row:
    return Row(
        tuple(Cell(text, f"строка {number}, столбец {at}", at) for at, text in enumerate(texts)), f"строка {number}"
    )


def _merged(row: Row, over: Row, how: int, width: int) -> Row:
    """Sometimes the first cell covers the row, sometimes a cell goes on from above, sometimes the last ones are missing."""
    first = row.cells[0]
    if how == 0:
        return Row((Cell(first.text, first.place, 0, width),), row.place)
    if how == 1 and len(over.cells) == width:
        return Row((Cell(over.cells[0].text, first.place, 0, 1, True), *row.cells[1:]), row.place)
    return Row(row.cells[: 2 if how == 2 else width], row.place)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sources())
def test_nothing_of_any_source_is_lost(source: Source) -> None:
    try:
        reading = understand(source)
    except UnreadableFile:
        return
    shape = json.dumps(reading.to_contract(), ensure_ascii=False).lower()
    marks = {word for word in words_in(source) if word.startswith("слово")}
    assert {mark for mark in marks if not re.search(rf"{mark}(?!\d)", shape)} == set()


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from((*BEFORE, *PHRASES, *HEADINGS, "\t1.1\tтекст\tсрок", "\tячейка", "№\tМероприятие\tСроки\tОтветственный",
                                 "№ Мероприятие Сроки Ответственные", "1.1 Сделать до 1 мая 2026 Директор", "1. Раздел", "1.2 Иное май 2026 Куратор")),
                max_size=30))  # fmt: skip
def test_nothing_of_any_text_is_lost(lines: list[str]) -> None:
    marked = [f"{line} слово{number}" if line and number % 2 else line for number, line in enumerate(lines)]
    source = Source("text", tuple(Line(line, f"строка {number}") for number, line in enumerate(marked, 1)))
    try:
        reading = understand(source)
    except UnreadableFile:
        return
    shape = json.dumps(reading.to_contract(), ensure_ascii=False).lower()
    marks = {word for word in words_in(source) if word.startswith("слово")}
    assert {mark for mark in marks if not re.search(rf"{mark}(?!\d)", shape)} == set()


@pytest.mark.parametrize("bit", ["<a ", "_", "1.", "«", "- а", "до ", "ОО - ", "Директор в мае ", "\u00a0а"])
def test_endless_cell_is_read_in_the_end(bit: str) -> None:
    """A pattern that tries every way through a text would not come back; the house ends and names tests that hang."""
    endless = bit * (30_000 // len(bit))
    header = "№ Мероприятие Сроки Ответственный"
    rows = (_row(["№", "Мероприятие", "Сроки", "Ответственный"], 0), _row(["1", endless, endless, endless], 1))
    text = (header, "1. Приказ май Директор", f"2. {endless}", "3. Отчёт май Куратор")

    drawn = understand(Source("docx", (Line(endless, "абзац 1"), Table(rows, 4, "таблица 1"))))
    typed = understand(Source("text", tuple(Line(line, f"строка {at}") for at, line in enumerate(text, 1))))

    assert len(drawn.items) == 1
    assert typed.items[-1].text == "Отчёт"
