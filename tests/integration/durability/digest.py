"""One text for all that a database holds, so that «nothing was changed» can be asserted."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from workflow_core.database import Database


class Digest:
    """Digest over all rows of all tables, those of the job engine too; asked again and again on one database."""

    def __init__(self, database: Database) -> None:
        self._sqlite = database.is_sqlite
        self._engine = sa.create_engine(database.url, poolclass=sa.StaticPool)
        self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._version, self._known = -1, ""

    def __call__(self) -> str:
        """The digest as of now. On SQLite the tables are read only if somebody has committed since."""
        if not self._sqlite:
            return self._read()
        version = int(self._connection.exec_driver_sql("PRAGMA data_version").scalar_one())
        if version != self._version:
            self._version, self._known = version, self._read()
        return self._known

    def _read(self) -> str:
        found = hashlib.sha256()
        for name in self._tables():
            columns = f"CAST(row({name}.*) AS text)" if not self._sqlite else "*"
            rows = self._connection.exec_driver_sql(f"SELECT {columns} FROM {name}").all()
            found.update(name.encode())
            for row in sorted(map(repr, rows)):
                found.update(row.encode())
        return found.hexdigest()

    def _tables(self) -> list[str]:
        if self._sqlite:
            statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        else:
            statement = (
                "SELECT schemaname || '.' || tablename FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
            )
        return [str(name) for name in self._connection.exec_driver_sql(statement).scalars()]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
        self._engine.dispose()
