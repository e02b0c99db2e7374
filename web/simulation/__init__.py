"""`marshrut simulate`: a definition or a road map lived through a year by people who do not exist, in a throw-away database.

Here mentoring, road maps and papers are put together, which only the web edge may do; how agents behave is in
`workflow_core.simulation`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from web.simulation import kinds
from web.simulation.school import MoreRemedies, Plan, School
from workflow_core import verification
from workflow_core.database import Database, open_database
from workflow_core.definition_extension import is_like
from workflow_core.exceptions import InvalidInput, NotFound
from workflow_core.jobs import CollectedJobs
from workflow_core.migrations import upgrade
from workflow_core.plugin_manager import Catalogue, build_catalogue
from workflow_core.simulation import Simulation
from workflow_core.simulation_report import Report
from workflow_core.unit_of_work import ProcessEngine
from workflow_core.verification import Problem
from workflows.organisations.settings import lifecycles
from workflows.road_maps.map_template import MapTemplate, load

FIRST_DAY = date(2026, 9, 1)
"""Every run begins here, whatever the day is: the same seed must give the same year."""
SHORT_MAP = Path(__file__).parent / "short_map.yaml"
BUSY_OFFICE = 0.7
"""Chance of a morning that a paper comes, where papers are all that is simulated."""
PERIODS = 7
"""Years for which the short map is taken into work: one map alone is approved only once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to, and what a check of its history found."""

    report: Report
    entries: int
    problems: tuple[Problem, ...]


def plan_for(
    catalogue: Catalogue,
    *,
    code: str = "",
    road_map: MapTemplate | None = None,
    days: int,
    pairs: int,
    profile: str = "",
) -> Plan:
    """What to simulate for one definition, for a road map (with the default pairs), or, with neither, for everything.

    Raises NotFound for an unknown code, InvalidInput for a definition whose subjects a school does not have.
    """
    known = catalogue.definitions
    of_pairs = tuple(one.code for one in known.values() if one.subject == "pair")
    if road_map is not None:
        return Plan(days, pairs, of_pairs[:1], road_map, PERIODS, profile=profile)
    short = load(SHORT_MAP)
    if not code:
        return Plan(days, pairs, of_pairs, short, PERIODS, profile=profile)
    if code not in known:
        raise NotFound("жизненный цикл", code, known)
    definition = known[code]
    instead_of = [
        key for key, shipped in lifecycles().items() if code != shipped and is_like(definition, known[shipped])
    ]
    settings = dict.fromkeys(instead_of, code)
    match definition.subject:
        case "pair":
            return Plan(days, pairs, (code,), papers=0, profile=profile)
        case "document":
            return Plan(days, papers=BUSY_OFFICE, profile=profile, settings=settings)
        case "road_map" | "stage" | "activity":
            return Plan(days, road_map=short, periods=PERIODS, papers=0, profile=profile, settings=settings)
    raise InvalidInput({"": f"«{definition.title}»: имитировать можно пары, документы, карты, разделы и пункты."})


def live(
    database: Database,
    catalogue: Catalogue,
    plan: Plan,
    seed: int,
    *,
    until_covered: Sequence[str] = (),
    remedies: MoreRemedies | None = None,
    hurry: int = 1,
) -> tuple[Outcome, School]:
    """Simulate in a prepared, empty database. `remedies`: what a plugin knows to mend besides.

    `until_covered`: definitions; the run ends as soon as all their steps have happened. `hurry`: how many times faster people
    come back to a thing than they usually do.
    """
    engine = ProcessEngine(database, catalogue, CollectedJobs())
    school = School(engine, plan, FIRST_DAY, seed, remedies)
    school.habits = school.habits.faster(hurry)
    engine.store_definitions(now=school.clock.moment())
    school.found()
    report = Simulation(school, seed).run(plan.days, until_covered)
    with school.read() as read:
        verdicts = (verification.verify(read), verification.replay(read))
    problems = tuple(problem for verdict in verdicts for problem in verdict.problems)
    return Outcome(report, verdicts[0].count, problems), school


def catalogue_with_papers(bundled: Sequence[tuple[str, Any]], *, entry_points: bool = True) -> Catalogue:
    """What the rooms and plugins give, and the papers of a simulated school."""
    return build_catalogue((*bundled, ("simulation", kinds)), entry_points=entry_points)


@contextmanager
def throw_away_database(folders: Sequence[Path]) -> Iterator[Database]:
    """An empty SQLite database in a temporary folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="marshrut-simulation-") as folder:
        database = open_database(f"sqlite:///{folder}/simulation.db", synchronous="OFF")
        try:
            upgrade(database, folders)
            yield database
        finally:
            database.close()


__all__ = [
    "FIRST_DAY",
    "SHORT_MAP",
    "Outcome",
    "Plan",
    "School",
    "catalogue_with_papers",
    "live",
    "plan_for",
    "throw_away_database",
]
