"""`extends`: a definition written as changes to another one. Works on the files' mappings, so that places stay true."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from workflow_core.definition import START, WorkflowDefinition
from workflow_core.guards import Severity
from workflow_core.yaml_places import Findings

# From the weakest to the strongest.
_STRENGTH = (Severity.OFF, Severity.NOTE, Severity.REASON, Severity.BLOCK)


def is_like(definition: WorkflowDefinition, base: WorkflowDefinition) -> bool:
    """Whether a definition can stand where `base` is expected: same kind of subject, begun by the same events, and at least
    half of the states known. What extends `base` is like it, and so is a copy that was changed by hand.
    """
    begins = {event.name for event in base.events_from(START)}
    shared = set(base.states) & set(definition.states)
    return (
        definition.subject == base.subject
        and begins <= {event.name for event in definition.events_from(START)}
        and len(shared) * 2 >= len(base.states)
    )


def extended(base: Any, extension: Any, findings: Findings) -> Any:
    """`base` with the changes of `extension`: drop, add, retitle, tighten. A name that is not there is a finding."""
    raw = deepcopy(base)
    for key in ("code", "version", "title", "basis"):
        if key in extension:
            raw[key] = extension[key]
    _drop(raw, extension.get("drop") or {}, findings)
    _add(raw, extension.get("add") or {}, findings)
    _retitle(raw, extension.get("retitle") or {}, findings)
    _tighten(raw, extension.get("tighten") or {}, findings)
    if "verbs" in extension:
        raw["verbs"] = {**raw.get("verbs", {}), **extension["verbs"]}
    return raw


def _known(names: Any) -> str:
    return f"есть: {', '.join(names)}" if names else "ничего нет"


def _drop(raw: Any, dropped: Any, findings: Findings) -> None:
    for kind, code, what in (("states", "unknown_state", "состояния"), ("events", "unknown_event", "шага")):
        names = dropped.get(kind) or []
        for place, name in enumerate(names):
            if name not in raw[kind]:
                findings.add(code, f"Убрать нечего: {what} «{name}» нет; {_known(raw[kind])}.", names, place)
            raw[kind].pop(name, None)
    gone = set(dropped.get("states") or ())
    for name in list(raw["events"]):
        if gone and not _survives(raw["events"][name], gone):
            del raw["events"][name]
    for event in raw["events"].values():
        if "other_than" in event:
            event["other_than"] = [name for name in event["other_than"] if name in raw["events"]]


def _survives(event: Any, gone: set[str]) -> bool:
    """Take the dropped states out of an event; False where nothing of it is left."""
    if "transitions" in event:
        for row in event["transitions"]:
            row["from"] = _without(row["from"], gone)
        event["transitions"] = [row for row in event["transitions"] if row["from"] and row["to"] not in gone]
        return bool(event["transitions"])
    event["from"] = _without(event.get("from", []), gone)
    return bool(event["from"]) and event.get("to") not in gone


def _without(sources: Any, gone: set[str]) -> Any:
    if isinstance(sources, str):
        return [] if sources in gone else sources
    for place in reversed(range(len(sources))):
        if sources[place] in gone:
            del sources[place]
    return sources


def _add(raw: Any, added: Any, findings: Findings) -> None:
    for kind, code, what in (("states", "unknown_state", "состояние"), ("events", "unknown_event", "шаг")):
        for name, node in (added.get(kind) or {}).items():
            if name in raw[kind]:
                text = f"Добавить нельзя: {what} «{name}» уже есть; сначала drop или retitle."
                findings.add("already_there", text, added[kind], name)
                continue
            after = node.get("after")
            if after is not None and after not in raw[kind]:
                findings.add(code, f"after: имени «{after}» нет; {_known(raw[kind])}.", node, "after")
            position = list(raw[kind]).index(after) + 1 if after in raw[kind] else len(raw[kind])
            raw[kind].insert(position, name, node)
    for key in ("guards", "revokes"):
        for name, more in (added.get(key) or {}).items():
            if name not in raw["events"]:
                findings.add("unknown_event", f"Шага «{name}» нет; {_known(raw['events'])}.", added[key], name)
            else:
                raw["events"][name][key] = [*raw["events"][name].get(key, []), *more]


def _retitle(raw: Any, words: Any, findings: Findings) -> None:
    for kind, code, what in (("states", "unknown_state", "Состояния"), ("events", "unknown_event", "Шага")):
        for name, changed in (words.get(kind) or {}).items():
            if name not in raw[kind]:
                findings.add(code, f"{what} «{name}» нет; {_known(raw[kind])}.", words[kind], name)
                continue
            raw[kind][name].update(changed)


def _tighten(raw: Any, tightened: Any, findings: Findings) -> None:
    for event, rulings in tightened.items():
        if event not in raw["events"]:
            findings.add("unknown_event", f"Шага «{event}» нет; {_known(raw['events'])}.", tightened, event)
            continue
        guards = raw["events"][event].get("guards", [])
        for guard, severity in rulings.items():
            _tighten_one(guards, guard, severity, event, rulings, findings)


def _tighten_one(guards: Any, guard: str, severity: str, event: str, node: Any, findings: Findings) -> None:
    names = [use if isinstance(use, str) else next(iter(use)) for use in guards]
    if guard not in names:
        findings.add("unknown_guard", f"У шага «{event}» нет проверки «{guard}»; {_known(names)}.", node, guard)
        return
    place = names.index(guard)
    now = Severity.BLOCK if isinstance(guards[place], str) else Severity(guards[place][guard])
    if _STRENGTH.index(Severity(severity)) < _STRENGTH.index(now):
        text = f"Проверку «{guard}» у шага «{event}» можно только усилить: сейчас {now}, записано {severity}."
        findings.add("loosened", text, node, guard)
        return
    guards[place] = {guard: severity}
