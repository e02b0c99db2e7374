"""Settings of plugins by environment.

| variable | meaning | default |
|---|---|---|
| MARSHRUT_MANDATORY_PLUGINS | names, by comma, of plugins without which nothing starts | none |
| MARSHRUT_PLUGIN_SECONDS | what one rendering or one reaction to a commit may take | 30 |
| MARSHRUT_PLUGIN_MEMORY_MB | what it may take of memory (not on Windows) | 1024 |
| MARSHRUT_PLUGIN_OUTPUT_MB | what it may print | 10 |
| MARSHRUT_PLUGIN_FAULTS | faults in a row that mean quarantine | 3 |
| MARSHRUT_GUARD_SECONDS | what one rule may take before the watchdog names it | 5 |
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from web.settings import Settings
from workflow_core.exceptions import InvalidInput
from workflow_core.plugin_work import PluginLimits


def mandatory_plugins(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Names of the plugins without which nothing may start, besides those of the program itself."""
    given = os.environ if environment is None else environment
    names = given.get("MARSHRUT_MANDATORY_PLUGINS", "").split(",")
    return tuple(name.strip() for name in names if name.strip())


def health_folder(settings: Settings) -> Path:
    """Where the watchdog of each process tells what hangs: a file, because the database may be locked by just that."""
    return settings.data / "health"


def plugin_limits(environment: Mapping[str, str] | None = None) -> PluginLimits:
    """What plugins may take. Raises InvalidInput naming the variable that is wrong."""
    given = os.environ if environment is None else environment
    usual = PluginLimits()
    return PluginLimits(
        seconds=_number(given, "MARSHRUT_PLUGIN_SECONDS", usual.seconds),
        memory_mb=int(_number(given, "MARSHRUT_PLUGIN_MEMORY_MB", usual.memory_mb)),
        output_mb=_number(given, "MARSHRUT_PLUGIN_OUTPUT_MB", usual.output_mb),
        faults=int(_number(given, "MARSHRUT_PLUGIN_FAULTS", usual.faults)),
        guard_seconds=_number(given, "MARSHRUT_GUARD_SECONDS", usual.guard_seconds),
    )


def _number(given: Mapping[str, str], name: str, usual: float) -> float:
    text = given.get(name, "")
    if not text:
        return usual
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text) or float(text) < (1 if isinstance(usual, int) else 0.01):
        raise InvalidInput({name: f"{name}: «{text}» не подходит, нужно число больше нуля."})
    return float(text)
