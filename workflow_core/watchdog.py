"""Watchdog: names the plugin's code that hangs in this process. Guards are trusted and can't be stopped, but they can be named.

Whoever calls a plugin puts what it is about to do into the slot of its thread: one assignment, no clock, no lock. A daemon
thread looks at all slots now and then; a slot that still holds the very same tuple after some seconds hangs. It is logged and
written to a file, because the database may be locked by the very transaction that hangs.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow_core.plugin_manager import Catalogue

log = logging.getLogger(__name__)

Doing = tuple[Any, str, str, str]
"""(catalogue or None, «guard» | «fact» | «plugin», name, what about it): enough to say who hangs, looked up only then."""
STALE_AFTER = timedelta(seconds=60)
"""A hang that nobody has confirmed for so long ended with its process."""
KEPT = 50
"""Incidents kept in one file."""


class Slot:
    """What the plugins' code of one thread is doing at the moment; `now` is None between calls."""

    __slots__ = ("__weakref__", "now", "thread")

    def __init__(self) -> None:
        self.now: Doing | None = None
        self.thread = threading.current_thread().name


class _Local(threading.local):
    slot: Slot


_local = _Local()
_slots: weakref.WeakSet[Slot] = weakref.WeakSet()
_adding = threading.Lock()


def slot() -> Slot:
    """The slot of this thread."""
    try:
        return _local.slot
    except AttributeError:
        made = _local.slot = Slot()
        with _adding:
            _slots.add(made)
        return made


@contextmanager
def watched(plugin: str, version: str, doing: str) -> Iterator[Slot]:
    """Say what a plugin is doing while it is loaded: the catalogue does not exist yet."""
    mine = slot()
    before = mine.now
    mine.now = (None, "plugin", plugin, f"{version} {doing}")
    try:
        yield mine
    finally:
        mine.now = before


@dataclass(slots=True)
class Hang:
    """One call of a plugin's code that lasted too long."""

    plugin: str
    version: str
    what: str
    """«проверка «кабинет свободен», шаг hold»"""
    since: str
    """ISO instant."""
    seen_at: str
    """ISO instant of the last look at it."""
    over: bool = False
    """The call has come back after all."""
    process: int = 0

    def lasts(self, now: datetime) -> bool:
        """Whether it hangs still; one of a process that is gone does not."""
        return not self.over and now - datetime.fromisoformat(self.seen_at) < STALE_AFTER


class Watchdog:
    """Looks at the slots of this process. `clock` gives the aware moment; `seconds` is what a call may take."""

    def __init__(self, folder: Path, clock: Callable[[], datetime], *, seconds: float = 5.0) -> None:
        self.folder, self.clock, self.seconds = folder, clock, seconds
        self._first_seen: dict[int, tuple[Doing, float, datetime]] = {}
        self._open: dict[int, Hang] = {}
        self._told: list[Hang] = []
        self._written: set[tuple[str, str]] = set()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Watchdog:
        """Begin to look, in a daemon thread of its own."""
        self._thread = threading.Thread(target=self._run, name="plugin-watchdog", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Look no more."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._end.wait(min(1.0, self.seconds / 4)):
            try:
                self.look(time.monotonic())
            except Exception:  # a watchdog that dies watches nobody
                log.exception("the watchdog stumbled")

    def look(self, ticks: float) -> None:
        """One look at all slots; `ticks` are monotonic seconds."""
        with _adding:
            slots = list(_slots)
        seen: dict[int, tuple[Doing, float, datetime]] = {}
        changed = False
        for one in slots:
            doing = one.now
            if doing is None:
                continue
            known = self._first_seen.get(id(one))
            # The very same tuple: every call makes a new one, so a busy thread is not taken for a hanging one.
            first = known if known is not None and known[0] is doing else (doing, ticks, self.clock())
            seen[id(one)] = first
            if ticks - first[1] >= self.seconds:
                changed |= self._hangs(id(one), one, first)
        for key in [key for key in self._open if key not in seen or seen[key][0] is not self._first_seen[key][0]]:
            hang = self._open.pop(key)
            hang.over, hang.seen_at, changed = True, self.clock().isoformat(), True
            log.warning("plugin %s %s came back: %s", hang.plugin, hang.version, hang.what)
        self._first_seen = seen
        if changed:
            self._write()

    def _hangs(self, key: int, one: Slot, first: tuple[Doing, float, datetime]) -> bool:
        hang = self._open.get(key)
        if hang is None:
            plugin, version, what = _named(first[0])
            hang = Hang(plugin, version, what, first[2].isoformat(), "", process=os.getpid())
            self._open[key] = hang
            self._told.append(hang)
            del self._told[:-KEPT]
            log.error("plugin %s %s hangs in thread %s: %s", plugin, version, one.thread, what)
        hang.seen_at = self.clock().isoformat()
        return True

    def _write(self) -> None:
        with suppress(OSError):  # a full disk must not end the watch; the log has it already
            self.folder.mkdir(parents=True, exist_ok=True)
            target = self.folder / f"hangs-{os.getpid()}.json"
            # What somebody has taken off the record meanwhile (see `forget`) does not come back, unless it hangs still.
            kept = {(hang.since, hang.what) for hang in _read(target)}
            gone = self._written - kept
            self._told = [hang for hang in self._told if not hang.over or (hang.since, hang.what) not in gone]
            self._written = {(hang.since, hang.what) for hang in self._told}
            fresh = target.with_suffix(".new")
            fresh.write_text(json.dumps([asdict(hang) for hang in self._told], ensure_ascii=False), encoding="utf-8")
            fresh.replace(target)


def _named(doing: Doing) -> tuple[str, str, str]:
    catalogue, what, name, about = doing
    if catalogue is None:
        version, _space, rest = about.partition(" ")
        return name, version, rest
    known: Catalogue = catalogue
    if what == "guard":
        plugin, version = known.version_of("guard", name)
        guard = known.guards.get(name)
        asking = [one for definition in known.definitions.values() for one in definition.events if one.name == about]
        step = next((one for one in asking if any(use.name == name for use in one.guards)), None)
        return plugin, version, f"проверка «{guard.title if guard else name}», шаг «{step.title if step else about}»"
    plugin, version = known.version_of(what, f"{about}.{name}" if what == "fact" else name)
    return plugin, version, f"сведения «{name}»" if what == "fact" else f"{what} «{name}»"


def hangs(folder: Path) -> list[Hang]:
    """All hangs that the processes of this computer have told of, newest first."""
    found = [hang for path in folder.glob("hangs-*.json") for hang in _read(path)] if folder.is_dir() else []
    return sorted(found, key=lambda hang: hang.since, reverse=True)


def _read(path: Path) -> list[Hang]:
    """The hangs of one file; none where there is no file or half of one."""
    try:
        return [Hang(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def forget(folder: Path, plugin: str) -> None:
    """Take the hangs of one plugin off the record: somebody has seen to it."""
    for path in list(folder.glob("hangs-*.json")) if folder.is_dir() else []:
        left = [asdict(hang) for hang in _read(path) if hang.plugin != plugin]
        with suppress(OSError):
            path.write_text(json.dumps(left, ensure_ascii=False), encoding="utf-8") if left else path.unlink()
