"""What a released edition of a lifecycle has written is read, checked, replayed and gone on with by the code of today."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.integration.durability.golden import (
    FOLDER,
    SCOPE,
    Golden,
    coverage,
    path_of,
    permissive,
    read_golden,
    record,
    write_golden,
)
from web.assembly import catalogue
from workflow_core import operations, queries
from workflow_core.database import Database
from workflow_core.guards import SYSTEM, Actor
from workflow_core.history import ENTRY_COLUMNS, GENESIS, HistoryEntry, canonical_json, entry_hash
from workflow_core.jobs import CollectedJobs
from workflow_core.replay import UNIVERSAL, project
from workflow_core.unit_of_work import ProcessEngine, instant
from workflow_core.verification import verify

SHIPPED = catalogue().definitions
FILES = sorted(FOLDER.glob("*.jsonl"))
NAMES = [path.stem for path in FILES]


@pytest.mark.parametrize("code", SHIPPED)
def test_every_shipped_edition_has_a_recorded_history(code: str) -> None:
    definition = SHIPPED[code]
    path = path_of(definition)
    assert path.exists(), f"no history of {path.stem}: python scripts/record_golden.py"

    golden = read_golden(path)
    told = f"{path.stem} behaves otherwise than it did when it was released: give it a new version and record that"
    assert golden.hash == definition.hash, told
    assert {(state, event.name) for event in definition.events for state in event.sources} == set(coverage(golden))
    assert {entry.event for entry in golden.entries} >= {"enter_as_found"}


def test_the_universal_verbs_are_recorded_too() -> None:
    found = {entry.event for path in FILES for entry in read_golden(path).entries}

    assert set(UNIVERSAL) <= found


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_recorded_definition_keeps_its_hash_and_its_chain_holds(path: Path) -> None:
    golden = read_golden(path)
    previous = GENESIS

    assert golden.definition.hash == golden.hash, "the store form of definitions is read otherwise than it was written"
    for entry in golden.entries:
        assert entry.previous_hash == previous
        assert entry_hash(canonical_json(entry[: len(ENTRY_COLUMNS)])) == entry.hash
        previous = entry.hash


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_recorded_row_is_what_its_entries_come_to_today(path: Path) -> None:
    golden = read_golden(path)
    told: dict[str, list[HistoryEntry]] = defaultdict(list)

    for entry, row in zip(golden.entries, golden.rows, strict=True):
        told[entry.subject_id].append(entry)
        today = project(told[entry.subject_id], lambda _hash: golden.definition)
        assert (today.state, today.remembered, today.version, today.since, today.definition_hash) == (
            row.state,
            row.remembered,
            row.version,
            row.since,
            row.definition_hash,
        ), f"entry {entry.seq}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_whatever_a_released_edition_names_is_still_there(path: Path) -> None:
    known = catalogue()
    for event in read_golden(path).definition.events:
        assert {use.name for use in event.guards} <= set(known.guards)
        assert set(event.does) <= set(known.effects)
        assert {*event.then, *event.revokes} <= set(known.consequences)


def stored(database: Database, golden: Golden) -> ProcessEngine:
    """A database as that edition would have left it, opened by today's code."""
    engine = ProcessEngine(database, permissive(SHIPPED, catalogue().roles, golden.definition), CollectedJobs())
    definition = golden.definition
    with engine.write(SCOPE, SYSTEM, now=NOW) as write:
        session, last = write.session, golden.entries[-1]
        queries.store_definition(
            session, golden.hash, definition.code, definition.version, definition.to_json(), instant(NOW)
        )
        for entry in golden.entries:
            # Names and texts are no part of a recorded history: it comes as one whose details were erased.
            details = [(SCOPE, entry.seq, "", "")] if entry.commitment else []
            queries.insert_entries(session, [entry], details)
        for row, entry in zip(golden.rows, golden.entries, strict=True):
            if entry.version == 1:
                queries.insert_processes(session, [row])
            else:
                assert queries.move_processes(session, [row]) == 1
        queries.move_head(session, SCOPE, last.seq, last.hash, last.recorded_at)
    with engine.write(SCOPE, Actor("account-0", "Снегирева Е. В."), now=NOW + timedelta(days=30)) as write:
        operations.erase(write, sorted({entry.subject_id for entry in golden.entries}), "Проверка")
    return engine


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_an_old_database_verifies_and_its_processes_go_on(path: Path, sqlite_database: Database) -> None:
    golden = read_golden(path)
    engine = stored(sqlite_database, golden)
    definition = golden.definition
    roles = frozenset(role for event in definition.events for role in event.roles)
    later = NOW + timedelta(days=60)
    with engine.read(SCOPE, now=later) as read:
        assert verify(read).problems == []
        rows = queries.processes_of(read.session, SCOPE)

    moved = 0
    for row in rows:
        event = next(
            (one for one in definition.events_from(row.state) if not any(f.required for f in one.fields)), None
        )
        if event is not None:
            with engine.write(SCOPE, Actor("account-2", "Гусев А. П.", roles), now=later) as write:
                operations.fire(write, row.id, event.name, ground="Продолжение")
            moved += 1
    with engine.read(SCOPE, now=later) as read:
        assert verify(read).problems == []
    assert moved


def test_a_recording_is_kept_whole(sqlite_database: Database, tmp_path: Path) -> None:
    golden = record(sqlite_database, catalogue(), "consent")
    write_golden(tmp_path / "consent.jsonl", golden)

    assert read_golden(tmp_path / "consent.jsonl") == golden
