"""`marshrut road-map deadline` and `responsible`: what one cell of a plan means, or a line of standard input each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.commands.console import Command, json_option, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from workflows.road_maps.reader.vocabulary import Vocabulary

BATCH = "-"


class MapYears(click.ParamType[Any]):
    """The years of a map: 2022-2023, or 2020 for a plan by calendar years."""

    name = "учебный год"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from workflows.road_maps.reader.deadline_phrases import period_of_year

        if period_of_year(str(value)) is None:
            self.fail(f"«{value}» — не учебный год. Напишите его как 2022-2023.", param, ctx)
        return str(value)


@click.command(
    cls=Command,
    help="Понять срок, как он написан в плане. «-»: по строке из входа, «учебный год<Tab>срок», ответ в JSON на каждую.",
)
@click.argument("text", metavar="ТЕКСТ")
@click.option("--school-year", type=MapYears(), default=None, metavar="ГОД-ГОД", help="Учебный год карты: 2022-2023.")
@json_option
def deadline(text: str, school_year: str | None, as_json: bool) -> None:
    from workflows.road_maps.deadlines import describe, to_contract
    from workflows.road_maps.reader.deadline_phrases import deadline_reading

    if text == BATCH:
        for year, phrase in _lines():
            _print_line(to_contract(deadline_reading(phrase, year or school_year).deadline))
        return
    reading = deadline_reading(text, school_year)
    if as_json:
        print_json(to_contract(reading.deadline))
        return
    click.echo(f"{describe(reading.deadline)}{'' if reading.deadline.certain else ' (не уверенно)'}")
    for one in reading.deadline.alternatives:
        click.echo(f"  или: {describe(one)}")
    for warning in reading.warnings:
        click.echo(f"! {warning.message}")


@click.command(
    cls=Command,
    help="Понять, кто отвечает. «-»: по строке из входа, «учебный год<Tab>ответственный», ответ в JSON на каждую.",
)
@click.argument("text", metavar="ТЕКСТ")
@json_option
def responsible(text: str, as_json: bool) -> None:
    from workflows.road_maps.reader.responsible import read_responsible, to_contract

    words = installed_vocabulary()
    if text == BATCH:
        for _year, phrase in _lines():
            _print_line(to_contract(read_responsible(phrase, words)))
        return
    found = read_responsible(text, words)
    if as_json:
        print_json(to_contract(found))
        return
    click.echo(f"роли: {', '.join(found.roles) or 'не названы'}")
    click.echo(f"люди: {', '.join(found.persons) or 'не названы'}")


def installed_vocabulary() -> Vocabulary:
    """The shipped words and those of installed plugins; a file with mistakes is left out (`marshrut check` names it)."""
    from workflows.road_maps.reader.vocabulary import check_words, vocabulary_of

    return vocabulary_of(path for path in _contributed() if not check_words(path))


def _contributed() -> Iterator[Path]:
    from importlib import metadata

    from workflow_core.plugin_manager import ENTRY_POINT

    # Without the whole catalogue: it would take seconds, and words need nothing of it.
    for point in metadata.entry_points(group=ENTRY_POINT):
        try:
            contribute = getattr(point.load(), "contribute_road_map_words", None)
            yield from contribute() if contribute else ()
        except Exception:  # a stranger's plugin may raise anything; `marshrut plugins list` tells
            continue


def _lines() -> Iterator[tuple[str, str]]:
    """School year and phrase of every line of standard input, whatever bytes stand there; no tab: the phrase alone."""
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").removesuffix("\n").removesuffix("\r")
        year, tab, phrase = text.partition("\t")
        yield (year.strip(), phrase) if tab else ("", text)


def _print_line(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


__all__ = ["deadline", "installed_vocabulary", "responsible"]
