"""A running map read back as a template: printed in the shape of the reader's contract, copied for the next period.

What is read is the map as it was taken; dates that were moved afterwards stand in the history, not in the map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from workflow_core import queries as core_queries
from workflows.road_maps import queries
from workflows.road_maps.copying import OpenItem
from workflows.road_maps.deadlines import Period, from_contract
from workflows.road_maps.map_template import (
    Approval,
    EvidenceLine,
    MapItem,
    MapSection,
    MapTemplate,
    MapWarning,
    Responsible,
    as_contract,
)
from workflows.road_maps.tables import Activity, RoadMap, Stage
from workflows.road_maps.tables import EvidenceLine as EvidenceRow


def running_template(session: Session, scope: str, road_map_id: str) -> MapTemplate:
    """The running map as a template with the dates of its own period. Raises NotFound."""
    road_map = queries.road_map(session, scope, road_map_id)
    stages = queries.stages(session, scope, [road_map_id])
    activities = queries.activities_of_maps(session, scope, [road_map_id])
    lines = queries.evidence_lines(session, scope, [row.id for row in activities])
    numbers = {row.id: row.number for row in activities}
    printed = _as_printed(road_map.source)
    source = road_map.source
    return MapTemplate(
        code=road_map.source_code,
        title=road_map.title,
        level=road_map.level,
        source=road_map.title,
        organisation=source.get("organisation"),
        approved_by=_approval(source.get("approved_by")),
        period=period_of(road_map),
        words={"section": stages[0].word if stages else "раздел"},
        columns=tuple(source.get("columns") or ()),
        goals=tuple(source.get("goals") or ()),
        sections=tuple(
            _section(stage, [row for row in activities if row.stage_id == stage.id], lines, numbers, printed)
            for stage in stages
        ),
        warnings=tuple(
            MapWarning(str(one.get("place", one.get("line", ""))), one["code"], one["message"])
            for one in source.get("warnings") or ()
        ),
    )


def running_contract(session: Session, scope: str, road_map_id: str) -> dict[str, Any]:
    """The running map in the shape of the reader's contract, ready for JSON. Raises NotFound."""
    return as_contract(running_template(session, scope, road_map_id))


def open_items(session: Session, scope: str, road_map_id: str) -> tuple[OpenItem, ...]:
    """The items of a map as the offer for the new year needs them, in printed order."""
    rows = queries.activities_of_maps(session, scope, [road_map_id])
    processes = core_queries.processes(session, [row.id for row in rows])
    return tuple(
        OpenItem(
            row.id,
            row.key,
            row.number,
            row.text,
            processes[row.id].state,
            row.due_on,
            bool(row.deadline) and row.deadline is not None and row.deadline["kind"] == "on_demand",
        )
        for row in rows
    )


def period_of(road_map: RoadMap) -> Period | None:
    """The time that a running map covers, or None where nobody has said."""
    if road_map.period_start is None or road_map.period_end is None:
        return None
    return Period(road_map.period_text, road_map.period_start, road_map.period_end)


def _approval(found: Mapping[str, Any] | None) -> Approval | None:
    if not found:
        return None
    return Approval(found.get("position"), date.fromisoformat(found["date"]) if found.get("date") else None)


def _as_printed(source: Mapping[str, Any]) -> dict[tuple[int, int], Mapping[str, Any]]:
    """(section, item), both from 1 -> what the source prints where it was mended."""
    return {
        (place, position): item["as_printed"]
        for place, section in enumerate(source.get("sections") or (), start=1)
        for position, item in enumerate(section["items"], start=1)
        if item.get("as_printed")
    }


def _section(
    stage: Stage,
    rows: Sequence[Activity],
    lines: Mapping[str, Sequence[EvidenceRow]],
    numbers: Mapping[str, str],
    printed: Mapping[tuple[int, int], Mapping[str, Any]],
) -> MapSection:
    items = tuple(
        _item(row, lines.get(row.id, ()), numbers, printed.get((stage.position, row.position), {})) for row in rows
    )
    return MapSection(stage.number or None, stage.title, stage.short_title or stage.title, stage.lead_in or None, items)


def _item(
    row: Activity, lines: Sequence[EvidenceRow], numbers: Mapping[str, str], printed: Mapping[str, Any]
) -> MapItem:
    who = row.responsible
    return MapItem(
        key=row.key,
        number=row.number or None,
        text=row.text,
        short_title=row.short_title or row.text,
        subpoints=tuple(row.subpoints),
        parent=numbers.get(row.parent_id) if row.parent_id else None,
        documents=tuple(row.documents),
        deadline=from_contract(row.deadline) if row.deadline else None,
        responsible=Responsible(who["text"], tuple(who["roles"]), tuple(who["persons"])) if who else None,
        result=row.result or None,
        indicator=row.indicator or None,
        as_printed=dict(printed),
        acceptance=row.acceptance,
        evidence=tuple(
            EvidenceLine(
                line.title,
                line.kind,
                line.document or None,
                line.fact or None,
                line.share,
                line.at_least,
                line.at_most,
                line.per_organisation,
            )
            for line in lines
        ),
        by_organisation=row.by_organisation,
    )
