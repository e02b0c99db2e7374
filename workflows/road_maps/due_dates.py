"""The deadlines of items that still wait, for the engine's timers: the same days by which an item is late (`lateness`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from sqlmodel import Session

from workflow_core import queries as core_queries
from workflow_core.guards import FactsProvider
from workflow_core.timers import DEADLINES, Deadline
from workflows.road_maps import queries
from workflows.road_maps.lateness import UNDONE_STATES
from workflows.road_maps.tables import Activity, Occurrence

FINISHED_MAP = "completed"
NAMED_TIMES = 2
"""Labels of times that fall due on one day which are named; more are counted."""


def deadlines(session: Session, scope: str, ids: Sequence[str], _on_date: date) -> Mapping[str, tuple[Deadline, ...]]:
    """Item -> what still falls due; nothing for an item that is handed in or finished, or whose map is completed."""
    rows = queries.activities(session, scope, ids)
    maps = {row.road_map_id for row in rows}
    processes = core_queries.processes(session, [*ids, *maps])
    running = {one for one in maps if one in processes and processes[one].state != FINISHED_MAP}
    open_rows = [
        row
        for row in rows
        if row.road_map_id in running and row.id in processes and processes[row.id].state in UNDONE_STATES
    ]
    times = queries.occurrences(session, scope, [row.id for row in open_rows])
    return {row.id: tuple(waiting(row, times.get(row.id, ()))) for row in open_rows}


def waiting(row: Activity, times: Iterable[Occurrence]) -> Iterator[Deadline]:
    """What of one open item still falls due: one deadline for all of its times that end on the same day."""
    dated = [time for time in times if time.due_on is not None and not time.before_adoption]
    by_day: dict[date, list[Occurrence]] = {}
    for time in dated:
        if time.done_on is None and time.due_on is not None:
            by_day.setdefault(time.due_on, []).append(time)
    if not by_day:
        # Without times, or with all of them closed, what is left is the item itself.
        if row.due_on is not None:
            yield Deadline(row.due_on, starts_on=row.starts_on)
        return
    for due_on, group in sorted(by_day.items()):
        starts = [time.starts_on for time in group if time.starts_on]
        yield Deadline(due_on, group[0].id, _label(group), min(starts, default=None))


def _label(group: Sequence[Occurrence]) -> str:
    labels = list(dict.fromkeys(time.label for time in group))
    more = len(labels) - NAMED_TIMES
    return "; ".join(labels[:NAMED_TIMES]) + (f" и ещё {more}" if more > 0 else "")


PROVIDERS = (FactsProvider(DEADLINES, "activity", deadlines, ()),)
