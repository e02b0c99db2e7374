"""Golden histories: runs of a released edition of a lifecycle as they were recorded then, to be replayed by the code of today.

A file is JSON Lines: first the definition as it was stored, with its code, version and hash; then every entry with all its
columns (the body is made of them) and the row of its process after it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.conftest import NOW, ROOT
from workflow_core import operations, queries
from workflow_core.database import Database
from workflow_core.definition import START, EventDefinition, WorkflowDefinition
from workflow_core.guards import Actor, Guard
from workflow_core.history import ENTRY_COLUMNS, HistoryEntry, canonical_json, seal
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import Catalogue, build_catalogue
from workflow_core.replay import UNIVERSAL
from workflow_core.tables import Process
from workflow_core.unit_of_work import ProcessEngine

FOLDER = ROOT / "tests" / "golden" / "histories"
SCOPE = "c" * 32
VALUES: Mapping[str, Any] = {
    "date": "2026-11-20",
    "string": "12-ОД",
    "text": "по решению совета",
    "integer": 3,
    "percent": 40,
    "boolean": True,
    "person": "a" * 32,
    "document": "d" * 32,
    "link": "https://example.org/",
}
"""What is filled into a field of each type."""


# -- files ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Golden:
    """One recorded history."""

    definition: WorkflowDefinition
    hash: str
    """Of the definition, when it was recorded."""
    entries: tuple[HistoryEntry, ...]
    rows: tuple[Process, ...]
    """The process after each entry."""


def path_of(definition: WorkflowDefinition) -> Path:
    """Where the history of this edition is, or belongs."""
    return FOLDER / f"{definition.code}-{definition.version}.jsonl"


def read_golden(path: Path) -> Golden:
    """A recorded history; the definition as today's code reads what was stored then."""
    head, *lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    entries = tuple(
        seal(tuple(line["entry"][name] for name in ENTRY_COLUMNS))._replace(hash=line["entry"]["hash"])
        for line in lines
    )
    rows = tuple(Process(**line["row"]) for line in lines)
    definition = WorkflowDefinition.from_json(canonical_json(head["definition"]))
    return Golden(definition, head["hash"], entries, rows)


def write_golden(path: Path, golden: Golden) -> None:
    """Keep a history for good."""
    definition = golden.definition
    head = {
        "code": definition.code,
        "version": definition.version,
        "hash": definition.hash,
        "definition": json.loads(definition.to_json()),
    }
    lines = [canonical_json(head)]
    for entry, row in zip(golden.entries, golden.rows, strict=True):
        columns = {name: getattr(entry, name) for name in (*ENTRY_COLUMNS, "hash")}
        lines.append(canonical_json({"entry": columns, "row": row._asdict()}))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# -- recording --------------------------------------------------------------------------------------------------------


def permissive(
    definitions: Mapping[str, WorkflowDefinition], roles: Mapping[str, Any], *earlier: WorkflowDefinition
) -> Catalogue:
    """The lifecycles alone: every guard is content, no effect does anything. What is recorded is how processes move."""
    catalogue = build_catalogue([], entry_points=False)
    catalogue.definitions.update(definitions)
    catalogue.roles.update(roles)
    for event in (event for definition in (*definitions.values(), *earlier) for event in definition.events):
        for use in event.guards:
            catalogue.guards[use.name] = Guard(use.name, use.name, lambda _facts, _actor, _event, _day: [])
        for name in event.does:
            take_back = (lambda _write, _process, _entry: None) if event.undoable else None
            catalogue.effects[name] = operations.Effect(name, name, lambda _write, _process, _call: None, take_back)
        for name in event.then:
            catalogue.consequences[name] = operations.Consequence(name, name, lambda *_given: [])
        for name in event.revokes:
            catalogue.consequences[name] = operations.Consequence(name, name, lambda *_given: [], revokes=True)
    return catalogue


class Recorder:
    """Walks one lifecycle along every way out of every state, and uses the universal verbs on the way."""

    def __init__(self, database: Database, catalogue: Catalogue, definition: WorkflowDefinition) -> None:
        self.engine = ProcessEngine(database, catalogue, CollectedJobs())
        self.engine.store_definitions(now=NOW)
        self.definition, self.now = definition, NOW
        self.rows: list[Process] = []
        self.missing = {(state, event.name) for event in definition.events for state in event.sources}
        self.subjects = 0

    def record(self) -> Golden:
        """The whole history of one organisation that knows nothing else."""
        while self.missing:
            self._live()
        for state in self.definition.states:
            self._enter(state)
        with self.engine.read(SCOPE, now=self.now) as read:
            entries = queries.entries_after(read.session, SCOPE, 0, 100_000)
        return Golden(self.definition, self.definition.hash, tuple(entries), tuple(self.rows))

    def _live(self) -> None:
        """One subject from its start until no way that nobody has gone can be reached from where it is."""
        subject, row = self._subject(), None
        while way := self._way(row.state if row else START, row.remembered if row else ""):
            for event in way:
                before, row = row, self._fire(subject, event, row)
                row = self._mend(subject, event, before, row)

    def _way(self, state: str, remembered: str) -> list[EventDefinition]:
        """The shortest way that ends with an event that nobody has fired from there yet."""
        waiting: deque[tuple[str, str, list[EventDefinition]]] = deque([(state, remembered, [])])
        seen = {(state, remembered)}
        while waiting:
            state, remembered, way = waiting.popleft()
            for event in self.definition.events_from(state):
                if (state, event.name) in self.missing:
                    return [*way, event]
                target = self.definition.step(state, event.name, remembered)
                kept = state if self.definition.states[target].remembers and target != state else ""
                place = (target, kept if target != state else remembered)
                if place not in seen:
                    seen.add(place)
                    waiting.append((*place, [*way, event]))
        return []

    def _mend(self, subject: str, event: EventDefinition, before: Process | None, row: Process) -> Process:
        """Now and then a day is corrected, or a step taken back and done again."""
        turn = len(self.rows) % 7
        if turn == 3:
            with self.engine.write(SCOPE, self._actor(), now=self._later()) as write:
                seq = queries.entries_of(write.session, SCOPE, [subject])[subject][0].seq
                day = date.fromisoformat(row.since) - timedelta(days=1)
                self.rows.append(operations.correct(write, subject, seq, happened_on=day, why="Описка"))
        elif turn == 5 and before and event.undoable:
            with self.engine.write(SCOPE, self._actor(), now=self._later()) as write:
                self.rows.append(operations.undo(write, subject, why="Ошибка"))
            self._fire(subject, event, self.rows[-1])
        return self.rows[-1]

    def _fire(self, subject: str, event: EventDefinition, row: Process | None) -> Process:
        fields = {one.name: one.choices[0][0] if one.choices else VALUES[one.type] for one in event.fields}
        with self.engine.write(SCOPE, self._actor(), now=self._later()) as write:
            if row is None:
                done = operations.start(
                    write,
                    self.definition.code,
                    self.definition.subject,
                    subject,
                    event.name,
                    fields=fields,
                    ground="да",
                )
                self.missing.discard((START, event.name))
            else:
                done = operations.fire(write, subject, event.name, fields=fields, remark="запись", ground="да")
                self.missing.discard((row.state, event.name))
        self.rows.append(done.process)
        return done.process

    def _enter(self, state: str) -> None:
        remembers = self.definition.states[state].remembers
        first = next(name for name in self.definition.states if name != state)
        with self.engine.write(SCOPE, self._actor(), now=self._later()) as write:
            entered = operations.enter_as_found(
                write,
                self.definition.code,
                self.definition.subject,
                self._subject(),
                state,
                dates={first: write.today - timedelta(days=9)},
                remembered=first if remembers else "",
            )
        self.rows.append(entered)

    def _subject(self) -> str:
        self.subjects += 1
        return f"{self.subjects:032x}"

    def _later(self) -> datetime:
        self.now += timedelta(hours=5)
        return self.now

    def _actor(self) -> Actor:
        """Two people in turn, so that four eyes are satisfied."""
        roles = frozenset(role for event in self.definition.events for role in event.roles)
        verbs = frozenset(role for verb in self.definition.verbs.values() for role in verb.roles)
        return Actor(f"account-{len(self.rows) % 2}", "Снегирева Е. В.", roles | verbs)


def record(database: Database, catalogue: Catalogue, code: str) -> Golden:
    """The history of one shipped lifecycle as today's code writes it, in an empty migrated database."""
    definition = catalogue.definitions[code]
    return Recorder(database, permissive({code: definition}, catalogue.roles), definition).record()


def coverage(golden: Golden) -> Iterator[tuple[str, str]]:
    """(state, event) of every entry that is a step."""
    for entry in golden.entries:
        if entry.event not in UNIVERSAL:
            yield entry.from_state, entry.event
