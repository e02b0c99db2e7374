"""What can be done with papers: prepare, register, receive, correct, attach, erase. `ready_papers` enters what is signed already.

Steps whose form is enough (send, take back, discard, amend, repeal, revoke, agree) are fired directly by
`workflow_core.operations.fire`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflow_core import operations
from workflow_core import queries as core_queries
from workflow_core.exceptions import InvalidInput, NotFound
from workflow_core.guards import EMPTY
from workflow_core.operations import RowResult, StepRequest, StepResult
from workflow_core.rendering import DocumentClass, DocumentKind
from workflow_core.unit_of_work import Write
from workflows.documents import files, frozen_facts, queries
from workflows.documents.effects import past_day, search_key, set_signatory, set_signer
from workflows.documents.kinds import ADULT_CONSENT, PERSONAL_DATA_CONSENTS
from workflows.documents.papers import FIRST_EVENT, SIGNED_STATES
from workflows.documents.rendering_task import TASK
from workflows.documents.tables import Acquaintance, Document, DocumentFile, DocumentSubject, FileStatus, Purpose
from workflows.organisations import queries as organisations
from workflows.organisations import search_index
from workflows.organisations.policy import require
from workflows.organisations.settings import lifecycle
from workflows.organisations.tables import Person

ENTER = "document.enter"
"""Permission for what is written on a paper outside of its lifecycle."""


# -- making -----------------------------------------------------------------------------------------------------------


def prepare(
    write: Write,
    kind_code: str,
    subject_ids: Sequence[str],
    *,
    facts: Mapping[str, Any],
    title: str = "",
    person_id: str | None = None,
    happened_on: date | None = None,
    remark: str = "",
) -> Document:
    """Freeze the facts of a paper, begin its lifecycle and ask for its file.

    `facts` are plain JSON in the kind's shape; organisation, signatory of the day and `prepared_on` are added where they
    lack. Raises InvalidInput with all that blocks the paper, NotFound for an unknown kind.
    """
    kind = _kind(write, kind_code)
    if len(subject_ids) > 1 and not kind.many:
        raise InvalidInput({"subjects": f"«{kind.title}» составляется на каждого отдельно."})
    frozen, warnings = _frozen(write, kind, facts, happened_on or write.today)
    document = Document(
        organisation_id=write.scope,
        kind=kind.code,
        document_class=kind.document_class.value,
        title=title.strip() or kind.title,
        person_id=person_id,
        facts=frozen,
        warnings=warnings,
        file_status=FileStatus.WAITING.value,
        remark=remark.strip(),
    )
    document.search_key = search_key(document)
    write.session.add(document)
    write.session.flush()
    name_subjects(write, document, [(kind.subject, subject_id) for subject_id in subject_ids])
    operations.start(
        write,
        lifecycle(write.profile.settings, document.document_class),
        "document",
        document.id,
        FIRST_EVENT[document.document_class],
        happened_on=happened_on,
        remark=remark,
    )
    write.request(TASK, document.id)
    return document


def prepare_again(write: Write, document_id: str, facts: Mapping[str, Any]) -> Document:
    """Freeze other facts for a paper that is still a draft; its file is made anew. Raises InvalidInput for any other."""
    document = queries.document(write.session, write.scope, document_id)
    process = core_queries.process(write.session, document_id)
    if process is None or process.state not in ("draft", "expected"):
        text = "Текст меняется только у проекта. Верните документ в проекты или подготовьте новый."
        raise InvalidInput({"document": text})
    require(write.actor, "document.prepare")
    kind = _kind(write, document.kind)
    frozen, document.warnings = _frozen(write, kind, facts, write.today)
    if frozen != document.facts or document.file_status == FileStatus.FAILED:
        document.facts = frozen
        _ask_for_file(write, document)
    return document


def retry_render(write: Write, document_id: str) -> Document:
    """«Повторить»: ask once more for a file that could not be made. A file that is there stays as it is."""
    document = queries.document(write.session, write.scope, document_id)
    require(write.actor, "document.prepare")
    if document.file_status == FileStatus.WAITING:
        # Its job may be lost. Nothing changes on the paper, and a commit without an entry has no job.
        write.record("paper", "document", document_id, "asked_again")
    if document.file_status in (FileStatus.FAILED, FileStatus.WAITING):
        _ask_for_file(write, document)
    return document


def _ask_for_file(write: Write, document: Document) -> None:
    document.file_status, document.file_error = FileStatus.WAITING.value, ""
    write.request(TASK, document.id)


def _kind(write: Write, code: str) -> DocumentKind:
    kind = write.catalogue.document_kinds.get(code)
    if kind is None:
        raise NotFound("вид документа", code, write.catalogue.document_kinds)
    return kind


def _frozen(write: Write, kind: DocumentKind, facts: Mapping[str, Any], day: date) -> tuple[dict[str, Any], list[str]]:
    """Facts as plain JSON and what the kind warns of. Raises InvalidInput with all that blocks."""
    whole = json.loads(json.dumps(frozen_facts.completed(write, kind.facts, facts, day), ensure_ascii=False))
    if missing := [name for name in kind.facts if name not in whole]:
        raise InvalidInput({"facts": f"«{kind.title}»: нет сведений: {', '.join(missing)}."})
    found = write.catalogue.checks(kind, whole)
    if errors := {check.code: check.text for check in found if check.severity == "E"}:
        raise InvalidInput(errors)
    return whole, [check.text for check in found]


def name_subjects(write: Write, document: Document, subjects: Sequence[tuple[str, str]]) -> None:
    """Write down what a paper is about: (kind of subject, id), in the order in which the paper names them."""
    for subject_kind, subject_id in dict.fromkeys(subjects):
        write.session.add(
            DocumentSubject(
                organisation_id=write.scope,
                document_id=document.id,
                subject_kind=subject_kind,
                subject_id=subject_id,
            )
        )
    write.session.flush()


# -- acts -------------------------------------------------------------------------------------------------------------


def register(
    write: Write,
    document_id: str,
    *,
    number: str,
    signed_on: date,
    signatory: str,
    original_place: str = "",
    remark: str = "",
    ground: str = "",
    expected_version: int | None = None,
    grounds: Mapping[str, str] = EMPTY,
) -> StepResult:
    """Register an act under the day of its signing; `signatory` is a person's id. What it causes is in the result."""
    return operations.fire(
        write,
        document_id,
        "register",
        fields={"number": number, "signed_on": signed_on, "signatory": signatory, "original_place": original_place},
        happened_on=past_day(write, signed_on),
        remark=remark,
        ground=ground,
        expected_version=expected_version,
        grounds=grounds,
    )


def record_acquaintance(write: Write, document_id: str, person_ids: Sequence[str], acquainted_on: date) -> int:
    """Write down who signed that they have read a paper; says how many are new. Who stands there already stays.

    Raises InvalidInput for a paper that is not signed and for a day before its signing or in the future.
    """
    require(write.actor, ENTER)
    document = queries.document(write.session, write.scope, document_id)
    process = core_queries.process(write.session, document_id)
    if process is None or process.state not in SIGNED_STATES:
        raise InvalidInput({"document": "С документом знакомят после того, как он подписан и зарегистрирован."})
    past_day(write, acquainted_on, "acquainted_on")
    if document.signed_on and acquainted_on < document.signed_on:
        text = f"Ознакомление раньше подписания ({document.signed_on:%d.%m.%Y})."
        raise InvalidInput({"acquainted_on": text})
    known = {row.person_id for row in queries.acquaintances(write.session, write.scope, document_id)}
    fresh = [person_id for person_id in dict.fromkeys(person_ids) if person_id not in known]
    _all_known(write, fresh)
    for person_id in fresh:
        write.session.add(
            Acquaintance(
                organisation_id=write.scope,
                document_id=document_id,
                person_id=person_id,
                acquainted_on=acquainted_on,
            )
        )
    return len(fresh)


def _all_known(write: Write, person_ids: Sequence[str]) -> dict[str, Person]:
    people = organisations.people(write.session, write.scope, person_ids)
    for person_id in person_ids:
        if person_id not in people:
            raise NotFound("человек", person_id)
    return people


# -- consents ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of one person when blanks were asked for."""

    person_id: str
    document_id: str
    """Empty where no blank can be made."""
    text: str
    """«Бланк готовится», «Бланк уже есть» or why there is none."""
    is_new: bool = False


def issue_consents(
    write: Write,
    kind_code: str,
    person_ids: Sequence[str],
    *,
    facts: Mapping[str, Any],
    facts_of: Mapping[str, Mapping[str, Any]] = EMPTY,
) -> list[Issued]:
    """Ask many people for a consent: a blank each, «Не сдано», all files by the one job of this commit.

    `facts` are what all blanks share (purpose, data, actions, term; programme …), `facts_of` what one person's has besides
    (role, mentees). Person, representative, organisation and signatory are added. Who has an open blank gets no second one.
    """
    kind = _kind(write, kind_code)
    if kind.document_class is not DocumentClass.CONSENT:
        raise InvalidInput({"kind": f"«{kind.title}» — не согласие."})
    people = _all_known(write, list(dict.fromkeys(person_ids)))
    waiting = queries.open_consents(write.session, write.scope, people, kind_code)
    shared = frozen_facts.completed(write, kind.facts, facts, write.today)
    adults = organisations.representatives_of(write.session, write.scope, people)
    place = organisations.organisation(write.session, write.scope).kind
    issued = []
    for person_id in dict.fromkeys(person_ids):
        if person_id in waiting:
            issued.append(Issued(person_id, waiting[person_id], "Бланк уже есть"))
            continue
        own: dict[str, Any] = {"person": frozen_facts.person_facts(people[person_id], place)}
        if "representative" in kind.facts:
            first = None if kind_code == ADULT_CONSENT else next(iter(adults.get(person_id, ())), None)
            own["representative"] = frozen_facts.representative_facts(first, place)
        whole = {**shared, **own, **facts_of.get(person_id, {})}
        try:
            document = prepare(write, kind_code, [person_id], facts=whole, person_id=person_id)
            issued.append(Issued(person_id, document.id, "Бланк готовится", is_new=True))
        except InvalidInput as exc:
            issued.append(Issued(person_id, "", str(exc)))
    return issued


@dataclass(frozen=True, slots=True)
class Received:
    """One consent that was handed in."""

    document_id: str
    signed_on: date
    signer: str = ""
    """Person; empty: whoever signs by age."""
    signed_as: str = ""
    valid_until: date | None = None
    original_place: str = ""
    ground: str = ""
    expected_version: int | None = None


def receive_consents(write: Write, rows: Sequence[Received], *, received_on: date | None = None) -> list[RowResult]:
    """Note many consents as received, each row for itself; an older one of the same person and purpose is replaced."""
    requests = [
        StepRequest(
            row.document_id,
            "receive",
            {
                "signed_on": row.signed_on,
                "signer": row.signer,
                "signed_as": row.signed_as,
                "valid_until": row.valid_until,
                "original_place": row.original_place,
            },
            received_on,
            ground=row.ground,
            expected_version=row.expected_version,
        )
        for row in rows
    ]
    results = operations.fire_many(write, requests)
    replace_older(write, [result.process_id for result in results if result.ok])
    return results


def replace_older(write: Write, document_ids: Sequence[str]) -> list[RowResult]:
    """End the earlier consents that these ones take the place of, from the day on which the new one was signed.

    The same kind always; one's own consent of somebody who came of age also ends the representative's.
    """
    requests = []
    for document in queries.documents(write.session, write.scope, document_ids).values():
        kinds = PERSONAL_DATA_CONSENTS if document.kind == ADULT_CONSENT else (document.kind,)
        for older in queries.received_consents(write.session, write.scope, document.person_id or "", kinds):
            if older.id != document.id and document.signed_on and (older.signed_on or date.min) <= document.signed_on:
                requests.append(
                    StepRequest(
                        older.id,
                        "replace",
                        {"by_document": document.id},
                        max(document.signed_on, older.since or date.min),
                    )
                )
    return operations.fire_many(write, requests)


def erase_after_revocation(write: Write, document_id: str, why: str) -> int:
    """Erase what the paper of a revoked consent says of its person, and names and texts in the history about both.

    That there was a consent, by whom, from when to when, stays: it has to be proven (152-ФЗ art. 9 part 3). Orders and
    registers have grounds of their own and are not touched. Gives the number of history entries whose details were erased.
    """
    require(write.actor, ENTER)
    document = queries.document(write.session, write.scope, document_id)
    process = core_queries.process(write.session, document_id)
    if process is None or process.state != "revoked":
        raise InvalidInput({"document": "Сведения стирают после отзыва согласия, а оно не отозвано."})
    if not why.strip():
        raise InvalidInput({"why": "Напишите, на каком основании стираются сведения."})
    for row in queries.files_of(write.session, write.scope, [document_id]).get(document_id, []):
        if row.purpose == Purpose.GENERATED:
            write.session.delete(row)
            files.delete(write.session, row.sha256)
    # Not through the session: a recorded change would keep the old facts in the history.
    queries.wipe_facts(write.session, write.scope, document_id)
    write.record("paper", "document", document_id, "erased", details={"ground": why.strip()})
    erased = operations.erase(write, [item for item in (document_id, document.person_id) if item], why)
    search_index.forget(write.session)
    return erased


# -- files ------------------------------------------------------------------------------------------------------------


def attach_scan(write: Write, document_id: str, name: str, content: bytes) -> DocumentFile:
    """Put a scan, or an electronic signature, beside a paper; the same bytes twice stay one file.

    Raises InvalidInput for a file that is too large or of a kind that is not taken.
    """
    require(write.actor, ENTER)
    document = queries.document(write.session, write.scope, document_id)
    kept, media_type = files.checked(name, content, write.profile.settings)
    sha256 = files.put(write.session, content)
    present = queries.files_of(write.session, write.scope, [document.id]).get(document.id, [])
    same = [row for row in present if row.sha256 == sha256 and row.purpose != Purpose.GENERATED]
    if same:
        return same[0]
    purpose = Purpose.SIGNATURE if media_type == files.SIGNATURE else Purpose.SCAN
    row = DocumentFile(
        organisation_id=write.scope,
        document_id=document.id,
        purpose=purpose.value,
        sha256=sha256,
        name=kept,
        media_type=media_type,
        size=len(content),
    )
    write.session.add(row)
    write.record("paper", "document", document.id, "attached", inputs={"sha256": sha256, "purpose": purpose.value})
    return row


def remove_file(write: Write, file_id: str, why: str) -> None:
    """Take away a scan or signature that was attached by mistake; its bytes go with it. Raises InvalidInput, NotFound."""
    require(write.actor, ENTER)
    row = queries.document_file(write.session, write.scope, file_id)
    if row.purpose == Purpose.GENERATED:
        raise InvalidInput({"file": "Созданный документ не удаляется: отмените проект."})
    if not why.strip():
        raise InvalidInput({"why": "Напишите, почему файл убирается."})
    write.session.delete(row)
    write.session.flush()
    files.delete(write.session, row.sha256)
    inputs = {"sha256": row.sha256, "purpose": row.purpose}
    write.record("paper", "document", row.document_id, "detached", inputs=inputs, details={"ground": why.strip()})


# -- mending ----------------------------------------------------------------------------------------------------------

_MENDABLE = frozenset(
    {"number", "signed_on", "signatory", "signer", "signed_as", "original_place", "valid_from", "valid_to", "title"}
    | {"remark"}
)


def mend(write: Write, document_id: str, changes: Mapping[str, Any], *, why: str) -> Document:
    """Put right what was typed wrongly on a signed paper; the history keeps the old value and why it was wrong.

    `changes`: number, signed_on, signatory and signer (people), signed_as, original_place, valid_from, valid_to, title,
    remark. Raises InvalidInput for another name, a future day, a number that is taken.
    """
    require(write.actor, ENTER)
    document = queries.document(write.session, write.scope, document_id)
    if not why.strip():
        raise InvalidInput({"why": "Напишите, что было неверно."})
    if unknown := set(changes) - _MENDABLE:
        raise InvalidInput(dict.fromkeys(sorted(unknown), "Это поле не исправляется."))
    for name, value in changes.items():
        if name not in ("signatory", "signer"):
            setattr(document, name, value.strip() if isinstance(value, str) else value)
    if document.signed_on is not None:
        past_day(write, document.signed_on)
        if changes.get("signatory"):
            set_signatory(write, document, changes["signatory"], document.signed_on)
        if changes.get("signer"):
            set_signer(write, document, changes["signer"], changes.get("signed_as", ""))
    document.search_key = search_key(document)
    check_number(write, document)
    check_term(document)
    write.record("paper", "document", document_id, "mended", with_ground=True, details={"ground": why.strip()})
    return document


def check_number(write: Write, document: Document) -> None:
    """Raises InvalidInput where another act of the journal and year has the number already."""
    taken = queries.number_clash(write.session, write.scope, document)
    if taken is not None:
        text = f"Номер {document.number} уже есть: «{taken.title}» от {taken.signed_on:%d.%m.%Y}."
        raise InvalidInput({"number": text})


def check_term(document: Document) -> None:
    """Raises InvalidInput where a paper ends before it begins."""
    begins = document.valid_from or document.signed_on
    if document.valid_to and begins and document.valid_to < begins:
        raise InvalidInput({"valid_to": "Срок заканчивается раньше, чем начинается."})
