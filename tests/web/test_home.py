"""«Сегодня»: what is on it, in which order, and what each role sees."""

from __future__ import annotations

import re
from datetime import date

import sqlalchemy as sa

from tests.conftest import NOW
from tests.web.sample_map import items_of, road_map, take_map, text_of, words_of
from tests.web.sample_school import School, at, school
from workflow_core import operations as engine
from workflow_core.guards import SYSTEM
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.mentoring import papers
from workflows.organisations import operations as organisations
from workflows.road_maps import operations as road_maps
from workflows.road_maps.map_template import shipped_map
from workflows.road_maps.operations import FoundItem

__all__ = ["road_map", "school"]


def today(school: School, role: str = "curator", query: str = "") -> str:
    return text_of(school.client(role).get(f"/{query}"))


def panel(page: str, name: str) -> str:
    """The part of the page under one heading."""
    found = re.search(rf'aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)
    return found[1] if found else ""


def titles(part: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", found) for found in re.findall(r'<span class="item-title">(.*?)</span>', part)]


def finished_map(school: School) -> str:
    """A map of which everything is done already."""
    done = {item.key: FoundItem(date(2026, 9, 1)) for item in shipped_map("school9_2020").items}
    return take_map(school, done=done)


def test_stranger_is_sent_to_the_login(school: School) -> None:
    answer = school.app.test_client().get("/")

    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


def test_heading_and_sentence(school: School, road_map: str) -> None:
    page = words_of(school.client().get("/"))

    assert "Сегодня, 12 ноября" in page
    assert re.search(r"\d+ дел[оа]?, \d+ из них просрочен[оы] \. 1 пара стоит на месте", page)


def test_seven_rows_the_oldest_overdue_first_and_the_rest_on_request(school: School, road_map: str) -> None:
    short, whole = panel(today(school), "now"), panel(today(school, query="?all=1"), "now")

    assert len(titles(short)) == 7
    assert titles(short)[0] == "Назначить кураторов внедрения целевой модели"
    assert "Показать ещё" in short
    assert len(titles(whole)) > 7
    days = [int(found) for found in re.findall(r"Просрочено на (\d+)", whole)]
    assert days == sorted(days, reverse=True)
    assert "Показать ещё" not in whole


def test_only_the_first_row_is_blue(school: School, road_map: str) -> None:
    assert panel(today(school), "now").count("btn-primary") == 1


def test_missing_consents_are_a_row_with_names(school: School) -> None:
    now = panel(today(school), "now")

    assert "Собрать 1 согласие на обработку данных" in titles(now)
    assert "Есть 2 из 3. Не сдали: Лис Вера" in now


def test_an_item_that_tells_of_consents_takes_the_place_of_their_row(school: School, road_map: str) -> None:
    now = panel(today(school, query="?all=1"), "now")

    assert "Собрать 1 согласие на обработку данных" not in titles(now)
    assert "2 из 3. Не хватает: Лис Вера" in now


def test_undated_items_are_one_row_when_many(school: School, road_map: str) -> None:
    assert re.search(r"Указать срок у \d+ пунктов", panel(today(school, query="?all=1"), "now"))


def test_a_stuck_pair_stands_with_its_days_and_next_step(school: School) -> None:
    stuck = panel(today(school), "stuck")

    assert titles(stuck) == ["Белова Анна — Ким Данил"]
    assert "стоит 49 дней" in stuck
    assert "Отметить пробную встречу" in stuck


def test_expected_consents_are_waited_for_from_the_parent(school: School) -> None:
    def issue(write: Write) -> None:
        organisations.add_representative(write, school.people["Лис"], school.people["Ким Ольга"], "опекун")
        papers.prepare_consents(write, school.programme, [school.people["Лис"]], "personal_data")

    school.write(issue, at(date(2026, 11, 5)))

    waiting = panel(today(school), "waiting")
    assert "Родители, 1 человек" in waiting
    assert "Подписать согласия: Ким О. С." in waiting
    assert "с 5 ноября, 7 дней" in waiting


def test_reported_items_wait_for_the_head_who_has_them_to_do(school: School, road_map: str) -> None:
    item = items_of(school, road_map)["2.1"]

    def report(write: Write) -> None:
        road_maps.set_acceptance(write, item.id, "head")
        engine.fire(write, item.id, "report", fields={"result": "Съездили"}, happened_on=date(2026, 11, 9))

    school.write(report)

    assert "Директор Гусев А. П." in panel(today(school), "waiting")
    assert "Принять 1 пункт" in panel(today(school), "waiting")
    assert any(one.startswith("Принять пункт 2.1") for one in titles(panel(today(school, "head", "?all=1"), "now")))
    assert not any(one.startswith("Принять пункт") for one in titles(panel(today(school, query="?all=1"), "now")))


def test_auditor_reads_the_same_page_without_buttons(school: School, road_map: str) -> None:
    page = today(school, "auditor")

    assert titles(panel(page, "now")) == titles(panel(today(school), "now"))
    assert 'class="btn' not in panel(page, "now") + panel(page, "stuck")


def test_mentor_sees_only_what_is_their_own(school: School, road_map: str) -> None:
    before = today(school, "mentor")
    item = items_of(school, road_map)["2.1"].id
    school.write(lambda write: road_maps.assign_responsible(write, [item], school.people["Белова"]))

    after = panel(today(school, "mentor"), "now")

    assert "На сегодня всё." in panel(before, "now")
    assert titles(panel(before, "stuck")) == ["Белова Анна — Ким Данил"]
    assert "Ждём от других" not in before
    assert titles(after) == ["Участвовать в установочном методическом семинаре (вебинаре) региона"]


def test_the_year_as_a_whole_counts_items_and_pairs(school: School, road_map: str) -> None:
    year = words_of(school.client().get("/")).partition("Год целиком")[2]

    assert "Выполнено 0 из 51 пункта карты" in year
    assert "Пары и группы: 1" in year
    assert "Познакомились 1" in year


def test_items_found_done_are_not_overdue(school: School) -> None:
    finished_map(school)

    page = today(school)

    assert "Просрочено" not in page
    assert "Выполнено 51 из 51 пункта карты" in page


def test_first_steps_stay_until_the_first_order(school: School) -> None:
    scope = new_id()
    engine_of = school.installation.engine
    with engine_of.write(scope, SYSTEM, now=NOW) as write:
        organisations.create_organisation(write, kind="school", title="МБОУ «Новая школа»", short_title="Новая школа")
        organisations.grant_role(write, school.accounts["auditor"], "curator")
    client = school.client("auditor")
    with client.session_transaction() as session:
        session["organisation"] = scope

    new = text_of(client.get("/"))

    assert "Первые шаги" in new
    assert new.count("btn-primary") == 1
    assert "На сегодня всё." in new
    assert "Первые шаги" not in today(school)


def test_number_of_statements_does_not_grow_with_items(school: School) -> None:
    client = school.client()
    counted: list[int] = []

    def count() -> int:
        counted.clear()
        assert client.get("/?all=1").status_code == 200
        return len(counted)

    sa.event.listen(school.installation.database.read_engine, "before_cursor_execute", lambda *_: counted.append(1))
    take_map(school, "kakhun_2025")
    few = count()
    take_map(school, "school9_2020")

    assert count() <= few + 6
