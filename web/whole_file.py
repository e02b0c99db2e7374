"""Files that appear whole or not at all: whoever kills the program while it writes must not be left with half a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workflow_core.fault_points import reached


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A neighbouring name to write to; it becomes `path` at the end of the block and goes if the block fails.

    What is no regular file (a terminal, a pipe, /dev/null) is written to directly. Raises OSError.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        yield target
        return
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        yield part
        reached("before_file_rename")
        part.replace(target)
        reached("after_file_rename")
    finally:
        part.unlink(missing_ok=True)


def kept_once(path: Path, make: Callable[[], str]) -> str:
    """The text of a small file that only its owner may read, made at the first call. Raises OSError.

    Two processes that start at once end with one text; an empty file is one whose writer was killed, and is made anew.
    """
    if text := _text(path):
        return text
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(make())
    reached("before_file_rename")
    try:
        os.link(fresh, path)
    except OSError:  # somebody was faster, or the file system has no links
        if not _text(path):
            fresh.replace(path)
    fresh.unlink(missing_ok=True)
    reached("after_file_rename")
    return _text(path)


def _text(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""
