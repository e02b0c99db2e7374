"""Gives facts that no guard would ever see: the engine's own stand before them."""

from workflow_core.guards import FactsProvider
from workflow_core.hookspecs import hookimpl

CODE = "reserved_name"


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    return [FactsProvider("today", "visit", lambda *_asked: {})]
