"""`marshrut plugins`: what is installed, what each gives, what was left out and why."""

from __future__ import annotations

from dataclasses import asdict

import click

from web.commands.console import Group, json_option, print_json


@click.group(cls=Group, help="Дополнения: виды документов, правила регионов, карты.")
def command() -> None:
    """Nothing by itself."""


@command.command("list", help="Что установлено и что даёт.")
@json_option
def list_plugins(as_json: bool) -> None:
    from web.assembly import catalogue

    found = list(catalogue().plugins.values())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        origin = "в составе программы" if one.bundled else f"версия {one.version}"
        click.echo(f"{one.name} ({origin})" + (f": отключено, {one.fault}" if one.fault else ""))
        for what, names in one.contributes.items():
            if names:
                click.echo(f"    {_TITLES.get(what, what)}: {', '.join(names)}")


_TITLES = {
    "definitions": "жизненные циклы",
    "guards": "проверки",
    "facts": "сведения",
    "consequences": "следствия",
    "effects": "записи в реестры",
    "roles": "роли",
    "document_kinds": "виды документов",
    "profiles": "правила",
    "road_maps": "дорожные карты",
}

__all__ = ["command"]
