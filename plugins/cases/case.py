"""«Кейс»: what a pair did, told so that others can repeat it.

Facts (common shapes: `plugins.papers`; example: tests/golden/case/facts.json)

organisation
pair      {"mentors": [person], "mentees": [person], "form_title", "start", "end"}
title, problem, result, resources, risks, replicability, contact    texts
steps     [text]
consents_to_distribution  bool: everyone shown has consented (152-ФЗ art. 10.1); without that roles stand for names
Contents follow documents-and-law, section 5.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields

from plugins.papers import Heading, empty_checks, heading, name_checks, people_of, period, person_row, tied
from workflow_core.rendering import DocumentCheck, DocumentClass, DocumentKind

TEXTS = {
    "problem": "Проблема",
    "steps": "Что делали",
    "resources": "Ресурсы",
    "result": "Результат и как он измерен",
    "risks": "Риски и трудности",
    "replicability": "Как повторить",
    "contact": "Контакт",
}


class Detail(Schema):
    """A row of the card."""

    label = fields.String(required=True)
    text = fields.String(required=True)


class CaseSchema(Schema):
    """Context of the template."""

    organisation = fields.Nested(Heading, required=True)
    title = fields.String(required=True)
    details = fields.List(fields.Nested(Detail), required=True)
    nameless = fields.Boolean(required=True)


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the template prints; rows without a text are left out."""
    return {
        "organisation": heading(facts["organisation"]),
        "title": tied(facts["title"].strip()),
        "details": [{"label": label, "text": text} for label, text in _details(facts) if text],
        "nameless": not facts["consents_to_distribution"],
    }


def _details(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    pair = facts["pair"]
    yield "Форма наставничества", tied(pair["form_title"])
    yield "Срок работы", period(pair["start"], pair["end"])
    named = facts["consents_to_distribution"]
    yield "Наставник" if len(pair["mentors"]) == 1 else "Наставники", _people(pair["mentors"], named)
    yield "Наставляемый" if len(pair["mentees"]) == 1 else "Наставляемые", _people(pair["mentees"], named)
    for name, label in TEXTS.items():
        value = facts[name]
        yield label, _numbered(value) if name == "steps" else tied(value.strip())


def _people(people: list[Mapping[str, Any]], named: bool) -> str:
    rows = [person_row(person) for person in people]
    if named:
        return "\n".join(f"{row['name']}, {row['role']}" if row["role"] else row["name"] for row in rows)
    return "\n".join(row["role"] or "участник программы" for row in rows)


def _numbered(steps: list[str]) -> str:
    return "\n".join(f"{number}. {tied(step.strip())}" for number, step in enumerate(steps, start=1))


def checks(facts: Mapping[str, Any]) -> list[DocumentCheck]:
    """Every element of a case is needed; without consents to distribution it may be kept, not published by name."""
    found = empty_checks(
        {
            "no_organisation": (facts["organisation"].get("full_title"), "Не указана организация."),
            "no_title": (facts["title"], "Не указано название."),
            "no_form": (facts["pair"]["form_title"], "Не указана форма наставничества."),
            "incomplete_pair": (facts["pair"]["mentors"] and facts["pair"]["mentees"], "Не указаны участники."),
            **{f"no_{name}": (facts[name], f"Не заполнено: {title}.") for name, title in TEXTS.items()},
        }
    )
    if not facts["consents_to_distribution"]:
        text = "Нет согласий на распространение: имена участников не напечатаны."
        found.append(DocumentCheck("nameless", "W", text))
    return found + name_checks(people_of(facts["pair"]))


CASE = DocumentKind(
    code="case",
    title="Кейс (описание практики)",
    document_class=DocumentClass.WORKING_PAPER,
    subject="pair",
    template=Path(__file__).parent / "templates" / "case.docx",
    facts=(
        *("organisation", "pair", "title", "problem", "steps", "resources", "result", "risks"),
        *("replicability", "contact", "consents_to_distribution"),
    ),
    context=context,
    schema=CaseSchema,
    checks=checks,
)
