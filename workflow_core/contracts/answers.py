"""Contracts of facts and guards: facts are read in bulk and frozen, guards are pure and say what to do."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from workflow_core import queries
from workflow_core.contracts.bench import Bench, Budget, Violation
from workflow_core.contracts.names import is_russian
from workflow_core.contracts.watching import TooLong, clocks_in, noted, timed
from workflow_core.contributions import described
from workflow_core.definition import START, EventDefinition, FieldDefinition, WorkflowDefinition
from workflow_core.exceptions import PluginError
from workflow_core.guards import Actor, Blocker, Facts, FactsProvider, Guard, frozen
from workflow_core.tables import Process

UNKNOWN = "f" * 32
"""A subject of which nothing is known."""
_PLAIN = (str, bytes, int, float, complex, bool, type(None), date, datetime, time, timedelta, Decimal, enum.Enum)
_READING = ("SELECT", "WITH", "PRAGMA", "EXPLAIN", "BEGIN", "SAVEPOINT", "RELEASE", "--")
_STRANGER = Actor("contract-account", "Проверяющий И. О.", frozenset(), "contract-person")


# -- facts ----------------------------------------------------------------------------------------------------------------


def facts(bench: Bench, plugin: str) -> Iterator[Violation]:
    """Facts are read, never written; frozen; in a number of statements that does not grow with the ids; in time."""
    for provider in bench.owned("fact", bench.catalogue.facts, plugin):
        with bench.read() as read:
            yield from _of_provider(bench, plugin, provider, read.session)


def _of_provider(bench: Bench, plugin: str, provider: FactsProvider, session: Session) -> Iterator[Violation]:
    called = f"сведения «{provider.subject}.{provider.name}»"
    ids = _ids(bench, provider.subject)
    counts: list[Counter[str]] = []
    spent: list[float] = []
    for asked in (ids[:1], ids, [*ids[1:], *ids[:1]]):
        try:
            with _statements(session) as statements, timed(bench.budget.hang) as taken:
                answer = provider.load(session, bench.world.scope, asked, bench.world.today)
                if not isinstance(answer, Mapping):
                    raise TypeError(f"вместо словаря получено {type(answer).__name__}")
        except TooLong:
            yield Violation(plugin, "facts_slow", f"{called}: нет ответа за {bench.budget.hang:.0f} с")
            return
        except Exception as exc:
            if "readonly" in str(exc) or "read-only" in str(exc):
                yield Violation(plugin, "facts_write", f"{called}: пишут в базу: {described(exc)}")
            else:
                yield Violation(plugin, "facts_raise", f"{called}: {described(exc)}")
            return
        counts.append(Counter(map(_shape, statements)))
        spent.append(taken.seconds)
        wrote = [one for one in statements if not one.lstrip(" \n(").upper().startswith(_READING)]
        if wrote or session.new or session.dirty or session.deleted:
            what = wrote[0][:80] if wrote else "строка добавлена, изменена или удалена в сеансе"
            yield Violation(plugin, "facts_write", f"{called}: пишут в базу: {what}")
            return
        for value in (provider.default, *answer.values()):
            if why := _not_frozen(frozen(value)):
                yield Violation(plugin, "facts_not_frozen", f"{called}: значение можно изменить: {why}")
                return
    # A further statement for what was found is well, the same one over and over is not.
    again = [shape for shape, times in counts[2].items() if times > max(1, counts[0][shape])]
    if again:
        text = f"{called}: для {len(ids)} один и тот же запрос {counts[2][again[0]]} раз: {again[0][:80]}"
        yield Violation(plugin, "facts_statements_grow", text)
    if min(spent[1:]) > bench.budget.facts:
        yield Violation(plugin, "facts_slow", f"{called}: {min(spent[1:]):.2f} с, можно {bench.budget.facts:.2f}")


def _shape(statement: str) -> str:
    """A statement without the values in it, lists of any length alike."""
    bare = re.sub(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b", "?", " ".join(statement.split()))
    return re.sub(r"\?(?:\s*,\s*\?)+", "?", bare)


def _ids(bench: Bench, subject: str) -> list[str]:
    if subject == "organisation":
        return [bench.world.scope]
    return [*bench.world.subjects.get(subject, ()), UNKNOWN]


@contextmanager
def _statements(session: Session) -> Iterator[list[str]]:
    """Every statement of the connection, those too that go past SQLAlchemy. The bench's database is SQLite."""
    found: list[str] = []
    driver: Any = session.connection().connection.driver_connection
    driver.set_trace_callback(found.append)
    try:
        yield found
    finally:
        driver.set_trace_callback(None)


def _not_frozen(value: Any, depth: int = 0) -> str:
    """What could be changed in a value that a guard gets, in words; empty if nothing."""
    if isinstance(value, _PLAIN) or depth > 12:
        return ""
    if isinstance(value, Mapping) and not isinstance(value, dict):
        inner: Iterable[Any] = value.values()
    elif isinstance(value, (tuple, frozenset)):
        inner = value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        if not value.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # private, and nothing public says it
            return f"{type(value).__name__} — не frozen dataclass"
        inner = [getattr(value, one.name) for one in dataclasses.fields(value)]
    elif isinstance(value, (list, dict, set, bytearray)) or hasattr(value, "__table__"):
        return type(value).__name__ if depth else f"{type(value).__name__}, строка базы"
    else:
        return ""  # a class of its own; who breaks it is found out by comparing
    return next((why for one in inner if (why := _not_frozen(one, depth + 1))), "")


# -- guards ---------------------------------------------------------------------------------------------------------------


def guards(bench: Bench, plugin: str) -> Iterator[Violation]:
    """A guard answers whatever is known, changes nothing, reads no clock, and each blocker says what is wrong and what to do."""
    known = bench.catalogue.guards
    for guard in bench.owned("guard", known, plugin):
        found: dict[str, Violation] = {}
        for one in _of_guard(bench, plugin, guard):
            found.setdefault(one.code, one)  # one breach a guard is told once, not once a subject
            if one.code == "guard_slow":
                break
        yield from found.values()


def _of_guard(bench: Bench, plugin: str, guard: Guard) -> Iterator[Violation]:
    yield from clock_read(plugin, f"проверка «{guard.title}»", guard.check)
    with bench.read() as read:
        for definition, event in _where(bench, guard):
            # Of a subject that nobody has entered no step is ever asked; it stands in only where the bench has nobody.
            ids = list(bench.world.subjects.get(definition.subject, ()))[:3] or [UNKNOWN]
            try:
                loaded = bench.catalogue.load_facts(
                    read.session, bench.world.scope, definition.subject, guard.needs, ids, bench.world.today
                )
            except PluginError as error:
                yield Violation(plugin, "guard_needs_unknown_fact", f"проверка «{guard.title}»: {error.text}")
                return
            rows = queries.processes(read.session, ids)
            settings = frozen(read.profile.settings)
            for subject, values in loaded.items():
                process = rows.get(subject) or process_of(subject, bench.world.scope, definition, event)
                yield from _on_subject(bench, plugin, guard, definition, event, process, values, settings)


def _where(bench: Bench, guard: Guard) -> list[tuple[WorkflowDefinition, EventDefinition]]:
    """Steps that ask the guard, at most one of each lifecycle and three in all; else any step whose subject has the facts."""
    known = bench.catalogue
    asked = {
        definition.code: (definition, event)
        for definition in known.definitions.values()
        for event in definition.events
        if any(use.name == guard.name for use in event.guards)
    }
    if asked:
        return list(asked.values())[:3]
    fitting = [
        definition
        for definition in known.definitions.values()
        if definition.events and all(known.provider(definition.subject, name) for name in guard.needs)
    ]
    return [(definition, definition.events[0]) for definition in fitting[:1]]


def _on_subject(
    bench: Bench,
    plugin: str,
    guard: Guard,
    definition: WorkflowDefinition,
    event: EventDefinition,
    process: Process,
    loaded: Mapping[str, Any],
    settings: Any,
) -> Iterator[Violation]:
    every = {
        role: _STRANGER.__class__(_STRANGER.id, _STRANGER.name, frozenset({role}), _STRANGER.person_id)
        for role in event.roles[:1]
    }
    for actor in (*every.values(), _STRANGER):
        for submitted, form in ((False, {}), (True, _form(event, all_of_them=True)), (True, _form(event))):
            values = {
                **{name: frozen(value) for name, value in loaded.items()},
                "process": process,
                "fields": frozen(form),
                "submitted": submitted,
                "cause": "",
                "settings": settings,
                "today": bench.world.today,
            }
            yield from asked(plugin, guard, values, actor, event.name, bench.world.today, bench.budget)[1]


def process_of(subject: str, scope: str, definition: WorkflowDefinition, event: EventDefinition) -> Process:
    """A process of which nothing but its place is known."""
    state = next((source for source in event.sources if source != START), START)
    return Process(subject, scope, definition.subject, definition.code, definition.hash, state, "", 0, "", "")


def _form(event: EventDefinition, *, all_of_them: bool = False) -> dict[str, Any]:
    return {one.name: _sample(one) for one in event.fields if all_of_them or one.required}


def _sample(field: FieldDefinition) -> Any:
    match field.type:
        case "date":
            return date(2026, 9, 1)
        case "integer" | "percent":
            return 1
        case "boolean":
            return True
        case "choice":
            return field.choices[0][0]
        case "person" | "document":
            return UNKNOWN
        case "link":
            return "https://example.org/"
    return "Проба"


def asked(
    plugin: str, guard: Guard, values: Mapping[str, Any], actor: Actor, event: str, on_date: date, budget: Budget
) -> tuple[list[Blocker], list[Violation]]:
    """Ask one guard twice and look at it: what it found, and what it breaks."""
    called = f"проверка «{guard.title}»"
    before = repr(values)
    spent: list[float] = []
    answers: list[list[Any]] = []
    try:
        with noted() as deeds:
            for _time in range(2):
                with timed(budget.hang) as taken:
                    answers.append(list(guard.check(Facts(MappingProxyType(dict(values))), actor, event, on_date)))
                spent.append(taken.seconds)
    except TooLong:
        return [], [Violation(plugin, "guard_slow", f"{called}: нет ответа за {budget.hang:.0f} с")]
    except BaseException as exc:
        if isinstance(exc, KeyboardInterrupt):
            raise
        code = "guard_changes_facts" if _is_refused_change(exc) else "guard_raises"
        return [], [Violation(plugin, code, f"{called}, шаг «{event}»: {described(exc)}")]
    found = [*_answered(plugin, called, answers)]
    if repr(values) != before:
        found.append(Violation(plugin, "guard_changes_facts", f"{called}: меняет сведения, которые получает"))
    if deeds:
        found.append(Violation(plugin, "guard_writes", f"{called}: {deeds[0]}"))
    if min(spent) > budget.guard:
        found.append(Violation(plugin, "guard_slow", f"{called}: {min(spent):.2f} с, можно {budget.guard:.2f}"))
    return answers[0], found


def _is_refused_change(exc: BaseException) -> bool:
    text = str(exc)
    return (
        isinstance(exc, dataclasses.FrozenInstanceError)
        or "facts are frozen" in text
        or "does not support item" in text
        or "can't set attribute" in text
        or (isinstance(exc, AttributeError) and text.startswith(("'mappingproxy'", "'tuple'", "'frozenset'")))
    )


def _answered(plugin: str, called: str, answers: Sequence[list[Any]]) -> Iterator[Violation]:
    if repr(answers[0]) != repr(answers[1]):
        yield Violation(plugin, "guard_answers_differ", f"{called}: на один вопрос два разных ответа")
    for blocker in answers[0]:
        if not isinstance(blocker, Blocker):
            yield Violation(plugin, "guard_nonsense", f"{called}: вместо Blocker получено {type(blocker).__name__}")
            continue
        if not blocker.code or not is_russian(blocker.text) or blocker.text.rstrip().endswith("."):
            text = f"{called}: нужны код и русский текст без точки в конце: «{blocker.code}», «{blocker.text}»"
            yield Violation(plugin, "blocker_text", text)
        elif not is_russian(blocker.explanation) and blocker.link is None:
            text = f"{called}: «{blocker.text}» — не сказано, что с этим делать (explanation или link)"
            yield Violation(plugin, "blocker_without_remedy", text)
        if blocker.link is not None and not is_russian(blocker.link.label):
            yield Violation(plugin, "blocker_text", f"{called}: кнопка без русской подписи: «{blocker.link.label}»")


def clock_read(plugin: str, called: str, function: Callable[..., Any]) -> Iterator[Violation]:
    """Clock and chance in what must be pure."""
    if read := clocks_in(function):
        text = f"{called}: {', '.join(read)}; сегодняшний день дают сведения, всё остальное должно быть в них"
        yield Violation(plugin, "clock_read", text)


__all__ = ["UNKNOWN", "asked", "clock_read", "facts", "guards", "process_of"]
