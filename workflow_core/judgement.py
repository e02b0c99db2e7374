"""May this actor do this here, and what stands in the way: one answer for the button, the preview and the step itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from workflow_core import queries, watchdog
from workflow_core.definition import EventDefinition, GuardUse, WorkflowDefinition
from workflow_core.exceptions import PluginError
from workflow_core.guard_call import ask, not_installed, unanswered
from workflow_core.guards import SEVERITY_ORDER, Actor, Blocker, Facts, Guard, Link, Severity, StandIn, frozen, weigh
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


@dataclass(frozen=True, slots=True)
class Question:
    """One thing somebody may want to do: an event on a process with the values of its form."""

    process: Process
    definition: WorkflowDefinition
    event: EventDefinition
    happened_on: date
    fields: Mapping[str, Any] = field(default_factory=dict)
    submitted: bool = False
    """A form was sent; False while a page only asks what could be done, so that a rule about a field keeps silent."""
    cause: str = ""
    """Id of the subject whose step brings it about: what the system may fire then needs no role of the actor's own."""


@dataclass(frozen=True, slots=True)
class Outlook:
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
        return not any(blocker.severity is Severity.BLOCK for blocker in self.blockers)

    @property
    def needs_ground(self) -> bool:
        """Whether the step needs a written ground."""
        return self.event.ground or any(blocker.severity is Severity.REASON for blocker in self.blockers)


def judge(uow: UnitOfWork, actor: Actor, questions: Sequence[Question]) -> list[Outlook]:
    """Answer all questions over facts loaded in bulk: the number of statements does not grow with the questions."""
    lacking: dict[str, PluginError] = {}
    loaded = _load(uow, questions, lacking)
    settings = frozen(uow.profile.settings)
    watched = [question.process.id for question in questions if question.event.other_than]
    entries = queries.entries_of(uow.session, uow.scope, watched) if watched else {}
    return [
        _answer(uow, actor, question, loaded[index], settings, lacking, entries)
        for index, question in enumerate(questions)
    ]


def _guards(uow: UnitOfWork, event: EventDefinition) -> list[tuple[Guard, GuardUse]]:
    known = uow.catalogue.guards
    return [(known.get(use.name) or not_installed(use.name), use) for use in event.guards]


def _load(uow: UnitOfWork, questions: Sequence[Question], lacking: dict[str, PluginError]) -> list[dict[str, Any]]:
    """Facts for every question; questions of one kind of subject and one day share their statements.

    What a plugin could not give stands in `lacking` afterwards; the guards that need it can't be asked.
    """
    groups: dict[tuple[str, date], list[int]] = {}
    for index, question in enumerate(questions):
        groups.setdefault((question.process.subject_kind, question.happened_on), []).append(index)
    loaded: list[dict[str, Any]] = [{} for _ in questions]
    for (subject_kind, on_date), indexes in groups.items():
        names: dict[str, None] = {}
        for index in indexes:
            for guard, _use in _guards(uow, questions[index].event):
                names.update(dict.fromkeys(guard.needs))
        for built_in in (RELATIONS, *([ACCOUNT_PEOPLE] if any(questions[i].event.other_than for i in indexes) else [])):
            if uow.catalogue.provider(subject_kind, built_in):
                names[built_in] = None
        ids = list(dict.fromkeys(questions[index].process.id for index in indexes))
        values = uow.catalogue.load_facts(uow.session, uow.scope, subject_kind, names, ids, on_date, lacking)
        for index in indexes:
            loaded[index] = values[questions[index].process.id]
    return loaded


def _answer(
    uow: UnitOfWork,
    actor: Actor,
    question: Question,
    loaded: Mapping[str, Any],
    settings: Mapping[str, Any],
    lacking: Mapping[str, PluginError],
    entries: Mapping[str, Sequence[HistoryEntry]],
) -> Outlook:
    event, definition, on_date = question.event, question.definition, question.happened_on
    values = {
        **{name: frozen(value) for name, value in loaded.items()},
        "process": question.process,
        "fields": frozen(question.fields),
        "submitted": question.submitted,
        "cause": question.cause,
        "settings": settings,
        "today": uow.today,
    }
    facts = Facts(MappingProxyType(values))
    role = _role(uow, actor, event.roles, loaded.get(RELATIONS) or {})
    if not role and question.cause and "system" in event.roles:
        role = "system"
    blockers: list[Blocker] = []
    checks: list[tuple[str, str, str]] = []
    if not role:
        blockers.append(not_permitted(uow, event.roles, actor))
    persons = loaded.get(ACCOUNT_PEOPLE) or {}
    built_in = _built_in(
        actor, actor.acts_for.get(role), question, entries.get(question.process.id, ()), persons, uow.profile.settings
    )
    asked = [*_guards(uow, event), *built_in]
    slot = watchdog.slot()
    for guard, use in asked:
        answer = ask(uow.catalogue, slot, guard, facts, actor, event.name, on_date, lacking)
        try:
            found = weigh(answer, guard, use.severity, definition, event.name, uow.profile, on_date)
        except PluginError as error:
            found = [unanswered(guard, error)]
        blockers.extend(found)
        checks.extend((guard.name, str(blocker.severity), blocker.code) for blocker in found)
        if not found:
            checks.append((guard.name, "", ""))
    blockers.sort(key=lambda blocker: SEVERITY_ORDER.index(blocker.severity))
    return Outlook(question, role, tuple(blockers), tuple(checks))


def _role(uow: UnitOfWork, actor: Actor, roles: Sequence[str], relations: Mapping[str, Any]) -> str:
    # A relation counts only where the subject itself gives it: the mentor of one pair is nobody in another.
    held = {role for role in actor.roles if role not in uow.catalogue.roles or not uow.catalogue.roles[role].relation}
    if actor.person_id:
        held |= set(relations.get(actor.person_id, ()))
    return next((role for role in roles if role in held), "system" if "system" in actor.roles else "")


def role_for(uow: UnitOfWork, actor: Actor, roles: Sequence[str], process: Process | None = None) -> str:
    """The first of `roles` that the actor holds, by membership or by a relation to the subject; empty if none."""
    relations: Mapping[str, Any] = {}
    if process is not None and uow.catalogue.provider(process.subject_kind, RELATIONS):
        loaded = uow.catalogue.load_facts(
            uow.session, uow.scope, process.subject_kind, [RELATIONS], [process.id], uow.today
        )
        relations = loaded[process.id][RELATIONS] or {}
    return _role(uow, actor, roles, relations)


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
        found.append((_DATES_IN_ORDER, GuardUse("dates_in_order", Severity.REASON)))
    if process.version and not question.cause and _is_number(settings.get(BACK_DATING)):
        found.append((_BACK_DATING, GuardUse("back_dating", Severity.REASON)))
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


_DATES_IN_ORDER = Guard("dates_in_order", "шаги идут по порядку дат", _dates_in_order)


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
