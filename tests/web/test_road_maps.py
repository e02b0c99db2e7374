"""Pages of road maps: filters, taking a map into work, many items at once, sections and the map's own steps."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from tests.web.sample_map import foreign_map, items_of, process_of, road_map, take_map, text_of, words_of
from tests.web.sample_school import School, school
from workflow_core.tables import new_id
from workflows.road_maps.operations import FoundItem

__all__ = ["road_map", "school"]


def rows_of(page: str) -> list[str]:
    """Numbers of the items in the table of a map."""
    return re.findall(r'aria-label="Выбрать пункт ([^"]+)"', page)


# -- the map ----------------------------------------------------------------------------------------------------------


def test_without_a_map_the_page_offers_to_choose_one(school: School) -> None:
    assert "Выбрать карту" in text_of(school.client().get("/road-map"))
    assert "Выбрать карту" not in text_of(school.client("auditor").get("/road-map"))


def test_sentence_filters_and_rows_tell_the_same_numbers(school: School, road_map: str) -> None:
    page = text_of(school.client().get("/road-map"))

    late = int(re.findall(r"просрочено (\d+)</a>", page)[0])
    assert f"Просрочены {late}</a>" in page
    assert "Карта ещё не утверждена." in page
    assert len(rows_of(text_of(school.client().get(f"/road-map/{road_map}?show=late")))) == late


def test_a_section_narrows_the_table_and_the_numbers(school: School, road_map: str) -> None:
    section = items_of(school, road_map)["2.1"].stage_id

    shown = rows_of(text_of(school.client().get(f"/road-map/{road_map}?section={section}&show=all")))

    assert shown == ["2.1", "2.2", "2.3", "2.4", "2.5"]


def test_search_finds_by_number_and_by_words(school: School, road_map: str) -> None:
    client = school.client()

    assert rows_of(text_of(client.get(f"/road-map/{road_map}?q=6.5.1"))) == ["6.5.1"]
    assert rows_of(text_of(client.get(f"/road-map/{road_map}?q=НАЗНАЧИТЬ куратор"))) == ["1.1"]
    assert "Таких пунктов нет." in text_of(client.get(f"/road-map/{road_map}?q=неттакого"))


def test_undated_items_ask_for_a_date(school: School, road_map: str) -> None:
    page = text_of(school.client().get(f"/road-map/{road_map}?show=undated"))

    assert "2.2" in rows_of(page)
    assert f"/items/{items_of(school, road_map)['2.2'].id}/steps/set_schedule" in page


def test_unknown_section_and_a_strangers_map_are_not_found(school: School, road_map: str) -> None:
    client, (other_map, _item) = school.client(), foreign_map(school)

    for address in (
        f"/road-map/{road_map}?section={new_id()}",
        f"/road-map/{other_map}",
        f"/road-map/{other_map}/print",
        f"/road-map/{other_map}/steps/approve",
        f"/road-map/{other_map}/undo",
    ):
        assert client.get(address).status_code == 404, address


def test_several_maps_of_a_year_can_be_changed_between(school: School, road_map: str) -> None:
    other = take_map(school, "teachers_typical")

    assert f'href="/road-map/{road_map}"' in text_of(school.client().get(f"/road-map/{other}"))


@pytest.mark.parametrize("role", ["auditor", "district"])
def test_who_only_reads_gets_no_steps(school: School, road_map: str, role: str) -> None:
    page = text_of(school.client(role).get("/road-map"))

    assert rows_of(page) == [] or role == "district"
    assert "steps/approve" not in page
    if role == "auditor":
        assert "data-bulk-bar" not in page


def test_number_of_statements_does_not_grow_with_items(school: School, road_map: str) -> None:
    import sqlalchemy as sa

    client = school.client()
    counted: list[int] = []

    def count(address: str) -> int:
        counted.clear()
        assert client.get(address).status_code == 200
        return len(counted)

    engine = school.installation.database.read_engine
    sa.event.listen(engine, "before_cursor_execute", lambda *_: counted.append(1))
    # The shortest map has fourteen items, this one fifty-one: 37 more, and a few more kinds of figures that prove them.
    short = take_map(school, "kakhun_2025")

    assert abs(count(f"/road-map/{road_map}?show=all") - count(f"/road-map/{short}?show=all")) <= 18


# -- taking a map into work -------------------------------------------------------------------------------------------


def test_choice_lists_the_shipped_maps_with_their_counts(school: School) -> None:
    page = words_of(school.client().get("/road-map/choose"))

    assert "7 разделов, 51 пункт" in page
    assert page.index("для школы") < page.index("для детского сада")


def test_only_who_may_adopts(school: School) -> None:
    for role in ("auditor", "mentor", "district"):
        assert school.client(role).get("/road-map/choose").status_code == 403
        assert school.client(role).post("/road-map/adopt/school9_2020", data={"do": "1"}).status_code == 403


def test_dates_follow_the_chosen_month(school: School) -> None:
    client = school.client()

    this_year = words_of(client.get("/road-map/adopt/kakhun_2025"))
    next_year = words_of(client.post("/road-map/adopt/kakhun_2025", data={"month": "2027-09", "check": "1"}))

    assert "2026–2027 учебный год" in this_year
    assert "2027–2028 учебный год" in next_year
    assert "Даты перенесены на 2 года вперёд" in next_year


def adoption(**more: str) -> dict[str, str]:
    return {"month": "2026-09", "do": "1", "key": new_id(), **more}


def test_past_items_are_asked_about_and_ticked_ones_are_done_not_overdue(school: School) -> None:
    client = school.client()
    ticked = adoption(**{"done_1.1": "1", "day_1.1": "01.06.2026"})

    answer = client.post("/road-map/adopt/school9_2020", data=ticked)

    road_map_id = answer.headers["Location"].rsplit("/", 1)[1]
    first = items_of(school, road_map_id)["1.1"]
    assert process_of(school, first.id).state == "done"
    assert process_of(school, first.id).since == "2026-06-01"
    late = rows_of(text_of(client.get(f"/road-map/{road_map_id}?show=late")))
    assert "1.1" not in late
    assert "1.2" in late


def test_wrong_day_of_a_ticked_item_is_said_and_nothing_is_taken(school: School) -> None:
    client = school.client()

    answer = client.post("/road-map/adopt/school9_2020", data=adoption(**{"done_1.1": "1", "day_1.1": "31.02.2026"}))

    assert answer.status_code == 422
    assert "Пункт 1.1: Укажите дату" in text_of(answer)
    assert "31.02.2026" in text_of(answer)
    assert "Карты ещё нет." in text_of(client.get("/road-map"))


def test_a_map_without_a_period_asks_for_it(school: School) -> None:
    client = school.client()

    refused = client.post("/road-map/adopt/kindergarten_333", data=adoption())
    taken = client.post("/road-map/adopt/kindergarten_333", data=adoption(start="01.09.2026", end="31.05.2027"))

    assert refused.status_code == 422
    assert "Укажите, с какого числа действует карта." in text_of(refused)
    assert taken.status_code == 302


def test_a_double_click_takes_the_map_once(school: School) -> None:
    client, form = school.client(), adoption()

    first, second = (client.post("/road-map/adopt/school9_2020", data=form) for _ in range(2))
    again = client.post("/road-map/adopt/school9_2020", data=adoption())

    assert first.headers["Location"] == second.headers["Location"]
    assert again.status_code == 422
    assert "уже взята в работу" in text_of(again)


# -- many items at once -----------------------------------------------------------------------------------------------


def many(school: School, road_map_id: str, *numbers: str, role: str = "curator", **more: str) -> Any:
    items = items_of(school, road_map_id)
    data: dict[str, Any] = {"item": [items[number].id for number in numbers], **more}
    return school.client(role).post(f"/road-map/{road_map_id}/many", data=data)


def test_preview_says_what_will_happen_and_changes_nothing(school: School, road_map: str) -> None:
    page = many(school, road_map, "1.2", "2.1", step="complete")

    assert page.status_code == 200
    assert "Станет «Выполнен»" in text_of(page)
    assert "Нужно обоснование" in text_of(page)
    assert process_of(school, items_of(school, road_map)["2.1"].id).state == "planned"


def test_each_row_gets_its_own_result(school: School, road_map: str) -> None:
    items = items_of(school, road_map)

    page = many(
        school, road_map, "1.2", "2.1", step="complete", sent="1", do="1", happened_on="10.11.2026", key=new_id()
    )

    assert "Выполнено 1 из 2." in words_of(page)
    assert "Остался как есть" in text_of(page)
    assert process_of(school, items["2.1"].id).state == "done"
    assert process_of(school, items["1.2"].id).state == "planned"
    assert f"/items/{items['2.1'].id}/undo" in text_of(page)


def test_a_ground_of_a_row_lets_that_row_pass(school: School, road_map: str) -> None:
    item = items_of(school, road_map)["1.2"]

    many(
        school,
        road_map,
        "1.2",
        step="complete",
        sent="1",
        do="1",
        key=new_id(),
        happened_on="10.11.2026",
        **{f"ground_{item.id}": "Карта утверждена печатью, приказ будет позже"},
    )

    assert process_of(school, item.id).state == "done"


def test_dates_are_moved_on_one_ground(school: School, road_map: str) -> None:
    form = {"step": "reschedule", "sent": "1", "do": "1", "happened_on": "12.11.2026", "key": new_id()}

    shown = many(school, road_map, "1.1", "1.2", step="reschedule")
    lacking = many(school, road_map, "1.1", "1.2", **form)
    many(school, road_map, "1.1", "1.2", **{**form, "due_on": "15.12.2026", "ground": "Карантин"})

    assert text_of(shown).count("Будет отмечено: срок перенесён") == 2
    assert lacking.status_code == 422
    assert "Укажите новый срок." in text_of(lacking)
    assert "Напишите, на каком основании." in text_of(lacking)
    items = items_of(school, road_map)
    assert [items[number].due_on for number in ("1.1", "1.2")] == [date(2026, 12, 15)] * 2


def test_stale_row_stays_as_it_is_and_says_so(school: School, road_map: str) -> None:
    item = items_of(school, road_map)["2.1"]
    version = process_of(school, item.id).version
    school.client().post(f"/items/{item.id}", data={"value_text": "Начали", "happened_on": "01.11.2026"})

    page = many(school, road_map, "2.1", step="complete", sent="1", do="1", **{f"version_{item.id}": str(version)})

    assert "Пока страница была открыта, запись изменилась" in text_of(page)
    assert process_of(school, item.id).state == "in_progress"


def test_sending_the_rows_twice_does_the_step_once(school: School, road_map: str) -> None:
    form = {"step": "complete", "sent": "1", "do": "1", "happened_on": "10.11.2026", "key": new_id()}

    first, second = (many(school, road_map, "2.1", **form) for _ in range(2))

    assert "Выполнено 1 из 1." in words_of(first)
    assert "Выполнено 1 из 1." in words_of(second)
    assert process_of(school, items_of(school, road_map)["2.1"].id).version == 2


def test_one_person_is_named_for_many_items(school: School, road_map: str) -> None:
    person = school.people["Гусев"]

    asked = many(school, road_map, "1.1", "1.2", step="responsible")
    many(school, road_map, "1.1", "1.2", step="responsible", sent="1", do="1", person=person, key=new_id())

    assert "Указать у 2 пунктов" in text_of(asked)
    items = items_of(school, road_map)
    assert {items["1.1"].responsible_person_id, items["1.2"].responsible_person_id} == {person}
    assert rows_of(text_of(school.client("head").get("/road-map?show=mine"))) == ["1.1", "1.2"]


def test_auditor_and_strangers_items_are_refused_row_by_row(school: School, road_map: str) -> None:
    _map, foreign = foreign_map(school)
    form = {"step": "complete", "sent": "1", "do": "1", "happened_on": "10.11.2026"}

    by_auditor = many(school, road_map, "2.1", role="auditor", **form)
    of_stranger = school.client().post(f"/road-map/{road_map}/many", data={"item": foreign, **form})

    assert "Выполнено 0 из 1." in words_of(by_auditor)
    assert "Назначить кураторов" not in text_of(of_stranger)
    assert process_of(school, items_of(school, road_map)["2.1"].id).state == "planned"


# -- sections and the map's own steps ---------------------------------------------------------------------------------


def test_a_section_is_summed_up_by_hand_and_opened_again(school: School, road_map: str) -> None:
    client, stage = school.client(), items_of(school, road_map)["2.1"].stage_id

    assert "Подвести итог" in text_of(client.get(f"/sections/{stage}"))
    client.post(f"/sections/{stage}/steps/sum_up", data={"value_summary": "Сделали, что могли", "key": new_id()})

    assert process_of(school, stage).state == "completed"
    assert "Возобновить" in text_of(client.get(f"/sections/{stage}"))


def test_the_map_is_approved_and_the_note_goes(school: School, road_map: str) -> None:
    client = school.client()

    answer = client.post(
        f"/road-map/{road_map}/steps/approve",
        data={"value_by_act": school.order, "happened_on": "12.11.2026", "version": "1", "key": new_id()},
    )

    assert answer.status_code == 302
    page = words_of(client.get("/road-map"))
    assert "Утверждена 12 ноября 2026." in page
    assert "Карта ещё не утверждена" not in page


def test_the_way_by_agreement_and_back(school: School, road_map: str) -> None:
    client = school.client()

    for event in ("submit", "agree", "approve", "complete"):
        answer = client.post(f"/road-map/{road_map}/steps/{event}", data={"key": new_id()})
        assert answer.status_code == 302, event
    client.post(f"/road-map/{road_map}/undo", data={"why": "Рано", "key": new_id()})

    assert process_of(school, road_map).state == "approved"


def test_amending_asks_for_a_ground(school: School, road_map: str) -> None:
    client = school.client()
    client.post(f"/road-map/{road_map}/steps/approve", data={"key": new_id()})

    refused = client.post(f"/road-map/{road_map}/steps/amend", data={"key": new_id()})
    done = client.post(f"/road-map/{road_map}/steps/amend", data={"ground": "Добавлен семинар", "key": new_id()})

    assert refused.status_code == 422
    assert "Напишите, на каком основании." in text_of(refused)
    assert done.status_code == 302


def test_items_found_done_when_the_map_was_taken_are_never_overdue(school: School) -> None:
    done = {"1.1": FoundItem(date(2026, 9, 1)), "1.2": FoundItem(date(2026, 10, 5), state="partly_done")}
    road_map_id = take_map(school, done=done)

    late = rows_of(text_of(school.client().get(f"/road-map/{road_map_id}?show=late")))

    assert not {"1.1", "1.2"} & set(late)
