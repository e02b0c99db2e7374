"""SQL of the search index: what is found, what the triggers are, a fresh build, and what differs from one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session

KINDS = {"person": "p", "pair": "r", "document": "d", "activity": "a"}
"""Kinds of subjects that can be searched, each with the letter of its shelf."""

_COLUMNS = "organisation_id, kind, shelf, subject_id, order_key, text"


def found(session: Session, scope: str, kind: str, patterns: Sequence[str], limit: int) -> list[str]:
    """Ids of the subjects of a kind whose line contains every pattern (each at least three letters long), in no order."""
    session.flush()
    values = {"scope": scope, "kind": kind, "limit": limit}
    if session.connection().dialect.name == "sqlite":
        words = " AND ".join('"{}"'.format(one.replace('"', '""')) for one in patterns)
        values["match"] = f'shelf : "{shelf(scope, kind)}" AND text : ({words})'
        statement = _SQLITE_FOUND
    else:
        values["trigrams"] = [f"#{kind}{scope}", *{one[at : at + 3] for one in patterns for at in range(len(one) - 2)}]
        values.update({f"word{place}": one for place, one in enumerate(patterns)})
        every = "".join(f" AND strpos(text, :word{place}) > 0" for place in range(len(patterns)))
        statement = _POSTGRESQL_FOUND.format(every=every)
    return [str(row[0]) for row in session.connection().execute(sa.text(statement), values)]


# The cross join keeps SQLite from reading the lines before the matches. A shelf is shared by one organisation in 256, hence the check.
_SQLITE_FOUND = """
SELECT e.subject_id FROM (SELECT rowid FROM search_trigram WHERE search_trigram MATCH :match) AS f
CROSS JOIN search_entry AS e ON e.number = f.rowid WHERE e.organisation_id = :scope AND e.kind = :kind LIMIT :limit"""
_POSTGRESQL_FOUND = """
SELECT subject_id FROM search_entry
WHERE trigrams @> CAST(:trigrams AS text[]) AND organisation_id = :scope AND kind = :kind{every} LIMIT :limit"""


def shelf(scope: str, kind: str) -> str:
    """Three letters that stand for organisation and kind: one trigram, so that other rows are not even looked at."""
    return f"{scope[-2:]}{KINDS[kind]}"


# -- how the index follows the registers: for the migrations of every room --------------------------------------------


def name_line(column: str) -> str:
    """SQL for the line of a sort key: words parted by two spaces, without the mark of ё."""
    return f"'  ' || replace(replace({column}, ' ~', ''), ' ', '  ')"


def free_line(dialect: str, column: str) -> str:
    """SQL for the line of a text as it was typed: in small letters, ё as е.

    On SQLite `lower` is the connection's own function (see `workflow_core.database`); PostgreSQL's depends on the server's locale.
    """
    small = f"lower({column})" if dialect == "sqlite" else f"translate({column}, '{_CAPITALS}', '{_CAPITALS.lower()}')"
    return f"'  ' || replace(replace({small}, 'ё', 'е'), ' ', '  ')"


_CAPITALS = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯABCDEFGHIJKLMNOPQRSTUVWXYZ"


def view(dialect: str, kind: str, table: str, order_key: str, text: str) -> list[str]:
    """Statements that say what the index holds of each row of a register, and put the rows that there are into it."""
    letter = KINDS[kind]
    columns = (
        f"{table}.organisation_id, '{kind}' AS kind, substr({table}.organisation_id, length({table}.organisation_id) - 1) || '{letter}' AS shelf, "
        f"{table}.id AS subject_id, {order_key} AS order_key, {text} AS text"
    )
    return [f"CREATE VIEW searchable_{kind} AS SELECT {columns} FROM {table}", _fill(kind)]


def _fill(kind: str) -> str:
    return f"INSERT INTO search_entry ({_COLUMNS}) SELECT {_COLUMNS} FROM searchable_{kind}"


def _put(kind: str, subjects: str) -> str:
    return (
        f"{_fill(kind)} WHERE subject_id IN ({subjects}) ON CONFLICT (subject_id) DO UPDATE "
        "SET order_key = excluded.order_key, text = excluded.text "
        "WHERE search_entry.order_key <> excluded.order_key OR search_entry.text <> excluded.text"
    )


def follow(
    dialect: str, kind: str, table: str, columns: Sequence[str], *, subjects: str = "{row}.id", owns: bool = True
) -> list[str]:
    """Triggers by which the index follows a register's rows.

    `columns` are those whose change matters; `subjects` is SQL for the subjects that a row tells of ({row} is NEW or OLD): a column,
    or a SELECT; `owns` says that the row is the subject itself, which goes with it.
    """
    new, old = subjects.format(row="NEW"), subjects.format(row="OLD")
    changed = _put(kind, new if owns or new.startswith("SELECT") else f"{new}, {old}")
    removed = f"DELETE FROM search_entry WHERE subject_id = {old}" if owns else _put(kind, old)
    name = f"search_{kind}_by_{table}"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {_put(kind, new)}; END",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF {', '.join(columns)} ON {table} BEGIN {changed}; END",
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {removed}; END",
        ]
    return [
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'INSERT' THEN {_put(kind, new)};
            ELSIF TG_OP = 'UPDATE' THEN {changed};
            ELSE {removed}; END IF;
            RETURN NULL; END $$""",
        f"""CREATE TRIGGER {name} AFTER INSERT OR UPDATE OF {", ".join(columns)} OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {name}()""",
    ]


# -- a fresh build ----------------------------------------------------------------------------------------------------


def rebuild(session: Session, scope: str) -> int:
    """Make the index of an organisation anew from its registers; gives the number of lines. SQLite's trigrams are made anew whole."""
    session.flush()
    connection, values = session.connection(), {"scope": scope}
    connection.execute(sa.text("DELETE FROM search_entry WHERE organisation_id = :scope"), values)
    for kind in KINDS:
        connection.execute(sa.text(f"{_fill(kind)} WHERE organisation_id = :scope"), values)
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("INSERT INTO search_trigram (search_trigram) VALUES ('rebuild')"))
    forget(session)
    counted = sa.text("SELECT count(*) FROM search_entry WHERE organisation_id = :scope")
    return int(connection.execute(counted, values).scalar_one())


def differences(session: Session, scope: str) -> int:
    """How many lines of an organisation differ from a fresh build: too many, too few, or another text."""
    session.flush()
    fresh = " UNION ALL ".join(
        f"SELECT {_COLUMNS} FROM searchable_{kind} WHERE organisation_id = :scope" for kind in KINDS
    )
    kept = f"SELECT {_COLUMNS} FROM search_entry WHERE organisation_id = :scope"
    statement = f"""
    SELECT count(DISTINCT subject_id) FROM (
        SELECT * FROM (SELECT * FROM ({fresh}) AS a EXCEPT {kept}) AS b
        UNION ALL
        SELECT * FROM ({kept} EXCEPT SELECT * FROM ({fresh}) AS c) AS d
    ) AS e"""
    return int(session.connection().execute(sa.text(statement), {"scope": scope}).scalar_one())


def is_sound(session: Session) -> bool:
    """Whether SQLite's trigrams are those of the lines; asked for in a write, because FTS5 is asked by an INSERT."""
    if session.connection().dialect.name != "sqlite":
        return True
    try:
        session.connection().execute(sa.text("INSERT INTO search_trigram (search_trigram) VALUES ('integrity-check')"))
    except sa.exc.DatabaseError:
        return False
    return True


def forget(session: Session) -> None:
    """Let SQLite's trigrams forget lines that are gone: FTS5 keeps them in older segments until these are merged."""
    session.flush()
    if session.connection().dialect.name == "sqlite":
        session.connection().execute(sa.text("INSERT INTO search_trigram (search_trigram) VALUES ('optimize')"))
