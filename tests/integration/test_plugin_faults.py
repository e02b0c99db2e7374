"""Plugins that fail, hang, flood or die after the commit: nothing is lost, the others go on, too many faults mean quarantine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest

from tests.conftest import ROOT
from tests.integration import chaos_plugin
from tests.integration.chaos_plugin import PLUGINS, notes
from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.test_jobs import wait_for
from tests.integration.test_verification import check
from tests.integration.visit_plugin import VisitPlugin
from web.assembly import catalogue
from workflow_core import operations, plugin_faults, plugin_work, queries
from workflow_core.child_process import ChildProcess
from workflow_core.database import Database
from workflow_core.exceptions import DocumentError, NotFound, PluginError
from workflow_core.jobs import CollectedJobs, DurableJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.plugin_work import ChildUnavailable, PluginInQuarantine, PluginKilled, PluginLimits
from workflow_core.rendering import content_hash, document_text, render_kind
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, Write

LIMITS = PluginLimits(seconds=2.0, memory_mb=256, output_mb=1, start_seconds=60)

SOFT = {
    "raise": "RuntimeError: почта не отвечает",
    "system exit": "SystemExit: 3",
    "memory error": "не хватило памяти (предел 256 МБ)",
    "much memory": "не хватило памяти (предел 256 МБ)",
}
"""The child lives on."""
HARD = {
    "hard exit": "завершило свой процесс (код 7)",
    "hang": "не ответило за 2\N{NO-BREAK SPACE}с и остановлено",
    "flood": "напечатало больше 1 МБ и остановлено",
    "nonsense": "вернуло негодный ответ",
}
"""The child is killed, or dies by itself."""


@pytest.fixture(autouse=True)
def chaos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Say how the chaos plugin behaves from now on."""
    monkeypatch.setenv(chaos_plugin.FOLDER, str(tmp_path))
    template = docx.Document()
    template.add_paragraph("Здравствуйте, {{ name }}!")
    template.save(str(tmp_path / "template.docx"))

    def behave(how: str) -> None:
        (tmp_path / "how").write_text(how, encoding="utf-8")

    return behave


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    made = ChildProcess("tests.integration.chaos_plugin:catalogue", LIMITS)
    yield made
    made.close()


def engine_with(database: Database, now: datetime, work: Any = None) -> ProcessEngine:
    catalogue = build_catalogue([("visits", VisitPlugin()), *PLUGINS], entry_points=False)
    engine = ProcessEngine(database, catalogue, CollectedJobs(), work)
    engine.store_definitions(now=now)
    return engine


@pytest.fixture
def engine(sqlite_database: Database, now: datetime) -> ProcessEngine:
    return engine_with(sqlite_database, now)


def step(engine: ProcessEngine, now: datetime) -> int:
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        return operations.start(write, "visit", "visit", new_id(), "plan").seq


def run_jobs(engine: ProcessEngine) -> str:
    """Do what waits; gives the fault that would have made a job engine try again."""
    jobs = engine.jobs
    assert isinstance(jobs, CollectedJobs)
    try:
        jobs.run(engine)
    except PluginError as error:
        return str(error)
    return ""


def test_child_survives_whatever_a_plugin_does(child: ChildProcess, chaos: Callable[[str], None]) -> None:
    kind, born = chaos_plugin.kind(), set()

    def rendered(how: str) -> str:
        return document_text(child.render(kind, {"how": how}, "chaos", "1.2"))

    for how, words in {**SOFT, **HARD}.items():
        with pytest.raises(PluginError) as found:
            rendered(how)
        assert words in str(found.value), how
        assert str(found.value).startswith("Дополнение «chaos» 1.2 (документ «Приветствие»)")
        assert isinstance(found.value, PluginKilled) == (how in HARD), how
        assert rendered("well") == "Здравствуйте, well!"
        assert child._child is not None
        born.add(child._child.process.pid)
    with pytest.raises(DocumentError, match="нет сведений: how"):
        child.render(kind, {}, "chaos", "1.2")
    assert len(born) == 1 + len(HARD)

    for how in ("hard exit", "raise"):
        chaos(how)
        with pytest.raises(PluginError, match="after_commit"):
            child.tell("chaos", "1.2", SCHOOL, [])
    chaos("well")
    child.tell("chaos", "1.2", SCHOOL, [])

    child.close()
    with pytest.raises(ChildUnavailable):
        rendered("well")


def test_a_child_that_can_not_start_blames_no_plugin(caplog: pytest.LogCaptureFixture) -> None:
    broken = ChildProcess("tests.integration.chaos_plugin:nowhere", LIMITS)

    with pytest.raises(ChildUnavailable, match="не запустился"):
        broken.tell("chaos", "1.2", SCHOOL, [])
    assert "nowhere" in caplog.text


@pytest.mark.parametrize("how", ["raise", "system exit", "memory error"])
def test_the_step_and_the_other_plugins_do_not_notice(
    engine: ProcessEngine, now: datetime, chaos: Callable[[str], None], how: str
) -> None:
    chaos(how)
    seq = step(engine, now)

    assert "Дополнение «chaos»" in run_jobs(engine)
    assert notes() == [f"good {seq}"]
    with engine.read(SCHOOL, now=now) as read:
        entry = queries.entry(read.session, SCHOOL, seq)
    assert entry is not None
    assert (entry.event, entry.to_state, entry.checks) == ("plan", "planned", '[["room_free","",""]]')
    assert check(engine, now).ok


def test_three_commits_in_a_row_mean_quarantine_until_lifted(
    engine: ProcessEngine, now: datetime, chaos: Callable[[str], None]
) -> None:
    chaos("raise")
    for _ in range(2):
        step(engine, now)
        run_jobs(engine)
    chaos("well")
    step(engine, now)
    assert run_jobs(engine) == ""
    chaos("raise")
    for _ in range(3):
        step(engine, now)
        assert "почта не отвечает" in run_jobs(engine)

    (fault,) = plugin_faults.faults(engine, now=now)
    assert (fault.plugin, fault.hook, fault.count, fault.total) == ("chaos", "after_commit", 3, 5)
    assert fault.last_error == "RuntimeError: почта не отвечает"
    assert fault.quarantined_since
    step(engine, now)
    assert run_jobs(engine) == ""  # not called any more, so nothing fails
    # Kept over a restart: another engine on the same database knows.
    again = engine_with(engine.database, now)
    assert plugin_faults.quarantine(again, "chaos", fault.version, "after_commit", now=now) is not None

    chaos("well")
    assert plugin_faults.lift(engine, "chaos", by="Новиков Н. Н.", now=now) == ["after_commit"]
    seq = step(engine, now)
    assert run_jobs(engine) == ""
    assert f"chaos {seq}" in notes()
    assert [one.split()[0] for one in notes()].count("good") == 8
    with pytest.raises(NotFound):
        plugin_faults.lift(engine, "chaos", by="Новиков Н. Н.", now=now)


def test_attempts_at_one_commit_count_once_but_killings_each(
    database: Database, now: datetime, chaos: Callable[[str], None]
) -> None:
    engine = engine_with(database, now)
    known = engine.catalogue.plugins["chaos"].version
    soft = PluginError("chaos", "after_commit", "почта не отвечает", known)
    for minute in range(5):
        plugin_faults.count(engine, soft, "after_commit", work="commit 1", now=now + timedelta(minutes=minute))
    (fault,) = plugin_faults.faults(engine, now=now)
    assert (fault.count, fault.total, fault.quarantined_since) == (1, 5, "")

    for _ in range(2):
        plugin_faults.count(engine, soft, "after_commit", now=now)
    (fault,) = plugin_faults.faults(engine, now=now)
    assert (fault.count, bool(fault.quarantined_since)) == (3, True)


def test_a_new_version_begins_anew(engine: ProcessEngine, now: datetime) -> None:
    known = engine.catalogue.plugins["chaos"]
    for _ in range(3):
        plugin_faults.count(engine, PluginError("chaos", "x", "сбой", known.version), "document_kinds", now=now)
    with pytest.raises(PluginInQuarantine, match=r"сбоев подряд: 3\. Последний: сбой"):
        plugin_work.render(engine, chaos_plugin.kind(), {"how": "well"}, now=now)

    engine.catalogue.plugins["chaos"] = replace(known, version="99")
    assert plugin_work.render(engine, chaos_plugin.kind(), {"how": "well"}, now=now).startswith(b"PK")
    (fault,) = plugin_faults.faults(engine, now=now)
    assert (fault.count, fault.quarantined_since, fault.version) == (0, "", "99")


def test_facts_at_fault_do_not_count_against_the_plugin(engine: ProcessEngine, now: datetime) -> None:
    for _ in range(4):
        with pytest.raises(DocumentError):
            plugin_work.render(engine, chaos_plugin.kind(), {}, now=now)

    assert plugin_faults.faults(engine, now=now) == []


def test_killed_plugins_are_counted_through_the_child(
    engine: ProcessEngine, now: datetime, chaos: Callable[[str], None], child: ChildProcess
) -> None:
    child.limits = replace(LIMITS, faults=1)
    engine.plugin_work = child
    chaos("hard exit")
    seqs = [step(engine, now), step(engine, now)]

    assert "завершило свой процесс (код 7)" in run_jobs(engine)
    assert run_jobs(engine) == ""
    assert notes() == [f"good {seq}" for seq in seqs]
    assert [one.hook for one in plugin_faults.faults(engine, now=now) if one.quarantined_since] == ["after_commit"]


def test_shipped_child_renders_what_this_process_renders() -> None:
    known = catalogue()
    kind = known.document_kinds["case"]
    facts = json.loads((ROOT / "tests" / "golden" / "case" / "facts.json").read_text("utf-8"))
    child = ChildProcess("web.assembly:catalogue", PluginLimits(seconds=60))
    try:
        made = child.render(kind, facts, *known.version_of("document_kind", "case"))
    finally:
        child.close()

    assert content_hash(made) == content_hash(render_kind(kind, facts))


@pytest.mark.slow
def test_job_goes_on_past_a_hopeless_task_and_a_plugin_that_hangs(
    sqlite_database: Database, now: datetime, chaos: Callable[[str], None]
) -> None:
    durable = DurableJobs(sqlite_database)
    durable.prepare()
    engine = engine_with(sqlite_database, now)
    engine.jobs = durable
    chaos("hang")

    def plan(write: Write) -> None:
        operations.start(write, "visit", "visit", new_id(), "plan")
        for target in ("doomed", "fine"):
            write.request("note", target)

    engine.perform(SCHOOL, CURATOR, plan, now=now)
    url = sqlite_database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.integration.chaos_worker", url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        wait_for(lambda: durable.unfinished() == [])
        worker.communicate()

    words = "Дополнение «chaos» 1.2 (документ «Приветствие»): не ответило за 1 с и остановлено"
    assert notes() == [f"gave up doomed: {words}", "task fine", "good 1"]
    (fault,) = plugin_faults.faults(engine, now=now)
    assert (fault.plugin, fault.last_error) == ("chaos", "не ответило за 1\N{NO-BREAK SPACE}с и остановлено")
    assert fault.quarantined_since
    durable.stop()
    assert check(engine, now).ok
