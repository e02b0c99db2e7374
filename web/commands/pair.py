"""`marshrut pair`: pairs in a list, one pair with what stands in its way, and a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from web.commands import installation
from web.commands.console import Day, Group, json_option, print_json, print_table
from workflow_core.exceptions import GuardRefused, InvalidInput

if TYPE_CHECKING:
    from web.assembly import Installation
    from workflow_core.guards import Actor, Blocker
    from workflow_core.judgement import Outlook
    from workflow_core.unit_of_work import Write


@click.group(cls=Group, help="Пары и группы.")
def command() -> None:
    """Nothing by itself."""


@command.command("list", help="Пары и группы организации.")
@installation.organisation_option
@click.option(
    "--state", "states", multiple=True, metavar="СОСТОЯНИЕ", help="Только в этом состоянии: proposed, formed…"
)
@click.option("--text", default="", metavar="ИМЯ", help="Части имён: «бел дан».")
@click.option("--stuck", is_flag=True, help="Только те, что стоят на месте.")
@json_option
@click.pass_context
def list_pairs(
    context: click.Context, organisation: str, states: tuple[str, ...], text: str, stuck: bool, as_json: bool
) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflows.mentoring import board
        from workflows.mentoring.pair_list import PairFilter

        scope, now = _scope(place, organisation), installation.clock()
        with place.engine.read(scope, now=now) as read:
            wanted = PairFilter(text=text, states=states)
            if stuck:
                wanted = board.stuck_filter(read, wanted)
            page = board.pair_page(read, wanted, limit=500)
            lines = list(page.pairs)
            while page.next_after:
                page = board.pair_page(read, wanted, after=page.next_after, limit=500)
                lines.extend(page.pairs)
    if as_json:
        print_json([asdict(one) for one in lines])
        return
    rows = (
        (
            one.id[-8:],
            one.state_title,
            f"{one.since:%d.%m.%Y}",
            f"стоит {one.days} дн." if one.is_stuck else "",
            one.label,
        )
        for one in lines
    )
    print_table(rows, "Пар нет.")


@command.command("show", help="Одна пара: состав, этапы, что можно сделать и что мешает.")
@click.argument("pair", metavar="ПАРА")
@installation.organisation_option
@installation.account_option
@json_option
@click.pass_context
def show(context: click.Context, pair: str, organisation: str, username: str, as_json: bool) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflow_core import operations
        from workflows.mentoring import board

        scope, now = _scope(place, organisation), installation.clock()
        with place.engine.read(scope, now=now) as read:
            actor = _actor(place, read, scope, username)
            pair_id = installation.row_of(read, "pair", pair)
            line = board.pair_lines(read, [pair_id])[pair_id]
            steps = board.journeys(read, [pair_id])[pair_id]
            outlooks = operations.why_not(read, actor, [pair_id]).get(pair_id, [])
    if as_json:
        print_json(
            {**asdict(line), "track": [asdict(step) for step in steps], "next": [_outlook(one) for one in outlooks]}
        )
        return
    click.echo(f"{line.label} ({line.form_title})")
    click.echo(f"{line.state_title} с {line.since:%d.%m.%Y}; {line.programme_title}")
    for step in steps:
        mark = {"done": "+", "now": ">"}.get(step.place, " ")
        click.echo(f"  {mark} {step.title}" + (f", {step.reached_on:%d.%m.%Y}" if step.reached_on else ""))
    for one in outlooks:
        verdict = "можно" if one.is_open and not one.needs_ground else "с обоснованием" if one.is_open else "нельзя"
        click.echo(f"{one.event.title} ({one.event.name}): {verdict}")
        for blocker in one.blockers:
            click.echo(f"    {_reason(blocker)}")


def _outlook(one: Outlook) -> dict[str, Any]:
    return {
        "event": one.event.name,
        "title": one.event.title,
        "open": one.is_open,
        "needs_ground": one.needs_ground,
        "blockers": [_plain(blocker) for blocker in one.blockers],
    }


def _plain(blocker: Blocker) -> dict[str, Any]:
    return {
        "code": blocker.code,
        "severity": str(blocker.severity),
        "text": blocker.text,
        "explanation": blocker.explanation,
        "who_can_lift": blocker.who_can_lift,
        "values": dict(blocker.values),
        "source": blocker.source,
    }


def _reason(blocker: Blocker) -> str:
    parts = [f"{blocker.text}."]
    if blocker.explanation:
        parts.append(f"{blocker.explanation}.")
    if blocker.who_can_lift:
        parts.append(f"Кто может решить: {blocker.who_can_lift}.")
    return " ".join(part.replace("..", ".") for part in parts)


@command.command("fire", help="Сделать шаг: form, hold_acquaintance, start_work…; какие есть, скажет pair show.")
@click.argument("pair", metavar="ПАРА")
@click.argument("event", metavar="ШАГ")
@installation.organisation_option
@installation.account_option
@click.option(
    "--on", "happened_on", type=Day(), default=None, metavar="ДЕНЬ", help="Дата события; по умолчанию сегодня."
)
@click.option("--ground", default="", metavar="ТЕКСТ", help="Обоснование, где оно нужно.")
@click.option("--remark", default="", metavar="ТЕКСТ", help="Примечание.")
@click.option("--field", "fields", multiple=True, metavar="ПОЛЕ=ЗНАЧЕНИЕ", help="Поле шага; можно несколько раз.")
@json_option
@click.pass_context
def fire(
    context: click.Context,
    pair: str,
    event: str,
    organisation: str,
    username: str,
    happened_on: date | None,
    ground: str,
    remark: str,
    fields: tuple[str, ...],
    as_json: bool,
) -> None:
    values = _values(fields)
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        from workflow_core import operations

        scope, now = _scope(place, organisation), installation.clock()
        with place.engine.read(scope, now=now) as read:
            actor = _actor(place, read, scope, username)
            pair_id = installation.row_of(read, "pair", pair)

        def step(write: Write) -> dict[str, Any]:
            done = operations.fire(
                write, pair_id, event, fields=values, happened_on=happened_on, remark=remark, ground=ground
            )
            title = write.definition(done.process.definition_hash).state_title(done.process.state)
            caused = [{"id": row.process_id, "ok": row.ok, "text": row.text} for row in done.caused]
            revoked = [{"id": row.process_id, "ok": row.ok, "text": row.text} for row in done.revoked]
            told = {"id": pair_id, "state": done.process.state, "title": title, "entry": done.seq}
            return {**told, "caused": caused, "revoked": revoked}

        try:
            outcome = place.engine.perform(scope, actor, step, now=now, operation="pair_fire")
        except GuardRefused as exc:
            if not as_json:
                raise
            # For a program a closed step is an answer with its reasons, not a failure of the command.
            print_json({"id": pair_id, "refused": str(exc), "blockers": [_plain(one) for one in exc.blockers]})
            context.exit(1)
    if as_json:
        print_json(outcome)
    else:
        click.echo(f"Теперь «{outcome['title']}», запись № {outcome['entry']}.")
        for row in outcome["revoked"]:
            click.echo(row["text"])


def _values(fields: tuple[str, ...]) -> Mapping[str, str]:
    for one in fields:
        if "=" not in one:
            raise InvalidInput({"": f"«{one}»: поле пишется как имя=значение."})
    return dict(one.split("=", 1) for one in fields)


def _scope(place: Installation, text: str) -> str:
    with place.engine.read(now=installation.clock()) as read:
        return installation.organisation_named(read.session, text).id


def _actor(place: Installation, read: Any, scope: str, username: str) -> Actor:
    from workflows.organisations import queries

    organisation = queries.organisation(read.session, scope)
    return installation.actor_named(read, organisation, username)


__all__ = ["command"]
