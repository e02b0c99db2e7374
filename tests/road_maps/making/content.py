"""What a road map's file is to hold, before it is written in any format: lines, and one table of cells.

Taken at test time from the real maps where their texts lie beside the repository, from the shipped maps always.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
SEEDS = ROOT.parent / "shared" / "seeds"
SHIPPED = ROOT / "workflows" / "road_maps" / "maps"
EXPECTED = ROOT / "tests" / "road_maps" / "expected"
INVENTED = ROOT / "tests" / "road_maps" / "invented"


@dataclass(frozen=True, slots=True)
class Wide:
    """A cell merged to the right."""

    text: str
    columns: int


ABOVE = None
"""In place of a cell: it is merged with the one above."""

Cell = str | Wide | None
Cells = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Lines before and after a table; the first row is its header. `\\n` in a cell begins a new line."""

    name: str
    before: tuple[str, ...]
    rows: tuple[Cells, ...]
    after: tuple[str, ...] = ()
    expected: str = ""
    """File in `expected/` that says how it is to be read; empty where none does."""

    @property
    def columns(self) -> int:
        return sum(cell.columns if isinstance(cell, Wide) else 1 for cell in self.rows[0])

    def grid(self) -> list[list[tuple[str, int, int, bool]]]:
        """(text, column, columns, continues above) of every cell of every row, as a reader is to give them."""
        grid: list[list[tuple[str, int, int, bool]]] = []
        for row in self.rows:
            made: list[tuple[str, int, int, bool]] = []
            for cell in row:
                column = made[-1][1] + made[-1][2] if made else 0
                if cell is None:
                    text, _column, columns, _above = next(each for each in grid[-1] if each[1] == column)
                    made.append((text, column, columns, True))
                elif isinstance(cell, Wide):
                    made.append((cell.text, column, cell.columns, False))
                else:
                    made.append((cell, column, 1, False))
            grid.append(made)
        return grid


def invented(name: str = "college") -> Content:
    """A map that `invented/` holds as cells."""
    data = json.loads((INVENTED / f"{name}.json").read_text("utf-8"))
    rows = (
        tuple(Wide(cell["text"], cell["columns"]) if isinstance(cell, dict) else cell for cell in row)
        for row in data["table"]
    )
    return Content(name, tuple(data["before"]), tuple(rows), tuple(data.get("after", ())), f"invented_{name}.json")


def shipped() -> Iterator[Content]:
    """The maps that come with the program: their own words, the numbers, deadlines and merged sections of the real ones."""
    for path in sorted(SHIPPED.glob("*.yaml")):
        data = YAML(typ="safe").load(path.read_text("utf-8"))
        header = ("№ п/п", "Мероприятие", "Сроки", "Ответственные", "Результат")
        rows: list[Cells] = [header]
        for section in data["sections"]:
            rows.append((section["number"] or "", Wide(section["title"], len(header) - 1)))
            rows += [_item(item) for item in section["items"]]
        before = ("УТВЕРЖДАЮ", "Директор", "_______ Н.Н. Новикова", "ДОРОЖНАЯ КАРТА", data["title"])
        yield Content(f"shipped_{path.stem}", before, tuple(rows))


def _item(item: dict[str, object]) -> Cells:
    def text_of(value: object) -> str:
        return str(value.get("text") or "") if isinstance(value, dict) else str(value or "")

    keys = ("number", "text", "deadline", "responsible", "result")
    return tuple(" ".join(text_of(item.get(key)).split()) for key in keys)


# -- the real maps ----------------------------------------------------------------------------------------------------


def seeds() -> Iterator[Content]:
    """The real maps as cells, none where their texts are not at hand."""
    for path in sorted(SEEDS.glob("*.txt")):
        expected = next(found for found in sorted(EXPECTED.glob("*.json")) if path.name in found.read_text("utf-8"))
        made = _SEEDS[path.name[:3]](path.read_text("utf-8"), json.loads(expected.read_text("utf-8")))
        yield replace(made, name=expected.stem, expected=expected.name)


def _lines_before(text: str, header: str) -> tuple[str, ...]:
    lines = (line.strip().strip("*") for line in text[: text.index(header)].split("\n"))
    return tuple(line for line in lines if line)


def _cell(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def _cell_a_line(text: str, expected: dict[str, object]) -> Content:
    """A tab begins each cell; a cell that is a number begins each row."""
    start = text.index("\t№")
    cells = [_cell(part) for part in text[start + 1 :].split("\n\t")]
    header, rest = cells[:5], cells[5:]
    rows: list[list[str]] = []
    for cell in rest:
        if re.fullmatch(r"\d+(\.\d+)*\.?", cell):
            rows.append([])
        rows[-1].append(cell)
    return Content("", _lines_before(text, "\t№"), (tuple(header), *(_filled(row, 5) for row in rows)))


def _filled(row: Sequence[str], columns: int) -> Cells:
    """A row of as many cells as its header; one of number and title only is merged to the right."""
    if len(row) == 2:
        return (row[0], Wide(row[1], columns - 1))
    return (*row, *[""] * (columns - len(row)))


def _tabs(text: str, expected: dict[str, object]) -> Content:
    """Cells between tabs; a row without tabs is torn off the one above, as the real files have it."""
    start = re.search(r"^(№ п/п|Содержание)\t", text, re.M)
    assert start
    rows = [line.split("\t") for line in text[start.start() :].split("\n") if line.strip()]
    columns = len(rows[0])
    made: list[Cells] = []
    for row in rows:
        filled = [cell.strip() for cell in row]
        if len(filled) > 2 and filled[0] and not any(filled[1:]):
            made.append((Wide(filled[0], columns),))
        else:
            made.append((*filled, *[""] * (columns - len(filled))))
    return Content("", _lines_before(text, text[start.start() : start.end()]), tuple(made))


def _plain_lines(text: str, expected: dict[str, object]) -> Content:
    """Running lines: a row is cut where the deadline stands that a person has read in it."""
    header = "№ Мероприятие Сроки Ответственные"
    body = " ".join(text[text.index(header) + len(header) :].split())
    rows: list[Cells] = [("№", "Мероприятие", "Сроки", "Ответственные")]
    for section in expected["sections"]:  # type: ignore[attr-defined]
        numbered = [section, *section["items"]]
        for at, item in enumerate(numbered):
            found = re.match(rf"\s*{re.escape(item['number'])}\.?\s", body)
            assert found, (item["number"], body[:60])
            printed, body = found[0].strip(), body[found.end() :]
            deadline = item.get("deadline")
            if at == 0:
                words, body = _title(body, section)
                rows.append((printed, Wide(words, 3)))
            elif deadline is None:
                raise AssertionError(item["number"])
            else:
                words, _deadline, body = body.partition(deadline["text"])
                responsible, body = _until_next(body, expected, item["number"])
                rows.append((printed, words.strip(), deadline["text"], responsible))
    return Content("", _lines_before(text, header), tuple(rows))


def _title(body: str, section: dict[str, list[dict[str, str]]]) -> tuple[str, str]:
    number = section["items"][0]["number"]
    found = re.search(rf"\s{re.escape(number)}\.?\s", body)
    assert found
    return body[: found.start()].strip(), body[found.start() :]


def _until_next(body: str, expected: dict[str, object], number: str) -> tuple[str, str]:
    numbers: list[str] = []
    for section in expected["sections"]:  # type: ignore[attr-defined]
        numbers += [section["number"], *(item["number"] for item in section["items"])]
    following = numbers[numbers.index(number) + 1 :]
    if not following:
        return body.strip(), ""
    found = re.search(rf"\s{re.escape(following[0])}\.?\s", body)
    assert found, following[0]
    return body[: found.start()].strip(), body[found.start() :]


_SEEDS = {"000": _cell_a_line, "001": _tabs, "002": _plain_lines, "003": _tabs, "004": _cell_a_line}
