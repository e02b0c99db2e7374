"""A new edition of a running map: what it changes, ticked one by one, taken over by one button."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.formatting import count
from web.views import editions
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Outcome, Write
from workflows.organisations import policy
from workflows.road_maps import own_maps
from workflows.road_maps.editions import apply_edition

page = Blueprint("editions", __name__)

CHANGES_LIMIT = 20_000
"""Changes that one form may name: every item of a large map, changed in every way."""


@page.route("/road-map/<road_map_id>/editions/<code>", methods=["GET", "POST"])
def show(road_map_id: str, code: str) -> ResponseReturnValue:
    """The own map `code` as a new edition of the running map; a POST takes the ticked changes over."""
    policy.require(current.actor(), "map.edit")
    ticked = list(dict.fromkeys(request.form.getlist("change")))[:CHANGES_LIMIT]
    error = ""
    if request.method == "POST":
        try:
            outcome = current.perform(lambda write: _apply(write, road_map_id, code, ticked), "apply_edition")
        except InvalidInput as refused:
            error = str(refused)
        else:
            taken = count(outcome["changes"], "изменение", "изменения", "изменений")
            flash(f"Принято: {taken}. Теперь это {outcome['edition']}.", "success")
            return redirect(url_for("road_maps.show", road_map_id=road_map_id))
    with current.reading() as read:
        plan = editions.edition_plan(read, current.actor(), road_map_id, code)
        view = editions.edition_view(plan, ticked if error else None)
    text = render_template("editions/show.html", view=view, error=error)
    return (text, 422) if error else text


def _apply(write: Write, road_map_id: str, code: str, ticked: list[str]) -> Outcome:
    template = own_maps.template(write.session, write.scope, code)
    told = request.form.get("told", "")[:64]
    road_map = apply_edition(write, road_map_id, template, ticked, expected=told or "-")
    return {"changes": len(ticked), "edition": road_map.edition}
