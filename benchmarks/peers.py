"""The peers' own scripts, imported unmodified: they stand beside the checkout or where `MARSHRUT_PEERS` says."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("MARSHRUT_PEERS", Path(__file__).resolve().parents[2] / "shared" / "bench" / "peers"))


def load(name: str, *arguments: str) -> Any:
    """One script of the peers as a module, as if it had been started with these arguments."""
    if not FOLDER.is_dir():
        sys.exit(f"The peers' scripts are not in {FOLDER}; set MARSHRUT_PEERS to their folder.")
    sys.dont_write_bytecode = True
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    before, sys.argv = sys.argv, [name, *arguments]
    try:
        return importlib.import_module(name)
    finally:
        sys.argv = before
