"""`marshrut simulate`: a year in advance, lived by people who do not exist, in a database that is thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from web.commands.console import Command, Whole, json_option, print_json

if TYPE_CHECKING:
    from web.simulation import Outcome
    from workflow_core.plugin_manager import Catalogue
    from workflow_core.simulation_report import DefinitionReport, Wait

FOUND = 1
PATHS = 8
"""Paths that are printed of each definition; the most frequent ones."""
FINDINGS = 12


@click.command(
    cls=Command,
    help="Прожить год заранее: придуманные люди ведут пары, пункты и документы по дням, с настоящими проверками,"
    " в базе на один раз. Без КОДА — всё сразу. Те же параметры дают тот же год.",
)
@click.argument("code", metavar="[КОД]", default="", required=False)
@click.option("--map", "map_code", default="", metavar="КАРТА", help="Взять в работу эту дорожную карту.")
@click.option("--days", type=Whole(1, 1000), default=300, metavar="ДНЕЙ", help="Сколько дней прожить; обычно 300.")
@click.option("--pairs", type=Whole(0, 150), default=12, metavar="ПАР", help="Сколько пар подобрать; обычно 12.")
@click.option("--seed", type=Whole(0, 10**9), default=1, metavar="ЧИСЛО", help="Число, от которого зависит случай.")
@click.option("--profile", default="", metavar="ПРОФИЛЬ", help="Правила места: код профиля.")
@json_option
def command(code: str, map_code: str, days: int, pairs: int, seed: int, profile: str, as_json: bool) -> int:
    from web.assembly import BUILT_IN, MIGRATIONS
    from web.commands.road_map import template_named
    from web.simulation import catalogue_with_papers, live, plan_for, throw_away_database
    from workflow_core.exceptions import InvalidInput

    if code and map_code:
        raise InvalidInput({"": "Укажите что-то одно: код жизненного цикла или --map."})
    catalogue = catalogue_with_papers(BUILT_IN)
    road_map = template_named(map_code) if map_code else None
    plan = plan_for(catalogue, code=code, road_map=road_map, days=days, pairs=pairs, profile=profile)
    with throw_away_database(MIGRATIONS) as database:
        outcome, _school = live(database, catalogue, plan, seed)
    shown = [one for one in outcome.report.definitions if code in ("", one.code)]
    if as_json:
        problems = [str(problem) for problem in outcome.problems]
        plain = outcome.report.as_plain()
        plain["definitions"] = [one for one in plain["definitions"] if code in ("", one["code"])]
        print_json({**plain, "entries": outcome.entries, "problems": problems})
    else:
        for line in _summary(outcome):
            click.echo(line)
        for one in shown:
            for line in _lines(one, catalogue):
                click.echo(line)
    return FOUND if outcome.problems else 0


def _summary(outcome: Outcome) -> Iterator[str]:
    report = outcome.report
    yield f"Прожито дней: {report.days}, с {report.first_day:%d.%m.%Y}. Число случая: {report.seed}."
    checked = "; ".join(str(one) for one in outcome.problems) or "записи не изменялись, состояния сходятся"
    yield f"Записей в истории: {outcome.entries}. Проверка журнала: {checked}."
    for one in report.refused:
        yield f"Отказ, {one.times} р., {one.what}: {one.text}"


def _lines(one: DefinitionReport, catalogue: Catalogue) -> Iterator[str]:
    definition = catalogue.definitions[one.code]
    buttons = {event.name: event.title for event in definition.events}
    yield ""
    yield f"{one.title} ({one.code}): {one.subjects}, шагов {one.steps}"
    yield "  Пути:"
    for path in one.paths[:PATHS]:
        yield f"    {path.count:>4}  {' → '.join(definition.state_title(state) for state in path.states)}"
    if len(one.paths) > PATHS:
        yield f"          и ещё других путей: {len(one.paths) - PATHS}"
    yield f"  Шаги из состояний: были {one.covered} из {one.total}"
    for state, event in one.never:
        yield f"    не было: {definition.state_title(state)} — «{buttons[event]}»"
    if one.stays:
        yield "  Сколько дней в состоянии: половина не дольше / девять из десяти не дольше / случаев"
        width = max(len(definition.state_title(stay.state)) for stay in one.stays)
        for stay in one.stays:
            title = definition.state_title(stay.state).ljust(width)
            yield f"    {title}  {stay.days.median:>4} / {stay.days.ninety:>4} / {stay.days.count:>4}"
    yield from _findings(one, catalogue, buttons)
    papers = [wait for wait in one.waits if wait.paper]
    if papers:
        yield "  Чего ждали: половина не дольше / девять из десяти не дольше, дней"
        for wait in papers:
            yield f"    {_wait(wait, buttons[wait.event])}"


def _findings(one: DefinitionReport, catalogue: Catalogue, buttons: dict[str, str]) -> Iterator[str]:
    if not one.hindrances:
        return
    yield "  Что мешало, раз:"
    for found in one.hindrances[:FINDINGS]:
        guard = catalogue.guards.get(found.guard)
        broken = f"не выполнено: {guard.title if guard else _BUILT_IN.get(found.guard, found.guard)}"
        yield f"    {found.times:>4}  «{buttons[found.event]}» — {broken} ({found.code}, {_WEIGHT[found.severity]})"
    if len(one.hindrances) > FINDINGS:
        yield f"          и ещё другого: {len(one.hindrances) - FINDINGS}"


def _wait(wait: Wait, button: str) -> str:
    dropped = f", так и не дождались: {wait.given_up}" if wait.given_up else ""
    return f"«{button}» — {wait.paper}: {wait.days.median} / {wait.days.ninety}, случаев {wait.days.count}{dropped}"


_WEIGHT = {"block": "не пропускает", "reason": "нужно обоснование", "note": "замечание"}
_BUILT_IN = {
    "four_eyes": "принимает другой человек",
    "dates_in_order": "шаги идут по порядку дат",
    "policy": "у того, кто делает шаг, есть на это право",
}

__all__ = ["command"]
