"""`marshrut definitions`: lifecycles, how many records run by each edition, as pictures, and moving records to a new edition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.commands import installation
from web.commands.console import Group, json_option, print_json, print_table

if TYPE_CHECKING:
    from web.assembly import Installation
    from workflow_core.definition import WorkflowDefinition
    from workflow_core.guards import Actor
    from workflow_core.operations import Fate, MigrationPlan, RowResult
    from workflows.organisations.tables import Organisation


@click.group(cls=Group, help="Жизненные циклы: состояния и шаги.")
def command() -> None:
    """Nothing by itself."""


# -- list -------------------------------------------------------------------------------------------------------------


@command.command("list", help="Какие жизненные циклы установлены и сколько записей идёт по каждой их редакции.")
@json_option
@click.pass_context
def list_definitions(context: click.Context, as_json: bool) -> None:
    from web.assembly import catalogue

    installed = catalogue().definitions
    stored = _stored(context)
    rows = [_row(one, stored[1].get(one.hash, 0) if stored else None, True) for one in installed.values()]
    known = {one["hash"] for one in rows}
    rows += (
        [_row(one, stored[1].get(one.hash, 0), False) for one in stored[0] if one.hash not in known] if stored else []
    )
    if as_json:
        print_json(rows)
        return
    print_table(
        (
            one["code"],
            f"редакция {one['version']} ({one['hash'][:8]})",
            f"состояний {one['states']}, шагов {one['events']}",
            "" if one["processes"] is None else f"записей {one['processes']}",
            one["title"] + ("" if one["installed"] else ", прежняя редакция"),
        )
        for one in rows
        if one["installed"] or one["processes"]
    )


def _stored(context: click.Context) -> tuple[list[WorkflowDefinition], dict[str, int]] | None:
    """All editions of the store and how many records run by each; None where there is no database yet."""
    from workflow_core.exceptions import InvalidInput

    try:
        with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
            from workflow_core.operations import queries

            with place.engine.read(now=installation.clock()) as read:
                found = [read.definition(one.hash) for one in queries.editions(read.session)]
                return found, queries.count_by_edition(read.session)
    except InvalidInput:
        return None


def _row(one: WorkflowDefinition, processes: int | None, installed: bool) -> dict[str, Any]:
    return {
        "code": one.code,
        "title": one.title,
        "version": one.version,
        "states": len(one.states),
        "events": len(one.events),
        "hash": one.hash,
        "installed": installed,
        "processes": processes,
    }


# -- migrate ----------------------------------------------------------------------------------------------------------


@command.command("migrate", help="Перевести записи на новую редакцию правил: сначала --rehearse, потом --run.")
@click.argument("code", metavar="КОД")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    default=None,
    metavar="ФАЙЛ",
    help="Как называются прежние состояния в новой редакции (YAML или JSON).",
)
@installation.organisation_option
@click.option("--rehearse", "mode", flag_value="rehearse", help="Показать судьбу каждой записи и ничего не менять.")
@click.option("--run", "mode", flag_value="run", help="Перевести. Прерванный перевод продолжается этой же командой.")
@installation.account_option
@json_option
@click.pass_context
def migrate(
    context: click.Context,
    code: str,
    mapping: Path | None,
    organisation: str,
    mode: str | None,
    username: str,
    as_json: bool,
) -> None:
    from workflow_core.exceptions import InvalidDefinition, InvalidInput
    from workflow_core.migration_file import MigrationFile, read_migration

    if mode is None:
        raise InvalidInput({"": "Укажите --rehearse (показать, ничего не меняя) или --run (перевести)."})
    asked = read_migration(mapping) if mapping else MigrationFile(code)
    if asked.definition != code:
        raise InvalidInput({"": f"В файле речь о «{asked.definition}», а в команде о «{code}»."})
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        now = installation.clock()
        with place.engine.read(now=now) as read:
            from workflow_core import operations

            try:
                plan = operations.plan_migration(
                    read,
                    code,
                    source=asked.source,
                    target=asked.target,
                    states=asked.states,
                    remembered=asked.remembered,
                )
            except InvalidDefinition as exc:
                for finding in exc.findings:
                    click.echo(str(finding), err=True)
                context.exit(2)
            found = _organisations(read, organisation)
            actors = {one.id: installation.actor_named(read, one, username) for one in found}
        told = _rehearsals(place, plan, found) if mode == "rehearse" else _runs(place, plan, found, actors)
        reports = list(told)
    if as_json:
        warnings = [asdict(one) for one in plan.warnings]
        print_json({"definition": code, "to": plan.target.hash, "warnings": warnings, mode: reports})
    else:
        _tell(plan, reports)
    context.exit(1 if any(row["obstacle"] for report in reports for row in report["rows"]) else 0)


def _organisations(read: Any, named: str) -> list[Organisation]:
    from workflow_core import queries as core
    from workflows.organisations import queries

    if named:
        return [installation.organisation_named(read.session, named)]
    scopes = set(core.scopes(read.session))
    return [one for one in queries.all_organisations(read.session) if one.id in scopes]


def _rehearsals(place: Installation, plan: MigrationPlan, found: list[Organisation]) -> Iterator[dict[str, Any]]:
    from workflow_core import operations

    for one in found:
        with place.engine.read(one.id, now=installation.clock()) as read:
            fates = operations.rehearse_migration(read, plan)
            labels = _labels(read, [(fate.subject_kind, fate.process_id) for fate in fates])
        rows = [{**_fate(fate), "label": labels[fate.process_id]} for fate in fates]
        yield {"organisation": one.short_title, "organisation_id": one.id, "rows": rows}


def _fate(fate: Fate) -> dict[str, Any]:
    return {
        "id": fate.process_id,
        "from_hash": fate.from_hash,
        "from_state": fate.from_state,
        "from_title": fate.from_title,
        "to_state": fate.to_state,
        "to_title": fate.to_title,
        "remembered": fate.remembered,
        "limit_before": fate.limit_before,
        "limit_after": fate.limit_after,
        "missing": [
            {"event": one.event, "title": one.title, "severity": str(one.blocker.severity), "text": one.blocker.text}
            for one in fate.missing
        ],
        "notes": list(fate.notes),
        "obstacle": fate.obstacle,
    }


def _runs(
    place: Installation, plan: MigrationPlan, found: list[Organisation], actors: dict[str, Actor]
) -> Iterator[dict[str, Any]]:
    from workflow_core import operations

    for one in found:
        done: list[RowResult] = []
        for page in operations.run_migration(place.engine, one.id, actors[one.id], plan, clock=installation.clock):
            done += page
        with place.engine.read(one.id, now=installation.clock()) as read:
            kind = plan.target.subject
            labels = _labels(read, [(kind, row.process_id) for row in done])
        rows = [
            {
                "id": row.process_id,
                "label": labels[row.process_id],
                "text": row.text,
                "seq": row.seq,
                "obstacle": "" if row.ok else row.text,
            }
            for row in done
        ]
        yield {"organisation": one.short_title, "organisation_id": one.id, "rows": rows}


def _labels(read: Any, refs: list[tuple[str, str]]) -> dict[str, str]:
    from web.views.subjects import subjects

    known = subjects(read, refs)
    return {ref[1]: (known[ref].label if ref in known else "") or ref[1] for ref in refs}


def _tell(plan: MigrationPlan, reports: list[dict[str, Any]]) -> None:
    for warning in plan.warnings:
        click.echo(f"! {warning.text}")
    for report in reports:
        moved = sum(not row["obstacle"] for row in report["rows"])
        left = len(report["rows"]) - moved
        click.echo(f"{report['organisation']}: переходят {moved}, остаются {left}")
        for row in report["rows"]:
            for line in _lines(row):
                click.echo(f"  {line}")
    if not reports:
        click.echo("Записей ещё нет.")


def _lines(row: dict[str, Any]) -> Iterator[str]:
    if row["obstacle"]:
        yield f"{row['label']}: останется как есть. {row['obstacle']}"
        return
    if "text" in row:
        yield f"{row['label']}: {row['text'][:1].lower()}{row['text'][1:]}"
        return
    same = row["from_title"] == row["to_title"]
    told = f"«{row['to_title']}», как и было" if same else f"«{row['from_title']}» станет «{row['to_title']}»"
    if row["limit_before"] != row["limit_after"]:
        told += f"; срок {_day(row['limit_after'])} вместо {_day(row['limit_before'])}"
    yield f"{row['label']}: {told}"
    for one in row["missing"]:
        yield f"    {one['title']}: {one['text']}"
    yield from (f"    {note}" for note in row["notes"])


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else "без срока"


# -- pictures ---------------------------------------------------------------------------------------------------------


@command.command("diagram", help="Схема жизненного цикла: текст для Mermaid (покажет любой редактор Markdown).")
@click.argument("code", metavar="КОД")
@click.option("--state", default="", metavar="СОСТОЯНИЕ", help="Отметить это состояние.")
def diagram(code: str, state: str) -> None:
    from web.assembly import catalogue
    from workflow_core.diagram import diagram as drawn
    from workflow_core.exceptions import NotFound

    known = catalogue().definitions
    if code not in known:
        raise NotFound("жизненный цикл", code, known)
    if state and state not in known[code].states:
        raise NotFound("состояние", state, known[code].states)
    click.echo(drawn(known[code], state or None), nl=False)


__all__ = ["command"]
