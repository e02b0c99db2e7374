"""What is written out is read back: numbers, texts, deadlines, who, results, sections; of every map that is shipped."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest

from workflow_core.rendering import document_text
from workflows.road_maps.deadlines import Deadline
from workflows.road_maps.map_template import MapItem, MapSection, MapTemplate, Responsible, as_contract, shipped_maps
from workflows.road_maps.reader.understanding import contract_of
from workflows.road_maps.writer import sheet, word
from workflows.road_maps.writer.paper import Paper, Progress, Stamp, laid_out, paper_of

STAMP = Stamp("Директор МБОУ «Школа с. Ключевое»", "М. И. Снежная", date(2026, 11, 12))
WRITERS: dict[str, Callable[[Paper], bytes]] = {"docx": word.write, "xlsx": sheet.write}
FIELDS = ("text", "deadline", "responsible", "result", "indicator")


def rows(shape: dict[str, Any]) -> list[Any]:
    """Sections with their items, as far as a table can say."""
    return [
        (section["number"], section["title"], section["lead_in"], [_item(item) for item in section["items"]])
        for section in shape["sections"]
    ]


def _item(item: dict[str, Any]) -> Any:
    found = {name: item[name]["text"] if isinstance(item[name], dict) else item[name] for name in FIELDS}
    deadline, who = item["deadline"] or {}, item["responsible"] or {}
    meant = [deadline.get(name) for name in ("kind", "start", "end", "recurrence", "dates")]
    return item["number"], item["parent"], found, meant, who.get("roles")


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("template", shipped_maps().values(), ids=lambda one: one.code)
def test_a_shipped_map_loses_nothing_on_paper(template: MapTemplate, ending: str) -> None:
    paper = paper_of(template, stamp=STAMP)
    content = WRITERS[ending](paper)
    read = contract_of(content)
    assert rows(read) == rows(as_contract(template))
    assert template.title in read["title"]
    assert (read["goals"], read["approved_by"]["date"]) == (list(template.goals), "2026-11-12")
    assert read["period"] == as_contract(template)["period"]
    assert WRITERS[ending](paper) == content, "the same map is the same file"


def ugly() -> MapTemplate:
    """Texts that a format might take for something else."""
    texts = (
        "=1+1",
        "@имя; http://example.org/a",
        "a<b> & «c»",
        "+7 (900)",
        "'апостроф",
        "Строка\tс табуляцией",
        "{{ x }}",
    )
    items = tuple(MapItem(f"1.{n}", f"1.{n}", text, text) for n, text in enumerate(texts, start=1))
    first = replace(
        items[0],
        deadline=Deadline("до 10 мая 2027", "deadline", None, date(2027, 5, 10)),
        responsible=Responsible("-куратор"),
        result="=cmd|' /C calc'!A0",
    )
    section = MapSection("1", "Раздел & <другое>", "Раздел", None, (first, *items[1:]))
    return MapTemplate("own", "План «А & Б»", "school", "", None, None, None, {}, (), (), (section,))


def test_a_workbook_holds_text_and_dates_and_no_formula() -> None:
    paper = paper_of(ugly(), progress={0: Progress("Выполнен 12.11.2026", "done", "Выполнен", date(2026, 11, 12))})
    book = openpyxl.load_workbook(io.BytesIO(sheet.write(paper)))
    table = book["Дорожная карта"]
    assert book.active is table
    cells = [cell for row in table.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert {"=1+1", "=cmd|' /C calc'!A0", "{{ x }}"} <= {cell.value for cell in cells}
    dates = {cell.value.date() for cell in cells if cell.is_date}
    assert dates == {date(2027, 5, 10), date(2026, 11, 12)}
    assert (table["A1"].value, table.freeze_panes) == ("№ п/п", "C2")
    assert {str(one) for one in table.merged_cells.ranges} == {"A2:I2"}


def test_word_prints_what_is_typed() -> None:
    text = document_text(word.write(paper_of(ugly(), edition="редакция от 12.11.2026")))
    assert "1.3 | a<b> & «c»" in text
    assert "{{ x }}" in text
    assert "Редакция от 12.11.2026" in text
    assert "УТВЕРЖДАЮ" not in text


def test_only_points_of_a_list_get_lines_of_their_own() -> None:
    listed = MapItem("1", "1", "Провести: 1) встречу; 2) опрос.", "", subpoints=("встречу", "опрос"))
    spoken = MapItem("2", "2", "Проверить, всё ли сделано.", "", subpoints=("всё ли сделано",))
    assert laid_out(listed) == "Провести:\n1) встречу;\n2) опрос."
    assert laid_out(spoken) == spoken.text
