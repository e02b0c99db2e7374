"""What steps of a pair change in the registers, in the transaction of the step; and the pairs that an order forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.exceptions import InvalidInput
from workflow_core.history import HistoryEntry
from workflow_core.operations import Call, Caused, Consequence, Effect
from workflow_core.tables import Process
from workflow_core.unit_of_work import Write
from workflows.documents import queries as papers
from workflows.mentoring import queries
from workflows.mentoring.states import DECLINED, PROPOSED
from workflows.mentoring.tables import (
    Meeting,
    MeetingKind,
    MeetingStatus,
    Pair,
    PairMember,
    Participant,
    PlanTask,
    Programme,
    Side,
)
from workflows.mentoring.values import current, fixes_pairs
from workflows.organisations import queries as organisations

KIND_OF_EVENT: Mapping[str, MeetingKind] = {
    "hold_acquaintance": MeetingKind.ACQUAINTANCE,
    "hold_trial": MeetingKind.TRIAL,
    "repeat_trial": MeetingKind.TRIAL,
    "hold_planning": MeetingKind.PLANNING,
    "record_meeting": MeetingKind.REGULAR,
    "hold_final": MeetingKind.FINAL,
}
CAUSE_FIELD = "cause"


# -- the meeting log --------------------------------------------------------------------------------------------------


def record_meeting(write: Write, process: Process, call: Call) -> None:
    """A step that is a meeting writes its line, so that strip and log agree; a meeting planned for the day is that one."""
    kind = KIND_OF_EVENT.get(call.event, MeetingKind.REGULAR)
    line = _planned(write, process.id, kind, call.happened_on) or Meeting(
        organisation_id=write.scope, pair_id=process.id, held_on=call.happened_on, kind=kind
    )
    line.kind, line.status, line.step_seq = kind, MeetingStatus.HELD, write.current_step
    line.topic = call.fields.get("topic") or line.topic
    line.summary = call.fields.get("summary") or line.summary
    line.place = call.fields.get("place") or line.place
    line.minutes = call.fields.get("minutes") or line.minutes
    write.session.add(line)


def cancel_meeting(write: Write, process: Process, entry: HistoryEntry) -> None:
    """A step that is taken back cancels the meeting that it wrote."""
    for line in queries.meetings_of_step(write.session, write.scope, process.id, entry.seq):
        line.status = MeetingStatus.CANCELLED
    write.session.flush()


def move_meeting(write: Write, process: Process, entry: HistoryEntry, day: date) -> None:
    """A step whose day is mended moves the meeting that it wrote."""
    for line in queries.meetings_of_step(write.session, write.scope, process.id, entry.seq):
        line.held_on = day
    write.session.flush()


def _planned(write: Write, pair_id: str, kind: str, day: date) -> Meeting | None:
    lines = queries.meetings(write.session, write.scope, [pair_id], day, day).get(pair_id, [])
    fitting = [one for one in lines if one.status == MeetingStatus.PLANNED and one.kind in (kind, MeetingKind.REGULAR)]
    return fitting[0] if fitting else None


# -- members ----------------------------------------------------------------------------------------------------------


def _members(write: Write, pair_id: str) -> list[PairMember]:
    rows = queries.members(write.session, write.scope, [pair_id]).get(pair_id, [])
    return [row for row, _who in current(rows)]


def _end(row: PairMember, day: date, ground: str) -> None:
    if day < row.joined_on:
        raise InvalidInput({"happened_on": f"Участник в паре с {row.joined_on:%d.%m.%Y}, выйти раньше нельзя."})
    row.left_on, row.left_ground = day, ground[:500]


def _join(write: Write, pair_id: str, person_id: str, side: str, day: date, *, leads: bool = False) -> None:
    # Raises NotFound for another organisation's person.
    organisations.person(write.session, write.scope, person_id)
    write.session.add(
        PairMember(
            organisation_id=write.scope, pair_id=pair_id, person_id=person_id, side=side, leads=leads, joined_on=day
        )
    )


def change_members(write: Write, process: Process, call: Call) -> None:
    """Somebody joins, somebody leaves, or both. When the last mentee leaves, the pair stays to be dissolved by hand."""
    joins, leaves = call.fields.get("joins"), call.fields.get("leaves")
    if not joins and not leaves:
        raise InvalidInput({"joins": "Укажите, кто входит в пару или кто выходит."})
    rows = _members(write, process.id)
    if leaves:
        _leave(rows, leaves, call)
    if joins:
        side = call.fields.get("joins_as")
        if side not in set(Side):
            raise InvalidInput({"joins_as": "Укажите, в качестве кого входит участник."})
        if any(row.person_id == joins and row.left_on is None for row in rows):
            raise InvalidInput({"joins": "Этот участник уже в паре."})
        _join(write, process.id, joins, side, call.happened_on)


def _leave(rows: Sequence[PairMember], person_id: str, call: Call) -> None:
    row = next((one for one in rows if one.person_id == person_id), None)
    if row is None:
        raise InvalidInput({"leaves": "Этого участника в паре нет."})
    others = [one for one in rows if one is not row and one.side == Side.MENTOR]
    if row.side == Side.MENTOR and not others:
        raise InvalidInput({"leaves": "Последний наставник не выходит, его заменяют: шаг «Заменить наставника»."})
    _end(row, call.happened_on, call.ground)
    if row.leads:
        row.leads, others[0].leads = False, True


def replace_mentor(write: Write, process: Process, call: Call) -> None:
    """The old mentor's membership ends, the new one's begins; the pair with its plan and log stays."""
    leaves, joins = call.fields["leaves"], call.fields["joins"]
    rows = _members(write, process.id)
    old = next((row for row in rows if row.person_id == leaves and row.side == Side.MENTOR), None)
    if old is None:
        raise InvalidInput({"leaves": "Этот человек не наставник этой пары."})
    if any(row.person_id == joins for row in rows):
        raise InvalidInput({"joins": "Новый наставник уже в этой паре."})
    leads, old.leads = old.leads, False
    _end(old, call.happened_on, call.ground)
    _join(write, process.id, joins, Side.MENTOR, call.happened_on, leads=leads)


def dissolve_members(write: Write, process: Process, call: Call) -> None:
    """All memberships end with the pair; the cause is kept with each, so that the mentee's status can say it."""
    definition = write.definition(process.definition_hash)
    cause = call.fields.get(CAUSE_FIELD)
    title = definition.event(call.event).field(CAUSE_FIELD).choice_title(cause) if cause else ""
    for row in _members(write, process.id):
        # A pair that was entered late may end before the day on which somebody was put in.
        row.joined_on = min(row.joined_on, call.happened_on)
        _end(row, call.happened_on, ". ".join(part for part in (title, call.ground) if part))


# -- the next cycle ---------------------------------------------------------------------------------------------------


def copy_to_next(write: Write, process: Process, call: Call) -> None:
    """A new pair in the next programme with the same members and plan; it begins as proposed and is fixed by a new order."""
    pair = queries.pair(write.session, write.scope, process.id)
    before = queries.programme(write.session, write.scope, pair.programme_id)
    after = _next_programme(write, before, call.fields.get("programme"))
    followers = queries.successors(write.session, write.scope, [pair.id]).get(pair.id, [])
    if any(state != DECLINED for _pair_id, state in followers):
        raise InvalidInput({"programme": "Эта пара уже продолжена: откройте её в новой программе."})
    following = Pair(
        organisation_id=write.scope,
        programme_id=after.id,
        form=pair.form,
        starts_on=after.starts_on,
        ends_on=after.ends_on,
        label=pair.label,
        previous_pair_id=pair.id,
        goal=pair.goal,
    )
    write.session.add(following)
    members = _members(write, pair.id)
    _enrol(write, after, members, call.happened_on)
    for row in members:
        _join(write, following.id, row.person_id, row.side, call.happened_on, leads=row.leads)
    _copy_plan(write, pair.id, following.id, after.starts_on.year - before.starts_on.year)
    step = write.current_step
    engine.start(
        write,
        after.definition,
        "pair",
        following.id,
        "propose",
        happened_on=call.happened_on,
        remark=call.remark,
        # What the new pair asks a ground for (a mentor with many mentees) is what this step has decided.
        ground=call.ground or "Пара продолжает работу прошлого года",
    )
    write.current_step = step


def _next_programme(write: Write, before: Programme, chosen: str | None) -> Programme:
    if chosen:
        found = queries.programme(write.session, write.scope, chosen)
        if found.id == before.id:
            raise InvalidInput({"programme": "Выберите программу нового года, а не ту же самую."})
        return found
    all_programmes = queries.programmes(write.session, write.scope).values()
    later = [row for row in all_programmes if row.starts_on > before.starts_on and row.form in ("", before.form)]
    if not later:
        raise InvalidInput({"programme": "Программы нового года ещё нет. Создайте её и повторите."})
    return min(later, key=lambda row: (row.starts_on, row.id))


def _enrol(write: Write, programme: Programme, members: Iterable[PairMember], day: date) -> None:
    rows = queries.participants(write.session, write.scope, [programme.id])
    there = {(row.person_id, row.side) for row, _who in rows if row.left_on is None}
    for member in members:
        if (member.person_id, member.side) not in there:
            write.session.add(
                Participant(
                    organisation_id=write.scope,
                    programme_id=programme.id,
                    person_id=member.person_id,
                    side=member.side,
                    entered_on=day,
                )
            )


def _copy_plan(write: Write, pair_id: str, following_id: str, years: int) -> None:
    for task in queries.plan_tasks(write.session, write.scope, [pair_id]).get(pair_id, []):
        write.session.add(
            PlanTask(
                organisation_id=write.scope,
                pair_id=following_id,
                position=task.position,
                title=task.title,
                stage=task.stage,
                due_on=_years_later(task.due_on, years) if task.due_on else None,
                expected=task.expected,
            )
        )


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def prolong_pair(write: Write, process: Process, call: Call) -> None:
    """A later last day: a programme of more than a year stays one pair."""
    pair = queries.pair(write.session, write.scope, process.id)
    ends_on = call.fields["ends_on"]
    if ends_on <= pair.ends_on:
        raise InvalidInput({"ends_on": f"Новый срок должен быть позже прежнего, {pair.ends_on:%d.%m.%Y}."})
    pair.ends_on = ends_on


EFFECTS = (
    Effect("record_meeting", "встреча записана в журнал", record_meeting, cancel_meeting, move_meeting),
    Effect("change_members", "состав изменён", change_members),
    Effect("replace_mentor", "наставник заменён", replace_mentor),
    Effect("dissolve_members", "участие прекращено", dissolve_members),
    Effect("copy_to_next", "создана пара нового года", copy_to_next),
    Effect("prolong_pair", "срок продлён", prolong_pair),
)


# -- orders -----------------------------------------------------------------------------------------------------------


def ordered_pairs(
    session: Session, scope: str, process: Process, _event: str, _fields: Mapping[str, Any]
) -> list[Caused]:
    """An order on pairs that comes into force fixes every pair that it names and that is still only proposed."""
    act = papers.document(session, scope, process.id)
    if not fixes_pairs(act.kind):
        return []
    lines = papers.subjects_of(session, scope, [act.id]).get(act.id, [])
    named = list(dict.fromkeys(line.subject_id for line in lines if line.subject_kind == "pair"))
    processes = core.processes(session, named)
    return [
        Caused(pair_id, "form")
        for pair_id in named
        if pair_id in processes and processes[pair_id].scope_id == scope and processes[pair_id].state == PROPOSED
    ]


CONSEQUENCES = (
    Consequence("form_ordered_pairs", "закрепляет пары, названные в приказе", ordered_pairs, kinds=("pair",)),
)
