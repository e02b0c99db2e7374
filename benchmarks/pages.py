"""What a page costs in a school of 1,000, 10,000 and 100,000 pairs: statements, work of the database, milliseconds.

    python -m benchmarks.pages --pairs 1000 10000 100000 --entries-a-pair 10
    python -m benchmarks.pages --url postgresql://… --pairs 1000 10000

One line a page: statements sent, milliseconds (the median of several visits, in the process, as the curator), and how many times
the smallest school's these are. On SQLite also the steps of its machine, which no other program on the computer disturbs.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from benchmarks.big_school import NOW, BigSchool, fill, installation
from web.app import create_app
from web.assembly import Installation
from workflow_core import operations
from workflow_core.guards import Actor

VISITS = 7
STEP = 100
"""Steps of SQLite's machine between two calls of the counter."""


@dataclass(slots=True)
class Cost:
    """What one visit of a page took."""

    statements: int = 0
    steps: int = 0
    ms: float = 0.0


@dataclass(slots=True)
class Meter:
    """Counts what the reading engine of an installation does, statements past SQLAlchemy included."""

    statements: list[str] = field(default_factory=list)
    """On SQLite with their values in them."""
    steps: int = 0
    on_statement: Callable[[], None] = lambda: None

    @contextmanager
    def on(self, made: Installation, engine: sa.Engine | None = None) -> Iterator[Meter]:
        """Count inside of the block what is read, or what another engine does."""
        engine = engine or made.database.read_engine
        listening: list[Any] = []

        def listen(driver: Any, *_rest: Any) -> None:
            listening.append(driver)
            driver.set_trace_callback(self._note)
            driver.set_progress_handler(self._tick, STEP)

        def checked_out(driver: Any, *_rest: Any) -> None:
            listen(driver)

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            self._note(statement)

        # The engine's own statements go to the driver itself: only the driver tells of them.
        where, what, how = (
            (engine, "checkout", checked_out) if made.database.is_sqlite else (engine, "before_cursor_execute", note)
        )
        sa.event.listen(where, what, how)
        # Sessions that are kept would go on without being taken out once more.
        made.database.writing.close()
        made.database.reading.close()
        try:
            yield self
        finally:
            sa.event.remove(where, what, how)
            for driver in listening:
                driver.set_trace_callback(None)
                driver.set_progress_handler(None, 0)

    def _note(self, statement: str) -> None:
        if statement.startswith(("BEGIN", "ROLLBACK", "COMMIT", "--", "PRAGMA")):
            return
        self.on_statement()
        self.statements.append(statement)

    def _tick(self) -> int:
        self.steps += STEP
        return 0


def curator_of(made: Installation, school: BigSchool, account: str = "") -> FlaskClient:
    """A browser in which the curator of the school is logged in."""
    app = create_app(made, TESTING=True, CLOCK=lambda: NOW, RATELIMIT_ENABLED=False, WTF_CSRF_ENABLED=False)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = f"{account or school.curator}.1", True
    return client


def addresses(school: BigSchool) -> dict[str, str]:
    """The pages that are visited, by name; «deep» ones begin after half of the rows."""
    pairs, people, papers = sorted(school.pair_ids), sorted(school.person_ids), sorted(school.document_ids)
    middle, pair = len(pairs) // 2, school.formed_ids[len(school.formed_ids) // 2]
    return {
        "home": "/",
        "board": "/pairs",
        "pairs": "/pairs/list",
        "pairs deep": f"/pairs/list?after={pairs[middle]}",
        "pairs by state": "/pairs/list?state=formed",
        "pairs stuck": "/pairs/list?stuck=1",
        "pairs by form": "/pairs/list?form=student_pupil",
        "pairs by rare name": f"/pairs/list?q={school.rare_name[2:8].upper()}",
        "pairs by frequent name": "/pairs/list?q=ОВА+иван",
        "pairs by a name of many": "/pairs/list?q=ова",
        "pairs by two letters": "/pairs/list?q=яш",
        "a pair": f"/pairs/{pair}",
        "a pair's history": f"/history?subject=pair:{pair}",
        "people": "/people",
        "people deep": f"/people?after={people[len(people) // 2]}",
        "people by class": "/people?class=7+«Б»",
        "people by name": "/people?q=щукинб",
        "people by frequent name": "/people?q=ева",
        "people by a name of many": "/people?q=ова",
        "a person": f"/people/{people[len(people) // 2]}",
        "papers' desk": "/documents",
        "papers": "/documents/all",
        "papers deep": f"/documents/all?after={papers[len(papers) // 2]}",
        "papers waiting": "/documents/all?shelf=waiting",
        "papers by number": "/documents/all?q=1-ОД",
        "papers by title": "/documents/all?q=согласие",
        "a paper": f"/documents/{papers[len(papers) // 2]}",
        "history": "/history",
        "history deep": f"/history?before={school.entries // 2}",
        "history with ground": "/history?ground=1",
        "history by person": f"/history?q={school.rare_name}",
        "history of rules": "/history?about=rules",
        "search": "/search?q=щукинб",
        "search frequent": "/search?q=иванов",
        "meetings": "/meetings",
        "consents": "/documents/consents",
    }


def visit(made: Installation, client: FlaskClient, address: str, visits: int = VISITS) -> Cost:
    """The cost of a page that has been opened before."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    meter = Meter()
    with meter.on(made):
        client.get(address)
    spent = []
    for _ in range(visits):
        begun = time.perf_counter()
        client.get(address)
        spent.append((time.perf_counter() - begun) * 1000)
    return Cost(len(meter.statements), meter.steps, statistics.median(spent))


STEPS = 30


def step(made: Installation, school: BigSchool, pair_ids: Sequence[str]) -> float:
    """Milliseconds a pair of a step with all guards and a meeting in the log; several pairs step together."""
    curator = Actor(school.curator, "Морозова Е. В.", frozenset({"curator"}))
    day, event = NOW.date(), "hold_acquaintance"
    begun = time.perf_counter()
    with made.engine.write(school.scope, curator, now=NOW) as write:
        if len(pair_ids) == 1:
            operations.fire(write, pair_ids[0], event, happened_on=day)
        else:
            rows = operations.fire_many(
                write, [operations.StepRequest(one, event, happened_on=day) for one in pair_ids]
            )
            assert all(row.ok for row in rows), rows
    return (time.perf_counter() - begun) * 1000 / len(pair_ids)


def steps(made: Installation, school: BigSchool) -> dict[str, Cost]:
    """The cost of a step, and of one pair in a bulk step. A small school has fewer pairs to step."""
    count = min(STEPS, len(school.formed_ids) // 3)
    alone, together = school.formed_ids[: count + 1], school.formed_ids[count + 1 : 3 * count]
    meter, bulk = Meter(), Meter()
    spent = [step(made, school, [pair_id]) for pair_id in alone[1:]]
    with meter.on(made, made.database.write_engine):
        step(made, school, alone[:1])
    with bulk.on(made, made.database.write_engine):
        each = step(made, school, together)
    return {
        "a step": Cost(len(meter.statements), meter.steps, statistics.median(spent)),
        "a step in bulk": Cost(len(bulk.statements), bulk.steps, each),
    }


@dataclass(slots=True)
class Measured:
    """One school with the costs of its pages."""

    pairs: int
    entries: int
    size: int
    costs: dict[str, Cost]


def measure(url: str, folder: Path, pairs: int, entries: int, only: str = "", visits: int = VISITS) -> Measured:
    """Make a school and open its pages."""
    made = installation(url, folder)
    try:
        school = fill(made.engine, pairs=pairs, entries=entries)
        settle(made)
        client = curator_of(made, school)
        chosen = {name: path for name, path in addresses(school).items() if only in name}
        costs = {name: visit(made, client, path, visits) for name, path in chosen.items()}
        if not only:
            costs |= steps(made, school)
        return Measured(len(school.pair_ids), school.entries, size_of(made), costs)
    finally:
        made.close()


def settle(made: Installation) -> None:
    """What the program or the server does by itself sooner or later."""
    with made.database.write_engine.connect() as connection:
        if made.database.is_sqlite:
            connection.rollback()
            connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        else:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


def size_of(made: Installation) -> int:
    """Bytes of the database."""
    with made.database.read_engine.connect() as connection:
        if made.database.is_sqlite:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def table(found: Sequence[Measured]) -> Iterator[str]:
    """The lines of the report."""
    first = found[0]
    yield f"{'page':26}" + "".join(f"{one.pairs:>12,} pairs        " for one in found)
    yield f"{'':26}" + "".join(f"{'sql':>5}{'ksteps':>8}{'ms':>8}{'x':>6} " for _ in found)
    for name in first.costs:
        line = f"{name:26}"
        for one in found:
            cost, base = one.costs[name], first.costs[name]
            line += f"{cost.statements:5d}{cost.steps / 1000:8.1f}{cost.ms:8.1f}{cost.ms / base.ms:6.2f} "
        yield line
    yield f"{'entries':26}" + "".join(f"{one.entries:>28,}" for one in found)
    yield f"{'bytes an entry':26}" + "".join(f"{one.size / one.entries:>28,.0f}" for one in found)


def main(report: Callable[[str], None] = print) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--entries-a-pair", type=float, default=10)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database for each school: …/name_{pairs}")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--visits", type=int, default=VISITS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, found = Path(name), []
        for pairs in asked.pairs:
            url = asked.url.format(pairs=pairs) if asked.url else f"sqlite:///{folder / f'{pairs}.db'}"
            entries = round(pairs * asked.entries_a_pair)
            found.append(measure(url, folder, pairs, entries, asked.only, asked.visits))
        for line in table(found):
            report(line)


if __name__ == "__main__":
    main()
