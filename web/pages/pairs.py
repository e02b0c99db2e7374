"""Pairs by stage, as a list, and a step for many pairs at once. One pair's page is in `pair_page.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.utils import redirect

from web import current
from web.event_form import StepForm, event_form, parse_day
from web.formatting import field_date
from web.views import pair_choices, pairs
from web.views.pairs import BulkRow, ListQuery
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.definition import EventDefinition
from workflow_core.exceptions import NotFound
from workflow_core.operations import StepRequest
from workflow_core.unit_of_work import Outcome, Read, Write
from workflows.mentoring import board as mentoring

page = Blueprint("pairs", __name__, url_prefix="/pairs")


@page.get("")
def board() -> str:
    """The live pairs by stage."""
    with current.reading() as read:
        view = pairs.board_view(read, current.actor())
    return render_template("pairs/board.html", view=view)


@page.get("/list")
def listing() -> ResponseReturnValue:
    """The list with its filters; with a step chosen it is the preview of that step."""
    query = query_of(request.args)
    step = request.args.get("step", "")
    if step and request.args.get("whole"):
        return redirect(url_for("pairs.choose_all", event_name=step, **query.arguments()))
    with current.reading() as read:
        view = pairs.list_view(read, current.actor(), query)
        if step:
            chosen = request.args.getlist("pair") or [str(row["id"]) for row in view.rows]
            return _fresh_preview(read, step, chosen, query)
    return render_template("pairs/list.html", view=view)


def query_of(args: MultiDict[str, str]) -> ListQuery:
    """The filter that an address or a form carries."""
    return ListQuery(
        text=args.get("q", "").strip()[:100],
        states=tuple(value for value in args.getlist("state") if value),
        form=args.get("form", ""),
        curator=args.get("curator", ""),
        programme=args.get("programme", ""),
        stuck=bool(args.get("stuck")),
        after=args.get("after", ""),
    )


# -- a step for many --------------------------------------------------------------------------------------------------


@page.get("/steps/<event_name>")
def choose(event_name: str) -> str:
    """A step for chosen pairs, from any page that knows their ids."""
    with current.reading() as read:
        return _fresh_preview(read, event_name, request.args.getlist("pair"), ListQuery())


@page.post("/steps/<event_name>")
def bulk(event_name: str) -> ResponseReturnValue:
    """Look again, or do the step for the ticked pairs; every row gets a result of its own."""
    chosen = request.form.getlist("pair")
    key = request.form.get("key", "")[:64]
    with current.reading() as read:
        event = pairs.event_named(read, event_name)
        if request.form.get("do") == "fire" and core.submission(read.session, read.scope, current.actor().id, key):
            # A double click: the rows have moved on, so looking at them again would only find reasons against it.
            return redirect(url_for("pairs.results", key=key))
        form = bulk_form(read, event, posted=True)
        valid = form.validate_on_submit()
        if request.form.get("do") != "fire":
            rows = _typed_rows(request.form.getlist("row"), day_for_all=request.form.get("do") == "all")
            return _preview(read, event, form, rows, chosen)
        rows = _typed_rows(chosen)
        problem = "" if rows else "Отметьте хотя бы одну пару."
        problem = problem or _unanswered(
            pairs.bulk_preview(read, current.actor(), event, rows, _requests(event, form, rows))
        )
        if not valid or problem:
            form.form_errors = [*form.form_errors, *([problem] if problem else [])]
            return _preview(read, event, form, _typed_rows(request.form.getlist("row")), chosen), 422
        requests = _requests(event, form, rows)
    current.perform(lambda write: _fire(write, event, requests), f"pairs.{event.name}")
    return redirect(url_for("pairs.results", key=key))


@page.get("/results/<key>")
def results(key: str) -> str:
    """What became of each row; the address can be opened again."""
    with current.reading() as read:
        found = core.submission(read.session, read.scope, current.actor().id, key)
        outcome = json.loads(found[1]) if found else {}
        if "rows" not in outcome:
            raise NotFound("результат", key)
        rows = pairs.bulk_results(read, current.actor(), outcome)
        event = pairs.event_named(read, outcome["event"])
    return render_template("pairs/results.html", rows=rows, event=event, done=sum(row["ok"] for row in rows))


def _fresh_preview(read: Read, event_name: str, pair_ids: Sequence[str], query: ListQuery) -> str:
    event = pairs.event_named(read, event_name)
    day = field_date(read.today)
    versions = {line.id: line.version for line in mentoring.pair_lines(read, pair_ids).values()}
    rows = [BulkRow(pair_id, day, version=versions.get(pair_id)) for pair_id in dict.fromkeys(pair_ids)]
    return _preview(read, event, bulk_form(read, event, posted=False), rows, [row.pair_id for row in rows], query)


def _preview(
    read: Read,
    event: EventDefinition,
    form: StepForm,
    rows: Sequence[BulkRow],
    chosen: Sequence[str],
    query: ListQuery | None = None,
) -> str:
    view = pairs.bulk_preview(read, current.actor(), event, rows, _requests(event, form, rows))
    return render_template(
        "pairs/bulk.html", view=view, form=form, chosen=set(chosen), query=query or ListQuery(), event=event
    )


def bulk_form(read: Read, event: EventDefinition, *, posted: bool) -> StepForm:
    """What is the same for all rows: the event's own fields and the day for all."""
    choices = pair_choices.bulk_choices(read, event)
    return event_form(event, today=read.today, choices=choices, posted=posted)


def _typed_rows(pair_ids: Sequence[str], *, day_for_all: bool = False) -> list[BulkRow]:
    """The rows as they were typed; a day that can't be read stays as it is and says so."""
    rows = []
    for pair_id in dict.fromkeys(pair_ids):
        day = request.form.get("happened_on" if day_for_all else f"day-{pair_id}", "").strip()
        wrong = ""
        try:
            parse_day(day)
        except ValueError as exc:
            wrong = str(exc)
        version = request.form.get(f"version-{pair_id}", "")
        ground = request.form.get(f"ground-{pair_id}", "").strip()[:4000]
        rows.append(BulkRow(pair_id, day, ground, int(version) if version.isdigit() else None, wrong))
    return rows


def _requests(event: EventDefinition, form: StepForm, rows: Sequence[BulkRow]) -> list[StepRequest]:
    shared = {name: value for name, value in form.step_values().items() if value not in ("", None)}
    remark = form.remark.data or ""
    return [
        StepRequest(
            row.pair_id,
            event.name,
            shared,
            None if row.wrong_day else parse_day(row.day),
            remark,
            row.ground,
            row.version,
        )
        for row in rows
    ]


def _unanswered(view: pairs.BulkView) -> str:
    """What has to be put right before anything is done: days that can't be read, grounds that are not written."""
    if any(row["wrong_day"] for row in view.rows):
        return "Исправьте дату у отмеченной пары или снимите отметку."
    if any(row["outcome"] == "ground" and not row["ground"] for row in view.rows):
        return "Напишите обоснование у отмеченной пары или снимите отметку."
    return "" if view.open_count else "Ни у одной отмеченной пары этот шаг сейчас не выполнить."


def _fire(write: Write, event: EventDefinition, requests: Sequence[StepRequest]) -> Outcome:
    found = operations.fire_many(write, requests)
    now = core.processes(write.session, [row.process_id for row in found])
    rows: list[dict[str, Any]] = [
        {
            "id": row.process_id,
            "ok": row.ok,
            "text": row.text if row.ok or not row.blockers else f"{row.blockers[0].text}",
            "version": now[row.process_id].version if row.process_id in now else 0,
        }
        for row in found
    ]
    return {"event": event.name, "rows": rows}
