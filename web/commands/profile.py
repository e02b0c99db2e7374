"""`marshrut profile`: which rules hold for an organisation, and which layer gave each."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import click

from web.commands import installation
from web.commands.console import Day, Group, json_option, print_json, print_table


@click.group(cls=Group, help="Правила организации: основные, региона, района, её собственные.")
def command() -> None:
    """Nothing by itself."""


@command.command("explain", help="Какие правила действуют и откуда каждое.")
@installation.organisation_option
@click.option(
    "--definition", "code", default="", metavar="КОД", help="Проверки одного жизненного цикла вместо настроек."
)
@click.option("--on", "on_date", type=Day(), default=None, metavar="ДЕНЬ", help="На какой день; по умолчанию сегодня.")
@json_option
@click.pass_context
def explain(context: click.Context, organisation: str, code: str, on_date: date | None, as_json: bool) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflow_core.exceptions import NotFound
        from workflows.organisations import profile as profiles

        now = installation.clock()
        known = place.engine.catalogue.definitions
        if code and code not in known:
            raise NotFound("жизненный цикл", code, known)
        with place.engine.read(now=now) as read:
            found = installation.organisation_named(read.session, organisation)
            layered = place.engine.catalogue.profile_of(read.session, found.id, now)
            day = on_date or installation.today_of(read, found)
            assert isinstance(layered, profiles.LayeredProfile)
            lines = profiles.explain(layered, day, known[code] if code else None)
            title, missing = found.short_title, layered.missing
    if as_json:
        print_json(
            {
                "organisation": title,
                "on": day.isoformat(),
                "missing": list(missing),
                "rules": [asdict(one) for one in lines],
            }
        )
        return
    click.echo(f"{title}, {day:%d.%m.%Y}")
    for profile_code in missing:
        click.echo(f"Правил «{profile_code}» нет среди установленных: действуют те, что ниже.")
    print_table((one.title if not code else one.key, one.words, one.layer, one.source) for one in lines)


__all__ = ["command"]
