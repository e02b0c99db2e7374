"""A small invented school for tests of pages: people, accounts in every role, a programme, a pair on its way."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.catalogues import shipped
from tests.conftest import NOW
from tests.databases import sqlite_copy, sqlite_template
from tests.web.lent_app import OPTIONS, lent_app
from web.app import create_app
from web.assembly import CollectedJobs, Installation, assemble
from web.settings import Settings
from web.tables import Account
from workflow_core import operations as engine
from workflow_core.database import Database, open_database
from workflow_core.guards import SYSTEM, Actor
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import operations as mentoring
from workflows.organisations import operations as organisations
from workflows.organisations.person_input import PersonInput

ROLES = ("curator", "head", "administrator", "auditor", "mentor", "district")
TITLE = "Школа с. Ключевое"


@dataclass(slots=True)
class School:
    """The installation with what was put into it, by name."""

    installation: Installation
    app: Flask
    scope: str = field(default_factory=new_id)
    people: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    programme: str = ""
    pair: str = ""
    order: str = ""
    curator: Actor = SYSTEM

    def client(self, role: str = "curator") -> FlaskClient:
        """A browser in which the account of a role is logged in."""
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = f"{self.accounts[role]}.1", True
        return client

    def write(self, action: Callable[[Write], Any], now: datetime = NOW, actor: Actor | None = None) -> Any:
        """Do something as the curator."""
        with self.installation.engine.write(self.scope, actor or self.curator, now=now) as write:
            return action(write)


def at(day: date, hour: int = 9) -> datetime:
    """A moment of a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def _installation(database: Database, folder: Path) -> Installation:
    settings = Settings(data=folder, database_url=str(database.url), secret="a secret of the tests only")
    return assemble(settings, jobs=CollectedJobs(), database=database, known=shipped())


def make_school(database: Database, folder: Path) -> School:
    """A school in which one pair was proposed, formed by an order and has met."""
    installation = _installation(database, folder)
    installation.engine.store_definitions(now=NOW)
    school = School(installation, create_app(installation, **OPTIONS))
    school.write(lambda write: _founded(write, school), at(date(2026, 9, 1)), SYSTEM)
    school.curator = Actor(
        school.accounts["curator"], "Морозова Е. В.", frozenset({"curator"}), school.people["Морозова"]
    )
    school.write(lambda write: _proposed(write, school), at(date(2026, 9, 7)))
    school.write(lambda write: _formed(write, school), at(date(2026, 9, 18)))
    school.write(lambda write: _met(write, school), at(date(2026, 9, 27)))
    return school


_PEOPLE = (
    PersonInput("Морозова", "Елена", "Викторовна", "employee", post="заместитель директора"),
    PersonInput("Гусев", "Андрей", "Павлович", "employee", post="директор"),
    PersonInput("Белова", "Анна", "Игоревна", "pupil", class_name="11 «А»", birth_date=date(2009, 4, 2)),
    PersonInput("Ким", "Данил", "Олегович", "pupil", class_name="7 «Б»", birth_date=date(2013, 5, 20), phone="2-14-50"),
    PersonInput("Ким", "Ольга", "Сергеевна", "parent"),
    PersonInput("Лис", "Вера", "Ильинична", "pupil", class_name="7 «Б»", birth_date=date(2013, 1, 3)),
)


def _founded(write: Write, school: School) -> None:
    organisations.create_organisation(
        write, kind="school", title="МБОУ «Средняя школа с. Ключевое»", short_title=TITLE, place="с. Ключевое"
    )
    for row in organisations.add_people(write, _PEOPLE):
        assert row.person is not None
        key = row.person.family_name
        school.people[key if key not in school.people else f"{key} {row.person.given_name}"] = row.person.id
    organisations.add_representative(write, school.people["Ким"], school.people["Ким Ольга"], "мать")
    organisations.name_signatory(write, school.people["Гусев"], "директор", valid_from=date(2024, 9, 1))
    persons = {"curator": "Морозова", "head": "Гусев", "mentor": "Белова"}
    names = {"curator": "Морозова Е. В.", "head": "Гусев А. П.", "mentor": "Белова Анна", "auditor": "Петрова Г. Н."}
    for role in ROLES:
        account = Account(
            organisation_id=write.scope,
            username=role,
            name=names.get(role, f"Учётная запись {role}"),
            password_hash="-",
        )
        write.session.add(account)
        write.session.flush()
        school.accounts[role] = account.id
        organisations.grant_role(write, account.id, role, person_id=school.people.get(persons.get(role, "")))


def _proposed(write: Write, school: School) -> None:
    programme = mentoring.create_programme(
        write,
        "Математика без страха",
        starts_on=date(2026, 9, 1),
        ends_on=date(2027, 5, 31),
        form="pupil_pupil",
        curator_id=school.people["Морозова"],
    )
    school.programme = programme.id
    mentoring.enrol(write, programme.id, [school.people["Белова"]], "mentor")
    mentoring.enrol(write, programme.id, [school.people["Ким"], school.people["Лис"]], "mentee")
    proposal = mentoring.Proposal(mentors=(school.people["Белова"],), mentees=(school.people["Ким"],))
    school.pair = mentoring.propose_pair(write, programme.id, proposal).id


def _formed(write: Write, school: School) -> None:
    for key, kind, signer in (
        ("Белова", "personal_data_consent_representative", ""),
        ("Ким", "personal_data_consent_representative", school.people["Ким Ольга"]),
    ):
        paper = ReadyPaper(kind, date(2026, 9, 10), person_id=school.people[key], signer=signer)
        enter_ready(write, paper)
    order = ReadyPaper(
        "pair_order",
        date(2026, 9, 16),
        number="91-ОД",
        signatory=school.people["Гусев"],
        subjects=(("pair", school.pair),),
        original_place="дело 01-05, лист 14",
    )
    school.order = enter_ready(write, order).id
    engine.fire(
        write,
        school.pair,
        "form",
        fields={"order": school.order},
        happened_on=date(2026, 9, 16),
        ground="Согласие матери принесут до 1 октября",
    )


def _met(write: Write, school: School) -> None:
    engine.fire(write, school.pair, "hold_acquaintance", happened_on=date(2026, 9, 24))


@cache
def _template() -> tuple[Path, School]:
    """The school made once for the whole run: tests work on copies of its file."""
    folder = Path(tempfile.mkdtemp(prefix="marshrut-school-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copy(sqlite_template(), folder / "school.db")
    database = open_database(f"sqlite:///{folder / 'school.db'}", synchronous="OFF")
    made = make_school(database, folder)
    database.close()
    with closing(sqlite3.connect(folder / "school.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "school.db", made


@contextmanager
def copied_school(folder: Path) -> Iterator[School]:
    """A school of its own for one test."""
    source, made = _template()
    with sqlite_copy(source) as database:
        installation = _installation(database, folder)
        with lent_app(installation) as app:
            yield replace(made, installation=installation, app=app)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """The sample school on a database of its own."""
    with copied_school(tmp_path) as made:
        yield made
