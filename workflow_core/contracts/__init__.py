"""Contracts of plugins: what Marshrut asks of everybody's code, each breach with a code of its own.

`check(bench, plugin)` runs all contracts over one plugin; `workflow_core.testing` is the same for pytest. What is looked at
is the plugin as it is installed, on a database in which an invented organisation has lived for some weeks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType

from workflow_core.contracts.answers import facts, guards
from workflow_core.contracts.bench import Bench, Budget, House, Violation, World, house_at
from workflow_core.contracts.listening import listening
from workflow_core.contracts.names import definitions, loading, names, texts
from workflow_core.contracts.papers import documents

Contract = Callable[[Bench, str], Iterable[Violation]]

CONTRACTS: MappingProxyType[str, Contract] = MappingProxyType(
    {
        "loading": loading,
        "names": names,
        "texts": texts,
        "definitions": definitions,
        "facts": facts,
        "guards": guards,
        "documents": documents,
        "listening": listening,
    }
)
"""In the order in which they are looked at: whoever does not load can't be asked for facts."""


def check(bench: Bench, plugin: str) -> list[Violation]:
    """All that is wrong with one plugin; of one that can't be loaded or joined, only why."""
    return list(_found(bench, plugin))


def _found(bench: Bench, plugin: str) -> Iterator[Violation]:
    for name, contract in CONTRACTS.items():
        found = list(contract(bench, plugin))
        yield from found
        if found and name in ("loading", "names") and not bench.is_whole(plugin):
            return


__all__ = ["CONTRACTS", "Bench", "Budget", "House", "Violation", "World", "check", "house_at"]
