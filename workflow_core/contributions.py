"""What one plugin gives: every `contribute_…` hook is asked once, timed, its answer looked at item by item.

A stranger's code may raise anything here, SystemExit too, or return nonsense; whatever is wrong becomes one sentence in
`Gathered.fault`, and the caller leaves the plugin out whole.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import FrameType, GeneratorType
from typing import Any

import pluggy
from marshmallow import Schema

from workflow_core import hookspecs, watchdog
from workflow_core.guards import FactsProvider, Guard
from workflow_core.rendering import DocumentKind

log = logging.getLogger(__name__)

PROJECT = "marshrut"
MOST_ITEMS = 10_000
"""Items of one hook above which the answer is taken for a generator that never ends."""


@dataclass(slots=True)
class Gathered:
    """What came of one plugin: answers by hook, or the sentence that says what is wrong with it."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    """«guards» -> what `contribute_guards` gave."""
    fault: str = ""
    fault_code: str = ""
    """«raises_at_start», «ends_the_program», «nonsense» or «unknown_hook»."""
    import_seconds: float = 0.0
    hook_seconds: dict[str, float] = field(default_factory=dict)
    module: Any = None


def described(exc: BaseException) -> str:
    """A stranger's exception in one short line; its own text may fail too."""
    try:
        text = " ".join(str(exc).split())
    except Exception:
        text = ""
    return f"{type(exc).__name__}: {text}"[:300] if text else type(exc).__name__


@contextmanager
def ctrl_c_noted() -> Iterator[Callable[[], bool]]:
    """Tells whether Ctrl-C was pressed: a plugin may raise KeyboardInterrupt by itself, and that is only its fault."""
    pressed: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        pressed.append(number)
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not the main thread: Ctrl-C never arrives here
        yield lambda: False
        return
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)


def gather(name: str, version: str, load: Callable[[], Any]) -> Gathered:
    """Load one plugin and ask all its hooks. Never raises, but for a Ctrl-C of whoever starts the program."""
    found = Gathered()
    doing = "загрузка"
    with ctrl_c_noted() as pressed, watchdog.watched(name, version, doing) as slot:
        try:
            started = time.perf_counter()
            found.module = load()
            found.import_seconds = time.perf_counter() - started
            trial = _on_trial(name, found.module)
            for implementation in _contributing(trial, name):
                doing = implementation.name
                slot.now = (None, "plugin", name, f"{version} {doing}")
                started = time.perf_counter()
                answer = _listed(implementation.implementation.function())
                found.hook_seconds[doing] = time.perf_counter() - started
                _check(doing, answer)
                found.answers[doing.removeprefix("contribute_")] = answer
        except BaseException as exc:  # SystemExit in a module's body would end the program
            if pressed():
                raise
            log.error("plugin %s %s is left out: %s", name, version, doing, exc_info=exc)
            found.fault = f"{doing}: {exc if isinstance(exc, _Nonsense) else described(exc)}"
            found.fault_code = _code_of(exc)
            found.answers.clear()
    return found


class _Nonsense(Exception):
    """An answer of a wrong shape; its text is Russian."""


class _UnknownHook(_Nonsense):
    """The plugin waits to be called where nobody calls."""


def _code_of(exc: BaseException) -> str:
    if isinstance(exc, _UnknownHook):
        return "unknown_hook"
    if isinstance(exc, _Nonsense):
        return "nonsense"
    return "raises_at_start" if isinstance(exc, Exception) else "ends_the_program"


def _on_trial(name: str, module: Any) -> pluggy.PluginManager:
    """The plugin alone in a manager of its own: what is wrong with it must leave no trace in the real one."""
    trial = pluggy.PluginManager(PROJECT)
    trial.add_hookspecs(hookspecs)
    trial.register(module, name=name)
    for caller in trial.get_hookcallers(module) or ():
        if not caller.has_spec() and not all(one.optionalhook for one in caller.get_hookimpls()):
            raise _UnknownHook(f"такой точки подключения нет: {caller.name}")
    return trial


@dataclass(frozen=True, slots=True)
class _Contributing:
    name: str
    implementation: pluggy.HookImpl


def _contributing(trial: pluggy.PluginManager, name: str) -> list[_Contributing]:
    callers = trial.get_hookcallers(trial.get_plugin(name)) or ()
    return [
        _Contributing(caller.name, implementation)
        for caller in sorted(callers, key=lambda one: one.name)
        if caller.name.startswith("contribute_")
        for implementation in caller.get_hookimpls()
    ]


def _listed(answer: Any) -> list[Any]:
    if not isinstance(answer, (list, tuple, GeneratorType)):
        raise _Nonsense(f"вместо списка получено {type(answer).__name__}")
    found = list(islice(iter(answer), MOST_ITEMS + 1))
    if len(found) > MOST_ITEMS:
        raise _Nonsense(f"в списке больше {MOST_ITEMS} записей")
    return found


def _check(hook: str, answer: Iterable[Any]) -> None:
    wanted = _shape(hook)
    for number, item in enumerate(answer, start=1):
        if complaint := wanted(item):
            raise _Nonsense(f"запись {number}: {complaint}")


def _shape(hook: str) -> Callable[[Any], str]:
    """What an item of a hook must be: gives a complaint or nothing. A hook that is missing here takes anything."""
    match hook:
        case "contribute_definitions" | "contribute_profiles" | "contribute_road_maps" | "contribute_road_map_words":
            return _file
        case "contribute_document_kinds":
            return _kind
        case "contribute_guards":
            return _made_of(Guard, texts=("name", "title"), calls=("check",), names=("needs",))
        case "contribute_facts":
            return _made_of(FactsProvider, texts=("name", "subject"), calls=("load",))
        case "contribute_roles":
            from workflow_core.plugin_manager import Role  # it imports this module

            return _made_of(Role, texts=("code", "title"))
        case "contribute_consequences" | "contribute_effects":
            from workflow_core.operations import Consequence, Effect  # they import this module's caller

            if hook == "contribute_effects":
                return _made_of(Effect, texts=("name",), calls=("apply",))
            return _made_of(Consequence, texts=("name",), calls=("resolve",))
    return lambda _item: ""


def _file(item: Any) -> str:
    if not isinstance(item, Path):
        return f"нужен путь к файлу (Path), получено {type(item).__name__}"
    return "" if item.is_file() else f"файла нет: {item.name}"


def _made_of(
    kind: type, *, texts: tuple[str, ...] = (), calls: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> Callable[[Any], str]:
    def complaint(item: Any) -> str:
        if not isinstance(item, kind):
            return f"нужен {kind.__name__}, получено {type(item).__name__}"
        for name in texts:
            if not isinstance(getattr(item, name), str) or not getattr(item, name):
                return f"{kind.__name__}.{name}: нужен непустой текст"
        for name in calls:
            if not callable(getattr(item, name)):
                return f"{kind.__name__}.{name}: нужна функция"
        for name in names:
            if not isinstance(getattr(item, name), tuple) or not all(
                isinstance(one, str) for one in getattr(item, name)
            ):
                return f"{kind.__name__}.{name}: нужен кортеж имён"
        return ""

    return complaint


def _kind(item: Any) -> str:
    plain = _made_of(DocumentKind, texts=("code", "title", "subject"), calls=("context", "checks"), names=("facts",))
    if complaint := plain(item):
        return complaint
    if not (isinstance(item.schema, type) and issubclass(item.schema, Schema)):
        return "DocumentKind.schema: нужен класс marshmallow.Schema"
    return _file(item.template)
