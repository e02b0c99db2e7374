"""«Первые шаги»: the task list of whoever starts the program at an organisation."""

from __future__ import annotations

from flask import Blueprint, render_template

from web import current
from web.views import first_run as views

page = Blueprint("first_run", __name__)


@page.get("/first-steps")
def show() -> str:
    """The tasks, with one blue button."""
    with current.reading() as read:
        view = views.first_run(read, current.actor())
    return render_template("first_run/show.html", view=view)
