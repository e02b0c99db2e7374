"""Named places at which a test lets the product fail, die or wait. Nothing happens there unless a test has armed one.

A test in the same process arms by `armed(point, …)`; a child process by MARSHRUT_FAULT=point:action[:turn[:file]], read at
import. `turn` is the visit at which it strikes (1 = the first). A child notes in `file` that it struck, because whoever is
killed can't say so; in the same process `Fault.struck` tells. A test that arms a fault asserts that it struck.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "MARSHRUT_FAULT"
ACTIONS = ("raise", "kill", "sleep")

POINTS = {
    "before_commit": "everything is written and enqueued, nothing is committed",
    "after_commit": "committed, and nobody has been told yet",
    "inside_chunk": "between two rows of a bulk step",
    "before_task": "a job's task begins",
    "after_task": "a task is done, and the job engine does not know it yet",
    "between_job_steps": "the job engine knows of a task that is done, the next has not begun",
    "before_render": "a paper's frozen facts are read, its file is not made",
    "after_render": "a paper's file is made and not stored",
    "before_file_rename": "a file stands whole under another name",
    "after_file_rename": "a file has its own name, and nobody has been told yet",
}
"""Every point of the product; a test compares it with the calls in the sources."""


class FaultStruck(Exception):
    """Raised at an armed point. No WorkflowError: nothing in the product may take it for a refusal."""


@dataclass(slots=True)
class Fault:
    """What happens at a point: `raise`, `kill` (SIGKILL, as a power cut would) or `sleep` for `seconds`."""

    point: str
    action: str = "raise"
    turn: int = 1
    note: Path | None = None
    seconds: float = 60
    visits: int = 0
    struck: bool = False

    def visit(self) -> None:
        """One passage of the point; strikes at its turn, once."""
        self.visits += 1
        if self.visits != self.turn:
            return
        self.struck = True
        if self.note:
            self.note.write_text(self.point)
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.action == "sleep":
            time.sleep(self.seconds)
        else:
            raise FaultStruck(self.point)


_armed: dict[str, Fault] = {}


def reached(point: str) -> None:
    """Say that a point is passed: one look at an empty dictionary in everyday work."""
    if _armed:
        fault = _armed.get(point)
        if fault is not None:
            fault.visit()


@contextmanager
def armed(
    point: str, action: str = "raise", *, turn: int = 1, note: Path | None = None, seconds: float = 60
) -> Iterator[Fault]:
    """Arm one point inside the block. Raises KeyError for a point that does not exist."""
    fault = _arm(Fault(point, action, turn, note, seconds))
    try:
        yield fault
    finally:
        del _armed[point]


def arm_by(variable: str) -> None:
    """Arm what an environment variable names: `point:action[:turn[:file]]`. Raises KeyError for a point that does not exist."""
    point, action, turn, note = ([*variable.split(":", 3), "", "", ""])[:4]
    _arm(Fault(point, action or "raise", int(turn or 1), Path(note) if note else None))


def _arm(fault: Fault) -> Fault:
    if fault.point not in POINTS or fault.action not in ACTIONS:
        raise KeyError(f"{fault.point}:{fault.action}")
    _armed[fault.point] = fault
    return fault


if VARIABLE in os.environ:
    arm_by(os.environ[VARIABLE])
