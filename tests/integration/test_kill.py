"""kill -9 in a loop: no acknowledged step is lost, process rows and history agree, the chain holds."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime

import pytest

from tests.conftest import ROOT
from tests.integration.conftest import SCHOOL
from tests.integration.test_verification import check
from workflow_core import queries
from workflow_core.unit_of_work import ProcessEngine
from workflow_core.verification import replay

ROUNDS = 200


@pytest.mark.slow
def test_killed_writers_lose_no_acknowledged_step(visit_engine: ProcessEngine, now: datetime) -> None:
    url = visit_engine.database.url.render_as_string(hide_password=False)
    told = subprocess.run(
        [sys.executable, "-m", "tests.integration.kill_loop", url, str(ROUNDS), "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    acknowledged = json.loads(told.stdout)

    with visit_engine.read(SCHOOL, now=now) as read:
        count = queries.count_entries(read.session, SCHOOL, {})
        assert replay(read).ok
    assert check(visit_engine, now).ok
    assert len(acknowledged) >= ROUNDS
    assert set(acknowledged) <= set(range(1, count + 1))
    # At most the one step that was committed but not yet acknowledged in each round.
    assert count - len(acknowledged) <= ROUNDS
