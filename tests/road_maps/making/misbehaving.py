"""What a library may do when it is given a broken file, for the child that reads files."""

from __future__ import annotations

import ctypes
import os
import time


def sleep(content: bytes, seconds: float = 60) -> None:
    """Never come back."""
    time.sleep(seconds)


def take(content: bytes) -> int:
    """Ask for more memory than there may be."""
    return len(bytes(2 << 30))


def leave(content: bytes) -> None:
    """End the process."""
    os._exit(3)


def fall(content: bytes) -> None:
    """Crash the interpreter itself."""
    ctypes.string_at(0)


def chatter(content: bytes, to: int = 1) -> str:
    """Print what nobody asked for, and answer all the same."""
    os.write(to, b"x" * 200_000)
    return content.decode()


def stumble(content: bytes) -> None:
    """Raise what no reader raises."""
    raise KeyError("inside")
