"""Registers are recorded without being asked, and a row changed behind the program is named."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from tests.integration.conftest import CURATOR, OTHER_SCHOOL, SCHOOL
from tests.integration.test_verification import check, tamper
from workflow_core import queries
from workflow_core.exceptions import NotPermitted
from workflow_core.history import HistoryEntry
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.organisations.tables import Person


def person(**values: Any) -> Person:
    return Person(
        organisation_id=SCHOOL,
        family_name="Ким",
        given_name="Данил",
        kind="pupil",
        birth_date=date(2013, 5, 2),
        **values,
    )


def entries(engine: ProcessEngine, now: datetime, subject: str) -> list[tuple[HistoryEntry, dict[str, Any]]]:
    with engine.read(SCHOOL, now=now) as read:
        found = queries.entries_of(read.session, SCHOOL, [subject]).get(subject, [])
        details = queries.details_of(read.session, SCHOOL, [entry.seq for entry in found])
    return [(entry, json.loads(details[entry.seq][1] or "{}")) for entry in found]


@pytest.fixture
def kim(visit_engine: ProcessEngine, now: datetime) -> str:
    with visit_engine.write(SCHOOL, CURATOR, now=now, operation="add_person") as write:
        row = person()
        write.session.add(row)
        subject = row.id
    return subject


def test_new_row_is_recorded_with_its_values_in_the_details(
    visit_engine: ProcessEngine, kim: str, now: datetime
) -> None:
    [(entry, details)] = entries(visit_engine, now, kim)

    assert (entry.kind, entry.subject_kind, entry.event) == ("register", "person", "created")
    assert entry.input_values == {"operation": "add_person"}
    assert details["after"]["birth_date"] == "2013-05-02"
    assert "Ким" not in entry.body


def test_change_is_recorded_with_old_and_new_value(visit_engine: ProcessEngine, kim: str, now: datetime) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        write.session.get_one(Person, kim).class_name = "7 «Б»"
        write.session.flush()
        write.session.get_one(Person, kim).phone = "+7 900 000-00-00"

    entry, details = entries(visit_engine, now, kim)[-1]

    assert entry.event == "changed"
    assert details == {
        "before": {"class_name": "", "phone": ""},
        "after": {"class_name": "7 «Б»", "phone": "+7 900 000-00-00"},
    }


def test_change_taken_back_within_one_write_leaves_no_entry(
    visit_engine: ProcessEngine, kim: str, now: datetime
) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        write.session.get_one(Person, kim).post = "ученик"
        write.session.flush()
        write.session.get_one(Person, kim).post = ""

    assert len(entries(visit_engine, now, kim)) == 1


def test_removal_is_recorded(visit_engine: ProcessEngine, kim: str, now: datetime) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        write.session.delete(write.session.get_one(Person, kim))

    assert entries(visit_engine, now, kim)[-1][0].event == "removed"
    assert check(visit_engine, now).ok


def test_row_of_another_organisation_can_t_be_written(visit_engine: ProcessEngine, kim: str, now: datetime) -> None:
    def rename(write: Write) -> None:
        write.session.get_one(Person, kim).family_name = "Чужой"

    with pytest.raises(NotPermitted, match="другой организации"):
        visit_engine.perform(OTHER_SCHOOL, CURATOR, rename, now=now)


def test_failed_write_leaves_neither_row_nor_entry(visit_engine: ProcessEngine, now: datetime) -> None:
    def fail(write: Write) -> None:
        write.session.add(person())
        write.session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        visit_engine.perform(SCHOOL, CURATOR, fail, now=now)

    with visit_engine.read(SCHOOL, now=now) as read:
        assert queries.count_entries(read.session, SCHOOL, {}) == 0


@pytest.mark.parametrize(
    ("statement", "code", "column"),
    [
        ("UPDATE person SET birth_date = '2010-01-01'", "row_changed", "birth_date"),
        ("UPDATE person SET family_name = 'Цой'", "row_changed", "family_name"),
        ("DELETE FROM person", "row_removed", ""),
    ],
)
def test_register_row_changed_behind_the_program_is_named(
    visit_engine: ProcessEngine, kim: str, now: datetime, statement: str, code: str, column: str
) -> None:
    tamper(visit_engine, statement)

    problem = check(visit_engine, now).problems[0]

    assert (problem.code, problem.column, problem.subject_id) == (code, column, kim)


def test_row_slipped_in_behind_the_program_is_found(visit_engine: ProcessEngine, kim: str, now: datetime) -> None:
    with Session(visit_engine.database.job_engine) as session:
        session.add(person(class_name="9 «А»"))
        session.commit()

    assert check(visit_engine, now).problems[0].code == "row_unrecorded"


def test_reading_session_can_t_write(visit_engine: ProcessEngine, kim: str, now: datetime) -> None:
    with visit_engine.read(SCHOOL, now=now) as read:
        read.session.add(person())
        with pytest.raises(DBAPIError):
            read.session.flush()


def test_a_row_that_was_taken_back_is_recorded_as_it_stands(visit_engine: ProcessEngine, now: datetime) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        row = person(class_name="7 «Б»")
        write.session.add(row)
        mark = write.savepoint()
        row.class_name = "8 «А»"
        write.session.flush()
        write.roll_back_to(mark)
        subject = row.id

    assert [details["after"]["class_name"] for _entry, details in entries(visit_engine, now, subject)] == ["7 «Б»"]
