"""`marshrut road-map read` as a script meets it: one JSON object, or one line and the status 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.road_maps.making.content import INVENTED, invented
from tests.road_maps.making.docx_file import docx
from web.command_line import main


def test_prints_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "план.txt"
    path.write_bytes(docx(invented()))

    assert main(["road-map", "read", str(path), "--json"]) == 0

    shape = json.loads(capsys.readouterr().out)
    assert list(shape)[:9] == [
        "title", "organisation", "approved_by", "period", "level", "columns", "goals", "sections", "warnings",
    ]  # fmt: skip
    assert [len(section["items"]) for section in shape["sections"]] == [2, 2, 3, 2]


def test_school_year_is_for_files_that_name_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.txt"
    path.write_text("№;Мероприятие;Сроки\n1;Приказ;октябрь\n2;Отчёт;май", encoding="cp1251")

    assert main(["road-map", "read", str(path), "--school-year", "2031/2032", "--json"]) == 0

    items = json.loads(capsys.readouterr().out)["sections"][0]["items"]
    assert [item["deadline"]["start"] for item in items] == ["2031-10-01", "2032-05-01"]


def test_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["road-map", "read", str(INVENTED / "district.txt")]) == 0

    printed = capsys.readouterr().out
    assert "2.3  Консультировать наставников" in printed
    assert "не распознано: Приложение к письму" in printed


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Просто письмо без таблицы.".encode(), "нет дорожной карты"),
        (b"", "пустой"),
        (docx(invented())[:900], "повреждён"),
    ],
)
def test_refuses_in_one_line(content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "план.docx"
    path.write_bytes(content)

    assert main(["road-map", "read", str(path), "--json"]) == 2

    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["road-map", "read", str(tmp_path / "нет.docx")]) == 2

    assert "не открывается" in capsys.readouterr().err
