"""The rows of a running map after a new edition: sections and items in their new order, dates, what falls due again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from workflow_core import operations as core_operations
from workflow_core import queries as core_queries
from workflow_core import timers
from workflow_core.exceptions import InvalidInput
from workflow_core.operations import StepRequest
from workflow_core.unit_of_work import Write
from workflows.organisations.school_calendar import terms_between
from workflows.organisations.tables import Organisation
from workflows.road_maps import deadlines, operations, queries
from workflows.road_maps.deadlines import due_on, to_contract
from workflows.road_maps.difference import Kind, MergedItem, MergedSection, merged
from workflows.road_maps.editions import GROUND, EditionPlan, Fate
from workflows.road_maps.lateness import FINISHED_STATES
from workflows.road_maps.map_template import MapItem, as_contract
from workflows.road_maps.running_map import period_of, running_template
from workflows.road_maps.tables import Activity, Occurrence, RoadMap, Stage


class Applying:
    """One edition being taken over: rows first, so that the steps see the map as it will be, then the steps."""

    def __init__(self, write: Write, plan: EditionPlan, chosen: frozenset[str], edition: str) -> None:
        self.write, self.plan, self.chosen, self.edition = write, plan, chosen, edition
        self.road_map = plan.road_map
        self.fates = [fate for fate in plan.fates if fate.id in chosen]
        self.rows = dict(enumerate(plan.rows))
        self.made: list[Activity] = []
        self.items: dict[str, MapItem] = {}
        """Activity -> what the map prints for it from now on."""
        self.returned = {fate.change.new: fate for fate in self.fates if fate.step and fate.step.event == "reopen"}
        self.schools: Sequence[Organisation] = (
            operations.schools(write) if any(row.by_organisation for row in plan.rows) else ()
        )

    def apply(self) -> RoadMap:
        self._heading()
        self._place(merged(self.plan.difference, self.chosen))
        self.write.session.flush()
        for row in self.made:
            operation = operations.lifecycle_of(self.write, "activity")
            core_operations.start(self.write, operation, "activity", row.id, "plan")
        self._reopen_sections()
        self._steps()
        self._dates()
        self.write.session.flush()
        self._source()
        self._amend()
        timers.plan(self.write, "activity", [row.id for row in (*self.plan.rows, *self.made)])
        return self.road_map

    def _heading(self) -> None:
        self.road_map.edition = self.edition
        self.road_map.source_code = self.plan.adoption.template.code
        if any(fate.change.kind is Kind.HEADING for fate in self.fates):
            new = self.plan.difference.new
            self.road_map.title = new.title
            if new.period:
                self.road_map.period_text = new.period.text
                self.road_map.period_start, self.road_map.period_end = new.period.start, new.period.end

    # sections and items at their places

    def _place(self, sections: Sequence[MergedSection]) -> None:
        before = queries.activities_of_maps(self.write.session, self.write.scope, [self.road_map.id])
        laid: dict[str, list[Activity]] = {}
        stages = [self._stage(one, place) for place, one in enumerate(sections, start=1)]
        self.write.session.flush()
        for stage, one in zip(stages, sections, strict=True):
            laid[stage.id] = [self._row(stage, item) for item in one.items]
        self._keep_others(before, laid)
        taken: set[str] = set()
        for stage in stages:
            self._number(stage, laid[stage.id], taken)

    def _stage(self, one: MergedSection, place: int) -> Stage:
        section = one.section
        if one.old is None:
            stage = Stage(
                organisation_id=self.write.scope,
                road_map_id=self.road_map.id,
                title=section.title,
                position=place,
                word=self.plan.stages[0].word if self.plan.stages else "раздел",
            )
            self.write.session.add(stage)
        else:
            stage = self.plan.stages[one.old]
        stage.number, stage.title, stage.position = section.number or "", section.title, place
        stage.short_title, stage.lead_in = section.short_title, section.lead_in or ""
        if one.old is None:
            self.write.session.flush()
            code = operations.lifecycle_of(self.write, "stage")
            core_operations.start(self.write, code, "stage", stage.id, "plan")
        return stage

    def _row(self, stage: Stage, one: MergedItem) -> Activity:
        """The row of an item, in its section; what the item says now is written into it."""
        if one.old is not None:
            row = self.rows[one.old]
        elif one.new in self.returned:
            row = queries.activity(self.write.session, self.write.scope, self.returned[one.new].activity_id)
        else:
            return self._new_row(stage, one)
        item, who = one.item, one.item.responsible
        row.stage_id, row.key, row.number = stage.id, item.key, item.number or ""
        row.text, row.short_title, row.subpoints = item.text, item.short_title, list(item.subpoints)
        row.responsible = {"text": who.text, "roles": list(who.roles), "persons": list(who.persons)} if who else None
        row.result, row.indicator, row.documents = item.result or "", item.indicator or "", list(item.documents)
        row.deadline = to_contract(item.deadline) if item.deadline else None
        self.items[row.id] = item
        return row

    def _new_row(self, stage: Stage, one: MergedItem) -> Activity:
        assert one.new is not None
        adopted = self.plan.adoption.items[one.new]
        default = operations.default_acceptance(self.write)
        row = operations.activity_row(stage, one.item, adopted.deadline, adopted.due, 0, default)
        self.write.session.add(row)
        self.write.session.add_all(operations.evidence_rows(self.write.scope, row.id, one.item))
        places = operations.schools(self.write) if row.by_organisation else ()
        self.write.session.add_all(operations.new_lines(self.write, row, adopted.occurrences, places))
        self.made.append(row)
        self.items[row.id] = one.item
        return row

    def _keep_others(self, before: Sequence[Activity], laid: dict[str, list[Activity]]) -> None:
        """Items that were dropped earlier keep their place behind the item that they followed."""
        placed = {row.id for rows in laid.values() for row in rows}
        for place, row in enumerate(before):
            if row.id in placed:
                continue
            rows = laid[row.stage_id]
            ahead = {one.id for one in before[:place]}
            at = max((index + 1 for index, one in enumerate(rows) if one.id in ahead), default=0)
            rows.insert(at, row)

    def _number(self, stage: Stage, rows: Sequence[Activity], taken: set[str]) -> None:
        """Positions, names within the map, and the headings that items stand under."""
        by_number: dict[str, str] = {}
        for position, row in enumerate(rows, start=1):
            row.position = position
            if row.key in taken:
                row.key = next(
                    key
                    for extra in range(len(rows) + 1)
                    if (key := f"{stage.position}/{position}{f'-{extra}' if extra else ''}") not in taken
                )
            taken.add(row.key)
            item = self.items.get(row.id)
            if item is not None:
                row.parent_id = (by_number.get(item.parent) or row.parent_id) if item.parent else None
            if row.number:
                by_number[row.number] = row.id

    # steps

    def _reopen_sections(self) -> None:
        """A section that was completed has something to do again."""
        stages = {row.stage_id for row in self.made}
        for one in core_queries.processes(self.write.session, stages).values():
            if one.state == "completed":
                core_operations.fire(self.write, one.id, "reopen", remark=GROUND)

    def _steps(self) -> None:
        steps: list[StepRequest] = [fate.step for fate in self.fates if fate.step]
        for answer in core_operations.fire_many(self.write, steps):
            if not answer.ok:
                raise InvalidInput({"chosen": answer.text})

    def _amend(self) -> None:
        """The map's own history says which edition holds since when, where its lifecycle has a step for that."""
        definition = self.write.definition(self.plan.process.definition_hash)
        if any(event.name == "amend" for event in definition.events_from(self.plan.process.state)):
            fields: dict[str, Any] = {"edition": self.edition}
            core_operations.fire(self.write, self.road_map.id, "amend", fields=fields, ground=GROUND)

    # dates

    def _dates(self) -> None:
        """The days of re-dated items as the edition has them; what is done stays done."""
        for fate in self.fates:
            back = fate.change.kind is Kind.NEW and fate.activity_id
            if (fate.change.kind is Kind.REDATED and fate.state not in FINISHED_STATES) or back:
                self._date(fate)

    def _date(self, fate: Fate) -> None:
        row = queries.activity(self.write.session, self.write.scope, fate.activity_id)
        item = self.items[row.id]
        deadline = item.deadline
        row.due_on = row.planned_due_on = due_on(deadline)
        row.starts_on = deadline.start if deadline and deadline.kind != "list" else None
        period = period_of(self.road_map)
        terms = terms_between(self.write.profile.settings, period.start, period.end) if period else None
        wanted = deadlines.occurrences(deadline, period, terms)
        self._occurrences(row, operations.new_lines(self.write, row, wanted, self._places(row)))

    def _places(self, row: Activity) -> Sequence[Organisation]:
        return self.schools if row.by_organisation else ()

    def _occurrences(self, row: Activity, wanted: Any) -> None:
        """Times under the same name get their new days, others come and go; one that was done or written about stays."""
        there = queries.occurrences(self.write.session, self.write.scope, [row.id]).get(row.id, [])
        told = {
            fact.occurrence_id for fact in queries.facts(self.write.session, self.write.scope, [row.id]).get(row.id, [])
        }
        known = {(one.label, one.for_organisation_id): one for one in there}
        position = 0
        for position, line in enumerate(wanted, start=1):
            old = known.pop((line.label, line.for_organisation_id), None)
            if old is None:
                self.write.session.add(line)
                continue
            old.position = position
            if old.done_on is None:
                old.starts_on, old.due_on, old.before_adoption = _days(line)
        for old in known.values():
            if old.done_on is None and old.id not in told:
                self.write.session.delete(old)
            else:
                position += 1
                old.position = position

    # the map as it is printed from now on

    def _source(self) -> None:
        printed = running_template(self.write.session, self.write.scope, self.road_map.id)
        rows = iter(queries.activities_of_maps(self.write.session, self.write.scope, [self.road_map.id]))
        sections = tuple(
            replace(section, items=tuple(self._printed(next(rows).id, item) for item in section.items))
            for section in printed.sections
        )
        heading = any(fate.change.kind is Kind.HEADING for fate in self.fates)
        goals = self.plan.difference.new.goals if heading else printed.goals
        self.road_map.source = as_contract(replace(printed, sections=sections, goals=goals))

    def _printed(self, activity_id: str, item: MapItem) -> MapItem:
        now = self.items.get(activity_id)
        return replace(item, as_printed=now.as_printed if now else {})


def _days(line: Occurrence) -> tuple[date | None, date | None, bool]:
    return line.starts_on, line.due_on, line.before_adoption


__all__ = ["Applying"]
