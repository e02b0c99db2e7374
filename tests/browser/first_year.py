"""The parts of a school's first year as its curator clicks through them. Each begins on «Сегодня» of whoever is logged in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tests.browser.server import Server
from tests.browser.visitor import Visitor

PASSWORD = "весна на Дону"
MENTORS = ("Белова Анна", "Гром Пётр", "Дёмина Юлия", "Ежов Илья", "Жук Мария")
MENTEES = ("Ким Данил", "Лис Вера", "Мухин Артём", "Носова Дарья", "Орехов Глеб")
PAIRS = tuple(f"{mentor} — {mentee}" for mentor, mentee in zip(MENTORS, MENTEES, strict=True))
WHOLE = {
    "Белова Анна": "Белова Анна Игоревна; 11 «А»; 02.04.2009",
    "Гром Пётр": "Гром Пётр Олегович; 11 «А»; 12.11.2009",
    "Дёмина Юлия": "Дёмина Юлия Сергеевна; 10 «Б»; 30.01.2010",
    "Ежов Илья": "Ежов Илья Павлович; 10 «Б»; 17.06.2010",
    "Жук Мария": "Жук Мария Романовна; 11 «А»; 08.08.2009",
    "Ким Данил": "Ким Данил Олегович; 7 «Б»; 20.05.2013",
    "Лис Вера": "Лис Вера Ильинична; 7 «Б»; 03.01.2013",
    "Мухин Артём": "Мухин Артём Денисович; 7 «А»; 09.09.2013",
    "Носова Дарья": "Носова Дарья Кирилловна; 6 «А»; 25.12.2013",
    "Орехов Глеб": "Орехов Глеб Маратович; 6 «А»; 14.02.2014",
}
MOTHERS = dict(
    zip(
        (*MENTORS, *MENTEES),
        ("Белова", "Гром", "Дёмина", "Ежова", "Жук", "Ким", "Лис", "Мухина", "Носова", "Орехова"),
        strict=True,
    )
)
CURATOR = "Морозова Е. В."
MISSING = "Ким Данил"
"""Whose consent is handed in late."""


def at(server: Server, year: int, month: int, day: int) -> None:
    """Let this day come."""
    server.moment = datetime(year, month, day, 9, 0, tzinfo=UTC)


def found_school(window: Visitor, server: Server) -> None:
    """The very first start: the code from the console, the school, the curator's login."""
    window.visit("/").sees("Код первого запуска")
    window.fill("Код первого запуска", "00000000").fill("Полное название", "МБОУ «Средняя школа с. Ключевое»")
    window.fill("Короткое название", "Школа с. Ключевое").fill("Населённый пункт", "с. Ключевое")
    window.fill("Ваша фамилия", "Морозова").fill("Имя", "Елена").fill("Отчество", "Викторовна")
    window.fill("Должность", "заместитель директора").fill("Имя для входа", "morozova").fill("Пароль", PASSWORD)
    window.press("Начать", 422).sees("Код не подходит")
    window.fill("Код первого запуска", (server.folder / "setup-code").read_text()).fill("Пароль", PASSWORD)
    window.press("Начать").sees("Первые шаги")


def settle(window: Visitor) -> None:
    """The rules of the place, who signs, who else may look: all in the settings."""
    _paste(window, "Сотрудник", ["Гусев Андрей Павлович; директор"])
    _settings(window, "organisation").choose("Правила места", "школа № 9").press("Сохранить сведения")
    _settings(window, "signatories").choose("Кто", "Гусев").fill("Должность над подписью", "директор")
    window.fill("С какого дня", "01.09.2024").press("Назначить").sees("Гусев")
    for username, name, role, person in (
        ("gusev", "Гусев А. П.", "Руководитель", "Гусев"),
        ("petrova", "Петрова Г. Н.", "Проверяющий", ""),
    ):
        _settings(window, "accounts").fill("Имя для входа", username).fill("Как показывать", name)
        window.fill("Пароль", PASSWORD).choose("Роль", role)
        if person:
            window.choose("Кто это", person)
        window.press("Создать учётную запись").sees(name)
    _settings(window, "programmes").fill("Название", "Математика без страха").choose("Форма", "ученик — ученик")
    window.fill("Первый день", "01.09.2026").fill("Последний день", "31.05.2027").choose("Кто ведёт", "Морозова")
    window.press("Создать программу").sees("Математика без страха")


def _settings(window: Visitor, panel: str) -> Visitor:
    window.follow("Настройки")
    return window.go(window.page.locator(f"#{panel}").locator("..").locator("a.panel-link"))


def _paste(window: Visitor, kind: str, lines: list[str], bank: str = "") -> None:
    window.section("Участники").follow("Внести списком").choose("Кто это", kind).fill("Список", "\n".join(lines))
    if bank:
        window.choose("Сразу внести в программу", "Математика").choose("В банк", bank)
    window.press("Проверить строки").sees(f"будет внесено {len(lines)} из {len(lines)}")
    window.press(re.compile("^Внести"))


def bring_people(window: Visitor) -> None:
    """Pupils pasted into both banks, each with a mother."""
    _paste(window, "Ученик", [WHOLE[name] for name in MENTORS], "наставников")
    _paste(window, "Ученик", [WHOLE[name] for name in MENTEES], "наставляемых")
    for name, family_name in MOTHERS.items():
        window.section("Участники").fill("Фамилия или имя", name.split()[0]).press("Найти").follow(re.compile(name))
        window.follow("Добавить", within="[aria-labelledby=adults]")
        window.fill("Фамилия, имя и отчество", f"{family_name} Ольга Сергеевна").fill("Кем приходится", "мать")
        window.press("Внести представителя").sees("Ольга Сергеевна")


def take_map(window: Visitor) -> None:
    """A shipped map taken into work from September."""
    window.section("Сегодня").follow(re.compile("Выбрать карту"))
    window.go(window.page.locator("main a[href*='school9_2020']").first)
    window.press("Взять карту в работу").section("Дорожная карта").sees("51")


def collect_consents(window: Visitor) -> str:
    """Blanks for everybody, all but one handed in; gives the name of a blank's file."""
    window.section("Документы").follow(re.compile("^Не сдали|^Все$|согласи", re.I), within="[aria-labelledby=consents]")
    window.tick("Отметить всех").press("Распечатать бланки")
    window.page.reload()
    with window.page.expect_download() as download:
        window.page.get_by_role("link", name=re.compile("Скачать бланк$")).first.click()
    window.tick("Отметить всех")
    window.field(MISSING).uncheck()
    window.press("Отметить получение").sees("9 из 10")
    return str(download.value.suggested_filename)


def propose_pairs(window: Visitor) -> None:
    """Five pairs chosen in one form."""
    window.section("Пары").follow("Подобрать пары")
    for number, (mentor, mentee) in enumerate(zip(MENTORS, MENTEES, strict=True), 1):
        window.choose(f"Наставник, строка {number}", mentor).choose(f"Наставляемый, строка {number}", mentee)
    window.press("Подобрать", exact=True).sees("Подобрано пар: 5", *PAIRS)


def stopped(window: Visitor) -> None:
    """The curator can't form a pair, reads whose consent is missing, who can help, and follows the way out."""
    window.section("Пары").sees("нет согласия на обработку данных").follow(re.compile("Белова"))
    window.sees("Следующий шаг: закрепить", "Почему нельзя?", f"{MISSING}: нет согласия на обработку данных")
    window.sees("Подписывает мать, Ким Ольга Сергеевна", "Кто может решить: Морозова Е. В., куратор")
    closed = window.page.get_by_role("button", name="Закрепить")
    assert closed.get_attribute("aria-disabled") == "true"
    closed.click(force=True)
    assert window.page.evaluate("document.activeElement.id") == "why"
    window.follow("Отметить получение").press("Отметить получение").sees("Получено")


def print_order(window: Visitor) -> bytes:
    """One order for five pairs, made from the template and printed for signing; gives the file."""
    window.section("Документы").follow("Подготовить документ").sees(*PAIRS)
    window.press("Подготовить приказ").sees("Проект")
    with window.page.expect_download() as download:
        window.page.get_by_role("link", name="Открыть текст").click()
    window.press("Распечатать на подпись").sees("На подписи")
    return download.value.path().read_bytes()


def register_order(window: Visitor) -> None:
    """The signed order enters the register: all five pairs are formed."""
    window.section("Документы").sees("На подписи")
    window.follow("Приказ о закреплении наставнических пар", within="[aria-labelledby=waiting]")
    window.sees("Что произойдёт", *PAIRS)
    window.fill("Номер", "91-ОД").fill("Дата подписания", "09.09.2026").tick("Гусев")
    window.fill("Где лежит оригинал", "дело 01-05, лист 14")
    window.press("Зарегистрировать и закрепить 5 пар").sees("Действует", "№ 91-ОД")
    window.section("Пары").sees("Закреплена 5")


def meet(window: Visitor, step: str, day: str, then: str, pairs: int = 5) -> None:
    """One step for all pairs that wait for it: from the column of the board, looked at before it is done."""
    window.section("Пары").follow(f"{step}…").sees("Ничего не изменится", "Станет")
    window.fill("Дата для всех", day).press("Поставить всем")
    window.press(re.compile(f"^{step}: {pairs} пар")).sees(then)


def draw_plan(window: Visitor) -> None:
    """The plan of the first pair: a goal and two tasks."""
    window.section("Пары").follow(re.compile("Белова"))
    window.menu("Ещё действия", "План и задачи").fill("Цель пары", "Не бояться дробей")
    window.fill("Задача, строка 1", "Решить сборник").fill("Срок, строка 1", "20.12.2026")
    window.fill("Задача, строка 2", "Выступить на неделе математики").press("Сохранить план").sees("Решить сборник")


def keep_month(window: Visitor, server: Server) -> None:
    """Meetings of a month in one table, saved at once."""
    window.section("Встречи").sees("Белова А. — Ким Д.", "Жук М. — Орехов Г.")
    boxes = window.page.locator("[data-grid] tbody tr")
    for row in range(3):
        for box in boxes.nth(row).locator("input[type=checkbox]:not([disabled])").all()[1 : 3 + row]:
            box.check(force=True)
    window.press("Сохранить 9 отметок").sees("Сохранено")


def finish(window: Visitor) -> None:
    """Answers, the final meeting, the case, the end: each reason leads to its remedy."""
    window.section("Пары").follow(re.compile("Белова")).sees(
        "Следующий шаг: отметить итоговую встречу", "Почему нельзя?"
    )
    _answers(window, "18.05.2027")
    window.press("Отметить итоговую встречу").sees("Итоги подведены", "Следующий шаг: завершить")
    _answers(window, "20.05.2027")
    window.sees("Можно с обоснованием").follow(re.compile("Подготовить|кейс", re.I), within=".blockers")
    window.fill("Название", "Дроби без слёз").fill("С чем обратились", "Двойка за четверть")
    window.fill("Что понадобилось", "Сборник и час в неделю").fill("Что получилось", "Четвёрка за год")
    window.fill(re.compile("рудности"), "Пропуски в декабре").fill(
        re.compile("пригодится|повторить"), "Для любого предмета"
    )
    window.fill(re.compile("С кем связаться|Контакт"), "Морозова Е. В.")
    window.fill("Шаги работы", "Разобрали ошибки\nРешали по две задачи").press("Подготовить кейс").sees(
        "Кейс", "Черновик"
    )


def _answers(window: Visitor, day: str) -> None:
    window.go(window.page.locator(".blockers a").first)
    for name in (MENTORS[0], MENTEES[0]):
        window.fill(f"Когда заполнена: {name}", day).choose(f"Всё устраивает: {name}", "да")
    window.press("Сохранить ответы").sees("Ответы сохранены")


def close(window: Visitor) -> None:
    """The last step of a pair."""
    window.section("Пары").follow(re.compile("Белова")).press(re.compile("^Завершить")).sees("Завершена")


def pause(window: Visitor) -> None:
    """A pair is suspended for a reason that is written down."""
    window.section("Пары").follow(re.compile("Гром")).menu("Ещё действия", "Приостановить")
    window.fill(re.compile("Основание|Обоснование|Почему"), "Лис Вера в больнице до ноября").press(
        "Приостановить"
    ).sees("Приостановлена", "Возобновить")


def audit(window: Visitor, registered_by: str) -> None:
    """The auditor reads who did what, when and on what ground, changes nothing, and checks the whole."""
    window.section("Пары").follow("Завершена")
    window.follow(PAIRS[0]).sees_not("Записать встречу", "Ещё действия").follow(re.compile("^Вся"))
    story = window.text
    for day, who, sentence in (
        ("24 мая", CURATOR, "Завершена"),
        ("20 мая", CURATOR, "Итоги подведены"),
        ("5 октября", CURATOR, "Работа начата"),
        ("1 октября", CURATOR, "План составлен"),
        ("23 сентября", CURATOR, "Пробная встреча прошла"),
        ("15 сентября", CURATOR, "Познакомились"),
        ("9 сентября", registered_by, "Закреплена приказом № 91-ОД"),
        ("4 сентября", CURATOR, "Подобрана"),
    ):
        assert re.search(f"{day}(, внесено [^·]+)? · {who} {sentence}", story), f"{day} {who} {sentence}: {story}"
    window.section("История").follow(re.compile("С обоснованием 1"))
    window.sees("Гром Пётр — Лис Вера: приостановлена").go(
        window.page.locator(".history-rows a, .history-rows button").first
    )
    window.sees("Лис Вера в больнице до ноября", "Морозова Е. В.")
    window.section("История").fill("Участник или пара", "Белова").press("Показать")
    window.go(window.page.locator("tr", has_text="закреплена").last.get_by_role("link").first)
    window.sees(
        "На каком основании", "№ 91-ОД", "дело 01-05, лист 14", "согласия на обработку данных получены", registered_by
    )
    window.section("История").follow("Проверить журнал").sees("Записи не изменялись. Проверены все", "Контрольный код")
