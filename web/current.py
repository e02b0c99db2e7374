"""What the request at hand is about: the moment, who acts, in which organisation, with which rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import abort, current_app, g, request, session
from flask_login import current_user

from web import queries
from web.tables import Account
from workflow_core.guards import Actor
from workflow_core.unit_of_work import Outcome, ProcessEngine, Read, Write
from workflows.organisations import policy
from workflows.organisations import queries as organisation_queries

if TYPE_CHECKING:
    from web.assembly import Installation

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Place:
    """The organisation that the request works in."""

    id: str
    title: str
    kind: str
    time_zone: str


def installation() -> Installation:
    """The running Marshrut."""
    return cast("Installation", current_app.extensions["marshrut"])


def engine() -> ProcessEngine:
    """The process engine."""
    return installation().engine


def now() -> datetime:
    """The moment of the request: one for all that it does."""
    if "now" not in g:
        g.now = cast(Clock, current_app.config["CLOCK"])()
    return cast(datetime, g.now)


def place() -> Place:
    """The chosen organisation; 403 for an account without any."""
    if g.get("place") is None:
        abort(403)
    return cast(Place, g.place)


def actor() -> Actor:
    """Who acts, with the roles of the day in the chosen organisation."""
    place()
    return cast(Actor, g.actor)


def today() -> date:
    """The day in the chosen organisation."""
    return now().astimezone(ZoneInfo(place().time_zone)).date()


def locate() -> None:
    """Find organisation and roles of whoever is logged in; runs before every request."""
    g.place, g.actor, g.organisations = None, None, []
    if request.endpoint == "static" or not current_user.is_authenticated:
        return
    account = cast(Account, current_user.account)
    with engine().read(now=now()) as read:
        found = policy.visible_organisations(read.session, account.id, now().astimezone(UTC).date())
    g.organisations = [(one.id, one.short_title) for one in found]
    if not found:
        return
    chosen = next((one for one in found if one.id == session.get("organisation")), found[0])
    with engine().read(chosen.id, now=now()) as read:
        g.actor = policy.actor_for(read.session, chosen.id, account.id, account.name, read.today)
        g.place = Place(chosen.id, chosen.short_title, chosen.kind, read.profile.time_zone)


@contextmanager
def reading() -> Iterator[Read]:
    """A snapshot of the chosen organisation."""
    with engine().read(place().id, now=now()) as read:
        yield read


def perform(action: Callable[[Write], Outcome | None], operation: str = "") -> Outcome:
    """Do something once: the form's hidden `key` makes a double click or a second sending harmless."""
    submitted = {name: values for name, values in request.form.lists() if name not in ("csrf_token", "key")}
    return engine().perform(
        place().id,
        actor(),
        action,
        now=now(),
        operation=operation or (request.endpoint or ""),
        key=request.form.get("key", "")[:64],
        submitted={**submitted, "path": [request.path]},
    )


def account_of(account_id: str) -> Account | None:
    """An active account by id."""
    with engine().read(now=now()) as read:
        found = queries.account(read.session, account_id)
    return found if found and found.active else None


def organisation_title(organisation_id: str) -> str:
    """Short title of an organisation."""
    with engine().read(organisation_id, now=now()) as read:
        return organisation_queries.organisation(read.session, organisation_id).short_title
