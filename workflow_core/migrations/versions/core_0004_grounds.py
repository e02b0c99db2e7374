"""Entries with a written ground are few and asked for together: an index that only they are in, so other steps pay nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    condition = sa.text("with_ground = 1")
    op.create_index(
        "ix_history_entry_grounds",
        "history_entry",
        ["scope_id", "seq"],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_index("ix_history_entry_grounds", "history_entry")
