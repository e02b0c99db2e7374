"""The first thing a new school does: its own Word file becomes a running plan, and a changed file changes what is changed."""

from __future__ import annotations

from tests.browser.conftest import ServedSchool, VisitorOf
from tests.browser.map_file import DATED, SLIP, SLIPPED, TITLE, due_days, school_map
from tests.browser.visitor import Visitor


def upload(window: Visitor, name: str, content: bytes) -> Visitor:
    """Choose a file on the page of the upload and have it read."""
    window.page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
    window.press("Прочитать файл")
    window.page.get_by_role("heading", name="Проверьте, как прочитан файл").wait_for()
    return window


def test_a_word_file_becomes_a_running_plan_and_a_changed_one_changes_it(
    served: ServedSchool, visitor: VisitorOf
) -> None:
    window = served.enter(visitor(served.server))
    window.visit("/road-map").follow("Загрузить свою карту")
    upload(window, "Карта_2026.docx", school_map())

    window.sees("Прочитано 51 пункт. Сомнительных мест 1, разобрано 0.", f"Срок «{SLIP}»: какой год верный?")
    assert window.page.locator(".reading-source .doubt-cell").inner_text() == SLIP
    # The keys: a digit chooses, Enter confirms.
    window.page.keyboard.press("2")
    window.page.keyboard.press("1")
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")
    window.sees("разобрано 1.", "вы подтвердили")

    window.follow("Принять карту…").sees("51 пункт в 7 разделах").press("Принять карту")
    window.sees("Карта принята", "Кто отвечает")
    assert window.field("Куратор").input_value() == "Морозова Елена Викторовна, заместитель директора"
    window.press("Взять карту в работу").sees(TITLE)
    running = due_days(served.server)
    assert len(running) == 51
    assert running[SLIPPED] == "2027-04-30"

    window.visit("/road-map/files")
    upload(window, "Карта_2026_новая.docx", school_map(_6_1="до 15.03.2027"))
    window.follow("Принять карту…").sees(f"новая редакция карты «{TITLE}»").press("Принять карту")
    window.sees("Новая редакция принята", "15 марта 2027")
    assert due_days(served.server) == running, "shown before anything is changed"
    window.press("Принять 1 изменение")

    assert due_days(served.server) == {**running, DATED: "2027-03-15"}
