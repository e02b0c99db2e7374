"""«Найти»: one field for people, pairs, papers and items."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web import current
from web.views import search as views

page = Blueprint("search", __name__, url_prefix="/search")


@page.get("")
def show() -> str:
    """The field, and what was found."""
    text = " ".join(request.args.get("q", "").split())[:100]
    found: list[views.FoundKind] = []
    if len(text) > 1 or text.isdigit():
        with current.reading() as read:
            found = views.search(read, current.actor(), text)
    else:
        current.place()
    return render_template("search/show.html", text=text, found=found, total=sum(len(kind.rows) for kind in found))
