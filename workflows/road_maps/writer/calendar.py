"""A running map as .ics: an all-day event for each day on which something of it falls due.

The same item keeps its UID whatever becomes of it, and its SEQUENCE grows with each step, so that a calendar which has the
file moves the event and does not double it. Names of people are left out: a calendar is shared more easily than a map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from workflow_core import queries as core_queries
from workflow_core.unit_of_work import UnitOfWork
from workflows.road_maps import queries
from workflows.road_maps.facts import OccurrenceValue
from workflows.road_maps.views import ItemView, item_views

PRODUCT = "-//Marshrut//Road map//RU"
REFRESH = timedelta(hours=12)
_DONE = ("done", "not_needed", "partly_done")
_CANCELLED = ("dropped", "carried_over")


@dataclass(frozen=True, slots=True)
class DueDay:
    """One day on which something of an item falls due; `name` is stable within the item."""

    name: str
    on: date
    label: str = ""
    done: bool = False


def running_calendar(uow: UnitOfWork, road_map_id: str, now: datetime, base_url: str = "") -> bytes:
    """The file; `base_url` («https://school.example/items/») is put before an item's id. Raises NotFound."""
    road_map = queries.road_map(uow.session, uow.scope, road_map_id)
    process = core_queries.processes(uow.session, [road_map_id])[road_map_id]
    rows = queries.activities_of_maps(uow.session, uow.scope, [road_map_id])
    sections = {row.id: row.title for row in queries.stages(uow.session, uow.scope, [road_map_id])}
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", road_map.title)
    calendar.add("x-wr-timezone", uow.profile.time_zone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT12H")
    for view in item_views(uow, rows, evidence=False):
        for day in due_days(view):
            event = _event(view, day, sections.get(view.stage_id, ""), f"{base_url}{view.id}" if base_url else "")
            event.add("dtstamp", now)
            event.add("sequence", view.version + process.version)
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def due_days(view: ItemView) -> Iterator[DueDay]:
    """The days of an item: of each of its times, else its own; organisations that have one day in common share it."""
    finished = view.state in _DONE
    dated = [one for one in view.occurrences if one.due_on is not None]
    if not dated:
        if view.due_on is not None:
            yield DueDay("", view.due_on, done=finished)
    elif any(one.for_organisation_id for one in dated):
        yield from _shared(view, dated, finished)
    else:
        for one in dated:
            assert one.due_on is not None
            yield DueDay(f"-{one.id}", one.due_on, one.label, finished or one.done_on is not None)


def _shared(view: ItemView, times: Sequence[OccurrenceValue], finished: bool) -> Iterator[DueDay]:
    days = sorted({one.due_on for one in times if one.due_on is not None})
    for place, day in enumerate(days, start=1):
        mine = [one for one in times if one.due_on == day]
        done = sum(one.done_on is not None for one in mine)
        yield DueDay(f"-{place}", day, f"сделано {done} из {len(mine)}", finished or done == len(mine))


def _event(view: ItemView, day: DueDay, section: str, url: str) -> Event:
    event = Event()
    event.add("uid", f"{view.id}{day.name}@marshrut")
    event.add("dtstart", day.on)
    event.add("dtend", day.on + timedelta(days=1))
    name = f"{view.number} {view.short_title}".strip()
    words = f"{name} ({day.label})" if day.label else name
    event.add("summary", f"Выполнено: {words}" if day.done else words)
    told = [view.text, f"Раздел: {section}" if section else "", f"Срок: {view.deadline_text}"]
    told += [f"Результат: {view.result}" if view.result else "", f"Состояние: {view.state_title}", url]
    event.add("description", "\n".join(line for line in told if line))
    event.add("categories", ["Дорожная карта"])
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if view.state in _CANCELLED else "CONFIRMED")
    if url:
        event.add("url", url)
    return event
