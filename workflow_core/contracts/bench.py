"""The bench on which plugins are looked at: an installation with the plugin in it and an organisation that has lived a while."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from workflow_core.database import Database, open_database
from workflow_core.exceptions import Finding, InvalidDefinition
from workflow_core.jobs import CollectedJobs
from workflow_core.lint import KnownNames
from workflow_core.migrations import upgrade
from workflow_core.plugin_manager import Catalogue, PluginInfo, build_catalogue
from workflow_core.unit_of_work import ProcessEngine, Read


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of a contract: a stable code for tests, a Russian sentence for whoever mends it."""

    plugin: str
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a plugin's code may take, seconds. The better of two attempts counts, so a busy machine is nobody's fault."""

    start: float = 2.0
    """Loading and each `contribute_…`."""
    facts: float = 2.0
    """One fact of all subjects of the bench."""
    guard: float = 0.25
    """One question to one guard; a list of a hundred pairs asks it a hundred times."""
    document: float = 5.0
    listening: float = 5.0
    hang: float = 20.0
    """After this the code is interrupted."""


@dataclass(frozen=True, slots=True)
class World:
    """Who lives in the bench's database."""

    scope: str
    """The organisation's id."""
    now: datetime
    today: date
    subjects: Mapping[str, Sequence[str]]
    """Kind of subject -> ids; several of each, so that statements that grow with the ids are seen."""


def _nothing(_catalogue: Catalogue) -> Iterable[Finding]:
    return ()


@dataclass(frozen=True)
class House:
    """Into what a plugin comes: the rooms, their tables, and somebody who lives there."""

    bundled: Sequence[tuple[str, Any]]
    migrations: Sequence[Path]
    fill: Callable[[Database], World]
    """Lets an organisation live in an empty prepared database, by the rules of the rooms alone."""
    names: Callable[[Catalogue], KnownNames]
    """What definitions may name."""
    files: Callable[[Catalogue], Iterable[Finding]] = _nothing
    """What is wrong with profiles and road maps, each finding with its file."""


def house_at(address: str) -> House:
    """The house that «module:function» gives."""
    module, _colon, name = address.partition(":")
    made: House = _house(module, name)
    return made


@cache
def _house(module: str, name: str) -> Any:
    return getattr(import_module(module), name)()


@cache
def _lived_in(fill: Callable[[Database], World], migrations: tuple[Path, ...]) -> tuple[Path, World]:
    """The file of a database in which somebody has lived; made once a process, copied for every bench."""
    folder = Path(tempfile.mkdtemp(prefix="marshrut-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = open_database(f"sqlite:///{folder / 'lived-in.db'}", synchronous="OFF")
    upgrade(database, migrations)
    world = fill(database)
    database.close()
    with closing(sqlite3.connect(folder / "lived-in.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "lived-in.db", world


@dataclass
class Bench:
    """One installation to look at. `extra`: plugins by name that are not installed as packages."""

    house: House
    extra: Sequence[tuple[str, Any]] = ()
    entry_points: bool = True
    samples: Path | None = None
    """Folder with facts for documents: `<code>.json`, or any number of `<code>/facts*.json`."""
    budget: Budget = field(default_factory=Budget)
    elsewhere: dict[str, dict[str, str]] = field(default_factory=dict)
    """Hashes of documents that another process made, see `papers`."""

    @cached_property
    def built(self) -> tuple[Catalogue, tuple[Finding, ...]]:
        """What is installed, and the names that two plugins give; with such a clash nothing else can be asked."""
        every = (*self.house.bundled, *self.extra)
        try:
            return build_catalogue(every, entry_points=self.entry_points, tolerant=True), ()
        except InvalidDefinition as exc:
            return build_catalogue(self.house.bundled, entry_points=False, tolerant=True), exc.findings

    @cached_property
    def wrong_files(self) -> tuple[Finding, ...]:
        """What is wrong with the profiles and road maps of all plugins."""
        return tuple(self.house.files(self.catalogue))

    @property
    def catalogue(self) -> Catalogue:
        return self.built[0]

    @cached_property
    def world(self) -> World:
        return self._lived_in[1]

    @cached_property
    def _lived_in(self) -> tuple[Path, World]:
        return _lived_in(self.house.fill, tuple(self.house.migrations))

    @cached_property
    def engine(self) -> ProcessEngine:
        """An engine with the plugin on a database of its own."""
        folder = Path(tempfile.mkdtemp(prefix="marshrut-bench-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        shutil.copyfile(self._lived_in[0], folder / "bench.db")
        database = open_database(f"sqlite:///{folder / 'bench.db'}", synchronous="OFF")
        engine = ProcessEngine(database, self.catalogue, CollectedJobs())
        engine.store_definitions(now=self.world.now)
        return engine

    @contextmanager
    def read(self) -> Iterator[Read]:
        """A snapshot that can't write."""
        with self.engine.read(self.world.scope, now=self.world.now) as read:
            yield read

    def close(self) -> None:
        """Give the database back."""
        if "engine" in self.__dict__:
            self.engine.database.close()

    def info(self, plugin: str) -> PluginInfo | None:
        """The plugin as it was loaded, or None where nobody knows it."""
        return self.catalogue.plugins.get(plugin)

    def is_whole(self, plugin: str) -> bool:
        """Whether the plugin was loaded and joined, so that its parts can be asked."""
        info = self.info(plugin)
        return info is not None and not info.fault and not self.built[1]

    def owned(self, what: str, known: Mapping[Any, Any], plugin: str) -> list[Any]:
        """What the plugin gave of one kind: `owned("guard", catalogue.guards, "dormitory")`."""
        owners = self.catalogue.owners
        return [
            item
            for key, item in known.items()
            if owners.get((what, key if isinstance(key, str) else ".".join(key))) == plugin
        ]
