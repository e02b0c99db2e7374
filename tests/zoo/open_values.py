"""Facts whose insides any guard could change for all the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from workflow_core.guards import FactsProvider
from workflow_core.hookspecs import hookimpl

CODE = "facts_not_frozen"


@dataclass
class Room:
    number: str


def load(_session: Session, _scope: str, ids: Sequence[str], _on: date) -> Mapping[str, Any]:
    return dict.fromkeys(ids, Room("21"))


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    return [FactsProvider("dormitory", "visit", load)]
