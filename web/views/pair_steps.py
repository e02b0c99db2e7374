"""The steps of a pair that stand, as the forms for taking back and mending name them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from web.formatting import russian_date
from workflow_core import queries as core
from workflow_core.replay import ENTER_AS_FOUND, project
from workflow_core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class MendableStep:
    """A step that stands."""

    seq: int
    words: str
    """«Познакомились, 24 сентября 2026»."""


def mendable_steps(read: UnitOfWork, pair_id: str) -> list[MendableStep]:
    """The steps of a pair that were not undone, oldest first, with the days that hold."""
    entries = core.entries_of(read.session, read.scope, [pair_id]).get(pair_id, [])
    projection = project(entries, read.definition)
    found = []
    for step in projection.done:
        entry = step.entry
        definition = read.definition(entry.definition_hash)
        if entry.event == ENTER_AS_FOUND:
            title = f"Внесено как есть: {definition.state_title(entry.to_state)}"
        else:
            event = definition.event(entry.event)
            title = event.done_title or event.title
        found.append(
            MendableStep(entry.seq, f"{title}, {russian_date(date.fromisoformat(projection.dates[entry.seq]))}")
        )
    return found
