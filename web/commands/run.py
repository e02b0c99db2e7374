"""`marshrut run`: the admin on this computer, ready to be opened in a browser."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.commands import installation
from web.commands.console import Command, Whole
from web.settings import Settings

if TYPE_CHECKING:
    from web.assembly import Installation


@click.command(cls=Command, help="Запустить программу на этом компьютере. Остановить: Ctrl-C.")
@click.option(
    "--demo", is_flag=True, help="Показать пример: школа с придуманными людьми, в базе отдельно от своих данных."
)
@click.option("--host", default="", metavar="АДРЕС", help="Где слушать; по умолчанию 127.0.0.1, только этот компьютер.")
@click.option("--port", type=Whole(1, 65535), default=None, metavar="ПОРТ", help="Порт; по умолчанию 8000.")
@click.option("--with-worker", is_flag=True, help="PostgreSQL: готовить документы в этом же окне, местом 1.")
@click.pass_context
def command(context: click.Context, demo: bool, host: str, port: int | None, with_worker: bool) -> None:
    from web.commands.log import log_to_file
    from web.server import require_port, serve

    demo = demo or installation.is_demo(context)
    settings = _demo_settings() if demo else installation.settings_for(demo=False)
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    require_port(settings.host, settings.port)
    log_to_file(settings.data)
    if demo:
        _make_example(settings)
    with installation.opened(settings, prepared=False) as place, _held(place, with_worker):
        from web.assembly import prepare

        prepare(place)
        lines = _example(place) if demo else _first_run(place)
        address = f"http://{f'[{settings.host}]' if ':' in settings.host else settings.host}:{settings.port}/"

        def ready() -> None:
            for line in (f"Маршрут открыт: {address}", *lines, "Остановить: Ctrl-C"):
                click.echo(line)

        serve(place, settings.host, settings.port, slot=1 if settings.is_embedded or with_worker else None, ready=ready)
    click.echo("Остановлено.")


def _demo_settings() -> Settings:
    """Where the example is: in the installation's own database if `init --demo` has put it there, else in a file apart."""
    own = installation.settings_for(demo=False)
    if not own.is_embedded or _holds_demo(own):
        return own
    return installation.settings_for(demo=True)


def _holds_demo(settings: Settings) -> bool:
    from web.demo import is_demo
    from workflow_core.database import open_database

    path = _file(settings)
    if path is None or not path.exists():
        return False
    database = open_database(settings.database_url)
    try:
        return is_demo(database)
    finally:
        database.close()


def _file(settings: Settings) -> Path | None:
    from sqlalchemy import make_url

    name = make_url(settings.database_url).database
    return Path(name) if name else None


def _held(place: Installation, with_worker: bool) -> AbstractContextManager[None]:
    """What must not be doubled: the server of an embedded database, the slot of a worker."""
    from web.server import begin_again, embedded_held, slot_held

    if place.settings.is_embedded:
        path = _file(place.settings)
        return embedded_held(path) if path else nullcontext()
    return slot_held(place.database, 1, returned=partial(begin_again, place, 1)) if with_worker else nullcontext()


def _make_example(settings: Settings) -> None:
    from web.demo import make_file

    path = _file(settings)
    if path is not None and not path.exists():
        click.echo("Готовим пример, это полминуты…")
        make_file(settings, now=installation.clock())


def _example(place: Installation) -> list[str]:
    from web.demo import ensure_demo, logins

    ensure_demo(place, now=installation.clock())
    return ["Это пример, все люди и документы в нём придуманы.", *logins()]


def _first_run(place: Installation) -> list[str]:
    from web import setup

    if not setup.is_needed(place.engine, installation.clock()):
        return []
    return [
        f"База пуста. Откройте адрес, код первого запуска: {setup.code(place.settings.data)}",
        "Посмотреть пример: marshrut run --demo",
    ]


__all__ = ["command"]
