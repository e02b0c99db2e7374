"""Registers of papers: what a paper says of itself, what it is about, its files, who has read it.

States are processes (`act`, `consent`, `agreement`, `working_paper`; the process has the document's id). The bytes of files
stand apart by their SHA-256: one backup, one erasure, any number of machines.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

import workflows.organisations.tables  # noqa: F401  foreign keys lead there
from workflow_core.tables import Register, metadata


class FileStatus(StrEnum):
    """How far the generated file is."""

    NONE = ""
    """Nothing is to be generated: the paper was made elsewhere."""
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Origin(StrEnum):
    """Where a paper comes from."""

    MADE = "made"
    """Generated here from a template."""
    ENTERED = "entered"
    """Made elsewhere, entered as it is."""


class Purpose(StrEnum):
    """What a file is to its paper."""

    GENERATED = "generated"
    SCAN = "scan"
    SIGNATURE = "signature"
    """An electronic signature kept beside the paper; its authenticity is not checked."""


class Document(Register, table=True):
    """One paper of any class. Its state is the process of the same id."""

    __tablename__ = "document"
    __table_args__ = (
        sa.Index(
            "ix_document_organisation_id_document_class_signed_on", "organisation_id", "document_class", "signed_on"
        ),
        sa.Index("ix_document_organisation_id_id", "organisation_id", "id"),
        sa.Index("ix_document_organisation_id_kind_id", "organisation_id", "kind", "id"),
        sa.Index("ix_document_organisation_id_document_class_id", "organisation_id", "document_class", "id"),
    )

    kind: str = Field(max_length=64)
    """Code of a kind: see `kinds`."""
    document_class: str = Field(max_length=16)
    """Code of its lifecycle: a `DocumentClass`."""
    title: str
    number: str = Field(default="", max_length=64)
    """As in the school's journal: «26/1», «42-ОД»."""
    signed_on: date | None = None
    """Day of signing: an act's date, a consent's date."""
    signatory_id: str | None = Field(default=None, foreign_key="signatory.id", max_length=32)
    signatory_text: str = ""
    """Who signed for the organisation, as it stands under the paper: «и. о. директора Гусев А. П.»."""
    original_place: str = ""
    """Where the signed original lies: «дело 01-12, лист 14»."""
    valid_from: date | None = None
    """First day, where it is not the day of signing."""
    valid_to: date | None = None
    """Last day, inclusive; None: until revoked, repealed or ended."""
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True, max_length=32)
    """Whose consent it is."""
    signed_by_id: str | None = Field(default=None, foreign_key="person.id", max_length=32)
    """Who signed a consent."""
    signed_as: str = ""
    """In what capacity: «self», «mother», …; of an agreement: who signed for the other side."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """What the paper was made from, frozen when it was prepared; replaced whole while it is a draft, never changed inside."""
    warnings: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    """What the kind's checks warned of: sentences."""
    template_hash: str = Field(default="", max_length=64)
    content_hash: str = Field(default="", max_length=64)
    file_status: str = Field(default=FileStatus.NONE.value, max_length=16)
    file_error: str = ""
    """Why the file could not be made, for the user; empty if all is well."""
    origin: str = Field(default=Origin.MADE.value, max_length=16)
    remark: str = ""
    search_key: str = ""
    """Title and number as lists are searched by: any case, ё as е."""


class DocumentSubject(Register, table=True):
    """What a paper is about: a pair, an activity, a person, the organisation, another document."""

    __tablename__ = "document_subject"
    __table_args__ = (sa.Index("ix_document_subject_subject_id_subject_kind", "subject_id", "subject_kind"),)

    document_id: str = Field(foreign_key="document.id", index=True, max_length=32)
    subject_kind: str = Field(max_length=32)
    subject_id: str = Field(max_length=32)
    role: str = Field(default="", max_length=32)
    """Empty, or what the paper does to the subject: «amends», «repeals», «approves»."""


file_blob_table = sa.Table(
    "file_blob",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)


class DocumentFile(Register, table=True):
    """A file of a paper; equal bytes are kept once."""

    __tablename__ = "document_file"

    document_id: str = Field(foreign_key="document.id", index=True, max_length=32)
    purpose: str = Field(max_length=16)
    sha256: str = Field(foreign_key="file_blob.sha256", index=True, max_length=64)
    name: str
    """As it was called when it came."""
    media_type: str = Field(max_length=128)
    """Read off the bytes, never off the name."""
    size: int
    """Bytes."""


class Acquaintance(Register, table=True):
    """Somebody has read a paper and signed for it («ознакомлен»)."""

    __tablename__ = "acquaintance"
    __table_args__ = (sa.UniqueConstraint("document_id", "person_id"),)

    document_id: str = Field(foreign_key="document.id", max_length=32)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=32)
    acquainted_on: date


EXEMPT = {"file_blob": "content-addressed: the recorded row of the file names the hash"}
"""Tables without entries of their own, each with the reason."""
