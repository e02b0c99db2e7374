"""Children that are killed at a named point; run as a program of its own, so that forking is safe.

Usage: one_fault.py DATABASE_URL FOLDER POINT:TURN … — for each, a fresh child is armed with it and does the work that leads
past the point; prints as JSON what became of each: the signal that ended it, and whether the fault struck.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from pathlib import Path

from tests.integration.durability import scenarios
from tests.integration.durability.mill import executing
from workflow_core import fault_points

JOBS = ("before_task", "after_task", "between_job_steps", "before_render", "after_render")
"""Points of the job side: the child executes what is waiting."""


def work(url: str, point: str, told: Path) -> None:
    """Lead past the point until killed there; what was acknowledged is noted line by line."""

    def acknowledge(line: str) -> None:
        with told.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    if point in JOBS:
        _engine, jobs = executing(url)
        while jobs.unfinished():
            pass
    elif point == "inside_chunk":
        scenarios.chunks(url, acknowledge, 1)
    else:
        scenarios.steps(url, acknowledge, 1)


def main(url: str, folder: str, *faults: str) -> None:
    """One child after the other."""
    gc.collect()
    gc.freeze()
    answers = {}
    for fault in faults:
        point, _, turn = fault.partition(":")
        note, told = Path(folder) / f"{point}.struck", Path(folder) / f"{point}.told"
        child = os.fork()
        if child == 0:
            fault_points.arm_by(f"{point}:kill:{turn or 1}:{note}")
            try:
                work(url, point, told)
            except BaseException:
                traceback.print_exc()
            os._exit(3)
        _pid, status = os.waitpid(child, 0)
        answers[point] = {
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "struck": note.exists(),
            "told": told.read_text(encoding="utf-8").split() if told.exists() else [],
        }
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
