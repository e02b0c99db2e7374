"""The history: who did what, when, on what ground; checked on demand, exported, never changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from web import current
from web.event_form import parse_day
from web.formatting import field_date, typographic
from web.views.as_of import EXPLAINED, SENSES, as_of_page, sense_named
from web.views.as_of import Page as AsOfPage
from web.views.check import CheckResult, check, report
from web.views.export import csv_rows, json_lines
from web.views.history import (
    ABOUT_TITLES,
    Asked,
    HistoryPage,
    first_before,
    history_filter,
    history_page,
    opened_entry,
)
from web.views.queries import QUIET
from workflow_core import queries as core
from workflow_core.unit_of_work import Read
from workflows.organisations import policy

page = Blueprint("history", __name__, url_prefix="/history")

_SUBJECT = re.compile(r"[a-z_]{2,32}:[0-9a-zA-Z-]{1,32}")


@page.get("")
def index() -> str:
    """The list, newest first."""
    return _show()


@page.get("/<int:seq>")
def show(seq: int) -> str:
    """The list with one entry opened; it has an address of its own."""
    return _show(seq=seq)


@page.get("/as-of")
def as_of() -> tuple[str, int]:
    """Where the pairs stood on a day."""
    policy.require(current.actor(), "history.read")
    typed, sense = request.args.get("day", "").strip()[:20], sense_named(request.args.get("sense", ""))
    after, found, error = request.args.get("after", "")[:32], AsOfPage(()), ""
    day = current.today()
    with current.reading() as read:
        try:
            day = parse_day(typed) if typed else day
            found = as_of_page(read, day, sense, after=after)
        except ValueError as exc:
            error = str(exc)
    asked: dict[str, Any] = {"day": typed or field_date(day), "sense": str(sense)}
    shown = render_template(
        "history/as_of.html",
        page=found,
        day=day,
        typed=asked["day"],
        sense=sense,
        senses=SENSES,
        explained=EXPLAINED[sense],
        error=error,
        next_url=url_for(".as_of", **asked, after=found.next_after) if found.next_after else "",
        first_url=url_for(".as_of", **asked) if after else "",
    )
    return shown, 422 if error else 200


@page.get("/check")
def verify() -> str:
    """Check the whole history now. Only a check that was made for this very page is shown as good."""
    policy.require(current.actor(), "history.verify")
    with current.reading() as read:
        result = check(read, current.now(), ZoneInfo(current.place().time_zone))
    _last_checks()[current.place().id] = result.checked_at
    return _show(result=result)


@page.get("/check/report")
def download_report() -> Response:
    """The result of a check made now, as a text file."""
    policy.require(current.actor(), "history.verify")
    with current.reading() as read:
        result = check(read, current.now(), ZoneInfo(current.place().time_zone))
    return _file(report(result, current.place().title), "text/plain; charset=utf-8", "otchet-proverki.txt")


@page.get("/export.csv")
def export_table() -> Response:
    """What the filter leaves, as a table for Excel."""
    policy.require(current.actor(), "history.export")
    asked = _asked()
    with current.reading() as read:
        wanted = history_filter(read, current.actor(), asked)
        text = "".join(csv_rows(read, wanted))
    return _file(text, "text/csv; charset=utf-8", "istoriya.csv")


@page.get("/export.jsonl")
def export_lines() -> Response:
    """The whole chain as JSON Lines, for a program or a checker outside."""
    policy.require(current.actor(), "history.export")
    engine, scope, now = current.engine(), current.place().id, current.now()
    personal = policy.may(current.actor(), policy.PERSONAL_READ)

    def lines() -> Iterator[str]:
        with engine.read(scope, now=now) as read:
            yield from json_lines(read, personal)

    return _file(lines(), "application/x-ndjson; charset=utf-8", "istoriya.jsonl")


def _file(content: Any, media_type: str, name: str) -> Response:
    return Response(content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _last_checks() -> dict[str, datetime]:
    """When this program last checked each organisation's history; forgotten when it stops, so a page may only speak of it."""
    found: dict[str, datetime] = current_app.extensions.setdefault("history_checks", {})
    return found


def _asked() -> Asked:
    """The filter of the address; what is not understood counts as not asked for."""
    subject = request.args.get("subject", "")
    about = request.args.get("about", "")
    return Asked(
        text=request.args.get("q", "").strip()[:100],
        subject=subject if _SUBJECT.fullmatch(subject) else "",
        about=about if about in ABOUT_TITLES else "",
        actor=request.args.get("who", "")[:64],
        since=_day("since"),
        until=_day("until"),
        ground=request.args.get("ground") == "1",
        everything=request.args.get("all") == "1",
    )


def _day(name: str) -> Any:
    try:
        return parse_day(request.args.get(name, ""))
    except ValueError:
        return None


def _arguments(asked: Asked) -> dict[str, Any]:
    """A filter as arguments of an address."""
    found = {
        "q": asked.text,
        "subject": asked.subject,
        "about": asked.about,
        "who": asked.actor,
        "since": field_date(asked.since) if asked.since else "",
        "until": field_date(asked.until) if asked.until else "",
        "ground": "1" if asked.ground else "",
        "all": "1" if asked.everything else "",
    }
    return {name: value for name, value in found.items() if value}


def _show(seq: int = 0, result: CheckResult | None = None) -> str:
    asked, actor = _asked(), current.actor()
    before = request.args.get("before", 0, int)
    if before < 0 or before > 2**53:
        abort(404)
    if seq and not asked.everything and not before:
        # An entry that the quiet list leaves out still has its address.
        asked = _with_entry(asked, seq)
    with current.reading() as read:
        later = 0 if before or seq else first_before(read, asked)
        found = history_page(read, actor, asked, before=before or later, seq=seq)
        opened = opened_entry(read, actor, seq) if seq else None
        total = (core.read_head(read.session, read.scope) or (0, "", ""))[0]
        last = _last(read)
    arguments = _arguments(asked)
    kept: dict[str, Any] = {**arguments, **({"before": str(before)} if before else {})}
    return render_template(
        "history/index.html",
        asked=asked,
        arguments=arguments,
        found=found,
        entries=_entries(found, seq, kept, result),
        opened=opened,
        seq=seq,
        result=result,
        total=total,
        last_check=last,
        may_check=policy.may(actor, "history.verify"),
        may_export=policy.may(actor, "history.export"),
        may_ask_days=policy.may(actor, "history.read"),
        about_links=_choices("about", ABOUT_TITLES, asked, "всё"),
        who_links=_choices("who", dict(found.actors), asked, "все"),
        ground_url=url_for(".index", **_arguments(replace(asked, ground=not asked.ground))),
        all_url=url_for(".index", **_arguments(replace(asked, everything=not asked.everything))),
        subject_url=url_for(".index", **_arguments(replace(asked, subject=""))),
        next_url=url_for(".index", **{**arguments, "before": found.next_before}) if found.next_before else "",
        first_url=url_for(".index", **arguments) if before else "",
        later_url=url_for(".index", **{**arguments, "before": total + 1}) if later else "",
        export_url=url_for(".export_table", **arguments),
    )


def _with_entry(asked: Asked, seq: int) -> Asked:
    with current.reading() as read:
        entry = core.entry(read.session, read.scope, seq)
    is_quiet = entry is not None and entry.kind == "register" and (entry.caused_by or entry.subject_kind in QUIET)
    return replace(asked, everything=True) if is_quiet else asked


def _last(read: Read) -> dict[str, Any] | None:
    moment = _last_checks().get(read.scope)
    if moment is None:
        return None
    local = moment.astimezone(ZoneInfo(read.profile.time_zone)).date()
    return {"day": local, "days": (read.today - local).days}


def _choices(name: str, words: dict[str, str] | Any, asked: Asked, everything: str) -> dict[str, Any]:
    chosen = getattr(asked, {"about": "about", "who": "actor"}[name])
    rest = {key: value for key, value in _arguments(asked).items() if key != name}
    links = [{"label": everything, "url": url_for(".index", **rest), "current": not chosen}]
    links += [
        {"label": label, "url": url_for(".index", **{**rest, name: code}), "current": code == chosen}
        for code, label in words.items()
    ]
    return {"label": words.get(chosen, everything), "links": links}


def _entries(found: HistoryPage, seq: int, kept: dict[str, Any], result: CheckResult | None) -> list[dict[str, Any]]:
    """The rows as the component takes them."""
    rows = []
    for line in found.lines:
        opened = line.seq == seq
        tag = ("amber", "С обоснованием") if line.with_ground else ("plain", line.mark) if line.mark else None
        rows.append(
            {
                "number": line.seq,
                "happened_on": line.date,
                "recorded_at": line.recorded,
                "lag": line.lag,
                "title": line.title,
                "url": url_for(".index", **kept, _anchor=f"entry-{line.seq}")
                if opened
                else url_for(".show", seq=line.seq, **kept, _anchor=f"entry-{line.seq}"),
                "who": typographic(line.who),
                "opened": opened,
                "broken": "Изменена" if result is not None and result.seq == line.seq else "",
                "tag": tag,
            }
        )
    return rows
