"""«Индивидуальный план» (персонализированная программа) of a pair or group.

Facts (common shapes: `plugins.papers`; example: tests/golden/individual_plan/facts.json)

organisation, signatory (approves), programme {"title"}
pair    {"mentors": [person], "mentees": [person], "form_title", "start", "end"}; optional "role_model"
goal    text
tasks   [{"title", "due": ISO date or text, "result": text}]; optional "stage": one of `STAGES`
Optional: request (the mentee's deficits or request), curator (person).
What really came out and the mentor's mark are empty columns. Contents follow documents-and-law, section 5.1.
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
    Signature,
    heading,
    issuer_checks,
    name_checks,
    people_of,
    period,
    person_row,
    short,
    signature,
    term,
    tied,
    without_dot,
)
from workflow_core.rendering import DocumentCheck, DocumentClass, DocumentKind

STAGES = {
    "acquaintance": "знакомство",
    "trial": "пробная встреча",
    "planning": "планирование",
    "regular_work": "регулярная работа",
    "final_meeting": "итоговая встреча",
}


class Detail(Schema):
    """A row of the table above the tasks."""

    label = fields.String(required=True)
    text = fields.String(required=True)


class TaskRow(Schema):
    """A row of the table of tasks."""

    number = fields.Integer(required=True)
    title = fields.String(required=True)
    due = fields.String(required=True)
    result = fields.String(required=True)


class Signer(Schema):
    """A line at the foot."""

    capacity = fields.String(required=True)
    name = fields.String(required=True)


class IndividualPlanSchema(Schema):
    """Context of the template."""

    organisation = fields.Nested(Heading, required=True)
    signatory = fields.Nested(Signature, required=True)
    approval_date = fields.String(required=True)
    programme = fields.String(required=True)
    details = fields.List(fields.Nested(Detail), required=True)
    tasks = fields.List(fields.Nested(TaskRow), required=True)
    signers = fields.List(fields.Nested(Signer), required=True)


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the template prints; rows without a value are left out."""
    return {
        "organisation": heading(facts["organisation"]),
        "signatory": signature(facts["signatory"]),
        "approval_date": BLANK_DATE,
        "programme": without_dot(facts["programme"]["title"]).strip("«»"),
        "details": [{"label": label, "text": text} for label, text in _details(facts) if text],
        "tasks": [_task_row(number, task) for number, task in enumerate(facts["tasks"], start=1)],
        "signers": [{"capacity": capacity, "name": name} for capacity, name in _signers(facts)],
    }


def _details(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    pair = facts["pair"]
    yield _one_or_many(pair["mentors"], "Наставник", "Наставники"), _people(pair["mentors"])
    yield _one_or_many(pair["mentees"], "Наставляемый", "Наставляемые"), _people(pair["mentees"])
    yield "Форма наставничества", tied(pair["form_title"])
    yield "Ролевая модель", tied(pair.get("role_model") or "")
    yield "Срок реализации", period(pair["start"], pair["end"])
    yield "Цель", without_dot(facts["goal"])
    yield "Запрос наставляемого", without_dot(facts.get("request") or "")


def _people(people: list[Mapping[str, Any]]) -> str:
    rows = [person_row(person) for person in people]
    return "\n".join(f"{row['name']}, {row['role']}" if row["role"] else row["name"] for row in rows)


def _one_or_many(people: list[Mapping[str, Any]], one: str, many: str) -> str:
    return one if len(people) == 1 else many


def _task_row(number: int, task: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: without_dot(task[name]) for name in ("title", "result")}
    return {"number": number, **row, "due": term(task["due"])}


def _signers(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for person in facts["pair"]["mentors"]:
        yield "Наставник", short(person["name"])
    for person in facts["pair"]["mentees"]:
        yield "Наставляемый", short(person["name"])
    if facts.get("curator"):
        yield "Куратор", short(facts["curator"]["name"])


def checks(facts: Mapping[str, Any]) -> list[DocumentCheck]:
    """Pair, form, period, goal and tasks with deadline and result block; stages and the last date warn."""
    pair = facts["pair"]
    found = issuer_checks(facts)
    needed = {
        "incomplete_pair": (pair["mentors"] and pair["mentees"], "Нет наставника или наставляемого."),
        "no_form": (pair["form_title"], "Не указана форма наставничества."),
        "no_goal": (facts["goal"], "Не указана цель."),
        "no_tasks": (facts["tasks"], "В плане нет ни одной задачи."),
    }
    found += [DocumentCheck(code, "E", text) for code, (value, text) in needed.items() if not value]
    if not pair["start"] or not pair["end"]:
        found.append(DocumentCheck("no_period", "E", "Не указан срок реализации."))
    elif pair["end"] < pair["start"]:
        found.append(DocumentCheck("period_reversed", "E", "Срок кончается раньше, чем начинается."))
    for number, task in enumerate(facts["tasks"], start=1):
        found += _task_checks(number, task, pair)
    given = {task.get("stage") for task in facts["tasks"]}
    if lacking := [title for stage, title in STAGES.items() if stage not in given]:
        found.append(DocumentCheck("stages_missing", "W", f"В плане нет этапов: {', '.join(lacking)}."))
    return found + name_checks(people_of(pair))


def _task_checks(number: int, task: Mapping[str, Any], pair: Mapping[str, Any]) -> Iterator[DocumentCheck]:
    for name, title in (("title", "названия"), ("due", "срока"), ("result", "планируемого результата")):
        if not task[name]:
            yield DocumentCheck(f"task_without_{name}", "E", f"Задача {number}: нет {title}.")
    inside = (pair["start"] or "") <= (task["due"] or "") <= (pair["end"] or "9999")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", task["due"] or "") and not inside:
        yield DocumentCheck("task_outside", "W", f"Задача {number}: срок вне периода работы пары.")


INDIVIDUAL_PLAN = DocumentKind(
    code="individual_plan",
    title="Индивидуальный план",
    document_class=DocumentClass.WORKING_PAPER,
    subject="pair",
    template=Path(__file__).parent / "templates" / "individual_plan.docx",
    facts=("organisation", "signatory", "pair", "programme", "goal", "tasks"),
    context=context,
    schema=IndividualPlanSchema,
    checks=checks,
)
