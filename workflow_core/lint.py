"""What is wrong with a definition that reads well: states that can't be reached or left, names that nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from workflow_core.definition import REMEMBERED, SAME, START, EventDefinition, WorkflowDefinition
from workflow_core.exceptions import Finding
from workflow_core.guards import Guard

SHORT_TITLE_LETTERS = 15
"""What a step of the strip and a column of the board can show."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What is installed: names that definitions may use."""

    guards: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    """Codes of kinds of documents."""
    consequences: frozenset[str] = frozenset()
    revocations: frozenset[str] = frozenset()
    """Consequences that take back what was begun; only `revokes` may name them."""
    effects: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    """Names of settings of profiles."""


def lint(definition: WorkflowDefinition, known: KnownNames) -> list[Finding]:
    """Findings over one definition, `file` being its code; a kind of document or a setting
    that nobody gives is only a warning: the step works without it.
    """
    found = [*_shape(definition), *_memory(definition), *_track(definition), *_words(definition)]
    found += [finding for event in definition.events for finding in _names(event, known)]
    found += _other_names(definition, known)
    return [_of(definition, finding) for finding in found]


def lint_guards(guards: Iterable[Guard], known: KnownNames) -> list[Finding]:
    """Guards that ask for facts which nobody provides."""
    return [
        finding
        for guard in guards
        for finding in _unknown("unknown_fact", f"Проверка «{guard.name}» спрашивает факт", guard.needs, known.facts)
    ]


def _of(definition: WorkflowDefinition, finding: Finding) -> Finding:
    return Finding(finding.code, finding.text, finding.severity, definition.code)


def _arrows(definition: WorkflowDefinition) -> dict[str, set[str]]:
    """State (or `START`) -> other states that one event leads to; ways back to a remembered state left out."""
    arrows: dict[str, set[str]] = {name: set() for name in (START, *definition.states)}
    for event in definition.events:
        for source, target in event.transitions:
            if target not in (SAME, REMEMBERED, source):
                arrows[source].add(target)
    return arrows


def _reached(definition: WorkflowDefinition, state: str) -> set[str]:
    """States that a process in `state` can come to.

    A memory leads nowhere new, it goes back to where the process has been; so only the first way
    back counts, from `state` itself.
    """
    arrows = _arrows(definition)
    reached = {state, *_back(definition, state)}
    waiting = list(reached)
    while waiting:
        fresh = arrows[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    return reached


def _back(definition: WorkflowDefinition, state: str) -> set[str]:
    """States that an event leads back to from a remembering state."""
    resumes = any(event.target_from(state) == REMEMBERED for event in definition.events_from(state))
    return set(definition.remembered_by(state)) if resumes else set()


def _shape(definition: WorkflowDefinition) -> Iterator[Finding]:
    arrows = _arrows(definition)
    from_start = _reached(definition, START)
    used = {name for event in definition.events for row in event.transitions for name in row}
    finals = set(definition.final_states)
    if not arrows[START]:
        yield Finding("no_beginning", "Ни один шаг не начинает запись: нужен шаг с from: start.")
    if not finals:
        yield Finding("no_final_state", "Нет ни одного конечного состояния (final).")
    for name, state in definition.states.items():
        called = f"Состояние «{state.title}» ({name})"
        if name not in used:
            yield Finding("unused_state", f"{called} не встречается ни в одном шаге.")
        elif name not in from_start:
            yield Finding("unreachable_state", f"{called} недостижимо: от начала в него не ведёт ни один путь.")
        if state.final is None and name in used:
            if not arrows[name] and not _back(definition, name):
                yield Finding("no_exit", f"{called} не конечное, но выйти из него нельзя.")
            elif finals and not finals & _reached(definition, name):
                yield Finding("trap", f"{called} — ловушка: ни к одному концу пути нет ({_listed(finals)}).")
    yield from _exits(definition)


def _exits(definition: WorkflowDefinition) -> Iterator[Finding]:
    for event in definition.events:
        called = f"Шаг «{event.title}» ({event.name})"
        outs = [
            source
            for source, target in event.transitions
            if source in definition.final_states and target not in (SAME, source)
        ]
        if outs and not event.reopens:
            text = f"{called} выводит из конечного состояния: {_listed(outs)}; нужно reopens: true."
            yield Finding("exit_from_final", text)
        if event.reopens and not outs:
            yield Finding("reopens_nothing", f"{called} помечен reopens, но начинается не в конце.")


def _memory(definition: WorkflowDefinition) -> Iterator[Finding]:
    for name, state in definition.states.items():
        if not state.remembers:
            continue
        called = f"Состояние «{state.title}» ({name}) помнит прежнее"
        if not _back(definition, name):
            yield Finding("never_resumed", f"{called}, но шага обратно (to: remembered) из него нет.")
        entries = {source for event in definition.events for source, target in event.transitions if target == name}
        strange = entries - set(definition.remembered_by(name)) - {name}
        if strange:
            text = f"{called}, но в него входят оттуда, куда нельзя вернуться: {_listed(strange)}."
            yield Finding("nothing_to_remember", text)


def _track(definition: WorkflowDefinition) -> Iterator[Finding]:
    """The strip of steps: begins where processes begin, each step leads to the next, nothing ends on the way."""
    arrows, track = _arrows(definition), definition.track
    if not track:
        yield Finding("no_track", "Полоса шагов пуста: ни у одного состояния нет track: true.")
        return
    if track[0] not in arrows[START]:
        text = f"Полоса шагов начинается с «{track[0]}», а запись начинается в: {_listed(arrows[START])}."
        yield Finding("track_start", text)
    for name in track:
        state = definition.states[name]
        if state.remembers or (state.final and name != track[-1]):
            text = f"«{state.title}» ({name}) не место на полосе шагов: она кончается здесь или уходит в сторону."
            yield Finding("track_state", text)
    for name, following in pairwise(track):
        if following not in _reached(definition, name):
            yield Finding("track_order", f"На полосе шагов после «{name}» стоит «{following}», но пути туда нет.")


def _words(definition: WorkflowDefinition) -> Iterator[Finding]:
    blank = [("определения", definition.code, definition.title)]
    blank += [("состояния", name, state.title) for name, state in definition.states.items()]
    blank += [("шага", event.name, event.title) for event in definition.events]
    blank += [("записи в истории у шага", event.name, event.done_title) for event in definition.events]
    blank += [("поля", f"{event.name}.{one.name}", one.title) for event in definition.events for one in event.fields]
    blank += [("действия", name, verb.title) for name, verb in definition.verbs.items()]
    for what, name, title in blank:
        if not title.strip():
            yield Finding("blank_title", f"Нет названия {what} «{name}».")
    for name, state in definition.states.items():
        if not state.short_title.strip():
            yield Finding("blank_title", f"Нет краткого названия состояния «{name}».")
        if len(state.short_title) > SHORT_TITLE_LETTERS:
            text = f"Краткое название «{state.short_title}» ({name}) длиннее {SHORT_TITLE_LETTERS} букв."
            yield Finding("long_short_title", text)
    yield from _same_words(definition)


def _same_words(definition: WorkflowDefinition) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name, state in definition.states.items():
        if state.title in seen:
            yield Finding(
                "same_title", f"Состояния «{seen[state.title]}» и «{name}» названы одинаково: «{state.title}»."
            )
        seen[state.title] = name
    for source in (START, *definition.states):
        buttons: dict[str, str] = {}
        for event in definition.events_from(source):
            if event.title in buttons:
                text = f"В состоянии «{source}» две кнопки «{event.title}»: {buttons[event.title]} и {event.name}."
                yield Finding("same_title", text)
            buttons[event.title] = event.name


def _names(event: EventDefinition, known: KnownNames) -> Iterator[Finding]:
    called = f"Шаг «{event.title}» ({event.name}):"
    if not event.roles:
        yield Finding(
            "event_without_roles", f"{called} не сказано, кто его делает (who); есть: {_listed(known.roles)}."
        )
    yield from _unknown("unknown_role", f"{called} роль", event.roles, known.roles)
    yield from _unknown("unknown_guard", f"{called} проверка", [use.name for use in event.guards], known.guards)
    yield from _unknown("unknown_consequence", f"{called} следствие", event.then, known.consequences)
    yield from _unknown("unknown_effect", f"{called} запись в реестр", event.does, known.effects)
    yield from _unknown("unknown_revocation", f"{called} отмена начатого", event.revokes, known.revocations)
    yield from _unknown("unknown_kind", f"{called} вид документа", event.papers, known.kinds, "warning")


def _other_names(definition: WorkflowDefinition, known: KnownNames) -> Iterator[Finding]:
    for name, verb in definition.verbs.items():
        if not verb.roles:
            yield Finding("event_without_roles", f"Действие «{verb.title}» ({name}): не сказано, кто его делает (who).")
        yield from _unknown("unknown_role", f"Действие «{verb.title}» ({name}): роль", verb.roles, known.roles)
    for name, state in definition.states.items():
        wanted = [state.limit_setting] if state.limit_setting else []
        yield from _unknown(
            "unknown_setting", f"Состояние «{state.title}» ({name}): настройка", wanted, known.settings, "warning"
        )


def _unknown(
    code: str, called: str, wanted: Iterable[str], known: Collection[str], severity: str = "error"
) -> Iterator[Finding]:
    for name in wanted:
        if name not in known:
            yield Finding(code, f"{called} «{name}»: такого имени нет; есть: {_listed(known)}.", severity)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "ничего"
