"""Pages of papers: registering an order moves its pairs, files are downloads only, each role sees its part."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.paper_school import (
    PDF,
    curator,
    document,
    key_of,
    order,
    order_at_signing,
    pair,
    plain,
    registered,
    second_pair,
    state_of,
    text_of,
)
from tests.web.sample_school import School, at, school
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.guards import SYSTEM
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.documents import queries as papers
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.documents.tables import Document
from workflows.mentoring import journal
from workflows.mentoring import papers as mentoring_papers
from workflows.mentoring.journal import TaskRow
from workflows.organisations import operations as organisations

__all__ = ["curator", "order", "pair", "school"]


# -- registering -----------------------------------------------------------------------------------------------------


def test_form_names_the_effect_and_who_could_have_signed(school: School, curator: FlaskClient, order: str) -> None:
    def named(write: Write) -> None:
        days = {"valid_from": date(2026, 11, 16), "valid_to": date(2026, 11, 20)}
        organisations.name_signatory(
            write, school.people["Морозова"], "и. о. директора", acting=True, order="приказ № 98-к", **days
        )

    school.write(named, actor=SYSTEM)

    page = plain(curator.get(f"/documents/{order}").text)
    words = text_of(page)

    assert "Зарегистрировать и закрепить 1 пару" in words
    assert "Белова Анна — Лис Вера станет «Закреплена» с 12 ноября" in words
    assert "только с 16 по 20 ноября" in words
    assert re.search(rf'value="{school.people["Морозова"]}" disabled', page)
    assert re.search(rf'value="{school.people["Гусев"]}" checked', page)
    assert "Почему нельзя?" not in words


def test_registering_forms_the_pairs_and_keeps_what_was_typed(
    school: School, curator: FlaskClient, order: str, pair: str
) -> None:
    answer = registered(school, curator, order, value_original_place="дело 01-05, лист 31")
    page = text_of(curator.get(answer.location).text)

    assert answer.status_code == 302
    assert state_of(school, order) == "in_force"
    assert state_of(school, pair) == "formed"
    assert "Зарегистрирован. Закреплено: 1 пара." in page
    row = document(school, order)
    assert (row["number"], row["signed_on"], row["original_place"]) == (
        "104-ОД",
        date(2026, 11, 11),
        "дело 01-05, лист 31",
    )


def test_pair_without_a_consent_stays_and_its_reason_is_shown_before(school: School, curator: FlaskClient) -> None:
    pair = second_pair(school, consented=False)
    order = order_at_signing(school, pair)

    before = text_of(curator.get(f"/documents/{order}").text)
    registered(school, curator, order)
    after = text_of(curator.get(f"/documents/{order}").text)

    assert "останется как есть" in before
    assert "и закрепить" not in re.sub(r"и закрепить 0 пар", "", before)
    assert state_of(school, pair) == "proposed"
    assert "1 пара осталась как есть" in after


def test_doubtful_pair_wants_its_ground_or_stays(school: School, curator: FlaskClient) -> None:
    key = "pair/form/personal_data_consents"
    school.write(
        lambda write: organisations.set_setting(write, key, "reason", valid_from=date(2026, 9, 1)),
        actor=SYSTEM,
    )
    pair = second_pair(school, consented=False)
    order = order_at_signing(school, pair)
    page = text_of(curator.get(f"/documents/{order}").text)

    silent = registered(school, curator, order, **{f"form_{pair}": "1", f"ground_{pair}": " "})
    state_before = state_of(school, order)
    written = registered(school, curator, order, **{f"form_{pair}": "1", f"ground_{pair}": "Принесут 1 декабря"})

    assert "нужно обоснование" in page
    assert "и закрепить 1 пару" in page
    assert silent.status_code == 422
    assert "Напишите обоснование или снимите отметку." in silent.text
    assert state_before == "at_signing"
    assert written.status_code == 302
    assert state_of(school, pair) == "formed"


def test_doubtful_pair_without_its_tick_stays_as_it_is(school: School, curator: FlaskClient) -> None:
    key = "pair/form/personal_data_consents"
    school.write(
        lambda write: organisations.set_setting(write, key, "reason", valid_from=date(2026, 9, 1)),
        actor=SYSTEM,
    )
    pair = second_pair(school, consented=False)
    order = order_at_signing(school, pair)

    answer = registered(school, curator, order, **{f"ground_{pair}": "не нужно"})

    assert answer.status_code == 302
    assert (state_of(school, order), state_of(school, pair)) == ("in_force", "proposed")


def test_wrong_number_stands_at_its_field_and_nothing_is_lost(
    school: School, curator: FlaskClient, order: str, pair: str
) -> None:
    answer = registered(school, curator, order, value_number="91-ОД", value_original_place="дело «А» & <Б>")
    page = plain(answer.text)

    assert answer.status_code == 422
    assert "Номер 91-ОД в 2026 году уже есть" in page
    assert 'aria-invalid="true"' in page
    assert 'value="дело «А» &amp; &lt;Б&gt;"' in page
    assert state_of(school, order) == "at_signing"
    assert state_of(school, pair) == "proposed"


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("13.11.2026", "ещё не наступила"),
        ("31.11.2026", "дд.мм.гггг"),
        ("", "Заполните поле «Дата подписания»"),
        ("01.08.2024", "нет права подписи на 01.08.2024"),
    ],
)
def test_impossible_days_are_refused_in_words(
    school: School, curator: FlaskClient, order: str, day: str, sentence: str
) -> None:
    answer = registered(school, curator, order, value_signed_on=day)

    assert answer.status_code == 422
    assert sentence in plain(answer.text)
    assert state_of(school, order) == "at_signing"


def test_signatory_may_not_be_anybody(school: School, curator: FlaskClient, order: str) -> None:
    answer = registered(school, curator, order, value_signatory=school.people["Белова"])

    assert answer.status_code == 422
    assert "выберите из списка" in answer.text


def test_second_sending_changes_nothing_and_leads_to_the_paper(
    school: School, curator: FlaskClient, order: str
) -> None:
    key = key_of(curator.get(f"/documents/{order}").text)
    first = registered(school, curator, order, key=key)
    second = registered(school, curator, order, key=key)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location
    with school.installation.engine.read(school.scope, now=NOW) as read:
        process = core.process(read.session, order)
    assert process is not None
    assert process.version == 3


def test_stale_page_is_409_with_what_stands_now(school: School, curator: FlaskClient, order: str) -> None:
    registered(school, curator, order)
    late = registered(school, curator, order, value_number="105-ОД")
    taken_back = order_at_signing(school, second_of(school))
    stale = registered(school, curator, taken_back, version="1", value_number="106-ОД")

    assert late.status_code == 409
    assert "Действует" in plain(late.text)
    assert "105-ОД" in plain(late.text)
    assert stale.status_code == 409
    assert document(school, order)["number"] == "104-ОД"


def second_of(school: School) -> str:
    def made(write: Write) -> str:
        organisations.add_people(write, (_new_pupil(),))
        return school.pair

    return str(school.write(made))


def _new_pupil() -> Any:
    from workflows.organisations.person_input import PersonInput

    return PersonInput("Новиков", "Тест", "", "pupil", class_name="7 «Б»")


def test_scan_now_needs_a_file(school: School, curator: FlaskClient, order: str) -> None:
    lacking = registered(school, curator, order, scan_when="now")
    with_file = registered(school, curator, order, scan_when="now", scan=(io.BytesIO(PDF), "приказ.pdf"))

    assert lacking.status_code == 422
    assert "Выберите файл" in lacking.text
    assert with_file.status_code == 302
    assert "приказ.pdf" in curator.get(f"/documents/{order}").text


# -- files -----------------------------------------------------------------------------------------------------------


def send_file(client: FlaskClient, document_id: str, name: str, content: bytes) -> Any:
    """Upload as a browser does; the client's own encoder would leave a temporary file open for a large one."""
    head = f'--edge\r\nContent-Disposition: form-data; name="scan"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--edge--\r\n"
    return client.post(f"/documents/{document_id}/scan", data=body, content_type="multipart/form-data; boundary=edge")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("скан.pdf", b"MZ\x90\x00 a program", "Принимаются файлы PDF, JPG, PNG, DOCX и файлы подписи"),
        ("скан.pdf", b"", "Файл пуст"),
        ("скан.pdf", PDF + b"0" * (21 * 1024 * 1024), "Файл больше 20 МБ"),
        ("", b"", "Файл не выбран"),
    ],
)
def test_what_is_no_scan_is_refused_in_words(
    school: School, curator: FlaskClient, name: str, content: bytes, sentence: str
) -> None:
    answer = send_file(curator, school.order, name, content)

    assert answer.status_code == 422
    assert sentence in plain(answer.text)


def test_request_beyond_all_bounds_keeps_the_shell(school: School, curator: FlaskClient) -> None:
    answer = send_file(curator, school.order, "скан.pdf", PDF + b"0" * (26 * 1024 * 1024))

    assert answer.status_code == 422
    assert "Файл больше 20 МБ" in plain(answer.text)
    assert "Школа с. Ключевое" in plain(answer.text)


def test_late_scan_is_a_download_that_cannot_run_and_can_be_taken_away(school: School, curator: FlaskClient) -> None:
    data = {"key": new_id(), "scan": (io.BytesIO(PDF), "скан <b>.pdf")}
    curator.post(f"/documents/{school.order}/scan", data=data, content_type="multipart/form-data")
    page = curator.get(f"/documents/{school.order}").text
    file_id = re.search(r"/documents/files/([0-9a-f]{32})/remove", page)
    assert file_id
    answer = curator.get(f"/documents/files/{file_id[1]}")
    removed = curator.post(
        f"/documents/files/{file_id[1]}/remove", data={"key": new_id(), "why": "Скан другого приказа"}
    )

    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert removed.status_code == 302
    assert curator.get(f"/documents/files/{file_id[1]}").status_code == 404


def test_text_is_announced_then_linked_and_a_failure_can_be_repeated(
    school: School, curator: FlaskClient, order: str
) -> None:
    waiting = curator.get(f"/documents/{order}").text
    school.installation.jobs.run(school.installation.engine)  # type: ignore[attr-defined]
    ready = curator.get(f"/documents/{order}").text

    def failed(write: Write) -> None:
        row = papers.document(write.session, write.scope, order)
        row.file_status, row.file_error = "failed", "В шаблоне нет поля «приказ»."

    school.write(failed, actor=SYSTEM)
    broken = curator.get(f"/documents/{order}").text
    again = curator.post(f"/documents/{order}/retry", data={"key": new_id()})

    assert "Готовим текст…" in waiting
    assert "Открыть текст" in ready
    assert "В шаблоне нет поля «приказ»." in plain(broken)
    assert "Повторить" in broken
    assert again.status_code == 302
    assert document(school, order)["file_status"] == "waiting"


# -- other classes ---------------------------------------------------------------------------------------------------


def test_working_paper_is_approved_by_an_act_or_by_a_signature(school: School, curator: FlaskClient) -> None:
    def drafted(write: Write) -> str:
        journal.save_plan(
            write, school.pair, [TaskRow("Разобрать дроби", date(2026, 12, 1), "решает сам")], goal="Дроби"
        )
        return mentoring_papers.prepare_plan(write, school.pair).id

    plan = str(school.write(drafted, at(date(2026, 11, 5))))
    page = text_of(curator.get(f"/documents/{plan}?step=approve").text)
    empty = curator.post(f"/documents/{plan}/steps/approve", data={"key": new_id(), "version": "1"})
    done = curator.post(
        f"/documents/{plan}/steps/approve",
        data={"key": new_id(), "version": "1", "value_signatory": school.people["Гусев"], "happened_on": "10.11.2026"},
    )

    assert "и закрепить" not in page
    assert empty.status_code == 422
    assert "Укажите приказ или того, кто утвердил" in plain(empty.text)
    assert done.status_code == 302
    assert state_of(school, plan) == "approved"
    assert document(school, plan)["signed_on"] == date(2026, 11, 10)


def test_agreement_wants_its_term(school: School, curator: FlaskClient) -> None:
    def drafted(write: Write) -> str:
        row = Document(
            organisation_id=write.scope, kind="partner_agreement", document_class="agreement", title="С колледжем"
        )
        write.session.add(row)
        write.session.flush()
        engine.start(write, "agreement", "document", row.id, "prepare")
        return row.id

    agreement = str(school.write(drafted))
    data = {
        "version": "1",
        "value_signed_on": "01.11.2026",
        "value_signatory": school.people["Гусев"],
        "value_other_side": "директор колледжа",
    }
    without = curator.post(f"/documents/{agreement}/steps/sign", data={**data, "key": new_id()})
    with_term = curator.post(
        f"/documents/{agreement}/steps/sign", data={**data, "value_valid_until": "31.05.2027", "key": new_id()}
    )

    assert without.status_code == 422
    assert "Не указан срок действия" in plain(without.text)
    assert with_term.status_code == 302
    assert state_of(school, agreement) == "signed"


def test_discarding_asks_on_a_page_and_taking_back_does_not(school: School, curator: FlaskClient, order: str) -> None:
    page = text_of(curator.get(f"/documents/{order}?step=discard").text)
    curator.post(f"/documents/{order}/steps/take_back", data={"key": new_id(), "version": "2"})

    assert "вернуть проект нельзя" in page
    assert state_of(school, order) == "draft"


# -- lists, roles, places --------------------------------------------------------------------------------------------


def test_search_finds_by_number_and_title(curator: FlaskClient) -> None:
    assert "91-ОД" in plain(curator.get("/documents/all?q=91").text)
    assert "91-ОД" in plain(curator.get("/documents/all?q=ЗАКРЕПЛЕНИИ&shelf=acts").text)
    nothing = curator.get("/documents/all?q=<script>").text
    assert "Таких документов нет" in nothing
    assert "<script>" not in nothing.split("<main")[1]


def test_desk_says_what_waits(curator: FlaskClient, order: str) -> None:
    page = text_of(curator.get("/documents").text)

    assert "На подписи 1 документ." in page
    assert "Не сдано 1 согласие." not in page
    assert "Белова Анна — Лис Вера" in page


@pytest.mark.parametrize("role", ["auditor", "district"])
def test_readers_see_papers_without_buttons(school: School, order: str, role: str) -> None:
    client = school.client(role)
    for path in ("/documents", f"/documents/{order}", f"/documents/{school.order}", "/documents/consents"):
        page = client.get(path).text.split("<main")[1].split("</main>")[0]
        assert 'method="post"' not in page, path
        assert "Зарегистрировать" not in page, path
    for path in ("/documents/enter", "/documents/prepare", f"/documents/{school.order}/mend"):
        assert client.get(path).status_code == 403, path
    answer = registered(school, client, order)
    assert answer.status_code == 403
    assert state_of(school, order) == "at_signing"


def test_administrator_does_not_read_papers(school: School) -> None:
    assert school.client("administrator").get("/documents").status_code == 403


def test_mentor_sees_papers_of_own_pairs_only(school: School) -> None:
    def others(write: Write) -> str:
        return enter_ready(write, ReadyPaper("order", date(2026, 10, 5), number="99-ОД", title="О премиях")).id

    other = str(school.write(others))
    mentor = school.client("mentor")
    desk = plain(mentor.get("/documents").text)

    assert mentor.get(f"/documents/{school.order}").status_code == 200
    assert "91-ОД" in desk
    assert "О премиях" not in desk
    assert "О премиях" not in plain(mentor.get("/documents/all").text)
    assert mentor.get(f"/documents/{other}").status_code == 403
    assert mentor.get("/documents/consents").status_code == 403
    assert registered(school, mentor, other).status_code == 403


def test_files_of_other_papers_are_closed_to_a_mentor(school: School) -> None:
    def others(write: Write) -> str:
        paper = ReadyPaper("order", date(2026, 10, 5), number="99-ОД", scan_name="скан.pdf", scan=PDF)
        row = enter_ready(write, paper)
        return papers.files_of(write.session, write.scope, [row.id])[row.id][0].id

    file_id = str(school.write(others))

    assert school.client("curator").get(f"/documents/files/{file_id}").status_code == 200
    assert school.client("mentor").get(f"/documents/files/{file_id}").status_code == 403


def test_papers_of_another_organisation_are_not_found(school: School, curator: FlaskClient) -> None:
    elsewhere = new_id()

    def founded(write: Write) -> None:
        organisations.create_organisation(
            write, kind="school", title="МБОУ «Другая школа»", short_title="Другая школа", place="с. Другое"
        )

    with school.installation.engine.write(elsewhere, SYSTEM, now=NOW) as write:
        founded(write)
        row = enter_ready(
            write, ReadyPaper("order", date(2026, 10, 5), number="1", title="Чужой", scan_name="с.pdf", scan=PDF)
        )
        foreign, file_id = row.id, papers.files_of(write.session, write.scope, [row.id])[row.id][0].id

    for path in (f"/documents/{foreign}", f"/documents/files/{file_id}", f"/documents/{foreign}/mend"):
        assert curator.get(path).status_code == 404, path
    assert registered(school, curator, foreign).status_code == 404
    data = {"key": new_id(), "kind": "order", "signed_on": "02.11.2026", "pair_id": new_id()}
    assert curator.post("/documents/enter", data=data).status_code == 404


def test_head_registers_as_well(school: School, order: str, pair: str) -> None:
    assert registered(school, school.client("head"), order).status_code == 302
    assert state_of(school, pair) == "formed"


def test_nobody_sees_papers_without_logging_in(school: School) -> None:
    answer = school.app.test_client().get("/documents")

    assert answer.status_code == 302
    assert "/login" in answer.location


def test_desk_costs_the_same_with_many_papers(school: School, curator: FlaskClient) -> None:
    import sqlalchemy as sa

    counted: list[str] = []
    engine = school.installation.database.read_engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: counted.append(args[2]))

    def statements(path: str) -> int:
        counted.clear()
        assert curator.get(path).status_code == 200
        return len(counted)

    before = {path: statements(path) for path in ("/documents", "/documents/all", "/documents/consents")}

    def more(write: Write) -> None:
        for number in range(12):
            paper = ReadyPaper("order", date(2026, 10, 5), number=f"{200 + number}", subjects=(("pair", school.pair),))
            enter_ready(write, paper)

    school.write(more)
    after = {path: statements(path) for path in before}

    assert after == before
