"""`marshrut calendar`: days off of an organisation, its own days, and what a change of them moves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from web.commands import installation
from web.commands.console import Day, Group, OneOf, json_option, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflow_core.unit_of_work import Write


@click.group(cls=Group, help="Рабочий календарь: выходные, переносы, карантин.")
def command() -> None:
    """Nothing by itself."""


@command.command("show", help="Выходные от дня до дня, кроме обычных суббот и воскресений.")
@installation.organisation_option
@click.option("--from", "first", type=Day(), default=None, metavar="ДЕНЬ", help="По умолчанию начало учебного года.")
@click.option("--to", "last", type=Day(), default=None, metavar="ДЕНЬ", help="По умолчанию конец учебного года.")
@json_option
@click.pass_context
def show(context: click.Context, organisation: str, first: date | None, last: date | None, as_json: bool) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflow_core.calendars import school_year_bounds, school_year_of
        from workflow_core.timers import calendar_of
        from workflows.organisations import queries

        now = installation.clock()
        with place.engine.read(now=now) as read:
            scope = installation.organisation_named(read.session, organisation).id
        with place.engine.read(scope, now=now) as read:
            bounds = school_year_bounds(school_year_of(read.today))
            off = list(calendar_of(read).days_off(first or bounds[0], last or bounds[1]))
            own = [
                (row.id, row.first_day, row.last_day, row.off, row.why, row.note)
                for row in queries.calendar_days(read.session, [scope])
            ]
    if as_json:
        names = ("id", "first_day", "last_day", "off", "why", "note")
        print_json(
            {
                "days_off": {day.isoformat(): name for day, name in off},
                "own": [dict(zip(names, row, strict=True)) for row in own],
            }
        )
        return
    print_table(((f"{day:%d.%m.%Y}", name) for day, name in off), "Других выходных нет.")
    if own:
        click.echo("Внесено организацией:")
        print_table(
            (row_id[-6:], f"{start:%d.%m.%Y} — {end:%d.%m.%Y}", note or why)
            for row_id, start, end, _off, why, note in own
        )


@command.command("add", help="Внести дни: карантин, праздник региона, перенос. Сначала покажет, что сдвинется.")
@installation.organisation_option
@installation.account_option
@click.argument("first", type=Day(), metavar="С")
@click.argument("last", type=Day(), metavar="ПО")
@click.option(
    "--why",
    type=OneOf("quarantine", "transfer", "regional", "own"),
    default="quarantine",
    help="Причина; по умолчанию карантин.",
)
@click.option("--worked", is_flag=True, help="Эти дни рабочие, а не выходные.")
@click.option("--note", default="", metavar="ТЕКСТ", help="Приказ или повод.")
@click.option("--yes", is_flag=True, help="Внести. Без этого только покажет, что сдвинется.")
@json_option
@click.pass_context
def add(
    context: click.Context,
    organisation: str,
    username: str,
    first: date,
    last: date,
    why: str,
    worked: bool,
    note: str,
    yes: bool,
    as_json: bool,
) -> None:
    def act(write: Write) -> None:
        from workflows.organisations import calendar_operations

        calendar_operations.add_days(write, first, last, why, off=not worked, note=note)

    _change(context, organisation, username, act, yes, as_json)


@command.command("remove", help="Убрать внесённые дни. Сначала покажет, что сдвинется.")
@installation.organisation_option
@installation.account_option
@click.argument("line", metavar="СТРОКА")
@click.option("--yes", is_flag=True, help="Убрать. Без этого только покажет, что сдвинется.")
@json_option
@click.pass_context
def remove(context: click.Context, organisation: str, username: str, line: str, yes: bool, as_json: bool) -> None:
    def act(write: Write) -> None:
        from workflow_core.exceptions import NotFound
        from workflows.organisations import calendar_operations, queries

        found = [row.id for row in queries.calendar_days(write.session, [write.scope]) if row.id.endswith(line)]
        if len(found) != 1:
            raise NotFound("строка календаря", line)
        calendar_operations.remove_days(write, found[0])

    _change(context, organisation, username, act, yes, as_json)


def _change(
    context: click.Context, organisation: str, username: str, act: Callable[[Write], Any], yes: bool, as_json: bool
) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from web.views.calendar import change_view
        from workflows.road_maps import calendar_change

        now = installation.clock()
        with place.engine.read(now=now) as read:
            found = installation.organisation_named(read.session, organisation)
            actor, scope = installation.actor_named(read, found, username), found.id
        with place.engine.write(scope, actor, now=now, operation="change_calendar") as write:
            change = (calendar_change.change_calendar if yes else calendar_change.rehearse)(write, act)
            shown = change_view(write, change)
    if as_json:
        print_json(
            {"applied": yes, "sentence": shown.sentence, "moved": dict(_plain(shown)), "below": dict(shown.below)}
        )
        return
    click.echo(shown.sentence)
    for title, lines in _plain(shown):
        click.echo(f"{title}")
        print_table((one["label"], one["old"], one["new"]) for one in lines)
    if shown.below:
        click.echo("В организациях ниже")
        print_table(shown.below)
    click.echo("Внесено." if yes else "Ничего не изменено. Чтобы внести, повторите с --yes.")


def _plain(shown: Any) -> list[tuple[str, list[dict[str, str]]]]:
    return [
        (title, [{"label": one.label, "old": one.old, "new": one.new} for one in lines])
        for title, lines in shown.groups
    ]


__all__ = ["command"]
