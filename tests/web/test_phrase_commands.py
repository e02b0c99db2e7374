"""`marshrut road-map deadline` and `responsible`: one phrase, or a line of standard input each."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from web.commands.phrases import deadline, responsible
from workflows.road_maps.deadlines import to_contract
from workflows.road_maps.reader.deadline_phrases import read_deadline

LINES = [
    b"2022-2023\t\xd0\x94\xd0\xbe 31.08.2022\r",
    b"",
    b"\t",
    b"2022-2023\t\xff\xfe\x00 \x85\x0b",
    "2020\tмай\tиюнь".encode(),
    "без табуляции, май".encode(),
    "мусор\tмай 2023".encode(),
    b"2022-2023\t" + "сентябрь, ".encode() * 20_000,
    "2025-2026\tДо мая 2025".encode(),
]


def test_every_line_gets_one_object_in_order() -> None:
    result = CliRunner().invoke(deadline, ["-", "--json"], input=b"\n".join(LINES))

    assert result.exit_code == 0
    found = [json.loads(line) for line in result.stdout.split("\n")[:-1]]
    assert len(found) == len(LINES)
    assert found[0] == to_contract(read_deadline("До 31.08.2022", "2022-2023"))
    assert [one["kind"] for one in found] == [
        "deadline",
        "none",
        "none",
        "none",
        "list",
        "month",
        "month",
        "none",
        "deadline",
    ]
    assert len(found[7]["text"]) > 190_000
    assert found[8]["alternatives"][0]["end"] == "2025-04-30"
    assert all(not one["certain"] for one in found if one["kind"] == "none")


def test_responsible_of_every_line() -> None:
    lines = ["2022-2023\tДиректор О.П.Лозовой", "", "наставники", "\x00", "2022-2023\tРИПК и ППРО"]
    result = CliRunner().invoke(responsible, ["-", "--json"], input="\n".join(lines))

    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"text": "Директор О.П.Лозовой", "roles": ["director"], "persons": ["О.П. Лозовой"]},
        {"text": "", "roles": [], "persons": []},
        {"text": "наставники", "roles": ["mentor"], "persons": []},
        {"text": "", "roles": [], "persons": []},
        {"text": "РИПК и ППРО", "roles": ["regional_centre"], "persons": []},
    ]


def test_one_phrase_for_a_program_and_for_a_person() -> None:
    run = CliRunner().invoke
    told = run(deadline, ["до мая 2025", "--school-year", "2025-2026"]).stdout

    assert json.loads(run(deadline, ["май", "--school-year", "2022/23", "--json"]).stdout)["end"] == "2023-05-31"
    assert "до 30 апреля 2026 (не уверенно)" in told
    assert "или: до 30 апреля 2025" in told
    assert "! Напечатано «до мая 2025»" in told
    assert "люди: Котова Е.Н." in run(responsible, ["Котова Е. Н., куратор"]).stdout


@pytest.mark.parametrize("year", ["22", "2023-2022", "мусор"])
def test_year_that_is_none_is_refused(year: str) -> None:
    result = CliRunner().invoke(deadline, ["май", "--school-year", year])

    assert result.exit_code == 2
    assert "не учебный год" in result.stderr
