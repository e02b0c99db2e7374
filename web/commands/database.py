"""`marshrut init`: make the database or bring it up to date, with the example if asked."""

from __future__ import annotations

import click

from web.commands import installation
from web.commands.console import Command
from web.settings import Settings


@click.command(cls=Command, help="Создать базу данных или обновить её до этой версии программы. Данные не меняются.")
@click.option("--demo", is_flag=True, help="Наполнить пустую базу примером: школа, детский сад, придуманные люди.")
@click.pass_context
def command(context: click.Context, demo: bool) -> None:
    # `init --demo` fills the database that other commands read; `marshrut --demo …` and `run --demo` have their own file.
    settings = installation.settings_for(demo=installation.is_demo(context))
    wants_demo = demo or installation.is_demo(context)
    made = wants_demo and _made_as_file(settings)
    with installation.opened(settings, prepared=False) as place:
        from web.assembly import prepare

        prepare(place)
        click.echo(f"База данных готова: {place.database.url.render_as_string(hide_password=True)}")
        if wants_demo:
            from web.demo import ensure_demo, logins

            made = ensure_demo(place, now=installation.clock()) or made
            click.echo("Пример готов." if made else "Пример в базе уже есть.")
            for line in logins():
                click.echo(line)
        click.echo("Дальше: marshrut run")


def _made_as_file(settings: Settings) -> bool:
    from web.demo import make_file

    return make_file(settings, now=installation.clock())


__all__ = ["command"]
