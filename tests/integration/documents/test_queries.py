"""Lists of papers, folders, totals; statements do not grow with what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import sqlalchemy as sa

from tests.integration.documents.conftest import SCHOOL, School
from workflow_core.amounts import Amount
from workflow_core.database import Database
from workflow_core.migrations import differences
from workflow_core.tables import new_id
from workflows.documents import operations, queries
from workflows.documents.queries import PaperFilter
from workflows.documents.ready_papers import ReadyPaper, enter_ready, enter_ready_many

DAY = date(2026, 9, 1)
PAIR = "a" * 32
Prepared = Callable[..., str]


def enter(school: School, *papers: ReadyPaper) -> list[str]:
    with school.write() as write:
        return [enter_ready(write, paper).id for paper in papers]


def test_the_migrated_tables_are_those_of_the_models(school: School, database: Database) -> None:
    ours = ("document", "document_subject", "document_file", "acquaintance", "file_blob")

    assert [row for row in differences(database) if any(name in str(row) for name in ours)] == []


def test_papers_that_wait_stand_with_their_days(school: School, order: Prepared) -> None:
    act = order(happened_on=date(2026, 11, 2))
    enter(school, ReadyPaper("order", DAY, "1"))

    with school.read() as read:
        (line,) = queries.waiting(read.session, SCHOOL)
        assert (line.id, line.state, line.days(date(2026, 11, 12))) == (act, "draft", 10)


def test_a_list_is_found_by_words_in_any_case_and_paged(school: School) -> None:
    papers = [ReadyPaper("order", DAY, f"{number}-ОД", title=f"О зачёте {number}") for number in range(5)]
    ids = enter(school, *papers, ReadyPaper("regulation", DAY))

    with school.read() as read:
        wanted = PaperFilter(text="О ЗАЧЕТЕ")
        assert queries.count_papers(read.session, SCHOOL, wanted) == Amount(5)
        first = queries.paper_page(read.session, SCHOOL, wanted, limit=3)
        rest = queries.paper_page(read.session, SCHOOL, wanted, after=first.next_after, limit=3)
        assert [line.id for line in (*first.papers, *rest.papers)] == ids[4::-1]
        assert rest.next_after == ""
        assert queries.count_papers(read.session, SCHOOL, PaperFilter(text="3-од")) == Amount(1)
        assert queries.count_papers(read.session, SCHOOL, PaperFilter(kinds=("regulation",))) == Amount(1)
        assert queries.count_papers(read.session, SCHOOL, PaperFilter(states=("draft",))) == Amount(0)


def test_totals_of_consents_count_who_was_asked(school: School, consent: Prepared) -> None:
    blank = consent(school.kim)
    consent(school.belova)
    with school.write() as write:
        operations.receive_consents(write, [operations.Received(blank, date(2026, 11, 12))])

    with school.read() as read:
        (total,) = queries.consent_totals(read.session, SCHOOL)
        assert (total.kind, total.done, total.total) == ("personal_data_consent_representative", 1, 2)


def test_a_folder_says_what_is_there_and_what_lacks(school: School, order: Prepared) -> None:
    enter(school, ReadyPaper("pair_order", DAY, "1", subjects=(("pair", PAIR),)))
    enter(school, ReadyPaper("notice", DAY, person_id=school.teacher, subjects=(("pair", PAIR),)))

    with school.read() as read:
        lines = queries.dossier(read.session, SCHOOL, "pair", PAIR, ["pair_order", "individual_plan"])
        assert [(line.kind, line.is_present) for line in lines] == [
            ("pair_order", True),
            ("individual_plan", False),
            ("notice", True),
        ]
        of_person = queries.papers_of(read.session, SCHOOL, "person", [school.teacher, school.kim])
        assert {person: [line.kind for line in found] for person, found in of_person.items()} == {
            school.teacher: ["notice"]
        }


def test_statements_do_not_grow_with_what_is_asked_for(school: School, database: Database) -> None:
    pairs, people = [new_id() for _ in range(40)], [school.kim, school.mother, school.teacher, school.belova]
    papers = [ReadyPaper("pair_order", DAY, str(n), subjects=(("pair", pair),)) for n, pair in enumerate(pairs)]
    papers += [ReadyPaper("duty_consent", DAY, person_id=person) for person in people]
    with school.write() as write:
        enter_ready_many(write, papers)

    def statements(ask: Callable[[sa.Connection], object]) -> int:
        count = [0]

        def counted(*_: object) -> None:
            count[0] += 1

        sa.event.listen(database.read_engine, "before_cursor_execute", counted)
        try:
            with school.read() as read:
                ask(read.session)
        finally:
            sa.event.remove(database.read_engine, "before_cursor_execute", counted)
        return count[0]

    for ask in (
        lambda session, n: queries.papers_of(session, SCHOOL, "pair", pairs[:n]),
        lambda session, n: queries.acts_in_force(session, SCHOOL, DAY, pairs[:n]),
        lambda session, n: queries.consents_on(session, SCHOOL, people[:n], (), DAY),
        lambda session, n: queries.paper_page(session, SCHOOL, limit=n),
    ):
        few, many = (statements(lambda session, n=n, ask=ask: ask(session, n)) for n in (2, 40))
        assert few == many <= 3
