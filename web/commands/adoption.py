"""`marshrut road-map adopt`: what a map's dates become, what a person has to answer first, and taking it into work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from web.commands import installation
from web.commands.console import Command, Month, Period, json_option, print_json
from workflow_core.exceptions import InvalidInput

if TYPE_CHECKING:
    from sqlmodel import Session

    from web.assembly import Installation
    from workflow_core.unit_of_work import Write
    from workflows.road_maps.adoption import AdoptionPlan
    from workflows.road_maps.map_template import MapTemplate
    from workflows.road_maps.operations import FoundItem

NONE_DONE = "нет"


@click.command(
    cls=Command, help="Взять карту в работу: показать новые сроки и вопросы, спросить, что уже сделано, начать."
)
@click.argument("code", metavar="КОД")
@installation.organisation_option
@click.option("--from", "month", type=Month(), required=True, metavar="ГГГГ-ММ", help="С какого месяца: 2026-09.")
@click.option(
    "--period",
    type=Period(),
    default=None,
    metavar="С:ПО",
    help="Период карты, если в ней его нет: 2026-09-01:2027-05-31.",
)
@click.option(
    "--done", default=None, metavar="НОМЕРА", help="Какие прошедшие пункты сделаны: 1.1,1.2; «все» или «нет»."
)
@click.option("--yes", is_flag=True, help="Не переспрашивать.")
@installation.account_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    code: str,
    organisation: str,
    month: date,
    period: tuple[date, date] | None,
    done: str | None,
    yes: bool,
    username: str,
    as_json: bool,
) -> None:
    with installation.opened(installation.settings_for(demo=installation.is_demo(context))) as place:
        now = installation.clock()
        with place.engine.read(now=now) as read:
            found = installation.organisation_named(read.session, organisation)
            actor = installation.actor_named(read, found, username)
            scope, title = found.id, found.short_title
            template = _template(read.session, scope, code)
        plan = _plan(place, scope, template, month, period)
        if not as_json:
            _show(plan, title)
        ready = _done_items(plan, done if done is not None else _ask(plan, ask=not (yes or as_json)))
        if not (yes or as_json or _agreed()):
            raise click.Abort

        def take(write: Write) -> dict[str, Any]:
            from workflows.road_maps import operations

            return {"road_map": operations.adopt(write, plan, ready).id}

        outcome = place.engine.perform(scope, actor, take, now=now, operation="adopt_road_map")
    if as_json:
        print_json({**_plain(plan), "organisation": title, "id": outcome["road_map"], "done": sorted(ready)})
    else:
        click.echo(
            f"Карта взята в работу: {len(plan.items)} пунктов, сделано {len(ready)}. Номер {outcome['road_map']}"
        )


def _template(session: Session, scope: str, code: str) -> MapTemplate:
    """A map of the organisation itself, else a shipped one or one of a plugin. Raises NotFound."""
    from web.commands.road_map import template_named
    from workflows.road_maps import own_maps, queries

    own = queries.own_map_of_code(session, scope, code)
    return own_maps.template_of(own) if own is not None else template_named(code)


def _plan(
    place: Installation, scope: str, template: MapTemplate, month: date, period: tuple[date, date] | None
) -> AdoptionPlan:
    from web.views import adoption

    start, end = period or (None, None)
    with place.engine.read(scope, now=installation.clock()) as read:
        plan = adoption.plan(read, template, month, start, end)
    if plan.period is None:
        raise InvalidInput({"": "В карте нет периода. Укажите его: --period 2026-09-01:2027-05-31."})
    return plan


# -- showing ----------------------------------------------------------------------------------------------------------


def _show(plan: AdoptionPlan, organisation: str) -> None:
    assert plan.period is not None
    click.echo(f"{plan.template.title}. {organisation}")
    shift = f"; сроки сдвинуты, лет: {plan.years}" if plan.years else ""
    click.echo(f"Период: {plan.period.start:%d.%m.%Y} — {plan.period.end:%d.%m.%Y}{shift}")
    for one in plan.items:
        due = f"до {one.due:%d.%m.%Y}" if one.due else "без срока"
        off = (
            f", это выходной; рабочий день перед ним {one.working_day_before:%d.%m.%Y}"
            if one.working_day_before
            else ""
        )
        past = ", срок прошёл" if one.past else ""
        click.echo(f"  {one.item.number or one.item.key}  {one.item.short_title}: {due}{off}{past}")
    for question in plan.questions:
        if question.code != "already_done":
            click.echo(f"? {question.text}")


def _plain(plan: AdoptionPlan) -> dict[str, Any]:
    assert plan.period is not None
    return {
        "code": plan.template.code,
        "years": plan.years,
        "period": {"start": plan.period.start.isoformat(), "end": plan.period.end.isoformat()},
        "items": [
            {
                "key": one.item.key,
                "number": one.item.number,
                "due": one.due.isoformat() if one.due else None,
                "working_day_before": one.working_day_before.isoformat() if one.working_day_before else None,
                "past": one.past,
            }
            for one in plan.items
        ],
        "questions": [{"code": one.code, "item": one.item, "text": one.text} for one in plan.questions],
    }


# -- asking -----------------------------------------------------------------------------------------------------------


def _ask(plan: AdoptionPlan, *, ask: bool) -> str:
    if not plan.past or not ask:
        return NONE_DONE
    numbers = ", ".join(_number(one.item.number, one.item.key) for one in plan.past)
    click.echo(f"Срок этих пунктов уже прошёл: {numbers}.")
    answer: str = click.prompt("Какие из них сделаны (номера через запятую, «все» или «нет»)", default=NONE_DONE)
    return answer


def _agreed() -> bool:
    answer: str = click.prompt("Взять карту в работу (да/нет)", default="да")
    return answer.strip().casefold() in ("да", "д", "yes", "y")


def _number(number: str | None, key: str) -> str:
    return number or key


def _done_items(plan: AdoptionPlan, text: str) -> dict[str, FoundItem]:
    """The items that are done already, each on its day. Raises InvalidInput for a number that is not among those past."""
    from workflows.road_maps.operations import FoundItem

    past = {_number(one.item.number, one.item.key): one for one in plan.past}
    wanted = _numbers(text, list(past))
    by_key = {one.item.key: one for one in plan.past}
    found = {}
    for number in wanted:
        one = past.get(number) or by_key.get(number)
        if one is None:
            known = ", ".join(past) or "таких нет"
            raise InvalidInput({"": f"Пункт «{number}» не среди тех, чей срок прошёл: {known}."})
        assert one.due is not None  # only an item with a day can be past
        found[one.item.key] = FoundItem(one.due)
    return found


def _numbers(text: str, past: Sequence[str]) -> list[str]:
    folded = text.strip().casefold()
    if folded in ("все", "all"):
        return list(past)
    if folded in ("", NONE_DONE, "none"):
        return []
    return [part.strip().rstrip(".") for part in text.replace(";", ",").split(",") if part.strip()]


__all__ = ["command"]
