"""Papers, what they are about, their files, acquaintance."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "documents_0001"
down_revision = None
branch_labels = ("documents",)
depends_on = "organisations_0001"


def upgrade() -> None:
    op.create_table(
        "file_blob",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    _register(
        "document",
        _text("kind", 64),
        _text("document_class", 16),
        _text("title"),
        _text("number", 64),
        sa.Column("signed_on", sa.Date),
        sa.Column("signatory_id", sa.String(32), sa.ForeignKey("signatory.id")),
        _text("signatory_text"),
        _text("original_place"),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id")),
        sa.Column("signed_by_id", sa.String(32), sa.ForeignKey("person.id")),
        _text("signed_as"),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False),
        _text("template_hash", 64),
        _text("content_hash", 64),
        _text("file_status", 16),
        _text("file_error"),
        _text("origin", 16),
        _text("remark"),
        _text("search_key"),
        indexed=(("person_id",), ("organisation_id", "document_class", "signed_on"), ("organisation_id", "kind")),
    )
    _register(
        "document_subject",
        sa.Column("document_id", sa.String(32), sa.ForeignKey("document.id"), nullable=False),
        _text("subject_kind", 32),
        _text("subject_id", 32),
        _text("role", 32),
        indexed=(("document_id",), ("subject_id", "subject_kind")),
    )
    _register(
        "document_file",
        sa.Column("document_id", sa.String(32), sa.ForeignKey("document.id"), nullable=False),
        _text("purpose", 16),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("file_blob.sha256"), nullable=False),
        _text("name"),
        _text("media_type", 128),
        sa.Column("size", sa.Integer, nullable=False),
        indexed=(("document_id",), ("sha256",)),
    )
    _register(
        "acquaintance",
        sa.Column("document_id", sa.String(32), sa.ForeignKey("document.id"), nullable=False),
        sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("acquainted_on", sa.Date, nullable=False),
        sa.UniqueConstraint("document_id", "person_id"),
        indexed=(("person_id",),),
    )


def downgrade() -> None:
    raise NotImplementedError("papers can't be taken back: restore a copy instead")


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _register(table: str, *columns: Any, indexed: tuple[tuple[str, ...], ...]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for names in (("organisation_id",), *indexed):
        op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names))
