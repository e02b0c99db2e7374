"""Plugins: found, attributed, checked, and joined into one catalogue.

The packages of `workflows` come through the same door as a stranger's plugin. Two plugins that give the same name are
refused at start; a plugin with a fault is left out whole and shown with it, unless nothing may start without it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy
from sqlalchemy.exc import DBAPIError

from workflow_core import hookspecs, watchdog
from workflow_core.contributions import PROJECT, Gathered, described, gather
from workflow_core.definition import WorkflowDefinition
from workflow_core.definition_reader import read_definitions
from workflow_core.exceptions import Finding, InvalidDefinition, MandatoryPluginFailed, PluginError, WorkflowError
from workflow_core.guard_call import is_ctrl_c
from workflow_core.guards import FactsProvider, Guard, PlainProfile, Profile
from workflow_core.rendering import DocumentCheck, DocumentKind

if TYPE_CHECKING:
    from sqlmodel import Session

    from workflow_core.history import HistoryEntry
    from workflow_core.operations import Call, Caused, Consequence, Effect
    from workflow_core.tables import Process
    from workflow_core.unit_of_work import Write

log = logging.getLogger(__name__)

ENTRY_POINT = "marshrut.plugins"
SLOW_SECONDS = 2.0
"""Loading or contributing that takes longer is shown to the administrator."""


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
    fault_code: str = ""
    """What kind of fault it is, see `contributions.Gathered`."""
    wrong_files: bool = False
    """It was left out for its definitions; `Catalogue.findings` say where."""
    mandatory: bool = False
    """Nothing starts without it."""
    import_seconds: float = 0.0
    """What loading its module took; next to nothing for one that was imported before."""
    hook_seconds: dict[str, float] = field(default_factory=dict)
    """What each `contribute_…` took."""

    @property
    def slow(self) -> str:
        """What takes longer than a start should, in words; empty if nothing does. Slowness is shown, not punished: a rule must
        not come and go with the speed of a disk."""
        parts = {"загрузка": self.import_seconds, **self.hook_seconds}
        return ", ".join(
            f"{what} {took:.1f} с".replace(".", ",") for what, took in parts.items() if took > SLOW_SECONDS
        )


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
    road_map_words: list[Path] = field(default_factory=list)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    """(what, name) -> plugin that gave it."""
    findings: list[Finding] = field(default_factory=list)
    """What is wrong with the definitions of plugins that were left out, with places, for `marshrut check`."""
    task_handlers: dict[str, Callable[[Any, str, str], None]] = field(default_factory=dict)
    """What the job of a commit does for each task: name -> handler(engine, scope, target id); set by the composition root."""
    task_given_up: dict[str, Callable[[Any, str, str, str], None]] = field(default_factory=dict)
    """What is told when the last attempt at a task has failed: name -> handler(engine, scope, target id, sentence)."""

    before_review: dict[str, Callable[[Any], object]] = field(default_factory=dict)
    """What a room brings in step with rules that have changed before timers are made anew: name -> follow(write); set as above."""

    @property
    def listens_after_commit(self) -> bool:
        """Whether any plugin wants to hear of commits; if none does, no job is needed for that."""
        return bool(self.manager.hook.after_commit.get_hookimpls())

    def profile_of(self, session: Session, scope: str, now: datetime) -> Profile:
        """The rules of an organisation; plain ones where nobody answers."""
        if not scope:
            return PlainProfile()
        ask = self.manager.hook.profile_of
        given = {"session": session, "scope": scope, "now": now, "profiles": tuple(self.profiles)}
        for implementation in reversed(ask.get_hookimpls()):
            try:
                found: Profile | None = _call(implementation, given)
                if found is not None and not hasattr(found, "ruling"):
                    raise TypeError(f"вместо правил получено {type(found).__name__}")
            except (WorkflowError, DBAPIError):
                raise
            except BaseException as exc:  # rules that can't be asked must not count as absent
                raise self._attributed(exc, "plugin", implementation.plugin_name, "profile_of") from exc
            if found is not None:
                return found
        return PlainProfile()

    def version_of(self, what: str, name: str) -> tuple[str, str]:
        """Plugin and version that gave something: («guard», «personal_data_consents»)."""
        owner = name if what == "plugin" else self.owners.get((what, name), "")
        return owner, self.plugins[owner].version if owner in self.plugins else ""

    def giver_of(self, what: str, name: str) -> dict[str, str]:
        """Plugin -> version that gave something, as entries keep it; empty where nobody does."""
        owner, version = self.version_of(what, name)
        return {owner: version} if owner else {}

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
        lacking: dict[str, PluginError] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """The named facts of many subjects, one call a provider.

        Raises PluginError for a name that nobody provides and for a provider that fails; with `lacking` given such names are
        put there with their error instead, and their values are None.
        """
        loaded: dict[str, dict[str, Any]] = {subject_id: {} for subject_id in subject_ids}
        for name in dict.fromkeys(names):
            provider = self.provider(subject_kind, name)
            shared = provider is not None and provider.subject == "organisation" != subject_kind
            try:
                answer, default = self._loaded(
                    provider, name, session, scope, shared, subject_kind, subject_ids, on_date
                )
            except PluginError as error:
                if lacking is None:
                    raise
                lacking[name] = error
                answer, default = {}, None
            for subject_id, values in loaded.items():
                values[name] = answer.get(scope if shared else subject_id, default)
        return loaded

    def _loaded(
        self,
        provider: FactsProvider | None,
        name: str,
        session: Session,
        scope: str,
        shared: bool,
        subject_kind: str,
        subject_ids: Sequence[str],
        on_date: Any,
    ) -> tuple[Mapping[str, Any], Any]:
        """Answer and default of one provider, attributed and watched. What the database itself raises goes on as it is."""
        if provider is None:
            raise PluginError("?", "contribute_facts", f"нет сведений «{name}» для «{subject_kind}»")
        slot = watchdog.slot()
        before, slot.now = slot.now, (self, "fact", name, provider.subject)
        try:
            answer = provider.load(session, scope, [scope] if shared else subject_ids, on_date)
            if not isinstance(answer, Mapping):
                raise TypeError(f"вместо словаря получено {type(answer).__name__}")
            return answer, provider.default
        except (WorkflowError, DBAPIError):
            raise
        except BaseException as exc:
            raise self._attributed(exc, "fact", f"{provider.subject}.{name}", f"сведения «{name}»") from exc
        finally:
            slot.now = before

    def _attributed(self, exc: BaseException, what: str, name: str, hook: str) -> BaseException:
        """A stranger's exception with plugin and version; a Ctrl-C stays what it is."""
        if is_ctrl_c(exc):
            return exc
        plugin, version = self.version_of(what, name)
        log.error("plugin %s %s failed: %s", plugin, version, hook, exc_info=exc)
        return PluginError(plugin or "?", hook, described(exc), version)

    def apply(self, effect: str, write: Write, process: Process, call: Call) -> None:
        """Let an effect change registers. Raises WorkflowError: its own, or PluginError for whatever else it raised."""
        try:
            self.effects[effect].apply(write, process, call)
        except (WorkflowError, DBAPIError):
            raise
        except BaseException as exc:
            raise self._attributed(exc, "effect", effect, f"запись «{effect}»") from exc

    def resolve(
        self, consequence: str, session: Session, scope: str, process: Process, event: str, fields: Mapping[str, Any]
    ) -> list[Caused]:
        """What an event causes in others. Raises WorkflowError: the consequence's own, or PluginError for whatever else it raised."""
        try:
            return list(self.consequences[consequence].resolve(session, scope, process, event, fields))
        except (WorkflowError, DBAPIError):
            raise
        except BaseException as exc:
            raise self._attributed(exc, "consequence", consequence, f"следствие «{consequence}»") from exc

    def withdraw(self, revocation: str, write: Write, caused: Caused) -> None:
        """Let a revocation change registers of what it has taken back. Raises WorkflowError, as `apply`."""
        change = self.consequences[revocation].withdraw
        if change is None:
            return
        try:
            change(write, caused)
        except (WorkflowError, DBAPIError):
            raise
        except BaseException as exc:
            raise self._attributed(exc, "consequence", revocation, f"отмена «{revocation}»") from exc

    def checks(self, kind: DocumentKind, facts: Mapping[str, Any]) -> list[DocumentCheck]:
        """What is wrong with a paper's content. Raises PluginError where the kind can't say."""
        try:
            found = list(kind.checks(facts))
            if not all(isinstance(one, DocumentCheck) for one in found):
                raise TypeError("вместо DocumentCheck получено что-то другое")
            return found
        except WorkflowError:
            raise
        except BaseException as exc:
            raise self._attributed(exc, "document_kind", kind.code, f"документ «{kind.title}»") from exc

    @property
    def listeners(self) -> tuple[str, ...]:
        """Names of the plugins that hear of commits, first registered first."""
        found = [one.plugin_name for one in self.manager.hook.after_commit.get_hookimpls()]
        return tuple(name for name in self.plugins if name in found)

    def tell(self, plugin: str, scope: str, entries: Sequence[HistoryEntry]) -> None:
        """Call one plugin's `after_commit`, here and now. Raises whatever it raises; a plugin that does not listen is passed over."""
        for implementation in self.manager.hook.after_commit.get_hookimpls():
            if implementation.plugin_name == plugin:
                _call(implementation, {"scope": scope, "entries": entries})


def _call(implementation: Any, arguments: dict[str, Any]) -> Any:
    return implementation.function(*(arguments[name] for name in implementation.argnames))


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "0"


def build_catalogue(
    bundled: Iterable[tuple[str, Any]] = (),
    *,
    entry_points: bool = True,
    mandatory: Collection[str] = (),
    tolerant: bool = False,
) -> Catalogue:
    """Load the bundled plugins (name, module) and those found by entry point, look at what they give and join it.

    A plugin with a fault (it raises, gives nonsense, names a hook that does not exist, brings a wrong definition) is left
    out whole and says so in `Catalogue.plugins`. Raises PluginError if it is `mandatory` (InvalidDefinition where its files
    are at fault) unless `tolerant`, for reports; InvalidDefinition where two plugins give one name.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    catalogue = Catalogue(manager, {})
    gathered: dict[str, Gathered] = {}
    for info, load in _found(bundled, entry_points):
        if info.name in catalogue.plugins:
            continue
        catalogue.plugins[info.name] = info
        info.mandatory = info.name in mandatory
        one = gathered[info.name] = gather(info.name, info.version, load)
        info.fault, info.fault_code = one.fault, one.fault_code
        info.import_seconds, info.hook_seconds = one.import_seconds, one.hook_seconds
    for name in mandatory:
        if name not in catalogue.plugins:
            catalogue.plugins[name] = PluginInfo(name, "", bundled=False, fault="не установлено", mandatory=True)
    definitions = _definitions(catalogue, gathered)
    if not tolerant:
        _require(catalogue, mandatory)
    for name, one in gathered.items():
        info = catalogue.plugins[name]
        if not info.fault:
            manager.register(one.module, name=name)
            info.contributes = {what: [_label(item) for item in items] for what, items in one.answers.items()}
    if clashes := _join(catalogue, gathered, definitions):
        raise InvalidDefinition(clashes)
    return catalogue


def _found(bundled: Iterable[tuple[str, Any]], entry_points: bool) -> Iterator[tuple[PluginInfo, Callable[[], Any]]]:
    own_version = _version(PROJECT)
    for name, module in bundled:
        yield PluginInfo(name, own_version, bundled=True), partial(_same, module)
    named: dict[int, tuple[str, str]] = {}
    for point in metadata.entry_points(group=ENTRY_POINT) if entry_points else ():
        # Name and version are read from a file each time they are asked for, and the plugins of one package share it.
        if point.dist is not None and id(point.dist) not in named:
            named[id(point.dist)] = (point.dist.name, point.dist.version)
        distribution, version = named[id(point.dist)] if point.dist else ("", "0")
        yield PluginInfo(point.name, version, bundled=distribution == PROJECT), point.load


def _same(module: Any) -> Any:
    return module


def _definitions(catalogue: Catalogue, gathered: Mapping[str, Gathered]) -> list[tuple[str, WorkflowDefinition]]:
    """The definitions of all healthy plugins, each with its plugin; one whose file is wrong is left out, and whoever extends it."""
    while True:
        files = [
            (name, path)
            for name, one in gathered.items()
            if not catalogue.plugins[name].fault
            for path in one.answers.get("definitions", ())
        ]
        try:
            found = read_definitions([path for _name, path in files])
        except InvalidDefinition as exc:
            guilty = {name for name, path in files if any(one.file == str(path) for one in exc.findings)}
            if not guilty:
                raise
            catalogue.findings.extend(exc.findings)
            for name in guilty:
                own = [one for one in exc.findings if any(one.file == str(path) for who, path in files if who == name)]
                catalogue.plugins[name].fault = f"contribute_definitions: {own[0]}"
                catalogue.plugins[name].wrong_files = True
                log.error("plugin %s %s is left out: %s", name, catalogue.plugins[name].version, own[0])
            continue
        return [(name, definition) for (name, _path), definition in zip(files, found, strict=True)]


def _require(catalogue: Catalogue, mandatory: Collection[str]) -> None:
    for name in mandatory:
        info = catalogue.plugins[name]
        if info.wrong_files:
            raise InvalidDefinition(catalogue.findings)
        if info.fault:
            raise MandatoryPluginFailed(
                name, info.version, info.fault if not info.version else f"не работает ({info.fault})"
            )


_NAMED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("guard", "guards", lambda item: item.name),
    ("fact", "facts", lambda item: (item.subject, item.name)),
    ("consequence", "consequences", lambda item: item.name),
    ("effect", "effects", lambda item: item.name),
    ("role", "roles", lambda item: item.code),
    ("document_kind", "document_kinds", lambda item: item.code),
)


def _join(
    catalogue: Catalogue, gathered: Mapping[str, Gathered], definitions: Iterable[tuple[str, WorkflowDefinition]]
) -> list[Finding]:
    """Put what the healthy plugins gave together; gives a finding for each name that two of them claim."""
    findings: list[Finding] = []
    healthy = {name: one.answers for name, one in gathered.items() if not catalogue.plugins[name].fault}
    for what, target, key in _NAMED:
        for plugin, answers in healthy.items():
            for item in answers.get(target, ()):
                findings.extend(_claim(catalogue, what, key(item), plugin))
                getattr(catalogue, target).setdefault(key(item), item)
    for target in ("profiles", "road_maps", "road_map_words"):
        for answers in healthy.values():
            getattr(catalogue, target).extend(answers.get(target, ()))
    for plugin, definition in definitions:
        findings.extend(_claim(catalogue, "definition", definition.code, plugin))
        catalogue.definitions.setdefault(definition.code, definition)
    return findings


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
