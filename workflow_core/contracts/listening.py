"""Contracts of what runs after or beside a step: `after_commit` bears repetition, consequences only read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from workflow_core import queries
from workflow_core.contracts.answers import UNKNOWN, process_of
from workflow_core.contracts.bench import Bench, Violation
from workflow_core.contracts.watching import TooLong, noted, timed, written_files
from workflow_core.contributions import described
from workflow_core.history import HistoryEntry

COMMITS = 3
"""Commits that are told, each twice."""


def listening(bench: Bench, plugin: str) -> Iterator[Violation]:
    """Told the same commit twice, a listener leaves what once would have left; consequences find, and change nothing."""
    if plugin in bench.catalogue.listeners:
        with bench.read() as read:
            entries = queries.entries_after(read.session, bench.world.scope, 0, COMMITS)
        yield from _told(bench, plugin, entries)
    yield from _consequences(bench, plugin)


def _told(bench: Bench, plugin: str, entries: Sequence[HistoryEntry]) -> Iterator[Violation]:
    for entry in entries:
        spent: list[float] = []
        left: list[list[bytes]] = []
        try:
            files: dict[object, None] = {}
            for _time in range(2):
                with noted() as deeds, timed(bench.budget.hang) as taken:
                    bench.catalogue.tell(plugin, bench.world.scope, [entry])
                spent.append(taken.seconds)
                files.update(dict.fromkeys(written_files(deeds)))
                left.append([path.read_bytes() for path in files if path.is_file()])  # type: ignore[attr-defined]
        except TooLong:
            yield Violation(plugin, "listener_slow", f"after_commit: нет ответа за {bench.budget.hang:.0f} с")
            return
        except BaseException as exc:
            if isinstance(exc, KeyboardInterrupt):
                raise
            again = "при повторе " if spent else ""
            yield Violation(
                plugin,
                "listener_not_repeatable" if spent else "listener_raises",
                f"after_commit {again}{described(exc)}",
            )
            return
        if left[0] != left[1]:
            text = "after_commit: второй рассказ о той же записи оставляет в файлах не то, что первый"
            yield Violation(plugin, "listener_not_repeatable", text)
            return
        if min(spent) > bench.budget.listening:
            yield Violation(plugin, "listener_slow", f"after_commit: {min(spent):.1f} с")
            return


def _consequences(bench: Bench, plugin: str) -> Iterator[Violation]:
    for one in bench.owned("consequence", bench.catalogue.consequences, plugin):
        asked = [
            (definition, event)
            for definition in bench.catalogue.definitions.values()
            for event in definition.events
            if one.name in (*event.then, *event.revokes)
        ]
        for definition, event in islice(asked, 2):
            with bench.read() as read:
                known = queries.processes(read.session, list(bench.world.subjects.get(definition.subject, ()))[:2])
                nobody = process_of(UNKNOWN, bench.world.scope, definition, event)
                for process in known.values() or (nobody,):
                    try:
                        list(one.resolve(read.session, bench.world.scope, process, event.name, {}))
                    except Exception as exc:
                        code = "consequence_writes" if "readonly" in str(exc) else "consequence_raises"
                        yield Violation(plugin, code, f"следствие «{one.title}»: {described(exc)}")
                        return
                if read.session.new or read.session.dirty or read.session.deleted:
                    yield Violation(plugin, "consequence_writes", f"следствие «{one.title}»: пишет в базу")
                    return
