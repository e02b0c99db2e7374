"""Words and shapes that papers of all kinds share: dates, names in cases, the head of a paper, its signatory.

Facts are plain JSON, frozen when the paper was prepared. Common shapes:

organisation  {"full_title", "short_title", "founder", "place", "kind", "head_title"} and, if known, "address"
signatory     {"title": «Директор», "name": NAMEFORMS, "basis": "" | «приказ № 98-к»}
person        {"id", "name": NAMEFORMS, "role_line": «учитель математики» | «ученик 7 «Б» класса»,
               "kind": "pupil" | "employee" | "parent" | "outside", "birth_date": ISO date | null}
NAMEFORMS     as `workflows.organisations.names.case_forms` gives it: {"full": {case: …}, "short": {case: …},
               "initials_first": «А. А. Иванова», "certain": bool}

Dates are ISO. A key said to be optional may be absent or null.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from marshmallow import Schema, fields

from workflow_core.rendering import DocumentCheck
from workflows.organisations.names import post_forms

NBSP = "\u00a0"
BLANK_DATE = "«____» ______________ 20___" + NBSP + "г."
BLANK_NUMBER = "№" + NBSP + "__________"
MENTOR_PAY_LAW = date(2025, 3, 1)
"""ТК art. 351.8 is in force since this day (Federal Law 381-ФЗ of 09.11.2024)."""

_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)


class Person(Schema):
    """A participant as a table row prints one."""

    name = fields.String(required=True)
    role = fields.String(required=True)


class Heading(Schema):
    """Who issues the paper."""

    founder = fields.String(required=True)
    full_title = fields.String(required=True)
    short_title = fields.String(required=True)
    place = fields.String(required=True)
    address = fields.String(required=True)


class Signature(Schema):
    """Post, line for the signature, initials before the surname."""

    title = fields.String(required=True)
    name = fields.String(required=True)


def heading(organisation: Mapping[str, Any]) -> dict[str, str]:
    """The issuer's lines, "" where nothing is known."""
    return {name: tied(organisation.get(name) or "") for name in Heading().fields}


def signature(signatory: Mapping[str, Any]) -> dict[str, str]:
    """«Исполняющий обязанности директора (приказ № 98-к)» and «А. А. Иванова»."""
    basis = f" ({signatory['basis']})" if signatory.get("basis") else ""
    return {"title": tied(signatory["title"] + basis), "name": initials_first(signatory["name"])}


def in_words(iso: str) -> str:
    """«5 июня 2025 г.» from "2025-06-05"."""
    day = date.fromisoformat(iso)
    return f"{day.day}{NBSP}{_MONTHS[day.month - 1]} {day.year}{NBSP}г."


def in_digits(iso: str) -> str:
    """«05.06.2025» from "2025-06-05"."""
    return f"{date.fromisoformat(iso):%d.%m.%Y}"


def term(text: str) -> str:
    """A deadline as printed: an ISO date in digits, any other text («сентябрь 2026 г.») as it is."""
    return in_digits(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else tied(text)


def period(start: str | None, end: str | None) -> str:
    """«с 05.09.2026 по 31.05.2027»; a line to be filled in where a date is unknown."""
    first, last = (in_digits(day) if day else "__________" for day in (start, end))
    return f"с{NBSP}{first} по{NBSP}{last}"


def short(name: Mapping[str, Any], case: str = "nom") -> str:
    """«Ивановой А. А.», not torn over two lines."""
    return str(name["short"][case]).replace(" ", NBSP)


def initials_first(name: Mapping[str, Any], case: str = "nom") -> str:
    """«А. А. Ивановой»: signature blocks and an official as addressee put the initials before the surname."""
    if case == "nom":
        return str(name["initials_first"]).replace(" ", NBSP)
    families, initials = _split(name["short"][case])
    return f"{initials} {families}".strip().replace(" ", NBSP)


def role_in(person: Mapping[str, Any], case: str) -> str:
    """«учителя математики»; first letter small, as inside a sentence."""
    forms = person.get("role_forms") or post_forms(person.get("role_line") or "")
    text = tied(forms[case])
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def role_and_name(person: Mapping[str, Any], case: str) -> str:
    """«заместителя директора по УВР Гусеву А. П.»"""
    return f"{role_in(person, case)} {short(person['name'], case)}".strip()


def person_row(person: Mapping[str, Any]) -> dict[str, str]:
    """Name and role in the nominative, for tables."""
    return {"name": short(person["name"]), "role": tied(person.get("role_line") or "")}


def tied(text: str) -> str:
    """«№ 98-к», «7 «Б»», «г. Тверь» and «в 7 классе» are not torn over two lines."""
    text = re.sub(r"(№|\bг\.|\bс\.|\bд\.|\bул\.|\bст\.|\bп\.) (?=\S)", rf"\1{NBSP}", text)
    return re.sub(r"(\d) (?=«|г\.)", rf"\1{NBSP}", text)


def listed(words: Sequence[str]) -> str:
    """«а, б и в»."""
    return " и ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def without_dot(text: str) -> str:
    """The text without white space and full stops at its end, so that a sentence gets exactly one."""
    return tied(text.strip().rstrip(".").rstrip())


def made_on(facts: Mapping[str, Any]) -> date | None:
    """The day that rules are judged by: of signing, else of preparing; None where neither is known."""
    for name in ("signed_on", "prepared_on"):
        if facts.get(name):
            return date.fromisoformat(facts[name])
    return None


def age_on(birth_date: str | None, day: date | None) -> int | None:
    """Whole years on the day, None if either is unknown. Age counts on the day of signing (152-ФЗ art. 9)."""
    if not birth_date or day is None:
        return None
    born = date.fromisoformat(birth_date)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def people_of(pair: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Mentors, then mentees."""
    return [*pair["mentors"], *pair["mentees"]]


def issuer_checks(facts: Mapping[str, Any]) -> list[DocumentCheck]:
    """What every paper of an organisation needs (documents-and-law 1: rows 1, 5, 12)."""
    organisation, found = facts["organisation"], []
    if not organisation.get("full_title"):
        found.append(DocumentCheck("no_organisation", "E", "Не указано полное наименование организации."))
    if not organisation.get("place"):
        found.append(DocumentCheck("no_place", "W", "Не указано место издания."))
    if not facts["signatory"]["name"]["initials_first"]:
        found.append(DocumentCheck("no_signatory", "E", "Не указано, кто подписывает."))
    return found


def name_checks(people: Iterable[Mapping[str, Any]]) -> list[DocumentCheck]:
    """Names that nobody has declined: they stand in the nominative until the sex is given."""
    unknown = sorted({person["name"]["short"]["nom"] for person in people if person["name"].get("certain") is False})
    return [
        DocumentCheck("sex_unknown", "W", f"{name}: не указан пол, имя стоит в именительном падеже.")
        for name in unknown
    ]


def empty_checks(values: Mapping[str, tuple[Any, str]]) -> list[DocumentCheck]:
    """An "E" for each value that is empty: code -> (value, sentence)."""
    return [DocumentCheck(code, "E", text) for code, (value, text) in values.items() if not value]


def _split(short_name: str) -> tuple[str, str]:
    """Surname and initials of «Ивановой А. А.»."""
    match = re.fullmatch(r"(.*?)\s+((?:\S\.[- ]?)+)", short_name)
    return (match[1], match[2].strip()) if match else (short_name, "")
