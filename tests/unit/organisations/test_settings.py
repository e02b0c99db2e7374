"""What may stand under each setting."""

from __future__ import annotations

from typing import Any

import pytest

from workflow_core.calendars import DEFAULT_TERMS, TermDates
from workflows.organisations.settings import core_settings, fault_of, setting_definitions, terms_of


def test_every_default_is_itself_allowed() -> None:
    for key, value in core_settings().items():
        assert fault_of(key, value) == "", key


def test_limits_stay_with_the_lifecycle_until_somebody_sets_one() -> None:
    assert "days_proposed" not in core_settings()
    assert fault_of("days_proposed", 10) == ""


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("stuck_days", 0, "не меньше 1"),
        ("stuck_days", True, "целое число"),
        ("stuck_days", None, "не указано"),
        ("consent.both_until", 19, "не больше 18"),
        ("words.bank", "склад", "можно: банк, база"),
        ("meetings.combine", "да", "true или false"),
        ("time_zone", "Moscow", "Europe/Moscow"),
        ("words.head", " ", "нужен текст"),
        ("school_terms", [{"begins": "09-01"}], "begins и ends"),
        ("school_terms", [{"begins": "09-01", "ends": "31.10"}], "не день года"),
        ("unknown", 1, "stuck_days"),
    ],
)
def test_wrong_value_is_told_in_a_sentence(key: str, value: Any, words: str) -> None:
    assert words in fault_of(key, value)


def test_terms_of_the_school_replace_the_usual_ones() -> None:
    assert terms_of({"school_terms": None}) == DEFAULT_TERMS
    assert terms_of({"school_terms": [{"begins": "09-01", "ends": "12-28"}]}) == (TermDates((9, 1), (12, 28)),)


def test_values_are_shown_in_words() -> None:
    known = setting_definitions()

    assert known["meetings.combine"].words(False) == "нет"
    assert known["acceptance.default"].words("head") == "руководитель"
    assert known["back_dating.limit_days"].words(None) == "не задано"
