"""Tables of the engine and the triggers that keep the history append-only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    _create_tables()
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("history can't be taken back: restore a copy instead")


def _create_tables() -> None:
    op.create_table(
        "definition",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("stored_at", sa.String(32), nullable=False),
    )
    op.create_index("ix_definition_code", "definition", ["code"])
    op.create_table(
        "history_head",
        sa.Column("scope_id", sa.String(32), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "process",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("scope_id", sa.String(32), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("definition_code", sa.String(64), nullable=False),
        sa.Column("definition_hash", sa.String(64), sa.ForeignKey("definition.hash"), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("remembered", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_process_scope_id_subject_kind_state", "process", ["scope_id", "subject_kind", "state", "since", "id"]
    )
    entry: list[sa.Column[Any]] = [
        sa.Column("scope_id", sa.String(32), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    ]
    entry += [sa.Column(name, kind, nullable=False) for name, kind in _ENTRY]
    op.create_table("history_entry", *entry)
    op.create_index("ix_history_entry_subject_id_version_seq", "history_entry", ["subject_id", "version", "seq"])
    if op.get_bind().dialect.name == "postgresql":  # on SQLite, with its one writer, a trigger does the same
        op.create_index(
            "uq_history_entry_subject_id_version",
            "history_entry",
            ["subject_id", "version"],
            unique=True,
            postgresql_where=sa.text("version > 0"),
        )
    op.create_table(
        "entry_details",
        sa.Column("scope_id", sa.String(32), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("salt", sa.String(32)),
        sa.Column("body", sa.Text),
        sa.Column("erased_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "submission",
        sa.Column("scope_id", sa.String(32), primary_key=True),
        sa.Column("actor_id", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
        sqlite_with_rowid=False,
    )


_ENTRY = (
    ("kind", sa.String(16)),
    ("subject_kind", sa.String(32)),
    ("subject_id", sa.String(32)),
    ("version", sa.Integer()),
    ("definition_hash", sa.String(64)),
    ("event", sa.String(64)),
    ("from_state", sa.String(64)),
    ("to_state", sa.String(64)),
    ("actor_id", sa.String(64)),
    ("actor_role", sa.String(32)),
    ("acts_for", sa.String(32)),
    ("caused_by", sa.Integer()),
    ("refers_to", sa.Integer()),
    ("happened_on", sa.String(10)),
    ("recorded_at", sa.String(32)),
    ("with_ground", sa.Integer()),
    ("inputs", sa.Text()),
    ("checks", sa.Text()),
    ("plugins", sa.Text()),
    ("commitment", sa.String(64)),
    ("previous_hash", sa.String(64)),
    ("body", sa.Text()),
    ("hash", sa.String(64)),
)

# An entry may never be changed, removed, or written over by INSERT OR REPLACE, which fires no delete trigger by default.
# Details may only be erased. A state may only move where an entry stands for it.
_SQLITE = (
    "CREATE TRIGGER history_entry_no_update BEFORE UPDATE ON history_entry BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "CREATE TRIGGER history_entry_no_delete BEFORE DELETE ON history_entry BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    """CREATE TRIGGER history_entry_no_replace BEFORE INSERT ON history_entry
       WHEN EXISTS (SELECT 1 FROM history_entry WHERE scope_id = NEW.scope_id AND seq = NEW.seq)
         OR (NEW.version > 0 AND EXISTS (SELECT 1 FROM history_entry WHERE subject_id = NEW.subject_id AND version = NEW.version AND version > 0))
       BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
    """CREATE TRIGGER entry_details_only_erase BEFORE UPDATE ON entry_details
       WHEN NEW.body IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.erased_at = '' OR OLD.erased_at <> ''
         OR NEW.scope_id <> OLD.scope_id OR NEW.seq <> OLD.seq
       BEGIN SELECT RAISE(ABORT, 'details may only be erased'); END""",
    "CREATE TRIGGER entry_details_no_delete BEFORE DELETE ON entry_details BEGIN SELECT RAISE(ABORT, 'details may only be erased'); END",
    """CREATE TRIGGER entry_details_no_replace BEFORE INSERT ON entry_details
       WHEN EXISTS (SELECT 1 FROM entry_details WHERE scope_id = NEW.scope_id AND seq = NEW.seq)
       BEGIN SELECT RAISE(ABORT, 'details may only be erased'); END""",
    """CREATE TRIGGER process_moves_by_entry BEFORE UPDATE ON process
       WHEN NEW.id <> OLD.id OR NEW.scope_id <> OLD.scope_id OR NEW.version <> OLD.version + 1 OR NOT EXISTS
         (SELECT 1 FROM history_entry WHERE subject_id = NEW.id AND version = NEW.version AND version > 0 AND to_state = NEW.state)
       BEGIN SELECT RAISE(ABORT, 'a state moves only by an entry'); END""",
    """CREATE TRIGGER process_begins_by_entry BEFORE INSERT ON process
       WHEN NEW.version <> 1 OR EXISTS (SELECT 1 FROM process WHERE id = NEW.id) OR NOT EXISTS
         (SELECT 1 FROM history_entry WHERE subject_id = NEW.id AND version = 1 AND to_state = NEW.state)
       BEGIN SELECT RAISE(ABORT, 'a process begins only by an entry'); END""",
    "CREATE TRIGGER process_no_delete BEFORE DELETE ON process BEGIN SELECT RAISE(ABORT, 'a process is never deleted'); END",
)

_POSTGRESQL = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' may not be changed this way'; END $$""",
    "CREATE TRIGGER history_entry_no_update BEFORE UPDATE ON history_entry FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER history_entry_no_delete BEFORE DELETE ON history_entry FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER history_entry_no_truncate BEFORE TRUNCATE ON history_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    """CREATE TRIGGER entry_details_only_erase BEFORE UPDATE ON entry_details FOR EACH ROW
       WHEN (NEW.body IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.erased_at = '' OR OLD.erased_at <> ''
             OR NEW.scope_id <> OLD.scope_id OR NEW.seq <> OLD.seq)
       EXECUTE FUNCTION refuse_change()""",
    "CREATE TRIGGER entry_details_no_delete BEFORE DELETE ON entry_details FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER entry_details_no_truncate BEFORE TRUNCATE ON entry_details FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    """CREATE FUNCTION process_has_entry() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP = 'UPDATE' AND (NEW.id <> OLD.id OR NEW.scope_id <> OLD.scope_id OR NEW.version <> OLD.version + 1) THEN
           RAISE EXCEPTION 'a state moves only by an entry';
         END IF;
         IF (TG_OP = 'INSERT' AND NEW.version <> 1) OR NOT EXISTS
            (SELECT 1 FROM history_entry WHERE subject_id = NEW.id AND version = NEW.version AND version > 0 AND to_state = NEW.state) THEN
           RAISE EXCEPTION 'a state moves only by an entry';
         END IF;
         RETURN NEW;
       END $$""",
    "CREATE TRIGGER process_moves_by_entry BEFORE UPDATE ON process FOR EACH ROW EXECUTE FUNCTION process_has_entry()",
    "CREATE TRIGGER process_begins_by_entry BEFORE INSERT ON process FOR EACH ROW EXECUTE FUNCTION process_has_entry()",
    "CREATE TRIGGER process_no_delete BEFORE DELETE ON process FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER process_no_truncate BEFORE TRUNCATE ON process FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
