"""What all commands share on the screen: Russian help, kinds of values, reports for people and for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import click

_HEADINGS = {"Options": "Параметры", "Commands": "Команды"}

json_option = click.option("--json", "as_json", is_flag=True, help="Напечатать для программы, в виде JSON.")


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "Вызов: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class _Context(click.Context):
    formatter_class = _Formatter


class Command(click.Command):
    """A command whose help is Russian throughout."""

    context_class = _Context

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("options_metavar", "[ПАРАМЕТРЫ]")
        super().__init__(*args, **options)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _in_russian(super().get_help_option(ctx))


class Group(click.Group):
    """Commands of one noun."""

    context_class = _Context
    command_class = Command

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("options_metavar", "[ПАРАМЕТРЫ]")
        options.setdefault("subcommand_metavar", "КОМАНДА …")
        super().__init__(*args, **options)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _in_russian(super().get_help_option(ctx))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            known = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"Нет команды «{args[0]}»; есть: {known}.", ctx)
        return super().resolve_command(ctx, args)


def _in_russian(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = "Показать эту подсказку."
    return option


def sentence_of(error: click.ClickException) -> str:
    """What is wrong with the way a command was called, in Russian: click itself speaks English."""
    if isinstance(error, click.NoSuchOption):
        near = f" Похоже на: {', '.join(error.possibilities)}." if error.possibilities else ""
        return f"Нет параметра «{error.option_name}».{near}"
    if isinstance(error, click.BadOptionUsage):
        return f"Параметр «{error.option_name}» записан неверно: после него нужно значение или, наоборот, не нужно."
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param and error.ctx else ""
        if isinstance(error.param, click.Option):
            name = error.param.opts[0]
        return f"Не указано: {name}."
    if isinstance(error, click.FileError):
        return f"Файл «{error.ui_filename}» не открывается."
    extra = re.match(r"Got unexpected extra arguments? \((.*)\)", error.message)
    return f"Лишнее в команде: {extra[1]}." if extra else error.message


# -- kinds of values --------------------------------------------------------------------------------------------------


class Day(click.ParamType[Any]):
    """A day as 2026-09-01 or 01.09.2026."""

    name = "день"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        written = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", value.strip())
        try:
            if written:
                return date(int(written[3]), int(written[2]), int(written[1]))
            return date.fromisoformat(value.strip())
        except ValueError:
            self.fail(f"«{value}» — не дата. Напишите её как 01.09.2026 или 2026-09-01.", param, ctx)


class Month(click.ParamType[Any]):
    """A month as 2026-09; gives its first day."""

    name = "месяц"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        written = re.fullmatch(r"(\d{4})-(\d{1,2})", value.strip())
        if not written or not 1 <= int(written[2]) <= 12:
            self.fail(f"«{value}» — не месяц. Напишите его как 2026-09.", param, ctx)
        return date(int(written[1]), int(written[2]), 1)


class Period(click.ParamType[Any]):
    """Two days as 2026-09-01:2027-05-31."""

    name = "период"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[date, date]:
        if isinstance(value, tuple):
            return value
        first, colon, last = value.partition(":")
        if not colon:
            self.fail(f"«{value}» — не период. Напишите его как 01.09.2026:31.05.2027.", param, ctx)
        days = Day().convert(first, param, ctx), Day().convert(last, param, ctx)
        if days[0] > days[1]:
            self.fail(f"Период «{value}» кончается раньше, чем начинается.", param, ctx)
        return days


class Whole(click.ParamType[Any]):
    """A whole number between two others."""

    name = "число"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).strip()
        if not text.isdigit() or not self.least <= int(text) <= self.most:
            self.fail(f"«{value}» не подходит. Нужно число от {self.least} до {self.most}.", param, ctx)
        return int(text)


class OneOf(click.ParamType[Any]):
    """One of some words."""

    name = "слово"

    def __init__(self, *words: str) -> None:
        self.words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "|".join(self.words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.words:
            self.fail(f"«{value}» не подходит; есть: {', '.join(self.words)}.", param, ctx)
        return str(value)


# -- reports ----------------------------------------------------------------------------------------------------------


def print_json(value: Any) -> None:
    """A report for a program: one JSON value."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(rows: Iterable[Sequence[object]], empty: str = "Ничего нет.") -> None:
    """Rows of columns for people; the last column runs on."""
    written = [[str(cell) for cell in row] for row in rows]
    if not written:
        click.echo(empty)
        return
    widths = [max(len(row[place]) for row in written) for place in range(len(written[0]) - 1)]
    for row in written:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join((*cells, row[-1])).rstrip())
