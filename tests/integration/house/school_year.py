"""A school year of invented people by public operations: from the founding of the school to the next year's pairs.

`live` walks it day by day and keeps what was answered on the way; the tests look at that and at what stands at the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from tests.integration.house.conftest import House, pupils
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import GuardRefused
from workflow_core.operations import RowResult, StepRequest
from workflows.documents import operations as documents
from workflows.documents.operations import Received
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import journal, operations, papers, queries
from workflows.mentoring.journal import FeedbackRow, MeetingRow, TaskRow
from workflows.mentoring.operations import MembersChanged, Proposal
from workflows.mentoring.papers import CASE_TEXTS
from workflows.organisations import operations as organisations
from workflows.road_maps import operations as road_maps
from workflows.road_maps import queries as map_queries
from workflows.road_maps import views
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.evidence import LineState
from workflows.road_maps.map_template import shipped_map
from workflows.road_maps.operations import FoundItem

MENTORS = ("Барсуков", "Выдрина", "Глухарев", "Дроздова", "Ежов", "Жаворонкова")
"""The last one takes over in December."""
MENTEES = ("Зимородков", "Иволгина", "Коростелев", "Ласточкина", "Мотыльков", "Норкина", "Окунев", "Перепелкина")
PAIRS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "whole": ("Барсуков", ("Зимородков",)),
    "group": ("Выдрина", ("Иволгина", "Коростелев", "Ласточкина")),
    "replaced": ("Глухарев", ("Мотыльков",)),
    "failed": ("Дроздова", ("Норкина",)),
    "left": ("Ежов", ("Окунев",)),
}
NEWCOMER, NEW_MENTOR = "Перепелкина", "Жаворонкова"
PERSONAL, DUTY = "personal_data", "duty_consent"


@dataclass
class Year:
    """The school at the end of the year, and what was said on the way."""

    house: House
    pairs: dict[str, str] = field(default_factory=dict)
    papers: dict[str, str] = field(default_factory=dict)
    programmes: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    """Number of a map's item -> id."""
    road_map: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    def evidence(self, key: str) -> dict[str, LineState]:
        """The lines of an item on the day of the story, by what they read."""
        with self.house.read() as read:
            item = views.item_page(read, self.items[key]).item
        return {line.title: line for line in item.evidence.lines}

    def figures(self, *keys: str) -> dict[str, list[str]]:
        """«31 из 34» of each line of some items."""
        return {key: [line.text for line in self.evidence(key).values()] for key in keys}


def live(house: House) -> Year:
    """The whole year."""
    year = Year(house)
    for part in (september_people, consents, order, first_meetings, plans, autumn, winter, spring, closing, next_year):
        part(year)
    return year


# -- September: people, programme, map, consents ----------------------------------------------------------------------


def september_people(year: Year) -> None:
    house = year.house
    house.add(pupils(0, 6, "10 «А»", 2010), mothers=True)
    house.add(pupils(6, 8, "7 «Б»", 2013), mothers=True)
    with house.write() as write:
        programme = operations.create_programme(
            write,
            "Вместе к цели",
            starts_on=date(2026, 9, 1),
            ends_on=date(2027, 5, 31),
            form="pupil_pupil",
            curator_id=house.ids["curator"],
        )
        year.programmes["first"] = programme.id
        operations.enrol(write, programme.id, house.people(*MENTORS), "mentor")
        operations.enrol(
            write,
            programme.id,
            house.people(*MENTEES),
            "mentee",
            requests={house.ids["Зимородков"]: "Дроби и проценты"},
        )
    plan = plan_adoption(shipped_map("school9_2020"), date(2026, 1, 1), house.today, WorkingCalendar())
    done = {one.item.key: FoundItem(one.due) for one in plan.past if one.due}
    with house.write() as write:
        year.road_map = road_maps.adopt(write, plan, done, responsible={"4.2": house.ids["curator"]}).id
        write.session.flush()
        rows = map_queries.activities_of_maps(write.session, house.scope, [year.road_map])
        year.items = {row.key: row.id for row in rows}
    year.told["found done"] = sorted(done)
    year.told["figures at first"] = year.figures("4.2", "4.7", "4.10", "4.17")


def consents(year: Year) -> None:
    house, first = year.house, year.programmes["first"]
    house.today = date(2026, 9, 2)
    with house.write() as write:
        issued = papers.prepare_consents(write, first, house.people(*MENTORS, *MENTEES))
        duties = papers.prepare_consents(write, first, house.people(*MENTORS), DUTY, volume="2 часа в месяц")
    assert all(one.is_new for one in (*issued, *duties))
    blanks = {one.person_id: one.document_id for one in issued}
    year.papers |= {f"consent {house.inputs[who].family_name}": paper for who, paper in blanks.items()}
    year.papers |= {f"duty {house.inputs[one.person_id].family_name}": one.document_id for one in duties}
    house.run_jobs()

    house.today = date(2026, 9, 8)
    late = house.ids["Окунев"]
    handed_in = [Received(paper, date(2026, 9, 5)) for who, paper in blanks.items() if who != late]
    with house.write() as write:
        received = documents.receive_consents(write, handed_in)
        received += documents.receive_consents(write, [Received(one.document_id, date(2026, 9, 5)) for one in duties])
    assert [row.text for row in received if not row.ok] == []
    year.told["figures without Окунев"] = year.figures("4.2", "4.3", "4.7")
    year.told["missing"] = [
        (one.label, one.link.action if one.link else "")
        for line in year.evidence("4.2").values()
        for one in line.missing
    ]


# -- the order --------------------------------------------------------------------------------------------------------


def order(year: Year) -> None:
    house = year.house
    proposals = [Proposal((house.ids[mentor],), house.people(*mentees)) for mentor, mentees in PAIRS.values()]
    again = Proposal((house.ids["Барсуков"],), (house.ids["Зимородков"],))
    with house.write() as write:
        rows = operations.propose_many(write, year.programmes["first"], [*proposals, again])
    year.pairs = {name: row.process_id for name, row in zip(PAIRS, rows, strict=False)}
    year.told["proposed"] = [row.ok for row in rows]
    year.told["proposed twice"] = rows[-1]
    ids = list(year.pairs.values())

    house.today = date(2026, 9, 10)
    year.told["blocked"] = house.blockers(year.pairs["left"], "form")
    with house.write() as write:
        paper = papers.prepare_pair_order(write, ids)
        order_id = year.papers["order"] = paper.id
        year.told["order too early"] = list(paper.warnings)
    house.run_jobs()
    year.told["first draft"] = house.text_of(order_id)
    with house.write() as write:
        documents.receive_consents(write, [Received(year.papers["consent Окунев"], house.today)])

    house.today = date(2026, 9, 11)
    with house.write() as write:
        frozen = papers.pair_order_facts(write, ids, plans_due="2026-10-09", report_due="2027-06-01")
        year.told["order in time"] = list(documents.prepare_again(write, order_id, frozen).warnings)
    house.run_jobs()
    house.fire(order_id, "send")
    year.told["waits for the order"] = house.blockers(year.pairs["whole"], "form")

    house.today = date(2026, 9, 15)
    house.fire(year.papers["consent Окунев"], "revoke")
    head = house.ids["head"]
    with house.read() as read:
        year.told["register would"] = engine.preview_consequences(
            read, house.actor("curator"), order_id, "register", {}, house.today
        )
    with house.write("head") as write:
        done = documents.register(write, order_id, number="91-ОД", signed_on=house.today, signatory=head)
    year.told["registered"] = {name: _row(done.caused, pair_id) for name, pair_id in year.pairs.items()}
    year.told["figures of four pairs"] = year.figures("4.17")
    with house.write() as write:
        named = house.people(*MENTORS[:5], *MENTEES[:7])
        year.told["acquainted"] = documents.record_acquaintance(write, order_id, named, house.today)

    house.today = date(2026, 9, 18)
    with house.write() as write:
        (fresh,) = papers.prepare_consents(write, year.programmes["first"], [house.ids["Окунев"]])
        documents.receive_consents(write, [Received(fresh.document_id, house.today)])
        year.papers["second consent Окунев"] = fresh.document_id
    house.run_jobs()
    house.fire(year.pairs["left"], "form", fields={"order": order_id})
    year.told["figures of five pairs"] = year.figures("4.2", "4.17")


def _row(rows: tuple[RowResult, ...], process_id: str) -> RowResult:
    (found,) = [row for row in rows if row.process_id == process_id]
    return found


# -- meetings before work ---------------------------------------------------------------------------------------------


def first_meetings(year: Year) -> None:
    house, pairs = year.house, year.pairs
    mentor = house.login("Барсуков")
    house.today = date(2026, 9, 29)
    with pytest.raises(GuardRefused) as early:
        house.fire(pairs["whole"], "hold_acquaintance", date(2026, 9, 14), by=mentor)
    year.told["before the order"] = early.value.blockers
    house.fire(pairs["whole"], "hold_acquaintance", date(2026, 9, 21), by=mentor)
    others = [name for name in pairs if name != "whole"]
    with house.write() as write:
        requests = [StepRequest(pairs[name], "hold_acquaintance", {}, date(2026, 9, 22)) for name in others]
        assert all(row.ok for row in engine.fire_many(write, requests))
        requests = [
            StepRequest(pairs[name], "hold_trial", {}, date(2026, 9, 28)) for name in others if name != "failed"
        ]
        assert all(row.ok for row in engine.fire_many(write, requests))
    year.told["planning without trial"] = house.blockers(pairs["whole"], "hold_planning")
    house.fire(pairs["whole"], "hold_trial", by=mentor)
    house.fire(
        pairs["failed"],
        "dissolve",
        fields={"cause": "trial_failed"},
        remark="Обе стороны решили не продолжать",
        ground="Разные цели",
    )
    with house.write() as write:
        rows = queries.participants(write.session, house.scope, [year.programmes["first"]], "mentee")
        (line,) = [row for row, who in rows if who.id == house.ids["Норкина"]]
        operations.add_support_note(write, line.id, "Беседа с куратором, ищем наставника по физике")
        year.told["searching"] = line.id


# -- plans ------------------------------------------------------------------------------------------------------------


def plans(year: Year) -> None:
    house, pairs = year.house, year.pairs
    house.today = date(2026, 10, 6)
    with house.write("Барсуков") as write:
        engine.fire(write, pairs["whole"], "hold_planning")
    for name in ("group", "replaced", "left"):
        house.fire(pairs[name], "hold_planning", date(2026, 10, 5))
    year.told["no plan yet"] = house.blockers(pairs["whole"], "start_work")
    tasks = [
        TaskRow("Повторить дроби", date(2026, 11, 20), "20 задач без ошибок", "regular_work"),
        TaskRow("Решить пробную работу", date(2027, 4, 20), "не ниже «4»", "regular_work"),
    ]
    for name in ("whole", "group", "replaced", "left"):
        with house.write() as write:
            journal.save_plan(write, pairs[name], tasks, goal="Уверенная «четвёрка» по математике")
    for name in ("whole", "replaced"):
        with house.write() as write:
            year.papers[f"plan {name}"] = papers.prepare_plan(write, pairs[name]).id
    house.run_jobs()
    house.fire(year.papers["plan whole"], "agree", by="Барсуков")
    house.fire(year.papers["plan replaced"], "agree")
    house.today = date(2026, 10, 9)
    for name in ("whole", "replaced"):
        house.fire(year.papers[f"plan {name}"], "approve", fields={"signatory": house.ids["head"]}, by="head")
    house.today = date(2026, 10, 12)
    with house.write() as write:
        requests = [StepRequest(pairs[name], "start_work") for name in ("whole", "group", "replaced", "left")]
        year.told["work begun"] = engine.fire_many(write, requests)


# -- autumn and winter ------------------------------------------------------------------------------------------------


def autumn(year: Year) -> None:
    house, pairs = year.house, year.pairs
    house.today = date(2026, 10, 30)
    days = [date(2026, 10, day) for day in (15, 22, 29)]
    with house.write() as write:
        rows = [
            MeetingRow(pairs[name], day, minutes=45) for name in ("whole", "group", "replaced", "left") for day in days
        ]
        year.told["October"] = journal.record_meetings(write, rows)
    house.fire(pairs["whole"], "record_meeting", fields={"topic": "Проценты", "minutes": 40}, by="Барсуков")

    house.today = date(2026, 11, 5)
    house.fire(pairs["whole"], "suspend", ground="Карантин в 7 «Б»", fields={"resume_on": "2026-11-16"})
    with house.write("head") as write:
        organisations.name_signatory(
            write,
            house.ids["deputy"],
            "и. о. директора",
            order="приказ № 98-к от 30.10.2026",
            acting=True,
            valid_from=date(2026, 11, 2),
            valid_to=date(2026, 11, 8),
        )
    with house.write() as write:
        year.papers["change"] = enter_ready(
            write,
            ReadyPaper(
                "members_order",
                house.today,
                "101-ОД",
                signatory=house.ids["deputy"],
                subjects=(("pair", pairs["group"]),),
                original_place="дело 01-05, лист 31",
            ),
        ).id

    house.today = date(2026, 11, 16)
    house.fire(pairs["whole"], "resume")
    with house.write() as write:
        year.told["one leaves"] = _plain(
            operations.change_members(
                write,
                pairs["group"],
                joins=house.ids[NEWCOMER],
                joins_as="mentee",
                leaves=house.ids["Ласточкина"],
                order=year.papers["change"],
                ground="Переходит в кружок физики",
            )
        )


def _plain(changed: MembersChanged) -> tuple[str, bool]:
    return changed.step.process.state, changed.offers_dissolve


def winter(year: Year) -> None:
    house, pairs = year.house, year.pairs
    house.today = date(2026, 12, 1)
    people = {"leaves": house.ids["Глухарев"], "joins": house.ids[NEW_MENTOR]}
    with pytest.raises(GuardRefused) as no_hand_over, house.write() as write:
        engine.fire(write, pairs["replaced"], "replace_mentor", fields=people, ground="")
    year.told["nothing handed over"] = no_hand_over.value.blockers
    with house.write() as write:
        journal_paper = ReadyPaper(
            "meeting_journal", house.today, signatory=house.ids["head"], subjects=(("pair", pairs["replaced"]),)
        )
        year.papers["hand-over"] = enter_ready(write, journal_paper).id
    house.fire(
        pairs["replaced"],
        "replace_mentor",
        fields={**people, "hand_over": year.papers["hand-over"]},
        ground="Наставник готовится к олимпиаде",
    )
    year.told["new order needed"] = house.blockers(pairs["replaced"], "form")
    with house.write() as write:
        year.papers["second order"] = papers.prepare_pair_order(write, [pairs["replaced"]], report_due="2027-06-01").id
    house.run_jobs()

    house.today = date(2026, 12, 3)
    with house.write() as write:
        head = house.ids["head"]
        done = documents.register(
            write, year.papers["second order"], number="117-ОД", signed_on=house.today, signatory=head
        )
    year.told["fixed again"] = done.caused
    house.fire(pairs["replaced"], "continue_work")

    house.today = date(2027, 1, 15)
    with house.write() as write:
        organisations.change_person(write, house.ids["Окунев"], left_on=date(2027, 1, 14))
    house.fire(
        pairs["left"], "dissolve", fields={"cause": "left"}, ground="Переезд семьи", remark="Приказ об отчислении № 4-у"
    )


# -- spring: feedback, final meetings, closing ------------------------------------------------------------------------


def spring(year: Year) -> None:
    house, pairs = year.house, year.pairs
    house.today = date(2027, 5, 14)
    year.told["no feedback"] = house.blockers(pairs["whole"], "hold_final")
    members = _members(year)
    with house.write() as write:
        given = [FeedbackRow(pairs[name], who, "feedback", satisfied=True) for name in members for who in members[name]]
        journal.record_feedback(write, given)
        for name in ("whole", "replaced"):
            for task in queries.plan_tasks(write.session, house.scope, [pairs[name]])[pairs[name]]:
                journal.complete_task(write, task.id, result="Выполнено")
    house.fire(pairs["whole"], "hold_final", by="Барсуков")
    for name in ("group", "replaced"):
        house.fire(pairs[name], "hold_final")
    year.told["plan share"] = _found_at(year, "group", "hold_final")


def _members(year: Year) -> dict[str, list[str]]:
    with year.house.read() as read:
        live_pairs = {name: year.pairs[name] for name in ("whole", "group", "replaced")}
        rows = queries.members(read.session, year.house.scope, live_pairs.values())
        return {
            name: [who.id for row, who in rows[pair_id] if row.left_on is None] for name, pair_id in live_pairs.items()
        }


def _found_at(year: Year, pair: str, event: str) -> list[list[str]]:
    with year.house.read() as read:
        entries = core.entries_of(read.session, year.house.scope, [year.pairs[pair]])[year.pairs[pair]]
    (entry,) = [one for one in entries if one.event == event]
    return [list(check) for check in json.loads(entry.checks) if check[2]]


def closing(year: Year) -> None:
    house, pairs = year.house, year.pairs
    house.today = date(2027, 5, 20)
    year.told["no questionnaire"] = house.blockers(pairs["whole"], "close")
    members = _members(year)
    with house.write() as write:
        rows = [FeedbackRow(pairs[name], who, "exit", satisfied=True) for name in members for who in members[name]]
        journal.record_feedback(write, rows)
        texts = dict.fromkeys(CASE_TEXTS, "Пара занималась математикой весь год")
        year.papers["case"] = papers.prepare_case(write, pairs["whole"], texts, ["Повторили дроби", "Решали задачи"]).id
    house.run_jobs()
    house.fire(pairs["whole"], "close")
    with pytest.raises(GuardRefused) as no_case:
        house.fire(pairs["group"], "close")
    year.told["no case"] = no_case.value.blockers
    house.fire(pairs["group"], "close", ground="Практика уже описана в кейсе пары Барсукова")
    year.told["figures in May"] = year.figures("4.2", "4.17", "4.18", "4.20", "4.21", "4.22", "4.24", "4.25", "4.26")


# -- the next year ----------------------------------------------------------------------------------------------------


def next_year(year: Year) -> None:
    house, pairs = year.house, year.pairs
    with house.write() as write:
        year.programmes["second"] = operations.create_programme(
            write,
            "Вместе к цели — 2",
            starts_on=date(2027, 9, 1),
            ends_on=date(2028, 5, 31),
            form="pupil_pupil",
            curator_id=house.ids["curator"],
        ).id
    house.today = date(2027, 5, 25)
    for name in ("replaced", "whole"):
        house.fire(pairs[name], "continue_next", fields={"programme": year.programmes["second"]})
    with house.read() as read:
        followers = queries.successors(read.session, house.scope, [pairs["replaced"], pairs["whole"]])
    year.pairs |= {f"{name} again": followers[pairs[name]][0][0] for name in ("replaced", "whole")}

    house.today = date(2027, 5, 31)
    year.told["figures at the end"] = year.figures("4.25", "4.26")
    with house.write() as write:
        done = ("4.2", "4.3", "4.4", "4.7", "4.10", "4.17", "4.18", "4.20", "4.22", "4.24", "4.25")
        year.told["completed"] = road_maps.complete_many(
            write, [year.items[key] for key in done], ground="Подтверждено"
        )
