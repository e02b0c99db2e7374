"""«Сегодня»: where the day starts."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web import current
from web.views.home import home_view
from web.views.plugins import plugins_notice

page = Blueprint("home", __name__)


@page.get("/")
def show() -> str:
    """What to do now, what stands still, whom we wait for, the year as a whole."""
    actor = current.actor()
    with current.reading() as read:
        view = home_view(read, actor, can_write="auditor" not in actor.roles, everything=request.args.get("all") == "1")
    notice = plugins_notice(current.installation(), actor, current.now())
    return render_template("home/show.html", view=view, plugins_notice=notice)
