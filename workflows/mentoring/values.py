"""What guards, evidence and papers see of a pair: frozen values, and the words for members and pairs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workflows.documents.consents import ConsentState
from workflows.documents.kinds import evidence_codes
from workflows.mentoring.tables import Form, Pair, PairMember, Side
from workflows.organisations import people
from workflows.organisations.tables import Person

PAIR_ORDER, PAIR_ORDER_EVIDENCE, MEMBERS_ORDER = "pair_order", "pair_assignment_order", "members_order"
PLAN_KINDS = ("individual_plan", "personalised_programme")
PLAN_ORDER = "plan_approval_order"
CASE = "case"
LABOUR_AGREEMENT = "labour_agreement"


def fixes_pairs(kind: str) -> bool:
    """Whether an act of this kind fixes the pairs that it names: the order on pairs, and one that changes it later."""
    return PAIR_ORDER_EVIDENCE in evidence_codes(kind) or kind == MEMBERS_ORDER


GROUP_NAMES = 3
"""Mentees that a group's label still names; a larger one is told by its number."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who signs for a pupil."""

    person_id: str
    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a pair (or, as a candidate, in the bank of its programme)."""

    person_id: str
    name: str
    """As boards show it: «Ким Данил», «Морозова Е. В.»."""
    kind: str
    place: str
    """Class or post."""
    side: str
    leads: bool
    joined_on: date
    left_on: date | None
    """First day out of the pair."""
    birth_date: date | None
    left_organisation_on: date | None
    """Last day in the organisation."""
    admission_checked_on: date | None
    in_bank: bool
    """In the bank of the pair's programme, on the same side."""
    representatives: tuple[Signer, ...] = ()

    @property
    def is_mentor(self) -> bool:
        return self.side == Side.MENTOR

    def age_on(self, day: date) -> int | None:
        """Full years on the day, None where the birth date is unknown."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def is_minor(self, day: date) -> bool:
        """Under 18; a pupil of unknown age counts as a minor."""
        age = self.age_on(day)
        return self.kind == "pupil" if age is None else age < people.ADULT_AGE


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody in the bank who may join a pair, with the consents on the day."""

    member: Member
    consents: Mapping[str, ConsentState]


@dataclass(frozen=True, slots=True)
class ProgrammeValue:
    """The programme of a pair and the pair's own frame."""

    id: str
    title: str
    programme_form: str
    form: str
    """The pair's own form."""
    starts_on: date
    ends_on: date
    curator: str
    """«Петрова А. И., куратор», or «куратор» where nobody is named."""
    head: str
    """Who signs orders on the day: «Гусев А. П., директор», or «руководитель организации»."""
    previous_pair_id: str


@dataclass(frozen=True, slots=True)
class OrderValue:
    """An order on pairs that names a pair."""

    document_id: str
    number: str
    signed_on: date | None
    state: str


@dataclass(frozen=True, slots=True)
class PairOrders:
    """The orders that name a pair."""

    in_force: tuple[OrderValue, ...] = ()
    """In force on the day, the earliest first."""
    waiting: tuple[OrderValue, ...] = ()
    """Prepared or at signing."""
    signed: tuple[OrderValue, ...] = ()
    """All that were ever signed, whatever the day."""
    needed_since: date | None = None
    """After a replacement only an order of this day or later counts."""

    @property
    def standing(self) -> tuple[OrderValue, ...]:
        """Those in force that cover the pair as it is now."""
        since = self.needed_since
        return tuple(one for one in self.in_force if since is None or (one.signed_on or date.min) >= since)


@dataclass(frozen=True, slots=True)
class PlanValue:
    """The plan of a pair: its tasks and its paper."""

    tasks: int = 0
    done: int = 0
    document_id: str = ""
    is_approved: bool = False
    """Its paper is approved, or an order that approves plans names the pair, on the day."""
    previous_is_approved: bool = False
    """That of the pair which this one continues."""

    @property
    def exists(self) -> bool:
        return bool(self.tasks or self.document_id)


@dataclass(frozen=True, slots=True)
class MeetingsValue:
    """The meeting log in short."""

    kinds: frozenset[str] = frozenset()
    """Kinds held, those included that a pair entered as found had behind it."""
    count: int = 0
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """That somebody has answered; the answer itself stays closed."""

    person_id: str
    stage: str
    given_on: date
    satisfied: bool | None


@dataclass(frozen=True, slots=True)
class NextCycle:
    """What a pair needs to be continued in the next year."""

    has_programme: bool = False
    """A later programme of its form is there."""
    continued_in: str = ""
    """The pair that continues it already."""


@dataclass(frozen=True, slots=True)
class OtherPair:
    """Another live pair in which somebody of this one stands."""

    pair_id: str
    state: str
    programme_id: str
    mentors: frozenset[str]
    mentees: frozenset[str]


def member_value(row: PairMember, who: Person, *, in_bank: bool, signers: Sequence[Signer] = ()) -> Member:
    """A member from the registers."""
    return Member(
        who.id,
        people.label(who),
        who.kind,
        people.place_of_person(who),
        row.side,
        row.leads,
        row.joined_on,
        row.left_on,
        who.birth_date,
        who.left_on,
        who.admission_checked_on,
        in_bank,
        tuple(signers),
    )


def current(rows: Iterable[tuple[PairMember, Person]], day: date | None = None) -> list[tuple[PairMember, Person]]:
    """Who is in the pair: not left, or not left by the day.

    Somebody who joins later counts on an earlier day too: a step that is entered late must still ask about everybody.
    """
    return [(row, who) for row, who in rows if row.left_on is None or (day is not None and row.left_on > day)]


def shown(rows: Sequence[tuple[PairMember, Person]]) -> list[tuple[PairMember, Person]]:
    """Whom a page names: the members, and on a side where nobody is left those who left it last."""
    found: list[tuple[PairMember, Person]] = []
    for side in (Side.MENTOR, Side.MENTEE):
        of_side = [(row, who) for row, who in rows if row.side == side]
        here = current(of_side)
        last = max((row.left_on for row, _who in of_side if row.left_on), default=None)
        found += here or [(row, who) for row, who in of_side if row.left_on == last]
    return found


def pair_label(pair: Pair, rows: Sequence[tuple[PairMember, Person]]) -> str:
    """«Белова Анна — Ким Данил», the mentors first; a large group by its name or number."""
    named = shown(rows)
    mentors = [people.label(who) for row, who in named if row.side == Side.MENTOR]
    mentees = [people.label(who) for row, who in named if row.side == Side.MENTEE]
    if pair.label:
        right = f"группа «{pair.label.strip('«»')}»"
    elif len(mentees) > GROUP_NAMES:
        right = f"группа, {len(mentees)} чел."
    else:
        right = ", ".join(mentees)
    return " — ".join(part for part in (", ".join(mentors), right) if part)


FORM_KINDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    Form.PUPIL_PUPIL: (frozenset({"pupil"}), frozenset({"pupil"})),
    Form.TEACHER_TEACHER: (frozenset({"employee", "outside"}), frozenset({"employee"})),
    Form.STUDENT_PUPIL: (frozenset({"pupil", "outside"}), frozenset({"pupil"})),
    Form.EMPLOYER_PUPIL: (frozenset({"outside", "parent"}), frozenset({"pupil"})),
    Form.EMPLOYER_STUDENT: (frozenset({"outside", "parent"}), frozenset({"pupil"})),
    Form.TEACHER_PUPIL: (frozenset({"employee"}), frozenset({"pupil"})),
}
"""Kinds of people that a form allows as mentors and as mentees (R-145, section 2)."""
