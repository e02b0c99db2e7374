"""A year told in advance: agents walk subjects through their definitions, day by day and by a seed, on the real engine.

This is the engine's part: the clock, whose turn it is, what is wished for, what is done about what stands in the way. It
knows nothing of schools: people, papers, values of forms and remedies come from a `World`. What happened is measured from
the history by `simulation_report`. All chance comes from the seed, so a run is the same on every machine and database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Protocol

from workflow_core import operations, queries
from workflow_core.definition import EventDefinition, WorkflowDefinition
from workflow_core.exceptions import GuardRefused, TransitionNotAllowed, WorkflowError
from workflow_core.guards import EMPTY, Actor, Blocker, Severity
from workflow_core.judgement import Outlook
from workflow_core.operations import StepRequest
from workflow_core.replay import CORRECT, UNDO, UNIVERSAL
from workflow_core.simulation_report import Report, Tally
from workflow_core.tables import Process
from workflow_core.unit_of_work import ProcessEngine, Write

MORNING = time(6, 0)
"""UTC; far enough from midnight in every time zone of Russia."""
BETWEEN_MOMENTS = timedelta(seconds=3)
PAGE = 1000
"""Entries of the history read at once."""
TRIES = 8
"""How often something is done about one wish before it is given up."""
USUAL = 0.7
"""Share of days on which steps are done by whoever is named first; on the others by anybody who may."""
GROUND = "Так решено при имитации"
SYSTEM_ROLE = "system"


class Clock:
    """Simulated time: one day after the other, a few seconds between two moments of a day."""

    def __init__(self, first_day: date) -> None:
        self.today = first_day - timedelta(days=1)
        self._moment = datetime.combine(self.today, MORNING, UTC)

    def next_day(self) -> None:
        """The morning of the following day."""
        self.today += timedelta(days=1)
        self._moment = datetime.combine(self.today, MORNING, UTC)

    def moment(self) -> datetime:
        """A moment of the day, later than all before it."""
        self._moment += BETWEEN_MOMENTS
        return self._moment


@dataclass(frozen=True, slots=True)
class Errand:
    """Something that stands in the way of a wish, given to somebody who mends it."""

    process: Process
    event: EventDefinition
    blocker: Blocker
    chance: Random


@dataclass(frozen=True, slots=True)
class Remedy:
    """How a blocker is mended by public operations. What takes several (a blank, then its receipt) is done one at a time."""

    apply: Callable[[Errand], None]
    paper: str = ""
    """The paper that is waited for («согласие»), empty where it is none."""
    fits: Callable[[Blocker], bool] = lambda _blocker: True
    """Which of the blockers of one code can be mended this way."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How the simulated people behave."""

    weights: Mapping[str, float] = field(default_factory=lambda: EMPTY)
    """Event («form», or «stage/start» for one kind of subject) -> how readily it is chosen in its state; 1 where nothing is said."""
    alone: Mapping[str, float] = field(default_factory=lambda: EMPTY)
    """State -> weight of leaving the subject alone; 0 where nothing is said."""
    pace: Mapping[str, tuple[int, int]] = field(default_factory=lambda: EMPTY)
    """State -> fewest and most days until somebody looks again."""
    weekdays: frozenset[int] = frozenset({0, 2, 4})
    """Days on which people sit down to it, Monday is 0; what falls due in between waits."""
    usual_pace: tuple[int, int] = (2, 8)
    after_errand: tuple[int, int] = (0, 3)
    curiosity: float = 8.0
    """How many times likelier a step is that nobody has done from this state yet: rare ways are walked too."""
    care: float = 0.5
    """Share of findings that are mended although a written ground would do."""
    slips: float = 0.04
    """Share of steps that turn out to be mistakes: they are undone, or their day is corrected."""
    backdating: float = 0.15
    """Share of steps that are entered some days late."""

    def faster(self, times: int) -> Habits:
        """The same people in a hurry: the same steps in fewer days."""

        def less(days: tuple[int, int]) -> tuple[int, int]:
            return max(1, days[0] // times), max(1, days[1] // times)

        pace = {state: less(days) for state, days in self.pace.items()}
        return replace(self, pace=pace, usual_pace=less(self.usual_pace), after_errand=(0, 1))

    def of(self, told: Mapping[str, Any], kind: str, name: str, usual: Any) -> Any:
        """What is told of an event or a state for a kind of subject, else for all, else `usual`."""
        return told.get(f"{kind}/{name}", told.get(name, usual))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A new subject that could not begin, or only with a ground."""

    definition: str
    event: str
    blockers: Sequence[Blocker]


class World(Protocol):
    """The place that is simulated: everything that the engine does not know. All that it does goes through public operations."""

    engine: ProcessEngine
    scope: str
    clock: Clock
    habits: Habits
    remedies: Mapping[str, Remedy]
    """Code of a blocker -> what is done about it."""

    def morning(self, chance: Random) -> Iterable[Refusal]:
        """What comes by itself on the day: new subjects, new papers."""

    def actor(self, role: str, process: Process) -> Actor | None:
        """Somebody who holds the role for this subject today, None where nobody does."""

    def values(self, process: Process, event: EventDefinition, chance: Random) -> Mapping[str, Any] | None:
        """What is filled into the event's form; None where it can't be filled in today."""

    def fire(self, write: Write, request: StepRequest) -> None:
        """Do the step by the operation that a page would call."""


@dataclass(slots=True)
class _Subject:
    """One subject with whoever looks after it."""

    id: str
    definition: WorkflowDefinition
    chance: Random
    looks_on: date
    state: str = ""
    wish: str = ""
    """The event that is striven for; empty if none."""
    tries: int = 0
    met: dict[str, date] = field(default_factory=dict)
    """Findings that stood in the way of the wish, since when."""
    errands: list[tuple[EventDefinition, Blocker]] = field(default_factory=list)
    given_up: set[str] = field(default_factory=set)
    """Events that proved impossible in this state."""
    slip: int = 0
    """Number of the entry that was a mistake; 0 if none."""

    def forget(self) -> None:
        """The wish is fulfilled or dropped."""
        self.wish, self.tries = "", 0
        self.met.clear()
        self.errands.clear()


class Simulation:
    """One run. `watched`: codes of the definitions whose subjects are looked after; others move by consequences and remedies."""

    def __init__(self, world: World, seed: int, watched: Iterable[str] | None = None) -> None:
        self.world, self.seed = world, seed
        self.watched = None if watched is None else frozenset(watched)
        self.tally = Tally()
        self._subjects: dict[str, _Subject] = {}
        self._entries = 0
        self._usual = True
        self._chance = Random(f"{seed}/world")

    def run(self, days: int, until_covered: Sequence[str] = ()) -> Report:
        """Live so many days, fewer where every step of some definitions has happened before.

        Whatever is raised that is no `WorkflowError` is a fault of the program and comes through.
        """
        clock = self.world.clock
        first_day = clock.today + timedelta(days=1)
        for _day in range(days):
            if until_covered and self.tally.covers(until_covered):
                break
            clock.next_day()
            if clock.today.weekday() not in self.world.habits.weekdays:
                continue
            self._usual = self._chance.random() < USUAL
            for refusal in self.world.morning(self._chance):
                self.tally.met(refusal.definition, refusal.event, refusal.blockers)
            self._read_history()
            due = [one for one in self._subjects.values() if one.looks_on <= clock.today]
            for subject in due:
                self._do_errands(subject)
            self._look([one for one in due if one.looks_on <= clock.today])
        self._read_history()
        papers = {code: remedy.paper for code, remedy in self.world.remedies.items()}
        lived = (clock.today - first_day).days + 1
        return self.tally.report(self.seed, first_day, lived, papers)

    # -- what happened ------------------------------------------------------------------------------------------------

    def _read_history(self) -> None:
        """Follow the entries since the last time: new subjects, new states."""
        world = self.world
        with world.engine.read(world.scope, now=world.clock.moment()) as read:
            while page := queries.entries_after(read.session, world.scope, self._entries, PAGE):
                for entry in page:
                    if entry.version:
                        definition = read.definition(entry.definition_hash)
                        self.tally.record(entry, definition)
                        self._follow(entry.subject_id, definition, entry.to_state)
                self._entries = page[-1].seq

    def _follow(self, subject_id: str, definition: WorkflowDefinition, state: str) -> None:
        if self.watched is not None and definition.code not in self.watched:
            return
        subject = self._subjects.get(subject_id)
        if subject is None:
            # Counted, not named by its id: ids are not the same in two runs.
            chance = Random(f"{self.seed}/{len(self._subjects)}")
            subject = self._subjects[subject_id] = _Subject(subject_id, definition, chance, self.world.clock.today)
        subject.definition = definition
        if subject.state != state:
            subject.state = state
            subject.given_up.clear()
            if subject.wish and not self._exists(subject):
                subject.forget()
            self._wait(subject)

    def _exists(self, subject: _Subject) -> bool:
        return any(event.name == subject.wish for event in subject.definition.events_from(subject.state))

    def _wait(self, subject: _Subject, pace: tuple[int, int] | None = None) -> None:
        habits, kind = self.world.habits, subject.definition.subject
        fewest, most = pace or habits.of(habits.pace, kind, subject.state, habits.usual_pace)
        subject.looks_on = self.world.clock.today + timedelta(days=subject.chance.randint(fewest, most))

    # -- wishes -------------------------------------------------------------------------------------------------------

    def _look(self, subjects: Sequence[_Subject]) -> None:
        """Whose day it is: choose a wish, ask what stands in its way, all subjects of one person at once, and go on."""
        world = self.world
        with world.engine.read(world.scope, now=world.clock.moment()) as read:
            processes = queries.processes(read.session, [one.id for one in subjects])
        asking: dict[str, tuple[Actor, list[_Subject]]] = {}
        for subject in subjects:
            process = processes[subject.id]
            if subject.slip:
                self._take_back(subject, process)
                self._wait(subject)
                continue
            actor = self._choose(subject, process)
            if actor is None:
                self._wait(subject)
            else:
                asking.setdefault(actor.id, (actor, []))[1].append(subject)
        for actor, mine in asking.values():
            with world.engine.read(world.scope, now=world.clock.moment()) as read:
                answers = operations.why_not(read, actor, [one.id for one in mine])
            for subject in mine:
                outlook = next((one for one in answers[subject.id] if one.event.name == subject.wish), None)
                if outlook is None:  # moved by somebody else's step a moment ago
                    subject.forget()
                else:
                    self._decide(subject, actor, outlook)

    def _choose(self, subject: _Subject, process: Process) -> Actor | None:
        """Keep or choose a wish; gives who is to do it, None where nothing is to be done today."""
        events = {event.name: event for event in subject.definition.events_from(process.state)}
        if subject.wish not in events:
            subject.forget()
            possible = [event for event in events.values() if event.name not in subject.given_up and _people(event)]
            if not possible:
                subject.given_up.clear()
                return None
            weights = [self._weight(subject, event) for event in possible]
            alone = self.world.habits.of(self.world.habits.alone, process.subject_kind, process.state, 0.0)
            names = [event.name for event in possible]
            (subject.wish,) = subject.chance.choices([*names, ""], [*weights, alone])
            if not subject.wish:
                return None
            self.tally.tried[subject.definition.code, process.state, subject.wish] += 1
        actor = self._somebody(_people(events[subject.wish]), subject, process)
        if actor is None:
            self._give_up(subject)
        return actor

    def _weight(self, subject: _Subject, event: EventDefinition) -> float:
        """How readily an event is chosen. Curiosity goes to what nobody has done from here; where nothing is left of that, to
        the way that leads to such a state; what ends a subject waits until its other ways have been walked.
        """
        habits, definition, state = self.world.habits, subject.definition, subject.state
        weight: float = habits.of(habits.weights, definition.subject, event.name, 1.0)
        target = event.target_from(state)
        if not self.tally.has(definition.code, state, event.name):
            ends = target in definition.final_states and target != state
            # What nobody succeeds in loses its charm, or a step that can't be done here would be wished for for ever.
            charm = habits.curiosity / (1 + self.tally.tried[definition.code, state, event.name])
            return max(weight, 1.0) * max(1.0, charm / 4 if ends else charm)
        ahead = self.tally.ahead(definition)
        leads_on = ahead.get(target, len(ahead)) < ahead.get(state, 0)
        return weight * habits.curiosity / 2 if leads_on else weight

    def _somebody(self, roles: Sequence[str], subject: _Subject, process: Process) -> Actor | None:
        first = roles[0] if self._usual else subject.chance.choice(roles)
        for role in (first, *roles):
            actor = self.world.actor(role, process)
            if actor is not None:
                return actor
        return None

    def _decide(self, subject: _Subject, actor: Actor, outlook: Outlook) -> None:
        self._meet(subject, outlook.blockers)
        blocking = [one for one in outlook.blockers if one.severity is Severity.BLOCK]
        findings = [one for one in outlook.blockers if one.severity is Severity.REASON and self._can_mend(one)]
        if blocking:
            self._send(subject, outlook.event, blocking)
        elif findings and subject.tries < TRIES and subject.chance.random() < self.world.habits.care:
            self._send(subject, outlook.event, findings)
        else:
            self._fire(subject, actor, outlook)

    def _meet(self, subject: _Subject, blockers: Sequence[Blocker]) -> None:
        self.tally.met(subject.definition.code, subject.wish, blockers)
        for blocker in blockers:
            if blocker.severity is not Severity.NOTE:
                subject.met.setdefault(blocker.code, self.world.clock.today)

    # -- what stands in the way ---------------------------------------------------------------------------------------

    def _can_mend(self, blocker: Blocker) -> bool:
        remedy = self.world.remedies.get(blocker.code)
        return remedy is not None and remedy.fits(blocker)

    def _send(self, subject: _Subject, event: EventDefinition, blockers: Sequence[Blocker]) -> None:
        """Somebody is asked to mend this; the wish is dropped where nobody can."""
        subject.tries += 1
        if subject.tries > TRIES or not all(self._can_mend(one) for one in blockers):
            self._give_up(subject)
            return
        subject.errands = [(event, one) for one in sorted(blockers, key=lambda one: (one.code, one.text))]
        self._wait(subject, self.world.habits.after_errand)

    def _do_errands(self, subject: _Subject) -> None:
        if not subject.errands:
            return
        world, errands = self.world, list(subject.errands)
        subject.errands.clear()
        with world.engine.read(world.scope, now=world.clock.moment()) as read:
            process = queries.processes(read.session, [subject.id])[subject.id]
        for event, blocker in errands:
            try:
                world.remedies[blocker.code].apply(Errand(process, event, blocker, subject.chance))
            except WorkflowError as exc:
                self.tally.refused(f"{subject.definition.code}: {blocker.code}", str(exc))
        self._wait(subject, world.habits.after_errand)

    def _give_up(self, subject: _Subject) -> None:
        for code in subject.met:
            self.tally.gave_up(subject.definition.code, subject.wish, code)
        subject.given_up.add(subject.wish)
        subject.forget()
        self._wait(subject)

    # -- steps --------------------------------------------------------------------------------------------------------

    def _fire(self, subject: _Subject, actor: Actor, outlook: Outlook) -> None:
        process, event, chance = outlook.question.process, outlook.event, subject.chance
        values = self.world.values(process, event, chance)
        if values is None:
            self._give_up(subject)
            return
        ground = GROUND if outlook.needs_ground else ""
        request = StepRequest(process.id, event.name, values, self._day(process, chance), ground=ground)
        try:
            self._do(actor, request)
        except GuardRefused as refused:
            # Rules about the fields speak only when a form is sent.
            self._meet(subject, refused.blockers)
            blocking = [one for one in refused.blockers if one.severity is Severity.BLOCK]
            if blocking:
                self._send(subject, event, blocking)
                return
            if not self._tried(subject, actor, request._replace(ground=GROUND)):
                return
        except WorkflowError as exc:
            self._no(subject, exc)
            return
        self._done(subject)

    def _tried(self, subject: _Subject, actor: Actor, request: StepRequest) -> bool:
        try:
            self._do(actor, request)
        except WorkflowError as exc:
            self._no(subject, exc)
            return False
        return True

    def _do(self, actor: Actor, request: StepRequest) -> None:
        world = self.world
        with world.engine.write(world.scope, actor, now=world.clock.moment(), operation=request.event) as write:
            world.fire(write, request)

    def _no(self, subject: _Subject, exc: WorkflowError) -> None:
        if not isinstance(exc, TransitionNotAllowed) or isinstance(exc, GuardRefused):
            self.tally.refused(f"{subject.definition.code}: {subject.wish}", str(exc))
        self._give_up(subject)

    def _done(self, subject: _Subject) -> None:
        for code, since in subject.met.items():
            days = (self.world.clock.today - since).days
            self.tally.waited(subject.definition.code, subject.wish, code, days)
        subject.forget()
        subject.slip = int(subject.chance.random() < self.world.habits.slips)
        self._wait(subject)

    def _day(self, process: Process, chance: Random) -> date:
        """Usually today; sometimes a step is entered late, but not before the one before it."""
        today = self.world.clock.today
        if chance.random() >= self.world.habits.backdating:
            return today
        return max(today - timedelta(days=chance.randint(1, 4)), date.fromisoformat(process.since))

    def _take_back(self, subject: _Subject, process: Process) -> None:
        """The last step was a mistake: it is undone, or its day is corrected; where neither may be, it stays."""
        world, subject.slip = self.world, 0
        with world.engine.read(world.scope, now=world.clock.moment()) as read:
            entries = queries.entries_of(read.session, world.scope, [process.id])[process.id]
        last = [one for one in entries if one.version][-1]
        verb = subject.definition.verbs.get(subject.chance.choice((UNDO, CORRECT)))
        actor = self._somebody(verb.roles, subject, process) if verb else None
        if verb is None or actor is None or last.event in UNIVERSAL:
            return
        try:
            with world.engine.write(world.scope, actor, now=world.clock.moment(), operation=verb.name) as write:
                if verb.name == UNDO:
                    operations.undo(write, process.id, why=GROUND)
                else:
                    day = date.fromisoformat(last.happened_on) - timedelta(days=subject.chance.randint(0, 1))
                    operations.correct(write, process.id, last.seq, happened_on=day, why=GROUND)
        except WorkflowError:
            return


def _people(event: EventDefinition) -> tuple[str, ...]:
    """Roles of people who may do it; what the system alone does nobody wishes for."""
    return tuple(role for role in event.roles if role != SYSTEM_ROLE)
