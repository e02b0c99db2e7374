"""Facts that papers of every kind are made from, in the shapes that kinds expect (see `plugins/papers.py`): plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations import queries as organisations
from workflows.organisations.people import computed_forms
from workflows.organisations.tables import OrganisationKind, Person, PersonKind, Representative, Signatory
from workflows.organisations.words import words

Frozen = dict[str, Any]


def organisation_facts(uow: UnitOfWork) -> Frozen:
    """The head of a paper: {"full_title", "short_title", "founder", "place", "kind", "head_title", "address"}."""
    row = organisations.organisation(uow.session, uow.scope)
    head = words(row.kind, uow.profile)["head"]
    return {
        "full_title": row.title,
        "short_title": row.short_title,
        "founder": row.founder,
        "place": row.place,
        "kind": row.kind,
        "head_title": f"{head[:1].upper()}{head[1:]}",
        "address": row.address,
    }


def signatory_facts(uow: UnitOfWork, day: date) -> Frozen:
    """Who signs on the day: {"title", "name", "basis"}. Raises InvalidInput where nobody is named for the day."""
    found = organisations.signatories(uow.session, uow.scope, day)
    if not found:
        text = f"Не назначен подписывающий на {day:%d.%m.%Y}. Назначьте его в сведениях об организации."
        raise InvalidInput({"signatory": text})
    row, person = found[0]
    return {
        "title": f"{row.title[:1].upper()}{row.title[1:]}",
        "name": person.name_forms or computed_forms(person),
        "basis": row.order if row.acting else "",
    }


def signed_by(row: Signatory, person: Person) -> str:
    """How the register names who signed: «и. о. директора Гусев А. П. (приказ № 98-к)»."""
    forms = person.name_forms or computed_forms(person)
    order = f" ({row.order})" if row.acting and row.order else ""
    return f"{row.title} {forms['short']['nom']}{order}"


def person_facts(person: Person, organisation_kind: str, *, relation: str = "") -> Frozen:
    """One person: {"id", "name", "role_line", "kind", "birth_date"}; of a representative the relation is the role."""
    return {
        "id": person.id,
        "name": person.name_forms or computed_forms(person),
        "role_line": relation or role_line(person, organisation_kind),
        "kind": person.kind,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
    }


def role_line(person: Person, organisation_kind: str) -> str:
    """«учитель математики», «ученица 7 «Б» класса», «воспитанник»."""
    if person.kind != PersonKind.PUPIL:
        return person.post
    word = words(organisation_kind)["pupil"]
    if person.sex == "f":
        word = {"ученик": "ученица", "воспитанник": "воспитанница", "студент": "студентка"}.get(word, word)
    if not person.class_name:
        return word
    tail = words(organisation_kind)["class_gen"]
    if organisation_kind == OrganisationKind.SCHOOL and not any(letter.isdigit() for letter in person.class_name):
        tail = ""
    return f"{word} {person.class_name} {tail}".strip()


def representative_facts(found: tuple[Representative, Person] | None, organisation_kind: str) -> Frozen | None:
    """Who signs for a pupil, or None where nobody is entered: a ruled line stands for the name."""
    return person_facts(found[1], organisation_kind, relation=found[0].relation) if found else None


def completed(uow: UnitOfWork, wanted: tuple[str, ...], facts: Mapping[str, Any], day: date) -> Frozen:
    """The caller's facts with what every paper has: organisation, signatory of the day, day of preparing."""
    whole = {"prepared_on": day.isoformat(), **facts}
    if "organisation" in wanted and "organisation" not in whole:
        whole["organisation"] = organisation_facts(uow)
    if "signatory" in wanted and "signatory" not in whole:
        whole["signatory"] = signatory_facts(uow, day)
    for name in ("number", "signed_on"):
        if name in wanted:
            whole.setdefault(name, None)
    return whole
