"""Checking a history beside reading its bytes and hashing them: the limit of any check. SQLite.

The goal is six times the limit with columns compared; the whole check also looks at details, states, registers and rules.

Usage: python -m benchmarks.verify [entries]
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys

from benchmarks import peers
from benchmarks.bench_plugin import CURATOR, CYCLE, NOW, engine, fill
from benchmarks.scratch import folder
from workflow_core import verification
from workflow_core.history import ALL_COLUMNS
from workflow_core.operations import StepRequest, fire_many

SCOPE = f"{1:032}"
LENGTH = 9
"""Entries of one process: its beginning and a walk through the cycle."""


def main(count: int) -> None:
    common = peers.load("_common")
    made = engine(f"sqlite:///{folder()}/history.db", synchronous="OFF")
    ids = fill(made, SCOPE, count // LENGTH)
    for event in CYCLE:
        for start in range(0, len(ids), 5000):
            with made.write(SCOPE, CURATOR, now=NOW) as write:
                fire_many(write, [StepRequest(one, event, {"share": "50"}) for one in ids[start : start + 5000]])
    entries = len(ids) * LENGTH

    path = str(made.database.url.database)

    def limit() -> None:
        connection = sqlite3.connect(path)
        for body, stands in connection.execute("SELECT body, hash FROM history_entry ORDER BY scope_id, seq"):
            assert hashlib.sha256(body.encode()).hexdigest() == stands

    def columns() -> None:
        """What comparing them costs at least."""
        names = ", ".join(ALL_COLUMNS)
        for row in sqlite3.connect(path).execute(f"SELECT {names} FROM history_entry ORDER BY scope_id, seq"):
            assert hashlib.sha256(row[-2].encode()).hexdigest() == row[-1]

    def quick() -> None:
        with made.read(SCOPE, now=NOW) as read:
            assert verification.verify_quickly(read).ok

    def chain() -> None:
        with made.read(SCOPE, now=NOW) as read:
            verdict = verification.Verdict(SCOPE)
            assert verification._verify_chain(read, verdict, verification._Seen(), {}) is None
            assert verdict.count == entries

    def whole() -> None:
        with made.read(SCOPE, now=NOW) as read:
            assert verification.verify(read).ok

    def again() -> None:
        with made.read(SCOPE, now=NOW) as read:
            assert verification.replay(read).ok

    contenders = {
        "reading and hashing": common.timed(limit, entries),
        "the same, all columns read": common.timed(columns, entries),
        "marshrut: quick": common.timed(quick, entries),
        "marshrut: columns, details and steps, on the way": common.timed(chain, entries),
        "marshrut: whole, with states, registers and rules": common.timed(whole, entries),
        "marshrut: replay alone, every process read again": common.timed(again, entries),
    }
    found = common.interleave(contenders, 3, 0)
    common.table(f"checking {entries:,} entries", found, ref="reading and hashing")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
