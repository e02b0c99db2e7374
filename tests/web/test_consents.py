"""Consents of many: received and issued in a list, all blanks as one archive, what a revocation closes."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest
from flask.testing import FlaskClient

from tests.web.paper_school import (
    consent,
    curator,
    document,
    one_id,
    order,
    pair,
    plain,
    text_of,
)
from tests.web.sample_school import School, school
from web.views import consents
from workflow_core.tables import new_id
from workflows.mentoring import papers as mentoring_papers
from workflows.organisations import operations as organisations

__all__ = ["curator", "order", "pair", "school"]


def test_consents_are_received_in_a_list_with_a_result_per_row(school: School, curator: FlaskClient) -> None:
    school.write(
        lambda write: organisations.add_representative(write, school.people["Лис"], school.people["Ким Ольга"], "тётя")
    )
    data = {"key": new_id(), "action": "receive", "day": "10.11.2026", "row": [school.people["Лис"], new_id()]}
    answer = curator.post("/documents/consents", data=data)
    words = text_of(answer.text)

    assert answer.status_code == 200
    assert "Отмечено: 1 согласие." in words
    assert "Этого человека в организации нет" not in words
    given = consent(school, "Лис")
    assert given is not None
    assert given.is_valid
    assert given.signed_on == date(2026, 11, 10)


def test_blanks_are_made_for_many_and_come_as_one_archive(school: School, curator: FlaskClient) -> None:
    none_yet = curator.get("/documents/consents/blanks")
    data = {"key": new_id(), "action": "issue", "row": [school.people["Лис"], school.people["Ким"]]}
    issued = curator.post("/documents/consents", data=data)
    school.installation.jobs.run(school.installation.engine)  # type: ignore[attr-defined]
    page = curator.get("/documents/consents").text
    archive = curator.get("/documents/consents/blanks")

    assert none_yet.status_code == 302
    assert "Готовим 2 бланка" in plain(issued.text)
    assert "Скачать все бланки" in page
    assert archive.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(archive.data)) as packed:
        assert packed.namelist() == ["Ким Данил.docx", "Лис Вера.docx"]
        assert packed.read("Лис Вера.docx").startswith(b"PK")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"action": "receive", "day": "10.11.2026"}, "Отметьте людей в списке."),
        ({"action": "receive", "day": "завтра", "row": "Лис"}, "дд.мм.гггг"),
        ({"action": "receive", "day": "13.11.2026", "row": "Лис"}, "ещё не наступила"),
    ],
)
def test_consents_refuse_in_words_and_keep_the_ticks(
    school: School, curator: FlaskClient, data: dict[str, str], sentence: str
) -> None:
    sent = {**data, "key": new_id(), **({"row": school.people["Лис"]} if "row" in data else {})}
    answer = curator.post("/documents/consents", data=sent)

    assert answer.status_code == 422
    assert sentence in plain(answer.text)
    assert ("checked" in answer.text) == ("row" in data)


def blank_of(school: School, who: str) -> str:
    return str(
        school.write(
            lambda write: (
                mentoring_papers.prepare_consents(write, school.programme, [school.people[who]])[0].document_id
            )
        )
    )


def test_consent_is_received_from_whoever_signs_and_its_revocation_says_what_closes(
    school: School, curator: FlaskClient
) -> None:
    blank = blank_of(school, "Ким")
    page = plain(curator.get(f"/documents/{blank}").text)
    wrong = curator.post(
        f"/documents/{blank}/steps/receive",
        data={"key": new_id(), "version": "1", "value_signed_on": "10.11.2026", "value_signer": school.people["Ким"]},
    )
    right = curator.post(
        f"/documents/{blank}/steps/receive",
        data={
            "key": new_id(),
            "version": "1",
            "value_signed_on": "10.11.2026",
            "value_signer": school.people["Ким Ольга"],
        },
    )
    warned = text_of(curator.get(f"/documents/{blank}?step=revoke").text)
    early, revoked = (
        curator.post(f"/documents/{blank}/steps/revoke", data={"key": new_id(), "version": "2", "happened_on": day})
        for day in ("09.11.2026", "12.11.2026")
    )

    assert re.search(rf'value="{school.people["Ким Ольга"]}" checked', page)
    assert "Ким Ольга Сергеевна, мать" in page
    assert wrong.status_code == 422
    assert "подписал не тот, кто должен" in plain(wrong.text)
    assert right.status_code == 302
    assert document(school, blank)["signed_as"] == "mother"
    assert "Белова Анна — Ким Данил" in warned
    assert "«Начать работу»" in warned
    assert early.status_code == 422
    assert "Дата отзыва: 09.11.2026 документ ещё не был подписан" in text_of(early.text)
    assert revoked.status_code == 302
    given = consent(school, "Ким")
    assert given is not None
    assert not given.is_valid


def test_doors_of_consents_lead_to_the_blank_or_tick_the_person(school: School, curator: FlaskClient) -> None:
    person = school.people["Лис"]
    without = curator.get(f"/documents/consents/{person}/receive")
    ticked = curator.get(without.location.split("#")[0]).text
    blank = blank_of(school, "Лис")
    with_blank = curator.get(f"/documents/consents/{person}/receive")

    assert f"#{person}" in without.location
    assert re.search(rf'value="{person}"[^>]* checked', ticked)
    assert one_id(with_blank.location) == blank
    assert curator.get(f"/documents/consents/{person}/issue").status_code == 302
    assert curator.get(f"/documents/consents/{new_id()}/issue").status_code == 404


def test_a_large_bank_is_paged_by_name(school: School, curator: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def names(address: str) -> list[str]:
        found: list[str] = []
        while address:
            page = curator.get(address).text
            found += re.findall(r'<td class="row-title"><a [^>]*>([^<]+)</a>', page)
            following = re.search(r'href="([^"]+)" rel="next"', page)
            address = following[1].replace("&amp;", "&") if following else ""
        return found

    at_once, lacking = names("/documents/consents"), names("/documents/consents?missing=1")
    sentence = re.search(r"Есть [^<]+", plain(curator.get("/documents/consents").text))
    monkeypatch.setattr(consents, "AT_ONCE", 1)
    monkeypatch.setattr(consents, "PAGE", 1)

    assert sorted(at_once) == names("/documents/consents") == ["Белова Анна", "Ким Данил", "Лис Вера"]
    assert names("/documents/consents?missing=1") == lacking == ["Лис Вера"]
    assert sentence is not None
    assert sentence[0] in plain(curator.get("/documents/consents").text)
    ticked = curator.get(f"/documents/consents?person_id={school.people['Лис']}").text
    assert ticked.index("Лис Вера") < ticked.index("Белова Анна"), "who was asked for is there, whatever the page"
