"""The whole product put together by its composition root, on both databases, and people who do not exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.catalogues import shipped
from tests.conftest import ENGINES, new_database
from web.assembly import CollectedJobs, Installation, assemble
from web.settings import Settings
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.database import Database
from workflow_core.guards import SYSTEM, Actor, Blocker
from workflow_core.operations import StepResult
from workflow_core.rendering import document_text
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Read, Write
from workflows.documents import files, queries
from workflows.documents.rendering_task import task_handlers
from workflows.organisations import operations, policy
from workflows.organisations.person_input import PersonInput

ROLES = ("curator", "head", "administrator", "auditor")

STAFF: Mapping[str, PersonInput] = {
    "head": PersonInput("Тетерев", "Андрей", "Павлович", "employee", post="директор"),
    "deputy": PersonInput("Куница", "Галина", "Петровна", "employee", post="заместитель директора"),
    "curator": PersonInput("Снегирева", "Елена", "Викторовна", "employee", post="педагог-организатор"),
}
FAMILIES = (
    *(("Барсуков", "Барсукова"), ("Выдрин", "Выдрина"), ("Глухарев", "Глухарева"), ("Дроздов", "Дроздова")),
    *(("Ежов", "Ежова"), ("Жаворонков", "Жаворонкова"), ("Зимородков", "Зимородкова"), ("Иволгин", "Иволгина")),
    *(("Коростелев", "Коростелева"), ("Ласточкин", "Ласточкина"), ("Мотыльков", "Мотылькова"), ("Норкин", "Норкина")),
    *(("Окунев", "Окунева"), ("Перепелкин", "Перепелкина"), ("Рябчиков", "Рябчикова"), ("Синицын", "Синицына")),
    *(("Трясогузов", "Трясогузова"), ("Удодов", "Удодова"), ("Филинов", "Филинова"), ("Хорьков", "Хорькова")),
    *(("Цаплин", "Цаплина"), ("Чижов", "Чижова"), ("Шмелев", "Шмелева"), ("Щеглов", "Щеглова")),
    *(("Ястребов", "Ястребова"), ("Беркутов", "Беркутова"), ("Вьюрков", "Вьюркова"), ("Галкин", "Галкина")),
    *(("Дятлов", "Дятлова"), ("Зябликов", "Зябликова"), ("Кедровкин", "Кедровкина"), ("Куликов", "Куликова")),
    *(("Лунев", "Лунева"), ("Нырков", "Ныркова"), ("Овсянкин", "Овсянкина"), ("Пеночкин", "Пеночкина")),
    *(("Поползнев", "Поползнева"), ("Сапсанов", "Сапсанова"), ("Свиристелев", "Свиристелева"), ("Сычев", "Сычева")),
    *(("Чибисов", "Чибисова"), ("Чечеткин", "Чечеткина"), ("Юрков", "Юркова"), ("Ремезов", "Ремезова")),
    *(("Вертишеев", "Вертишеева"), ("Гаршнепов", "Гаршнепова"), ("Дупелев", "Дупелева"), ("Казаркин", "Казаркина")),
    *(("Крохалев", "Крохалева"), ("Огарев", "Огарева"), ("Турпанов", "Турпанова"), ("Чирков", "Чиркова")),
)
"""Families of invented people, he and she; every pupil has one of their own, shared with the mother alone."""
GIVEN = (("Игорь", "Олегович"), ("Вера", "Олеговна"))


def pupils(first: int, count: int, class_name: str, birth_year: int) -> list[PersonInput]:
    """Invented pupils from a place in the list of families on, boys and girls in turn."""
    made = []
    for place in range(first, first + count):
        she = place % 2
        given, patronymic = GIVEN[she]
        born = date(birth_year, 1 + place % 12, 1 + place % 28)
        made.append(PersonInput(FAMILIES[place][she], given, patronymic, class_name=class_name, birth_date=born))
    return made


def mother_of(pupil: PersonInput) -> PersonInput:
    """The mother of an invented pupil."""
    family = next(she for he, she in FAMILIES if pupil.family_name in (he, she))
    return PersonInput(family, "Наталья", "Сергеевна", "parent")


def at(day: date) -> datetime:
    """Noon in Moscow."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@dataclass
class House:
    """The installation with one organisation in it, and the day on which the story stands."""

    installation: Installation
    scope: str
    today: date
    ids: dict[str, str] = field(default_factory=dict)
    """Family name (a mother: with «мать » before it; staff: their post's key) -> person."""
    inputs: dict[str, PersonInput] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    """Family name of a mentor -> account; those of the office are called after their role."""
    writes: int = 0
    """Transactions that the story has needed."""

    @contextmanager
    def write(self, role: str = "curator", *, actor: Actor | None = None) -> Iterator[Write]:
        """One transaction on the day of the story, by whoever holds the role on it."""
        self.writes += 1
        who = actor or self.actor(role)
        with self.installation.engine.write(self.scope, who, now=at(self.today), operation="story") as write:
            yield write

    def read(self, day: date | None = None) -> AbstractContextManager[Read]:
        """A snapshot on a day."""
        return self.installation.engine.read(self.scope, now=at(day or self.today))

    def actor(self, role: str) -> Actor:
        """The account of a role, or of a person (family name), as the access policy knows it on the day."""
        with self.read() as read:
            account = self.accounts.get(role, f"account-{role}")
            return policy.actor_for(read.session, self.scope, account, role, self.today)

    def add(self, people: Iterable[PersonInput], *, mothers: bool = False) -> list[str]:
        """Enter people (and who signs for them); gives their names in `ids`."""
        rows = list(people)
        with self.write() as write:
            self._add(write, rows)
            if mothers:
                adults = [mother_of(row) for row in rows]
                self._add(write, adults, "мать ")
                for row, adult in zip(rows, adults, strict=True):
                    pupil, mother = self.ids[row.family_name], self.ids[f"мать {adult.family_name}"]
                    operations.add_representative(write, pupil, mother, "мать")
                    self.ids[f"мать {row.family_name}"] = mother
        return [row.family_name for row in rows]

    def _add(self, write: Write, rows: list[PersonInput], prefix: str = "") -> None:
        for row, added in zip(rows, operations.add_people(write, rows), strict=True):
            assert added.person is not None, added.errors
            self.ids[f"{prefix}{row.family_name}"] = added.person.id
            self.inputs[added.person.id] = row

    def people(self, *names: str) -> tuple[str, ...]:
        """Ids of people by name."""
        return tuple(self.ids[name] for name in names)

    def login(self, name: str) -> str:
        """Give a person an account as a mentor; the name of the role to write with."""
        with self.write("administrator") as write:
            operations.grant_role(write, self.accounts.setdefault(name, new_id()), "mentor", person_id=self.ids[name])
        return name

    def fire(self, subject: str, event: str, on: date | None = None, *, by: str = "curator", **more: Any) -> StepResult:
        """One step."""
        with self.write(by) as write:
            return engine.fire(write, subject, event, happened_on=on, **more)

    def state(self, subject: str) -> str:
        """State of a pair, item, map or paper."""
        with self.read() as read:
            found = core.process(read.session, subject)
        assert found is not None
        return found.state

    def blockers(self, subject: str, event: str, on: date | None = None) -> list[Blocker]:
        """Why not, as the curator's page says it."""
        actor = self.actor("curator")
        with self.read() as read:
            answers = engine.why_not(read, actor, [subject], on)[subject]
        return [blocker for one in answers if one.event.name == event for blocker in one.blockers]

    def run_jobs(self) -> int:
        """What a worker would do after the commits."""
        jobs = self.installation.jobs
        assert isinstance(jobs, CollectedJobs)
        return jobs.run(self.installation.engine)

    def text_of(self, document_id: str) -> str:
        """The words of the generated file of a paper."""
        with self.read() as read:
            found = queries.files_of(read.session, self.scope, [document_id])[document_id]
            rows = [row for row in found if row.purpose == "generated"]
            assert len(rows) == 1
            return document_text(files.get(read.session, rows[0].sha256)).replace("\u00a0", " ")


def open_house(database: Database, folder: Path, day: date, *, profile: str = "", **place: Any) -> House:
    """An installation with one organisation: people of the office, accounts in every role, a head who may sign."""
    settings = Settings(data=folder, database_url=str(database.url), secret="a secret of the tests only")
    installation = assemble(settings, jobs=CollectedJobs(), database=database, known=shipped())
    installation.engine.store_definitions(now=at(day))
    return found_organisation(installation, day, profile=profile, **place)


def found_organisation(installation: Installation, day: date, *, profile: str = "", **place: Any) -> House:
    """One more organisation in an installation."""
    house = House(installation, new_id(), day)
    installation.engine.catalogue.task_handlers.update(task_handlers(lambda: at(house.today)))
    values = {
        "kind": "school",
        "title": "МБОУ «Средняя школа с. Ключевое»",
        "short_title": "Школа с. Ключевое",
        "place": "с. Ключевое",
        "profile": profile,
    } | place
    with house.write(actor=SYSTEM) as write:
        operations.create_organisation(write, **values)
        house._add(write, list(STAFF.values()))
        for key, person in STAFF.items():
            house.ids[key] = house.ids[person.family_name]
        operations.name_signatory(write, house.ids["head"], "директор", valid_from=date(2020, 9, 1))
        for role in ROLES:
            operations.grant_role(
                write, f"account-{role}", role, person_id=house.ids.get(role), valid_from=min(day, date(2026, 9, 1))
            )
    return house


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """A school without a profile on 1 September 2026."""
    return open_house(database, tmp_path, date(2026, 9, 1))


@pytest.fixture(scope="session", params=ENGINES)
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A whole school year, lived once on each engine; tests only look at it."""
    from tests.integration.house.school_year import live

    folder = tmp_path_factory.mktemp("year")
    with new_database(request.param) as database:
        yield live(open_house(database, folder, date(2026, 9, 1), profile="school9"))
