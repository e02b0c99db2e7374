"""Taking a map into work as its pages show it: the shipped maps, what their dates become, what a person has to answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from web.formatting import MONTHS, count, field_date, russian_date, school_year_of
from web.views.item_page import people_choices
from web.views.items import counted_items
from workflow_core.calendars import school_terms
from workflow_core.exceptions import InvalidInput, NotFound
from workflow_core.timers import calendar_of
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations.settings import terms_of
from workflows.road_maps import own_maps, role_holders
from workflows.road_maps.adoption import AdoptedItem, AdoptionPlan, plan_adoption
from workflows.road_maps.deadlines import Period, describe, period_of
from workflows.road_maps.map_template import MapTemplate, load, shipped_maps
from workflows.road_maps.role_holders import Holder

LEVELS: Mapping[str, str] = {
    "typical": "типовая",
    "school": "для школы",
    "kindergarten": "для детского сада",
    "college": "для колледжа",
    "municipality": "для района",
    "region": "для региона",
    "other": "",
}
ROLE_TITLES: Mapping[str, str] = {
    "director": "Руководитель организации",
    "deputy_director": "Заместитель руководителя",
    "curator": "Куратор",
    "methodist": "Методист",
    "psychologist": "Психолог",
    "responsible_person": "Ответственный за наставничество",
}
"""Roles of a map that one person holds."""
MONTHS_OFFERED = 18
"""Start months that the choice offers, the first half a year back."""


def templates(uow: UnitOfWork) -> dict[str, MapTemplate]:
    """All maps that the organisation may take into work by code: shipped ones, those of plugins and its own."""
    found = dict(shipped_maps())
    for path in uow.catalogue.road_maps:
        if path.stem not in found:
            template = load(path)
            found.setdefault(template.code, template)
    return found | own_maps.templates(uow.session, uow.scope)


def template(uow: UnitOfWork, code: str) -> MapTemplate:
    """One of them. Raises NotFound, for another organisation's own map too."""
    found = templates(uow).get(code)
    if found is None:
        raise NotFound("дорожная карта", code)
    return found


def choices(read: UnitOfWork, kind: str) -> list[dict[str, Any]]:
    """The maps to choose from: the organisation's own, then those for its kind."""
    fitting = {"school": "school", "kindergarten": "kindergarten", "college": "college", "district": "municipality"}
    own = own_maps.templates(read.session, read.scope)
    found = [
        {
            "code": one.code,
            "title": one.title,
            "note": ", ".join(
                words
                for words in (
                    LEVELS.get(one.level, ""),
                    count(len(one.sections), "раздел", "раздела", "разделов"),
                    counted_items(len(one.items)),
                    f"на {one.period.text}" if one.period else "без срока действия",
                )
                if words
            ),
            "source": one.source,
            "fits": one.code in own or one.level == fitting.get(kind),
            "own": one.code in own,
            "url": url_for("road_maps.adopt", code=one.code),
        }
        for one in templates(read).values()
    ]
    return sorted(found, key=lambda one: (not one["own"], not one["fits"], one["title"]))


def months(today: date) -> list[tuple[str, str]]:
    """Start months to choose from: («2026-09», «сентябрь 2026»)."""
    first = today.year * 12 + today.month - 1 - 6
    return [
        (f"{place // 12}-{place % 12 + 1:02}", f"{MONTHS[place % 12]} {place // 12}")
        for place in range(first, first + MONTHS_OFFERED)
    ]


def month_title(month: date) -> str:
    """«сентябрь 2026»."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def usual_month(today: date, one: MapTemplate) -> date:
    """The month that the choice suggests: the map's own first month in the present year, school or calendar."""
    month = one.period.start.month if one.period else 9
    if month >= 8:
        return date(school_year_of(today), month, 1)
    return date(today.year, month, 1)


def plan(
    read: UnitOfWork, one: MapTemplate, month: date, start: date | None = None, end: date | None = None
) -> AdoptionPlan:
    """What taking the map would give, with the school's own terms."""
    period: Period | None = period_of(start, end) if start and end else None
    first = school_year_of(period.start if period else month)
    own = terms_of(read.profile.settings)
    terms = [
        term for year in range(first, first + 6) for term in (school_terms(year, own) if own else school_terms(year))
    ]
    return plan_adoption(one, month, read.today, calendar_of(read), period, terms)


@dataclass(frozen=True, slots=True)
class AdoptionView:
    """What the page of an adoption shows."""

    code: str
    title: str
    sentence: str
    period: str
    asks_period: bool
    shifted: str
    sections: tuple[Mapping[str, Any], ...]
    questions: tuple[str, ...]
    """What is still open and may stay so."""
    past: tuple[Mapping[str, Any], ...]
    days_off: int
    holders: tuple[Mapping[str, Any], ...]
    """Who answers: a role or a name of the map with the person who fits it."""
    people: tuple[str, ...]


def holders(uow: UnitOfWork, one: MapTemplate) -> tuple[Holder, ...]:
    """Roles and names of a map with whoever of the organisation fits them."""
    return role_holders.holders(uow, one, own_maps.named_persons(uow, one.code))


def answered_holders(uow: UnitOfWork, found: Iterable[Holder], given: Mapping[str, str]) -> dict[str, str]:
    """Code of a holder -> person, for the names that were typed or chosen. Raises InvalidInput for names of nobody here."""
    people = people_choices(uow)
    ids = {person_id: person_id for person_id, _words in people} | {_folded(words): one for one, words in people}
    answers, errors = {}, {}
    for holder in found:
        typed = given.get(holder.code, "")
        answers[holder.code] = ids.get(_folded(typed), "")
        if typed.strip() and not answers[holder.code]:
            errors[holder.code] = (
                f"{_holder_title(holder)}: «{typed.strip()}» нет среди сотрудников. Выберите из списка."
            )
    if errors:
        raise InvalidInput(errors)
    return answers


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _holder_title(one: Holder) -> str:
    return ROLE_TITLES[one.role] if one.role else one.name


def _holder(one: Holder, given: Mapping[str, str], people: Mapping[str, str]) -> dict[str, Any]:
    person = given.get(one.code, "") if one.code in given else one.person_id
    return {
        "code": one.code,
        "title": _holder_title(one),
        "note": ("" if one.role else "назван в файле, ") + counted_items(len(one.items)),
        "person": people.get(person, person),
    }


def adoption_view(read: UnitOfWork, made: AdoptionPlan, given: Mapping[str, str]) -> AdoptionView:
    """The plan in words; `given` holds what was typed: `done_…`, `day_…`, and under `role_…`, `name_…` who answers."""
    one, people = made.template, people_choices(read)
    asks = made.period is None
    past_keys = {adopted.item.key for adopted in made.past}
    return AdoptionView(
        code=one.code,
        title=one.title,
        sentence=(
            f"{counted_items(len(one.items))} в {count(len(one.sections), 'разделе', 'разделах', 'разделах')}."
            + (f" У {len(past_keys)} срок уже прошёл." if past_keys else "")
        ),
        period=made.period.text if made.period else "",
        asks_period=asks,
        shifted=_shifted(made),
        sections=tuple(_sections(made, given, read.today)),
        questions=tuple(
            question.text for question in made.questions if question.code not in ("period_missing", "already_done")
        ),
        past=tuple(_row(adopted, given, read.today) for adopted in made.past),
        days_off=len(made.on_days_off),
        holders=tuple(_holder(holder, given, dict(people)) for holder in holders(read, one)),
        people=tuple(words for _id, words in people),
    )


def _shifted(made: AdoptionPlan) -> str:
    if not made.years:
        return "Даты стоят как в карте."
    return (
        f"Даты перенесены на {count(abs(made.years), 'год', 'года', 'лет')} {'вперёд' if made.years > 0 else 'назад'}."
    )


def _sections(made: AdoptionPlan, given: Mapping[str, str], today: date) -> Iterator[dict[str, Any]]:
    """The sections with the items whose time is not over; the others stand in the list of what may be done already."""
    for section in made.template.sections:
        items = [adopted for adopted in made.items if adopted.section is section]
        rows = [adopted for adopted in items if not adopted.past]
        if rows:
            above = len(items) - len(rows)
            yield {
                "title": f"{section.number}. {section.title}" if section.number else section.title,
                "count": counted_items(len(items)) + (f", {above} из них выше" if above else ""),
                "rows": [_row(adopted, given, today) for adopted in rows],
            }


def _row(adopted: AdoptedItem, given: Mapping[str, str], today: date) -> dict[str, Any]:
    """One item: its dates, and whether it was ticked as done already, with the day (the deadline that is over, else today)."""
    item, due, year = adopted.item, adopted.due, school_year_of(today)
    notes = []
    if adopted.working_day_before:
        notes.append(f"выходной, рабочий день перед ним {russian_date(adopted.working_day_before, year)}")
    if len(adopted.occurrences) > 1:
        notes.append(count(len(adopted.occurrences), "срок", "срока", "сроков"))
    words = f"до {russian_date(due, year)}" if adopted.past and due else ""
    return {
        "key": item.key,
        "label": f"{item.number or ''} {item.short_title}".strip(),
        "name": f"пункт {item.number}" if item.number else item.short_title,
        "was": item.deadline.text if item.deadline and item.deadline.text else "срока нет",
        "due": words or (describe(adopted.deadline) if adopted.deadline else "срок не указан"),
        "note": ", ".join(notes),
        "responsible": item.responsible.text if item.responsible else "",
        "done": f"done_{item.key}" in given,
        "day": given.get(f"day_{item.key}") or field_date(due if due and adopted.past else today),
    }
