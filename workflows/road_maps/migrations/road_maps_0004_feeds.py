"""Subscriptions to the dates of a map."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "road_maps_0004"
down_revision = "road_maps_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    road_map = sa.ForeignKey("road_map.id", deferrable=True, initially="DEFERRED")
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        sa.Column("road_map_id", sa.String(32), road_map, nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("began_on", sa.Date, nullable=False),
        sa.Column("ended_on", sa.Date, nullable=True),
    )
    for column in ("organisation_id", "road_map_id"):
        op.create_index(f"ix_calendar_feed_{column}", "calendar_feed", [column])


def downgrade() -> None:
    raise NotImplementedError("registers are part of the history: restore a copy instead")
