"""From a reviewed reading to a map that can be taken into work: the body of an own map, in the shape of the shipped map files.

Pure. Persons stay in the reading: a map is used for years, people change. Who accepts an item and what proves it is proposed
by the kinds of papers that the item names, as the shipped maps have them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workflow_core.exceptions import InvalidInput
from workflows.road_maps.deadlines import Deadline, contradictions, to_contract
from workflows.road_maps.map_file import MENDED_FIELDS
from workflows.road_maps.review import Review, ReviewItem, ReviewSection

NUMBER_LENGTH = 16
"""Characters that an item's or a section's number may have at work."""
SHORT_LENGTH = 110
"""Characters of a short title."""
ONLY_SECTION = "Мероприятия"
"""Title of the section of a plan that has none."""

Evidence = dict[str, Any]

_PAPERS: Mapping[str, str] = {
    "order": "Приказ",
    "order_appendix_regulation": "Положение (приложение к приказу)",
    "order_appendix_roadmap": "Дорожная карта (приложение к приказу)",
    "pair_assignment_order": "Приказ о закреплении пар и групп",
    "plan_approval_order": "Приказ об утверждении индивидуальных планов",
    "regulation": "Положение",
    "roadmap": "Дорожная карта",
    "partner_agreement": "Соглашение с партнёром",
    "methodical_recommendations": "Методические рекомендации",
    "training_materials": "Программно-методические материалы",
    "monitoring_report": "Отчёт о мониторинге",
    "fsn_statistics": "Формы ФСН",
    "analytic_report": "Аналитическая справка",
    "motivation_rules": "Правила поощрения наставников",
}
"""Papers that prove an item by being in force."""
_FACTS: Mapping[str, Evidence] = {
    "personalised_programme": {
        "title": "Персонализированные программы пар",
        "kind": "fact",
        "fact": "individual_plans",
    },
    "individual_plan": {"title": "Индивидуальные планы", "kind": "fact", "fact": "individual_plans"},
    "personal_data_consent": {
        "title": "Согласия участников на обработку персональных данных",
        "kind": "fact",
        "fact": "personal_data_consents",
    },
    "mentor_duty_consent": {
        "title": "Согласия на возложение обязанностей",
        "kind": "fact",
        "fact": "duty_consents",
    },
    "mentee_register": {"title": "Наставляемые в базе", "kind": "count", "fact": "mentee_bank", "at_least": 1},
    "mentor_register": {"title": "Наставники в базе", "kind": "count", "fact": "mentor_bank", "at_least": 1},
    "case": {"title": "Кейсы пар", "kind": "fact", "fact": "cases_written"},
}
"""Papers that every participant has one of: their number proves the item."""


def problems(review: Review) -> dict[str, str]:
    """What has to be answered before the map can be accepted: address of the place (item, section, "about") -> sentence."""
    found: dict[str, str] = {}
    if not review.title.strip():
        found["about.title"] = "Укажите название карты: в файле его не нашлось."
    if review.period is None:
        found["about.period"] = "Укажите, с какого и по какое число действует карта: в файле периода не нашлось."
    sections = [section for section in review.sections if section.kept]
    if not sections:
        found["items"] = "В карте не осталось ни одного пункта."
    for place, section in enumerate(sections, start=1):
        if not section.title.strip() and len(sections) > 1:
            found[f"section.{section.id}"] = f"Укажите название раздела {section.number or place}."
        if len(section.number or "") > NUMBER_LENGTH:
            found[f"section.{section.id}"] = f"Номер раздела «{section.number}» длиннее {NUMBER_LENGTH} знаков."
        numbers: set[str] = set()
        for item in section.kept:
            sentence = _item_problem(item, numbers)
            if sentence:
                found[f"item.{item.id}"] = sentence
            numbers.add(item.values["number"] or "")
    return found


def _item_problem(item: ReviewItem, numbers: set[str]) -> str:
    number = item.values["number"] or ""
    if not item.values["text"].strip():
        return f"Пункт {number or 'без номера'}: напишите, что делается."
    if number and number in numbers:
        return f"Номер {number} стоит в разделе дважды: исправьте один из них."
    if len(number) > NUMBER_LENGTH:
        return f"Номер «{number}» длиннее {NUMBER_LENGTH} знаков: сократите его."
    return ""


def body(review: Review, code: str, source: str) -> dict[str, Any]:
    """The map as data; `source` says where it comes from, for the list of maps.

    Raises InvalidInput with what `problems` finds.
    """
    found = problems(review)
    if found:
        raise InvalidInput(found)
    assert review.period is not None
    period, sections = review.period, [section for section in review.sections if section.kept]
    stamp = review.approved_by or {}
    return {
        "code": code,
        "title": _folded(review.title),
        "level": review.level or "other",
        "source": source,
        "organisation": _folded(review.organisation) or None,
        "approved_by": {"position": stamp["position"] or None, "date": stamp["date"]} if stamp else None,
        "period": {"text": period.text, "start": period.start.isoformat(), "end": period.end.isoformat()},
        "words": {"section": _section_word(review)},
        "columns": [title for title in map(_folded, review.columns) if title],
        "goals": [goal for goal in map(_folded, review.goals) if goal],
        "sections": [_section(section) for section in sections],
    }


def _folded(text: str | None) -> str:
    return " ".join((text or "").split())


def _section_word(review: Review) -> str:
    named = [*review.columns, *(section.title for section in review.sections)]
    return "этап" if any(re.search(r"\bэтап", title, re.I) for title in named) else "раздел"


def _section(section: ReviewSection) -> dict[str, Any]:
    title = _folded(section.title) or ONLY_SECTION
    numbers: set[str] = set()
    items = []
    by_id = {item.id: item for item in section.items}
    for item in section.kept:
        items.append(_item(item, by_id, numbers))
        numbers.add(item.values["number"] or "")
    return {
        "number": _folded(section.number) or None,
        "title": title,
        "short_title": shortened(title),
        "lead_in": _folded(section.lead_in) or None,
        "items": items,
    }


def _item(item: ReviewItem, by_id: Mapping[str, ReviewItem], numbers: set[str]) -> dict[str, Any]:
    values = item.values
    text, number = _folded(values["text"]), _folded(values["number"]) or None
    heading = by_id.get(item.parent or "")
    parent = heading.values["number"] if heading else None
    subpoints = [point for point in map(_folded, values["subpoints"]) if point and point in text]
    documents = list(values["documents"])
    printed = {name: _folded(old) or None for name, old in item.as_printed.items() if name in MENDED_FIELDS}
    who = values["responsible"]
    made = {
        "number": number,
        "text": text,
        "short_title": shortened(text, subpoints),
        "subpoints": subpoints,
        "parent": parent if parent in numbers else None,
        "documents": documents,
        "deadline": _deadline(item.deadline),
        "responsible": _responsible(who) if who else None,
        "result": _folded(values["result"]) or None,
        "indicator": _folded(values["indicator"]) or None,
        "evidence": evidence(documents),
    }
    if printed and not item.is_changed:
        made["as_printed"] = _without_names(printed, who)
    return made


def shortened(text: str, subpoints: Sequence[str] = ()) -> str:
    """What a narrow table shows: the words before the first sub-point, cut at a word where still too long."""
    short = text.partition(subpoints[0])[0].rstrip(" :;,–-—") if subpoints else text
    short = re.sub(r"[\s:;,–-]+(?:\d+[.)]|[а-я]\))?$", "", short) or text
    return (
        short if len(short) <= SHORT_LENGTH else f"{short[:SHORT_LENGTH].rpartition(' ')[0] or short[:SHORT_LENGTH]}…"
    )


def _deadline(deadline: Deadline | None) -> dict[str, Any] | None:
    """The deadline as a map file may have it: what contradicts its kind stays as words without dates."""
    if deadline is None:
        return None
    if contradictions(deadline):
        return to_contract(Deadline(_folded(deadline.text) or "срок не указан", "none", certain=False))
    return to_contract(deadline)


def _responsible(who: Mapping[str, Any]) -> dict[str, Any] | None:
    text = without_persons(_folded(who["text"]), who["persons"])
    roles = list(who["roles"])
    if not text and not roles:
        return None
    return {"text": text or "ответственное лицо", "roles": roles}


def _without_names(printed: Mapping[str, str | None], who: Mapping[str, Any] | None) -> dict[str, str | None]:
    persons = who["persons"] if who else []
    return {name: without_persons(old, persons) or None if old else None for name, old in printed.items()}


def without_persons(text: str, persons: Sequence[str]) -> str:
    """The words of a responsible cell without the names in it: «Куратор – заместитель директора Е.В. Шевчук» keeps the posts."""
    for person in persons:
        words = re.findall(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?", person)
        initials = "".join(re.findall(r"[А-ЯЁ](?=[.а-яё])", person))
        if not words:
            continue
        # In any case («Шевцовой Е. В.») and any order; a word that only looks like the name stays.
        parts = [rf"\b{re.escape(word[: max(3, len(word) - 2)])}[а-яё-]{{0,4}}\b" for word in words]
        parts.append(rf"\b[{initials}]\.")
        least = 2 if len(initials) > 1 else 1
        text = re.sub(rf"(?:(?:{'|'.join(parts)})\s*){{{least},}}", " ", text)
    text = re.sub(r"\(\s*\)", "", text)
    text = re.sub(r"\s+([,;.)])", r"\1", text)
    text = re.sub(r"([,;])(?:\s*[,;.])+", r"\1", text)
    return re.sub(r"^[\s,;–—-]+|[\s,;–—-]+$", "", " ".join(text.split()))


def evidence(documents: Sequence[str]) -> list[Evidence]:
    """What proves an item that names these papers; nothing for events, meetings and pages of a site."""
    found: list[Evidence] = []
    for kind in documents:
        if kind in _PAPERS:
            found.append({"title": _PAPERS[kind], "kind": "document", "document": kind})
        elif kind in _FACTS:
            found.append(_narrowed(kind, documents))
    once = {(line.get("document"), line.get("fact")): line for line in reversed(found)}
    return [line for line in found if once[line.get("document"), line.get("fact")] is line]


def _narrowed(kind: str, documents: Sequence[str]) -> Evidence:
    """Consents beside one of the two banks are those of its people."""
    line = dict(_FACTS[kind])
    sides = {"mentor_register": ("mentors", "наставников"), "mentee_register": ("mentees", "наставляемых")}
    named = [sides[one] for one in documents if one in sides]
    if kind == "personal_data_consent" and len(named) == 1:
        line["fact"] = f"personal_data_consents_{named[0][0]}"
        line["title"] = f"Согласия {named[0][1]} на обработку персональных данных"
    return line


def persons(review: Review) -> dict[str, tuple[str, ...]]:
    """Id of an item -> the people whom the file names for it; items of nobody are left out."""
    named = {item.id: (item.values["responsible"] or {}).get("persons") for item in review.items}
    return {item_id: tuple(names) for item_id, names in named.items() if names}
