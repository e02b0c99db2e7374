"""By which calendar dates were counted last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "road_maps_0005"
down_revision = "road_maps_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counted_calendar",
        sa.Column("organisation_id", sa.String(32), primary_key=True),
        sa.Column("calendar", sa.Text, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("dates that have moved stay where they are: restore a copy instead")
