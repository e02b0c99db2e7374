"""Thinks for a while."""

import time
from collections.abc import Iterable
from datetime import date

from workflow_core.guards import Actor, Blocker, Facts, Guard
from workflow_core.hookspecs import hookimpl

CODE = "guard_slow"


def check(facts: Facts, actor: Actor, event: str, on_date: date) -> Iterable[Blocker]:
    time.sleep(0.35)
    return []


@hookimpl
def contribute_guards() -> list[Guard]:
    return [Guard("bed_free", "место в интернате есть", check)]
