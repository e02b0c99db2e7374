"""Raises when it is asked what it gives."""

from workflow_core.guards import Guard
from workflow_core.hookspecs import hookimpl

CODE = "raises_at_start"


@hookimpl
def contribute_guards() -> list[Guard]:
    raise RuntimeError("нет файла настроек")
