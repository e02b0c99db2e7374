"""How the installation's plugins behave: faults in a row and quarantine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_fault",
        sa.Column("plugin", sa.String(100), nullable=False),
        sa.Column("hook", sa.String(32), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("work", sa.String(100), nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("first_at", sa.String(32), nullable=False),
        sa.Column("last_at", sa.String(32), nullable=False),
        sa.Column("quarantined_since", sa.String(32), nullable=False),
        sa.Column("lifted_at", sa.String(32), nullable=False),
        sa.Column("lifted_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "hook", name="pk_plugin_fault"),
    )


def downgrade() -> None:
    op.drop_table("plugin_fault")
