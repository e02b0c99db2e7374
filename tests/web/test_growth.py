"""Pages of a school sixteen times as large: no more statements, no more work for the database, no table read whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from benchmarks.big_school import BigSchool, fill
from benchmarks.pages import NOW, Meter, addresses, curator_of
from tests.conftest import new_database
from web.assembly import CollectedJobs, Installation, assemble
from web.settings import Settings
from web.views import consents, history
from workflow_core import amounts, queries, verification
from workflow_core.guards import SYSTEM
from workflow_core.operations import fire
from workflows.mentoring import pair_list, shares
from workflows.organisations import search_index

SMALL, LARGE = 300, 3_600
LARGE_TABLES = (
    "activity",
    "document",
    "document_subject",
    "due",
    "entry_details",
    "history_entry",
    "meeting",
    "pair",
    "pair_at_work",
    "pair_member",
    "participant",
    "person",
    "process",
    "search_entry",
    "submission",
)


@dataclass(slots=True)
class Opened:
    """A school with what opening its pages took."""

    made: Installation
    school: BigSchool
    meters: dict[str, Meter]


def opened(database: Any, folder: Path, pairs: int) -> Opened:
    settings = Settings(data=folder, database_url=str(database.url), secret="a secret of the tests only")
    made = assemble(settings, jobs=CollectedJobs(), database=database)
    made.engine.store_definitions(now=NOW)
    return Opened(made, fill(made.engine, pairs=pairs, entries=pairs * 9), {})


KEPT = ("/", "/documents", "/documents/consents")
"""Pages that fill what is kept in memory."""


def visit(place: Opened) -> None:
    """Open every page and measure it."""
    client = curator_of(place.made, place.school)
    for address in KEPT:
        client.get(address)
    for name, address in addresses(place.school).items():
        place.meters[name] = Meter()
        with place.meters[name].on(place.made):
            assert client.get(address).status_code == 200, name
        assert place.meters[name].statements, "nothing was measured"


@pytest.fixture(scope="module", autouse=True)
def low_bounds() -> Iterator[None]:
    """Bounds that both schools go beyond, so that they do not differ by what is still counted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(amounts, "COUNTED", 20)
        patch.setattr(search_index, "MATCHES", 20)
        patch.setattr(history, "WINDOW", 400)
        patch.setattr(consents, "AT_ONCE", 60)
        patch.setattr(shares, "MANY", 60)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("small")
    with new_database("sqlite") as database:
        yield opened(database, folder, SMALL)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("large")
    with new_database("sqlite") as database:
        yield opened(database, folder, LARGE)


def test_made_school_is_one_that_the_program_could_have_made(small: Opened) -> None:
    with small.made.engine.read(small.school.scope, now=NOW) as read:
        verdict = verification.verify(read)
        assert (verdict.ok, verdict.count) == (True, small.school.entries), verdict.problems
        assert search_index.differences(read.session, read.scope) == 0
        assert pair_list.differences(read.session, read.scope) == 0
        assert small.made.engine.tallies.of(read, "pair") == queries.count_by_state(read.session, read.scope, "pair")
    with small.made.engine.write(small.school.scope, SYSTEM, now=NOW + timedelta(days=1)) as write:
        pair = next(
            one for one in queries.processes(write.session, small.school.pair_ids).values() if one.state == "formed"
        )
        assert fire(write, pair.id, "hold_acquaintance").process.version == pair.version + 1


FULL_PAGE = 24_000
"""Steps of SQLite's machine that fifty rows may take; a table read whole takes more in the large school."""


def test_pages_cost_the_same_in_a_large_school(small: Opened, large: Opened) -> None:
    visit(small)
    visit(large)

    grown = {
        name: (len(meter.statements), len(after.statements), meter.steps, after.steps)
        for name, meter in small.meters.items()
        if len((after := large.meters[name]).statements) > len(meter.statements) + 5
        or after.steps > 1.5 * meter.steps + FULL_PAGE
    }

    assert grown == {}


def test_no_statement_of_a_page_reads_a_large_table_whole(large: Opened) -> None:
    found = {}
    with large.made.database.read_engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        for name, meter in large.meters.items():
            for statement in meter.statements:
                plan = [str(row[3]) for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
                found.update({(name, step): statement for step in plan if _reads_whole(step, statement)})

    assert found == {}


_SEARCH = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?(?: USING PRIMARY KEY)?(?: \((.*)\))?")


def _reads_whole(step: str, statement: str) -> bool:
    """A scan, or a search by the organisation alone that no limit ends."""
    match = _SEARCH.match(step)
    if match is None:
        return False
    how, table, _index, by = match.groups()
    names = {found[1]: found[0] for found in re.findall(r"\b(?:FROM|JOIN) (\w+) AS (\w+)", statement)}
    if names.get(table, table) not in LARGE_TABLES:
        return False
    columns = {part.split("=")[0].strip("( ") for part in (by or "").split(" AND ")}
    return how == "SCAN" or (
        columns <= {"organisation_id", "scope_id", "subject_kind", "kind"} and "LIMIT" not in statement
    )


@pytest.mark.postgresql
def test_postgresql_has_an_index_for_every_statement_of_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With scans made dear a plan keeps one only where no index would do."""
    with new_database("postgresql") as database:
        place = opened(database, tmp_path, 150)
        sent: list[tuple[str, Any]] = []
        plain = queries._execute
        monkeypatch.setattr(
            queries,
            "_execute",
            lambda *args: (
                sent.append((args[1].replace("?", "%s"), tuple(args[2]) if len(args) > 2 else ())) or plain(*args)
            ),
        )
        note_all(database, sent)
        visit(place)
        assert len(sent) > 500
        assert dict(scans(database, sent)) == {}


def note_all(database: Any, sent: list[tuple[str, Any]]) -> None:
    """Keep every statement of SQLAlchemy with its values."""

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent.append((statement, values))

    sa.event.listen(database.read_engine, "before_cursor_execute", note)


def scans(database: Any, sent: list[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """Statements whose plan reads a large table without an index, each with the table."""
    with database.write_engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        connection.exec_driver_sql("SET enable_seqscan = off")
        cursor = psycopg.ClientCursor(connection.connection.driver_connection)
        for statement, values in {
            one[0]: one for one in sent if one[0].lstrip().upper().startswith(("SELECT", "WITH"))
        }.values():
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
            for node in nodes(cursor.fetchone()[0][0]["Plan"]):
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE_TABLES:
                    yield statement, node["Relation Name"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
