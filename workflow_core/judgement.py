"""May this actor do this here, and what stands in the way: one answer for the button, the preview and the step itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from workflow_core import queries, watchdog
from workflow_core.definition import EventDefinition, GuardUse, WorkflowDefinition
from workflow_core.exceptions import PluginError
from workflow_core.guard_call import NOT_INSTALLED, ask, not_installed, of_plugins, unanswered
from workflow_core.guards import (
    EMPTY,
    SEVERITY_ORDER,
    Actor,
    Blocker,
    Facts,
    Guard,
    Link,
    Ruling,
    Severity,
    StandIn,
    frozen,
    naming,
)
from workflow_core.history import HistoryEntry
from workflow_core.replay import UNDO
from workflow_core.tables import Process
from workflow_core.unit_of_work import UnitOfWork

RELATIONS = "relations"
"""Fact by which a person gets a role from the subject itself: person id -> role codes («mentor» of this pair)."""

BACK_DATING = "back_dating.limit_days"
"""Setting: how many days back a step may be dated without a written ground; absent = any number."""

ACCOUNT_PEOPLE = "account_people"
"""Fact of the organisation by which four eyes know one person under two accounts: account id -> person ids."""


class Question(NamedTuple):
    """One thing somebody may want to do: an event on a process with the values of its form."""

    process: Process
    definition: WorkflowDefinition
    event: EventDefinition
    happened_on: date
    fields: Mapping[str, Any] = EMPTY
    submitted: bool = False
    """A form was sent; False while a page only asks what could be done, so that a rule about a field keeps silent."""
    cause: str = ""
    """Id of the subject whose step brings it about: what the system may fire then needs no role of the actor's own."""


class Outlook(NamedTuple):
    """The answer: every reason why not, weighed by the place, block first."""

    question: Question
    role: str
    """The role in which the actor may do it; empty if none."""
    blockers: tuple[Blocker, ...]
    checks: tuple[tuple[str, str, str], ...] = ()
    """(guard, severity, code of the finding or "") of everything that was asked."""

    @property
    def event(self) -> EventDefinition:
        return self.question.event

    @property
    def is_open(self) -> bool:
        """Whether the step can be done, if need be with a written ground."""
        return not self.blockers or not any(blocker.severity is Severity.BLOCK for blocker in self.blockers)

    @property
    def needs_ground(self) -> bool:
        """Whether the step needs a written ground."""
        if not self.blockers:
            return self.event.ground
        return self.event.ground or any(blocker.severity is Severity.REASON for blocker in self.blockers)


def judge(uow: UnitOfWork, actor: Actor, questions: Sequence[Question]) -> list[Outlook]:
    """Answer all questions over facts loaded in bulk: the number of statements does not grow with the questions."""
    return _Judge(uow, actor).answers(questions)


class _Judge:
    """What the questions of one call share: the rules of each event and their weight here, the actor's roles, the settings."""

    def __init__(self, uow: UnitOfWork, actor: Actor) -> None:
        self.uow, self.actor, self.catalogue = uow, actor, uow.catalogue
        self.roles = _membership_roles(uow, actor)
        self.settings = frozen(uow.profile.settings)
        self.slot = watchdog.slot()
        self.lacking: dict[str, PluginError] = {}
        """Facts that a plugin could not give, by name; the guards that need them can't be asked."""
        self._guards: dict[int, list[tuple[Guard, GuardUse]]] = {}
        self._rulings: dict[tuple[str, str, str, date], Ruling] = {}
        self._forms: dict[tuple[int, bool, str], dict[str, Any]] = {}

    def answers(self, questions: Sequence[Question]) -> list[Outlook]:
        loaded = self._load(questions)
        watched = [question.process.id for question in questions if question.event.other_than]
        entries = queries.entries_of(self.uow.session, self.uow.scope, watched) if watched else {}
        outlooks = [
            self._answer(question, facts, entries.get(question.process.id, ()))
            for question, facts in zip(questions, loaded, strict=True)
        ]
        if any(blocker.code == NOT_INSTALLED for outlook in outlooks for blocker in outlook.blockers):
            return self._naming_plugins(outlooks)
        return outlooks

    def _naming_plugins(self, outlooks: Sequence[Outlook]) -> list[Outlook]:
        """Whose rules are gone: the plugins that the subjects' entries name and that are not installed."""
        ids = {outlook.question.process.id for outlook in outlooks}
        gone = {
            subject_id: {name for entry in entries for name in json.loads(entry.plugins)} - set(self.catalogue.plugins)
            for subject_id, entries in queries.entries_of(self.uow.session, self.uow.scope, ids).items()
        }
        return [
            outlook._replace(
                blockers=tuple(
                    of_plugins(blocker, gone.get(outlook.question.process.id, ()))
                    if blocker.code == NOT_INSTALLED
                    else blocker
                    for blocker in outlook.blockers
                ),
            )
            for outlook in outlooks
        ]

    def _rules(self, event: EventDefinition) -> list[tuple[Guard, GuardUse]]:
        found = self._guards.get(id(event))
        if found is None:
            known = self.catalogue.guards
            found = [(known.get(use.name) or not_installed(use.name), use) for use in event.guards]
            found += [
                (not_installed(name, what), GuardUse(name))
                for what, names, installed in (
                    ("запись в реестр", event.does, self.catalogue.effects),
                    ("следствие", event.then, self.catalogue.consequences),
                )
                for name in names
                if name not in installed
            ]
            self._guards[id(event)] = found
        return found

    def _load(self, questions: Sequence[Question]) -> list[Mapping[str, Any]]:
        """Frozen facts for every question; questions of one kind of subject and one day share their statements."""
        groups: dict[tuple[str, date], list[int]] = {}
        for index, question in enumerate(questions):
            groups.setdefault((question.process.subject_kind, question.happened_on), []).append(index)
        loaded: list[Mapping[str, Any]] = [EMPTY] * len(questions)
        for (subject_kind, on_date), indexes in groups.items():
            events = {id(questions[index].event): questions[index].event for index in indexes}.values()
            names = dict.fromkeys(
                name for event in events for guard, _use in self._rules(event) for name in guard.needs
            )
            built_in = (RELATIONS, ACCOUNT_PEOPLE) if any(event.other_than for event in events) else (RELATIONS,)
            names.update(dict.fromkeys(name for name in built_in if self.catalogue.provider(subject_kind, name)))
            if not names:
                continue
            ids = list(dict.fromkeys(questions[index].process.id for index in indexes))
            with naming(questions[index].fields for index in indexes):
                values = self.catalogue.load_facts(
                    self.uow.session, self.uow.scope, subject_kind, names, ids, on_date, self.lacking
                )
            shared: dict[int, Any] = {}  # what the organisation has is one value for all: frozen once
            for subject_id, facts in values.items():
                values[subject_id] = {name: _frozen_once(value, shared) for name, value in facts.items()}
            for index in indexes:
                loaded[index] = values[questions[index].process.id]
        return loaded

    def _answer(self, question: Question, loaded: Mapping[str, Any], entries: Sequence[HistoryEntry]) -> Outlook:
        process, definition, event, on_date, _fields, _submitted, cause = question
        actor = self.actor
        relations = loaded.get(RELATIONS)
        held = self.roles.union(relations.get(actor.person_id, ())) if relations and actor.person_id else self.roles
        role = _first(event.roles, held, actor)
        if not role and cause and "system" in event.roles:
            role = "system"
        facts = Facts(MappingProxyType({**loaded, **self._seen_by_all(question), "process": process}))
        blockers: list[Blocker] = []
        checks: list[tuple[str, str, str]] = []
        if not role:
            blockers.append(not_permitted(self.uow, event.roles, actor))
        persons = loaded.get(ACCOUNT_PEOPLE) or EMPTY
        built_in = _built_in(actor, actor.acts_for.get(role), question, entries, persons, self.settings)
        for guard, use in (*self._rules(event), *built_in):
            found = self._ask(guard, use, facts, definition.code, event.name, on_date)
            blockers.extend(found)
            if found:
                checks.extend((guard.name, str(blocker.severity), blocker.code) for blocker in found)
            else:
                checks.append((guard.name, "", ""))
        if len(blockers) > 1:
            blockers.sort(key=lambda blocker: SEVERITY_ORDER.index(blocker.severity))
        return Outlook(question, role, tuple(blockers), tuple(checks))

    def _seen_by_all(self, question: Question) -> dict[str, Any]:
        """What the guards see besides facts; one for all subjects for which one form was sent."""
        key = (id(question.fields), question.submitted, question.cause)
        found = self._forms.get(key)
        if found is None:
            found = self._forms[key] = {
                "fields": frozen(question.fields),
                "submitted": question.submitted,
                "cause": question.cause,
                "settings": self.settings,
                "today": self.uow.today,
            }
        return found

    def _ask(
        self, guard: Guard, use: GuardUse, facts: Facts, definition: str, event: str, on_date: date
    ) -> Sequence[Blocker]:
        """What a guard finds, with the weight of the place; one that the place has switched off is not called."""
        key = (definition, event, guard.name, on_date)
        ruling = self._rulings.get(key)
        if ruling is None:
            ruling = self.uow.profile.ruling(*key) or Ruling(use.severity, "основные правила")
            self._rulings[key] = ruling
        if ruling.severity is Severity.OFF:
            return ()
        try:
            found = ask(self.catalogue, self.slot, guard, facts, self.actor, event, on_date, self.lacking)
        except PluginError as error:
            return (unanswered(guard, error),)
        return [blocker.weighed(guard.name, ruling.severity, ruling.source) for blocker in found]


def _frozen_once(value: Any, known: dict[int, Any]) -> Any:
    if not isinstance(value, (dict, list, tuple, set)):
        return value
    found = known.get(id(value))
    if found is None:
        found = known[id(value)] = frozen(value)
    return found


def _membership_roles(uow: UnitOfWork, actor: Actor) -> frozenset[str]:
    """Roles by membership. A relation counts only where the subject itself gives it: the mentor of one pair is nobody in another."""
    known = uow.catalogue.roles
    return frozenset(role for role in actor.roles if role not in known or not known[role].relation)


def _first(roles: Sequence[str], held: frozenset[str], actor: Actor) -> str:
    for role in roles:
        if role in held:
            return role
    return "system" if "system" in actor.roles else ""


def role_for(uow: UnitOfWork, actor: Actor, roles: Sequence[str], process: Process | None = None) -> str:
    """The first of `roles` that the actor holds, by membership or by a relation to the subject; empty if none."""
    relations: Mapping[str, Any] = {}
    if process is not None and uow.catalogue.provider(process.subject_kind, RELATIONS):
        loaded = uow.catalogue.load_facts(
            uow.session, uow.scope, process.subject_kind, [RELATIONS], [process.id], uow.today
        )
        relations = loaded[process.id][RELATIONS] or {}
    held = _membership_roles(uow, actor)
    if actor.person_id:
        held = held.union(relations.get(actor.person_id, ()))
    return _first(roles, held, actor)


def not_permitted(uow: UnitOfWork, roles: Sequence[str], actor: Actor | None = None) -> Blocker:
    """The blocker for an actor without a role that may; a stand-in of other days is named with its dates."""
    people = [role for role in roles if role != "system"]
    titles = ", ".join(uow.catalogue.roles[role].title if role in uow.catalogue.roles else role for role in people)
    dated = "; ".join(actor.other_days[role].term for role in people if role in actor.other_days) if actor else ""
    text = f"Этот шаг выполняет {titles}" if titles else "Этот шаг выполняется сам"
    return Blocker(
        "not_permitted",
        f"{text}; {dated}" if dated else text,
        "Роль даёт администратор в настройках"
        if titles
        else "Его делает программа, когда сделано то, что его вызывает",
        who_can_lift=titles or "Маршрут",
        guard="policy",
    )


def _built_in(
    actor: Actor,
    stand_in: StandIn | None,
    question: Question,
    entries: Sequence[HistoryEntry],
    persons: Mapping[str, frozenset[str]],
    settings: Mapping[str, Any],
) -> list[tuple[Guard, GuardUse]]:
    """The engine's own rules, weighed by the profile like all others."""
    found = []
    process, definition = question.process, question.definition
    if process.since and question.event.target_from(process.state) != "same":
        found.append((_DATES_IN_ORDER, _IN_ORDER))
    if process.version and not question.cause and _is_number(settings.get(BACK_DATING)):
        found.append((_BACK_DATING, _IN_TIME))
    if question.event.other_than:
        undone = {entry.refers_to for entry in entries if entry.event == UNDO}
        last = {entry.event: entry for entry in entries if entry.seq not in undone}
        here = _hats(persons, actor.id, actor.person_id, stand_in.person_id if stand_in else "")
        same = [
            name
            for name in question.event.other_than
            if name in last and here & _hats(persons, last[name].actor_id, last[name].acts_for)
        ]
        title = definition.event(same[0]).done_title or definition.event(same[0]).title if same else ""
        found.append((_four_eyes(title, stand_in), GuardUse("four_eyes", Severity.NOTE)))
    return found


def _hats(persons: Mapping[str, frozenset[str]], account: str, *people: str) -> frozenset[str]:
    """Everybody who counts as having acted: the account, the person behind it, and whom they stood in for."""
    return frozenset({account, *people} - {""}) | persons.get(account, frozenset())


def _dates_in_order(facts: Facts, _actor: Actor, _event: str, on_date: date) -> list[Blocker]:
    since = facts.process.since
    if on_date.isoformat() >= since:
        return []
    return [
        Blocker(
            "before_previous_step",
            f"Дата раньше предыдущего шага ({date.fromisoformat(since):%d.%m.%Y})",
            "Если ошибка в дате предыдущего шага, исправьте его запись",
            "Тот, кто вправе исправлять записи",
            Link(f"correct_{facts.process.subject_kind}", facts.process.id, "Исправить запись"),
            values={"since": since, "happened_on": on_date.isoformat()},
        )
    ]


def _back_dating(facts: Facts, _actor: Actor, _event: str, on_date: date) -> list[Blocker]:
    """Not asked of a beginning, which is entered as it was, nor of what another step brings about: that has no day of its own."""
    limit, late = facts.settings[BACK_DATING], (facts.today - on_date).days
    if late <= limit:
        return []
    return [
        Blocker(
            "too_far_back",
            f"Дата на {late} дн. раньше сегодняшней, без обоснования — не больше {limit}",
            "Сколько дней можно вносить задним числом, решает настройка организации",
            "Администратор",
            Link("rule", BACK_DATING, "Открыть настройку"),
            values={"late": late, "limit": limit},
        )
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_BACK_DATING = Guard("back_dating", "шаг внесён вовремя", _back_dating)
_IN_TIME = GuardUse("back_dating", Severity.REASON)

_DATES_IN_ORDER = Guard("dates_in_order", "шаги идут по порядку дат", _dates_in_order)
_IN_ORDER = GuardUse("dates_in_order", Severity.REASON)


def _four_eyes(title: str, stand_in: StandIn | None) -> Guard:
    def check(_facts: Facts, actor: Actor, _event: str, _on_date: date) -> list[Blocker]:
        if not title:
            return []
        who = f"{actor.name} {stand_in.text}" if stand_in else actor.name
        return [
            Blocker(
                "same_person",
                f"{who}: исполнил и принял один человек",
                f"Шаг «{title}» сделан тем же человеком или за него: пусть этот сделает кто-то другой",
                "Другой человек",
            )
        ]

    return Guard("four_eyes", "принимает другой человек", check)
