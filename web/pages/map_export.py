"""A running map taken out of the house: Word, Excel, a calendar file, and an address that a calendar reads by itself."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from web import current
from web import queries as accounts
from web.limits import limiter
from web.views import map_export
from workflow_core.exceptions import NotFound, NotPermitted
from workflow_core.unit_of_work import Outcome, Write
from workflows.organisations import policy
from workflows.road_maps import feeds, queries

page = Blueprint("map_export", __name__)

FEED_LIMIT = "30 per minute"
"""Readings of feeds from one address: a calendar asks some times a day, a guesser asks thousands."""


@page.get("/road-map/<road_map_id>/download/<ending>")
def download(road_map_id: str, ending: str) -> ResponseReturnValue:
    """The map as docx, xlsx or ics; with `state=1` and the mark of each item."""
    policy.require(current.actor(), "map.read")
    with current.reading() as read:
        file = map_export.map_file(
            read,
            road_map_id,
            ending,
            current.now(),
            with_state=request.args.get("state") == "1",
            public_url=current.installation().settings.public_url,
        )
    return send_file(BytesIO(file.content), mimetype=file.media_type, as_attachment=True, download_name=file.name)


@page.route("/road-map/<road_map_id>/calendar", methods=["GET", "POST"])
def subscription(road_map_id: str) -> ResponseReturnValue:
    """The reader's own subscription to the dates of a map: begin it, copy its address, revoke it."""
    policy.require(current.actor(), "map.read")
    settings = current.installation().settings
    if not settings.public_url or "auditor" in current.actor().roles:
        abort(404)
    if request.method == "POST":
        ends = "revoke" in request.form
        current.perform(lambda write: _change(write, road_map_id, ends), "calendar_feed")
        flash("Подписка отозвана: прежний адрес больше не работает." if ends else "Подписка начата.", "success")
        return redirect(url_for("map_export.subscription", road_map_id=road_map_id))
    with current.reading() as read:
        road_map = queries.road_map(read.session, read.scope, road_map_id)
        feed = queries.calendar_feed_of(read.session, read.scope, road_map_id, current.actor().id)
    address = ""
    if feed is not None:
        token = map_export.feed_token(settings.secret, feed)
        address = settings.public_url + url_for("map_export.feed", token=token)
    return render_template(
        "map_export/subscription.html", road_map_id=road_map_id, title=road_map.title, feed_address=address
    )


def _change(write: Write, road_map_id: str, ends: bool) -> Outcome:
    if ends:
        feeds.unsubscribe(write, road_map_id)
        return {}
    return {"feed": feeds.subscribe(write, road_map_id).id}


@page.get("/calendar/<token>.ics")
@limiter.limit(FEED_LIMIT)
def feed(token: str) -> ResponseReturnValue:
    """The dates of a map for a calendar program: whoever has the address reads as the account that it was made for.

    Every refusal is the same 404: a wrong address, a revoked one, an account without its role.
    """
    settings, now = current.installation().settings, current.now()
    feed_id = map_export.feed_id(settings.secret, token) if settings.public_url else ""
    with current.engine().read(now=now) as read:
        row = queries.calendar_feed(read.session, feed_id) if feed_id else None
        account = accounts.account(read.session, row.account_id) if row else None
    if row is None or row.ended_on is not None or account is None or not account.active:
        return _gone()
    with current.engine().read(row.organisation_id, now=now) as read:
        try:
            actor = policy.actor_for(read.session, read.scope, account.id, account.name, read.today)
            policy.require(actor, "map.read")
            file = map_export.map_file(read, row.road_map_id, "ics", now, public_url=settings.public_url)
        except (NotFound, NotPermitted):
            return _gone()
    return Response(file.content, content_type=file.media_type, headers={"Cache-Control": "private, max-age=3600"})


def _gone() -> Response:
    """No page with a shell: a calendar program shows the words as they are."""
    return Response("Такого календаря нет.", status=404, content_type="text/plain; charset=utf-8")
