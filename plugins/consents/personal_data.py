"""«Согласие на обработку персональных данных»: of an adult, and of a legal representative for a child.

Facts (common shapes: `plugins.papers`; examples: tests/golden/personal_data_consent_*/facts.json)

organisation    the operator; its "address" is asked for by law, a ruled line stands where it is unknown
person          whose data they are
representative  person | null: a ruled line for the name; adult kind: always null
purpose         one purpose, nominative: «участие в программе наставничества «…» и учёт её результатов»
data            [text]: what is processed, nothing beyond the purpose
actions         [text]: «сбор», «запись», «хранение» …
term            ISO date or event in the genitive after «до»: «завершения программы наставничества»
Optional: processor {"name", "address"}, signed_on (ISO date; else a blank line), prepared_on (ISO date, for the age).
Passport and address are ruled lines, never typed in.

The nine elements of 152-ФЗ art. 9 part 4 and nothing else: since 01.09.2025 the consent is a paper of its own
(documents-and-law, section 3.1). Consent to distribution (art. 10.1) is another paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields

from plugins.papers import (
    BLANK_DATE,
    Heading,
    age_on,
    empty_checks,
    heading,
    in_digits,
    in_words,
    made_on,
    name_checks,
    role_in,
    short,
    term,
    tied,
    without_dot,
)
from workflow_core.rendering import DocumentCheck, DocumentClass, DocumentKind

OPEN_END = re.compile(r"\b(и|или)\s+(ин|друг|проч)\w+|и\s+т\.\s*[дп]\.|в\s+том\s+числе\s+иным", re.IGNORECASE)
"""A purpose, list of data or of actions with an open end is no definite consent."""
DISTRIBUTION = re.compile(r"распростран|опубликов|размещени\w+ (на|в) ", re.IGNORECASE)

_FACTS = ("organisation", "person", "representative", "purpose", "data", "actions", "term")


class AdultSchema(Schema):
    """Context of the adult's form."""

    organisation = fields.Nested(Heading, required=True)
    person_name = fields.String(required=True)
    purpose = fields.String(required=True)
    data = fields.List(fields.String(), required=True)
    actions = fields.String(required=True)
    processor = fields.String(required=True)
    term = fields.String(required=True)
    date_line = fields.String(required=True)
    signer = fields.String(required=True)


class RepresentativeSchema(AdultSchema):
    """Context of the representative's form."""

    representative_name = fields.String(required=True)
    child = fields.String(required=True)
    child_signs = fields.Boolean(required=True)

    class Meta:
        exclude = ("person_name",)


def adult_context(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the adult's form prints."""
    name = facts["person"]["name"]
    return _common(facts) | {"person_name": name["full"]["nom"], "signer": short(name)}


def representative_context(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the representative's form prints; a child of 14 or more, or of unknown age, has a line to sign too."""
    child, representative = facts["person"], facts["representative"]
    born = child.get("birth_date")
    details = [child["name"]["full"]["nom"], f"дата рождения {in_digits(born)}" if born else "", role_in(child, "nom")]
    age = age_on(born, made_on(facts))
    return _common(facts) | {
        "representative_name": representative["name"]["full"]["nom"] if representative else "",
        "child": ", ".join(detail for detail in details if detail),
        "child_signs": age is None or age >= 14,
        "signer": short(representative["name"]) if representative else "",
    }


def _common(facts: Mapping[str, Any]) -> dict[str, Any]:
    processor = facts.get("processor")
    return {
        "organisation": heading(facts["organisation"]),
        "purpose": without_dot(facts["purpose"]),
        "data": [without_dot(item) for item in facts["data"]],
        "actions": ", ".join(without_dot(item) for item in facts["actions"]),
        "processor": f"{processor['name']}, {without_dot(processor['address'])}" if processor else "",
        "term": without_dot(term(facts["term"])),
        "date_line": in_words(facts["signed_on"]) if facts.get("signed_on") else BLANK_DATE,
    }


def adult_checks(facts: Mapping[str, Any]) -> list[DocumentCheck]:
    """Elements of the law, and the age: under 18 the representative signs."""
    found = list(_law_checks(facts))
    age = age_on(facts["person"].get("birth_date"), made_on(facts))
    name = facts["person"]["name"]["short"]["nom"]
    if age is not None and age < 14:
        found.append(DocumentCheck("too_young", "E", f"{name}: нет 14 лет, согласие даёт законный представитель."))
    elif age is not None and age < 18:
        text = f"{name}: нет 18 лет, нужно ещё согласие законного представителя."
        found.append(DocumentCheck("representative_needed", "W", text))
    return found


def representative_checks(facts: Mapping[str, Any]) -> list[DocumentCheck]:
    """Elements of the law, and the age: from 18 on the person signs."""
    found = list(_law_checks(facts))
    age = age_on(facts["person"].get("birth_date"), made_on(facts))
    name = facts["person"]["name"]["short"]["nom"]
    if age is not None and age >= 18:
        found.append(DocumentCheck("of_age", "E", f"{name}: уже 18 лет, согласие даёт сам участник."))
    if facts["representative"] is None:
        text = f"{name}: законный представитель не указан, имя впишут от руки."
        found.append(DocumentCheck("no_representative", "W", text))
    people = [facts["person"], *([facts["representative"]] if facts["representative"] else [])]
    return found + name_checks(people)


def _law_checks(facts: Mapping[str, Any]) -> Iterator[DocumentCheck]:
    organisation = facts["organisation"]
    yield from empty_checks(
        {
            "no_operator": (organisation.get("full_title"), "Не указан оператор: полное наименование организации."),
            "no_name": (facts["person"]["name"]["full"]["nom"], "Не указано, чьи это данные."),
            "no_purpose": (facts["purpose"], "Не указана цель обработки."),
            "no_data": (facts["data"], "Не перечислены данные."),
            "no_actions": (facts["actions"], "Не перечислены действия с данными."),
            "no_term": (facts["term"], "Не указан срок согласия: дата или событие."),
        }
    )
    if not organisation.get("address"):
        yield DocumentCheck("no_address", "W", "Нет адреса организации: впишите его от руки на строке.")
    texts = (facts["purpose"], *facts["data"], *facts["actions"])
    if vague := [text for text in texts if OPEN_END.search(text)]:
        yield DocumentCheck("open_end", "E", f"Согласие должно быть определённым, а здесь: «{vague[0]}».")
    if public := [text for text in facts["actions"] if DISTRIBUTION.search(text)]:
        text = f"На распространение нужно отдельное согласие (статья 10.1), уберите: «{tied(public[0])}»."
        yield DocumentCheck("distribution_inside", "E", text)


PERSONAL_DATA_CONSENT_ADULT = DocumentKind(
    code="personal_data_consent_adult",
    title="Согласие на обработку персональных данных (совершеннолетний участник)",
    document_class=DocumentClass.CONSENT,
    subject="person",
    template=Path(__file__).parent / "templates" / "personal_data_consent_adult.docx",
    facts=_FACTS,
    context=adult_context,
    schema=AdultSchema,
    checks=adult_checks,
)

PERSONAL_DATA_CONSENT_REPRESENTATIVE = DocumentKind(
    code="personal_data_consent_representative",
    title="Согласие на обработку персональных данных (законный представитель)",
    document_class=DocumentClass.CONSENT,
    subject="person",
    template=Path(__file__).parent / "templates" / "personal_data_consent_representative.docx",
    facts=_FACTS,
    context=representative_context,
    schema=RepresentativeSchema,
    checks=representative_checks,
)
