"""«Сегодня»: what to do now, what stands still, whom we wait for, the year as a whole; with what concerns whoever looks.

Rows come from the registers of all rooms; the number of statements does not grow with items, pairs or papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from flask import url_for
from markupsafe import Markup

from web.formatting import (
    MONTHS,
    count,
    days,
    overdue_by,
    plural,
    relative_day,
    russian_date,
    school_year_of,
    standing_for,
)
from web.links import link_url
from web.views.addresses import address
from web.views.first_run import first_run
from web.views.items import counted_items, line_action, line_of, of_items
from web.views.pairs import next_event, visible
from workflow_core import operations
from workflow_core.amounts import NOTHING, Amount
from workflow_core.guards import Actor, Link, Severity, Share
from workflow_core.operations import StepRequest
from workflow_core.unit_of_work import Read, UnitOfWork
from workflows.documents import queries as papers
from workflows.documents.kinds import DUTY_CONSENT, PERSONAL_DATA_CONSENTS, REPRESENTATIVE_CONSENT, known_kinds
from workflows.documents.papers import PaperLine
from workflows.mentoring import board
from workflows.mentoring.board import PairLine
from workflows.organisations import policy
from workflows.organisations import queries as organisations
from workflows.organisations.facts import signatories_on
from workflows.organisations.people import short_name
from workflows.road_maps import queries as road_maps
from workflows.road_maps.evidence import Evidence
from workflows.road_maps.facts import evidence_of
from workflows.road_maps.views import Counts, DeskRows, ItemView, desk

PROVEN = 20
"""Items whose evidence is looked at: more than any first view shows."""
ROWS = 7
"""Rows of «Сделать сейчас» before «Показать ещё»."""
STUCK_ROWS = 5
PAPERS = 50
"""Waiting papers of one state that the page looks at; of more it tells the number."""
_WAITING = ("draft", "at_signing", "expected")
CONSENTS = ("personal_data_consents", "duty_consents")
"""Figures of consents that are asked for of participants."""
LATE, NOW, LATER = 0, 1, 2
"""Order of rows: gone by, for today and soon, whenever."""


@dataclass(frozen=True, slots=True)
class Task:
    """One row of «Сделать сейчас», with what it is ordered by."""

    rank: int
    day: date
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HomeView:
    """What the page shows."""

    title: str
    sentence: Markup
    tasks: tuple[Mapping[str, Any], ...]
    more: str
    """«Показать ещё 12»; empty when all are shown."""
    empty: str
    stuck: tuple[Mapping[str, Any], ...]
    stuck_note: str
    stuck_url: str
    waiting: tuple[Mapping[str, Any], ...]
    """Whom we wait for: who, url, what, since."""
    year: Mapping[str, Any] | None
    pairs: tuple[tuple[str, str, int], ...]
    """Words, address, number of pairs by stage."""
    pairs_total: int
    first_steps: tuple[Mapping[str, Any], ...]
    """The task list of a new installation until its first order is signed; empty afterwards."""


@dataclass(slots=True)
class _Desk:
    """What the rows are made of, loaded once."""

    read: Read
    actor: Actor
    items: DeskRows
    shares: Mapping[str, Share]
    waiting: Sequence[PaperLine]
    """Of each state those that have waited longest."""
    tally: Mapping[str, int]
    """Papers by state."""
    kinds: Mapping[str, str]
    tasks: list[Task] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.read.today

    @property
    def year(self) -> int:
        return school_year_of(self.today)

    def may(self, permission: str) -> bool:
        return policy.may(self.actor, permission)


def home_view(read: Read, actor: Actor, *, can_write: bool, everything: bool = False) -> HomeView:
    """The page for whoever looks: everything of the organisation, or what is one's own."""
    sees_all = policy.may(actor, "people.read")
    made = _load(read, actor, sees_all)
    _add_tasks(made)
    tasks = sorted(made.tasks, key=lambda one: (one.rank, one.day))
    shown = tasks if everything else tasks[:ROWS]
    stuck_filter = board.stuck_filter(read, visible(actor))
    stuck = board.pair_page(read, stuck_filter, order="since", limit=STUCK_ROWS).pairs
    stuck_total = board.amount(read, stuck_filter) or NOTHING
    counts = board.pair_counts(read, visible(actor))
    return HomeView(
        title=f"Сегодня, {russian_date(read.today, made.year)}",
        sentence=_sentence(tasks, stuck_total, made.items.counts),
        tasks=tuple(_plain(one.row, can_write) for one in shown),
        more=f"Показать ещё {len(tasks) - len(shown)}" if len(tasks) > len(shown) else "",
        empty=_empty(made),
        stuck=tuple(_plain(row, can_write) for row in _stuck_rows(read, actor, stuck)),
        stuck_note=_stuck_note(read),
        stuck_url=address("pairs.listing", stuck="1"),
        waiting=tuple(_waiting(made)) if sees_all else (),
        year=_year(made.items.counts) if made.items.counts.total else None,
        pairs=tuple(_pairs(read, counts)),
        pairs_total=sum(number for state, number in counts.items() if state not in _ENDED),
        first_steps=_first_steps(made) if can_write else (),
    )


_ENDED = ("closed", "dissolved", "declined")


def _load(read: Read, actor: Actor, sees_all: bool) -> _Desk:
    person = "" if sees_all else actor.person_id or "-"
    names = [name for name in CONSENTS if sees_all and ("organisation", name) in read.catalogue.facts]
    facts = read.catalogue.load_facts(read.session, read.scope, "organisation", names, [read.scope], read.today)
    waiting = papers.waiting(read.session, read.scope, _WAITING, limit=PAPERS) if sees_all else []
    tally = read.engine.tallies.of(read, "document") if sees_all else {}
    kinds = {code: kind.title for code, kind in known_kinds(read.catalogue).items()}
    items = desk(read, responsible_person_id=person)
    return _Desk(read, actor, items, facts.get(read.scope, {}), waiting, tally, kinds)


def _plain(row: Mapping[str, Any], can_write: bool) -> Mapping[str, Any]:
    """The row without its button for somebody who only reads; its title leads there instead."""
    if can_write or not row.get("action"):
        return row
    return {**row, "url": row.get("url") or row["action"]["url"], "action": None}


# -- what to do now ---------------------------------------------------------------------------------------------------


def _add_tasks(made: _Desk) -> None:
    watches = policy.AUDITOR in made.actor.roles
    told = _item_tasks(made)
    if watches or made.may("document.enter"):
        _paper_tasks(made)
    if watches or made.may("people.edit"):
        _consent_tasks(made, told)
    if watches or policy.may_own(made.actor, "meeting.edit"):
        _meeting_task(made)


def _item_tasks(made: _Desk) -> set[str]:
    """Rows of items; gives the figures that they already tell about."""
    soon = [item for item in made.items.due_soon if not item.overdue]
    proven, told = _proven(made, [*made.items.overdue, *soon][:PROVEN])
    for item in made.items.overdue:
        since = item.lateness.overdue_since or made.today
        words = {"due": f"Просрочено {overdue_by(since, made.today)}", "due_kind": "late"}
        made.tasks.append(Task(LATE, since, {**_item_row(item, made.today, proven.get(item.id)), **words}))
    for item in soon:
        due = item.lateness.next_due or made.today
        words = {"due": f"до {russian_date(due, made.year)}", "due_note": relative_day(due, made.today)}
        made.tasks.append(Task(NOW, due, {**_item_row(item, made.today, proven.get(item.id)), **words}))
    for item in made.items.waiting_for_acceptance:
        if made.may("item.accept") and _accepts(made.actor, item.acceptance):
            line = line_of(made.today, item)
            note = f"Сдан на приёмку {russian_date(item.since, made.year)}"
            action = {
                "label": "Принять",
                "url": url_for("road_maps.item_step", activity_id=item.id, event="accept"),
                "rest": f"пункт {line.label}",
            }
            row = {
                "title": f"Принять пункт {line.label}",
                "note": note,
                "due": standing_for(item.since, made.today).replace("стоит", "ждёт"),
                "action": action,
            }
            made.tasks.append(Task(NOW, item.since, row))
    _undated_task(made)
    return told


def _accepts(actor: Actor, acceptance: str) -> bool:
    return acceptance in actor.roles or acceptance not in ("head", "district")


def _proven(made: _Desk, items: Sequence[ItemView]) -> tuple[dict[str, Evidence], set[str]]:
    """What proves the items that the page names, and the figures that their rows tell about already."""
    read, ids = made.read, [item.id for item in items]
    rows = road_maps.activities(read.session, read.scope, ids)
    lines = road_maps.evidence_lines(read.session, read.scope, ids)
    proven = evidence_of(read.session, read.catalogue, read.scope, rows, read.today)
    return proven, {line.fact for found in lines.values() for line in found if line.fact}


def _item_row(item: ItemView, today: date, proven: Evidence | None) -> dict[str, Any]:
    line = line_of(today, item)
    number = f"Пункт {item.number}. " if item.number else ""
    lacking = next((one for one in (proven.lines if proven else ()) if not one.done and one.missing), None)
    remedy = line_action(lacking) if lacking and lacking.kind not in ("occurrences", "children") else None
    if lacking and lacking.kind != "document" and lacking.share:
        names = ", ".join(one.label for one in lacking.missing[:3])
        more = f" и ещё {len(lacking.missing) - 3}" if len(lacking.missing) > 3 else ""
        note = f"{lacking.title}: {lacking.share.done} из {lacking.share.total}. Не хватает: {names}{more}"
    elif item.lateness.missed:
        note = f"Не записано: {item.lateness.missed[0]}"
    else:
        note = item.responsible_text or "Ответственный не указан"
    return {
        "title": line.title,
        "note": number + note,
        "action": remedy or {"label": "Открыть пункт", "url": line.url, "rest": line.label},
        **({"url": line.url} if remedy and remedy["url"] == line.url else {}),
    }


def _undated_task(made: _Desk) -> None:
    if not made.may("map.edit"):
        return
    found = made.items.without_date
    if len(found) > 2:
        url = url_for("road_maps.show", road_map_id=found[0].road_map_id, show="undated")
        row = {
            "title": f"Указать срок у {count(len(found), 'пункта', 'пунктов', 'пунктов')}",
            "note": "В карте срока нет, поэтому напоминаний не будет",
            "due": "без срока",
            "action": {"label": "Указать сроки", "url": url},
        }
        made.tasks.append(Task(LATER, made.today, row))
        return
    for item in found:
        line = line_of(made.today, item)
        row = {
            "title": f"Указать срок: {line.title[:1].lower()}{line.title[1:]}",
            "note": f"{f'Пункт {item.number}. ' if item.number else ''}В карте срока нет, поэтому напоминаний не будет",
            "due": "без срока",
            "action": {
                "label": "Указать срок",
                "url": url_for("road_maps.item_step", activity_id=item.id, event="set_schedule"),
                "rest": line.label,
            },
        }
        made.tasks.append(Task(LATER, item.since, row))


def _paper_tasks(made: _Desk) -> None:
    signs = "head" in made.actor.roles and "curator" not in made.actor.roles
    for paper in made.waiting:
        url = link_url(Link("register_order", paper.id, "")) or address("documents.index")
        if paper.document_class != "act" or not url:
            continue
        since = paper.since or made.today
        name = paper.title or made.kinds.get(paper.kind, "Документ")
        day = russian_date(since, made.year)
        if paper.state == "at_signing":
            row = {
                "title": f"{'Подписать' if signs else 'Зарегистрировать'}: {name[:1].lower()}{name[1:]}",
                "note": (
                    f"На подписи с {day}" if signs else f"На подписи с {day}. Если подписан, внесите номер и дату"
                ),
                "due": f"ждёт {days(paper.days(made.today))}" if paper.days(made.today) else "с сегодняшнего дня",
                "action": {"label": "Зарегистрировать", "url": url, "rest": name},
            }
        else:
            row = {
                "title": f"Передать на подпись: {name[:1].lower()}{name[1:]}",
                "note": f"Проект подготовлен {day}",
                "due": "проект",
                "action": {"label": "Открыть проект", "url": url, "rest": name},
            }
        made.tasks.append(Task(NOW, since, row))


def _consent_tasks(made: _Desk, told: set[str]) -> None:
    words = {"personal_data_consents": "на обработку данных", "duty_consents": "на возложение обязанностей"}
    url = address("documents.consents", missing="1")
    for name, share in made.shares.items():
        lacking = share.total - share.done
        if lacking <= 0 or name in told or not _is_asked(made, name):
            continue
        names = ", ".join(one.label for one in share.missing[:3])
        more = f" и ещё {len(share.missing) - 3}" if len(share.missing) > 3 else ""
        since = _asked_since(made, name)
        row = {
            "title": f"Собрать {count(lacking, 'согласие', 'согласия', 'согласий')} {words[name]}",
            "note": f"Есть {share.done} из {share.total}. Не сдали: {names}{more}",
            "due": f"ждём {days((made.today - since).days)}" if since and since < made.today else "",
            "due_note": f"с {russian_date(since, made.year)}" if since else "",
            "action": {"label": "Отметить получение", "url": url, "rest": f"{lacking}"} if url else None,
        }
        made.tasks.append(Task(NOW, since or made.today, row))


def _is_asked(made: _Desk, name: str) -> bool:
    """Duty consents only where the school has begun to collect them: not every place asks for them."""
    share = made.shares[name]
    return name != "duty_consents" or share.done > 0 or _asked_since(made, name) is not None


def _asked_since(made: _Desk, name: str) -> date | None:
    kinds = (DUTY_CONSENT,) if name == "duty_consents" else PERSONAL_DATA_CONSENTS
    found = [one.since for one in made.waiting if one.state == "expected" and one.kind in kinds and one.since]
    return min(found, default=None)


def _meeting_task(made: _Desk) -> None:
    """Pairs at work without a line in the log of the month before."""
    last = made.today.replace(day=1) - timedelta(days=1)
    first = last.replace(day=1)
    # Nothing since the month began: whoever has met since will have the month before in order too.
    wanted = replace(visible(made.actor), stuck=(), silent_since=first)
    silent = board.amount(made.read, wanted)
    url = address("meetings.month", month=f"{first:%Y-%m}")
    if not silent:
        return
    row = {
        "title": f"Записать встречи за {MONTHS[first.month - 1]}",
        "note": f"У {count(silent, 'пары', 'пар', 'пар')} нет ни одной записи с {russian_date(first, made.year)}",
        "due": "за прошлый месяц",
        "action": {"label": "Заполнить таблицу", "url": url} if url else None,
    }
    made.tasks.append(Task(NOW, last, row))


def _sentence(tasks: Sequence[Task], stuck: Amount, counts: Counts) -> Markup:
    if not tasks and not stuck:
        return Markup("На сегодня всё.")
    late = sum(one.rank == LATE for one in tasks)
    words = Markup("{}").format(count(len(tasks), "дело", "дела", "дел")) if tasks else Markup("")
    if late:
        words += Markup(', <a class="late" href="{}">{} из них {}</a>').format(
            url_for("road_maps.show", show="late"), late, plural(late, "просрочено", "просрочены", "просрочены")
        )
    words += Markup(".") if tasks else Markup("")
    if stuck:
        href = address("pairs.listing", stuck="1")
        told = f"{count(stuck, 'пара', 'пары', 'пар')} {plural(stuck, 'стоит', 'стоят', 'стоят')} на месте"
        words += Markup(' <a href="{}">{}</a>.').format(href, told) if href else Markup(" {}.").format(told)
    return words


def _empty(made: _Desk) -> str:
    ahead = [item.lateness.next_due for item in made.items.due_soon if item.lateness.next_due]
    nearest = min(ahead, default=None)
    return f"На сегодня всё.{f' Ближайший срок — {russian_date(nearest, made.year)}.' if nearest else ''}"


# -- what stands still ------------------------------------------------------------------------------------------------


def _stuck_note(read: UnitOfWork) -> str:
    limit = read.profile.settings.get("stuck_days")
    return f"без движения больше {count(limit, 'дня', 'дней', 'дней')}" if isinstance(limit, int) else ""


def _stuck_rows(read: UnitOfWork, actor: Actor, lines: Sequence[PairLine]) -> Iterable[Mapping[str, Any]]:
    events = {line.id: next_event(read.definitions[line.definition], line.state) for line in lines}
    requests = [StepRequest(line.id, event.name) for line in lines if (event := events[line.id]) is not None]
    outcomes = {row.process_id: row for row in operations.preview(read, actor, requests)}
    for line in lines:
        event, outcome = events[line.id], outcomes.get(line.id)
        blocking = [one for one in (outcome.blockers if outcome else ()) if one.severity is Severity.BLOCK]
        url = link_url(Link("open_pair", line.id, ""))
        more = f" и ещё {len(blocking) - 1}" if len(blocking) > 1 else ""
        is_next = event is not None and outcome is not None and outcome.ok
        if blocking:
            note = f"Мешает: {blocking[0].text[:1].lower() if blocking[0].guard == 'policy' else blocking[0].text[:1]}{blocking[0].text[1:]}{more}"
        else:
            note = f"Следующий шаг: {event.title[:1].lower()}{event.title[1:]}" if event else line.form_title
        row: dict[str, Any] = {
            "title": line.label,
            "note": note,
            "due": f"стоит {days(line.days)}",
            "due_note": line.state_title,
        }
        if url:
            row["action"] = {
                "label": event.title if is_next and event else "Открыть пару",
                "url": url,
                "rest": line.label,
            }
        yield row


# -- whom we wait for -------------------------------------------------------------------------------------------------


def _waiting(made: _Desk) -> Iterable[Mapping[str, Any]]:
    yield from _waiting_for_head(made)
    yield from _waiting_for_consents(made)
    district = [item for item in made.items.waiting_for_acceptance if item.acceptance == "district"]
    if district:
        numbers = ", ".join(item.number or item.short_title for item in district[:5])
        yield _wait(
            made,
            "Отдел образования",
            f"Принять {plural(len(district), 'пункт', 'пункты', 'пункты')} {numbers}",
            min(item.since for item in district),
            line_of(made.today, district[0]).url if len(district) == 1 else "",
        )


def _waiting_for_head(made: _Desk) -> Iterable[Mapping[str, Any]]:
    signing = [one for one in made.waiting if one.state == "at_signing"]
    items = [item for item in made.items.waiting_for_acceptance if item.acceptance == "head"]
    if not signing and not items:
        return
    head = next(iter(signatories_on(made.read.session, made.read.scope, made.today)), None)
    who = f"{head.title[:1].upper()}{head.title[1:]} {head.name}" if head else "Руководитель"
    deeds = []
    if signing:
        deeds.append(f"Подписать {count(made.tally['at_signing'], 'документ', 'документа', 'документов')}")
    if items:
        deeds.append(f"{'принять' if signing else 'Принять'} {counted_items(len(items))}")
    since = min([one.since or made.today for one in signing] + [item.since for item in items])
    yield _wait(made, who, ", ".join(deeds), since, address("documents.index") if signing else "")


def _waiting_for_consents(made: _Desk) -> Iterable[Mapping[str, Any]]:
    expected = [one for one in made.waiting if one.state == "expected"]
    of_parents = [one for one in expected if one.kind == REPRESENTATIVE_CONSENT]
    others = [one for one in expected if one.kind != REPRESENTATIVE_CONSENT]
    url = address("documents.consents", missing="1")
    if of_parents:
        pupils = list(dict.fromkeys(one.person_id for one in of_parents))
        found = organisations.representatives_of(made.read.session, made.read.scope, pupils)
        names = [short_name(found[one][0][1]) for one in pupils if found.get(one)]
        told = ": " + ", ".join(names[:3]) + (" …" if len(names) > 3 else "") if names else ""
        who = f"Родители, {count(_people(made, pupils), 'человек', 'человека', 'человек')}"
        yield _wait(made, who, f"Подписать согласия{told}", _oldest(made, of_parents), url)
    if others:
        people = organisations.people(made.read.session, made.read.scope, [one.person_id for one in others])
        names = [short_name(people[one]) for one in dict.fromkeys(one.person_id for one in others) if one in people]
        told = ": " + ", ".join(names[:3]) + (" …" if len(names) > 3 else "") if names else ""
        who = f"Участники, {count(_people(made, names), 'человек', 'человека', 'человек')}"
        yield _wait(made, who, f"Сдать согласия{told}", _oldest(made, others), url)


def _people(made: _Desk, named: Sequence[str]) -> Amount:
    """How many people the consents asked for are of, as far as they were looked at."""
    return Amount(len(named), made.tally.get("expected", 0) > PAPERS)


def _oldest(made: _Desk, lines: Sequence[PaperLine]) -> date:
    return min(one.since or made.today for one in lines)


def _wait(made: _Desk, who: str, what: str, since: date, url: str = "") -> dict[str, Any]:
    stood = (made.today - since).days
    when = f"с {russian_date(since, made.year)}, {days(stood)}" if stood else "с сегодняшнего дня"
    return {"who": who, "what": what, "since": when, "url": url}


# -- the year as a whole ----------------------------------------------------------------------------------------------


def _year(counts: Counts) -> dict[str, Any]:
    done = counts.done + counts.not_needed
    ahead = counts.planned
    words = [f"в работе {counts.in_progress}"]
    if counts.reported:
        words.append(f"на приёмке {counts.reported}")
    if counts.partly_done:
        words.append(f"частично {counts.partly_done}")
    text = Markup(", ").join([*words, *_late_words(counts.overdue), f"впереди {ahead}"])
    return {
        "title": f"Выполнено {done}\u00a0{of_items(counts.total)} карты",
        "done": done,
        "total": counts.total,
        "text": text[:1].upper() + text[1:],
    }


def _late_words(overdue: int) -> list[Markup]:
    if not overdue:
        return []
    return [
        Markup('просрочено <a class="late" href="{}">{}</a>').format(url_for("road_maps.show", show="late"), overdue)
    ]


def _pairs(read: UnitOfWork, counts: Mapping[str, int]) -> Iterable[tuple[str, str, int]]:
    titles = {
        state.name: state.title
        for definition in read.definitions.values()
        if definition.subject == "pair"
        for state in definition.states.values()
    }
    for name, title in titles.items():
        if counts.get(name) and name not in _ENDED:
            yield title, address("pairs.listing", state=name), counts[name]


def _first_steps(made: _Desk) -> tuple[Mapping[str, Any], ...]:
    if not made.may("people.edit"):
        return ()
    tally = made.read.engine.tallies.of(made.read, "document")
    if any(tally.get(state) for state in ("in_force", "amended", "repealed")):
        return ()
    return first_run(made.read, made.actor).tasks
