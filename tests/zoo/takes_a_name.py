"""Gives a guard under a name of the house."""

from workflow_core.guards import Guard
from workflow_core.hookspecs import hookimpl

CODE = "name_clash"


@hookimpl
def contribute_guards() -> list[Guard]:
    return [Guard("room_free", "кабинет свободен", lambda *_asked: [])]
