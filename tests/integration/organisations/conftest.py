"""A district with two schools, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol

import pytest
from sqlmodel import Session

from workflow_core.database import Database
from workflow_core.guards import SYSTEM, Actor, FactsProvider
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.unit_of_work import ProcessEngine, Read, Write
from workflows.organisations import operations, plugin
from workflows.organisations.person_input import PersonInput

DISTRICT, SCHOOL, OTHER = "d" * 32, "a" * 32, "b" * 32
PLACES = ("kakhun", "school9", "teachers", "kindergarten", "tarasovsky")
ROOT = Path(__file__).parents[3]


class PairDefinitions:
    """The lifecycles of pairs as files, without their guards, and one of walks; a test says who mentors whom on a walk."""

    def __init__(self) -> None:
        self.mentors: dict[str, str] = {}

    @hookimpl
    def contribute_facts(self) -> list[FactsProvider]:
        def relations(_session: Session, _scope: str, ids: Sequence[str], _on: date) -> dict[str, dict[str, set[str]]]:
            return {walk: {self.mentors[walk]: {"mentor"}} for walk in ids if walk in self.mentors}

        return [FactsProvider("relations", "walk", relations, {})]

    @hookimpl
    def contribute_definitions(self) -> list[Path]:
        folder = ROOT / "workflows" / "mentoring"
        return [folder / "pair.yaml", folder / "pair_teachers.yaml", Path(__file__).with_name("walk.yaml")]


class Writing(Protocol):
    def __call__(self, scope: str = SCHOOL, actor: Actor = SYSTEM) -> AbstractContextManager[Write]: ...


class Reading(Protocol):
    def __call__(self, scope: str = SCHOOL) -> AbstractContextManager[Read]: ...


@pytest.fixture
def pairs() -> PairDefinitions:
    return PairDefinitions()


@pytest.fixture
def engine(database: Database, pairs: PairDefinitions, now: datetime) -> ProcessEngine:
    places = [(f"profile_{code}", import_module(f"plugins.profile_{code}")) for code in PLACES]
    bundled = [("organisations", plugin), ("pairs", pairs), *places]
    engine = ProcessEngine(database, build_catalogue(bundled, entry_points=False), CollectedJobs())
    engine.store_definitions(now=now)
    return engine


@pytest.fixture
def writing(engine: ProcessEngine, now: datetime) -> Writing:
    def write(scope: str = SCHOOL, actor: Actor = SYSTEM) -> AbstractContextManager[Write]:
        return engine.write(scope, actor, now=now, operation="test")

    return write


@pytest.fixture
def reading(engine: ProcessEngine, now: datetime) -> Reading:
    def read(scope: str = SCHOOL) -> AbstractContextManager[Read]:
        return engine.read(scope, now=now)

    return read


@pytest.fixture(autouse=True)
def places(writing: Writing) -> None:
    """The district, a school in it, and a school that has nothing to do with it."""
    with writing(DISTRICT) as write:
        operations.create_organisation(write, kind="district", title="Отдел образования", profile="tarasovsky")
    with writing(SCHOOL) as write:
        operations.create_organisation(write, kind="school", title="Школа № 12", parent_id=DISTRICT, profile="kakhun")
    with writing(OTHER) as write:
        operations.create_organisation(write, kind="school", title="Школа № 5")


def pupil(family_name: str = "Белова", given_name: str = "Анна", **values: object) -> PersonInput:
    """A pupil born on 4 May 2013 unless said otherwise."""
    known: dict[str, object] = {"birth_date": date(2013, 5, 4), "class_name": "7 «Б»", **values}
    return PersonInput(family_name, given_name, **known)  # type: ignore[arg-type]  # a test may give what it likes


def employee(family_name: str = "Морозова", given_name: str = "Елена", patronymic: str = "Викторовна") -> PersonInput:
    return PersonInput(family_name, given_name, patronymic, kind="employee", post="учитель истории")
