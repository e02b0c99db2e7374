"""Every SQL statement over the registers of mentoring; one named function each.

`scope` is the organisation asked for: rows of another one are not found, whatever their id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow_core.exceptions import NotFound
from workflow_core.queries import chunks
from workflow_core.replay import ENTER_AS_FOUND
from workflow_core.tables import Register, history_entry_table, process_table
from workflows.mentoring.tables import (
    Feedback,
    Meeting,
    MeetingStatus,
    Pair,
    PairMember,
    Participant,
    PlanTask,
    Programme,
    SupportNote,
)
from workflows.organisations.tables import Person

_Row = TypeVar("_Row", bound=Register)
_OfPair = TypeVar("_OfPair", Meeting, PlanTask, Feedback)

PAGE = 50
"""Pairs on one page of a list."""


def _own(session: Session, table: type[_Row], scope: str, row_id: str, what: str) -> _Row:
    found = session.get(table, row_id)
    if found is None or found.organisation_id != scope:
        raise NotFound(what, row_id)
    return found


# -- programmes and banks ---------------------------------------------------------------------------------------------


def programme(session: Session, scope: str, programme_id: str) -> Programme:
    """One programme of this organisation. Raises NotFound."""
    return _own(session, Programme, scope, programme_id, "программа наставничества")


def programmes(session: Session, scope: str, ids: Iterable[str] | None = None) -> dict[str, Programme]:
    """Programmes of the organisation by id, newest first; only some, if ids are named."""
    query = select(Programme).where(col(Programme.organisation_id) == scope)
    if ids is not None:
        query = query.where(col(Programme.id).in_(list(dict.fromkeys(ids))))
    return {row.id: row for row in session.exec(query.order_by(col(Programme.starts_on).desc(), col(Programme.id)))}


def current_programmes(session: Session, scope: str, on_date: date) -> list[Programme]:
    """Programmes that run on the day; where none does, those that began last before it."""
    query = select(Programme).where(col(Programme.organisation_id) == scope, col(Programme.starts_on) <= on_date)
    begun = list(session.exec(query.order_by(col(Programme.starts_on).desc(), col(Programme.id))))
    running = [row for row in begun if row.ends_on >= on_date]
    return running or [row for row in begun if row.starts_on == begun[0].starts_on]


def participant(session: Session, scope: str, participant_id: str) -> Participant:
    """One line of a bank of this organisation. Raises NotFound."""
    return _own(session, Participant, scope, participant_id, "участник")


def participants(
    session: Session, scope: str, programme_ids: Iterable[str], side: str = ""
) -> list[tuple[Participant, Person]]:
    """The banks of some programmes with the people, by name; those who have left too."""
    found: list[tuple[Participant, Person]] = []
    for part in chunks(programme_ids):
        query = (
            select(Participant, Person)
            .join(Person, col(Person.id) == col(Participant.person_id))
            .where(col(Participant.organisation_id) == scope, col(Participant.programme_id).in_(part))
        )
        if side:
            query = query.where(col(Participant.side) == side)
        rows = session.exec(query.order_by(col(Person.sort_key), col(Participant.id)))
        found += [(row, who) for row, who in rows]
    return found


def banks_of(
    session: Session, scope: str, programme_ids: Iterable[str], person_ids: Iterable[str]
) -> list[tuple[Participant, Person]]:
    """The lines of some banks that are about some people, by name; those who have left too."""
    programmes = list(dict.fromkeys(programme_ids))
    found: list[tuple[Participant, Person]] = []
    for part in chunks(person_ids):
        rows = session.exec(
            select(Participant, Person)
            .join(Person, col(Person.id) == col(Participant.person_id))
            .where(
                col(Participant.organisation_id) == scope,
                col(Participant.person_id).in_(part),
                col(Participant.programme_id).in_(programmes),
            )
            .order_by(col(Person.sort_key), col(Participant.id))
        )
        found += [(row, who) for row, who in rows]
    return found


def people_in_banks(
    session: Session, scope: str, programme_ids: Iterable[str], side: str = "", *, after: str = "", limit: int
) -> list[Person]:
    """A page of those who are in some banks now, by name, each once; `after` is the last id of the page before."""
    here = sa.select(sa.literal(1)).where(
        col(Participant.person_id) == col(Person.id),
        col(Participant.programme_id).in_(list(programme_ids)),
        col(Participant.left_on).is_(None),
        col(Participant.side) == side if side else sa.true(),
    )
    query = select(Person).where(col(Person.organisation_id) == scope, sa.exists(here.correlate(Person)))
    last = session.get(Person, after) if after else None
    if last is not None and last.organisation_id == scope:
        query = query.where(sa.tuple_(col(Person.sort_key), col(Person.id)) > sa.tuple_(last.sort_key, last.id))
    return list(session.exec(query.order_by(col(Person.sort_key), col(Person.id)).limit(limit)))


def bank_lines(session: Session, scope: str, programme_ids: Iterable[str], side: str = "") -> list[Any]:
    """The banks of some programmes by name without the rows themselves, for figures over all of them: person_id, side, left_on
    of the line; kind, family_name, given_name, patronymic, birth_date of the person."""
    found: list[Any] = []
    for part in chunks(programme_ids):
        query = (
            sa.select(
                col(Participant.person_id),
                col(Participant.side),
                col(Participant.left_on),
                col(Person.kind),
                col(Person.family_name),
                col(Person.given_name),
                col(Person.patronymic),
                col(Person.birth_date),
            )
            .join(Person, col(Person.id) == col(Participant.person_id))
            .where(col(Participant.organisation_id) == scope, col(Participant.programme_id).in_(part))
        )
        if side:
            query = query.where(col(Participant.side) == side)
        found += session.execute(query.order_by(col(Person.sort_key), col(Participant.id))).all()
    return found


def support_notes(session: Session, scope: str, participant_ids: Iterable[str]) -> dict[str, list[SupportNote]]:
    """What was done for participants without a pair, oldest first."""
    found: dict[str, list[SupportNote]] = {}
    for part in chunks(participant_ids):
        query = select(SupportNote).where(
            col(SupportNote.organisation_id) == scope, col(SupportNote.participant_id).in_(part)
        )
        for row in session.exec(query.order_by(col(SupportNote.noted_on), col(SupportNote.id))):
            found.setdefault(row.participant_id, []).append(row)
    return found


# -- pairs and members ------------------------------------------------------------------------------------------------


def pair(session: Session, scope: str, pair_id: str) -> Pair:
    """One pair of this organisation. Raises NotFound."""
    return _own(session, Pair, scope, pair_id, "пара")


def pairs(session: Session, scope: str, ids: Iterable[str]) -> dict[str, Pair]:
    """Some pairs of this organisation by id; others' are left out."""
    found: dict[str, Pair] = {}
    for part in chunks(ids):
        rows = session.exec(select(Pair).where(col(Pair.id).in_(part), col(Pair.organisation_id) == scope))
        found.update({row.id: row for row in rows})
    return found


def members(session: Session, scope: str, pair_ids: Iterable[str]) -> dict[str, list[tuple[PairMember, Person]]]:
    """Everybody who is or was in each pair: mentors first, the leading one before the others, then by name."""
    found: dict[str, list[tuple[PairMember, Person]]] = {}
    for part in chunks(pair_ids):
        rows = session.exec(
            select(PairMember, Person)
            .join(Person, col(Person.id) == col(PairMember.person_id))
            .where(col(PairMember.organisation_id) == scope, col(PairMember.pair_id).in_(part))
            .order_by(
                col(PairMember.side).desc(), col(PairMember.leads).desc(), col(Person.sort_key), col(PairMember.id)
            )
        )
        for row, who in rows:
            found.setdefault(row.pair_id, []).append((row, who))
    return found


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody's place in a pair together with the pair's state."""

    member: PairMember
    pair: Pair
    state: str
    since: str


def memberships(session: Session, scope: str, person_ids: Iterable[str], but: Sequence[str] = ()) -> list[Membership]:
    """All pairs that some people are or were in, with their states; those in `but` and pairs without a process are left out."""
    found: list[Membership] = []
    for part in chunks(person_ids):
        query = _with_process(select(PairMember, Pair, process_table.c.state, process_table.c.since)).where(
            col(PairMember.organisation_id) == scope, col(PairMember.person_id).in_(part)
        )
        if but:
            query = query.where(process_table.c.state.not_in(but))
        found += [Membership(*row) for row in session.execute(query.order_by(col(PairMember.id)))]
    return found


def _with_process(query: Any) -> Any:
    return query.join_from(PairMember, Pair, col(Pair.id) == col(PairMember.pair_id)).join(
        process_table, process_table.c.id == col(Pair.id)
    )


def programme_pairs(session: Session, scope: str, programme_ids: Iterable[str]) -> list[tuple[Pair, str]]:
    """Pairs of some programmes with their states."""
    found: list[tuple[Pair, str]] = []
    for part in chunks(programme_ids):
        query: Any = (
            select(Pair, process_table.c.state)
            .join(process_table, process_table.c.id == col(Pair.id))
            .where(col(Pair.organisation_id) == scope, col(Pair.programme_id).in_(part))
            .order_by(col(Pair.id))
        )
        found += [(row, state) for row, state in session.execute(query)]
    return found


def successors(session: Session, scope: str, pair_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """The pairs that continue others, (id, state) by the id of the pair before."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in chunks(pair_ids):
        query: Any = (
            select(Pair.previous_pair_id, Pair.id, process_table.c.state)
            .join(process_table, process_table.c.id == col(Pair.id))
            .where(col(Pair.organisation_id) == scope, col(Pair.previous_pair_id).in_(part))
            .order_by(col(Pair.id))
        )
        for previous, pair_id, state in session.execute(query):
            found.setdefault(previous, []).append((pair_id, state))
    return found


def entered_as_found(session: Session, scope: str, pair_ids: Iterable[str]) -> dict[str, str]:
    """The state in which each pair was entered when the work with the programme began; others are left out."""
    found: dict[str, str] = {}
    entry = history_entry_table.c
    for part in chunks(pair_ids):
        query = sa.select(entry.subject_id, entry.to_state).where(
            entry.scope_id == scope, entry.subject_id.in_(part), entry.event == ENTER_AS_FOUND
        )
        found.update({row[0]: row[1] for row in session.connection().execute(query)})
    return found


def entered_on(session: Session, scope: str, pair_ids: Iterable[str]) -> dict[str, date]:
    """Day (UTC) on which each pair that was entered as found was entered: its log begins then; others are left out."""
    found: dict[str, date] = {}
    entry = history_entry_table.c
    for part in chunks(pair_ids):
        query = sa.select(entry.subject_id, entry.recorded_at).where(
            entry.scope_id == scope, entry.subject_id.in_(part), entry.event == ENTER_AS_FOUND
        )
        found.update({row[0]: date.fromisoformat(row[1][:10]) for row in session.connection().execute(query)})
    return found


# -- meetings, plans, feedback ----------------------------------------------------------------------------------------


def meeting(session: Session, scope: str, meeting_id: str) -> Meeting:
    """One line of a meeting log. Raises NotFound."""
    return _own(session, Meeting, scope, meeting_id, "встреча")


def meetings(
    session: Session, scope: str, pair_ids: Iterable[str], first: date | None = None, last: date | None = None
) -> dict[str, list[Meeting]]:
    """Meeting logs of some pairs between two days (inclusive), oldest first; cancelled lines too."""
    conditions = []
    if first is not None:
        conditions.append(col(Meeting.held_on) >= first)
    if last is not None:
        conditions.append(col(Meeting.held_on) <= last)
    return _of_pairs(session, Meeting, scope, pair_ids, (col(Meeting.held_on),), conditions)


def meetings_by_ids(session: Session, scope: str, ids: Iterable[str]) -> dict[str, Meeting]:
    """Some lines of meeting logs by id; other organisations' are left out."""
    found: dict[str, Meeting] = {}
    for part in chunks(ids):
        rows = session.exec(select(Meeting).where(col(Meeting.organisation_id) == scope, col(Meeting.id).in_(part)))
        found.update({row.id: row for row in rows})
    return found


@dataclass(frozen=True, slots=True)
class HeldMeetings:
    """How many meetings of one kind a pair has held, and when first and last."""

    kind: str
    count: int
    first_on: date
    last_on: date


def held_meetings(session: Session, scope: str, pair_ids: Iterable[str]) -> dict[str, list[HeldMeetings]]:
    """Meetings held by pair and kind."""
    found: dict[str, list[HeldMeetings]] = {}
    for part in chunks(pair_ids):
        day = col(Meeting.held_on)
        query: Any = (
            sa.select(col(Meeting.pair_id), col(Meeting.kind), sa.func.count(), sa.func.min(day), sa.func.max(day))
            .where(
                col(Meeting.organisation_id) == scope,
                col(Meeting.pair_id).in_(part),
                col(Meeting.status) == MeetingStatus.HELD,
            )
            .group_by(col(Meeting.pair_id), col(Meeting.kind))
            .order_by(col(Meeting.pair_id), sa.func.min(day))
        )
        for pair_id, kind, count, first, last in session.execute(query):
            found.setdefault(pair_id, []).append(HeldMeetings(kind, int(count), first, last))
    return found


def meetings_of_step(session: Session, scope: str, pair_id: str, seq: int) -> list[Meeting]:
    """Lines of the log that one step wrote."""
    query = select(Meeting).where(
        col(Meeting.organisation_id) == scope, col(Meeting.pair_id) == pair_id, col(Meeting.step_seq) == seq
    )
    return list(session.exec(query.order_by(col(Meeting.id))))


def plan_task(session: Session, scope: str, task_id: str) -> PlanTask:
    """One task of a plan. Raises NotFound."""
    return _own(session, PlanTask, scope, task_id, "задача плана")


def plan_tasks(session: Session, scope: str, pair_ids: Iterable[str]) -> dict[str, list[PlanTask]]:
    """Plans of some pairs, in their order."""
    return _of_pairs(session, PlanTask, scope, pair_ids, (col(PlanTask.position),))


def feedback(session: Session, scope: str, pair_ids: Iterable[str]) -> dict[str, list[Feedback]]:
    """Answers given in some pairs, oldest first."""
    return _of_pairs(session, Feedback, scope, pair_ids, (col(Feedback.given_on),))


def _of_pairs(
    session: Session,
    table: type[_OfPair],
    scope: str,
    pair_ids: Iterable[str],
    order: Sequence[Any],
    conditions: Sequence[Any] = (),
) -> dict[str, list[_OfPair]]:
    found: dict[str, list[_OfPair]] = {}
    for part in chunks(pair_ids):
        query = select(table).where(col(table.organisation_id) == scope, col(table.pair_id).in_(part), *conditions)
        for row in session.exec(query.order_by(*order, col(table.id))):
            found.setdefault(row.pair_id, []).append(row)
    return found
