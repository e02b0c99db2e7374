from __future__ import annotations

from pathlib import Path

import pytest

from workflow_core.exceptions import InvalidDefinition, NotFound
from workflows.road_maps.map_template import MAPS, as_contract, default_acceptance, load, shipped_map, shipped_maps


def test_load_reads_a_file_by_path() -> None:
    assert load(MAPS / "kindergarten_333.yaml") == shipped_map("kindergarten_333")


def test_load_names_the_file_of_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("code: broken\n", encoding="utf-8")

    with pytest.raises(InvalidDefinition, match=r"broken\.yaml:1:1: sections: не хватает обязательного поля"):
        load(path)


def test_shipped_map_s_code_is_the_name_of_its_file() -> None:
    assert sorted(shipped_maps()) == sorted(path.stem for path in MAPS.glob("*.yaml"))


def test_shipped_maps_can_t_be_changed() -> None:
    with pytest.raises(TypeError):
        shipped_maps()["own"] = shipped_map("kindergarten_333")  # type: ignore[index]  # refused at run time too


def test_unknown_map_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match="kakhun_2025"):
        shipped_map("school10")


def test_unknown_item_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r"1\.1, 1\.2"):
        shipped_map("school9_2020").item("9.9")


def test_contract_of_a_stage_table_has_its_lead_in_and_no_deadlines() -> None:
    shape = as_contract(shipped_map("kindergarten_333"))
    section = shape["sections"][0]

    assert section["lead_in"].endswith(":")
    assert [item["number"] for item in section["items"]] == ["1", "2", "3"]
    assert all(item["deadline"] is None and item["responsible"] is None for item in section["items"])
    assert shape["approved_by"] == {"name": None, "position": "Заведующий", "date": "2022-04-27"}
    assert shape["period"] is None


def test_contract_of_a_merged_cell_says_that_it_was_empty() -> None:
    items = {item["number"]: item for item in as_contract(shipped_map("school9_2020"))["sections"][3]["items"]}

    assert items["4.10"]["deadline"] == items["4.5"]["deadline"]
    assert items["4.10"]["as_printed"] == {"deadline": None, "responsible": None, "result": None}
    assert "as_printed" not in items["4.5"]


def test_doubtful_deadline_keeps_both_readings() -> None:
    item = as_contract(shipped_map("kakhun_2025"))["sections"][0]["items"][11]

    assert (item["deadline"]["end"], item["deadline"]["certain"]) == ("2026-04-30", False)
    assert [other["end"] for other in item["deadline"]["alternatives"]] == ["2025-04-30"]


@pytest.mark.parametrize(
    ("documents", "acceptance"),
    [
        ((), "none"),
        (("meeting", "case"), "none"),
        (("questionnaire", "monitoring_report"), "paper"),
        (("order",), "paper"),
    ],
)
def test_default_acceptance_is_paper_for_orders_and_reports(documents: tuple[str, ...], acceptance: str) -> None:
    assert default_acceptance(documents) == acceptance


def test_repeated_items_are_found_by_their_deadlines() -> None:
    repeated = {code: [i.number for i in m.items if i.occurs_by_date] for code, m in shipped_maps().items()}

    assert repeated == {
        "kakhun_2025": [],
        "kindergarten_333": [],
        "school9_2020": [],
        "tarasovsky_2020": ["6.1", "6.2"],
        "teachers_typical": ["6.1", "6.2", "6.3"],
    }
