"""Where plugins work after the commit: rendering and `after_commit`, in this process or in a child that can be killed.

`render` and `tell` are what jobs call: they pass over whoever is in quarantine, count faults and give every fault a plugin, a
version and a sentence. See `plugin_faults` for the counting and `child_process` for the child.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.exc import DBAPIError

from workflow_core import plugin_faults
from workflow_core.contributions import described
from workflow_core.exceptions import DocumentError, PluginError, WorkflowError
from workflow_core.guard_call import is_ctrl_c
from workflow_core.plugin_faults import AFTER_COMMIT, RENDERING
from workflow_core.rendering import DocumentKind, render_kind

if TYPE_CHECKING:
    from workflow_core.history import HistoryEntry
    from workflow_core.plugin_manager import Catalogue
    from workflow_core.unit_of_work import ProcessEngine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PluginLimits:
    """What a plugin may take."""

    seconds: float = 30.0
    """One rendering or one `after_commit` in the child."""
    memory_mb: int = 1024
    """Memory of the child above what the program itself takes there; only where the system can limit it."""
    output_mb: float = 10.0
    """What one task may print."""
    faults: int = 3
    """Faults in a row after which the plugin is not called any more."""
    guard_seconds: float = 5.0
    """One guard, before the watchdog names it."""
    start_seconds: float = 120.0
    """Start of the child, once: it loads all plugins."""


class PluginKilled(PluginError):
    """The plugin's task was killed, or killed its process: worth another attempt."""


class ChildUnavailable(WorkflowError):
    """The child process could not be started, or is being stopped: no plugin's fault; the job tries again."""


class PluginInQuarantine(PluginError):
    """The plugin has had too many faults in a row and is not called until somebody lifts that."""


class PluginWork(Protocol):
    """Who calls the plugins' code that runs after the commit."""

    limits: PluginLimits

    def render(self, kind: DocumentKind, facts: Mapping[str, Any], plugin: str, version: str) -> bytes:
        """The .docx of a kind. Raises DocumentError, PluginError."""

    def tell(self, plugin: str, version: str, scope: str, entries: Sequence[HistoryEntry]) -> None:
        """Call one plugin's `after_commit`. Raises PluginError."""

    def close(self) -> None:
        """Give back what it holds."""


class InProcess:
    """Plugins work right here: for tests, benchmarks and commands that make an example."""

    def __init__(self, catalogue: Catalogue, limits: PluginLimits | None = None) -> None:
        self.catalogue, self.limits = catalogue, limits or PluginLimits()

    def render(self, kind: DocumentKind, facts: Mapping[str, Any], plugin: str, version: str) -> bytes:
        try:
            return render_kind(kind, facts)
        except DocumentError:
            raise
        except BaseException as exc:
            raise _attributed(exc, plugin, version, f"документ «{kind.title}»") from exc

    def tell(self, plugin: str, version: str, scope: str, entries: Sequence[HistoryEntry]) -> None:
        try:
            self.catalogue.tell(plugin, scope, entries)
        except BaseException as exc:
            raise _attributed(exc, plugin, version, "after_commit") from exc

    def close(self) -> None:
        pass


def _attributed(exc: BaseException, plugin: str, version: str, hook: str) -> BaseException:
    if is_ctrl_c(exc) or isinstance(exc, DBAPIError):
        return exc
    log.error("plugin %s %s failed: %s", plugin, version, hook, exc_info=exc)
    return PluginError(plugin or "?", hook, described(exc), version)


def render(engine: ProcessEngine, kind: DocumentKind, facts: Mapping[str, Any], *, now: datetime) -> bytes:
    """The .docx of a kind from its frozen facts. Raises DocumentError, PluginError; a fault of the plugin is counted.

    A DocumentError is no fault of the plugin: facts may be at fault as well, and the paper says so.
    """
    plugin, version = engine.catalogue.version_of("document_kind", kind.code)
    _refuse_quarantined(engine, plugin, version, RENDERING, now)
    try:
        content = engine.plugin_work.render(kind, facts, plugin, version)
    except PluginError as error:
        plugin_faults.count(engine, error, RENDERING, now=now)
        raise
    plugin_faults.well(engine, plugin, version, RENDERING, now=now)
    return content


def tell(
    engine: ProcessEngine, plugin: str, scope: str, entries: Sequence[HistoryEntry], *, work: str, now: datetime
) -> None:
    """Call one plugin's `after_commit`, unless it is in quarantine. Raises PluginError; a fault is counted.

    `work` names the commit: an attempt that fails again counts once, because a mail server that is away for a minute must
    not cost the plugin its place. Whoever had to be killed counts every time.
    """
    info = engine.catalogue.plugins.get(plugin)
    version = info.version if info else ""
    try:
        _refuse_quarantined(engine, plugin, version, AFTER_COMMIT, now)
    except PluginInQuarantine as refused:
        log.warning("%s", refused)
        return
    try:
        engine.plugin_work.tell(plugin, version, scope, entries)
    except PluginError as error:
        plugin_faults.count(engine, error, AFTER_COMMIT, work="" if isinstance(error, PluginKilled) else work, now=now)
        raise
    plugin_faults.well(engine, plugin, version, AFTER_COMMIT, now=now)


def _refuse_quarantined(engine: ProcessEngine, plugin: str, version: str, hook: str, now: datetime) -> None:
    fault = plugin_faults.quarantine(engine, plugin, version, hook, now=now)
    if fault is not None:
        text = (
            f"отключено после сбоев подряд: {fault.count}. Последний: {fault.last_error}. "
            "Включить снова может администратор в настройках"
        )
        raise PluginInQuarantine(plugin, plugin_faults.HOOKS[hook], text, version)
