"""The search index is what a fresh build would be, whatever was written, and finds what reading every line would find."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.conftest import CURATOR, OTHER_SCHOOL, SCHOOL
from workflow_core.database import Database
from workflow_core.jobs import CollectedJobs
from workflow_core.plugin_manager import build_catalogue
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.documents.tables import Document
from workflows.mentoring.tables import Pair, PairMember, Programme
from workflows.organisations import search_index
from workflows.organisations.people import search_text, sort_key
from workflows.organisations.tables import Person, search_entry_table
from workflows.road_maps.tables import Activity, RoadMap, Stage

FAMILIES = ("Белова", "Ёлкина", "Ли", "Иванова-Белая", "О'Коннор", "Королёв")
GIVEN = ("Анна", "Фёдор", "Яна", "Мария Луиза")
TEXTS = ("Собрать СОГЛАСИЯ участников", "Обучить наставников: 3 занятия", "Ёмкий отчёт", "План «50%»")
QUESTIONS = (
    "бел",
    "ЕЛК",
    "ёлк",
    "ли",
    "я",
    "анна бел",
    "конн",
    "' or",
    "%",
    '"',
    "соглас",
    "луиз",
    "отчёт 50",
    "к",
    "|",
)


def name(draw: Random) -> dict[str, str]:
    family, given = draw.choice(FAMILIES), draw.choice(GIVEN)
    return {"family_name": family, "given_name": given, "sort_key": sort_key(family, given)}


class Clerk:
    """Changes rows at random; every kind of change that a register allows."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.ids: dict[type[Any], list[str]] = {}
        self.programme = self.stage = self.road_map = ""

    def found(self, write: Write) -> None:
        programme = Programme(
            organisation_id=SCHOOL, title="П", form="", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31)
        )
        road_map = RoadMap(organisation_id=SCHOOL, title="Карта", adopted_on=date(2026, 9, 1))
        stage = Stage(organisation_id=SCHOOL, road_map_id=road_map.id, number="1", title="Раздел", position=1)
        self.programme, self.road_map, self.stage = programme.id, road_map.id, stage.id
        write.session.add_all([programme, road_map, stage])

    def _add(self, write: Write, row: Any) -> None:
        write.session.add(row)
        self.ids.setdefault(type(row), []).append(row.id)

    def _some(self, write: Write, table: type[Any]) -> Any:
        ids = self.ids.get(table)
        return write.session.get(table, self.draw.choice(ids)) if ids else None

    def change(self, write: Write) -> None:
        draw = self.draw
        match draw.randrange(10):
            case 0 | 1:
                self._add(write, Person(organisation_id=SCHOOL, kind="pupil", **name(draw)))
            case 2:
                for row in filter(None, [self._some(write, Person)]):
                    row.sqlmodel_update(name(draw))
            case 3:
                pair = Pair(
                    organisation_id=SCHOOL,
                    programme_id=self.programme,
                    form="pupil_pupil",
                    starts_on=date(2026, 9, 1),
                    ends_on=date(2027, 5, 31),
                    label=draw.choice(("", "Группа ЁЛКИ")),
                )
                self._add(write, pair)
                self._member(write, pair.id, leads=True)
            case 4:
                for row in filter(None, [self._some(write, Pair)]):
                    self._member(write, row.id, leads=False)
            case 5:
                for row in filter(None, [self._some(write, Pair)]):
                    row.label = draw.choice(("", "Чтение вслух", "Ёж"))
            case 6:
                for row in filter(None, [self._some(write, PairMember)]):
                    row.leads = not row.leads
            case 7:
                text = search_text(f"{draw.choice(TEXTS)} {draw.randrange(100)}-ОД")
                self._add(
                    write, Document(organisation_id=SCHOOL, kind="k", document_class="act", title="Т", search_key=text)
                )
            case 8:
                item = Activity(
                    organisation_id=SCHOOL,
                    road_map_id=self.road_map,
                    stage_id=self.stage,
                    key=new_id(),
                    number=f"{draw.randrange(3)}.{draw.randrange(9)}.",
                    text=draw.choice(TEXTS),
                    position=1,
                )
                self._add(write, item)
            case 9:
                table = draw.choice((Person, PairMember, Document, Activity))
                if (row := self._some(write, table)) is not None:
                    self.ids[table].remove(row.id)
                    write.session.delete(row)

    def _member(self, write: Write, pair_id: str, *, leads: bool) -> None:
        person = self._some(write, Person)
        person_id = person.id if person is not None else new_id()
        self._add(
            write,
            PairMember(
                organisation_id=SCHOOL,
                pair_id=pair_id,
                person_id=person_id,
                side="mentor" if leads else "mentee",
                leads=leads,
                joined_on=date(2026, 9, 1),
            ),
        )


def by_reading_every_line(write: Write, kind: str, text: str) -> set[str]:
    """What must be found: each word anywhere in the line, a shorter one at the beginning of a word."""
    entry = search_entry_table.c
    rows = write.session.connection().execute(
        sa.select(entry.subject_id, entry.text).where(entry.kind == kind, entry.organisation_id == SCHOOL)
    )
    return {
        subject
        for subject, line in rows
        if all(
            word in line if len(word) > 2 else any(part.startswith(word) for part in line.split())
            for word in search_text(text).split()
        )
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_index_equals_a_fresh_build_after_any_change(visit_engine: ProcessEngine, seed: int, now: datetime) -> None:
    clerk = Clerk(seed)
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        clerk.found(write)
    for _ in range(25):
        with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
            for _change in range(clerk.draw.randrange(1, 5)):
                clerk.change(write)
            write.session.flush()
            assert search_index.differences(write.session, SCHOOL) == 0
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        for kind in search_index.KINDS:
            for text in QUESTIONS:
                found = search_index.matches(write.session, SCHOOL, kind, text).ids
                assert set(found or ()) == by_reading_every_line(write, kind, text), (kind, text)
        assert search_index.matches(write.session, OTHER_SCHOOL, "person", "бел").ids == ()
        assert search_index.is_sound(write.session)
        lines = sum(len(clerk.ids.get(table, ())) for table in (Person, Pair, Document, Activity))
        assert search_index.rebuild(write.session, SCHOOL) == lines
        assert search_index.differences(write.session, SCHOOL) == 0
        assert search_index.is_sound(write.session)


RARE = "\u0475\u0475\u0475\u0475"
"""Letters that no other name has, so that their trigram is seen in the index wherever it is still kept."""


def test_forgotten_names_leave_no_trigrams_behind(sqlite_database: Database, now: datetime) -> None:
    engine = ProcessEngine(sqlite_database, build_catalogue([], entry_points=False), CollectedJobs())
    left = []
    for more in range(4):
        with engine.write(SCHOOL, CURATOR, now=now) as write:
            rare = Person(organisation_id=SCHOOL, kind="pupil", family_name="А", given_name=RARE, sort_key=f"а {RARE}")
            write.session.add(rare)
            rare_id = rare.id
        for number in range(more):
            with engine.write(SCHOOL, CURATOR, now=now) as write:
                write.session.add(Person(organisation_id=SCHOOL, kind="pupil", **name(Random(number))))
        with engine.write(SCHOOL, CURATOR, now=now) as write:
            write.session.delete(write.session.get_one(Person, rare_id))
        left.append(trigrams(engine, now))
        with engine.write(SCHOOL, CURATOR, now=now) as write:
            search_index.forget(write.session)
        assert trigrams(engine, now) == 0

    assert any(left), "FTS5 keeps what was deleted until its segments are merged"


def trigrams(engine: ProcessEngine, now: datetime) -> int:
    """How often the rare trigram stands in the index's own blocks; its first byte may be shared with the term before it."""
    with engine.read(SCHOOL, now=now) as read:
        blocks = read.session.connection().execute(sa.text("SELECT block FROM search_trigram_data"))
        return sum(bytes(row[0]).count(RARE[:3].encode()[1:]) for row in blocks)
