"""What pages, guards and evidence see of a paper: frozen values, and which states count as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from workflow_core.rendering import DocumentClass

FIRST_EVENT: Mapping[str, str] = {
    DocumentClass.ACT: "prepare",
    DocumentClass.CONSENT: "expect",
    DocumentClass.AGREEMENT: "prepare",
    DocumentClass.WORKING_PAPER: "prepare",
}
"""The event that begins each lifecycle."""

READY_STATE: Mapping[str, str] = {
    DocumentClass.ACT: "in_force",
    DocumentClass.CONSENT: "received",
    DocumentClass.AGREEMENT: "signed",
    DocumentClass.WORKING_PAPER: "approved",
}
"""Where a paper that was made elsewhere is entered."""

SIGNED_STATES = frozenset({"in_force", "amended", "received", "signed", "approved"})
"""States of a paper that is signed and stands; codes are shared by no two classes with another meaning."""
WAITING_STATES = frozenset({"draft", "at_signing", "expected", "agreed"})
"""States of a paper that somebody still has to do something with."""
OPEN_STATES = frozenset({"draft", "at_signing", "expected"})
"""States in which the signed original does not exist yet."""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper in a list, with the state of its process."""

    id: str
    kind: str
    document_class: str
    title: str
    number: str
    signed_on: date | None
    signatory_text: str
    valid_to: date | None
    person_id: str
    origin: str
    file_status: str
    file_error: str
    state: str
    since: date | None
    """Day since when the state holds."""
    version: int
    """Version of the process, for the forms of the page."""
    has_scan: bool
    has_signature: bool

    @property
    def is_signed(self) -> bool:
        """Whether the paper is signed and stands."""
        return self.state in SIGNED_STATES

    @property
    def is_waiting(self) -> bool:
        """Whether somebody still has to do something with it."""
        return self.state in WAITING_STATES

    def days(self, on_date: date) -> int:
        """Days that the state has lasted."""
        return (on_date - self.since).days if self.since else 0


@dataclass(frozen=True, slots=True)
class ActInForce:
    """A paper that stands on the day: an act, or (fact `papers_in_force`) an agreement or an approved working paper."""

    id: str
    kind: str
    number: str
    signed_on: date
    title: str
    subject_ids: frozenset[str]
    evidence_codes: tuple[str, ...]
    document_class: str = DocumentClass.ACT.value


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """What a paper is about."""

    document_id: str
    subject_kind: str
    subject_id: str
    role: str


@dataclass(frozen=True, slots=True)
class ConsentTotal:
    """How many consents of one kind are in: «31 из 34»."""

    kind: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class DossierLine:
    """One expected paper of a folder: «есть», or what lies there of it so far."""

    kind: str
    is_present: bool
    papers: tuple[PaperLine, ...]
    """Newest first; drafts and revoked ones too."""
