"""Says no every second time."""

from collections.abc import Iterable
from datetime import date

from workflow_core.guards import Actor, Blocker, Facts, Guard
from workflow_core.hookspecs import hookimpl

CODE = "guard_answers_differ"

asked: list[str] = []


def check(facts: Facts, actor: Actor, event: str, on_date: date) -> Iterable[Blocker]:
    asked.append(event)
    return [Blocker("no_bed", "Места нет", "Освободите место")] if len(asked) % 2 else []


@hookimpl
def contribute_guards() -> list[Guard]:
    return [Guard("bed_free", "место в интернате есть", check)]
