"""Waits to be called where nobody calls."""

from workflow_core.hookspecs import hookimpl

CODE = "unknown_hook"


@hookimpl
def before_commit() -> None:
    """There is no such hook."""
