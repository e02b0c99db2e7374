"""«Внести готовый документ»: papers made elsewhere, in bulk, straight into the state in which they stand.

Such a paper satisfies guards and evidence exactly like a generated one. What looks wrong is a warning on the paper, not a
wall: schools begin in the middle of a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from workflow_core import operations
from workflow_core.exceptions import InvalidInput, NotFound, WorkflowError
from workflow_core.operations import RowResult
from workflow_core.rendering import DocumentClass
from workflow_core.unit_of_work import Write
from workflows.documents import queries
from workflows.documents.effects import past_day, search_key, set_signatory, set_signer
from workflows.documents.facts import load_signers
from workflows.documents.guards import signer_blockers
from workflows.documents.kinds import kind_of
from workflows.documents.operations import attach_scan, check_term, name_subjects, replace_older
from workflows.documents.papers import READY_STATE
from workflows.documents.tables import Document, Origin
from workflows.organisations import queries as organisations
from workflows.organisations.settings import lifecycle


@dataclass(frozen=True, slots=True)
class ReadyPaper:
    """A signed paper as the school holds it in its hands."""

    kind: str
    signed_on: date
    number: str = ""
    title: str = ""
    """Empty: the kind's own."""
    document_class: str = ""
    """Only for the kind «other»: act, consent, agreement or working_paper."""
    signatory: str = ""
    """Person who signed for the organisation; or `signatory_text` where the person is not entered."""
    signatory_text: str = ""
    subjects: tuple[tuple[str, str], ...] = ()
    """(kind of subject, id): pairs, activities, people that the paper covers."""
    person_id: str = ""
    """Whose consent it is."""
    signer: str = ""
    """Person who signed a consent; empty: whoever signs by age."""
    signed_as: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    original_place: str = ""
    remark: str = ""
    scan_name: str = ""
    scan: bytes = b""


def enter_ready(write: Write, paper: ReadyPaper) -> Document:
    """Enter one signed paper as found. Raises InvalidInput (future date, entered already), NotFound, NotPermitted."""
    kind = kind_of(write.catalogue, paper.kind)
    document_class = paper.document_class if paper.kind == "other" and paper.document_class else kind.document_class
    document = Document(
        organisation_id=write.scope,
        kind=kind.code,
        document_class=DocumentClass(document_class).value,
        title=paper.title.strip() or kind.title,
        number=" ".join(paper.number.removeprefix("№").split()),
        signed_on=past_day(write, paper.signed_on),
        signatory_text=paper.signatory_text.strip(),
        original_place=paper.original_place.strip(),
        valid_from=paper.valid_from,
        valid_to=paper.valid_to,
        person_id=paper.person_id or None,
        origin=Origin.ENTERED.value,
        remark=paper.remark.strip(),
    )
    document.search_key = search_key(document)
    check_term(document)
    document.warnings = [
        *_signatory(write, document, paper),
        *_number(write, document),
        *_signer(write, document, paper),
    ]
    write.session.add(document)
    write.session.flush()
    own = (("person", paper.person_id),) if paper.person_id else ()
    name_subjects(write, document, [*paper.subjects, *own])
    operations.enter_as_found(
        write,
        lifecycle(write.profile.settings, document.document_class),
        "document",
        document.id,
        READY_STATE[document.document_class],
        happened_on=document.signed_on,
        remark=paper.remark,
    )
    if paper.scan:
        attach_scan(write, document.id, paper.scan_name, paper.scan)
    if document.document_class == DocumentClass.CONSENT.value:
        replace_older(write, [document.id])
    return document


def enter_ready_many(write: Write, papers: Sequence[ReadyPaper]) -> list[RowResult]:
    """Enter many, each row for itself: a row that is refused leaves nothing behind and says why."""
    results = []
    for paper in papers:
        mark = write.savepoint()
        try:
            document = enter_ready(write, paper)
            write.session.flush()
        except WorkflowError as exc:
            write.roll_back_to(mark)
            results.append(RowResult("", False, str(exc)))
            continue
        write.release(mark)
        results.append(RowResult(document.id, True, "Внесено" if not document.warnings else document.warnings[0]))
    return results


def _signatory(write: Write, document: Document, paper: ReadyPaper) -> list[str]:
    if not paper.signatory:
        return []
    assert document.signed_on is not None
    if set_signatory(write, document, paper.signatory, document.signed_on):
        return []
    return [f"{document.signatory_text}: нет права подписи на {document.signed_on:%d.%m.%Y}."]


def _number(write: Write, document: Document) -> list[str]:
    """The very paper that is entered already is refused; another one with its number is only shown."""
    taken = queries.number_clash(write.session, write.scope, document)
    if taken is None:
        return []
    if taken.kind == document.kind and taken.signed_on == document.signed_on:
        text = f"«{taken.title}» № {taken.number} от {taken.signed_on:%d.%m.%Y} уже внесён."
        raise InvalidInput({"number": text})
    return [f"Номер {document.number} уже есть: «{taken.title}» от {taken.signed_on:%d.%m.%Y}."]


def _signer(write: Write, document: Document, paper: ReadyPaper) -> list[str]:
    if document.document_class != DocumentClass.CONSENT.value:
        return []
    if not paper.person_id:
        raise InvalidInput({"person_id": "Укажите, чьё это согласие."})
    people = organisations.people(write.session, write.scope, [paper.person_id])
    if not people:
        raise NotFound("человек", paper.person_id)
    assert document.signed_on is not None
    set_signer(write, document, paper.signer, paper.signed_as)
    signers = load_signers(write.session, write.scope, people)[paper.person_id]
    found = signer_blockers(
        signers, document.kind, document.signed_on, write.profile.settings, paper.signer, document.signed_as
    )
    return [f"{blocker.text}." for blocker in found]
