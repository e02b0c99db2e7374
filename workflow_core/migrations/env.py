"""Runs the migrations on the connection that `upgrade` hands over."""

from __future__ import annotations

from alembic import context

from workflow_core.migrations import is_ours
from workflow_core.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, include_name=is_ours, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
