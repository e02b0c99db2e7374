"""kill -9 while papers are asked for and rendered: no acknowledged paper is lost, each has its file exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.house.conftest import open_house, pupils
from workflow_core import queries as core
from workflow_core.database import Database
from workflow_core.jobs import DurableJobs
from workflow_core.verification import replay, verify
from workflows.documents import queries as papers
from workflows.documents.tables import FileStatus
from workflows.mentoring import journal, operations
from workflows.mentoring.journal import TaskRow
from workflows.mentoring.operations import Proposal

ROUNDS = 15


@pytest.mark.slow
def test_killed_mills_lose_no_paper_and_print_none_twice(database: Database, tmp_path: Path) -> None:
    house = open_house(database, tmp_path, date(2026, 9, 1))
    mentors = house.people(*house.add(pupils(0, 3, "10 «А»", 2010)))
    mentees = house.people(*house.add(pupils(6, 3, "7 «Б»", 2013)))
    with house.write() as write:
        programme = operations.create_programme(
            write, "Вместе", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31), form="pupil_pupil"
        ).id
        operations.enrol(write, programme, mentors, "mentor")
        operations.enrol(write, programme, mentees, "mentee")
        for couple in zip(mentors, mentees, strict=True):
            pair = operations.propose_pair(write, programme, Proposal((couple[0],), (couple[1],), goal="Оценка «4»"))
            journal.save_plan(write, pair.id, [TaskRow("Повторить дроби", date(2026, 12, 1), "20 задач")])
    DurableJobs(database).prepare()

    url = database.url.render_as_string(hide_password=False)
    told = subprocess.run(
        [sys.executable, "-m", "tests.integration.house.paper_mill", url, house.scope, str(ROUNDS), "11"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    acknowledged = json.loads(told.stdout)

    jobs = DurableJobs(database)
    left = jobs.unfinished()
    jobs.stop()
    with house.read() as read:
        page = papers.paper_page(read.session, house.scope, limit=10_000).papers
        files = papers.files_of(read.session, house.scope, [line.id for line in page])
        processes = core.processes(read.session, [line.id for line in page])
        entries = core.entries_of(read.session, house.scope, [line.id for line in page])
        whole, again = verify(read), replay(read)
    assert len(acknowledged) >= ROUNDS
    assert len(set(acknowledged)) == len(acknowledged)
    assert left == []
    assert set(acknowledged) <= {line.id for line in page}
    # At most what one commit of each round had asked for without having said so.
    assert len(page) - len(acknowledged) <= 2 * ROUNDS
    for line in page:
        made = [entry for entry in entries[line.id] if entry.event == "generated"]
        generated = [row for row in files.get(line.id, []) if row.purpose == "generated"]
        assert (line.file_status, len(generated), len(made)) == (FileStatus.READY, 1, 1), line.id
        assert processes[line.id].state == [entry for entry in entries[line.id] if entry.version][-1].to_state
    assert (whole.problems, again.problems) == ([], [])
