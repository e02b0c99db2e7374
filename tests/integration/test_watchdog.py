"""A guard that hangs inside a step is named with its plugin, and killing the process then loses nothing acknowledged."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import ROOT
from tests.integration.conftest import SCHOOL
from tests.integration.test_verification import check
from workflow_core import queries
from workflow_core.unit_of_work import ProcessEngine
from workflow_core.watchdog import forget, hangs


def test_hanging_guard_is_named_and_nothing_acknowledged_is_lost(
    visit_engine: ProcessEngine, now: datetime, tmp_path: Path
) -> None:
    url = visit_engine.database.url.render_as_string(hide_password=False)
    health = tmp_path / "health"
    command = [sys.executable, "-m", "tests.integration.hanging_guard", url, str(health)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            acknowledged = [int(process.stdout.readline()) for _ in range(5)]
            end = time.monotonic() + 40
            while not hangs(health):
                assert time.monotonic() < end, "nobody noticed the guard that hangs"
                time.sleep(0.05)
            (hang,) = hangs(health)
            assert hang.lasts(datetime.now(UTC))
        finally:
            process.kill()
        assert process.stdout.read() == ""

    assert (hang.plugin, hang.version) == ("visits", visit_engine.catalogue.plugins["visits"].version)
    assert hang.what == "проверка «урок стоит в расписании», шаг «Отметить посещение»"
    assert hang.process == process.pid
    with visit_engine.read(SCHOOL, now=now) as read:
        assert queries.count_entries(read.session, SCHOOL, {}) == len(acknowledged) == max(acknowledged)
    assert check(visit_engine, now).ok

    forget(health, "visits")
    assert hangs(health) == []
