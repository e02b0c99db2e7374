"""`marshrut plugin new`: a working package for a plugin of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from web.commands.console import Group


@click.group(cls=Group, help="Своё дополнение: заготовка, которая уже работает.")
def command() -> None:
    """Nothing by itself."""


@command.command("new", help="Создать пакет с проверкой, жизненным циклом, правилами, документом и тестами.")
@click.argument("name", metavar="ИМЯ")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="ПАПКА",
    help="Где создать; по умолчанию здесь.",
)
@click.option("--title", default="", metavar="НАЗВАНИЕ", help="Как правила называются в настройках, по-русски.")
def new(name: str, folder: Path, title: str) -> None:
    from web.assembly import catalogue
    from web.plugin_package import make

    made = make(name, folder, title=title, taken=catalogue(tolerant=True).plugins)
    click.echo(f"Дополнение «{name}» создано, файлов: {len(made)}. Дальше:")
    click.echo(f"    cd {folder / name}")
    click.echo("    pip install --no-build-isolation --no-deps -e .")
    click.echo("    pytest")


__all__ = ["command"]
