"""Mending a paper: number, day, place, the day of a step, the last step taken back, who has read it."""

from __future__ import annotations

import re
from datetime import date

from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.paper_school import (
    curator,
    document,
    order,
    pair,
    plain,
    registered,
    state_of,
    text_of,
)
from tests.web.sample_school import School, school
from workflow_core import queries as core
from workflow_core.tables import new_id

__all__ = ["curator", "order", "pair", "school"]


def test_wrong_number_and_day_are_mended_with_the_step(school: School, curator: FlaskClient) -> None:
    page = curator.get(f"/documents/{school.order}/mend").text
    data = {
        "key": new_id(),
        "version": "1",
        "number": "92-ОД",
        "signed_on": "15.09.2026",
        "original_place": "дело 02, лист 1",
        "title": "Приказ о закреплении наставнических пар",
    }
    silent = curator.post(f"/documents/{school.order}/mend", data=data)
    done = curator.post(f"/documents/{school.order}/mend", data={**data, "why": "Опечатка", "key": new_id()})
    row = document(school, school.order)
    with school.installation.engine.read(school.scope, now=NOW) as read:
        process = core.process(read.session, school.order)

    assert "91-ОД" in plain(page)
    assert silent.status_code == 422
    assert "Напишите, что было неверно." in silent.text
    assert done.status_code == 302
    assert (row["number"], row["signed_on"], row["original_place"]) == ("92-ОД", date(2026, 9, 15), "дело 02, лист 1")
    assert process is not None
    assert process.since == "2026-09-15"


def test_mending_refuses_a_taken_number_and_a_stale_page(school: School, curator: FlaskClient, order: str) -> None:
    registered(school, curator, order)
    data = {"number": "91-ОД", "signed_on": "11.11.2026", "title": "Приказ", "why": "Опечатка"}
    taken = curator.post(f"/documents/{order}/mend", data={**data, "version": "3", "key": new_id()})
    stale = curator.post(f"/documents/{order}/mend", data={**data, "number": "5", "version": "2", "key": new_id()})

    assert taken.status_code == 422
    assert "Номер 91-ОД уже есть" in plain(taken.text)
    assert stale.status_code == 409
    assert document(school, order)["number"] == "104-ОД"


def test_last_step_is_taken_back_and_a_registration_is_not(school: School, curator: FlaskClient, order: str) -> None:
    page = text_of(curator.get(f"/documents/{order}/undo").text)
    done = curator.post(
        f"/documents/{order}/undo", data={"key": new_id(), "version": "2", "why": "Отправлен по ошибке"}
    )
    state = state_of(school, order)
    registered(school, curator, order, version="3")
    offered = curator.get(f"/documents/{order}").text

    assert "Последний шаг: Передан на подпись" in page
    assert done.status_code == 302
    assert state == "draft"
    assert f"/documents/{order}/undo" not in offered
    assert curator.get(f"/documents/{order}/undo").status_code == 403


def test_day_of_a_step_is_corrected(school: School, curator: FlaskClient, order: str) -> None:
    page = curator.get(f"/documents/{order}/correct").text
    seq = re.search(r'<option selected value="(\d+)"', page)
    assert seq
    data = {"key": new_id(), "version": "2", "seq": seq[1], "happened_on": "10.11.2026", "why": "Ошибся днём"}
    done = curator.post(f"/documents/{order}/correct", data=data)
    with school.installation.engine.read(school.scope, now=NOW) as read:
        process = core.process(read.session, order)

    assert done.status_code == 302
    assert process is not None
    assert process.since == "2026-11-10"


def test_sheet_of_acquaintance_takes_many_and_refuses_early_days(school: School, curator: FlaskClient) -> None:
    url = f"/documents/{school.order}/readers"
    rows = [school.people["Белова"], school.people["Ким"]]
    before = text_of(curator.get(f"/documents/{school.order}").text)
    early = curator.post(url, data={"key": new_id(), "row": rows, "day": "01.09.2026"})
    nobody = curator.post(url, data={"key": new_id(), "day": "20.09.2026"})
    done = curator.post(url, data={"key": new_id(), "row": rows[:1], "day": "20.09.2026"})
    after = text_of(curator.get(f"/documents/{school.order}").text)

    assert "Ознакомлены 0 из 2" in before
    assert early.status_code == nobody.status_code == 422
    assert "раньше подписания" in plain(early.text)
    assert done.status_code == 302
    assert "Ознакомлены 1 из 2" in after
