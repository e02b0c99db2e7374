"""Road maps: the map, its sections, many items at once, the map's own steps. Items stand in `items`, adoption in `adoption`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import Length, Optional

from web import current
from web.event_form import DayField, OfferedField, parse_day
from web.formatting import field_date
from web.views import item_page, road_maps
from web.views.road_maps import RESPONSIBLE, MapQuery
from workflow_core import operations
from workflow_core.definition import EventDefinition
from workflow_core.exceptions import NotFound
from workflow_core.operations import StepRequest
from workflow_core.unit_of_work import Outcome, UnitOfWork, Write
from workflows.organisations import policy
from workflows.road_maps import operations as road_map_operations
from workflows.road_maps import queries

page = Blueprint("road_maps", __name__)

BULK_LIMIT = 500
"""Items that one form may name."""


class BulkForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What holds for all rows of a step for many; the view takes away what a step does not need."""

    happened_on = DayField("Дата для всех", [Optional()])
    due_on = DayField("Новый срок", [Optional()])
    ground = TextAreaField(
        "Обоснование для всех",
        [Optional(), Length(max=4000, message="Обоснование — не длиннее 4000 знаков.")],
        description="Увидят руководитель и проверяющий",
    )
    paper = OfferedField("Документ", [Optional()])
    person = OfferedField("Ответственный", [Optional()])


# -- the map ----------------------------------------------------------------------------------------------------------


@page.get("/road-map")
@page.get("/road-map/<road_map_id>")
def show(road_map_id: str = "") -> ResponseReturnValue:
    """The map with its filters; without a map the choice of one."""
    with current.reading() as read:
        policy.require(current.actor(), "map.read")
        road_map = road_maps.chosen_map(read, road_map_id)
        if road_map is None:
            return render_template("road_maps/none.html", may_adopt=policy.may(current.actor(), "map.adopt"))
        feeds = bool(current.installation().settings.public_url)
        view = road_maps.map_view(read, current.actor(), _query(road_map.id), feeds=feeds)
    return render_template("road_maps/show.html", view=view)


def _query(road_map_id: str) -> MapQuery:
    given = request.args
    wanted = given.get("show", "open")
    return MapQuery(
        road_map_id,
        section=given.get("section", ""),
        filter=wanted if wanted in (*road_maps.FILTERS, "all", "done") else "open",
        person=given.get("person", "")[:200],
        text=given.get("q", "").strip()[:100],
    )


@page.get("/road-map/<road_map_id>/print")
def printed(road_map_id: str) -> ResponseReturnValue:
    """The whole map on paper."""
    with current.reading() as read:
        policy.require(current.actor(), "map.read")
        view = road_maps.map_view(read, current.actor(), MapQuery(road_map_id, filter="all"))
        sections = road_maps.printed_sections(read, road_map_id)
    return render_template("road_maps/printed.html", view=view, sections=sections)


@page.route("/road-map/<road_map_id>/steps/<event>", methods=["GET", "POST"])
def map_step(road_map_id: str, event: str) -> ResponseReturnValue:
    """One of the map's own steps: submit, agree, approve, amend, complete."""
    from web.pages.items import take_step

    title, back, crumbs = _map_place(road_map_id)
    return take_step(road_map_id, event, back=back, title=title, crumbs=crumbs)


@page.route("/road-map/<road_map_id>/undo", methods=["GET", "POST"])
def map_undo(road_map_id: str) -> ResponseReturnValue:
    """Take the map's last step back."""
    from web.pages.items import undo_step

    title, back, crumbs = _map_place(road_map_id)
    return undo_step(road_map_id, back=back, title=title, crumbs=crumbs)


@page.route("/road-map/<road_map_id>/correct", methods=["GET", "POST"])
def map_correct(road_map_id: str) -> ResponseReturnValue:
    """Mend the day of an earlier entry of the map."""
    from web.pages.items import correct_step

    _title, back, crumbs = _map_place(road_map_id)
    return correct_step(road_map_id, back=back, crumbs=crumbs)


def _map_place(road_map_id: str) -> tuple[str, str, Any]:
    with current.reading() as read:
        policy.require(current.actor(), "map.read")
        road_map = queries.road_map(read.session, read.scope, road_map_id)
    back = url_for("road_maps.show", road_map_id=road_map_id)
    return road_map.title, back, (("Дорожная карта", back),)


# -- sections ---------------------------------------------------------------------------------------------------------


@page.get("/sections/<stage_id>")
def section(stage_id: str) -> ResponseReturnValue:
    """One section with all its items and its own steps."""
    with current.reading() as read:
        view = road_maps.section_view(read, current.actor(), stage_id)
    return render_template("road_maps/section.html", view=view)


@page.route("/sections/<stage_id>/steps/<event>", methods=["GET", "POST"])
def section_step(stage_id: str, event: str) -> ResponseReturnValue:
    """One of the section's own steps: sum up, reopen."""
    from web.pages.items import take_step

    title, back, crumbs = _section_place(stage_id)
    return take_step(stage_id, event, back=back, title=title, crumbs=crumbs)


@page.route("/sections/<stage_id>/correct", methods=["GET", "POST"])
def section_correct(stage_id: str) -> ResponseReturnValue:
    """Mend the day of an earlier entry of the section."""
    from web.pages.items import correct_step

    _title, back, crumbs = _section_place(stage_id)
    return correct_step(stage_id, back=back, crumbs=crumbs)


def _section_place(stage_id: str) -> tuple[str, str, Any]:
    with current.reading() as read:
        policy.require(current.actor(), "map.read")
        stage = queries.stage(read.session, read.scope, stage_id)
    back = url_for("road_maps.section", stage_id=stage_id)
    title = road_maps.section_title(stage)
    return title, back, (("Дорожная карта", url_for("road_maps.show", road_map_id=stage.road_map_id)), (title, back))


# -- a step for many items --------------------------------------------------------------------------------------------


@page.post("/road-map/<road_map_id>/many")
def many(road_map_id: str) -> ResponseReturnValue:
    """The preview of a step for the ticked items; with `do` the step itself and a result per row."""
    step = request.form.get("step", "")
    ids = list(dict.fromkeys(request.form.getlist("item")))[:BULK_LIMIT]
    if not ids:
        return redirect(url_for("road_maps.show", road_map_id=road_map_id))
    if step == RESPONSIBLE:
        return _responsible(road_map_id, ids)
    with current.reading() as read:
        event = road_maps.bulk_event(read, step)
        form = _bulk_form(read, event, sent="sent" in request.form)
        requests, wrong = _requests(read, event, form, ids)
    doing = "do" in request.form and form.validate() and _is_filled(form, event) and not wrong
    if doing:
        outcome = current.perform(lambda write: _fire_many(write, event.name, requests), f"many_{event.name}")
        with current.reading() as read:
            rows = road_maps.bulk_results(read, outcome)
        return render_template(
            "road_maps/results.html", rows=rows, event=event, back=url_for("road_maps.show", road_map_id=road_map_id)
        )
    with current.reading() as read:
        view = road_maps.bulk_preview(
            read, current.actor(), event, requests, common_ground=bool(form.ground.data), wrong=wrong
        )
    page_text = render_template(
        "road_maps/many.html",
        view=view,
        event=event,
        form=form,
        days=_typed_days(ids, form),
        needs_due="due_on" in {one.name for one in event.fields},
        paper=next((one for one in event.fields if one.type == "document"), None),
        road_map_id=road_map_id,
        back=url_for("road_maps.show", road_map_id=road_map_id),
    )
    return (page_text, 422) if "do" in request.form else page_text


def _bulk_form(read: UnitOfWork, event: EventDefinition, *, sent: bool) -> BulkForm:
    form = BulkForm() if sent else BulkForm(formdata=None, happened_on=read.today)
    papers = item_page.field_choices(read, event)
    offered = next(iter(papers.values()), ())
    form.paper.choices = [SelectChoice("", "не указан"), *(SelectChoice(one, words) for one, words in offered)]
    form.person.choices = [SelectChoice("", "не указан")]
    return form


def _typed_days(ids: Sequence[str], form: BulkForm) -> dict[str, str]:
    common = field_date(form.happened_on.data) if form.happened_on.data else ""
    return {one: request.form.get(f"day_{one}", "") or common for one in ids}


def _requests(
    read: UnitOfWork, event: EventDefinition, form: BulkForm, ids: Sequence[str]
) -> tuple[list[StepRequest], dict[str, str]]:
    """The rows as steps, and why the day of a row can't be read."""
    fields: dict[str, Any] = {}
    for field in event.fields:
        if field.name == "due_on":
            # The preview asks what could be done before the date is typed.
            fields["due_on"] = (form.due_on.data or read.today).isoformat()
        elif field.type == "document" and form.paper.data:
            fields[field.name] = form.paper.data
    requests: list[StepRequest] = []
    wrong: dict[str, str] = {}
    for one in ids:
        typed, day = request.form.get(f"day_{one}", "").strip(), form.happened_on.data
        try:
            day = parse_day(typed) if typed else day
        except ValueError as error:
            wrong[one] = str(error)
        version = request.form.get(f"version_{one}", "")
        ground = request.form.get(f"ground_{one}", "").strip() or (form.ground.data or "").strip()
        shown = int(version) if version.isdigit() else None
        requests.append(StepRequest(one, event.name, fields, day, ground=ground, expected_version=shown))
    return requests, wrong


def _is_filled(form: BulkForm, event: EventDefinition) -> bool:
    """Put sentences at what all rows need and lack."""
    if any(one.name == "due_on" for one in event.fields) and not form.due_on.data:
        form.due_on.errors = [*form.due_on.errors, "Укажите новый срок."]
    if event.ground and not (form.ground.data or "").strip():
        form.ground.errors = [*form.ground.errors, "Напишите, на каком основании."]
    return not form.due_on.errors and not form.ground.errors


def _fire_many(write: Write, event: str, requests: Sequence[StepRequest]) -> Outcome:
    policy.require(write.actor, "map.read")
    results = operations.fire_many(write, requests)
    versions = item_page.versions(write, [row.process_id for row in results])
    rows = [
        {"id": row.process_id, "ok": row.ok, "text": row.text, "version": versions.get(row.process_id, 0)}
        for row in results
    ]
    return {"event": event, "rows": rows}


def _responsible(road_map_id: str, ids: Sequence[str]) -> ResponseReturnValue:
    """Name one person for the ticked items: a change of the register, no step."""
    with current.reading() as read:
        rows = road_maps.responsible_preview(read, current.actor(), ids)
        form = BulkForm() if "sent" in request.form else BulkForm(formdata=None)
        people = item_page.people_choices(read)
    if not rows:
        raise NotFound("пункт плана", ids[0])
    form.paper.choices = [SelectChoice("", "не указан")]
    form.person.choices = [SelectChoice("", "никто"), *(SelectChoice(one, words) for one, words in people)]
    back = url_for("road_maps.show", road_map_id=road_map_id)
    if "do" in request.form and form.validate():
        named = [row["id"] for row in rows]
        current.perform(lambda write: _named(write, named, form.person.data or None), "assign_responsible")
        return redirect(back)
    return render_template("road_maps/responsible.html", rows=rows, form=form, road_map_id=road_map_id, back=back)


def _named(write: Write, ids: Sequence[str], person_id: str | None) -> Outcome:
    return {"items": len(road_map_operations.assign_responsible(write, ids, person_id))}
