"""Writes what it has found into the facts of the next guard."""

from collections.abc import Iterable
from datetime import date

from workflow_core.guards import Actor, Blocker, Facts, Guard
from workflow_core.hookspecs import hookimpl

CODE = "guard_changes_facts"


def check(facts: Facts, actor: Actor, event: str, on_date: date) -> Iterable[Blocker]:
    facts.settings["bed_free"] = True
    return []


@hookimpl
def contribute_guards() -> list[Guard]:
    return [Guard("bed_free", "место в интернате есть", check)]
