"""A simulated organisation: its people, programmes, map and papers, all of it by the operations that pages call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from web.simulation import forms, kinds, remedies
from web.simulation.habits import HABITS
from web.simulation.people import adult, pupil
from workflow_core import operations as engine
from workflow_core.calendars import WorkingCalendar
from workflow_core.definition import EventDefinition, WorkflowDefinition
from workflow_core.exceptions import GuardRefused
from workflow_core.guards import SYSTEM, Actor, Severity
from workflow_core.operations import RowResult, StepRequest
from workflow_core.simulation import GROUND, Clock, Habits, Refusal, Remedy
from workflow_core.tables import Process, new_id
from workflow_core.unit_of_work import ProcessEngine, Read, Write
from workflows.documents import operations as documents
from workflows.documents import queries as papers
from workflows.documents.operations import Received
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import operations as mentoring
from workflows.mentoring import papers as pair_papers
from workflows.mentoring import queries as pairs
from workflows.mentoring.operations import Proposal
from workflows.mentoring.tables import Form, Side
from workflows.mentoring.values import current
from workflows.organisations import operations as organisations
from workflows.organisations import policy
from workflows.organisations.person_input import PersonInput
from workflows.road_maps import operations as road_maps
from workflows.road_maps import queries as items
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.deadlines import Period
from workflows.road_maps.map_template import MapTemplate

OFFICE = {"curator": "педагог-организатор", "head": "директор", "district": "методист отдела образования"}
STAFF = 8
SOMEBODY_LEAVES = 0.01
"""Chance of a morning that a mentee leaves the organisation."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated."""

    days: int
    pairs: int = 0
    """How many pairs are proposed in each programme."""
    definitions: tuple[str, ...] = ()
    """Lifecycles of pairs; each gets a programme of this year and one of the next."""
    road_map: MapTemplate | None = None
    periods: int = 1
    """For how many years on end the map is taken into work, where it names no period of its own."""
    papers: float = 0.25
    """Chance of a morning that a paper comes to the office which no pair asks for."""
    profile: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Rules of the organisation's own."""


@dataclass(slots=True)
class Programme:
    """A programme with the people who may come into its pairs."""

    id: str
    next_id: str
    of_adults: bool
    mentors: list[str]
    mentees: list[str]
    days: list[int]
    """Days of the run on which a pair is proposed, the next one last."""


class School:
    """Implements `workflow_core.simulation.World`."""

    def __init__(
        self,
        engine: ProcessEngine,
        plan: Plan,
        first_day: date,
        seed: int,
        more_remedies: MoreRemedies | None = None,
    ) -> None:
        self.engine, self.plan, self.scope = engine, plan, new_id()
        self.clock = Clock(first_day)
        self.habits: Habits = HABITS
        self.remedies: Mapping[str, Remedy] = remedies.of(self)
        if more_remedies is not None:
            self.remedies = {**self.remedies, **more_remedies(self)}
        self.chance = Random(f"{seed}/school")
        self.people: dict[str, PersonInput] = {}
        self.office: dict[str, str] = {}
        """Role -> person."""
        self.staff: list[str] = []
        """Employees of whom the office wants a consent now and then."""
        self.programmes: list[Programme] = []
        self.newcomers: dict[str, str] = {}
        """Pair -> who is to come into it."""
        self._actors: dict[str, Actor] = {}
        self._numbers = 0
        self._first_day = first_day

    # -- transactions -------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.clock.today

    def write(self, role: str = "curator", operation: str = "simulate") -> AbstractContextManager[Write]:
        """One transaction by whoever holds the role in the office."""
        actor = self._actors.get(role, SYSTEM)
        return self.engine.write(self.scope, actor, now=self.clock.moment(), operation=operation)

    def read(self) -> AbstractContextManager[Read]:
        """A snapshot of today."""
        return self.engine.read(self.scope, now=self.clock.moment())

    def number(self) -> str:
        """A number of the journal that nobody has used."""
        self._numbers += 1
        return f"{self._numbers}-И"

    # -- the founding -------------------------------------------------------------------------------------------------

    def found(self) -> None:
        """Organisation, office, rules, programmes and map, on the day before the first."""
        with self.write(operation="create_organisation") as write:
            organisations.create_organisation(
                write, kind="school", title="Школа (имитация)", short_title="Школа", place="с. Ключевое"
            )
            self.office = {role: self.add(write, adult(900 + at, "employee", post)) for at, (role, post) in _office()}
            self.staff = [self.add(write, adult(910 + at, "employee", "учитель")) for at in range(STAFF)]
            head = self.office["head"]
            organisations.name_signatory(write, head, OFFICE["head"], valid_from=self.today - timedelta(days=900))
        for role in OFFICE:
            self._log_in(role, role, self.office[role])
        with self.write("system") as write:
            # After the people: a profile that nobody gives is refused here and not before.
            if self.plan.profile:
                organisations.change_organisation(write, profile=self.plan.profile)
            for key, value in self.plan.settings.items():
                organisations.set_setting(write, key, value)
        with self.write() as write:
            order = ReadyPaper("introduction_order", self.today, self.number(), signatory=self.office["head"])
            enter_ready(write, order)
        for code in self.plan.definitions:
            self._open_programme(self.engine.catalogue.definitions[code])
        if self.plan.road_map is not None:
            for later in range(1 if self.plan.road_map.period else self.plan.periods):
                self._adopt(self.plan.road_map, later)

    def add(self, write: Write, person: PersonInput) -> str:
        """Enter somebody; gives the id."""
        added = organisations.add_person(write, person)
        assert added.person is not None
        self.people[added.person.id] = person
        return added.person.id

    def _log_in(self, key: str, role: str, person_id: str) -> Actor:
        """An account for somebody, with a role."""
        account = new_id()
        with self.write("system", "grant_role") as write:
            organisations.grant_role(write, account, role, person_id=person_id)
        with self.read() as read:
            name = f"Учётная запись {len(self._actors) + 1}"
            self._actors[key] = policy.actor_for(read.session, self.scope, account, name, self.today)
        return self._actors[key]

    def _open_programme(self, definition: WorkflowDefinition) -> None:
        of_adults = "trial" not in definition.states
        count = self.plan.pairs
        with self.write(operation="create_programme") as write:
            years = [
                mentoring.create_programme(
                    write,
                    f"{definition.title} {year}",
                    starts_on=self._first_day + timedelta(days=365 * (year - 1)),
                    ends_on=self._first_day + timedelta(days=365 * year - 1),
                    definition=definition.code,
                    curator_id=self.office["curator"],
                ).id
                for year in (1, 2)
            ]
            mentors = [self._mentor(write, of_adults) for _one in range(count * 2 // 3 + 3)]
            mentees = [self._mentee(write, of_adults) for _one in range(count + 4)]
            # Some are forgotten: the rule about the bank finds them.
            for side, people in ((Side.MENTOR, mentors), (Side.MENTEE, mentees)):
                known = [one for one in people if self.chance.random() < 0.9]
                mentoring.enrol(write, years[0], known, side)
        last = max(2, self.plan.days * 2 // 5)
        days = sorted((self.chance.randint(1, last) for _pair in range(count)), reverse=True)
        self.programmes.append(Programme(years[0], years[1], of_adults, mentors, mentees, days))

    def _mentor(self, write: Write, of_adults: bool) -> str:
        number = len(self.people)
        if of_adults:
            return self.add(write, adult(number, "employee", "учитель"))
        if self.chance.random() < 0.3:
            return self.add(write, adult(number, "outside", "студент"))
        return self._pupil(write, self.chance.randint(14, 16))

    def _mentee(self, write: Write, of_adults: bool) -> str:
        if of_adults:
            return self.add(write, adult(len(self.people), "employee", "молодой учитель"))
        return self._pupil(write, self.chance.randint(10, 13))

    def _pupil(self, write: Write, age: int) -> str:
        child = self.add(write, pupil(len(self.people), age, self.today, self.chance))
        if self.chance.random() < 0.8:
            self.add_parent(write, child)
        return child

    def add_parent(self, write: Write, pupil_id: str) -> None:
        """Say who signs for a pupil."""
        parent = self.add(write, adult(len(self.people), "parent"))
        organisations.add_representative(write, pupil_id, parent, "опекун")

    def _adopt(self, template: MapTemplate, later: int) -> None:
        year = self._first_day.year + later
        period = None if template.period else Period("учебный год", date(year, 9, 1), date(year + 1, 5, 31))
        with self.write(operation="adopt") as write:
            plan = plan_adoption(template, date(year, 9, 1), self.today, WorkingCalendar(), period)
            responsible = {one.item.key: self.office["head"] for one in plan.items if self.chance.random() < 0.3}
            running = road_maps.adopt(write, plan, responsible=responsible)
            for row in items.activities_of_maps(write.session, self.scope, [running.id]):
                if self.chance.random() < 0.4:
                    road_maps.set_acceptance(write, row.id, self.chance.choice(("head", "district")))

    # -- the day ------------------------------------------------------------------------------------------------------

    def morning(self, chance: Random) -> Iterable[Refusal]:
        """Pairs are proposed, papers come, somebody leaves."""
        day = (self.today - self._first_day).days + 1
        for programme in self.programmes:
            while programme.days and programme.days[-1] <= day:
                programme.days.pop()
                yield from self._propose(programme, chance)
        if chance.random() < self.plan.papers:
            self._prepare(chance)
        if self.programmes and chance.random() < SOMEBODY_LEAVES:
            with self.write(operation="change_person") as write:
                organisations.change_person(write, chance.choice(self.programmes[0].mentees), left_on=self.today)

    def _propose(self, programme: Programme, chance: Random) -> Iterable[Refusal]:
        mentor = chance.choice(programme.mentors)
        # Usually somebody new; now and then one who has a pair already.
        mentee = programme.mentees[len(programme.days) if chance.random() < 0.9 else 0]
        proposal = Proposal((mentor,), (mentee,), form=self._form(programme, mentor))
        try:
            self._begin(programme, proposal)
        except GuardRefused as refused:
            definition = self._definition_of(programme)
            yield Refusal(definition, "propose", refused.blockers)
            if any(one.severity is Severity.BLOCK for one in refused.blockers):
                return
            self._begin(programme, Proposal((mentor,), (mentee,), form=proposal.form, ground=GROUND))

    def _begin(self, programme: Programme, proposal: Proposal) -> None:
        with self.write(operation="propose_pair") as write:
            mentoring.propose_pair(write, programme.id, proposal)

    def _definition_of(self, programme: Programme) -> str:
        return self.plan.definitions[self.programmes.index(programme)]

    def _form(self, programme: Programme, mentor: str) -> str:
        if programme.of_adults:
            return Form.TEACHER_TEACHER
        return Form.PUPIL_PUPIL if self.people[mentor].kind == "pupil" else Form.STUDENT_PUPIL

    def _prepare(self, chance: Random) -> None:
        """A paper that no pair asks for."""
        what = chance.choice((kinds.ORDER, kinds.ORDER, kinds.AGREEMENT, kinds.WORKING_PAPER, "consent"))
        with self.write(operation="prepare") as write:
            if what != "consent":
                documents.prepare(write, what, [self.scope], facts={})
            elif self.programmes:
                programme = chance.choice(self.programmes)
                pair_papers.prepare_consents(write, programme.id, [chance.choice(programme.mentees)])
            else:
                documents.issue_consents(write, kinds.CONSENT, [chance.choice(self.staff)], facts={})

    # -- the world of the simulation ----------------------------------------------------------------------------------

    def actor(self, role: str, process: Process) -> Actor | None:
        """The office by role; the mentor of this pair, whoever answers for this item."""
        if role in OFFICE:
            return self._actors[role]
        person_id = self._related(role, process)
        if person_id is None:
            return None
        return self._actors.get(person_id) or self._log_in(person_id, "mentor", person_id)

    def _related(self, role: str, process: Process) -> str | None:
        with self.read() as read:
            if role == "mentor" and process.subject_kind == "pair":
                rows = current(pairs.members(read.session, self.scope, [process.id]).get(process.id, ()))
                return next((who.id for row, who in rows if row.side == Side.MENTOR), None)
            if role == "responsible" and process.subject_kind == "activity":
                return items.activity(read.session, self.scope, process.id).responsible_person_id
        return None

    def values(self, process: Process, event: EventDefinition, chance: Random) -> Mapping[str, Any] | None:
        """The form of a step, filled in."""
        return forms.values(self, process, event, chance)

    def fire(self, write: Write, request: StepRequest) -> None:
        """The operation of the page behind the button; most steps have none but the engine's."""
        own = _OPERATIONS.get(request.event)
        if own is not None:
            own(self, write, request)
        else:
            fire(write, request)


MoreRemedies = Callable[[School], Mapping[str, Remedy]]
"""What a plugin knows to mend besides: a school gives its own remedies as `school.remedies`."""


def _office() -> Iterable[tuple[int, tuple[str, str]]]:
    return enumerate(OFFICE.items())


def fire(write: Write, request: StepRequest, grounds: Mapping[str, str] | None = None) -> None:
    """A step whose form is enough."""
    engine.fire(
        write,
        request.process_id,
        request.event,
        fields=request.fields,
        happened_on=request.happened_on,
        ground=request.ground,
        grounds=grounds or {},
    )


# -- steps that pages do by an operation of their own -----------------------------------------------------------------


def _register(school: School, write: Write, request: StepRequest) -> None:
    """The page shows what an order brings about and asks for the grounds of each pair."""
    lines = papers.subjects_of(write.session, school.scope, [request.process_id]).get(request.process_id, [])
    documents.register(
        write,
        request.process_id,
        number=request.fields["number"],
        signed_on=write.today,
        signatory=school.office["head"],
        ground=request.ground,
        grounds={line.subject_id: GROUND for line in lines},
    )


def _receive(school: School, write: Write, request: StepRequest) -> None:
    (row,) = documents.receive_consents(write, [Received(request.process_id, write.today, ground=request.ground)])
    _stand(row)


def _replace(school: School, write: Write, request: StepRequest) -> None:
    """Another consent of the same person takes the place of this one."""
    old = papers.document(write.session, school.scope, request.process_id)
    enter_ready(write, ReadyPaper(old.kind, write.today, person_id=old.person_id or ""))


def _change_members(school: School, write: Write, request: StepRequest) -> None:
    mentoring.change_members(
        write,
        request.process_id,
        ground=request.ground,
        happened_on=request.happened_on,
        **{name: value for name, value in request.fields.items() if name in ("joins", "joins_as", "leaves")},
    )
    school.newcomers.pop(request.process_id, None)


def _replace_mentor(school: School, write: Write, request: StepRequest) -> None:
    fire(write, request)
    school.newcomers.pop(request.process_id, None)


def _stand(row: RowResult) -> None:
    """A row of a bulk operation that was refused is a refusal like any other."""
    if not row.ok:
        raise GuardRefused("", "", row.blockers)


_OPERATIONS: Mapping[str, Callable[[School, Write, StepRequest], None]] = {
    "register": _register,
    "receive": _receive,
    "replace": _replace,
    "change_members": _change_members,
    "replace_mentor": _replace_mentor,
}

__all__ = ["MoreRemedies", "Plan", "Programme", "School"]
