"""«Первые шаги»: what is done, what comes now, what waits for what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.web.sample_school import School, school
from web import setup
from web.app import create_app
from web.assembly import CollectedJobs, assemble
from web.formatting import searchable
from web.settings import Settings
from workflow_core.database import Database
from workflows.organisations.person_input import PersonInput

__all__ = ["school"]


def tasks(page: str) -> dict[str, str]:
    """Title of each task -> its state."""
    rows = re.findall(r'class="task task-(\w+)".*?class="item-title">([^<]+)<', searchable(page), re.DOTALL)
    return {title: state for state, title in rows}


@pytest.fixture
def empty_page(sqlite_database: Database, tmp_path: Path) -> str:
    """The page right after the very first start."""
    settings = Settings(data=tmp_path, database_url=str(sqlite_database.url), secret="a secret of the tests only")
    installation = assemble(settings, jobs=CollectedJobs(), database=sqlite_database)
    installation.engine.store_definitions(now=NOW)
    account = setup.found(
        installation.engine,
        tmp_path,
        now=NOW,
        organisation={"kind": "school", "title": "МБОУ «Школа»", "short_title": "Школа", "place": "с. Ключевое"},
        person=PersonInput("Морозова", "Елена", "Викторовна", "employee"),
        shown_name="Морозова Е. В.",
        username="morozova",
        password="длинный-пароль",
    )
    client = create_app(installation, TESTING=True, CLOCK=lambda: NOW).test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = f"{account}.1", True
    return client.get("/first-steps").text


def test_empty_installation_begins_with_the_card_and_greets(empty_page: str) -> None:
    assert "Здравствуйте, Елена Викторовна" in searchable(empty_page)
    assert tasks(empty_page) == {
        "Ваша организация": "now",
        "Внести участников": "open",
        "Создать программу": "open",
        "Взять дорожную карту в работу": "open",
        "Собрать согласия": "closed",
        "Подобрать первые пары": "closed",
        "Подготовить первый приказ": "closed",
    }


def test_there_is_one_blue_button_and_closed_tasks_say_what_they_wait_for(empty_page: str) -> None:
    assert empty_page.count("btn-primary") == 1
    assert "после шага 2" in searchable(empty_page)
    assert "Внести пары как есть" in searchable(empty_page)


def test_running_school_has_most_tasks_done(school: School) -> None:
    page = school.client().get("/first-steps").text

    assert tasks(page) == {
        "Ваша организация": "done",
        "Внести участников": "done",
        "Создать программу": "done",
        "Взять дорожную карту в работу": "now",
        "Собрать согласия": "done",
        "Подобрать первые пары": "done",
        "Подготовить первый приказ": "done",
    }
    assert "Сделано 6 из 7" in searchable(page)


@pytest.mark.parametrize(("role", "status"), [("curator", 200), ("head", 200), ("auditor", 403), ("mentor", 403)])
def test_tasks_are_for_those_who_do_them(school: School, role: str, status: int) -> None:
    assert school.client(role).get("/first-steps").status_code == status
