"""The only composition root: puts database, plugins, jobs and the rooms of `workflows` together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import workflows.documents.plugin
import workflows.mentoring.plugin
import workflows.organisations.plugin
import workflows.road_maps.plugin
from web import tables  # noqa: F401  (they belong to the models)
from web.plugin_settings import mandatory_plugins, plugin_limits
from web.settings import Settings
from workflow_core.child_process import ChildProcess
from workflow_core.database import Database, open_database
from workflow_core.jobs import CollectedJobs, DurableJobs, Jobs
from workflow_core.migrations import upgrade
from workflow_core.plugin_manager import Catalogue, build_catalogue
from workflow_core.plugin_work import InProcess
from workflow_core.unit_of_work import ProcessEngine
from workflows.documents import rendering_task
from workflows.road_maps import calendar_change, reading_task

HERE = Path(__file__).resolve().parent
ROOMS = ("organisations", "documents", "mentoring", "road_maps")
MIGRATIONS = (*(HERE.parent / "workflows" / room / "migrations" for room in ROOMS), HERE / "migrations")

BUILT_IN = (
    ("organisations", workflows.organisations.plugin),
    ("documents", workflows.documents.plugin),
    ("mentoring", workflows.mentoring.plugin),
    ("road_maps", workflows.road_maps.plugin),
)


@dataclass(frozen=True, slots=True)
class Installation:
    """One running Marshrut."""

    settings: Settings
    engine: ProcessEngine
    jobs: Jobs

    @property
    def database(self) -> Database:
        return self.engine.database

    def close(self) -> None:
        """Stop the jobs of this process and give the connections back."""
        # The child first: a job that waits for a plugin must not keep the program from ending.
        self.engine.plugin_work.close()
        if isinstance(self.jobs, DurableJobs):
            self.jobs.stop()
        self.engine.database.close()


def clock() -> datetime:
    """This moment; the only clock outside of a request."""
    return datetime.now(UTC)


def catalogue(*, tolerant: bool = False) -> Catalogue:
    """What the rooms and all installed plugins contribute.

    The rooms are mandatory, and so are the plugins that `MARSHRUT_MANDATORY_PLUGINS` names: with a fault in one of these it
    raises PluginError (InvalidDefinition for wrong files). `tolerant`: only say what is wrong, for reports.
    """
    made = build_catalogue(BUILT_IN, mandatory=(*ROOMS, *mandatory_plugins()), tolerant=tolerant)
    for task in (rendering_task, reading_task):
        made.task_handlers.update(task.task_handlers(clock))
        made.task_given_up.update(task.given_up(clock))
    made.task_handlers.update(calendar_change.task_handlers(clock))
    made.before_review["road_maps"] = calendar_change.follow
    return made


def assemble(
    settings: Settings,
    *,
    jobs: Jobs | None = None,
    database: Database | None = None,
    tolerant: bool = False,
    known: Catalogue | None = None,
) -> Installation:
    """An installation on its database, which must be prepared already (see `prepare`); `tolerant` as in `catalogue`.

    `known`: the catalogue, where the caller has one already.
    """
    opened = database or open_database(settings.database_url)
    used = jobs or DurableJobs(opened)
    known, limits = known or catalogue(tolerant=tolerant), plugin_limits()
    # Whoever collects jobs works them off right here, in a test or for an example; a served installation is to survive its plugins.
    work = InProcess(known, limits) if jobs else ChildProcess(f"{__name__}:catalogue", limits)
    return Installation(settings, ProcessEngine(opened, known, used, work), used)


def prepare(installation: Installation) -> None:
    """Bring the database up to date and store the definitions; safe to call at every start."""
    upgrade(installation.database, MIGRATIONS)
    if isinstance(installation.jobs, DurableJobs):
        installation.jobs.prepare()
    installation.engine.store_definitions(now=datetime.now(UTC))


__all__ = ["BUILT_IN", "MIGRATIONS", "CollectedJobs", "Installation", "assemble", "catalogue", "prepare"]
