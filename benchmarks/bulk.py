"""10,000 pairs advanced by one step: guards, typed fields, entries, details, chain; on SQLite.

In one transaction; and in ten, each with its one durable job in its own transaction and a plugin that is then told of the entries.
Beside it: the peers' ways of doing the same without chain and details, all in one transaction; and Django as a view does it, with a
transaction a row. Usage: python -m benchmarks.bulk NORMAL|FULL [rounds]
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import peers
from benchmarks.bench_plugin import CURATOR, CYCLE, NOW, BenchPlugin, engine, fill
from benchmarks.scratch import folder
from workflow_core.database import open_database
from workflow_core.history import HistoryEntry
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import DurableJobs, notify
from workflow_core.operations import StepRequest, fire_many
from workflow_core.queries import read_head
from workflow_core.unit_of_work import ProcessEngine

SCOPE = f"{1:032}"
PAIRS = 10_000
TRANSACTIONS = 10
ROWS_OF_A_VIEW = 250
"""Rows that step in a transaction each, eight times round the cycle, so that they come back to where the others are."""


class Listening(BenchPlugin):
    """Hears of every commit."""

    def __init__(self) -> None:
        self.heard = 0

    @hookimpl
    def after_commit(self, scope: str, entries: Sequence[HistoryEntry]) -> None:
        self.heard += len(entries)


class Ours:
    """10,000 pairs that walk the cycle of the peers together."""

    def __init__(self, made: ProcessEngine, transactions: int = 1) -> None:
        self.made, self.ids, self.done = made, fill(made, SCOPE, PAIRS), 0
        self.rows = PAIRS // transactions

    def advance(self) -> None:
        """One step of all of them."""
        event, form = CYCLE[self.done % len(CYCLE)], {"share": "50"}  # one form for all rows, as a page sends it
        self.done += 1
        for start in range(0, PAIRS, self.rows):
            chosen = self.ids[start : start + self.rows]
            with self.made.write(SCOPE, CURATOR, now=NOW) as write:
                rows = fire_many(write, [StepRequest(one, event, form, remark="Замечание") for one in chosen])
            assert all(row.ok for row in rows)
            if self.made.catalogue.listens_after_commit:
                self._tell(len(chosen))

    def _tell(self, count: int) -> None:
        """What the job of the commit does."""
        with self.made.read(SCOPE, now=NOW) as read:
            head = read_head(read.session, SCOPE)
        assert head
        notify(self.made, SCOPE, head[0] - count + 1, head[0])


def as_a_view(b2b: Any) -> Callable[[], None]:
    """Django with a transaction a row, as in the peers' `django_fsm2_fsm_log`."""
    ids = list(b2b.DjPair.objects.values_list("pk", flat=True)[:ROWS_OF_A_VIEW])

    def go() -> None:
        first = b2b.step["django_fsm2_log_per_row"]  # where the others are
        for number in range(len(CYCLE)):
            for one in ids:
                with b2b.transaction.atomic():
                    pair = b2b.DjPair.objects.get(pk=one)
                    getattr(pair, CYCLE[(first + number) % len(CYCLE)])()
                    pair.version += 1
                    pair.save()

    return go


def main(synchronous: str, rounds: int) -> None:
    b2b = peers.load("b2b_batch_sqlite", synchronous, "1", "1", "1")
    common = peers.load("_common")
    plain = Ours(engine(f"sqlite:///{folder()}/ours.db", synchronous=synchronous))
    url, plugin = f"sqlite:///{folder()}/told.db", Listening()
    jobs = DurableJobs(open_database(url, synchronous=synchronous))
    jobs.prepare()
    told = Ours(engine(url, synchronous=synchronous, jobs=jobs, plugin=plugin), TRANSACTIONS)
    contenders = {
        "marshrut: fire_many": common.timed(plain.advance, PAIRS),
        f"marshrut: {TRANSACTIONS} transactions, each with its job and hook": common.timed(told.advance, PAIRS),
        "Django, all in one transaction": b2b.R["django_fsm2_log_per_row"],
        "Django, a transaction a row": common.timed(as_a_view(b2b), ROWS_OF_A_VIEW * len(CYCLE)),
        "Django bulk_update + bulk_create": b2b.R["django_bulk_update_bulk_create"],
        "SQLModel, all in one transaction": b2b.R["sqlmodel_unit_of_work"],
        "sqlite3 executemany, no chain, no details": b2b.R["raw_executemany_compiled"],
    }
    # As `web/server.py` does when it begins to serve; what the peers have loaded is spared the collector's looks too.
    gc.collect()
    gc.freeze()
    common.table(
        f"{PAIRS:,} steps in bulk, SQLite WAL synchronous={synchronous}",
        common.interleave(contenders, rounds),
        ref="marshrut: fire_many",
    )
    assert plugin.heard == told.done * PAIRS
    jobs.stop()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "NORMAL", int(sys.argv[2]) if len(sys.argv) > 2 else 5)
