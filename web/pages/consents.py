"""Consents of many: blanks for the ticked people, their receipt with a result per row, all blanks as one archive."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.event_form import parse_day
from web.formatting import count
from web.pages.documents import page as papers_page
from web.pages.documents import sent
from web.views import consents as views
from workflow_core import operations as engine
from workflow_core.exceptions import InvalidInput
from workflow_core.operations import RowResult, StepRequest
from workflow_core.unit_of_work import Outcome, Write
from workflows.documents import kinds, ready_papers
from workflows.documents import operations as documents
from workflows.documents import queries as papers
from workflows.documents.consents import expected_kind
from workflows.documents.ready_papers import ReadyPaper
from workflows.mentoring import papers as mentoring_papers
from workflows.mentoring import queries as mentoring
from workflows.organisations import people
from workflows.organisations import queries as organisations

_Rows = dict[str, tuple[str, str]]
"""Person -> (outcome: ok, ground, closed; sentence)."""


@papers_page.get("/consents")
def consents() -> str:
    """All participants with the state of one consent."""
    kind = views.kind_of_page(request.args.get("kind", ""))
    return _page(kind, missing=request.args.get("missing") == "1", chosen=tuple(request.args.getlist("person_id")))


def _page(
    kind: str, *, missing: bool = False, chosen: tuple[str, ...] = (), results: _Rows | None = None, day: str = ""
) -> str:
    with current.reading() as read:
        after = request.args.get("after", "")[:32]
        shown = views.consents(read, current.actor(), kind, only_missing=missing, after=after, first=chosen)
    asked: dict[str, Any] = {"kind": kind if kind == views.DUTY else None, "missing": 1 if missing else None}
    return render_template(
        "documents/consents.html",
        shown=shown,
        kind=kind,
        missing=missing,
        chosen=chosen,
        results=results or {},
        day=day or f"{current.today():%d.%m.%Y}",
        next_url=url_for("documents.consents", **asked, after=shown.next_after) if shown.next_after else "",
        first_url=url_for("documents.consents", **asked) if after else "",
    )


@papers_page.get("/consents/<person_id>/receive")
def receive(person_id: str) -> ResponseReturnValue:
    """The paper of one person's consent: the blank that waits, else the page of consents with the person ticked."""
    kind = views.kind_of_page(request.args.get("kind", ""))
    with current.reading() as read:
        person = organisations.person(read.session, read.scope, person_id)
        waiting = {
            code: papers.open_consents(read.session, read.scope, [person.id], code).get(person.id, "")
            for code in (*views.codes(kind), *views.codes(views.DUTY), *views.codes(views.PERSONAL))
        }
    blank = next((one for one in waiting.values() if one), "")
    if blank:
        return redirect(url_for("documents.show", document_id=blank))
    return _ticked(person_id, kind)


@papers_page.get("/consents/<person_id>/issue")
def issue(person_id: str) -> ResponseReturnValue:
    """Where a blank for one person is made: the page of consents with the person ticked."""
    with current.reading() as read:
        organisations.person(read.session, read.scope, person_id)
    return _ticked(person_id, views.kind_of_page(request.args.get("kind", "")))


def _ticked(person_id: str, kind: str) -> ResponseReturnValue:
    wanted = kind if kind == views.DUTY else None
    return redirect(url_for("documents.consents", person_id=person_id, kind=wanted, _anchor=person_id))


@papers_page.get("/consents/blanks")
def blanks() -> ResponseReturnValue:
    """All blanks that are made and wait for a signature, as one archive."""
    kind = views.kind_of_page(request.args.get("kind", ""))
    with current.reading() as read:
        views.consents(read, current.actor(), kind)
        packed = views.archive(read, kind)
    if not packed:
        flash("Готовых бланков пока нет.", "warning")
        return redirect(url_for("documents.consents", kind=kind))
    return sent(packed, "application/zip", views.ZIP_NAME)


@papers_page.post("/consents")
def consents_step() -> ResponseReturnValue:
    """Issue blanks for the ticked people, or note their consents as received; a result per row."""
    kind = views.kind_of_page(request.form.get("kind", ""))
    ids = tuple(dict.fromkeys(request.form.getlist("row")))
    typed = request.form.get("day", "")
    try:
        if not ids:
            raise InvalidInput({"": "Отметьте людей в списке."})
        if request.form.get("action") == "issue":
            outcome = current.perform(lambda write: _issue(write, kind, ids), "issue_consents")
        else:
            day = _past_day(typed)
            outcome = current.perform(lambda write: _receive(write, kind, ids, day), "receive_consents")
    except InvalidInput as error:
        flash(next(iter(error.errors.values())), "error")
        return _page(kind, chosen=ids, day=typed), 422
    flash(outcome["told"], "success" if outcome["good"] else "warning")
    return _page(kind, results=views.outcome_rows(outcome["rows"]), day=typed)


def _past_day(text: str) -> date:
    try:
        day = parse_day(text)
    except ValueError as error:
        raise InvalidInput({"day": str(error)}) from None
    if day > current.today():
        raise InvalidInput({"day": f"Дата {day:%d.%m.%Y} ещё не наступила. Укажите день не позже сегодняшнего."})
    return day


def _programme(write: Write) -> str:
    found = mentoring.current_programmes(write.session, write.scope, write.today)
    if not found:
        raise InvalidInput({"": "Сначала создайте программу наставничества."})
    return found[0].id


def _issue(write: Write, kind: str, person_ids: tuple[str, ...]) -> Outcome:
    """A blank for whoever has none, and for all of them the note that it was printed."""
    code = kinds.DUTY_CONSENT if kind == views.DUTY else "personal_data"
    issued = mentoring_papers.prepare_consents(write, _programme(write), person_ids, code)
    made = [one for one in issued if one.document_id]
    engine.fire_many(write, [StepRequest(one.document_id, "print_blank") for one in made])
    rows = {one.person_id: ("ok" if one.document_id else "closed", one.text) for one in issued}
    told = f"Готовим {count(len(made), 'бланк', 'бланка', 'бланков')}. Страницу можно закрыть, бланки останутся здесь."
    return {"rows": rows, "good": len(made), "told": told if made else "Ни одного бланка подготовить не удалось."}


def _receive(write: Write, kind: str, person_ids: tuple[str, ...], day: date) -> Outcome:
    """Whoever has a blank here hands that in; of anybody else the consent was printed elsewhere and is entered ready."""
    waiting: dict[str, str] = {}
    for code in views.codes(kind):
        waiting |= papers.open_consents(write.session, write.scope, person_ids, code)
    known = [one for one in person_ids if one in waiting]
    results = documents.receive_consents(write, [documents.Received(waiting[one], day) for one in known])
    rows: _Rows = {one: _outcome(row) for one, row in zip(known, results, strict=True)}
    rows |= _enter(write, kind, [one for one in person_ids if one not in waiting], day)
    good = sum(outcome != "closed" for outcome, _text in rows.values())
    told = f"Отмечено: {count(good, 'согласие', 'согласия', 'согласий')}."
    if bad := len(rows) - good:
        told += f" {count(bad, 'строка осталась как есть, причина', 'строки остались как есть, причины', 'строк остались как есть, причины')} рядом."
    return {"rows": rows, "good": good, "told": told}


def _enter(write: Write, kind: str, person_ids: list[str], day: date) -> _Rows:
    found = organisations.people(write.session, write.scope, person_ids)
    ready = [
        ReadyPaper(
            kinds.DUTY_CONSENT
            if kind == views.DUTY
            else expected_kind(who.kind, people.age_on(who, day), write.profile.settings),
            day,
            person_id=who.id,
        )
        for who in found.values()
    ]
    results = ready_papers.enter_ready_many(write, ready)
    rows = {paper.person_id: _entered(row) for paper, row in zip(ready, results, strict=True)}
    return {**dict.fromkeys(person_ids, ("closed", "Этого человека в организации нет.")), **rows}


def _entered(row: RowResult) -> tuple[str, str]:
    if not row.ok:
        return "closed", row.text
    return ("ok", "Получено") if row.text == "Внесено" else ("ground", f"Получено с замечанием. {row.text}")


def _outcome(row: RowResult) -> tuple[str, str]:
    return ("ok", "Получено") if row.ok else ("closed", row.text)
