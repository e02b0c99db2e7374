"""Meetings of all pairs: one month at once, or the days of one pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from web import current
from web.views.meetings import Mark, first_day, marks, month_view
from web.views.pair_entry import row_errors
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Outcome, Write
from workflows.mentoring import journal as log
from workflows.mentoring.journal import MeetingRow
from workflows.mentoring.tables import MeetingStatus

page = Blueprint("meetings", __name__, url_prefix="/meetings")

CELL = "m"
"""Name of the boxes of the month."""
_PLACE = ("month", "which", "pair", "after")
"""What of the address a form carries, so that saving comes back to the same month."""


@page.get("")
def month() -> str:
    """The month as a grid; with a pair chosen its days as a list."""
    return _month()


def _month(ticked: Sequence[str] = (), problems: Sequence[str] = ()) -> str:
    values = request.values
    with current.reading() as read:
        view = month_view(
            read,
            current.actor(),
            first_day(values.get("month", ""), read.today),
            which=values.get("which", ""),
            pair_id=values.get("pair", ""),
            ticked=frozenset(ticked),
            after=values.get("after", ""),
        )
    template = "meetings/pair.html" if view.one_pair else "meetings/month.html"
    return render_template(template, view=view, problems=problems)


@page.post("")
def save() -> ResponseReturnValue:
    """Save the ticked meetings; or first ask for their topics and times."""
    ticked = request.form.getlist(CELL)
    with current.reading() as read:
        found = marks(read, current.actor(), ticked)
    if not found:
        return _month(problems=["Отметьте хотя бы одну встречу."]), 422
    if request.form.get("do") == "topics":
        return _topics(found, {}, {})
    topics = {name: value.strip() for name, value in request.form.items() if name.startswith(("topic-", "minutes-"))}
    wrong = {name: "Сколько минут: число от 1 до 1440." for name, value in topics.items() if _is_wrong(name, value)}
    if wrong:
        return _topics(found, topics, wrong), 422
    rows = [_row(one, topics) for one in found]
    try:
        outcome = current.perform(lambda write: _record(write, rows), "meetings.save")
    except InvalidInput as error:
        by_row, whole = row_errors(error.errors)
        problems = [f"{found[index].label}: {sentence}" for index, sentence in by_row.items()]
        return _month(ticked, [*problems, *whole]), 422
    flash(f"Сохранено встреч: {outcome['saved']}.", "success")
    place: dict[str, Any] = {name: request.form[name] for name in _PLACE if request.form.get(name)}
    return redirect(url_for("meetings.month", **place))


def _is_wrong(name: str, value: str) -> bool:
    return name.startswith("minutes-") and bool(value) and not (value.isdigit() and 0 < int(value) <= 1440)


def _topics(found: Sequence[Mark], typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    place = {name: request.form.get(name, "") for name in _PLACE}
    rows = [{"value": f"{one.pair_id}/{one.held_on.isoformat()}", "label": one.label} for one in found]
    return render_template("meetings/topics.html", rows=rows, place=place, typed=typed, wrong=wrong)


def _row(one: Mark, topics: Mapping[str, str]) -> MeetingRow:
    value = f"{one.pair_id}/{one.held_on.isoformat()}"
    minutes = topics.get(f"minutes-{value}", "")
    return MeetingRow(
        one.pair_id,
        one.held_on,
        MeetingStatus.HELD,
        one.kind,
        one.id,
        topic=topics.get(f"topic-{value}") or None,
        minutes=int(minutes) if minutes else None,
    )


def _record(write: Write, rows: Sequence[MeetingRow]) -> Outcome:
    found = log.record_meetings(write, rows)
    return {"saved": found.created + found.changed}
