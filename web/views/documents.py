"""What the pages of papers show: composed of queries, ready words, no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from web.event_form import Choices
from web.formatting import count, days, out_of, russian_date
from web.links import shown_blocker
from web.views import story, subjects
from workflow_core import operations, queries
from workflow_core.calendars import school_year_of
from workflow_core.guards import Actor, Severity
from workflow_core.judgement import Outlook
from workflow_core.operations import RowResult
from workflow_core.unit_of_work import Read
from workflows.documents import queries as papers
from workflows.documents.facts import load_signatories
from workflows.documents.kinds import kind_of
from workflows.documents.papers import PaperLine
from workflows.organisations import people
from workflows.organisations import queries as organisations

CONSENT = "consent"
SIGNED_AS = (("self", "сам"), ("mother", "мать"), ("father", "отец"), ("guardian", "опекун"))
FORCE_SHOWN = 12
"""Papers in force beside the waiting ones; the rest by search."""


def _since(paper: PaperLine, today: date) -> str:
    """«с 5 ноября, 7 дней»."""
    if paper.since is None:
        return ""
    lasted = paper.days(today)
    begun = f"с {russian_date(paper.since, school_year_of(today))}"
    return f"{begun}, {days(lasted)}" if lasted else begun


def title_of(paper: PaperLine) -> str:
    """«№ 91-ОД, о закреплении пар» or the title alone."""
    return f"№ {paper.number}, {paper.title}" if paper.number else paper.title


def state_titles(read: Read, ids: Sequence[str]) -> dict[str, str]:
    """State of each paper in words."""
    found = queries.processes(read.session, ids)
    return {one: read.definition(process.definition_hash).state_title(process.state) for one, process in found.items()}


@dataclass(frozen=True, slots=True)
class Desk:
    """The left side: what waits, consents, what is in force."""

    sentence: str
    waiting: tuple[dict[str, Any], ...]
    consents: tuple[int, int] | None
    missing: int
    in_force: tuple[dict[str, Any], ...]
    in_force_total: int
    first: str
    """Paper to show where none was chosen."""


def desk(read: Read, text: str = "") -> Desk:
    """Papers of the organisation for the desk; `text` finds among all of them."""
    waiting = [paper for paper in papers.waiting(read.session, read.scope) if paper.document_class != CONSENT]
    wanted = papers.PaperFilter(classes=("act", "agreement", "working_paper"), text=text)
    found = papers.paper_page(read.session, read.scope, wanted, limit=FORCE_SHOWN * 4).papers
    shown = found if text else tuple(paper for paper in found if paper.is_signed)
    titles = state_titles(read, [paper.id for paper in (*waiting, *shown)])
    share = read.catalogue.load_facts(
        read.session, read.scope, "organisation", ["personal_data_consents"], [read.scope], read.today
    )
    consents = share[read.scope]["personal_data_consents"]
    at_signing = sum(paper.state == "at_signing" for paper in waiting)
    drafts = sum(paper.state == "draft" for paper in waiting)
    missing = consents.total - consents.done if consents else 0
    parts = [
        f"На подписи {count(at_signing, 'документ', 'документа', 'документов')}" if at_signing else "",
        f"в проектах {drafts}" if drafts else "",
    ]
    told = ", ".join(part for part in parts if part)
    sentence = f"{told[0].upper()}{told[1:]}." if told else "Ничего не ждёт подписи."
    if missing:
        sentence += f" Не сдано {count(missing, 'согласие', 'согласия', 'согласий')}."
    return Desk(
        sentence,
        tuple(_row(read, paper, titles) for paper in waiting),
        (consents.done, consents.total) if consents and consents.total else None,
        missing,
        tuple(_row(read, paper, titles) for paper in shown[:FORCE_SHOWN]),
        len(shown),
        waiting[0].id if waiting else "",
    )


def _row(read: Read, paper: PaperLine, titles: Mapping[str, str]) -> dict[str, Any]:
    note = _since(paper, read.today)
    if paper.is_signed and paper.signed_on:
        note = russian_date(paper.signed_on, school_year_of(read.today))
    colour = {"at_signing": "amber", "draft": "", "in_force": "green"}.get(paper.state, "")
    return {
        "id": paper.id,
        "title": title_of(paper),
        "url": url_for("documents.show", document_id=paper.id),
        "state": titles.get(paper.id, ""),
        "colour": colour,
        "note": note,
        "lacks_scan": paper.is_signed and not paper.has_scan,
    }


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper with everything that its page shows."""

    id: str
    title: str
    kind: str
    kind_title: str
    document_class: str
    state: str
    state_title: str
    since: str
    version: int
    facts: tuple[tuple[str, str], ...]
    file_status: str
    file_error: str
    files: tuple[dict[str, Any], ...]
    text_url: str
    """Address of the generated .docx; empty while there is none."""
    subjects: tuple[dict[str, str], ...]
    remark: str
    story: tuple[story.StoryLine, ...]
    outlooks: Mapping[str, Outlook]
    acquainted: tuple[tuple[str, str], ...]
    can_scan: bool


def paper(read: Read, actor: Actor, document_id: str) -> Paper:
    """A paper of this organisation. Raises NotFound."""
    row = papers.document(read.session, read.scope, document_id)
    line = papers.paper_lines(read.session, read.scope, [document_id])[document_id]
    files = papers.files_of(read.session, read.scope, [document_id]).get(document_id, [])
    about = papers.subjects_of(read.session, read.scope, [document_id]).get(document_id, [])
    named = subjects.subjects(read, [(one.subject_kind, one.subject_id) for one in about])
    outlooks = operations.why_not(read, actor, [document_id]).get(document_id, [])
    acquainted = papers.acquaintances(read.session, read.scope, document_id)
    readers = organisations.people(read.session, read.scope, [one.person_id for one in acquainted])
    year = school_year_of(read.today)
    generated = next((one for one in files if one.purpose == "generated"), None)
    return Paper(
        id=document_id,
        title=title_of(line),
        kind=row.kind,
        kind_title=kind_of(read.catalogue, row.kind).title,
        document_class=row.document_class,
        state=line.state,
        state_title=state_titles(read, [document_id])[document_id],
        since=_since(line, read.today),
        version=line.version,
        facts=tuple(_facts(read, line, row, year)),
        file_status=row.file_status,
        file_error=row.file_error,
        files=tuple(
            {
                "id": one.id,
                "name": one.name,
                "note": _FILE_NOTES.get(one.purpose, ""),
                "purpose": one.purpose,
                "url": url_for("documents.download", file_id=one.id),
            }
            for one in files
        ),
        text_url=url_for("documents.download", file_id=generated.id) if generated else "",
        subjects=tuple({"label": one.label, "url": one.url} for one in named.values() if one.label),
        remark=row.remark,
        story=tuple(story.story_of(read, [document_id], 10)),
        outlooks={one.event.name: one for one in outlooks},
        acquainted=tuple(
            (people.short_name(readers[one.person_id]), russian_date(one.acquainted_on, year))
            for one in acquainted
            if one.person_id in readers
        ),
        can_scan=line.is_signed,
    )


_FILE_NOTES = {
    "generated": "текст документа",
    "scan": "скан",
    "signature": "электронная подпись приложена, подлинность не проверялась",
}


def _facts(read: Read, line: PaperLine, row: Any, year: int) -> list[tuple[str, str]]:
    found = [("Номер", line.number), ("Дата подписания", russian_date(line.signed_on, year) if line.signed_on else "")]
    found += [("Кто подписал", line.signatory_text), ("Где лежит оригинал", row.original_place)]
    if line.person_id:
        owner = organisations.people(read.session, read.scope, [line.person_id]).get(line.person_id)
        found.insert(0, ("Чьё", people.label(owner) if owner else ""))
    if line.valid_to:
        found.append(("Действует до", russian_date(line.valid_to, year)))
    found.append(("Откуда", "внесён готовым" if line.origin == "entered" else ""))
    return [(name, value) for name, value in found if value]


def choices(read: Read, document_id: str) -> dict[str, Choices]:
    """People and papers that the steps of a paper offer, by the name of the field."""
    year = school_year_of(read.today)
    signatories = []
    for term in load_signatories(read.session, read.scope):
        until = f" по {russian_date(term.valid_to, year)}" if term.valid_to else ""
        dated = f": с {russian_date(term.valid_from, year)}{until}" if term.acting or term.valid_to else ""
        signatories.append((term.person_id, f"{term.name}, {term.text}{dated}"))
    acts = [
        (act.id, f"№ {act.number} от {act.signed_on:%d.%m.%Y}, {act.title}")
        for act in papers.acts_in_force(read.session, read.scope, read.today)
    ]
    row = papers.document(read.session, read.scope, document_id)
    signers = _signers(read, row.person_id or "")
    return {"signatory": signatories, "by_act": acts, "by_document": acts, "signer": signers}


def _signers(read: Read, person_id: str) -> list[tuple[str, str]]:
    if not person_id:
        return []
    person = organisations.person(read.session, read.scope, person_id)
    links = organisations.representatives_of(read.session, read.scope, [person_id]).get(person_id, [])
    own = [] if person.kind == "pupil" and not links else [(person.id, people.label(person))]
    return [
        *((adult.id, f"{people.label(adult)}, {link.relation}") for link, adult in links),
        *(own or [(person.id, people.label(person))]),
    ]


def effects_preview(read: Read, actor: Actor, shown: Paper, event: str) -> list[dict[str, Any]]:
    """What a step of this paper would do to pairs: outcome, sentence, whether a ground is asked."""
    rows = operations.preview_consequences(read, actor, shown.id, event, {}, read.today)
    named = subjects.subjects(read, [("pair", row.process_id) for row in rows])
    return [_preview(row, named[("pair", row.process_id)].label) for row in rows]


def _preview(row: RowResult, label: str) -> dict[str, Any]:
    found = [b for b in row.blockers if b.severity in (Severity.BLOCK, Severity.REASON)]
    outcome = "closed" if not row.ok else "ground" if row.needs_ground else "ok"
    told = row.text if not found else "; ".join(blocker.text for blocker in found)
    return {
        "id": row.process_id,
        "label": label,
        "outcome": outcome,
        "sentence": {"closed": f"останется как есть: {told}", "ground": f"нужно обоснование: {told}"}.get(
            outcome, row.text
        ),
        "needs_ground": outcome == "ground",
    }


def blockers(outlook: Outlook) -> list[dict[str, Any]]:
    """Reasons of a closed step for the component; what the register form itself will bring is left out."""
    return [shown_blocker(one) for one in outlook.blockers]


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One participant on the page of consents."""

    person_id: str
    name: str
    note: str
    state: str
    outcome: str
    """"done", "waits" (blank issued) or "missing"."""
    document_id: str
    who_signs: str
    url: str


@dataclass(frozen=True, slots=True)
class Consents:
    """Consents of a programme's participants."""

    title: str
    rows: tuple[ConsentRow, ...]
    done: int
    total: int

    @property
    def sentence(self) -> str:
        return f"Есть {out_of(self.done, self.total)}." if self.total else "В банках пока никого нет."


def consents(read: Read, kind: str, only_missing: bool) -> Consents:
    """Everybody in the banks of the running programmes with the state of one consent."""
    from workflows.documents.consents import personal_data_consent, who_signs
    from workflows.documents.kinds import DUTY_CONSENT, PERSONAL_DATA_CONSENTS
    from workflows.mentoring import queries as mentoring

    programmes = mentoring.current_programmes(read.session, read.scope, read.today)
    banks = mentoring.participants(read.session, read.scope, [one.id for one in programmes])
    persons = {person.id: person for row, person in banks if row.left_on is None}
    states = papers.consents_on(read.session, read.scope, list(persons), (), read.today)
    relatives = organisations.representatives_of(read.session, read.scope, list(persons))
    rows = []
    year = school_year_of(read.today)
    for person in sorted(persons.values(), key=lambda one: one.sort_key):
        own = states.get(person.id, {})
        wanted = (
            own.get(DUTY_CONSENT)
            if kind == "duty"
            else personal_data_consent({k: v for k, v in own.items() if k in PERSONAL_DATA_CONSENTS})
        )
        signers = who_signs(person.kind, people.age_on(person, read.today), read.profile.settings)
        adults = ", ".join(people.label(adult) for _link, adult in relatives.get(person.id, []))
        by = {"self": "сам участник", "representative": adults or "законный представитель не указан"}
        valid = wanted is not None and wanted.is_valid
        word = "Не выдано"
        if wanted is not None:
            word = f"Получено {russian_date(wanted.signed_on, year)}" if valid and wanted.signed_on else "Бланк выдан"
            if wanted.revoked_on:
                word = f"Отозвано {russian_date(wanted.revoked_on, year)}"
        waits = wanted is not None and wanted.state == "expected"
        rows.append(
            ConsentRow(
                person.id,
                people.label(person),
                person.class_name or person.post,
                word,
                "done" if valid else "waits" if waits else "missing",
                wanted.document_id if wanted and waits else "",
                " и ".join(by[one] for one in sorted(signers, reverse=True)) if kind != "duty" else "сам участник",
                url_for("people.show", person_id=person.id),
            )
        )
    done = sum(row.outcome == "done" for row in rows)
    shown = tuple(row for row in rows if row.outcome != "done" or not only_missing)
    return Consents(
        "Согласия на обработку данных" if kind != "duty" else "Согласия на возложение обязанностей",
        shown,
        done,
        len(rows),
    )
