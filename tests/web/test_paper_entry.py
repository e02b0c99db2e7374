"""New papers: a ready one stands at once, a draft is made for the proposed pairs."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.paper_school import (
    PDF,
    curator,
    one_id,
    order,
    pair,
    plain,
    state_of,
    text_of,
)
from tests.web.sample_school import School, school
from workflow_core.tables import new_id

__all__ = ["curator", "order", "pair", "school"]


def test_ready_paper_with_pair_and_scan_stands_at_once(school: School, curator: FlaskClient) -> None:
    form = plain(curator.get(f"/documents/enter?kind=individual_plan&pair_id={school.pair}").text)
    data = {
        "key": new_id(),
        "kind": "order",
        "number": "107-ОД",
        "signed_on": "02.11.2026",
        "title": "О <b>планах</b> & «сроках»",
        "signatory": school.people["Гусев"],
        "pair_id": school.pair,
        "scan": (io.BytesIO(PDF), "приказ.pdf"),
    }
    answer = curator.post("/documents/enter", data=data, content_type="multipart/form-data")
    entered = one_id(answer.location)
    page = curator.get(answer.location).text

    assert re.search(rf'value="{school.pair}" checked', form)
    assert '<option selected value="individual_plan">' in form
    assert state_of(school, entered) == "in_force"
    assert "О &lt;b&gt;планах&lt;/b&gt; &amp; «сроках»" in plain(page)
    assert "приказ.pdf" in page
    assert "Белова Анна — Ким Данил" in plain(page)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": ""}, "Выберите вид документа."),
        ({"signed_on": "13.11.2026"}, "ещё не наступила"),
        ({"kind": "notice"}, "Укажите, чьё это согласие."),
        ({"kind": "pair_order", "number": "91-ОД", "signed_on": "16.09.2026"}, "уже внесён"),
        ({"scan": (io.BytesIO(b"MZ"), "скан.pdf")}, "Принимаются файлы"),
        ({"scan": (io.BytesIO(b""), "скан.pdf")}, "Файл пуст"),
    ],
)
def test_ready_paper_is_refused_at_the_field(curator: FlaskClient, changes: dict[str, Any], sentence: str) -> None:
    data = {"key": new_id(), "kind": "order", "number": "108-ОД", "signed_on": "02.11.2026", **changes}
    answer = curator.post("/documents/enter", data=data, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert sentence in plain(answer.text)
    assert 'value="108-ОД"' in plain(answer.text) or "number" in changes


def test_order_is_prepared_for_the_proposed_pairs(school: School, curator: FlaskClient, pair: str) -> None:
    page = curator.get("/documents/prepare").text
    nobody = curator.post("/documents/prepare", data={"key": new_id(), "kind": "pair_order"})
    made = curator.post("/documents/prepare", data={"key": new_id(), "kind": "pair_order", "pair_id": pair})

    assert pair in page
    assert school.pair not in page
    assert nobody.status_code == 422
    assert "Выберите пару" in nobody.text
    assert state_of(school, one_id(made.location)) == "draft"
    assert "Готовим документ" in curator.get(made.location).text


def test_door_of_the_registration_opens_its_form(curator: FlaskClient, order: str) -> None:
    page = text_of(curator.get(f"/documents/{order}/register", follow_redirects=True).text)

    assert "Дата подписания" in page
