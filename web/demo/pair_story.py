"""The example's pairs: chosen, fixed by orders, meeting, planning, working, ending. Everything through public operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from web.demo.place_story import Data, Place
from workflow_core import operations as engine
from workflow_core.unit_of_work import Write
from workflows.documents import operations as documents
from workflows.mentoring import journal, papers
from workflows.mentoring import operations as mentoring
from workflows.mentoring import queries as mentoring_queries
from workflows.mentoring.journal import FeedbackRow, MeetingRow, TaskRow
from workflows.mentoring.operations import Proposal
from workflows.mentoring.tables import MeetingStatus, Side

ENTERED_TODAY = 0
_CASE_TEXTS = {
    "problem": "К концу года накопились пробелы, уверенности не было.",
    "resources": "Один час в неделю, учебник и карточки.",
    "result": "Пробелы закрыты, текущие оценки «4».",
    "risks": "Пропуски из-за болезни.",
    "replicability": "Подойдёт любой паре «учитель — ученик».",
    "contact": "Куратор наставничества школы",
}
_CASE_STEPS = ("Составили список трудностей", "Разбирали по одной теме в неделю", "Показали результат классу")


def tell_pairs(place: Place) -> None:
    """All pairs and the orders on them.

    Days off move to the Friday before, so things a day apart may fall on one day: there they keep the order of this page.
    """
    pairs = [(_name(index), pair) for index, pair in enumerate(place.data["pairs"])]
    for name, pair in pairs:
        _propose(place, pair, name)
    for order in place.data["orders"]:
        _order(place, order)
    for name, pair in pairs:
        if "plan" in pair:
            _plan(place, pair, name)
        _tell_answers(place, pair, name)
        _steps(place, pair, name)
        _log(place, pair, name)
        _ends(place, pair, name)


def _name(index: int) -> str:
    return f"pair {index}"


def _people(place: Place, pair: Data, side: str) -> tuple[str, ...]:
    return tuple(place.person(name) for name in pair[side])


# -- choosing and fixing ----------------------------------------------------------------------------------------------


def _propose(place: Place, pair: Data, name: str) -> None:
    def propose(write: Write) -> None:
        proposal = Proposal(
            _people(place, pair, "mentors"),
            _people(place, pair, "mentees"),
            pair.get("form", ""),
            label=pair.get("label", ""),
            goal=pair.get("goal", ""),
            remark=pair.get("remark", ""),
        )
        place.diary.ids[name] = mentoring.propose_pair(write, _programme(place, pair), proposal).id

    place.diary.note(pair["steps"]["propose"], "propose_pair", propose)


def _programme(place: Place, pair: Data) -> str:
    return place.diary.ids[f"programme {pair['programme']}"]


def _order(place: Place, order: Data) -> None:
    """One order for many pairs; registering it fixes them all."""
    diary = place.diary
    key = order.get("number") or order["key"]
    named = [(_name(i), pair) for i, pair in enumerate(place.data["pairs"]) if pair.get("order") == key]

    def prepare(write: Write) -> None:
        pairs = [diary.ids[name] for name, _pair in named]
        diary.ids[f"order {key}"] = papers.prepare_pair_order(write, pairs).id

    def send(write: Write) -> None:
        engine.fire(write, diary.ids[f"order {key}"], "send")

    def register(write: Write) -> None:
        done = documents.register(
            write,
            diary.ids[f"order {key}"],
            number=order["number"],
            signed_on=write.today,
            signatory=place.person(order.get("signatory", place.head)),
            original_place=order["place"],
            grounds={diary.ids[name]: pair["ground"] for name, pair in named if "ground" in pair},
        )
        assert all(row.ok for row in done.caused), [row.text for row in done.caused]
        if order.get("scan"):
            documents.attach_scan(write, diary.ids[f"order {key}"], f"Приказ {key}, скан.pdf", _scan())

    diary.note(order["prepared"], "prepare", prepare)
    diary.note(order.get("sent", order["prepared"]), "send", send)
    if "signed" in order:
        diary.note(order["signed"], "register", register)


def _scan() -> bytes:
    """A page with nothing on it, as a scanner's file."""
    parts = (
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n",
    )
    body, places = b"%PDF-1.4\n", []
    for part in parts:
        places.append(len(body))
        body += part
    table = b"".join(b"%010d 00000 n \n" % offset for offset in places)
    end = b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + b"xref\n0 4\n0000000000 65535 f \n" + table + end


# -- the way ----------------------------------------------------------------------------------------------------------


def _steps(place: Place, pair: Data, name: str) -> None:
    for event, days_ago in pair["steps"].items():
        if event == "propose":
            continue
        lag = pair.get("entered_later", {}).get(event, ENTERED_TODAY)
        remark = pair.get("notes", {}).get(event, "")
        place.diary.note(days_ago - lag, event, _step(place, name, event, days_ago, remark))


def _step(place: Place, name: str, event: str, days_ago: int, remark: str) -> Callable[[Write], None]:
    def step(write: Write) -> None:
        engine.fire(write, place.diary.ids[name], event, happened_on=place.diary.day(days_ago), remark=remark)

    return step


def _ends(place: Place, pair: Data, name: str) -> None:
    diary = place.diary

    def fire(event: str, fields: dict[str, Any], ground: str = "", remark: str = "") -> Callable[[Write], None]:
        def step(write: Write) -> None:
            engine.fire(write, diary.ids[name], event, fields=fields, ground=ground, remark=remark)

        return step

    if told := pair.get("suspend"):
        resume = {"resume_on": diary.today - timedelta(days=told["resume"])}
        diary.note(told["day"], "suspend", fire("suspend", resume, told["ground"]))
    if told := pair.get("dissolve"):
        diary.note(told["day"], "dissolve", fire("dissolve", {"cause": told["cause"]}, remark=told["remark"]))
    if told := pair.get("decline"):
        diary.note(told["day"], "decline", fire("decline", {}, told["ground"]))
    if "leaves" in pair:
        diary.note(pair["steps"]["close"] - 2, "leave_bank", _leaves(place, pair))


def _tell_answers(place: Place, pair: Data, name: str) -> None:
    for stage in ("feedback", "exit"):
        if stage in pair:
            place.diary.note(pair[stage], "record_feedback", _answers(place, pair, name, stage))
    if "case" in pair:
        place.diary.note(pair["exit"], "prepare_case", _case(place, pair, name))


def _answers(place: Place, pair: Data, name: str, stage: str) -> Callable[[Write], None]:
    def answers(write: Write) -> None:
        members = (*_people(place, pair, "mentors"), *_people(place, pair, "mentees"))
        rows = [FeedbackRow(place.diary.ids[name], person_id, stage, satisfied=True) for person_id in members]
        journal.record_feedback(write, rows)

    return answers


def _case(place: Place, pair: Data, name: str) -> Callable[[Write], None]:
    def case(write: Write) -> None:
        papers.prepare_case(write, place.diary.ids[name], {"title": pair["case"], **_CASE_TEXTS}, _CASE_STEPS)

    return case


def _leaves(place: Place, pair: Data) -> Callable[[Write], None]:
    """Somebody has reached the goal and leaves the bank."""

    def leave(write: Write) -> None:
        person_id = place.person(pair["leaves"])
        rows = mentoring_queries.participants(write.session, write.scope, [_programme(place, pair)], Side.MENTEE)
        line = next(row for row, who in rows if who.id == person_id)
        mentoring.leave_bank(write, line.id, remark="Цель достигнута")

    return leave


# -- plans and meetings -----------------------------------------------------------------------------------------------


def _plan(place: Place, pair: Data, name: str) -> None:
    diary = place.diary
    tasks = place.data["plans"][pair["plan"]]
    planned = pair.get("plan_day", pair["steps"].get("hold_planning"))

    def save(write: Write) -> None:
        rows = [TaskRow(one["title"], diary.day(one["due"]), one["expected"]) for one in tasks]
        journal.save_plan(write, diary.ids[name], rows)

    def prepare(write: Write) -> None:
        diary.ids[f"plan {name}"] = papers.prepare_plan(write, diary.ids[name]).id

    def agree(write: Write) -> None:
        engine.fire(write, diary.ids[f"plan {name}"], "agree")

    def approve(write: Write) -> None:
        engine.fire(write, diary.ids[f"plan {name}"], "approve", fields={"signatory": place.person(place.head)})

    diary.note(planned, "save_plan", save)
    diary.note(planned, "prepare_plan", prepare)
    if pair["plan_paper"] in ("agreed", "approved"):
        diary.note(planned - 1, "agree", agree)
    if pair["plan_paper"] == "approved":
        # Before the work begins: the plan is approved by the head's signature on it.
        diary.note(pair["steps"]["start_work"] + 1, "approve", approve)
    for place_in_plan in range(pair.get("tasks_done", 0)):
        diary.note(max(tasks[place_in_plan]["due"], 4), "complete_task", _task(place, name, place_in_plan))


def _task(place: Place, name: str, index: int) -> Callable[[Write], None]:
    def complete(write: Write) -> None:
        pair_id = place.diary.ids[name]
        task = mentoring_queries.plan_tasks(write.session, write.scope, [pair_id])[pair_id][index]
        journal.complete_task(write, task.id, result="Получилось")

    return complete


def _log(place: Place, pair: Data, name: str) -> None:
    diary = place.diary
    topics: list[str] = place.data["topics"]
    who = pair.get("by", "curator")

    def marks() -> Iterator[tuple[int, MeetingStatus]]:
        yield from ((days_ago, MeetingStatus.HELD) for days_ago in pair.get("meetings", ()))
        yield from ((days_ago, MeetingStatus.PLANNED) for days_ago in pair.get("cancelled", ()))

    for index, (days_ago, status) in enumerate(marks()):

        def record(write: Write, day: int = days_ago, topic: int = index, status: str = status) -> None:
            text = topics[topic % len(topics)] if status == MeetingStatus.HELD else None
            minutes = 40 if status == MeetingStatus.HELD else None
            journal.record_meetings(
                write, [MeetingRow(diary.ids[name], diary.day(day), status, topic=text, minutes=minutes)]
            )

        diary.note(days_ago if status == MeetingStatus.HELD else days_ago + 5, "record_meetings", record, who)
    for days_ago in pair.get("cancelled", ()):

        def cancel(write: Write, day: int = days_ago) -> None:
            journal.record_meetings(write, [MeetingRow(diary.ids[name], diary.day(day), MeetingStatus.CANCELLED)])

        diary.note(days_ago, "record_meetings", cancel, who)
    for ahead in pair.get("planned", ()):

        def plan(write: Write, ahead: int = ahead) -> None:
            journal.record_meetings(write, [MeetingRow(diary.ids[name], diary.day(-ahead), MeetingStatus.PLANNED)])

        diary.note(1, "record_meetings", plan, who)
