"""Jobs: the port that the unit of work enqueues through, and its adapter to DBOS. The only module that imports dbos.

One job a commit, written in the commit's own transaction: a rollback leaves neither. It runs at least once, its tasks are
retried with growing pauses, and after a crash the same worker slot goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from dbos import DBOS, DBOSClient, WorkflowSerializationFormat, run_dbos_database_migrations
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from workflow_core import timers
from workflow_core.database import Database, server_is_away
from workflow_core.exceptions import PluginError, WorkflowError
from workflow_core.fault_points import reached

if TYPE_CHECKING:
    from workflow_core.unit_of_work import ProcessEngine

log = logging.getLogger(__name__)

APPLICATION = "marshrut"
# Constant on purpose: a job left by one version is not resumed by another. Raise it only when a job's arguments change.
JOB_VERSION = "1"
QUEUE = "after_commit"
MAX_ATTEMPTS = 5
PATIENCE_SECONDS = 600.0
"""How long one attempt waits for a database server that is away; an outage must not use up the attempts of a paper."""
TIMERS, TIMERS_CRON = "take_due", "4 * * * *"
"""Every hour, because midnight comes to eleven time zones; any number of processes may keep the schedule."""
KEPT_RUNS = timedelta(days=7)

Task = tuple[str, str]
"""What to do and for which id: («render», document id)."""


class Jobs(Protocol):
    """What the unit of work needs of a job engine."""

    def enqueue(self, session: Session, scope: str, first: int, last: int, tasks: Sequence[Task]) -> None:
        """Write the one job of this transaction; entries `first` to `last` of the scope are what it is about."""


def run_tasks(engine: ProcessEngine, scope: str, first: int, last: int, tasks: Sequence[Sequence[str]]) -> None:
    """The whole body of a job, without a job engine: every task, then the plugins that listen."""
    for name, target in tasks:
        try:
            run_task(engine, scope, name, target, last)
        except PluginError as error:
            if not give_up(engine, scope, name, target, str(error)):
                raise
        reached("between_job_steps")
    notify(engine, scope, first, last)


def run_task(engine: ProcessEngine, scope: str, name: str, target: str, last: int) -> None:
    """One task of the commit that ended with entry `last`; must bear repetition. Nothing is done where a later step took it back."""
    from workflow_core.operations.revoking import is_withdrawn  # here to keep the enqueuing side light

    reached("before_task")
    with engine.read(scope, now=datetime.now(UTC)) as read:
        if is_withdrawn(read.session, scope, name, target, last):
            return
    engine.catalogue.task_handlers[name](engine, scope, target)
    reached("after_task")


def outlast(work: Callable[[], Any], pause: Callable[[float], None] = time.sleep) -> Any:
    """Do the work, again and again while the database server is away. Raises what else fails, and after `PATIENCE_SECONDS` that."""
    waited = 0.0
    while True:
        try:
            return work()
        except DBAPIError as error:
            if not server_is_away(error) or waited >= PATIENCE_SECONDS:
                raise
            log.warning("no database, the task waits: %s", error.orig)
        pause(1.0)
        waited += 1.0


def give_up(engine: ProcessEngine, scope: str, name: str, target: str, text: str) -> bool:
    """No attempt is left: let the task's own room say so where a user sees it. False where nobody can."""
    handler = engine.catalogue.task_given_up.get(name)
    if handler is not None:
        handler(engine, scope, target, text)
    return handler is not None


def notify(engine: ProcessEngine, scope: str, first: int, last: int) -> None:
    """Tell all listening plugins of the entries of one commit. Raises the first PluginError after all have been called."""
    failed: PluginError | None = None
    for plugin in engine.catalogue.listeners:
        try:
            tell_one(engine, plugin, scope, first, last)
        except PluginError as error:
            failed = failed or error
    if failed is not None:
        raise failed


def tell_one(engine: ProcessEngine, plugin: str, scope: str, first: int, last: int) -> None:
    """Tell one plugin of the entries of one commit. Raises PluginError."""
    from workflow_core import plugin_work, queries  # here to keep the enqueuing side light

    now = datetime.now(UTC)
    with engine.read(scope, now=now) as read:
        entries = queries.entries_between(read.session, scope, first, last)
    plugin_work.tell(engine, plugin, scope, entries, work=f"{scope}-{last}", now=now)


class CollectedJobs:
    """Keeps the jobs in memory until `run`: for tests and for commands that must not wait for a worker."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, int, int, list[Task]]] = []

    def enqueue(self, session: Session, scope: str, first: int, last: int, tasks: Sequence[Task]) -> None:
        self.waiting.append((scope, first, last, list(tasks)))

    def run(self, engine: ProcessEngine) -> int:
        """Do all that waits; returns how many jobs there were. Call it after the commit."""
        done = 0
        while self.waiting:
            run_tasks(engine, *self.waiting.pop(0))
            done += 1
        return done


class DurableJobs:
    """DBOS on the product's own database. Any process may enqueue; one that called `launch` also executes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._client: DBOSClient | None = None
        self._launched = False

    def prepare(self) -> None:
        """Create or upgrade the job engine's own tables (SQLite: beside ours; PostgreSQL: schema `dbos`)."""
        logging.getLogger("dbos").setLevel(logging.WARNING)
        run_dbos_database_migrations(self.database.job_engine.url.render_as_string(hide_password=False))

    @property
    def client(self) -> DBOSClient:
        """The enqueuing side; connects at the first use."""
        if self._client is None:
            self._client = DBOSClient(
                system_database_engine=self.database.job_engine, application_name=APPLICATION, lazy=True
            )
        return self._client

    def enqueue(self, session: Session, scope: str, first: int, last: int, tasks: Sequence[Task]) -> None:
        self.client.enqueue_in_transaction(
            session,
            {
                "workflow_name": "after_commit",
                "queue_name": QUEUE,
                "workflow_id": f"{scope}-{last}",
                "app_version": JOB_VERSION,
                "serialization_type": WorkflowSerializationFormat.PORTABLE,
            },
            scope,
            first,
            last,
            [list(task) for task in tasks],
        )

    def launch(self, engine: ProcessEngine, *, slot: str = "w1", poll_seconds: float = 1.0) -> None:
        """Start executing in this process. `slot` names the worker for good: after a crash the same slot resumes its jobs."""
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self.database.job_engine,
                "application_version": JOB_VERSION,
                "executor_id": slot,
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )

        @DBOS.workflow(name="after_commit", serialization_type=WorkflowSerializationFormat.PORTABLE)
        def after_commit(scope: str, first: int, last: int, tasks: list[list[str]]) -> None:
            try:
                _work_off(engine, scope, first, last, tasks)
            except DBAPIError as error:
                if not server_is_away(error):
                    raise
                # The job engine could not look up or write down a step: nobody's fault, and no end of the job. Queued again
                # it goes on after the last step that was written; what is left of this run waits for that one's outcome.
                again = partial(self.client.resume_workflow, str(DBOS.workflow_id), queue_name=QUEUE)
                outlast(again)
                raise

        @DBOS.workflow(name=TIMERS)
        def take_due(_at: datetime, _context: object) -> None:
            _step(TIMERS, partial(_take_due, engine))
            _step("forget old runs", self._forget_old_runs)

        def begin() -> None:
            DBOS.launch()
            DBOS.register_queue(QUEUE, polling_interval_sec=poll_seconds)
            # What was missed needs no making up of runs: the rows themselves wait. The first run comes at once.
            DBOS.apply_schedules([{"schedule_name": TIMERS, "workflow_fn": take_due, "schedule": TIMERS_CRON}])
            DBOS.trigger_schedule(TIMERS)

        self._launched = True
        # The job engine refuses to begin where the thread has an event loop of its own, which is none of its business.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(begin).result()

    def _forget_old_runs(self) -> None:
        """Runs of the clock leave nothing that anybody asks for: what they told stands in the history."""
        before = (datetime.now(UTC) - KEPT_RUNS).isoformat()
        old = self.client.list_workflows(schedule_name=TIMERS, status=["SUCCESS", "ERROR"], end_time=before, limit=500)
        self.client.delete_workflows([one.workflow_id for one in old])

    def stop(self) -> None:
        """Stop executing and give the connections back; unfinished jobs stay in the database."""
        if self._launched:
            with contextlib.suppress(Exception):
                DBOS.destroy(destroy_registry=True)
            self._launched = False
        if self._client is not None:
            self._client.destroy()
            self._client = None

    def unfinished(self) -> list[dict[str, Any]]:
        """Jobs that are waiting, running or failed: id, status, scope of each."""
        found = self.client.list_workflows(
            status=["ENQUEUED", "PENDING", "ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"], load_output=False
        )
        return [{"id": job.workflow_id, "status": job.status, "executor": job.executor_id} for job in found]

    def resume(self, job_id: str) -> None:
        """Give a stuck job to whoever is alive; one that has failed goes on with the task that failed."""
        (job,) = self.client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        if job.status != "ERROR":
            self.client.resume_workflow(job_id, queue_name=QUEUE)
            return
        # The job engine resumes nothing that has ended: it is wound back to the first step that failed.
        failed = [step["function_id"] for step in self.client.list_workflow_steps(job_id) if step["error"] is not None]
        self.client.rewind_workflow(job_id, start_step=min(failed, default=1), queue_name=QUEUE)

    def recover(self, slot: str) -> list[str]:
        """Hand what a slot has begun to whoever is alive; the ids of the jobs. For a slot that never comes back.

        A worker that is alive after all would go on with them too: tasks bear that, but the caller had better look first.
        """
        found = self.client.list_workflows(status="PENDING", executor_id=slot, load_input=False, load_output=False)
        ids = [job.workflow_id for job in found]
        if ids:
            self.client.resume_workflows(ids, queue_name=QUEUE)
        return ids


def _work_off(engine: ProcessEngine, scope: str, first: int, last: int, tasks: list[list[str]]) -> None:
    """The body of a job, each part a step of the job engine. Raises the first failure that nobody could show, after all is tried."""
    failed: Exception | None = None
    for name, target in tasks:
        try:
            _step(name, partial(run_task, engine, scope, name, target, last))
        except DBAPIError:  # the job engine's own
            raise
        except Exception as error:  # one paper that can't be made must not keep the others waiting
            words = _last_words(error)
            if not _step(f"give up {name}", partial(give_up, engine, scope, name, target, words)):
                failed = failed or error
        reached("between_job_steps")
    # Written down as a step: after a restart with other plugins the job goes on with those it began with.
    listeners = _step("listeners", lambda: list(engine.catalogue.listeners)) if _listened(engine) else []
    for plugin in listeners:
        try:
            _step(f"notify {plugin}", partial(tell_one, engine, plugin, scope, first, last))
        except DBAPIError:
            raise
        except Exception as error:  # whose fault it was is written down; the others are called all the same
            failed = failed or error
    if failed is not None:
        raise failed


def _take_due(engine: ProcessEngine) -> int:
    return sum(timers.take_due(engine, datetime.now(UTC)).values())


def _listened(engine: ProcessEngine) -> bool:
    return engine.catalogue.listens_after_commit


def _last_words(error: Exception) -> str:
    """What the last attempt said; a job that is resumed knows only that there was none left."""
    attempts = getattr(error, "errors", None) or [error]
    own = [str(one) for one in attempts if isinstance(one, WorkflowError)]
    return own[-1] if own else "не получилось за несколько попыток, причина записана в журнале программы"


def _step(name: str, work: Callable[[], Any]) -> Any:
    return DBOS.run_step(
        {
            "name": name,
            "retries_allowed": True,
            "max_attempts": MAX_ATTEMPTS,
            "interval_seconds": 1.0,
            "backoff_rate": 2.0,
        },
        partial(outlast, work),
    )
