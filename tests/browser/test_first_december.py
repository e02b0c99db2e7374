"""A school that starts on 1 December: 25 pairs at work and 30 items done are entered in a few pages; then daily mending."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tests.browser import first_year as year
from tests.browser.conftest import VisitorOf
from tests.browser.server import Server
from tests.browser.visitor import Visitor

GIVEN = "Анна Борис Вера Глеб Дарья Егор Жанна Захар Ирина Кирилл Лидия Марк Нина".split()
FAMILY = "Авдеев Быстров Волков Громов Дорохов Ершов Жданов Зимин Ильин Карпов Ларин Мишин Носков".split()


def name(number: int) -> str:
    """An invented person, another one for every number; girls first."""
    given = GIVEN[number % len(GIVEN)]
    girl = given[-1] in "ая"
    family = FAMILY[(number * 5 + number // 13) % len(FAMILY)] + ("а" if girl else "")
    return f"{family} {given} {'Павловна' if girl else 'Павлович'}"


def enter_pairs(window: Visitor) -> None:
    """25 rows of one table, one of them a group of three."""
    window.section("Пары").follow("Внести как есть").follow("Больше строк").choose(
        "Форма наставничества", "ученик — ученик"
    )
    for row in range(1, 26):
        mentees = [name(30 + row), *([name(60), name(61)] if row == 25 else [])]
        window.fill(f"Наставник, строка {row}", name(row)).fill(f"Наставляемый, строка {row}", "; ".join(mentees))
        window.fill(f"Класс, строка {row}", "7 «А»").choose(f"Этап, строка {row}", "Работает")
        window.fill(f"С какого дня, строка {row}", "12.11.2026" if row == 1 else "15.10.2026")
        window.fill(f"Приказ №, строка {row}", "91-ОД").fill(f"Приказ от, строка {row}", "18.09.2026")
    window.press("Внести пары").sees("Внесено пар: 25", "Приказов: 1")


def take_map(window: Visitor) -> None:
    """A map of 51 items with 30 ticked as done: 21 whose time is over, 9 without a date."""
    window.section("Дорожная карта").follow(re.compile("Выбрать"))
    window.go(window.page.locator("main a[href*='school9_2020']").first).sees("У 21 срок уже прошёл")
    for box in window.page.locator("main input[name^=done_]").all()[:30]:
        box.check()
    window.press("Взять карту в работу")


def person(number: int) -> str:
    """A pupil's label: «Карпова Нина»."""
    return " ".join(name(number).split()[:2])


def test_a_school_starts_on_the_first_of_december(server: Server, visitor: VisitorOf) -> None:
    server.moment = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    window = visitor(server)
    year.found_school(window, server)

    window.loads.clear()
    window.follow("Создать программу").fill("Название", "Математика без страха").choose("Форма", "ученик — ученик")
    window.fill("Первый день", "01.09.2026").fill("Последний день", "31.05.2027").press("Создать программу")
    enter_pairs(window)
    take_map(window)
    assert len(window.loads) <= 15, window.loads

    window.sees("Выполнено 30 из 51 пункта", "Просрочены 0")
    window.section("Сегодня").sees("Выполнено 30 из 51 пункта", "Пары и группы: 25").sees_not(
        "просроч", "стоят на месте"
    )
    assert window.page.locator("main .late").count() == 0
    window.section("История").sees("внесено при начале работы")
    window.section("Пары").sees("Работает 25").follow("Списком")

    # A typo in the day from which the first pair works: a new entry mends it, the old one stays.
    window.follow(re.compile(person(1))).sees("12 ноября").menu("Ещё действия", "Исправить")
    window.fill("Верная дата", "12.10.2026").fill("Почему дата", "Опечатка: месяц").press("Исправить дату")
    window.sees("Работает 12 октября", "50 дней")
    window.follow(re.compile("^Вся")).sees(
        "12 октября", "внесено при начале работы", "Опечатка: месяц", "12 ноября 2026"
    )

    # One of three pupils leaves a group; the others go on.
    window.section("Пары").follow("Списком").follow(re.compile(person(25))).sees("группа 3 человека")
    window.menu("Ещё действия", "Изменить состав").choose("Кто выходит", person(60))
    window.fill(re.compile("Основание|Обоснование|Почему"), "Переехала в город").press("Изменить состав")
    window.sees("группа 2 человека", "Состав изменён")
    window.page.get_by_text("Кто в группе").click()
    window.sees(person(55), person(61)).sees_not(f"{person(60)}, ")
