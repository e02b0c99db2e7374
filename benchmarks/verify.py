"""Checking a history beside reading its bytes and hashing them: the limit of any check. SQLite.

Usage: python -m benchmarks.verify [entries]
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import tempfile

from benchmarks import peers
from benchmarks.bench_plugin import CURATOR, CYCLE, NOW, engine, fill
from workflow_core.operations import StepRequest, fire_many
from workflow_core.verification import verify, verify_quickly

SCOPE = f"{1:032}"
LENGTH = 9
"""Entries of one process: its beginning and a walk through the cycle."""


def main(count: int) -> None:
    common = peers.load("_common")
    made = engine(f"sqlite:///{tempfile.mkdtemp(prefix='bench-')}/history.db", synchronous="OFF")
    ids = fill(made, SCOPE, count // LENGTH)
    for event in CYCLE:
        for start in range(0, len(ids), 5000):
            with made.write(SCOPE, CURATOR, now=NOW) as write:
                fire_many(write, [StepRequest(one, event, {"share": "50"}) for one in ids[start : start + 5000]])
    entries = len(ids) * LENGTH

    def limit() -> None:
        connection = sqlite3.connect(str(made.database.url.database))
        for body, stands in connection.execute("SELECT body, hash FROM history_entry ORDER BY scope_id, seq"):
            assert hashlib.sha256(body.encode()).hexdigest() == stands

    def whole() -> None:
        with made.read(SCOPE, now=NOW) as read:
            assert verify(read).ok

    def quick() -> None:
        with made.read(SCOPE, now=NOW) as read:
            assert verify_quickly(read).ok

    contenders = {
        "reading and hashing": common.timed(limit, entries),
        "marshrut: quick": common.timed(quick, entries),
        "marshrut: columns, details, replay of every process": common.timed(whole, entries),
    }
    found = common.interleave(contenders, 3, 0)
    common.table(f"checking {entries:,} entries", found, ref="reading and hashing")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
