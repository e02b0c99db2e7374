"""One step in memory and what a live instance costs: the table compiled from a configured machine beside `transitions` itself.

Usage: python -m benchmarks.memory [rounds]
"""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path
from typing import Any

from benchmarks import peers
from workflow_core.definition import WorkflowDefinition
from workflow_core.definition_reader import read_definitions
from workflow_core.replay import moved
from workflow_core.tables import Process

STEPS = 8_000
INSTANCES = 100_000


def lifecycle() -> WorkflowDefinition:
    """The lifecycle of the peers."""
    [found] = read_definitions([Path(__file__).with_name("lifecycle.yaml")])
    return found


def bytes_each(definition: WorkflowDefinition) -> float:
    """Of a live instance: the frozen row as the engine holds it, its own id included."""
    ids = [f"{number:032x}" for number in range(INSTANCES)]
    tracemalloc.start()
    rows = [
        Process(one, "0", "bench_pair", "bench_pair", definition.hash, "draft", "", 1, "2026-11-12", "2026-11-12")
        for one in ids
    ]
    size, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(rows) + sys.getsizeof(ids[0])


def main(rounds: int) -> None:
    common, machines = peers.load("_common"), peers.load("_machines")
    definition = lifecycle()
    machine = machines.transitions_machine()
    bare = machines.transitions_machine(callbacks=False)

    def ours() -> None:
        state = "draft"
        for step in range(STEPS):
            state, _remembered = moved(definition, state, common.CYCLE[step % 8], "")

    def theirs(events: Any = None) -> None:
        pair, which = machines.Pair(), events or machine
        for step in range(STEPS):
            which.events[common.CYCLE[step % 8]].trigger(pair)

    contenders = {
        "marshrut: compiled table": common.timed(ours, STEPS),
        "transitions, unbound, with callbacks": common.timed(theirs, STEPS),
        "transitions, unbound, without": common.timed(lambda: theirs(bare), STEPS),
    }
    common.table("one step in memory", common.interleave(contenders, rounds), ref="marshrut: compiled table")
    print(f"\na live instance: {bytes_each(definition):.0f} bytes; the goal is 200")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
