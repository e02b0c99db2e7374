"""The house into which a stranger's plugin comes when its contracts are looked at: the rooms, and a school that has lived a while.

The school is the simulated one: everybody in it is invented, and the same every time.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from workflow_core.contracts.bench import House, World
from workflow_core.database import Database
from workflow_core.exceptions import Finding
from workflow_core.plugin_manager import Catalogue

DAYS, PAIRS, SEED = 20, 4, 7


@cache
def house() -> House:
    """Marshrut as it is shipped."""
    from web.assembly import BUILT_IN, MIGRATIONS
    from web.commands.check import known_names

    return House(BUILT_IN, MIGRATIONS, _fill, known_names, _files)


def _fill(database: Database) -> World:
    from plugins import cases, consents, orders, plans
    from web.assembly import BUILT_IN
    from web.simulation import SHORT_MAP, Plan, catalogue_with_papers, live
    from workflow_core import queries
    from workflows.road_maps.map_template import load

    papers = (("orders", orders), ("consents", consents), ("plans", plans), ("cases", cases))
    catalogue = catalogue_with_papers((*BUILT_IN, *papers), entry_points=False)
    pairs = tuple(one.code for one in catalogue.definitions.values() if one.subject == "pair")
    _outcome, school = live(database, catalogue, Plan(DAYS, PAIRS, pairs, load(SHORT_MAP)), SEED)
    subjects: dict[str, list[str]] = {"person": list(school.people)}
    with school.read() as read:
        for process in queries.processes_of(read.session, school.scope):
            subjects.setdefault(process.subject_kind, []).append(process.id)
        now, today = read.now, read.today
    return World(school.scope, now, today, subjects)


def _files(catalogue: Catalogue) -> Iterable[Finding]:
    from web.commands.check import files_of_plugins

    return files_of_plugins(catalogue)
