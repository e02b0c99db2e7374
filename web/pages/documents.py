"""Papers: what waits, one paper with its next step, consents of many, ready papers, files."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms import FileField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length

from web import current
from web.event_form import DayField, StepForm, event_form, parse_day, put_errors
from web.formatting import count
from web.views import documents as views
from web.views import subjects
from workflow_core import operations
from workflow_core.definition import EventDefinition
from workflow_core.exceptions import GuardRefused, InvalidInput, NotFound, WorkflowError
from workflow_core.operations import RowResult
from workflow_core.unit_of_work import Outcome, Read, Write
from workflows.documents import files as stored
from workflows.documents import kinds, ready_papers
from workflows.documents import operations as documents
from workflows.documents import queries as papers
from workflows.documents.ready_papers import ReadyPaper
from workflows.mentoring import board
from workflows.mentoring import papers as mentoring_papers
from workflows.mentoring import queries as mentoring
from workflows.organisations import people, policy
from workflows.organisations import queries as organisations

page = Blueprint("documents", __name__)

NEXT = ("register", "receive", "sign", "approve", "send", "agree", "print_blank")
"""Steps in the order in which a paper's page offers them first."""


@page.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def _readers_only() -> None:
    policy.require(current.actor(), "document.read", own=True)


# -- the desk and one paper -------------------------------------------------------------------------------------------


@page.get("/documents")
def index() -> str:
    """What waits on the left, its first paper on the right."""
    text = request.args.get("q", "").strip()[:100]
    with current.reading() as read:
        desk = views.desk(read, text)
        chosen = _shown(read, desk.first) if desk.first and not text else None
    return render_template("documents/index.html", desk=desk, text=text, chosen=chosen, alone=False)


@page.get("/documents/<document_id>")
def show(document_id: str) -> str:
    """One paper beside the desk."""
    with current.reading() as read:
        shown = _shown(read, document_id, request.args.get("step", ""))
        desk = views.desk(read)
    return render_template("documents/index.html", desk=desk, text="", chosen=shown, alone=True)


def _shown(read: Read, document_id: str, wanted: str = "", form: StepForm | None = None) -> dict[str, Any]:
    """A paper with the form of its next step (or of the one asked for)."""
    paper = views.paper(read, current.actor(), document_id)
    permitted = {name: outlook for name, outlook in paper.outlooks.items() if outlook.role}
    step = wanted if wanted in permitted else next((name for name in NEXT if name in permitted), "")
    event = permitted[step].event if step else None
    choices = views.choices(read, document_id)
    return {
        "paper": paper,
        "event": event,
        "form": form or (_form(event, paper.version, choices) if event else None),
        "effects": views.effects_preview(read, current.actor(), paper, step) if step else [],
        "reasons": [one for one in views.blockers(permitted[step]) if one["code"] not in _ASKED_BY_THE_FORM]
        if step
        else [],
        "others": [outlook.event for name, outlook in permitted.items() if name != step],
        "can_enter": policy.may(current.actor(), "document.enter"),
    }


_ASKED_BY_THE_FORM = frozenset(
    {"signatory_missing", "number_missing", "signer_missing", "term_missing", "approval_missing"}
)


def _form(
    event: EventDefinition, version: int, choices: Any, *, posted: bool = False, ground: bool = False
) -> StepForm:
    return event_form(
        event, today=current.today(), version=version, choices=choices, posted=posted, needs_ground=ground
    )


@page.post("/documents/<document_id>/<event>")
def step(document_id: str, event: str) -> ResponseReturnValue:
    """Do a step of a paper; registering an order moves its pairs in the same transaction."""
    with current.reading() as read:
        paper = views.paper(read, current.actor(), document_id)
        if event not in paper.outlooks:
            raise NotFound("шаг", event)
        choices = views.choices(read, document_id)
        form = _form(paper.outlooks[event].event, paper.version, choices, posted=True)
    if form.validate_on_submit():
        try:
            outcome = current.perform(lambda write: _step(write, document_id, event, form), f"document_{event}")
            _tell(outcome)
            return redirect(url_for("documents.show", document_id=document_id))
        except (InvalidInput, GuardRefused) as error:
            form.refuse(error)
    with current.reading() as read:
        shown = _shown(read, document_id, event, form)
        desk = views.desk(read)
    return render_template("documents/index.html", desk=desk, text="", chosen=shown, alone=True), 422


def _step(write: Write, document_id: str, event: str, form: StepForm) -> Outcome:
    grounds = {
        name.removeprefix("ground_"): text
        for name, text in request.form.items()
        if name.startswith("ground_") and text.strip()
    }
    arguments = form.step()
    signed_on = arguments["fields"].get("signed_on")
    if signed_on and not isinstance(signed_on, date):
        # The day of a signed paper is the day of its signing, not of its entry.
        arguments["happened_on"] = (
            min(date.fromisoformat(signed_on), write.today) if event != "receive" else arguments["happened_on"]
        )
    done = operations.fire(write, document_id, event, grounds=grounds, **arguments)
    upload = request.files.get("scan")
    if upload and upload.filename:
        documents.attach_scan(write, document_id, upload.filename, upload.read())
    title = write.definition(done.process.definition_hash).event(event).done_title
    moved = [row for row in done.caused if row.ok]
    kept = [row for row in done.caused if not row.ok]
    return {"done": title, "moved": len(moved), "kept": [row.text for row in kept]}


def _tell(outcome: Outcome) -> None:
    if outcome.get("moved"):
        flash(f"{outcome['done']}. Закреплены: {count(outcome['moved'], 'пара', 'пары', 'пар')}.", "success")
    else:
        flash(f"{outcome.get('done') or 'Записано'}.", "success")
    if outcome.get("kept"):
        flash(
            f"{count(len(outcome['kept']), 'пара осталась', 'пары остались', 'пар остались')} как есть. {outcome['kept'][0]}",
            "warning",
        )


# -- files ------------------------------------------------------------------------------------------------------------


@page.get("/documents/files/<file_id>")
def download(file_id: str) -> Response:
    """A file of a paper, always as a download: an uploaded file must not run in the admin's pages."""
    with current.reading() as read:
        found = stored.open_file(read.session, read.scope, file_id)
    answer = send_file(BytesIO(found.content), mimetype=found.media_type, as_attachment=True, download_name=found.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@page.post("/documents/<document_id>/scan")
def scan(document_id: str) -> ResponseReturnValue:
    """Put a scan or a signature file beside a paper."""
    upload = request.files.get("scan")
    if not upload or not upload.filename:
        flash("Файл не выбран.", "error")
        return redirect(url_for("documents.show", document_id=document_id))
    name, content = upload.filename, upload.read()
    try:
        current.perform(
            lambda write: {"id": documents.attach_scan(write, document_id, name, content).id}, "attach_scan"
        )
        flash("Файл приложен.", "success")
    except InvalidInput as error:
        flash(str(error), "error")
    return redirect(url_for("documents.show", document_id=document_id))


@page.post("/documents/<document_id>/retry")
def retry(document_id: str) -> ResponseReturnValue:
    """«Повторить» for a text that could not be made."""
    current.perform(lambda write: {"id": documents.retry_render(write, document_id).id}, "retry_render")
    return redirect(url_for("documents.show", document_id=document_id))


# -- consents ---------------------------------------------------------------------------------------------------------


@page.get("/documents/consents")
def consents() -> str:
    """All participants with the state of one consent."""
    kind = "duty" if request.args.get("kind") == "duty" else "personal_data"
    missing = request.args.get("missing") == "1"
    with current.reading() as read:
        shown = views.consents(read, kind, missing)
    return render_template(
        "documents/consents.html", shown=shown, kind=kind, missing=missing, results={}, day=current.today()
    )


@page.get("/documents/consents/<person_id>/receive")
def receive(person_id: str) -> ResponseReturnValue:
    """The paper of one person's consent: the blank that waits, else the page of consents."""
    with current.reading() as read:
        states = papers.consents_on(
            read.session, read.scope, [organisations.person(read.session, read.scope, person_id).id], (), read.today
        )
    waiting = next((one.document_id for one in states.get(person_id, {}).values() if one.state == "expected"), "")
    if waiting:
        return redirect(url_for("documents.show", document_id=waiting))
    return redirect(url_for("documents.consents", missing=1, _anchor=person_id))


@page.get("/documents/consents/<person_id>/issue")
def issue(person_id: str) -> ResponseReturnValue:
    """Where a blank for one person is made."""
    return redirect(url_for("documents.consents", missing=1, _anchor=person_id))


@page.post("/documents/consents")
def consents_step() -> ResponseReturnValue:
    """Issue blanks for the ticked people, or note their consents as received; a result per row."""
    kind = "duty" if request.form.get("kind") == "duty" else "personal_data"
    ids = request.form.getlist("row")
    action = request.form.get("action", "")
    results: dict[str, tuple[str, str]] = {}
    day = current.today()
    try:
        if not ids:
            raise InvalidInput({"": "Отметьте людей в списке."})
        if action == "issue":
            outcome = current.perform(lambda write: _issue(write, kind, ids), "issue_consents")
        else:
            day = parse_day(request.form.get("day", ""))
            outcome = current.perform(lambda write: _receive(write, kind, ids, day), "receive_consents")
        results = {key: (value[0], value[1]) for key, value in outcome["rows"].items()}
        flash(outcome["told"], "success" if outcome["good"] else "warning")
    except (WorkflowError, ValueError) as error:
        flash(str(error), "error")
    with current.reading() as read:
        shown = views.consents(read, kind, False)
    return render_template("documents/consents.html", shown=shown, kind=kind, missing=False, results=results, day=day)


def _programme(write: Write) -> str:
    found = mentoring.current_programmes(write.session, write.scope, write.today)
    if not found:
        raise InvalidInput({"": "Сначала создайте программу наставничества в «Настройках»."})
    return found[0].id


def _issue(write: Write, kind: str, person_ids: list[str]) -> Outcome:
    code = kinds.DUTY_CONSENT if kind == "duty" else "personal_data"
    issued = mentoring_papers.prepare_consents(write, _programme(write), person_ids, code)
    good = sum(1 for one in issued if one.document_id)
    rows = {one.person_id: ("ok" if one.document_id else "closed", one.text) for one in issued}
    return {
        "rows": rows,
        "good": good,
        "told": f"Готовим бланки: {good}. Их можно скачать на странице каждого документа.",
    }


def _receive(write: Write, kind: str, person_ids: list[str], day: date) -> Outcome:
    """Whoever has no blank yet hands one in that was printed elsewhere: it is issued on the way."""
    code = kinds.DUTY_CONSENT if kind == "duty" else "personal_data"
    issued = {
        one.person_id: one for one in mentoring_papers.prepare_consents(write, _programme(write), person_ids, code)
    }
    known = [issued[one] for one in person_ids if one in issued and issued[one].document_id]
    results = documents.receive_consents(write, [documents.Received(one.document_id, day) for one in known])
    rows: dict[str, tuple[str, str]] = {one.person_id: _outcome(row) for one, row in zip(known, results, strict=True)}
    rows |= {one: ("closed", issued[one].text) for one in person_ids if one in issued and not issued[one].document_id}
    good = sum(row.ok for row in results)
    return {"rows": rows, "good": good, "told": f"Отмечено: {count(good, 'согласие', 'согласия', 'согласий')}."}


def _outcome(row: RowResult) -> tuple[str, str]:
    return ("ok" if row.ok else "ground" if row.needs_ground else "closed", row.text)


# -- new papers -------------------------------------------------------------------------------------------------------


class ReadyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A paper that was made in Word."""

    kind = SelectField("Вид документа")
    number = StringField("Номер", [Length(max=50)], description="Из школьного журнала")
    signed_on = DayField("Дата подписания", [InputRequired("Укажите дату подписания.")])
    title = StringField("О чём", [Length(max=300)], description="«О закреплении наставнических пар»")
    signatory_text = StringField("Кто подписал", [Length(max=200)], description="«Гусев А. П., директор»")
    original_place = StringField("Где лежит оригинал", [Length(max=200)], description="дело, лист")
    person = SelectField("Чьё согласие", validate_choice=False)
    remark = TextAreaField("Примечание", [Length(max=1000)])
    scan = FileField("Скан")


@page.get("/documents/enter")
def enter() -> str:
    """The form of a ready paper, filled by where it was asked for."""
    policy.require(current.actor(), "document.enter")
    with current.reading() as read:
        form, about = _ready_form(read)
        form.kind.data = request.args.get("kind") or "order"
        form.person.data = request.args.get("person_id", "")
        chosen = set(request.args.getlist("pair_id")) | set(request.args.getlist("activity_id"))
        return render_template("documents/enter.html", form=form, about=about, chosen=chosen)


def _ready_form(read: Read) -> tuple[ReadyForm, dict[str, list[tuple[str, str]]]]:
    form = ReadyForm()
    known = kinds.known_kinds(read.catalogue)
    form.kind.choices = [
        SelectChoice(code, kind.title) for code, kind in sorted(known.items(), key=lambda one: one[1].title)
    ]
    page_of = organisations.people_page(read.session, read.scope)
    form.person.choices = [
        SelectChoice("", "не выбрано"),
        *(SelectChoice(one.id, people.label(one)) for one in page_of.people),
    ]
    lines = board.pair_page(read, mentoring.EVERY_PAIR, limit=200).pairs
    items = subjects.subjects(read, [("activity", one) for one in request.values.getlist("activity_id")])
    about = {
        "pair": [(one.id, one.label) for one in lines],
        "activity": [(ref[1], found.label) for ref, found in items.items() if found.label],
    }
    return form, about


@page.post("/documents/enter")
def enter_ready() -> ResponseReturnValue:
    """Keep a ready paper: it satisfies rules exactly like one that was made here."""
    with current.reading() as read:
        form, about = _ready_form(read)
        if form.validate_on_submit():
            upload = request.files.get("scan")
            paper = ReadyPaper(
                kind=form.kind.data,
                signed_on=form.signed_on.data or current.today(),
                number=(form.number.data or "").strip(),
                title=(form.title.data or "").strip(),
                signatory_text=(form.signatory_text.data or "").strip(),
                subjects=tuple(
                    (kind, one) for kind in ("pair", "activity") for one in request.form.getlist(f"{kind}_id")
                ),
                person_id=form.person.data or "",
                original_place=(form.original_place.data or "").strip(),
                remark=(form.remark.data or "").strip(),
                scan_name=upload.filename or "" if upload else "",
                scan=upload.read() if upload and upload.filename else b"",
            )
            try:
                outcome = current.perform(
                    lambda write: {"id": ready_papers.enter_ready(write, paper).id}, "enter_ready"
                )
                flash("Документ внесён.", "success")
                return redirect(url_for("documents.show", document_id=outcome["id"]))
            except InvalidInput as error:
                put_errors(form, error)
        chosen = set(request.form.getlist("pair_id")) | set(request.form.getlist("activity_id"))
        return render_template("documents/enter.html", form=form, about=about, chosen=chosen), 422


@page.get("/documents/prepare")
def prepare() -> str:
    """Choose what to make and for which pairs."""
    policy.require(current.actor(), "document.prepare")
    kind = request.args.get("kind", "pair_order")
    with current.reading() as read:
        return _prepare_page(read, kind, set(request.args.getlist("pair_id")), "")


def _prepare_page(read: Read, kind: str, chosen: set[str], error: str) -> str:
    made_here = {code: one.title for code, one in kinds.known_kinds(read.catalogue).items() if one.is_made_here}
    offered = {code: made_here[code] for code in ("pair_order", "individual_plan", "case") if code in made_here}
    if kind not in offered:
        raise NotFound("вид документа", kind, offered)
    states = ("proposed",) if kind == "pair_order" and not chosen else ()
    lines = board.pair_page(read, mentoring.PairFilter(states=states), limit=200).pairs
    pairs = [one for one in lines if not chosen or kind == "pair_order" or one.id in chosen]
    return render_template(
        "documents/prepare.html",
        kind=kind,
        offered=offered,
        pairs=pairs,
        chosen=chosen or {one.id for one in pairs if kind == "pair_order"},
        error=error,
        texts={name: request.form.get(name, "") for name in (*mentoring_papers.CASE_TEXTS, "steps")},
        case_texts=mentoring_papers.CASE_TEXTS,
    )


@page.post("/documents/prepare")
def make() -> ResponseReturnValue:
    """Make a draft: its facts are frozen now, its text is made by a job."""
    kind = request.form.get("kind", "")
    ids = request.form.getlist("pair_id")
    texts = {name: request.form.get(name, "") for name in mentoring_papers.CASE_TEXTS}
    steps = request.form.get("steps", "").splitlines()

    def prepared(write: Write) -> Outcome:
        if not ids:
            raise InvalidInput({"pairs": "Выберите пару."})
        match kind:
            case "pair_order":
                made = mentoring_papers.prepare_pair_order(write, ids)
            case "individual_plan":
                made = mentoring_papers.prepare_plan(write, ids[0])
            case "case":
                made = mentoring_papers.prepare_case(write, ids[0], texts, steps)
            case _:
                raise NotFound("вид документа", kind)
        return {"id": made.id}

    try:
        outcome = current.perform(prepared, f"prepare_{kind}")
    except InvalidInput as error:
        with current.reading() as read:
            return _prepare_page(read, kind, set(ids), str(error)), 422
    flash("Готовим документ. Пока он готовится, можно работать дальше.", "success")
    return redirect(url_for("documents.show", document_id=outcome["id"]))


@page.get("/documents/<document_id>/register")
def register(document_id: str) -> ResponseReturnValue:
    """The paper's page with the form of its registration; links of reasons lead here."""
    return redirect(url_for("documents.show", document_id=document_id, step="register"))
