"""`marshrut history`: checking that nobody has rewritten it, and writing it to a file."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.commands import installation, search
from web.commands.console import Day, Group, OneOf, json_option, print_json, print_table
from web.whole_file import whole_file
from workflow_core.exceptions import InvalidInput

if TYPE_CHECKING:
    from workflow_core.verification import Checkpoint, Verdict

EVERYTHING = 1_000_000
"""More lines than an organisation has."""


@click.group(cls=Group, help="История: кто, что, когда и на каком основании.")
def command() -> None:
    """Nothing by itself."""


@command.command("verify", help="Проверить, что записи не изменялись. Без --organisation проверяются все организации.")
@installation.organisation_option
@click.option(
    "--replay", is_flag=True, help="Только повторить шаги по правилам и назвать все расхождения, а не первое."
)
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="ЧИСЛО:КОД",
    help="Контрольная точка, сохранённая вне программы: её печатает эта же команда. Можно несколько.",
)
@click.option(
    "--export",
    type=click.Path(exists=True, dir_okay=False),
    default=None,
    metavar="ФАЙЛ",
    help="Выгрузка jsonl, сохранённая вне программы: каждая её строка — контрольная точка.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Только цепочка: контрольные коды и связи записей, без полей, подробностей и состояний.",
)
@json_option
@click.pass_context
def verify(
    context: click.Context,
    organisation: str,
    replay: bool,
    quick: bool,
    checkpoints: tuple[str, ...],
    export: str | None,
    as_json: bool,
) -> None:
    kept = [*map(_checkpoint, checkpoints), *(_checkpoints_of(Path(export)) if export else ())]
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflow_core import queries as core
        from workflow_core import verification
        from workflows.organisations import queries

        now = installation.clock()
        with place.engine.read(now=now) as read:
            titles = {one.id: one.short_title for one in queries.all_organisations(read.session)}
            # An organisation whose head was deleted is one that has to be looked at.
            scopes = sorted({*core.scopes(read.session), *titles})
            if organisation:
                scopes = [installation.organisation_named(read.session, organisation).id]
        if kept and len(scopes) > 1:
            raise InvalidInput({"": "Контрольная точка — одной организации. Укажите её: --organisation."})
        verdicts, behind = [], {}
        for scope in scopes:
            with place.engine.read(scope, now=now) as read:
                behind[scope] = 0 if replay or quick else search.behind(read)
                if replay:
                    verdicts.append(verification.replay(read))
                else:
                    verdicts.append((verification.verify_quickly if quick else verification.verify)(read, kept))
    if as_json:
        print_json([{**_plain(one, titles), "search_behind": behind[one.scope]} for one in verdicts])
    else:
        for one in verdicts:
            click.echo(f"{titles.get(one.scope, one.scope)}: {_sentence(one)}")
            if behind[one.scope]:
                click.echo(f"Поиск отстал от сведений, строк: {behind[one.scope]}. {search.MEND}")
        if not verdicts:
            click.echo("Записей ещё нет.")
    context.exit(0 if all(one.ok for one in verdicts) and not any(behind.values()) else 1)


def _checkpoint(text: str) -> Checkpoint:
    from workflow_core.verification import Checkpoint

    try:
        return Checkpoint.from_text(text)
    except ValueError as exc:
        raise InvalidInput({"": f"«{text}» — не контрольная точка: нужны число записей, двоеточие и код."}) from exc


def _checkpoints_of(path: Path) -> list[Checkpoint]:
    """The number and the hash of every entry of an export."""
    from workflow_core.verification import Checkpoint

    try:
        with path.open(encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return [Checkpoint(line["seq"], line["hash"]) for line in lines if "seq" in line]
    except (ValueError, KeyError, TypeError) as exc:
        raise InvalidInput({"": f"{path} — не выгрузка истории. Нужна выгрузка --format jsonl."}) from exc


def _sentence(verdict: Verdict) -> str:
    from web.formatting import number

    if not verdict.ok:
        return " ".join(problem.text + _proof(problem) for problem in verdict.problems)
    if not verdict.count:
        return "шаги сходятся с правилами."
    point = f"контрольная точка {verdict.count}:{verdict.head_hash}"
    if verdict.not_looked_at:
        left_out = ", ".join(verdict.not_looked_at)
        return f"цепочка {number(verdict.count)} записей цела, {point}. Не проверялись: {left_out}."
    return f"записи не изменялись, проверены все {number(verdict.count)}, {point}"


def _proof(problem: Any) -> str:
    if not problem.column:
        return ""
    should_be = "неизвестно: покажет выгрузка или копия" if problem.should_be is None else f"«{problem.should_be}»"
    return f" Стоит «{problem.stands}», должно быть {should_be}."


def _plain(verdict: Verdict, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "organisation": titles.get(verdict.scope, ""),
        "organisation_id": verdict.scope,
        "ok": verdict.ok,
        "count": verdict.count,
        "head_hash": verdict.head_hash,
        "looked_at": list(verdict.looked_at),
        "not_looked_at": list(verdict.not_looked_at),
        "problems": [asdict(problem) for problem in verdict.problems],
    }


@command.command("as-of", help="Где стояла каждая запись в этот день: на самом деле или как было известно тогда.")
@click.argument("day", type=Day(), metavar="ДЕНЬ")
@click.option("--happened", "sense", flag_value="happened", default="happened", help="Как было на самом деле.")
@click.option("--known", "sense", flag_value="known", help="Как показала бы программа вечером этого дня.")
@click.option(
    "--kind",
    type=OneOf("pair", "road_map", "stage", "activity", "document"),
    default="pair",
    help="О чём: пары, карты, разделы, пункты или документы.",
)
@installation.organisation_option
@json_option
@click.pass_context
def as_of(context: click.Context, day: date, sense: str, kind: str, organisation: str, as_json: bool) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from web.views.as_of import as_of_page, sense_named

        now = installation.clock()
        with place.engine.read(now=now) as read:
            scope = installation.organisation_named(read.session, organisation).id
        with place.engine.read(scope, now=now) as read:
            lines = list(as_of_page(read, day, sense_named(sense), subject_kind=kind, limit=EVERYTHING).lines)
    if as_json:
        print_json(
            [
                {"id": one.id, "label": one.label, "state": one.state, "title": one.title, "since": one.since}
                for one in lines
            ]
        )
    else:
        print_table(
            ((one.title, f"с {one.since:%d.%m.%Y}", one.label) for one in lines), "В этот день записей не было."
        )


@command.command("export", help="Выгрузить историю одной организации в файл или на экран.")
@installation.organisation_option
@click.option(
    "--format",
    "form",
    type=OneOf("jsonl", "csv"),
    default="jsonl",
    help="jsonl: для программ и проверки; csv: для таблицы.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True),
    default="-",
    metavar="ФАЙЛ",
    help="Куда; по умолчанию на экран.",
)
@click.pass_context
def export(context: click.Context, organisation: str, form: str, output: str) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from web import history_export

        now = installation.clock()
        with place.engine.read(now=now) as read:
            found = installation.organisation_named(read.session, organisation)
            scope, title = found.id, found.short_title
        lines = history_export.csv_lines if form == "csv" else history_export.json_lines
        with place.engine.read(scope, now=now) as read:
            if output == "-":
                for line in lines(read):
                    sys.stdout.write(line)
                return
            with whole_file(Path(output)) as part, open(part, "w", encoding="utf-8", newline="") as file:
                file.writelines(lines(read))
    click.echo(f"История, {title}: {output}")


__all__ = ["command"]
