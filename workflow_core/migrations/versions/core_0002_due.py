"""What falls due: time limits of states, deadlines and their reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "due",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("scope_id", sa.String(32), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("days_before", sa.Integer, nullable=False),
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("fires_on", sa.String(10), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("done_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_due"),
        sa.UniqueConstraint(
            "subject_id", "kind", "name", "days_before", name="uq_due_subject_id_kind_name_days_before"
        ),
    )
    op.create_index("ix_due_scope_id_done_at_fires_on_id", "due", ["scope_id", "done_at", "fires_on", "id"])


def downgrade() -> None:
    op.drop_table("due")
