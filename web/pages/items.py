"""The page of one item of a road map and its steps; its addresses belong to the blueprint of road maps."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from web import current
from web.event_form import DayField, OfferedField, StepForm, event_form, put_errors
from web.pages import road_maps
from web.views import item_page
from web.views.item_page import ACCEPTANCE_WORDS, LOG, StepView
from web.views.items import item_line
from workflow_core import operations
from workflow_core.exceptions import GuardRefused, InvalidInput
from workflow_core.unit_of_work import Outcome, UnitOfWork, Write
from workflows.organisations import policy
from workflows.road_maps import operations as road_map_operations
from workflows.road_maps import queries

LOG_FIELDS = ("address", "document")
"""Fields of the log that stand folded: most lines need only a text and a day."""


class WhyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Why a step is taken back."""

    why = TextAreaField("Почему", [InputRequired("Напишите, почему шаг отменяется."), Length(max=4000)])
    version = HiddenField()

    @property
    def expected_version(self) -> int | None:
        """The version that the page showed."""
        shown = self.version.data or ""
        return int(shown) if shown.isdigit() else None


class CorrectForm(WhyForm):
    """The right day of an earlier entry."""

    entry = SelectField("Какая запись", [InputRequired("Выберите запись.")])
    happened_on = DayField("Верная дата", [InputRequired("Укажите верную дату.")])
    why = TextAreaField("Почему дата была неверной", [InputRequired("Напишите, почему дата была неверной.")])


class EditForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Who answers for an item and who accepts it."""

    person = OfferedField("Ответственный", [Optional()])
    acceptance = SelectField("Приёмка")


# -- the page ---------------------------------------------------------------------------------------------------------


@road_maps.page.get("/items/<activity_id>")
def item(activity_id: str) -> ResponseReturnValue:
    """One item."""
    with current.reading() as read:
        return _item_page(read, activity_id, _log_form(read, activity_id, posted=False))


def _item_page(read: UnitOfWork, activity_id: str, form: StepForm) -> str:
    view = item_page.item_view(read, current.actor(), activity_id)
    return render_template("items/show.html", view=view, form=form, folded=LOG_FIELDS)


def _log_form(read: UnitOfWork, activity_id: str, *, posted: bool) -> StepForm:
    row = queries.activity(read.session, read.scope, activity_id)
    line = item_line(read, row)
    event = read.definition(line.item.definition_hash).event(LOG)
    choices = item_page.field_choices(read, event)
    choices["occurrence"] = item_page.open_times(read, activity_id)
    form = event_form(event, today=read.today, version=line.item.version, choices=choices, posted=posted)
    wanted = request.args.get("occurrence", "")
    if not posted and wanted in dict(choices["occurrence"]):
        form["value_occurrence"].data = wanted
    return form


@road_maps.page.post("/items/<activity_id>")
def item_log(activity_id: str) -> ResponseReturnValue:
    """Write down what was done."""
    with current.reading() as read:
        form = _log_form(read, activity_id, posted=True)
    valid = form.validate()
    if valid:
        try:
            current.perform(lambda write: _fire(write, activity_id, LOG, form), "log_fact")
        except (InvalidInput, GuardRefused) as error:
            form.refuse(error)
        else:
            return redirect(url_for("road_maps.item", activity_id=activity_id, _anchor="log"))
    with current.reading() as read:
        return _item_page(read, activity_id, form), 422


def _fire(write: Write, process_id: str, event: str, form: StepForm) -> Outcome:
    done = operations.fire(write, process_id, event, **form.step())
    return {"seq": done.seq}


# -- steps ------------------------------------------------------------------------------------------------------------


def step_page(view: StepView, form: StepForm, back: str, title: str, crumbs: Any) -> str:
    """The page of a step, of an item, a section or a map alike."""
    return render_template("items/step.html", view=view, form=form, back=back, subject=title, crumbs=crumbs)


def take_step(process_id: str, event: str, *, back: str, title: str, crumbs: Any) -> ResponseReturnValue:
    """Show the form of a step or do it: what all three kinds of subjects share."""
    if request.method == "GET":
        with current.reading() as read:
            view = item_page.step_view(read, current.actor(), process_id, event)
            form = event_form(
                view.event, today=read.today, version=view.version, choices=view.choices, needs_ground=view.needs_ground
            )
            return step_page(view, form, back, title, crumbs)
    with current.reading() as read:
        # The state is not looked at before the step: a form sent twice must get its first answer, not a refusal.
        definition, choices = item_page.posted_event(read, process_id, event)
        form = event_form(definition, today=read.today, choices=choices, posted=True)
    if form.validate():
        try:
            current.perform(lambda write: _fire(write, process_id, event, form), event)
        except (InvalidInput, GuardRefused) as error:
            form.refuse(error)
        else:
            return redirect(back)
    with current.reading() as read:
        return step_page(item_page.step_view(read, current.actor(), process_id, event), form, back, title, crumbs), 422


@road_maps.page.route("/items/<activity_id>/steps/<event>", methods=["GET", "POST"])
def item_step(activity_id: str, event: str) -> ResponseReturnValue:
    """One step of an item."""
    with current.reading() as read:
        policy.require(current.actor(), "map.read")
        line = item_line(read, queries.activity(read.session, read.scope, activity_id))
    back = url_for("road_maps.item", activity_id=activity_id)
    crumbs = (("Дорожная карта", url_for("road_maps.show", road_map_id=line.item.road_map_id)), (line.label, back))
    return take_step(activity_id, event, back=back, title=line.label, crumbs=crumbs)


# -- mending ----------------------------------------------------------------------------------------------------------


def undo_step(process_id: str, *, back: str, title: str, crumbs: Any) -> ResponseReturnValue:
    """Ask why and take the last step back."""
    with current.reading() as read:
        process = item_page.own_process(read, process_id)
        last = item_page.last_step(read, process_id)
    form = WhyForm(version=str(process.version))
    if request.method == "POST" and form.validate():
        try:
            current.perform(
                lambda write: _undone(write, process_id, form.why.data or "", form.expected_version), "undo"
            )
        except InvalidInput as error:
            put_errors(form, error)
        else:
            return redirect(back)
    page = render_template("items/undo.html", form=form, back=back, subject=title, crumbs=crumbs, last=last)
    return (page, 422) if request.method == "POST" else page


def _undone(write: Write, process_id: str, why: str, version: int | None) -> Outcome:
    return {"version": operations.undo(write, process_id, why=why, expected_version=version).version}


@road_maps.page.route("/items/<activity_id>/undo", methods=["GET", "POST"])
def item_undo(activity_id: str) -> ResponseReturnValue:
    """Take the last step of an item back."""
    with current.reading() as read:
        line = item_line(read, queries.activity(read.session, read.scope, activity_id))
    back = url_for("road_maps.item", activity_id=activity_id)
    return undo_step(activity_id, back=back, title=line.label, crumbs=((line.label, back),))


@road_maps.page.route("/items/<activity_id>/correct", methods=["GET", "POST"])
def item_correct(activity_id: str) -> ResponseReturnValue:
    """Mend the day of an earlier entry of an item."""
    with current.reading() as read:
        line = item_line(read, queries.activity(read.session, read.scope, activity_id))
    back = url_for("road_maps.item", activity_id=activity_id)
    return correct_step(activity_id, back=back, crumbs=((line.label, back),))


def correct_step(process_id: str, *, back: str, crumbs: Any) -> ResponseReturnValue:
    """Ask which entry has a wrong day and mend it: of an item, a section or a map alike."""
    with current.reading() as read:
        process = item_page.own_process(read, process_id)
        entries = item_page.mendable(read, process_id)
    form = CorrectForm(version=str(process.version))
    form.entry.choices = [SelectChoice(seq, words) for seq, words in entries]
    if request.method == "POST" and form.validate():
        try:
            current.perform(lambda write: _corrected(write, process_id, form), "correct")
        except InvalidInput as error:
            put_errors(form, error)
        else:
            return redirect(back)
    page = render_template("items/correct.html", form=form, back=back, crumbs=crumbs)
    return (page, 422) if request.method == "POST" else page


def _corrected(write: Write, process_id: str, form: CorrectForm) -> Outcome:
    assert form.happened_on.data is not None
    mended = operations.correct(
        write,
        process_id,
        int(form.entry.data),
        happened_on=form.happened_on.data,
        why=form.why.data or "",
        expected_version=form.expected_version,
    )
    return {"version": mended.version}


@road_maps.page.route("/items/<activity_id>/edit", methods=["GET", "POST"])
def item_edit(activity_id: str) -> ResponseReturnValue:
    """Who answers for an item, who accepts it."""
    with current.reading() as read:
        policy.require(current.actor(), "map.edit")
        row = queries.activity(read.session, read.scope, activity_id)
        line = item_line(read, row)
        people = item_page.people_choices(read)
    form = EditForm(person=row.responsible_person_id or "", acceptance=row.acceptance)
    form.person.choices = [SelectChoice("", "не указан"), *(SelectChoice(one, words) for one, words in people)]
    form.acceptance.choices = [SelectChoice(code, words) for code, words in ACCEPTANCE_WORDS.items()]
    back = url_for("road_maps.item", activity_id=activity_id)
    if request.method == "POST" and form.validate():
        current.perform(lambda write: _edited(write, activity_id, form), "edit_item")
        return redirect(back)
    page = render_template("items/edit.html", form=form, line=line, back=back, printed=row.responsible or {})
    return (page, 422) if request.method == "POST" else page


def _edited(write: Write, activity_id: str, form: EditForm) -> Outcome:
    road_map_operations.assign_responsible(write, [activity_id], form.person.data or None)
    road_map_operations.set_acceptance(write, activity_id, form.acceptance.data)
    return {}
