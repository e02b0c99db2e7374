"""What pages, the API and commands show of running maps: frozen values, loaded in bulk.

The number of statements does not grow with the items of a map. Texts are Russian and ready to show; colours, plural forms
beyond the shared word list and addresses belong to the web edge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from workflow_core import queries as core_queries
from workflow_core.calendars import WorkingCalendar
from workflow_core.tables import Process
from workflow_core.timers import calendar_of
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations import queries as organisations
from workflows.organisations.people import label
from workflows.road_maps import queries
from workflows.road_maps.calendar_change import DEADLINE_MOVED
from workflows.road_maps.deadlines import describe, from_contract
from workflows.road_maps.evidence import Evidence, LineState
from workflows.road_maps.facts import OccurrenceValue, evidence_of, occurrence_value
from workflows.road_maps.lateness import (
    DUE_SOON_DAYS,
    FINISHED_STATES,
    Lateness,
    lateness,
    working_day_before,
)
from workflows.road_maps.tables import Activity, RoadMap, Stage

NEEDS_DATE = ("", "none", "by_schedule")
"""Kinds of deadlines that wait for a person to name a day; empty where the map names no deadline."""
UNAPPROVED = frozenset({"draft", "agreement", "remarks", "agreed"})
UNAPPROVED_NOTE = "Карта ещё не утверждена"
ACCEPTANCE_TITLES = {
    "paper": "по документу",
    "head": "принимает руководитель",
    "district": "принимает отдел образования",
    "none": "без приёмки",
}


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as a row or page shows it."""

    id: str
    road_map_id: str
    stage_id: str
    parent_id: str
    key: str
    number: str
    text: str
    short_title: str
    subpoints: tuple[str, ...]
    state: str
    state_title: str
    version: int
    definition_hash: str
    """Of the rules that the item runs by."""
    since: date
    deadline_text: str
    """As the map has it, for its own year: «до 3 июня 2026», «раз в четверть», «срок не указан»."""
    deadline_kind: str
    """Kind of the deadline by the reader's contract; empty where the map names none."""
    starts_on: date | None
    due_on: date | None
    planned_due_on: date | None
    working_day_before: date | None
    """Shown beside `due_on` where that is a day off."""
    lateness: Lateness
    responsible_text: str
    """The person who was named, else the words of the map, else empty."""
    responsible_person_id: str
    result: str
    indicator: str
    documents: tuple[str, ...]
    acceptance: str
    by_organisation: bool
    carried_to_id: str
    occurrences: tuple[OccurrenceValue, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def is_open(self) -> bool:
        """Whether something is still to come: in a state that a plugin puts on the way too."""
        return self.state not in FINISHED_STATES

    @property
    def overdue(self) -> bool:
        return self.lateness.is_overdue

    @property
    def overdue_by_days(self) -> int:
        return self.lateness.overdue_by_days

    @property
    def without_date(self) -> bool:
        """Open, and waiting for somebody to name a day: until then it can't be late. «По мере необходимости» needs none."""
        dated = self.due_on is not None or any(time.due_on for time in self.occurrences)
        return self.is_open and not dated and self.deadline_kind in NEEDS_DATE

    @property
    def rescheduled(self) -> bool:
        """Whether the date is no longer the one that the map gave."""
        return self.planned_due_on is not None and self.due_on != self.planned_due_on

    @property
    def acceptance_title(self) -> str:
        return ACCEPTANCE_TITLES.get(self.acceptance, self.acceptance)

    @property
    def evidence_lines(self) -> tuple[LineState, ...]:
        return self.evidence.lines


@dataclass(frozen=True, slots=True)
class Counts:
    """How a set of items stands; `total` leaves out items that left the map (dropped, carried over)."""

    total: int = 0
    done: int = 0
    partly_done: int = 0
    not_needed: int = 0
    in_progress: int = 0
    reported: int = 0
    planned: int = 0
    dropped: int = 0
    carried_over: int = 0
    overdue: int = 0
    without_date: int = 0

    @property
    def text(self) -> str:
        """«3 из 8»: items of which nothing is left to do."""
        return f"{self.done + self.not_needed} из {self.total}"

    @property
    def overdue_text(self) -> str:
        """«просрочен 1», «просрочено 3»; empty where nothing is."""
        if not self.overdue:
            return ""
        one = self.overdue % 10 == 1 and self.overdue % 100 != 11
        return f"{'просрочен' if one else 'просрочено'} {self.overdue}"


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section with its items."""

    id: str
    number: str
    title: str
    short_title: str
    word: str
    lead_in: str
    position: int
    state: str
    state_title: str
    version: int
    counts: Counts
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class MapView:
    """One map: in a list without sections, on its page with them."""

    id: str
    source_code: str
    title: str
    level: str
    period_text: str
    period_start: date | None
    period_end: date | None
    edition: str
    adopted_on: date
    previous_id: str
    state: str
    state_title: str
    version: int
    counts: Counts
    sections: tuple[SectionView, ...] = ()

    @property
    def note(self) -> str:
        """«Карта ещё не утверждена», or empty; its items run all the same."""
        return UNAPPROVED_NOTE if self.state in UNAPPROVED else ""


@dataclass(frozen=True, slots=True)
class FactView:
    """Something that was done for an item."""

    id: str
    happened_on: date
    text: str
    link: str
    document_id: str
    occurrence: str
    """Label of the time or organisation that it closed, or empty."""


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """A date that an item had before a step gave it another."""

    seq: int
    """Number of the history entry."""
    happened_on: date
    event: str
    old_due_on: date | None
    new_due_on: date


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """An item's own page."""

    item: ItemView
    facts: tuple[FactView, ...]
    schedule: tuple[ScheduleChange, ...]
    children: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class DeskRows:
    """What the desk «Сегодня» shows of road maps."""

    overdue: tuple[ItemView, ...]
    """Longest overdue first."""
    due_soon: tuple[ItemView, ...]
    """Soonest first."""
    without_date: tuple[ItemView, ...]
    waiting_for_acceptance: tuple[ItemView, ...]
    counts: Counts
    """Of all items of the maps that run: the year as a whole."""


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items of the running maps a list shows; empty = all."""

    road_map_id: str = ""
    status: str = ""
    """open | overdue | due_soon | without_date | done | a state."""
    responsible_person_id: str = ""
    """«Мои»."""


# -- items ------------------------------------------------------------------------------------------------------------


def item_views(
    uow: UnitOfWork,
    rows: Sequence[Activity],
    *,
    calendar: WorkingCalendar | None = None,
    evidence: bool = True,
    on_date: date | None = None,
) -> list[ItemView]:
    """The items as pages show them, in the order given; `evidence=False` leaves out what needs other registers."""
    day, days_off = on_date or uow.today, calendar or calendar_of(uow)
    ids = [row.id for row in rows]
    processes = core_queries.processes(uow.session, ids)
    times = queries.occurrences(uow.session, uow.scope, ids)
    people = organisations.people(
        uow.session, uow.scope, {row.responsible_person_id for row in rows if row.responsible_person_id}
    )
    proven: Mapping[str, Evidence] = {}
    if evidence:
        proven = evidence_of(uow.session, uow.catalogue, uow.scope, rows, day, times)
    names = {person_id: label(person) for person_id, person in people.items()}
    return [
        _view(
            uow,
            row,
            processes[row.id],
            tuple(occurrence_value(time) for time in times.get(row.id, ())),
            names.get(row.responsible_person_id or "", ""),
            proven.get(row.id) or Evidence(row.id, row.acceptance),
            day,
            days_off,
        )
        for row in rows
    ]


def _view(
    uow: UnitOfWork,
    row: Activity,
    process: Process,
    times: tuple[OccurrenceValue, ...],
    person: str,
    evidence: Evidence,
    day: date,
    days_off: WorkingCalendar,
) -> ItemView:
    since = date.fromisoformat(process.since)
    return ItemView(
        id=row.id,
        road_map_id=row.road_map_id,
        stage_id=row.stage_id,
        parent_id=row.parent_id or "",
        key=row.key,
        number=row.number,
        text=row.text,
        short_title=row.short_title or row.text,
        subpoints=tuple(row.subpoints),
        state=process.state,
        state_title=_state_title(uow, process),
        version=process.version,
        definition_hash=process.definition_hash,
        since=since,
        deadline_text=describe(from_contract(row.deadline) if row.deadline else None),
        deadline_kind=row.deadline["kind"] if row.deadline else "",
        starts_on=row.starts_on,
        due_on=row.due_on,
        planned_due_on=row.planned_due_on,
        working_day_before=working_day_before(row.due_on, days_off),
        lateness=lateness(process.state, since, row.due_on, times, day),
        responsible_text=person or (row.responsible["text"] if row.responsible else ""),
        responsible_person_id=row.responsible_person_id or "",
        result=row.result,
        indicator=row.indicator,
        documents=tuple(row.documents),
        acceptance=row.acceptance,
        by_organisation=row.by_organisation,
        carried_to_id=row.carried_to_id or "",
        occurrences=times,
        evidence=evidence,
    )


def _state_title(uow: UnitOfWork, process: Process) -> str:
    return uow.definition(process.definition_hash).state_title(process.state)


def count(items: Iterable[ItemView]) -> Counts:
    """How a set of items stands."""
    every = list(items)
    states = Counter(item.state for item in every)
    return Counts(
        total=len(every) - states["dropped"] - states["carried_over"],
        overdue=sum(item.overdue for item in every),
        without_date=sum(item.without_date for item in every),
        **{state: states[state] for state in _COUNTED},
    )


_COUNTED = ("done", "partly_done", "not_needed", "in_progress", "reported", "planned", "dropped", "carried_over")


# -- maps -------------------------------------------------------------------------------------------------------------


def maps(uow: UnitOfWork) -> list[MapView]:
    """All maps of the organisation with their figures, newest first, without sections."""
    rows = queries.road_maps(uow.session, uow.scope)
    activities = queries.activities_of_maps(uow.session, uow.scope, [row.id for row in rows])
    items = item_views(uow, activities, evidence=False)
    processes = core_queries.processes(uow.session, [row.id for row in rows])
    return [
        _map_view(uow, row, processes[row.id], [item for item in items if item.road_map_id == row.id]) for row in rows
    ]


def map_page(
    uow: UnitOfWork, road_map_id: str, *, calendar: WorkingCalendar | None = None, evidence: bool = True
) -> MapView:
    """One map with its sections and items. Raises NotFound."""
    row = queries.road_map(uow.session, uow.scope, road_map_id)
    stages = queries.stages(uow.session, uow.scope, [row.id])
    activities = queries.activities_of_maps(uow.session, uow.scope, [row.id])
    items = item_views(uow, activities, calendar=calendar, evidence=evidence)
    processes = core_queries.processes(uow.session, [row.id, *(stage.id for stage in stages)])
    sections = tuple(
        _section_view(uow, stage, processes[stage.id], tuple(item for item in items if item.stage_id == stage.id))
        for stage in stages
    )
    return _map_view(uow, row, processes[row.id], items, sections)


def _section_view(uow: UnitOfWork, stage: Stage, process: Process, items: tuple[ItemView, ...]) -> SectionView:
    return SectionView(
        stage.id,
        stage.number,
        stage.title,
        stage.short_title or stage.title,
        stage.word,
        stage.lead_in,
        stage.position,
        process.state,
        _state_title(uow, process),
        process.version,
        count(items),
        items,
    )


def _map_view(
    uow: UnitOfWork, row: RoadMap, process: Process, items: Sequence[ItemView], sections: tuple[SectionView, ...] = ()
) -> MapView:
    return MapView(
        row.id,
        row.source_code,
        row.title,
        row.level,
        row.period_text,
        row.period_start,
        row.period_end,
        row.edition,
        row.adopted_on,
        row.previous_id or "",
        process.state,
        _state_title(uow, process),
        process.version,
        count(items),
        sections,
    )


# -- one item, lists, the desk ----------------------------------------------------------------------------------------


def item_page(uow: UnitOfWork, activity_id: str, *, calendar: WorkingCalendar | None = None) -> ItemDetail:
    """An item with what was done for it, the dates that it had, and its sub-items. Raises NotFound."""
    row = queries.activity(uow.session, uow.scope, activity_id)
    siblings = queries.activities_of_stage(uow.session, uow.scope, row.stage_id)
    below = [one for one in siblings if one.parent_id == row.id]
    item, *children = item_views(uow, [row, *below], calendar=calendar)
    labels = {time.id: time.label for time in item.occurrences}
    facts = tuple(
        FactView(
            fact.id,
            fact.happened_on,
            fact.text,
            fact.link,
            fact.document_id or "",
            labels.get(fact.occurrence_id or "", ""),
        )
        for fact in queries.facts(uow.session, uow.scope, [row.id]).get(row.id, ())
    )
    return ItemDetail(item, facts, schedule_changes(uow, row), tuple(children))


def schedule_changes(uow: UnitOfWork, row: Activity) -> tuple[ScheduleChange, ...]:
    """Every date that the item was given since, oldest first, with the one before it: read from the history."""
    changes: list[ScheduleChange] = []
    before = row.planned_due_on
    for entry in core_queries.entries_of(uow.session, uow.scope, [row.id]).get(row.id, ()):
        given = (
            entry.input_values.get("due_on") if entry.event in ("set_schedule", "reschedule", DEADLINE_MOVED) else None
        )
        if given:
            due_on = date.fromisoformat(given)
            day = date.fromisoformat(entry.happened_on)
            changes.append(ScheduleChange(entry.seq, day, entry.event, before, due_on))
            before = due_on
    return tuple(changes)


def find_items(
    uow: UnitOfWork,
    wanted: ItemFilter = ItemFilter(),
    *,
    days: int = DUE_SOON_DAYS,
    calendar: WorkingCalendar | None = None,
    evidence: bool = False,
) -> list[ItemView]:
    """Items of one map, or of all maps that run, as the filter asks; in printed order."""
    if wanted.road_map_id:
        queries.road_map(uow.session, uow.scope, wanted.road_map_id)
        rows = queries.activities_of_maps(uow.session, uow.scope, [wanted.road_map_id])
    else:
        rows = queries.running_activities(uow.session, uow.scope)
    if wanted.responsible_person_id:
        rows = [row for row in rows if row.responsible_person_id == wanted.responsible_person_id]
    items = item_views(uow, rows, calendar=calendar, evidence=evidence)
    return [item for item in items if _has_status(item, wanted.status, uow.today, days)]


def _has_status(item: ItemView, status: str, today: date, days: int) -> bool:
    match status:
        case "":
            return True
        case "open":
            return item.is_open
        case "overdue":
            return item.overdue
        case "due_soon":
            return item.lateness.is_due_soon(today, days)
        case "without_date":
            return item.without_date
        case _:
            return item.state == status


def desk(
    uow: UnitOfWork,
    *,
    responsible_person_id: str = "",
    days: int = DUE_SOON_DAYS,
    calendar: WorkingCalendar | None = None,
) -> DeskRows:
    """What of the running maps needs somebody today; with a person only the items that this person answers for."""
    wanted = ItemFilter(responsible_person_id=responsible_person_id)
    items = find_items(uow, wanted, days=days, calendar=calendar)
    today = uow.today
    return DeskRows(
        overdue=tuple(sorted((i for i in items if i.overdue), key=lambda item: -item.overdue_by_days)),
        due_soon=tuple(
            sorted(
                (item for item in items if item.lateness.is_due_soon(today, days)),
                key=lambda item: item.lateness.next_due or date.max,
            )
        ),
        without_date=tuple(item for item in items if item.without_date),
        waiting_for_acceptance=tuple(item for item in items if item.state == "reported"),
        counts=count(items),
    )
