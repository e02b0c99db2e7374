"""`marshrut road-map read`: what stands in a school's own file, without a database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from web.commands.console import Command, json_option, print_json

_UNDERSTANDING = "workflows.road_maps.reader.understanding:contract_of"


class SchoolYear(click.ParamType[Any]):
    """A school year as 2022-2023."""

    name = "учебный год"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        written = re.fullmatch(r"\s*(20\d\d)\s*[-–/]\s*(20)?(\d\d)\s*", str(value))
        if not written or int(written[3]) != (int(written[1]) + 1) % 100:
            self.fail(f"«{value}» — не учебный год. Напишите его как 2022-2023.", param, ctx)
        return f"{written[1]}-{int(written[1]) + 1}"


@click.command(cls=Command, help="Прочитать дорожную карту из файла Word, Excel, PDF, ODT, веб-страницы или текста.")
@click.argument("file", metavar="ФАЙЛ", type=click.Path())
@click.option(
    "--school-year",
    type=SchoolYear(),
    default=None,
    metavar="ГОД-ГОД",
    help="Учебный год, если в файле он не назван: 2022-2023.",
)
@json_option
def command(file: str, school_year: str | None, as_json: bool) -> None:
    from workflows.road_maps.reader import bounded
    from workflows.road_maps.reader.refusal import UnreadableFile

    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise click.ClickException(f"Файл «{file}» не открывается.") from error
    try:
        shape = bounded.call(_UNDERSTANDING, content, {"school_year": school_year})
    except UnreadableFile as error:
        raise click.ClickException(error.text) from error
    if as_json:
        print_json(shape)
    else:
        print_reading(shape)


def print_reading(shape: dict[str, Any]) -> None:
    """The reading for a person: the map, then what to look at."""
    from web.commands.road_map import print_map

    print_map(shape)
    for left in shape["unrecognised"]:
        click.echo(f"? {left['place']}: не распознано: {left['text']}")
