"""Forms of steps are made from definitions, keep what was typed and speak Russian."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from web.event_form import event_form, parse_day
from workflow_core.definition import EventDefinition, FieldDefinition
from workflow_core.event_fields import load_fields
from workflow_core.exceptions import GuardRefused, InvalidInput
from workflow_core.guards import Blocker

TODAY = date(2026, 11, 12)
EVENT = EventDefinition(
    name="dissolve",
    title="Прекратить досрочно",
    fields=(
        FieldDefinition("cause", "choice", "Основание", required=True, choices=(("wish", "Желание"), ("left", "Уход"))),
        FieldDefinition("notice_on", "date", "Дата уведомления"),
        FieldDefinition("order", "document", "Приказ"),
        FieldDefinition("share", "percent", "Доля"),
        FieldDefinition("data", "text", "Подробности"),
    ),
)
CHOICES = {"order": [("d1", "№ 91-ОД от 16.09.2026")]}


def posted(event: EventDefinition = EVENT, **values: str) -> Any:
    """The form as it comes back from the browser, validated."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="test", WTF_CSRF_ENABLED=False)
    with app.test_request_context("/", method="POST", data=values):
        form = event_form(event, today=TODAY, version=3, choices=CHOICES, posted=True)
        form.validate()
        return form


def test_values_reach_the_engine_with_their_types() -> None:
    form = posted(
        value_cause="left", value_notice_on="5.11.2026", value_order="d1", value_share="90", happened_on="10.11.2026"
    )

    assert form.errors == {}
    assert form.happened_on.data == date(2026, 11, 10)
    assert load_fields(EVENT, form.step_values()) == {
        "cause": "left",
        "notice_on": date(2026, 11, 5),
        "order": "d1",
        "share": 90,
    }


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("value_cause", "", "Заполните поле «Основание»."),
        ("value_cause", "anything", "«Основание»: выберите из списка."),
        ("value_order", "of-another-school", "«Приказ»: выберите из списка."),
        ("value_notice_on", "вчера", "Укажите дату в виде дд.мм.гггг, например 05.11.2026."),
        ("value_share", "много", "«Доля»: нужно целое число."),
        ("value_share", "120", "«Доля»: от 0 до 100."),
        ("happened_on", "31.02.2026", "Укажите дату в виде дд.мм.гггг, например 05.11.2026."),
    ],
)
def test_a_wrong_field_says_so_in_russian(name: str, typed: str, sentence: str) -> None:
    form = posted(**{"value_cause": "left", name: typed})

    assert form.errors == {name: [sentence]}


def test_a_wrong_day_stays_as_it_was_typed() -> None:
    form = posted(value_cause="left", happened_on="31.02.2026")

    assert 'value="31.02.2026"' in str(form.happened_on())


def test_a_field_called_data_does_not_hide_the_forms_own() -> None:
    form = posted(value_cause="left", value_data="подробно")

    assert form.step_values()["data"] == "подробно"
    assert form.data["value_data"] == "подробно"


def test_a_required_ground_is_asked_for() -> None:
    event = EventDefinition(name="suspend", title="Приостановить", ground=True)

    assert posted(event).errors == {"ground": ["Напишите, на каком основании."]}
    assert posted(event, ground="болезнь").errors == {}


def test_what_the_engine_refuses_stands_at_its_field() -> None:
    form = posted(value_cause="left")

    form.refuse(InvalidInput({"cause": "Причина не подходит.", "happened_on": "Ещё не наступило.", "": "Целиком."}))

    assert form.errors["value_cause"] == ["Причина не подходит."]
    assert form.errors["happened_on"] == ["Ещё не наступило."]
    assert form.form_errors == ["Целиком."]


def test_a_refusing_rule_stands_above_the_form() -> None:
    form = posted(value_cause="left")

    form.refuse(GuardRefused("Прекратить", "Работает", [Blocker("x", "Ким Данил: нет согласия")]))

    assert form.form_errors == ["Ким Данил: нет согласия."]


@pytest.mark.parametrize("text", ["5.11.2026", "05.11.2026", "05.11.26", "2026-11-05", " 05.11.2026 "])
def test_days_are_read_as_people_type_them(text: str) -> None:
    assert parse_day(text) == date(2026, 11, 5)
