"""Registers that a pair at work fills: the meeting log (a whole month at once), the plan, the answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from workflow_core import queries as core
from workflow_core.exceptions import InvalidInput, NotPermitted
from workflow_core.unit_of_work import Write
from workflows.mentoring import facts, queries
from workflows.mentoring.states import DECLINED, PROPOSED
from workflows.mentoring.tables import Feedback, FeedbackStage, Meeting, MeetingKind, MeetingStatus, PlanTask
from workflows.organisations.policy import may, refusal, require

MEETING_EDIT, PLAN_EDIT = "meeting.edit", "plan.edit"
LONGEST_MEETING = 24 * 60
"""Minutes."""


def require_pairs(write: Write, permission: str, pair_ids: Iterable[str]) -> None:
    """The actor may with every pair, or is mentor of each of these. Raises NotPermitted, NotFound."""
    ids = list(dict.fromkeys(pair_ids))
    for pair_id in ids:
        queries.pair(write.session, write.scope, pair_id)
    if may(write.actor, permission):
        return
    relations = facts.relations(write.session, write.scope, ids, write.today)
    mine = write.actor.person_id
    if not mine or not all("mentor" in relations.get(pair_id, {}).get(mine, ()) for pair_id in ids):
        raise NotPermitted(refusal(permission))


# -- meetings ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One mark in the table pairs x days. Without `id` the line of that pair, day and kind is meant, else a new one."""

    pair_id: str
    held_on: date
    status: str = MeetingStatus.HELD
    kind: str = MeetingKind.REGULAR
    id: str = ""
    topic: str | None = None
    """None in a line that exists: stays as it is."""
    summary: str | None = None
    minutes: int | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class MeetingsRecorded:
    """What became of the marks."""

    created: int
    changed: int
    cancelled: int


def record_meetings(write: Write, rows: Sequence[MeetingRow]) -> MeetingsRecorded:
    """Save a table of meetings at once: create, change, cancel. All or nothing.

    Raises InvalidInput with a sentence for each row that is wrong (keys «rows-<index>»), NotPermitted, NotFound.
    """
    pair_ids = list(dict.fromkeys(row.pair_id for row in rows))
    require_pairs(write, MEETING_EDIT, pair_ids)
    _check_meetings(write, rows, pair_ids)
    known = _known_lines(write, rows, pair_ids)
    created = changed = cancelled = 0
    for row in rows:
        line = known.get(row.id) or known.get(_place(row.pair_id, row.held_on, row.kind))
        if line is None:
            if row.status == MeetingStatus.CANCELLED:
                continue
            line = Meeting(organisation_id=write.scope, pair_id=row.pair_id, held_on=row.held_on)
            write.session.add(line)
            known[_place(row.pair_id, row.held_on, row.kind)] = line
            created += 1
        elif row.status == MeetingStatus.CANCELLED and line.status != MeetingStatus.CANCELLED:
            cancelled += 1
        elif _differs(line, row):
            changed += 1
        _set_line(line, row)
    write.session.flush()
    return MeetingsRecorded(created, changed, cancelled)


def _place(pair_id: str, day: date, kind: str) -> str:
    return f"{pair_id}/{day.isoformat()}/{kind}"


def _known_lines(write: Write, rows: Sequence[MeetingRow], pair_ids: Sequence[str]) -> dict[str, Meeting]:
    days = [row.held_on for row in rows]
    if not days:
        return {}
    found: dict[str, Meeting] = {}
    for lines in queries.meetings(write.session, write.scope, pair_ids, min(days), max(days)).values():
        found.update({_place(line.pair_id, line.held_on, line.kind): line for line in lines})
    found.update(queries.meetings_by_ids(write.session, write.scope, [row.id for row in rows if row.id]))
    return found


def _check_meetings(write: Write, rows: Sequence[MeetingRow], pair_ids: Sequence[str]) -> None:
    processes = core.processes(write.session, pair_ids)
    own = queries.meetings_by_ids(write.session, write.scope, [row.id for row in rows if row.id])
    errors: dict[str, str] = {}
    for index, row in enumerate(rows):
        process = processes.get(row.pair_id)
        if process is None or process.state in (PROPOSED, DECLINED):
            errors[f"rows-{index}"] = "Пара ещё не закреплена: встречи записывают после закрепления."
        elif row.status not in set(MeetingStatus) or row.kind not in set(MeetingKind):
            errors[f"rows-{index}"] = "Выберите, состоялась ли встреча."
        elif row.status == MeetingStatus.HELD and row.held_on > write.today:
            errors[f"rows-{index}"] = f"{row.held_on:%d.%m.%Y} ещё не наступило: встречу можно только запланировать."
        elif row.minutes is not None and not 0 < row.minutes <= LONGEST_MEETING:
            errors[f"rows-{index}"] = "Сколько минут: от 1 до 1440."
        elif row.id and (row.id not in own or own[row.id].pair_id != row.pair_id):
            errors[f"rows-{index}"] = "Этой записи в журнале пары нет."
        elif row.id and own[row.id].step_seq and row.status != MeetingStatus.HELD:
            errors[f"rows-{index}"] = "Встречу записал шаг пары: отмените или исправьте сам шаг."
    if errors:
        raise InvalidInput(errors)


def _differs(line: Meeting, row: MeetingRow) -> bool:
    asked = {"topic": row.topic, "summary": row.summary, "minutes": row.minutes, "place": row.place}
    kept = {"held_on": row.held_on, "status": row.status, "kind": row.kind}
    wanted = {**kept, **{name: value for name, value in asked.items() if value is not None}}
    return any(getattr(line, name) != value for name, value in wanted.items())


def _set_line(line: Meeting, row: MeetingRow) -> None:
    line.held_on, line.kind, line.status = row.held_on, row.kind, row.status
    line.topic = line.topic if row.topic is None else row.topic.strip()[:500]
    line.summary = line.summary if row.summary is None else row.summary.strip()[:4000]
    line.place = line.place if row.place is None else row.place.strip()[:200]
    line.minutes = line.minutes if row.minutes is None else row.minutes


# -- plans ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as a form gives it; without `id` a new one."""

    title: str
    due_on: date | None = None
    expected: str = ""
    stage: str = ""
    id: str = ""


def save_plan(write: Write, pair_id: str, rows: Sequence[TaskRow], *, goal: str | None = None) -> list[PlanTask]:
    """The plan of a pair as a whole, in the order of the rows; tasks that are not among them are taken out.

    A task that is done already stays even if the form has lost it. Raises InvalidInput (keys «rows-<index>»).
    """
    require_pairs(write, PLAN_EDIT, [pair_id])
    pair = queries.pair(write.session, write.scope, pair_id)
    known = {task.id: task for task in queries.plan_tasks(write.session, write.scope, [pair_id]).get(pair_id, [])}
    errors = {f"rows-{index}": "Назовите задачу." for index, row in enumerate(rows) if not row.title.strip()}
    errors |= {
        f"rows-{index}": "Этой задачи в плане нет." for index, row in enumerate(rows) if row.id and row.id not in known
    }
    if errors:
        raise InvalidInput(errors)
    if goal is not None:
        pair.goal = goal.strip()[:2000]
    kept = []
    for position, row in enumerate(rows):
        task = known.pop(row.id, None) or PlanTask(organisation_id=write.scope, pair_id=pair_id, title="")
        task.position, task.title, task.due_on = position, row.title.strip()[:500], row.due_on
        task.expected, task.stage = row.expected.strip()[:1000], row.stage
        write.session.add(task)
        kept.append(task)
    for task in known.values():
        if task.done_on is None:
            write.session.delete(task)
    write.session.flush()
    return kept


def complete_task(write: Write, task_id: str, *, result: str = "", done_on: date | None = None) -> PlanTask:
    """A task of a plan is done. Raises InvalidInput for a future day."""
    task = queries.plan_task(write.session, write.scope, task_id)
    require_pairs(write, PLAN_EDIT, [task.pair_id])
    day = done_on or write.today
    if day > write.today:
        raise InvalidInput({"done_on": f"{day:%d.%m.%Y} ещё не наступило."})
    task.done_on, task.result = day, result.strip()[:1000] or task.result
    write.session.flush()
    return task


def reopen_task(write: Write, task_id: str) -> PlanTask:
    """A task was marked as done by mistake."""
    task = queries.plan_task(write.session, write.scope, task_id)
    require_pairs(write, PLAN_EDIT, [task.pair_id])
    task.done_on = None
    write.session.flush()
    return task


# -- answers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One participant's answer."""

    pair_id: str
    person_id: str
    stage: str
    given_on: date | None = None
    satisfied: bool | None = None
    remark: str = ""


def record_feedback(write: Write, rows: Sequence[FeedbackRow]) -> list[Feedback]:
    """Enter answers, one a person and stage; a second one replaces the first. Only the curator sees and enters them.

    Raises InvalidInput (keys «rows-<index>») for strangers to the pair and future days.
    """
    require(write.actor, PLAN_EDIT)
    pair_ids = list(dict.fromkeys(row.pair_id for row in rows))
    require_pairs(write, PLAN_EDIT, pair_ids)
    members = queries.members(write.session, write.scope, pair_ids)
    known = {
        (row.pair_id, row.person_id, row.stage): row
        for of_pair in queries.feedback(write.session, write.scope, pair_ids).values()
        for row in of_pair
    }
    errors: dict[str, str] = {}
    for index, row in enumerate(rows):
        if row.stage not in set(FeedbackStage):
            errors[f"rows-{index}"] = "Выберите, какая это анкета."
        elif not any(member.person_id == row.person_id for member, _who in members.get(row.pair_id, ())):
            errors[f"rows-{index}"] = "Отвечают только участники пары."
        elif row.given_on and row.given_on > write.today:
            errors[f"rows-{index}"] = f"{row.given_on:%d.%m.%Y} ещё не наступило."
    if errors:
        raise InvalidInput(errors)
    return [_answer(write, row, known) for row in rows]


def _answer(write: Write, row: FeedbackRow, known: dict[tuple[str, str, str], Feedback]) -> Feedback:
    key = (row.pair_id, row.person_id, row.stage)
    line = known.setdefault(
        key,
        Feedback(
            organisation_id=write.scope,
            pair_id=row.pair_id,
            person_id=row.person_id,
            stage=row.stage,
            given_on=write.today,
        ),
    )
    line.given_on = row.given_on or write.today
    line.satisfied, line.remark = row.satisfied, row.remark.strip()[:2000]
    write.session.add(line)
    write.session.flush()
    return line
