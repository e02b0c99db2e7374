"""Papers: what waits, all of them, one paper with its next step, its files and who has read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from web import current
from web.event_form import StepForm, event_form, parse_day
from web.formatting import count, russian_date
from web.views import documents as views
from web.views import paper_step
from web.views.paper_step import AT_ONCE, ERROR_FIELDS, NEXT, Step
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.exceptions import ConcurrentTransition, GuardRefused, InvalidInput, TransitionNotAllowed
from workflow_core.guards import Blocker, Severity
from workflow_core.unit_of_work import Outcome, Read, Write
from workflows.documents import files as stored
from workflows.documents import operations as documents
from workflows.documents import queries as papers
from workflows.organisations import policy

page = Blueprint("documents", __name__, url_prefix="/documents")


@page.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def _readers_only() -> None:
    policy.require(current.actor(), "document.read", own=True)


# -- the desk and one paper -------------------------------------------------------------------------------------------


@page.get("")
def index() -> str:
    """What waits on the left, its first paper on the right."""
    with current.reading() as read:
        desk = views.desk(read, current.actor())
        chosen = _shown(read, desk.first) if desk.first else None
    return render_template("documents/index.html", desk=desk, chosen=chosen, alone=False)


@page.get("/all")
def listing() -> str:
    """All papers by shelf and words."""
    text = request.args.get("q", "").strip()[:100]
    shelf = request.args.get("shelf", "")
    with current.reading() as read:
        found = views.listing(read, current.actor(), shelf, text, request.args.get("after", "")[:32])
    return render_template("documents/listing.html", found=found, text=text, shelf=shelf, shelves=views.SHELVES)


@page.get("/<document_id>")
def show(document_id: str) -> str:
    """One paper beside the desk; `step` asks for the form of another step than the next one."""
    return _page(document_id, wanted=request.args.get("step", ""))


@page.get("/<document_id>/register")
def register(document_id: str) -> ResponseReturnValue:
    """The paper's page with the form of its registration; links of reasons lead here."""
    return redirect(url_for("documents.show", document_id=document_id, step="register"))


def _page(document_id: str, **more: Any) -> str:
    with current.reading() as read:
        chosen = _shown(read, document_id, **more)
        desk = views.desk(read, current.actor())
    return render_template("documents/index.html", desk=desk, chosen=chosen, alone=True)


def _shown(
    read: Read,
    document_id: str,
    *,
    wanted: str = "",
    form: StepForm | None = None,
    blockers: Sequence[Blocker] | None = None,
    scan_error: str = "",
    reader_error: str = "",
) -> dict[str, Any]:
    """A paper with the form of its next step or of the one asked for; `form` and `blockers` of one that was refused."""
    actor = current.actor()
    paper = views.paper(read, actor, document_id)
    permitted = {name: outlook for name, outlook in paper.outlooks.items() if outlook.role}
    name = wanted if wanted in permitted else next((one for one in NEXT if one in permitted), "")
    step = None
    if name:
        typed = request.form if form is not None else None
        day = _signed_on(form) or current.today()
        step = paper_step.step_of(read, actor, paper, permitted[name], day=day, blockers=blockers, typed=typed)
        form = form or _form(read, paper, step)
    others = [outlook.event for key, outlook in permitted.items() if key != name]
    return {
        "paper": paper,
        "step": step,
        "form": form,
        "at_once": [one for one in others if one.name in AT_ONCE],
        "others": [one for one in others if one.name not in AT_ONCE],
        "can_enter": policy.may(actor, "document.enter"),
        "scan_error": scan_error,
        "reader_error": reader_error,
    }


def _form(read: Read, paper: views.Paper, step: Step, *, posted: bool = False) -> StepForm:
    form = event_form(
        step.event,
        today=current.today(),
        version=paper.version,
        choices=paper_step.choices(read, paper, step.event),
        posted=posted,
        needs_ground=step.needs_ground,
    )
    if step.day_title:
        form.happened_on.label.text = step.day_title
    if not posted:
        _prefill(form, step)
    return form


def _prefill(form: StepForm, step: Step) -> None:
    """What is most likely true: signed today by whoever signs today."""
    for name, answers in step.answers.items():
        open_ones = [one.value for one in answers if not one.closed]
        if open_ones and (name == "signer" or form[f"value_{name}"].flags.required):
            form[f"value_{name}"].data = open_ones[0]
    if step.event.name in paper_step.DATED_BY_SIGNING and "value_signed_on" in form:
        form["value_signed_on"].data = current.today()


def _signed_on(form: StepForm | None) -> date | None:
    """The day of signing that was typed, if it is one."""
    typed = form["value_signed_on"].data if form is not None and "value_signed_on" in form else None
    return typed if isinstance(typed, date) else None


# -- steps ------------------------------------------------------------------------------------------------------------


@page.post("/<document_id>/steps/<event>")
def step(document_id: str, event: str) -> ResponseReturnValue:
    """Do a step of a paper; registering an order moves its pairs in the same transaction."""
    with current.reading() as read:
        paper = views.paper(read, current.actor(), document_id)
        if event not in paper.outlooks:
            if _sent_before(read):
                return redirect(url_for("documents.show", document_id=document_id))
            return _stale(document_id, paper, event)
        outlook = paper.outlooks[event]
        day = _typed_day() or current.today()
        asked = paper_step.step_of(read, current.actor(), paper, outlook, day=day, typed=request.form)
        form = _form(read, paper, asked, posted=True)
    valid = form.validate_on_submit()
    scan = uploaded("scan")
    if request.form.get("scan_when") == "now" and scan is None:
        return _page(
            document_id, wanted=event, form=form, scan_error="Выберите файл или отметьте «Добавлю позже»."
        ), 422
    if not valid or any(effect.error for effect in asked.effects):
        if not form.errors:
            form.form_errors = [*form.form_errors, "Напишите обоснование для каждой отмеченной пары."]
        return _page(document_id, wanted=event, form=form), 422
    try:
        outcome = current.perform(lambda write: _do(write, document_id, event, form, scan), f"document_{event}")
    except GuardRefused as error:
        return _refused(document_id, event, form, error), 422
    except InvalidInput as error:
        form.refuse(error)
        return _page(document_id, wanted=event, form=form, scan_error=error.errors.get("file", "")), 422
    except (ConcurrentTransition, TransitionNotAllowed):
        return _stale(document_id, paper, event)
    if not outcome.get("repeated"):
        _tell(outcome)
    return redirect(url_for("documents.show", document_id=document_id))


def _typed_day() -> date | None:
    try:
        return parse_day(request.form.get("value_signed_on", ""))
    except ValueError:
        return None


def uploaded(name: str) -> tuple[str, bytes] | None:
    """Name and bytes of an uploaded file, None where none was chosen."""
    upload = request.files.get(name)
    if upload is None or not upload.filename:
        return None
    try:
        return upload.filename, upload.read()
    finally:
        upload.close()  # a large one lies in a temporary file


def _do(write: Write, document_id: str, event: str, form: StepForm, scan: tuple[str, bytes] | None) -> Outcome:
    arguments = form.step()
    if event in paper_step.DATED_BY_SIGNING:
        arguments["happened_on"] = _day_of(write, document_id, event, _signed_on(form) or write.today)
    grounds = {
        key.removeprefix("ground_"): text
        for key, text in request.form.items()
        if key.startswith("ground_") and f"form_{key.removeprefix('ground_')}" in request.form and text.strip()
    }
    done = operations.fire(write, document_id, event, grounds=grounds, **arguments)
    if event == "receive":
        documents.replace_older(write, [document_id])
    if scan is not None:
        documents.attach_scan(write, document_id, *scan)
    kept = [row.text for row in done.caused if not row.ok]
    title = write.definition(done.process.definition_hash).event(event).done_title
    return {"done": title, "moved": len(done.caused) - len(kept), "kept": kept}


def _day_of(write: Write, document_id: str, event: str, signed_on: date) -> date:
    """An order's pairs begin on the day of its signing; elsewhere a step noted late must not fall before the one before it.

    A day to come is refused at the field of the day of signing.
    """
    process = core.process(write.session, document_id)
    if process is None or write.definition(process.definition_hash).event(event).then:
        return min(signed_on, write.today)
    return min(max(signed_on, date.fromisoformat(process.since)), write.today)


def _tell(outcome: Outcome) -> None:
    moved = outcome.get("moved")
    more = f" Закреплено: {count(moved, 'пара', 'пары', 'пар')}." if moved else ""
    flash(f"{outcome.get('done') or 'Записано'}.{more}", "success")
    if kept := outcome.get("kept"):
        told = count(len(kept), "пара осталась как есть", "пары остались как есть", "пар остались как есть")
        flash(f"{told}. {kept[0]}", "warning")


def _refused(document_id: str, event: str, form: StepForm, error: GuardRefused) -> str:
    """The same form with each reason at its field; reasons of no field stand above as «Почему нельзя?»."""
    rest = []
    for blocker in error.blockers:
        name = ERROR_FIELDS.get(blocker.code, "")
        if blocker.severity is Severity.BLOCK and name in form:
            more = f" {blocker.explanation}." if blocker.explanation else ""
            form[name].errors = [*form[name].errors, f"{blocker.text}.{more}"]
        else:
            rest.append(blocker)
    if rest:
        can = all(one.severity is not Severity.BLOCK for one in error.blockers)
        said = "Можно только с обоснованием: напишите его ниже." if can else "Шаг не выполнен, причина ниже."
        form.form_errors = [*form.form_errors, said]
    return _page(document_id, wanted=event, form=form, blockers=error.blockers)


def _sent_before(read: Read) -> bool:
    """Whether this very form was sent already: a double click is no stale page."""
    key = request.form.get("key", "")[:64]
    return bool(key) and core.submission(read.session, read.scope, current.actor().id, key) is not None


def _stale(document_id: str, before: views.Paper, event: str) -> tuple[str, int]:
    """What stands now beside what was entered; nothing was written."""
    with current.reading() as read:
        now = views.paper(read, current.actor(), document_id)
    definition = next((one.event.title for name, one in before.outlooks.items() if name == event), "")
    typed = ", ".join(
        request.form.get(f"value_{name}", "") for name in ("number", "signed_on") if request.form.get(f"value_{name}")
    )
    stands = ", ".join(value for name, value in now.facts if name in ("Номер", "Подписан", "Дата подписания"))
    rows = [("Состояние", f"{now.state_title} {now.since}", definition or "прежнее")]
    if typed or stands:
        rows.append(("Номер и дата", stands or "нет", typed or "нет"))
    return render_template(
        "errors/409.html",
        sentence="Пока вы заполняли форму, документ изменился. Ваш шаг не выполнен.",
        rows=rows,
        way_on=("Открыть документ как есть", url_for("documents.show", document_id=document_id)),
    ), 409


# -- files ------------------------------------------------------------------------------------------------------------


@page.get("/files/<file_id>")
def download(file_id: str) -> Response:
    """A file of a paper, always as a download: an uploaded file must not run in the admin's pages."""
    with current.reading() as read:
        row = papers.document_file(read.session, read.scope, file_id)
        views.require_visible(read, current.actor(), row.document_id)
        found = stored.open_file(read.session, read.scope, file_id)
    return sent(found.content, found.media_type, found.name)


def sent(content: bytes, media_type: str, name: str) -> Response:
    """A file as a download of which no copy stays in a browser that several share."""
    answer = send_file(BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@page.post("/<document_id>/scan")
def scan(document_id: str) -> ResponseReturnValue:
    """Put a scan or a signature file beside a paper."""
    upload = uploaded("scan")
    try:
        if upload is None:
            raise InvalidInput({"file": "Файл не выбран."})
        current.perform(lambda write: {"id": documents.attach_scan(write, document_id, *upload).id}, "attach_scan")
    except InvalidInput as error:
        return _page(document_id, scan_error=next(iter(error.errors.values()))), 422
    flash("Файл приложен.", "success")
    return redirect(url_for("documents.show", document_id=document_id))


@page.post("/<document_id>/retry")
def retry(document_id: str) -> ResponseReturnValue:
    """«Повторить» for a text that could not be made."""
    current.perform(lambda write: {"id": documents.retry_render(write, document_id).id}, "retry_render")
    return redirect(url_for("documents.show", document_id=document_id))


# -- who has read it --------------------------------------------------------------------------------------------------


@page.post("/<document_id>/readers")
def readers(document_id: str) -> ResponseReturnValue:
    """Write down who signed the sheet of acquaintance, many at once."""
    ids = request.form.getlist("row")
    try:
        if not ids:
            raise InvalidInput({"": "Отметьте, кто ознакомлен."})
        day = _day(request.form.get("day", ""))
        outcome = current.perform(
            lambda write: {"new": documents.record_acquaintance(write, document_id, ids, day)}, "acquaintance"
        )
    except InvalidInput as error:
        return _page(document_id, reader_error=next(iter(error.errors.values()))), 422
    told = count(outcome["new"], "человек", "человека", "человек")
    flash(f"Ознакомление отмечено: {told}, {russian_date(day)}.", "success")
    return redirect(url_for("documents.show", document_id=document_id))


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError as error:
        raise InvalidInput({"day": str(error)}) from None
