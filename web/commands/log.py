"""The log of an installation: a file in its data folder, so that nothing technical reaches the screen."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from web.settings import load_settings

MEGABYTE = 1024 * 1024


def log_to_file(data: Path | None = None) -> Path:
    """Write warnings and errors of this process to `marshrut.log` in the data folder; returns the file's path."""
    path = (data or load_settings().data) / "marshrut.log"
    root = logging.getLogger()
    if not any(isinstance(one, RotatingFileHandler) and one.baseFilename == str(path) for one in root.handlers):
        handler = RotatingFileHandler(path, maxBytes=5 * MEGABYTE, backupCount=3, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        handler.setLevel(logging.WARNING)
        root.addHandler(handler)
    return path
