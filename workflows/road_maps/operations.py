"""What can be done with a running map beyond the steps of its items: take it into work, many items at once, next year's map.

Each takes an open `Write` first and never commits; steps go through `workflow_core.operations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from workflow_core import operations, timers
from workflow_core import queries as core_queries
from workflow_core.exceptions import InvalidInput
from workflow_core.operations import RowResult, StepRequest
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.organisations import policy
from workflows.organisations import queries as organisations
from workflows.organisations.school_calendar import terms_between
from workflows.organisations.settings import lifecycle
from workflows.organisations.tables import Organisation, OrganisationKind
from workflows.road_maps import deadlines, queries
from workflows.road_maps.adoption import AdoptedItem, AdoptionPlan
from workflows.road_maps.copying import CARRY_OVER, EVENTS, OPTIONS, USUAL_GROUNDS, CopyDecision
from workflows.road_maps.deadlines import from_contract, to_contract
from workflows.road_maps.map_file import ACCEPTANCES
from workflows.road_maps.map_template import MapItem, as_contract
from workflows.road_maps.running_map import period_of
from workflows.road_maps.tables import Activity, EvidenceLine, Occurrence, RoadMap, Stage

ACCEPTANCE_SETTING = "acceptance.default"
FOUND_STATES = ("done", "partly_done", "not_needed")
"""States in which an item may be found when the map is taken into work."""
SCHOOLS = (OrganisationKind.SCHOOL, OrganisationKind.KINDERGARTEN, OrganisationKind.COLLEGE)
_FOUND_REMARK = "внесено при начале работы"


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item that was finished before the map was taken into work."""

    done_on: date
    remark: str = ""
    state: str = "done"
    """One of `FOUND_STATES`."""


@dataclass(frozen=True, slots=True)
class CopyResult:
    """The map of the new year and what became of each open item of the old one."""

    road_map: RoadMap
    rows: tuple[RowResult, ...]


_NONE: Mapping[str, Any] = MappingProxyType({})


# -- taking a map into work -------------------------------------------------------------------------------------------


def adopt(
    write: Write,
    plan: AdoptionPlan,
    done_items: Mapping[str, FoundItem] = _NONE,
    *,
    title: str = "",
    responsible: Mapping[str, str] = _NONE,
    previous_id: str | None = None,
) -> RoadMap:
    """Take a map into work as planned. `done_items` and `responsible` (person id) go by the item's key in the template.

    Raises NotPermitted, NotFound for an unknown key or person, InvalidInput for the same map of the same period or a wrong day.
    """
    policy.require(write.actor, "map.adopt")
    for key in (*done_items, *responsible):
        plan.template.item(key)
    _check_found(write, done_items)
    _check_not_running(write, plan)
    for person_id in responsible.values():
        organisations.person(write.session, write.scope, person_id)
    road_map = _road_map(write, plan, title, previous_id)
    made = _Made(write, plan, road_map, done_items, responsible)
    made.build()
    write.session.add_all([road_map, *made.stages, *made.activities, *made.lines, *made.occurrences])
    write.session.flush()
    _begin(write, plan, made)
    return road_map


def _check_found(write: Write, done_items: Mapping[str, FoundItem]) -> None:
    errors = {}
    for key, found in done_items.items():
        if found.state not in FOUND_STATES:
            errors[key] = f"Пункт {key}: «{found.state}» не бывает итогом."
        elif found.done_on > write.today:
            errors[key] = f"Пункт {key}: дата {found.done_on:%d.%m.%Y} ещё не наступила."
    if errors:
        raise InvalidInput(errors)


def _check_not_running(write: Write, plan: AdoptionPlan) -> None:
    same = [
        row
        for row in queries.road_maps(write.session, write.scope)
        if row.source_code == plan.template.code
        and (row.period_start, row.period_end)
        == ((plan.period.start, plan.period.end) if plan.period else (None, None))
    ]
    processes = core_queries.processes(write.session, [row.id for row in same])
    if any(process.state != "completed" for process in processes.values()):
        raise InvalidInput({"": f"Карта «{same[0].title}» за этот период уже взята в работу. Откройте её."})


def _road_map(write: Write, plan: AdoptionPlan, title: str, previous_id: str | None) -> RoadMap:
    template, period = plan.template, plan.period
    return RoadMap(
        organisation_id=write.scope,
        source_code=template.code,
        title=title.strip() or template.title,
        level=template.level,
        period_text=period.text if period else "",
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        previous_id=previous_id,
        adopted_on=write.today,
        source=as_contract(template),
    )


class _Made:
    """The rows of one adoption."""

    def __init__(
        self,
        write: Write,
        plan: AdoptionPlan,
        road_map: RoadMap,
        found: Mapping[str, FoundItem],
        responsible: Mapping[str, str],
    ) -> None:
        self.write, self.plan, self.road_map, self.found, self.responsible = write, plan, road_map, found, responsible
        self.stages: list[Stage] = []
        self.activities: list[Activity] = []
        self.lines: list[EvidenceLine] = []
        self.occurrences: list[Occurrence] = []
        self.default_acceptance = default_acceptance(write)
        self.schools = schools(write) if any(item.by_organisation for item in plan.template.items) else []

    def build(self) -> None:
        adopted = iter(self.plan.items)
        for place, section in enumerate(self.plan.template.sections, start=1):
            stage = Stage(
                organisation_id=self.write.scope,
                road_map_id=self.road_map.id,
                number=section.number or "",
                title=section.title,
                short_title=section.short_title,
                lead_in=section.lead_in or "",
                position=place,
                word=self.plan.template.words.get("section", "раздел"),
            )
            self.stages.append(stage)
            numbered: dict[str, str] = {}
            for position, one in enumerate((next(adopted) for _item in section.items), start=1):
                row = self._activity(stage, one, position, numbered)
                if row.number:
                    numbered[row.number] = row.id
                self.activities.append(row)
                self.lines += evidence_rows(self.write.scope, row.id, one.item)
                self.occurrences += self._occurrences(row, one)

    def _activity(self, stage: Stage, one: AdoptedItem, position: int, numbered: Mapping[str, str]) -> Activity:
        row = activity_row(stage, one.item, one.deadline, one.due, position, self.default_acceptance)
        row.parent_id = numbered.get(one.item.parent) if one.item.parent else None
        row.responsible_person_id = self.responsible.get(one.item.key)
        return row

    def _occurrences(self, row: Activity, one: AdoptedItem) -> Iterator[Occurrence]:
        found = self.found.get(one.item.key)
        for line in new_lines(self.write, row, one.occurrences, self.schools if row.by_organisation else ()):
            if found and found.state == "done":
                line.done_on, line.remark = found.done_on, _FOUND_REMARK
            yield line


def activity_row(
    stage: Stage,
    item: MapItem,
    deadline: deadlines.Deadline | None,
    due: date | None,
    position: int,
    default_acceptance: str,
) -> Activity:
    """The item as a row of a section, with the dates that it gets."""
    who = item.responsible
    return Activity(
        organisation_id=stage.organisation_id,
        road_map_id=stage.road_map_id,
        stage_id=stage.id,
        key=item.key,
        number=item.number or "",
        text=item.text,
        short_title=item.short_title,
        subpoints=list(item.subpoints),
        position=position,
        deadline=to_contract(deadline) if deadline else None,
        starts_on=deadline.start if deadline and deadline.kind != "list" else None,
        due_on=due,
        planned_due_on=due,
        responsible={"text": who.text, "roles": list(who.roles), "persons": list(who.persons)} if who else None,
        result=item.result or "",
        indicator=item.indicator or "",
        acceptance=default_acceptance if item.acceptance == "none" else item.acceptance,
        documents=list(item.documents),
        by_organisation=item.by_organisation,
    )


def new_lines(
    write: Write, row: Activity, times: Sequence[deadlines.Occurrence], places: Sequence[Organisation]
) -> Iterator[Occurrence]:
    """A line for each time and each organisation of an item; none for an item that is done once by one."""
    if not times and not places:
        return
    pairs = ((time, place) for time in (times or (None,)) for place in (places or (None,)))
    for position, (time, place) in enumerate(pairs, start=1):
        yield Occurrence(
            organisation_id=write.scope,
            activity_id=row.id,
            label=", ".join([*([time.label] if time else []), *([place.short_title] if place else [])]),
            position=position,
            starts_on=time.start if time else row.starts_on,
            due_on=time.due if time else row.due_on,
            for_organisation_id=place.id if place else None,
            # Nobody was asked about a time that went by before; about the item itself somebody was.
            before_adoption=time is not None and time.due < write.today,
        )


def evidence_rows(scope: str, activity_id: str, item: MapItem) -> Iterator[EvidenceLine]:
    """The item's lines as rows."""
    for position, line in enumerate(item.evidence, start=1):
        yield EvidenceLine(
            organisation_id=scope,
            activity_id=activity_id,
            position=position,
            title=line.title,
            kind=line.kind,
            document=line.document or "",
            fact=line.fact or "",
            share=line.share,
            at_least=line.at_least,
            at_most=line.at_most,
            per_organisation=line.per_organisation,
        )


def default_acceptance(write: Write) -> str:
    """Who accepts an item of which the map does not say it: the organisation's own answer, else nobody."""
    default = write.profile.settings.get(ACCEPTANCE_SETTING)
    return str(default) if default in ACCEPTANCES else "none"


def schools(write: Write) -> list[Organisation]:
    """Organisations below this one that do an item each for itself."""
    below = organisations.organisations_below(write.session, [write.scope])
    return [row for row in below if row.active and row.kind in SCHOOLS]


def _begin(write: Write, plan: AdoptionPlan, made: _Made) -> None:
    """Start the processes: finished items as found, the others planned since the map's own beginning.

    A step may be dated back to any day of the map; only what is earlier than the map itself needs a ground.
    """
    since = _beginning(plan, write.today)
    operations.start(write, lifecycle_of(write, "road_map"), "road_map", made.road_map.id, "adopt", happened_on=since)
    for row in made.activities:
        found = made.found.get(row.key)
        if found:
            operations.enter_as_found(
                write,
                lifecycle_of(write, "activity"),
                "activity",
                row.id,
                found.state,
                happened_on=found.done_on,
                remark=found.remark,
            )
        else:
            operations.start(write, lifecycle_of(write, "activity"), "activity", row.id, "plan", happened_on=since)
    for stage in made.stages:
        keys = [row.key for row in made.activities if row.stage_id == stage.id]
        _begin_stage(write, stage, [made.found[key].done_on for key in keys if key in made.found], len(keys), since)


def lifecycle_of(write: Write, shipped: str) -> str:
    """Code of the lifecycle that the place has chosen instead of the shipped one."""
    return lifecycle(write.profile.settings, shipped)


def _begin_stage(write: Write, stage: Stage, done: Sequence[date], items: int, since: date) -> None:
    if not done:
        operations.start(write, lifecycle_of(write, "stage"), "stage", stage.id, "plan", happened_on=since)
        return
    state, day = ("completed", max(done)) if len(done) == items else ("running", min(done))
    operations.enter_as_found(write, lifecycle_of(write, "stage"), "stage", stage.id, state, happened_on=day)


def _beginning(plan: AdoptionPlan, today: date) -> date:
    days = [today, *([plan.period.start] if plan.period else [])]
    for item in plan.items:
        days += [day for day in (item.deadline and item.deadline.start, item.due) if day]
    return min(days)


# -- items ------------------------------------------------------------------------------------------------------------


def assign_responsible(write: Write, activity_ids: Iterable[str], person_id: str | None) -> list[Activity]:
    """Name who answers for some items, or nobody. Raises NotPermitted, NotFound."""
    policy.require(write.actor, "map.edit")
    if person_id:
        organisations.person(write.session, write.scope, person_id)
    rows = [queries.activity(write.session, write.scope, one) for one in activity_ids]
    for row in rows:
        row.responsible_person_id = person_id or None
    return rows


def set_acceptance(write: Write, activity_id: str, acceptance: str) -> Activity:
    """Say who or what accepts an item: paper, head, district or none. Raises NotPermitted, NotFound, InvalidInput."""
    policy.require(write.actor, "map.edit")
    if acceptance not in ACCEPTANCES:
        raise InvalidInput({"acceptance": "Выберите, кто принимает пункт."})
    row = queries.activity(write.session, write.scope, activity_id)
    row.acceptance = acceptance
    return row


def add_organisations(write: Write, road_map_id: str) -> int:
    """Add organisations that came under the district since to all items that each does for itself; gives how many lines."""
    policy.require(write.actor, "map.edit")
    road_map = queries.road_map(write.session, write.scope, road_map_id)
    rows = [row for row in queries.activities_of_maps(write.session, write.scope, [road_map_id]) if row.by_organisation]
    there = queries.occurrences(write.session, write.scope, [row.id for row in rows])
    places = schools(write)
    period = period_of(road_map)
    terms = terms_between(write.profile.settings, period.start, period.end) if period else None
    added: list[Occurrence] = []
    for row in rows:
        known = {time.for_organisation_id for time in there.get(row.id, ())}
        times = deadlines.occurrences(from_contract(row.deadline), period, terms) if row.deadline else ()
        missing = [place for place in places if place.id not in known]
        for time in new_lines(write, row, times, missing) if missing else ():
            late = time.due_on is not None and time.due_on < write.today
            time.position, time.before_adoption = time.position + len(there.get(row.id, ())), late
            added.append(time)
    write.session.add_all(added)
    timers.plan(write, "activity", [time.activity_id for time in added])
    return len(added)


def complete_many(
    write: Write, activity_ids: Iterable[str], *, happened_on: date | None = None, remark: str = "", ground: str = ""
) -> list[RowResult]:
    """Mark many items done; a row that is refused stays as it is and says why."""
    return _many(write, activity_ids, "complete", {}, happened_on, remark, ground)


def accept_many(
    write: Write,
    activity_ids: Iterable[str],
    *,
    control_sheet: str = "",
    happened_on: date | None = None,
    remark: str = "",
    ground: str = "",
) -> list[RowResult]:
    """Accept many items, by one control sheet («лист контроля») where the actor does not accept in person."""
    fields = {"control_sheet": control_sheet} if control_sheet else {}
    return _many(write, activity_ids, "accept", fields, happened_on, remark, ground)


def reschedule_many(
    write: Write, activity_ids: Iterable[str], due_on: date, *, ground: str, order: str = ""
) -> list[RowResult]:
    """Give many items a new date on one ground."""
    fields = {"due_on": due_on.isoformat(), **({"order": order} if order else {})}
    return _many(write, activity_ids, "reschedule", fields, None, "", ground)


def _many(
    write: Write,
    ids: Iterable[str],
    event: str,
    fields: Mapping[str, Any],
    happened_on: date | None,
    remark: str,
    ground: str,
) -> list[RowResult]:
    requests = [StepRequest(one, event, fields, happened_on, remark, ground) for one in ids]
    return operations.fire_many(write, requests)


# -- the next year ----------------------------------------------------------------------------------------------------


def copy_for_new_year(
    write: Write,
    road_map_id: str,
    plan: AdoptionPlan,
    decisions: Sequence[CopyDecision],
    *,
    title: str = "",
) -> CopyResult:
    """Take the map of the next period into work and settle the open items of the old one as decided, each for itself.

    An item that is carried over goes on in the item of the new map that it names, or in a new one at its place.
    """
    old = queries.road_map(write.session, write.scope, road_map_id)
    rows = {one.activity_id: queries.activity(write.session, write.scope, one.activity_id) for one in decisions}
    foreign = [row for row in rows.values() if row.road_map_id != old.id]
    if foreign:
        raise InvalidInput({"": f"Пункт {foreign[0].number} относится к другой карте."})
    new = adopt(write, plan, title=title, previous_id=old.id)
    targets = {row.key: row for row in queries.activities_of_maps(write.session, write.scope, [new.id])}
    states = {key: process.state for key, process in core_queries.processes(write.session, rows).items()}
    requests: list[StepRequest] = []
    for one in decisions:
        requests += _settle(write, new, rows[one.activity_id], states[one.activity_id], one, targets)
    return CopyResult(new, tuple(operations.fire_many(write, requests)))


def _settle(
    write: Write, new: RoadMap, row: Activity, state: str, decision: CopyDecision, targets: Mapping[str, Activity]
) -> list[StepRequest]:
    """The steps that an answer comes to; one that the item's state leaves no room for is refused as its own row."""
    event = EVENTS.get(decision.action)
    if event is None:
        raise InvalidInput({"action": "Выберите: перенести, снять или новый срок."})
    step = StepRequest(row.id, event, ground=decision.ground or USUAL_GROUNDS.get(decision.action, ""))
    if decision.action not in OPTIONS.get(state, ()):
        return [step]
    new_day = {"due_on": decision.due_on.isoformat()} if decision.due_on else {}
    if decision.action != CARRY_OVER:
        return [step._replace(fields=new_day)]
    target = targets.get(decision.next_key) or _continued(write, new, row, targets)
    schedule = [StepRequest(target.id, "set_schedule", new_day)] if new_day else []
    return [*schedule, step._replace(fields={"next_item": target.id})]


def _continued(write: Write, new: RoadMap, row: Activity, taken: Mapping[str, Activity]) -> Activity:
    """A new item of the next map that goes on with one that it does not have."""
    old_stage = queries.stage(write.session, write.scope, row.stage_id)
    stages = queries.stages(write.session, write.scope, [new.id])
    stage = next((one for one in stages if one.title == old_stage.title), None)
    stage = stage or next((one for one in stages if one.position == old_stage.position), stages[-1])
    siblings = queries.activities_of_stage(write.session, write.scope, stage.id)
    copy = Activity.model_validate(
        row.model_dump(exclude={"parent_id", "carried_to_id"})
        | {
            "id": new_id(),
            "road_map_id": new.id,
            "stage_id": stage.id,
            "position": len(siblings) + 1,
            "key": f"{stage.position}/{len(siblings) + 1}" if row.key in taken else row.key,
            "starts_on": None,
            "due_on": None,
            "planned_due_on": None,
        }
    )
    write.session.add(copy)
    for line in queries.evidence_lines(write.session, write.scope, [row.id]).get(row.id, []):
        write.session.add(EvidenceLine.model_validate(line.model_dump() | {"id": new_id(), "activity_id": copy.id}))
    write.session.flush()
    operations.start(write, lifecycle_of(write, "activity"), "activity", copy.id, "plan")
    return copy
