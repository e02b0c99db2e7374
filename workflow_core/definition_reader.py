"""Definitions from YAML files. All mistakes of all files are reported at once, with place and known names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from workflow_core.definition import (
    REMEMBERED,
    SAME,
    START,
    EventDefinition,
    FieldDefinition,
    GuardUse,
    StateDefinition,
    VerbDefinition,
    WorkflowDefinition,
)
from workflow_core.definition_extension import extended
from workflow_core.definition_shape import DefinitionShape, ExtensionShape
from workflow_core.guards import Severity
from workflow_core.yaml_places import Findings, check_shape, load_yaml, place_of

LIVE, ANY_LIVE = "live", "any_live"
"""Words for `from`: all states that are neither final nor remembering; the remembering ones too."""
_RESERVED = (START, SAME, REMEMBERED, LIVE, ANY_LIVE)


def read_definitions(paths: Iterable[Path]) -> tuple[WorkflowDefinition, ...]:
    """All definitions of these files, in their order; a file may extend one that stands anywhere among them.

    Raises `InvalidDefinition` with all findings of all files.
    """
    return _read(tuple((path, _content(path)) for path in paths))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


# A process puts its rooms together more than once (the example, the commands, every test), and parsing is most of that.
@lru_cache(maxsize=8)
def _read(files: tuple[tuple[Path, bytes | None], ...]) -> tuple[WorkflowDefinition, ...]:
    findings = Findings()
    raws = _loaded(files, findings)
    built = [_build(code, raws, findings) for code in raws]
    findings.raise_if_any()
    return tuple(definition for definition in built if definition is not None)


def _loaded(files: Iterable[tuple[Path, bytes | None]], findings: Findings) -> dict[str, Any]:
    raws: dict[str, Any] = {}
    for path, content in files:
        raw = load_yaml(path, findings, content)
        if raw is None or not check_shape(raw, ExtensionShape() if "extends" in raw else DefinitionShape(), findings):
            continue
        if raw["code"] in raws:
            file, line, _ = place_of(raws[raw["code"]], "code")
            findings.add("duplicate_code", f"Код «{raw['code']}» уже занят: {file}:{line}.", raw, "code")
            continue
        raws[raw["code"]] = raw
    return raws


def _build(code: str, raws: dict[str, Any], findings: Findings) -> WorkflowDefinition | None:
    before = len(findings.found)
    raw = _resolved(code, raws, findings, ())
    if raw is None or len(findings.found) > before:
        return None
    return _Builder(raw, findings).definition()


def _resolved(code: str, raws: dict[str, Any], findings: Findings, asked_by: tuple[str, ...]) -> Any:
    """The mapping of a definition with all that it extends laid under it, or None where that can't be found."""
    raw = raws[code]
    base = raw.get("extends")
    if base is None:
        return raw
    if base not in raws:
        others = ", ".join(name for name in raws if name != code) or "других нет"
        findings.add("unknown_base", f"Определения «{base}» нет среди прочитанных; есть: {others}.", raw, "extends")
        return None
    if base in (code, *asked_by):
        findings.add("circular_base", f"Определение «{code}» дополняет само себя через «{base}».", raw, "extends")
        return None
    under = _resolved(base, raws, Findings() if asked_by else findings, (*asked_by, code))
    return None if under is None else extended(under, raw, findings)


class _Builder:
    """One mapping of a right shape into a definition; collects every name that does not exist."""

    def __init__(self, raw: Any, findings: Findings) -> None:
        self.raw, self.findings = raw, findings
        self.before = len(findings.found)
        self.states = {name: _state(name, node) for name, node in raw["states"].items()}

    def definition(self) -> WorkflowDefinition | None:
        raw = self.raw
        for name in raw["states"]:
            if name in _RESERVED:
                self.findings.add(
                    "reserved_name", f"Имя состояния «{name}» занято правилами записи.", raw["states"], name
                )
        events = tuple(self.event(name, node) for name, node in raw["events"].items())
        if len(self.findings.found) > self.before:
            return None
        return WorkflowDefinition(
            code=str(raw["code"]),
            version=int(raw["version"]),
            title=_words(raw, "title"),
            subject=str(raw["subject"]),
            basis=_words(raw, "basis"),
            states=self.states,
            events=events,
            verbs={
                name: VerbDefinition(name, _words(node, "title"), _tuple(node, "who"))
                for name, node in raw.get("verbs", {}).items()
            },
        )

    def event(self, name: str, node: Any) -> EventDefinition:
        transitions = dict(self.transitions(name, node))
        self.check_other_than(name, node)
        return EventDefinition(
            name=str(name),
            title=_words(node, "title"),
            done_title=_words(node, "done") or _words(node, "title"),
            sources=tuple(transitions),
            target=next(iter(transitions.values()), SAME),
            targets=tuple(transitions.items()),
            roles=_tuple(node, "who"),
            guards=self.guards(name, node),
            fields=self.fields(name, node),
            bulk=bool(node.get("bulk", False)),
            ground=bool(node.get("ground", False)),
            other_than=_tuple(node, "other_than"),
            then=_tuple(node, "then"),
            does=_tuple(node, "does"),
            papers=_tuple(node, "papers"),
            revokes=_tuple(node, "revokes"),
            undoable=bool(node.get("undoable", True)),
            basis=_words(node, "basis"),
            help=_words(node, "help"),
            reopens=bool(node.get("reopens", False)),
        )

    def transitions(self, name: str, node: Any) -> Iterator[tuple[str, str]]:
        """(source, target) of an event, each source once; what does not exist or stands twice becomes a finding."""
        seen: set[str] = set()
        for row, where in self.rows(name, node):
            target = str(row["to"])
            if target not in self.states and target not in (SAME, REMEMBERED):
                known = ", ".join((*self.states, SAME, REMEMBERED))
                self.findings.add(
                    "unknown_state",
                    f"Шаг «{name}» ведёт в состояние «{target}», а его нет; есть: {known}.",
                    where,
                    "to",
                )
                continue
            for source in self.sources(name, row, where):
                if source in seen:
                    text = f"Шаг «{name}» из состояния «{source}» записан дважды."
                    self.findings.add("duplicate_transition", text, where, "from")
                elif self.fits(name, source, target, where):
                    seen.add(source)
                    yield source, target

    def rows(self, name: str, node: Any) -> list[tuple[Any, Any]]:
        if "transitions" in node:
            for key in ("from", "to"):
                if key in node:
                    text = f"У шага «{name}» есть и transitions, и {key}: нужно что-то одно."
                    self.findings.add("two_forms", text, node, key)
            return [(row, row) for row in node["transitions"]]
        missing = [key for key in ("from", "to") if key not in node]
        if missing:
            text = f"У шага «{name}» не указано: {', '.join(missing)}."
            self.findings.add("missing_key", text, self.raw["events"], name)
            return []
        return [(node, node)]

    def sources(self, name: str, row: Any, where: Any) -> Iterator[str]:
        written = [row["from"]] if isinstance(row["from"], str) else list(row["from"])
        for source in written:
            if source in (LIVE, ANY_LIVE):
                yield from (
                    s.name for s in self.states.values() if s.final is None and (source == ANY_LIVE or not s.remembers)
                )
            elif source in self.states or source == START:
                yield str(source)
            else:
                known = ", ".join((START, *self.states, LIVE, ANY_LIVE))
                text = f"Шаг «{name}» начинается в состоянии «{source}», а его нет; есть: {known}."
                self.findings.add("unknown_state", text, where, "from")

    def fits(self, name: str, source: str, target: str, where: Any) -> bool:
        """False (and a finding) for a target that has no meaning from this source."""
        if target == SAME and source == START:
            self.findings.add(
                "same_from_start", f"Шаг «{name}» начинает запись и не может вести в то же состояние.", where, "to"
            )
        elif target == REMEMBERED and (source == START or not self.states[source].remembers):
            text = f"Шаг «{name}» возвращает в прежнее состояние, но «{source}» его не помнит (remembers: true)."
            self.findings.add("nothing_remembered", text, where, "to")
        else:
            return True
        return False

    def guards(self, name: str, node: Any) -> tuple[GuardUse, ...]:
        uses: dict[str, GuardUse] = {}
        for place, use in enumerate(node.get("guards") or ()):
            guard, severity = (use, Severity.BLOCK) if isinstance(use, str) else next(iter(use.items()))
            if guard in uses:
                self.findings.add(
                    "duplicate_guard", f"Проверка «{guard}» у шага «{name}» записана дважды.", node["guards"], place
                )
            uses[guard] = GuardUse(str(guard), Severity(severity))
        return tuple(uses.values())

    def fields(self, name: str, node: Any) -> tuple[FieldDefinition, ...]:
        found: dict[str, FieldDefinition] = {}
        for place, one in enumerate(node.get("fields") or ()):
            if one["name"] in found:
                self.findings.add(
                    "duplicate_field", f"Поле «{one['name']}» у шага «{name}» записано дважды.", node["fields"], place
                )
            found[one["name"]] = _field(one)
        return tuple(found.values())

    def check_other_than(self, name: str, node: Any) -> None:
        for place, other in enumerate(node.get("other_than") or ()):
            if other not in self.raw["events"]:
                text = f"other_than у шага «{name}»: шага «{other}» нет; есть: {', '.join(self.raw['events'])}."
                self.findings.add("unknown_event", text, node["other_than"], place)


def _state(name: str, node: Any) -> StateDefinition:
    limit = node.get("limit") or {}
    return StateDefinition(
        name=str(name),
        title=_words(node, "title"),
        short_title=_words(node, "short_title") or _words(node, "title"),
        meaning=_words(node, "meaning"),
        final=str(node["final"]) if "final" in node else None,
        remembers=bool(node.get("remembers", False)),
        limit_days=int(limit["days"]) if limit else None,
        limit_setting=str(limit.get("setting", "")),
        on_track=bool(node.get("track", False)),
    )


def _field(node: Any) -> FieldDefinition:
    return FieldDefinition(
        name=str(node["name"]),
        type=str(node["type"]),
        title=_words(node, "title"),
        required=bool(node.get("required", False)),
        choices=tuple((str(code), str(title)) for code, title in (node.get("choices") or {}).items()),
        help=_words(node, "help"),
        personal=bool(node.get("personal", False)),
    )


def _words(node: Any, key: str) -> str:
    """A text with its line breaks folded; empty where the key is absent."""
    return " ".join(str(node.get(key) or "").split())


def _tuple(node: Any, key: str) -> tuple[str, ...]:
    return tuple(str(name) for name in node.get(key) or ())
