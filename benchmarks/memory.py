"""One step in memory and what a live instance costs: the table compiled from a configured machine beside `transitions` itself.

Usage: python -m benchmarks.memory [rounds]
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator
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


def bytes_each(make: Callable[[int], object], count: int = INSTANCES) -> float:
    """Of a live instance, the list's place for it included."""
    gc.collect()
    tracemalloc.start()
    rows = [make(number) for number in range(count)]
    size, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(rows)


def instances(definition: WorkflowDefinition, machines: Any) -> Iterator[tuple[str, float]]:
    """Bytes of a live instance, ours and the peers'. Ours is the frozen row as the engine holds it; theirs know no id."""
    ids = [f"{number:032x}" for number in range(INSTANCES)]
    rest = ("0", "bench_pair", "bench_pair", definition.hash, "draft", "", 1, "2026-11-12", "2026-11-12")
    bound = machines.transitions_machine()

    def bind(_number: int) -> object:
        pair = machines.Pair()
        bound.add_model(pair)
        return pair

    yield "marshrut: the row, its id not counted", bytes_each(lambda number: Process(ids[number], *rest))
    yield "marshrut: the row with an id of its own", bytes_each(lambda number: Process(f"{number:032x}", *rest))
    yield "the peers' bare object with slots", bytes_each(lambda _number: machines.Slim())
    yield "transitions, bound to one machine (2,000 of them: it is slow)", bytes_each(bind, 2000)


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
    print("\n| a live instance | bytes; the goal is 200 |\n|---|---|")
    for name, size in instances(definition, machines):
        print(f"| {name} | {size:,.0f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
