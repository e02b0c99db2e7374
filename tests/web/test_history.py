"""The page of the history: found by name, opened with its ground, checked on demand, exported; each role sees its part."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, school
from web.formatting import searchable
from web.views import history
from workflow_core import operations as engine
from workflow_core import queries as core
from workflows.organisations.operations import add_person, change_person
from workflows.organisations.person_input import PersonInput

__all__ = ["school"]


def seq_of(school: School, event: str) -> int:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        entries = core.entries_of(read.session, read.scope, [school.pair])[school.pair]
    return next(entry.seq for entry in entries if entry.event == event)


def tamper(school: School, statement: str, values: tuple[object, ...]) -> None:
    """Change the database as somebody with its file would: past the program and its triggers."""
    with school.installation.database.write_engine.begin() as connection:
        for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(statement, values)


def words(client: FlaskClient, address: str) -> str:
    """A page with ordinary spaces and hyphens."""
    return searchable(client.get(address).text)


@pytest.fixture
def auditor(school: School) -> FlaskClient:
    return school.client("auditor")


def test_filter_by_name_leaves_the_pair_and_its_people(school: School, auditor: FlaskClient) -> None:
    page = words(auditor, "/history?q=белова")

    assert "Белова Анна — Ким Данил: закреплена приказом" in page.replace("\u00a0", " ")
    assert "Лис Вера" not in page


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("about=rules", "роль", "закреплена"),
        ("about=pairs", "закреплена", "роль «куратор»"),
        ("ground=1", "приостановлена", "познакомились"),
        ("since=20.09.2026", "познакомились", "закреплена"),
        ("until=8.9.2026", "подобрана", "познакомились"),
        ("who=nobody", "Таких записей нет", "закреплена"),
    ],
)
def test_filters_leave_what_they_say(school: School, query: str, there: str, not_there: str) -> None:
    auditor = school.client("auditor")
    school.write(lambda write: engine.fire(write, school.pair, "suspend", ground="Карантин"))

    page = words(auditor, f"/history?{query}")

    assert there in page
    assert not_there not in page


def test_pages_follow_each_other_without_gap(school: School, auditor: FlaskClient) -> None:
    for number in range(60):
        school.write(lambda write, n=number: add_person(write, PersonInput("Новиков", f"Тест{'а' * n}")) and None)

    first = auditor.get("/history").text
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = auditor.get(following).text

    lowest = min(int(part.split('"')[0]) for part in first.split('id="entry-')[1:])
    highest = max(int(part.split('"')[0]) for part in second.split('id="entry-')[1:])
    assert first.count('id="entry-') == 50
    assert highest == lowest - 1


def test_opened_entry_shows_ground_checks_and_code(school: School, auditor: FlaskClient) -> None:
    page = words(auditor, f"/history/{seq_of(school, 'form')}")

    assert "№ 91-ОД от 16 сентября 2026" in page
    assert "дело 01-05, лист 14, скана нет" in page
    assert "«Согласие матери принесут до 1 октября»" in page
    assert "Что было проверено в тот момент" in page
    assert "Код записи" in page
    assert "правила от" in page


def test_entry_of_another_page_opens_in_its_place(school: School, auditor: FlaskClient) -> None:
    for number in range(60):
        school.write(lambda write, n=number: add_person(write, PersonInput("Новиков", f"Тест{'а' * n}")) and None)

    page = words(auditor, f"/history/{seq_of(school, 'form')}")

    assert 'aria-expanded="true"' in page


def test_entry_that_is_not_there_is_404(auditor: FlaskClient) -> None:
    assert auditor.get("/history/999999").status_code == 404


def test_personal_values_are_hidden_from_who_may_not_see_them(school: School) -> None:
    school.write(lambda write: change_person(write, school.people["Ким"], phone="3-33-33") and None)
    with school.installation.engine.read(school.scope, now=NOW) as read:
        seq = (core.read_head(read.session, read.scope) or (0, "", ""))[0]

    assert "3-33-33" in words(school.client("auditor"), f"/history/{seq}")
    administrator = words(school.client("administrator"), f"/history/{seq}")
    assert "3-33-33" not in administrator
    assert "видны не всем ролям" in administrator


def test_erased_details_are_told_and_the_entry_stays(school: School, auditor: FlaskClient) -> None:
    seq = seq_of(school, "form")
    school.write(lambda write: engine.erase(write, [school.pair], "Согласие отозвано"))

    page = words(auditor, f"/history/{seq}")

    assert "Подробности удалены по отзыву согласия, запись цела" in page
    assert "Согласие матери" not in page
    assert "Записи не изменялись" in words(auditor, "/history/check")


# -- the check --------------------------------------------------------------------------------------------------------


def test_verdict_is_green_only_on_a_check_made_now(auditor: FlaskClient) -> None:
    assert "Записи не изменялись" not in words(auditor, "/history")
    assert "Записи не изменялись" in words(auditor, "/history/check")
    after = words(auditor, "/history")
    assert "Последняя проверка сегодня" in after
    assert "Записи не изменялись" not in after


def test_changed_date_is_found_named_and_proven(school: School, auditor: FlaskClient) -> None:
    seq = seq_of(school, "hold_acquaintance")
    tamper(school, "UPDATE history_entry SET happened_on = '2026-09-17' WHERE seq = ?", (seq,))

    page = words(auditor, "/history/check")

    assert f"Запись № {seq} изменена в обход программы" in page
    assert "17 сентября 2026" in page
    assert "24 сентября 2026</b>: так записано в коде записи" in page
    assert f"Записи 1–{seq - 1}: не изменялись" in page
    assert "Записи не изменялись" not in page


def test_changed_register_is_found_without_blaming_the_entries(school: School, auditor: FlaskClient) -> None:
    tamper(school, "UPDATE person SET class_name = '8' WHERE id = ?", (school.people["Ким"],))

    page = words(auditor, "/history/check")

    assert "Сведения изменены в обход программы" in page
    assert "Верьте им, а не сведениям на страницах" in page.replace("\u00a0", " ")


def test_report_of_the_check_is_a_file(school: School, auditor: FlaskClient) -> None:
    tamper(school, "UPDATE history_entry SET happened_on = '2026-09-17' WHERE seq = ?", (seq_of(school, "form"),))

    answer = auditor.get("/history/check/report")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "Должно быть: 16\u00a0сентября\u00a02026" in answer.text


def test_history_page_opens_over_a_tampered_database(school: School, auditor: FlaskClient) -> None:
    tamper(school, "UPDATE entry_details SET body = '{' WHERE seq > ?", (3,))

    assert auditor.get("/history").status_code == 200


# -- files ------------------------------------------------------------------------------------------------------------


def test_table_holds_no_formula_and_obeys_the_filter(school: School) -> None:
    school.write(
        lambda write: engine.fire(
            write, school.pair, "suspend", happened_on=date(2026, 10, 1), ground='=HYPERLINK("http://x")'
        )
    )

    answer = school.client("auditor").get("/history/export.csv?q=белова")

    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    assert any('\'=HYPERLINK("http://x")' in row for row in rows)
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert not any("Лис" in cell for row in rows for cell in row)


def test_lines_hold_the_whole_chain_with_the_text_that_was_hashed(school: School) -> None:
    answer = school.client("auditor").get("/history/export.jsonl")

    lines = [json.loads(line) for line in answer.text.splitlines()]
    entries = [line for line in lines if "body" in line]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert all(json.loads(entry["body"])[1] == entry["seq"] for entry in entries)


def test_lines_without_right_to_personal_data_hold_no_names(school: School) -> None:
    answer = school.client("district").get("/history/export.jsonl")

    assert answer.status_code == 200
    assert "Белова" not in answer.text
    assert "2-14-50" not in answer.text


# -- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "page", "status"),
    [
        ("curator", "/history", 200),
        ("administrator", "/history/check", 200),
        ("administrator", "/history/export.csv", 403),
        ("mentor", "/history", 200),
        ("mentor", "/history/check", 403),
        ("mentor", "/history/export.jsonl", 403),
    ],
)
def test_each_role_reaches_its_part(school: School, role: str, page: str, status: int) -> None:
    assert school.client(role).get(page).status_code == status


def test_mentor_reads_only_own_pairs(school: School) -> None:
    page = words(school.client("mentor"), "/history")

    assert "Белова Анна — Ким Данил: познакомились" in page
    assert "Внесены сведения об участнике" not in page
    assert "роль" not in page.split("<main", 1)[1].split("Кто внёс")[0]


def numbers(client: FlaskClient, address: str, link: str) -> tuple[list[int], int]:
    """Entries of a list page after page, and how many pages it took."""
    found: list[int] = []
    pages = 0
    while address:
        page = client.get(address).text
        pages += 1
        found += [int(one) for one in re.findall(r'id="entry-(\d+)"', page)]
        following = re.search(rf'href="([^"]+)"[^>]*rel="next"[^>]*>{link}', page)
        address = unescape(following[1]) if following else ""
    return found, pages


def test_rare_entries_are_searched_for_part_after_part(auditor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, _pages = numbers(auditor, "/history?about=rules", "Дальше")
    monkeypatch.setattr(history, "WINDOW", 7)
    in_parts, pages = numbers(auditor, "/history?about=rules", "Искать дальше")

    assert in_parts == at_once
    assert len(at_once) > 5
    assert pages > 3
    assert "таких среди них нет" in words(auditor, "/history?about=access")


def test_search_by_day_begins_at_what_was_recorded_by_then_and_ends_there(
    auditor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, _pages = numbers(auditor, "/history?about=pairs&until=10.09.2026&all=1", "Дальше")
    late, _pages = numbers(auditor, "/history?about=pairs&since=20.09.2026&all=1", "Дальше")
    monkeypatch.setattr(history, "WINDOW", 7)
    page = words(auditor, "/history?about=pairs&until=10.09.2026&all=1")
    in_parts, _pages = numbers(auditor, "/history?about=pairs&until=10.09.2026&all=1", "Искать дальше")
    late_in_parts, pages = numbers(auditor, "/history?about=pairs&since=20.09.2026&all=1", "Искать дальше")

    assert "Искать и среди внесённого позже" in page
    assert (in_parts, late_in_parts) == (at_once, late)
    assert at_once
    assert late
    assert pages < 5, "what is older than the day can't match: nobody is sent on to look there"
