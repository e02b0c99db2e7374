"""Facts about items and maps for guards, evidence and pages: loaded in bulk, frozen, known by name.

activity: `evidence` (`Evidence`), `relations` ({person: {"responsible"}}), `occurrences` (tuple of `OccurrenceValue`).
organisation: `road_map_progress` (`Share`, «14 из 51», missing are the overdue items).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from workflow_core import queries as core_queries
from workflow_core.guards import EMPTY, FactsProvider, Link, Missing, Share
from workflow_core.plugin_manager import Catalogue
from workflow_core.unit_of_work import catalogue_of
from workflows.organisations.policy import RESPONSIBLE
from workflows.road_maps import queries
from workflows.road_maps.evidence import Evidence, Weighing, weigh_lines
from workflows.road_maps.lateness import DONE_STATES, lateness
from workflows.road_maps.tables import Activity, EvidenceLine, Occurrence

PAPERS = "papers_in_force"
"""Fact of the organisation by which the room of papers says what is signed and stands."""


@dataclass(frozen=True, slots=True)
class OccurrenceValue:
    """One of the times, or organisations, that an item has to be done for."""

    id: str
    label: str
    starts_on: date | None
    due_on: date | None
    done_on: date | None
    for_organisation_id: str
    before_adoption: bool


def occurrence_value(row: Occurrence) -> OccurrenceValue:
    """The row as a frozen value."""
    return OccurrenceValue(
        row.id, row.label, row.starts_on, row.due_on, row.done_on, row.for_organisation_id or "", row.before_adoption
    )


def evidence_of(
    session: Session,
    catalogue: Catalogue,
    scope: str,
    activities: Sequence[Activity],
    on_date: date,
    occurrences: Mapping[str, list[Occurrence]] | None = None,
) -> dict[str, Evidence]:
    """How far each item is proven on the day; the number of statements does not grow with the items."""
    ids = [row.id for row in activities]
    lines = queries.evidence_lines(session, scope, ids)
    every = [line for found in lines.values() for line in found]
    figures = _figures(session, catalogue, scope, every, on_date)
    papers = figures.pop(PAPERS, ()) or ()
    starts = queries.period_starts(session, scope, {row.road_map_id for row in activities}) if papers else EMPTY
    times = queries.occurrences(session, scope, ids) if occurrences is None else occurrences
    written = queries.fact_documents(session, scope, ids)
    children = queries.states_of_children(session, scope, ids)
    return {
        row.id: weigh_lines(
            lines.get(row.id, ()),
            Weighing(
                row.id,
                row.acceptance,
                papers,
                starts.get(row.road_map_id),
                figures,
                len(written.get(row.id, ())),
                frozenset(document_id for document_id in written.get(row.id, ()) if document_id),
                times.get(row.id, ()),
                children.get(row.id, ()),
            ),
        )
        for row in activities
    }


def _figures(
    session: Session, catalogue: Catalogue, scope: str, lines: Iterable[EvidenceLine], on_date: date
) -> dict[str, Any]:
    """Every figure that the lines read, and the papers if a line asks for one; what nobody provides is left out."""
    wanted = {PAPERS if line.kind == "document" else line.fact for line in lines}
    names = [name for name in sorted(wanted) if name and ("organisation", name) in catalogue.facts]
    return catalogue.load_facts(session, scope, "organisation", names, [scope], on_date)[scope]


def evidence(session: Session, scope: str, ids: Sequence[str], on_date: date) -> dict[str, Evidence]:
    """Provider `evidence`."""
    return evidence_of(session, catalogue_of(session), scope, queries.activities(session, scope, ids), on_date)


def relations(
    session: Session, scope: str, ids: Sequence[str], _on_date: date
) -> dict[str, Mapping[str, frozenset[str]]]:
    """Provider `relations`: who answers for an item may step in it."""
    found = queries.responsible_people(session, scope, ids)
    return {activity_id: {person_id: frozenset({RESPONSIBLE})} for activity_id, person_id in found.items()}


def occurrences(
    session: Session, scope: str, ids: Sequence[str], _on_date: date
) -> dict[str, tuple[OccurrenceValue, ...]]:
    """Provider `occurrences`."""
    found = queries.occurrences(session, scope, ids)
    return {activity_id: tuple(occurrence_value(row) for row in rows) for activity_id, rows in found.items()}


def road_map_progress(session: Session, scope: str, _ids: Sequence[str], on_date: date) -> dict[str, Share]:
    """Provider `road_map_progress`: of the items of all running maps those that are done; missing are the overdue ones."""
    rows = queries.running_activities(session, scope)
    processes = core_queries.processes(session, [row.id for row in rows])
    planned = [row for row in rows if processes[row.id].state not in ("dropped", "carried_over")]
    times = queries.occurrences(session, scope, [row.id for row in planned])
    done, overdue = 0, []
    for row in planned:
        process = processes[row.id]
        done += process.state in DONE_STATES
        since = date.fromisoformat(process.since)
        if lateness(process.state, since, row.due_on, times.get(row.id, ()), on_date).is_overdue:
            label = f"{row.number} {row.short_title}".strip()
            overdue.append(Missing(label, Link("open_activity", row.id, "Открыть пункт")))
    return {scope: Share(done, len(planned), tuple(overdue), "пунктов")}


PROVIDERS = (
    FactsProvider("evidence", "activity", evidence, Evidence()),
    FactsProvider("relations", "activity", relations, EMPTY),
    FactsProvider("occurrences", "activity", occurrences, ()),
    FactsProvider("road_map_progress", "organisation", road_map_progress, Share(0, 0), moved_by=("activity",)),
)
