"""Says no and leaves the reader alone with it."""

from collections.abc import Iterable
from datetime import date

from workflow_core.guards import Actor, Blocker, Facts, Guard
from workflow_core.hookspecs import hookimpl

CODE = "blocker_without_remedy"


def check(facts: Facts, actor: Actor, event: str, on_date: date) -> Iterable[Blocker]:
    return [Blocker("no_bed", "Места в интернате нет")]


@hookimpl
def contribute_guards() -> list[Guard]:
    return [Guard("bed_free", "место в интернате есть", check)]
