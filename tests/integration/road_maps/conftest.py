"""Organisations that run road maps, on both databases; figures of other rooms are set by the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import Session

import workflows.documents.plugin
import workflows.organisations.plugin
import workflows.road_maps.plugin
from workflow_core import queries as core_queries
from workflow_core.calendars import WorkingCalendar
from workflow_core.database import Database
from workflow_core.guards import SYSTEM, Actor, FactsProvider, Share
from workflow_core.hookspecs import hookimpl
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.unit_of_work import ProcessEngine, Read, Write
from workflows.organisations.tables import Organisation, Person, Setting
from workflows.road_maps import operations, queries
from workflows.road_maps.adoption import AdoptionPlan, plan_adoption
from workflows.road_maps.deadlines import Period
from workflows.road_maps.map_template import shipped_map
from workflows.road_maps.operations import FoundItem
from workflows.road_maps.tables import Activity, RoadMap

SCHOOL, OTHER_SCHOOL, DISTRICT = "0" * 31 + "1", "0" * 31 + "2", "0" * 31 + "9"
RESPONSIBLE_PERSON = "0" * 31 + "a"
CURATOR = Actor("account-1", "Морозова Е. В.", frozenset({"curator"}), "person-1")
HEAD = Actor("account-2", "Снежная М. И.", frozenset({"head"}), "person-2")
RESPONSIBLE = Actor("account-3", "Заяц В. С.", frozenset({"mentor"}), RESPONSIBLE_PERSON)


class Figures:
    """Figures that another room would keep, by name."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    @hookimpl
    def contribute_facts(self) -> list[FactsProvider]:
        """Two of the names that maps know; the others are nobody's here."""
        return [
            FactsProvider(name, "organisation", self._load(name)) for name in ("personal_data_consents", "mentor_bank")
        ]

    def _load(self, name: str) -> Callable[..., Mapping[str, Any]]:
        def load(_session: Session, scope: str, _ids: Sequence[str], _on: date) -> Mapping[str, Any]:
            return {scope: self.values.get(name, Share(0, 0))}

        return load


@dataclass
class Place:
    """One organisation at work."""

    engine: ProcessEngine
    now: datetime
    figures: Figures
    scope: str = SCHOOL
    road_map_id: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    """Key of an item -> its id, of the map adopted last."""

    def write(self, actor: Actor = CURATOR, now: datetime | None = None) -> AbstractContextManager[Write]:
        """One transaction."""
        return self.engine.write(self.scope, actor, now=now or self.now)

    def read(self, now: datetime | None = None) -> AbstractContextManager[Read]:
        """A snapshot."""
        return self.engine.read(self.scope, now=now or self.now)

    def plan(self, code: str, start: date, period: Period | None = None) -> AdoptionPlan:
        """What adopting a shipped map would give."""
        return plan_adoption(shipped_map(code), start, self.now.date(), WorkingCalendar(), period)

    def adopt(
        self,
        code: str,
        start: date = date(2026, 9, 1),
        done: Mapping[str, FoundItem] | None = None,
        actor: Actor = CURATOR,
        **options: Any,
    ) -> RoadMap:
        """Take a shipped map into work."""
        with self.write(actor) as write:
            road_map = operations.adopt(write, self.plan(code, start), done or {}, **options)
            self.road_map_id = road_map.id
            write.session.flush()
            rows = queries.activities_of_maps(write.session, self.scope, [self.road_map_id])
            self.ids = {row.key: row.id for row in rows}
            write.session.expunge_all()
        return road_map

    def activity(self, key: str) -> Activity:
        """The row of an item."""
        with self.read() as read:
            return queries.activity(read.session, self.scope, self.ids[key])

    def state(self, process_id: str) -> str:
        """The state of a map, section or item."""
        with self.read() as read:
            process = core_queries.process(read.session, process_id)
        assert process is not None
        return process.state

    def stage_state(self, key: str) -> str:
        """The state of the section that an item stands in."""
        return self.state(self.activity(key).stage_id)


def make_place(database: Database, now: datetime, scope: str) -> Place:
    """An engine of three rooms, a district with two schools and a kindergarten, and somebody who answers for items."""
    figures = Figures()
    catalogue = build_catalogue(
        [
            ("organisations", workflows.organisations.plugin),
            ("documents", workflows.documents.plugin),
            ("road_maps", workflows.road_maps.plugin),
            ("figures", figures),
        ],
        entry_points=False,
    )
    engine = ProcessEngine(database, catalogue, CollectedJobs())
    engine.store_definitions(now=now)
    places = [
        (DISTRICT, "district", "Отдел образования", None),
        (SCHOOL, "school", "Школа с. Ключевое", DISTRICT),
        (OTHER_SCHOOL, "school", "Школа № 5", DISTRICT),
        ("0" * 31 + "3", "kindergarten", "Детский сад «Ручеёк»", DISTRICT),
    ]
    for id_, kind, title, parent in places:
        with engine.write(id_, SYSTEM, now=now) as write:
            write.session.add(
                Organisation(id=id_, organisation_id=id_, kind=kind, title=title, short_title=title, parent_id=parent)
            )
    with engine.write(SCHOOL, SYSTEM, now=now) as write:
        write.session.add(
            Person(
                id=RESPONSIBLE_PERSON,
                organisation_id=SCHOOL,
                family_name="Заяц",
                given_name="Виктор",
                patronymic="Сергеевич",
                kind="employee",
            )
        )
    return Place(engine, now, figures, scope)


@pytest.fixture
def school(database: Database, now: datetime) -> Place:
    """A school of the district."""
    return make_place(database, now, SCHOOL)


@pytest.fixture
def district(database: Database, now: datetime) -> Place:
    """The district itself."""
    return make_place(database, now, DISTRICT)


@pytest.fixture
def setting(school: Place) -> Callable[[str, Any], None]:
    """Give the school a rule of its own."""

    def given(key: str, value: Any) -> None:
        with school.write(SYSTEM) as write:
            write.session.add(Setting(organisation_id=SCHOOL, key=key, value=value, valid_from=date(2026, 9, 1)))

    return given
