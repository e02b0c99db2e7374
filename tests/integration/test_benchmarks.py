"""The benchmarks: every section can be started, and what needs no clock is held here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import __main__, memory, step
from benchmarks.bench_plugin import NOW, engine, fill
from workflow_core import verification
from workflow_core.tables import Process


@pytest.mark.parametrize("name", sorted({name for name, _whole, _quick in __main__.SECTIONS}))
def test_every_section_can_be_started(name: str) -> None:
    assert callable(import_module(f"benchmarks.{name}").main)


def test_step_that_is_measured_is_a_whole_one(tmp_path: Path) -> None:
    """What is fast and leaves no key, details or chain would not count."""
    made = engine(f"sqlite:///{tmp_path / 'bench.db'}", synchronous="OFF")
    ids = fill(made, step.SCOPE, 3)

    step.many_steps(made, step.Walk(ids), 24)

    with made.read(step.SCOPE, now=NOW) as read:
        verdicts = verification.verify_quickly(read), verification.replay(read)
    assert ([one.problems for one in verdicts], verdicts[0].count) == ([[], []], 27)
    with made.database.read_engine.connect() as connection:
        counts = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("submission", "entry_details")
        ]
    assert counts == [24, 27]
    made.database.close()


def test_by_hand_sends_what_a_step_sends(tmp_path: Path) -> None:
    made = engine(f"sqlite:///{tmp_path / 'bench.db'}", synchronous="OFF")
    ids = fill(made, step.SCOPE, 2)

    step.by_hand(made, ids)(4)

    with made.database.read_engine.connect() as connection:
        counts = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("history_entry", "entry_details", "submission")
        ]
        versions = connection.exec_driver_sql("SELECT version FROM process ORDER BY id").scalars().all()
    # Two beginnings, the step that was recorded, four by hand.
    assert (counts, sorted(versions)) == ([7, 7, 5], [3, 4])
    made.database.close()


def test_live_instance_is_no_larger_than_promised() -> None:
    """200 bytes for what the peers' instances hold too; an id of 32 letters comes on top."""
    rest = ("0", "bench_pair", "bench_pair", "0" * 64, "draft", "", 1, "2026-11-12", "2026-11-12")
    ids = [f"{number:032x}" for number in range(1000)]

    assert memory.bytes_each(lambda number: Process(ids[number], *rest), 1000) <= 200
    assert memory.bytes_each(lambda number: Process(f"{number:032x}", *rest), 1000) <= 230
