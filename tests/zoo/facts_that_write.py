"""Counts its own questions in the database."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from workflow_core.guards import FactsProvider
from workflow_core.hookspecs import hookimpl

CODE = "facts_write"


def load(session: Session, _scope: str, _ids: Sequence[str], _on: date) -> Mapping[str, Any]:
    session.execute(sa.text("UPDATE process SET version = version"))
    return {}


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    return [FactsProvider("bed", "visit", load)]
