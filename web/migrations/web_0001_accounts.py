"""Accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "web_0001"
down_revision = None
branch_labels = ("web",)
depends_on = "core_0001"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("session_mark", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("made_on", sa.Date),
    )
    op.create_index("ix_account_organisation_id", "account", ["organisation_id"])
    op.create_index("ix_account_username", "account", ["username"], unique=True)


def downgrade() -> None:
    raise NotImplementedError("history can't be taken back: restore a copy instead")
