"""«Найти»: one field for people, pairs, papers and items."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web import current
from web.views import search as views
from workflows.organisations import search_index

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
    note = search_index.SHORT_NOTE if found and search_index.is_short(text) else ""
    return render_template(
        "search/show.html", text=text, found=found, note=note, total=sum(len(kind.rows) for kind in found)
    )
