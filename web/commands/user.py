"""`marshrut user`: who may log in, with which role, where."""

from __future__ import annotations

import secrets

import click

from web.commands import installation
from web.commands.console import Group, OneOf, json_option, print_json
from workflow_core.exceptions import InvalidInput

ROLES = ("curator", "head", "mentor", "administrator", "auditor", "district")
_SYLLABLES = tuple(first + second for first in "bvgdzklmnprst" for second in "aeiou")


@click.group(cls=Group, help="Учётные записи: кто входит в программу.")
def command() -> None:
    """Nothing by itself."""


@command.command("add", help="Добавить учётную запись с ролью в организации.")
@click.argument("username", metavar="ИМЯ_ДЛЯ_ВХОДА")
@click.option("--name", required=True, metavar="ИМЯ", help="Как показывать: «Морозова Е. В.».")
@click.option("--role", required=True, type=OneOf(*ROLES), help="Роль.")
@installation.organisation_option
@click.option("--password", default="", metavar="ПАРОЛЬ", help="Пароль; лучше не здесь: его запомнит история команд.")
@click.option("--ask-password", is_flag=True, help="Спросить пароль. Иначе он придумывается и печатается один раз.")
@json_option
@click.pass_context
def add(
    context: click.Context,
    username: str,
    name: str,
    role: str,
    organisation: str,
    password: str,
    ask_password: bool,
    as_json: bool,
) -> None:
    given = password or (_asked() if ask_password else "")
    made = given or _invented()
    settings = installation.settings_for(demo=installation.is_demo(context))
    with installation.opened(settings) as place:
        from web import accounts
        from workflow_core.unit_of_work import Write
        from workflows.organisations import operations

        now = installation.clock()
        with place.engine.read(now=now) as read:
            found = installation.organisation_named(read.session, organisation)
            organisation_id, title = found.id, found.short_title

        def enter(write: Write) -> dict[str, str]:
            account = accounts.add_account(write, username, name, made)
            operations.grant_role(write, account_id=account.id, role=role, valid_from=write.today)
            return {"id": account.id, "username": account.username}

        outcome = place.engine.perform(
            organisation_id, installation.console_actor(), enter, now=now, operation="add_account"
        )
    if as_json:
        print_json({**outcome, "organisation": title, "role": role, **({} if given else {"password": made})})
        return
    click.echo(f"Добавлено: {outcome['username']}, {title}.")
    if not given:
        click.echo(f"Пароль: {made}  (показан один раз, запишите его)")


def _asked() -> str:
    first: str = click.prompt("Пароль", hide_input=True)
    if click.prompt("Пароль ещё раз", hide_input=True) != first:
        raise InvalidInput({"": "Пароли не совпали. Учётная запись не добавлена."})
    return first


def _invented() -> str:
    """A password that can be read out on the telephone: three words of syllables and a number, some 50 bits."""
    words = ["".join(secrets.choice(_SYLLABLES) for _ in range(3)) for _ in range(3)]
    return "-".join((*words, str(secrets.randbelow(90) + 10)))


__all__ = ["command"]
