"""Days on which a place differs from the national calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "organisations_0002"
down_revision = "organisations_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("off", sa.Boolean, nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_index("ix_calendar_days_organisation_id", "calendar_days", ["organisation_id"])


def downgrade() -> None:
    raise NotImplementedError("history can't be taken back: restore a copy instead")
