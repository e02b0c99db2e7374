"""Every SQL statement over running road maps; one named function each.

`scope` is the organisation asked for: rows of another one are not found, whatever their id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import NotFound
from workflow_core.queries import chunks
from workflow_core.tables import Register, process_table
from workflows.road_maps.tables import (
    Activity,
    ActivityFact,
    CalendarFeed,
    EvidenceLine,
    MapFile,
    Occurrence,
    OwnMap,
    RoadMap,
    Stage,
    counted_calendar_table,
)

_Row = TypeVar("_Row", bound=Register)


def _own(session: Session, row: type[_Row], scope: str, row_id: str, what: str) -> _Row:
    found = session.get(row, row_id)
    if found is None or found.organisation_id != scope:
        raise NotFound(what, row_id)
    return found


# -- maps and sections ------------------------------------------------------------------------------------------------


def road_map(session: Session, scope: str, road_map_id: str) -> RoadMap:
    """One map of this organisation. Raises NotFound, for another organisation's too."""
    return _own(session, RoadMap, scope, road_map_id, "дорожная карта")


def road_maps(session: Session, scope: str) -> list[RoadMap]:
    """All maps of the organisation, newest first."""
    query = select(RoadMap).where(col(RoadMap.organisation_id) == scope)
    return list(session.exec(query.order_by(col(RoadMap.adopted_on).desc(), col(RoadMap.id).desc())))


def running_maps(session: Session, scope: str) -> list[RoadMap]:
    """Maps at work that are not completed, newest first."""
    query = select(RoadMap).join(process_table, process_table.c.id == col(RoadMap.id))
    query = query.where(col(RoadMap.organisation_id) == scope, process_table.c.state != "completed")
    return list(session.exec(query.order_by(col(RoadMap.adopted_on).desc(), col(RoadMap.id).desc())))


def stage(session: Session, scope: str, stage_id: str) -> Stage:
    """One section of this organisation. Raises NotFound."""
    return _own(session, Stage, scope, stage_id, "раздел")


def stages(session: Session, scope: str, road_map_ids: Iterable[str]) -> list[Stage]:
    """Sections of some maps in printed order."""
    found: list[Stage] = []
    for part in chunks(road_map_ids):
        query = select(Stage).where(col(Stage.organisation_id) == scope, col(Stage.road_map_id).in_(part))
        found += session.exec(query)
    return sorted(found, key=lambda row: (row.road_map_id, row.position))


# -- items ------------------------------------------------------------------------------------------------------------


def activity(session: Session, scope: str, activity_id: str) -> Activity:
    """One item of this organisation. Raises NotFound."""
    return _own(session, Activity, scope, activity_id, "пункт плана")


def activities(session: Session, scope: str, ids: Iterable[str]) -> list[Activity]:
    """Some items by id; others' are left out."""
    return list(_of(session, Activity, scope, Activity.id, ids))


def activities_of_maps(session: Session, scope: str, road_map_ids: Iterable[str]) -> list[Activity]:
    """All items of some maps, section after section in printed order."""
    ids = list(road_map_ids)
    order = {row.id: row.position for row in stages(session, scope, ids)}
    rows = _of(session, Activity, scope, Activity.road_map_id, ids)
    return sorted(rows, key=lambda row: (row.road_map_id, order.get(row.stage_id, 0), row.position))


def activities_of_stage(session: Session, scope: str, stage_id: str) -> list[Activity]:
    """All items of one section in printed order."""
    return sorted(_of(session, Activity, scope, Activity.stage_id, [stage_id]), key=lambda row: row.position)


def states_of_stage(session: Session, scope: str, stage_id: str) -> list[str]:
    """States of all items of one section."""
    query = (
        sa.select(process_table.c.state)
        .join(Activity, col(Activity.id) == process_table.c.id)
        .where(col(Activity.organisation_id) == scope, col(Activity.stage_id) == stage_id)
    )
    return [str(row[0]) for row in session.connection().execute(query)]


def states_of_children(session: Session, scope: str, parent_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """(number, state) of the sub-items of heading items, by heading."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in chunks(parent_ids):
        query = (
            sa.select(col(Activity.parent_id), col(Activity.number), process_table.c.state)
            .join(process_table, process_table.c.id == col(Activity.id))
            .where(col(Activity.organisation_id) == scope, col(Activity.parent_id).in_(part))
            .order_by(col(Activity.position))
        )
        for parent, number, state in session.connection().execute(query):
            found.setdefault(parent, []).append((number, state))
    return found


def responsible_people(session: Session, scope: str, ids: Iterable[str]) -> dict[str, str]:
    """Item -> the person who answers for it; items of nobody are left out."""
    found: dict[str, str] = {}
    for part in chunks(ids):
        query = sa.select(col(Activity.id), col(Activity.responsible_person_id)).where(
            col(Activity.organisation_id) == scope, col(Activity.id).in_(part)
        )
        found.update({row[0]: row[1] for row in session.connection().execute(query) if row[1]})
    return found


def running_activities(session: Session, scope: str, states: Iterable[str] | None = None) -> list[Activity]:
    """Items of all maps that are not completed, in these states (None: in any), map after map in printed order."""
    map_process, own_process = process_table.alias("map_process"), process_table.alias("own_process")
    query: Any = (
        select(Activity)
        .join(Stage, col(Stage.id) == col(Activity.stage_id))
        .join(map_process, map_process.c.id == col(Activity.road_map_id))
        .join(own_process, own_process.c.id == col(Activity.id))
        .where(col(Activity.organisation_id) == scope, map_process.c.state != "completed")
    )
    if states is not None:
        query = query.where(own_process.c.state.in_(list(states)))
    return list(session.exec(query.order_by(col(Activity.road_map_id), col(Stage.position), col(Activity.position))))


def counted_calendar(session: Session, scope: str) -> WorkingCalendar | None:
    """The calendar by which dates were counted last; None where nobody has kept one yet."""
    table = counted_calendar_table.c
    found = session.connection().execute(sa.select(table.calendar).where(table.organisation_id == scope)).scalar()
    return None if found is None else WorkingCalendar.from_json(found)


def keep_counted_calendar(session: Session, scope: str, calendar: WorkingCalendar) -> None:
    """Dates are counted by this calendar now."""
    table, connection = counted_calendar_table, session.connection()
    connection.execute(table.delete().where(table.c.organisation_id == scope))
    connection.execute(table.insert().values(organisation_id=scope, calendar=calendar.to_json()))


# -- what hangs on items ----------------------------------------------------------------------------------------------


def evidence_lines(session: Session, scope: str, activity_ids: Iterable[str]) -> dict[str, list[EvidenceLine]]:
    """What proves each item, in order; items without a line are left out."""
    return _by_activity(_of(session, EvidenceLine, scope, EvidenceLine.activity_id, activity_ids), _position)


def occurrence(session: Session, scope: str, occurrence_id: str) -> Occurrence:
    """One occurrence of this organisation. Raises NotFound."""
    return _own(session, Occurrence, scope, occurrence_id, "срок")


def occurrences(session: Session, scope: str, activity_ids: Iterable[str]) -> dict[str, list[Occurrence]]:
    """Times and organisations that each item has to be done for, in order; items done once are left out."""
    return _by_activity(_of(session, Occurrence, scope, Occurrence.activity_id, activity_ids), _position)


def facts(session: Session, scope: str, activity_ids: Iterable[str]) -> dict[str, list[ActivityFact]]:
    """What was done for each item, oldest first."""
    rows = _of(session, ActivityFact, scope, ActivityFact.activity_id, activity_ids)
    return _by_activity(rows, lambda row: (row.happened_on, row.id))


def fact_documents(session: Session, scope: str, activity_ids: Iterable[str]) -> dict[str, list[str | None]]:
    """Of each fact of each item the paper that it names, or None; items without a fact are left out."""
    found: dict[str, list[str | None]] = {}
    for part in chunks(activity_ids):
        query = sa.select(col(ActivityFact.activity_id), col(ActivityFact.document_id)).where(
            col(ActivityFact.organisation_id) == scope, col(ActivityFact.activity_id).in_(part)
        )
        for activity_id, document_id in session.connection().execute(query):
            found.setdefault(activity_id, []).append(document_id)
    return found


def _position(row: Any) -> Any:
    return row.position


def _of(session: Session, row: type[_Row], scope: str, column: Any, ids: Iterable[str]) -> Iterator[_Row]:
    for part in chunks(ids):
        yield from session.exec(select(row).where(col(row.organisation_id) == scope, col(column).in_(part)))


def _by_activity(rows: Iterable[Any], order: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in sorted(rows, key=order):
        found.setdefault(row.activity_id, []).append(row)
    return found


def period_starts(session: Session, scope: str, road_map_ids: Iterable[str]) -> Mapping[str, Any]:
    """First day of each map's period, or None."""
    return {row.id: row.period_start for row in _of(session, RoadMap, scope, RoadMap.id, road_map_ids)}


# -- files and own maps -----------------------------------------------------------------------------------------------


def map_file(session: Session, scope: str, file_id: str) -> MapFile:
    """One uploaded file of this organisation. Raises NotFound, for another organisation's too."""
    return _own(session, MapFile, scope, file_id, "файл карты")


def map_file_or_none(session: Session, scope: str, file_id: str) -> MapFile | None:
    """The same, None where it has been taken away."""
    found = session.get(MapFile, file_id)
    return found if found is not None and found.organisation_id == scope else None


def map_file_of_bytes(session: Session, scope: str, sha256: str) -> MapFile | None:
    """The file of this organisation with exactly these bytes."""
    query = select(MapFile).where(col(MapFile.organisation_id) == scope, col(MapFile.sha256) == sha256)
    return session.exec(query).first()


class FileLine(NamedTuple):
    """A file in the list of files, without what was read in it."""

    id: str
    name: str
    uploaded_on: date
    uploaded_by: str
    reading_status: str
    refusal: str
    own_map_id: str | None


def map_files(session: Session, scope: str, limit: int = 50) -> list[FileLine]:
    """The newest uploaded files of the organisation."""
    columns = [col(getattr(MapFile, name)) for name in FileLine._fields]
    query = sa.select(*columns).where(col(MapFile.organisation_id) == scope).order_by(col(MapFile.id).desc())
    return [FileLine(*row) for row in session.connection().execute(query.limit(limit))]


def own_map(session: Session, scope: str, own_map_id: str) -> OwnMap:
    """One own map of this organisation. Raises NotFound."""
    return _own(session, OwnMap, scope, own_map_id, "дорожная карта")


def own_maps(session: Session, scope: str) -> list[OwnMap]:
    """All own maps of the organisation by title."""
    query = select(OwnMap).where(col(OwnMap.organisation_id) == scope)
    return list(session.exec(query.order_by(col(OwnMap.title), col(OwnMap.id))))


def own_map_of_code(session: Session, scope: str, code: str) -> OwnMap | None:
    """The own map of this organisation under a code."""
    query = select(OwnMap).where(col(OwnMap.organisation_id) == scope, col(OwnMap.code) == code)
    return session.exec(query).first()


# -- subscriptions ----------------------------------------------------------------------------------------------------


def calendar_feed(session: Session, feed_id: str) -> CalendarFeed | None:
    """A subscription of any organisation: whoever asks has its signed address and nothing else."""
    return session.get(CalendarFeed, feed_id)


def calendar_feed_of(session: Session, scope: str, road_map_id: str, account_id: str) -> CalendarFeed | None:
    """The account's subscription to a map that has not ended."""
    query = select(CalendarFeed).where(
        col(CalendarFeed.organisation_id) == scope,
        col(CalendarFeed.road_map_id) == road_map_id,
        col(CalendarFeed.account_id) == account_id,
        col(CalendarFeed.ended_on).is_(None),
    )
    return session.exec(query).first()
