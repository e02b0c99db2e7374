"""Pairs in the search index by the names of all their members, and the pairs at work with the last day that was heard of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.organisations.search_index.queries import follow, free_line, name_line, view

revision = "mentoring_0002"
down_revision = "mentoring_0001"
branch_labels = None
depends_on = "organisations_0003"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_index("ix_pair_organisation_id_form", "pair", ["organisation_id", "form"])
    for statement in (*_searched(dialect), *_heard_of(dialect)):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a copy instead")


_MEMBERS = "FROM pair_member JOIN person ON person.id = pair_member.person_id WHERE pair_member.pair_id = pair.id"


def _searched(dialect: str) -> list[str]:
    line, order = name_line("person.sort_key"), "ORDER BY person.sort_key, pair_member.id"
    if dialect == "sqlite":
        part, names = "char(31)", f"SELECT group_concat(line, char(31)) FROM (SELECT {line} AS line {_MEMBERS} {order})"
    else:
        part, names = "chr(31)", f"SELECT string_agg({line}, chr(31) {order}) {_MEMBERS}"
    leader = f"coalesce((SELECT person.sort_key {_MEMBERS} AND pair_member.leads ORDER BY pair_member.id LIMIT 1), '')"
    label = f"CASE WHEN pair.label = '' THEN '' ELSE {part} || {free_line(dialect, 'pair.label')} END"
    members = "SELECT pair_id FROM pair_member WHERE person_id = {row}.id"
    return [
        *view(dialect, "pair", "pair", leader, f"coalesce(({names}), '') || {label}"),
        *follow(dialect, "pair", "pair", ["label"]),
        *follow(
            dialect, "pair", "pair_member", ["pair_id", "person_id", "leads"], subjects="{row}.pair_id", owns=False
        ),
        *follow(dialect, "pair", "person", ["sort_key"], subjects=members, owns=False),
    ]


def _heard_of(dialect: str) -> list[str]:
    op.create_table(
        "pair_at_work",
        sa.Column("pair_id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(32), nullable=False),
        sa.Column("heard_on", sa.String(10), nullable=False),
    )
    op.create_index(
        "ix_pair_at_work_organisation_id_heard_on_pair_id", "pair_at_work", ["organisation_id", "heard_on", "pair_id"]
    )
    latest = "max" if dialect == "sqlite" else "greatest"
    return [
        f"""CREATE VIEW heard_of_pair AS SELECT process.id AS pair_id, process.scope_id AS organisation_id, {latest}(
            process.since,
            coalesce((SELECT CAST(max(held_on) AS varchar) FROM meeting
                      WHERE meeting.pair_id = process.id AND meeting.status = 'held'), ''),
            coalesce((SELECT substr(max(recorded_at), 1, 10) FROM history_entry
                      WHERE history_entry.subject_id = process.id AND history_entry.event = 'enter_as_found'), '')) AS heard_on
            FROM process WHERE process.subject_kind = 'pair' AND process.state = 'regular_work'""",
        "INSERT INTO pair_at_work (pair_id, organisation_id, heard_on) SELECT pair_id, organisation_id, heard_on FROM heard_of_pair",
        *(_sqlite_heard() if dialect == "sqlite" else _postgresql_heard()),
    ]


def _heard(row: str, pair: str) -> str:
    return (
        "INSERT INTO pair_at_work (pair_id, organisation_id, heard_on) "
        f"SELECT pair_id, organisation_id, heard_on FROM heard_of_pair WHERE pair_id = {row}.{pair} "
        "ON CONFLICT (pair_id) DO UPDATE SET heard_on = excluded.heard_on"
    )


# A step of anything but a pair that begins or ends its work pays for the comparison alone.
_ENTERS = "NEW.subject_kind = 'pair' AND NEW.state = 'regular_work'"
_TOUCHES = "NEW.subject_kind = 'pair' AND (NEW.state = 'regular_work' OR OLD.state = 'regular_work')"
_LEAVES = "DELETE FROM pair_at_work WHERE pair_id = NEW.id AND NEW.state <> 'regular_work'"


def _sqlite_heard() -> list[str]:
    new, meeting, gone = _heard("NEW", "id"), _heard("NEW", "pair_id"), _heard("OLD", "pair_id")
    return [
        f"CREATE TRIGGER pair_at_work_begins AFTER INSERT ON process WHEN {_ENTERS} BEGIN {new}; END",
        f"CREATE TRIGGER pair_at_work_moves AFTER UPDATE ON process WHEN {_TOUCHES} BEGIN {_LEAVES}; {new}; END",
        f"CREATE TRIGGER pair_at_work_met AFTER INSERT ON meeting BEGIN {meeting}; END",
        f"CREATE TRIGGER pair_at_work_mended AFTER UPDATE OF held_on, status ON meeting BEGIN {meeting}; END",
        f"CREATE TRIGGER pair_at_work_unmet AFTER DELETE ON meeting BEGIN {gone}; END",
    ]


def _postgresql_heard() -> list[str]:
    new, meeting, gone = _heard("NEW", "id"), _heard("NEW", "pair_id"), _heard("OLD", "pair_id")
    return [
        f"""CREATE FUNCTION pair_at_work_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            {_LEAVES}; {new}; RETURN NULL; END $$""",
        f"""CREATE TRIGGER pair_at_work_begins AFTER INSERT ON process
            FOR EACH ROW WHEN ({_ENTERS}) EXECUTE FUNCTION pair_at_work_moves()""",
        f"""CREATE TRIGGER pair_at_work_moves AFTER UPDATE ON process
            FOR EACH ROW WHEN ({_TOUCHES}) EXECUTE FUNCTION pair_at_work_moves()""",
        f"""CREATE FUNCTION pair_at_work_met() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'DELETE' THEN {gone}; ELSE {meeting}; END IF; RETURN NULL; END $$""",
        """CREATE TRIGGER pair_at_work_met AFTER INSERT OR UPDATE OF held_on, status OR DELETE ON meeting
            FOR EACH ROW EXECUTE FUNCTION pair_at_work_met()""",
    ]
