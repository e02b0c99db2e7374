"""A short life in which every public operation of the rooms and every verb of the engine is done at least once.

`tell` yields acts and is sent what each came to, so that a test may try every act in whatever way before it succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.integration.house.conftest import House, at, pupils
from web import accounts
from web.tables import Account
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.operations import StepRequest
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.documents import operations as documents
from workflows.documents.operations import Received
from workflows.documents.ready_papers import ReadyPaper, enter_ready, enter_ready_many
from workflows.mentoring import journal, papers, queries
from workflows.mentoring import operations as mentoring
from workflows.mentoring.as_found import FoundPair, enter_pairs_as_found
from workflows.mentoring.journal import FeedbackRow, MeetingRow, TaskRow
from workflows.mentoring.operations import Proposal
from workflows.mentoring.papers import CASE_TEXTS
from workflows.organisations import calendar_operations as calendar
from workflows.organisations import operations as organisations
from workflows.organisations.person_input import PersonInput
from workflows.road_maps import feeds, map_files, own_maps
from workflows.road_maps import operations as road_maps
from workflows.road_maps import queries as map_queries
from workflows.road_maps.adoption import AdoptionPlan, plan_adoption
from workflows.road_maps.calendar_change import change_calendar
from workflows.road_maps.copying import CopyDecision
from workflows.road_maps.editions import apply_edition, plan_edition
from workflows.road_maps.map_files import ItemInput
from workflows.road_maps.map_template import shipped_map
from workflows.road_maps.operations import FoundItem
from workflows.road_maps.reading_task import read_map_file

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Act:
    """One operation in one transaction; may be called any number of times until one is committed."""

    name: str
    do: Callable[[Write], Any]
    role: str = "curator"
    scope: str = ""
    """Of another organisation than the house's own."""


Story = Generator[Act, Any, None]


def tell(house: House) -> Story:
    """The whole life."""
    people = yield from people_and_place(house)
    pairs = yield from programmes_and_pairs(house, people)
    yield from orders_and_consents(house, people, pairs)
    yield from steps(house, people, pairs)
    yield from journals(house, people, pairs)
    running = yield from road_map(house)
    yield from uploaded_map(house, running)
    yield from erasing(house, people)


def people_and_place(house: House) -> Generator[Act, Any, list[str]]:
    rows = pupils(0, 9, "11 «А»", 2007)
    added = yield Act("add_people", lambda write: organisations.add_people(write, rows))
    people = [one.person.id for one in added]
    adult = PersonInput("Барсукова", "Наталья", "Сергеевна", "parent")
    mother = yield Act("add_person", lambda write: organisations.add_person(write, adult))
    mother_id = mother.person.id
    yield Act("change_person", lambda write: organisations.change_person(write, people[0], class_name="11 «Б»"))
    link = yield Act(
        "add_representative", lambda write: organisations.add_representative(write, people[0], mother_id, "мать")
    )
    yield Act("remove_representative", lambda write: organisations.remove_representative(write, link.id))
    yield Act("remove_person", lambda write: organisations.remove_person(write, mother_id))

    account = yield Act(
        "add_account", lambda write: accounts.add_account(write, "mentor", "Барсуков И.", "пароль для проверки")
    )

    def kept(write: Write) -> Account:
        return write.session.get_one(Account, account.id)

    yield Act("set_password", lambda write: accounts.set_password(write, kept(write), "другой пароль для проверки"))
    yield Act("close_account", lambda write: accounts.close_account(write, kept(write)))
    role = yield Act(
        "grant_role",
        lambda write: organisations.grant_role(write, new_id(), "curator", person_id=house.ids["deputy"]),
        "administrator",
    )
    yield Act("end_role", lambda write: organisations.end_role(write, role.id, date(2026, 9, 30)), "administrator")
    deputy, head = house.ids["deputy"], house.ids["head"]
    signs = yield Act(
        "name_signatory",
        lambda write: organisations.name_signatory(
            write, deputy, "и. о. директора", valid_from=date(2026, 10, 1), order="приказ № 5-к", acting=True
        ),
        "head",
    )
    yield Act("end_signatory", lambda write: organisations.end_signatory(write, signs.id, date(2026, 10, 9)), "head")
    stands = yield Act(
        "name_stand_in",
        lambda write: organisations.name_stand_in(
            write, "head", deputy, head, "приказ № 5-к от 01.09.2026", valid_from=date(2026, 9, 2)
        ),
        "head",
    )
    yield Act("end_stand_in", lambda write: organisations.end_stand_in(write, stands.id, date(2026, 9, 9)), "head")
    yield Act("set_setting", lambda write: organisations.set_setting(write, "days_planning", 21), "administrator")
    garden = {"kind": "kindergarten", "title": "Детский сад «Ручеёк»", "short_title": "Ручеёк"}
    yield Act(
        "create_organisation", lambda write: organisations.create_organisation(write, **garden), "system", new_id()
    )
    yield Act(
        "change_organisation",
        lambda write: organisations.change_organisation(write, place="г. Ключевой"),
        "administrator",
    )
    return people


def programmes_and_pairs(house: House, people: list[str]) -> Generator[Act, Any, list[str]]:
    term = {"starts_on": date(2026, 9, 1), "ends_on": date(2027, 5, 31)}
    made = yield Act(
        "create_programme",
        lambda write: mentoring.create_programme(write, "Вместе", form="pupil_pupil", **term),
    )
    programme = made.id
    yield Act(
        "change_programme",
        lambda write: mentoring.change_programme(write, programme, title="Вместе к цели", form="pupil_pupil", **term),
    )
    yield Act("enrol mentors", lambda write: mentoring.enrol(write, programme, people[:3], "mentor"))
    bank = yield Act("enrol", lambda write: mentoring.enrol(write, programme, people[3:], "mentee"))
    last = bank[-2].id
    yield Act("change_request", lambda write: mentoring.change_request(write, last, "Химия"))
    yield Act("add_support_note", lambda write: mentoring.add_support_note(write, last, "Беседа с куратором"))
    yield Act("leave_bank", lambda write: mentoring.leave_bank(write, last))
    pair = yield Act(
        "propose_pair",
        lambda write: mentoring.propose_pair(write, programme, Proposal((people[0],), (people[3],), goal="Оценка «4»")),
    )
    others = [Proposal((people[1],), (people[4],)), Proposal((people[2],), (people[5],))]
    rows = yield Act("propose_many", lambda write: mentoring.propose_many(write, programme, others))
    assert all(row.ok for row in rows)
    yield Act("change_pair", lambda write: mentoring.change_pair(write, pair.id, label="Первая"))
    running = [
        FoundPair(
            (PersonInput("Ушаков", "Лев", "Ильич", class_name="11 «А»", birth_date=date(2009, 3, 3)),),
            (people[6],),
            "regular_work",
        )
    ]
    yield Act("enter_pairs_as_found", lambda write: enter_pairs_as_found(write, programme, running))
    return [pair.id, *(row.process_id for row in rows)]


def orders_and_consents(house: House, people: list[str], pairs: list[str]) -> Story:
    with house.read() as read:
        (programme,) = queries.programmes(read.session, house.scope)
    issued = yield Act(
        "prepare_consents", lambda write: papers.prepare_consents(write, programme, [*people[:6], people[8]])
    )
    blanks = [one.document_id for one in issued]
    handed_in = [Received(one, date(2026, 9, 1), ground="Подписал отец, заявление приложено") for one in blanks]
    rows = yield Act("receive_consents", lambda write: documents.receive_consents(write, handed_in))
    assert all(row.ok for row in rows), [row.text for row in rows]
    order = yield Act(
        "prepare_pair_order", lambda write: papers.prepare_pair_order(write, pairs, report_due="2027-06-01")
    )

    def again(write: Write) -> Any:
        return documents.prepare_again(write, order.id, papers.pair_order_facts(write, pairs, report_due="2027-05-20"))

    yield Act("prepare_again", again)
    yield Act("retry_render", lambda write: documents.retry_render(write, order.id))
    head = house.ids["head"]
    done = yield Act(
        "register",
        lambda write: documents.register(
            write,
            order.id,
            number="91-ОД",
            signed_on=house.today,
            signatory=head,
            grounds=dict.fromkeys(pairs, "Так решено"),
        ),
        "head",
    )
    assert all(row.ok for row in done.caused), [row.text for row in done.caused]
    yield Act(
        "record_acquaintance", lambda write: documents.record_acquaintance(write, order.id, people[:3], house.today)
    )
    yield Act("mend", lambda write: documents.mend(write, order.id, {"number": "92-ОД"}, why="Описка"))
    scan = yield Act("attach_scan", lambda write: documents.attach_scan(write, order.id, "приказ.pdf", PDF))
    yield Act("remove_file", lambda write: documents.remove_file(write, scan.id, "Не тот файл"))
    ready = ReadyPaper("regulation", date(2026, 8, 30), "1", signatory=head, scan_name="положение.pdf", scan=PDF)
    yield Act("enter_ready", lambda write: enter_ready(write, ready))
    more = [ReadyPaper("order", date(2026, 8, 30), f"{number}-ОД", signatory=head) for number in (7, 8)]
    yield Act("enter_ready_many", lambda write: enter_ready_many(write, more))
    yield Act("replace_older", lambda write: documents.replace_older(write, blanks[:1]))


def steps(house: House, people: list[str], pairs: list[str]) -> Story:
    first, second, third = pairs
    yield Act("fire", lambda write: engine.fire(write, first, "hold_acquaintance", ground="Так решено"))
    yield Act("undo", lambda write: engine.undo(write, first, why="Не та пара"))
    requests = [StepRequest(one, "hold_acquaintance", ground="Так решено") for one in (first, second)]
    refused = StepRequest(third, "close")

    rows = yield Act("fire_many", lambda write: engine.fire_many(write, [*requests, refused]))
    assert [row.ok for row in rows] == [True, True, False]

    def correct(write: Write) -> Any:
        seq = core.entries_of(write.session, house.scope, [first])[first][0].seq
        return engine.correct(write, first, seq, happened_on=date(2026, 8, 31), why="Описка")

    yield Act("correct", correct)
    with house.read() as read:
        mentees = queries.members(read.session, house.scope, [third])[third]
    leaver = next(who.id for row, who in mentees if row.side == "mentee")
    yield Act(
        "change_members",
        lambda write: mentoring.change_members(
            write,
            third,
            joins=people[8],
            joins_as="mentee",
            leaves=leaver,
            ground="Заявление родителей",
        ),
    )
    yield Act("hold_trial", lambda write: engine.fire(write, first, "hold_trial", ground="Так решено"))
    yield Act("hold_planning", lambda write: engine.fire(write, first, "hold_planning", ground="Так решено"))


def journals(house: House, people: list[str], pairs: list[str]) -> Story:
    first = pairs[0]
    tasks = [
        TaskRow("Повторить дроби", date(2026, 11, 20), "20 задач"),
        TaskRow("Решить пробник", date(2027, 4, 20), "не ниже «4»"),
    ]
    plan = yield Act("save_plan", lambda write: journal.save_plan(write, first, tasks, goal="Оценка «4»"))
    yield Act("prepare_plan", lambda write: papers.prepare_plan(write, first))
    yield Act("start_work", lambda write: engine.fire(write, first, "start_work", ground="Так решено"))
    held = [MeetingRow(first, date(2026, 9, 1), minutes=45)]
    yield Act("record_meetings", lambda write: journal.record_meetings(write, held))
    yield Act(
        "record_meeting",
        lambda write: engine.fire(
            write, first, "record_meeting", fields={"topic": "Проценты", "minutes": 40}, ground="да"
        ),
    )
    yield Act("complete_task", lambda write: journal.complete_task(write, plan[0].id, result="Выполнено"))
    yield Act("reopen_task", lambda write: journal.reopen_task(write, plan[0].id))
    answers = [FeedbackRow(first, people[3], "feedback", satisfied=True)]
    yield Act("record_feedback", lambda write: journal.record_feedback(write, answers))
    texts = dict.fromkeys(CASE_TEXTS, "Пара занималась математикой весь год")
    yield Act("prepare_case", lambda write: papers.prepare_case(write, first, texts, ["Решали задачи"]))


def adoption(house: House, first_day: date) -> AdoptionPlan:
    return plan_adoption(shipped_map("school9_2020"), first_day, house.today, WorkingCalendar())


def road_map(house: House) -> Generator[Act, Any, str]:
    plan = adoption(house, date(2026, 1, 1))
    found = {one.item.key: FoundItem(one.due) for one in plan.past[:2] if one.due}
    taken = yield Act("adopt", lambda write: road_maps.adopt(write, plan, found))
    with house.read() as read:
        rows = map_queries.activities_of_maps(read.session, house.scope, [taken.id])
        states = core.processes(read.session, [row.id for row in rows])
    planned = [row.id for row in rows if states[row.id].state == "planned"]
    head = house.ids["head"]
    yield Act("assign_responsible", lambda write: road_maps.assign_responsible(write, planned[:3], head))
    yield Act("set_acceptance", lambda write: road_maps.set_acceptance(write, planned[2], "head"))
    yield Act("add_organisations", lambda write: road_maps.add_organisations(write, taken.id))
    yield Act("complete_many", lambda write: road_maps.complete_many(write, planned[:2], ground="Подтверждено"))
    yield Act("report", lambda write: engine.fire(write, planned[2], "report", fields={"result": "Проведено"}))
    yield Act("accept_many", lambda write: road_maps.accept_many(write, planned[2:3], ground="Подтверждено"), "head")
    yield Act(
        "reschedule_many",
        lambda write: road_maps.reschedule_many(write, planned[3:5], date(2027, 3, 1), ground="Карантин"),
    )
    days = (date(2026, 11, 5), date(2026, 11, 6))
    change = yield Act(
        "change_calendar",
        lambda write: change_calendar(write, lambda inner: calendar.add_days(inner, *days, "quarantine")),
    )
    del change
    line = yield Act(
        "add_days", lambda write: calendar.add_days(write, date(2026, 12, 7), date(2026, 12, 9), "quarantine")
    )
    yield Act("remove_days", lambda write: calendar.remove_days(write, line.id))
    coming = adoption(house, date(2027, 1, 1))
    decisions = [CopyDecision(planned[5], "drop"), CopyDecision(planned[6], "carry_over")]
    yield Act("copy_for_new_year", lambda write: road_maps.copy_for_new_year(write, taken.id, coming, decisions))
    yield Act("subscribe", lambda write: feeds.subscribe(write, taken.id))
    yield Act("unsubscribe", lambda write: feeds.unsubscribe(write, taken.id))
    return str(taken.id)


TYPED_MAP = """Дорожная карта наставничества на 2026-2027 учебный год
Приложение к приказу

№\tМероприятия\tСроки\tОтветственные
1\tПодготовка
1.1\tИздать приказ о кураторе\tдо мая 2026\tДиректор
1.2\tСобрать согласия\tсентябрь\tКуратор
"""


def uploaded_map(house: House, running: str) -> Story:
    """A file is uploaded, read, mended in every way, accepted, and taken as a new edition of the running map."""
    content = TYPED_MAP.encode()
    row = yield Act("upload", lambda write: map_files.upload(write, "карта.txt", content))
    other = yield Act("upload", lambda write: map_files.upload(write, "письмо.txt", "Просто письмо".encode()))
    for one in (row, other):
        read_map_file(house.installation.engine, house.scope, one.id, now=at(house.today))
    yield Act("read_again", lambda write: map_files.read_again(write, other.id))
    yield Act("remove", lambda write: map_files.remove(write, other.id))
    with house.read() as read:
        review = map_files.reviewed(read, map_queries.map_file(read.session, house.scope, row.id))
    section, (first, second), (doubt, *_more) = review.sections[0], review.items, review.open_doubts
    left, typed = review.leftovers[0].index, ItemInput(text="Провести встречу", deadline="май", responsible="Куратор")
    yield Act("answer", lambda write: map_files.answer(write, row.id, doubt.id, doubt.answers[0].value))
    yield Act("change_item", lambda write: map_files.change_item(write, row.id, second.id, typed))
    yield Act("add_item", lambda write: map_files.add_item(write, row.id, section.id, first.id, typed))
    yield Act("remove_item", lambda write: map_files.remove_item(write, row.id, first.id))
    yield Act("restore_item", lambda write: map_files.restore_item(write, row.id, first.id))
    yield Act("change_section", lambda write: map_files.change_section(write, row.id, section.id, "1", "Начало"))
    yield Act("settle_leftover", lambda write: map_files.settle_leftover(write, row.id, left))
    about: dict[str, Any] = {"title": "Карта школы", "organisation": "", "level": "school", "start": None, "end": None}
    yield Act("change_about", lambda write: map_files.change_about(write, row.id, **about))
    own = yield Act("accept", lambda write: map_files.accept(write, row.id))
    with house.read() as read:
        edition = own_maps.template(read.session, house.scope, own.code)
        curator = house.actor("curator")
        fates = plan_edition(read, curator, running, edition).fates
    chosen = [fate.id for fate in fates if fate.possible][:2]
    yield Act("apply_edition", lambda write: apply_edition(write, running, edition, chosen))


def erasing(house: House, people: Sequence[str]) -> Story:
    with house.read() as read:
        found = core.processes_of(read.session, house.scope, "document", ["received"])
    paper = found[-1].id
    yield Act("revoke", lambda write: engine.fire(write, paper, "revoke", remark="Заявление", ground="Заявление"))
    yield Act("erase_after_revocation", lambda write: documents.erase_after_revocation(write, paper, "Отзыв"))
    yield Act("erase", lambda write: engine.erase(write, people[-1:], "Отзыв"))
