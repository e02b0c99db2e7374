"""What an item's step changes in the registers, and how its section follows.

A section starts with the first thing done, is completed with its last item, and opens again with a reopened one; it never
holds an item back, and one that was summed up by hand stays so while its open items go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from workflow_core import queries as core_queries
from workflow_core.exceptions import InvalidInput
from workflow_core.operations import Call, Caused, Consequence, Effect
from workflow_core.tables import Process
from workflow_core.unit_of_work import Write
from workflows.documents import queries as documents
from workflows.road_maps import queries
from workflows.road_maps.lateness import FINISHED_STATES
from workflows.road_maps.tables import Activity, ActivityFact, Occurrence

FOUND_WANTING = frozenset({"dropped", "carried_over"})
"""States in which an item left the map without anything being done."""


def log_fact(write: Write, process: Process, call: Call) -> None:
    """Write a line of what was done; a named occurrence is closed by it."""
    document_id = call.fields.get("document") or None
    if document_id:
        documents.document(write.session, write.scope, document_id)
    time = _occurrence(write, process.id, call.fields.get("occurrence") or "")
    if time is not None and time.done_on is None:
        time.done_on = call.happened_on
    write.session.add(
        ActivityFact(
            organisation_id=write.scope,
            activity_id=process.id,
            happened_on=call.happened_on,
            text=call.fields["text"],
            link=call.fields.get("address") or "",
            document_id=document_id,
            occurrence_id=time.id if time else None,
        )
    )


def _occurrence(write: Write, activity_id: str, occurrence_id: str) -> Occurrence | None:
    if not occurrence_id:
        return None
    found = queries.occurrence(write.session, write.scope, occurrence_id)
    if found.activity_id != activity_id:
        raise InvalidInput({"occurrence": "Этот срок относится к другому пункту. Выберите срок из списка."})
    return found


def set_schedule(write: Write, process: Process, call: Call) -> None:
    """Give dates to an item that the map leaves without."""
    row = queries.activity(write.session, write.scope, process.id)
    starts_on, due_on = call.fields.get("starts_on"), call.fields["due_on"]
    if starts_on and starts_on > due_on:
        raise InvalidInput({"starts_on": f"Начало позже срока ({due_on:%d.%m.%Y})."})
    _move_organisations(write, row, due_on)
    row.starts_on, row.due_on = starts_on or row.starts_on, due_on
    if row.starts_on and row.starts_on > due_on:
        row.starts_on = None


def reschedule_activity(write: Write, process: Process, call: Call) -> None:
    """Move what is due: of an item that falls due several times what has gone by, else the next time; the old date stays in the history."""
    row = queries.activity(write.session, write.scope, process.id)
    due_on = call.fields["due_on"]
    if call.fields.get("order"):
        documents.document(write.session, write.scope, call.fields["order"])
    times = queries.occurrences(write.session, write.scope, [row.id]).get(row.id, [])
    waiting = [time for time in times if not time.for_organisation_id and not time.done_on and not time.before_adoption]
    if waiting:
        for time in _to_move(waiting, call.happened_on):
            time.due_on = due_on
        row.due_on = max(row.due_on or due_on, due_on)
        return
    _move_organisations(write, row, due_on)
    row.due_on = due_on


def _to_move(waiting: Sequence[Occurrence], day: date) -> list[Occurrence]:
    gone_by = [time for time in waiting if time.due_on and time.due_on < day]
    return gone_by or [min(waiting, key=lambda time: (time.due_on or date.max, time.position))]


def _move_organisations(write: Write, row: Activity, due_on: date) -> None:
    """Organisations that had the item's own date get its new one."""
    for time in queries.occurrences(write.session, write.scope, [row.id]).get(row.id, []):
        if time.for_organisation_id and not time.done_on and time.due_on == row.due_on:
            time.due_on, time.before_adoption = due_on, False


def carry_over_activity(write: Write, process: Process, call: Call) -> None:
    """Name the item of the next map that goes on with this one, if there is one yet."""
    target_id = call.fields.get("next_item") or ""
    if not target_id:
        return
    row = queries.activity(write.session, write.scope, process.id)
    target = queries.activity(write.session, write.scope, target_id)
    if target.road_map_id == row.road_map_id:
        raise InvalidInput({"next_item": "Это пункт той же карты. Выберите пункт карты следующего периода."})
    row.carried_to_id = target.id


def stage_follows(
    session: Session, scope: str, process: Process, event: str, _fields: Mapping[str, Any]
) -> Sequence[Caused]:
    """What an item's step brings about in its section."""
    row = queries.activity(session, scope, process.id)
    stage = core_queries.process(session, row.stage_id)
    if stage is None:
        return ()
    follows = next_event(stage.state, queries.states_of_stage(session, scope, row.stage_id), event)
    return (Caused(stage.id, follows, not_before=date.fromisoformat(stage.since)),) if follows else ()


def next_event(stage_state: str, states: Iterable[str], event: str) -> str:
    """The section's event that follows from the states of its items after `event` of one of them; empty if none."""
    found = list(states)
    if stage_state == "completed":
        return "reopen" if event == "reopen" else ""
    # A state that a plugin puts on the way is one in which something is still to come.
    finished = all(state in FINISHED_STATES for state in found)
    if finished and any(state not in FOUND_WANTING for state in found):
        return "complete"
    begun = any(state not in FOUND_WANTING and state != "planned" for state in found)
    return "start" if stage_state == "planned" and begun else ""


EFFECTS = (
    Effect("log_fact", "записано, что сделано", log_fact),
    Effect("set_schedule", "указан срок", set_schedule),
    Effect("reschedule_activity", "перенесён срок", reschedule_activity),
    Effect("carry_over_activity", "указан пункт следующей карты", carry_over_activity),
)
CONSEQUENCES = (Consequence("stage_follows", "раздел идёт за своими пунктами", stage_follows, kinds=("stage",)),)
