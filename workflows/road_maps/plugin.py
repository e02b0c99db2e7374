"""What running road maps contribute, through the same door as a stranger's plugin."""

from __future__ import annotations

from pathlib import Path

from workflow_core.guards import FactsProvider, Guard
from workflow_core.hookspecs import hookimpl
from workflow_core.operations import Consequence, Effect
from workflows.road_maps import due_dates
from workflows.road_maps.effects import CONSEQUENCES, EFFECTS
from workflows.road_maps.facts import PROVIDERS
from workflows.road_maps.guards import GUARDS

HERE = Path(__file__).parent


@hookimpl
def contribute_definitions() -> list[Path]:
    """Lifecycles of a map, a section and an item."""
    return [HERE / f"{name}.yaml" for name in ("road_map", "stage", "activity")]


@hookimpl
def contribute_guards() -> list[Guard]:
    """Rules of items."""
    return list(GUARDS)


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    """Facts about items and maps, and the deadlines that timers wait for."""
    return [*PROVIDERS, *due_dates.PROVIDERS]


@hookimpl
def contribute_effects() -> list[Effect]:
    """What the steps of an item change."""
    return list(EFFECTS)


@hookimpl
def contribute_consequences() -> list[Consequence]:
    """How a section follows its items."""
    return list(CONSEQUENCES)


@hookimpl
def contribute_road_maps() -> list[Path]:
    """The five shipped maps."""
    return sorted((HERE / "maps").glob("*.yaml"))
