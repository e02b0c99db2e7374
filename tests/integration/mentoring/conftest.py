"""A school with people, banks and papers, on both databases; rules of any shipped profile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Any

import pytest

import workflows.documents.plugin
import workflows.mentoring.plugin
import workflows.organisations.plugin
from workflow_core import operations as engine_operations
from workflow_core import queries as core
from workflow_core.database import Database
from workflow_core.guards import SYSTEM, Actor, Blocker
from workflow_core.jobs import CollectedJobs
from workflow_core.operations import StepResult
from workflow_core.plugin_manager import build_catalogue
from workflow_core.unit_of_work import ProcessEngine, Read, Write
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import operations
from workflows.mentoring.operations import Proposal
from workflows.mentoring.tables import Side
from workflows.organisations import operations as organisations
from workflows.organisations.person_input import PersonInput

SCHOOL = "0" * 31 + "1"
PROFILES = ("kakhun", "school9", "teachers", "kindergarten", "tarasovsky")
KINDS = ("orders", "consents", "plans", "cases")
FIRST_DAY, LAST_DAY = date(2026, 9, 1), date(2027, 5, 31)
ORDER_DAY = date(2026, 9, 10)
CURATOR = Actor("account-1", "Петрова А. И.", frozenset({"curator"}))

PEOPLE: dict[str, PersonInput] = {
    "head": PersonInput("Гусев", "Антон", "Петрович", kind="employee", post="директор"),
    "curator": PersonInput("Петрова", "Алла", "Ивановна", kind="employee", post="заместитель директора"),
    "teacher": PersonInput("Морозова", "Елена", "Викторовна", kind="employee", post="учитель истории"),
    "second_teacher": PersonInput("Заяц", "Виктор", "Сергеевич", kind="employee", post="учитель физики"),
    "novice": PersonInput("Белая", "Анна", "Дмитриевна", kind="employee", post="учитель музыки"),
    "engineer": PersonInput("Орлов", "Пётр", "Ильич", kind="outside", post="инженер"),
    "belova": PersonInput("Белова", "Анна", "Ильинична", class_name="10", birth_date=date(2010, 2, 1)),
    "kim": PersonInput("Ким", "Данил", "Олегович", class_name="7 «Б»", birth_date=date(2013, 5, 12)),
    "lee": PersonInput("Ли", "Олег", "Юрьевич", class_name="7 «А»", birth_date=date(2013, 3, 1)),
    "mother": PersonInput("Ким", "Ольга", "Сергеевна", kind="parent"),
    "belova_mother": PersonInput("Белова", "Ирина", "Павловна", kind="parent"),
    "lee_father": PersonInput("Ли", "Юрий", "Олегович", kind="parent"),
}
ADULTS = {"kim": ("mother", "мать"), "belova": ("belova_mother", "мать"), "lee": ("lee_father", "отец")}


def new_engine(database: Database, now: datetime) -> ProcessEngine:
    """The engine with all rooms below the road maps, the shipped kinds of papers and profiles."""
    bundled: list[tuple[str, Any]] = [
        ("organisations", workflows.organisations.plugin),
        ("documents", workflows.documents.plugin),
        ("mentoring", workflows.mentoring.plugin),
        *((name, import_module(f"plugins.{name}")) for name in KINDS),
        *((f"profile_{code}", import_module(f"plugins.profile_{code}")) for code in PROFILES),
    ]
    engine = ProcessEngine(database, build_catalogue(bundled, entry_points=False), CollectedJobs())
    engine.store_definitions(now=now)
    return engine


@dataclass
class Place:
    """One organisation with its people, and the few words that tests need."""

    engine: ProcessEngine
    scope: str
    now: datetime
    ids: dict[str, str]
    programme: str

    def write(self, actor: Actor = CURATOR, *, now: datetime | None = None) -> AbstractContextManager[Write]:
        """One transaction."""
        return self.engine.write(self.scope, actor, now=now or self.now, operation="test")

    def read(self, *, now: datetime | None = None) -> AbstractContextManager[Read]:
        """A snapshot."""
        return self.engine.read(self.scope, now=now or self.now)

    def enrol(self, *names: str, side: str = Side.MENTEE) -> None:
        """Put people into a bank."""
        with self.write() as write:
            operations.enrol(write, self.programme, [self.ids[name] for name in names], side, entered_on=FIRST_DAY)

    def propose(self, mentors: tuple[str, ...] = ("belova",), mentees: tuple[str, ...] = ("kim",), **more: Any) -> str:
        """A pair in «Подобрана»; who is not in the banks yet is put there."""
        self.enrol(*mentors, side=Side.MENTOR)
        self.enrol(*mentees)
        people = tuple(self.ids[name] for name in mentors), tuple(self.ids[name] for name in mentees)
        options = {"happened_on": date(2026, 9, 5), **more}
        with self.write() as write:
            return operations.propose_pair(write, self.programme, Proposal(*people, **options)).id

    def consent(self, name: str, *, signed_on: date = date(2026, 9, 3), duty: bool = False, **more: Any) -> str:
        """A paper consent, signed by whoever has to at the age."""
        adult = ADULTS.get(name)
        kind = "personal_data_consent_representative" if adult else "personal_data_consent_adult"
        paper = ReadyPaper(
            kind="duty_consent" if duty else kind,
            signed_on=signed_on,
            person_id=self.ids[name],
            signer=self.ids[name] if duty or not adult else self.ids[adult[0]],
            **more,
        )
        with self.write() as write:
            return enter_ready(write, paper).id

    def order(
        self, *pair_ids: str, signed_on: date = ORDER_DAY, number: str = "42-ОД", kind: str = "pair_order"
    ) -> str:
        """An order on pairs in force, made elsewhere."""
        paper = ReadyPaper(
            kind=kind,
            signed_on=signed_on,
            number=number,
            signatory=self.ids["head"],
            subjects=tuple(("pair", pair_id) for pair_id in pair_ids),
        )
        with self.write() as write:
            return enter_ready(write, paper).id

    def fire(
        self, pair_id: str, event: str, on: date | None = None, *, actor: Actor = CURATOR, **more: Any
    ) -> StepResult:
        """One step."""
        with self.write(actor) as write:
            return engine_operations.fire(write, pair_id, event, happened_on=on, **more)

    def formed(self, **more: Any) -> str:
        """A pair that is fixed by an order, with all consents."""
        pair_id = self.propose(**more)
        for name in (*more.get("mentors", ("belova",)), *more.get("mentees", ("kim",))):
            self.consent(name)
            self.consent(name, duty=True)
        self.order(pair_id)
        self.fire(pair_id, "form", ORDER_DAY)
        return pair_id

    def state(self, pair_id: str) -> str:
        """State of a pair."""
        with self.read() as read:
            found = core.process(read.session, pair_id)
        assert found is not None
        return found.state

    def blockers(self, pair_id: str, event: str, on: date) -> list[Blocker]:
        """All that stands in the way of an event on a day."""
        with self.read() as read:
            outlooks = engine_operations.why_not(read, CURATOR, [pair_id], on)[pair_id]
        return [blocker for one in outlooks if one.event.name == event for blocker in one.blockers]


PlaceFactory = Callable[..., Place]


def people_of(write: Write) -> dict[str, str]:
    """Enter everybody; name -> id."""
    added = organisations.add_people(write, list(PEOPLE.values()))
    ids = {name: row.person.id for name, row in zip(PEOPLE, added, strict=True) if row.person is not None}
    write.session.flush()
    for pupil, (adult, relation) in ADULTS.items():
        organisations.add_representative(write, ids[pupil], ids[adult], relation)
    return ids


@pytest.fixture
def place_factory(database: Database, now: datetime) -> PlaceFactory:
    """Make organisations with the same people under different profiles."""
    engine = new_engine(database, now)

    def make(
        profile: str = "", scope: str = SCHOOL, kind: str = "school", form: str = "pupil_pupil", definition: str = ""
    ) -> Place:
        with engine.write(scope, SYSTEM, now=now) as write:
            organisations.create_organisation(
                write, kind=kind, title=f"Организация {scope[-1]}", place="г. Заречный", profile=profile
            )
        with engine.write(scope, SYSTEM, now=now) as write:
            ids = people_of(write)
            organisations.name_signatory(write, ids["head"], "директор", valid_from=date(2020, 9, 1))
            programme = operations.create_programme(
                write,
                "Вместе к цели",
                starts_on=FIRST_DAY,
                ends_on=LAST_DAY,
                form=form,
                definition=definition,
                curator_id=ids["curator"],
            ).id
        return Place(engine, scope, now, ids, programme)

    return make


@pytest.fixture
def school(place_factory: PlaceFactory) -> Place:
    """A school without a profile: the core's rules."""
    return place_factory()
