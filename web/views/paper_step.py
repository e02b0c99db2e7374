"""The step of a paper as its form shows it: who may have signed, what it does to pairs, what a revocation closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from web.event_form import Choices
from web.formatting import NBSP, count, russian_date, school_year_of
from web.links import shown_blocker
from web.views import subjects
from web.views.documents import Paper
from web.views.pair_choices import ACTS
from workflow_core import operations, queries
from workflow_core.definition import EventDefinition, WorkflowDefinition
from workflow_core.guards import Actor, Blocker, Severity
from workflow_core.judgement import Outlook
from workflow_core.operations import RowResult
from workflow_core.unit_of_work import Read
from workflows.documents import queries as papers
from workflows.documents.consents import REPRESENTATIVE, who_signs
from workflows.documents.facts import SignatoryTerm, load_signatories
from workflows.documents.kinds import DUTY_CONSENT, PERSONAL_DATA_CONSENTS
from workflows.documents.tables import Document
from workflows.mentoring import queries as mentoring
from workflows.mentoring.states import FINAL
from workflows.organisations import people
from workflows.organisations import queries as organisations

NEXT = ("send", "register", "receive", "sign", "agree", "approve")
"""Steps in the order in which a paper's page offers them as the next one; all others wait among «Ещё действия»."""
AT_ONCE = ("take_back",)
"""Steps that need no form: a button does them, and the next one takes them back."""
OF_THE_DAY = frozenset({"no_signatory", "of_age", "representative_needed"})
"""Findings that hang on the day of signing, which only the form will bring: shown as a hint, no closed button."""
DATED_BY_SIGNING = frozenset({"register", "sign", "receive"})
"""Steps that ask for the day of signing only: their own day follows from it."""
DAY_TITLES: Mapping[str, str] = {
    "revoke": "Дата отзыва",
    "approve": "Дата утверждения",
    "amend": "С какого дня",
    "repeal": "С какого дня",
    "end": "С какого дня",
}
SCANNED = frozenset({"register", "receive", "sign", "approve"})
"""Steps after which there is a signed original to be scanned."""
ERROR_FIELDS: Mapping[str, str] = {
    "signatory_not_entitled": "value_signatory",
    "no_signatory": "value_signatory",
    "number_taken": "value_number",
    "signer_not_entitled": "value_signer",
    "no_term": "value_valid_until",
    "same_act": "value_by_act",
    "act_not_in_force": "value_by_act",
    "before_signing": "happened_on",
}
"""Finding -> field of the form at which it is mended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One person among radios."""

    value: str
    label: str
    closed: str = ""
    """Why it cannot be chosen: «только с 16 по 20 ноября»."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the step does to one pair."""

    id: str
    label: str
    outcome: str
    """ok | ground | closed"""
    sentence: str
    ground: str = ""
    """What was typed."""
    error: str = ""
    leaves: bool = False
    """The pair is to stay as it is."""
    remedy: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a paper with all that its form needs."""

    event: EventDefinition
    heading: str
    """«Зарегистрировать»; the page adds the paper where its title does not stand above."""
    of_paper: str
    """The title as it stands after «Зарегистрировать: »."""
    button: str
    tail: tuple[str, ...] = ("", "", "")
    """What the button says besides, for 1, 2, 5 pairs: « и закрепить # пару»."""
    moving: int = 0
    cancel: str = "Не сейчас"
    is_closed: bool = False
    reasons: tuple[Mapping[str, Any], ...] = ()
    hints: tuple[str, ...] = ()
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    """Fields of people as radios, by the name of the field."""
    effects: tuple[Effect, ...] = ()
    warning: tuple[str, ...] = ()
    day_title: str = ""
    """Words of the day's field; empty where the step is dated by its signing."""
    takes_scan: bool = False
    needs_ground: bool = False


_HEADINGS = {"send": "Передать на подпись", "receive": "Отметить получение", "discard": "Отменить проект"}
_CANCELS = {
    "register": "Ещё не подписан",
    "send": "Пока не печатать",
    "receive": "Ещё не сдано",
    "sign": "Ещё не подписано",
}
_HINTS = {
    "send": "Распечатайте текст и отдайте на подпись. Когда документ подпишут, его регистрируют здесь же.",
    "discard": "Проект уйдёт из списка. Его текст и записи о нём останутся в истории, вернуть проект нельзя.",
    "print_blank": "Отметьте, что бланк распечатан и отдан на подпись.",
}


def step_of(
    read: Read,
    actor: Actor,
    paper: Paper,
    outlook: Outlook,
    *,
    day: date,
    blockers: Sequence[Blocker] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Step:
    """A step that the actor may take. `day`: as of which pairs are asked; `typed`: the form that was sent and refused."""
    event = outlook.event
    found = outlook.blockers if blockers is None else blockers
    hints = [one for one in found if one.code in OF_THE_DAY and (one.code != "no_signatory" or _terms(read))]
    reasons = [one for one in found if one not in hints and (blockers is None or one.code not in ERROR_FIELDS)]
    said = [f"{one.text}." for one in hints]
    effects = _effects(read, actor, paper, event.name, day, typed or {})
    moving = sum(effect.outcome != "closed" and not effect.leaves for effect in effects)
    return Step(
        event,
        heading=_HEADINGS.get(event.name, event.title),
        of_paper=lowered(paper.title),
        button=event.title,
        tail=tuple(f" и закрепить #{NBSP}{noun}" for noun in ("пару", "пары", "пар")) if effects else ("", "", ""),
        moving=moving,
        cancel=_CANCELS.get(event.name, "Не сейчас"),
        is_closed=blockers is None and any(one.severity is Severity.BLOCK for one in reasons),
        reasons=tuple(shown_blocker(one) for one in reasons),
        hints=tuple(text for text in (_HINTS.get(event.name) or _sentence(event.help), *said) if text),
        answers=_answers(read, paper, event),
        effects=effects,
        warning=_closes(read, paper) if event.name == "revoke" else (),
        day_title="" if event.name in DATED_BY_SIGNING else DAY_TITLES.get(event.name, "Дата"),
        takes_scan=event.name in SCANNED,
        needs_ground=event.ground or any(one.severity is Severity.REASON for one in reasons),
    )


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text}."


def lowered(title: str) -> str:
    """The title as it stands after a colon; «№ 91-ОД» and abbreviations keep their capitals."""
    return title if title[1:2].isupper() or not title[:1].isalpha() else title[:1].lower() + title[1:]


# -- who signed -------------------------------------------------------------------------------------------------------


def _terms(read: Read) -> tuple[SignatoryTerm, ...]:
    return load_signatories(read.session, read.scope)


def signatories(read: Read, since: date | None = None) -> tuple[Answer, ...]:
    """Who may have signed: everybody whose days touch those from `since` to today; who only begins later is closed."""
    found: dict[str, Answer] = {}
    year = school_year_of(read.today)
    for term in sorted(_terms(read), key=lambda one: (one.acting, not one.covers(read.today), one.valid_from)):
        if term.valid_to and since and term.valid_to < since:
            continue
        label = term.text[:1].upper() + term.text[1:]
        dated = ""
        if term.valid_to:
            dated = f"с {russian_range_words(term.valid_from, term.valid_to, year)}"
        elif term.valid_from > read.today:
            dated = f"с {russian_date(term.valid_from, year)}"
        closed = f"только {dated}" if term.valid_from > read.today else ""
        answer = Answer(term.person_id, label, closed, dated if not closed else "")
        if term.person_id not in found or found[term.person_id].closed:
            found[term.person_id] = answer
    return tuple(sorted(found.values(), key=lambda one: bool(one.closed)))


def russian_range_words(start: date, end: date, year: int) -> str:
    """«16 по 20 ноября», «30 ноября по 2 декабря»."""
    if start == end:
        return russian_date(end, year)
    first = str(start.day) if (start.year, start.month) == (end.year, end.month) else russian_date(start, year)
    return f"{first} по {russian_date(end, year)}"


def _answers(read: Read, paper: Paper, event: EventDefinition) -> dict[str, tuple[Answer, ...]]:
    names = {one.name for one in event.fields}
    found: dict[str, tuple[Answer, ...]] = {}
    if "signatory" in names:
        row = papers.document(read.session, read.scope, paper.id)
        found["signatory"] = signatories(read, _made_on(row))
        if "by_act" in names:
            found["signatory"] += (Answer("", "подписи нет, утверждено приказом"),)
    if "signer" in names and paper.person_id:
        found["signer"] = signers(read, paper.person_id, paper.kind)
    return found


def _made_on(row: Document) -> date | None:
    text = str((row.facts or {}).get("prepared_on") or "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def signers(read: Read, person_id: str, kind: str = "") -> tuple[Answer, ...]:
    """Who may sign a consent of somebody, whoever signs by age first."""
    person = organisations.person(read.session, read.scope, person_id)
    links = organisations.representatives_of(read.session, read.scope, [person_id]).get(person_id, [])
    adults = [Answer(adult.id, f"{people.full_name(adult)}, {link.relation}") for link, adult in links]
    own = Answer(person.id, f"{people.label(person)}, за себя")
    alone = kind == DUTY_CONSENT or REPRESENTATIVE not in who_signs(
        person.kind, people.age_on(person, read.today), read.profile.settings
    )
    return (own, *adults) if alone else (*adults, own)


def choices(read: Read, paper: Paper, event: EventDefinition) -> dict[str, Choices]:
    """What the fields of a step may hold: people and acts, by the name of the field."""
    found: dict[str, Choices] = {
        name: [(one.value, one.label) for one in answers if one.value and not one.closed]
        for name, answers in _answers(read, paper, event).items()
    }
    names = {one.name for one in event.fields}
    if names & {"by_act", "by_document"}:
        acts = [
            (act.id, f"№ {act.number} от {act.signed_on:%d.%m.%Y}, {lowered(act.title)}")
            for act in reversed(papers.acts_in_force(read.session, read.scope, read.today, newest=ACTS))
            if act.id != paper.id
        ]
        found |= {"by_act": acts, "by_document": _same_kind(read, paper) or acts}
    return found


def _same_kind(read: Read, paper: Paper) -> list[tuple[str, str]]:
    """Later papers of the kind: what a plan is replaced by."""
    wanted = papers.PaperFilter(kinds=(paper.kind,), person_id=paper.person_id)
    found = papers.paper_page(read.session, read.scope, wanted).papers
    year = school_year_of(read.today)
    return [
        (one.id, f"{one.title}, {russian_date(one.signed_on or one.since or read.today, year)}")
        for one in found
        if one.id > paper.id
    ]


# -- what happens to pairs --------------------------------------------------------------------------------------------


def _effects(
    read: Read, actor: Actor, paper: Paper, event: str, day: date, typed: Mapping[str, str]
) -> tuple[Effect, ...]:
    """What a step would do to pairs: the doubtful first."""
    rows = operations.preview_consequences(read, actor, paper.id, event, {}, min(day, read.today))
    named = subjects.subjects(read, [("pair", row.process_id) for row in rows])
    found = [_effect(row, named["pair", row.process_id].label, day, typed) for row in rows]
    order = ("ground", "closed", "ok")
    return tuple(sorted(found, key=lambda one: (order.index(one.outcome), one.label)))


def _effect(row: RowResult, label: str, day: date, typed: Mapping[str, str]) -> Effect:
    stops = [one for one in row.blockers if one.severity is Severity.BLOCK]
    doubts = [one for one in row.blockers if one.severity is Severity.REASON]
    named = [*stops, *doubts] if not row.ok else doubts
    told = "; ".join(one.text for one in named) or row.text
    outcome = "closed" if not row.ok else "ground" if row.needs_ground else "ok"
    sentence = {
        "closed": f"останется как есть: {told}",
        "ground": f"{told}, нужно обоснование",
    }.get(outcome, f"{lowered(row.text)} с {russian_date(day, school_year_of(day))}")
    leaves = bool(typed) and outcome == "ground" and f"form_{row.process_id}" not in typed
    ground = typed.get(f"ground_{row.process_id}", "")
    lacking = bool(typed) and outcome == "ground" and not leaves and not ground.strip()
    first = shown_blocker(stops[0])["actions"] if stops else ()
    return Effect(
        row.process_id,
        label,
        outcome,
        sentence,
        ground,
        "Напишите обоснование или снимите отметку." if lacking else "",
        leaves,
        first[0] if first else None,
    )


# -- what a revocation closes -----------------------------------------------------------------------------------------


def _closes(read: Read, paper: Paper) -> tuple[str, ...]:
    """What stops when a consent is revoked: steps of the live pairs of whoever gave it."""
    guard = {DUTY_CONSENT: "duty_consents", **dict.fromkeys(PERSONAL_DATA_CONSENTS, "personal_data_consents")}
    told = []
    if paper.kind in PERSONAL_DATA_CONSENTS:
        told.append("Без согласия можно держать только имя, класс или должность и роль; анкеты и контакты закроются.")
    places = mentoring.memberships(read.session, read.scope, [paper.person_id], FINAL) if paper.person_id else []
    live = [one for one in places if one.member.left_on is None]
    named = subjects.subjects(read, [("pair", one.pair.id) for one in live])
    processes = queries.processes(read.session, [one.pair.id for one in live])
    for one in live:
        definition = read.definition(processes[one.pair.id].definition_hash)
        closed = _asking(definition, one.state, guard.get(paper.kind, ""))
        state = definition.state_title(one.state)
        what = f"{count(len(closed), 'шаг закроется', 'шага закроются', 'шагов закроются')}: {', '.join(closed)}"
        told.append(f"{named['pair', one.pair.id].label} («{state}»): {what if closed else 'работа продолжается'}.")
    return tuple(told)


def _asking(definition: WorkflowDefinition, state: str, guard: str) -> list[str]:
    """Buttons from this state on that ask for a consent."""
    track = definition.track
    ahead = set(track[track.index(state) :]) if state in track else {state}
    events = {event.name: event for name in ahead for event in definition.events_from(name)}
    return [f"«{event.title}»" for event in events.values() if any(use.name == guard for use in event.guards)]
