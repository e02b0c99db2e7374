"""How somebody is named, how old they are, and by what key lists sort them."""

from __future__ import annotations

from datetime import date

import pytest

from workflows.organisations.people import (
    age_on,
    bare_key,
    computed_forms,
    full_name,
    is_adult,
    is_here,
    label,
    name_in,
    search_text,
    short_name,
    sort_key,
)
from workflows.organisations.tables import Person


def person(family: str = "Белова", given: str = "Анна", patronymic: str = "Игоревна", **values: object) -> Person:
    known: dict[str, object] = {"kind": "pupil", "sex": "f", **values}
    return Person(organisation_id="a" * 32, family_name=family, given_name=given, patronymic=patronymic, **known)


@pytest.mark.parametrize(
    ("parts", "short"),
    [
        (("Морозова", "Елена", "Викторовна"), "Морозова Е. В."),
        (("Ким", "Данил", ""), "Ким Д."),
        (("Мамедов", "Али", "Гасан оглы"), "Мамедов А. Г."),
        (("Петрова-Водкина", "Анна-Мария", "Ильинична"), "Петрова-Водкина А.-М. И."),
        (("Ким", "", ""), "Ким"),
    ],
)
def test_short_name_has_a_letter_for_each_part(parts: tuple[str, str, str], short: str) -> None:
    assert short_name(person(*parts)) == short
    assert computed_forms(person(*parts))["short"]["nom"] == short


def test_label_of_a_pupil_has_no_initials() -> None:
    assert label(person()) == "Белова Анна"
    assert label(person(kind="employee")) == "Белова А. И."
    assert full_name(person(patronymic="")) == "Белова Анна"


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2012, 11, 12), date(2026, 11, 11), 13),
        (date(2012, 11, 12), date(2026, 11, 12), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (None, date(2026, 3, 1), None),
    ],
)
def test_age_is_full_years_on_the_day(born: date | None, day: date, years: int | None) -> None:
    assert age_on(person(birth_date=born), day) == years


def test_pupil_without_birth_date_counts_as_a_minor() -> None:
    assert not is_adult(person(), date(2026, 11, 12))
    assert is_adult(person(kind="employee"), date(2026, 11, 12))
    assert is_adult(person(birth_date=date(2008, 11, 12)), date(2026, 11, 12))


def test_last_day_still_counts() -> None:
    leaving = person(left_on=date(2026, 11, 12))

    assert is_here(leaving, date(2026, 11, 12))
    assert not is_here(leaving, date(2026, 11, 13))


def test_keys_put_yo_behind_e_and_let_both_find_it() -> None:
    with_e, with_yo = sort_key("Елкина", "Анна"), sort_key("Ёлкина", "Анна")

    assert sort_key("Ежова", "Анна") < with_e < with_yo < sort_key("Жукова", "Анна")
    assert bare_key(with_yo) == with_e == search_text(" ЁЛКИНА  анна ")


def test_mended_form_goes_before_the_rules() -> None:
    mended = person(name_forms={"full": {"gen": "Белой Анны"}})

    assert name_in(mended, "gen") == "Белой Анны"
    assert name_in(mended, "dat") == "Белова Анна Игоревна"
