"""Asks the clock what day it is, so that yesterday can not be judged today."""

from collections.abc import Iterable
from datetime import date

from workflow_core.guards import Actor, Blocker, Facts, Guard
from workflow_core.hookspecs import hookimpl

CODE = "clock_read"


def check(facts: Facts, actor: Actor, event: str, on_date: date) -> Iterable[Blocker]:
    return [] if date.today() < date(2099, 9, 1) else [Blocker("closed", "Интернат закрыт", "Выберите другой")]


@hookimpl
def contribute_guards() -> list[Guard]:
    return [Guard("bed_free", "место в интернате есть", check)]
