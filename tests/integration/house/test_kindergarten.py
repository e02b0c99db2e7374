"""A pair of teachers in a kindergarten: another lifecycle, other words, an agreement by the Labour Code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.integration.house.conftest import House, open_house
from workflow_core import operations as engine
from workflow_core.database import Database
from workflow_core.operations import RowResult
from workflow_core.verification import replay, verify
from workflows.documents import operations as documents
from workflows.documents.operations import Received
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import board, journal, operations, papers
from workflows.mentoring.journal import FeedbackRow, TaskRow
from workflows.mentoring.operations import Proposal
from workflows.organisations.person_input import PersonInput

pytestmark = pytest.mark.slow

TEACHERS = (
    PersonInput("Сорокина", "Ирина", "Львовна", "employee", post="воспитатель"),
    PersonInput("Воробьева", "Ольга", "Павловна", "employee", post="воспитатель"),
)


@pytest.fixture
def garden(database: Database, tmp_path: Path) -> House:
    """A kindergarten with two teachers in the banks of a programme."""
    house = open_house(
        database,
        tmp_path,
        date(2026, 9, 1),
        profile="kindergarten",
        kind="kindergarten",
        title="МБДОУ «Детский сад «Ручеёк»",
        short_title="Детский сад «Ручеёк»",
    )
    house.add(TEACHERS)
    with house.write() as write:
        house.ids["programme"] = operations.create_programme(
            write, "Первые шаги", starts_on=date(2026, 9, 1), ends_on=date(2027, 8, 31), form="teacher_teacher"
        ).id
        operations.enrol(write, house.ids["programme"], house.people("Сорокина"), "mentor")
        operations.enrol(write, house.ids["programme"], house.people("Воробьева"), "mentee")
    return house


def ordered(house: House) -> tuple[str, str]:
    """A proposed pair with all consents, and the draft of its order."""
    people = house.people("Сорокина", "Воробьева")
    with house.write() as write:
        issued = papers.prepare_consents(write, house.ids["programme"], people)
        issued += papers.prepare_consents(write, house.ids["programme"], people, "duty_consent")
        rows = documents.receive_consents(write, [Received(one.document_id, date(2026, 9, 1)) for one in issued])
        assert [row.text for row in rows if not row.ok] == []
        pair = operations.propose_pair(write, house.ids["programme"], Proposal(people[:1], people[1:])).id
    with house.write() as write:
        order = papers.prepare_pair_order(write, [pair], report_due="2027-08-01").id
    house.run_jobs()
    return pair, order


def registered(house: House, order: str, **grounds: str) -> RowResult:
    with house.write("head") as write:
        done = documents.register(
            write, order, number="12-ОД", signed_on=house.today, signatory=house.ids["head"], grounds=grounds
        )
    (row,) = done.caused
    return row


def test_a_programme_of_a_kindergarten_runs_by_the_lifecycle_of_teachers(garden: House) -> None:
    pair, order = ordered(garden)

    with garden.read() as read:
        line = board.pair_lines(read, [pair])[pair]
    text = garden.text_of(order)
    assert (line.definition, line.form_title) == ("pair_teachers", "учитель — учитель")
    assert "Сорокина И. Л." in text
    assert "351.8" in text


def test_without_an_agreement_the_registration_needs_a_ground_for_that_pair(garden: House) -> None:
    pair, order = ordered(garden)
    with garden.read() as read:
        (told,) = engine.preview_consequences(read, garden.actor("head"), order, "register", {}, garden.today)

    refused = registered(garden, order)

    assert (told.ok, told.needs_ground) == (True, True)
    assert (refused.ok, refused.needs_ground) == (False, True)
    assert [one.code for one in refused.blockers if one.severity == "reason"] == ["agreement_missing"]
    assert garden.state(order) == "in_force"
    garden.fire(pair, "form", ground="Соглашение подпишут до 10 сентября")
    assert garden.state(pair) == "formed"


def test_a_ground_given_with_the_order_forms_the_pair(garden: House) -> None:
    pair, order = ordered(garden)

    done = registered(garden, order, **{pair: "Соглашение подпишут до 10 сентября"})

    assert (done.ok, garden.state(pair)) == (True, "formed")


def test_teachers_go_from_the_order_to_the_end_without_first_meetings(garden: House) -> None:
    pair, order = ordered(garden)
    with garden.write("head") as write:
        paper = ReadyPaper(
            "labour_agreement",
            date(2026, 9, 1),
            "3",
            signatory=garden.ids["head"],
            subjects=(("person", garden.ids["Сорокина"]),),
            valid_to=date(2027, 8, 31),
        )
        enter_ready(write, paper)
    assert registered(garden, order).ok
    stopped = [one.code for one in garden.blockers(pair, "start_work") if one.severity == "block"]
    with garden.write() as write:
        journal.save_plan(
            write, pair, [TaskRow("Посетить три занятия", date(2026, 12, 1), "карты наблюдения")], goal="Опыт"
        )
    garden.today = date(2026, 9, 10)
    garden.fire(pair, "start_work")
    garden.today = date(2027, 5, 20)
    with garden.write() as write:
        rows = [FeedbackRow(pair, who, "exit") for who in garden.people("Сорокина", "Воробьева")]
        journal.record_feedback(write, rows)
    garden.fire(pair, "hold_final")
    garden.fire(pair, "close")

    with garden.read() as read:
        journey = [(one.state, one.place) for one in board.journeys(read, [pair])[pair]]
        assert verify(read).ok
        assert replay(read).ok
    assert stopped == ["no_plan"]
    assert journey == [(name, "done") for name in ("proposed", "formed", "regular_work", "final_meeting", "closed")]
