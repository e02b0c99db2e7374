"""`marshrut road-map`: maps that can be taken into work, one map in the contract's shape, taking one, reading a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.commands import installation
from web.commands.adoption import command as adopt
from web.commands.console import Group, json_option, print_json, print_table
from web.commands.map_export import command as export
from web.commands.phrases import deadline, responsible
from web.commands.reading import command as read
from workflow_core.exceptions import InvalidInput, NotFound

if TYPE_CHECKING:
    from workflows.road_maps.map_template import MapTemplate


@click.group(cls=Group, help="Дорожные карты.")
def command() -> None:
    """Nothing by itself."""


def templates() -> dict[str, MapTemplate]:
    """Every map that can be taken into work: shipped ones and those of plugins. The first of two with one code stays."""
    from importlib import metadata

    from workflow_core.plugin_manager import ENTRY_POINT
    from workflows.road_maps.map_template import load, shipped_maps

    found = dict(shipped_maps())
    # Without the whole catalogue: it would take seconds, and no map needs guards or templates of documents.
    for point in metadata.entry_points(group=ENTRY_POINT):
        contribute = getattr(point.load(), "contribute_road_maps", None)
        for path in contribute() if contribute else ():
            template = load(Path(path))
            found.setdefault(template.code, template)
    return found


def template_named(code: str) -> MapTemplate:
    """One map. Raises NotFound naming the known ones."""
    from workflows.road_maps.map_template import MAPS, load

    shipped = MAPS / f"{code}.yaml"
    if code.isidentifier() and shipped.is_file():
        # Reading all five maps takes seconds; one is a moment.
        return load(shipped)
    known = templates()
    if code not in known:
        raise NotFound("дорожная карта", code, known)
    return known[code]


@command.command("list", help="Какие карты есть: из состава программы, дополнений, свои и взятые в работу.")
@json_option
@click.pass_context
def list_maps(context: click.Context, as_json: bool) -> None:
    found = [
        {
            "code": one.code,
            "title": one.title,
            "level": one.level,
            "sections": len(one.sections),
            "items": len(one.items),
            "organisation": None,
        }
        for one in templates().values()
    ]
    found += _adopted(context)
    if as_json:
        print_json(found)
        return
    print_table(
        (one["code"], f"разделов {one['sections']}, пунктов {one['items']}", one["organisation"] or "", one["title"])
        for one in found
    )


@command.command("show", help="Одна карта целиком. Для карт из состава программы база не нужна.")
@click.argument("code", metavar="КОД")
@json_option
@click.pass_context
def show(context: click.Context, code: str, as_json: bool) -> None:
    try:
        template = template_named(code)
    except NotFound:
        shape = _running(context, code)
        if shape is None:
            raise
    else:
        from workflows.road_maps.map_template import as_contract

        shape = as_contract(template)
    if as_json:
        print_json(shape)
    else:
        print_map(shape)


def print_map(shape: dict[str, Any]) -> None:
    """A map in the contract's shape, for a person."""
    click.echo(shape["title"])
    if shape["period"]:
        click.echo(f"Период: {shape['period']['text']}")
    for section in shape["sections"]:
        click.echo("")
        click.echo(" ".join(part for part in (section["number"], section["title"]) if part))
        for item in section["items"]:
            when = item["deadline"]["text"] if item["deadline"] else "без срока"
            who = item["responsible"]["text"] if item["responsible"] else "ответственный не указан"
            click.echo(f"  {item['number'] or '—'}  {item['text']}")
            click.echo(f"      {when}; {who}")
    for warning in shape["warnings"]:
        click.echo(f"! {warning.get('place') or warning.get('line')}: {warning['message']}")


# -- maps at work -----------------------------------------------------------------------------------------------------


def _has_database(context: click.Context) -> bool:
    import sqlalchemy as sa

    settings = installation.settings_for(demo=installation.is_demo(context))
    path = sa.make_url(settings.database_url).database
    return not settings.is_embedded or bool(path and os.path.exists(path))


def _adopted(context: click.Context) -> list[dict[str, Any]]:
    """Maps of organisations: at work, by the id of their row, and own ones; none where there is no database of this version."""
    if not _has_database(context):
        return []
    try:
        return _adopted_rows(context)
    except InvalidInput:
        return []


def _adopted_rows(context: click.Context) -> list[dict[str, Any]]:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflows.organisations import queries as organisations
        from workflows.road_maps import own_maps, queries

        with place.engine.read(now=installation.clock()) as read:
            return [
                {
                    "code": row.id,
                    "title": row.title,
                    "level": row.level,
                    "sections": len(queries.stages(read.session, one.id, [row.id])),
                    "items": len(queries.activities_of_maps(read.session, one.id, [row.id])),
                    "organisation": one.short_title,
                }
                for one in organisations.all_organisations(read.session)
                for row in queries.road_maps(read.session, one.id)
            ] + [
                {
                    "code": template.code,
                    "title": template.title,
                    "level": template.level,
                    "sections": len(template.sections),
                    "items": len(template.items),
                    "organisation": one.short_title,
                }
                for one in organisations.all_organisations(read.session)
                for template in own_maps.templates(read.session, one.id).values()
            ]


def _running(context: click.Context, row_id: str) -> dict[str, Any] | None:
    """A map at work with its dates as they stand now, or an own map, in the contract's shape; None where there is neither."""
    if not _has_database(context):
        return None
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflows.organisations import queries as organisations
        from workflows.road_maps import own_maps, queries
        from workflows.road_maps.map_template import as_contract
        from workflows.road_maps.running_map import running_contract

        with place.engine.read(now=installation.clock()) as read:
            for one in organisations.all_organisations(read.session):
                if any(row.id == row_id for row in queries.road_maps(read.session, one.id)):
                    return running_contract(read.session, one.id, row_id)
                own = queries.own_map_of_code(read.session, one.id, row_id)
                if own is not None:
                    return as_contract(own_maps.template_of(own))
    return None


command.add_command(adopt, "adopt")
command.add_command(export, "export")
command.add_command(read, "read")
command.add_command(deadline, "deadline")
command.add_command(responsible, "responsible")
__all__ = ["command", "template_named", "templates"]
