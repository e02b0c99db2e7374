"""`marshrut search`: whether what people search in and what lists are read from are in step with the registers, and making it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.commands import installation
from web.commands.console import Group, json_option, print_json

if TYPE_CHECKING:
    from web.assembly import Installation
    from workflow_core.unit_of_work import UnitOfWork

MEND = "Составьте заново: marshrut search rebuild"


@click.group(cls=Group, help="Поиск: то, по чему ищут участников, пары, документы и пункты плана.")
def command() -> None:
    """Nothing by itself."""


@command.command("check", help="Сверить поиск со сведениями. Без --organisation проверяются все организации.")
@installation.organisation_option
@json_option
@click.pass_context
def check(context: click.Context, organisation: str, as_json: bool) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        found: list[dict[str, Any]] = []
        for scope, title in _organisations(place, organisation):
            # In a write, because SQLite's index is asked about its own parts by a statement that counts as one; nothing changes.
            with place.engine.write(scope, installation.console_actor(), now=installation.clock()) as write:
                found.append(
                    {"organisation": title, "organisation_id": scope, "differ": behind(write), **_parts(write)}
                )
    if as_json:
        print_json(found)
    else:
        for one in found:
            click.echo(f"{one['organisation']}: {_sentence(one['differ'], one['sound'])}")
    context.exit(0 if all(not one["differ"] and one["sound"] for one in found) else 1)


@command.command("rebuild", help="Составить поиск заново по сведениям. Сами сведения не меняются.")
@installation.organisation_option
@click.pass_context
def rebuild(context: click.Context, organisation: str) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from web.formatting import count
        from workflows.mentoring import pair_list
        from workflows.organisations import search_index

        for scope, title in _organisations(place, organisation):
            with place.engine.write(scope, installation.console_actor(), now=installation.clock()) as write:
                lines = search_index.rebuild(write.session, scope)
                pair_list.rebuild(write.session, scope)
            click.echo(f"{title}: поиск составлен заново, {count(lines, 'строка', 'строки', 'строк')}.")


def behind(uow: UnitOfWork) -> int:
    """How many rows of an organisation stand in the search or in the list of pairs at work otherwise than the registers say."""
    from workflows.mentoring import pair_list
    from workflows.organisations import search_index

    return search_index.differences(uow.session, uow.scope) + pair_list.differences(uow.session, uow.scope)


def _parts(uow: UnitOfWork) -> dict[str, bool]:
    from workflows.organisations import search_index

    return {"sound": search_index.is_sound(uow.session)}


def _organisations(place: Installation, wanted: str) -> list[tuple[str, str]]:
    from workflows.organisations import queries

    with place.engine.read(now=installation.clock()) as read:
        if wanted:
            found = [installation.organisation_named(read.session, wanted)]
        else:
            found = queries.all_organisations(read.session)
        return [(one.id, one.short_title) for one in found]


def _sentence(differ: int, sound: bool) -> str:
    from web.formatting import count

    if differ:
        told = count(differ, "строка не сходится", "строки не сходятся", "строк не сходятся")
        return f"{told} со сведениями. {MEND}"
    return "поиск сходится со сведениями" if sound else f"части поиска не сходятся между собой. {MEND}"
