"""`marshrut plugins`: what is installed, what each gives, what was left out, fails or is in quarantine, and lifting that."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from web.commands import installation
from web.commands.console import Group, json_option, print_json
from workflow_core.exceptions import InvalidInput, NotFound

if TYPE_CHECKING:
    from web.plugin_health import PluginHealth


@click.group(cls=Group, help="Дополнения: виды документов, правила регионов, карты.")
def command() -> None:
    """Nothing by itself."""


@command.command("list", help="Что установлено, что даёт, что отключено и почему. База не нужна.")
@json_option
@click.pass_context
def list_plugins(context: click.Context, as_json: bool) -> None:
    found = _health(context)
    if as_json:
        print_json([one.as_json() for one in found])
        return
    from zoneinfo import ZoneInfo

    for one in found:
        click.echo(_heading(one))
        for sentence in one.sentences(installation.clock(), ZoneInfo("Europe/Moscow")):
            click.echo(f"    ! {sentence}")
        for what, names in one.info.contributes.items():
            if names:
                click.echo(f"    {_TITLES.get(what, what)}: {', '.join(names)}")


def _heading(one: PluginHealth) -> str:
    info = one.info
    origin = "в составе программы" if info.bundled else f"версия {info.version}" if info.version else "не установлено"
    took = sum(info.hook_seconds.values(), info.import_seconds)
    words = [origin, *(["обязательное"] if info.mandatory else []), f"загрузка {took:.2f} с".replace(".", ",")]
    return f"{info.name} ({', '.join(words)})"


def _health(context: click.Context) -> list[PluginHealth]:
    from web.assembly import catalogue
    from web.plugin_health import health
    from web.plugin_settings import health_folder
    from workflow_core import plugin_faults
    from workflow_core.watchdog import hangs

    settings = installation.settings_for(demo=installation.is_demo(context))
    told = hangs(health_folder(settings))
    with suppress(InvalidInput), installation.opened(settings, tolerant=True) as place:
        faults = plugin_faults.faults(place.engine, now=installation.clock())
        return health(place.engine.catalogue.plugins, faults, told)
    return health(catalogue(tolerant=True).plugins, (), told)


@command.command("lift", help="Снять карантин: вызывать дополнение снова.")
@click.argument("name", metavar="ИМЯ")
@click.pass_context
def lift(context: click.Context, name: str) -> None:
    from web.plugin_settings import health_folder
    from workflow_core import plugin_faults
    from workflow_core.watchdog import forget, hangs

    settings = installation.settings_for(demo=installation.is_demo(context))
    folder = health_folder(settings)
    hung = any(hang.plugin == name for hang in hangs(folder))
    forget(folder, name)
    with installation.opened(settings, tolerant=True) as place:
        if name not in place.engine.catalogue.plugins:
            raise NotFound("дополнение", name, place.engine.catalogue.plugins)
        try:
            plugin_faults.lift(place.engine, name, by=installation.console_actor().name, now=installation.clock())
        except NotFound:
            if not hung:
                raise InvalidInput({"": f"У дополнения «{name}» сбоев нет, снимать нечего."}) from None
    click.echo(f"Сбои дополнения «{name}» сняты, оно снова вызывается.")


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
    "road_map_words": "слова дорожных карт",
}

__all__ = ["command"]
