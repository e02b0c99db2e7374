"""Plugins: found, attributed, checked, and joined into one catalogue.

The packages of `workflows` come through the same door as a stranger's plugin. Two plugins that give the same name are
refused at start; a plugin that raises while contributing is left out whole and shown with its fault.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from workflow_core import hookspecs
from workflow_core.definition import WorkflowDefinition
from workflow_core.definition_reader import read_definitions
from workflow_core.exceptions import Finding, InvalidDefinition, PluginError
from workflow_core.guards import FactsProvider, Guard, PlainProfile, Profile
from workflow_core.rendering import DocumentKind

if TYPE_CHECKING:
    from sqlmodel import Session

    from workflow_core.history import HistoryEntry
    from workflow_core.operations import Consequence, Effect

log = logging.getLogger(__name__)

PROJECT = "marshrut"
ENTRY_POINT = "marshrut.plugins"


@dataclass(frozen=True, slots=True)
class Role:
    """Who may fire: a code that definitions name in `who`, and its title."""

    code: str
    title: str
    relation: bool = False
    """True for roles that come from a relation to the subject («наставник этой пары»), not from a membership."""


@dataclass(slots=True)
class PluginInfo:
    """A plugin as the administrator sees it."""

    name: str
    version: str
    bundled: bool
    contributes: dict[str, list[str]] = field(default_factory=dict)
    fault: str = ""
    """Why the plugin was left out; empty if all is well."""


@dataclass(slots=True)
class Catalogue:
    """Everything that the plugins contributed, by name. Built once at start, never changed afterwards."""

    manager: pluggy.PluginManager
    plugins: dict[str, PluginInfo]
    definitions: dict[str, WorkflowDefinition] = field(default_factory=dict)
    guards: dict[str, Guard] = field(default_factory=dict)
    facts: dict[tuple[str, str], FactsProvider] = field(default_factory=dict)
    """By (subject kind, name)."""
    consequences: dict[str, Consequence] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    document_kinds: dict[str, DocumentKind] = field(default_factory=dict)
    profiles: list[Path] = field(default_factory=list)
    road_maps: list[Path] = field(default_factory=list)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    """(what, name) -> plugin that gave it."""
    task_handlers: dict[str, Callable[[Any, str, str], None]] = field(default_factory=dict)
    """What the job of a commit does for each task: name -> handler(engine, scope, target id); set by the composition root."""

    @property
    def listens_after_commit(self) -> bool:
        """Whether any plugin wants to hear of commits; if none does, no job is needed for that."""
        return bool(self.manager.hook.after_commit.get_hookimpls())

    def profile_of(self, session: Session, scope: str, now: datetime) -> Profile:
        """The rules of an organisation; plain ones where nobody answers."""
        if not scope:
            return PlainProfile()
        ask = self.manager.hook.profile_of
        found: Profile | None = ask(session=session, scope=scope, now=now, profiles=tuple(self.profiles))
        return found or PlainProfile()

    def version_of(self, what: str, name: str) -> tuple[str, str]:
        """Plugin and version that gave something: («guard», «personal_data_consents»)."""
        owner = self.owners.get((what, name), "")
        return owner, self.plugins[owner].version if owner in self.plugins else ""

    def provider(self, subject_kind: str, name: str) -> FactsProvider | None:
        """The provider of a fact for a kind of subject: its own, else the organisation's."""
        return self.facts.get((subject_kind, name)) or self.facts.get(("organisation", name))

    def load_facts(
        self,
        session: Session,
        scope: str,
        subject_kind: str,
        names: Iterable[str],
        subject_ids: Sequence[str],
        on_date: Any,
    ) -> dict[str, dict[str, Any]]:
        """The named facts of many subjects, one call a provider. Raises PluginError for a name that nobody provides."""
        loaded: dict[str, dict[str, Any]] = {subject_id: {} for subject_id in subject_ids}
        for name in dict.fromkeys(names):
            provider = self.provider(subject_kind, name)
            if provider is None:
                raise PluginError("?", "contribute_facts", f"нет сведений «{name}» для «{subject_kind}»")
            shared = provider.subject == "organisation" and subject_kind != "organisation"
            answer = provider.load(session, scope, [scope] if shared else subject_ids, on_date)
            for subject_id, values in loaded.items():
                values[name] = answer.get(scope if shared else subject_id, provider.default)
        return loaded

    def notify(self, scope: str, entries: Sequence[HistoryEntry]) -> None:
        """Tell each listening plugin of a commit; one that raises is logged with its name and does not stop the others.

        Raises PluginError for the first one that failed, after all have been called, so that the job tries again.
        """
        failed: PluginError | None = None
        for implementation in self.manager.hook.after_commit.get_hookimpls():
            try:
                _call(implementation, {"scope": scope, "entries": entries})
            except Exception as exc:  # a stranger's code may raise anything
                log.exception("plugin %s failed in after_commit", implementation.plugin_name)
                failed = failed or PluginError(implementation.plugin_name, "after_commit", str(exc))
        if failed is not None:
            raise failed


def _call(implementation: Any, arguments: dict[str, Any]) -> Any:
    return implementation.function(*(arguments[name] for name in implementation.argnames))


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "0"


def build_catalogue(bundled: Iterable[tuple[str, Any]] = (), *, entry_points: bool = True) -> Catalogue:
    """Register the bundled plugins (name, module) and those found by entry point, check them and join what they give.

    Raises PluginError for a misspelt hook, InvalidDefinition (all findings) for clashes and wrong files.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    plugins: dict[str, PluginInfo] = {}
    own_version = _version(PROJECT)
    for name, module in bundled:
        manager.register(module, name=name)
        plugins[name] = PluginInfo(name, own_version, bundled=True)
    if entry_points:
        for point in metadata.entry_points(group=ENTRY_POINT):
            if point.name in plugins:
                continue
            distribution = point.dist.name if point.dist else ""
            info = PluginInfo(point.name, point.dist.version if point.dist else "0", bundled=distribution == PROJECT)
            plugins[point.name] = info
            try:
                manager.register(point.load(), name=point.name)
            except Exception as exc:  # importing a stranger's module may raise anything
                log.exception("plugin %s can't be loaded", point.name)
                info.fault = f"Не загружается: {exc}"
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as exc:
        raise PluginError(getattr(exc.plugin, "__name__", str(exc.plugin)), "check_pending", str(exc)) from exc
    catalogue = Catalogue(manager, plugins)
    findings = _contribute(catalogue)
    if findings:
        raise InvalidDefinition(findings)
    return catalogue


_NAMED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("guard", "guards", lambda item: item.name),
    ("fact", "facts", lambda item: (item.subject, item.name)),
    ("consequence", "consequences", lambda item: item.name),
    ("effect", "effects", lambda item: item.name),
    ("role", "roles", lambda item: item.code),
    ("document_kind", "document_kinds", lambda item: item.code),
)


def _contribute(catalogue: Catalogue) -> list[Finding]:
    findings: list[Finding] = []
    files: list[tuple[str, Path]] = []
    for what, target, key in _NAMED:
        for plugin, item in _answers(catalogue, f"contribute_{target}"):
            name = key(item)
            findings.extend(_claim(catalogue, what, name, plugin))
            getattr(catalogue, target).setdefault(name, item)
    for plugin, path in _answers(catalogue, "contribute_definitions"):
        files.append((plugin, path))
    for target in ("profiles", "road_maps"):
        getattr(catalogue, target).extend(path for _plugin, path in _answers(catalogue, f"contribute_{target}"))
    try:
        definitions = read_definitions([path for _plugin, path in files])
    except InvalidDefinition as exc:
        return [*findings, *exc.findings]
    for (plugin, _path), definition in zip(files, definitions, strict=True):
        findings.extend(_claim(catalogue, "definition", definition.code, plugin))
        catalogue.definitions.setdefault(definition.code, definition)
    return findings


def _answers(catalogue: Catalogue, hook: str) -> list[tuple[str, Any]]:
    """What each plugin answers, first registered first; a plugin that raises is left out with its fault noted."""
    found: list[tuple[str, Any]] = []
    for implementation in getattr(catalogue.manager.hook, hook).get_hookimpls():
        info = catalogue.plugins[implementation.plugin_name]
        if info.fault:
            continue
        try:
            answer = list(_call(implementation, {}))
        except Exception as exc:  # a stranger's code may raise anything
            log.exception("plugin %s failed in %s", info.name, hook)
            info.fault = f"{hook}: {exc}"
            continue
        found.extend((info.name, item) for item in answer)
        info.contributes.setdefault(hook.removeprefix("contribute_"), []).extend(_label(item) for item in answer)
    return found


def _label(item: Any) -> str:
    return str(getattr(item, "code", None) or getattr(item, "name", None) or getattr(item, "stem", item))


def _claim(catalogue: Catalogue, what: str, name: Any, plugin: str) -> list[Finding]:
    key = (what, name if isinstance(name, str) else ".".join(name))
    owner = catalogue.owners.setdefault(key, plugin)
    if owner == plugin:
        return []
    return [
        Finding(
            "name_clash", f"Имя «{key[1]}» ({what}) дают два дополнения: «{owner}» и «{plugin}». Отключите одно из них."
        )
    ]
