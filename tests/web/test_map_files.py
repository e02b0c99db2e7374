"""A road map from a file: upload, reading, answers, corrections, acceptance, taking into work. Invented people."""

from __future__ import annotations

import copy
import io
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import NOW
from tests.unit.road_maps.reading_sample import item, sample
from tests.web.sample_map import items_of, text_of, words_of
from tests.web.sample_school import School, school
from workflow_core.guards import SYSTEM, Actor
from workflow_core.jobs import CollectedJobs
from workflow_core.tables import new_id
from workflows.organisations import operations as organisations
from workflows.road_maps import map_files, own_maps, queries, reading_task
from workflows.road_maps.reader import bounded
from workflows.road_maps.tables import MapFile

__all__ = ["school"]

EVIL = "<b>Жирный</b> & \"кавычки\" 'и' <script>alert(1)</script>"


def laid_out(reading: dict[str, Any]) -> dict[str, Any]:
    """The file as cells: a header and a row for each item where its places say."""
    header = [[title, f"таблица 1, строка 1, столбец {n}", n - 1, 1, False] for n, title in enumerate("АБВГД", start=1)]
    rows: list[Any] = [[header, "таблица 1, строка 1", True]]
    for section in reading["sections"]:
        for one in section["items"]:
            deadline = (one["deadline"] or {}).get("text", "")
            texts = [one["number"] or "", one["text"], deadline, one["result"]["text"] if one["result"] else "", "Кто"]
            cells = [[text, f"{one['place']}, столбец {n}", n, 1, False] for n, text in enumerate(texts)]
            rows.append([cells, one["place"], False])
    return {
        "format": "docx",
        "blocks": [["Дорожная карта", "абзац 1", True], {"rows": rows, "columns": 5, "place": "таблица 1"}],
    }


class Reader:
    """Stands for the child that reads files: gives this reading and notes how often it was asked."""

    def __init__(self) -> None:
        self.reading: dict[str, Any] = sample()
        self.years: list[str | None] = []

    def __call__(self, _function: str, _content: bytes, arguments: dict[str, Any]) -> dict[str, Any]:
        self.years.append(arguments["school_year"])
        reading = copy.deepcopy(self.reading)
        return {"format": "docx", "reading": reading, "source": laid_out(reading)}


@pytest.fixture
def reader(school: School, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Every file holds the sample reading."""
    made = Reader()
    monkeypatch.setattr(bounded, "call", made)
    school.installation.engine.catalogue.task_handlers.update(reading_task.task_handlers(lambda: NOW))
    return made


def work(school: School) -> None:
    """What the worker does."""
    jobs = school.installation.jobs
    assert isinstance(jobs, CollectedJobs)
    jobs.run(school.installation.engine)


def upload(school: School, content: bytes = b"a file", name: str = "Карта_2026.docx", **more: Any) -> TestResponse:
    role = more.pop("role", "curator")
    data = {"file": (io.BytesIO(content), name), "key": more.pop("key", new_id())}
    return school.client(role).post("/road-map/files", data=data, content_type="multipart/form-data")


def read_file(school: School, content: bytes = b"a file") -> str:
    """Address of the page of a file that has been read."""
    address = upload(school, content).headers["Location"]
    work(school)
    return str(address)


def row_of(school: School, address: str) -> MapFile:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        return queries.map_file(read.session, school.scope, address.rpartition("/")[2])


def post(school: School, address: str, **data: Any) -> TestResponse:
    role = data.pop("role", "curator")
    return school.client(role).post(address, data={"key": new_id(), **data})


# -- upload -----------------------------------------------------------------------------------------------------------


def test_an_uploaded_file_is_read_by_the_worker_and_its_page_waits(school: School, reader: Reader) -> None:
    address = upload(school).headers["Location"]
    waiting = text_of(school.client().get(address))
    work(school)
    page = words_of(school.client().get(address))

    assert 'hx-trigger="load delay:2s"' in waiting
    assert "Читаем файл" in waiting
    assert "Прочитано 5 пунктов. Сомнительных мест 4 , разобрано 0." in page
    assert "Все 5 Сомнительные 4 Без срока 1" in page
    assert "Не распознано 1 место «Провести ярмарку проектов»" in page
    assert "Файл «Карта_2026.docx»: загружен файл дорожной карты" in words_of(school.client().get("/history"))


def test_a_double_click_and_the_same_file_again_lead_to_one_reading(school: School, reader: Reader) -> None:
    key = new_id()
    first, second = (upload(school, key=key).headers["Location"] for _ in range(2))
    again = upload(school, name="Другое имя.docx").headers["Location"]
    work(school)

    assert first == second == again
    assert reader.years == [None]


def test_empty_and_large_files_are_refused_with_a_sentence(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_files, "LARGEST_MEGABYTES", 0)
    nothing = school.client().post("/road-map/files", data={"key": new_id()})

    for answer, sentence in (
        (nothing, "Выберите файл с дорожной картой."),
        (upload(school, b""), "Файл пустой"),
        (upload(school, b"x"), "Файл больше 0 МБ"),
    ):
        assert answer.status_code == 422
        assert sentence in text_of(answer)
    assert "Файлов пока нет." in text_of(school.client().get("/road-map/files"))


def test_who_may_upload_see_and_not(school: School, reader: Reader) -> None:
    address = read_file(school)

    statuses = {role: school.client(role).get(address).status_code for role in ("auditor", "head", "mentor")}
    assert statuses == {"auditor": 200, "head": 200, "mentor": 403}
    assert upload(school, role="auditor").status_code == 403
    assert upload(school, b"second", role="administrator").status_code == 302
    assert 'name="answer"' in text_of(school.client("head").get(address))
    assert 'name="answer"' not in text_of(school.client("auditor").get(address))
    assert post(school, f"{address}/accept", role="auditor").status_code == 403


def test_what_can_t_be_read_says_why_and_can_be_taken_away(school: School) -> None:
    address = upload(school, b"\x89PNG\r\n\x1a\n picture").headers["Location"]
    work(school)
    page = text_of(school.client().get(address))

    assert "Файл не прочитан" in page
    assert "Это изображение, а не текст" in page
    assert row_of(school, address).reading is None
    assert post(school, f"{address}/accept").headers["Location"] == address
    assert post(school, f"{address}/remove").status_code == 302
    assert school.client().get(address).status_code == 404


def test_another_school_s_file_and_map_are_not_there(school: School, reader: Reader) -> None:
    scope, engine = new_id(), school.installation.engine
    with engine.write(scope, SYSTEM, now=NOW) as write:
        organisations.create_organisation(write, kind="school", title="МБОУ «Другая школа»", short_title="Другая")
    with engine.write(scope, Actor("stranger", "Чужой К. К.", frozenset({"curator"})), now=NOW) as write:
        file_id = map_files.upload(write, "Чужая.docx", b"foreign").id
    work(school)
    with engine.write(scope, Actor("stranger", "Чужой К. К.", frozenset({"curator"})), now=NOW) as write:
        map_files.change_item(write, file_id, "2-2", map_files.ItemInput(number="2", text="Подвести итоги"))
        code = map_files.accept(write, file_id).code

    own = read_file(school)
    place = f"/road-map/files/{file_id}"
    asked = [place, f"{place}/source", f"{place}/accept", f"{place}/remove", f"/road-map/adopt/{code}"]
    assert [school.client().get(one).status_code for one in asked] == [404] * 5
    answered = {"doubt": "1-2.deadline", "answer": "none"}
    assert post(school, f"{place}/answer", **answered).status_code == 404
    assert post(school, f"{own}/accept", becomes=f"own:{file_id}").status_code in (404, 422)
    assert code not in text_of(school.client().get("/road-map/choose"))


# -- the reading ------------------------------------------------------------------------------------------------------


def test_text_of_a_file_is_never_markup(school: School, reader: Reader) -> None:
    first = reader.reading["sections"][0]["items"][0]
    first["text"] = reader.reading["title"] = reader.reading["unrecognised"][0]["text"] = EVIL
    reader.reading["warnings"][0]["message"] = EVIL
    address = read_file(school)

    pages = [school.client().get(f"{address}{tail}").get_data(as_text=True) for tail in ("", "?item=1-1", "/accept")]
    assert not [page for page in pages if "<script>alert" in page or "<b>Жирный" in page]
    assert all("&lt;b&gt;Жирный" in page for page in pages)
    # It comes through a form as it is.
    post(school, f"{address}/items/1-1", number="1", text=EVIL + "!", deadline="до 31.10.2026", responsible="Куратор")
    assert row_of(school, address).answers["items"]["1-1"]["text"] == EVIL + "!"


def test_answers_settle_doubts_one_after_another(school: School, reader: Reader) -> None:
    address = read_file(school)

    left = post(school, f"{address}/answer", doubt="1-2.deadline", answer="none")
    wrong = post(school, f"{address}/answer", doubt="2-1.deadline", answer="typed", typed="когда рак свистнет")
    typed = post(school, f"{address}/answer", doubt="2-1.deadline", answer="typed", typed="до 15.05.2027")
    printed = post(school, f"{address}/answer", doubt="1-3.responsible.shifted_row", answer="printed")
    number = post(school, f"{address}/answer", doubt="2-2.number", answer="typed", typed="2")
    page = words_of(school.client().get(address))
    review = _review(school, address)

    assert "at=1-3.responsible.shifted_row" in left.headers["Location"]
    assert wrong.status_code == 422
    assert "Срок «когда рак свистнет» не понят." in text_of(wrong)
    assert 'value="когда рак свистнет"' in text_of(wrong)
    assert [answer.status_code for answer in (typed, printed, number)] == [302] * 3
    assert "Сомнительных мест 3 , разобрано 3." in page
    assert review.item("2-1").values["deadline"]["end"] == "2027-05-15"
    assert review.item("1-3").values["responsible"] is None
    assert review.item("1-3").values["result"] == "Директор О.П. Орлова"
    assert review.item("2-2").values["number"] == "2"


def _review(school: School, address: str) -> Any:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        return map_files.reviewed(read, queries.map_file(read.session, read.scope, address.rpartition("/")[2]))


def test_alike_doubts_are_answered_together(school: School, reader: Reader) -> None:
    for section in reader.reading["sections"]:
        section["items"] += [item(None, f"Пункт {n}", 20 + n, deadline=None) for n in range(2)]
    address = read_file(school)

    post(school, f"{address}/answer", doubt="1-2.deadline", answer="none", alike="1")

    assert [doubt.id for doubt in _review(school, address).open_doubts if doubt.code == "no_deadline"] == []


def test_every_field_of_an_item_can_be_corrected_where_it_stands(school: School, reader: Reader) -> None:
    address = read_file(school)
    form = text_of(school.client().get(f"{address}?item=2-1"))
    assert 'value="До мая 2026"' in form

    given = {
        "number": "2.1",
        "text": "Собрать наставников: 1) в мае; 2) в июне",
        "deadline": "ежемесячно",
        "responsible": "Директор, психолог",
        "result": "Протокол",
        "indicator": "не менее 10 человек",
        "documents": ["meeting", "order"],
    }
    answer = post(school, f"{address}/items/2-1", **given)
    values = _review(school, address).item("2-1").values

    assert answer.headers["Location"].endswith("#item-2-1")
    assert values["deadline"]["recurrence"] == "monthly"
    assert set(values["responsible"]["roles"]) == {"director", "psychologist"}
    assert (values["result"], values["indicator"]) == ("Протокол", "не менее 10 человек")
    assert values["documents"] == ["order", "meeting"]
    assert "2-1.deadline" not in [doubt.id for doubt in _review(school, address).open_doubts]
    refused = post(school, f"{address}/items/2-1", **{**given, "text": " ", "number": "1" * 30})
    assert refused.status_code == 422
    assert "Исправьте 2 поля" in text_of(refused)
    assert "не менее 10 человек" in text_of(refused)


def test_two_people_at_one_item_lose_nothing(school: School, reader: Reader) -> None:
    address = read_file(school)
    version = str(row_of(school, address).version)
    fields = {"number": "1", "deadline": "до 31.10.2026", "responsible": "Куратор", "result": "Приказ"}

    first = post(school, f"{address}/items/1-1", text="Издать приказ о старте", version=version, **fields)
    second = post(school, f"{address}/items/1-1", text="Выпустить приказ", version=version, role="head", **fields)
    other = post(school, f"{address}/answer", doubt="1-2.deadline", answer="none", version=version, role="head")

    assert (first.status_code, second.status_code, other.status_code) == (302, 409, 302)
    assert "Издать приказ о старте" in text_of(second)
    assert "Выпустить приказ" in text_of(second)
    assert _review(school, address).item("1-1").values["text"] == "Издать приказ о старте"


def test_items_sections_and_leftovers_come_and_go(school: School, reader: Reader) -> None:
    address = read_file(school)

    assert (
        post(school, f"{address}/sections/1/items", after="1-1", text="Новый пункт", deadline="май").status_code == 302
    )
    post(school, f"{address}/items/1-2", remove="1")
    post(school, f"{address}/items/1-3", remove="1")
    post(school, f"{address}/items/1-3", restore="1")
    post(school, f"{address}/sections/1", number="I", title="Начало")
    post(school, f"{address}/leftovers/0", item="1", section="2")
    review = _review(school, address)
    page = words_of(school.client().get(address))

    assert [one.id for one in review.sections[0].kept] == ["1-1", "n1", "1-3"]
    assert review.item("n1").values["deadline"]["end"] == "2027-05-31"
    assert (review.sections[0].number, review.sections[0].title) == ("I", "Начало")
    assert review.sections[1].kept[-1].values["text"] == "Провести ярмарку проектов"
    assert "Не распознано" not in page
    assert "убран из карты" in page


def test_another_year_reads_the_deadlines_anew_and_keeps_the_answers(school: School, reader: Reader) -> None:
    reader.reading["period"] = None
    address = read_file(school)
    post(school, f"{address}/answer", doubt="1-2.deadline", answer="none")

    form = {"title": "Карта", "organisation": "", "level": "school", "start": "01.09.2026", "end": "31.05.2027"}
    post(school, f"{address}/about", **form)
    assert "Читаем файл" in text_of(school.client().get(address))
    work(school)

    assert reader.years == [None, "2026-2027"]
    assert _review(school, address).period.text == "с 1 сентября 2026 по 31 мая 2027"
    assert "1-2.deadline" not in [doubt.id for doubt in _review(school, address).open_doubts]


def test_a_file_of_thousands_of_rows_is_shown_sheet_by_sheet(school: School, reader: Reader) -> None:
    section = reader.reading["sections"][0]
    section["items"] = [item(str(n), f"Пункт плана {n}", n, deadline=None) for n in range(2, 1502)]
    address = read_file(school)

    first, last = (school.client().get(f"{address}?sheet={sheet}").get_data(as_text=True) for sheet in ("1", "999"))
    filtered = school.client().get(f"{address}?show=undated").get_data(as_text=True)

    assert "Пункт плана 2" in first
    assert "Пункт плана 1501" in last
    assert "Показать следующие" in filtered
    assert max(len(page) for page in (first, last, filtered)) < 150_000


# -- the map ----------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_named_before_the_map_is_accepted(school: School, reader: Reader) -> None:
    reader.reading["title"], reader.reading["period"] = "", None
    address = read_file(school)

    page = text_of(school.client().get(f"{address}/accept"))
    refused = post(school, f"{address}/accept")

    for sentence in ("Укажите название карты", "с какого и по какое число", "Номер 1 стоит в разделе дважды"):
        assert sentence in page
    assert refused.status_code == 422
    assert row_of(school, address).own_map_id is None


def test_an_accepted_map_is_offered_and_its_people_are_found(school: School, reader: Reader) -> None:
    reader.reading["sections"][0]["items"][2]["responsible"] = {
        "text": "Замдиректора Е.В. Морозова",
        "roles": ["deputy_director"],
        "persons": ["Морозова Е.В."],
    }
    address = read_file(school)
    post(school, f"{address}/answer", doubt="2-2.number", answer="typed", typed="2")

    accepted = post(school, f"{address}/accept", version=str(row_of(school, address).version))
    adopt = accepted.headers["Location"]
    page = text_of(school.client().get(adopt))
    proposed = dict(re.findall(r'name="(role_\w+|name_\d)" value="([^"]*)"', page))

    assert "/road-map/adopt/own_" in adopt
    assert "Дорожная карта наставничества" in text_of(school.client().get("/road-map/choose"))
    morozova = "Морозова Елена Викторовна, заместитель директора"
    assert proposed == {"role_curator": morozova, "role_deputy_director": morozova, "name_0": morozova}
    unknown = post(school, adopt, month="2026-09", do="1", role_curator="Никто Н. Н.")
    assert unknown.status_code == 422
    assert "Куратор: «Никто Н. Н.» нет среди сотрудников." in text_of(unknown)
    taken = post(
        school, adopt, month="2026-09", do="1", role_curator="Гусев Андрей Павлович, директор", name_0=morozova
    )
    running = items_of(school, taken.headers["Location"].rpartition("/")[2])
    by_key = {one.key: one for one in running.values()} | {one.text: one for one in running.values()}
    assert by_key["Обучить наставников"].responsible_person_id == school.people["Морозова"]
    assert {one.responsible_person_id for one in running.values() if one.text == "Подвести итоги"} == {
        school.people["Гусев"]
    }
    told = words_of(school.client().get("/history?about=map"))
    assert "принята дорожная карта «Дорожная карта наставничества»" in told
    # Accepted again it is the same map in another edition.
    post(school, f"{address}/items/1-1", number="1", text="Издать два приказа", deadline="до 31.10.2026")
    post(school, f"{address}/accept", becomes=f"own:{row_of(school, address).own_map_id}")
    with school.installation.engine.read(school.scope, now=NOW) as read:
        [own] = queries.own_maps(read.session, school.scope)
        assert (own.edition, own_maps.template_of(own).items[0].text) == (2, "Издать два приказа")
