"""`marshrut check`: everything that is wrong with definitions, profiles, maps, templates and plugins, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.commands.console import Command, json_option, print_json

if TYPE_CHECKING:
    from workflow_core.exceptions import Finding
    from workflow_core.lint import KnownNames
    from workflow_core.plugin_manager import Catalogue


@click.command(
    cls=Command, help="Проверить жизненные циклы, правила организаций, карты, шаблоны и дополнения. База не нужна."
)
@click.option("--strict", is_flag=True, help="Считать замечаниями и предупреждения.")
@json_option
@click.pass_context
def command(context: click.Context, strict: bool, as_json: bool) -> None:
    found = findings()
    errors = [one for one in found if strict or one.severity == "error"]
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            click.echo(f"{one}" if one.severity == "error" else f"{one} (предупреждение)")
        click.echo(f"Замечаний: {len(errors)}." if errors else "Замечаний нет.")
    context.exit(1 if errors else 0)


def findings() -> list[Finding]:
    """Everything found, by file and place."""
    from web.assembly import catalogue
    from workflow_core.exceptions import Finding, InvalidDefinition, PluginError

    try:
        known = catalogue()
    except InvalidDefinition as exc:
        return list(exc.findings)
    except PluginError as exc:
        return [Finding("plugin_broken", str(exc))]
    found = [*_plugins(known), *_definitions(known), *files_of_plugins(known), *_templates(known)]
    return sorted(found, key=lambda one: (one.file, one.line, one.column, one.text))


def files_of_plugins(known: Catalogue) -> list[Finding]:
    """What is wrong with the profiles, road maps and words of all plugins."""
    from workflows.road_maps.reader.vocabulary import check_words

    words = [finding for path in known.road_map_words for finding in check_words(path)]
    return [*_profiles(known), *_maps(known), *words]


def known_names(known: Catalogue) -> KnownNames:
    """What is installed, as definitions may name it."""
    from workflow_core.lint import KnownNames
    from workflows.documents.kinds import known_kinds
    from workflows.organisations.settings import setting_definitions

    return KnownNames(
        guards=frozenset(known.guards),
        facts=frozenset(name for _subject, name in known.facts),
        roles=frozenset(known.roles),
        kinds=frozenset(known_kinds(known)),
        consequences=frozenset(name for name, one in known.consequences.items() if not one.revokes),
        revocations=frozenset(name for name, one in known.consequences.items() if one.revokes),
        effects=frozenset(known.effects),
        settings=frozenset(setting_definitions()),
    )


def _plugins(known: Catalogue) -> Iterator[Finding]:
    from workflow_core.exceptions import Finding

    for info in known.plugins.values():
        if info.fault and not info.wrong_files:
            yield Finding("plugin_left_out", f"Дополнение «{info.name}» {info.version} отключено: {info.fault}.")
    yield from known.findings


def _definitions(known: Catalogue) -> Iterator[Finding]:
    from workflow_core.lint import lint, lint_guards

    names = known_names(known)
    files = _files(known)
    for definition in known.definitions.values():
        for finding in lint(definition, names):
            yield _placed(finding, files.get(definition.code, []))
    yield from lint_guards(known.guards.values(), names)


def _profiles(known: Catalogue) -> list[Finding]:
    from workflows.organisations.profile_file import check_profiles

    return check_profiles(known.profiles, known.definitions)


def _maps(known: Catalogue) -> Iterator[Finding]:
    from workflow_core.exceptions import Finding, InvalidDefinition
    from workflows.road_maps.map_template import load

    facts = {name for _subject, name in known.facts}
    codes: dict[str, Path] = {}
    for path in known.road_maps:
        try:
            template = load(path)
        except InvalidDefinition as exc:
            yield from (replace(one, file=str(path)) for one in exc.findings)
            continue
        if template.code in codes:
            yield Finding(
                "duplicate_code", f"Код карты «{template.code}» уже занят: {codes[template.code]}.", file=str(path)
            )
        codes[template.code] = path
        for item in template.items:
            for line in item.evidence:
                if line.fact and line.fact not in facts:
                    text = f"Пункт {item.key}: сведений «{line.fact}» никто не даёт."
                    yield Finding("unknown_fact", text, file=str(path), line=_line_of(path, line.fact))


def _line_of(path: Path, word: str) -> int:
    """The first line with a word; 0 if there is none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if word in line), 0)


def _templates(known: Catalogue) -> Iterator[Finding]:
    from workflow_core.rendering import check_kind

    for kind in known.document_kinds.values():
        yield from check_kind(kind)


# -- where a finding over a definition stands -------------------------------------------------------------------------


def _files(known: Catalogue) -> dict[str, list[Any]]:
    """Code -> the mapping of its file, and after it those of the files that it extends, with a place on every node."""
    from workflow_core.yaml_places import Findings, load_yaml

    hook = known.manager.hook.contribute_definitions
    mappings = {}
    for path in (path for answer in hook() for path in answer):
        mapping = load_yaml(path, Findings())
        if mapping is not None:
            mappings[str(mapping.get("code"))] = mapping
    chains: dict[str, list[Any]] = {}
    for code, mapping in mappings.items():
        chain = [mapping]
        while (base := mappings.get(str(chain[-1].get("extends")))) is not None and base not in chain:
            chain.append(base)
        chains[code] = chain
    return chains


def _placed(finding: Finding, chain: list[Any]) -> Finding:
    """The finding with file, line and column instead of the definition's code, as near as the names in its text lead."""
    from workflow_core.yaml_places import place_of

    if not chain:
        return finding
    names = re.findall(r"[(«]([a-z][a-z0-9_.]*)[)»]", finding.text)
    for mapping in chain:
        for holder in _holders(mapping):
            place = _place_in(holder, names)
            if place:
                return replace(finding, file=place[0], line=place[1], column=place[2])
    file, line, column = place_of(chain[0], "code")
    return replace(finding, file=file, line=line, column=column)


def _holders(mapping: Any) -> Iterable[Any]:
    """The parts of a definition whose keys are names, in the file's own form or inside `add`."""
    for part in (mapping, mapping.get("add") or {}):
        for section in ("events", "states", "verbs"):
            if isinstance(part.get(section), dict):
                yield part[section]


def _place_in(holder: Any, names: list[str]) -> tuple[str, int, int] | None:
    from workflow_core.yaml_places import place_of

    for name in names:
        key, _dot, _field = name.partition(".")
        if key not in holder:
            continue
        for guilty in names:
            if guilty == name:
                continue
            for entries in (value for value in holder[key].values() if isinstance(value, list)):
                if guilty in entries:
                    return place_of(entries, entries.index(guilty))
        return place_of(holder, key)
    return None


__all__ = ["command"]
