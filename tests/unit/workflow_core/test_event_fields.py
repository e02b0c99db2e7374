"""Typed fields of events: what is taken, what is refused and in which words."""

from __future__ import annotations

from datetime import date

import pytest

from workflow_core.definition import EventDefinition, FieldDefinition
from workflow_core.event_fields import load_fields, plain_fields
from workflow_core.exceptions import InvalidInput

EVENT = EventDefinition(
    "register",
    "Зарегистрировать",
    fields=(
        FieldDefinition("number", "string", "Номер", required=True),
        FieldDefinition("signed_on", "date", "Дата подписания"),
        FieldDefinition("share", "percent", "Доля"),
        FieldDefinition("count", "integer", "Сколько"),
        FieldDefinition("agreed", "boolean", "Согласовано"),
        FieldDefinition("cause", "choice", "Причина", choices=(("left", "Уход"), ("other", "Иное"))),
        FieldDefinition("signatory", "person", "Кто подписал"),
        FieldDefinition("remark", "text", "Примечание"),
    ),
)


def test_values_become_typed_and_empty_ones_are_absent() -> None:
    loaded = load_fields(
        EVENT,
        {"number": " 104-ОД ", "signed_on": "2026-11-11", "share": "90", "count": "", "agreed": "true", "unknown": "x"},
    )

    assert loaded == {"number": "104-ОД", "signed_on": date(2026, 11, 11), "share": 90, "agreed": True}


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({}, "number", "Заполните поле «Номер»."),
        ({"number": "1", "signed_on": "31.02.2026"}, "signed_on", "«Дата подписания»: укажите дату в виде дд.мм.гггг."),
        ({"number": "1", "share": "101"}, "share", "«Доля»: от 0 до 100."),
        ({"number": "1", "count": "-1"}, "count", "«Сколько»: число не меньше нуля."),
        ({"number": "1", "cause": "bored"}, "cause", "«Причина»: выберите из списка."),
        ({"number": "1" * 201}, "number", "«Номер»: от 1 до 200 знаков."),
    ],
)
def test_wrong_value_gets_one_sentence(values: dict[str, str], name: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        load_fields(EVENT, values)

    assert wrong.value.errors == {name: sentence}


def test_texts_are_erasable_and_the_rest_is_kept() -> None:
    kept, erasable = plain_fields(
        EVENT, load_fields(EVENT, {"number": "104-ОД", "signed_on": "2026-11-11", "remark": "Ким Данил"})
    )

    assert kept == {"signed_on": "2026-11-11"}
    assert erasable == {"number": "104-ОД", "remark": "Ким Данил"}
