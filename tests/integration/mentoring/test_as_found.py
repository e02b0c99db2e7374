"""A school begins in the middle of the year: running pairs come in by one write, without walls."""

from __future__ import annotations

from datetime import date

import pytest

from tests.integration.mentoring.conftest import Place
from workflow_core import queries as core
from workflow_core.exceptions import InvalidInput
from workflows.documents.queries import acts_in_force
from workflows.mentoring import board, facts, queries
from workflows.mentoring.as_found import FoundPair, enter_pairs_as_found
from workflows.mentoring.status import ParticipantStatus, participant_status
from workflows.organisations.person_input import PersonInput

ORDER = {"order_number": "17-ОД", "order_date": date(2026, 9, 14)}
GIVEN = ("Анна", "Борис", "Вера", "Глеб", "Дарья")
FAMILIES = ("Воронко", "Дубко", "Липко", "Рябко", "Сосенко")


def pupil(family: str, given: str, class_name: str = "8 «А»") -> PersonInput:
    return PersonInput(family, given, class_name=class_name)


def five_and_twenty(place: Place) -> list[FoundPair]:
    """25 rows: every mentor is in the school already, every mentee is new."""
    names = [pupil(family, given) for family in FAMILIES for given in GIVEN]
    return [
        FoundPair(
            (place.ids["belova"],),
            (name,),
            "regular_work",
            date(2026, 10, 5),
            {"acquaintance": date(2026, 9, 16)},
            **ORDER,
        )
        for name in names
    ]


def test_25_running_pairs_come_in_by_one_write(school: Place) -> None:
    rows = five_and_twenty(school)
    with school.write() as write:
        found = enter_pairs_as_found(write, school.programme, rows, signatory=school.ids["head"])

    with school.read() as read:
        states = board.pair_counts(read)
        acts = acts_in_force(read.session, school.scope, date(2026, 10, 1))
        orders = facts.orders(read.session, school.scope, found.pair_ids, date(2026, 10, 1))
        journey = board.journeys(read, found.pair_ids[:1])[found.pair_ids[0]]
        entry = core.entries_of(read.session, school.scope, found.pair_ids[:1])[found.pair_ids[0]][0]
        statuses = participant_status(read.session, school.scope, school.programme)
        line = board.pair_lines(read, found.pair_ids[:1])[found.pair_ids[0]]
    assert (len(found.pair_ids), found.new_people, states) == (25, 25, {"regular_work": 25})
    assert [(act.number, len(act.subject_ids)) for act in acts] == [("17-ОД", 25)]
    assert all(one.standing for one in orders.values())
    assert [(s.state, s.reached_on, s.place) for s in journey][:3] == [
        ("proposed", None, "done"),
        ("formed", date(2026, 9, 14), "done"),
        ("acquaintance", date(2026, 9, 16), "done"),
    ]
    assert entry.event == "enter_as_found"
    assert set(statuses.values()) == {ParticipantStatus.IN_PAIR}
    assert (line.label, line.since) == ("Белова Анна — Воронко Анна", date(2026, 10, 5))


def test_names_that_are_known_are_found_again(school: Place) -> None:
    row = FoundPair((pupil("Белова", "Анна", "10"),), (PersonInput("КИМ".title(), "Данил", "Олегович"),), "proposed")

    with school.write() as write:
        found = enter_pairs_as_found(write, school.programme, [row])

    with school.read() as read:
        members = queries.members(read.session, school.scope, found.pair_ids)[found.pair_ids[0]]
        assert school.ids["kim"] in {who.id for _row, who in members}


def test_what_is_wrong_is_told_by_row_and_nothing_is_entered(school: Place) -> None:
    rows = [
        FoundPair((school.ids["belova"],), (school.ids["kim"],), "formed", **ORDER),
        FoundPair((school.ids["belova"],), (), "formed"),
        FoundPair((school.ids["belova"],), (school.ids["lee"],), "formed", date(2026, 11, 30)),
        FoundPair((school.ids["belova"],), (school.ids["lee"],), "formed", order_number="5"),
    ]

    with pytest.raises(InvalidInput) as refused, school.write() as write:
        enter_pairs_as_found(write, school.programme, rows)

    assert refused.value.errors == {
        "rows-1": "Укажите наставника и наставляемого.",
        "rows-2": "30.11.2026 ещё не наступило.",
        "rows-3": "У приказа нужны и номер, и дата.",
    }
    with school.read() as read:
        assert board.pair_counts(read) == {}


def test_meetings_behind_a_found_pair_are_no_wall(school: Place) -> None:
    row = FoundPair((school.ids["belova"],), (school.ids["kim"],), "planning", date(2026, 10, 1))
    with school.write() as write:
        (pair_id,) = enter_pairs_as_found(write, school.programme, [row]).pair_ids

    guards = {blocker.guard for blocker in school.blockers(pair_id, "start_work", date(2026, 11, 1))}

    assert "meetings_before_work" not in guards
    assert "plan_drawn_up" in guards


def test_pairs_that_ended_early_come_in_ended(school: Place) -> None:
    row = FoundPair(
        (school.ids["belova"],),
        (school.ids["kim"],),
        "dissolved",
        date(2026, 10, 1),
        starts_on=date(2026, 9, 1),
        remark="Переезд",
    )
    with school.write() as write:
        (pair_id,) = enter_pairs_as_found(write, school.programme, [row]).pair_ids

    with school.read() as read:
        members = queries.members(read.session, school.scope, [pair_id])[pair_id]
        assert {member.left_on for member, _who in members} == {date(2026, 10, 1)}
        lines = {
            row.person_id: row.id for row, _who in queries.participants(read.session, school.scope, [school.programme])
        }
        statuses = participant_status(read.session, school.scope, school.programme)
    assert statuses[lines[school.ids["kim"]]] == ParticipantStatus.WITHOUT_PAIR
