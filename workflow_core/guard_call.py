"""Asking one guard: inside a boundary, watched, its answer looked at. A rule that can't be asked must not count as kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from workflow_core.contributions import described
from workflow_core.exceptions import PluginError
from workflow_core.guards import Actor, Blocker, Facts, Guard, Link, Severity
from workflow_core.history import canonical_json
from workflow_core.watchdog import Slot

if TYPE_CHECKING:
    from workflow_core.plugin_manager import Catalogue

log = logging.getLogger(__name__)

UNANSWERED = "rule_unanswered"
"""Code of the blocker that stands for a rule that could not be asked."""


NOT_INSTALLED = "rules_not_installed"
"""Code of the blocker that stands for a rule, or for facts it needs, that no plugin gives any more."""
_NOBODY = "?"
"""Stands for the plugin in errors about what nobody gives."""


def is_ctrl_c(exc: BaseException) -> bool:
    """Whether somebody may have pressed Ctrl-C: only the main thread ever hears of that."""
    return isinstance(exc, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()


def ask(
    catalogue: Catalogue,
    slot: Slot,
    guard: Guard,
    facts: Facts,
    actor: Actor,
    event: str,
    on_date: date,
    lacking: Mapping[str, PluginError],
) -> list[Blocker]:
    """What the guard finds.

    `lacking`: facts that could not be loaded, by name. Raises PluginError naming plugin and version.
    """
    if lacking:
        for name in guard.needs:
            if name in lacking:
                raise lacking[name]
    slot.now = (catalogue, "guard", guard.name, event)
    try:
        found = list(guard.check(facts, actor, event, on_date))
        for blocker in found:
            _require_sound(blocker)
    except PluginError:
        raise
    except BaseException as exc:  # a guard may end in SystemExit too, and that must not end the thread of a request
        if is_ctrl_c(exc):
            raise
        plugin, version = catalogue.version_of("guard", guard.name)
        log.exception("guard %s of plugin %s %s failed", guard.name, plugin, version)
        raise PluginError(plugin or "?", f"проверка «{guard.title}»", described(exc), version) from exc
    finally:
        slot.now = None
    return found


def _require_sound(blocker: Any) -> None:
    if not isinstance(blocker, Blocker):
        raise TypeError(f"вместо Blocker получено {type(blocker).__name__}")
    words: tuple[Any, ...] = (blocker.code, blocker.text)
    if not all(isinstance(one, str) and one for one in words):
        raise TypeError("у Blocker нет текста или кода")
    if blocker.values:
        canonical_json(dict(blocker.values))  # else the entry could not be written


def unanswered(guard: Guard, error: PluginError) -> Blocker:
    """The blocker for a guard that could not be asked. It blocks whatever the place says: nobody knows what it would have found."""
    if error.plugin == _NOBODY:
        return _gone(guard, error)
    version = f" {error.version}" if error.version else ""
    return Blocker(
        UNANSWERED,
        f"Проверка «{guard.title}» не ответила: сбой дополнения «{error.plugin}»{version}",
        "Правило, которое нельзя спросить, не считается соблюдённым. Подробности администратор увидит в настройках",
        "Администратор",
        Link("plugins", "", "Открыть дополнения"),
        {"plugin": error.plugin, "version": error.version, "error": error.text},
        Severity.BLOCK,
        guard.name,
    )


def _gone(guard: Guard, error: PluginError) -> Blocker:
    return Blocker(
        NOT_INSTALLED,
        _gone_text("", error.text),
        "Записи остаются, шаг станет возможен, когда дополнение установят снова",
        "Администратор",
        Link("plugins", "", "Открыть дополнения"),
        {"plugin": "", "error": error.text},
        Severity.BLOCK,
        guard.name,
    )


def of_plugins(blocker: Blocker, plugins: Iterable[str]) -> Blocker:
    """The blocker for what is not installed with the names of the plugins that gave it, as far as the history knows them."""
    names = ", ".join(f"«{name}»" for name in sorted(plugins))
    values = {**blocker.values, "plugin": names}
    return replace(blocker, text=_gone_text(names, str(values["error"])), values=values)


def _gone_text(names: str, what: str) -> str:
    return f"Правила дополнения{f' {names}' if names else ''} не установлены: {what}"


def not_installed(name: str, what: str = "проверка") -> Guard:
    """Stands for a guard, an effect or a consequence that a definition names and no plugin gives any more."""

    def check(_facts: Facts, _actor: Actor, _event: str, _on_date: date) -> list[Blocker]:
        raise PluginError(_NOBODY, "contribute_guards", f"{what} «{name}» не установлена")

    return Guard(name, name, check)
