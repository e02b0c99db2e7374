"""10,000 pairs advanced by one step: guards, typed fields, entries, details, chain; on SQLite, in chunks of one transaction each.

Beside it: the peers' ways of doing the same without chain and details. Usage: python -m benchmarks.bulk NORMAL|FULL [rounds]
"""

from __future__ import annotations

import sys

from benchmarks import peers
from benchmarks.bench_plugin import CURATOR, CYCLE, NOW, engine, fill
from benchmarks.scratch import folder
from workflow_core.operations import StepRequest, fire_many

SCOPE = f"{1:032}"
PAIRS = 10_000


def main(synchronous: str, rounds: int) -> None:
    b2b = peers.load("b2b_batch_sqlite", synchronous, "1", "1", "1")
    common = peers.load("_common")
    made = engine(f"sqlite:///{folder()}/ours.db", synchronous=synchronous)
    ids = fill(made, SCOPE, PAIRS)
    done = 0

    def advance() -> None:
        nonlocal done
        event = CYCLE[done % len(CYCLE)]
        done += 1
        requests = [StepRequest(subject, event, {"share": "50"}, remark="Замечание") for subject in ids]
        with made.write(SCOPE, CURATOR, now=NOW) as write:
            rows = fire_many(write, requests)
        assert all(row.ok for row in rows)

    contenders = {
        "marshrut: fire_many": common.timed(advance, PAIRS),
        "Django, all in one transaction": b2b.R["django_fsm2_log_per_row"],
        "Django bulk_update + bulk_create": b2b.R["django_bulk_update_bulk_create"],
        "SQLModel, all in one transaction": b2b.R["sqlmodel_unit_of_work"],
        "sqlite3 executemany, no chain, no details": b2b.R["raw_executemany_compiled"],
    }
    common.table(
        f"{PAIRS:,} steps in bulk, SQLite WAL synchronous={synchronous}",
        common.interleave(contenders, rounds),
        ref="marshrut: fire_many",
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "NORMAL", int(sys.argv[2]) if len(sys.argv) > 2 else 5)
