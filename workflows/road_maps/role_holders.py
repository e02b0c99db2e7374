"""Who of the organisation's people answers for the items of a map: found by role and post, or by the name in the file.

What can't be found for certain stays open: the page of taking a map into work asks once for each role and name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations import queries as organisations
from workflows.organisations.queries import PeopleFilter
from workflows.organisations.tables import Person, PersonKind
from workflows.road_maps.map_template import MapTemplate

PEOPLE_LOOKED_AT = 2_000
"""Employees among whom a post or a name is looked for."""
_POSTS: Mapping[str, str] = {
    "director": r"^(и\.?\s*о\.?\s*)?(директор|заведующ|руководитель организации)",
    "deputy_director": r"^(зам\.?|заместитель)\s+(директора|заведующ)",
    "curator": r"куратор",
    "methodist": r"методист",
    "psychologist": r"психолог",
    "responsible_person": r"^ответственн",
}
"""Roles that one person holds, with the posts that fit them."""
ASKED = tuple(_POSTS)


@dataclass(frozen=True, slots=True)
class Holder:
    """One role or one name of a map, the items that it answers for, and whoever fits; `person_id` may be empty."""

    code: str
    """«role_director», «name_0»: the name of a form's field."""
    role: str
    """Code of the role; empty for a name."""
    name: str
    """As the file writes it; empty for a role."""
    items: tuple[str, ...]
    """Keys of the items."""
    person_id: str = ""


def holders(uow: UnitOfWork, template: MapTemplate, named: Mapping[str, Sequence[str]]) -> tuple[Holder, ...]:
    """Roles and names of the map in the order in which it comes to them; `named`: key of an item -> names in the file."""
    people = _Staff(uow)
    by_role: dict[str, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for item in template.items:
        for role in item.responsible.roles if item.responsible else ():
            if role in _POSTS:
                by_role.setdefault(role, []).append(item.key)
        for name in named.get(item.key, ()):
            by_name.setdefault(name, []).append(item.key)
    roles = (Holder(f"role_{role}", role, "", tuple(keys), people.in_role(role)) for role, keys in by_role.items())
    names = (
        Holder(f"name_{place}", "", name, tuple(keys), people.named(name))
        for place, (name, keys) in enumerate(sorted(by_name.items()))
    )
    return (*roles, *names)


def responsible(found: Iterable[Holder], answers: Mapping[str, str]) -> dict[str, str]:
    """Key of an item -> who answers for it. `answers`: code of a holder -> person, empty for nobody.

    A name goes before a role, the role that the cell says first before the next one.
    """
    chosen: dict[str, str] = {}
    for holder in sorted(found, key=lambda one: not one.name):
        for key in holder.items:
            if answers.get(holder.code):
                chosen.setdefault(key, answers[holder.code])
    return chosen


class _Staff:
    """The people of the organisation who are here today, and the roles that they hold."""

    def __init__(self, uow: UnitOfWork) -> None:
        wanted = PeopleFilter(kinds=(PersonKind.EMPLOYEE.value,), here_on=uow.today)
        page = organisations.people_page(uow.session, uow.scope, wanted, limit=PEOPLE_LOOKED_AT)
        self.people: tuple[Person, ...] = page.people
        signing = organisations.signatories(uow.session, uow.scope, uow.today)
        self.heads = [person.id for row, person in signing if not row.acting]
        self.members = [row for row in organisations.memberships_on(uow.session, uow.scope, uow.today) if row.person_id]

    def in_role(self, role: str) -> str:
        """Whoever alone fits the role: by what he signs or may in the program, else by his post."""
        if role == "director" and self.heads:
            return self.heads[0]
        account = {"director": "head", "curator": "curator"}.get(role, "")
        held = {row.person_id for row in self.members if row.role == account}
        fitting = [person.id for person in self.people if re.search(_POSTS[role], person.post.strip(), re.IGNORECASE)]
        return _only(held) or ("" if held else _only(fitting))

    def named(self, name: str) -> str:
        """Whoever alone has this family name and no other initials than these, in whatever order they are written."""
        words = re.findall(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?", name)
        initials = [_key(letter) for letter in re.findall(r"[А-ЯЁ](?=\.)", name)]
        return _only(person.id for person in self.people if _fits(person, [_key(word) for word in words], initials))


def _key(text: str) -> str:
    return text.strip().casefold().replace("ё", "е")


def _fits(person: Person, words: Sequence[str], initials: Sequence[str]) -> bool:
    family, given, patronymic = (_key(part) for part in (person.family_name, person.given_name, person.patronymic))
    if family not in words:
        return False
    others = [word for word in words if word != family]
    said = [*others, *initials]
    own = [part for part in (given, patronymic) if part]
    return all(any(part.startswith(one) for part in own) for one in said)


def _only(found: Iterable[str | None]) -> str:
    different = {one for one in found if one}
    return different.pop() if len(different) == 1 else ""
