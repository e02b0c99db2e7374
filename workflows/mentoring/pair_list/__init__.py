"""The list of pairs over any number of them: which pairs a filter leaves, in which order, page after page by the last row.

A condition that few pairs meet is answered by their ids, and these are sorted. One that many meet is looked at on the way
through the list in its own order, where a page is full soon. So a page costs the same with a hundred pairs and a hundred thousand.
"""

from __future__ import annotations

from workflows.mentoring.pair_list.queries import (
    EVERY_PAIR,
    ORDERS,
    PAGE,
    Listed,
    PairFilter,
    StuckLimit,
    amount,
    count_by_state,
    differences,
    listed,
    rebuild,
)

__all__ = [
    "EVERY_PAIR",
    "ORDERS",
    "PAGE",
    "Listed",
    "PairFilter",
    "StuckLimit",
    "amount",
    "count_by_state",
    "differences",
    "listed",
    "rebuild",
]
