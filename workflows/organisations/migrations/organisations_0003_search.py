"""The search index with the people in it, and the indexes of the list of people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from workflows.organisations.search_index.queries import follow, name_line, view

revision = "organisations_0003"
down_revision = "organisations_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        "search_entry",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("shelf", sa.String(8), nullable=False),
        sa.Column("subject_id", sa.String(32), nullable=False),
        sa.Column("order_key", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("trigrams", sa.Text().with_variant(ARRAY(sa.Text), "postgresql")),
    )
    op.create_index("uq_search_entry_subject_id", "search_entry", ["subject_id"], unique=True)
    op.create_index(
        "ix_search_entry_organisation_id_kind_order_key_subject_id",
        "search_entry",
        ["organisation_id", "kind", "order_key", "subject_id"],
    )
    for statement in _SQLITE if dialect == "sqlite" else _POSTGRESQL:
        op.execute(statement)
    person = view(dialect, "person", "person", "person.sort_key", name_line("person.sort_key"))
    for statement in [*person, *follow(dialect, "person", "person", ["sort_key"])]:
        op.execute(statement)
    _index_people()


def downgrade() -> None:
    raise NotImplementedError("restore a copy instead")


_SQLITE = (
    """CREATE VIRTUAL TABLE search_trigram USING fts5 (shelf, text, content = 'search_entry', content_rowid = 'number',
       tokenize = 'trigram', columnsize = 0)""",
    """CREATE TRIGGER search_trigram_insert AFTER INSERT ON search_entry BEGIN
       INSERT INTO search_trigram (rowid, shelf, text) VALUES (NEW.number, NEW.shelf, NEW.text); END""",
    """CREATE TRIGGER search_trigram_update AFTER UPDATE OF text ON search_entry BEGIN
       INSERT INTO search_trigram (search_trigram, rowid, shelf, text) VALUES ('delete', OLD.number, OLD.shelf, OLD.text);
       INSERT INTO search_trigram (rowid, shelf, text) VALUES (NEW.number, NEW.shelf, NEW.text); END""",
    """CREATE TRIGGER search_trigram_delete AFTER DELETE ON search_entry BEGIN
       INSERT INTO search_trigram (search_trigram, rowid, shelf, text) VALUES ('delete', OLD.number, OLD.shelf, OLD.text); END""",
)

_POSTGRESQL = (
    """CREATE FUNCTION search_trigrams() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       NEW.trigrams := ARRAY(SELECT DISTINCT substr(NEW.text, place, 3) FROM generate_series(1, length(NEW.text) - 2) AS place)
         || ('#' || NEW.kind || NEW.organisation_id);
       RETURN NEW; END $$""",
    """CREATE TRIGGER search_trigrams BEFORE INSERT OR UPDATE ON search_entry
       FOR EACH ROW EXECUTE FUNCTION search_trigrams()""",
    "CREATE INDEX ix_search_entry_trigrams ON search_entry USING gin (trigrams)",
)


def _index_people() -> None:
    """A class, or one kind of people, is read in the order of the list; how many there are of each kind without the rows."""
    op.drop_index("ix_person_organisation_id_class_name", "person")
    for columns in (["class_name", "sort_key", "id"], ["kind", "sort_key", "id"], ["kind", "left_on"]):
        op.create_index(f"ix_person_organisation_id_{'_'.join(columns)}", "person", ["organisation_id", *columns])
