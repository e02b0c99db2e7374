"""Pages of pairs: steps with their three faces, steps for many, choosing and entering; each role sees its part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, at, school
from web.formatting import searchable
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.guards import SYSTEM
from workflow_core.tables import Process, new_id
from workflow_core.unit_of_work import Write
from workflows.mentoring import journal as log
from workflows.mentoring import operations as mentoring
from workflows.mentoring import queries
from workflows.mentoring.as_found import FoundPair, enter_pairs_as_found
from workflows.organisations import operations as organisations
from workflows.organisations.person_input import PersonInput

__all__ = ["school"]


@pytest.fixture
def curator(school: School) -> FlaskClient:
    return school.client("curator")


def words(answer: Any) -> str:
    """A page with ordinary spaces and hyphens."""
    return searchable(answer.text)


def process_of(school: School, pair_id: str) -> Process:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        found = core.process(read.session, pair_id)
    assert found is not None
    return found


def events_of(school: School, pair_id: str) -> list[str]:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        return [entry.event for entry in core.entries_of(read.session, read.scope, [pair_id])[pair_id]]


def entered(school: School, *rows: tuple[str, str, str], since: date = date(2026, 11, 1)) -> list[str]:
    """Other pairs of the school: (mentor, mentee, state); gives their ids."""
    found = [
        FoundPair(
            (PersonInput(*mentor.split(), kind="pupil"),), (PersonInput(*mentee.split(), kind="pupil"),), state, since
        )
        for mentor, mentee, state in rows
    ]
    return list(school.write(lambda write: enter_pairs_as_found(write, school.programme, found)).pair_ids)


def with_plan(write: Write, school: School) -> None:
    """The sample pair stands before its work: all there but the approval of the plan."""
    engine.fire(write, school.pair, "hold_trial", happened_on=date(2026, 10, 8))
    engine.fire(write, school.pair, "hold_planning", happened_on=date(2026, 10, 15))
    log.save_plan(write, school.pair, [log.TaskRow("Дроби")])


def elsewhere(school: School) -> str:
    """A pair of another organisation of the same installation."""
    scope = new_id()

    def found(write: Write) -> str:
        organisations.create_organisation(write, kind="school", title="Другая школа", short_title="Другая")
        people = organisations.add_people(write, [PersonInput("Чужой", "Пётр"), PersonInput("Чужая", "Зоя")])
        programme = mentoring.create_programme(
            write, "Чужая программа", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31), form="pupil_pupil"
        )
        mentors, mentees = [[one.person.id] for one in people if one.person]
        mentoring.enrol(write, programme.id, mentors, "mentor")
        mentoring.enrol(write, programme.id, mentees, "mentee")
        return mentoring.propose_pair(write, programme.id, mentoring.Proposal(tuple(mentors), tuple(mentees))).id

    with school.installation.engine.write(scope, SYSTEM, now=at(date(2026, 9, 7))) as write:
        return found(write)


# -- who sees what ----------------------------------------------------------------------------------------------------

VIEWS = ("", "/folder", "/journal", "/plan", "/story", "/rules/hold_trial", "/steps/dissolve")


def statuses(client: FlaskClient, pair: str, views: Sequence[str]) -> dict[str, int]:
    """What each page of a pair answers."""
    return {view: client.get(f"/pairs/{pair}{view}").status_code for view in views}


@pytest.mark.parametrize("role", ["curator", "head", "auditor", "mentor", "district"])
def test_everybody_of_the_school_reads_the_pair(school: School, role: str) -> None:
    assert statuses(school.client(role), school.pair, VIEWS) == dict.fromkeys(VIEWS, 200)


def test_a_pair_of_another_organisation_is_not_found(school: School, curator: FlaskClient) -> None:
    views = [*VIEWS, "/undo", "/correct", "/feedback", "/meetings/new"]

    assert statuses(curator, elsewhere(school), views) == dict.fromkeys(views, 404)


def test_a_step_of_another_organisations_pair_is_not_found(school: School, curator: FlaskClient) -> None:
    foreign = elsewhere(school)

    assert curator.post(f"/pairs/{foreign}/steps/decline", data={"ground": "нет"}).status_code == 404
    with school.installation.engine.read(now=NOW) as read:
        process = core.process(read.session, foreign)
    assert process is not None
    assert process.state == "proposed"


def test_a_mentor_opens_own_pairs_only(school: School) -> None:
    other = entered(school, ("Рогов Иван", "Зуев Максим", "formed"))[0]

    assert statuses(school.client("mentor"), other, VIEWS) == dict.fromkeys(VIEWS, 403)


def test_a_mentors_lists_hold_own_pairs_only(school: School) -> None:
    other = entered(school, ("Рогов Иван", "Зуев Максим", "formed"))[0]
    mentor = school.client("mentor")

    for address in ("/pairs", "/pairs/list", "/pairs/list?q=рогов", "/meetings", f"/meetings?pair={other}"):
        page = mentor.get(address)
        assert (page.status_code, "Рогов Иван" in page.text) == (200, False), address


def test_a_mentor_cannot_step_anothers_pair_in_a_list(school: School) -> None:
    other = entered(school, ("Рогов Иван", "Зуев Максим", "formed"))[0]
    data = {"do": "fire", "row": other, "pair": other, f"day-{other}": "10.11.2026", "key": new_id()}

    school.client("mentor").post("/pairs/steps/hold_acquaintance", data=data)

    assert process_of(school, other).state == "formed"


def test_an_auditor_finds_no_buttons(school: School) -> None:
    auditor = school.client("auditor")

    for view in VIEWS:
        page = auditor.get(f"/pairs/{school.pair}{view}").text
        main = page[page.index("<main") : page.index("</main>")]
        found = [one for one in ("<form", "btn-primary", "Ещё действия") if one in main]
        assert found == [], view


def test_an_auditor_finds_no_buttons_in_lists(school: School) -> None:
    auditor = school.client("auditor")

    for address in ("/pairs", "/pairs/list", "/meetings"):
        page = auditor.get(address).text
        main = page[page.index("<main") : page.index("</main>")]
        found = [one for one in ('type="checkbox"', "Добавить пары", "Отметить") if one in main]
        assert found == [], address


def test_an_auditor_cannot_do_a_step(school: School) -> None:
    answer = school.client("auditor").post(f"/pairs/{school.pair}/steps/hold_trial", data={"key": new_id()})

    assert answer.status_code == 403
    assert process_of(school, school.pair).state == "acquaintance"


@pytest.mark.parametrize(("role", "status"), [("curator", 200), ("mentor", 403), ("auditor", 403), ("district", 403)])
def test_only_the_curator_chooses_and_enters(school: School, role: str, status: int) -> None:
    client = school.client(role)

    for address in ("/pairs/propose", "/pairs/propose/group", "/pairs/as-found"):
        assert client.get(address).status_code == status, address


def test_answers_are_closed_to_the_mentor(school: School) -> None:
    assert school.client("mentor").get(f"/pairs/{school.pair}/feedback").status_code == 403


# -- the next step ----------------------------------------------------------------------------------------------------


def test_an_open_step_is_done_and_told(school: School, curator: FlaskClient) -> None:
    page = words(curator.get(f"/pairs/{school.pair}"))
    assert "Следующий шаг: отметить пробную встречу" in page

    data = {"happened_on": "08.10.2026", "version": "3", "key": new_id()}
    answer = curator.post(f"/pairs/{school.pair}/steps/hold_trial", data=data, follow_redirects=True)

    assert "Пробная встреча прошла. Запись №" in words(answer)
    assert (process_of(school, school.pair).state, process_of(school, school.pair).since) == ("trial", "2026-10-08")


def test_a_double_click_does_the_step_once(school: School, curator: FlaskClient) -> None:
    data = {"happened_on": "08.10.2026", "version": "3", "key": new_id()}

    first = curator.post(f"/pairs/{school.pair}/steps/hold_trial", data=data)
    second = curator.post(f"/pairs/{school.pair}/steps/hold_trial", data=data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert events_of(school, school.pair).count("hold_trial") == 1


def test_a_double_click_on_a_step_that_stays_does_it_once(school: School, curator: FlaskClient) -> None:
    school.write(lambda write: engine.fire(write, school.pair, "hold_trial", happened_on=date(2026, 10, 8)))
    data = {"happened_on": "10.10.2026", "version": "4", "key": new_id()}

    for _ in range(2):
        assert curator.post(f"/pairs/{school.pair}/steps/repeat_trial", data=data).status_code == 302

    assert events_of(school, school.pair).count("repeat_trial") == 1


def test_a_stale_page_changes_nothing_and_shows_both(school: School, curator: FlaskClient) -> None:
    school.write(lambda write: engine.fire(write, school.pair, "suspend", ground="Карантин"))
    school.write(lambda write: engine.fire(write, school.pair, "resume"))

    data = {"happened_on": "08.10.2026", "version": "3", "key": new_id()}
    answer = curator.post(f"/pairs/{school.pair}/steps/hold_trial", data=data)

    assert answer.status_code == 409
    assert "Открыть пару как она есть" in words(answer)
    assert "8 октября 2026" in words(answer)
    assert process_of(school, school.pair).state == "acquaintance"


def test_a_step_that_is_gone_says_where_the_pair_stands(school: School, curator: FlaskClient) -> None:
    answer = curator.post(f"/pairs/{school.pair}/steps/form", data={"version": "1", "key": new_id()})

    assert answer.status_code == 409
    assert "Познакомились" in words(answer)


def test_a_closed_step_names_each_reason_and_has_no_form(school: School, curator: FlaskClient) -> None:
    pair = entered(school, ("Рогов Иван", "Зуев Максим", "proposed"))[0]

    page = words(curator.get(f"/pairs/{pair}"))

    assert "Почему нельзя?" in page
    assert "Зуев Максим: нет согласия на обработку данных" in page
    assert 'aria-disabled="true"' in page
    assert f'action="/pairs/{pair}/steps/form"' not in page


def test_a_closed_step_is_refused_even_if_sent(school: School, curator: FlaskClient) -> None:
    pair = entered(school, ("Рогов Иван", "Зуев Максим", "proposed"))[0]

    answer = curator.post(f"/pairs/{pair}/steps/form", data={"ground": "очень надо", "version": "1", "key": new_id()})

    assert answer.status_code == 422
    assert "Зуев Максим: нет согласия на обработку данных" in words(answer)
    assert process_of(school, pair).state == "proposed"


def test_a_step_with_a_ground_asks_for_it_and_keeps_it(school: School, curator: FlaskClient) -> None:
    school.write(lambda write: with_plan(write, school))
    page = words(curator.get(f"/pairs/{school.pair}"))
    assert "Продолжить с обоснованием" in page
    assert "Начать работу с обоснованием" in page

    ground = "Приказ на подписи, четверть не ждёт"
    data = {"happened_on": "12.11.2026", "ground": ground, "version": "5", "key": new_id()}
    curator.post(f"/pairs/{school.pair}/steps/start_work", data=data)

    assert process_of(school, school.pair).state == "regular_work"
    assert ground in words(curator.get(f"/pairs/{school.pair}/story"))


def test_a_refused_step_keeps_what_was_typed(school: School, curator: FlaskClient) -> None:
    school.write(lambda write: with_plan(write, school))

    data = {"happened_on": "10.11.2026", "remark": "начали со среды", "version": "5", "key": new_id()}
    answer = curator.post(f"/pairs/{school.pair}/steps/start_work", data=data)

    assert answer.status_code == 422
    page = words(answer)
    assert "начали со среды" in page
    assert 'value="10.11.2026"' in page
    assert "План не утверждён" in page
    assert process_of(school, school.pair).state == "planning"


def test_a_future_day_is_refused_at_its_field(school: School, curator: FlaskClient) -> None:
    data = {"happened_on": "01.12.2026", "version": "3", "key": new_id()}
    answer = curator.post(f"/pairs/{school.pair}/steps/hold_trial", data=data)

    assert answer.status_code == 422
    assert "Дата 01.12.2026 ещё не наступила" in words(answer)
    assert 'value="01.12.2026"' in answer.text


def test_a_day_before_the_step_before_opens_the_ground(school: School, curator: FlaskClient) -> None:
    data = {"happened_on": "20.09.2026", "version": "3", "key": new_id()}
    answer = curator.post(f"/pairs/{school.pair}/steps/hold_trial", data=data)

    assert answer.status_code == 422
    assert "Дата раньше предыдущего шага" in words(answer)
    assert 'name="ground"' in answer.text


def test_at_work_the_next_step_is_a_meeting_until_the_end_is_near(school: School, curator: FlaskClient) -> None:
    pair = entered(school, ("Рогов Иван", "Зуев Максим", "regular_work"))[0]

    assert "Следующий шаг: записать встречу" in words(curator.get(f"/pairs/{pair}"))
    school.write(lambda write: setattr(queries.pair(write.session, write.scope, pair), "ends_on", date(2026, 12, 1)))
    assert "Следующий шаг: отметить итоговую встречу" in words(curator.get(f"/pairs/{pair}"))


def test_a_suspended_pair_says_why_and_offers_the_way_back(school: School, curator: FlaskClient) -> None:
    school.write(lambda write: engine.fire(write, school.pair, "suspend", ground="Карантин в классе"))

    page = words(curator.get(f"/pairs/{school.pair}"))

    assert "Приостановлена с 12 ноября" in page
    assert "Карантин в классе" in page
    assert "Следующий шаг: возобновить" in page


# -- rarer steps ------------------------------------------------------------------------------------------------------


def test_dissolve_asks_for_its_cause(school: School, curator: FlaskClient) -> None:
    answer = curator.post(f"/pairs/{school.pair}/steps/dissolve", data={"version": "3", "key": new_id()})

    assert answer.status_code == 422
    assert "Заполните поле «Основание»." in words(answer)

    data = {"value_cause": "mentee_wish", "version": "3", "key": new_id()}
    assert curator.post(f"/pairs/{school.pair}/steps/dissolve", data=data).status_code == 302
    assert process_of(school, school.pair).state == "dissolved"


def test_a_new_mentor_comes_from_the_bank_only(school: School, curator: FlaskClient) -> None:
    pair = entered(school, ("Рогов Иван", "Зуев Максим", "formed"))[0]
    with school.installation.engine.read(school.scope, now=NOW) as read:
        rogov = next(
            who.id for row, who in queries.members(read.session, read.scope, [pair])[pair] if row.side == "mentor"
        )
    data = {"value_leaves": rogov, "ground": "переезд", "version": "1", "key": new_id()}

    stranger = {**data, "value_joins": school.people["Гусев"]}
    answer = curator.post(f"/pairs/{pair}/steps/replace_mentor", data=stranger)
    assert answer.status_code == 422
    assert "«Новый наставник»: выберите из списка." in words(answer)

    known = {**data, "value_joins": school.people["Белова"], "key": new_id()}
    assert curator.post(f"/pairs/{pair}/steps/replace_mentor", data=known).status_code == 302
    assert process_of(school, pair).state == "proposed"


def test_who_is_left_alone_is_said(school: School, curator: FlaskClient) -> None:
    data = {"value_leaves": school.people["Ким"], "ground": "перевод в другую школу", "version": "3", "key": new_id()}
    answer = curator.post(f"/pairs/{school.pair}/steps/change_members", data=data, follow_redirects=True)

    assert "не осталось наставляемых" in words(answer)


def test_what_was_chosen_stays_where_the_choice_stands_in_the_way(school: School, curator: FlaskClient) -> None:
    chosen = {"value_joins": school.people["Лис"], "value_joins_as": "mentee"}
    data = {**chosen, "ground": "Просьба родителей", "version": "3", "key": new_id()}
    answer = curator.post(f"/pairs/{school.pair}/steps/change_members", data=data)

    assert answer.status_code == 422
    assert "Лис Вера: нет согласия на обработку данных" in words(answer)
    assert "Почему нельзя?" in words(answer)
    assert re.search(rf'<option selected value="{school.people["Лис"]}"', answer.text)
    assert "Просьба родителей" in answer.text
    assert re.search(r'<button type="submit"[^>]*>Изменить\sсостав</button>', answer.text)


def test_undo_asks_why_and_goes_back(school: School, curator: FlaskClient) -> None:
    assert curator.post(f"/pairs/{school.pair}/undo", data={"version": "3", "key": new_id()}).status_code == 422

    data = {"why": "отметили не ту пару", "version": "3", "key": new_id()}
    assert curator.post(f"/pairs/{school.pair}/undo", data=data).status_code == 302
    assert process_of(school, school.pair).state == "formed"


def test_a_wrong_day_is_mended_by_a_new_entry(school: School, curator: FlaskClient) -> None:
    page = curator.get(f"/pairs/{school.pair}/correct").text
    seq = re.findall(r'<option selected value="(\d+)"', page)[0]

    data = {"seq": seq, "happened_on": "25.09.2026", "why": "опечатка", "version": "3", "key": new_id()}
    assert curator.post(f"/pairs/{school.pair}/correct", data=data).status_code == 302

    assert process_of(school, school.pair).since == "2026-09-25"
    assert events_of(school, school.pair)[-1] == "correct"


def test_a_stale_correction_changes_nothing(school: School, curator: FlaskClient) -> None:
    data = {"why": "не та пара", "version": "2", "key": new_id()}

    assert curator.post(f"/pairs/{school.pair}/undo", data=data).status_code == 409
    assert process_of(school, school.pair).state == "acquaintance"


def test_rules_name_strictness_layer_and_paragraph(school: School, curator: FlaskClient) -> None:
    page = words(curator.get(f"/pairs/{school.pair}/rules/start_work"))

    assert "План утверждён" in page
    assert "можно с письменным обоснованием" in page
    assert "основные правила" in page
    assert "152-ФЗ" in page


# -- board and list ---------------------------------------------------------------------------------------------------


def test_the_board_shows_each_pair_in_its_stage(school: School, curator: FlaskClient) -> None:
    entered(school, ("Рогов Иван", "Зуев Максим", "formed"), since=date(2026, 9, 16))

    page = words(curator.get("/pairs"))
    columns = dict(
        re.findall(r'<section class="board-column" aria-labelledby="column-(\w+)">(.*?)</section>', page, re.S)
    )

    assert "Белова Анна" in columns["acquaintance"]
    assert "стоит 57 дней" in columns["formed"]
    assert "Отметить знакомство…" in columns["formed"]
    assert "2 пары." in page


FILTERS = (
    ("q=зуев", "Рогов", "Белова"),
    ("q=бел дан", "Белова", "Рогов"),
    ("state=formed", "Рогов", "Белова"),
    ("form=teacher_pupil", "Таких пар нет", "Рогов"),
    ("state=formed&state=acquaintance", "Белова", "Таких пар нет"),
)


def test_filters_of_the_list(school: School, curator: FlaskClient) -> None:
    entered(school, ("Рогов Иван", "Зуев Максим", "formed"))

    for query, there, not_there in FILTERS:
        page = words(curator.get(f"/pairs/list?{query}"))
        main = page[page.index("<main") : page.index("</main>")]
        assert (there in main, not_there in main) == (True, False), query


@contextmanager
def counted(school: School) -> Iterator[list[str]]:
    """The statements that the block sends to the database."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    database = school.installation.database
    sa.event.listen(database.read_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.read_engine, "before_cursor_execute", note)


LISTS = ("/pairs", "/pairs/list", "/pairs/list?step=hold_trial", "/meetings")


def statements(school: School, client: FlaskClient) -> dict[str, int]:
    """How many statements each list needs."""
    found = {}
    for address in LISTS:
        with counted(school) as seen:
            assert client.get(address).status_code == 200
        found[address] = len(seen)
    return found


def test_statements_do_not_grow_with_the_pairs(school: School, curator: FlaskClient) -> None:
    entered(school, ("Рогов Иван", "Зуев Максим", "formed"), ("Носова Яна", "Тарасов Лев", "acquaintance"))
    statements(school, curator)
    few = statements(school, curator)
    letters = "АБВГДЕЖЗИК"
    entered(school, *[(f"Ровный Ив{one * 2}", f"Зуев Мак{one * 2}", "acquaintance") for one in letters])
    entered(school, *[(f"Ладный Ив{one * 2}", f"Гусев Мак{one * 2}", "formed") for one in letters])

    assert statements(school, curator) == few


# -- a step for many --------------------------------------------------------------------------------------------------


def bulk_data(*pairs: str, day: str = "10.11.2026", **more: str) -> dict[str, Any]:
    """The preview as a browser sends it, with all its rows ticked."""
    rows = {f"day-{pair}": day for pair in pairs} | {f"version-{pair}": "1" for pair in pairs}
    return {"row": list(pairs), "pair": list(pairs), "do": "fire", "key": new_id(), **rows, **more}


def three(school: School) -> list[str]:
    """Two pairs that may meet and one that is not fixed yet."""
    return entered(
        school,
        ("Рогов Иван", "Зуев Максим", "formed"),
        ("Носова Яна", "Тарасов Лев", "formed"),
        ("Лапин Егор", "Юсупова Амина", "proposed"),
    )


def test_a_step_for_many_shows_each_outcome_first(school: School, curator: FlaskClient) -> None:
    ids = three(school)

    address = "/pairs/list?step=hold_acquaintance&" + "&".join(f"pair={one}" for one in ids)
    page = words(curator.get(address))

    assert page.count("Станет «Познакомились»") == 2
    assert "Нельзя: пара на другом этапе, «Подобрана»" in page
    assert "Отметить знакомство: 2 пары" in page
    assert [process_of(school, one).state for one in ids] == ["formed", "formed", "proposed"]


def test_every_row_gets_its_result_and_a_way_back(school: School, curator: FlaskClient) -> None:
    ids = three(school)

    answer = curator.post("/pairs/steps/hold_acquaintance", data=bulk_data(*ids), follow_redirects=True)

    page = words(answer)
    assert "Выполнено у 2 из 3." in page
    assert page.count("Отменить шаг") == 2
    assert "Осталась как есть" in page
    assert [process_of(school, one).state for one in ids] == ["acquaintance", "acquaintance", "proposed"]


def test_a_step_for_many_sent_twice_is_done_once(school: School, curator: FlaskClient) -> None:
    ids = three(school)
    data = bulk_data(*ids)

    first = curator.post("/pairs/steps/hold_acquaintance", data=data)
    second = curator.post("/pairs/steps/hold_acquaintance", data=data)

    assert first.status_code == 302
    assert second.status_code in (302, 422)
    assert events_of(school, ids[0]).count("hold_acquaintance") == 1


def test_a_row_that_another_has_moved_stays_as_it_is(school: School, curator: FlaskClient) -> None:
    ids = three(school)
    data = bulk_data(*ids[:2]) | {f"version-{ids[0]}": "7"}

    page = words(curator.post("/pairs/steps/hold_acquaintance", data=data, follow_redirects=True))

    assert "Выполнено у 1 из 2." in page
    assert process_of(school, ids[0]).state == "formed"


def test_a_missing_ground_stops_the_step_for_many_and_keeps_the_rows(school: School, curator: FlaskClient) -> None:
    ids = three(school)
    data = bulk_data(*ids[:2]) | {f"day-{ids[0]}": "20.10.2026"}

    answer = curator.post("/pairs/steps/hold_acquaintance", data=data)
    assert answer.status_code == 422
    assert "Нужно обоснование" in words(answer)
    assert 'value="20.10.2026"' in answer.text

    again = {**data, f"ground-{ids[0]}": "Встретились до приказа", "key": new_id()}
    curator.post("/pairs/steps/hold_acquaintance", data=again)
    assert process_of(school, ids[0]).since == "2026-10-20"


def test_a_day_that_cannot_be_read_stays_in_its_row(school: School, curator: FlaskClient) -> None:
    ids = three(school)

    answer = curator.post("/pairs/steps/hold_acquaintance", data=bulk_data(ids[0], day="вчера"))

    assert answer.status_code == 422
    assert 'value="вчера"' in answer.text
    assert process_of(school, ids[0]).state == "formed"


def test_one_day_may_be_given_to_all_rows(school: School, curator: FlaskClient) -> None:
    ids = three(school)

    data = bulk_data(*ids, do="all", happened_on="05.11.2026")
    page = curator.post("/pairs/steps/hold_acquaintance", data=data).text

    assert page.count('value="05.11.2026"') == 4


def test_results_belong_to_who_did_the_step(school: School, curator: FlaskClient) -> None:
    data = bulk_data(*three(school))
    curator.post("/pairs/steps/hold_acquaintance", data=data)

    assert school.client("head").get(f"/pairs/results/{data['key']}").status_code == 404


# -- choosing and entering --------------------------------------------------------------------------------------------


def test_pairs_are_chosen_row_by_row(school: School, curator: FlaskClient) -> None:
    data = {
        "happened_on": "10.11.2026",
        "rows-0-mentor": school.people["Белова"],
        "rows-0-mentee": school.people["Лис"],
        "rows-1-mentor": school.people["Белова"],
        "rows-1-mentee": school.people["Ким"],
        "key": new_id(),
    }
    answer = curator.post("/pairs/propose", data=data)

    page = words(answer)
    assert answer.status_code == 422
    assert "Подобрано пар: 1." in page
    assert "такая пара уже есть" in page
    assert "Лис Вера" in words(curator.get("/pairs/list?state=proposed"))


def test_without_a_programme_the_page_leads_to_one(school: School, curator: FlaskClient) -> None:
    scope = new_id()
    with school.installation.engine.write(scope, SYSTEM, now=NOW) as write:
        organisations.create_organisation(write, kind="school", title="Новая школа", short_title="Новая")
        organisations.grant_role(write, school.accounts["curator"], "curator")
    with curator.session_transaction() as session:
        session["organisation"] = scope

    for address in ("/pairs/propose", "/pairs/propose/group", "/pairs/as-found"):
        assert "Создать программу" in curator.get(address).text, address


def test_a_choice_without_people_says_so(school: School, curator: FlaskClient) -> None:
    answer = curator.post("/pairs/propose", data={"rows-0-mentor": "", "key": new_id()})

    assert answer.status_code == 422
    assert "Выберите наставника и наставляемого" in words(answer)


def test_a_group_is_chosen(school: School, curator: FlaskClient) -> None:
    entered(school, ("Рогов Иван", "Зуев Максим", "closed"))
    with school.installation.engine.read(school.scope, now=NOW) as read:
        bank = queries.participants(read.session, read.scope, [school.programme], "mentee")
        zuev = next(who.id for _row, who in bank if who.family_name == "Зуев")
    data = {
        "happened_on": "10.11.2026",
        "mentors": [school.people["Белова"]],
        "mentees": [school.people["Лис"], zuev],
        "label": "Робототехника",
        "key": new_id(),
    }

    assert curator.post("/pairs/propose/group", data=data).status_code == 302
    assert "группа «Робототехника»" in words(curator.get("/pairs/list?state=proposed"))


def found_rows(count: int, **change: str) -> dict[str, str]:
    """Rows of «Внести как есть» as a browser sends them."""
    data = {"pair_form": "pupil_pupil", "key": new_id()}
    for number in range(count):
        letter = chr(ord("а") + number)
        row = {
            "mentor": f"Старшов Ми{letter}а",
            "mentee": f"Младшев Па{letter}а",
            "class_name": "6 «А»",
            "state": "regular_work",
            "since": "20.10.2026",
            "order_number": "77-ОД",
            "order_date": "12.09.2026",
        } | (change if number == 0 else {})
        data |= {f"rows-{number}-{name}": value for name, value in row.items()}
    return data


def test_twenty_five_running_pairs_are_entered_at_once(school: School, curator: FlaskClient) -> None:
    answer = curator.post("/pairs/as-found", data=found_rows(25), follow_redirects=True)

    page = words(answer)
    assert "Внесено пар: 25. Новых людей: 50. Приказов: 1." in page
    assert page.count("Работает") >= 25
    assert "Найдено 25 пар" in words(curator.get("/pairs/list?state=regular_work"))


def test_running_pairs_sent_twice_are_entered_once(school: School, curator: FlaskClient) -> None:
    data = found_rows(2)

    curator.post("/pairs/as-found", data=data)
    curator.post("/pairs/as-found", data=data)

    assert "Найдено 2 пары" in words(curator.get("/pairs/list?state=regular_work"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mentor": "Старшов"}, "напишите фамилию и имя"),
        ({"state": ""}, "Выберите, на каком этапе пара."),
        ({"order_number": ""}, "У приказа нужны и номер, и дата."),
        ({"since": "31.12.2026"}, "31.12.2026 ещё не наступило."),
        ({"since": "осенью"}, "Укажите дату в виде дд.мм.гггг"),
    ],
)
def test_a_wrong_row_says_so_and_nothing_is_entered(
    school: School, curator: FlaskClient, change: dict[str, str], sentence: str
) -> None:
    answer = curator.post("/pairs/as-found", data=found_rows(3, **change))

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "Старшов Миба" in answer.text
    assert "Таких пар нет" in words(curator.get("/pairs/list?state=regular_work"))


def test_people_who_are_known_are_not_entered_twice(school: School, curator: FlaskClient) -> None:
    data = found_rows(1, mentor="Белова Анна Игоревна, 11 «А»", mentee="Лис Вера Ильинична", class_name="7 «Б»")

    page = words(curator.post("/pairs/as-found", data=data, follow_redirects=True))

    assert "Новых людей: 0." in page


# -- plan, log, answers, folder ---------------------------------------------------------------------------------------


def test_the_plan_is_saved_and_a_task_is_done(school: School, curator: FlaskClient) -> None:
    data = {
        "goal": "Зачёт",
        "rows-0-title": "Дроби",
        "rows-0-due_on": "01.12.2026",
        "rows-1-title": "",
        "key": new_id(),
    }
    curator.post(f"/pairs/{school.pair}/plan", data=data)
    page = curator.get(f"/pairs/{school.pair}/plan").text
    task = re.findall(rf"/pairs/{school.pair}/plan/(\w+)", page)[0]

    done = {"done_on": "10.11.2026", "result": "решает сам", "key": new_id()}
    curator.post(f"/pairs/{school.pair}/plan/{task}", data=done)

    page = words(curator.get(f"/pairs/{school.pair}/plan"))
    assert "Выполнено 1 из 1." in page
    assert "решает сам" in page


def test_the_mentor_keeps_the_own_plan_and_log(school: School) -> None:
    mentor = school.client("mentor")

    plan = mentor.post(f"/pairs/{school.pair}/plan", data={"rows-0-title": "Дроби", "key": new_id()})
    meeting = {"held_on": "10.11.2026", "kind": "regular", "status": "held", "minutes": "40", "key": new_id()}
    met = mentor.post(f"/pairs/{school.pair}/meetings/new", data=meeting)

    assert (plan.status_code, met.status_code) == (302, 302)
    assert "40 минут" in words(mentor.get(f"/pairs/{school.pair}/journal"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"held_on": "01.12.2026"}, "встречу можно только запланировать"),
        ({"minutes": "много"}, "нужно целое число"),
        ({"held_on": ""}, "Укажите дату."),
    ],
)
def test_a_wrong_meeting_keeps_what_was_typed(
    school: School, curator: FlaskClient, change: dict[str, str], sentence: str
) -> None:
    data = {"held_on": "10.11.2026", "kind": "regular", "status": "held", "topic": "Дроби", "key": new_id(), **change}

    answer = curator.post(f"/pairs/{school.pair}/meetings/new", data=data)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "Дроби" in answer.text


def test_answers_are_entered_for_both_sides(school: School, curator: FlaskClient) -> None:
    data = {
        "rows-0-person_id": school.people["Белова"],
        "rows-0-given_on": "10.11.2026",
        "rows-0-satisfied": "yes",
        "rows-1-person_id": school.people["Ким"],
        "rows-1-given_on": "",
        "key": new_id(),
    }
    assert curator.post(f"/pairs/{school.pair}/feedback?stage=exit", data=data).status_code == 302

    with school.installation.engine.read(school.scope, now=NOW) as read:
        rows = queries.feedback(read.session, read.scope, [school.pair])[school.pair]
    assert [(row.person_id, row.stage, row.satisfied) for row in rows] == [(school.people["Белова"], "exit", True)]


def test_the_folder_says_what_is_there_and_what_is_not(school: School, curator: FlaskClient) -> None:
    page = words(curator.get(f"/pairs/{school.pair}/folder"))

    assert "№ 91-ОД от 16 сентября 2026" in page
    assert "дело 01-05, лист 14" in page
    assert "План работы" in page[: page.index("91-ОД")]
