"""How the installed plugins are: what each gives, what was left out, what fails, hangs or is in quarantine. For page and command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any

from web.formatting import count, plural, russian_moment
from workflow_core import plugin_faults
from workflow_core.plugin_manager import PluginInfo
from workflow_core.tables import PluginFault
from workflow_core.watchdog import Hang


@dataclass(frozen=True, slots=True)
class PluginHealth:
    """One plugin with all that is known of it."""

    info: PluginInfo
    faults: tuple[PluginFault, ...] = ()
    hangs: tuple[Hang, ...] = ()

    @property
    def quarantined(self) -> tuple[PluginFault, ...]:
        """Hooks that are not called any more."""
        return tuple(fault for fault in self.faults if fault.quarantined_since)

    @property
    def may_lift(self) -> bool:
        """Whether there is something for a hand to lift: faults in a row or a hang on record."""
        return bool(self.hangs) or any(fault.count for fault in self.faults)

    @property
    def is_well(self) -> bool:
        """Nothing to tell of."""
        return not (self.info.fault or self.info.slow or self.may_lift)

    def as_json(self) -> dict[str, Any]:
        """For programs: what `marshrut plugins list --json` prints of one plugin."""
        return {
            **asdict(self.info),
            "slow": self.info.slow,
            "quarantined": [fault.hook for fault in self.quarantined],
            "faults": [asdict(fault) for fault in self.faults],
            "hangs": [asdict(hang) for hang in self.hangs],
        }

    def sentences(self, now: datetime, zone: tzinfo) -> list[str]:
        """What is wrong, a sentence each, the worst first."""
        found = [f"Отключено при запуске. {_upper(self.info.fault)}."] if self.info.fault else []
        for fault in self.faults:
            if not fault.count:
                continue
            what = plugin_faults.HOOKS.get(fault.hook, fault.hook)
            last = f"Последний {_when(fault.last_at, now, zone)}: {fault.last_error}."
            if fault.quarantined_since:
                row = plural(fault.count, "сбоя", "сбоев", "сбоев")
                found.append(f"{_upper(what)}: больше не вызывается после {fault.count} {row} подряд. {last}")
            else:
                found.append(f"{_upper(what)}: {count(fault.count, 'сбой', 'сбоя', 'сбоев')} подряд. {last}")
        for hang in self.hangs:
            since = _when(hang.since, now, zone)
            if hang.lasts(now):
                found.append(f"Не отвечает, началось {since}: {hang.what}. Чтобы прервать, перезапустите программу.")
            else:
                found.append(f"Зависало {since}: {hang.what}.")
        if self.info.slow:
            found.append(f"Замедляет запуск: {self.info.slow}.")
        return found


def health(
    plugins: Mapping[str, PluginInfo], faults: Sequence[PluginFault], hangs: Sequence[Hang]
) -> list[PluginHealth]:
    """All installed plugins, those that something is wrong with first."""
    found = [
        PluginHealth(
            info,
            tuple(fault for fault in faults if fault.plugin == name),
            tuple(hang for hang in hangs if hang.plugin == name),
        )
        for name, info in plugins.items()
    ]
    return sorted(found, key=lambda one: one.is_well)


def _when(text: str, now: datetime, zone: tzinfo) -> str:
    return russian_moment(datetime.fromisoformat(text), zone, today=now.astimezone(zone).date())


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".")
