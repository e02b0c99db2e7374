"""What the steps of papers change in their registers, in the transaction of the step."""

from __future__ import annotations

import re
from datetime import date

from workflow_core.exceptions import InvalidInput
from workflow_core.operations import Call, Effect
from workflow_core.tables import Process
from workflow_core.unit_of_work import Write
from workflows.documents import queries
from workflows.documents.facts import ConsentSigners, load_signatories, load_signers
from workflows.documents.guards import capacity, default_signer, signatory_on
from workflows.documents.tables import Document, DocumentSubject
from workflows.organisations import queries as organisations
from workflows.organisations.people import full_name, search_text

EARLIEST = date(1990, 1, 1)
"""A paper of before is a typing mistake."""


def past_day(write: Write, day: date, name: str = "signed_on") -> date:
    """A day of signing that can be true. Raises InvalidInput for one of the future or of long ago."""
    if day > write.today:
        raise InvalidInput({name: f"Дата {day:%d.%m.%Y} ещё не наступила. Укажите день не позже сегодняшнего."})
    if day < EARLIEST:
        raise InvalidInput({name: f"Проверьте дату: {day:%d.%m.%Y}."})
    return day


def search_key(document: Document) -> str:
    """Title and number as lists are searched by."""
    return search_text(f"{document.title} {document.number}")


def set_signatory(write: Write, document: Document, person_id: str, day: date) -> bool:
    """Write down who signed for the organisation; says whether the person may sign on the day. Raises NotFound."""
    person = organisations.person(write.session, write.scope, person_id)
    term = signatory_on(load_signatories(write.session, write.scope), person_id, day)
    document.signatory_id = term.id if term else None
    document.signatory_text = term.text if term else full_name(person)
    return term is not None


def _own(write: Write, process: Process) -> Document:
    return queries.document(write.session, write.scope, process.id)


def _relate(write: Write, act_id: str, subject_id: str, role: str) -> None:
    act = queries.document(write.session, write.scope, act_id)
    write.session.add(
        DocumentSubject(
            organisation_id=write.scope,
            document_id=act.id,
            subject_kind="document",
            subject_id=subject_id,
            role=role,
        )
    )


def register_act(write: Write, process: Process, call: Call) -> None:
    """Number, date, signatory and place of the original; the text stays as it was signed."""
    document = _own(write, process)
    document.signed_on = past_day(write, call.fields["signed_on"])
    document.number = " ".join(str(call.fields["number"]).removeprefix("№").split())
    document.original_place = call.fields.get("original_place") or document.original_place
    document.search_key = search_key(document)
    set_signatory(write, document, call.fields["signatory"], document.signed_on)


def relate_act(write: Write, process: Process, call: Call) -> None:
    """Which act has changed or repealed this one."""
    _relate(write, call.fields["by_act"], process.id, "amends" if call.event == "amend" else "repeals")


def receive_consent(write: Write, process: Process, call: Call) -> None:
    """Day of signing, who signed and in what capacity, last day if there is one."""
    document, fields = _own(write, process), call.fields
    document.signed_on = past_day(write, fields.get("signed_on") or call.happened_on)
    document.original_place = fields.get("original_place") or document.original_place
    document.valid_to = fields.get("valid_until") or term_of(document)
    if document.valid_to and document.valid_to < document.signed_on:
        raise InvalidInput({"valid_until": "Согласие не может закончиться раньше, чем подписано."})
    set_signer(write, document, fields.get("signer") or "", fields.get("signed_as") or "")


def set_signer(write: Write, document: Document, signer: str, signed_as: str) -> None:
    """Write down who signed a consent: the one named, else who signs by age. Raises NotFound for an unknown person."""
    if signer:
        organisations.person(write.session, write.scope, signer)
    people = organisations.people(write.session, write.scope, [document.person_id] if document.person_id else [])
    found = load_signers(write.session, write.scope, people).get(document.person_id or "")
    if found is not None and not signer and document.signed_on:
        printed = str((document.facts.get("representative") or {}).get("id", ""))
        signer, by_age = default_signer(found, document.kind, document.signed_on, write.profile.settings, printed)
        signed_as = signed_as or by_age
    document.signed_by_id = signer or None
    document.signed_as = signed_as or (_capacity(found, signer) if signer else "")


def _capacity(signers: ConsentSigners | None, signer: str) -> str:
    if signers is not None and signer == signers.person_id:
        return "self"
    adults = signers.representatives if signers is not None else ()
    return capacity(next((adult for adult in adults if adult.person_id == signer), None))


def term_of(document: Document) -> date | None:
    """The last day that the paper itself names, if it names a day and not an event."""
    text = str(document.facts.get("term") or "")
    return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None


def revoke_consent(write: Write, process: Process, call: Call) -> None:
    """What the first edition checks here, a guard has said since the second."""
    document = _own(write, process)
    if document.signed_on and call.happened_on < document.signed_on:
        raise InvalidInput({"happened_on": f"Отзыв раньше подписания ({document.signed_on:%d.%m.%Y})."})


def sign_agreement(write: Write, process: Process, call: Call) -> None:
    """Date, number, both sides and term."""
    document, fields = _own(write, process), call.fields
    document.signed_on = past_day(write, fields["signed_on"])
    document.number = " ".join(str(fields.get("number") or "").removeprefix("№").split())
    document.signed_as = fields["other_side"]
    document.valid_from, document.valid_to = fields.get("valid_from"), fields.get("valid_until")
    document.original_place = fields.get("original_place") or document.original_place
    document.search_key = search_key(document)
    if document.valid_to and document.valid_to < (document.valid_from or document.signed_on):
        raise InvalidInput({"valid_until": "Соглашение не может закончиться раньше, чем началось."})
    set_signatory(write, document, fields["signatory"], document.signed_on)


def approve_paper(write: Write, process: Process, call: Call) -> None:
    """By which act, or by whose signature on the paper itself."""
    document, fields = _own(write, process), call.fields
    by_act, signatory = fields.get("by_act"), fields.get("signatory")
    if not by_act and not signatory:
        raise InvalidInput({"by_act": "Укажите приказ или того, кто утвердил подписью на документе."})
    document.signed_on = past_day(write, call.happened_on, "happened_on")
    document.original_place = fields.get("original_place") or document.original_place
    if by_act:
        _relate(write, by_act, document.id, "approves")
    if signatory:
        set_signatory(write, document, signatory, document.signed_on)


EFFECTS = (
    Effect("register_act", "запись номера, даты и подписавшего", register_act),
    Effect("relate_act", "запись, каким приказом изменён или отменён", relate_act),
    Effect("receive_consent", "запись, кто и когда подписал согласие", receive_consent),
    Effect("revoke_consent", "проверка дня отзыва", revoke_consent),
    Effect("sign_agreement", "запись сторон и срока соглашения", sign_agreement),
    Effect("approve_paper", "запись, кем утверждено", approve_paper),
)
