"""Folders that are gone with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def folder(prefix: str = "bench-") -> Path:
    """An empty one, on the disk that BENCH_TMP names, as with the peers."""
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=os.environ.get("BENCH_TMP")))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
