"""One whole step, one transaction each, on SQLite: lock, key, guard, typed field, entry, details, chain.

Beside it: the same statements by hand on sqlite3, and what users would build instead (no chain, no key, no details).
Usage: python -m benchmarks.step NORMAL|FULL [steps a round] [rounds]
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import peers
from benchmarks.bench_plugin import CURATOR, CYCLE, NOW, engine, fill
from benchmarks.scratch import folder
from workflow_core import operations, queries
from workflow_core.unit_of_work import ProcessEngine, Write

SCOPE = f"{1:032}"
PAIRS = 2000
Round = Callable[[], tuple[int, float]]


class Walk:
    """Which pair makes which step next: all pairs in turn walk the cycle of the peers."""

    def __init__(self, ids: list[str]) -> None:
        self.ids, self.done = ids, 0

    def next(self) -> tuple[int, str, str]:
        place = self.done
        self.done += 1
        return place, self.ids[place % len(self.ids)], CYCLE[place // len(self.ids) % len(CYCLE)]


def whole_step(made: ProcessEngine, walk: Walk, *, task: bool = False) -> None:
    """What a button does: a form with key, typed field and remark comes in, its answer goes out."""
    place, subject, event = walk.next()

    def act(write: Write) -> dict[str, Any]:
        done = operations.fire(write, subject, event, fields={"share": "50"}, remark="Замечание")
        if task:
            write.request("nothing", subject)
        return {"seq": done.seq}

    made.perform(SCOPE, CURATOR, act, now=NOW, operation="step", key=f"k{place}", submitted={"share": "50"})


def many_steps(made: ProcessEngine, walk: Walk, count: int, *, task: bool = False) -> None:
    """So many of them."""
    for _ in range(count):
        whole_step(made, walk, task=task)


def by_hand(made: ProcessEngine, ids: list[str]) -> Callable[[int], None]:
    """The statements that a step executes, recorded once and sent by hand through sqlite3, values of the same size."""
    walk = Walk(ids)
    statements = _record(made, walk)
    path = made.database.url.database
    assert path
    synchronous = _pragma(made)
    made.database.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute("PRAGMA foreign_keys=ON")
    count = int(connection.execute("SELECT count FROM history_head").fetchone()[0])
    versions = dict(connection.execute("SELECT id, version FROM process"))

    def go(rounds: int) -> None:
        nonlocal count
        for _ in range(rounds):
            place, subject, _event = walk.next()
            count += 1
            versions[subject] += 1
            changing = {"seq": count, "subject": subject, "version": versions[subject], "key": f"h{place}"}
            for text, values in statements:
                cursor = connection.execute(text, [_filled(value, changing) for value in values])
                if cursor.description:
                    cursor.fetchone()

    return go


class _Slot(str):
    """A value that differs from step to step."""


def _filled(value: Any, changing: dict[str, Any]) -> Any:
    return changing[value] if type(value) is _Slot else value


def _pragma(made: ProcessEngine) -> int:
    with made.read(SCOPE, now=NOW) as read:
        driver: Any = read.session.connection().connection.driver_connection
        return int(driver.execute("PRAGMA synchronous").fetchone()[0])


def _record(made: ProcessEngine, walk: Walk) -> list[tuple[str, list[Any]]]:
    """Make one real step and note its statements; number, id, version and key become slots."""
    place, subject = walk.done, walk.ids[walk.done % len(walk.ids)]
    seen: list[tuple[str, tuple[Any, ...]]] = []
    one = queries._execute

    def noted(session: Any, statement: str, values: Sequence[Any] = ()) -> Any:
        seen.append((statement, tuple(values)))
        return one(session, statement, values)

    queries._execute = noted
    try:
        whole_step(made, walk)
    finally:
        queries._execute = one
    with made.read(SCOPE, now=NOW) as read:
        head = queries.read_head(read.session, SCOPE)
        process = queries.process(read.session, subject)
    assert head
    assert process
    statements: list[tuple[str, list[Any]]] = [("BEGIN IMMEDIATE", [])]
    for text, values in seen:
        slots: list[Any] = []
        for position, value in enumerate(values):
            if value == subject:
                slots.append(_Slot("subject"))
            elif value == f"k{place}":
                slots.append(_Slot("key"))
            elif (type(value) is int and value == head[0] and "history" in text) or (
                "details" in text and position == 1
            ):
                slots.append(_Slot("seq"))
            elif type(value) is int and value == process.version and position in (3, 5):
                slots.append(_Slot("version"))
            else:
                slots.append(value)
        if text.startswith("UPDATE process"):
            text = text.replace(" AND version = ?", "")
            slots = slots[:-1]
        statements.append((text, slots))
    return [*statements, ("COMMIT", [])]


def main(synchronous: str, steps: int, rounds: int) -> None:
    b2 = peers.load("b2_persist_sqlite", synchronous)
    common = peers.load("_common")
    place = folder()
    ours = engine(f"sqlite:///{place}/ours.db", synchronous=synchronous)
    walk = Walk(fill(ours, SCOPE, PAIRS))
    hand = engine(f"sqlite:///{place}/hand.db", synchronous=synchronous)
    raw = by_hand(hand, fill(hand, SCOPE, PAIRS))
    contenders: dict[str, Round] = {
        "the same statements by hand (sqlite3)": common.timed(lambda: raw(steps), steps),
        "marshrut: the whole step": common.timed(lambda: many_steps(ours, walk, steps), steps),
    }
    for name in ("raw_sqlite3", "sqlmodel_orm_transitions", "django_fsm2_fsm_log", "viewflow_fsm_django_orm"):
        contenders[name] = common.timed(lambda name=name: b2.C[name](steps), steps)
    found = common.interleave(contenders, rounds)
    common.table(
        f"whole step, SQLite WAL synchronous={synchronous}", found, ref="the same statements by hand (sqlite3)"
    )
    common.table(f"the same against ours ({synchronous})", found, ref="marshrut: the whole step")


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 else "NORMAL",
        int(sys.argv[2]) if len(sys.argv) > 2 else 300,
        int(sys.argv[3]) if len(sys.argv) > 3 else 7,
    )
