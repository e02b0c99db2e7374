"""What may be typed about a person."""

from __future__ import annotations

from datetime import date

import pytest

from workflows.organisations.person_input import PersonInput, faults_of, namesakes_of
from workflows.organisations.tables import Person

TODAY = date(2026, 11, 12)


@pytest.mark.parametrize(
    "names",
    [
        ("Петрова-Водкина", "Анна-Мария", "Ильинична"),
        ("Мамедов", "Али", "Гасан оглы"),
        ("О'Коннор", "Джон", ""),
        ("Ёлкина", "Zoë", ""),
        ("Сулейман-заде", "Рустам", ""),
    ],
)
def test_real_names_are_let_through(names: tuple[str, str, str]) -> None:
    assert faults_of(PersonInput(*names).cleaned(), TODAY) == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"family_name": " "}, "family_name"),
        ({"given_name": "Анна2"}, "given_name"),
        ({"given_name": "=1+1"}, "given_name"),
        ({"kind": "cat"}, "kind"),
        ({"sex": "х"}, "sex"),
        ({"email": "нет почты"}, "email"),
        ({"birth_date": date(2026, 11, 13)}, "birth_date"),
        ({"birth_date": date(1026, 11, 13)}, "birth_date"),
        ({"admission_checked_on": date(2026, 11, 13)}, "admission_checked_on"),
        ({"class_name": "7" * 33}, "class_name"),
        ({"post": "м" * 201}, "post"),
    ],
)
def test_wrong_value_is_named_by_its_field(values: dict[str, object], field: str) -> None:
    known: dict[str, object] = {"family_name": "Ким", "given_name": "Анна", **values}

    found = faults_of(PersonInput(**known).cleaned(), TODAY)  # type: ignore[arg-type]  # wrong on purpose

    assert list(found) == [field]


def test_sex_is_read_off_the_patronymic_unless_said() -> None:
    assert PersonInput("Ким", "Анна", "Игоревна").cleaned().sex == "f"
    assert PersonInput("Ким", "Саша", "").cleaned().sex == ""
    assert PersonInput("Ким", "Саша", "Игоревна", sex="m").cleaned().sex == "m"


@pytest.mark.parametrize(("theirs", "alike"), [(date(2013, 5, 4), True), (None, True), (date(2012, 5, 4), False)])
def test_namesake_has_no_other_birth_date(theirs: date | None, alike: bool) -> None:
    other = Person(
        organisation_id="a" * 32, family_name="Семёнова", given_name="Анна", kind="pupil", sort_key="семенова анна ~"
    )
    other.birth_date = theirs

    found = namesakes_of(PersonInput("Семенова", "Анна", birth_date=date(2013, 5, 4)), [other])

    assert bool(found) is alike
