"""The month of meetings: marks are saved together and once, a plan becomes a meeting, nobody marks another's pair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, school
from tests.web.test_pairs import entered, words
from workflow_core.tables import new_id
from workflows.mentoring import journal as log
from workflows.mentoring import queries
from workflows.mentoring.tables import Meeting

__all__ = ["school"]


@pytest.fixture
def curator(school: School) -> FlaskClient:
    return school.client("curator")


def lines(school: School, pair_id: str) -> list[Meeting]:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        return queries.meetings(read.session, read.scope, [pair_id], date(2026, 11, 1)).get(pair_id, [])


def ticked(school: School, *days: str, pair: str = "", **more: str) -> dict[str, Any]:
    """The month as a browser sends it."""
    cells: Sequence[str] = [f"{pair or school.pair}/{day}" for day in days]
    return {"m": cells, "month": "2026-11", "key": new_id(), **more}


def test_the_month_says_what_each_cell_is(school: School, curator: FlaskClient) -> None:
    row = log.MeetingRow(school.pair, date(2026, 11, 17), "planned")
    school.write(lambda write: log.record_meetings(write, [log.MeetingRow(school.pair, date(2026, 11, 10)), row]))

    page = words(curator.get("/meetings"))

    assert "Встречи, ноябрь 2026" in page
    assert "Отмечено 1 встреча у 1 пары." in page
    assert "Белова Анна — Ким Данил, 10 ноября: прошла" in page
    assert "Белова Анна — Ким Данил, 11 ноября: не отмечено" in page
    assert "Белова Анна — Ким Данил, 17 ноября: по плану" in page
    assert f'value="{school.pair}/2026-11-13"' not in page


def test_days_off_have_no_column(school: School, curator: FlaskClient) -> None:
    head = re.search(r"<thead>.*?</thead>", curator.get("/meetings?month=2026-11").text, re.S)

    assert head is not None
    assert [int(one) for one in re.findall(r"<b>(\d+)</b>", head[0])][:5] == [2, 3, 5, 6, 9]


def test_marks_are_saved_once_however_often_they_are_sent(school: School, curator: FlaskClient) -> None:
    data = ticked(school, "2026-11-10", "2026-11-11")

    for _ in range(2):
        assert curator.post("/meetings", data=data).status_code == 302

    assert [row.held_on.day for row in lines(school, school.pair)] == [10, 11]


def test_a_planned_meeting_that_was_held_is_the_same_line(school: School, curator: FlaskClient) -> None:
    planned = log.MeetingRow(school.pair, date(2026, 11, 10), "planned", "trial", topic="Проба")
    school.write(lambda write: log.record_meetings(write, [planned]))

    curator.post("/meetings", data=ticked(school, "2026-11-10"))

    assert [(row.kind, row.status, row.topic) for row in lines(school, school.pair)] == [("trial", "held", "Проба")]


def test_a_day_to_come_is_refused_and_the_other_marks_stay_ticked(school: School, curator: FlaskClient) -> None:
    answer = curator.post("/meetings", data=ticked(school, "2026-11-10", "2026-11-20"))

    assert answer.status_code == 422
    assert "встречу можно только запланировать" in words(answer)
    assert f'value="{school.pair}/2026-11-10" checked' in answer.text
    assert lines(school, school.pair) == []


def test_nothing_ticked_says_so(school: School, curator: FlaskClient) -> None:
    answer = curator.post("/meetings", data=ticked(school))

    assert answer.status_code == 422
    assert "Отметьте хотя бы одну встречу." in words(answer)


def test_topics_and_times_are_asked_for_and_saved(school: School, curator: FlaskClient) -> None:
    cell = f"{school.pair}/2026-11-10"
    page = words(curator.post("/meetings", data=ticked(school, "2026-11-10", do="topics")))
    assert "Ещё ничего не сохранено." in page
    assert lines(school, school.pair) == []

    wrong = ticked(school, "2026-11-10") | {f"topic-{cell}": "Дроби", f"minutes-{cell}": "час"}
    answer = curator.post("/meetings", data=wrong)
    assert answer.status_code == 422
    assert "Дроби" in answer.text

    right = ticked(school, "2026-11-10") | {f"topic-{cell}": "Дроби", f"minutes-{cell}": "45"}
    assert curator.post("/meetings", data=right).status_code == 302
    assert [(row.topic, row.minutes) for row in lines(school, school.pair)] == [("Дроби", 45)]


def test_a_phone_gets_one_pair_as_a_list(school: School, curator: FlaskClient) -> None:
    page = words(curator.get(f"/meetings?month=2026-11&pair={school.pair}"))

    assert 'role="switch"' in page
    assert "month-grid" not in page
    answer = curator.post("/meetings", data=ticked(school, "2026-11-10", **{"pair": ""}) | {"pair": school.pair})
    assert f"pair={school.pair}" in answer.headers["Location"]


def test_a_mentor_marks_own_pairs_only(school: School) -> None:
    other = entered(school, ("Рогов Иван", "Зуев Максим", "formed"))[0]
    mentor = school.client("mentor")

    mine = mentor.post("/meetings", data=ticked(school, "2026-11-10"))
    foreign = mentor.post("/meetings", data=ticked(school, "2026-11-10", pair=other))

    assert (mine.status_code, foreign.status_code) == (302, 422)
    assert [row.kind for row in lines(school, other)] == []
    assert len(lines(school, school.pair)) == 1


def test_an_auditor_cannot_mark(school: School) -> None:
    answer = school.client("auditor").post("/meetings", data=ticked(school, "2026-11-10"))

    assert answer.status_code == 403
    assert lines(school, school.pair) == []


@pytest.mark.parametrize("month", ["", "2026-13", "вчера", "2026-2"])
def test_an_odd_month_is_the_present_or_a_real_one(school: School, curator: FlaskClient, month: str) -> None:
    assert curator.get(f"/meetings?month={month}").status_code == 200
