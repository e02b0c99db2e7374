"""«Первые шаги»: what is done of the way from an empty installation to the first order, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from web.formatting import count, out_of
from web.views import queries
from web.views.addresses import address
from workflow_core.amounts import NOTHING
from workflow_core.guards import Actor
from workflow_core.unit_of_work import Read
from workflows.documents import queries as papers
from workflows.documents.queries import PaperFilter
from workflows.mentoring import queries as mentoring
from workflows.mentoring.tables import Pair
from workflows.organisations import people, policy
from workflows.organisations import queries as organisations
from workflows.road_maps.tables import RoadMap

ENOUGH_PEOPLE = 3
"""People who make a beginning: whoever set the program up, a mentor and a mentee."""


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The task list."""

    title: str
    sentence: str
    tasks: tuple[Mapping[str, Any], ...]
    as_found_url: str
    enter_paper_url: str


@dataclass(frozen=True, slots=True)
class _Step:
    """One task before it is known which comes now."""

    title: str
    note: str
    is_done: bool
    word: str
    label: str
    url: str
    after: int = 0
    """Number of the task that must be done before; 0: none."""
    again: str = "Изменить"


def first_run(read: Read, actor: Actor) -> FirstRun:
    """The tasks with the one that comes now. Raises NotPermitted for somebody who can't do them."""
    policy.require(actor, "people.edit")
    steps = [make(read) for make in _STEPS]
    done = sum(step.is_done for step in steps)
    return FirstRun(
        title=f"Здравствуйте, {_name(read, actor)}",
        sentence=f"Семь шагов до первого приказа. Сделано {out_of(done, len(steps))}. "
        "Можно прерваться: всё сохраняется.",
        tasks=tuple(_tasks(steps)),
        as_found_url=address("pairs.as_found"),
        enter_paper_url=address("documents.enter"),
    )


def _name(read: Read, actor: Actor) -> str:
    if actor.person_id:
        person = organisations.people(read.session, read.scope, [actor.person_id]).get(actor.person_id)
        if person is not None:
            return f"{person.given_name} {person.patronymic}".strip()
    return actor.name


def _tasks(steps: list[_Step]) -> list[Mapping[str, Any]]:
    tasks: list[Mapping[str, Any]] = []
    has_now = False
    for step in steps:
        closed = bool(step.after) and not steps[step.after - 1].is_done
        state = "done" if step.is_done else "closed" if closed else "open" if has_now else "now"
        has_now = has_now or state == "now"
        word = {"done": "Готово", "closed": f"после шага {step.after}"}.get(state, step.word)
        label = step.again if step.is_done else step.label
        action = {"label": label, "url": step.url, "rest": step.title} if step.url and not closed else None
        tasks.append({"title": step.title, "note": step.note, "state": state, "word": word, "action": action})
    return tasks


def _organisation(read: Read) -> _Step:
    row = organisations.organisation(read.session, read.scope)
    signing = organisations.signatories(read.session, read.scope, read.today)
    head = f", {signing[0][0].title} {people.short_name(signing[0][1])}" if signing else ""
    lacking = (
        "укажите, кто подписывает документы" if not signing else "укажите населённый пункт" if not row.place else ""
    )
    note = f"{row.short_title}{head}" + (f": {lacking}" if lacking else "")
    url = address("settings.show")
    return _Step("Ваша организация", note, not lacking, "около 5 минут", "Заполнить", url)


def _people(read: Read) -> _Step:
    total = sum(organisations.people_by_kind(read.session, read.scope, read.today).values(), NOTHING)
    enough = total.number >= ENOUGH_PEOPLE
    note = f"Внесено: {count(total, 'человек', 'человека', 'человек')}" if enough else ""
    return _Step(
        "Внести участников",
        note or "Вставьте список из Excel или добавьте по одному",
        enough,
        "около 15 минут",
        "Внести участников",
        address("people.paste"),
        again="Внести ещё",
    )


def _programme(read: Read) -> _Step:
    found = list(mentoring.programmes(read.session, read.scope).values())
    in_bank = len(mentoring.participants(read.session, read.scope, [one.id for one in found])) if found else 0
    note = f"{found[0].title}, в банке {in_bank}" if found else "Форма наставничества и период; в ней банк и пары"
    url = address("settings.show") if found else address("settings.programme")
    return _Step("Создать программу", note, bool(found), "около 5 минут", "Создать программу", url)


def _road_map(read: Read) -> _Step:
    has = queries.has_rows(read.session, read.scope, RoadMap)
    url = address("road_maps.show") if has else address("road_maps.choose") or address("road_maps.show")
    note = "Карта в работе" if has else "Готовая карта или ваш файл Word"
    return _Step(
        "Взять дорожную карту в работу", note, has, "около 10 минут", "Выбрать карту", url, again="Открыть карту"
    )


def _consents(read: Read) -> _Step:
    totals = papers.consent_totals(read.session, read.scope)
    done, total = sum(one.done for one in totals), sum(one.total for one in totals)
    note = f"Есть {out_of(done, total)}" if total else "Бланки распечатаются на весь список"
    return _Step(
        "Собрать согласия",
        note,
        bool(total) and done >= total,
        "по мере сдачи" if total else "около 10 минут",
        "Открыть согласия" if total else "Подготовить бланки",
        address("documents.consents") or address("documents.index"),
        after=2,
        again="Открыть согласия",
    )


def _pairs(read: Read) -> _Step:
    has = queries.has_rows(read.session, read.scope, Pair)
    return _Step(
        "Подобрать первые пары",
        "Пары подобраны" if has else "Программа покажет, кто свободен; решаете вы",
        has,
        "около 10 минут",
        "Подобрать пары",
        address("pairs.propose") or address("pairs.board"),
        after=3,
        again="Открыть пары" if not address("pairs.propose") else "Подобрать ещё",
    )


def _order(read: Read) -> _Step:
    signed = PaperFilter(classes=("act",), states=("in_force", "amended", "repealed"))
    has = bool(papers.paper_page(read.session, read.scope, signed, limit=1).papers)
    return _Step(
        "Подготовить первый приказ",
        "Приказ есть" if has else "Один приказ на все пары",
        has,
        "около 5 минут",
        "Подготовить приказ",
        address("documents.index")
        if has
        else address("documents.prepare", kind="pair_order") or address("documents.index"),
        after=6,
        again="Открыть документы",
    )


_STEPS: tuple[Callable[[Read], _Step], ...] = (_organisation, _people, _programme, _road_map, _consents, _pairs, _order)
