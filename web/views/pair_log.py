"""The meeting log, the plan and the answers of one pair as their pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from web.formatting import count, field_date, overdue_by, russian_date, school_year_of
from web.views.pair import meeting_title, meeting_words
from workflow_core import queries as core
from workflow_core.exceptions import NotFound
from workflow_core.guards import Actor
from workflow_core.unit_of_work import UnitOfWork
from workflows.mentoring import board, queries
from workflows.mentoring.board import PairLine
from workflows.mentoring.tables import MeetingStatus
from workflows.organisations import policy


def may_own(actor: Actor, line: PairLine, permission: str) -> bool:
    """Whether the actor may this with the pair: everywhere, or as its mentor."""
    mine = bool(actor.person_id) and actor.person_id in {one.id for one in line.mentors}
    return policy.may(actor, permission) or (mine and policy.may_own(actor, permission))


@dataclass(frozen=True, slots=True)
class JournalView:
    """The meeting log of one pair."""

    line: PairLine
    sentence: str
    rows: tuple[Mapping[str, str], ...]
    new_url: str


def journal_view(read: UnitOfWork, actor: Actor, pair_id: str) -> JournalView:
    """The whole log, newest first."""
    line = board.pair_lines(read, [pair_id])[pair_id]
    may = may_own(actor, line, "meeting.edit")
    rows = queries.meetings(read.session, read.scope, [pair_id]).get(pair_id, [])
    year = school_year_of(read.today)
    held = sum(1 for row in rows if row.status == MeetingStatus.HELD)
    return JournalView(
        line,
        f"Прошло {count(held, 'встреча', 'встречи', 'встреч')}." if held else "Встреч ещё не записано.",
        tuple(
            {
                "date": russian_date(row.held_on, year),
                "title": meeting_title(row),
                "words": meeting_words(row),
                "summary": row.summary if row.topic else "",
                # A line that a step wrote is mended with the step.
                "edit": url_for("pairs.edit_meeting", pair_id=pair_id, meeting_id=row.id) if may else "",
                "by_step": "1" if row.step_seq else "",
            }
            for row in reversed(rows)
        ),
        url_for("pairs.meeting", pair_id=pair_id) if may else "",
    )


def meeting_row(read: UnitOfWork, pair_id: str, meeting_id: str) -> dict[str, Any]:
    """A line of the log as its form begins. Raises NotFound, for another pair's line too."""
    row = queries.meeting(read.session, read.scope, meeting_id)
    if row.pair_id != pair_id:
        raise NotFound("встреча", meeting_id)
    names = ("held_on", "status", "kind", "topic", "minutes", "place", "summary")
    return {name: getattr(row, name) for name in names}


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan of one pair."""

    goal: str
    sentence: str
    rows: list[dict[str, Any]]
    """As the form begins."""
    tasks: tuple[Mapping[str, Any], ...]
    may_edit: bool


def plan_view(read: UnitOfWork, actor: Actor, line: PairLine) -> PlanView:
    """Goal and tasks; what is late says so."""
    pair = queries.pair(read.session, read.scope, line.id)
    tasks = queries.plan_tasks(read.session, read.scope, [line.id]).get(line.id, [])
    year = school_year_of(read.today)
    done = sum(1 for task in tasks if task.done_on)
    process = core.process(read.session, line.id)
    live = process is not None and read.definition(process.definition_hash).state(process.state).final is None
    return PlanView(
        goal=pair.goal,
        sentence=f"Выполнено {done} из {len(tasks)}." if tasks else "Задач пока нет: впишите первые.",
        rows=[{"id": task.id, "title": task.title, "due_on": task.due_on, "expected": task.expected} for task in tasks],
        tasks=tuple(
            {
                "id": task.id,
                "title": task.title,
                "expected": task.expected,
                "due": f"до {russian_date(task.due_on, year)}" if task.due_on else "без срока",
                "late": (late := overdue_by(task.due_on, read.today) if task.due_on and not task.done_on else "")
                and f"Просрочена {late}",
                "done": russian_date(task.done_on, year) if task.done_on else "",
                "result": task.result,
                "url": url_for("pairs.finish_task", pair_id=line.id, task_id=task.id),
                "today": field_date(read.today),
            }
            for task in tasks
        ),
        may_edit=live and may_own(actor, line, "plan.edit"),
    )


def feedback_rows(read: UnitOfWork, line: PairLine, stage: str) -> list[dict[str, Any]]:
    """The answers of one stage as the form begins: everybody of the pair, mentors first."""
    known = {
        row.person_id: row
        for row in queries.feedback(read.session, read.scope, [line.id]).get(line.id, [])
        if row.stage == stage
    }
    rows = []
    for one in (*line.mentors, *line.mentees):
        row = known.get(one.id)
        satisfied = "" if row is None or row.satisfied is None else "yes" if row.satisfied else "no"
        rows.append(
            {
                "person_id": one.id,
                "name": one.name,
                "given_on": row.given_on if row else None,
                "satisfied": satisfied,
                "remark": row.remark if row else "",
            }
        )
    return rows
