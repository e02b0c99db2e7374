"""How many processes stand in each state, without counting them for every page.

Counting reads an index of all processes. The history says what has moved since the last count, so a process that serves pages
counts once and then only adds the newest entries up. Nothing is stored, no step pays for it, and it can't drift: every move has
an entry. Another program's writes are in the same history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflow_core import queries
from workflow_core.history import GENESIS
from workflow_core.machine import START

if TYPE_CHECKING:
    from workflow_core.unit_of_work import UnitOfWork

MOVES = 2_000
"""Entries that are added up; after more of them counting is quicker."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """The numbers as they were at one entry of the history."""

    seq: int
    hash: str
    numbers: Mapping[tuple[str, str], int]


class Tallies:
    """The numbers of all organisations that this process has been asked about; one for each engine."""

    def __init__(self) -> None:
        self._kept: dict[str, _Counted] = {}

    def of(self, uow: UnitOfWork, subject_kind: str) -> dict[str, int]:
        """How many processes of a kind stand in each state, as this unit of work sees it."""
        found = self._at_hand(uow)
        return {state: count for (kind, state), count in found.items() if kind == subject_kind and count}

    def _at_hand(self, uow: UnitOfWork) -> Mapping[tuple[str, str], int]:
        kept = self._kept.get(uow.scope)
        head = queries.read_head(uow.session, uow.scope) or (0, GENESIS, "")
        counted = _advanced(uow, kept, head) if kept is not None else None
        if counted is None:
            counted = _Counted(head[0], head[1], queries.count_processes(uow.session, uow.scope))
        if uow.is_settled:
            self._kept[uow.scope] = counted
        return counted.numbers


def _advanced(uow: UnitOfWork, kept: _Counted, head: tuple[int, str, str]) -> _Counted | None:
    """The numbers brought up to the head; None where they can't be (a copy was put back, or too much has happened)."""
    if (kept.seq, kept.hash) == head[:2] and uow.is_settled:
        return kept
    if not 0 <= head[0] - kept.seq <= MOVES or kept.seq == 0:
        return None
    if queries.hash_at(uow.session, uow.scope, kept.seq) != kept.hash:
        return None
    numbers = Counter(kept.numbers)
    for kind, before, after in queries.moves_after(uow.session, uow.scope, kept.seq):
        if before != START:  # nothing stood there before its first step
            numbers[kind, before] -= 1
        numbers[kind, after] += 1
    return _Counted(head[0], head[1], numbers)
