"""A school's first year, all by clicking, from an empty database to a closed pair; what the auditor sees of it, and what
the auditor is told when somebody has changed a row behind the program's back.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from tests.browser import first_year as year
from tests.browser.conftest import VisitorOf
from tests.browser.server import Server, serving
from tests.browser.visitor import Visitor
from web.formatting import searchable


def words_of(paper: bytes) -> str:
    """Everything that stands in a .docx, with ordinary spaces."""
    opened = Document(BytesIO(paper))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return searchable("\n".join([*(paragraph.text for paragraph in opened.paragraphs), *cells]))


def behind_the_program(server: Server, statement: str) -> None:
    """What somebody with the file of the database and a tool of his own could do."""
    with closing(sqlite3.connect(server.path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1
        connection.commit()


def copy_of(server: Server, folder: Path) -> Path:
    """The database as it stands, in a file of its own."""
    with closing(sqlite3.connect(server.path)) as source, closing(sqlite3.connect(folder / "printed.db")) as target:
        source.backup(target)
    return folder / "printed.db"


def until_the_order_is_printed(window: Visitor, server: Server) -> None:
    year.at(server, 2026, 9, 1)
    year.found_school(window, server)
    year.settle(window)
    year.at(server, 2026, 9, 2)
    year.bring_people(window)
    year.take_map(window)
    year.at(server, 2026, 9, 3)
    assert year.collect_consents(window).endswith(".docx")
    year.at(server, 2026, 9, 4)
    year.propose_pairs(window)
    year.at(server, 2026, 9, 7)
    year.stopped(window)
    year.at(server, 2026, 9, 8)
    order = words_of(year.print_order(window))
    for name in ("Белова А. И.", "Жук М. Р.", "Ким Д. О.", "Орехов Г. М.", "А. П. Гусев", "с. Ключевое"):
        assert name in order
    year.at(server, 2026, 9, 9)


def until_the_pair_is_closed(window: Visitor, server: Server) -> None:
    year.at(server, 2026, 9, 16)
    year.meet(window, "Отметить знакомство", "15.09.2026", "Познакомились")
    year.at(server, 2026, 9, 24)
    year.meet(window, "Отметить пробную встречу", "23.09.2026", "Пробная встреча прошла")
    year.at(server, 2026, 10, 2)
    year.meet(window, "Отметить встречу-планирование", "01.10.2026", "План составлен")
    year.draw_plan(window)
    year.at(server, 2026, 10, 5)
    year.meet(window, "Начать работу", "05.10.2026", "Работает")
    year.at(server, 2026, 10, 30)
    year.keep_month(window, server)
    year.at(server, 2026, 11, 3)
    year.pause(window)
    year.at(server, 2027, 5, 20)
    year.finish(window)
    year.at(server, 2027, 5, 24)
    year.close(window)
    year.at(server, 2027, 5, 25)


def test_the_first_year_of_a_school(
    server: Server, visitor: VisitorOf, tmp_path_factory: pytest.TempPathFactory
) -> None:
    curator = visitor(server)
    until_the_order_is_printed(curator, server)

    # The head's own account does the same from here on as the curator, on a copy.
    folder = tmp_path_factory.mktemp("head")
    with serving(copy_of(server, folder), folder, server.moment) as other:
        head = visitor(other).log_in("gusev", year.PASSWORD)
        year.register_order(head)
        head.follow(re.compile("Белова")).sees("9 сентября · Гусев А. П. Закреплена приказом № 91-ОД")

    year.register_order(curator)
    until_the_pair_is_closed(curator, server)

    auditor = visitor(server).log_in("petrova", year.PASSWORD)
    year.audit(auditor, year.CURATOR)

    wrong_day = "UPDATE history_entry SET happened_on = '2026-09-11' WHERE event = 'close' AND kind = 'step'"
    behind_the_program(server, wrong_day)
    auditor.section("История").follow("Проверить журнал")
    auditor.sees("изменена в обход программы", "Белова Анна — Ким Данил: завершена", "Чему можно верить")
    auditor.sees("Дата события 11 сентября 2026 24 мая 2027").sees_not("Записи не изменялись. Проверены все")
    assert auditor.page.evaluate("document.activeElement.className") == "tampered"
    red = auditor.page.locator(".tampered h2").evaluate("(element) => getComputedStyle(element).color")
    assert red == "rgb(161, 27, 21)"
