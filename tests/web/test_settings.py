"""Settings: each change by who may make it, terms by date, rules with the layer that gives each."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, school
from web import accounts, queries
from web.formatting import searchable
from workflow_core.tables import new_id
from workflows.mentoring import queries as mentoring
from workflows.organisations import policy
from workflows.organisations import queries as organisations

__all__ = ["school"]


@pytest.fixture
def administrator(school: School) -> FlaskClient:
    return school.client("administrator")


def words(client: FlaskClient, address: str = "/settings") -> str:
    return searchable(client.get(address).text)


def post(client: FlaskClient, address: str, **values: Any) -> Any:
    return client.post(address, data={"key": new_id(), **values})


def test_first_page_shows_card_signatories_programmes_and_accounts(administrator: FlaskClient) -> None:
    page = words(administrator)

    assert "МБОУ «Средняя школа с. Ключевое»" in page
    assert "Гусев А. П., директор" in page
    assert "Математика без страха" in page
    assert "Петрова Г. Н." in page


@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        ("administrator", "/settings/organisation", 200),
        ("curator", "/settings/organisation", 403),
        ("head", "/settings/signatories/new", 200),
        ("curator", "/settings/signatories/new", 403),
        ("head", "/settings/accounts/new", 403),
        ("administrator", "/settings/accounts/new", 200),
        ("curator", "/settings/programmes/new", 200),
        ("auditor", "/settings/programmes/new", 403),
        ("auditor", "/settings/rules", 200),
        ("auditor", "/settings/rules/stuck_days", 403),
        ("mentor", "/settings", 403),
    ],
)
def test_each_role_reaches_its_part(school: School, role: str, address: str, status: int) -> None:
    assert school.client(role).get(address).status_code == status


def test_curator_does_not_see_accounts_and_auditor_no_buttons(school: School) -> None:
    assert "Учётные записи и роли" not in words(school.client())
    page = words(school.client("auditor"))
    assert "Учётные записи и роли" in page
    assert 'action="/settings' not in page


def test_card_is_changed_and_wrong_one_kept(school: School, administrator: FlaskClient) -> None:
    values = {"kind": "school", "time_zone": "Europe/Moscow", "place": "с. Ключевое"}
    refused = post(administrator, "/settings/organisation", title="", short_title="Школа № 9", **values)
    assert refused.status_code == 422
    assert 'value="Школа № 9"' in refused.text

    post(administrator, "/settings/organisation", title="МБОУ «СОШ № 9»", short_title="Школа № 9", **values)
    assert "МБОУ «СОШ № 9»" in words(administrator)


def test_acting_head_needs_an_order_and_keeps_days(school: School, administrator: FlaskClient) -> None:
    values = {"person_id": school.people["Морозова"], "title": "и. о. директора", "acting": "y"}
    days = {"valid_from": "01.11.2026", "valid_to": "20.11.2026"}

    refused = post(administrator, "/settings/signatories/new", **values, **days)
    assert refused.status_code == 422
    assert "укажите его номер и дату" in searchable(refused.text)

    post(administrator, "/settings/signatories/new", **values, **days, order="приказ № 98-к от 30.10.2026")
    assert "Морозова Е. В., и. о. директора" in words(administrator)
    with school.installation.engine.read(school.scope, now=NOW) as read:
        first = organisations.signatories(read.session, read.scope, NOW.date())[0][0]
    assert first.acting


def test_stand_in_is_entered_and_ended(school: School, administrator: FlaskClient) -> None:
    values = {"person_id": school.people["Гусев"], "for_person_id": school.people["Морозова"], "role": "curator"}
    post(administrator, "/settings/stand-ins/new", **values, order="приказ № 99-к", valid_from="01.11.2026")

    page = administrator.get("/settings").text
    address = page.split("/settings/stand_in/")[1].split('"')[0]
    assert "Гусев А. П. за: Морозова Е. В." in searchable(page)
    post(administrator, f"/settings/stand_in/{address}")
    assert "1–12 ноября 2026" in words(administrator)


def test_account_with_role_can_log_in_and_closed_one_can_not(school: School, administrator: FlaskClient) -> None:
    values = {"username": "Petrova", "name": "Петрова А. И.", "password": "длинный-пароль", "role": "curator"}
    post(administrator, "/settings/accounts/new", **values, person_id="")

    with school.installation.engine.read(school.scope, now=NOW) as read:
        account = queries.account_named(read.session, "petrova")
        assert account is not None
        assert accounts.password_matches(account, "длинный-пароль")
        actor = policy.actor_for(read.session, school.scope, account.id, account.name, NOW.date())
    assert actor.roles == {"curator"}

    post(administrator, f"/settings/accounts/{account.id}/close")
    with school.installation.engine.read(school.scope, now=NOW) as read:
        assert not accounts.password_matches(queries.account(read.session, account.id), "длинный-пароль")


def test_wrong_account_is_told_at_its_fields(administrator: FlaskClient) -> None:
    answer = post(administrator, "/settings/accounts/new", username="curator", name="К", password="мало", role="head")

    assert answer.status_code == 422
    assert "уже занято" in answer.text
    assert "не короче 8 знаков" in searchable(answer.text)


def test_role_is_taken_away_but_not_the_last_administrator(school: School, administrator: FlaskClient) -> None:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        held = {row.role: row.id for row in organisations.memberships(read.session, read.scope)}

    assert post(administrator, f"/settings/role/{held['administrator']}/end").status_code == 422
    assert post(administrator, f"/settings/role/{held['auditor']}/end").status_code == 302
    assert school.client("auditor").get("/settings").status_code == 403


def test_own_account_is_not_closed(school: School, administrator: FlaskClient) -> None:
    assert post(administrator, f"/settings/accounts/{school.accounts['administrator']}/close").status_code == 422


def test_programme_is_created_and_changed(school: School) -> None:
    curator = school.client()
    values = {"form": "teacher_teacher", "starts_on": "01.09.2026", "ends_on": "31.05.2027", "curator_id": ""}
    post(curator, "/settings/programmes/new", title="Молодой педагог", **values)
    post(
        curator,
        f"/settings/programmes/{school.programme}",
        **{**values, "form": "pupil_pupil"},
        title="Математика легко",
    )

    with school.installation.engine.read(school.scope, now=NOW) as read:
        titles = {row.title for row in mentoring.programmes(read.session, read.scope).values()}
    assert titles == {"Молодой педагог", "Математика легко"}


def test_rules_name_the_layer_and_own_one_says_since_when(administrator: FlaskClient) -> None:
    assert "основные правила" in words(administrator, "/settings/rules")

    post(administrator, "/settings/rules/stuck_days", value="14", valid_from="")
    row = words(administrator, "/settings/rules").split("застрявшей")[1].split("</tr>")[0]
    assert "14" in row
    assert "школа" in row
    assert "настройка с 12.11.2026" in row

    post(administrator, "/settings/rules/stuck_days", value="14", take_back="y")
    row = words(administrator, "/settings/rules").split("застрявшей")[1].split("</tr>")[0]
    assert "основные правила" in row


def test_check_of_a_step_is_weighed_by_the_school(administrator: FlaskClient) -> None:
    page = words(administrator, "/settings/rules?definition=pair")
    assert "Шаг «Закрепить»" in page

    post(administrator, "/settings/rules/pair/form/duty_consents", value="block")
    assert "Сейчас: не пропускает. Так решает: школа." in words(
        administrator, "/settings/rules/pair/form/duty_consents"
    )


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("stuck_days", "много", "нужно целое число"),
        ("stuck_days", "0", "не меньше 1"),
        ("school_terms", "09-01", "два дня"),
    ],
)
def test_wrong_rule_is_refused(administrator: FlaskClient, key: str, value: str, said: str) -> None:
    answer = post(administrator, f"/settings/rules/{key}", value=value)

    assert answer.status_code == 422
    assert said in searchable(answer.text)


def test_unknown_rule_and_lifecycle_are_not_there(administrator: FlaskClient) -> None:
    assert administrator.get("/settings/rules/nothing").status_code == 404
    assert administrator.get("/settings/rules?definition=nothing").status_code == 404
