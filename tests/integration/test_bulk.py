"""Bulk steps: what is judged and written together comes to the same as row after row, by fewer statements."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from tests.conftest import NOW
from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from tests.web.conftest import demo_template, settings_in
from web.assembly import CollectedJobs, assemble
from web.demo import SCHOOL_TITLE
from workflow_core import operations, queries
from workflow_core.database import Database, open_database
from workflow_core.guards import Actor, Blocker, Facts, FactsProvider, Guard
from workflow_core.hookspecs import hookimpl
from workflow_core.operations import RowResult, StepRequest
from workflow_core.operations.stepping import attempt
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, Write
from workflow_core.verification import verify
from workflows.organisations import queries as places

EVERYBODY = Actor("account-9", "Снегирева Е. В.", frozenset({"curator", "head", "administrator", "system"}))
ENTRY = ("kind", "event", "from_state", "to_state", "version", "checks", "caused_by", "with_ground", "happened_on")


def one_by_one(write: Write, requests: Sequence[StepRequest]) -> list[RowResult]:
    """Each row for itself, with facts of its own: what bulk has to equal."""
    return [attempt(write, request, {}, 0) for request in requests]


def outcome(write: Write, rows: list[RowResult], before: int) -> tuple[Any, ...]:
    """All that a bulk step has come to, salts and new ids aside."""
    write.session.flush()
    entries = queries.entries_after(write.session, write.scope, before, 10_000)
    written = [tuple(getattr(entry, name) for name in ENTRY) for entry in entries if entry.kind != "register"]
    states = {row.process_id: queries.process(write.session, row.process_id) for row in rows}
    return rows, written, states


def both_ways(engine: ProcessEngine, scope: str, actor: Actor, requests: Sequence[StepRequest], now: datetime) -> Any:
    """The outcome of the bulk step and of the rows one by one, each taken back again."""
    found = []
    with suppress(_TakenBack), engine.write(scope, actor, now=now) as write:
        before = write._count
        for do in (operations.fire_many, one_by_one):
            mark = write.savepoint()
            found.append(outcome(write, do(write, requests), before))
            write.roll_back_to(mark)
        raise _TakenBack
    return found


class _TakenBack(Exception):
    """Ends a write that was only tried."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ProcessEngine, str]]:
    folder = tmp_path_factory.mktemp("bulk")
    (folder / "marshrut.db").write_bytes(demo_template().read_bytes())
    database = open_database(f"sqlite:///{folder / 'marshrut.db'}", synchronous="OFF")
    engine = assemble(settings_in(folder), jobs=CollectedJobs(), database=database).engine
    engine.store_definitions(now=NOW)
    with engine.read(now=NOW) as read:
        (school,) = places.organisations_named(read.session, SCHOOL_TITLE)
        scope = school.id
    yield engine, scope
    database.close()


@pytest.mark.parametrize("kind", ["pair", "activity", "document", "stage"])
@pytest.mark.parametrize("seed", range(3))
def test_bulk_equals_one_by_one_in_a_lived_in_school(demo: tuple[ProcessEngine, str], kind: str, seed: int) -> None:
    engine, scope = demo
    chance = random.Random(f"{kind}{seed}")
    with engine.read(scope, now=NOW) as read:
        processes = queries.processes_of(read.session, scope, kind)
        chosen = chance.sample(processes, min(25, len(processes)))
        requests = []
        for process in [*chosen, *chance.choices(chosen, k=5)]:
            definition = read.definition(process.definition_hash)
            event = chance.choice([*definition.events_from(process.state), *definition.events[:1]])
            ground = chance.choice(["", "Решение педагогического совета"])
            requests.append(StepRequest(process.id, event.name, ground=ground, remark=chance.choice(["", "Проверка"])))

    bulk, rows = both_ways(engine, scope, EVERYBODY, requests, NOW)

    assert bulk == rows
    assert len(bulk[0]) == len(requests)


class OneHall(VisitPlugin):
    """Two visits may be held at a time: what one row does decides on the next."""

    def __init__(self, moved_by: tuple[str, ...] | None) -> None:
        super().__init__()
        self.moved_by = moved_by

    @hookimpl
    def contribute_facts(self) -> list[FactsProvider]:
        def held(session: Session, scope: str, ids: Sequence[str], _on: date) -> Mapping[str, int]:
            count = len(queries.processes_of(session, scope, "visit", ["held"]))
            return dict.fromkeys(ids, count)

        return [
            FactsProvider("room", "visit", held, 0, moved_by=self.moved_by),
            FactsProvider("timetable", "visit", self._timetable, True),
        ]

    @hookimpl
    def contribute_guards(self) -> list[Guard]:
        def hall_free(facts: Facts, _actor: Actor, event: str, _on: date) -> list[Blocker]:
            return [Blocker("hall_full", "Зал занят")] if event == "hold" and facts.room >= 2 else []

        others = [guard for guard in super().contribute_guards() if guard.name != "room_free"]
        return [Guard("room_free", "зал свободен", hall_free, ("room",)), *others]


def hall(database: Database, moved_by: tuple[str, ...] | None, now: datetime) -> tuple[ProcessEngine, list[str]]:
    catalogue = build_catalogue([("visits", OneHall(moved_by))], entry_points=False)
    engine = ProcessEngine(database, catalogue, CollectedJobs())
    engine.store_definitions(now=now)
    visits = [new_id() for _ in range(6)]
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        for visit in visits:
            operations.start(write, "visit", "visit", visit, "plan")
    return engine, visits


def test_rows_that_move_each_others_facts_are_judged_in_turn(database: Database, now: datetime) -> None:
    engine, visits = hall(database, ("visit",), now)
    requests = [StepRequest(visit, "hold", {"topic": "Дроби"}) for visit in visits]

    with engine.write(SCHOOL, CURATOR, now=now) as write:
        rows = operations.fire_many(write, requests)

    assert [row.ok for row in rows] == [True, True, False, False, False, False]
    assert {blocker.code for row in rows for blocker in row.blockers} == {"hall_full"}


def test_what_a_fact_depends_on_is_its_providers_word(sqlite_database: Database, now: datetime) -> None:
    """Why the word is needed: a provider that keeps silent about other subjects is judged once for all rows."""
    engine, visits = hall(sqlite_database, None, now)
    requests = [StepRequest(visit, "hold", {"topic": "Дроби"}) for visit in visits]

    bulk, rows = both_ways(engine, SCHOOL, CURATOR, requests, now)

    assert [row.ok for row in bulk[0]] == [True] * 6
    assert [row.ok for row in rows[0]] == [True, True, False, False, False, False]


def statements(engine: ProcessEngine, requests: Sequence[StepRequest], now: datetime) -> int:
    """How many statements a bulk step sends to SQLite; one over many rows counts once."""
    sent = []
    one, many = queries._execute, queries._execute_many
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            queries, "_execute", lambda session, text, values=(): sent.append(text) or one(session, text, values)
        )
        patch.setattr(
            queries, "_execute_many", lambda session, text, rows: sent.append(text) or many(session, text, rows)
        )
        with engine.write(SCHOOL, CURATOR, now=now) as write:
            assert all(row.ok for row in operations.fire_many(write, requests))
    return len(sent)


def test_statements_do_not_grow_with_rows(visit_engine: ProcessEngine, visits: VisitPlugin, now: datetime) -> None:
    ids = [new_id() for _ in range(450)]
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        for visit in ids:
            operations.start(write, "visit", "visit", visit, "plan")
    visits.loads = 0

    few = statements(visit_engine, [StepRequest(one, "hold", {"topic": "Дроби"}) for one in ids[:5]], now)
    many = statements(visit_engine, [StepRequest(one, "hold", {"topic": "Дроби"}) for one in ids[5:]], now)

    assert many == few
    assert visits.loads == 2
    with visit_engine.read(SCHOOL, now=now) as read:
        assert verify(read).ok


def test_thousands_go_in_chunks_with_a_row_each(sqlite_database: Database, tmp_path: Path) -> None:
    visits = VisitPlugin()
    engine = ProcessEngine(sqlite_database, build_catalogue([("visits", visits)], entry_points=False), CollectedJobs())
    now = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
    engine.store_definitions(now=now)
    ids = [new_id() for _ in range(2300)]
    with engine.write(SCHOOL, CURATOR, now=now) as write:
        for visit in ids:
            operations.start(write, "visit", "visit", visit, "plan")
    visits.rooms = {ids[0]: False, ids[1999]: False}
    visits.loads = 0

    with engine.write(SCHOOL, CURATOR, now=now) as write:
        rows = operations.fire_many(write, [StepRequest(one, "hold", {"topic": "Дроби"}) for one in ids])

    assert [row.process_id for row in rows] == ids
    assert [place for place, row in enumerate(rows) if not row.ok] == [0, 1999]
    assert visits.loads == 5
    with engine.read(SCHOOL, now=now) as read:
        assert verify(read).ok
        assert queries.count_by_state(read.session, SCHOOL, "visit") == {"planned": 2, "held": 2298}
