"""Roles and persons of a cell."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.road_maps.reader.phrase_table import lines
from workflows.road_maps.map_file import ROLES
from workflows.road_maps.map_template import shipped_maps
from workflows.road_maps.reader.responsible import read_responsible, to_contract


def test_table_is_read_as_a_person_reads_it() -> None:
    table = [(number, columns) for number, columns in lines("responsible_cells.tsv")]
    wrong = []
    for number, (cell, roles, persons) in table:
        found = read_responsible(cell)
        if ("; ".join(found.roles), "; ".join(found.persons)) != (roles, persons):
            wrong.append(f"{number}: {cell!r}: {found.roles}, {found.persons}, not {roles!r}, {persons!r}")

    assert wrong == []
    assert len(table) > 80
    assert {role for _number, (_cell, roles, _persons) in table for role in roles.split("; ") if role} == set(ROLES)


def test_roles_of_the_shipped_maps_come_out_as_they_were_understood() -> None:
    items = [one for template in shipped_maps().values() for one in template.items if one.responsible]
    wrong = [
        (one.responsible, found)
        for one in items
        if one.responsible and (found := read_responsible(one.responsible.text)).roles != one.responsible.roles
    ]

    assert wrong == []
    assert len(items) > 100


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_kept_and_gives_known_roles(text: str) -> None:
    found = to_contract(read_responsible(text))

    assert set(found["roles"]) <= set(ROLES)
    assert "\n" not in found["text"]


@pytest.mark.parametrize("piece", ["А.", "Иванова ", "директор ", "а", "зам. ", "А.А.Б", "\n", "а-\n", "по "])
def test_endless_cell_ends(piece: str) -> None:
    text = piece * (100_000 // len(piece))

    assert len(read_responsible(text).text) <= len(text)
