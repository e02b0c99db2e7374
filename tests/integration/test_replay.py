"""Restart equality: after random steps, undos and corrections the rows equal what the history alone gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from tests.integration.conftest import CURATOR, SCHOOL
from workflow_core import operations, queries
from workflow_core.exceptions import WorkflowError
from workflow_core.replay import project
from workflow_core.unit_of_work import ProcessEngine, Write
from workflow_core.verification import replay, verify

Plan = Callable[..., str]
EVENTS = ("hold", "describe", "remark", "pause", "resume", "accept", "cancel", "reopen")


def random_act(write: Write, subject: str, chance: random.Random) -> None:
    day = write.today - timedelta(days=chance.randrange(60))
    match chance.randrange(8):
        case 0:
            operations.undo(write, subject, why="проверка")
        case 1:
            entries = queries.entries_of(write.session, SCHOOL, [subject])[subject]
            operations.correct(write, subject, chance.choice(entries).seq, happened_on=day, why="опечатка")
        case _:
            operations.fire(
                write, subject, chance.choice(EVENTS), fields={"topic": "Дроби"}, happened_on=day, ground="проверка"
            )


@pytest.mark.parametrize("seed", range(3))
def test_rows_equal_the_replayed_history(visit_engine: ProcessEngine, plan: Plan, now: datetime, seed: int) -> None:
    chance = random.Random(seed)
    subjects = [plan(happened_on=date(2026, 9, 1)) for _ in range(5)]
    done = 0
    for _ in range(120):
        try:
            with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
                random_act(write, chance.choice(subjects), chance)
            done += 1
        except WorkflowError:
            continue

    with visit_engine.read(SCHOOL, now=now) as read:
        rows = queries.processes(read.session, subjects)
        histories = queries.entries_of(read.session, SCHOOL, subjects)
        for subject in subjects:
            told = project(histories[subject], read.definition)
            row = rows[subject]
            assert (told.state, told.remembered, told.version, told.since) == (
                row.state,
                row.remembered,
                row.version,
                row.since,
            )
        assert replay(read).ok
        assert verify(read).ok
    assert done > 20
