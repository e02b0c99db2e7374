"""A school year from the founding to the next year's pairs, on both databases: what was answered on the way and what stands."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import pytest

from tests.integration.house.conftest import STAFF
from tests.integration.house.school_year import PAIRS, Year
from workflow_core import queries as core
from workflow_core.guards import Blocker, Severity
from workflow_core.verification import replay, verify
from workflows.documents import queries as papers
from workflows.documents.tables import FileStatus
from workflows.mentoring import board, queries
from workflows.mentoring.status import ParticipantStatus, participant_status
from workflows.organisations import queries as organisations
from workflows.organisations.tables import Person
from workflows.road_maps import views

pytestmark = pytest.mark.slow


def stops(blockers: list[Blocker] | tuple[Blocker, ...]) -> list[str]:
    """Codes of what can't be passed."""
    return [one.code for one in blockers if one.severity is Severity.BLOCK]


def needs(blockers: list[Blocker] | tuple[Blocker, ...]) -> list[str]:
    """Codes of what passes with a written ground."""
    return [one.code for one in blockers if one.severity is Severity.REASON]


# -- September --------------------------------------------------------------------------------------------------------


def test_pairs_are_proposed_each_row_for_itself(year: Year) -> None:
    twice = year.told["proposed twice"]

    assert year.told["proposed"] == [True] * 5 + [False]
    assert [one.code for one in twice.blockers] == ["pair_is_live"]
    assert twice.blockers[0].link.target == year.pairs["whole"]


def test_a_missing_consent_stops_and_says_whose_and_who_signs(year: Year) -> None:
    consent, no_order = (one for one in year.told["blocked"] if one.severity is Severity.BLOCK)

    assert (consent.code, no_order.code) == ("consent_missing", "no_order")
    assert consent.text == "Окунев Игорь: нет согласия на обработку данных"
    assert consent.explanation == "Подписывает мать, Окунева Наталья Сергеевна: ученику нет 18 лет"
    assert consent.who_can_lift == "Снегирева Е. В., куратор"
    assert (consent.link.action, consent.link.target) == ("receive_consent", year.house.ids["Окунев"])
    assert consent.source == "школа"


def test_an_order_warns_of_a_consent_until_it_is_in(year: Year) -> None:
    lacking = "Не все письменные согласия участников получены."

    assert lacking in year.told["order too early"]
    assert "на основании письменных согласий" not in year.told["first draft"]
    assert lacking not in year.told["order in time"]
    assert "на основании письменных согласий" in year.house.text_of(year.papers["order"])


def test_registering_forms_the_pairs_and_the_one_that_can_t_be_stays_and_says_why(year: Year) -> None:
    rows = year.told["registered"]

    assert {name: row.ok for name, row in rows.items()} == {name: name != "left" for name in PAIRS}
    assert stops(rows["left"].blockers) == ["consent_not_valid"]
    assert "Окунев Игорь: согласие на обработку данных отозвано 15.09.2026" in rows["left"].text
    assert rows["whole"].text == "Теперь «Закреплена»"


def test_what_registering_would_do_was_told_before(year: Year) -> None:
    told = {row.process_id: (row.ok, row.text) for row in year.told["register would"]}

    assert told.pop(year.pairs["left"]) == (
        False,
        "Нельзя: Окунев Игорь: согласие на обработку данных отозвано 15.09.2026",
    )
    assert set(told.values()) == {(True, "Станет «Закреплена»")}
    assert len(told) == 4
    assert stops(year.told["waits for the order"]) == ["order_not_registered"]


def test_the_pairs_are_formed_by_whoever_registers_the_order(year: Year) -> None:
    """The head has no step «Закрепить» of his own, so the program does it; the curator who registers acts as curator."""
    found = []
    for order, pair in (("order", "whole"), ("second order", "replaced")):
        with year.house.read() as read:
            entries = core.entries_of(read.session, year.house.scope, [year.papers[order], year.pairs[pair]])
        (registered,) = [one for one in entries[year.papers[order]] if one.event == "register"]
        (formed,) = [one for one in entries[year.pairs[pair]] if one.caused_by == registered.seq]
        found.append((registered.actor_role, formed.event, formed.actor_id, formed.actor_role))

    assert found == [("head", "form", "account-head", "system"), ("curator", "form", "account-curator", "curator")]


def test_everybody_named_in_the_order_has_read_it(year: Year) -> None:
    with year.house.read() as read:
        rows = papers.acquaintances(read.session, year.house.scope, year.papers["order"])

    assert year.told["acquainted"] == len(rows) == 12
    assert {row.acquainted_on for row in rows} == {date(2026, 9, 15)}


# -- meetings, plans, work --------------------------------------------------------------------------------------------


def test_a_meeting_dated_before_the_order_needs_a_ground(year: Year) -> None:
    assert stops(year.told["before the order"]) == []
    assert set(needs(year.told["before the order"])) == {"before_order", "before_previous_step"}


def test_this_school_asks_for_a_trial_meeting_and_only_notes_a_missing_plan(year: Year) -> None:
    assert stops(year.told["planning without trial"]) == ["no_trial_meeting"]
    assert [(one.code, one.severity) for one in year.told["no plan yet"]] == [("no_plan", Severity.NOTE)]
    assert all(row.ok for row in year.told["work begun"])


def test_a_failed_trial_leaves_the_mentee_without_a_pair(year: Year) -> None:
    with year.house.read() as read:
        statuses = participant_status(read.session, year.house.scope, year.programmes["first"])
        notes = queries.support_notes(read.session, year.house.scope, [year.told["searching"]])

    assert year.house.state(year.pairs["failed"]) == "dissolved"
    assert statuses[year.told["searching"]] is ParticipantStatus.WITHOUT_PAIR
    assert len(notes[year.told["searching"]]) == 1


def test_a_suspended_pair_went_on_where_it_stood(year: Year) -> None:
    with year.house.read() as read:
        entries = core.entries_of(read.session, year.house.scope, [year.pairs["whole"]])[year.pairs["whole"]]
        journey = board.journeys(read, [year.pairs["whole"]])[year.pairs["whole"]]

    moves = [(one.event, one.from_state, one.to_state) for one in entries if one.event in ("suspend", "resume")]
    assert moves == [("suspend", "regular_work", "suspended"), ("resume", "suspended", "regular_work")]
    assert [(one.state, one.reached_on) for one in journey if one.reached_on] == [
        ("proposed", date(2026, 9, 8)),
        ("formed", date(2026, 9, 15)),
        ("acquaintance", date(2026, 9, 21)),
        ("trial", date(2026, 9, 29)),
        ("planning", date(2026, 10, 6)),
        ("regular_work", date(2026, 11, 16)),
        ("final_meeting", date(2027, 5, 14)),
        ("closed", date(2027, 5, 20)),
    ]


def test_a_group_lost_one_member_and_won_another(year: Year) -> None:
    with year.house.read() as read:
        rows = queries.members(read.session, year.house.scope, [year.pairs["group"]])[year.pairs["group"]]
    left = {who.family_name: row.left_on for row, who in rows if row.left_on}
    here = {who.family_name for row, who in rows if not row.left_on}

    assert year.told["one leaves"] == ("regular_work", False)
    assert left == {"Ласточкина": date(2026, 11, 16)}
    assert here == {"Выдрина", "Иволгина", "Коростелев", "Перепелкина"}


def test_an_order_of_change_was_signed_by_the_acting_head_within_the_dates(year: Year) -> None:
    with year.house.read() as read:
        paper = papers.document(read.session, year.house.scope, year.papers["change"])
        warnings, text = paper.warnings, paper.signatory_text

    assert (warnings, text) == ([], "и. о. директора Куница Г. П. (приказ № 98-к от 30.10.2026)")


def test_a_replaced_mentor_hands_over_and_a_new_order_fixes_the_same_pair(year: Year) -> None:
    with year.house.read() as read:
        label = board.pair_labels(read, [year.pairs["replaced"]])[year.pairs["replaced"]]

    assert needs(year.told["nothing handed over"]) == ["not_handed_over"]
    assert [one.text for one in year.told["new order needed"] if one.code == "no_order"] == [
        "Нет приказа о закреплении после 01.12.2026"
    ]
    assert [row.ok for row in year.told["fixed again"]] == [True]
    assert label == "Жаворонкова Вера — Мотыльков Игорь"


def test_an_early_end_keeps_its_ground_with_every_membership(year: Year) -> None:
    with year.house.read() as read:
        rows = queries.members(read.session, year.house.scope, [year.pairs["left"]])[year.pairs["left"]]
    grounds = {row.left_ground for row, _who in rows}

    assert year.house.state(year.pairs["left"]) == "dissolved"
    assert grounds == {"Уход из организации (перевод, увольнение, выпуск, отчисление). Переезд семьи"}


# -- the end of the year ----------------------------------------------------------------------------------------------


def test_the_end_asks_for_feedback_questionnaires_and_a_case(year: Year) -> None:
    assert stops(year.told["no feedback"]) == ["no_feedback"] * 2
    assert stops(year.told["no questionnaire"]) == ["no_exit_questionnaire"] * 2
    assert (stops(year.told["no case"]), needs(year.told["no case"])) == ([], ["no_case"])
    assert year.told["plan share"] == [["plan_share", "note", "plan_share"]]


def test_where_every_pair_stands(year: Year) -> None:
    states = {name: year.house.state(pair_id) for name, pair_id in year.pairs.items()}

    assert states == {
        "whole": "closed",
        "group": "closed",
        "replaced": "closed",
        "failed": "dissolved",
        "left": "dissolved",
        "replaced again": "proposed",
        "whole again": "proposed",
    }


def test_the_next_year_begins_with_the_same_people_and_a_copied_plan(year: Year) -> None:
    again = year.pairs["replaced again"]
    with year.house.read() as read:
        label = board.pair_labels(read, [again])[again]
        tasks = queries.plan_tasks(read.session, year.house.scope, [again])[again]
        pair = queries.pair(read.session, year.house.scope, again)
        previous, programme = pair.previous_pair_id, pair.programme_id

    assert label == "Жаворонкова Вера — Мотыльков Игорь"
    assert (previous, programme) == (year.pairs["replaced"], year.programmes["second"])
    assert [(task.title, task.due_on, task.done_on) for task in tasks] == [
        ("Повторить дроби", date(2027, 11, 20), None),
        ("Решить пробную работу", date(2028, 4, 20), None),
    ]


# -- the road map follows ---------------------------------------------------------------------------------------------


def test_evidence_turns_complete_by_what_was_done_elsewhere(year: Year) -> None:
    told = year.told

    assert told["figures at first"] == {
        "4.2": ["0 из 14"],
        "4.7": ["0 из 6"],
        "4.10": ["6"],
        "4.17": ["документа нет", "пока некого считать"],
    }
    assert told["figures without Окунев"] == {"4.2": ["13 из 14"], "4.3": ["7 из 8"], "4.7": ["6 из 6"]}
    assert told["missing"] == [("Окунев Игорь", "receive_consent")]
    assert told["figures of four pairs"] == {"4.17": ["№ 91-ОД от 15.09.2026", "4 из 5"]}
    assert told["figures of five pairs"] == {"4.2": ["14 из 14"], "4.17": ["№ 91-ОД от 15.09.2026", "5 из 5"]}
    assert told["figures in May"]["4.22"] == told["figures in May"]["4.24"] == ["8 из 8"]
    assert told["figures in May"]["4.25"] == ["2 из 3"]
    assert told["figures at the end"] == {"4.25": ["3 из 3"], "4.26": ["1 из 3"]}


def test_items_are_completed_on_that_evidence_and_their_section_runs(year: Year) -> None:
    with year.house.read() as read:
        page = views.map_page(read, year.road_map)
    found = {item.key: item for section in page.sections for item in section.items}

    assert [row.text for row in year.told["completed"] if not row.ok] == []
    assert all(not row.needs_ground for row in year.told["completed"])
    assert {section.number: section.state for section in page.sections}["4"] == "running"
    assert all(found[key].state == "done" for key in year.told["found done"])
    assert not any(found[key].overdue for key in year.told["found done"])


# -- papers -----------------------------------------------------------------------------------------------------------


def names_of(person: Person) -> frozenset[str]:
    """All forms of somebody's name that a paper may print."""
    forms = person.name_forms
    return frozenset((*forms["full"].values(), *forms["short"].values(), forms["initials_first"]))


def staff(year: Year) -> set[str]:
    """The office: it stands in headings and signatures."""
    return set(year.house.people(*STAFF))


def made_papers(year: Year) -> list[tuple[str, str, set[str], set[str]]]:
    """(kind, title, who stands in the frozen facts, whose name is printed in any case) of every paper that was made."""
    house = year.house
    with house.read() as read:
        everybody = organisations.people(read.session, house.scope, house.inputs)
        forms = {who.id: names_of(who) for who in everybody.values()}
        lines = [one for one in papers.paper_page(read.session, house.scope, limit=200).papers if one.origin == "made"]
        assert {line.file_status for line in lines} == {FileStatus.READY}
        facts = {line.id: json.dumps(papers.document(read.session, house.scope, line.id).facts) for line in lines}
    found = []
    for line in lines:
        text = house.text_of(line.id)
        told = {who for who in forms if who in facts[line.id]}
        printed = {
            who for who, names in forms.items() if who not in staff(year) and any(name in text for name in names)
        }
        found.append((line.kind, line.title, told, printed))
    return found


def test_every_paper_names_those_whom_it_is_about_and_nobody_else(year: Year) -> None:
    found = made_papers(year)

    assert Counter(kind for kind, *_rest in found) == {
        "pair_order": 2,
        "personal_data_consent_representative": 15,
        "duty_consent": 6,
        "individual_plan": 2,
        "case": 1,
    }
    for kind, title, told, printed in found:
        assert told, title
        # Nobody has consented to distribution, so the case shows roles.
        assert printed == (set() if kind == "case" else told - staff(year)), title


def test_the_order_names_mentor_mentee_class_and_who_signs(year: Year) -> None:
    text = year.house.text_of(year.papers["order"])

    for mentor, mentees in PAIRS.values():
        for name in (mentor, *mentees):
            assert f"{name} " in text
    assert "Зимородков И. О., ученик 7 «Б» класса" in text
    assert "Директор | _________________ | А. П. Тетерев" in text
    assert "Куратору программы Снегиревой Е. В., педагогу-организатору" in text
    assert STAFF["deputy"].family_name not in text


# -- the whole --------------------------------------------------------------------------------------------------------


def test_the_history_of_the_year_verifies_and_replays(year: Year) -> None:
    with year.house.read() as read:
        whole, again = verify(read), replay(read)

    assert (whole.problems, again.problems) == ([], [])
    assert whole.count > 600
