"""Profiles from YAML files: the rules of a region, district or organisation as data.

    code: kakhun
    title: Школа в Кахуне
    layer: organisation            # region | municipality | organisation
    extends: null                  # code of another profile whose rules lie under this one's
    settings: {pair.definition: pair}
    severities:
      pair:
        form:
          personal_data_consents:  # one severity, or one for each span of the school year
            - {until: "10-31", severity: reason}
            - {severity: block}

All mistakes of all files are found at once; a file with a mistake is left out, the others are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from workflow_core.definition import WorkflowDefinition
from workflow_core.exceptions import Finding
from workflow_core.guards import Severity
from workflow_core.yaml_places import Findings, check_shape, load_yaml, place_of
from workflows.organisations.school_dates import day_in_school_year, month_and_day
from workflows.organisations.settings import fault_of, lifecycle_fault, lifecycles

LAYERS = ("region", "municipality", "organisation")
"""Weakest first: the last that says something wins."""
SEVERITIES = tuple(severity.value for severity in Severity)
BUILT_IN_GUARDS = frozenset({"dates_in_order", "back_dating", "four_eyes"})
"""Rules of the engine itself: a profile may weigh them at any event."""

Place = tuple[str, int, int]
RuleKey = tuple[str, str, str]
"""(definition, event, guard)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A severity up to a day (inclusive); without a day, from there on."""

    severity: Severity
    until: str = ""
    """«MM-DD» of the school year, or «YYYY-MM-DD»."""


def severity_on(spans: Sequence[Span], on_date: date) -> Severity:
    """The severity of the first span that has not ended by the day."""
    for span in spans:
        if not span.until or on_date <= day_in_school_year(span.until, on_date):
            return span.severity
    return spans[-1].severity


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """One profile as its file has it."""

    code: str
    title: str
    layer: str
    extends: str
    basis: str
    settings: Mapping[str, Any]
    severities: Mapping[RuleKey, tuple[Span, ...]]
    file: str
    places: Mapping[tuple[str, ...], Place]
    """Where each setting and severity stands; under () the file's code."""


@dataclass(frozen=True, slots=True)
class ProfileLibrary:
    """All profiles that could be read, and what was wrong with the others."""

    profiles: Mapping[str, ProfileFile]
    findings: tuple[Finding, ...] = ()

    def stacked(self, code: str) -> list[ProfileFile]:
        """A profile with all that it extends, the farthest first; empty for a code that nobody gives."""
        found: list[ProfileFile] = []
        while code in self.profiles and self.profiles[code] not in found:
            found.insert(0, self.profiles[code])
            code = found[0].extends
        return found


@lru_cache(maxsize=16)
def library(paths: tuple[Path, ...]) -> ProfileLibrary:
    """The profiles of these files, parsed once in the life of the program."""
    findings = Findings()
    profiles: dict[str, ProfileFile] = {}
    for path in paths:
        profile = _read(path, findings)
        if profile is None:
            continue
        if profile.code in profiles:
            file, line, _column = profiles[profile.code].places[()]
            text = f"Код «{profile.code}» уже занят: {file}:{line}."
            findings.found.append(Finding("duplicate_code", text, "error", *profile.places[()]))
            continue
        profiles[profile.code] = profile
    sound = {code: one for code, one in profiles.items() if _base_is_sound(one, profiles, findings)}
    return ProfileLibrary(MappingProxyType(sound), tuple(findings.found))


def read_profiles(paths: Iterable[Path]) -> ProfileLibrary:
    """The profiles of these files. Raises `InvalidDefinition` with everything that is wrong in any of them."""
    found = library(tuple(paths))
    if found.findings:
        findings = Findings()
        findings.found.extend(found.findings)
        findings.raise_if_any()
    return found


def check_profiles(paths: Iterable[Path], definitions: Mapping[str, WorkflowDefinition]) -> list[Finding]:
    """Everything wrong with some profiles: mistakes of the files, and names that no installed lifecycle knows."""
    found = library(tuple(paths))
    return [*found.findings, *(one for profile in found.profiles.values() for one in _strangers(profile, definitions))]


# -- reading one file -------------------------------------------------------------------------------------------------


def _read(path: Path, findings: Findings) -> ProfileFile | None:
    before = len(findings.found)
    raw = load_yaml(path, findings)
    if raw is None:
        return None
    check_shape(raw, _ProfileShape(), findings)
    settings = _pairs_of(raw.get("settings"))
    for key, value in settings.items():
        if fault := fault_of(key, value):
            findings.add("wrong_setting", fault, settings, key)
    places: dict[tuple[str, ...], Place] = {(): place_of(raw, "code")}
    places.update({(key,): place_of(settings, key) for key in settings})
    severities = dict(_severities(_pairs_of(raw.get("severities")), places, findings))
    if len(findings.found) > before:
        return None
    return ProfileFile(
        str(raw["code"]),
        str(raw["title"]),
        str(raw["layer"]),
        str(raw.get("extends") or ""),
        str(raw.get("basis") or ""),
        MappingProxyType({str(key): _plain(value) for key, value in settings.items()}),
        MappingProxyType(severities),
        str(path),
        MappingProxyType(places),
    )


def _severities(
    node: Any, places: dict[tuple[str, ...], Place], findings: Findings
) -> Iterable[tuple[RuleKey, tuple[Span, ...]]]:
    for definition, events in node.items():
        for event, guards in _pairs_of(events).items():
            for guard, value in _pairs_of(guards).items():
                key = (str(definition), str(event), str(guard))
                places[key] = place_of(guards, guard)
                if fault := spans_fault(value):
                    findings.add("wrong_severity", f"{'/'.join(key)}: {fault}.", guards, guard)
                else:
                    yield key, spans_of(value)


def spans_fault(value: Any) -> str:
    """What is wrong with a severity or a list of spans, as a clause; empty if nothing is."""
    if isinstance(value, str):
        return "" if value in SEVERITIES else f"«{value}» здесь не бывает; можно: {', '.join(SEVERITIES)}"
    if not isinstance(value, list) or not value:
        return f"нужно одно из: {', '.join(SEVERITIES)}, или список с until и severity"
    for index, row in enumerate(value, start=1):
        if fault := _row_fault(row, index == len(value)):
            return f"строка {index}: {fault}"
    return _order_fault([_day(row["until"]) for row in value[:-1]])


def _row_fault(row: Any, is_last: bool) -> str:
    if not isinstance(row, Mapping) or not set(row) <= {"until", "severity"}:
        return "нужны until и severity"
    if row.get("severity") not in SEVERITIES:
        return f"severity — одно из: {', '.join(SEVERITIES)}"
    if is_last:
        return "у последней строки нет until: она действует дальше" if "until" in row else ""
    if "until" not in row:
        return "нет until, а после неё есть другие строки"
    day = _day(row["until"])
    try:
        date.fromisoformat(day) if len(day) > 5 else month_and_day(day)
    except ValueError:
        return f"«{day}» — не дата; пишут «10-31» или «2026-10-31»"
    return ""


def _order_fault(days: Sequence[str]) -> str:
    """Days of one form must grow; «10-31» comes before «05-31», because a year begins in September."""
    for earlier, later in pairwise(days):
        if len(earlier) == len(later) and _rank(later) <= _rank(earlier):
            return f"дата «{later}» стоит после «{earlier}», а наступает не позже"
    return ""


def _rank(day: str) -> tuple[bool, str]:
    return (len(day) == 5 and int(day[:2]) < 9, day)


def _day(value: Any) -> str:
    # YAML reads an unquoted 2026-10-31 as a date.
    return value.isoformat() if isinstance(value, date) else str(value)


def spans_of(value: Any) -> tuple[Span, ...]:
    """A severity or list of spans that has no fault."""
    if isinstance(value, str):
        return (Span(Severity(value)),)
    return tuple(Span(Severity(row["severity"]), _day(row["until"]) if "until" in row else "") for row in value)


def _pairs_of(node: Any) -> Any:
    """The mapping if it is one: what else stands there the shape has told already."""
    return node if isinstance(node, Mapping) else {}


def _plain(value: Any) -> Any:
    """A value without the places of the file."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


# -- names ------------------------------------------------------------------------------------------------------------


def _base_is_sound(profile: ProfileFile, profiles: Mapping[str, ProfileFile], findings: Findings) -> bool:
    """Whether all that a profile extends exists and does not come round to itself."""
    seen, code = [profile.code], profile.extends
    while code:
        if code in seen:
            text = f"Профиль «{profile.code}» дополняет сам себя через «{code}»."
            findings.found.append(Finding("circular_base", text, "error", *profile.places[()]))
            return False
        if code not in profiles:
            known = ", ".join(name for name in profiles if name != profile.code) or "других нет"
            text = f"Профиля «{code}», на котором стоит «{profile.code}», нет; есть: {known}."
            findings.found.append(Finding("unknown_base", text, "error", *profile.places[()]))
            return False
        seen.append(code)
        code = profiles[code].extends
    return True


def _strangers(profile: ProfileFile, definitions: Mapping[str, WorkflowDefinition]) -> Iterable[Finding]:
    """Names in a profile that no installed lifecycle has: such a rule would never be asked."""
    for key in lifecycles():
        if sentence := lifecycle_fault(key, profile.settings.get(key), definitions):
            yield Finding("unknown_definition", sentence, "error", *profile.places[(key,)])
    for rule in profile.severities:
        if fault := rule_fault(rule, definitions):
            yield Finding(fault[0], fault[1], "error", *profile.places[rule])


def rule_fault(key: RuleKey, definitions: Mapping[str, WorkflowDefinition]) -> tuple[str, str] | None:
    """(code, sentence) where a rule names a definition, an event or a guard that is not there; None if all are."""
    code, event_name, guard = key
    definition = definitions.get(code)
    if definition is None:
        return "unknown_definition", f"Определения «{code}» нет; есть: {', '.join(definitions) or 'пусто'}."
    events = {event.name: event for event in definition.events}
    if event_name not in events:
        return "unknown_event", f"В «{code}» нет шага «{event_name}»; есть: {', '.join(events)}."
    guards = [use.name for use in events[event_name].guards]
    if guard not in guards and guard not in BUILT_IN_GUARDS:
        known = ", ".join(guards) or "проверок нет"
        return "unknown_guard", f"У шага «{event_name}» в «{code}» нет проверки «{guard}»; есть: {known}."
    return None


# -- the shape --------------------------------------------------------------------------------------------------------

_NAME = validate.Regexp(r"^[a-z][a-z0-9_]*$", error="имя «{input}» пишется латиницей: строчные буквы, цифры и «_»")
_MESSAGES: dict[str, Any] = {"required": "ключ обязателен", "null": "значение не указано", "invalid": "нужен текст"}
_PAIRS: dict[str, Any] = {**_MESSAGES, "invalid": "нужны пары «имя: значение»"}


def _name_of(error: str = "") -> fields.String:
    return fields.String(validate=_NAME, error_messages={**_MESSAGES, **({"invalid": error} if error else {})})


def _pairs(values: fields.Field[Any]) -> fields.Dict:
    return fields.Dict(keys=_name_of("имя — текст"), values=values, error_messages=_PAIRS)


class _ProfileShape(Schema):
    """Known keys only; what stands under settings and severities is checked by name."""

    class Meta:
        unknown = RAISE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.error_messages = {"unknown": f"неизвестный ключ; можно: {', '.join(self.fields)}"}

    code = fields.String(required=True, validate=_NAME, error_messages=_MESSAGES)
    title = fields.String(
        required=True, validate=validate.Regexp(r".*\S", error="название пусто"), error_messages=_MESSAGES
    )
    layer = fields.String(
        required=True,
        validate=validate.OneOf(LAYERS, error=f"«{{input}}» здесь не бывает; можно: {', '.join(LAYERS)}"),
        error_messages=_MESSAGES,
    )
    extends = fields.String(validate=_NAME, allow_none=True, error_messages=_MESSAGES)
    basis = fields.String(allow_none=True, error_messages=_MESSAGES)
    settings = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), error_messages=_PAIRS)
    severities = _pairs(_pairs(_pairs(fields.Raw(error_messages=_MESSAGES))))
