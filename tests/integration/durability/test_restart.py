"""Restart equality: whatever is done, the rows equal what the history alone gives, and a new engine finds all as it was."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.conftest import NOW
from tests.integration.durability.golden import VALUES, permissive
from tests.integration.durability.rounds import STRESS, figures, rounds
from web.assembly import catalogue
from workflow_core import operations, queries
from workflow_core.database import Database, open_database
from workflow_core.definition import START, WorkflowDefinition
from workflow_core.exceptions import WorkflowError
from workflow_core.fault_points import FaultStruck, armed
from workflow_core.guards import Actor
from workflow_core.jobs import CollectedJobs
from workflow_core.operations import StepRequest
from workflow_core.replay import project
from workflow_core.tables import Process, new_id
from workflow_core.unit_of_work import ProcessEngine, Write
from workflow_core.verification import replay, verify

pytestmark = pytest.mark.slow

SHIPPED = catalogue()
CATALOGUE = permissive(SHIPPED.definitions, SHIPPED.roles)
ROLES = frozenset(SHIPPED.roles)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that a process runs for, in one of the two organisations."""

    id: str
    scope: str
    code: str


class Restarts(RuleBasedStateMachine):
    """Two organisations of one database, all shipped lifecycles, and whatever people do to them."""

    database: Database
    done: dict[str, int]
    """Rule -> how often it came to something; shared by all examples of one test."""

    subjects: Bundle[Subject] = Bundle("subjects")

    @initialize()
    def begin(self) -> None:
        # Fresh organisations, so that every example finds an empty history without a database of its own.
        self.scopes = (new_id(), new_id())
        self.now: datetime = NOW
        self.known: dict[str, Subject] = {}
        self.model: dict[str, tuple[str, int]] = {}
        self.changed: set[str] = set()
        self.moved = 0
        """Steps since the last restart."""
        self.engine = self._opened()

    # -- what is done -------------------------------------------------------------------------------------------------

    @rule(
        target=subjects,
        code=st.sampled_from(sorted(CATALOGUE.definitions)),
        place=st.integers(0, 1),
        found=st.none() | st.integers(0, 20),
    )
    def start(self, code: str, place: int, found: int | None) -> Subject:
        definition = CATALOGUE.definitions[code]
        subject = Subject(new_id(), self.scopes[place], code)

        def action(write: Write) -> Process:
            if found is None:
                event = definition.events_from(START)[0]
                fields = values(definition, event.name)
                return operations.start(
                    write, code, definition.subject, subject.id, event.name, fields=fields, ground="да"
                ).process
            state = list(definition.states)[found % len(definition.states)]
            remembered = next(iter(definition.states)) if definition.states[state].remembers else ""
            return operations.enter_as_found(write, code, definition.subject, subject.id, state, remembered=remembered)

        self.known[subject.id] = subject
        self._do("start" if found is None else "enter_as_found", subject, action)
        return subject

    @rule(
        subject=subjects,
        way=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 50), st.integers(0, 1)), min_size=1, max_size=6),
    )
    def fire(self, subject: Subject, way: list[tuple[int, int, int]]) -> None:
        """Any events of the state, one after the other, dated back at will; suspending and reopening among them."""
        for choice, days, who in way:
            self._fire(subject, choice, (self.now - timedelta(days=days)).date(), who)

    def _fire(self, subject: Subject, choice: int, day: date, who: int) -> None:
        definition = CATALOGUE.definitions[subject.code]
        events = definition.events_from(self.model[subject.id][0])
        if not events:
            return
        event = events[choice % len(events)].name

        def action(write: Write) -> Process:
            fields = values(definition, event)
            return operations.fire(write, subject.id, event, fields=fields, happened_on=day, ground="да").process

        self._do("fire", subject, action, who)

    @rule(subject=subjects, choice=st.integers(0, 30))
    def slip(self, subject: Subject, choice: int) -> None:
        """A step that is a mistake and is taken back at once; some can't be."""
        self._fire(subject, choice, self.now.date(), 0)
        self.undo(subject)

    @rule(subject=subjects)
    def undo(self, subject: Subject) -> None:
        self._do("undo", subject, lambda write: operations.undo(write, subject.id, why="Ошибка"))

    @rule(subject=subjects, which=st.integers(0, 30), days=st.integers(0, 90))
    def correct(self, subject: Subject, which: int, days: int) -> None:
        day = (self.now - timedelta(days=days)).date()

        def action(write: Write) -> Process:
            entries = queries.entries_of(write.session, subject.scope, [subject.id])[subject.id]
            seq = entries[which % len(entries)].seq
            return operations.correct(write, subject.id, seq, happened_on=day, why="Описка")

        self._do("correct", subject, action)

    @rule(place=st.integers(0, 1), choice=st.integers(0, 30))
    def bulk(self, place: int, choice: int) -> None:
        """One commit for all subjects of an organisation; rows that are refused stay as they are."""
        scope = self.scopes[place]
        requests = []
        for one in (one for one in self.known.values() if one.scope == scope and one.id in self.model):
            definition = CATALOGUE.definitions[one.code]
            events = definition.events_from(self.model[one.id][0]) or definition.events
            event = events[choice % len(events)].name
            requests.append(StepRequest(one.id, event, values(definition, event), ground="да"))
        with self.engine.write(scope, actor(0), now=self.now) as write:
            rows = operations.fire_many(write, requests)
            found = queries.processes(write.session, [row.process_id for row in rows])
        for row in rows:
            process = found[row.process_id]
            assert row.ok == (process.version == self.model[row.process_id][1] + 1)
            self.model[row.process_id] = (process.state, process.version)
            self.changed.add(row.process_id)
            self.done["bulk row"] = self.done.get("bulk row", 0) + row.ok

    @rule(subject=subjects)
    def fail(self, subject: Subject) -> None:
        """A write that breaks off after its steps leaves nothing, in memory either."""
        definition = CATALOGUE.definitions[subject.code]
        requests = [
            StepRequest(subject.id, event.name, values(definition, event.name), ground="да")
            for event in definition.events_from(self.model[subject.id][0])
        ]
        with (
            suppress(FaultStruck),
            armed("before_commit"),
            self.engine.write(subject.scope, actor(0), now=self.now) as write,
        ):
            operations.fire_many(write, requests)
        self.changed.add(subject.id)
        self.done["fail"] = self.done.get("fail", 0) + 1

    @rule(hours=st.integers(-48, 24 * 40))
    def jump(self, hours: int) -> None:
        """The clock of the computer is set, back too."""
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.moved > 4)
    @rule()
    def restart(self) -> None:
        """All is closed; a new engine on the same database knows nothing but what is stored."""
        before = self._everything()
        self.engine.database.close()
        self.engine = self._opened()
        assert self._everything() == before
        for scope in self.scopes:
            with self.engine.read(scope, now=self.now) as read:
                assert (verify(read).problems, replay(read).problems) == ([], [])
        self.moved = 0
        self.done["restart"] = self.done.get("restart", 0) + 1

    # -- what holds ---------------------------------------------------------------------------------------------------

    @invariant()
    def rows_equal_their_history(self) -> None:
        if not self.changed:
            return
        for scope in self.scopes:
            ids = [one for one in self.changed if self.known[one].scope == scope]
            with self.engine.read(scope, now=self.now) as read:
                rows = queries.processes(read.session, ids)
                entries = queries.entries_of(read.session, scope, ids)
                for subject_id in ids:
                    told, row = project(entries[subject_id], read.definition), rows[subject_id]
                    assert (told.state, told.remembered, told.version, told.since, told.definition_hash) == (
                        row.state,
                        row.remembered,
                        row.version,
                        row.since,
                        row.definition_hash,
                    )
                    assert (row.state, row.version) == self.model[subject_id]
                    moments = [entry.recorded_at for entry in entries[subject_id]]
                    assert moments == sorted(moments), "a history never runs backwards"
        self.changed.clear()

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.restart()
            self.engine.database.close()

    # -- help ---------------------------------------------------------------------------------------------------------

    def _opened(self) -> ProcessEngine:
        url = self.database.url.render_as_string(hide_password=False)
        engine = ProcessEngine(open_database(url, synchronous="OFF"), CATALOGUE, CollectedJobs())
        engine.store_definitions(now=self.now)
        return engine

    def _do(self, name: str, subject: Subject, action: Callable[[Write], Process], who: int = 0) -> None:
        """Do something to one subject; a refusal changes nothing."""
        try:
            with self.engine.write(subject.scope, actor(who), now=self.now) as write:
                process = action(write)
        except WorkflowError:
            assert subject.id in self.model, f"{name} must not be refused"
        else:
            self.model[subject.id] = (process.state, process.version)
            self.moved += 1
            self.done[name] = self.done.get(name, 0) + 1
        self.changed.add(subject.id)

    def _everything(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for scope in self.scopes:
            with self.engine.read(scope, now=self.now) as read:
                found[f"head {scope}"] = queries.read_head(read.session, scope)
                found[f"rows {scope}"] = sorted(queries.processes_of(read.session, scope), key=lambda row: row.id)
                found[f"entries {scope}"] = queries.entries_after(read.session, scope, 0, 100_000)
        return found


def actor(who: int) -> Actor:
    """One of two people who may everything."""
    return Actor(f"account-{who}", "Снегирева Е. В.", ROLES, f"person-{who}")


def values(definition: WorkflowDefinition, event: str) -> dict[str, Any]:
    """Something in every field of an event."""
    fields = definition.event(event).fields
    return {one.name: one.choices[0][0] if one.choices else VALUES[one.type] for one in fields}


@pytest.fixture
def chance() -> int:
    """The seed of the run: always the same in the suite, another one each time under stress, printed to be given again."""
    given = os.environ.get("MARSHRUT_SEED")
    number = int(given) if given else random.randrange(2**32) if STRESS else 20260901
    print(f"MARSHRUT_SEED={number}")
    return number


def test_rows_equal_their_history_and_survive_restarts(database: Database, chance: int) -> None:
    done: dict[str, int] = {}
    machine = type("Machine", (Restarts,), {"database": database, "done": done})
    told = settings(
        max_examples=rounds(8, 300),
        stateful_step_count=rounds(20, 60),
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(seed(chance)(machine), settings=told)

    figures(f"restart equality, {database.url.get_backend_name()}", seed=chance, **done)
    every = {"start", "enter_as_found", "fire", "undo", "correct", "bulk row", "fail", "restart"}
    assert set(done) == every if STRESS else {"fire", "restart"} < set(done)
