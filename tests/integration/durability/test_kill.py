"""kill -9 in a loop: nothing acknowledged is lost, nothing is half done, rows and history agree, the chain holds."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.durability.rounds import STRESS, figures, rounds
from tests.integration.durability.scenarios import BEGUN, CHUNK
from tests.integration.house.conftest import open_house, pupils
from tests.integration.migration_work import NEXT, NextVisits, migrate_all
from workflow_core import operations, queries
from workflow_core.database import Database
from workflow_core.jobs import CollectedJobs, DurableJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine
from workflow_core.verification import replay, verify
from workflows.documents import queries as papers
from workflows.documents.tables import FileStatus
from workflows.mentoring import journal
from workflows.mentoring import operations as mentoring
from workflows.mentoring.journal import TaskRow
from workflows.mentoring.operations import Proposal

pytestmark = pytest.mark.slow


def killed(database: Database, module: str, name: str, count: int, *, seed: int) -> list[list[str]]:
    """What the children of each round acknowledged; the first list is the parent's own."""
    begun = time.monotonic()
    told = subprocess.run(
        [
            *(sys.executable, "-m", "tests.integration.durability.fork_server"),
            *(f"tests.integration.durability.{module}", name),
            *(database.url.render_as_string(hide_password=False), str(count), str(seed)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    answers: list[list[str]] = json.loads(told.stdout)
    assert len(answers) == count + 1
    figures(
        f"kill -9, {name}, {database.url.get_backend_name()}",
        kills=count,
        acknowledged=sum(len([word for word in words if word != BEGUN]) for words in answers),
        seconds=round(time.monotonic() - begun, 1),
        seed=seed,
    )
    return answers


def test_killed_writers_lose_no_acknowledged_step(visit_engine: ProcessEngine, now: datetime) -> None:
    count = rounds(200, 1000)
    told = killed(visit_engine.database, "scenarios", "steps", count, seed=7)

    with visit_engine.read(SCHOOL, now=now) as read:
        stored = queries.count_entries(read.session, SCHOOL, {})
        assert (verify(read).problems, replay(read).problems) == ([], [])
    acknowledged = [int(seq) for words in told for seq in words]
    assert all(told), "every child was killed after its first step"
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(range(1, stored + 1))
    # At most the one step of each round that was committed and not yet acknowledged.
    assert stored - len(acknowledged) <= count


def test_killed_bulk_steps_leave_whole_chunks(visit_engine: ProcessEngine, now: datetime) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        for _ in range(CHUNK):
            operations.start(write, "visit", "visit", new_id(), "plan")
    count = rounds(6, 100)
    told = killed(visit_engine.database, "scenarios", "chunks", count, seed=3)

    with visit_engine.read(SCHOOL, now=now) as read:
        stored = queries.count_entries(read.session, SCHOOL, {})
        states = queries.count_by_state(read.session, SCHOOL, "visit")
        assert (verify(read).problems, replay(read).problems) == ([], [])
    spans = [tuple(map(int, word.split("-"))) for words in told for word in words if word != BEGUN]
    assert any(words[-1] == BEGUN for words in told), "some were killed inside a chunk"
    assert [last - first for first, last in spans] == [CHUNK - 1] * len(spans)
    assert (stored % CHUNK, len(states)) == (0, 1), "no chunk is half there"
    assert len(spans) <= stored // CHUNK - 1 <= len(spans) + count


@pytest.mark.skipif(not STRESS, reason="make stress; the suite kills a migration in test_migrating.py")
def test_killed_migrations_move_each_process_once(visit_engine: ProcessEngine, now: datetime) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        for _ in range(600):
            operations.start(write, "visit", "visit", new_id(), "plan")
    database = visit_engine.database
    next_engine = ProcessEngine(
        database, build_catalogue([("visits", NextVisits())], entry_points=False), CollectedJobs()
    )
    next_engine.store_definitions(now=now)
    url = database.url.render_as_string(hide_password=False)

    told = subprocess.run(
        [sys.executable, "-m", "tests.integration.migration_work", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    migrate_all(next_engine, now)

    with next_engine.read(SCHOOL, now=now) as read:
        entries = queries.entries_after(read.session, SCHOOL, 0, 1_000_000)
        rows = queries.processes_of(read.session, SCHOOL, "visit")
        assert (verify(read).problems, replay(read).problems) == ([], [])
    moved = Counter(entry.subject_id for entry in entries if entry.kind == "migration")
    figures(f"kill -9, migration, {database.url.get_backend_name()}", kills=json.loads(told.stdout), moved=len(moved))
    assert {row.definition_hash for row in rows} == {NEXT.hash}
    assert set(moved.values()) == {1}
    assert len(moved) == len(rows)


def test_killed_mills_lose_no_paper_and_print_none_twice(database: Database, tmp_path: Path) -> None:
    """With jobs: papers are asked for and rendered; each acknowledged one has its file exactly once at the end."""
    house = open_house(database, tmp_path, date(2026, 9, 1))
    mentors = house.people(*house.add(pupils(0, 3, "10 «А»", 2010)))
    mentees = house.people(*house.add(pupils(6, 3, "7 «Б»", 2013)))
    with house.write() as write:
        programme = mentoring.create_programme(
            write, "Вместе", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31), form="pupil_pupil"
        ).id
        mentoring.enrol(write, programme, mentors, "mentor")
        mentoring.enrol(write, programme, mentees, "mentee")
        for couple in zip(mentors, mentees, strict=True):
            pair = mentoring.propose_pair(write, programme, Proposal((couple[0],), (couple[1],), goal="Оценка «4»"))
            journal.save_plan(write, pair.id, [TaskRow("Повторить дроби", date(2026, 12, 1), "20 задач")])
    DurableJobs(database).prepare()
    count = rounds(15 if database.is_sqlite else 8, 200)
    told = killed(database, "mill", "jobs", count, seed=11)

    acknowledged = [paper for words in told for paper in words]
    jobs = DurableJobs(database)
    left = jobs.unfinished()
    jobs.stop()
    with house.read() as read:
        page = papers.paper_page(read.session, house.scope, limit=100_000).papers
        files = papers.files_of(read.session, house.scope, [line.id for line in page])
        processes = queries.processes(read.session, [line.id for line in page])
        entries = queries.entries_of(read.session, house.scope, [line.id for line in page])
        whole, again = verify(read), replay(read)
    assert all(told)
    assert len(set(acknowledged)) == len(acknowledged)
    assert left == []
    assert set(acknowledged) <= {line.id for line in page}
    # At most what one commit of each round had asked for without having said so.
    assert len(page) - len(acknowledged) <= 2 * count
    for line in page:
        made = [entry for entry in entries[line.id] if entry.event == "generated"]
        generated = [row for row in files.get(line.id, []) if row.purpose == "generated"]
        assert (line.file_status, len(generated), len(made)) == (FileStatus.READY, 1, 1), line.id
        assert processes[line.id].state == [entry for entry in entries[line.id] if entry.version][-1].to_state
    assert (whole.problems, again.problems) == ([], [])
