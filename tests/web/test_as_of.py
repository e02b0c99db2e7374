"""«Состояние на дату» as an auditor asks it, and what a step of a pair takes back as a curator sees it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, at, school
from tests.web.test_command_line import Run, data, demo, run
from web.demo import SCHOOL_TITLE
from web.formatting import searchable
from workflow_core import queries as core
from workflows.mentoring.papers import prepare_pair_order

__all__ = ["data", "demo", "run", "school"]


def words(client: FlaskClient, address: str) -> str:
    """A page as words in small letters with ordinary spaces, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", searchable(client.get(address).text)).lower().replace("ё", "е").split())


# The pair was formed on 16 September (entered on the 18th) and met on the 24th (entered on the 27th).
@pytest.mark.parametrize(
    ("day", "happened", "known"),
    [
        ("06.09.2026", "в этот день пар еще не было", "в этот день пар еще не было"),
        ("17.09.2026", "закреплена 16 сентября", "подобрана 7 сентября"),
        ("18.09.2026", "закреплена 16 сентября", "закреплена 16 сентября"),
        ("25.09.2026", "познакомились 24 сентября", "закреплена 16 сентября"),
        ("27.09.2026", "познакомились 24 сентября", "познакомились 24 сентября"),
    ],
)
def test_day_is_answered_in_both_senses(school: School, day: str, happened: str, known: str) -> None:
    auditor = school.client("auditor")

    in_fact = words(auditor, f"/history/as-of?day={day}&sense=happened")
    then = words(auditor, f"/history/as-of?day={day}&sense=known")

    assert happened in in_fact
    assert known in then
    if "16" in happened or "24" in happened:
        assert "белова анна — ким данил" in in_fact


def test_form_asks_for_today_and_says_what_is_wrong_with_a_day(school: School) -> None:
    auditor = school.client("auditor")

    assert 'value="12.11.2026"' in auditor.get("/history/as-of").text
    wrong = auditor.get("/history/as-of?day=32.13.2026&sense=known")
    assert wrong.status_code == 422
    assert "Укажите дату в виде" in wrong.text
    assert 'value="32.13.2026"' in wrong.text
    assert 'value="known" checked' in wrong.text
    assert "/history/as-of" in auditor.get("/history").text


def test_mentor_may_not_ask_about_all_pairs(school: School) -> None:
    mentor = school.client("mentor")

    assert mentor.get("/history/as-of").status_code == 403
    assert "/history/as-of" not in mentor.get("/history").text


def test_command_answers_in_both_senses(run: Run, demo: object) -> None:
    school = ("--organisation", SCHOOL_TITLE)
    today = {one["id"]: one["state"] for one in run("pair", "list", *school, "--json").json}

    for sense in ("--happened", "--known"):
        found = run("history", "as-of", "12.11.2026", sense, *school, "--json").json
        assert {one["id"]: one["state"] for one in found}.items() >= today.items()
        assert all(one["since"] <= "2026-11-12" for one in found)
        assert run("history", "as-of", "2020-01-01", sense, *school, "--json").json == []
    told = run("history", "as-of", "12.11.2026", *school, "--kind", "document")
    assert "с 1" in told.out


# -- what a step takes back -------------------------------------------------------------------------------------------


def test_curator_is_told_before_and_after_what_a_step_takes_back(school: School) -> None:
    drafts: list[str] = []
    school.write(
        lambda write: drafts.append(prepare_pair_order(write, [school.pair], report_due="2027-06-01").id),
        at(date(2026, 10, 2)),
    )
    curator = school.client("curator")

    before = words(curator, f"/pairs/{school.pair}/steps/dissolve")
    curator.post(
        f"/pairs/{school.pair}/steps/dissolve",
        data={"key": "k1", "value_cause": "mentee_wish", "happened_on": "12.11.2026", "ground": "Заявление матери"},
    )
    after = words(curator, f"/pairs/{school.pair}")

    assert re.search(r"будет отменено: «приказ о закреплении[^»]*» \(проект\)", before)
    assert re.search(r"останется: «приказ о закреплении[^»]*» № 91-од \(действует\)", before)
    assert "отмененные документы не вернутся" in before
    assert re.search(r"отменено: «приказ о закреплении[^»]*» \(проект\)", after)
    assert "подписанный приказ изменяет или отменяет только другой приказ" in after
    with school.installation.engine.read(school.scope, now=NOW) as read:
        states = {one: row.state for one, row in core.processes(read.session, [*drafts, school.order]).items()}
    assert states == {drafts[0]: "discarded", school.order: "in_force"}
    assert "шаг отменил начатое" in words(school.client("auditor"), "/history?about=pairs")
