"""The page of an item: evidence, the log, steps open and closed, mending; who may and who may not."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from tests.web.paper_school import plain
from tests.web.sample_map import foreign_map, items_of, process_of, road_map, take_map, text_of, words_of
from tests.web.sample_school import School, school
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.road_maps import operations as road_maps

__all__ = ["road_map", "school"]


@pytest.fixture
def item(school: School, road_map: str) -> str:
    """Item 2.1: no evidence is asked for, overdue since June."""
    return items_of(school, road_map)["2.1"].id


@pytest.fixture
def ordered_item(school: School, road_map: str) -> str:
    """Item 1.1: an order proves it."""
    return items_of(school, road_map)["1.1"].id


def step(school: School, item_id: str, event: str, role: str = "curator", **values: str) -> Any:
    data = {"happened_on": "10.11.2026", "key": new_id(), **values}
    return school.client(role).post(f"/items/{item_id}/steps/{event}", data=data)


def log(school: School, item_id: str, text: str = "Съездили на семинар", role: str = "curator", **values: str) -> Any:
    data = {"value_text": text, "happened_on": "05.10.2026", "key": new_id(), **values}
    return school.client(role).post(f"/items/{item_id}", data=data)


# -- what the page shows ----------------------------------------------------------------------------------------------


def test_every_item_of_every_map_has_its_page(school: School) -> None:
    client = school.client()
    for code in ("school9_2020", "kakhun_2025", "teachers_typical"):
        for row in items_of(school, take_map(school, code)).values():
            assert client.get(f"/items/{row.id}").status_code == 200, (code, row.key)


def test_an_overdue_item_says_by_how_much(school: School, item: str) -> None:
    page = words_of(school.client().get(f"/items/{item}"))

    assert "Просрочен на 135 дней , срок 30 июня 2026" in page
    assert "Подтверждение не требуется." in page


def test_a_paper_fulfils_its_line(school: School, ordered_item: str) -> None:
    before = words_of(school.client().get(f"/items/{ordered_item}"))

    def enter(write: Write) -> None:
        enter_ready(
            write,
            ReadyPaper(
                "order",
                date(2026, 9, 2),
                number="80-ОД",
                signatory=school.people["Гусев"],
                subjects=(("activity", ordered_item),),
            ),
        )

    school.write(enter)

    assert "Документа нет." in before
    assert "№ 80-ОД от 02.09.2026" in words_of(school.client().get(f"/items/{ordered_item}"))


def test_names_of_the_missing_lead_to_the_remedy(school: School, road_map: str) -> None:
    page = text_of(school.client().get(f"/items/{items_of(school, road_map)['4.2'].id}"))

    assert "2 из 3" in page
    assert "Не хватает: <a href=" in page
    assert ">Лис Вера</a>" in page


def test_another_organisations_item_is_not_found(school: School) -> None:
    _map, foreign = foreign_map(school)
    client = school.client()

    for address in ("", "/steps/complete", "/undo", "/correct", "/edit"):
        assert client.get(f"/items/{foreign}{address}").status_code == 404, address
    assert client.post(f"/items/{foreign}", data={"value_text": "Чужое"}).status_code == 404
    assert client.post(f"/items/{foreign}/steps/complete", data={}).status_code == 404


def test_auditor_sees_the_page_without_buttons_and_can_do_nothing(school: School, item: str) -> None:
    page = text_of(school.client("auditor").get(f"/items/{item}"))

    assert "Чем подтверждается" in page
    assert "/steps/" not in page
    assert "<textarea" not in page
    assert log(school, item, role="auditor").status_code in (403, 422)
    assert step(school, item, "complete", role="auditor").status_code in (403, 422)
    assert process_of(school, item).version == 1


# -- what was done ----------------------------------------------------------------------------------------------------


def test_the_first_line_takes_the_item_into_work(school: School, item: str) -> None:
    assert log(school, item).status_code == 302

    page = words_of(school.client().get(f"/items/{item}"))
    assert "5 октября Съездили на семинар · Морозова Е. В." in page
    assert process_of(school, item).state == "in_progress"


def test_an_empty_line_says_what_lacks_and_keeps_the_day(school: School, item: str) -> None:
    answer = log(school, item, text="", happened_on="07.10.2026")

    assert answer.status_code == 422
    assert "Заполните поле «Что сделано»." in text_of(answer)
    assert 'value="07.10.2026"' in text_of(answer)


def test_a_day_to_come_is_refused_at_its_field(school: School, item: str) -> None:
    answer = log(school, item, happened_on="01.12.2026")

    assert answer.status_code == 422
    assert "ещё не наступила" in text_of(answer)


def test_a_double_click_writes_one_line(school: School, item: str) -> None:
    key = new_id()

    answers = [log(school, item, key=key).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert text_of(school.client().get(f"/items/{item}")).count("Съездили на семинар") == 1


def test_a_fact_closes_the_named_time(school: School) -> None:
    items = items_of(school, take_map(school, "teachers_typical"))
    client = school.client()
    found = next(row for row in items.values() if "По срокам" in text_of(client.get(f"/items/{row.id}")))
    page = text_of(client.get(f"/items/{found.id}"))
    occurrence = page.split("?occurrence=")[1][:32]
    before = page.count("?occurrence=")

    answer = log(school, found.id, value_occurrence=occurrence)

    assert answer.status_code == 302
    assert text_of(client.get(f"/items/{found.id}")).count("?occurrence=") == before - 1


def test_the_responsible_person_may_write_and_others_may_not(school: School, item: str) -> None:
    school.write(lambda write: road_maps.assign_responsible(write, [item], school.people["Белова"]))

    assert log(school, item, role="mentor").status_code == 302
    assert log(school, item, role="district").status_code == 403


# -- steps ------------------------------------------------------------------------------------------------------------


def test_a_curator_accepts_by_a_control_sheet_and_is_offered_nothing_else(school: School, item: str) -> None:
    def papers(write: Write) -> None:
        road_maps.set_acceptance(write, item, "head")
        for kind, number in (("order", "17"), ("control_sheet", "")):
            enter_ready(write, ReadyPaper(kind, date(2026, 11, 10), number, signatory=school.people["Гусев"]))

    school.write(papers)
    step(school, item, "report", value_result="Провели")

    page = school.client().get(f"/items/{item}/steps/accept").text
    offered = re.findall(
        r"<option[^>]*>([^<]+)</option>", page.split('name="value_control_sheet"')[1].split("</select>")[0]
    )
    sheet = re.search(r'<option value="(\w+)"[^>]*>[^<]*Лист контроля', page)
    assert sheet
    done = step(school, item, "accept", value_control_sheet=sheet[1], happened_on="12.11.2026")

    assert [plain(one) for one in offered if "2026" in one] == ["от 10 ноября 2026, Лист контроля"]
    assert done.status_code == 302
    assert process_of(school, item).state == "done"


def test_complete_without_its_paper_asks_for_a_ground(school: School, ordered_item: str) -> None:
    asked = school.client().get(f"/items/{ordered_item}/steps/complete")
    refused = step(school, ordered_item, "complete")
    done = step(school, ordered_item, "complete", ground="Приказ в бумажном деле, внесём в понедельник")

    assert "Отметить выполнение с обоснованием" in text_of(asked)
    assert refused.status_code == 422
    assert done.status_code == 302
    assert process_of(school, ordered_item).state == "done"


def test_a_stale_page_changes_nothing(school: School, item: str) -> None:
    log(school, item)

    answer = step(school, item, "complete", version="1")

    assert answer.status_code == 409
    assert "запись изменилась" in text_of(answer)
    assert process_of(school, item).state == "in_progress"


def test_a_step_sent_twice_is_done_once(school: School, item: str) -> None:
    key = new_id()

    answers = [step(school, item, "complete", key=key, version="1").status_code for _ in range(2)]

    assert answers == [302, 302]
    assert process_of(school, item).version == 2


def test_a_step_that_the_state_does_not_have_is_refused(school: School, item: str) -> None:
    assert school.client().get(f"/items/{item}/steps/reopen").status_code == 409
    assert school.client().get(f"/items/{item}/steps/nothing").status_code == 404


def test_moving_a_date_keeps_the_old_one_in_sight(school: School, item: str) -> None:
    step(school, item, "reschedule", value_due_on="15.12.2026", ground="Семинар перенесли")

    page = words_of(school.client().get(f"/items/{item}"))
    assert "Срок: до 15 декабря, было до 30 июня" in page
    assert "с 30 июня 2026 на 15 декабря 2026" in page


def test_an_undated_item_gets_its_date(school: School, road_map: str) -> None:
    row = items_of(school, road_map)["2.2"]

    step(school, row.id, "set_schedule", value_due_on="20.11.2026")

    assert items_of(school, road_map)["2.2"].due_on == date(2026, 11, 20)
    assert "через 8 дней" in words_of(school.client().get(f"/items/{row.id}"))


def test_acceptance_by_the_head_goes_there_and_back(school: School, item: str) -> None:
    school.client().post(f"/items/{item}/edit", data={"person": "", "acceptance": "head", "key": new_id()})
    page = words_of(school.client().get(f"/items/{item}"))

    assert "Пока нельзя: этот пункт принимает руководитель." in page
    assert step(school, item, "report", value_result="Съездили вдвоём").status_code == 302
    assert step(school, item, "return", role="head", ground="Нет программы семинара").status_code == 302
    step(school, item, "report", value_result="С программой")
    assert step(school, item, "accept", role="head").status_code == 302
    assert process_of(school, item).state == "done"


def test_other_ends_and_the_way_back(school: School, road_map: str) -> None:
    items = items_of(school, road_map)
    ends = {"2.1": ("no_need", "not_needed"), "2.3": ("drop", "dropped"), "2.4": ("carry_over", "carried_over")}

    for number, (event, state) in ends.items():
        assert step(school, items[number].id, event, ground="Так решили").status_code == 302
        assert process_of(school, items[number].id).state == state
    log(school, items["2.5"].id)
    step(school, items["2.5"].id, "complete_partly", value_share="60", ground="Год закончился")
    step(school, items["2.5"].id, "reopen", ground="Доделаем")

    assert process_of(school, items["2.5"].id).state == "in_progress"


# -- mending ----------------------------------------------------------------------------------------------------------


def test_the_last_step_is_taken_back_with_a_reason(school: School, item: str) -> None:
    step(school, item, "complete")
    client = school.client()

    assert "Последний шаг: Выполнен" in text_of(client.get(f"/items/{item}/undo"))
    assert client.post(f"/items/{item}/undo", data={"why": "", "key": new_id()}).status_code == 422
    client.post(f"/items/{item}/undo", data={"why": "Поторопились", "key": new_id()})

    assert process_of(school, item).state == "planned"


def test_a_wrong_day_is_mended(school: School, item: str) -> None:
    step(school, item, "complete", happened_on="10.11.2026")
    client = school.client()
    seq = text_of(client.get(f"/items/{item}/correct")).split('<option value="')[1].split('"')[0]

    client.post(
        f"/items/{item}/correct",
        data={"entry": seq, "happened_on": "10.10.2026", "why": "Опечатка в месяце", "key": new_id()},
    )

    assert process_of(school, item).since == "2026-10-10"


def test_only_who_edits_maps_names_the_responsible(school: School, item: str) -> None:
    assert school.client("auditor").get(f"/items/{item}/edit").status_code == 403
    assert school.client("mentor").post(f"/items/{item}/edit", data={"acceptance": "none"}).status_code == 403
