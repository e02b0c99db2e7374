"""What statements of long lists are built from: which index may be used, and how many rows there are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal
from sqlmodel import Session

from workflow_core import amounts
from workflow_core.amounts import Amount


class Unindexed(sa.ColumnElement[Any]):
    """A column by whose index SQLite must not look rows up: it would read all that match and sort them, instead of reading the
    list in its order until a page is full. PostgreSQL knows from its statistics."""

    inherit_cache = True
    _traverse_internals = [("column", InternalTraversal.dp_clauseelement)]  # noqa: RUF012  the base class declares a list

    def __init__(self, column: sa.ColumnElement[Any]) -> None:
        self.column, self.type = column, column.type


@compiles(Unindexed)
def _unindexed(element: Unindexed, compiler: Any, **options: Any) -> str:
    sign = "+" if compiler.dialect.name == "sqlite" else ""
    return f"{sign}{compiler.process(element.column, **options)}"


def amount_of(session: Session, query: Any) -> Amount:
    """How many rows a statement gives, counted no further than a page cares; what waits in the session is written first."""
    session.flush()
    counted = sa.select(sa.func.count()).select_from(query.limit(amounts.COUNTED + 1).subquery())
    return Amount.of(int(session.connection().execute(counted).scalar_one()))
