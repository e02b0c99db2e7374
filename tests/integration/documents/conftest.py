"""A school with its papers, on both databases; the kinds of documents are those that ship."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import plugins.consents
import plugins.orders
import plugins.plans
import workflows.documents.plugin
import workflows.organisations.plugin
from workflow_core.database import Database
from workflow_core.guards import SYSTEM, Actor
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs
from workflow_core.operations import Consequence
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import Register, new_id
from workflow_core.unit_of_work import ProcessEngine
from workflows.documents import operations
from workflows.documents.rendering_task import task_handlers
from workflows.organisations.tables import Organisation, Person, Representative, Signatory

GOLDEN = Path(__file__).parents[2] / "golden"
SCHOOL, OTHER_SCHOOL = "0" * 31 + "1", "0" * 31 + "2"
CURATOR = Actor("account-1", "Морозова Е. В.", frozenset({"curator"}))
CONSENT_FACTS = {
    "purpose": "участия в программе наставничества «Вместе к цели»",
    "data": ["фамилия, имя, отчество", "класс"],
    "actions": ["сбор", "хранение", "уничтожение"],
    "term": "2027-08-31",
}


class Mentoring:
    """What an act's definition names and another room gives."""

    @hookimpl
    def contribute_consequences(self) -> list[Consequence]:
        """Pairs of an order: none here."""
        return [Consequence("form_ordered_pairs", "закрепление пар", lambda *_: [])]


def golden(name: str) -> dict[str, Any]:
    """The facts of a golden document."""
    facts: dict[str, Any] = json.loads((GOLDEN / name / "facts.json").read_text("utf-8"))
    return facts


@dataclass(frozen=True)
class School:
    """The engine and the people of one school."""

    engine: ProcessEngine
    jobs: CollectedJobs
    now: datetime
    head: str
    acting: str
    teacher: str
    kim: str
    """A pupil of 13."""
    mother: str
    belova: str
    """A pupil of 16 without representatives."""
    signatory: str

    def write(self, actor: Actor = CURATOR, *, now: datetime | None = None) -> Any:
        """One transaction of the curator."""
        return self.engine.write(SCHOOL, actor, now=now or self.now)

    def read(self) -> Any:
        """A snapshot."""
        return self.engine.read(SCHOOL, now=self.now)

    def run_jobs(self) -> int:
        """What a worker would do after the commits."""
        return self.jobs.run(self.engine)


@pytest.fixture
def school(database: Database, now: datetime) -> School:
    """A school with a head, an acting head from 2 to 8 November, a teacher, two pupils and a mother."""
    jobs = CollectedJobs()
    rooms = [
        ("organisations", workflows.organisations.plugin),
        ("documents", workflows.documents.plugin),
        ("orders", plugins.orders),
        ("consents", plugins.consents),
        ("plans", plugins.plans),
        ("mentoring", Mentoring()),
    ]
    catalogue = build_catalogue(rooms, entry_points=False)
    catalogue.task_handlers.update(task_handlers(lambda: now))
    engine = ProcessEngine(database, catalogue, jobs)
    engine.store_definitions(now=now)
    people = _people(engine, now)
    return School(engine, jobs, now, **vars(people))


def _people(engine: ProcessEngine, now: datetime) -> SimpleNamespace:
    def person(family: str, given: str, patronymic: str, kind: str, **values: Any) -> Person:
        return Person(
            organisation_id=SCHOOL, family_name=family, given_name=given, patronymic=patronymic, kind=kind, **values
        )

    organisation = Organisation(
        id=SCHOOL,
        organisation_id=SCHOOL,
        kind="school",
        title="Муниципальная школа № 5",
        short_title="Школа № 5",
        place="г. Заречный",
        address="г. Заречный, ул. Лесная, д. 1",
    )
    people = {
        "head": person("Снежная", "Марина", "Игоревна", "employee", post="директор", sex="f"),
        "acting": person("Гусев", "Антон", "Петрович", "employee", post="заместитель директора", sex="m"),
        "teacher": person("Заяц", "Виктор", "Сергеевич", "employee", post="учитель математики", sex="m"),
        "kim": person("Ким", "Данил", "Олегович", "pupil", class_name="7 «Б»", birth_date=date(2013, 5, 12), sex="m"),
        "mother": person("Ким", "Ольга", "Сергеевна", "parent", sex="f"),
        "belova": person("Белова", "Анна", "Ильинична", "pupil", class_name="10", birth_date=date(2010, 2, 1), sex="f"),
    }
    ids = {name: row.id for name, row in people.items()}
    head = Signatory(
        organisation_id=SCHOOL, person_id=ids["head"], title="директор", valid_from=date(2020, 9, 1), valid_to=None
    )
    acting = Signatory(
        organisation_id=SCHOOL,
        person_id=ids["acting"],
        title="и. о. директора",
        order="приказ № 98-к",
        acting=True,
        valid_from=date(2026, 11, 2),
        valid_to=date(2026, 11, 8),
    )
    mother = Representative(organisation_id=SCHOOL, pupil_id=ids["kim"], person_id=ids["mother"], relation="мать")
    known = SimpleNamespace(**ids, signatory=head.id)
    for rows in ([organisation], list(people.values()), [head, acting, mother]):
        _add(engine, now, rows)
    return known


def _add(engine: ProcessEngine, now: datetime, rows: list[Any]) -> None:
    with engine.write(SCHOOL, SYSTEM, now=now) as write:
        for row in rows:
            assert isinstance(row, Register)
            write.session.add(row)


@pytest.fixture
def order(school: School) -> Callable[..., str]:
    """Prepare an order on pairs and give its id."""

    def prepared(facts: dict[str, Any] | None = None, **options: Any) -> str:
        with school.write() as write:
            whole = facts or golden("pair_order")
            document = operations.prepare(write, "pair_order", [new_id(), new_id()], facts=whole, **options)
            return document.id

    return prepared


@pytest.fixture
def consent(school: School) -> Callable[..., str]:
    """Ask for a consent and give the blank's id."""

    def issued(person_id: str, kind: str = "personal_data_consent_representative") -> str:
        with school.write() as write:
            return operations.issue_consents(write, kind, [person_id], facts=CONSENT_FACTS)[0].document_id

    return issued
