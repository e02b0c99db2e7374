"""Words that all papers share."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.papers import (
    age_on,
    in_digits,
    in_words,
    initials_first,
    listed,
    role_in,
    signature,
    term,
    tied,
    without_dot,
)
from workflows.organisations.names import case_forms


def test_dates_in_words_and_digits() -> None:
    assert in_words("2025-06-05") == "5\u00a0июня 2025\u00a0г."
    assert in_digits("2025-06-05") == "05.06.2025"


@pytest.mark.parametrize(
    ("text", "printed"), [("2026-09-01", "01.09.2026"), ("сентябрь 2026 г.", "сентябрь 2026\u00a0г.")]
)
def test_term_prints_dates_in_digits_and_words_as_they_are(text: str, printed: str) -> None:
    assert term(text) == printed


def test_tied_keeps_numbers_and_places_on_one_line() -> None:
    assert tied("школа № 5, г. Тверь, 7 «Б»") == "школа №\u00a05, г.\u00a0Тверь, 7\u00a0«Б»"


@pytest.mark.parametrize(("words", "text"), [([], ""), (["а"], "а"), (["а", "б", "в"], "а, б и в")])
def test_listed(words: list[str], text: str) -> None:
    assert listed(words) == text


def test_without_dot_leaves_one_place_for_the_full_stop() -> None:
    assert without_dot(" Встречи.. ") == "Встречи"


@pytest.mark.parametrize(("day", "age"), [(date(2026, 5, 11), 13), (date(2026, 5, 12), 14), (None, None)])
def test_age_counts_on_the_day(day: date | None, age: int | None) -> None:
    assert age_on("2012-05-12", day) == age


def test_initials_come_first_in_any_case() -> None:
    name = case_forms("Белая", "Анна-Мария", "Ивановна")

    assert initials_first(name, "dat") == "А.-М.\u00a0И.\u00a0Белой"
    assert initials_first(case_forms("Цой", "", "", "m"), "gen") == "Цоя"


def test_role_begins_with_a_small_letter_but_abbreviations_stay() -> None:
    assert role_in({"role_line": "Учитель химии"}, "acc") == "учителя химии"
    assert role_in({"role_line": "ЗДУВР"}, "acc") == "ЗДУВР"
    assert role_in({"role_line": "тьютор", "role_forms": {"acc": "тьюторку"}}, "acc") == "тьюторку"


def test_acting_head_signs_with_the_order() -> None:
    signed = signature({"title": "И. о. директора", "name": case_forms("Цой", "Ян", "Ильич"), "basis": "приказ № 98-к"})

    assert signed == {"title": "И. о. директора (приказ №\u00a098-к)", "name": "Я.\u00a0И.\u00a0Цой"}
