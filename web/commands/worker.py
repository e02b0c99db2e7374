"""`marshrut worker`: executes jobs beside web processes that only enqueue them."""

from __future__ import annotations

from functools import partial

import click

from web.commands import installation
from web.commands.console import Command, Whole
from workflow_core.exceptions import InvalidInput


@click.command(cls=Command, help="Готовить документы и выполнять другие задания. Остановить: Ctrl-C.")
@click.option(
    "--slot",
    required=True,
    type=Whole(1, 999),
    metavar="N",
    help="Место работника: после сбоя то же место продолжит его задания.",
)
def command(slot: int) -> None:
    settings = installation.settings_for(demo=False)
    if settings.is_embedded:
        text = "База встроенная (SQLite): документы готовит сама marshrut run, отдельный работник не нужен. Он нужен для PostgreSQL."
        raise InvalidInput({"": text})
    from web.commands.log import log_to_file
    from web.server import begin_again, slot_held, work

    log_to_file(settings.data)
    with (
        installation.opened(settings) as place,
        slot_held(place.database, slot, returned=partial(begin_again, place, slot)),
    ):
        place.engine.store_definitions(now=installation.clock())
        work(place, slot, ready=lambda: click.echo(f"Работник {slot} ждёт заданий. Остановить: Ctrl-C"))
    click.echo("Остановлено.")


__all__ = ["command"]
