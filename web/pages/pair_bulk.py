"""A step for all pairs of a filter: what it would come to, then part after part with the numbers on the page."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from web import current
from web.event_form import StepForm
from web.pages import pairs as listing
from web.pages.pairs import page as pairs_page
from web.views import pair_bulk as views
from web.views import pairs
from web.views.pairs import ListQuery
from workflow_core.definition import EventDefinition
from workflow_core.operations import StepRequest
from workflow_core.unit_of_work import Read


@pairs_page.get("/steps/<event_name>/all")
def choose_all(event_name: str) -> str:
    """What the step would come to for all pairs of the filter."""
    with current.reading() as read:
        event = pairs.event_named(read, event_name)
        return _summary(read, event, listing.bulk_form(read, event, posted=False))


@pairs_page.post("/steps/<event_name>/all")
def bulk_all(event_name: str) -> ResponseReturnValue:
    """Look again, or do the next part."""
    part = request.form.get("part", 0, int)
    with current.reading() as read:
        event = pairs.event_named(read, event_name)
        form = listing.bulk_form(read, event, posted=True)
        valid = form.validate_on_submit()
        if request.form.get("do") != "fire" or not valid:
            return _summary(read, event, form), 200 if valid else 422
        wanted = views.wanted_by(read, current.actor(), event, _query())
        asked = _request(event, form)
        before = views.part_before(read, current.actor(), _base(), part)
    outcome = current.perform(
        lambda write: views.fire_part(write, event, wanted, asked, before), f"pairs.{event.name}.all"
    )
    return render_template(
        "pairs/bulk_running.html",
        event=event,
        outcome=outcome,
        reasons=views.told(outcome),
        fields=_carried(),
        base=_base(),
        part=part + 1,
        key=views.key_of(_base(), part + 1),
        back=_query().address(),
        total=request.form.get("total", "")[:40],
    )


def _base() -> str:
    return request.form.get("base", "")[:40]


def _query() -> ListQuery:
    return listing.query_of(request.values)


def _request(event: EventDefinition, form: StepForm) -> StepRequest:
    """What is the same for all pairs."""
    shared = {name: value for name, value in form.step_values().items() if value not in ("", None)}
    return StepRequest(
        "", event.name, shared, form.happened_on.data, form.remark.data or "", (form.ground.data or "").strip()
    )


def _summary(read: Read, event: EventDefinition, form: StepForm) -> str:
    actor, query = current.actor(), _query()
    wanted = views.wanted_by(read, actor, event, query)
    found = views.summary(read, actor, wanted, event, _request(event, form))
    return render_template("pairs/bulk_all.html", event=event, form=form, found=found, query=query)


def _carried() -> list[tuple[str, str]]:
    """All that was typed and chosen, for the form of the next part."""
    left_out = ("csrf_token", "key", "part", "do")
    return [(name, value) for name, values in request.form.lists() if name not in left_out for value in values]
