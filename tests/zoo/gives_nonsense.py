"""Gives a name where a guard is due."""

from typing import Any

from workflow_core.hookspecs import hookimpl

CODE = "nonsense"


@hookimpl
def contribute_guards() -> list[Any]:
    return ["dormitory_free"]
