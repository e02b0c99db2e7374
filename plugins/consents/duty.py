"""«Согласие на возложение обязанностей»: a mentor's or curator's own consent; holds no data clauses.

Facts (common shapes: `plugins.papers`; example: tests/golden/duty_consent/facts.json)

organisation, signatory (whom it is addressed to), person
role            "mentor" | "curator" | "mentee"
mentees         [person]: whom the mentor takes on; [] = those whom the order names
programme       {"title", "form_title", "start", "end"}
volume          text | null: «не реже одной встречи в неделю»; null = a ruled line
pay             text | null: «не предусмотрена» or the ground and amount; null = a ruled line
Optional: signed_on, prepared_on (ISO dates), employee_to_employee (bool; else read off the kinds of people).
Contents follow documents-and-law, sections 3.5 and 4; for employees the paper precedes the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields

from plugins.papers import (
    BLANK_DATE,
    MENTOR_PAY_LAW,
    heading,
    in_words,
    initials_first,
    issuer_checks,
    listed,
    made_on,
    name_checks,
    period,
    role_in,
    short,
    tied,
    without_dot,
)
from workflow_core.rendering import DocumentCheck, DocumentClass, DocumentKind
from workflows.organisations.names import post_forms

ROLES = {
    "mentor": "выполнение обязанностей наставника",
    "curator": "выполнение обязанностей куратора",
    "mentee": "участие в качестве наставляемого",
}


class DutyConsentSchema(Schema):
    """Context of the template."""

    addressee = fields.List(fields.String(), required=True)
    author = fields.List(fields.String(), required=True)
    title = fields.String(required=True)
    statement = fields.String(required=True)
    mentees = fields.String(required=True)
    form = fields.String(required=True)
    period = fields.String(required=True)
    volume = fields.String(required=True)
    pay = fields.String(required=True)
    labour_code = fields.Boolean(required=True)
    acquainted = fields.String(required=True)
    date_line = fields.String(required=True)
    signer = fields.String(required=True)


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the template prints. An official as addressee has the initials first (dative)."""
    person, programme, signatory = facts["person"], facts["programme"], facts["signatory"]
    what = ROLES[facts["role"]]
    organisation = heading(facts["organisation"])
    role = f", {role_in(person, 'nom')}," if person.get("role_line") else ","
    return {
        "addressee": [
            tied(post_forms(signatory["title"])["dat"]),
            organisation["short_title"] or organisation["full_title"],
            initials_first(signatory["name"], "dat"),
        ],
        "author": [line for line in (person["name"]["full"]["gen"], role_in(person, "gen")) if line],
        "title": f"на {what}",
        "statement": (
            f"Я, {person['name']['full']['nom']}{role} даю согласие на {what} по программе наставничества "
            f"«{without_dot(programme['title']).strip('«»')}»."
        ),
        "mentees": _mentees(facts["mentees"]),
        "form": tied(programme["form_title"]),
        "period": period(programme["start"], programme["end"]),
        "volume": without_dot(facts["volume"] or ""),
        "pay": without_dot(facts["pay"] or ""),
        "labour_code": labour_code_applies(facts),
        "acquainted": f"С {'условиями участия' if facts['role'] == 'mentee' else 'обязанностями'} ознакомлен(а)",
        "date_line": in_words(facts["signed_on"]) if facts.get("signed_on") else BLANK_DATE,
        "signer": short(person["name"]),
    }


def labour_code_applies(facts: Mapping[str, Any]) -> bool:
    """An employee mentors an employee, on 01.03.2025 or later (ТК art. 351.8)."""
    mutual = facts.get("employee_to_employee")
    if mutual is None:
        mentees = any(mentee.get("kind") == "employee" for mentee in facts["mentees"])
        mutual = facts["role"] == "mentor" and facts["person"].get("kind") == "employee" and mentees
    start = facts["programme"]["start"]
    day = made_on(facts) or (date.fromisoformat(start) if start else MENTOR_PAY_LAW)
    return bool(mutual) and day >= MENTOR_PAY_LAW


def checks(facts: Mapping[str, Any]) -> list[DocumentCheck]:
    """Who, role, period, volume, pay; what is not known is a line to be filled in by hand."""
    found = issuer_checks(facts)
    if not facts["person"]["name"]["full"]["nom"]:
        found.append(DocumentCheck("no_name", "E", "Не указано, кто даёт согласие."))
    start, end = facts["programme"]["start"], facts["programme"]["end"]
    if not start or not end:
        found.append(DocumentCheck("no_period", "E", "Не указан срок."))
    elif end < start:
        found.append(DocumentCheck("period_reversed", "E", "Срок кончается раньше, чем начинается."))
    if facts["person"]["id"] in {mentee["id"] for mentee in facts["mentees"]}:
        found.append(DocumentCheck("own_mentee", "E", "Наставник назван собственным наставляемым."))
    missing = [title for name, title in (("volume", "объём работы"), ("pay", "оплата")) if not facts[name]]
    if missing and facts["role"] != "mentee":
        found.append(DocumentCheck("by_hand", "W", f"Не указано: {listed(missing)}; впишите от руки на строке."))
    return found + name_checks([facts["person"], *facts["mentees"]])


def _mentees(mentees: list[Mapping[str, Any]]) -> str:
    label = "Наставляемый" if len(mentees) == 1 else "Наставляемые"
    return f"{label}: {'; '.join(map(_person_text, mentees))}" if mentees else ""


def _person_text(person: Mapping[str, Any]) -> str:
    role = role_in(person, "nom")
    return f"{short(person['name'])} ({role})" if role else short(person["name"])


DUTY_CONSENT = DocumentKind(
    code="duty_consent",
    title="Согласие на возложение обязанностей",
    document_class=DocumentClass.CONSENT,
    subject="person",
    template=Path(__file__).parent / "templates" / "duty_consent.docx",
    facts=("organisation", "signatory", "person", "role", "mentees", "programme", "volume", "pay"),
    context=context,
    schema=DutyConsentSchema,
    checks=checks,
)
