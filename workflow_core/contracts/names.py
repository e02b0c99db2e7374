"""Contracts of what a plugin says: it loads, takes nobody's names, speaks Russian, its definitions hold together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workflow_core.contracts.bench import Bench, Violation
from workflow_core.definition import EventDefinition, WorkflowDefinition
from workflow_core.lint import lint, lint_guards

_CYRILLIC = re.compile(r"[А-Яа-яЁё]")
BUILT_IN_GUARDS = frozenset({"back_dating", "dates_in_order", "four_eyes", "policy"})
BUILT_IN_FACTS = frozenset({"process", "fields", "submitted", "cause", "settings", "today"})
"""What every guard sees besides the facts that it declares; a fact of that name would never be seen."""


def is_russian(text: str) -> bool:
    """Whether a text has Russian letters; a word such as «Word» may stand among them."""
    return bool(_CYRILLIC.search(text))


def loading(bench: Bench, plugin: str) -> Iterator[Violation]:
    """It is installed, loads in time and gives what its hooks promise."""
    info = bench.info(plugin)
    if bench.built[1] and info is None:
        return  # it clashes with somebody; `names` says with whom
    if info is None:
        known = ", ".join(bench.catalogue.plugins)
        yield Violation(plugin, "not_installed", f"дополнения «{plugin}» нет; есть: {known}")
        return
    if info.wrong_files:
        files = [one for one in bench.catalogue.findings if one.severity == "error"]
        yield from (Violation(plugin, one.code, str(one)) for one in files)
    elif info.fault:
        yield Violation(plugin, info.fault_code or "left_out", info.fault)
    for what, took in {"загрузка": info.import_seconds, **info.hook_seconds}.items():
        if took > bench.budget.start:
            yield Violation(plugin, "start_slow", f"{what}: {took:.1f} с, можно {bench.budget.start:.1f}")


def names(bench: Bench, plugin: str) -> Iterator[Violation]:
    """It takes no name of core or of another plugin, not silently either."""
    for finding in bench.built[1]:
        if f"«{plugin}»" in finding.text:
            yield Violation(plugin, finding.code, finding.text)
    if not bench.is_whole(plugin):
        return
    known = bench.catalogue
    for guard in bench.owned("guard", known.guards, plugin):
        if guard.name in BUILT_IN_GUARDS:
            yield Violation(plugin, "reserved_name", f"проверка «{guard.name}» есть у самой программы")
    for fact in bench.owned("fact", known.facts, plugin):
        if fact.name in BUILT_IN_FACTS:
            yield Violation(plugin, "reserved_name", f"сведения «{fact.name}» правило получает от самой программы")
        other = known.owners.get(("fact", f"organisation.{fact.name}"))
        if fact.subject != "organisation" and other not in (None, plugin):
            text = f"«{fact.subject}.{fact.name}» заслоняет сведения организации, которые даёт «{other}»"
            yield Violation(plugin, "fact_shadows", text)
    yield from _titles(bench, plugin)


def _titles(bench: Bench, plugin: str) -> Iterator[Violation]:
    """Two things of one kind under one title can't be told apart by whoever chooses."""
    known = bench.catalogue
    shelves = (
        ("definition", "жизненный цикл", known.definitions),
        ("role", "роль", known.roles),
        ("document_kind", "вид документа", known.document_kinds),
    )
    for what, called, shelf in shelves:
        for code, item in shelf.items():
            if known.owners.get((what, code)) != plugin:
                continue
            for other, another in shelf.items():
                if other != code and another.title.casefold() == item.title.casefold():
                    text = f"{called} «{code}» называется так же, как «{other}»: «{item.title}»"
                    yield Violation(plugin, "title_clash", text)


def texts(bench: Bench, plugin: str) -> Iterator[Violation]:
    """All that a person reads is there and is Russian."""
    for what, text in _texts(bench, plugin):
        if not text.strip():
            yield Violation(plugin, "text_missing", f"{what}: нет названия")
        elif not is_russian(text):
            yield Violation(plugin, "not_russian", f"{what}: название не по-русски: «{text}»")


def _texts(bench: Bench, plugin: str) -> Iterator[tuple[str, str]]:
    known = bench.catalogue
    for guard in bench.owned("guard", known.guards, plugin):
        yield f"проверка {guard.name}", guard.title
    for effect in bench.owned("effect", known.effects, plugin):
        yield f"запись {effect.name}", effect.title
    for consequence in bench.owned("consequence", known.consequences, plugin):
        yield f"следствие {consequence.name}", consequence.title
    for role in bench.owned("role", known.roles, plugin):
        yield f"роль {role.code}", role.title
    for kind in bench.owned("document_kind", known.document_kinds, plugin):
        yield f"вид документа {kind.code}", kind.title
    for definition in bench.owned("definition", known.definitions, plugin):
        yield from _words(definition)


def _words(definition: WorkflowDefinition) -> Iterator[tuple[str, str]]:
    yield f"жизненный цикл {definition.code}", definition.title
    for state in definition.states.values():
        yield f"состояние {state.name}", state.title
        yield f"краткое название состояния {state.name}", state.short_title
    for event in definition.events:
        yield f"шаг {event.name}", event.title
        yield f"запись о шаге {event.name}", event.done_title
        for one in event.fields:
            yield f"поле {event.name}.{one.name}", one.title
    for verb in definition.verbs.values():
        yield f"действие {verb.name}", verb.title


def definitions(bench: Bench, plugin: str) -> Iterator[Violation]:
    """Lifecycles, profiles and maps hold together; a step can be undone or says that it can't."""
    known = bench.catalogue
    installed = bench.house.names(known)
    for definition in bench.owned("definition", known.definitions, plugin):
        for finding in lint(definition, installed):
            yield Violation(plugin, finding.code, str(finding))
        for event in definition.events:
            yield from _undoable(bench, plugin, definition, event)
    for finding in lint_guards(bench.owned("guard", known.guards, plugin), installed):
        yield Violation(plugin, finding.code, str(finding))
    own = {str(path) for hook in ("profiles", "road_maps", "road_map_words") for path in _files(bench, plugin, hook)}
    for finding in bench.wrong_files if own else ():
        if finding.file in own:
            yield Violation(plugin, finding.code, str(finding))


def _undoable(bench: Bench, plugin: str, definition: WorkflowDefinition, event: EventDefinition) -> Iterator[Violation]:
    effects = [bench.catalogue.effects[name] for name in event.does if name in bench.catalogue.effects]
    for effect in effects:
        if event.undoable and effect.take_back is None:
            text = (
                f"шаг «{event.title}» ({definition.code}.{event.name}) можно отменить, а запись «{effect.title}» "
                "назад не берётся: нужно take_back у Effect или undoable: false у шага"
            )
            yield Violation(plugin, "effect_not_undoable", text)


def _files(bench: Bench, plugin: str, what: str) -> list[object]:
    hook = getattr(bench.catalogue.manager.hook, f"contribute_{what}")
    return [
        path
        for implementation in hook.get_hookimpls()
        if implementation.plugin_name == plugin
        for path in implementation.function()
    ]
