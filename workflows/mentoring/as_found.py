"""Pairs that are under way already when a school begins with the programme: all of them in one write, without walls.

What is lacking (consents, the order, lines of the log) becomes a finding; nothing here asks a guard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from workflow_core import operations as engine
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Write
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import queries
from workflows.mentoring.operations import Proposal, enrol, new_pair
from workflows.mentoring.states import DECLINED, DISSOLVED, PROPOSED
from workflows.mentoring.tables import Meeting, MeetingKind, Pair, Side
from workflows.mentoring.values import PAIR_ORDER
from workflows.organisations import operations as people_operations
from workflows.organisations import queries as organisations
from workflows.organisations.person_input import PersonInput, namesakes_of

MEETING_OF_STATE: Mapping[str, MeetingKind] = {
    "acquaintance": MeetingKind.ACQUAINTANCE,
    "trial": MeetingKind.TRIAL,
    "planning": MeetingKind.PLANNING,
    "final_meeting": MeetingKind.FINAL,
}
Somebody = str | PersonInput
"""A person's id, or a name that is looked up and, if new, entered."""


@dataclass(frozen=True, slots=True)
class FoundPair:
    """One row of the table of running pairs."""

    mentors: tuple[Somebody, ...]
    mentees: tuple[Somebody, ...]
    state: str
    since: date | None = None
    """Day on which the state was reached; None: today."""
    dates: Mapping[str, date] = field(default_factory=dict)
    """Day on which earlier states were reached, as far as known."""
    order_number: str = ""
    order_date: date | None = None
    form: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    label: str = ""
    goal: str = ""
    remembered: str = ""
    """Of a suspended pair: where it stood before."""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class FoundPairs:
    """What was entered."""

    pair_ids: tuple[str, ...]
    """In the order of the rows."""
    document_ids: tuple[str, ...]
    """One order each, however many pairs it names."""
    new_people: int


def enter_pairs_as_found(
    write: Write, programme_id: str, rows: Sequence[FoundPair], *, signatory: str = "", signatory_text: str = ""
) -> FoundPairs:
    """Enter running pairs with their people, banks, known days and orders. All or nothing.

    `signatory` (a person's id) or `signatory_text`: who signed the orders. Raises InvalidInput with a sentence for each
    row that is wrong (keys «rows-<index>»), NotPermitted, NotFound.
    """
    programme = queries.programme(write.session, write.scope, programme_id)
    _check(write, programme.definition, rows)
    people, fresh = _people(write, rows)
    found: list[Pair] = []
    for index, row in enumerate(rows):
        mentors = tuple(people[index, Side.MENTOR, place] for place in range(len(row.mentors)))
        mentees = tuple(people[index, Side.MENTEE, place] for place in range(len(row.mentees)))
        found.append(_enter(write, programme_id, programme.definition, row, mentors, mentees, index))
    for side in Side:
        of_side = [person_id for (_row, of, _place), person_id in people.items() if of == side]
        enrol(
            write, programme_id, of_side, side, entered_on=min((_first_day(write, row) for row in rows), default=None)
        )
    orders = _orders(write, rows, found, signatory, signatory_text)
    return FoundPairs(tuple(pair.id for pair in found), orders, fresh)


def _check(write: Write, definition_code: str, rows: Sequence[FoundPair]) -> None:
    definition = write.definitions[definition_code]
    errors: dict[str, str] = {}
    for index, row in enumerate(rows):
        if row.state not in definition.states:
            errors[f"rows-{index}"] = "Выберите, на каком этапе пара."
        elif not row.mentors or not row.mentees:
            errors[f"rows-{index}"] = "Укажите наставника и наставляемого."
        elif bool(row.order_number.strip()) != bool(row.order_date):
            errors[f"rows-{index}"] = "У приказа нужны и номер, и дата."
        elif late := next(
            (day for day in (row.since, row.order_date, *row.dates.values()) if _future(write, day)), None
        ):
            errors[f"rows-{index}"] = f"{late:%d.%m.%Y} ещё не наступило."
    if errors:
        raise InvalidInput(errors)


def _future(write: Write, day: date | None) -> bool:
    return day is not None and day > write.today


def _first_day(write: Write, row: FoundPair) -> date:
    """First day that the row tells of the pair; memberships begin with it."""
    told = [day for day in (row.starts_on, row.order_date, row.since, *row.dates.values()) if day is not None]
    return min((*told, write.today))


# -- people -----------------------------------------------------------------------------------------------------------


def _people(write: Write, rows: Sequence[FoundPair]) -> tuple[dict[tuple[int, str, int], str], int]:
    """The id of everybody in the rows by (row, side, place); names that nobody has yet are entered, each once."""
    places: dict[tuple[int, str, int], Somebody] = {}
    for index, row in enumerate(rows):
        for side, group in ((Side.MENTOR, row.mentors), (Side.MENTEE, row.mentees)):
            places.update({(index, side, place): somebody for place, somebody in enumerate(group)})
    named = {place: one.cleaned() for place, one in places.items() if isinstance(one, PersonInput)}
    known = organisations.namesakes(write.session, write.scope, [one.sort_key for one in named.values()])
    errors: dict[str, str] = {}
    ids: dict[PersonInput, str] = {}
    fresh: list[PersonInput] = []
    for (index, _side, _place), one in named.items():
        alike = [
            who for who in namesakes_of(one, known) if not one.class_name or who.class_name in ("", one.class_name)
        ]
        if len(alike) > 1:
            errors[f"rows-{index}"] = f"{one.family_name} {one.given_name}: таких людей несколько, выберите из списка."
        elif alike:
            ids[one] = alike[0].id
        elif one not in fresh:
            fresh.append(one)
    if not errors and fresh:
        for one, added in zip(fresh, people_operations.add_people(write, fresh), strict=True):
            if added.person is None:
                index = next(place[0] for place, other in named.items() if other == one)
                errors[f"rows-{index}"] = " ".join(added.errors.values())
            else:
                ids[one] = added.person.id
    if errors:
        raise InvalidInput(errors)
    write.session.flush()
    return {place: one if isinstance(one, str) else ids[one.cleaned()] for place, one in places.items()}, len(fresh)


# -- pairs and orders -------------------------------------------------------------------------------------------------


def _enter(
    write: Write,
    programme_id: str,
    definition: str,
    row: FoundPair,
    mentors: tuple[str, ...],
    mentees: tuple[str, ...],
    index: int,
) -> Pair:
    proposal = Proposal(mentors, mentees, row.form, row.starts_on, row.ends_on, row.label, row.goal)
    try:
        pair = new_pair(write, programme_id, proposal, joined_on=_first_day(write, row))
    except InvalidInput as exc:
        raise InvalidInput({f"rows-{index}": str(exc)}) from exc
    dates = dict(row.dates)
    if row.order_date and row.state not in (PROPOSED, DECLINED, "formed"):
        dates.setdefault("formed", row.order_date)
    since = row.since or (row.order_date if row.state == "formed" else None)
    try:
        engine.enter_as_found(
            write,
            definition,
            "pair",
            pair.id,
            row.state,
            happened_on=since,
            dates=dates,
            remark=row.remark,
            remembered=row.remembered,
        )
    except InvalidInput as exc:
        raise InvalidInput({f"rows-{index}": str(exc)}) from exc
    _log(write, pair.id, row)
    if row.state == DISSOLVED:
        for member, _who in queries.members(write.session, write.scope, [pair.id])[pair.id]:
            member.left_on, member.left_ground = max(since or write.today, member.joined_on), row.remark[:500]
    return pair


def _log(write: Write, pair_id: str, row: FoundPair) -> None:
    """The first meetings whose days are known stand in the log too."""
    days = {**row.dates, **({row.state: row.since} if row.since else {})}
    for state, kind in MEETING_OF_STATE.items():
        if state in days:
            write.session.add(Meeting(organisation_id=write.scope, pair_id=pair_id, held_on=days[state], kind=kind))


def _orders(
    write: Write, rows: Sequence[FoundPair], found: Sequence[Pair], signatory: str, signatory_text: str
) -> tuple[str, ...]:
    """One ready order for all pairs that name the same number and date."""
    named: dict[tuple[str, date], list[str]] = {}
    for row, pair in zip(rows, found, strict=True):
        if row.order_date is not None:
            named.setdefault((" ".join(row.order_number.split()), row.order_date), []).append(pair.id)
    return tuple(
        enter_ready(
            write,
            ReadyPaper(
                kind=PAIR_ORDER,
                signed_on=signed_on,
                number=number,
                signatory=signatory,
                signatory_text=signatory_text,
                subjects=tuple(("pair", pair_id) for pair_id in pair_ids),
            ),
        ).id
        for (number, signed_on), pair_ids in named.items()
    )
