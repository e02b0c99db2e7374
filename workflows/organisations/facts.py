"""What rules, papers and pages may know about the organisation and its people, by name, loaded in bulk, frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from workflow_core.calendars import WorkingCalendar
from workflow_core.guards import FactsProvider
from workflow_core.timers import WORKING_CALENDAR
from workflows.organisations import queries
from workflows.organisations.people import full_name, name_in, place_of_person, short_name
from workflows.organisations.school_calendar import calendars
from workflows.organisations.tables import Organisation, Person, PersonKind


@dataclass(frozen=True, slots=True)
class OrganisationFact:
    """The place as papers name it."""

    id: str
    kind: str
    title: str
    short_title: str
    founder: str
    place: str
    address: str
    parent_title: str
    """Short title of the organisation above, empty if there is none."""


@dataclass(frozen=True, slots=True)
class SignatoryFact:
    """Somebody who may sign on the day."""

    id: str
    person_id: str
    name: str
    """«Морозова Е. В.»."""
    full_name: str
    genitive: str
    """«Морозовой Елены Викторовны»: after «в лице директора»."""
    title: str
    order: str
    acting: bool
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class PersonFact:
    """Somebody as lists name them: nothing here is closed data (no birth date, no contacts)."""

    id: str
    name: str
    full_name: str
    kind: str
    place: str
    """Class or post."""
    left_on: date | None


@dataclass(frozen=True, slots=True)
class PeopleCount:
    """How many people are here on the day."""

    pupils: int = 0
    employees: int = 0
    parents: int = 0
    outside: int = 0

    @property
    def total(self) -> int:
        """Everybody."""
        return self.pupils + self.employees + self.parents + self.outside


def organisation_fact(row: Organisation, parent: Organisation | None) -> OrganisationFact:
    """An organisation as a frozen value."""
    above = parent.short_title if parent else ""
    return OrganisationFact(row.id, row.kind, row.title, row.short_title, row.founder, row.place, row.address, above)


def _organisations(session: Session, _scope: str, ids: Sequence[str], _on: date) -> Mapping[str, OrganisationFact]:
    found = queries.organisations(session, ids)
    parents = queries.organisations(session, [row.parent_id for row in found.values() if row.parent_id])
    return {row.id: organisation_fact(row, parents.get(row.parent_id or "")) for row in found.values()}


def _signatories(
    session: Session, scope: str, ids: Sequence[str], on_date: date
) -> Mapping[str, tuple[SignatoryFact, ...]]:
    return {scope: signatories_on(session, scope, on_date)} if scope in ids else {}


def signatories_on(session: Session, scope: str, on_date: date) -> tuple[SignatoryFact, ...]:
    """Who may sign on the day, the acting head before the head whom they replace."""
    return tuple(
        SignatoryFact(
            row.id,
            who.id,
            short_name(who),
            full_name(who),
            name_in(who, "gen"),
            row.title,
            row.order,
            row.acting,
            row.valid_from,
            row.valid_to,
        )
        for row, who in queries.signatories(session, scope, on_date)
    )


def _people_count(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Mapping[str, PeopleCount]:
    if scope not in ids:
        return {}
    count = queries.count_people_by_kind(session, scope, on_date)
    kinds = (PersonKind.PUPIL, PersonKind.EMPLOYEE, PersonKind.PARENT, PersonKind.OUTSIDE)
    return {scope: PeopleCount(*(count.get(kind, 0) for kind in kinds))}


def person_fact(row: Person) -> PersonFact:
    """A person as a frozen value."""
    return PersonFact(row.id, short_name(row), full_name(row), row.kind, place_of_person(row), row.left_on)


def _people(session: Session, scope: str, ids: Sequence[str], _on: date) -> Mapping[str, PersonFact]:
    return {row.id: person_fact(row) for row in queries.people(session, scope, ids).values()}


def _account_people(
    session: Session, scope: str, ids: Sequence[str], _on: date
) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Account -> everybody who was ever behind it here: four eyes are not two accounts of one person."""
    found: dict[str, set[str]] = {}
    for row in queries.memberships(session, scope):
        if row.person_id:
            found.setdefault(row.account_id, set()).add(row.person_id)
    return {scope: {account: frozenset(people) for account, people in found.items()}}


PROVIDERS = (
    FactsProvider("organisation", "organisation", _organisations, moved_by=()),
    FactsProvider("signatories", "organisation", _signatories, (), moved_by=()),
    FactsProvider("account_people", "organisation", _account_people, {}, moved_by=()),
    FactsProvider("people_count", "organisation", _people_count, PeopleCount(), moved_by=()),
    FactsProvider("person", "person", _people),
    FactsProvider(WORKING_CALENDAR, "organisation", calendars, WorkingCalendar()),
)
