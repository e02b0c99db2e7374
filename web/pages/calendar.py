"""The school calendar: days off, quarantine and transfers; what a change moves is shown before it is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from web import current
from web.event_form import DayField, OfferedField, put_errors
from web.formatting import russian_range
from web.views import calendar as views
from workflow_core.calendars import school_year_of
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Outcome, Write
from workflows.organisations import calendar_operations, policy, queries
from workflows.road_maps import calendar_change

page = Blueprint("calendar", __name__, url_prefix="/settings/calendar")

WORKED = "worked"


class DaysForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Days that are not worked, or worked all the same."""

    why = OfferedField("Что вносим", choices=[SelectChoice(*one) for one in views.WHY_CHOICES])
    first_day = DayField("С какого дня", [InputRequired("Укажите первый день.")])
    last_day = DayField("По какой день", [Optional()], description="Пусто — один день")
    note = StringField(
        "Приказ или повод",
        [Length(max=200, message="Не длиннее 200 знаков.")],
        description="«приказ № 14 от 29.01.2027»",
    )
    confirmed = HiddenField()

    def act(self, write: Write) -> Outcome:
        """Enter the days."""
        worked = self.why.data == WORKED
        why = "transfer" if worked else self.why.data
        first, last = self.days
        calendar_operations.add_days(write, first, last, why, off=not worked, note=self.note.data or "")
        return {}

    @property
    def words(self) -> str:
        """«карантин, 1–7 февраля 2027»."""
        title = dict(views.WHY_CHOICES).get(self.why.data, "")
        return f"{title}, {russian_range(*self.days)}"

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of a valid form."""
        first = self.first_day.data
        assert first is not None
        return first, self.last_day.data or first


@page.get("")
def show() -> str:
    """The days off of a school year and what the organisation entered."""
    return _page(DaysForm(formdata=None))


def _page(form: DaysForm) -> str:
    actor = current.actor()
    with current.reading() as read:
        year = request.args.get("year", default=0, type=int)
        # Far years have no transfers and no meaning here; a mistyped address is no reason for an error.
        now = school_year_of(read.today)
        found = views.calendar_page(read, actor, year if abs(year - now) < 20 else now)
    return render_template(
        "settings/calendar.html",
        found=found,
        form=form,
        may_edit=policy.may(actor, "calendar.edit"),
        may_edit_rules=policy.may(actor, "settings.edit"),
    )


@page.post("")
def add() -> ResponseReturnValue:
    """Show what the days would move; enter them once that is confirmed."""
    policy.require(current.actor(), "calendar.edit")
    form = DaysForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        if form.confirmed.data:
            return applied(form.act, "Внесено в календарь.")
        hidden = {name: request.form.get(name, "") for name in ("why", "first_day", "last_day", "note")}
        return preview(form.act, f"Внести: {form.words}", "Внести", hidden)
    except InvalidInput as error:
        put_errors(form, error)
        return _page(form), 422


@page.post("/<row_id>/remove")
def remove(row_id: str) -> ResponseReturnValue:
    """Show what taking a line out would move; take it out once that is confirmed."""
    policy.require(current.actor(), "calendar.edit")

    def act(write: Write) -> Outcome:
        calendar_operations.remove_days(write, row_id)
        return {}

    if request.form.get("confirmed"):
        return applied(act, "Убрано из календаря.")
    with current.reading() as read:
        row = queries.own_calendar_days(read.session, read.scope, row_id)
        title = f"Убрать: {views.line_title(row)}, {views.days_words(row)}"
    return preview(act, title, "Убрать", {})


def applied(act: Callable[[Write], Any], done: str) -> ResponseReturnValue:
    """Change the calendar with all that follows, and say what moved."""

    def change(write: Write) -> Outcome:
        moved = calendar_change.change_calendar(write, act)
        return {
            "deadlines": len(moved.deadlines),
            "reminders": len(moved.reminders),
            "below": [one.title for one in moved.below],
        }

    outcome = current.perform(change, "change_calendar")
    words = views.moved_words(outcome["deadlines"], outcome["reminders"], outcome.get("below", ()))
    flash(f"{done} {words}", "success")
    return redirect(url_for("calendar.show"))


def preview(act: Callable[[Write], Any], title: str, verb: str, hidden: dict[str, str]) -> ResponseReturnValue:
    """What the change would come to. It is made and taken back in a transaction that leaves nothing behind."""
    with current.engine().write(current.place().id, current.actor(), now=current.now()) as write:
        change = calendar_change.rehearse(write, act)
        shown = views.change_view(write, change)
    return render_template(
        "settings/calendar_change.html", title=title, verb=verb, shown=shown, hidden=hidden, moved=len(change.deadlines)
    )
