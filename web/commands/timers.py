"""`marshrut timers`: what falls due and when, and telling what has fallen due without waiting for the clock."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import click

from web.commands import installation
from web.commands.console import Group, json_option, print_json, print_table


@click.group(cls=Group, help="Сроки и напоминания: что наступит и что уже наступило.")
def command() -> None:
    """Nothing by itself."""


@command.command("list", help="Что ещё наступит, ближайшее первым.")
@installation.organisation_option
@json_option
@click.pass_context
def list_timers(context: click.Context, organisation: str, as_json: bool) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from web.formatting import field_date
        from web.views.subjects import KIND_TITLES, subjects
        from web.views.timer_words import TITLES
        from workflow_core import timers

        now = installation.clock()
        with place.engine.read(now=now) as read:
            scope = installation.organisation_named(read.session, organisation).id
        with place.engine.read(scope, now=now) as read:
            rows = timers.waiting(read)
            named = subjects(read, [(row.subject_kind, row.subject_id) for row in rows])
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    print_table(
        (
            (
                field_date(_day(row.fires_on)),
                TITLES[row.kind],
                f"до {field_date(_day(row.due_on))}",
                named[row.subject_kind, row.subject_id].label or KIND_TITLES.get(row.subject_kind, row.subject_kind),
            )
            for row in rows
        ),
        "Ничего не ждёт своего дня.",
    )


@command.command("run", help="Отметить всё, что наступило к сегодняшнему дню, во всех организациях.")
@json_option
@click.pass_context
def run(context: click.Context, as_json: bool) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from web.views.timer_words import counted
        from workflow_core import timers

        taken = timers.take_due(place.engine, installation.clock())
    if as_json:
        print_json(taken)
    else:
        click.echo(counted(taken))


def _day(text: str) -> date:
    return date.fromisoformat(text)


__all__ = ["command"]
