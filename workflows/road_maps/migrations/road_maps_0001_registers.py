"""Running road maps: maps, sections, items, evidence, occurrences, facts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "road_maps_0001"
down_revision = None
branch_labels = ("road_maps",)
depends_on = "documents_0001"


def upgrade() -> None:
    _create_maps()
    _create_activities()
    _create_activity_registers()


def downgrade() -> None:
    raise NotImplementedError("registers are part of the history: restore a copy instead")


def _create_maps() -> None:
    _register(
        "road_map",
        _text("source_code", 64),
        _text("title"),
        _text("level", 16),
        _text("period_text"),
        _day("period_start"),
        _day("period_end"),
        _text("edition"),
        _link("previous_id", "road_map", nullable=True),
        _day("adopted_on", nullable=False),
        _json("source"),
        indexed=("previous_id",),
    )
    _register(
        "stage",
        _link("road_map_id", "road_map"),
        _text("number", 16),
        _text("title"),
        _text("short_title"),
        _text("lead_in"),
        _number("position"),
        _text("word", 16),
        indexed=("road_map_id",),
    )


def _create_activities() -> None:
    _register(
        "activity",
        _link("road_map_id", "road_map"),
        _link("stage_id", "stage"),
        _link("parent_id", "activity", nullable=True),
        _text("key", 32),
        _text("number", 16),
        _text("text"),
        _text("short_title"),
        _json("subpoints"),
        _number("position"),
        _json("deadline", nullable=True),
        _day("starts_on"),
        _day("due_on"),
        _day("planned_due_on"),
        _json("responsible", nullable=True),
        _link("responsible_person_id", "person", nullable=True),
        _text("result"),
        _text("indicator"),
        _text("acceptance", 16),
        _json("documents"),
        _flag("by_organisation"),
        _link("carried_to_id", "activity", nullable=True),
        indexed=("road_map_id", "stage_id", "parent_id", "responsible_person_id", "carried_to_id"),
    )
    op.create_index("ix_activity_organisation_id_due_on", "activity", ["organisation_id", "due_on"])


def _create_activity_registers() -> None:
    _register(
        "evidence_line",
        _link("activity_id", "activity"),
        _number("position"),
        _text("title"),
        _text("kind", 16),
        _text("document", 64),
        _text("fact", 64),
        _number("share", nullable=True),
        _number("at_least", nullable=True),
        _number("at_most", nullable=True),
        _flag("per_organisation"),
        indexed=("activity_id",),
    )
    _register(
        "occurrence",
        _link("activity_id", "activity"),
        _text("label"),
        _number("position"),
        _day("starts_on"),
        _day("due_on"),
        _link("for_organisation_id", "organisation", nullable=True),
        _flag("before_adoption"),
        _day("done_on"),
        _text("remark"),
        indexed=("activity_id", "for_organisation_id"),
    )
    _register(
        "activity_fact",
        _link("activity_id", "activity"),
        _day("happened_on", nullable=False),
        _text("text"),
        _text("link"),
        _link("document_id", "document", nullable=True),
        _link("occurrence_id", "occurrence", nullable=True),
        indexed=("activity_id", "document_id", "occurrence_id"),
    )


def _register(table: str, *columns: sa.schema.SchemaItem, indexed: tuple[str, ...]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        *columns,
    )
    for column in ("organisation_id", *indexed):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _link(name: str, target: str, *, nullable: bool = False) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", deferrable=True, initially="DEFERRED")
    return sa.Column(name, sa.String(32), key, nullable=nullable)


def _text(name: str, length: int | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _day(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Date, nullable=nullable)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _json(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(none_as_null=True) if nullable else sa.JSON, nullable=nullable)
