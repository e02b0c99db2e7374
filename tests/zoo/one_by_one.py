"""A statement for each subject: a list of a hundred pairs waits a hundred times."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from workflow_core import queries
from workflow_core.guards import FactsProvider
from workflow_core.hookspecs import hookimpl

CODE = "facts_statements_grow"


def load(session: Session, _scope: str, ids: Sequence[str], _on: date) -> Mapping[str, Any]:
    rows = {one: queries.process(session, one) for one in ids}
    return {one: row.state for one, row in rows.items() if row}


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    return [FactsProvider("place", "visit", load)]
