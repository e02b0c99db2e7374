"""A person's name, age and what makes two rows look like one person. Pure: nothing here asks the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflows.organisations.names import case_forms, fold
from workflows.organisations.tables import Person, PersonKind

KIND_TITLES: Mapping[str, str] = {
    PersonKind.PUPIL: "ученик",
    PersonKind.EMPLOYEE: "сотрудник",
    PersonKind.PARENT: "родитель или законный представитель",
    PersonKind.OUTSIDE: "приглашённый специалист",
}
"""The kinds of people, in the words of a school; `words.py` has those of other places."""

YO_MARK = "~"
"""Stands behind a sort key whose name is written with ё."""
ADULT_AGE = 18
"""Age of majority: Civil Code, article 21."""


def full_name(person: Person) -> str:
    """«Морозова Елена Викторовна»."""
    return " ".join(part for part in (person.family_name, person.given_name, person.patronymic) if part)


def short_name(person: Person) -> str:
    """«Морозова Е. В.»; the family name alone where nothing else is known."""
    initials = [
        "-".join(f"{piece[0].upper()}." for piece in name.split("-") if piece)
        for name in (person.given_name, person.patronymic.split(" ")[0])
        if name
    ]
    return " ".join((person.family_name, *initials))


def label(person: Person) -> str:
    """How lists and boards name somebody: a pupil «Белова Анна», an adult «Морозова Е. В.»."""
    if person.kind == PersonKind.PUPIL:
        return f"{person.family_name} {person.given_name}".strip()
    return short_name(person)


def place_of_person(person: Person) -> str:
    """Class or post, whichever says who somebody is here; may be empty."""
    return person.class_name or person.post


def name_in(person: Person, case: str, *, short: bool = False) -> str:
    """The name in a case (nom, gen, dat, acc, ins) from the stored forms, else in the nominative."""
    forms: Mapping[str, Any] = person.name_forms.get("short" if short else "full") or {}
    return str(forms.get(case) or (short_name(person) if short else full_name(person)))


def is_here(person: Person, day: date) -> bool:
    """Whether somebody has not left by the day; the last day still counts."""
    return person.left_on is None or day <= person.left_on


def age_on(person: Person, day: date) -> int | None:
    """Full years on the day, None where the birth date is unknown. Born on 29 February: a year older on 1 March."""
    born = person.birth_date
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_adult(person: Person, day: date) -> bool:
    """Whether somebody is of age; a pupil without a birth date is taken for a minor, anybody else for an adult."""
    age = age_on(person, day)
    return person.kind != PersonKind.PUPIL if age is None else age >= ADULT_AGE


def search_text(text: str) -> str:
    """Text as names are searched by: any case, ё as е, white space folded."""
    return fold(text).casefold().replace("ё", "е")


def sort_key(family_name: str, given_name: str, patronymic: str = "") -> str:
    """Key by which lists are sorted and searched: ё stands beside е, after it where all else is equal."""
    written = fold(f"{family_name} {given_name} {patronymic}").casefold()
    key = written.replace("ё", "е")
    return key if key == written else f"{key} {YO_MARK}"


def bare_key(key: str) -> str:
    """The sort key of the same name written with е for ё."""
    return key.removesuffix(f" {YO_MARK}")


def computed_forms(person: Person) -> dict[str, Any]:
    """The name in all cases as the rules have it; somebody may mend it before it is stored."""
    return dict(case_forms(person.family_name, person.given_name, person.patronymic, person.sex or None))
