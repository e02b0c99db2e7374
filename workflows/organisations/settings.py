"""Which settings there are, what may stand under each and what holds where nobody gave one (`settings.yaml`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from ruamel.yaml import YAML

from workflow_core.calendars import DEFAULT_TERMS, TermDates
from workflow_core.definition import WorkflowDefinition
from workflow_core.definition_extension import is_like
from workflows.organisations.school_dates import month_and_day
from workflows.organisations.words import TIME_ZONES

FILE = Path(__file__).with_name("settings.yaml")


@dataclass(frozen=True, slots=True)
class SettingDefinition:
    """A setting as the page of rules shows it."""

    key: str
    title: str
    kind: str
    """choice | integer | flag | text | terms | days | numbers | time_zone | definition."""
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Value -> words."""
    minimum: int = 0
    maximum: int | None = None
    nullable: bool = False
    has_default: bool = False
    default: Any = None

    def fault(self, value: Any) -> str:
        """What is wrong with a value, as a clause without full stop; empty if nothing is."""
        if value is None:
            return "" if self.nullable else "значение не указано"
        return _CHECKS[self.kind](self, value)

    def words(self, value: Any) -> str:
        """A value as a page shows it."""
        if value is None:
            return "не задано"
        if self.kind == "flag":
            return "да" if value else "нет"
        if self.kind in ("days", "numbers"):
            return ", ".join(str(one) for one in value) or "не задано"
        if self.kind == "terms":
            return ", ".join(f"{term['begins']} — {term['ends']}" for term in value)
        if self.kind == "time_zone":
            return TIME_ZONES.get(str(value), str(value))
        return self.choices.get(str(value), str(value))


@lru_cache(maxsize=1)
def setting_definitions() -> Mapping[str, SettingDefinition]:
    """All settings by key, in the order of the page."""
    data: dict[str, dict[str, Any]] = YAML(typ="safe").load(FILE.read_text("utf-8"))
    return MappingProxyType({key: _definition(key, node) for key, node in data.items()})


def lifecycles() -> dict[str, str]:
    """The settings that choose a lifecycle: key -> the shipped definition that a chosen one must be like."""
    return {one.key: str(one.default) for one in setting_definitions().values() if one.kind == "definition"}


def lifecycle(settings: Mapping[str, Any], shipped: str) -> str:
    """The code of the lifecycle that a place has chosen instead of a shipped one."""
    return str(settings.get(f"{shipped}.definition") or shipped)


def lifecycles_like(shipped: str, definitions: Mapping[str, WorkflowDefinition]) -> list[str]:
    """Codes of the installed definitions that can stand where a shipped one is expected."""
    base = definitions.get(shipped)
    return [code for code, one in definitions.items() if base is None or is_like(one, base)]


def lifecycle_fault(key: str, value: Any, definitions: Mapping[str, WorkflowDefinition]) -> str:
    """Why a setting can't choose this lifecycle, as a sentence; empty if it can, or chooses none."""
    shipped = lifecycles().get(key)
    if shipped is None or value is None:
        return ""
    fitting = lifecycles_like(shipped, definitions)
    return "" if value in fitting else f"Порядка «{value}» нет; есть: {', '.join(fitting)}."


def core_settings() -> dict[str, Any]:
    """What holds where nobody gave a setting."""
    return {one.key: one.default for one in setting_definitions().values() if one.has_default}


def fault_of(key: str, value: Any) -> str:
    """What is wrong with a setting, as a sentence; empty if nothing is."""
    one = setting_definitions().get(key)
    if one is None:
        return f"Настройки «{key}» нет; есть: {', '.join(setting_definitions())}."
    fault = one.fault(value)
    return f"{one.title} ({key}): {fault}." if fault else ""


def terms_of(settings: Mapping[str, Any]) -> tuple[TermDates, ...]:
    """The terms of the school year as the calendar asks for them."""
    rows = settings.get("school_terms")
    if not rows:
        return DEFAULT_TERMS
    return tuple(TermDates(month_and_day(row["begins"]), month_and_day(row["ends"])) for row in rows)


def _definition(key: str, node: Mapping[str, Any]) -> SettingDefinition:
    return SettingDefinition(
        key,
        node["title"],
        node["kind"],
        node.get("help", ""),
        {str(value): words for value, words in (node.get("choices") or {}).items()},
        node.get("minimum", 0),
        node.get("maximum"),
        node.get("default") is None,
        "default" in node,
        node.get("default"),
    )


def _choice(one: SettingDefinition, value: Any) -> str:
    return "" if value in one.choices else f"«{value}» здесь не бывает; можно: {', '.join(one.choices)}"


def _integer(one: SettingDefinition, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return "нужно целое число"
    if value < one.minimum:
        return f"число не меньше {one.minimum}"
    return f"число не больше {one.maximum}" if one.maximum is not None and value > one.maximum else ""


def _flag(_one: SettingDefinition, value: Any) -> str:
    return "" if isinstance(value, bool) else "нужно true или false"


def _text(_one: SettingDefinition, value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() and len(value) <= 200 else "нужен текст не длиннее 200 знаков"


def _terms(_one: SettingDefinition, value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "нужен список четвертей с begins и ends"
    for row in value:
        if not isinstance(row, Mapping) or set(row) != {"begins", "ends"}:
            return "у каждой четверти нужны begins и ends («09-01»)"
        for day in row.values():
            try:
                month_and_day(day)
            except ValueError:
                return f"«{day}» — не день года; пишут «09-01»"
    return ""


def _time_zone(_one: SettingDefinition, value: Any) -> str:
    return "" if value in available_timezones() else f"часового пояса «{value}» нет; пишут «Europe/Moscow»"


def _days(_one: SettingDefinition, value: Any) -> str:
    if not isinstance(value, list):
        return "нужен список дней"
    for day in value:
        try:
            date.fromisoformat(day) if isinstance(day, str) and len(day) == 10 else month_and_day(day)
        except ValueError:
            return f"«{day}» — не день; пишут «10-11» или «2027-03-20»"
    return ""


def _numbers(one: SettingDefinition, value: Any) -> str:
    if not isinstance(value, list) or len(value) > 5:
        return "нужно не больше пяти чисел"
    return next((fault for item in value if (fault := _integer(one, item))), "")


_CHECKS: Mapping[str, Callable[[SettingDefinition, Any], str]] = {
    "choice": _choice,
    "integer": _integer,
    "flag": _flag,
    "text": _text,
    "definition": _text,
    "terms": _terms,
    "days": _days,
    "numbers": _numbers,
    "time_zone": _time_zone,
}
