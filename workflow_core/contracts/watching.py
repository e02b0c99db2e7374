"""What a plugin's code does while it is asked: whether it touches files, the network or the clock, and how long it takes."""

from __future__ import annotations

import dis
import inspect
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

_DEEDS = (
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.system",
    "os.exec",
    "os.putenv",
    "socket.connect",
    "socket.bind",
    "sqlite3.connect",
    "subprocess.Popen",
    "shutil.rmtree",
    "shutil.move",
    "shutil.copyfile",
)
_CLOCKS = {
    "date": {"today"},
    "datetime": {"now", "today", "utcnow"},
    "time": {"time", "time_ns", "localtime", "gmtime"},
    "random": {"random", "choice", "choices", "randint", "sample", "shuffle", "uniform"},
    "uuid": {"uuid1", "uuid4", "uuid7"},
    "secrets": {"token_hex", "token_bytes", "token_urlsafe", "choice", "randbelow"},
}
"""Module or class -> what it gives that is another thing at another time."""


class _Local(threading.local):
    deeds: list[str] | None = None


_local = _Local()
_installed = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    deeds = _local.deeds
    if deeds is None:
        return
    if event == "open":
        name, mode, _flags = arguments
        # Whoever imports for the first time writes compiled modules; that is Python's own deed.
        if isinstance(mode, str) and set(mode) & set("wax+") and "__pycache__" not in str(name):
            deeds.append(f"пишет файл {name}")
    elif event in _DEEDS:
        deeds.append(f"{event} {arguments[0] if arguments else ''}".strip())


@contextmanager
def noted() -> Iterator[list[str]]:
    """What the code inside of this block does to the world outside: files written, connections, programs started."""
    global _installed
    if not _installed:  # such a hook can't be taken off again, so it comes only with the first plugin that is looked at
        sys.addaudithook(_audit)
        _installed = True
    deeds: list[str] = []
    _local.deeds = deeds
    try:
        yield deeds
    finally:
        _local.deeds = None


def written_files(deeds: list[str]) -> list[Path]:
    """The files that were opened for writing, those that are still there."""
    names = dict.fromkeys(one.removeprefix("пишет файл ") for one in deeds if one.startswith("пишет файл "))
    return [path for name in names if (path := Path(name)).is_file()]


class TooLong(BaseException):
    """The code had to be interrupted. No Exception, so that a plugin that catches everything does not go on."""


@dataclass(slots=True)
class Timed:
    """How long the code took."""

    seconds: float = 0.0
    _started: float = field(default_factory=time.perf_counter)

    def stop(self) -> None:
        self.seconds = time.perf_counter() - self._started


@contextmanager
def timed(limit: float) -> Iterator[Timed]:
    """Measure the block; one that takes longer than `limit` seconds is interrupted by TooLong where the system can do it."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    here = hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, ring) if here else None
    if here:
        signal.setitimer(signal.ITIMER_REAL, limit)
    taken = Timed()
    try:
        yield taken
    finally:
        taken.stop()
        if here:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def clocks_in(function: Callable[..., Any]) -> list[str]:
    """Calls of the clock or of chance in a function and in what it calls of its own module: «date.today»."""
    found: dict[str, None] = {}
    waiting: list[Any] = [function]
    seen: set[CodeType] = set()
    while waiting:
        one = inspect.unwrap(waiting.pop())
        one = getattr(one, "func", one)  # functools.partial
        one = getattr(one, "__func__", one)
        code = getattr(one, "__code__", None)
        if not isinstance(code, CodeType) or code in seen:
            continue
        seen.add(code)
        for inner in _with_inner(code):
            found.update(dict.fromkeys(_clocks(inner)))
            called = (one.__globals__.get(name) for name in inner.co_names)
            waiting += [each for each in called if getattr(each, "__module__", "") == one.__module__]
    return list(found)


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _clocks(code: CodeType) -> Iterator[str]:
    """`date.today`, `datetime.datetime.now`: a name, then attributes of it."""
    owner = ""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME", "LOAD_DEREF"):
            owner = str(step.argval)
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            name = str(step.argval)
            if name in _CLOCKS.get(owner, ()):
                yield f"{owner}.{name}"
            owner = name
        elif step.opname not in ("CACHE", "PRECALL", "NOP"):
            owner = ""
