"""«Приказ о закреплении наставнических пар»: one order, many pairs.

Facts (shapes of organisation, signatory, person: `plugins.papers`; example: tests/golden/pair_order/facts.json)

organisation, signatory
programme         {"title", "form_title", "start", "end", "basis": [instrumental: «положением о … от … № …»]}
                  optional: "plans_due", "report_due" (ISO date or text), "max_mentees" (a mentor's usual limit, 5)
pairs             [{"mentors": [person], "mentees": [person], "form_title", "start", "end"}]; the first mentor leads
curator           person | null: the head keeps it
control           person | null: the head keeps it
consents_on_file  bool: written consents of all participants lie in the organisation
has_employees     bool: an employee mentors an employee, so ТК art. 351.8 applies from 01.03.2025
number            text | null, signed_on ISO date | null: blank lines until the head has signed
Optional: prepared_on (ISO date, the rules' day while unsigned), agreements_on_file (bool, ТК art. 351.8),
footer (a line at the foot: the history's control code).
Contents follow documents-and-law, sections 1 and 2.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields

from plugins.papers import (
    BLANK_DATE,
    BLANK_NUMBER,
    MENTOR_PAY_LAW,
    NBSP,
    Heading,
    Person,
    Signature,
    age_on,
    heading,
    in_words,
    issuer_checks,
    listed,
    made_on,
    name_checks,
    people_of,
    period,
    person_row,
    role_and_name,
    role_in,
    short,
    signature,
    term,
    tied,
    without_dot,
)
from workflow_core.rendering import DocumentCheck, DocumentClass, DocumentKind

TARGET_MODEL = (
    "распоряжением Министерства просвещения Российской Федерации от 25.12.2019 № Р-145 «Об утверждении методологии "
    "(целевой модели) наставничества обучающихся для организаций, осуществляющих образовательную деятельность по "
    "общеобразовательным, дополнительным общеобразовательным и программам среднего профессионального образования, в "
    "том числе с применением лучших практик обмена опытом между обучающимися»"
)
LABOUR_CODE = "статьёй 351.8 Трудового кодекса Российской Федерации от 30.12.2001 № 197-ФЗ"
PLANS_DUE = f"в течение 10{NBSP}рабочих дней со дня подписания приказа"
USUAL_MENTEES = 5


class PairRow(Schema):
    """A row of the order's table."""

    number = fields.Integer(required=True)
    mentors = fields.List(fields.Nested(Person), required=True)
    mentees = fields.List(fields.Nested(Person), required=True)
    form = fields.String(required=True)
    period = fields.String(required=True)


class AcquaintedRow(Schema):
    """A row of the acquaintance sheet; the number is "" for a representative, who signs below the pupil."""

    number = fields.String(required=True)
    name = fields.String(required=True)
    capacity = fields.String(required=True)


class PairOrderSchema(Schema):
    """Context of the template."""

    organisation = fields.Nested(Heading, required=True)
    date_line = fields.String(required=True)
    number_line = fields.String(required=True)
    title = fields.String(required=True)
    preamble = fields.String(required=True)
    first_clause = fields.String(required=True)
    pairs = fields.List(fields.Nested(PairRow), required=True)
    clauses = fields.List(fields.String(), required=True)
    signatory = fields.Nested(Signature, required=True)
    order_line = fields.String(required=True)
    acquainted = fields.List(fields.Nested(AcquaintedRow), required=True)
    footer = fields.String(required=True)


def context(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the template prints, from frozen facts."""
    date_line = in_words(facts["signed_on"]) if facts.get("signed_on") else BLANK_DATE
    number_line = tied(f"№ {facts['number']}") if facts.get("number") else BLANK_NUMBER
    what = _what(facts["pairs"])
    return {
        "organisation": heading(facts["organisation"]),
        "date_line": date_line,
        "number_line": number_line,
        "title": f"О закреплении {what['gen']}",
        "preamble": _preamble(facts),
        "first_clause": _first_clause(facts, what),
        "pairs": [_pair_row(number, pair) for number, pair in enumerate(facts["pairs"], start=1)],
        "clauses": [f"{number}.{NBSP}{text}" for number, text in enumerate(_clauses(facts), start=2)],
        "signatory": signature(facts["signatory"]),
        "order_line": f"от{NBSP}{date_line} {number_line}",
        "acquainted": _acquainted(facts),
        "footer": facts.get("footer") or "",
    }


def checks(facts: Mapping[str, Any]) -> list[DocumentCheck]:
    """What is wrong with the order's content; codes and weights follow documents-and-law, sections 1, 2.3 and 4."""
    found = issuer_checks(facts)
    if not facts["pairs"]:
        found.append(DocumentCheck("no_pairs", "E", "В приказе нет ни одной пары."))
    if not facts["consents_on_file"]:
        # A warning only: whether a pair may be fixed without them is weighed by the place's profile when the order is registered.
        found.append(DocumentCheck("no_consents", "W", "Не все письменные согласия участников получены."))
    if _labour_code_applies(facts) and facts.get("agreements_on_file") is False:
        text = "Нет дополнительных соглашений с наставниками-работниками (статья 351.8 ТК РФ)."
        found.append(DocumentCheck("no_agreements", "E", text))
    for number, pair in enumerate(facts["pairs"], start=1):
        found += _pair_checks(number, pair, facts["programme"])
    found += _load_checks(facts)
    if not facts["programme"].get("basis"):
        text = "В основаниях нет положения о наставничестве организации."
        found.append(DocumentCheck("no_local_act", "W", text))
    if not facts["programme"].get("report_due"):
        found.append(DocumentCheck("no_report_due", "W", "Не указан срок отчёта куратора."))
    return found + name_checks(_named(facts))


def _what(pairs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """«наставнических пар», «наставнических групп» or both, by what the order holds."""
    groups = [len(pair["mentors"]) + len(pair["mentees"]) > 2 for pair in pairs]
    if groups and all(groups):
        return {"gen": "наставнических групп", "acc": "наставнические группы"}
    if any(groups):
        return {"gen": "наставнических пар и групп", "acc": "наставнические пары и группы"}
    return {"gen": "наставнических пар", "acc": "наставнические пары"}


def _labour_code_applies(facts: Mapping[str, Any]) -> bool:
    start = facts["programme"]["start"]
    day = made_on(facts) or (date.fromisoformat(start) if start else MENTOR_PAY_LAW)
    return bool(facts["has_employees"]) and day >= MENTOR_PAY_LAW


def _preamble(facts: Mapping[str, Any]) -> str:
    acts = [TARGET_MODEL]
    if _labour_code_applies(facts):
        acts.append(LABOUR_CODE)
    acts += [without_dot(line) for line in facts["programme"].get("basis", ())]
    ground = " на основании письменных согласий участников," if facts["consents_on_file"] else ""
    return tied(
        f"В соответствии с {listed(acts)},{ground} в целях реализации программы наставничества «{_programme(facts)}»"
    )


def _programme(facts: Mapping[str, Any]) -> str:
    """The title without «ёлочки» of its own around it."""
    title = without_dot(facts["programme"]["title"])
    inside = title[1:-1]
    return inside if title.startswith("«") and title.endswith("»") and not set("«»") & set(inside) else title


def _first_clause(facts: Mapping[str, Any], what: Mapping[str, str]) -> str:
    programme = facts["programme"]
    return f"1.{NBSP}Закрепить {what['acc']} на период {period(programme['start'], programme['end'])}:"


def _clauses(facts: Mapping[str, Any]) -> Iterator[str]:
    """The clauses after the table, control last; each task names who and by when."""
    programme = facts["programme"]
    due = programme.get("plans_due")
    deadline = f"в срок до {term(due)}" if due else PLANS_DUE
    where = "передать их куратору" if facts["curator"] else "представить их на утверждение"
    yield f"Наставникам совместно с наставляемыми составить индивидуальные планы и {where} {deadline}."
    if _labour_code_applies(facts):
        yield (
            "Наставникам из числа работников выполнять работу по наставничеству на условиях дополнительных соглашений "
            "к трудовым договорам (статья 351.8 Трудового кодекса Российской Федерации)."
        )
    yield _curator_clause(facts)
    if facts["control"] is None:
        yield "Контроль за исполнением приказа оставляю за собой."
    else:
        yield f"Контроль за исполнением приказа возложить на {role_and_name(facts['control'], 'acc')}".rstrip(".") + "."


def _curator_clause(facts: Mapping[str, Any]) -> str:
    programme, curator = facts["programme"], facts["curator"]
    until = f"в срок до {term(programme['end'])}" if programme["end"] else "до её завершения"
    if curator is None:
        return f"Сопровождение программы {until} оставляю за собой."
    role = f", {role_in(curator, 'dat')}," if curator.get("role_line") else ""
    representatives = " и законных представителей обучающихся" if any(_pupils(facts)) else ""
    tasks = [
        f"ознакомить с приказом участников{representatives} под подпись в течение 3{NBSP}рабочих дней со дня его подписания",
        f"сопровождать программу {until}",
    ]
    if programme.get("report_due"):
        tasks.append(f"представить отчёт о её итогах в срок до {term(programme['report_due'])}")
    return f"Куратору программы {short(curator['name'], 'dat')}{role} {listed(tasks)}."


def _pair_row(number: int, pair: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": number,
        "mentors": [person_row(person) for person in pair["mentors"]],
        "mentees": [person_row(person) for person in pair["mentees"]],
        "form": tied(pair["form_title"]),
        "period": period(pair["start"], pair["end"]),
    }


def _capacities(facts: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for pair in facts["pairs"]:
        yield from ((person, "наставник") for person in pair["mentors"])
        yield from ((person, "наставляемый") for person in pair["mentees"])
    if facts["curator"] is not None:
        yield facts["curator"], "куратор"
    if facts["control"] is not None:
        yield facts["control"], "контроль исполнения"


def _named(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Everybody whom the order names, once each."""
    return list({person["id"]: person for person, _ in _capacities(facts)}.values())


def _pupils(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Pupils who are under 18 on the order's day, or whose age is unknown: their representatives sign too."""
    day = made_on(facts)
    for person in _named(facts):
        if person.get("kind") == "pupil" and (age_on(person.get("birth_date"), day) or 0) < 18:
            yield person


def _acquainted(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """One row a person, however often named; below a pupil one for the legal representative."""
    capacities: dict[str, list[str]] = {}
    for person, capacity in _capacities(facts):
        if capacity not in capacities.setdefault(person["id"], []):
            capacities[person["id"]].append(capacity)
    minors = {person["id"] for person in _pupils(facts)}
    rows: list[dict[str, str]] = []
    for number, person in enumerate(_named(facts), start=1):
        capacity = ", ".join(capacities[person["id"]])
        rows.append({"number": str(number), "name": short(person["name"]), "capacity": capacity})
        if person["id"] in minors:
            rows.append({"number": "", "name": "", "capacity": f"законный представитель ({short(person['name'])})"})
    return rows


def _pair_checks(number: int, pair: Mapping[str, Any], programme: Mapping[str, Any]) -> Iterator[DocumentCheck]:
    if not pair["mentors"] or not pair["mentees"]:
        yield DocumentCheck("incomplete_pair", "E", f"Пара {number}: нет наставника или наставляемого.")
    if {person["id"] for person in pair["mentors"]} & {person["id"] for person in pair["mentees"]}:
        yield DocumentCheck("own_mentee", "E", f"Пара {number}: наставник закреплён сам за собой.")
    if not pair["form_title"]:
        yield DocumentCheck("no_form", "E", f"Пара {number}: не указана форма наставничества.")
    if not pair["start"] or not pair["end"]:
        yield DocumentCheck("no_period", "E", f"Пара {number}: не указан срок.")
    elif pair["end"] < pair["start"]:
        yield DocumentCheck("period_reversed", "E", f"Пара {number}: срок кончается раньше, чем начинается.")
    elif pair["start"] < (programme["start"] or "") or pair["end"] > (programme["end"] or "9999"):
        yield DocumentCheck("period_outside", "W", f"Пара {number}: срок выходит за пределы программы.")
    for person in people_of(pair):
        if not person.get("role_line"):
            name = person["name"]["short"]["nom"]
            yield DocumentCheck("no_role", "E", f"Пара {number}: {name} без должности или класса.")


def _load_checks(facts: Mapping[str, Any]) -> Iterator[DocumentCheck]:
    """Mentors with many mentees, and pairs that the order holds twice."""
    limit = facts["programme"].get("max_mentees") or USUAL_MENTEES
    load: Counter[str] = Counter()
    couples: Counter[tuple[str, str]] = Counter()
    names: dict[str, str] = {}
    for pair in facts["pairs"]:
        for mentor in pair["mentors"]:
            names[mentor["id"]] = mentor["name"]["short"]["nom"]
            load[mentor["id"]] += len(pair["mentees"])
            couples.update((mentor["id"], mentee["id"]) for mentee in pair["mentees"])
    for mentor_id, count in load.items():
        if count > limit:
            yield DocumentCheck(
                "many_mentees", "W", f"{names[mentor_id]}: наставляемых {count}, обычно не больше {limit}."
            )
    for (mentor_id, _), count in couples.items():
        if count > 1:
            yield DocumentCheck("pair_twice", "W", f"{names[mentor_id]}: одна и та же пара стоит в приказе дважды.")


PAIR_ORDER = DocumentKind(
    code="pair_order",
    title="Приказ о закреплении наставнических пар",
    document_class=DocumentClass.ACT,
    subject="pair",
    template=Path(__file__).parent / "templates" / "pair_order.docx",
    facts=(
        *("organisation", "signatory", "programme", "pairs", "curator", "control"),
        *("consents_on_file", "has_employees", "number", "signed_on"),
    ),
    context=context,
    schema=PairOrderSchema,
    checks=checks,
    many=True,
)
