"""Pages of people: found, added one by one or by lines, shown by permission; reading of personal data is recorded once a day."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, school
from web.formatting import searchable
from web.views.people_paste import read_rows
from workflow_core import queries as core
from workflow_core.tables import new_id
from workflows.mentoring import queries as mentoring
from workflows.organisations import operations
from workflows.organisations import queries as organisations
from workflows.organisations.person_input import PersonInput
from workflows.organisations.queries import PeopleFilter
from workflows.organisations.tables import Organisation, Person

__all__ = ["school"]

LIST = "Орлов Максим Петрович; 6 «А»; 14.02.2014\n\nБелова Анна Игоревна; 11 «А»; 02.04.2009\nОдин; 5 «Б»\nЛапин Егор; 7 «Б»; 40.13.2013"


@pytest.fixture
def curator(school: School) -> FlaskClient:
    return school.client()


def words(client: FlaskClient, address: str) -> str:
    return searchable(client.get(address).text)


def named(school: School, text: str) -> list[Person]:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        return list(organisations.people_page(read.session, read.scope, PeopleFilter(text=text)).people)


def post(client: FlaskClient, address: str, **values: Any) -> Any:
    return client.post(address, data={"key": new_id(), **values})


# -- the list ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("q=ким", "Ким Данил Олегович", "Белова"),
        ("kind=employee", "Гусев Андрей Павлович", "Ким Данил"),
        ("class=7 «Б»", "Лис Вера Ильинична", "Белова Анна"),
        ("q=никого", "Таких участников нет", "Белова Анна"),
    ],
)
def test_list_is_filtered(curator: FlaskClient, query: str, there: str, not_there: str) -> None:
    page = words(curator, f"/people?{query}")

    assert there in page
    assert not_there not in page


def test_list_tells_status_and_lacking_consent(curator: FlaskClient) -> None:
    row = words(curator, "/people?q=лис").split("Лис Вера")[-1]

    assert "наставляемый, в банке" in row
    assert "Нет согласия" in row
    assert "наставник, в паре" in words(curator, "/people?q=белова")
    assert "Нет согласия" not in words(curator, "/people?q=белова")


def test_pages_of_the_list_are_told_by_id_not_by_name(school: School, curator: FlaskClient) -> None:
    rows = [PersonInput("Новиков", f"Тест{'а' * number}") for number in range(60)]
    school.write(lambda write: operations.add_people(write, rows) and None)

    page = curator.get("/people").text
    following = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")

    assert following.startswith("/people?after=")
    assert "Новиков" not in following
    assert page.count('class="row-title"') == 50
    assert curator.get(following).text.count('class="row-title"') == 16


def test_mentor_sees_the_people_of_own_pairs_only(school: School) -> None:
    mentor = school.client("mentor")

    page = words(mentor, "/people")
    assert "Ким Данил" in page
    assert "Лис Вера" not in page
    assert mentor.get(f"/people/{school.people['Лис']}").status_code == 404
    assert mentor.get(f"/people/{school.people['Ким']}").status_code == 200


# -- adding -----------------------------------------------------------------------------------------------------------


def test_added_person_has_a_page_with_the_name_in_all_cases(school: School, curator: FlaskClient) -> None:
    values = {"family_name": "Орлова", "given_name": "Мария", "patronymic": "Петровна", "kind": "pupil"}
    answer = post(curator, "/people/new", **values, birth_date="5.2.2014")

    page = words(curator, answer.headers["Location"])
    assert "Орловой Марии Петровны" in page
    assert "12 лет" in page


def test_wrong_fields_keep_what_was_typed(curator: FlaskClient) -> None:
    answer = post(curator, "/people/new", family_name="Орлова", given_name="", kind="pupil", birth_date="вчера")

    assert answer.status_code == 422
    assert "Исправьте 2" in searchable(answer.text)
    assert 'value="Орлова"' in answer.text
    assert 'value="вчера"' in answer.text


def test_same_form_sent_twice_adds_one_person(school: School, curator: FlaskClient) -> None:
    values = {"key": new_id(), "family_name": "Орлова", "given_name": "Мария", "kind": "pupil"}

    for _ in range(2):
        assert curator.post("/people/new", data=values).status_code == 302

    assert len(named(school, "орлова")) == 1


def test_lines_are_shown_before_anything_is_added(school: School, curator: FlaskClient) -> None:
    page = searchable(post(curator, "/people/many", kind="pupil", text=LIST, skip_namesakes="y", side="mentee").text)

    assert "Внести 1 человека" in page
    assert "Уже есть: Белова Анна Игоревна" in page
    assert "Укажите имя." in page
    assert "«40.13.2013» не похоже на дату" in page
    assert not named(school, "орлов")


def test_each_line_gets_a_result_and_the_good_ones_are_enrolled(school: School, curator: FlaskClient) -> None:
    values = {"kind": "pupil", "text": LIST, "skip_namesakes": "y", "programme": school.programme, "side": "mentee"}
    page = searchable(post(curator, "/people/many", action="add", **values).text)

    assert "Внесено 1 из 4" in page
    assert "Не внесено. Такой человек уже есть: Белова Анна Игоревна." in page
    with school.installation.engine.read(school.scope, now=NOW) as read:
        bank = mentoring.participants(read.session, read.scope, [school.programme], "mentee")
    assert "Орлов" in {who.family_name for _row, who in bank}


def test_pasted_columns_of_a_spreadsheet_are_read() -> None:
    rows = read_rows("ФИО\tДолжность\nГаврилова Ольга Петровна\tучитель химии\t", "employee", NOW.date())

    assert len(rows) == 1
    assert rows[0].person == PersonInput("Гаврилова", "Ольга", "Петровна", "employee", sex="f", post="учитель химии")
    assert rows[0].problem == ""


def test_ticked_people_are_enrolled_once(school: School, curator: FlaskClient) -> None:
    people = [school.people["Лис"], school.people["Ким Ольга"]]
    answer = post(curator, "/people/enrol", person=people, programme=school.programme, side="mentee")

    assert answer.status_code == 302
    assert "Внесено в банк: 1. Уже были там: 1." in searchable(curator.get("/people").text)


# -- one person -------------------------------------------------------------------------------------------------------


def test_person_page_shows_consents_pairs_and_representatives(school: School, curator: FlaskClient) -> None:
    page = words(curator, f"/people/{school.people['Ким']}")

    assert "Ким Ольга Сергеевна" in page
    assert "получено 10 сентября, Ким Ольга Сергеевна" in page
    assert "Белова Анна — Ким Данил" in page
    assert "наставляемый · Познакомились" in page
    assert "20 мая 2013" in page


@pytest.mark.parametrize(
    ("role", "shown"), [("curator", True), ("auditor", True), ("administrator", False), ("mentor", False)]
)
def test_personal_data_by_permission(school: School, role: str, shown: bool) -> None:
    page = words(school.client(role), f"/people/{school.people['Ким']}")

    assert ("20 мая 2013" in page) is shown
    assert ("2-14-50" in page) is shown
    assert ("13 лет" in page) is shown


def seen(school: School, person: str) -> list[str]:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        entries = core.entries_of(read.session, read.scope, [school.people[person]])[school.people[person]]
    return [entry.actor_id for entry in entries if (entry.kind, entry.event) == ("access", "seen")]


def test_reading_personal_data_is_recorded_once_a_day_and_reader(school: School) -> None:
    for role in ("curator", "curator", "auditor", "administrator"):
        school.client(role).get(f"/people/{school.people['Ким']}")
    school.client().get(f"/people/{school.people['Гусев']}")

    assert seen(school, "Ким") == [school.accounts["curator"], school.accounts["auditor"]]
    assert seen(school, "Гусев") == []


def test_changed_name_is_declined_anew_and_mended_cases_stay(school: School, curator: FlaskClient) -> None:
    person = school.people["Лис"]
    forms = {f"{part}-{case}": "Лис Вера" for part in ("full", "short") for case in ("nom", "gen", "dat", "acc", "ins")}
    post(curator, f"/people/{person}/forms", **{**forms, "full-gen": "Лисы Веры"}, initials_first="В. И. Лис")

    assert "Лисы Веры" in words(curator, f"/people/{person}")


def test_empty_case_is_refused_and_kept(school: School, curator: FlaskClient) -> None:
    answer = post(curator, f"/people/{school.people['Лис']}/forms", **{"full-gen": "Лисы Веры"})

    assert answer.status_code == 422
    assert "Лисы Веры" in answer.text


def test_representative_is_entered_on_the_way(school: School, curator: FlaskClient) -> None:
    person = school.people["Лис"]
    post(curator, f"/people/{person}/representative", name="Лис Илья Иванович", relation="отец")

    assert "Лис Илья Иванович" in words(curator, f"/people/{person}")


def test_leaving_is_entered_by_change(school: School, curator: FlaskClient) -> None:
    person = school.people["Лис"]
    values = {"family_name": "Лис", "given_name": "Вера", "patronymic": "Ильинична", "kind": "pupil"}
    post(curator, f"/people/{person}/edit", **values, class_name="7 «Б»", birth_date="03.01.2013", left_on="01.11.2026")

    assert "выбытие 1 ноября 2026" in words(curator, f"/people/{person}")
    assert "Лис Вера" not in words(curator, "/people")


def test_person_with_papers_is_not_removed(school: School, curator: FlaskClient) -> None:
    answer = post(curator, f"/people/{school.people['Ким']}/remove")

    assert answer.status_code == 422
    assert "Укажите дату ухода" in searchable(answer.text)


# -- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/people/new", "/people/many", "/people/{}/edit", "/people/{}/forms"])
@pytest.mark.parametrize(
    ("role", "status"), [("curator", 200), ("auditor", 403), ("mentor", 403), ("administrator", 403)]
)
def test_forms_are_for_those_who_may_edit(school: School, address: str, role: str, status: int) -> None:
    assert school.client(role).get(address.format(school.people["Ким"])).status_code == status


def test_auditor_sees_no_buttons(school: School) -> None:
    page = school.client("auditor").get(f"/people/{school.people['Ким']}").text

    assert "Изменить сведения" not in page
    assert 'action="/people' not in page


def test_person_of_another_organisation_is_not_there(school: School, curator: FlaskClient) -> None:
    other = new_id()
    from workflow_core.guards import SYSTEM

    with school.installation.engine.write(other, SYSTEM, now=NOW) as write:
        write.session.add(
            Organisation(id=other, organisation_id=other, kind="school", title="Другая", short_title="Другая")
        )
        write.session.flush()
        stranger = operations.add_person(write, PersonInput("Чужая", "Инна")).person
        assert stranger is not None
        stranger_id = stranger.id

    assert curator.get(f"/people/{stranger_id}").status_code == 404
    assert (
        post(curator, f"/people/{stranger_id}/edit", family_name="А", given_name="Б", kind="pupil").status_code == 404
    )
