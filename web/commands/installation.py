"""Opening an installation for a command: settings, database, the organisation meant and who acts."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from web.settings import Settings, load_settings
from workflow_core.exceptions import InvalidInput, NotFound
from workflow_core.guards import Actor

if TYPE_CHECKING:
    from sqlmodel import Session

    from web.assembly import Installation
    from workflow_core.jobs import Jobs
    from workflow_core.unit_of_work import UnitOfWork
    from workflows.organisations.tables import Organisation

organisation_option = click.option(
    "--organisation", default="", metavar="НАЗВАНИЕ", help="Организация: название, его часть или номер записи."
)
account_option = click.option(
    "--as", "username", default="", metavar="ИМЯ", help="Кто это делает: имя для входа. Иначе — командная строка."
)


def clock() -> datetime:
    """The moment of the command."""
    return datetime.now(UTC)


def is_demo(context: click.Context) -> bool:
    """Whether the command was told to work with the example."""
    return bool((context.obj or {}).get("demo"))


def settings_for(*, demo: bool) -> Settings:
    """Settings of the installation, or of the example beside it: that has a database file of its own."""
    settings = load_settings()
    if not demo or os.environ.get("MARSHRUT_DATABASE_URL"):
        return settings
    return replace(settings, database_url=f"sqlite:///{settings.data / 'demo.db'}")


@contextmanager
def opened(
    settings: Settings, *, jobs: Callable[[Any], Jobs] | None = None, prepared: bool = True, tolerant: bool = False
) -> Iterator[Installation]:
    """The installation, closed at the end. `prepared`: the database must exist and be of this version, else InvalidInput.

    `tolerant`: a faulty plugin that nothing may start without is only told of, for commands that look into just that.
    """
    # Here and not above: building all this takes a second, and the help of a command must not wait for it.
    from sqlalchemy.exc import DBAPIError

    from web.assembly import assemble
    from web.plugin_settings import health_folder, plugin_limits
    from workflow_core.database import open_database
    from workflow_core.watchdog import Watchdog

    _look_for_file(settings, prepared)
    watchdog = Watchdog(health_folder(settings), clock, seconds=plugin_limits().guard_seconds).start()
    database = open_database(settings.database_url)
    try:
        try:
            with database.read_engine.connect():
                pass
        except DBAPIError as exc:
            address = database.url.render_as_string(hide_password=True)
            raise InvalidInput({"": f"База данных недоступна: {address}. Проверьте адрес и что она запущена."}) from exc
        if prepared:
            _require_current(database)
        installation = assemble(settings, database=database, jobs=jobs(database) if jobs else None, tolerant=tolerant)
        try:
            yield installation
        finally:
            installation.engine.plugin_work.close()
            stop = getattr(installation.jobs, "stop", None)
            if stop is not None:
                stop()
    finally:
        database.close()
        watchdog.stop()


def _look_for_file(settings: Settings, prepared: bool) -> None:
    from sqlalchemy import make_url

    path = make_url(settings.database_url).database
    if prepared and settings.is_embedded and path and not os.path.exists(path):
        example = " Пример с данными: marshrut --demo …" if os.path.exists(settings.data / "demo.db") else ""
        raise InvalidInput({"": f"Базы данных ещё нет: {path}. Создайте её: marshrut init.{example}"})


def _require_current(database: Any) -> None:
    from alembic.script import ScriptDirectory

    from web.assembly import MIGRATIONS
    from web.commands.queries import revisions
    from workflow_core.migrations import alembic_config

    found = revisions(database)
    if not found:
        raise InvalidInput({"": "База данных пуста. Подготовьте её: marshrut init."})
    scripts = ScriptDirectory.from_config(alembic_config(MIGRATIONS))
    # Alembic keeps no row for a revision that another branch stands on.
    built_upon = {name for one in scripts.walk_revisions() for name in _names(one.dependencies)}
    if found != set(scripts.get_heads()) - built_upon:
        raise InvalidInput({"": "База данных другой версии программы. Обновите её: marshrut init."})


def _names(found: str | Iterable[str] | None) -> list[str]:
    return [found] if isinstance(found, str) else list(found or ())


# -- which organisation, who acts -------------------------------------------------------------------------------------


def organisation_named(session: Session, text: str) -> Organisation:
    """The organisation meant: by id, title or a part of a title; the only one where nothing is said. Raises InvalidInput."""
    from workflows.organisations import queries

    known = queries.all_organisations(session)
    exact = queries.organisations_named(session, text) if text else known
    wanted = text.casefold()
    found = exact or [one for one in known if wanted in one.short_title.casefold() or wanted in one.title.casefold()]
    if len(found) == 1:
        return found[0]
    if not known:
        raise InvalidInput({"": "В базе ещё нет ни одной организации. Откройте программу и пройдите «Первые шаги»."})
    titles = "; ".join(one.short_title for one in (found or known))
    if not text:
        raise InvalidInput({"": f"Укажите организацию: --organisation; есть: {titles}."})
    problem = f"«{text}» подходит к нескольким организациям" if found else f"Организации «{text}» нет"
    raise InvalidInput({"": f"{problem}; есть: {titles}."})


def today_of(read: UnitOfWork, organisation: Organisation) -> date:
    """The day at the organisation, whatever organisation `read` is about."""
    zone = read.catalogue.profile_of(read.session, organisation.id, read.now).time_zone
    return read.now.astimezone(ZoneInfo(zone)).date()


def actor_named(read: UnitOfWork, organisation: Organisation, username: str) -> Actor:
    """The account as an actor, or the command line itself, under its own name and without standing in for anybody.

    Whoever may run commands on the machine owns the database anyway; what counts is that the history says so.
    """
    if not username:
        return console_actor()
    from web import accounts, queries
    from workflows.organisations import policy

    account = queries.account_named(read.session, accounts.fold(username))
    if account is None or not account.active:
        raise NotFound("учётная запись", username)
    try:
        day = today_of(read, organisation)
        return policy.actor_for(read.session, organisation.id, account.id, account.name, day)
    except NotFound as exc:
        raise InvalidInput({"": f"У «{username}» нет роли в организации «{organisation.short_title}»."}) from exc


def console_actor() -> Actor:
    """The command line as an actor: its name says which user of the system called it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    return Actor("command_line", f"Командная строка{f' ({user})' if user else ''}", frozenset({"system"}))


def row_of(uow: UnitOfWork, subject_kind: str, text: str) -> str:
    """The id of a process by the whole id or its last letters (six at least). Raises InvalidInput, NotFound."""
    from workflow_core import queries

    if len(text) < 6:
        raise InvalidInput({"": f"«{text}»: укажите номер записи целиком или хотя бы шесть последних знаков."})
    found = [one.id for one in queries.processes_of(uow.session, uow.scope, subject_kind) if one.id.endswith(text)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput({"": f"«{text}» подходит к нескольким записям. Укажите больше знаков."})
    raise NotFound("запись", text)
