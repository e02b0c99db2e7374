"""What mentoring gives to the engine, through the same door as a stranger's plugin."""

from __future__ import annotations

from pathlib import Path

from workflow_core.guards import FactsProvider, Guard
from workflow_core.hookspecs import hookimpl
from workflow_core.operations import Consequence, Effect
from workflows.mentoring.effects import CONSEQUENCES, EFFECTS
from workflows.mentoring.facts import PROVIDERS
from workflows.mentoring.guards import GUARDS
from workflows.mentoring.shares import SHARES

_HERE = Path(__file__).parent


@hookimpl
def contribute_definitions() -> list[Path]:
    """Pairs after the target model, and pairs of teachers."""
    return [_HERE / "pair.yaml", _HERE / "pair_teachers.yaml"]


@hookimpl
def contribute_guards() -> list[Guard]:
    """What stands in the way of a pair's steps."""
    return list(GUARDS)


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    """Facts about pairs, and the figures of the organisation."""
    return [*PROVIDERS, *SHARES]


@hookimpl
def contribute_effects() -> list[Effect]:
    """Members, meetings, the next cycle."""
    return list(EFFECTS)


@hookimpl
def contribute_consequences() -> list[Consequence]:
    """An order that is registered fixes its pairs."""
    return list(CONSEQUENCES)
