"""The rules of one organisation, layer over layer: core < region < municipality < organisation < its own settings.

The last layer that says something wins, and every answer knows which one that was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from workflow_core.definition import WorkflowDefinition
from workflow_core.guards import Ruling, Severity
from workflows.organisations import queries
from workflows.organisations.profile_file import (
    LAYERS,
    ProfileFile,
    ProfileLibrary,
    RuleKey,
    severity_on,
    spans_of,
)
from workflows.organisations.settings import core_settings, setting_definitions
from workflows.organisations.tables import Organisation
from workflows.organisations.words import KIND_TITLES

CORE = "основные правила"
_LAYER_TITLES = {"region": "регион", "municipality": "район"}
SEVERITY_TITLES: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.BLOCK: "не пропускает",
        Severity.REASON: "нужно обоснование",
        Severity.NOTE: "замечание",
        Severity.OFF: "не проверяется",
    }
)


@dataclass(frozen=True, slots=True)
class OwnRule:
    """What the organisation set itself, from a day on; None takes back what it had set before."""

    key: str
    value: Any
    valid_from: date


@dataclass(frozen=True)
class LayeredProfile:
    """Implements `workflow_core.guards.Profile`."""

    kind: str
    """Of the organisation: names the strongest layers («школа»)."""
    layers: tuple[ProfileFile, ...]
    """Weakest first."""
    own: tuple[OwnRule, ...]
    """Oldest first."""
    time_zone: str
    today: date
    """The day for which `settings` speak."""
    missing: tuple[str, ...] = ()
    """Codes of profiles that were chosen and that nobody gives (any more): a finding for the administrator."""

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """All settings as they hold today."""
        return self.settings_on(self.today)

    def settings_on(self, day: date) -> Mapping[str, Any]:
        """All settings as they hold on a day."""
        return MappingProxyType({key: found.value for key, found in self._found_settings(day).items()})

    def source_of(self, key: str) -> str:
        """Which layer gave a setting, in words."""
        return self._found_settings(self.today)[key].layer

    def ruling(self, definition: str, event: str, guard: str, on_date: date) -> Ruling | None:
        """The severity that the place gives a guard on a day, or None: the definition's own holds."""
        found = self.rule(definition, event, guard, on_date)
        return Ruling(Severity(found.value), found.layer) if found else None

    def rule(self, definition: str, event: str, guard: str, on_date: date) -> Found | None:
        """As `ruling`, with the file or setting that it comes from."""
        own = self._own_rules(on_date).get(f"{definition}/{event}/{guard}")
        if own is not None:
            return Found(
                severity_on(spans_of(own.value), on_date), self.own_layer, f"настройка с {own.valid_from:%d.%m.%Y}"
            )
        for profile in reversed(self.layers):
            spans = profile.severities.get((definition, event, guard))
            if spans:
                return Found(severity_on(spans, on_date), self.layer_title(profile), profile.file)
        return None

    @property
    def own_layer(self) -> str:
        """«школа», «детский сад», …: the organisation's own layer in words."""
        return KIND_TITLES.get(self.kind, "организация")

    def layer_title(self, profile: ProfileFile) -> str:
        """The layer of a profile in words: «регион», «район», «школа»."""
        return _LAYER_TITLES.get(profile.layer, self.own_layer)

    def rule_keys(self, definition: str) -> list[RuleKey]:
        """Every rule over one definition that some layer or setting names."""
        keys = {key: None for profile in self.layers for key in profile.severities}
        for own in self.own:
            parts = own.key.split("/")
            if len(parts) == 3:
                keys[(parts[0], parts[1], parts[2])] = None
        return [key for key in keys if not definition or key[0] == definition]

    def _found_settings(self, day: date) -> dict[str, Found]:
        found = {key: Found(value, CORE, "") for key, value in core_settings().items()}
        for profile in self.layers:
            layer = self.layer_title(profile)
            found.update({key: Found(value, layer, profile.file) for key, value in profile.settings.items()})
        for own in self._own_rules(day).values():
            if "/" not in own.key:
                found[own.key] = Found(own.value, self.own_layer, f"настройка с {own.valid_from:%d.%m.%Y}")
        found["time_zone"] = Found(self.time_zone, self.own_layer, "")
        return found

    def _own_rules(self, day: date) -> dict[str, OwnRule]:
        latest = {own.key: own for own in self.own if own.valid_from <= day}
        return {key: own for key, own in latest.items() if own.value is not None}


@dataclass(frozen=True, slots=True)
class Found:
    """A value with the layer that gave it and the file or setting where it stands."""

    value: Any
    layer: str
    source: str


def load_profile(session: Session, scope: str, now: datetime, profiles: ProfileLibrary) -> LayeredProfile | None:
    """The rules of an organisation at a moment (aware), None for an organisation that does not exist yet."""
    chain = queries.chain(session, scope)
    if not chain:
        return None
    own = [OwnRule(row.key, row.value, row.valid_from) for row in queries.settings(session, [scope])]
    return layered(chain, own, now, profiles)


def layered(
    chain: Sequence[Organisation], own: Sequence[OwnRule], now: datetime, profiles: ProfileLibrary
) -> LayeredProfile:
    """The rules of the first organisation of `chain` (itself, its parent, …)."""
    layers, missing = _layers(chain, profiles)
    time_zone = _time_zone(chain[0], own, layers)
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return LayeredProfile(chain[0].kind, layers, tuple(own), time_zone, today, missing)


def _layers(chain: Sequence[Organisation], profiles: ProfileLibrary) -> tuple[tuple[ProfileFile, ...], tuple[str, ...]]:
    found: dict[str, ProfileFile] = {}
    missing: list[str] = []
    for organisation in reversed(chain):
        stacked = profiles.stacked(organisation.profile)
        if organisation.profile and not stacked:
            missing.append(organisation.profile)
        for profile in stacked:
            found.setdefault(profile.code, profile)
    # Sorting is stable: of two profiles of one layer the nearer organisation's stays above.
    ordered = sorted(found.values(), key=lambda profile: LAYERS.index(profile.layer))
    return tuple(ordered), tuple(missing)


def _time_zone(organisation: Organisation, own: Sequence[OwnRule], layers: Sequence[ProfileFile]) -> str:
    """A setting of its own, else what the organisation's row says, else the nearest profile."""
    set_here = [rule.value for rule in own if rule.key == "time_zone" and rule.value]
    of_layers = [profile.settings["time_zone"] for profile in layers if "time_zone" in profile.settings]
    candidates = (*set_here[-1:], organisation.time_zone, *of_layers[-1:], core_settings()["time_zone"])
    return str(next(zone for zone in candidates if zone))


# -- explaining -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explanation:
    """One line of «почему так»: a rule, its value, who gave it and where."""

    key: str
    """Name of a setting, or «definition/event/guard»."""
    title: str
    value: Any
    words: str
    """The value in words."""
    layer: str
    source: str
    """File, or the organisation's setting; empty for the core and the lifecycle itself."""


def explain(profile: LayeredProfile, on_date: date, definition: WorkflowDefinition | None = None) -> list[Explanation]:
    """Every setting, or every guard of a definition, with the layer that decides on the day."""
    return list(_rules(profile, on_date, definition) if definition else _settings(profile, on_date))


def _settings(profile: LayeredProfile, on_date: date) -> Iterator[Explanation]:
    known = setting_definitions()
    for key, found in profile._found_settings(on_date).items():
        one = known.get(key)
        words = one.words(found.value) if one else str(found.value)
        yield Explanation(key, one.title if one else key, found.value, words, found.layer, found.source)


def _rules(profile: LayeredProfile, on_date: date, definition: WorkflowDefinition) -> Iterator[Explanation]:
    defaults = {
        (definition.code, event.name, use.name): use.severity for event in definition.events for use in event.guards
    }
    titles = {event.name: event.title for event in definition.events}
    for key in dict.fromkeys((*defaults, *profile.rule_keys(definition.code))):
        found = profile.rule(*key, on_date)
        if found is None and key in defaults:
            found = Found(defaults[key], CORE, "")
        if found is not None:
            severity = Severity(found.value)
            words = SEVERITY_TITLES[severity]
            yield Explanation("/".join(key), titles.get(key[1], key[1]), severity, words, found.layer, found.source)
