"""The sentences of the history: what happened, by which order, how late it was entered, what was mended later."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import NOW
from tests.web.sample_school import School, at, school
from web.views.story import StoryLine, story, story_of
from workflow_core import operations as engine
from workflow_core import queries as core

__all__ = ["school"]


def told(school: School, *subjects: str) -> list[StoryLine]:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        return story_of(read, subjects or [school.pair])


def line_of(school: School, sentence: str) -> StoryLine:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        lines = story(read, core.entries_after(read.session, read.scope, 0, 1000))
    return next(line for line in lines if sentence in line.sentence)


def test_step_names_the_order_the_pair_and_the_ground(school: School) -> None:
    formed = next(line for line in told(school) if line.sentence.startswith("Закреплена"))

    assert formed.sentence == "Закреплена приказом № 91-ОД"
    assert formed.title == "Белова Анна — Ким Данил: закреплена приказом № 91-ОД"
    assert formed.ground == "Согласие матери принесут до 1 октября"
    assert formed.who == "Морозова Е. В."
    assert formed.date == "16\u00a0сентября"


def test_lag_is_told_in_words_only_where_there_is_one(school: School) -> None:
    lags = {line.sentence: line.lag for line in told(school)}

    assert lags["Познакомились"] == "через\u00a03\u00a0дня"
    assert lags["Подобрана"] == ""


def test_corrected_date_is_marked_and_shown_on_the_step(school: School) -> None:
    met = next(line for line in told(school) if line.sentence == "Познакомились")
    school.write(
        lambda write: engine.correct(write, school.pair, met.seq, happened_on=date(2026, 9, 25), why="Опечатка")
    )

    lines = told(school)

    assert (
        lines[0].sentence
        == f"Исправлена дата записи № {met.seq}: 25\u00a0сентября\u00a02026 вместо 24\u00a0сентября\u00a02026"
    )
    assert (lines[1].mark, lines[1].date) == ("дата исправлена", "25\u00a0сентября")


def test_undone_step_is_marked(school: School) -> None:
    school.write(lambda write: engine.undo(write, school.pair, why="Знакомство перенесли"))

    lines = told(school)

    assert lines[0].sentence == "Отменён шаг: теперь «Закреплена»"
    assert lines[1].mark == "отменено"


def test_paper_entered_as_found_says_so(school: School) -> None:
    line = told(school, school.order)[-1]

    entered = next(one for one in told(school, school.order) if one.mark)
    assert (entered.sentence, entered.mark) == ("Действует", "внесено при начале работы")
    assert line.subject.endswith("№ 91-ОД")


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [
        ("Внесено в банк наставников: Математика без страха", "Белова Анна"),
        ("Законный представитель: Ким О. С. (мать)", "Ким Данил"),
        ("Роль «куратор» с 1\u00a0сентября\u00a02026", "Морозова Е. В."),
        ("Подписывает документы: директор", "Гусев А. П."),
    ],
)
def test_changes_of_registers_are_told_about_whom_they_touch(school: School, sentence: str, subject: str) -> None:
    assert line_of(school, sentence).subject == subject


def test_value_of_personal_data_never_stands_in_a_sentence(school: School) -> None:
    from workflows.organisations.operations import change_person

    school.write(lambda write: change_person(write, school.people["Ким"], phone="3-33-33") and None)

    line = told(school, school.people["Ким"])[0]
    assert line.sentence == "Изменены сведения: телефон"


def test_erased_details_leave_a_sentence(school: School) -> None:
    school.write(lambda write: engine.erase(write, [school.people["Ким"]], "Согласие отозвано"))

    erased, created = told(school, school.people["Ким"])

    assert erased.sentence == "Подробности удалены"
    assert (created.sentence, created.is_erased) == ("Внесены сведения", True)


def test_statements_do_not_grow_with_entries(school: School) -> None:
    def statements(limit: int) -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        target = school.installation.database.read_engine
        with school.installation.engine.read(school.scope, now=NOW) as read:
            entries = core.entries_after(read.session, read.scope, 0, 1000)[-limit:]
            sa.event.listen(target, "before_cursor_execute", note)
            story(read, entries)
            sa.event.remove(target, "before_cursor_execute", note)
        return len(seen)

    few = statements(60)
    for day in range(1, 20):
        school.write(
            lambda write, day=day: (
                engine.fire(write, school.pair, "repeat_trial", happened_on=date(2026, 10, day))
                if day > 1
                else engine.fire(write, school.pair, "hold_trial", happened_on=date(2026, 10, 1))
            ),
            at(date(2026, 10, day)),
        )

    assert statements(80) <= few + 2
