"""Papers of pairs are prepared from the registers in the shapes that their kinds ask for."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.integration.mentoring.conftest import ORDER_DAY, Place
from workflow_core import operations as engine_operations
from workflow_core.exceptions import InvalidInput, NotPermitted
from workflow_core.guards import Actor
from workflows.mentoring import journal, operations, papers
from workflows.mentoring.journal import TaskRow
from workflows.mentoring.papers import CASE_TEXTS

GOLDEN = Path(__file__).parents[2] / "golden"


def keys(kind: str) -> set[str]:
    return set(json.loads((GOLDEN / kind / "facts.json").read_text("utf-8")))


def test_the_order_names_all_pairs_and_knows_of_the_consents(school: Place) -> None:
    first, second = school.formed(), school.propose(("belova",), ("lee",))
    with school.read() as read:
        both = papers.pair_order_facts(read, [first, second])
        one = papers.pair_order_facts(read, [first])

    assert (both["consents_on_file"], one["consents_on_file"]) == (False, True)
    assert [pair["mentees"][0]["role_line"] for pair in both["pairs"]] == ["ученик 7 «Б» класса", "ученик 7 «А» класса"]
    assert both["curator"]["name"]["short"]["dat"] == "Петровой А. И."
    assert (both["programme"]["start"], both["has_employees"]) == ("2026-09-01", False)


def test_drafts_are_prepared_and_ask_for_their_files(school: Place) -> None:
    pair_id = school.formed()
    with school.write() as write:
        journal.save_plan(
            write, pair_id, [TaskRow("Разобрать задачи", date(2026, 12, 1), "20 задач")], goal="Оценка «4»"
        )
        order = papers.prepare_pair_order(write, [pair_id], plans_due="2026-10-01")
        plan = papers.prepare_plan(write, pair_id)
        case = papers.prepare_case(write, pair_id, dict.fromkeys(CASE_TEXTS, "Текст"), ["Первый шаг"])
        prepared = [(paper.kind, paper.file_status, set(paper.facts)) for paper in (order, plan, case)]

    for kind, status, facts in prepared:
        assert status == "waiting"
        assert keys(kind) - {"request", "number", "signed_on"} <= facts, kind


def test_a_plan_without_tasks_is_refused_in_words(school: Place) -> None:
    pair_id = school.formed()

    with pytest.raises(InvalidInput, match="нет ни одной задачи"), school.write() as write:
        papers.prepare_plan(write, pair_id)


def test_consents_go_out_by_age(school: Place) -> None:
    school.propose()
    people = [school.ids[name] for name in ("kim", "belova", "teacher")]
    with school.write() as write:
        issued = papers.prepare_consents(write, school.programme, people)
        duties = papers.prepare_consents(write, school.programme, people[:2], "duty_consent")
        again = papers.prepare_consents(write, school.programme, people)

    assert [(one.person_id, one.is_new) for one in issued] == [(person_id, True) for person_id in people]
    assert all(one.is_new for one in duties)
    assert not any(one.is_new for one in again)
    found = {b.text: b for b in school.blockers(school.propose(("belova",), ("lee",)), "form", ORDER_DAY)}
    link = found["Белова Анна: нет согласия на обработку данных"].link
    assert link is not None
    assert link.action == "receive_consent"


def test_a_mentor_draws_up_and_agrees_the_plan_of_an_own_pair_only(school: Place) -> None:
    own, others = school.formed(), school.propose(("lee",), ("kim",))
    mentor = Actor("account-2", "Белова Анна", frozenset({"mentor"}), school.ids["belova"])
    with school.write(mentor) as write:
        journal.save_plan(write, own, [TaskRow("Разобрать задачи", date(2026, 12, 1), "20 задач")])
    with school.write() as write:
        operations.change_pair(write, own, goal="Оценка «4»")
        journal.save_plan(write, others, [TaskRow("Решать задачи", date(2026, 12, 1), "40 задач")], goal="Оценка «5»")
        foreign = papers.prepare_plan(write, others).id
    with school.write(mentor) as write:
        plan = papers.prepare_plan(write, own).id

    with school.write(mentor) as write:
        step = engine_operations.fire(write, plan, "agree")

    assert step.process.state == "agreed"
    with pytest.raises(NotPermitted), school.write(mentor) as write:
        engine_operations.fire(write, foreign, "agree")
