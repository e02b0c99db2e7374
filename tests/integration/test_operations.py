"""The step and its relatives over the sample lifecycle, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from tests.integration.conftest import CURATOR, OTHER_SCHOOL, SCHOOL
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations, queries
from workflow_core.exceptions import (
    ConcurrentTransition,
    GuardRefused,
    InvalidInput,
    NotFound,
    NotPermitted,
    RepeatedKeyConflict,
    TransitionNotAllowed,
)
from workflow_core.guards import SYSTEM, Actor, Severity
from workflow_core.operations import Caused, StepRequest
from workflow_core.tables import Process
from workflow_core.unit_of_work import ProcessEngine, Write

Plan = Callable[..., str]
TOPIC = {"topic": "Дроби"}


def state(engine: ProcessEngine, subject: str, now: datetime) -> Process:
    with engine.read(SCHOOL, now=now) as read:
        found = queries.process(read.session, subject)
    assert found is not None
    return found


def test_step_moves_the_process_and_leaves_one_entry(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()

    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        done = operations.fire(write, subject, "hold", fields=TOPIC, remark="Открытый урок", expected_version=1)

    assert (done.process.state, done.process.version) == ("held", 2)
    assert state(visit_engine, subject, now).state == "held"
    with visit_engine.read(SCHOOL, now=now) as read:
        entries = queries.entries_of(read.session, SCHOOL, [subject])[subject]
    assert [(e.event, e.from_state, e.to_state, e.actor_role) for e in entries] == [
        ("plan", "start", "planned", "curator"),
        ("hold", "planned", "held", "mentor"),
    ]


def test_what_the_program_does_is_done_by_the_system(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    with visit_engine.write(SCHOOL, SYSTEM, now=now) as write:
        done = operations.fire(write, subject, "hold", fields=TOPIC)

        assert done.outlook.role == "system"
        entry = queries.entries_of(write.session, SCHOOL, [subject])[subject][-1]
        assert entry.actor_role == "system"
        assert "remark" not in json.loads(queries.details_of(write.session, SCHOOL, [entry.seq])[entry.seq][1] or "{}")


@pytest.mark.parametrize(("not_before", "day"), [(None, 5), (date(2026, 11, 9), 9), (date(2026, 11, 2), 5)])
def test_a_caused_step_happens_with_its_cause_or_when_it_first_can(not_before: date | None, day: int) -> None:
    request = Caused("a" * 32, "hold", not_before=not_before).request(date(2026, 11, 5), "по приказу")

    assert (request.happened_on, request.ground) == (date(2026, 11, day), "по приказу")


def test_event_from_another_state_names_what_is_possible(
    visit_engine: ProcessEngine, plan: Plan, now: datetime
) -> None:
    subject = plan()

    with (
        pytest.raises(TransitionNotAllowed, match="«Отметить посещение»"),
        visit_engine.write(SCHOOL, CURATOR, now=now) as write,
    ):
        operations.fire(write, subject, "describe")


def test_all_blockers_are_collected_and_nothing_is_changed(
    visit_engine: ProcessEngine, plan: Plan, visits: VisitPlugin, now: datetime
) -> None:
    subject = plan()
    visits.rooms[subject], visits.timetable[subject] = False, False

    with pytest.raises(GuardRefused) as refused, visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields=TOPIC)

    assert [(b.code, b.severity) for b in refused.value.blockers] == [
        ("room_taken", Severity.BLOCK),
        ("no_lesson", Severity.NOTE),
    ]
    assert state(visit_engine, subject, now).version == 1


def test_note_passes_and_is_recorded(
    visit_engine: ProcessEngine, plan: Plan, visits: VisitPlugin, now: datetime
) -> None:
    subject = plan()
    visits.timetable[subject] = False

    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        seq = operations.fire(write, subject, "hold", fields=TOPIC).seq

    with visit_engine.read(SCHOOL, now=now) as read:
        entry = queries.entry(read.session, SCHOOL, seq)
    assert entry is not None
    assert '["lesson_in_timetable","note","no_lesson"]' in entry.checks
    assert entry.with_ground == 0


def test_date_before_the_previous_step_needs_a_ground(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan(happened_on=date(2026, 11, 10))
    early = date(2026, 11, 2)

    with pytest.raises(GuardRefused, match="раньше предыдущего"), visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields=TOPIC, happened_on=early)
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        done = operations.fire(write, subject, "hold", fields=TOPIC, happened_on=early, ground="Записано по журналу")

    assert done.process.since == "2026-11-02"


def test_future_date_is_refused(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()

    with pytest.raises(InvalidInput, match="ещё не наступила"), visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields=TOPIC, happened_on=date(2026, 11, 13))


def test_typed_fields_are_checked_in_russian(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()

    with pytest.raises(InvalidInput) as wrong, visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields={"topic": " ", "share": "120"})

    assert wrong.value.errors == {"topic": "Заполните поле «Тема урока».", "share": "«Доля времени»: от 0 до 100."}


def test_stale_page_changes_nothing(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "remark", remark="первое")

    with (
        pytest.raises(ConcurrentTransition, match="сейчас «Запланировано»"),
        visit_engine.write(SCHOOL, CURATOR, now=now) as write,
    ):
        operations.fire(write, subject, "hold", fields=TOPIC, expected_version=1)


def test_same_key_gives_the_first_outcome_again(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()

    def hold(write: Write) -> dict[str, object]:
        return {"seq": operations.fire(write, subject, "hold", fields=TOPIC).seq}

    first = visit_engine.perform(SCHOOL, CURATOR, hold, now=now, key="form-1", submitted=TOPIC)
    again = visit_engine.perform(SCHOOL, CURATOR, hold, now=now, key="form-1", submitted=TOPIC)

    assert again == {**first, "repeated": True}
    assert state(visit_engine, subject, now).version == 2
    with pytest.raises(RepeatedKeyConflict):
        visit_engine.perform(SCHOOL, CURATOR, hold, now=now, key="form-1", submitted={"topic": "Другое"})


def test_actor_without_the_role_is_told_who_may(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    auditor = Actor("account-9", "Ревизор", frozenset({"auditor"}))

    with pytest.raises(NotPermitted, match="Наставник"), visit_engine.write(SCHOOL, auditor, now=now) as write:
        operations.fire(write, subject, "hold", fields=TOPIC)


def test_another_organisation_s_process_is_not_found(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()

    with pytest.raises(NotFound), visit_engine.write(OTHER_SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields=TOPIC)


def test_suspended_process_comes_back_to_where_it_was(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields=TOPIC)
        operations.fire(write, subject, "pause", ground="Карантин")
        back = operations.fire(write, subject, "resume")

    assert back.process.state == "held"


def test_bulk_gives_a_result_per_row_and_keeps_the_good_ones(
    visit_engine: ProcessEngine, plan: Plan, visits: VisitPlugin, now: datetime
) -> None:
    subjects = [plan() for _ in range(3)]
    visits.rooms[subjects[1]] = False

    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        rows = operations.fire_many(write, [StepRequest(subject, "hold", TOPIC) for subject in subjects])

    assert [row.ok for row in rows] == [True, False, True]
    assert "Кабинет 21" in rows[1].text
    assert [state(visit_engine, subject, now).state for subject in subjects] == ["held", "planned", "held"]


def test_consequence_moves_the_other_process_in_the_same_transaction(
    visit_engine: ProcessEngine, plan: Plan, visits: VisitPlugin, now: datetime
) -> None:
    first, second = plan(), plan()
    visits.follows[first] = (second, "cancel")
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, first, "hold", fields=TOPIC)
        operations.fire(write, first, "describe")

    with visit_engine.read(SCHOOL, now=now) as read:
        shown = operations.preview_consequences(read, CURATOR, first, "accept", {}, now.date())
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        done = operations.fire(write, first, "accept", grounds={second: "Тема закрыта"})

    assert shown[0].needs_ground
    assert [row.ok for row in done.caused] == [True]
    assert state(visit_engine, second, now).state == "cancelled"
    with visit_engine.read(SCHOOL, now=now) as read:
        caused = queries.entries_of(read.session, SCHOOL, [second])[second][-1]
    assert caused.caused_by == done.seq


def test_four_eyes_is_noted_by_default(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields=TOPIC)
        operations.fire(write, subject, "describe")
        done = operations.fire(write, subject, "accept")

    assert [(b.code, b.severity) for b in done.outlook.blockers] == [("same_person", Severity.NOTE)]


def test_undo_goes_one_step_back_and_can_go_on(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan(happened_on=date(2026, 11, 2))
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields=TOPIC, happened_on=date(2026, 11, 5))
        back = operations.undo(write, subject, why="Отмечено не то посещение")

    assert (back.state, back.since, back.version) == ("planned", "2026-11-02", 3)
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        assert operations.fire(write, subject, "hold", fields=TOPIC).process.state == "held"


def test_undo_of_the_first_entry_or_without_a_reason_is_refused(
    visit_engine: ProcessEngine, plan: Plan, now: datetime
) -> None:
    subject = plan()

    with pytest.raises(InvalidInput, match="Отменять нечего"), visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.undo(write, subject, why="Просто так")
    with pytest.raises(InvalidInput, match="почему"), visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.undo(write, subject, why=" ")


def test_corrected_date_counts_and_the_old_entry_stays(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan(happened_on=date(2026, 10, 1))
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        seq = operations.fire(write, subject, "hold", fields=TOPIC, happened_on=date(2026, 11, 11)).seq
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        mended = operations.correct(write, subject, seq, happened_on=date(2026, 10, 11), why="Опечатка в месяце")

    assert mended.since == "2026-10-11"
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "describe", happened_on=date(2026, 10, 20))
    with visit_engine.read(SCHOOL, now=now) as read:
        assert queries.entry(read.session, SCHOOL, seq).happened_on == "2026-11-11"  # type: ignore[union-attr]


def test_entered_as_found_stands_in_its_state_once(visit_engine: ProcessEngine, now: datetime) -> None:
    subject = "f" * 32
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        entered = operations.enter_as_found(
            write,
            "visit",
            "visit",
            subject,
            "described",
            happened_on=date(2026, 9, 20),
            dates={"planned": date(2026, 9, 1)},
        )

    assert (entered.state, entered.since) == ("described", "2026-09-20")
    with pytest.raises(ConcurrentTransition), visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.enter_as_found(write, "visit", "visit", subject, "held")


def test_why_not_answers_every_event_of_the_state_and_changes_nothing(
    visit_engine: ProcessEngine, plan: Plan, visits: VisitPlugin, now: datetime
) -> None:
    subjects = [plan() for _ in range(20)]
    visits.rooms[subjects[0]] = False
    visits.loads = 0

    with visit_engine.read(SCHOOL, now=now) as read:
        answers = operations.why_not(read, CURATOR, subjects)

    assert {o.event.name for o in answers[subjects[1]]} == {"hold", "remark", "pause", "cancel"}
    assert not next(o for o in answers[subjects[0]] if o.event.name == "hold").is_open
    assert visits.loads == 1


def test_state_can_t_be_set_past_the_engine(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    process = state(visit_engine, subject, now)

    with pytest.raises(AttributeError):
        process.state = "accepted"  # type: ignore[misc]
    with Session(visit_engine.database.write_engine) as session, pytest.raises(sa.orm.exc.UnmappedInstanceError):
        session.add(process._replace(state="accepted"))
    with visit_engine.database.write_engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.exec_driver_sql(f"UPDATE process SET state = 'accepted', version = 2 WHERE id = '{subject}'")


def test_two_sessions_race_for_one_event_and_one_wins(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def hold() -> None:
        barrier.wait()
        try:
            with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
                operations.fire(write, subject, "hold", fields=TOPIC, expected_version=1)
            outcomes.append("won")
        except ConcurrentTransition:
            outcomes.append("conflict")

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["conflict", "won"]


def test_clock_set_back_does_not_turn_the_history_round(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> None:
    subject = plan()
    with visit_engine.write(SCHOOL, CURATOR, now=now - timedelta(hours=5)) as write:
        operations.fire(write, subject, "hold", fields=TOPIC)

    with visit_engine.read(SCHOOL, now=now) as read:
        entries = queries.entries_of(read.session, SCHOOL, [subject])[subject]
    assert entries[0].recorded_at <= entries[1].recorded_at


def test_definition_keeps_running_by_its_hash_when_the_file_is_gone(
    visit_engine: ProcessEngine, plan: Plan, now: datetime
) -> None:
    subject = plan()
    visit_engine.catalogue.definitions.clear()

    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        assert operations.fire(write, subject, "hold", fields=TOPIC).process.state == "held"
