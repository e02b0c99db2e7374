"""The page of a new edition: the difference with ticks, taken over once, refused when stale or somebody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import NOW
from tests.web.sample_map import foreign_map, items_of, process_of, road_map, text_of, words_of
from tests.web.sample_school import School, school
from workflow_core import operations as steps
from workflow_core.tables import new_id
from workflows.road_maps.running_map import running_contract
from workflows.road_maps.tables import OwnMap

__all__ = ["road_map", "school"]

CODE = "own_2027"


def with_edition(school: School, road_map_id: str, change: Callable[[list[dict[str, Any]]], None]) -> str:
    """Accept a changed copy of the running map as the school's own; gives the address of its page."""
    with school.installation.engine.read(school.scope, now=NOW) as read:
        body = running_contract(read.session, school.scope, road_map_id)
    change([item for section in body["sections"] for item in section["items"]])
    for section in body["sections"]:
        section["items"] = [item for item in section["items"] if item.get("number") != "вон"]
        for item in section["items"]:
            item["result"], item["indicator"] = (
                item["result"] and item["result"]["text"],
                item["indicator"] and item["indicator"]["text"],
            )
            if item["responsible"]:
                item["responsible"].pop("persons")
    body = {key: value for key, value in body.items() if key != "warnings"}
    if body["approved_by"]:
        body["approved_by"].pop("name")
    body |= {"code": CODE, "source": "карта школы", "words": {"section": "раздел"}}
    row = {"organisation_id": school.scope, "code": CODE, "title": body["title"], "accepted_on": NOW.date()}
    school.write(lambda write: write.session.add(OwnMap(**row, body=body)))
    return f"/road-map/{road_map_id}/editions/{CODE}"


def redate(items: list[dict[str, Any]]) -> None:
    """A later day for 1.2, other words for 1.3, 2.1 is gone."""
    by_number = {item["number"]: item for item in items}
    due = {"text": "до 14 мая 2027", "kind": "deadline", "end": "2027-05-14"}
    by_number["1.2"]["deadline"] = due
    by_number["1.3"] |= {"text": by_number["1.3"]["text"] + " <и в чатах>", "subpoints": []}
    by_number["2.1"]["number"] = "вон"


def form_of(page: str) -> dict[str, Any]:
    """What the form would send as it stands."""
    ticked = re.findall(r'name="change" value="([^"]+)"[^>]*checked', page)
    told = re.search(r'name="told" value="([^"]+)"', page)
    assert told
    return {"told": told[1], "change": ticked, "key": new_id()}


def test_ticked_changes_are_taken_over_once(school: School, road_map: str) -> None:
    url = with_edition(school, road_map, redate)
    client = school.client()
    before = items_of(school, road_map)
    school.write(lambda write: steps.fire(write, before["2.1"].id, "start"))
    page = client.get(url)
    shown = words_of(page)

    assert "Другой срок: 1" in shown
    assert "Срок станет до 14 мая 2027" in shown
    assert "Нет в новой редакции: 1" in shown
    assert "Станет «Снят с плана»" in shown
    assert "Работа начата: 2.1." in shown
    assert "<ins>&lt;и в чатах&gt;</ins>" in text_of(page)

    form = form_of(text_of(page))
    form["change"] = [one for one in form["change"] if not one.startswith("reworded")]
    answer = client.post(url, data=form)
    assert answer.location.endswith(f"/road-map/{road_map}")
    after = items_of(school, road_map)
    assert f"{after['1.2'].due_on:%d.%m.%Y}" == "14.05.2027"
    assert after["1.3"].text == before["1.3"].text, "what was not ticked stays"
    assert process_of(school, before["2.1"].id).state == "dropped"
    version = process_of(school, before["1.2"].id).version

    assert client.post(url, data=form).status_code == 302, "a double click is the same answer"
    assert process_of(school, before["1.2"].id).version == version
    assert "Другие слова: 1" in words_of(client.get(url))
    assert "редакция от 12.11.2026" in text_of(client.get(f"/road-map/{road_map}"))


def test_a_stale_an_empty_and_a_wrong_form_change_nothing(school: School, road_map: str) -> None:
    url = with_edition(school, road_map, redate)
    client = school.client()
    form = form_of(text_of(client.get(url)))

    assert client.post(url, data=form | {"change": []}).status_code == 422
    assert client.post(url, data=form | {"change": ["dropped-o999"], "key": new_id()}).status_code == 422
    item = items_of(school, road_map)["1.2"]
    fields = {"due_on": "2027-01-15"}
    school.write(lambda write: steps.fire(write, item.id, "reschedule", fields=fields, ground="Каникулы"))
    answer = client.post(url, data=form | {"key": new_id()})
    assert answer.status_code == 409
    assert f"{items_of(school, road_map)['1.2'].due_on}" == "2027-01-15"


@pytest.mark.parametrize("role", ["auditor", "mentor"])
def test_only_who_may_change_the_map_sees_it(school: School, road_map: str, role: str) -> None:
    url = with_edition(school, road_map, redate)
    assert school.client(role).get(url).status_code == 403
    assert school.client(role).post(url, data={}).status_code == 403


def test_maps_of_another_organisation_are_not_found(school: School, road_map: str) -> None:
    url = with_edition(school, road_map, redate)
    other, _item = foreign_map(school)
    client = school.client()
    for wrong in (url.replace(road_map, other), url.replace(CODE, "nothing_here"), url.replace(road_map, new_id())):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong, data={"change": "heading-", "told": "x", "key": new_id()}).status_code == 404
