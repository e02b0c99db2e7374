"""`marshrut road-map export`: a map at work as Word, Excel or a calendar file."""

from __future__ import annotations

from pathlib import Path

import click

from web.commands import installation
from web.commands.console import Command, OneOf
from web.whole_file import whole_file
from workflow_core.exceptions import InvalidInput, NotFound


@click.command(cls=Command, help="Сохранить карту, взятую в работу: Word, Excel или календарь сроков.")
@click.argument("road_map", metavar="КОД")
@click.option("--format", "ending", type=OneOf("docx", "xlsx", "ics"), default="docx", help="Вид файла.")
@click.option("--state", "with_state", is_flag=True, help="С отметками о выполнении (docx и xlsx).")
@click.option(
    "--output",
    type=click.Path(writable=True),
    default=None,
    metavar="ФАЙЛ",
    help="Куда; по умолчанию в эту папку под своим именем.",
)
@click.pass_context
def command(context: click.Context, road_map: str, ending: str, with_state: bool, output: str | None) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from web.views import map_export
        from workflows.organisations import queries as organisations
        from workflows.road_maps import queries

        now = installation.clock()
        with place.engine.read(now=now) as read:
            scopes = [
                one.id
                for one in organisations.all_organisations(read.session)
                if any(row.id == road_map for row in queries.road_maps(read.session, one.id))
            ]
        if not scopes:
            raise NotFound("взятая в работу карта", road_map)
        with place.engine.read(scopes[0], now=now) as read:
            public_url = place.settings.public_url
            file = map_export.map_file(read, road_map, ending, now, with_state=with_state, public_url=public_url)
    path = Path(output or file.name)
    if path.is_dir():
        path = path / file.name
    try:
        with whole_file(path) as part:
            part.write_bytes(file.content)
    except OSError as exc:
        raise InvalidInput({"": f"Файл {path} не записывается: {exc.strerror}."}) from exc
    click.echo(str(path))
