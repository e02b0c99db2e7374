"""A new edition of a running map: what it would do to each item, told before, and the ticked part of it done.

`plan_edition` changes nothing; `apply_edition` does what the plan tells, and refuses when the map has changed since. Steps
go by the items' own events: a new date is «Перенести срок», an item that is not in the edition is «Снять с плана», and what
is done stays done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from workflow_core import operations as core_operations
from workflow_core import queries as core_queries
from workflow_core import timers
from workflow_core.exceptions import ConcurrentTransition, InvalidInput
from workflow_core.guards import Actor
from workflow_core.operations import RowResult, StepRequest
from workflow_core.tables import Process
from workflow_core.unit_of_work import UnitOfWork, Write
from workflows.organisations import policy
from workflows.organisations.school_calendar import terms_between
from workflows.organisations.settings import lifecycle
from workflows.road_maps import queries
from workflows.road_maps.adoption import AdoptionPlan, plan_adoption
from workflows.road_maps.deadlines import day_words, describe, due_on
from workflows.road_maps.difference import Change, Difference, Kind, difference, same_title
from workflows.road_maps.lateness import FINISHED_STATES, OPEN_STATES
from workflows.road_maps.map_template import MapItem, MapSection, MapTemplate
from workflows.road_maps.matching import Line, match
from workflows.road_maps.running_map import period_of, running_template
from workflows.road_maps.tables import Activity, RoadMap, Stage

GROUND = "Новая редакция карты"
"""The ground that the history keeps for every step of an edition."""
GONE = "dropped"
"""State of an item that is no longer in the map; a new edition may bring it back."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What taking over one change would do."""

    change: Change
    text: str
    """«Срок станет 15 мая 2027, был 1 мая 2027», or why nothing can be done."""
    state: str = ""
    """Code of the item's state today; empty for what is no item yet."""
    state_title: str = ""
    possible: bool = True
    proposed: bool = True
    """Whether the page ticks it."""
    becomes: str = ""
    """Code of the item's state afterwards."""
    activity_id: str = ""
    step: StepRequest | None = None
    """The step that carries it, if one does."""

    @property
    def id(self) -> str:
        """The change's name."""
        return self.change.id

    @property
    def under_way(self) -> bool:
        """Whether somebody has begun with the item."""
        return self.state in OPEN_STATES and self.state != "planned"


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """What a new edition would do to a running map."""

    road_map: RoadMap
    process: Process
    difference: Difference
    adoption: AdoptionPlan
    """The new edition with the dates of the running map's year."""
    fates: tuple[Fate, ...]
    rows: tuple[Activity, ...]
    """The items that the difference counts, in its order."""
    stages: tuple[Stage, ...]

    @property
    def fingerprint(self) -> str:
        """Equal as long as everything that the page tells would come out the same."""
        told = [
            (one.id, one.text, one.state, one.possible, repr(one.change.before), repr(one.change.after))
            for one in self.fates
        ]
        rows = [(row.id, row.due_on, row.position) for row in self.rows]
        return hashlib.sha256(repr((self.process.version, told, rows)).encode()).hexdigest()[:32]

    def fate(self, change_id: str) -> Fate:
        """What becomes of one change. Raises InvalidInput for a name that the difference does not know."""
        for one in self.fates:
            if one.id == change_id:
                return one
        raise InvalidInput({"": "Такого изменения в этой редакции нет. Откройте сравнение заново."})


def plan_edition(uow: UnitOfWork, actor: Actor, road_map_id: str, template: MapTemplate) -> EditionPlan:
    """What taking over the new edition would do, change by change. Changes nothing.

    Raises NotPermitted, NotFound, InvalidInput for a map that is completed.
    """
    policy.require(actor, "map.edit")
    road_map = queries.road_map(uow.session, uow.scope, road_map_id)
    process = core_queries.processes(uow.session, [road_map.id])[road_map.id]
    if process.state == "completed":
        raise InvalidInput({"": f"Карта «{road_map.title}» завершена, новую редакцию к ней не принять."})
    return _Planning(uow, actor, road_map, process, template).plan()


def framed(uow: UnitOfWork, road_map: RoadMap, template: MapTemplate) -> AdoptionPlan:
    """The template with the dates that it has in the running map's time."""
    period = period_of(road_map)
    start = (period.start if period else uow.today).replace(day=1)
    own = template.period or period
    last = max([one.end for one in (own, period) if one], default=start)
    terms = terms_between(uow.profile.settings, min([start, *([own.start] if own else [])]), last)
    calendar = timers.calendar_of(uow)
    return plan_adoption(template, start, uow.today, calendar, None if template.period else period, terms)


def with_dates(plan: AdoptionPlan) -> MapTemplate:
    """The planned map as a template of its own, with the planned deadlines."""
    adopted = iter(plan.items)
    sections = tuple(
        replace(section, items=tuple(replace(item, deadline=next(adopted).deadline) for item in section.items))
        for section in plan.template.sections
    )
    return replace(plan.template, period=plan.period, sections=sections)


class _Planning:
    def __init__(
        self, uow: UnitOfWork, actor: Actor, road_map: RoadMap, process: Process, template: MapTemplate
    ) -> None:
        self.uow, self.actor, self.road_map, self.process = uow, actor, road_map, process
        self.adoption = framed(uow, road_map, template)
        self.new_places = [place for place, section in enumerate(template.sections) for _item in section.items]
        rows = queries.activities_of_maps(uow.session, uow.scope, [road_map.id])
        processes = core_queries.processes(uow.session, [row.id for row in rows])
        self.states = {row.id: processes[row.id].state if row.id in processes else "planned" for row in rows}
        self.processes = processes
        self.gone = [row for row in rows if self.states[row.id] == GONE]
        self.rows = [row for row in rows if self.states[row.id] != GONE]
        self.stages = queries.stages(uow.session, uow.scope, [road_map.id])
        self.times = queries.occurrences(uow.session, uow.scope, [row.id for row in rows])
        self.rules = uow.definitions.get(lifecycle(uow.profile.settings, "activity")) or uow.definitions["activity"]
        self.stage_states = {
            one: process.state
            for one, process in core_queries.processes(uow.session, [row.id for row in self.stages]).items()
        }

    def plan(self) -> EditionPlan:
        old = self._without_gone(running_template(self.uow.session, self.uow.scope, self.road_map.id))
        found = difference(old, with_dates(self.adoption))
        self.returns = self._returning(found)
        fates = [self._fate(found, change) for change in found.changes]
        return EditionPlan(
            self.road_map,
            self.process,
            found,
            self.adoption,
            tuple(self._judged(fates)),
            tuple(self.rows),
            tuple(self.stages),
        )

    def _without_gone(self, template: MapTemplate) -> MapTemplate:
        every = iter(queries.activities_of_maps(self.uow.session, self.uow.scope, [self.road_map.id]))
        gone = {row.id for row in self.gone}
        sections = tuple(
            replace(section, items=tuple(item for item in section.items if next(every).id not in gone))
            for section in template.sections
        )
        return replace(template, sections=sections)

    def _returning(self, found: Difference) -> Mapping[int, Activity]:
        """New items that are in the map already, as dropped ones."""
        new = found.of(Kind.NEW)
        items = [change.after for change in new if isinstance(change.after, MapItem)]
        pairs = match(
            [Line(row.text, row.number) for row in self.gone], [Line(item.text, item.number or "") for item in items]
        )
        return {new[after].new or 0: self.gone[before] for before, after in pairs.items()}

    # what becomes of a change

    def _fate(self, found: Difference, change: Change) -> Fate:
        if change.kind is Kind.HEADING:
            return Fate(change, self._heading(found))
        if change.kind is Kind.SECTION:
            return Fate(change, _section_words(change))
        if change.kind is Kind.NEW:
            return self._new(found, change)
        assert change.old is not None
        row = self.rows[change.old]
        state = self.states[row.id]
        fate = Fate(
            change,
            "",
            state,
            self.uow.definition(self.processes[row.id].definition_hash).state_title(state),
            becomes=state,
            activity_id=row.id,
        )
        if change.kind is Kind.DROPPED:
            return self._dropped(fate)
        if change.kind is Kind.REDATED:
            return self._redated(fate, row)
        if change.kind is Kind.MOVED:
            return replace(fate, text=self._moved(found, change))
        return self._written(fate, row)

    def _heading(self, found: Difference) -> str:
        old, new = found.old, found.new
        told = []
        if same_title(old.title) != same_title(new.title):
            told.append(f"Название станет «{new.title}»")
        if old.period != new.period:
            told.append(f"Период станет: {new.period.text}" if new.period else "Период больше не указан")
        if old.goals != new.goals:
            told.append("Изменятся цели")
        return ". ".join(told)

    def _new(self, found: Difference, change: Change) -> Fate:
        assert change.new is not None
        one = self.adoption.items[change.new]
        row = self.returns.get(change.new)
        when = f"срок до {day_words(one.due)}" if one.due else f"срок: {describe(one.deadline)}"
        if row is not None:
            fate = Fate(change, "", GONE, self.rules.state_title(GONE), proposed=False, activity_id=row.id)
            step = StepRequest(row.id, "reopen", ground=GROUND)
            text = f"Этот пункт снимали с плана; он вернётся в работу, {when}"
            return replace(fate, text=text, becomes="in_progress", step=step)
        text = f"Появится в плане, {when}"
        if self._closed_section(found, change.new):
            text += ". Раздел снова откроется"
        return Fate(change, text, becomes="planned")

    def _closed_section(self, found: Difference, new: int) -> bool:
        known = self._known_section(found, new)
        return known is not None and self.stage_states.get(self.stages[known].id) == "completed"

    def _dropped(self, fate: Fate) -> Fate:
        if fate.state in ("planned", "in_progress"):
            step = StepRequest(fate.activity_id, "drop", ground=GROUND)
            words = f"Станет «{self.rules.state_title(GONE)}»"
            if fate.under_way:
                words += "; что уже сделано, останется в истории"
            return replace(fate, text=words, becomes=GONE, step=step)
        return replace(fate, text="Останется в карте как есть", possible=False, proposed=False)

    def _redated(self, fate: Fate, row: Activity) -> Fate:
        new = fate.change.after
        assert isinstance(new, MapItem)
        due, state = due_on(new.deadline), fate.state
        if state in FINISHED_STATES:
            return replace(fate, text="Изменится только запись в карте: пункт уже завершён", proposed=False)
        was = f"был до {day_words(row.due_on)}" if row.due_on else "даты не было"
        if due is None:
            return replace(fate, text=f"Срок станет: {describe(new.deadline)} ({was})")
        if due == row.due_on and not self.times.get(row.id):
            if row.planned_due_on != row.due_on:
                return replace(fate, text="Срок уже перенесён на этот день, изменится запись в карте")
            return replace(fate, text=f"Срок станет: {describe(new.deadline)}; последний день тот же")
        step = StepRequest(row.id, "reschedule", {"due_on": due.isoformat()}, ground=GROUND)
        return replace(fate, text=f"Срок станет до {day_words(due)} ({was})", step=step)

    def _moved(self, found: Difference, change: Change) -> str:
        old, new = change.before, change.after
        assert isinstance(old, MapItem)
        assert isinstance(new, MapItem)
        told = []
        if old.number != new.number:
            told.append(f"номер станет {new.number}" if new.number else "номера больше не будет")
        if self._known_section(found, change.new or 0) != self._section_of(found, change.old or 0):
            told.append(f"перейдёт в раздел «{self.adoption.items[change.new or 0].section.title}»")
        words = " и ".join(told) or "встанет на другое место в разделе"
        return words[0].upper() + words[1:]

    def _known_section(self, found: Difference, new: int) -> int | None:
        """The section of the map at hand that an item of the edition stands in; None for a new section."""
        back = {after: before for before, after in found.sections.items()}
        return back.get(self.new_places[new])

    def _section_of(self, found: Difference, old: int) -> int:
        count = 0
        for place, section in enumerate(found.old.sections):
            count += len(section.items)
            if old < count:
                return place
        return -1

    def _written(self, fate: Fate, row: Activity) -> Fate:
        if fate.state in FINISHED_STATES:
            text = "Изменится только запись в карте: пункт уже завершён"
            return replace(fate, text=text, proposed=False)
        words = {
            Kind.REWORDED: "Изменятся слова пункта",
            Kind.REASSIGNED: "Изменится, кто отвечает по карте",
            Kind.RESULT: "Изменится, что должно получиться",
        }[fate.change.kind]
        if fate.change.kind is Kind.REASSIGNED and row.responsible_person_id:
            words += "; названный человек останется"
        return replace(fate, text=words)

    def _judged(self, fates: Sequence[Fate]) -> list[Fate]:
        """A step that the rules of the place refuse is told as refused."""
        steps = [fate.step for fate in fates if fate.step]
        answers = {
            (answer.process_id, step.event): answer
            for step, answer in zip(steps, core_operations.preview(self.uow, self.actor, steps), strict=True)
        }
        return [self._answered(fate, answers) for fate in fates]

    def _answered(self, fate: Fate, answers: Mapping[tuple[str, str], RowResult]) -> Fate:
        answer = answers.get((fate.step.process_id, fate.step.event)) if fate.step else None
        if answer is None or answer.ok:
            return fate
        text = answer.text if answer.text.startswith("Нельзя") else f"Нельзя: {answer.text}"
        return replace(fate, text=text, possible=False, proposed=False, becomes=fate.state, step=None)


def _section_words(change: Change) -> str:
    old, new = change.before, change.after
    assert isinstance(old, MapSection)
    assert isinstance(new, MapSection)
    if (old.number, old.title) != (new.number, new.title):
        name = f"{new.number}. {new.title}" if new.number else new.title
        return f"Раздел станет называться «{name}»"
    return "Изменятся слова перед пунктами" if old.lead_in != new.lead_in else "Раздел встанет на другое место"


# -- taking over ------------------------------------------------------------------------------------------------------


def apply_edition(
    write: Write, road_map_id: str, template: MapTemplate, chosen: Collection[str], *, expected: str = ""
) -> RoadMap:
    """Take over the chosen changes of a new edition, and nothing else. `expected` is the plan's fingerprint on the page.

    Raises NotPermitted, NotFound, InvalidInput (nothing chosen, or something that can't be done), ConcurrentTransition when
    the map is no longer what the page told.
    """
    from workflows.road_maps.edition_rows import Applying

    plan = plan_edition(write, write.actor, road_map_id, template)
    if expected and expected != plan.fingerprint:
        title = write.definition(plan.process.definition_hash).state_title(plan.process.state)
        raise ConcurrentTransition(road_map_id, title, plan.process.version, plan.process.version)
    if not chosen:
        raise InvalidInput({"chosen": "Отметьте хотя бы одно изменение."})
    refused = [fate.text for one in chosen if not (fate := plan.fate(one)).possible]
    if refused:
        raise InvalidInput({"chosen": f"Этого не сделать: {refused[0]}."})
    return Applying(write, plan, frozenset(chosen), edition_name(write.today, template, plan.road_map)).apply()


def edition_name(today: date, template: MapTemplate, road_map: RoadMap) -> str:
    """«редакция от 12.01.2027»: the day of its stamp, else today."""
    stamped = template.approved_by.on if template.approved_by else None
    day = stamped if stamped and road_map.adopted_on < stamped <= today else today
    return f"редакция от {day:%d.%m.%Y}"


__all__ = ["EditionPlan", "Fate", "apply_edition", "edition_name", "framed", "plan_edition", "with_dates"]
