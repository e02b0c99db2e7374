"""The meeting log by the month, plans and answers."""

from __future__ import annotations

from datetime import date

import pytest

from tests.integration.mentoring.conftest import Place
from workflow_core.exceptions import InvalidInput, NotPermitted
from workflow_core.guards import Actor
from workflows.mentoring import journal, queries
from workflows.mentoring.journal import FeedbackRow, MeetingRow, TaskRow


def lines(place: Place, pair_id: str) -> list[tuple[date, str, str]]:
    with place.read() as read:
        rows = queries.meetings(read.session, place.scope, [pair_id]).get(pair_id, [])
        return [(row.held_on, row.status, row.topic) for row in rows]


def test_a_month_is_created_changed_and_cancelled_at_once(school: Place) -> None:
    pair_id = school.formed()
    days = [date(2026, 11, day) for day in (3, 10, 17)]
    with school.write() as write:
        first = journal.record_meetings(
            write, [MeetingRow(pair_id, days[0], topic="Дроби"), MeetingRow(pair_id, days[2], "planned")]
        )
    with school.write() as write:
        second = journal.record_meetings(
            write,
            [
                MeetingRow(pair_id, days[0]),
                MeetingRow(pair_id, days[1], minutes=40),
                MeetingRow(pair_id, days[2], "cancelled"),
            ],
        )

    assert (first.created, second.created, second.changed, second.cancelled) == (2, 1, 0, 1)
    assert lines(school, pair_id) == [
        (days[0], "held", "Дроби"),
        (days[1], "held", ""),
        (days[2], "cancelled", ""),
    ]


def test_wrong_marks_are_told_by_row_and_nothing_is_saved(school: Place) -> None:
    pair_id, proposed = school.formed(), school.propose(("belova",), ("lee",))

    with pytest.raises(InvalidInput) as refused, school.write() as write:
        journal.record_meetings(
            write,
            [
                MeetingRow(pair_id, date(2026, 11, 3)),
                MeetingRow(pair_id, date(2026, 11, 20)),
                MeetingRow(proposed, date(2026, 11, 3)),
                MeetingRow(pair_id, date(2026, 11, 4), minutes=0),
            ],
        )

    assert set(refused.value.errors) == {"rows-1", "rows-2", "rows-3"}
    assert lines(school, pair_id) == []


def test_a_line_that_a_step_wrote_is_mended_by_the_step(school: Place) -> None:
    pair_id = school.formed()
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    with school.read() as read:
        line_id = queries.meetings(read.session, school.scope, [pair_id])[pair_id][0].id

    with pytest.raises(InvalidInput, match="исправьте сам шаг"), school.write() as write:
        journal.record_meetings(
            write, [MeetingRow(pair_id, date(2026, 9, 12), "cancelled", "acquaintance", id=line_id)]
        )


def test_a_mentor_writes_only_into_their_own_log(school: Place) -> None:
    own, other = school.formed(), school.propose(("lee",), ("kim",))
    belova = Actor("account-2", "Белова Анна", frozenset({"mentor"}), school.ids["belova"])
    with school.write(belova) as write:
        journal.record_meetings(write, [MeetingRow(own, date(2026, 11, 3))])

    with pytest.raises(NotPermitted), school.write(belova) as write:
        journal.record_meetings(write, [MeetingRow(own, date(2026, 11, 4)), MeetingRow(other, date(2026, 11, 4))])

    assert lines(school, own) == [(date(2026, 11, 3), "held", "")]


def test_the_plan_is_saved_as_a_whole_and_keeps_what_is_done(school: Place) -> None:
    pair_id = school.formed()
    with school.write() as write:
        first, second, third = (
            task.id for task in journal.save_plan(write, pair_id, [TaskRow(title) for title in ("А", "Б", "В")])
        )
        journal.complete_task(write, second, result="Сдан зачёт", done_on=date(2026, 11, 1))

    with school.write() as write:
        journal.save_plan(write, pair_id, [TaskRow("Г"), TaskRow("А, подробно", id=first)], goal="Поднять оценку")

    with school.read() as read:
        tasks = queries.plan_tasks(read.session, school.scope, [pair_id])[pair_id]
        found = {(task.title, task.position, task.done_on) for task in tasks}
        assert third not in {task.id for task in tasks}
        assert queries.pair(read.session, school.scope, pair_id).goal == "Поднять оценку"
    assert found == {("Г", 0, None), ("А, подробно", 1, None), ("Б", 1, date(2026, 11, 1))}


def test_a_second_answer_replaces_the_first(school: Place) -> None:
    pair_id = school.formed()
    for satisfied in (False, True):
        with school.write() as write:
            journal.record_feedback(write, [FeedbackRow(pair_id, school.ids["kim"], "exit", satisfied=satisfied)])

    with school.read() as read:
        rows = queries.feedback(read.session, school.scope, [pair_id])[pair_id]
        assert [(row.stage, row.satisfied) for row in rows] == [("exit", True)]
    with pytest.raises(InvalidInput, match="только участники"), school.write() as write:
        journal.record_feedback(write, [FeedbackRow(pair_id, school.ids["lee"], "exit")])
