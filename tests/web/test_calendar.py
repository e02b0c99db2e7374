"""The page «Рабочий календарь»: what a change moves is shown, and only the confirmed change is made."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_map import take_map, words_of
from tests.web.sample_school import TITLE, School, school
from web.formatting import searchable
from web.tables import Account
from workflow_core import operations, timers
from workflow_core.guards import SYSTEM
from workflow_core.jobs import CollectedJobs
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.organisations import operations as organisations
from workflows.organisations import queries as places
from workflows.road_maps import queries
from workflows.road_maps.tables import Activity

__all__ = ["school"]

QUARANTINE = {"why": "quarantine", "first_day": "16.11.2026", "last_day": "20.11.2026", "note": "приказ № 15"}


def post(client: FlaskClient, address: str, **values: Any) -> Any:
    return client.post(address, data={"key": new_id(), **values})


@pytest.fixture
def counted(school: School) -> str:
    """An item whose deadline the map counts in working days from something that happened on 12 November."""
    take_map(school)

    def schedule(write: Write) -> str:
        row = next(
            one for one in queries.running_activities(write.session, write.scope, ("planned",)) if not one.parent_id
        )
        row.deadline = {
            **(row.deadline or {}),
            "text": "в течение 5 рабочих дней после приказа",
            "kind": "school_relative",
        }
        fields = {"starts_on": "2026-11-12", "due_on": "2026-11-19"}
        operations.fire(write, row.id, "set_schedule", fields=fields)
        return row.id

    found: str = school.write(schedule)
    return found


def item(school: School, item_id: str) -> Activity:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        return queries.activity(read.session, school.scope, item_id)


def test_quarantine_moves_the_counted_deadline_only_when_confirmed(school: School, counted: str) -> None:
    client = school.client()

    shown = post(client, "/settings/calendar", **QUARANTINE)
    page = searchable(shown.text)
    assert shown.status_code == 200
    assert "Сдвинутся сроки: 1" in page
    assert "19 ноября" in page
    assert "26 ноября" in page
    assert "Внести и сдвинуть 1 срок" in page
    assert item(school, counted).due_on == date(2026, 11, 19)
    assert "приказ № 15" not in searchable(client.get("/settings/calendar").text)

    done = post(client, "/settings/calendar", **QUARANTINE, confirmed="1")
    assert done.status_code == 302
    page = searchable(client.get("/settings/calendar").text)
    assert "Сдвинуто: 1 срок" in page
    assert "приказ № 15" in page
    assert item(school, counted).due_on == date(2026, 11, 26)
    history = searchable(client.get("/history").text)
    assert "Рабочий календарь: карантин с 16 ноября 2026 по 20 ноября 2026" in history
    assert "срок сдвинут по рабочему календарю: 26 ноября вместо 19 ноября" in history


def test_line_is_taken_out_again_and_the_deadline_comes_back(school: School, counted: str) -> None:
    client = school.client()
    post(client, "/settings/calendar", **QUARANTINE, confirmed="1")
    address = client.get("/settings/calendar").text.split('action="/settings/calendar/')[1].split('"')[0]

    assert "Сдвинутся сроки: 1" in searchable(post(client, f"/settings/calendar/{address}").text)
    post(client, f"/settings/calendar/{address}", confirmed="1")

    assert item(school, counted).due_on == date(2026, 11, 19)


def district_above(school: School) -> FlaskClient:
    """A browser of somebody who keeps the calendar of the district; the school stands under it."""
    district, engine = new_id(), school.installation.engine
    with engine.write(district, SYSTEM, now=NOW) as write:
        organisations.create_organisation(
            write, kind="district", title="Отдел образования", short_title="Отдел <образования>"
        )
        account = Account(organisation_id=district, username="chief", name="Панова Т. А.", password_hash="-")
        write.session.add(account)
        write.session.flush()
        organisations.grant_role(write, account.id, "administrator")
        school.accounts["chief"] = account.id

    def under(write: Write) -> None:
        places.organisation(write.session, write.scope).parent_id = district
        timers.review(write)

    school.write(under, actor=SYSTEM)
    return school.client("chief")


def test_a_district_sees_what_moves_in_its_schools_and_a_job_moves_it(school: School, counted: str) -> None:
    client = district_above(school)
    regional = {"why": "regional", "first_day": "16.11.2026", "last_day": "20.11.2026", "note": "День края"}

    shown = searchable(post(client, "/settings/calendar", **regional).text)
    assert "Здесь сроки останутся, сдвинутся ниже." in shown
    assert "Сдвинется в организациях ниже: 1" in shown
    assert f"{TITLE} 1 срок" in words_of(post(client, "/settings/calendar", **regional))

    done = post(client, "/settings/calendar", **regional, confirmed="1")
    assert done.status_code == 302
    assert f"Внесено в календарь. Сроки сдвигаются ниже: {TITLE}." in searchable(client.get("/settings/calendar").text)
    assert item(school, counted).due_on == date(2026, 11, 19)
    jobs = school.installation.jobs
    assert isinstance(jobs, CollectedJobs)
    jobs.run(school.installation.engine)

    assert item(school, counted).due_on == date(2026, 11, 26)
    page = searchable(school.client().get("/settings/calendar").text)
    assert "День края, вносит Отдел &lt;образования&gt;" in page


def test_a_rule_that_makes_other_working_days_is_shown_and_confirmed_too(school: School, counted: str) -> None:
    client = school.client("administrator")

    shown = post(client, "/settings/rules/week_days", value="6")
    page = searchable(shown.text)
    assert shown.status_code == 200
    assert "Изменить правило: Сколько дней в неделе учатся" in page
    assert "Изменить и сдвинуть 1 срок" in page
    assert item(school, counted).due_on == date(2026, 11, 19)

    hidden = dict(re.findall(r'<input type="hidden" name="(value|valid_from|take_back)" value="([^"]*)"', shown.text))
    done = post(client, "/settings/rules/week_days", **hidden, confirmed="1")
    assert done.status_code == 302
    assert "Правило изменено. Сдвинуто: 1 срок" in searchable(client.get("/settings/calendar").text)
    assert item(school, counted).due_on == date(2026, 11, 18)
    wrong = post(client, "/settings/rules/regional_holidays", value="31-31")
    assert wrong.status_code == 422
    assert "31-31" in wrong.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first_day": ""}, "Укажите первый день."),
        ({"last_day": "01.11.2026"}, "Последний день раньше первого."),
        ({"last_day": "20.11.2027"}, "проверьте год"),
        ({"why": "holiday"}, "выберите из списка"),
    ],
)
def test_wrong_days_are_told_at_the_field(school: School, change: dict[str, str], words: str) -> None:
    refused = post(school.client(), "/settings/calendar", **{**QUARANTINE, **change})

    assert refused.status_code == 422
    assert words in searchable(refused.text)
    assert "приказ № 15" in searchable(refused.text)


def test_days_that_are_entered_already_are_refused(school: School) -> None:
    client = school.client()
    post(client, "/settings/calendar", **QUARANTINE, confirmed="1")

    assert "уже внесена" in searchable(post(client, "/settings/calendar", **QUARANTINE).text)


def test_auditor_sees_the_calendar_and_changes_nothing(school: School) -> None:
    client = school.client("auditor")
    page = searchable(client.get("/settings/calendar?year=2026").text)

    assert "1–8 января" in page or "Новогодние каникулы" in page
    assert "Внести дни" not in page
    assert post(client, "/settings/calendar", **QUARANTINE, confirmed="1").status_code == 403
    assert school.client("mentor").get("/settings/calendar").status_code == 403


def test_month_of_meetings_leaves_out_the_days_of_quarantine(school: School) -> None:
    client = school.client()
    assert client.get("/meetings?month=2026-11").text.count('scope="col"') > 5
    before = client.get("/meetings?month=2026-11").text.count('scope="col"')
    post(client, "/settings/calendar", **QUARANTINE, confirmed="1")

    assert before - client.get("/meetings?month=2026-11").text.count('scope="col"') == 5


def test_reminder_and_passed_deadline_stand_in_the_history_in_words(school: School, counted: str) -> None:
    timers.take_due(school.installation.engine, NOW + timedelta(days=9))

    page = searchable(school.client().get("/history?about=timer").text)
    assert "напоминание: срок 19 ноября, назначено за 1 день" in page
    assert "срок прошёл 19 ноября" in page
