"""Migrations and models in step, triggers in place, on both databases."""

from __future__ import annotations

from tests.conftest import migration_folders
from workflow_core.database import Database
from workflow_core.migrations import differences, triggers, upgrade

SQLITE = {
    "history_entry_no_update",
    "history_entry_no_delete",
    "history_entry_no_replace",
    "entry_details_only_erase",
    "entry_details_no_delete",
    "entry_details_no_replace",
    "process_moves_by_entry",
    "process_begins_by_entry",
    "process_no_delete",
}
POSTGRESQL = {
    "history_entry_no_update",
    "history_entry_no_delete",
    "history_entry_no_truncate",
    "entry_details_only_erase",
    "entry_details_no_delete",
    "entry_details_no_truncate",
    "process_moves_by_entry",
    "process_begins_by_entry",
    "process_no_delete",
    "process_no_truncate",
}


def test_migrated_database_equals_the_models(database: Database) -> None:
    assert differences(database) == []


def test_triggers_stand_after_every_migration(database: Database) -> None:
    assert triggers(database) >= (SQLITE if database.is_sqlite else POSTGRESQL)


def test_database_that_is_up_to_date_stays_as_it_is(database: Database) -> None:
    upgrade(database, migration_folders())

    assert differences(database) == []


def test_a_few_ids_are_looked_up_in_a_history_of_any_length(sqlite_database: Database) -> None:
    """Without told figures SQLite reads the whole organisation for three ids."""
    with sqlite_database.read_engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM history_entry WHERE scope_id = 's' AND subject_id IN ('a', 'b', 'c') ORDER BY seq"
        )
        words = [str(row[3]) for row in plan]

    assert words[0] == "SEARCH history_entry USING INDEX ix_history_entry_subject_id_version_seq (subject_id=?)"
