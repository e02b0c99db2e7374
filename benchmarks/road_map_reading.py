"""A road map of 51 items in a Word file: the whole reading beside python-docx that only walks over the cells of its table.

Usage: python -m benchmarks.road_map_reading [rounds]
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from io import BytesIO

from docx import Document

from tests.road_maps.making.content import shipped
from tests.road_maps.making.docx_file import Look, docx
from workflows.road_maps.reader.file_kind import read_source
from workflows.road_maps.reader.understanding import contract_of

ITEMS = 51
GOAL = 5.0


def files() -> dict[str, bytes]:
    """The map as it was typed, and as Word leaves it after years: torn runs, soft hyphens, a text box."""
    [content] = [each for each in shipped() if each.name == "shipped_school9_2020"]
    old = Look(torn_runs=True, boxed_stamp=True)
    found = {"clean": docx(content), "old": docx(content, old)}
    for file in found.values():
        contract = contract_of(file)
        assert sum(len(section["items"]) for section in contract["sections"]) == ITEMS
    return found


def walk(file: bytes) -> list[list[str]]:
    """What python-docx does for a reader of tables."""
    return [[cell.text for cell in row.cells] for table in Document(BytesIO(file)).tables for row in table.rows]


def interleaved(contenders: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each, in turns, so that noise hits all."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _round in range(rounds + 1):
        for name, run in contenders.items():
            gc.collect()
            start = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def peak(run: Callable[[], object]) -> int:
    """Bytes at the highest, as Python counts them."""
    gc.collect()
    tracemalloc.start()
    run()
    _now, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest


def main(rounds: int) -> None:
    for look, file in files().items():
        contenders: dict[str, Callable[[], object]] = {
            "python-docx walks the table": lambda file=file: walk(file),  # type: ignore[misc]
            "marshrut: rows of cells": lambda file=file: read_source(file),  # type: ignore[misc]
            "marshrut: the whole reading": lambda file=file: contract_of(file),  # type: ignore[misc]
        }
        seconds = interleaved(contenders, rounds)
        peer = seconds["python-docx walks the table"]
        memory = {name: peak(run) for name, run in contenders.items()}
        print(f"\n{ITEMS} items, {look} .docx of {len(file):,} bytes; goal: the whole reading within {GOAL:g}")
        for name, each in seconds.items():
            print(
                f"  {name:32} {each / peer:6.2f} times   peak {memory[name] / memory['python-docx walks the table']:6.2f} times"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
