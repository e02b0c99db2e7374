"""What can be done with organisations, people, roles, signatories and settings.

Each takes an open `Write`, asks the policy, changes registers (recorded by themselves) and never commits. Raises
NotPermitted, NotFound, or InvalidInput with a sentence for each field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import available_timezones

from workflow_core import timers
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Write
from workflows.organisations import queries
from workflows.organisations.names import fold
from workflows.organisations.people import bare_key, computed_forms, full_name, short_name
from workflows.organisations.person_input import PERSON_FIELDS, PersonInput, faults_of, forms_fault, namesakes_of
from workflows.organisations.policy import ADMINISTRATOR, GRANTED, MENTOR, STANDS_IN, TITLES, require
from workflows.organisations.profile_file import library, rule_fault, spans_fault
from workflows.organisations.settings import fault_of, lifecycle_fault, setting_definitions
from workflows.organisations.tables import (
    Membership,
    Organisation,
    OrganisationKind,
    Person,
    Representative,
    Setting,
    Signatory,
    StandIn,
)

# -- organisations ----------------------------------------------------------------------------------------------------

_ORGANISATION_FIELDS = (
    "parent_id",
    "kind",
    "title",
    "short_title",
    "founder",
    "place",
    "time_zone",
    "profile",
    "address",
    "active",
)


def create_organisation(write: Write, **values: Any) -> Organisation:
    """A new organisation whose id is the scope of `write` (`new_id()` of the caller). Fields as in `Organisation`.

    The actor must be one of the organisation above it; an entry point asks the policy there.
    """
    require(write.actor, "organisation.create")
    row = Organisation(
        id=write.scope,
        organisation_id=write.scope,
        kind="",
        title="",
        short_title="",
        time_zone="",
    )
    _set_organisation(write, row, values)
    write.session.add(row)
    write.session.flush()
    return row


def change_organisation(write: Write, **values: Any) -> Organisation:
    """Change the named fields of the organisation of this scope."""
    require(write.actor, "organisation.edit")
    row = queries.organisation(write.session, write.scope)
    if "parent_id" in values and values["parent_id"] != row.parent_id:
        # Who stands above sees everything below, so the tree is not a matter of one school.
        require(write.actor, "organisation.create")
    _set_organisation(write, row, values)
    write.session.flush()
    timers.review(write)
    return row


def _set_organisation(write: Write, row: Organisation, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(_ORGANISATION_FIELDS)
    if unknown:
        raise InvalidInput({name: f"Поля «{name}» у организации нет." for name in sorted(unknown)})
    cleaned = {name: fold(value) if isinstance(value, str) else value for name, value in values.items()}
    cleaned["parent_id"] = cleaned.get("parent_id", row.parent_id) or None
    wanted = {name: cleaned.get(name, getattr(row, name)) for name in _ORGANISATION_FIELDS}
    wanted["short_title"] = wanted["short_title"] or wanted["title"]
    _refuse(_organisation_faults(write, wanted))
    for name, value in wanted.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _organisation_faults(write: Write, values: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    if not values["title"]:
        found["title"] = "Укажите полное название, как в уставе."
    if values["kind"] not in tuple(OrganisationKind):
        found["kind"] = "Выберите вид организации."
    if values["time_zone"] and values["time_zone"] not in available_timezones():
        found["time_zone"] = f"Часового пояса «{values['time_zone']}» нет; пишут «Europe/Moscow»."
    known = library(tuple(write.catalogue.profiles)).profiles
    if values["profile"] and values["profile"] not in known:
        found["profile"] = f"Профиля «{values['profile']}» нет; есть: {', '.join(known) or 'ни одного'}."
    if values["parent_id"]:
        above = [row.id for row in queries.chain(write.session, values["parent_id"])]
        if not above:
            found["parent_id"] = "Вышестоящая организация не найдена."
        elif write.scope in above:
            found["parent_id"] = "Организация не может стоять над самой собой."
    return found


# -- people -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddedPerson:
    """What became of one row. Namesakes are a warning, no wall: they may be the same person."""

    person: Person | None
    """The new row, to be read while the write is open; None where nobody was added."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Field -> sentence; the person was not added then."""
    namesake_ids: tuple[str, ...] = ()
    warning: str = ""
    """«Такой человек уже есть: Белова Анна Игоревна.»; empty if nobody is like this one."""
    skipped: bool = False
    """Not added because of the namesakes, as was asked for."""


def add_person(write: Write, person: PersonInput) -> AddedPerson:
    """Add somebody. Raises InvalidInput; namesakes only warn."""
    added = add_people(write, [person])[0]
    _refuse(added.errors)
    return added


def add_people(write: Write, rows: Sequence[PersonInput], *, skip_namesakes: bool = False) -> list[AddedPerson]:
    """Add many, each row for itself: a row with errors is not added and says why. Statements do not grow with the rows."""
    require(write.actor, "people.edit")
    cleaned = [row.cleaned() for row in rows]
    known = queries.namesakes(write.session, write.scope, [row.sort_key for row in cleaned])
    by_key: dict[str, list[Person]] = {}
    for person in known:
        by_key.setdefault(bare_key(person.sort_key), []).append(person)
    results = []
    for row in cleaned:
        alike = by_key.setdefault(bare_key(row.sort_key), [])
        result = _added(write, row, namesakes_of(row, alike), skip_namesakes)
        if result.person is not None:
            alike.append(result.person)
        results.append(result)
    write.session.flush()
    return results


def _added(write: Write, row: PersonInput, namesakes: tuple[Person, ...], skip_namesakes: bool) -> AddedPerson:
    errors = faults_of(row, write.today)
    ids = tuple(other.id for other in namesakes)
    names = ", ".join(dict.fromkeys(full_name(other) for other in namesakes))
    warning = f"Такой человек уже есть: {names}." if names else ""
    if errors or (namesakes and skip_namesakes):
        return AddedPerson(None, errors, ids, warning, skipped=not errors)
    person = Person(
        organisation_id=write.scope,
        sort_key=row.sort_key,
        **{name: getattr(row, name) for name in PERSON_FIELDS},
    )
    person.name_forms = computed_forms(person)
    write.session.add(person)
    return AddedPerson(person, {}, ids, warning)


def change_person(write: Write, person_id: str, **values: Any) -> Person:
    """Change the named fields; also `left_on` and `name_forms` (all cases, mended by hand).

    New names are declined anew unless `name_forms` come with them.
    """
    require(write.actor, "people.edit")
    row = queries.person(write.session, write.scope, person_id)
    forms, left_on = values.pop("name_forms", None), values.pop("left_on", row.left_on)
    unknown = set(values) - set(PERSON_FIELDS)
    if unknown:
        raise InvalidInput({name: f"Поля «{name}» у человека нет." for name in sorted(unknown)})
    before = PersonInput(**{name: getattr(row, name) for name in PERSON_FIELDS})
    after = replace(before, **values).cleaned()
    errors = faults_of(after, write.today)
    if forms is not None and (fault := forms_fault(forms)):
        errors["name_forms"] = fault
    if left_on and row.birth_date and left_on < row.birth_date:
        errors["left_on"] = "День ухода раньше даты рождения."
    _refuse(errors)
    for name in (*PERSON_FIELDS, "sort_key"):
        if getattr(row, name) != getattr(after, name):
            setattr(row, name, getattr(after, name))
    row.left_on = left_on
    if forms is not None:
        row.name_forms = {**forms, "certain": True}
    elif (before.family_name, before.given_name, before.patronymic, before.sex) != (
        after.family_name,
        after.given_name,
        after.patronymic,
        after.sex,
    ):
        row.name_forms = computed_forms(row)
    write.session.flush()
    return row


def remove_person(write: Write, person_id: str) -> None:
    """Take out somebody who was entered by mistake. Raises InvalidInput where anything refers to them: they leave instead."""
    require(write.actor, "people.edit")
    row = queries.person(write.session, write.scope, person_id)
    if queries.references_to(write.session, write.scope, person_id):
        text = f"{full_name(row)}: есть связанные записи, удалить нельзя. Укажите дату ухода."
        raise InvalidInput({"person": text})
    write.session.delete(row)
    write.session.flush()


def add_representative(
    write: Write, pupil_id: str, person_id: str, relation: str, *, basis: str = ""
) -> Representative:
    """Say that somebody signs for a pupil as mother, father, guardian, …"""
    require(write.actor, "people.edit")
    pupil = queries.person(write.session, write.scope, pupil_id)
    adult = queries.person(write.session, write.scope, person_id)
    links = queries.representatives_of(write.session, write.scope, [pupil_id]).get(pupil_id, [])
    errors = {}
    if pupil_id == person_id:
        errors["person_id"] = "Человек не может быть представителем самого себя."
    elif any(link.person_id == person_id for link, _adult in links):
        errors["person_id"] = f"{short_name(adult)} уже записан(а) представителем: {full_name(pupil)}."
    if not 0 < len(fold(relation)) <= 64:
        errors["relation"] = "Укажите, кем приходится: мать, отец, опекун."
    _refuse(errors)
    row = Representative(
        organisation_id=write.scope, pupil_id=pupil_id, person_id=person_id, relation=fold(relation), basis=fold(basis)
    )
    write.session.add(row)
    write.session.flush()
    return row


def remove_representative(write: Write, representative_id: str) -> None:
    """Somebody no longer signs for a pupil; papers already signed stay signed."""
    require(write.actor, "people.edit")
    write.session.delete(queries.representative(write.session, write.scope, representative_id))
    write.session.flush()


# -- roles ------------------------------------------------------------------------------------------------------------


def grant_role(
    write: Write,
    account_id: str,
    role: str,
    *,
    person_id: str | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Membership:
    """Give an account a role here from a day (today if none) on; `person_id` says who stands behind the account."""
    require(write.actor, "accounts.edit")
    since = valid_from or write.today
    errors = _interval_faults(since, valid_to)
    if role not in GRANTED:
        errors["role"] = f"Роли «{role}» нет; есть: {', '.join(TITLES[code] for code in GRANTED)}."
    if not account_id:
        errors["account_id"] = "Укажите учётную запись."
    if person_id:
        queries.person(write.session, write.scope, person_id)
    for held in queries.memberships(write.session, write.scope):
        if (held.account_id, held.role) == (account_id, role) and _overlap(held, since, valid_to):
            errors["role"] = f"Эта роль уже есть: {TITLES.get(role, role)} с {held.valid_from:%d.%m.%Y}."
    _refuse(errors)
    row = Membership(
        organisation_id=write.scope,
        account_id=account_id,
        person_id=person_id or None,
        role=role,
        valid_from=since,
        valid_to=valid_to,
    )
    write.session.add(row)
    write.session.flush()
    return row


def end_role(write: Write, membership_id: str, valid_to: date | None = None) -> Membership:
    """End a role after a day (yesterday if none: it no longer holds today). The last administrator can't be taken away."""
    require(write.actor, "accounts.edit")
    row = queries.membership(write.session, write.scope, membership_id)
    last_day = valid_to or write.today - timedelta(days=1)
    if row.role == ADMINISTRATOR and not _another_administrator(write, row, last_day):
        raise InvalidInput({"membership": "Это единственный администратор. Сначала дайте эту роль кому-то ещё."})
    # A role that never came to hold ends before it begins.
    row.valid_to = max(last_day, row.valid_from - timedelta(days=1))
    write.session.flush()
    return row


def _another_administrator(write: Write, row: Membership, last_day: date) -> bool:
    held = queries.memberships_on(write.session, write.scope, last_day + timedelta(days=1))
    return any(one.role == ADMINISTRATOR and one.id != row.id for one in held)


# -- who signs and who stands in --------------------------------------------------------------------------------------


def name_signatory(
    write: Write,
    person_id: str,
    title: str,
    *,
    valid_from: date,
    valid_to: date | None = None,
    order: str = "",
    acting: bool = False,
) -> Signatory:
    """Say who signs from a day on: the head, or an acting head by order. A new head ends the term of the one before."""
    require(write.actor, "signatories.edit")
    queries.person(write.session, write.scope, person_id)
    errors = _interval_faults(valid_from, valid_to)
    if not fold(title):
        errors["title"] = "Укажите должность, как она стоит над подписью."
    if acting and not fold(order):
        errors["order"] = "Исполняющий обязанности подписывает по приказу: укажите его номер и дату."
    _refuse(errors)
    if not acting:
        _end_heads_before(write, valid_from)
    row = Signatory(
        organisation_id=write.scope,
        person_id=person_id,
        title=fold(title),
        order=fold(order),
        acting=acting,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    write.session.add(row)
    write.session.flush()
    return row


def _end_heads_before(write: Write, day: date) -> None:
    for row, _who in queries.signatories(write.session, write.scope, day):
        if not row.acting and row.valid_to is None and row.valid_from < day:
            row.valid_to = day - timedelta(days=1)


def end_signatory(write: Write, signatory_id: str, valid_to: date) -> Signatory:
    """Somebody signs no longer after a day; what was signed before stays signed."""
    require(write.actor, "signatories.edit")
    row = queries.signatory(write.session, write.scope, signatory_id)
    _refuse(_interval_faults(row.valid_from, valid_to))
    row.valid_to = valid_to
    write.session.flush()
    return row


def name_stand_in(
    write: Write,
    role: str,
    person_id: str,
    for_person_id: str,
    order: str,
    *,
    valid_from: date,
    valid_to: date | None = None,
) -> StandIn:
    """Somebody does another person's work in a role by order; the history names both."""
    require(write.actor, "signatories.edit")
    for one in (person_id, for_person_id):
        queries.person(write.session, write.scope, one)
    errors = _interval_faults(valid_from, valid_to)
    if person_id == for_person_id:
        errors["for_person_id"] = "Замещать самого себя нельзя."
    if role == MENTOR:
        errors["role"] = "Наставника приказом не замещают: замените его в паре или приостановите её."
    elif role not in STANDS_IN:
        errors["role"] = f"Роли «{role}» нет; есть: {', '.join(TITLES[code] for code in STANDS_IN)}."
    if not fold(order):
        errors["order"] = "Укажите приказ: номер и дату."
    _refuse(errors)
    row = StandIn(
        organisation_id=write.scope,
        role=role,
        person_id=person_id,
        for_person_id=for_person_id,
        order=fold(order),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    write.session.add(row)
    write.session.flush()
    return row


def end_stand_in(write: Write, stand_in_id: str, valid_to: date) -> StandIn:
    """Somebody stands in no longer after a day."""
    require(write.actor, "signatories.edit")
    row = queries.stand_in(write.session, write.scope, stand_in_id)
    _refuse(_interval_faults(row.valid_from, valid_to))
    row.valid_to = valid_to
    write.session.flush()
    return row


# -- settings ---------------------------------------------------------------------------------------------------------


def set_setting(write: Write, key: str, value: Any, *, valid_from: date | None = None) -> Setting:
    """Set a rule of the organisation's own from a day (today if none) on; None takes back what it had set.

    `key` is a setting («stuck_days») or a guard («pair/form/duty_consents»: a severity or a list of spans).
    """
    require(write.actor, "settings.edit")
    fault = _setting_fault(write, key, value)
    if fault:
        raise InvalidInput({key: fault})
    day = valid_from or write.today
    row = queries.setting(write.session, write.scope, key, day)
    if row is None:
        row = Setting(organisation_id=write.scope, key=key, value=value, valid_from=day)
        write.session.add(row)
    else:
        row.value = value
    write.session.flush()
    timers.review(write)
    return row


def _setting_fault(write: Write, key: str, value: Any) -> str:
    parts = tuple(key.split("/"))
    if len(parts) == 3:
        stranger = rule_fault((parts[0], parts[1], parts[2]), write.catalogue.definitions)
        if stranger:
            return stranger[1]
        fault = "" if value is None else spans_fault(value)
        return f"{fault[0].upper()}{fault[1:]}." if fault else ""
    if fault := lifecycle_fault(key, value, write.catalogue.definitions):
        return fault
    if value is None and key in setting_definitions():
        return ""
    return fault_of(key, value)


# -- shared -----------------------------------------------------------------------------------------------------------


def _refuse(errors: Mapping[str, str]) -> None:
    if errors:
        raise InvalidInput(dict(errors))


def _interval_faults(valid_from: date, valid_to: date | None) -> dict[str, str]:
    if valid_to is not None and valid_to < valid_from:
        return {"valid_to": "Последний день раньше первого."}
    return {}


def _overlap(row: Membership, valid_from: date, valid_to: date | None) -> bool:
    return (row.valid_to is None or row.valid_to >= valid_from) and (valid_to is None or row.valid_from <= valid_to)
