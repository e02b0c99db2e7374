"""What steps of a pair change in the registers: members, log, the next cycle, pairs of an order."""

from __future__ import annotations

from datetime import date

import pytest

from tests.integration.mentoring.conftest import ORDER_DAY, Place
from workflow_core import operations as engine
from workflow_core.exceptions import GuardRefused, InvalidInput
from workflow_core.guards import Actor
from workflows.documents import operations as documents
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import board, journal, operations, papers, queries
from workflows.mentoring.journal import TaskRow
from workflows.mentoring.operations import Proposal
from workflows.mentoring.status import ParticipantStatus, participant_status
from workflows.mentoring.tables import Meeting, PairMember
from workflows.organisations.operations import change_person


def members(place: Place, pair_id: str) -> dict[str, PairMember]:
    names = {person_id: name for name, person_id in place.ids.items()}
    with place.read() as read:
        rows = queries.members(read.session, place.scope, [pair_id])[pair_id]
        read.session.expunge_all()
    return {names[row.person_id]: row for row, _who in rows}


def log(place: Place, pair_id: str) -> list[Meeting]:
    with place.read() as read:
        rows = queries.meetings(read.session, place.scope, [pair_id]).get(pair_id, [])
        read.session.expunge_all()
    return rows


def status(place: Place, name: str) -> ParticipantStatus:
    with place.read() as read:
        rows = queries.participants(read.session, place.scope, [place.programme], "mentee")
        line = next(row.id for row, who in rows if who.id == place.ids[name])
        return participant_status(read.session, place.scope, place.programme)[line]


def label(place: Place, pair_id: str) -> str:
    with place.read() as read:
        return board.pair_labels(read, [pair_id])[pair_id]


def test_a_registered_order_forms_all_its_pairs_with_a_result_each(school: Place) -> None:
    first = school.propose()
    second = school.propose(("belova",), ("lee",))
    for name in ("belova", "kim"):
        school.consent(name)
    with school.write() as write:
        facts = papers.pair_order_facts(write, [first, second])
        whole = {**facts, "consents_on_file": True}
        document = documents.prepare(write, "pair_order", [first, second], facts=whole, happened_on=date(2026, 9, 9))
        document_id = document.id

    with school.write() as write:
        step = documents.register(write, document_id, number="42-ОД", signed_on=ORDER_DAY, signatory=school.ids["head"])

    assert [(row.process_id, row.ok) for row in step.caused] == [(first, True), (second, False)]
    assert "Ли Олег: нет согласия на обработку данных" in step.caused[1].text
    assert (school.state(first), school.state(second)) == ("formed", "proposed")
    assert school.blockers(second, "form", ORDER_DAY)[0].guard == "personal_data_consents"


def test_a_step_that_is_a_meeting_writes_the_log(school: Place) -> None:
    pair_id = school.formed()
    with school.write() as write:
        journal.record_meetings(
            write, [journal.MeetingRow(pair_id, date(2026, 9, 14), status="planned", topic="Проба пера")]
        )
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    school.fire(pair_id, "hold_trial", date(2026, 9, 14))

    found = [(row.kind, row.status, row.held_on.day, row.topic) for row in log(school, pair_id)]

    assert found == [("acquaintance", "held", 12, ""), ("trial", "held", 14, "Проба пера")]


def test_undoing_or_correcting_the_step_mends_the_log(school: Place) -> None:
    pair_id = school.formed()
    first = school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    school.fire(pair_id, "hold_trial", date(2026, 9, 14))

    with school.write() as write:
        engine.undo(write, pair_id, why="Отметка не той паре")
        engine.correct(write, pair_id, first.seq, happened_on=date(2026, 9, 11), why="Опечатка в дате")

    found = [(row.kind, row.status, row.held_on.day) for row in log(school, pair_id)]
    assert found == [("acquaintance", "held", 11), ("trial", "cancelled", 14)]
    assert school.state(pair_id) == "acquaintance"


def test_a_pupil_joins_a_group_and_another_leaves(school: Place) -> None:
    pair_id = school.formed()
    school.enrol("lee")
    fields = {"joins": school.ids["lee"], "joins_as": "mentee"}
    with pytest.raises(GuardRefused, match="Ли Олег: нет согласия"):
        school.fire(pair_id, "change_members", date(2026, 10, 1), fields=fields, ground="Просьба родителей")
    school.consent("lee")

    with school.write() as write:
        changed = operations.change_members(
            write,
            pair_id,
            joins=school.ids["lee"],
            joins_as="mentee",
            ground="Просьба родителей",
            happened_on=date(2026, 10, 1),
        )
        assert not changed.offers_dissolve
    assert label(school, pair_id) == "Белова Анна — Ким Данил, Ли Олег"
    with school.write() as write:
        operations.change_members(
            write, pair_id, leaves=school.ids["kim"], ground="Переход в другую школу", happened_on=date(2026, 10, 20)
        )

    found = members(school, pair_id)
    assert (found["kim"].left_on, found["kim"].left_ground) == (date(2026, 10, 20), "Переход в другую школу")
    assert (found["lee"].joined_on, found["lee"].left_on) == (date(2026, 10, 1), None)
    assert label(school, pair_id) == "Белова Анна — Ли Олег"
    assert status(school, "kim") == ParticipantStatus.WITHOUT_PAIR
    assert status(school, "lee") == ParticipantStatus.IN_PAIR


def test_when_the_last_mentee_leaves_the_end_is_offered(school: Place) -> None:
    pair_id = school.formed()

    with school.write() as write:
        changed = operations.change_members(write, pair_id, leaves=school.ids["kim"], ground="Болезнь")
        assert changed.offers_dissolve

    assert school.state(pair_id) == "formed"
    assert label(school, pair_id) == "Белова Анна — Ким Данил"


def test_the_last_mentor_is_replaced_not_taken_out(school: Place) -> None:
    pair_id = school.formed()

    with pytest.raises(InvalidInput, match="Заменить наставника"):
        school.fire(pair_id, "change_members", fields={"leaves": school.ids["belova"]}, ground="Переезд")


def test_replacement_keeps_the_pair_and_asks_for_a_new_order(school: Place) -> None:
    pair_id = school.formed()
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    school.enrol("lee", side="mentor")
    school.consent("lee")
    fields = {"leaves": school.ids["belova"], "joins": school.ids["lee"]}
    school.fire(pair_id, "replace_mentor", date(2026, 10, 5), fields=fields, ground="Переезд наставника")

    found = members(school, pair_id)
    assert (found["belova"].left_on, found["belova"].leads) == (date(2026, 10, 5), False)
    assert (found["lee"].joined_on, found["lee"].leads, found["lee"].side) == (date(2026, 10, 5), True, "mentor")
    assert school.state(pair_id) == "proposed"
    assert label(school, pair_id) == "Ли Олег — Ким Данил"
    texts = [b.text for b in school.blockers(pair_id, "form", date(2026, 10, 6)) if b.guard == "order_in_force"]
    assert texts == ["Нет приказа о закреплении после 05.10.2026"]

    school.order(pair_id, signed_on=date(2026, 10, 6), number="51-ОД", kind="members_order")
    school.fire(pair_id, "form", date(2026, 10, 6))
    assert school.state(pair_id) == "formed"


def test_after_a_replacement_work_goes_on_by_the_approved_plan(school: Place) -> None:
    pair_id = school.formed()
    school.enrol("lee", side="mentor")
    school.consent("lee")
    fields = {"leaves": school.ids["belova"], "joins": school.ids["lee"]}
    school.fire(pair_id, "replace_mentor", date(2026, 10, 5), fields=fields, ground="Переезд наставника")
    school.order(pair_id, signed_on=date(2026, 10, 6), number="51-ОД")
    school.fire(pair_id, "form", date(2026, 10, 6))
    with pytest.raises(GuardRefused, match="Утверждённого плана с прежней работы нет"):
        school.fire(pair_id, "continue_work", date(2026, 10, 7))
    with school.write() as write:
        subjects = (("pair", pair_id),)
        enter_ready(
            write,
            ReadyPaper(kind="plan_approval_order", number="52-ОД", signed_on=date(2026, 10, 6), subjects=subjects),
        )

    school.fire(pair_id, "continue_work", date(2026, 10, 7))

    assert school.state(pair_id) == "regular_work"


def test_who_has_left_the_organisation_has_left_the_programme(school: Place) -> None:
    school.enrol("kim")
    assert status(school, "kim") == ParticipantStatus.IN_BANK

    with school.write() as write:
        change_person(write, school.ids["kim"], left_on=date(2026, 11, 1))

    assert status(school, "kim") == ParticipantStatus.LEFT


def test_rights_of_a_mentor_end_with_the_membership(school: Place) -> None:
    pair_id = school.formed()
    belova = Actor("account-2", "Белова Анна", frozenset({"mentor"}), school.ids["belova"])
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12), actor=belova)
    school.enrol("lee", side="mentor")
    fields = {"leaves": school.ids["belova"], "joins": school.ids["lee"], "hand_over": "x"}
    with pytest.raises(GuardRefused, match="не относится к этой паре"):
        school.fire(pair_id, "replace_mentor", date(2026, 10, 5), fields=fields)
    school.fire(pair_id, "replace_mentor", date(2026, 10, 5), fields=fields, ground="Переезд, журнал у куратора")

    with school.read() as read:
        outlooks = engine.why_not(read, Actor("account-2", "Белова Анна", frozenset(), school.ids["belova"]), [pair_id])
        roles = {one.role for one in outlooks[pair_id]}
    assert roles == {""}


def test_suspension_returns_to_where_the_pair_stood(school: Place) -> None:
    pair_id = school.formed()
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    school.fire(pair_id, "suspend", date(2026, 10, 1), ground="Карантин")
    assert school.state(pair_id) == "suspended"

    school.fire(pair_id, "resume", date(2026, 10, 20))

    assert school.state(pair_id) == "acquaintance"


def test_failed_trial_ends_the_pair_and_the_search_goes_on(school: Place) -> None:
    pair_id = school.formed()
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    school.fire(pair_id, "dissolve", date(2026, 9, 15), fields={"cause": "trial_failed"}, ground="Не сошлись")

    found = members(school, pair_id)

    assert {row.left_ground for row in found.values()} == {"Пробная встреча не удалась. Не сошлись"}
    assert found["kim"].left_on == date(2026, 9, 15)
    assert status(school, "kim") == ParticipantStatus.WITHOUT_PAIR
    with school.write() as write:
        operations.propose_pair(
            write,
            school.programme,
            Proposal((school.ids["belova"],), (school.ids["kim"],), happened_on=date(2026, 9, 20)),
        )
    assert status(school, "kim") == ParticipantStatus.PROPOSED


def test_next_year_gets_a_new_pair_with_members_and_plan(school: Place) -> None:
    pair_id = school.formed()
    with school.write() as write:
        journal.save_plan(write, pair_id, [TaskRow("Разобрать задачи", date(2026, 12, 1), "20 задач")])
        following = operations.create_programme(
            write, "Вместе к цели", starts_on=date(2027, 9, 1), ends_on=date(2028, 5, 31), form="pupil_pupil"
        ).id
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    school.fire(pair_id, "hold_trial", date(2026, 9, 14))
    school.fire(pair_id, "hold_planning", date(2026, 9, 16))
    school.fire(pair_id, "start_work", date(2026, 9, 18), ground="План утвердят в ноябре")
    school.fire(pair_id, "hold_final", date(2026, 11, 10), ground="Анкеты сдадут позже")

    school.fire(pair_id, "continue_next", date(2026, 11, 12), fields={"programme": following})

    assert school.state(pair_id) == "closed"
    with school.read() as read:
        ((new_id, state),) = queries.successors(read.session, school.scope, [pair_id])[pair_id]
        tasks = [(task.title, task.due_on) for task in queries.plan_tasks(read.session, school.scope, [new_id])[new_id]]
        assert queries.pair(read.session, school.scope, new_id).programme_id == following
    assert (state, tasks) == ("proposed", [("Разобрать задачи", date(2027, 12, 1))])
    assert set(members(school, new_id)) == {"belova", "kim"}
    assert status(school, "kim") == ParticipantStatus.COMPLETED
    with pytest.raises(GuardRefused, match="уже продолжена"):
        school.fire(pair_id, "continue_next", date(2026, 11, 12), fields={"programme": following})


def test_prolonging_moves_the_last_day_forward_only(school: Place) -> None:
    pair_id = school.formed()
    with school.write() as write:
        journal.save_plan(write, pair_id, [TaskRow("Разобрать задачи")])
    for event, day in (("hold_acquaintance", 12), ("hold_trial", 14), ("hold_planning", 16)):
        school.fire(pair_id, event, date(2026, 9, day))
    school.fire(pair_id, "start_work", date(2026, 9, 18), ground="План утвердят в ноябре")
    with pytest.raises(InvalidInput, match="позже прежнего"):
        school.fire(pair_id, "prolong", date(2026, 11, 1), fields={"ends_on": date(2027, 1, 1)})

    school.fire(pair_id, "prolong", date(2026, 11, 1), fields={"ends_on": date(2028, 5, 31)})

    with school.read() as read:
        assert queries.pair(read.session, school.scope, pair_id).ends_on == date(2028, 5, 31)
