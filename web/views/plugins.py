"""Plugins as the administrator sees them: a panel of the settings and a sentence on «Сегодня»."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from web.formatting import count
from web.plugin_health import PluginHealth, health
from web.plugin_settings import health_folder
from workflow_core import plugin_faults
from workflow_core.guards import Actor
from workflow_core.watchdog import hangs
from workflows.organisations import policy

if TYPE_CHECKING:
    from web.assembly import Installation


@dataclass(frozen=True, slots=True)
class PluginLine:
    """One plugin on the page."""

    name: str
    version: str
    sentences: tuple[str, ...]
    button: str
    """«Включить снова» for a quarantine, «Забыть сбои» for the rest; empty where a hand can do nothing."""


@dataclass(frozen=True, slots=True)
class PluginsPanel:
    """What the panel shows: trouble first, the others folded."""

    sentence: str
    troubled: tuple[PluginLine, ...]
    others: tuple[PluginLine, ...]


def plugins_panel(installation: Installation, actor: Actor, now: datetime, time_zone: str) -> PluginsPanel | None:
    """The panel; None for everybody but the administrator."""
    if not policy.may(actor, "settings.edit"):
        return None
    found = _found(installation, now)
    zone = ZoneInfo(time_zone)
    lines = [
        PluginLine(one.info.name, one.info.version, tuple(one.sentences(now, zone)), _button(one)) for one in found
    ]
    troubled = tuple(line for line, one in zip(lines, found, strict=True) if not one.is_well)
    words = count(len(lines), "дополнение", "дополнения", "дополнений")
    sentence = f"Установлено {words}, {f'со сбоями: {len(troubled)}' if troubled else 'все работают'}."
    return PluginsPanel(sentence, troubled, tuple(line for line in lines if line not in troubled))


def _button(one: PluginHealth) -> str:
    if one.quarantined:
        return "Включить снова"
    return "Забыть сбои" if one.may_lift else ""


def plugins_notice(installation: Installation, actor: Actor, now: datetime) -> str:
    """The sentence for the administrator's day: which plugins need a look. Empty for everybody else and when all are well."""
    if not policy.may(actor, "settings.edit"):
        return ""
    names = [f"«{one.info.name}»" for one in _found(installation, now) if one.info.fault or one.may_lift]
    if not names:
        return ""
    return f"{', '.join(names)}: {'есть сбои' if len(names) == 1 else 'у каждого есть сбои'}, часть работы могла не выполниться."


def _found(installation: Installation, now: datetime) -> list[PluginHealth]:
    faults = plugin_faults.faults(installation.engine, now=now)
    return health(installation.engine.catalogue.plugins, faults, hangs(health_folder(installation.settings)))
