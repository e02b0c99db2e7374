"""Lists, boards and strips of pairs: what they show, and that they ask a fixed number of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from tests.integration.mentoring.conftest import CURATOR, SCHOOL, Place, PlaceFactory
from workflow_core import operations as engine
from workflow_core.unit_of_work import Read
from workflows.mentoring import board, journal
from workflows.mentoring.as_found import FoundPair, enter_pairs_as_found
from workflows.mentoring.pair_list import PairFilter
from workflows.mentoring.tables import Side
from workflows.organisations.person_input import PersonInput


def enter(place: Place, count: int, state: str = "formed", since: date = date(2026, 11, 10)) -> list[str]:
    """Pairs of new people, named so that their order is known."""
    letters = "абвгдежзиклмнопрстуф"
    rows = [
        FoundPair(
            (PersonInput(f"М{letters[index // 20]}{letters[index % 20]}", "Анна", class_name="10"),),
            (PersonInput(f"Ё{letters[index // 20]}{letters[index % 20]}", "Данил", class_name="7"),),
            state,
            since,
        )
        for index in range(count)
    ]
    with place.write() as write:
        return list(enter_pairs_as_found(write, place.programme, rows).pair_ids)


@contextmanager
def counted(read: Read) -> Iterator[list[str]]:
    statements: list[str] = []
    bind = read.session.get_bind()

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    sa.event.listen(bind, "before_cursor_execute", note)
    yield statements
    sa.event.remove(bind, "before_cursor_execute", note)


def statements_of(place: Place, action: Callable[[Read], object]) -> int:
    with place.read() as read, counted(read) as statements:
        action(read)
    return len(statements)


def test_pages_follow_each_other_by_name_without_gaps(school: Place) -> None:
    ids = enter(school, 7)
    seen: list[str] = []
    after = ""
    with school.read() as read:
        while True:
            page = board.pair_page(read, after=after, limit=3)
            seen += [line.id for line in page.pairs]
            after = page.next_after
            if not after:
                break

    assert seen == ids


def test_search_finds_parts_of_names_of_either_side(school: Place) -> None:
    enter(school, 3)
    pair_id = school.propose()
    with school.read() as read:
        for text in ("БЕЛ дан", "ким", "анн данил"):
            found = {line.id for line in board.pair_page(read, PairFilter(text=text)).pairs}
            assert pair_id in found, text
        assert [line.id for line in board.pair_page(read, PairFilter(text="бел дан")).pairs] == [pair_id]
        assert len(board.pair_page(read, PairFilter(text="еаа")).pairs) == 1
        assert board.pair_page(read, PairFilter(text="%")).pairs == ()


def test_filters_by_state_form_curator_and_person(school: Place) -> None:
    ids = enter(school, 2)
    pair_id = school.propose()
    expected = {
        PairFilter(states=("formed",)): set(ids),
        PairFilter(form="teacher_pupil"): set(),
        PairFilter(curator_id=school.ids["curator"]): {*ids, pair_id},
        PairFilter(curator_id=school.ids["head"]): set(),
        PairFilter(person_id=school.ids["kim"]): {pair_id},
        PairFilter(programme_id=school.programme, text="ким"): {pair_id},
    }
    with school.read() as read:
        for wanted, found in expected.items():
            assert {line.id for line in board.pair_page(read, wanted).pairs} == found, wanted
        assert board.pair_counts(read) == {"formed": 2, "proposed": 1}


def test_stuck_pairs_stand_longer_than_the_place_allows(school: Place) -> None:
    today = school.now.date()
    running = [
        FoundPair((school.ids[mentor],), (school.ids[mentee],), "regular_work", today - timedelta(days=60))
        for mentor, mentee in (("belova", "lee"), ("lee", "kim"))
    ]
    with school.write() as write:
        silent, busy = enter_pairs_as_found(write, school.programme, running).pair_ids
    with school.read() as read:
        assert board.stuck_pairs(read) == [], "of a log that nobody has kept here nobody knows that it is silent"

    later = school.now + timedelta(days=22)
    day = later.date()
    rows = [
        FoundPair((school.ids["belova"],), (school.ids[mentee],), "formed", day - timedelta(days=days))
        for mentee, days in (("kim", 22), ("lee", 21))
    ]
    with school.write(now=later) as write:
        old, fresh = enter_pairs_as_found(write, school.programme, rows).pair_ids
        journal.record_meetings(write, [journal.MeetingRow(busy, day - timedelta(days=3))])

    with school.read(now=later) as read:
        stuck = board.stuck_pairs(read)
        lines = board.pair_lines(read, [old, fresh, silent, busy])
    assert [line.id for line in stuck] == [silent, old]
    assert [lines[pair_id].is_stuck for pair_id in (old, fresh, silent, busy)] == [True, False, True, False]
    assert (lines[old].days, lines[old].limit_days) == (22, 21)


def test_board_shows_every_live_state_with_the_stuck_first(school: Place) -> None:
    today = school.now.date()
    fresh = enter(school, 2, since=today)
    with school.write() as write:
        (stuck,) = enter_pairs_as_found(
            write,
            school.programme,
            [FoundPair((school.ids["belova"],), (school.ids["kim"],), "formed", today - timedelta(days=40))],
        ).pair_ids

    with school.read() as read:
        columns = {column.state: column for column in board.board(read)}

    assert list(columns)[:2] == ["proposed", "formed"]
    assert list(columns)[-1] == "suspended"
    assert "closed" not in columns
    assert [line.id for line in columns["formed"].pairs] == [stuck, *fresh]
    assert columns["trial"].pairs == ()


def test_strip_shows_reached_days_and_the_place_of_a_suspended_pair(school: Place) -> None:
    pair_id = school.formed()
    school.fire(pair_id, "hold_acquaintance", date(2026, 9, 12))
    school.fire(pair_id, "suspend", date(2026, 10, 1), ground="Карантин")

    with school.read() as read:
        steps = board.journeys(read, [pair_id])[pair_id]

    assert [(step.short_title, step.reached_on, step.place) for step in steps][:4] == [
        ("Подобрана", date(2026, 9, 5), "done"),
        ("Закреплена", date(2026, 9, 10), "done"),
        ("Познакомились", date(2026, 9, 12), "now"),
        ("Пробная встреча", None, "to_come"),
    ]


def test_statements_do_not_grow_with_the_pairs(place_factory: PlaceFactory) -> None:
    few = place_factory(scope=SCHOOL)
    many = place_factory(scope="0" * 31 + "2")
    few_ids, many_ids = enter(few, 2), enter(many, 30)

    def ask(ids: list[str]) -> Callable[[Read], object]:
        return lambda read: (
            board.pair_page(read),
            board.board(read),
            board.stuck_pairs(read),
            board.journeys(read, ids),
            engine.why_not(read, CURATOR, ids),
        )

    assert statements_of(few, ask(few_ids)) == statements_of(many, ask(many_ids))


def test_another_organisations_pairs_are_not_seen(place_factory: PlaceFactory) -> None:
    ours, theirs = place_factory(scope=SCHOOL), place_factory(scope="0" * 31 + "2")
    theirs.enrol("belova", side=Side.MENTOR)
    (foreign,) = enter(theirs, 1)

    with ours.read() as read:
        assert board.pair_page(read).pairs == ()
        assert board.pair_lines(read, [foreign]) == {}
        assert board.journeys(read, [foreign]) == {}
        assert board.pair_counts(read) == {}
