"""Keeps a diary of its own."""

import os
from collections.abc import Iterable
from datetime import date

from workflow_core.guards import Actor, Blocker, Facts, Guard
from workflow_core.hookspecs import hookimpl

CODE = "guard_writes"


def check(facts: Facts, actor: Actor, event: str, on_date: date) -> Iterable[Blocker]:
    with open(os.devnull, "a", encoding="utf-8") as diary:
        diary.write(event)
    return []


@hookimpl
def contribute_guards() -> list[Guard]:
    return [Guard("bed_free", "место в интернате есть", check)]
