"""What stands and what is told when the product fails or dies at a named point; every test asserts that the fault struck."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW, ROOT
from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.durability.digest import Digest
from tests.integration.durability.scenarios import CHUNK
from tests.integration.house.conftest import House, open_house, pupils
from web.assembly import assemble
from web.settings import Settings
from workflow_core import fault_points, operations, queries
from workflow_core.database import Database, open_database
from workflow_core.fault_points import POINTS, FaultStruck, armed, reached
from workflow_core.guards import SYSTEM
from workflow_core.jobs import CollectedJobs, DurableJobs
from workflow_core.operations import StepRequest
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, Write
from workflow_core.verification import verify
from workflows.documents import operations as documents
from workflows.documents import queries as papers
from workflows.documents.tables import FileStatus
from workflows.mentoring import operations as mentoring
from workflows.mentoring.papers import prepare_consents
from workflows.organisations import operations as organisations

Plan = Callable[..., str]


# -- the points themselves --------------------------------------------------------------------------------------------


def test_every_point_stands_in_the_sources_and_every_call_names_one() -> None:
    found: set[str] = set()
    for folder in ("workflow_core", "workflows", "plugins", "web"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(re.findall(r'(?<![\w.])reached\("(\w+)"\)', path.read_text(encoding="utf-8")))

    assert found == set(POINTS)


def test_every_point_is_armed_by_a_test() -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert [point for point in POINTS if f'"{point}"' not in told] == []


def test_an_unarmed_point_does_nothing_and_an_armed_one_strikes_at_its_turn() -> None:
    reached("before_commit")
    with armed("before_commit", turn=2) as fault:
        reached("before_commit")
        reached("after_commit")
        assert not fault.struck
        with pytest.raises(FaultStruck):
            reached("before_commit")
        reached("before_commit")
    reached("before_commit")

    assert (fault.struck, fault.visits) == (True, 3)


@pytest.mark.parametrize("wrong", ["nowhere", "before_commit:explode"])
def test_what_can_t_be_armed_is_refused(wrong: str) -> None:
    point, _, action = wrong.partition(":")

    with pytest.raises(KeyError), armed(point, action or "raise"):
        pass
    with pytest.raises(KeyError):
        fault_points.arm_by(wrong)


# -- in this process: raised ------------------------------------------------------------------------------------------


def plan_a_visit(engine: ProcessEngine, key: str) -> dict[str, Any]:
    def action(write: Write) -> dict[str, Any]:
        return {"seq": operations.start(write, "visit", "visit", new_id(), "plan").seq}

    return engine.perform(SCHOOL, CURATOR, action, now=NOW, operation="plan", key=key)


def test_before_the_commit_nothing_has_happened(visit_engine: ProcessEngine) -> None:
    digest = Digest(visit_engine.database)
    before = digest()

    with armed("before_commit") as fault, pytest.raises(FaultStruck):
        plan_a_visit(visit_engine, "k1")

    assert fault.struck
    assert digest() == before
    assert "repeated" not in plan_a_visit(visit_engine, "k1")
    digest.close()


def test_after_the_commit_the_same_form_gives_the_first_result(visit_engine: ProcessEngine) -> None:
    digest = Digest(visit_engine.database)

    with armed("after_commit") as fault, pytest.raises(FaultStruck):
        plan_a_visit(visit_engine, "k1")
    after = digest()

    assert fault.struck
    assert plan_a_visit(visit_engine, "k1") == {"seq": 1, "repeated": True}
    assert digest() == after
    digest.close()


def test_a_fault_inside_a_chunk_takes_the_whole_chunk_back(visit_engine: ProcessEngine, plan: Plan) -> None:
    subjects = [plan() for _ in range(4)]
    digest = Digest(visit_engine.database)
    before = digest()
    requests = [StepRequest(one, "pause", ground="Карантин") for one in subjects]

    with armed("inside_chunk", turn=3) as fault, pytest.raises(FaultStruck):
        with visit_engine.write(SCHOOL, CURATOR, now=NOW) as write:
            operations.fire_many(write, requests)

    assert fault.struck
    assert digest() == before
    digest.close()


def paper_waits(house: House) -> str:
    people = house.people(*house.add(pupils(0, 1, "11 «А»", 2007)))
    with house.write() as write:
        programme = mentoring.create_programme(
            write, "Вместе", starts_on=house.today, ends_on=date(2027, 5, 31), form="pupil_pupil"
        ).id
        mentoring.enrol(write, programme, people, "mentee")
        return prepare_consents(write, programme, people)[0].document_id


def finished(house: House, paper: str) -> tuple[str, int, int]:
    """How the paper stands, its files, the entries that say that one was made."""
    with house.read() as read:
        assert verify(read).problems == []
        status = papers.document(read.session, house.scope, paper).file_status
        files = papers.files_of(read.session, house.scope, [paper]).get(paper, [])
        entries = queries.entries_of(read.session, house.scope, [paper])[paper]
    return status, len(files), [entry.event for entry in entries].count("generated")


TASK_POINTS = ("before_task", "before_render", "after_render", "after_task", "between_job_steps")


@pytest.mark.parametrize("point", TASK_POINTS)
def test_a_lost_job_is_asked_for_again_and_makes_one_file(
    sqlite_database: Database, tmp_path: Path, point: str
) -> None:
    house = open_house(sqlite_database, tmp_path, date(2026, 9, 1))
    paper = paper_waits(house)

    with armed(point) as fault, pytest.raises(FaultStruck):
        house.run_jobs()
    lost = finished(house, paper)
    with house.write() as write:
        documents.retry_render(write, paper)
    house.run_jobs()

    assert fault.struck
    made = ("after_task", "between_job_steps")
    assert lost == ((FileStatus.READY, 1, 1) if point in made else (FileStatus.WAITING, 0, 0))
    assert finished(house, paper) == (FileStatus.READY, 1, 1)


@pytest.mark.parametrize(("point", "there"), [("before_file_rename", False), ("after_file_rename", True)])
def test_half_an_example_is_never_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, there: bool
) -> None:
    from web import demo

    def found(installation: Any, *, now: datetime) -> bool:
        with installation.engine.write("d" * 32, SYSTEM, now=now) as write:
            organisations.create_organisation(write, kind="district", title=demo.DISTRICT, short_title="Отдел")
        return True

    monkeypatch.setattr(demo, "ensure_demo", found)
    path = tmp_path / "demo.db"
    settings = Settings(data=tmp_path, database_url=f"sqlite:///{path}", secret="a secret of the tests only")

    with armed(point) as fault, pytest.raises(FaultStruck):
        demo.make_file(settings, now=NOW)
    assert fault.struck
    assert path.exists() == there
    assert demo.make_file(settings, now=NOW) is not there
    database = open_database(settings.database_url)
    assert demo.is_demo(database)
    database.close()
    assert [one.name for one in tmp_path.iterdir() if one.suffix not in (".db-wal", ".db-shm")] == ["demo.db"]


# -- in a process of its own: killed ----------------------------------------------------------------------------------


def killed_at(database: Database, folder: Path, *points: str) -> dict[str, Any]:
    url = database.url.render_as_string(hide_password=False)
    told = subprocess.run(
        [sys.executable, "-m", "tests.integration.durability.one_fault", url, str(folder), *points],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    answers: dict[str, Any] = json.loads(told.stdout)
    for point, answer in answers.items():
        assert (answer["signal"], answer["struck"]) == (signal.SIGKILL, True), (point, told.stderr[-3000:])
    return answers


@pytest.mark.slow
def test_a_write_that_is_killed_is_whole_or_was_never_there(visit_engine: ProcessEngine, tmp_path: Path) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=NOW) as write:
        for _ in range(CHUNK):
            operations.start(write, "visit", "visit", new_id(), "plan")

    answers = killed_at(visit_engine.database, tmp_path, "before_commit:2", "after_commit:2", "inside_chunk:200")

    with visit_engine.read(SCHOOL, now=NOW) as read:
        stored = queries.count_entries(read.session, SCHOOL, {})
        assert verify(read).problems == []
        assert queries.count_by_state(read.session, SCHOOL, "visit") == {"planned": CHUNK + 1, "held": 1}
    assert answers["before_commit"]["told"] == [str(CHUNK + 1)], "the second step is not there"
    assert answers["after_commit"]["told"] == [str(CHUNK + 2)], "it is, and nobody was told"
    assert stored == CHUNK + 3


@pytest.mark.slow
def test_a_worker_that_is_killed_anywhere_is_taken_over_and_makes_one_file(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """On the embedded database; test_processes.py kills one on PostgreSQL."""
    database = sqlite_database
    house = open_house(database, tmp_path, date(2026, 9, 1))
    jobs = DurableJobs(database)
    jobs.prepare()
    house.installation.engine.jobs = jobs
    paper = paper_waits(house)
    jobs.stop()

    # Each child takes over what the one before it has left.
    killed_at(database, tmp_path, "before_task", "before_render", "after_render", "after_task", "between_job_steps")
    left = finished(house, paper)
    jobs = DurableJobs(database)
    jobs.launch(house.installation.engine, poll_seconds=0.05)
    wait_until_done(jobs)
    jobs.stop()

    assert left == (FileStatus.READY, 1, 1)
    assert finished(house, paper) == (FileStatus.READY, 1, 1)


def wait_until_done(jobs: DurableJobs) -> None:
    import time

    end = time.monotonic() + 60
    while jobs.unfinished():
        assert time.monotonic() < end, jobs.unfinished()
        time.sleep(0.05)


def test_what_the_tests_use_is_what_the_product_is_assembled_from(sqlite_database: Database, tmp_path: Path) -> None:
    """The points stand in the paths that an installation really takes: one step through it passes both of its points."""
    settings = Settings(data=tmp_path, database_url=str(sqlite_database.url), secret="a secret of the tests only")
    place = assemble(settings, jobs=CollectedJobs(), database=sqlite_database)
    with armed("before_commit", turn=9) as before, armed("after_commit", turn=9) as after:
        with place.engine.write("d" * 32, SYSTEM, now=NOW) as write:
            organisations.create_organisation(write, kind="school", title="Школа", short_title="Школа")

    assert (before.visits, after.visits) == (1, 1)
