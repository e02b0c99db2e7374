"""The one access policy: who may read and do what outside of steps. Pages, API, commands and jobs all ask here.

Steps of a lifecycle say in their definition who may fire them (`who`); the rest is the table below. A role is held by a
dated membership, by standing in for somebody by order, or, for mentors, by the relation to a pair: a mentor reads and
does only what belongs to pairs of their own, so such rights are «own» rights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlmodel import Session

from workflow_core.exceptions import NotFound, NotPermitted
from workflow_core.guards import Actor, StandIn
from workflow_core.plugin_manager import Role
from workflows.organisations import queries
from workflows.organisations.people import full_name, name_in
from workflows.organisations.tables import Membership, Organisation

CURATOR, HEAD, MENTOR = "curator", "head", "mentor"
ADMINISTRATOR, AUDITOR, DISTRICT = "administrator", "auditor", "district"
RESPONSIBLE, SYSTEM_ROLE = "responsible", "system"

ROLES = (
    Role(CURATOR, "куратор"),
    Role(HEAD, "руководитель организации"),
    Role(MENTOR, "наставник", relation=True),
    Role(ADMINISTRATOR, "администратор"),
    Role(AUDITOR, "проверяющий"),
    Role(DISTRICT, "специалист отдела образования"),
    Role(RESPONSIBLE, "ответственный за пункт", relation=True),
    Role(SYSTEM_ROLE, "Маршрут (сам)"),
)
GRANTED = (CURATOR, HEAD, MENTOR, ADMINISTRATOR, AUDITOR, DISTRICT)
"""Roles that a membership can give. «mentor» opens the door; what is behind it comes from the relation to a pair."""
STANDS_IN = tuple(role for role in GRANTED if role != MENTOR)
"""Roles that an order can hand over for a time. A mentor is replaced in the pair itself, by `replace_mentor`."""
INHERITED = (AUDITOR, DISTRICT)
"""Roles that hold in all organisations below the one where they were granted."""
TITLES: Mapping[str, str] = MappingProxyType({role.code: role.title for role in ROLES})


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that somebody may read or do."""

    code: str
    deed: str
    """In the infinitive, as the refusal says it: «менять сведения о людях»."""
    roles: tuple[str, ...]
    own: tuple[str, ...] = ()
    """Roles that may only where the subject is their own."""
    reads: bool = False


_ALL_BUT_MENTOR = (CURATOR, HEAD, ADMINISTRATOR, AUDITOR, DISTRICT)


def _reads(code: str, deed: str, roles: tuple[str, ...], own: tuple[str, ...] = ()) -> Permission:
    return Permission(code, deed, roles, own, reads=True)


_TABLE = (
    _reads("organisation.read", "видеть сведения об организации", GRANTED),
    Permission("organisation.create", "добавлять организации", (ADMINISTRATOR, DISTRICT)),
    Permission("organisation.edit", "менять сведения об организации", (ADMINISTRATOR, HEAD)),
    _reads("people.read", "видеть список людей", _ALL_BUT_MENTOR, (MENTOR,)),
    _reads("personal.read", "видеть даты рождения, телефоны и почту", (CURATOR, HEAD, AUDITOR)),
    Permission("people.edit", "менять сведения о людях", (CURATOR, HEAD)),
    _reads("programme.read", "видеть программы наставничества", GRANTED),
    Permission("programme.edit", "менять программы наставничества", (CURATOR, HEAD)),
    _reads("pair.read", "видеть пары", _ALL_BUT_MENTOR, (MENTOR,)),
    Permission("meeting.edit", "записывать встречи", (CURATOR,), (MENTOR,)),
    Permission("plan.edit", "менять план пары", (CURATOR,), (MENTOR,)),
    _reads("map.read", "видеть дорожные карты", GRANTED),
    _reads("map.files", "видеть загруженные файлы дорожных карт", _ALL_BUT_MENTOR),
    Permission("map.upload", "загружать дорожную карту файлом", (CURATOR, HEAD, ADMINISTRATOR)),
    Permission("map.adopt", "брать дорожную карту в работу", (CURATOR, HEAD)),
    Permission("map.edit", "менять пункты дорожной карты", (CURATOR, HEAD)),
    Permission("item.accept", "принимать пункты дорожной карты", (HEAD, DISTRICT)),
    _reads("document.read", "видеть документы", (CURATOR, HEAD, AUDITOR, DISTRICT), (MENTOR,)),
    Permission("document.prepare", "готовить документы", (CURATOR, HEAD)),
    Permission("document.enter", "вносить готовые документы и сканы", (CURATOR, HEAD)),
    _reads("history.read", "читать историю", _ALL_BUT_MENTOR, (MENTOR,)),
    _reads("history.verify", "проверять журнал", _ALL_BUT_MENTOR),
    _reads("history.export", "выгружать историю", (CURATOR, HEAD, AUDITOR, DISTRICT)),
    _reads("settings.read", "видеть правила и настройки", _ALL_BUT_MENTOR),
    Permission("calendar.edit", "менять календарь школы", (CURATOR, HEAD, ADMINISTRATOR)),
    Permission("settings.edit", "менять правила и настройки", (ADMINISTRATOR,)),
    Permission("signatories.edit", "назначать подписывающих и замещающих", (ADMINISTRATOR, HEAD)),
    _reads("accounts.read", "видеть учётные записи и роли", (ADMINISTRATOR, HEAD, AUDITOR)),
    Permission("accounts.edit", "менять учётные записи и роли", (ADMINISTRATOR,)),
)
PERMISSIONS: Mapping[str, Permission] = MappingProxyType({one.code: one for one in _TABLE})
PERSONAL_READ = "personal.read"
"""Needed for birth dates and contacts."""


def may(actor: Actor, permission: str) -> bool:
    """Whether the actor may do this with every subject of the organisation. Raises NotFound for an unknown permission."""
    return _holds(actor, _permission(permission).roles)


def may_own(actor: Actor, permission: str) -> bool:
    """Whether the actor may do this at least with subjects of their own."""
    wanted = _permission(permission)
    return _holds(actor, (*wanted.roles, *wanted.own))


def require(actor: Actor, permission: str, *, own: bool = False) -> None:
    """Raises NotPermitted, naming who may. `own=True` where the caller has made sure that the subject is the actor's own."""
    if not (may_own(actor, permission) if own else may(actor, permission)):
        roles = _permission(permission).roles
        dated = [actor.other_days[role].term for role in roles if role in actor.other_days]
        raise NotPermitted(" ".join([refusal(permission), *(f"{one[0].upper()}{one[1:]}." for one in dated)]), roles)


def refusal(permission: str) -> str:
    """The sentence for somebody who may not: «Менять сведения о людях может куратор или руководитель организации.»"""
    wanted = _permission(permission)
    who = [TITLES[role] for role in wanted.roles]
    listed = f"{', '.join(who[:-1])} или {who[-1]}" if len(who) > 1 else who[0]
    return f"{wanted.deed[0].upper()}{wanted.deed[1:]} может {listed}."


def permissions_of(actor: Actor) -> frozenset[str]:
    """All that the actor may do with every subject of the organisation; for menus."""
    return frozenset(code for code in PERMISSIONS if may(actor, code))


def _permission(code: str) -> Permission:
    found = PERMISSIONS.get(code)
    if found is None:
        raise NotFound("право", code, PERMISSIONS)
    return found


def _holds(actor: Actor, roles: Iterable[str]) -> bool:
    return SYSTEM_ROLE in actor.roles or not actor.roles.isdisjoint(roles)


# -- who an account is in an organisation -----------------------------------------------------------------------------


def actor_for(session: Session, organisation_id: str, account_id: str, account_name: str, on_date: date) -> Actor:
    """The account as an actor in one organisation on the day.

    Raises NotFound where it holds no role there: somebody from elsewhere does not even learn that the place exists.
    """
    scopes = [row.id for row in queries.chain(session, organisation_id)]
    held = [
        row
        for row in queries.memberships_of_account(session, account_id, on_date)
        if _reaches(row, organisation_id, scopes)
    ]
    if not held:
        raise NotFound("организация", organisation_id)
    roles = {row.role for row in held}
    person_id = next((row.person_id for row in held if row.person_id and row.organisation_id == organisation_id), "")
    orders = _stand_ins(session, organisation_id, person_id) if person_id else []
    # Somebody who holds a role in their own right acts in it as themselves.
    acts_for = {role: one for role, one in orders if role not in roles and one.holds_on(on_date)}
    held_roles = frozenset(roles | set(acts_for))
    other_days = {role: one for role, one in orders if role not in held_roles}
    return Actor(
        account_id, account_name, held_roles, person_id, MappingProxyType(acts_for), MappingProxyType(other_days)
    )


def _reaches(row: Membership, organisation_id: str, scopes: Sequence[str]) -> bool:
    return row.organisation_id == organisation_id or (row.role in INHERITED and row.organisation_id in scopes)


def _stand_ins(session: Session, organisation_id: str, person_id: str) -> list[tuple[str, StandIn]]:
    """(role, stand-in) of one person on any day, the earliest first: of several in a role the latest one counts."""
    rows = queries.stand_ins(session, organisation_id, person_id=person_id)
    return [
        (
            row.role,
            StandIn(
                replaced.id,
                full_name(replaced),
                row.order,
                row.valid_from,
                row.valid_to,
                name_in(replaced, "acc", short=True),
                _dative(row.order),
            ),
        )
        for row, replaced in reversed(rows)
        if row.role in STANDS_IN
    ]


def _dative(order: str) -> str:
    """The order after «по»: «приказ № 98-к» and a bare «№ 98-к» become «приказу № 98-к»."""
    noun, _, rest = order.partition(" ")
    known = {"приказ": "приказу", "распоряжение": "распоряжению", "постановление": "постановлению"}
    given = known.get(noun.casefold())
    return f"{given} {rest}".strip() if given else f"приказу {order}"


def visible_organisations(session: Session, account_id: str, on_date: date) -> list[Organisation]:
    """The organisations that an account may open on the day: its own first, then those below them by title."""
    held = queries.memberships_of_account(session, account_id, on_date)
    own = queries.organisations(session, [row.organisation_id for row in held])
    below = queries.organisations_below(session, {row.organisation_id for row in held if row.role in INHERITED})
    return [*own.values(), *(row for row in below if row.id not in own)]
