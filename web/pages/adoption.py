"""Taking a map into work: choose one, see what its dates become, say what is done already. Addresses of `road_maps`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import Length, Optional

from web import current
from web.event_form import DayField, parse_day, put_errors
from web.pages import road_maps
from web.views import adoption
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Outcome, UnitOfWork, Write
from workflows.organisations import policy
from workflows.road_maps import operations, role_holders
from workflows.road_maps.adoption import AdoptionPlan
from workflows.road_maps.operations import FoundItem

REMARK = "Сделано до начала работы в программе"


class AdoptForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """From which month the map runs and, where it names none, its period."""

    month = SelectField("С какого месяца")
    start = DayField("Карта действует с", [Optional()])
    end = DayField("Действует по", [Optional()])
    title = StringField("Название карты", [Optional(), Length(max=300, message="Название — не длиннее 300 знаков.")])


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form says, read."""

    month: date
    start: date | None
    end: date | None


@road_maps.page.get("/road-map/choose")
def choose() -> ResponseReturnValue:
    """The maps that may be taken into work, with their counts."""
    policy.require(current.actor(), "map.adopt")
    with current.reading() as read:
        found = adoption.choices(read, current.place().kind)
    return render_template("road_maps/choose.html", maps=found)


@road_maps.page.route("/road-map/adopt/<code>", methods=["GET", "POST"])
def adopt(code: str) -> ResponseReturnValue:
    """What taking the map would give; with `do` it is taken."""
    policy.require(current.actor(), "map.adopt")
    with current.reading() as read:
        one = adoption.template(read, code)
        form = _form(read, adoption.usual_month(read.today, one))
        asked = _asked(form, adoption.usual_month(read.today, one))
        plan = adoption.plan(read, one, asked.month, asked.start, asked.end)
        if "do" in request.form:
            found, faults = _found(plan, request.form)
            done = _take(form, plan, found, faults, code, asked)
            if done:
                return redirect(url_for("road_maps.show", road_map_id=done))
        view = adoption.adoption_view(read, plan, request.form)
    page = render_template("road_maps/adopt.html", view=view, form=form)
    return (page, 422) if form.errors or form.form_errors else page


def _form(read: UnitOfWork, usual: date) -> AdoptForm:
    form = AdoptForm() if request.method == "POST" else AdoptForm(formdata=None, month=f"{usual:%Y-%m}")
    offered = dict(adoption.months(read.today))
    offered.setdefault(f"{usual:%Y-%m}", adoption.month_title(usual))
    form.month.choices = [SelectChoice(value, words) for value, words in sorted(offered.items())]
    return form


def _asked(form: AdoptForm, usual: date) -> _Asked:
    if request.method == "POST" and form.validate():
        year, _, month = (form.month.data or "").partition("-")
        start, end = form.start.data, form.end.data
        if start and end and start > end:
            form.end.errors = [*form.end.errors, "Конец раньше начала."]
        elif bool(start) != bool(end):
            field = form.end if start else form.start
            field.errors = [*field.errors, "Укажите и начало, и конец."]
        else:
            return _Asked(date(int(year), int(month), 1), start, end)
    return _Asked(usual, None, None)


def _found(plan: AdoptionPlan, given: Mapping[str, str]) -> tuple[dict[str, FoundItem], list[str]]:
    """The items that are ticked as done already, and what is wrong with their days."""
    found, faults = {}, []
    for adopted in plan.items:
        key = adopted.item.key
        if f"done_{key}" not in given:
            continue
        try:
            found[key] = FoundItem(parse_day(given.get(f"day_{key}", "")), REMARK)
        except ValueError as error:
            faults.append(f"Пункт {adopted.item.number or key}: {error}")
    return found, faults


def _take(
    form: AdoptForm, plan: AdoptionPlan, found: Mapping[str, FoundItem], faults: list[str], code: str, asked: _Asked
) -> str:
    """Take the map into work; gives the id of the running map, empty where something has to be mended first."""
    form.form_errors = [*form.form_errors, *faults]
    if plan.period is None and not form.errors:
        form.start.errors = [*form.start.errors, "Укажите, с какого числа действует карта."]
        form.end.errors = [*form.end.errors, "Укажите, по какое число действует карта."]
    if form.errors or form.form_errors:
        return ""

    def take(write: Write) -> Outcome:
        fresh = adoption.plan(write, adoption.template(write, code), asked.month, asked.start, asked.end)
        holders = adoption.holders(write, fresh.template)
        who = role_holders.responsible(holders, adoption.answered_holders(write, holders, request.form))
        made = operations.adopt(write, fresh, found, title=form.title.data or "", responsible=who)
        return {"road_map": made.id}

    try:
        return str(current.perform(take, "adopt_road_map")["road_map"])
    except InvalidInput as error:
        put_errors(form, error)
        return ""
