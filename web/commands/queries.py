"""SQL of the command line: what state a database is in, and the slots of workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from workflow_core.database import Database

SLOTS = 0x6D61_7273
"""First half of the key of the advisory locks that stand for workers' slots; the second half is the slot."""


def revisions(database: Database) -> set[str]:
    """Revisions that the database is at; empty where nothing was ever made in it."""
    with database.read_engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def take_slot(connection: sa.Connection, slot: int) -> bool:
    """Hold a worker's slot as long as the connection lives (PostgreSQL); False where another worker holds it."""
    row = connection.execute(sa.text("SELECT pg_try_advisory_lock(:slots, :slot)"), {"slots": SLOTS, "slot": slot})
    return bool(row.scalar_one())


def release_slot(connection: sa.Connection, slot: int) -> None:
    """Give a slot back at once: a server notices a closed connection only some time later."""
    connection.execute(sa.text("SELECT pg_advisory_unlock(:slots, :slot)"), {"slots": SLOTS, "slot": slot})


def held_slots(database: Database) -> set[int]:
    """Slots whose workers are alive (PostgreSQL)."""
    statement = sa.text(
        "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :slots AND objsubid = 2"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with database.read_engine.connect() as connection:
        return {int(slot) for slot in connection.execute(statement, {"slots": SLOTS}).scalars()}


def is_alive(connection: sa.Connection) -> bool:
    """Whether a connection still reaches its server."""
    try:
        connection.execute(sa.text("SELECT 1"))
    except DBAPIError:
        return False
    return True
