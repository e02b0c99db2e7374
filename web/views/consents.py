"""Consents of everybody in the banks: who gave one, whose blank waits, who has none; and the blanks as one archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from web.formatting import out_of, russian_date, school_year_of
from web.views.addresses import page_of
from workflow_core.guards import Actor
from workflow_core.judgement import role_for
from workflow_core.unit_of_work import Read
from workflows.documents import files
from workflows.documents import queries as papers
from workflows.documents.consents import ConsentState, personal_data_consent, who_signs
from workflows.documents.kinds import DUTY_CONSENT, PERSONAL_DATA_CONSENTS
from workflows.mentoring import queries as mentoring
from workflows.mentoring.tables import Side
from workflows.organisations import people, policy
from workflows.organisations import queries as organisations
from workflows.organisations.tables import Person

PERSONAL, DUTY = "personal_data", "duty"
TITLES = {PERSONAL: "Согласия на обработку данных", DUTY: "Согласия на возложение обязанностей"}
ZIP_NAME = "Бланки согласий.zip"


def kind_of_page(text: str) -> str:
    """The kind of consent that an address asks for; anything unknown is the usual one."""
    return DUTY if text == DUTY else PERSONAL


def codes(kind: str) -> tuple[str, ...]:
    """Kinds of papers of a page."""
    return (DUTY_CONSENT,) if kind == DUTY else PERSONAL_DATA_CONSENTS


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One participant on the page of consents."""

    person_id: str
    name: str
    place: str
    url: str
    who_signs: str
    state: str
    """«Получено 10 сентября», «Бланк выдан 14 сентября»."""
    colour: str
    outcome: str
    """done | waits (blank issued) | missing"""
    document_id: str = ""
    """The blank that waits, else the paper that counts."""
    text_url: str = ""
    """The blank's file, once it is made."""
    is_making: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Consents:
    """Consents of one kind of all in the banks."""

    kind: str
    title: str
    rows: tuple[ConsentRow, ...]
    done: int
    total: int
    ready: int
    """Blanks that can be downloaded."""
    making: int
    """Blanks whose text is still being made."""
    can_write: bool
    next_after: str = ""
    """What to ask for the next page with; empty on the last, and where everybody is shown at once."""

    @property
    def sentence(self) -> str:
        return f"Есть {out_of(self.done, self.total)}." if self.total else "В банках пока никого нет."


AT_ONCE, PAGE = 300, 50
"""People of a bank who are shown on one page, who lacks a consent first; a larger bank is paged by name."""


def consents(
    read: Read, actor: Actor, kind: str, *, only_missing: bool = False, after: str = "", first: Sequence[str] = ()
) -> Consents:
    """Everybody in the banks of the running programmes with the state of one consent; mentors only for duties.

    `first` are people who are shown whatever page they are on.
    """
    policy.require(actor, "document.read")
    everybody = _in_banks(read, kind, limit=AT_ONCE + 1)
    if len(everybody) <= AT_ONCE:
        rows = _consent_rows(read, kind, everybody)
        shown = sorted((row for row in rows if row.outcome != "done" or not only_missing), key=_open_first)
        return _page_of(read, actor, kind, shown, sum(row.outcome == "done" for row in rows), len(rows))
    shown, next_after = _by_name(read, kind, only_missing, after)
    if not after and first:
        named = organisations.people(read.session, read.scope, first).values()
        shown = [*_consent_rows(read, kind, list(named)), *(row for row in shown if row.person_id not in first)]
    name = "duty_consents" if kind == DUTY else "personal_data_consents"
    facts = read.catalogue.load_facts(read.session, read.scope, "organisation", [name], [read.scope], read.today)
    share = facts[read.scope][name]
    return _page_of(read, actor, kind, shown, share.done, share.total, next_after)


def _by_name(read: Read, kind: str, only_missing: bool, after: str) -> tuple[list[ConsentRow], str]:
    """A page of a large bank. Who lacks a consent is looked for among a thousand people at most; then the page may be short."""
    shown: list[ConsentRow] = []
    for _ in range(1000 // PAGE if only_missing else 1):
        people_here = _in_banks(read, kind, after=after, limit=PAGE + 1)
        rows = _consent_rows(read, kind, people_here[:PAGE])
        shown += [row for row in rows if row.outcome != "done" or not only_missing]
        after = people_here[PAGE - 1].id if len(people_here) > PAGE else ""
        if not after or len(shown) >= PAGE:
            break
    return shown, after


def _page_of(
    read: Read, actor: Actor, kind: str, rows: Sequence[ConsentRow], done: int, total: int, next_after: str = ""
) -> Consents:
    return Consents(
        kind,
        TITLES[kind],
        tuple(rows),
        done,
        total,
        sum(bool(row.text_url) for row in rows),
        sum(row.is_making for row in rows),
        bool(role_for(read, actor, read.definitions["consent"].event("receive").roles)),
        next_after,
    )


def _consent_rows(read: Read, kind: str, found_people: Sequence[Person]) -> list[ConsentRow]:
    persons = {person.id: person for person in found_people}
    states = papers.consents_on(read.session, read.scope, list(persons), codes(kind), read.today)
    chosen = {
        key: personal_data_consent(own) if kind == PERSONAL else own.get(DUTY_CONSENT) for key, own in states.items()
    }
    waiting = _blanks(read, kind, list(persons))
    lines = papers.paper_lines(read.session, read.scope, waiting.values())
    found = papers.files_of(read.session, read.scope, waiting.values())
    relatives = organisations.representatives_of(read.session, read.scope, list(persons))
    rows = []
    for person in sorted(persons.values(), key=lambda one: one.sort_key):
        adults = [f"{people.full_name(adult)}, {link.relation}" for link, adult in relatives.get(person.id, [])]
        state, blank = chosen.get(person.id), waiting.get(person.id, "")
        word, colour, outcome = _state(read, state, lines[blank].since if blank in lines else None)
        text = next((one for one in found.get(blank, ()) if one.purpose == "generated"), None)
        rows.append(
            ConsentRow(
                person.id,
                people.label(person),
                person.class_name or person.post,
                page_of("person", person.id),
                _signs(read, person, kind, adults),
                word,
                colour,
                outcome,
                blank or (state.document_id if state else ""),
                url_for("documents.download", file_id=text.id) if text else "",
                blank in lines and lines[blank].file_status == "waiting",
                lines[blank].file_error if blank in lines and lines[blank].file_status == "failed" else "",
            )
        )
    return rows


def _open_first(row: ConsentRow) -> bool:
    return row.outcome == "done"


def _in_banks(read: Read, kind: str, *, after: str = "", limit: int) -> list[Person]:
    programmes = mentoring.current_programmes(read.session, read.scope, read.today)
    side = Side.MENTOR.value if kind == DUTY else ""
    ids = [one.id for one in programmes]
    return mentoring.people_in_banks(read.session, read.scope, ids, side, after=after, limit=limit)


def _participants(read: Read, kind: str) -> dict[str, Person]:
    programmes = mentoring.current_programmes(read.session, read.scope, read.today)
    side = Side.MENTOR.value if kind == DUTY else ""
    banks = mentoring.participants(read.session, read.scope, [one.id for one in programmes], side)
    return {person.id: person for row, person in banks if row.left_on is None}


def _blanks(read: Read, kind: str, person_ids: Sequence[str]) -> dict[str, str]:
    """Person -> blank that waits for a signature."""
    found: dict[str, str] = {}
    for code in codes(kind):
        found |= papers.open_consents(read.session, read.scope, person_ids, code)
    return found


def _state(read: Read, state: ConsentState | None, issued: date | None) -> tuple[str, str, str]:
    """Words, colour and outcome of somebody's consent."""
    year = school_year_of(read.today)
    if state is not None and state.is_valid and state.signed_on:
        if state.needs_new(read.profile.settings):
            return "Нужно новое: изменился возраст", "amber", "missing"
        return f"Получено {russian_date(state.signed_on, year)}", "green", "done"
    if issued is not None:
        return f"Бланк выдан {russian_date(issued, year)}", "amber", "waits"
    if state is not None and state.revoked_on:
        return f"Отозвано {russian_date(state.revoked_on, year)}", "red", "missing"
    if state is not None and state.valid_to and state.valid_to < read.today:
        return f"Истекло {russian_date(state.valid_to, year)}", "red", "missing"
    return "Не сдано", "", "missing"


def _signs(read: Read, person: Person, kind: str, adults: Sequence[str]) -> str:
    """Who has to sign at the age of the day: «Ким Ольга Сергеевна, мать»."""
    if kind == DUTY:
        return "сам участник"
    signers = who_signs(person.kind, people.age_on(person, read.today), read.profile.settings)
    by = {"self": "сам участник", "representative": "; ".join(adults) or "представитель не указан"}
    return " и ".join(by[one] for one in ("representative", "self") if one in signers)


# -- the archive of blanks --------------------------------------------------------------------------------------------


def archive(read: Read, kind: str) -> bytes:
    """All blanks of a kind that are made and wait for a signature, as a .zip; empty where there is none."""
    persons = _participants(read, kind)
    waiting = _blanks(read, kind, list(persons))
    found = papers.files_of(read.session, read.scope, waiting.values())
    packed = io.BytesIO()
    names: dict[str, int] = {}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as target:  # a .docx is packed already
        for person in sorted(persons.values(), key=lambda one: one.sort_key):
            for one in found.get(waiting.get(person.id, ""), ()):
                if one.purpose == "generated":
                    entry = zipfile.ZipInfo(
                        _name(person, names), (read.today.year, read.today.month, read.today.day, 0, 0, 0)
                    )
                    target.writestr(entry, files.get(read.session, one.sha256))
    return packed.getvalue() if names else b""


def _name(person: Person, names: dict[str, int]) -> str:
    """«Ким Данил.docx»; namesakes get a number."""
    stem = f"{person.family_name} {person.given_name}".replace("/", "-").replace("\\", "-").strip()
    names[stem] = names.get(stem, 0) + 1
    return f"{stem}.docx" if names[stem] == 1 else f"{stem} {names[stem]}.docx"


def outcome_rows(results: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Results of a step for many as they came back from the store: person -> (outcome, sentence)."""
    return {key: (value[0], value[1]) for key, value in results.items()}
