"""What a participant of a programme is at the moment: computed from the bank and the pairs, stored nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from workflows.mentoring import queries
from workflows.mentoring.states import CLOSED, FIXED_AND_LIVE, PROPOSED
from workflows.mentoring.tables import Participant
from workflows.organisations import queries as organisations
from workflows.organisations.people import is_here


class ParticipantStatus(StrEnum):
    """The values are the codes; the words are in `STATUS_TITLES`."""

    IN_BANK = "in_bank"
    PROPOSED = "proposed"
    IN_PAIR = "in_pair"
    WITHOUT_PAIR = "without_pair"
    """The pair ended early: the search and the support go on."""
    COMPLETED = "completed"
    LEFT = "left"


STATUS_TITLES = {
    ParticipantStatus.IN_BANK: "в банке",
    ParticipantStatus.PROPOSED: "подобран",
    ParticipantStatus.IN_PAIR: "в паре",
    ParticipantStatus.WITHOUT_PAIR: "без пары, поиск продолжается",
    ParticipantStatus.COMPLETED: "завершил",
    ParticipantStatus.LEFT: "выбыл",
}


def status_of(row: Participant, places: Iterable[queries.Membership], *, is_here: bool = True) -> ParticipantStatus:
    """The status of one line of a bank from all the places in pairs of the same person; `is_here`: in the organisation."""
    if row.left_on is not None:
        return ParticipantStatus.LEFT
    own = [one for one in places if one.pair.programme_id == row.programme_id and one.member.side == row.side]
    now = {one.state for one in own if one.member.left_on is None}
    if any(state in FIXED_AND_LIVE for state in now):
        return ParticipantStatus.IN_PAIR
    if PROPOSED in now:
        return ParticipantStatus.PROPOSED
    if CLOSED in now:
        return ParticipantStatus.COMPLETED
    if not is_here:
        return ParticipantStatus.LEFT
    # Who left a pair, or whose pair ended early, has a place with a last day; a declined proposal leaves nothing behind.
    return ParticipantStatus.WITHOUT_PAIR if any(one.member.left_on for one in own) else ParticipantStatus.IN_BANK


def participant_statuses(
    session: Session, scope: str, rows: Sequence[Participant], on_date: date | None = None
) -> dict[str, ParticipantStatus]:
    """Statuses of many lines of banks by the line's id; without a day whoever has a last day in the organisation has left."""
    places: dict[str, list[queries.Membership]] = {}
    for one in queries.memberships(session, scope, [row.person_id for row in rows]):
        places.setdefault(one.member.person_id, []).append(one)
    people = organisations.people(session, scope, [row.person_id for row in rows])
    present = {who.id for who in people.values() if is_here(who, on_date or date.max)}
    return {row.id: status_of(row, places.get(row.person_id, ()), is_here=row.person_id in present) for row in rows}


def participant_status(
    session: Session, scope: str, programme_id: str, on_date: date | None = None
) -> dict[str, ParticipantStatus]:
    """The statuses of everybody in the banks of a programme by the line's id, those who have left included."""
    rows = [row for row, _who in queries.participants(session, scope, [programme_id])]
    return participant_statuses(session, scope, rows, on_date)
