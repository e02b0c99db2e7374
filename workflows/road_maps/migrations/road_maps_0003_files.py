"""Uploaded files with road maps, and the maps that were accepted from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "road_maps_0003"
down_revision = "road_maps_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_map",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("map_file_id", sa.String(32), nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("accepted_on", sa.Date, nullable=False),
        sa.UniqueConstraint("organisation_id", "code"),
    )
    own_map = sa.ForeignKey("own_map.id", deferrable=True, initially="DEFERRED")
    op.create_table(
        "map_file",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("file_blob.sha256"), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("uploaded_on", sa.Date, nullable=False),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("reading_status", sa.String(16), nullable=False),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reading", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("source", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("own_map_id", sa.String(32), own_map, nullable=True),
        sa.UniqueConstraint("organisation_id", "sha256"),
    )
    op.create_index("ix_own_map_organisation_id", "own_map", ["organisation_id"])
    for column in ("organisation_id", "sha256", "own_map_id"):
        op.create_index(f"ix_map_file_{column}", "map_file", [column])


def downgrade() -> None:
    raise NotImplementedError("registers are part of the history: restore a copy instead")
