"""Lists of people: searching, paging, and nothing of another school."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.integration.organisations.conftest import DISTRICT, OTHER, SCHOOL, Reading, Writing, employee, pupil
from workflow_core.amounts import Amount
from workflow_core.exceptions import NotFound
from workflow_core.unit_of_work import ProcessEngine
from workflows.organisations import operations, queries, search_index
from workflows.organisations.person_input import PersonInput
from workflows.organisations.queries import PeopleFilter


def enter(writing: Writing, *people: PersonInput, scope: str = SCHOOL) -> list[str]:
    with writing(scope) as write:
        return [row.person.id for row in operations.add_people(write, people) if row.person]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("семенова", ["Семёнова"]),
        ("СЕМЁНОВА АЛЕНА", ["Семёнова"]),
        ("алё сем", ["Семёнова"]),
        ("ова", ["Белова", "Семёнова"]),
        ("ов", []),
        ("бе", ["Белова"]),
        ("Ал с", ["Семёнова"]),
        ("%", []),
        ("_", []),
        ("~", []),
        ("", ["Белова", "Ким", "Семёнова"]),
    ],
)
def test_search_finds_parts_in_any_case_and_e_for_yo(
    writing: Writing, reading: Reading, text: str, found: list[str]
) -> None:
    enter(writing, pupil("Семёнова", "Алёна"), pupil("Ким", "Данил"), pupil())

    with reading() as read:
        page = queries.people_page(read.session, SCHOOL, PeopleFilter(text=text))

    assert [row.family_name for row in page.people] == found


def test_yo_is_sorted_beside_e(writing: Writing, reading: Reading) -> None:
    enter(writing, *(pupil(name, "Анна") for name in ("Жукова", "Ёлкина", "Елкина", "Ежова", "Ёжикова", "абаева")))

    with reading() as read:
        page = queries.people_page(read.session, SCHOOL)

    names = [row.family_name for row in page.people]
    assert names == ["абаева", "Ёжикова", "Ежова", "Елкина", "Ёлкина", "Жукова"]


def test_pages_follow_each_other_without_gap_or_repetition(writing: Writing, reading: Reading) -> None:
    enter(writing, *(pupil("Ким", "Данил", birth_date=date(2010, 1, 1 + day % 28)) for day in range(60)))
    enter(writing, *(pupil("Цой", f"Вера{chr(1072 + day % 30)}") for day in range(55)))

    seen: list[str] = []
    with reading() as read:
        after = ""
        while True:
            page = queries.people_page(read.session, SCHOOL, after=after)
            seen += [row.id for row in page.people]
            assert len(page.people) <= 50
            after = page.next_after
            if not after:
                break

    assert len(seen) == len(set(seen)) == 115


def test_a_name_of_many_is_paged_like_one_of_few(
    writing: Writing, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    born = iter(range(1, 1000))

    def people(*names: str) -> list[PersonInput]:
        return [pupil(name, "Анна", birth_date=date(2009, 1, 1) + timedelta(days=next(born))) for name in names]

    enter(writing, *people(*("Ёлкина", "Елкина", "Жукова") * 40, "Ким"))
    gone, *_ = enter(writing, *people("Авдова"))
    enter(writing, *people("Белова"), scope=OTHER)
    with writing() as write:
        operations.change_person(write, gone, left_on=date(2026, 11, 1))

    def pages(wanted: PeopleFilter) -> list[tuple[str, ...]]:
        found, after = [], ""
        with reading() as read:
            while True:
                page = queries.people_page(read.session, SCHOOL, wanted, after=after)
                found.append(tuple(row.id for row in page.people))
                after = page.next_after
                if not after:
                    return found

    wanted = (
        PeopleFilter("ОВА"),
        PeopleFilter("лкина анна", ("pupil",)),
        PeopleFilter("ова", (), "", date(2026, 11, 2)),
    )
    few = [pages(one) for one in wanted]
    monkeypatch.setattr(search_index, "MATCHES", 20)

    assert [[len(page) for page in one] for one in few] == [[41], [50, 30], [40]]
    assert [pages(one) for one in wanted] == few
    with reading() as read:
        counted = [queries.count_people(read.session, SCHOOL, one) for one in wanted]
    assert counted == [Amount(20, True), None, None]


def test_filters_narrow_the_list(writing: Writing, reading: Reading) -> None:
    gone, *_ = enter(writing, pupil(), pupil("Ким", "Данил", class_name="8 «А»"), employee())
    with writing() as write:
        operations.change_person(write, gone, left_on=date(2026, 11, 1))

    def families(wanted: PeopleFilter) -> list[str]:
        with reading() as read:
            return [row.family_name for row in queries.people_page(read.session, SCHOOL, wanted).people]

    assert families(PeopleFilter(kinds=("employee",))) == ["Морозова"]
    assert families(PeopleFilter(class_name="8 «А»")) == ["Ким"]
    assert families(PeopleFilter(kinds=("pupil",), here_on=date(2026, 11, 2))) == ["Ким"]
    assert families(PeopleFilter(kinds=("pupil",), here_on=date(2026, 11, 1))) == ["Белова", "Ким"]
    with reading() as read:
        assert queries.class_names(read.session, SCHOOL) == ["7 «Б»", "8 «А»"]


def test_another_schools_people_are_nowhere(writing: Writing, reading: Reading) -> None:
    [elsewhere] = enter(writing, pupil(), scope=OTHER)

    with reading() as read:
        assert queries.people(read.session, SCHOOL, [elsewhere]) == {}
        assert queries.people_page(read.session, SCHOOL, after=elsewhere).people == ()
        assert queries.count_people(read.session, SCHOOL) == Amount(0)
        assert queries.namesakes(read.session, SCHOOL, ["белова анна"]) == []
        with pytest.raises(NotFound):
            queries.person(read.session, SCHOOL, elsewhere)


def test_tree_is_read_upwards_and_downwards(reading: Reading) -> None:
    with reading() as read:
        assert [row.id for row in queries.chain(read.session, SCHOOL)] == [SCHOOL, DISTRICT]
        assert [row.id for row in queries.organisations_below(read.session, [DISTRICT])] == [SCHOOL]
        assert queries.organisations_below(read.session, [SCHOOL]) == []
        assert [row.id for row in queries.organisations_named(read.session, "Школа № 12")] == [SCHOOL]


def test_adding_many_costs_a_constant_number_of_lookups(engine: ProcessEngine, writing: Writing) -> None:
    statements: list[str] = []
    sa.event.listen(
        engine.database.write_engine, "before_cursor_execute", lambda *call: statements.append(str(call[2]))
    )

    enter(writing, *(pupil(f"Ким{chr(1072 + row)}", "Данил") for row in range(30)))

    looked_up = [text for text in statements if text.startswith("SELECT") and "FROM person" in text]
    assert len(looked_up) == 1
