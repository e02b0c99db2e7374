"""What somebody typed about a person: cleaned, checked, compared with those who are there already. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from workflows.organisations.names import CASES, fold, sex_of_patronymic
from workflows.organisations.people import bare_key, sort_key
from workflows.organisations.tables import Person, PersonKind

_NAME = re.compile(r"[^\W\d_]+(?:[-'’ .][^\W\d_]*)*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class PersonInput:
    """A person as a form or a row of a table gives it."""

    family_name: str
    given_name: str
    patronymic: str = ""
    kind: str = PersonKind.PUPIL
    sex: str = ""
    post: str = ""
    class_name: str = ""
    birth_date: date | None = None
    phone: str = ""
    email: str = ""
    admission_checked_on: date | None = None

    def cleaned(self) -> PersonInput:
        """White space folded; the sex read off the patronymic where nobody said it."""
        texts = {one.name: getattr(self, one.name) for one in fields(self)}
        texts = {name: fold(value) if isinstance(value, str) else value for name, value in texts.items()}
        texts["sex"] = texts["sex"] or sex_of_patronymic(texts["patronymic"]) or ""
        return PersonInput(**texts)

    @property
    def sort_key(self) -> str:
        """See `people.sort_key`."""
        return sort_key(self.family_name, self.given_name, self.patronymic)


PERSON_FIELDS = tuple(one.name for one in fields(PersonInput))


def faults_of(person: PersonInput, today: date) -> dict[str, str]:
    """What is wrong with a cleaned input: field -> sentence; empty if nothing is."""
    found: dict[str, str] = {}
    for name, title in (("family_name", "фамилию"), ("given_name", "имя")):
        if not getattr(person, name):
            found[name] = f"Укажите {title}."
    for name in ("family_name", "given_name", "patronymic"):
        value = getattr(person, name)
        if value and not _NAME.fullmatch(value):
            found[name] = f"«{value}» не похоже на имя: в нём только буквы, дефис и пробел."
    if person.kind not in tuple(PersonKind):
        found["kind"] = f"«{person.kind}»: выберите, кто это."
    if person.sex not in ("", "m", "f"):
        found["sex"] = "Пол: «м», «ж» или пусто."
    if person.email and not _EMAIL.fullmatch(person.email):
        found["email"] = f"«{person.email}» не похоже на адрес почты."
    for name in PERSON_FIELDS:
        value = getattr(person, name)
        if isinstance(value, str) and len(value) > (32 if name == "class_name" else _LONGEST):
            found[name] = "Слишком длинно."
    if person.birth_date and not date(1900, 1, 1) <= person.birth_date <= today:
        found["birth_date"] = f"Проверьте дату рождения: {person.birth_date:%d.%m.%Y}."
    if person.admission_checked_on and person.admission_checked_on > today:
        found["admission_checked_on"] = "Дата проверки ещё не наступила."
    return found


def forms_fault(forms: Mapping[str, Any]) -> str:
    """What is wrong with a name in all cases that somebody mended; empty if nothing is."""
    for part in ("full", "short"):
        cases = forms.get(part)
        if not isinstance(cases, Mapping) or set(cases) != set(CASES):
            return "Нужны все падежи полного имени и имени с инициалами."
        if not all(isinstance(form, str) and form.strip() and len(form) <= _LONGEST for form in cases.values()):
            return "Ни один падеж не может быть пустым."
    return "" if isinstance(forms.get("initials_first"), str) else "Нужно имя с инициалами впереди."


def namesakes_of(person: PersonInput, others: Iterable[Person]) -> tuple[Person, ...]:
    """Those who may well be the same person: the same names (ё as е), and birth dates that do not contradict it."""
    key = bare_key(person.sort_key)
    return tuple(
        other
        for other in others
        if bare_key(other.sort_key) == key
        and (other.birth_date is None or person.birth_date is None or other.birth_date == person.birth_date)
    )
