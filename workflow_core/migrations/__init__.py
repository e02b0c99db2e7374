"""Migrations: one Alembic branch a package, run together. Triggers are written here, because nothing else carries them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from workflow_core.database import Database
from workflow_core.migrations.statistics import tell_planner
from workflow_core.tables import metadata

HERE = Path(__file__).parent
CORE_VERSIONS = HERE / "versions"


def alembic_config(versions: Sequence[Path]) -> Config:
    """Alembic's settings for the core's branch and those of the packages."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(path) for path in (CORE_VERSIONS, *versions)))
    return config


def upgrade(database: Database, versions: Sequence[Path] = ()) -> None:
    """Bring the database to the newest revision of every branch."""
    config = alembic_config(versions)
    with database.write_engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
    with database.write_engine.begin() as connection:
        tell_planner(connection)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table belongs to the product: the job engine keeps its own beside ours. Some indexes are PostgreSQL's alone."""
    if kind == "index":
        return name != "uq_history_entry_subject_id_version" and not (name or "").endswith("_trigrams")
    return kind != "table" or name in metadata.tables


def differences(database: Database) -> list[object]:
    """What a migrated database lacks or has too much, compared with the models; empty when they are in step."""
    with database.read_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours, "compare_type": True})
        return list(compare_metadata(context, metadata))


def triggers(database: Database) -> set[str]:
    """Names of the triggers that the database has."""
    statement = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with database.read_engine.connect() as connection:
        return {str(row[0]) for row in connection.execute(sa.text(statement))}
