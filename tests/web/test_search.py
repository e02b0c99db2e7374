"""«Найти»: part of a name or a number finds people, pairs, papers and items; each reader finds what they may open."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from tests.web.sample_school import School, school
from web.formatting import searchable
from workflow_core import operations as engine
from workflow_core.unit_of_work import Write
from workflows.road_maps.tables import Activity, RoadMap, Stage

__all__ = ["school"]


def add_item(write: Write) -> None:
    """A map with one item."""
    scope = write.scope
    road_map = RoadMap(organisation_id=scope, title="Карта", adopted_on=date(2026, 9, 1))
    stage = Stage(organisation_id=scope, road_map_id=road_map.id, number="3", title="Базы участников", position=1)
    item = Activity(
        organisation_id=scope,
        road_map_id=road_map.id,
        stage_id=stage.id,
        key="3.4",
        number="3.4",
        text="Собрать согласия на обработку персональных данных",
        position=1,
    )
    write.session.add_all([road_map, stage, item])
    write.session.flush()
    engine.enter_as_found(write, "activity", "activity", item.id, "planned")


def found(client: FlaskClient, text: str) -> str:
    page = searchable(client.get("/search", query_string={"q": text}).text)
    return page.split('<div class="stack gallery-gap">')[-1].split("</main>")[0]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("белов", "Белова Анна Игоревна"),
        ("ЛИС вер", "Лис Вера Ильинична"),
        ("ким", "Белова Анна — Ким Данил"),
        ("91-ОД", "№ 91-ОД"),
        ("№ 91", "№ 91-ОД"),
        ("3.4", "Пункт 3.4"),
        ("собрать СОГЛАСИЯ", "Пункт 3.4"),
    ],
)
def test_part_of_a_name_or_number_is_found(school: School, text: str, title: str) -> None:
    school.write(lambda write: add_item(write))

    assert title in found(school.client(), text)


def test_nothing_found_says_what_to_try(school: School) -> None:
    assert "Ничего не найдено" in found(school.client(), "Абракадабра")
    assert "хотя бы две буквы" in found(school.client(), "я")


def test_wildcards_are_plain_letters(school: School) -> None:
    assert "Ничего не найдено" in found(school.client(), "%_%")


def test_mentor_finds_only_what_is_their_own(school: School) -> None:
    page = found(school.client("mentor"), "ким")

    assert "Ким Данил Олегович" in page
    assert "Ким Ольга" not in page
    assert "Ничего не найдено" in found(school.client("mentor"), "лис")


def test_search_without_login_leads_to_the_login(school: School) -> None:
    assert school.app.test_client().get("/search?q=ким").status_code in (302, 403)
