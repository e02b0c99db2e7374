"""Adds a line to a file at every call; a job that is tried again adds it again."""

import os
from collections.abc import Sequence
from pathlib import Path

from workflow_core.history import HistoryEntry
from workflow_core.hookspecs import hookimpl

CODE = "listener_not_repeatable"


@hookimpl
def after_commit(entries: Sequence[HistoryEntry]) -> None:
    with (Path(os.environ["MARSHRUT_ZOO"]) / "diary.txt").open("a", encoding="utf-8") as diary:
        diary.writelines(f"{entry.seq}\n" for entry in entries)
