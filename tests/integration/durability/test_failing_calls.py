"""Fail the n-th database call of every public operation: all or nothing, the error reaches the caller, the work can go on."""

from __future__ import annotations

import ast
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from tests.conftest import ROOT
from tests.integration.durability.digest import Digest
from tests.integration.durability.every_operation import Act, tell
from tests.integration.durability.failing_driver import AT_COMMIT, Plan, failing
from tests.integration.durability.rounds import STRESS, figures
from tests.integration.house.conftest import House, at, open_house, pupils
from web import accounts
from workflow_core import queries as core
from workflow_core import timers
from workflow_core.calendars import WorkingCalendar
from workflow_core.database import Database
from workflow_core.guards import SYSTEM
from workflow_core.jobs import DurableJobs
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, Write
from workflow_core.verification import replay, verify
from workflows.documents import queries as papers
from workflows.documents.rendering_task import render_document
from workflows.documents.tables import FileStatus
from workflows.mentoring import operations as mentoring
from workflows.mentoring.papers import prepare_consents
from workflows.road_maps import operations as road_maps
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.map_template import shipped_map

pytestmark = pytest.mark.slow

FAILURES = sa.exc.OperationalError
"""What the driver says, as SQLAlchemy raises it, also where the engine speaks to the driver itself."""
NOT_CALLED = {"migrate", "rehearse"}
"""Migrations have a loop of their own (test_migrating.py); a rehearsal takes itself back."""
EFFECTS = ("effects.py", "revocations.py")
"""What steps bring about, in the same transaction: the step is what is tried."""


@pytest.fixture
def house(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A school whose commits enqueue into the job engine; passwords are hashed quickly."""
    monkeypatch.setattr(accounts, "_hasher", lambda: PasswordHasher(1, 8, 1))
    opened = open_house(database, tmp_path, date(2026, 9, 1))
    jobs = DurableJobs(database)
    jobs.prepare()
    opened.installation.engine.jobs = jobs
    yield opened
    jobs.stop()


class Trial:
    """Tries one act after the other: fails it at every chosen call, then does it."""

    def __init__(self, house: House, plan: Plan) -> None:
        self.house, self.plan = house, plan
        self.engine: ProcessEngine = house.installation.engine
        self.digest = Digest(house.installation.database)
        self.sqlite = house.installation.database.is_sqlite
        self.chance = random.Random(5)
        self.acts = self.tried = self.failures = 0
        self.names: set[tuple[str, str]] = set()
        """File and name of every function that a successful act has called."""
        self.value: Any = None

    def of(self, act: Act) -> Any:
        """What the act came to, after all its failures."""
        self.acts += 1
        if not (STRESS or self.sqlite or self.acts % 4 == 0):
            self.plan.arm(0)
            self._perform(act, new_id())
            return self.value
        self.tried += 1
        key, before = new_id(), self.digest()
        calls = self._count(act, key, before)
        for call in self._chosen(calls):
            self.plan.arm(call)
            self._fail(act, key, before, f"call {call} of {calls}")
        assert self.digest() == before, f"{act.name}: something was left"
        return self._answer_lost(act, key, calls, before)

    def _count(self, act: Act, key: str, before: str) -> int:
        """How many calls there are up to the commit, which fails.

        Counted twice: the first time a connection may be made and something be remembered for good.
        """
        for _ in range(2):
            self.plan.arm(AT_COMMIT)
            self._fail(act, key, before, "the commit")
        return self.plan.calls

    def _fail(self, act: Act, key: str, before: str, what: str) -> None:
        """Do the act as armed: somebody must be told, and nothing may be left."""
        with pytest.raises(FAILURES) as told:
            self._perform(act, key)
        self.failures += 1
        assert self.plan.struck, f"{act.name}, {what}: another failure, {told.value}"
        if self.sqlite:  # where asking costs next to nothing
            assert self.digest() == before, f"{act.name}, {what}: {self.plan.struck} left something"

    def _chosen(self, calls: int) -> list[int]:
        before_commit = range(1, calls)
        if STRESS and self.sqlite:
            return list(before_commit)
        return sorted(self.chance.sample(before_commit, min(2 if self.sqlite else 1, calls - 1)))

    def _answer_lost(self, act: Act, key: str, calls: int, before: str) -> Any:
        """The commit is done, its answer gets lost: the caller hears of an error, and the same form gives the first result."""
        self.plan.arm(calls, answer_lost=True)
        with pytest.raises(FAILURES), called(self.names):
            self._perform(act, key)
        value, after = self.value, self.digest()
        assert after != before, f"{act.name} changes nothing"
        self.plan.arm(0)
        assert self._perform(act, key).get("repeated"), act.name
        assert self.digest() == after, f"{act.name}: the repetition did it twice"
        database = self.house.installation.database
        database.writing.close()
        assert database.write_engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        return value

    def _perform(self, act: Act, key: str) -> dict[str, Any]:
        def action(write: Write) -> dict[str, Any]:
            self.value = act.do(write)
            write.session.flush()
            # What an act gives back is read after its transaction, however that has ended.
            write.session.expunge_all()
            return {"done": act.name}

        actor = SYSTEM if act.role == "system" else self.house.actor(act.role)
        scope, now = act.scope or self.house.scope, at(self.house.today)
        return self.engine.perform(scope, actor, action, now=now, operation="story", key=key, submitted=act.name)


@contextmanager
def called(found: set[tuple[str, str]]) -> Iterator[None]:
    """Note file and name of every function that is called in the block."""

    def look(frame: FrameType, event: str, _value: object) -> None:
        if event == "call":
            found.add((frame.f_code.co_filename, frame.f_code.co_name))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


def test_every_operation_is_done_whole_or_not_at_all(house: House) -> None:
    story, value = tell(house), None
    database = house.installation.database
    with failing(database, reading=False) as plan:
        trial = Trial(house, plan)
        while True:
            try:
                act = story.send(value)
            except StopIteration:
                break
            value = trial.of(act)
        trial.digest.close()

    with house.read() as read:
        assert (verify(read).problems, replay(read).problems) == ([], [])
    figures("failing calls", database=database.url.get_backend_name(), operations=trial.tried, failures=trial.failures)
    assert trial.failures >= 3 * trial.tried
    assert _missed(trial.names) == {} or not (STRESS or database.is_sqlite)


def _missed(names: set[tuple[str, str]]) -> dict[str, set[str]]:
    """Public functions that take an open write and were never called, by file."""
    missed: dict[str, set[str]] = {}
    files = [*(ROOT / "workflows").rglob("*.py"), *(ROOT / "workflow_core" / "operations").glob("*.py")]
    for path in (*files, ROOT / "web" / "accounts.py"):
        place = str(path.relative_to(ROOT))
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or not node.args.args:
                continue
            known = (str(path), node.name) in names or node.name in NOT_CALLED or path.name in EFFECTS
            if node.args.args[0].arg == "write" and not known:
                missed.setdefault(place, set()).add(node.name)
    return missed


# -- what takes several transactions ----------------------------------------------------------------------------------


def everything_fails(plan: Plan, work: Callable[[], object], sample: random.Random | None) -> int:
    """Do the work with each of its calls failing in turn (a few of them if sampled), then whole; the number of calls."""
    plan.arm(0)
    calls, failing_now = 400, 0
    while failing_now < calls:
        failing_now += sample.randrange(1, 6) if sample else 1
        plan.arm(failing_now)
        try:
            work()
        except FAILURES:
            assert plan.struck
        else:
            assert not plan.struck, f"call {failing_now}, «{plan.struck}», failed and nobody was told"
            return plan.calls
    raise AssertionError("never done")


def test_a_rendering_bears_the_failure_of_any_call(house: House) -> None:
    people = house.people(*house.add(pupils(0, 1, "11 «А»", 2007)))
    with house.write() as write:
        programme = mentoring.create_programme(
            write, "Вместе", starts_on=house.today, ends_on=date(2027, 5, 31), form="pupil_pupil"
        ).id
        mentoring.enrol(write, programme, people, "mentee")
        (issued,) = prepare_consents(write, programme, people)
    paper, place = issued.document_id, house.installation
    database = place.database

    with failing(database) as plan:
        everything_fails(
            plan,
            lambda: render_document(place.engine, house.scope, paper, now=at(house.today)),
            None if STRESS else random.Random(3),
        )

    with house.read() as read:
        entries = core.entries_of(read.session, house.scope, [paper])[paper]
        rows = papers.files_of(read.session, house.scope, [paper])[paper]
        assert papers.document(read.session, house.scope, paper).file_status == FileStatus.READY
        assert verify(read).problems == []
    assert [entry.event for entry in entries].count("generated") == 1
    assert len(rows) == 1


def test_the_clock_bears_the_failure_of_any_call(house: House) -> None:
    """Each thing that falls due is told once, whatever call fails in whichever transaction of the run."""
    plan_of_map = plan_adoption(shipped_map("school9_2020"), date(2026, 1, 1), house.today, WorkingCalendar())
    with house.write() as write:
        road_maps.adopt(write, plan_of_map)
    place, later = house.installation, at(house.today + timedelta(days=40))
    database = place.database

    with failing(database) as plan:
        calls = everything_fails(
            plan, lambda: timers.take_due(place.engine, later), None if STRESS else random.Random(3)
        )

    with house.read(house.today + timedelta(days=41)) as read:
        told = [entry for entry in core.entries_after(read.session, house.scope, 0, 100_000) if entry.kind == "timer"]
        assert verify(read).problems == []
    assert calls
    assert told
    assert len({(entry.subject_id, entry.event, entry.inputs) for entry in told}) == len(told)
