"""A small reading with every kind of doubt in it, as the reader hands it on."""

from __future__ import annotations

from typing import Any


def deadline(text: str, end: str | None, **more: Any) -> dict[str, Any]:
    """A DEADLINE object."""
    shape = {"text": text, "kind": "deadline", "start": None, "end": end, "recurrence": None, "dates": []}
    return {**shape, "certain": True, "alternatives": [], "also": [], **more}


def item(number: str | None, text: str, row: int, **more: Any) -> dict[str, Any]:
    """An ITEM object with the places of its fields."""
    place = f"таблица 1, строка {row}"
    columns = {"text": 1, "deadline": 2, "result": 3, "responsible": 4}
    shape: dict[str, Any] = {
        "number": number,
        "text": text,
        "subpoints": [],
        "parent": None,
        "documents": [],
        "deadline": deadline("до 31.10.2026", "2026-10-31"),
        "responsible": {"text": "Куратор", "roles": ["curator"], "persons": []},
        "result": None,
        "indicator": None,
        "place": place,
        "places": {name: f"{place}, столбец {column}" for name, column in columns.items()},
    }
    return {**shape, **more}


def doubtful_deadline() -> dict[str, Any]:
    """«До мая 2026» in a plan for 2026/27."""
    other = deadline("До мая 2026", "2026-04-30")
    return deadline("До мая 2026", "2027-04-30", certain=False, alternatives=[other])


def sample() -> dict[str, Any]:
    """Two sections, five items: a doubtful year, no deadline, a shifted row, a number used twice."""
    shifted = item(
        "3",
        "Обучить наставников",
        4,
        responsible={"text": "Директор О.П. Орлова", "roles": ["director"], "persons": ["Орлова О.П."]},
        as_printed={"responsible": None, "result": "Директор О.П. Орлова"},
    )
    first = [
        item("1", "Издать приказ", 2, documents=["order"], result={"text": "Приказ"}),
        item("2", "Собрать согласия", 3, deadline=None, documents=["personal_data_consent", "mentor_register"]),
        shifted,
    ]
    second = [item("1", "Провести встречу", 6, deadline=doubtful_deadline()), item("1", "Подвести итоги", 7)]
    return {
        "title": "Дорожная карта наставничества",
        "organisation": "МБОУ «Школа с. Ключевое»",
        "approved_by": {"name": "О.П. Орлова", "position": "Директор", "date": "2026-08-31"},
        "period": {"text": "2026-2027 учебный год", "start": "2026-09-01", "end": "2027-08-31"},
        "level": "school",
        "columns": ["№", "Мероприятие", "Срок", "Результат", "Ответственный"],
        "goals": ["Помочь каждому"],
        "sections": [
            {"number": "1", "title": "Подготовка", "lead_in": None, "items": first},
            {"number": "2", "title": "Работа", "lead_in": "Весь год", "items": second},
        ],
        "warnings": [
            {"place": "таблица 1, строка 4", "code": "shifted_row", "message": "Стоит ответственный; перенесено."},
            {"place": "таблица 1, строка 6, столбец 2", "code": "year_slip", "message": "Год раньше начала плана."},
            {"place": "таблица 1, строка 9", "code": "torn_row", "message": "Строка разорвана страницей."},
        ],
        "unrecognised": [{"place": "абзац 12", "text": "Провести ярмарку проектов"}],
        "set_aside": [],
    }
