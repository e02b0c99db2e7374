"""Checkpoints that leave the house: after each commit the number and the hash of the newest entry, in a folder elsewhere.

Whoever owns the database could compute a whole history anew, but not so that it ends in a hash that left before (see
`workflow_core.verification.Checkpoint`). MARSHRUT_CHECKPOINTS names the folder, best on another computer; without it there is
no hook here, and no commit pays for one. What it holds: `<organisation>.txt` with «120:9f3c…», the form that
`marshrut history verify --checkpoint` takes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from workflow_core.history import HistoryEntry
from workflow_core.hookspecs import hookimpl

FOLDER = "MARSHRUT_CHECKPOINTS"


def keep(folder: Path, scope: str, entries: Sequence[HistoryEntry]) -> None:
    """Write the newest entry down, whole or not at all. A job that comes late or again never takes a checkpoint back."""
    newest = max(entries, key=lambda entry: entry.seq)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{scope}.txt"
    if target.exists() and int(target.read_text(encoding="utf-8").partition(":")[0]) >= newest.seq:
        return
    fresh = target.with_suffix(".new")
    fresh.write_text(f"{newest.seq}:{newest.hash}\n", encoding="utf-8")
    fresh.replace(target)


if os.environ.get(FOLDER):

    @hookimpl
    def after_commit(scope: str, entries: Sequence[HistoryEntry]) -> None:
        """Keep the newest entry of the commit outside."""
        keep(Path(os.environ[FOLDER]), scope, entries)
