"""Every SQL statement over organisations, people and what they may; one named function each.

`scope` is the organisation asked for: rows of another one are not found, whatever their id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow_core.amounts import Amount
from workflow_core.exceptions import NotFound
from workflow_core.lists import Unindexed, amount_of
from workflow_core.queries import chunks
from workflow_core.tables import Register, metadata
from workflows.organisations import search_index
from workflows.organisations.people import YO_MARK, bare_key
from workflows.organisations.search_index import Matches
from workflows.organisations.tables import (
    CalendarDays,
    Membership,
    Organisation,
    Person,
    PersonKind,
    Representative,
    Setting,
    Signatory,
    StandIn,
    search_entry_table,
)

_Row = TypeVar("_Row", bound=Register)

PAGE = 50
"""People on one page of a list."""
CLASSES = 500
"""Classes or groups that a list offers to choose from."""
DEPTH = 8
"""Levels of the tree of organisations; a limit only so that a ring made by hand ends."""
DERIVED = frozenset({search_entry_table.name})
"""Tables whose rows the database itself makes from others."""


# -- organisations ----------------------------------------------------------------------------------------------------


def organisation(session: Session, organisation_id: str) -> Organisation:
    """One organisation. Raises NotFound."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound("организация", organisation_id)
    return found


def organisations(session: Session, ids: Iterable[str]) -> dict[str, Organisation]:
    """Some organisations by id; those that do not exist are left out."""
    found: dict[str, Organisation] = {}
    for part in chunks(ids):
        rows = session.exec(select(Organisation).where(col(Organisation.id).in_(part)))
        found.update({row.id: row for row in rows})
    return found


def all_organisations(session: Session) -> list[Organisation]:
    """Every organisation of the installation, by short title."""
    return list(session.exec(select(Organisation).order_by(col(Organisation.short_title), col(Organisation.id))))


def organisations_named(session: Session, text: str) -> list[Organisation]:
    """Organisations whose id, short or full title is exactly this."""
    named = sa.or_(col(Organisation.id) == text, col(Organisation.short_title) == text, col(Organisation.title) == text)
    return list(session.exec(select(Organisation).where(named).order_by(col(Organisation.id))))


def chain(session: Session, organisation_id: str) -> list[Organisation]:
    """The organisation and those above it, itself first; empty for an unknown id."""
    found: list[Organisation] = []
    next_id: str | None = organisation_id
    while next_id and len(found) < DEPTH:
        row = session.get(Organisation, next_id)
        if row is None or row in found:
            break
        found.append(row)
        next_id = row.parent_id
    return found


def organisations_below(session: Session, organisation_ids: Iterable[str]) -> list[Organisation]:
    """All organisations under these, at any depth, by short title; one statement a level."""
    found: dict[str, Organisation] = {}
    level = set(organisation_ids)
    for _ in range(DEPTH):
        if not level:
            break
        rows: list[Organisation] = []
        for part in chunks(level):
            rows += session.exec(select(Organisation).where(col(Organisation.parent_id).in_(part)))
        level = {row.id for row in rows} - set(found)
        found.update({row.id: row for row in rows})
    return sorted(found.values(), key=lambda row: (row.short_title, row.id))


# -- people -----------------------------------------------------------------------------------------------------------


def person(session: Session, scope: str, person_id: str) -> Person:
    """One person of this organisation. Raises NotFound, for another organisation's too."""
    found = session.get(Person, person_id)
    if found is None or found.organisation_id != scope:
        raise NotFound("человек", person_id)
    return found


def people(session: Session, scope: str, ids: Iterable[str]) -> dict[str, Person]:
    """Some people of this organisation by id; others' are left out."""
    found: dict[str, Person] = {}
    for part in chunks(ids):
        rows = session.exec(select(Person).where(col(Person.id).in_(part), col(Person.organisation_id) == scope))
        found.update({row.id: row for row in rows})
    return found


_LINE = search_entry_table.c


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people a list shows."""

    text: str = ""
    """Parts of names in any case and order, ё as е: «мороз еле»."""
    kinds: tuple[str, ...] = ()
    class_name: str = ""
    here_on: date | None = None
    """Leave out those who have left before this day."""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of a list; `next_after` is the id to ask for the next one with, empty on the last."""

    people: tuple[Person, ...]
    next_after: str = ""


def people_page(
    session: Session, scope: str, wanted: PeopleFilter = PeopleFilter(), *, after: str = "", limit: int = PAGE
) -> PeoplePage:
    """A page of people by name. `after` is the last id of the page before: no name ever stands in an address."""
    found = search_index.matches(session, scope, "person", wanted.text)
    query = select(Person).where(*_people(session, scope, wanted, found))
    name: Any = col(Person.sort_key)
    person_id: Any = col(Person.id)
    if found.are_many:  # the index holds names in their order beside the text that is looked at
        name, person_id = _LINE.order_key, _LINE.subject_id
    last = session.get(Person, after) if after else None
    if last is not None and last.organisation_id == scope:
        query = query.where(sa.tuple_(name, person_id) > sa.tuple_(last.sort_key, last.id))
    rows = list(session.exec(query.order_by(name, person_id).limit(limit + 1)))
    return PeoplePage(tuple(rows[:limit]), rows[limit - 1].id if len(rows) > limit else "")


def count_people(session: Session, scope: str, wanted: PeopleFilter = PeopleFilter()) -> Amount | None:
    """How many people a list would show in all; None where that takes a walk through all of them."""
    found = search_index.matches(session, scope, "person", wanted.text)
    if found.are_many:
        narrowed = wanted.kinds or wanted.class_name or wanted.here_on
        return None if narrowed else Amount(search_index.MATCHES, True)
    if found.ids is None and wanted.kinds and wanted.class_name:
        return None
    return amount_of(session, sa.select(col(Person.id)).where(*_people(session, scope, wanted, found)))


def _people(
    session: Session, scope: str, wanted: PeopleFilter, found: Matches | None = None
) -> Iterator[sa.ColumnElement[bool]]:
    """The conditions of a filter; a text that few names hold is answered by their ids, another one along the search index."""
    found = found or search_index.matches(session, scope, "person", wanted.text)
    own: Any = col(Person.organisation_id)
    yield (Unindexed(own) if found.are_many else own) == scope
    if found.ids is not None:
        yield col(Person.id).in_(found.ids)
    elif found.are_many:
        yield col(Person.id) == _LINE.subject_id
        yield _LINE.organisation_id == scope
        yield _LINE.kind == "person"
        yield search_index.holds(found.patterns)
    if wanted.kinds:
        yield col(Person.kind).in_(wanted.kinds)
    if wanted.class_name:
        yield col(Person.class_name) == wanted.class_name
    if wanted.here_on:
        yield sa.or_(col(Person.left_on).is_(None), col(Person.left_on) >= wanted.here_on)


def count_people_by_kind(session: Session, scope: str, here_on: date) -> dict[str, int]:
    """How many people of each kind are here on the day; looks at all of them: for a figure, not for a page."""
    query = (
        select(Person.kind, sa.func.count())
        .where(
            col(Person.organisation_id) == scope,
            sa.or_(col(Person.left_on).is_(None), col(Person.left_on) >= here_on),
        )
        .group_by(col(Person.kind))
    )
    return {kind: int(count) for kind, count in session.exec(query)}


def people_by_kind(session: Session, scope: str, here_on: date) -> dict[str, Amount]:
    """How many people of each kind are here on the day; kinds of which nobody is here are left out."""
    here = sa.or_(col(Person.left_on).is_(None), col(Person.left_on) >= here_on)
    found = {
        str(kind): amount_of(
            session,
            sa.select(col(Person.id)).where(col(Person.organisation_id) == scope, col(Person.kind) == kind, here),
        )
        for kind in PersonKind
    }
    return {kind: amount for kind, amount in found.items() if amount}


def class_names(session: Session, scope: str) -> list[str]:
    """Classes or groups that people of the organisation are in; the index is asked for the next name, not for all people."""
    statement = """
    WITH RECURSIVE class (name) AS (
        SELECT min(class_name) FROM person WHERE organisation_id = :scope AND class_name > ''
        UNION ALL
        SELECT (SELECT min(class_name) FROM person WHERE organisation_id = :scope AND class_name > class.name)
        FROM class WHERE class.name IS NOT NULL
    ) SELECT name FROM class WHERE name IS NOT NULL LIMIT :most"""
    rows = session.connection().execute(sa.text(statement), {"scope": scope, "most": CLASSES})
    return sorted(str(row[0]) for row in rows)


def namesakes(session: Session, scope: str, sort_keys: Iterable[str]) -> list[Person]:
    """People whose names are written like these, ё as е."""
    bare = sorted({bare_key(key) for key in sort_keys})
    found: list[Person] = []
    for part in chunks([form for key in bare for form in (key, f"{key} {YO_MARK}")]):
        query = select(Person).where(col(Person.organisation_id) == scope, col(Person.sort_key).in_(part))
        found += session.exec(query)
    return found


def representatives_of(
    session: Session, scope: str, pupil_ids: Iterable[str]
) -> dict[str, list[tuple[Representative, Person]]]:
    """Who signs for each pupil, in the order in which they were entered; pupils without anybody are left out."""
    found: dict[str, list[tuple[Representative, Person]]] = {}
    for part in chunks(pupil_ids):
        rows = session.exec(
            select(Representative, Person)
            .join(Person, col(Person.id) == col(Representative.person_id))
            .where(col(Representative.organisation_id) == scope, col(Representative.pupil_id).in_(part))
            .order_by(col(Representative.id))
        )
        for link, adult in rows:
            found.setdefault(link.pupil_id, []).append((link, adult))
    return found


def represented_by(session: Session, scope: str, person_id: str) -> list[tuple[Representative, Person]]:
    """The pupils somebody signs for."""
    rows = session.exec(
        select(Representative, Person)
        .join(Person, col(Person.id) == col(Representative.pupil_id))
        .where(col(Representative.organisation_id) == scope, col(Representative.person_id) == person_id)
        .order_by(col(Person.sort_key), col(Representative.id))
    )
    return [(link, pupil) for link, pupil in rows]


def representative(session: Session, scope: str, representative_id: str) -> Representative:
    """One link between a pupil and who signs for them. Raises NotFound."""
    return _own(session, Representative, scope, representative_id, "представитель")


def references_to(session: Session, scope: str, row_id: str) -> list[str]:
    """Names of tables, of any package, that hold this id in some column: what would hang if the row were removed."""
    return [
        table.name
        for table in metadata.sorted_tables
        # What is derived from other rows (the index that lists are searched by) goes with them.
        if "organisation_id" in table.c and table.name not in DERIVED and _refers(session, table, scope, row_id)
    ]


def _refers(session: Session, table: sa.Table, scope: str, row_id: str) -> bool:
    columns = [column for column in table.c if column.name.endswith("_id") and column.name != "organisation_id"]
    if not columns:
        return False
    query = sa.select(sa.literal(1)).where(
        table.c.organisation_id == scope, sa.or_(*(column == row_id for column in columns))
    )
    return session.connection().execute(query.limit(1)).first() is not None


# -- roles, signatures, settings --------------------------------------------------------------------------------------


def _valid(row: type[Membership] | type[Signatory] | type[StandIn], on_date: date) -> sa.ColumnElement[bool]:
    return sa.and_(col(row.valid_from) <= on_date, sa.or_(col(row.valid_to).is_(None), col(row.valid_to) >= on_date))


def memberships_of_account(session: Session, account_id: str, on_date: date) -> list[Membership]:
    """Roles that an account holds on the day, in any organisation, first granted first."""
    query = select(Membership).where(col(Membership.account_id) == account_id, _valid(Membership, on_date))
    return list(session.exec(query.order_by(col(Membership.valid_from), col(Membership.id))))


def membership(session: Session, scope: str, membership_id: str) -> Membership:
    """One membership of this organisation. Raises NotFound."""
    return _own(session, Membership, scope, membership_id, "роль")


def memberships(session: Session, scope: str) -> list[Membership]:
    """All roles ever granted in the organisation, newest first."""
    query = select(Membership).where(col(Membership.organisation_id) == scope)
    return list(session.exec(query.order_by(col(Membership.valid_from).desc(), col(Membership.id).desc())))


def memberships_on(session: Session, scope: str, on_date: date) -> list[Membership]:
    """Roles that are held in the organisation on the day."""
    query = select(Membership).where(col(Membership.organisation_id) == scope, _valid(Membership, on_date))
    return list(session.exec(query.order_by(col(Membership.valid_from), col(Membership.id))))


def signatory(session: Session, scope: str, signatory_id: str) -> Signatory:
    """One signatory of this organisation. Raises NotFound."""
    return _own(session, Signatory, scope, signatory_id, "подписывающий")


def signatories(session: Session, scope: str, on_date: date | None = None) -> list[tuple[Signatory, Person]]:
    """Who signs (on the day, if one is named); an acting head stands before the head whom he replaces."""
    query = (
        select(Signatory, Person)
        .join(Person, col(Person.id) == col(Signatory.person_id))
        .where(col(Signatory.organisation_id) == scope)
    )
    if on_date is not None:
        query = query.where(_valid(Signatory, on_date))
    rows = session.exec(
        query.order_by(col(Signatory.acting).desc(), col(Signatory.valid_from).desc(), col(Signatory.id))
    )
    return [(row, who) for row, who in rows]


def stand_in(session: Session, scope: str, stand_in_id: str) -> StandIn:
    """One stand-in of this organisation. Raises NotFound."""
    return _own(session, StandIn, scope, stand_in_id, "замещение")


def stand_ins(
    session: Session, scope: str, *, person_id: str = "", on_date: date | None = None
) -> list[tuple[StandIn, Person]]:
    """Who stands in, each with the person replaced; of one person or on one day, if named."""
    query = (
        select(StandIn, Person)
        .join(Person, col(Person.id) == col(StandIn.for_person_id))
        .where(col(StandIn.organisation_id) == scope)
    )
    if person_id:
        query = query.where(col(StandIn.person_id) == person_id)
    if on_date is not None:
        query = query.where(_valid(StandIn, on_date))
    rows = session.exec(query.order_by(col(StandIn.valid_from).desc(), col(StandIn.id)))
    return [(row, who) for row, who in rows]


def settings(session: Session, scopes: Sequence[str]) -> list[Setting]:
    """Own settings of some organisations, oldest first."""
    query = select(Setting).where(col(Setting.organisation_id).in_(scopes))
    return list(session.exec(query.order_by(col(Setting.valid_from), col(Setting.id))))


def setting(session: Session, scope: str, key: str, valid_from: date) -> Setting | None:
    """The organisation's own setting that begins on this very day."""
    query = select(Setting).where(
        col(Setting.organisation_id) == scope, col(Setting.key) == key, col(Setting.valid_from) == valid_from
    )
    return session.exec(query).first()


# -- the school calendar ----------------------------------------------------------------------------------------------


def calendar_days(session: Session, scopes: Sequence[str]) -> list[CalendarDays]:
    """Own days of some organisations, first day first."""
    query = select(CalendarDays).where(col(CalendarDays.organisation_id).in_(scopes))
    return list(session.exec(query.order_by(col(CalendarDays.first_day), col(CalendarDays.id))))


def own_calendar_days(session: Session, scope: str, row_id: str) -> CalendarDays:
    """One line of this organisation's calendar. Raises NotFound."""
    return _own(session, CalendarDays, scope, row_id, "дни календаря")


def _own(session: Session, row: type[_Row], scope: str, row_id: str, what: str) -> _Row:
    found = session.get(row, row_id)
    if found is None or found.organisation_id != scope:
        raise NotFound(what, row_id)
    return found
