"""Every SQL statement over papers and their files; one named function each.

`scope` is the organisation asked for: another one's paper is not found, whatever its id. Texts of papers (`facts`) are read
only where one paper is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow_core.amounts import Amount
from workflow_core.exceptions import NotFound
from workflow_core.lists import Unindexed, amount_of
from workflow_core.queries import chunks
from workflow_core.rendering import DocumentClass
from workflow_core.tables import metadata, process_table
from workflows.documents.consents import ConsentState, best, holds, years
from workflows.documents.kinds import evidence_codes
from workflows.documents.numbers import TakenNumber, clash
from workflows.documents.papers import (
    OPEN_STATES,
    SIGNED_STATES,
    ActInForce,
    ConsentTotal,
    DossierLine,
    PaperLine,
    SubjectLine,
)
from workflows.documents.tables import (
    Acquaintance,
    Document,
    DocumentFile,
    DocumentSubject,
    Purpose,
    file_blob_table,
)
from workflows.organisations import search_index
from workflows.organisations.search_index import few_of
from workflows.organisations.tables import Person, search_entry_table

_Query = sa.Select[*tuple[Any, ...]]

PAGE = 50
"""Papers on one page of a list."""
WAITING = 200
"""Papers of one state that wait for somebody, as far as a page looks at them."""


def _rows(session: Session, statement: sa.Executable) -> Sequence[Any]:
    """Rows of a statement over columns; what waits in the session is written first."""
    session.flush()
    return session.connection().execute(statement).all()


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


# -- one paper --------------------------------------------------------------------------------------------------------


def document(session: Session, scope: str, document_id: str) -> Document:
    """One paper of this organisation. Raises NotFound, for another organisation's too."""
    found = session.get(Document, document_id)
    if found is None or found.organisation_id != scope:
        raise NotFound("документ", document_id)
    return found


def documents(session: Session, scope: str, ids: Iterable[str]) -> dict[str, Document]:
    """Some papers of this organisation by id; others' are left out."""
    found: dict[str, Document] = {}
    for part in chunks(ids):
        rows = session.exec(select(Document).where(col(Document.id).in_(part), col(Document.organisation_id) == scope))
        found.update({row.id: row for row in rows})
    return found


_SUBJECT_LINE = (
    col(DocumentSubject.document_id),
    col(DocumentSubject.subject_kind),
    col(DocumentSubject.subject_id),
    col(DocumentSubject.role),
)


def subjects_of(session: Session, scope: str, document_ids: Iterable[str]) -> dict[str, list[SubjectLine]]:
    """What each paper is about, in the order in which it names them."""
    found: dict[str, list[SubjectLine]] = {}
    for part in chunks(document_ids):
        query = (
            sa.select(*_SUBJECT_LINE)
            .where(col(DocumentSubject.organisation_id) == scope, col(DocumentSubject.document_id).in_(part))
            .order_by(col(DocumentSubject.id))
        )
        for row in _rows(session, query):
            found.setdefault(row[0], []).append(SubjectLine(*row))
    return found


def files_of(session: Session, scope: str, document_ids: Iterable[str]) -> dict[str, list[DocumentFile]]:
    """Files of some papers, oldest first; the bytes stay where they are."""
    found: dict[str, list[DocumentFile]] = {}
    for part in chunks(document_ids):
        query = (
            select(DocumentFile)
            .where(col(DocumentFile.organisation_id) == scope, col(DocumentFile.document_id).in_(part))
            .order_by(col(DocumentFile.id))
        )
        for row in session.exec(query):
            found.setdefault(row.document_id, []).append(row)
    return found


def document_file(session: Session, scope: str, file_id: str) -> DocumentFile:
    """One file of this organisation. Raises NotFound, for another organisation's too."""
    found = session.get(DocumentFile, file_id)
    if found is None or found.organisation_id != scope:
        raise NotFound("файл", file_id)
    return found


def acquaintances(session: Session, scope: str, document_id: str) -> list[Acquaintance]:
    """Who has read a paper and when, in that order."""
    query = select(Acquaintance).where(
        col(Acquaintance.organisation_id) == scope, col(Acquaintance.document_id) == document_id
    )
    return list(session.exec(query.order_by(col(Acquaintance.acquainted_on), col(Acquaintance.id))))


# -- bytes ------------------------------------------------------------------------------------------------------------


def insert_blob(session: Session, sha256: str, content: bytes) -> None:
    """Keep bytes under their hash; bytes that are there already stay."""
    session.connection().execute(
        sa.text("INSERT INTO file_blob (sha256, content) VALUES (:sha256, :content) ON CONFLICT (sha256) DO NOTHING"),
        {"sha256": sha256, "content": content},
    )


def blob(session: Session, sha256: str) -> bytes | None:
    """The bytes under a hash."""
    query = sa.select(file_blob_table.c.content).where(file_blob_table.c.sha256 == sha256)
    row = session.connection().execute(query).first()
    return bytes(row[0]) if row else None


def delete_unused_blob(session: Session, sha256: str) -> bool:
    """Delete the bytes under a hash unless some file, of whichever organisation, still is these bytes."""
    session.flush()
    holders = [
        column
        for table in file_blob_table.metadata.tables.values()
        for column in table.columns
        if column.references(file_blob_table.c.sha256)
    ]
    unused = [~sa.exists().where(column == sha256) for column in holders]
    statement = sa.delete(file_blob_table).where(file_blob_table.c.sha256 == sha256, *unused)
    return bool(session.connection().execute(statement).rowcount)


# -- lists ------------------------------------------------------------------------------------------------------------


def _has_file(purpose: Purpose) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(DocumentFile.document_id) == col(Document.id), col(DocumentFile.purpose) == purpose.value
    )


def _line_query(scope: str) -> _Query:
    return (
        sa.select(
            col(Document.id),
            col(Document.kind),
            col(Document.document_class),
            col(Document.title),
            col(Document.number),
            col(Document.signed_on),
            col(Document.signatory_text),
            col(Document.valid_to),
            col(Document.person_id),
            col(Document.origin),
            col(Document.file_status),
            col(Document.file_error),
            process_table.c.state,
            process_table.c.since,
            process_table.c.version,
            _has_file(Purpose.SCAN),
            _has_file(Purpose.SIGNATURE),
        )
        .join(process_table, process_table.c.id == col(Document.id))
        .where(col(Document.organisation_id) == scope)
    )


def _line(row: Any) -> PaperLine:
    values = list(row)
    values[8] = values[8] or ""
    values[13] = _day(values[13])
    values[15:17] = bool(values[15]), bool(values[16])
    return PaperLine(*values)


def paper_lines(session: Session, scope: str, ids: Iterable[str]) -> dict[str, PaperLine]:
    """Some papers with their states, by id."""
    found: dict[str, PaperLine] = {}
    for part in chunks(ids):
        rows = _rows(session, _line_query(scope).where(col(Document.id).in_(part)))
        found.update({row[0]: _line(row) for row in rows})
    return found


@dataclass(frozen=True, slots=True)
class PaperFilter:
    """Which papers a list shows; empty means all."""

    classes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    person_id: str = ""
    text: str = ""
    """Words of title or number in any case, ё as е."""


@dataclass(frozen=True, slots=True)
class PaperPage:
    """One page of a list; `next_after` is the id to ask for the next one with, empty on the last."""

    papers: tuple[PaperLine, ...]
    next_after: str = ""


def paper_page(
    session: Session, scope: str, wanted: PaperFilter = PaperFilter(), *, after: str = "", limit: int = PAGE
) -> PaperPage:
    """A page of papers, the newest first; `after` is the last id of the page before."""
    few = _few(session, scope, wanted)
    rows: list[str] = []
    for query in _branches(scope, wanted, few):
        query = query.where(col(Document.id) < after) if after else query
        rows += [row[0] for row in _rows(session, query.order_by(col(Document.id).desc()).limit(limit + 1))]
    ids = sorted(rows, reverse=True)[: limit + 1]
    lines = paper_lines(session, scope, ids[:limit])
    return PaperPage(tuple(lines[one] for one in ids[:limit]), ids[limit - 1] if len(ids) > limit else "")


def count_papers(session: Session, scope: str, wanted: PaperFilter = PaperFilter()) -> Amount | None:
    """How many papers a list would show; None where that takes a walk through all of them."""
    few = _few(session, scope, wanted)
    conditions = (wanted.classes, wanted.kinds, wanted.states, wanted.person_id, wanted.text)
    if few is None and sum(map(bool, conditions)) > 1:
        return None
    if few is None and wanted.text:
        return Amount(search_index.MATCHES, True)
    found = [amount_of(session, query) for query in _branches(scope, wanted, few)]
    return sum(found, Amount(0))


def _few(session: Session, scope: str, wanted: PaperFilter) -> list[str] | None:
    """The papers that meet every condition met by few; None where each of the conditions is met by many."""
    found: set[str] | None = None
    for ids in _candidates(session, scope, wanted):
        if ids is not None:
            found = ids if found is None else found & ids
    return None if found is None else sorted(found)


def _candidates(session: Session, scope: str, wanted: PaperFilter) -> Iterator[set[str] | None]:
    process, own = process_table.c, col(Document.organisation_id) == scope
    if wanted.text:
        ids = search_index.matches(session, scope, "document", wanted.text).ids
        yield None if ids is None else set(ids)
    if wanted.states:
        states = process.state.in_(wanted.states)
        yield few_of(
            session, sa.select(process.id).where(process.scope_id == scope, process.subject_kind == "document", states)
        )
    if wanted.kinds:
        yield few_of(session, sa.select(col(Document.id)).where(own, col(Document.kind).in_(wanted.kinds)))
    if wanted.person_id:
        yield few_of(session, sa.select(col(Document.id)).where(own, col(Document.person_id) == wanted.person_id))


def _branches(scope: str, wanted: PaperFilter, few: Sequence[str] | None) -> list[_Query]:
    """Ids of the papers, a statement for each class or kind: each in the order of an index, no paper in two of them."""
    query = sa.select(col(Document.id)).where(col(Document.organisation_id) == scope)
    # Papers without a process are in no list.
    query = query.join(process_table, process_table.c.id == col(Document.id))
    if few is not None:
        query = query.where(col(Document.id).in_(few))
    if wanted.states:
        state = process_table.c.state if few is not None else Unindexed(process_table.c.state)
        query = query.where(state.in_(wanted.states))
    if wanted.person_id:
        query = query.where(col(Document.person_id) == wanted.person_id)
    if wanted.text:
        line = search_entry_table
        query = query.join(line, line.c.subject_id == col(Document.id))
        query = query.where(search_index.holds(search_index.patterns(wanted.text)))
    if wanted.kinds:
        classes = col(Document.document_class).in_(wanted.classes) if wanted.classes else sa.true()
        return [query.where(col(Document.kind) == kind, classes) for kind in dict.fromkeys(wanted.kinds)]
    if wanted.classes:
        return [query.where(col(Document.document_class) == one) for one in dict.fromkeys(wanted.classes)]
    return [query]


def waiting(
    session: Session, scope: str, states: Iterable[str] = ("draft", "at_signing"), *, limit: int = WAITING
) -> list[PaperLine]:
    """Papers that somebody has to do something with, those that have waited longest first, `limit` of each state at most."""
    process = process_table.c
    found: list[PaperLine] = []
    for state in sorted(states):
        query = _line_query(scope).where(
            process.scope_id == scope, process.subject_kind == "document", process.state == state
        )
        rows = _rows(session, query.order_by(process.since, process.id).limit(limit))
        found += [_line(row) for row in rows]
    return sorted(found, key=lambda line: (line.since or date.min, line.id))


def subjects_named(session: Session, scope: str, kind: str, state: str, subject_kind: str) -> Amount:
    """How many subjects are named by papers of a kind in a state: pairs whose order lies at the head's."""
    query = (
        sa.select(col(DocumentSubject.subject_id))
        .join(process_table, process_table.c.id == col(DocumentSubject.document_id))
        .join(Document, col(Document.id) == col(DocumentSubject.document_id))
        .where(
            process_table.c.scope_id == scope,
            process_table.c.subject_kind == "document",
            process_table.c.state == state,
            col(Document.kind) == kind,
            col(DocumentSubject.subject_kind) == subject_kind,
        )
        .distinct()
    )
    return amount_of(session, query)


def lacking_scans(session: Session, scope: str) -> list[PaperLine]:
    """Papers that are signed and stand but have no scan: findings, the oldest first."""
    query = _line_query(scope).where(process_table.c.state.in_(sorted(SIGNED_STATES)), ~_has_file(Purpose.SCAN))
    return [_line(row) for row in _rows(session, query.order_by(col(Document.signed_on), col(Document.id)))]


def papers_of(
    session: Session, scope: str, subject_kind: str, subject_ids: Iterable[str]
) -> dict[str, list[PaperLine]]:
    """Papers about some subjects, the newest first; of a person also those that the person gave."""
    wanted = list(dict.fromkeys(subject_ids))
    found: dict[str, dict[str, PaperLine]] = {}
    for part in chunks(wanted):
        query = (
            _line_query(scope)
            .add_columns(col(DocumentSubject.subject_id))
            .join(DocumentSubject, col(DocumentSubject.document_id) == col(Document.id))
            .where(col(DocumentSubject.subject_kind) == subject_kind, col(DocumentSubject.subject_id).in_(part))
        )
        for *values, subject_id in _rows(session, query):
            found.setdefault(subject_id, {})[values[0]] = _line(values)
        if subject_kind == "person":
            for row in _rows(session, _line_query(scope).where(col(Document.person_id).in_(part))):
                found.setdefault(row[8], {})[row[0]] = _line(row)
    return {
        subject_id: sorted(lines.values(), key=lambda line: line.id, reverse=True)
        for subject_id, lines in found.items()
    }


def dossier(
    session: Session, scope: str, subject_kind: str, subject_id: str, expected: Sequence[str]
) -> list[DossierLine]:
    """The folder of one subject: each expected kind of paper, whether it is there, then whatever else lies there."""
    found = papers_of(session, scope, subject_kind, [subject_id]).get(subject_id, [])
    by_kind: dict[str, list[PaperLine]] = {kind: [] for kind in expected}
    for line in found:
        by_kind.setdefault(line.kind, []).append(line)
    return [
        DossierLine(kind, any(line.is_signed for line in lines), tuple(lines))
        for kind, lines in by_kind.items()
    ]  # fmt: skip


# -- what stands on a day ---------------------------------------------------------------------------------------------

_STANDING: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    DocumentClass.ACT.value: (("in_force", "amended"), ("repealed",)),
    DocumentClass.AGREEMENT.value: (("signed",), ("ended",)),
    DocumentClass.WORKING_PAPER.value: (("approved",), ()),
}
"""Class -> states in which a paper stands, states that ended it on a day."""


def acts_in_force(
    session: Session, scope: str, on_date: date, subject_ids: Iterable[str] | None = None, *, newest: int | None = None
) -> tuple[ActInForce, ...]:
    """Acts in force on the day, oldest first; with `subject_ids` only those about one of them."""
    return papers_in_force(session, scope, on_date, subject_ids, classes=(DocumentClass.ACT.value,), newest=newest)


def papers_in_force(
    session: Session,
    scope: str,
    on_date: date,
    subject_ids: Iterable[str] | None = None,
    *,
    classes: Sequence[str] = tuple(_STANDING),
    kinds: Sequence[str] = (),
    newest: int | None = None,
) -> tuple[ActInForce, ...]:
    """Acts in force, agreements and approved working papers that stand on the day, oldest first; only so many of the newest.

    `kinds`: only papers of these.
    """
    about = None if subject_ids is None else [subject_ids] if isinstance(subject_ids, str) else list(subject_ids)
    parts: list[list[str] | None] = [None] if about is None else [*chunks(about)]
    rows: dict[str, Any] = {}
    for part in parts:
        query = _standing_query(scope, on_date, classes, part)
        if kinds:
            query = query.where(col(Document.kind).in_(kinds))
        if newest is not None:
            query = query.order_by(col(Document.signed_on).desc(), col(Document.id).desc()).limit(newest)
        rows.update({row[0]: row for row in _rows(session, query)})
    subjects = subjects_of(session, scope, rows)
    found = [
        ActInForce(
            row[0],
            row[1],
            row[3],
            row[4],
            row[5],
            frozenset(line.subject_id for line in subjects.get(row[0], ())),
            evidence_codes(row[1]),
            row[2],
        )
        for row in rows.values()
    ]
    return tuple(sorted(found, key=lambda act: (act.signed_on, act.id)))


def _standing_query(scope: str, on_date: date, classes: Sequence[str], about: list[str] | None) -> _Query:
    stands = [name for one in classes for name in _STANDING[one][0]]
    ended = [name for one in classes for name in _STANDING[one][1]]
    begun = sa.func.coalesce(col(Document.valid_from), col(Document.signed_on))
    query = (
        sa.select(
            col(Document.id),
            col(Document.kind),
            col(Document.document_class),
            col(Document.number),
            col(Document.signed_on),
            col(Document.title),
        )
        .join(process_table, process_table.c.id == col(Document.id))
        .where(
            col(Document.organisation_id) == scope,
            col(Document.document_class).in_(classes),
            col(Document.signed_on).is_not(None),
            begun <= on_date,
            sa.or_(col(Document.valid_to).is_(None), col(Document.valid_to) >= on_date),
            sa.or_(
                process_table.c.state.in_(stands),
                sa.and_(process_table.c.state.in_(ended), process_table.c.since > on_date.isoformat()),
            ),
        )
    )
    if about is not None:
        query = query.where(
            col(Document.id).in_(
                sa.select(col(DocumentSubject.document_id)).where(col(DocumentSubject.subject_id).in_(about))
            )
        )
    return query


def taken_numbers(session: Session, scope: str) -> tuple[TakenNumber, ...]:
    """Numbers of all registered acts of the organisation."""
    query = sa.select(
        col(Document.id), col(Document.kind), col(Document.title), col(Document.number), col(Document.signed_on)
    ).where(
        col(Document.organisation_id) == scope,
        col(Document.document_class) == DocumentClass.ACT.value,
        col(Document.number) != "",
        col(Document.signed_on).is_not(None),
    )
    return tuple(TakenNumber(*row) for row in _rows(session, query.order_by(col(Document.signed_on))))


def number_clash(session: Session, scope: str, document: Document) -> TakenNumber | None:
    """The registered act of the same journal and year that has this act's number already."""
    if document.document_class != DocumentClass.ACT or not document.number or document.signed_on is None:
        return None
    taken = taken_numbers(session, scope)
    return clash(taken, document.kind, document.number, document.signed_on, besides=document.id)


# -- consents ---------------------------------------------------------------------------------------------------------


def consents_on(
    session: Session,
    scope: str,
    person_ids: Iterable[str] | None,
    kinds: Sequence[str],
    on_date: date,
) -> dict[str, dict[str, ConsentState]]:
    """The consents of some people (None: of all) seen on a day, by person and kind; no kinds named: all; who gave none is left out.

    Of several papers of one kind the one that counts: see `consents.best`.
    """
    parts: list[list[str] | None] = [None] if person_ids is None else [*chunks(person_ids)]
    found: dict[str, dict[str, list[ConsentState]]] = {}
    for part in parts:
        for row in _rows(session, _consent_query(scope, kinds, part)):
            found.setdefault(row.person_id, {}).setdefault(row.kind, []).append(_consent(row, on_date))
    return {person: {kind: best(states) for kind, states in by_kind.items()} for person, by_kind in found.items()}


def _consent_query(scope: str, kinds: Sequence[str], people: list[str] | None) -> _Query:
    query = (
        sa.select(
            col(Document.id).label("document_id"),
            col(Document.kind),
            col(Document.person_id),
            col(Document.signed_by_id),
            col(Document.signed_as),
            col(Document.signed_on),
            col(Document.valid_to),
            process_table.c.state,
            process_table.c.since,
            col(Person.kind).label("person_kind"),
            col(Person.birth_date),
        )
        .join(process_table, process_table.c.id == col(Document.id))
        .join(Person, col(Person.id) == col(Document.person_id))
        .where(
            col(Document.organisation_id) == scope,
            col(Document.document_class) == DocumentClass.CONSENT.value,
        )
    )
    if kinds:
        query = query.where(col(Document.kind).in_(kinds))
    return query if people is None else query.where(col(Document.person_id).in_(people))


def _consent(row: Any, day: date) -> ConsentState:
    revoked_on = _day(row.since) if row.state in ("revoked", "replaced") else None
    return ConsentState(
        row.document_id,
        row.kind,
        row.state,
        row.signed_by_id or "",
        row.signed_as,
        row.signed_on,
        row.valid_to,
        revoked_on,
        holds(row.state, row.signed_on, row.valid_to, revoked_on, day),
        row.person_kind,
        years(row.birth_date, row.signed_on),
        years(row.birth_date, day),
    )


def consent_totals(session: Session, scope: str) -> list[ConsentTotal]:
    """Of each kind of consent how many were asked for and how many are in; revoked and replaced ones do not count."""
    is_in = sa.case((process_table.c.state == "received", 1), else_=0)
    query = (
        sa.select(col(Document.kind), sa.func.sum(is_in), sa.func.count())
        .join(process_table, process_table.c.id == col(Document.id))
        .where(
            col(Document.organisation_id) == scope,
            col(Document.document_class) == DocumentClass.CONSENT.value,
            process_table.c.state.in_(("expected", "received")),
        )
        .group_by(col(Document.kind))
        .order_by(col(Document.kind))
    )
    return [ConsentTotal(kind, int(done), int(total)) for kind, done, total in _rows(session, query)]


def open_consents(session: Session, scope: str, person_ids: Iterable[str], kind: str) -> dict[str, str]:
    """Of some people the consent of a kind that is asked for and not yet in: person -> document."""
    found: dict[str, str] = {}
    for part in chunks(person_ids):
        query = (
            sa.select(col(Document.person_id), col(Document.id))
            .join(process_table, process_table.c.id == col(Document.id))
            .where(
                col(Document.organisation_id) == scope,
                col(Document.kind) == kind,
                col(Document.person_id).in_(part),
                process_table.c.state.in_(sorted(OPEN_STATES)),
            )
        )
        found.update({row[0]: row[1] for row in _rows(session, query)})
    return found


def received_consents(session: Session, scope: str, person_id: str, kinds: Sequence[str]) -> list[PaperLine]:
    """Consents of somebody that are in and neither revoked nor replaced."""
    query = _line_query(scope).where(
        col(Document.person_id) == person_id, col(Document.kind).in_(kinds), process_table.c.state == "received"
    )
    return [_line(row) for row in _rows(session, query)]


def wipe_facts(session: Session, scope: str, document_id: str) -> None:
    """Empty what a paper was made from, past the session: the caller records the erasure without repeating the facts."""
    session.flush()
    document = metadata.tables["document"]
    session.connection().execute(
        sa.update(document)
        .where(document.c.id == document_id, document.c.organisation_id == scope)
        .values(facts={}, warnings=[])
    )
    for row in session.identity_map.values():
        if isinstance(row, Document) and row.id == document_id:
            session.expire(row, ["facts", "warnings"])
