"""What the pages of papers show: the desk, the list of all, one paper. Composed of queries; ready words, no rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import url_for

from web.formatting import count, days, out_of, russian_date
from web.views import story, subjects
from workflow_core import operations, queries
from workflow_core.amounts import Amount
from workflow_core.calendars import school_year_of
from workflow_core.definition import START
from workflow_core.guards import Actor
from workflow_core.judgement import Outlook, role_for
from workflow_core.replay import UNIVERSAL, project
from workflow_core.unit_of_work import Read
from workflows.documents import queries as papers
from workflows.documents.consents import SIGNED_AS
from workflows.documents.files import SIGNATURE_REMARK
from workflows.documents.kinds import kind_title
from workflows.documents.papers import PaperLine
from workflows.documents.queries import PaperFilter
from workflows.documents.tables import Document, DocumentFile
from workflows.mentoring import queries as mentoring
from workflows.mentoring.tables import Side
from workflows.organisations import people, policy
from workflows.organisations import queries as organisations
from workflows.organisations.people import search_text
from workflows.organisations.tables import Person

ACT, CONSENT, AGREEMENT, WORKING = "act", "consent", "agreement", "working_paper"
WAITING_SHOWN, FORCE_SHOWN = 8, 4
"""Papers on the desk; the others are one click away."""
STORY_SHOWN = 10
"""Lines of a paper's story on its page."""
COLOURS: Mapping[str, str] = {
    **dict.fromkeys(("at_signing", "expected", "agreed"), "amber"),
    **dict.fromkeys(("in_force", "amended", "received", "signed", "approved"), "green"),
}
_ORDER = ("at_signing", "draft")
SHELVES: Mapping[str, tuple[str, PaperFilter]] = {
    "": ("Все", PaperFilter()),
    "waiting": ("Ждут действия", PaperFilter(states=("draft", "at_signing", "expected", "agreed"))),
    "acts": ("Приказы и положения", PaperFilter(classes=(ACT,))),
    "consents": ("Согласия", PaperFilter(classes=(CONSENT,))),
    "agreements": ("Соглашения", PaperFilter(classes=(AGREEMENT,))),
    "working": ("Планы и отчёты", PaperFilter(classes=(WORKING,))),
}
"""Filters of the list of all papers: code -> (words, what it leaves)."""


# -- who sees what ----------------------------------------------------------------------------------------------------


def own_papers(read: Read, actor: Actor) -> frozenset[str] | None:
    """Papers that somebody with own pairs only may see: about these pairs, or the person's own. None: all of them."""
    if policy.may(actor, "document.read"):
        return None
    if not actor.person_id:
        return frozenset()
    places = mentoring.memberships(read.session, read.scope, [actor.person_id])
    pairs = [one.pair.id for one in places if one.member.side == Side.MENTOR]
    about = papers.papers_of(read.session, read.scope, "pair", pairs)
    own = papers.papers_of(read.session, read.scope, "person", [actor.person_id])
    return frozenset(line.id for found in (about, own) for lines in found.values() for line in lines)


def require_visible(read: Read, actor: Actor, document_id: str) -> Document:
    """A paper that the actor may see. Raises NotFound for another organisation's, NotPermitted for another mentor's."""
    row = papers.document(read.session, read.scope, document_id)
    own = own_papers(read, actor)
    policy.require(actor, "document.read", own=own is not None and document_id in own)
    return row


# -- rows -------------------------------------------------------------------------------------------------------------


def since_words(paper: PaperLine, today: date) -> str:
    """«с 5 ноября, 7 дней»."""
    if paper.since is None:
        return ""
    lasted = paper.days(today)
    begun = f"с {russian_date(paper.since, school_year_of(today))}"
    return f"{begun}, {days(lasted)}" if lasted else begun


def title_of(paper: PaperLine) -> str:
    """«№ 91-ОД, Приказ о закреплении пар» or the title alone."""
    return f"№ {paper.number}, {paper.title}" if paper.number else paper.title


def state_titles(read: Read, ids: Sequence[str]) -> dict[str, str]:
    """State of each paper in words."""
    found = queries.processes(read.session, ids)
    return {one: read.definition(process.definition_hash).state_title(process.state) for one, process in found.items()}


def rows_of(read: Read, found: Sequence[PaperLine]) -> tuple[dict[str, Any], ...]:
    """Papers as rows of a list: title, what it is about, state, day, scan. Statements do not grow with the papers."""
    ids = [paper.id for paper in found]
    titles, about = state_titles(read, ids), _about(read, found)
    rows = papers.documents(read.session, read.scope, ids)
    signers = organisations.people(
        read.session, read.scope, {row.signed_by_id for row in rows.values() if row.signed_by_id}
    )
    return tuple(_row(read, paper, titles, about, rows, signers) for paper in found)


def _row(
    read: Read,
    paper: PaperLine,
    titles: Mapping[str, str],
    about: Mapping[str, str],
    rows: Mapping[str, Document],
    signers: Mapping[str, Person],
) -> dict[str, Any]:
    year = school_year_of(read.today)
    signed = russian_date(paper.signed_on, year) if paper.signed_on else ""
    signer = signers.get(rows[paper.id].signed_by_id or "")
    # Consents and plans carry no number and seldom a scan: only an act's lacking scan is worth a word.
    lacks_scan = paper.is_signed and not paper.has_scan and paper.document_class in (ACT, AGREEMENT)
    return {
        "id": paper.id,
        "title": title_of(paper),
        "name": paper.title,
        "number": f"№ {paper.number} от {signed}" if paper.number else signed,
        "url": url_for("documents.show", document_id=paper.id),
        "about": about.get(paper.id, ""),
        "state": titles.get(paper.id, ""),
        "colour": COLOURS.get(paper.state, ""),
        "note": signed if paper.is_signed and signed else since_words(paper, read.today),
        "signatory": paper.signatory_text or (people.full_name(signer) if signer else ""),
        "original": rows[paper.id].original_place,
        "scan": "есть" if paper.has_scan else "нет" if lacks_scan else "",
        "lacks_scan": lacks_scan,
        "is_failed": paper.file_status == "failed",
    }


def _about(read: Read, found: Sequence[PaperLine]) -> dict[str, str]:
    """What each paper is about: whose it is, the pair, «3 пары»."""
    lines = papers.subjects_of(read.session, read.scope, [paper.id for paper in found])
    pairs = {key: [one.subject_id for one in value if one.subject_kind == "pair"] for key, value in lines.items()}
    alone = [("pair", ids[0]) for ids in pairs.values() if len(ids) == 1]
    named = subjects.subjects(read, [*alone, *(("person", paper.person_id) for paper in found if paper.person_id)])
    told: dict[str, str] = {}
    for paper in found:
        own = pairs.get(paper.id, [])
        if paper.person_id:
            told[paper.id] = named["person", paper.person_id].label
        elif own:
            told[paper.id] = named["pair", own[0]].label if len(own) == 1 else count(len(own), "пара", "пары", "пар")
    return told


# -- the desk ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Desk:
    """The left side: what waits, consents, what is in force."""

    sentence: str
    waiting: tuple[dict[str, Any], ...]
    waiting_total: int
    consents: tuple[int, int] | None
    missing: int
    in_force: tuple[dict[str, Any], ...]
    in_force_total: int
    first: str
    """Paper to show where none was chosen."""
    can_prepare: bool = False


def desk(read: Read, actor: Actor) -> Desk:
    """Papers of the organisation, or of one's own pairs, for the desk."""
    own = own_papers(read, actor)
    if own is None:
        waits = papers.waiting(read.session, read.scope, _ORDER, limit=WAITING_SHOWN)
        wanted = PaperFilter(classes=(ACT, AGREEMENT, WORKING), states=("in_force", "amended", "signed", "approved"))
        stand = papers.paper_page(read.session, read.scope, wanted, limit=FORCE_SHOWN).papers
        tally = read.engine.tallies.of(read, "document")
        # These states are of no consent: what stands in them is what the filter leaves.
        total = sum(tally.get(state, 0) for state in wanted.states)
    else:
        found = _newest(papers.paper_lines(read.session, read.scope, own).values())
        waits = [paper for paper in found if paper.is_waiting and paper.document_class != CONSENT]
        signed = [paper for paper in found if paper.is_signed]
        stand, total = tuple(signed[:FORCE_SHOWN]), len(signed)
        tally = Counter("at_signing" if paper.state == "at_signing" else "draft" for paper in waits)
    waits = sorted(waits, key=lambda paper: _ORDER.index(paper.state) if paper.state in _ORDER else len(_ORDER))
    share = _consent_share(read) if own is None else None
    missing = share[1] - share[0] if share else 0
    rows = rows_of(read, [*waits[:WAITING_SHOWN], *stand])
    split = min(len(waits), WAITING_SHOWN)
    return Desk(
        _sentence(tally, missing),
        rows[:split],
        sum(tally.get(state, 0) for state in _ORDER),
        share,
        missing,
        rows[split:],
        total,
        next((paper.id for paper in (*waits, *stand)), ""),
        policy.may(actor, "document.prepare"),
    )


def _newest(found: Collection[PaperLine]) -> list[PaperLine]:
    return sorted(found, key=lambda paper: paper.id, reverse=True)


def _consent_share(read: Read) -> tuple[int, int] | None:
    """Personal-data consents of all in the banks: (given, asked for)."""
    name = "personal_data_consents"
    facts = read.catalogue.load_facts(read.session, read.scope, "organisation", [name], [read.scope], read.today)
    share = facts[read.scope][name]
    return (share.done, share.total) if share and share.total else None


def _sentence(tally: Mapping[str, int], missing: int) -> str:
    at_signing, drafts = (tally.get(state, 0) for state in _ORDER)
    parts = [
        f"На подписи {count(at_signing, 'документ', 'документа', 'документов')}" if at_signing else "",
        f"{'в' if at_signing else 'В'} проектах {drafts}" if drafts else "",
    ]
    told = ", ".join(part for part in parts if part)
    sentence = f"{told}." if told else "Ничего не ждёт подписи."
    if missing:
        sentence += f" Не сдано {count(missing, 'согласие', 'согласия', 'согласий')}."
    return sentence


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of all papers."""

    rows: tuple[dict[str, Any], ...]
    total: Amount
    next_after: str


def listing(read: Read, actor: Actor, shelf: str, text: str, after: str = "") -> Listing:
    """All papers of a shelf whose title or number holds the words, the newest first."""
    chosen = SHELVES.get(shelf, SHELVES[""])[1]
    wanted = PaperFilter(classes=chosen.classes, states=chosen.states, text=text)
    own = own_papers(read, actor)
    if own is None:
        page = papers.paper_page(read.session, read.scope, wanted, after=after)
        # Where only a walk through all papers would tell, the page itself says how many there are at least.
        total = _total(read, wanted) or Amount(len(page.papers), bool(page.next_after or after))
        return Listing(rows_of(read, page.papers), total, page.next_after)
    found = [
        paper
        for paper in _newest(papers.paper_lines(read.session, read.scope, own).values())
        if (not wanted.classes or paper.document_class in wanted.classes)
        and (not wanted.states or paper.state in wanted.states)
        and all(word in search_text(f"{paper.title} {paper.number}") for word in search_text(text).split())
    ]
    return Listing(rows_of(read, found), Amount(len(found)), "")


def _total(read: Read, wanted: PaperFilter) -> Amount | None:
    if wanted.classes or wanted.kinds or wanted.person_id or wanted.text:
        return papers.count_papers(read.session, read.scope, wanted)
    tally = read.engine.tallies.of(read, "document")
    return Amount(sum(number for state, number in tally.items() if state in (wanted.states or tally)))


# -- one paper --------------------------------------------------------------------------------------------------------


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
    colour: str
    since: str
    version: int
    facts: tuple[tuple[str, str], ...]
    file_status: str
    file_error: str
    warnings: tuple[str, ...]
    files: tuple[dict[str, Any], ...]
    text_url: str
    """Address of the generated .docx; empty while there is none."""
    subjects: tuple[dict[str, str], ...]
    remark: str
    about: str
    """Whose it is, the pair, «3 пары»."""
    story: tuple[story.StoryLine, ...]
    outlooks: Mapping[str, Outlook]
    is_signed: bool
    person_id: str
    readers: tuple[dict[str, str], ...] = ()
    """Who has to read an act in force: id, name, place, day («» while not)."""
    can_mend: bool = False
    can_correct: bool = False
    can_undo: bool = False
    pair_ids: tuple[str, ...] = field(default=())

    @property
    def read_words(self) -> str:
        """«2 из 5»."""
        return out_of(sum(bool(one["day"]) for one in self.readers), len(self.readers))


def paper(read: Read, actor: Actor, document_id: str) -> Paper:
    """A paper that the actor may see. Raises NotFound, NotPermitted."""
    row = require_visible(read, actor, document_id)
    line = papers.paper_lines(read.session, read.scope, [document_id])[document_id]
    files = papers.files_of(read.session, read.scope, [document_id]).get(document_id, [])
    about = papers.subjects_of(read.session, read.scope, [document_id]).get(document_id, [])
    named = subjects.subjects(read, [(one.subject_kind, one.subject_id) for one in about if one.subject_id])
    outlooks = operations.why_not(read, actor, [document_id]).get(document_id, [])
    generated = next((one for one in files if one.purpose == "generated"), None)
    pair_ids = tuple(one.subject_id for one in about if one.subject_kind == "pair")
    year = school_year_of(read.today)
    mends = verbs(read, actor, document_id)
    enters = policy.may(actor, "document.enter")
    return Paper(
        id=document_id,
        title=title_of(line),
        kind=row.kind,
        kind_title=kind_title(read.catalogue, row.kind),
        document_class=row.document_class,
        state=line.state,
        state_title=state_titles(read, [document_id])[document_id],
        colour=COLOURS.get(line.state, ""),
        since=since_words(line, read.today),
        version=line.version,
        facts=tuple(_facts(read, line, row, year)),
        file_status=row.file_status,
        file_error=row.file_error,
        warnings=tuple(row.warnings),
        files=tuple(_file(one, enters) for one in files),
        text_url=url_for("documents.download", file_id=generated.id) if generated else "",
        subjects=tuple(
            {"label": one.label, "url": one.url}
            for (_kind, key), one in named.items()
            if one.label and key != row.person_id
        ),
        remark=row.remark,
        about=_about(read, [line]).get(document_id, ""),
        story=_story(read, document_id),
        outlooks={one.event.name: one for one in outlooks},
        is_signed=line.is_signed,
        person_id=row.person_id or "",
        readers=_readers(read, line, pair_ids) if line.document_class == ACT and line.is_signed else (),
        can_mend=enters and row.signed_on is not None,
        can_correct="correct" in mends,
        can_undo="undo" in mends,
        pair_ids=pair_ids,
    )


def _story(read: Read, document_id: str) -> tuple[story.StoryLine, ...]:
    """What happened to the paper, newest first; what the program noted of its own row goes without saying."""
    entries = queries.entries_of(read.session, read.scope, [document_id]).get(document_id, [])
    told = [one for one in entries if one.kind != "register" or (one.event == "changed" and one.actor_id != "system")]
    steps = {one.seq for one in entries if one.kind != "register"}
    shown = [one for one in told if one.kind != "register" or one.caused_by not in steps]
    return tuple(story.story(read, shown[::-1][:STORY_SHOWN]))


def _file(row: DocumentFile, enters: bool) -> dict[str, Any]:
    note = {"generated": "текст документа", "scan": "скан", "signature": f"электронная подпись {SIGNATURE_REMARK}"}
    removable = enters and row.purpose != "generated"
    return {
        "name": row.name,
        "note": f"{note.get(row.purpose, '')}, {_size(row.size)}",
        "url": url_for("documents.download", file_id=row.id),
        "remove_url": url_for("documents.remove_file", file_id=row.id) if removable else "",
    }


def _size(size: int) -> str:
    return f"{size / 1048576:.1f} МБ".replace(".", ",") if size >= 1048576 else f"{max(1, size // 1024)} КБ"


def verbs(read: Read, actor: Actor, document_id: str) -> set[str]:
    """What may be mended of a paper's steps: «correct», «undo» where the last step can be taken back."""
    process = queries.process(read.session, document_id)
    if process is None:
        return set()
    definition = read.definition(process.definition_hash)
    held = {verb for verb in ("correct", "undo") if role_for(read, actor, definition.verb(verb).roles, process)}
    done = project(
        queries.entries_of(read.session, read.scope, [document_id]).get(document_id, []), read.definition
    ).done
    last = done[-1] if done else None
    if last is None or last.state_before == START or last.entry.caused_by:
        held.discard("undo")
    elif last.entry.event not in UNIVERSAL and not definition.event(last.entry.event).undoable:
        held.discard("undo")
    return held


def _facts(read: Read, line: PaperLine, row: Document, year: int) -> list[tuple[str, str]]:
    signed = organisations.people(read.session, read.scope, [one for one in (row.signed_by_id, row.person_id) if one])
    owner, signer = signed.get(row.person_id or ""), signed.get(row.signed_by_id or "")
    other_side = row.signed_as if row.document_class == AGREEMENT else ""
    capacity = SIGNED_AS.get(row.signed_as, "") if signer and row.signed_as != "self" else ""
    found = [
        ("Вид", kind_title(read.catalogue, row.kind)),
        ("Чьё", people.label(owner) if owner else ""),
        ("Номер", line.number),
        (
            "Подписан" if line.document_class == ACT else "Дата подписания",
            russian_date(line.signed_on, year) if line.signed_on else "",
        ),
        ("Кто подписал", ", ".join(part for part in (people.full_name(signer) if signer else "", capacity) if part)),
        ("Подписал", line.signatory_text),
        ("Другая сторона", other_side),
        ("Действует с", russian_date(row.valid_from, year) if row.valid_from else ""),
        ("Действует до", russian_date(line.valid_to, year) if line.valid_to else ""),
        ("Оригинал", row.original_place or ("место не указано" if line.is_signed else "")),
        ("Скан", ("есть" if line.has_scan else "нет") if line.is_signed else ""),
        ("Откуда", "внесён готовым" if line.origin == "entered" else "подготовлен в программе"),
    ]
    return [(name, value) for name, value in found if value]


def _readers(read: Read, line: PaperLine, pair_ids: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Who has to read an act: the members of its pairs, or the mentors of the banks, and whoever has read it already."""
    known = {one.person_id: one.acquainted_on for one in papers.acquaintances(read.session, read.scope, line.id)}
    wanted = dict.fromkeys(known)
    if pair_ids:
        members = mentoring.members(read.session, read.scope, pair_ids)
        wanted |= {who.id: None for rows in members.values() for member, who in rows if member.left_on is None}
    else:
        running = mentoring.current_programmes(read.session, read.scope, read.today)
        banks = mentoring.participants(read.session, read.scope, [one.id for one in running], Side.MENTOR)
        wanted |= {who.id: None for row, who in banks if row.left_on is None}
        wanted |= {one.curator_id: None for one in running if one.curator_id}
    found = organisations.people(read.session, read.scope, wanted)
    year = school_year_of(read.today)
    return tuple(
        {
            "id": who.id,
            "name": people.label(who),
            "place": who.class_name or who.post,
            "day": russian_date(known[who.id], year) if who.id in known else "",
        }
        for who in sorted(found.values(), key=lambda one: one.sort_key)
    )
