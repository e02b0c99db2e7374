"""Settings as the pages show them: the organisation's card, who signs and stands in, accounts and roles, rules and their source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from web import queries as accounts
from web.formatting import russian_date, russian_range
from web.views.queries import accounts_of
from workflow_core.exceptions import NotFound
from workflow_core.guards import Actor
from workflow_core.unit_of_work import Read
from workflows.mentoring import queries as mentoring
from workflows.mentoring.tables import FORM_TITLES, Form
from workflows.organisations import people, policy, profile
from workflows.organisations import queries as organisations
from workflows.organisations.profile_file import library
from workflows.organisations.settings import lifecycles_like, setting_definitions
from workflows.organisations.tables import Person
from workflows.organisations.words import KIND_TITLES, TIME_ZONES

Title = tuple[str, str]
"""(code or id, words) of something to choose."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something that somebody is from day to day."""

    id: str
    title: str
    note: str
    is_now: bool
    may_end: bool
    """Open-ended or not over yet: an end can be set."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A login with its roles here."""

    id: str
    name: str
    username: str
    is_active: bool
    is_own: bool
    """Made by this organisation, so its password may be changed here."""
    roles: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """The first page of the settings."""

    organisation: tuple[Title, ...]
    profile: str
    missing_profile: str
    signatories: tuple[Term, ...]
    stand_ins: tuple[Term, ...]
    accounts: tuple[AccountLine, ...] | None
    """None for somebody who may not see them."""
    programmes: tuple[Term, ...]


def settings_page(read: Read, actor: Actor) -> SettingsPage:
    """The card, terms, accounts and programmes. Raises NotPermitted."""
    policy.require(actor, "settings.read")
    row = organisations.organisation(read.session, read.scope)
    known = dict(profiles(read))
    facts = [
        ("Полное название", row.title),
        ("Короткое название", row.short_title),
        ("Вид", KIND_TITLES.get(row.kind, row.kind)),
        ("Учредитель", row.founder),
        ("Населённый пункт", row.place),
        ("Адрес", row.address),
        ("Часовой пояс", TIME_ZONES.get(read.profile.time_zone, read.profile.time_zone)),
    ]
    return SettingsPage(
        tuple((name, value or "не указано") for name, value in facts),
        known.get(row.profile, row.profile) or "основные правила программы",
        row.profile if row.profile and row.profile not in known else "",
        tuple(_signatories(read)),
        tuple(_stand_ins(read)),
        tuple(_accounts(read)) if policy.may(actor, "accounts.read") else None,
        tuple(_programmes(read)),
    )


def profiles(read: Read) -> list[Title]:
    """Profiles that may be chosen."""
    found = library(tuple(read.catalogue.profiles)).profiles
    return [(code, one.title) for code, one in found.items()]


def employees(read: Read) -> list[Title]:
    """Adults of the organisation to choose from."""
    wanted = organisations.PeopleFilter(kinds=("employee",), here_on=read.today)
    found = organisations.people_page(read.session, read.scope, wanted, limit=1000).people
    return [(one.id, _named(one)) for one in found]


def people_for_accounts(read: Read) -> list[Title]:
    """Everybody who may stand behind a login: employees, outside mentors, pupils who mentor."""
    wanted = organisations.PeopleFilter(kinds=("employee", "outside", "pupil"), here_on=read.today)
    found = organisations.people_page(read.session, read.scope, wanted, limit=2000).people
    return [(one.id, _named(one)) for one in found]


def _named(person: Person) -> str:
    return f"{people.full_name(person)}, {person.post}" if person.post else people.full_name(person)


def _term(row: Any, title: str, note: str, today: date) -> Term:
    if row.valid_to is None:
        when = f"с {russian_date(row.valid_from)}"
    elif row.valid_to < row.valid_from:
        when = "не действовало"
    else:
        when = russian_range(row.valid_from, row.valid_to)
    is_now = row.valid_from <= today and (row.valid_to is None or today <= row.valid_to)
    words = ", ".join(part for part in (note, when) if part)
    return Term(row.id, title, words, is_now, row.valid_to is None or row.valid_to >= today)


def _signatories(read: Read) -> list[Term]:
    rows = organisations.signatories(read.session, read.scope)
    found = [
        _term(row, f"{people.short_name(who)}, {row.title}", row.order if row.acting else "", read.today)
        for row, who in rows
    ]
    return sorted(found, key=lambda one: not one.is_now)


def _stand_ins(read: Read) -> list[Term]:
    rows = organisations.stand_ins(read.session, read.scope)
    who = organisations.people(read.session, read.scope, [row.person_id for row, _for in rows])
    return [
        _term(
            row,
            f"{people.short_name(who[row.person_id])} за: {people.short_name(replaced)}",
            f"{policy.TITLES.get(row.role, row.role)}, {row.order}",
            read.today,
        )
        for row, replaced in rows
        if row.person_id in who
    ]


def _accounts(read: Read) -> list[AccountLine]:
    rows = organisations.memberships(read.session, read.scope)
    own = accounts_of(read.session, read.scope)
    known = {**accounts.accounts(read.session, {row.account_id for row in rows}), **{one.id: one for one in own}}
    roles: dict[str, list[Term]] = {}
    for row in rows:
        term = _term(row, policy.TITLES.get(row.role, row.role), "", read.today)
        if term.may_end:
            roles.setdefault(row.account_id, []).append(term)
    lines = [
        AccountLine(
            one.id, one.name, one.username, one.active, one.organisation_id == read.scope, tuple(roles.get(one.id, ()))
        )
        for one in known.values()
    ]
    return sorted(lines, key=lambda line: (not line.is_active, line.name))


def _programmes(read: Read) -> list[Term]:
    found = []
    for row in mentoring.programmes(read.session, read.scope).values():
        form = FORM_TITLES[Form(row.form)] if row.form in set(Form) else "несколько форм"
        is_now = row.starts_on <= read.today <= row.ends_on
        note = f"{form}, {russian_range(row.starts_on, row.ends_on)}"
        found.append(Term(row.id, row.title, note, is_now, row.ends_on >= read.today))
    return found


# -- rules ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of «Откуда эти правила?»."""

    key: str
    title: str
    words: str
    layer: str
    source: str
    is_own: bool
    """Set by the organisation itself."""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that belong together: all settings, or the checks of one step."""

    title: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class RulesPage:
    """Settings, or the checks of one lifecycle, with the layer that gives each."""

    title: str
    basis: str
    groups: tuple[RuleGroup, ...]
    lifecycles: tuple[Title, ...]
    layers: tuple[str, ...]
    """Layers from the weakest to the strongest, with the profiles in them."""
    missing: tuple[str, ...]


def rules_page(read: Read, actor: Actor, code: str, on_date: date) -> RulesPage:
    """The rules as they hold on a day. Raises NotPermitted, NotFound."""
    policy.require(actor, "settings.read")
    layered = layered_profile(read)
    known = read.definitions
    if code and code not in known:
        raise NotFound("порядок", code)
    definition = known.get(code)
    lines = profile.explain(layered, on_date, definition)
    stack = [profile.CORE, *(f"{layered.layer_title(one)}: {one.title}" for one in layered.layers)]
    return RulesPage(
        definition.title if definition else "Настройки",
        definition.basis if definition else "",
        tuple(_groups(read, layered, lines)) if definition else (_settings_group(layered, lines, known),),
        tuple((one.code, one.title) for one in known.values()),
        (*stack, f"{layered.own_layer}: собственные настройки"),
        layered.missing,
    )


def layered_profile(read: Read) -> profile.LayeredProfile:
    """The rules of the organisation with their layers. Raises NotFound where another package answers for them."""
    if not isinstance(read.profile, profile.LayeredProfile):
        raise NotFound("правила", read.scope)
    return read.profile


def _settings_group(
    layered: profile.LayeredProfile, lines: Sequence[profile.Explanation], lifecycles: Mapping[str, Any]
) -> RuleGroup:
    return RuleGroup("", tuple(_rule(layered, _worded(one, lifecycles), one.title) for one in lines))


def _worded(one: profile.Explanation, lifecycles: Mapping[str, Any]) -> profile.Explanation:
    """A lifecycle by its title, not by its code."""
    chosen = one.key.endswith(".definition") and isinstance(one.value, str)
    known = lifecycles.get(one.value) if chosen else None
    return replace(one, words=known.title) if known else one


def _rule(layered: profile.LayeredProfile, one: profile.Explanation, title: str, basis: str = "") -> Rule:
    own = any(rule.key == one.key for rule in layered.own) and one.source.startswith("настройка")
    return Rule(one.key, title, one.words, one.layer, one.source if own else "", own, basis)


def _groups(read: Read, layered: profile.LayeredProfile, lines: Sequence[profile.Explanation]) -> list[RuleGroup]:
    groups: dict[str, list[Rule]] = {}
    for one in lines:
        guard = read.catalogue.guards.get(one.key.rsplit("/", 1)[-1])
        title = guard.title if guard else one.key.rsplit("/", 1)[-1]
        rule = _rule(layered, one, f"{title[:1].upper()}{title[1:]}", guard.basis if guard else "")
        groups.setdefault(one.title, []).append(rule)
    return [RuleGroup(f"Шаг «{title}»", tuple(rules)) for title, rules in groups.items()]


@dataclass(frozen=True, slots=True)
class RuleField:
    """A rule to be set: how it is asked for and what holds now."""

    key: str
    title: str
    help: str
    kind: str
    choices: tuple[Title, ...]
    value: Any
    words: str
    layer: str


def rule_field(read: Read, key: str) -> RuleField:
    """One rule by its key. Raises NotFound."""
    layered = layered_profile(read)
    parts = key.split("/")
    if len(parts) == 3:
        definition = read.definitions.get(parts[0])
        lines = profile.explain(layered, read.today, definition) if definition else []
        choices = tuple((str(code), words) for code, words in profile.SEVERITY_TITLES.items())
        guard = read.catalogue.guards.get(parts[2])
        for one in lines:
            if one.key == key:
                title = f"{one.title}: {guard.title if guard else parts[2]}"
                return RuleField(key, title, "", "choice", choices, str(one.value), one.words, one.layer)
        raise NotFound("правило", key)
    known = setting_definitions().get(key)
    if known is None:
        raise NotFound("правило", key)
    choices = tuple(known.choices.items())
    if known.kind == "definition":
        lifecycles = read.catalogue.definitions
        choices = tuple((code, lifecycles[code].title) for code in lifecycles_like(str(known.default), lifecycles))
    value = layered.settings.get(key)
    layer = layered.source_of(key) if key in layered.settings else profile.CORE
    return RuleField(key, known.title, known.help, known.kind, choices, value, known.words(value), layer)


FLAGS: Mapping[str, bool] = {"yes": True, "no": False}
