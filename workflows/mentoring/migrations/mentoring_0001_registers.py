"""Registers of mentoring."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "mentoring_0001"
down_revision = None
branch_labels = ("mentoring",)
depends_on = "documents_0001"


def upgrade() -> None:
    _create_programmes()
    _create_pairs()
    _create_pair_registers()


def downgrade() -> None:
    raise NotImplementedError("registers are part of the history: restore a copy instead")


def _register(name: str, *columns: sa.Column[object], indexes: tuple[str, ...] = ()) -> None:
    """A register: id, organisation and its own columns."""
    op.create_table(
        name,
        sa.Column("id", AutoString(32), primary_key=True),
        sa.Column("organisation_id", AutoString(32), nullable=False),
        *columns,
    )
    for column in ("organisation_id", *indexes):
        op.create_index(f"ix_{name}_{column}", name, [column])


def _parent(column: str, target: str) -> sa.Column[object]:
    return sa.Column(
        column, sa.String(32), sa.ForeignKey(target, deferrable=True, initially="DEFERRED"), nullable=False
    )


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, AutoString(length), nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _create_programmes() -> None:
    _register(
        "programme",
        _text("title", 300),
        _text("form", 32),
        _day("starts_on"),
        _day("ends_on"),
        _text("definition", 64),
        _text("curator_id", 32, nullable=True),
        indexes=("curator_id",),
    )
    _register(
        "participant",
        _parent("programme_id", "programme.id"),
        _text("person_id", 32),
        _text("side", 16),
        _text("request", 2000),
        _day("entered_on"),
        _day("left_on", nullable=True),
        _text("remark", 2000),
        indexes=("programme_id", "person_id"),
    )
    _register(
        "support_note",
        _parent("participant_id", "participant.id"),
        _day("noted_on"),
        _text("text", 2000),
        indexes=("participant_id",),
    )


def _create_pairs() -> None:
    _register(
        "pair",
        _parent("programme_id", "programme.id"),
        _text("form", 32),
        _day("starts_on"),
        _day("ends_on"),
        _text("label", 200),
        _text("previous_pair_id", 32, nullable=True),
        _text("goal", 2000),
        indexes=("programme_id", "previous_pair_id"),
    )
    _register(
        "pair_member",
        _parent("pair_id", "pair.id"),
        _text("person_id", 32),
        _text("side", 16),
        sa.Column("leads", sa.Boolean(), nullable=False),
        _day("joined_on"),
        _day("left_on", nullable=True),
        _text("left_ground", 500),
        indexes=("pair_id", "person_id"),
    )


def _create_pair_registers() -> None:
    _register(
        "meeting",
        _parent("pair_id", "pair.id"),
        _day("held_on"),
        _text("kind", 16),
        _text("status", 16),
        _text("topic", 500),
        _text("summary", 4000),
        sa.Column("minutes", sa.Integer(), nullable=True),
        _text("place", 200),
        sa.Column("step_seq", sa.Integer(), nullable=False),
        indexes=("held_on",),
    )
    op.create_index("ix_meeting_pair_id_held_on", "meeting", ["pair_id", "held_on"])
    _register(
        "plan_task",
        _parent("pair_id", "pair.id"),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("title", 500),
        _text("stage", 32),
        _day("due_on", nullable=True),
        _text("expected", 1000),
        _day("done_on", nullable=True),
        _text("result", 1000),
        indexes=("pair_id",),
    )
    _register(
        "feedback",
        _parent("pair_id", "pair.id"),
        _text("person_id", 32),
        _text("stage", 16),
        _day("given_on"),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        _text("remark", 2000),
        indexes=("pair_id", "person_id"),
    )
