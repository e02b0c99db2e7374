"""What SQLite's planner is told about the tables, so that a plan does not depend on who ran ANALYZE and when.

Without statistics SQLite takes `organisation_id = ?` for a search that finds ten rows, and reads a whole organisation where an
index on ids would do: three entries were looked for in all of a history. These figures are those of one large organisation;
they are right for a small one too, where every plan is fast. PostgreSQL keeps statistics of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

LARGE, SMALL = 1_000_000, 500
SMALL_TABLES = frozenset(
    {
        "account",
        "alembic_version",
        "calendar_feed",
        "definition",
        "history_head",
        "map_file",
        "membership",
        "organisation",
        "own_map",
        "programme",
        "road_map",
        "setting",
        "signatory",
        "stage",
        "stand_in",
    }
)
"""Tables that stay small however large a school is."""
PLACES = frozenset({"organisation_id", "scope_id"})
"""Columns that narrow little down: most installations are one organisation or few."""
FEW_VALUES = frozenset(
    {"state", "kind", "subject_kind", "document_class", "form", "status", "side", "purpose", "programme_id"}
)
"""Columns with a handful of values."""
_OF_AN_ID, _OF_A_VALUE, _OF_FEW, _OF_PLACES = 10, 1_000, 10, 4


def tell_planner(connection: sa.Connection) -> None:
    """Write the figures for all indexes that there are; takes no look at the rows. Nothing to do on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql("ANALYZE sqlite_master")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    rows = list(_figures(connection))
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", rows)
    connection.exec_driver_sql("ANALYZE sqlite_master")


def _figures(connection: sa.Connection) -> Iterator[tuple[str, str, str]]:
    tables = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    )
    for (table,) in tables.fetchall():
        size = SMALL if table in SMALL_TABLES else LARGE
        for index in connection.exec_driver_sql(f"PRAGMA index_list('{table}')").fetchall():
            columns = [row[2] for row in connection.exec_driver_sql(f"PRAGMA index_info('{index[1]}')")]
            yield table, index[1], " ".join(map(str, [size, *_found(columns, size, unique=bool(index[2]))]))


def _found(columns: list[str | None], size: int, *, unique: bool) -> Iterator[int]:
    """How many rows a search by the first column finds, by the first two, …"""
    found = size
    for place, column in enumerate(columns, 1):
        if unique and place == len(columns):
            found = 1
        elif column in PLACES:
            found = max(2, found // _OF_PLACES)
        elif column in FEW_VALUES:
            found = max(2, found // _OF_FEW)
        elif column is not None and (column == "id" or column.endswith("_id")):
            found = min(found, _OF_AN_ID)
        else:
            found = max(2, found // _OF_A_VALUE)
        yield found
