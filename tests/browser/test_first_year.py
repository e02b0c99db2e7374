"""A school's first year, all by clicking, from an empty database to a closed pair; and what the auditor sees of it."""

from __future__ import annotations

from tests.browser.conftest import VisitorOf
from tests.browser.server import Server
from tests.browser.visitor import Visitor

PASSWORD = "весна на Дону"


def found_school(window: Visitor, server: Server) -> None:
    """The very first start: the code from the console, the school, the curator's login."""
    window.visit("/").sees("Код первого запуска")
    window.fill("Код первого запуска", "00000000").fill("Полное название", "МБОУ «Средняя школа с. Ключевое»")
    window.fill("Короткое название", "Школа с. Ключевое").fill("Населённый пункт", "с. Ключевое")
    window.fill("Ваша фамилия", "Морозова").fill("Имя", "Елена").fill("Отчество", "Викторовна")
    window.fill("Должность", "заместитель директора").fill("Имя для входа", "morozova").fill("Пароль", PASSWORD)
    window.press("Начать", 422).sees("Код не подходит")
    window.fill("Код первого запуска", (server.folder / "setup-code").read_text()).fill("Пароль", PASSWORD)
    window.press("Начать")


def test_first_start(server: Server, visitor: VisitorOf) -> None:
    window = visitor(server)

    found_school(window, server)

    assert "Морозова" in window.page.locator(".top-user").inner_text()
