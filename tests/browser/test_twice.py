"""Nothing is done twice: double clicks, the back button, two people at one pair, and addresses of another school."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.browser.conftest import ServedSchool, VisitorOf
from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.conftest import NOW
from web.tables import Account
from workflow_core.guards import SYSTEM
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.organisations import operations as organisations
from workflows.road_maps import map_files


@contextmanager
def sent_twice(window: Visitor, server: Server) -> Iterator[None]:
    """Every form sent inside reaches the server twice, as by a double click on a slow line; only the first may change
    anything, and the person sees the answer to the second.
    """
    sent: list[str] = []
    problems: list[str] = []

    def send(route: Any) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        name = route.request.url
        before = server.counts()
        first = route.fetch(max_redirects=0)
        after = server.counts()
        second = route.fetch(max_redirects=0)
        if after == before and first.status != 200:
            problems.append(f"{name} changed nothing ({first.status})")
        if changed := {key: n - after[key] for key, n in server.counts().items() if n != after[key]}:
            problems.append(f"{name} changed something twice: {changed}")
        if second.status != first.status:
            problems.append(f"{name}: {first.status}, then {second.status}")
        sent.append(name)
        route.fulfill(response=second)

    window.page.route("**/*", send)
    yield
    window.page.unroute("**/*", send)
    assert problems == []
    assert sent, "nothing was sent"


Kind = Callable[[Visitor, ServedSchool], Any]
NEXT_PAIR = "Белова Анна — Лис Вера"


def _pair(window: Visitor, served: ServedSchool, below: str = "") -> Visitor:
    return window.visit(f"/pairs/{served.school.pair}{below}")


def step(window: Visitor, served: ServedSchool) -> None:
    _pair(window, served).press("Отметить пробную встречу").sees("Пробная встреча прошла")


def undo(window: Visitor, served: ServedSchool) -> None:
    _pair(window, served, "/undo").fill("Почему шаг отменяется", "Встречи не было").press("Отменить шаг")
    window.sees("Последний шаг отменён", "Познакомились")


def bulk_step(window: Visitor, served: ServedSchool) -> None:
    window.visit(f"/pairs/steps/hold_trial?pair={served.school.pair}")
    window.go(window.page.locator("button[name=do][value=fire]")).sees("Пробная встреча прошла")


def correct(window: Visitor, served: ServedSchool) -> None:
    _pair(window, served, "/correct").fill("Верная дата", "09.11.2026").fill("Почему дата", "Описка")
    window.press("Исправить дату").sees("Дата исправлена")


def meeting(window: Visitor, served: ServedSchool) -> None:
    _pair(window, served, "/meetings/new").fill("Тема", "Дроби").press("Записать встречу").sees("Дроби")


def month(window: Visitor, served: ServedSchool) -> None:
    window.visit("/meetings")
    window.page.locator("[data-grid] input[type=checkbox]:not([disabled]):not(:checked)").first.check(force=True)
    window.press(re.compile("Сохранить"))


def plan(window: Visitor, served: ServedSchool) -> None:
    _pair(window, served, "/plan").fill("Задача, строка 1", "Решать вместе").press("Сохранить план").sees(
        "Решать вместе"
    )


def answers(window: Visitor, served: ServedSchool) -> None:
    _pair(window, served, "/feedback").fill("Когда заполнена: Белова", "10.11.2026").press("Сохранить ответы")
    window.sees("Ответы сохранены")


def propose(window: Visitor, served: ServedSchool) -> None:
    window.visit("/pairs/propose").choose("Наставник, строка 1", "Белова").choose("Наставляемый, строка 1", "Лис")
    window.press("Подобрать", exact=True).sees("Подобрано пар: 1", NEXT_PAIR)


def as_found(window: Visitor, served: ServedSchool) -> None:
    window.visit("/pairs/as-found").fill("Наставник, строка 1", "Орлова Ирина Петровна")
    window.fill("Наставляемый, строка 1", "Ли Олег Викторович").fill("Класс, строка 1", "8 «А»")
    window.choose("Этап, строка 1", "Работает").fill("С какого дня, строка 1", "01.10.2026")
    window.fill("Приказ №, строка 1", "77-ОД").fill("Приказ от, строка 1", "20.09.2026").press("Внести пары")
    window.sees("Орлова", "Ли Олег")


def representative(window: Visitor, served: ServedSchool) -> None:
    window.visit(f"/people/{served.school.people['Лис']}/representative")
    window.fill("Фамилия, имя и отчество", "Лис Марина Олеговна").fill("Кем приходится", "мать")
    window.press(re.compile("Указать|Добавить|Внести")).sees("Лис Марина Олеговна")


def issue(window: Visitor, served: ServedSchool) -> None:
    window.visit("/documents/consents").tick("Лис").press("Распечатать бланки")


def receive(window: Visitor, served: ServedSchool) -> None:
    window.visit("/documents/consents").tick("Лис").fill("Дата подписания", "11.11.2026")
    window.press("Отметить получение")


def prepare(window: Visitor, served: ServedSchool) -> None:
    window.visit("/documents/prepare").press("Подготовить").sees("Проект")


def print_for_signing(window: Visitor, served: ServedSchool) -> None:
    window.press("Распечатать на подпись").sees("На подписи")


def register(window: Visitor, served: ServedSchool) -> None:
    window.fill("Номер", "104-ОД").fill("Дата подписания", "12.11.2026").tick("Гусев")
    for ground in window.page.locator("input[name^=ground_]").all():
        ground.fill("Бланки раздали, родители в отъезде")
    window.press(re.compile("Зарегистрировать"))
    window.sees("Действует")


def ready_paper(window: Visitor, served: ServedSchool) -> None:
    window.visit("/documents/enter").choose("Вид документа", "Приказ об итогах").fill("Номер", "12-ОД")
    window.fill("Дата подписания", "01.10.2026").press("Внести").sees("Документ внесён")


def scan(window: Visitor, served: ServedSchool) -> None:
    scanned = {"name": "приказ.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 scanned"}
    window.page.locator("#late-scan").set_input_files(scanned)
    window.press("Приложить").sees("приказ.pdf")


def adopt(window: Visitor, served: ServedSchool) -> None:
    window.visit("/road-map/choose")
    window.go(window.page.locator("main a[href*='school9_2020']").first)
    window.press("Взять карту в работу").sees("Дорожная карта")


def item_log(window: Visitor, served: ServedSchool) -> None:
    window.visit("/road-map").follow(re.compile("."), within="td.row-title")
    window.fill("Записать, что сделано", "Рассказали на педсовете").press("Записать", exact=True)
    window.sees("Рассказали на педсовете")


def many_items(window: Visitor, served: ServedSchool) -> None:
    window.visit("/road-map")
    for box in window.page.locator("main input[name=item]").all()[:3]:
        box.check()
    window.press("Перенести срок").fill("Новый срок", "20.12.2026").fill("Обоснование для всех", "Карантин")
    window.press(re.compile("Перенести срок: 3 пункта"))


def person(window: Visitor, served: ServedSchool) -> None:
    window.visit("/people/new").fill("Фамилия", "Орлова").fill("Имя", "Ирина").press("Добавить")
    window.sees("Орлова")


def many_people(window: Visitor, served: ServedSchool) -> None:
    window.visit("/people/many").fill("Список", "Орлова Ирина Петровна; 8 «А»\nЛи Олег Викторович; 8 «А»")
    window.press("Проверить").press(re.compile("Внести|Добавить"))


STORIES: dict[str, tuple[Kind, ...]] = {
    "pair": (step, undo, bulk_step, correct, meeting, month, plan, answers),
    "papers": (
        propose,
        representative,
        issue,
        receive,
        prepare,
        print_for_signing,
        register,
        ready_paper,
        scan,
        as_found,
    ),
    "map": (adopt, item_log, many_items),
    "people": (person, many_people),
}


@pytest.mark.parametrize("story", STORIES)
def test_every_form_sent_twice_changes_once(served: ServedSchool, visitor: VisitorOf, story: str) -> None:
    window = served.enter(visitor(served.server))
    for send in STORIES[story]:
        with sent_twice(window, served.server):
            send(window, served)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_click_is_one_step(served: ServedSchool, visitor: VisitorOf, scripts: bool) -> None:
    window = served.enter(visitor(served.server, java_script_enabled=scripts))
    _pair(window, served)
    before = served.server.counts()["moves"]

    window.page.get_by_role("button", name="Отметить пробную встречу").dblclick()
    window.page.locator(".step-strip [aria-current=step]", has_text="Пробная встреча").wait_for()

    assert served.server.counts()["moves"] == before + 1
    window.sees("Отметить встречу-планирование")


def test_the_back_button_shows_what_stands_now(served: ServedSchool, visitor: VisitorOf) -> None:
    window = served.enter(visitor(served.server))
    _pair(window, served).press("Отметить пробную встречу")
    before = served.server.counts()

    window.page.go_back()
    window.page.locator(".step-strip [aria-current=step]", has_text="Пробная встреча").wait_for()
    window.sees_not("Отметить пробную встречу")
    window.page.go_forward()
    window.page.reload()

    assert served.server.counts() == before


def test_a_page_kept_from_before_is_told_what_stands_now(served: ServedSchool, visitor: VisitorOf) -> None:
    late = _pair(served.enter(visitor(served.server)), served)
    head = _pair(served.enter(visitor(served.server), "administrator"), served, "/correct")
    _pair(served.enter(visitor(served.server)), served).press("Отметить пробную встречу")
    before = served.server.counts()

    late.fill("Дата события", "05.11.2026").press("Отметить пробную встречу", 409)
    late.sees("Пробная встреча прошла", "12 ноября 2026", "5 ноября 2026", "Открыть пару как она есть")
    head.fill("Верная дата", "25.09.2026").fill("Почему дата", "Описка").press("Исправить дату", 409)

    assert served.server.counts() == before
    late.follow("Открыть пару как она есть").sees("Отметить встречу-планирование")


def test_one_of_two_at_once_wins(served: ServedSchool, visitor: VisitorOf) -> None:
    first = _pair(served.enter(visitor(served.server)), served)
    second = _pair(served.enter(visitor(served.server), "mentor"), served)
    before = served.server.counts()["moves"]

    for window in (first, second):
        window.page.get_by_role("button", name="Отметить пробную встречу").click(no_wait_after=True)
    for window in (first, second):
        window.page.wait_for_url(re.compile(r"/steps/hold_trial$|/pairs/\w+$"), wait_until="load")
        window.page.locator("h1").wait_for()

    assert sorted(window.loads[-1][0] for window in (first, second)) == [200, 409]
    assert served.server.counts()["moves"] == before + 1


def _neighbour(served: ServedSchool) -> str:
    """An account of a curator of another school."""
    made: dict[str, str] = {}

    def found(write: Write) -> None:
        organisations.create_organisation(
            write, kind="school", title="МБОУ «Средняя школа х. Дальний»", short_title="Школа х. Дальний"
        )
        account = Account(organisation_id=write.scope, username="far", name="Дроздова К. Л.", password_hash="-")
        write.session.add(account)
        write.session.flush()
        organisations.grant_role(write, account.id, "curator")
        organisations.grant_role(write, account.id, "administrator")
        made["id"] = account.id

    with served.server.installation.engine.write(new_id(), SYSTEM, now=NOW) as write:
        found(write)
    return made["id"]


def _known_ids(served: ServedSchool) -> dict[str, str]:
    """An id of this school for every argument of an address."""
    with closing(sqlite3.connect(served.server.path)) as connection:

        def one(table: str) -> str:
            return str(connection.execute(f"SELECT id FROM {table} ORDER BY id LIMIT 1").fetchone()[0])

        return {
            "pair_id": served.school.pair,
            "document_id": served.school.order,
            "person_id": served.school.people["Ким"],
            "representative_id": one("representative"),
            "meeting_id": one("meeting"),
            "activity_id": one("activity"),
            "stage_id": one("stage"),
            "road_map_id": one("road_map"),
            "task_id": one("plan_task"),
            "file_id": one("document_file"),
            "map_file_id": one("map_file"),
        }


def test_addresses_of_another_school_lead_nowhere(served: ServedSchool, visitor: VisitorOf) -> None:
    own = served.enter(visitor(served.server))
    adopt(own, served)
    plan(own, served)
    own.visit(f"/documents/{served.school.order}")
    scan(own, served)
    with served.server.installation.engine.write(served.school.scope, served.school.curator, now=NOW) as write:
        map_files.upload(write, "Карта.docx", b"a file")
    ids = _known_ids(served)
    far = visitor(served.server)
    far.context.add_cookies([served.server.pass_for(_neighbour(served))])
    far.visit("/").sees_not("Белова", "Ким")
    far.visit("/pairs/propose")
    token = far.page.locator("input[name=csrf_token]").first.get_attribute("value")
    before = served.server.counts()
    events = {"event": "hold_trial", "event_name": "hold_trial"}

    open_to_strangers = []
    for rule in served.server.app.url_map.iter_rules():
        if not rule.arguments & set(ids):
            continue
        values = {name: ids.get(name) or events.get(name, "") for name in rule.arguments}
        address = rule.rule
        for name, value in values.items():
            address = re.sub(rf"<(\w+:)?{name}>", value, address)
        for method in {"GET", "POST"} & rule.methods:
            answer = far.context.request.fetch(
                address, method=method, headers={"X-CSRFToken": token}, form={"key": new_id()}
            )
            if answer.status != 404:
                open_to_strangers.append((method, rule.rule, answer.status))

    assert sorted(open_to_strangers) == []
    assert served.server.counts() == before
