"""Organisations, people, memberships, signatories, stand-ins and settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "organisations_0001"
down_revision = None
branch_labels = ("organisations",)
depends_on = "core_0001"


def upgrade() -> None:
    _register(
        "organisation",
        sa.Column("parent_id", sa.String(32), sa.ForeignKey("organisation.id")),
        _text("kind", 16),
        _text("title"),
        _text("short_title"),
        _text("founder"),
        _text("place"),
        _text("time_zone", 64),
        _text("profile", 64),
        _text("address"),
        sa.Column("active", sa.Boolean, nullable=False),
        indexed=("parent_id",),
    )
    _register(
        "person",
        _text("family_name"),
        _text("given_name"),
        _text("patronymic"),
        _text("sex", 1),
        _text("kind", 16),
        _text("post"),
        _text("class_name", 32),
        sa.Column("birth_date", sa.Date),
        _text("phone"),
        _text("email"),
        sa.Column("name_forms", sa.JSON, nullable=False),
        _text("sort_key"),
        sa.Column("left_on", sa.Date),
        sa.Column("admission_checked_on", sa.Date),
    )
    op.create_index("ix_person_organisation_id_sort_key_id", "person", ["organisation_id", "sort_key", "id"])
    op.create_index("ix_person_organisation_id_class_name", "person", ["organisation_id", "class_name"])
    _register(
        "representative",
        _person("pupil_id"),
        _person("person_id"),
        _text("relation", 64),
        _text("basis"),
        indexed=("pupil_id", "person_id"),
    )
    _register(
        "membership",
        _text("account_id", 64),
        _person("person_id", nullable=True),
        _text("role", 32),
        *_interval(),
        indexed=("person_id",),
    )
    op.create_index("ix_membership_account_id_valid_from", "membership", ["account_id", "valid_from"])
    _register(
        "signatory",
        _person("person_id"),
        _text("title"),
        _text("order"),
        sa.Column("acting", sa.Boolean, nullable=False),
        *_interval(),
        indexed=("person_id",),
    )
    _register(
        "stand_in",
        _text("role", 32),
        _person("person_id"),
        _person("for_person_id"),
        _text("order"),
        *_interval(),
        indexed=("person_id",),
    )
    _register(
        "setting",
        _text("key"),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.UniqueConstraint("organisation_id", "key", "valid_from", name="uq_setting_organisation_id_key_valid_from"),
    )


def downgrade() -> None:
    raise NotImplementedError("history can't be taken back: restore a copy instead")


def _register(table: str, *columns: sa.schema.SchemaItem, indexed: tuple[str, ...] = ()) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        *columns,
    )
    for column in ("organisation_id", *indexed):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _person(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), sa.ForeignKey("person.id"), nullable=nullable)


def _interval() -> tuple[sa.Column[object], sa.Column[object]]:
    return sa.Column("valid_from", sa.Date, nullable=False), sa.Column("valid_to", sa.Date)
