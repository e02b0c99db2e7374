"""`marshrut definitions`: lifecycles as pictures."""

from __future__ import annotations

import click

from web.commands.console import Group, json_option, print_json, print_table


@click.group(cls=Group, help="Жизненные циклы: состояния и шаги.")
def command() -> None:
    """Nothing by itself."""


@command.command("list", help="Какие жизненные циклы установлены.")
@json_option
def list_definitions(as_json: bool) -> None:
    from web.assembly import catalogue

    found = [
        {
            "code": one.code,
            "title": one.title,
            "version": one.version,
            "states": len(one.states),
            "events": len(one.events),
            "hash": one.hash,
        }
        for one in catalogue().definitions.values()
    ]
    if as_json:
        print_json(found)
    else:
        print_table((one["code"], f"состояний {one['states']}, шагов {one['events']}", one["title"]) for one in found)


@command.command("diagram", help="Схема жизненного цикла: текст для Mermaid (покажет любой редактор Markdown).")
@click.argument("code", metavar="КОД")
@click.option("--state", default="", metavar="СОСТОЯНИЕ", help="Отметить это состояние.")
def diagram(code: str, state: str) -> None:
    from web.assembly import catalogue
    from workflow_core.diagram import diagram as drawn
    from workflow_core.exceptions import NotFound

    known = catalogue().definitions
    if code not in known:
        raise NotFound("жизненный цикл", code, known)
    if state and state not in known[code].states:
        raise NotFound("состояние", state, known[code].states)
    click.echo(drawn(known[code], state or None), nl=False)


__all__ = ["command"]
