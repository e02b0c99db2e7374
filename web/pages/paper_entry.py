"""New papers: a ready one that was signed on paper, and drafts that are made here."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from web import current
from web.event_form import DayField, OfferedField, put_errors
from web.pages.documents import page as papers_page
from web.pages.documents import uploaded
from web.views import paper_step, subjects
from workflow_core.exceptions import InvalidInput, NotFound
from workflow_core.unit_of_work import Outcome, Read, Write
from workflows.documents import kinds, ready_papers
from workflows.documents.ready_papers import ReadyPaper
from workflows.mentoring import board
from workflows.mentoring import papers as mentoring_papers
from workflows.mentoring import queries as mentoring
from workflows.mentoring.pair_list import EVERY_PAIR, PairFilter
from workflows.organisations import people, policy
from workflows.organisations import queries as organisations
from workflows.road_maps import queries as road_maps

CLASSES = ("act", "agreement", "working_paper", "consent")
"""Order of the kinds in the form: what is entered most often first."""
PREPARED = ("pair_order", "individual_plan", "case")
"""Kinds that are made on the page «Подготовить документ»; consents are made on the page of consents."""
CASE_TITLES = {
    "title": "Название",
    "problem": "С чем обратились",
    "resources": "Что понадобилось",
    "result": "Что получилось",
    "risks": "Трудности",
    "replicability": "Кому пригодится",
    "contact": "С кем связаться",
}
PAIRS_SHOWN = 500


# -- ready papers -----------------------------------------------------------------------------------------------------


class ReadyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A paper that was made elsewhere and is signed."""

    kind = OfferedField("Вид документа", [InputRequired("Выберите вид документа.")])
    number = StringField("Номер", [Length(max=50, message="Не длиннее 50 знаков.")], description="Из школьного журнала")
    signed_on = DayField("Дата подписания", [InputRequired("Укажите дату подписания.")])
    title = StringField(
        "Название",
        [Length(max=300, message="Не длиннее 300 знаков.")],
        description="Если не указать, подойдёт название вида",
    )
    signatory = OfferedField("Кто подписал", [Optional()])
    signatory_text = StringField(
        "Если подписал другой человек",
        [Length(max=200, message="Не длиннее 200 знаков.")],
        description="Как стоит под документом: «начальник отдела Петрова Г. Н.»",
    )
    original_place = StringField(
        "Где лежит оригинал", [Length(max=200, message="Не длиннее 200 знаков.")], description="Дело, лист"
    )
    valid_to = DayField("Действует до", [Optional()])
    person = OfferedField("Чьё согласие", [Optional()], description="Для согласий и заявлений")
    signer = OfferedField(
        "Кто подписал согласие", [Optional()], description="Если не указать, тот, кто подписывает по возрасту"
    )
    remark = TextAreaField("Примечание", [Length(max=1000, message="Не длиннее 1000 знаков.")])


def _offered(choices: Any, first: str = "не выбрано") -> list[Any]:
    return [SelectChoice("", first), *(SelectChoice(value, words) for value, words in choices)]


@papers_page.get("/enter")
def enter() -> str:
    """The form of a ready paper, filled by where it was asked for."""
    policy.require(current.actor(), "document.enter")
    with current.reading() as read:
        form, about = _ready_form(read)
        asked = request.args.get("kind", "")
        form.kind.data = asked if asked in form.kind.offered else ""
        form.person.data = request.args.get("person_id", "")
    return _enter_page(form, about)


def _enter_page(form: ReadyForm, about: dict[str, Any], scan_error: str = "") -> str:
    chosen = {*request.values.getlist("pair_id"), *request.values.getlist("activity_id")}
    return render_template("documents/enter.html", form=form, about=about, chosen=chosen, scan_error=scan_error)


def _ready_form(read: Read) -> tuple[ReadyForm, dict[str, list[tuple[str, str]]]]:
    form = ReadyForm()
    known = sorted(
        kinds.known_kinds(read.catalogue).values(), key=lambda one: (CLASSES.index(one.document_class.value), one.title)
    )
    form.kind.choices = _offered(((one.code, one.title) for one in known), "Выберите")
    form.signatory.choices = _offered((one.value, one.label) for one in paper_step.signatories(read))
    persons = _persons(read)
    form.person.choices = _offered(persons)
    owner = request.values.get("person", "") or request.values.get("person_id", "")
    signers = paper_step.signers(read, owner) if owner else ()
    form.signer.choices = _offered(((one.value, one.label) for one in signers), "по возрасту")
    lines = board.pair_page(read, limit=PAIRS_SHOWN).pairs
    items = road_maps.running_activities(read.session, read.scope)
    named = subjects.subjects(read, [("activity", one.id) for one in items])
    about = {
        "pair": [(one.id, one.label) for one in lines],
        "activity": [
            (one.id, f"{named['activity', one.id].label}. {one.short_title or one.text[:80]}") for one in items
        ],
    }
    return form, about


def _persons(read: Read) -> list[tuple[str, str]]:
    """Everybody in the banks, and whoever was asked for by the address."""
    programmes = mentoring.current_programmes(read.session, read.scope, read.today)
    found = {
        who.id: who for _row, who in mentoring.participants(read.session, read.scope, [one.id for one in programmes])
    }
    asked = request.values.get("person", "") or request.values.get("person_id", "")
    if asked and asked not in found:
        found[asked] = organisations.person(read.session, read.scope, asked)
    ordered = sorted(found.values(), key=lambda who: who.sort_key)
    return [(who.id, f"{people.label(who)}, {who.class_name or who.post or 'участник'}") for who in ordered]


@papers_page.post("/enter")
def enter_ready() -> ResponseReturnValue:
    """Keep a ready paper: it satisfies rules exactly like one that was made here."""
    policy.require(current.actor(), "document.enter")
    with current.reading() as read:
        form, about = _ready_form(read)
    if not form.validate_on_submit():
        return _enter_page(form, about), 422
    assert form.signed_on.data is not None
    name, content = uploaded("scan") or ("", b"")
    if name and not content:
        return _enter_page(form, about, "Файл пуст. Выберите другой."), 422
    paper = ReadyPaper(
        kind=form.kind.data,
        signed_on=form.signed_on.data,
        number=(form.number.data or "").strip(),
        title=(form.title.data or "").strip(),
        signatory=form.signatory.data or "",
        signatory_text=(form.signatory_text.data or "").strip(),
        subjects=tuple((kind, one) for kind in ("pair", "activity") for one in _known(about, kind)),
        person_id=form.person.data or "",
        signer=form.signer.data or "",
        valid_to=form.valid_to.data,
        original_place=(form.original_place.data or "").strip(),
        remark=(form.remark.data or "").strip(),
        scan_name=name,
        scan=content,
    )
    try:
        outcome = current.perform(lambda write: _enter(write, paper), "enter_ready")
    except InvalidInput as error:
        names = {"person_id": "person", "": ""}
        put_errors(
            form, InvalidInput({names.get(key, key): text for key, text in error.errors.items() if key != "file"})
        )
        return _enter_page(form, about, error.errors.get("file", "")), 422
    flash("Документ внесён.", "success")
    for sentence in outcome["warnings"]:
        flash(sentence, "warning")
    return redirect(url_for("documents.show", document_id=outcome["id"]))


def _known(about: dict[str, list[tuple[str, str]]], kind: str) -> list[str]:
    """Ticked subjects that are this organisation's. Raises NotFound for any other."""
    known = {one for one, _label in about[kind]}
    ticked = request.form.getlist(f"{kind}_id")
    for one in ticked:
        if one not in known:
            raise NotFound("пара" if kind == "pair" else "пункт", one)
    return ticked


def _enter(write: Write, paper: ReadyPaper) -> Outcome:
    row = ready_papers.enter_ready(write, paper)
    return {"id": row.id, "warnings": list(row.warnings)}


# -- drafts -----------------------------------------------------------------------------------------------------------


@papers_page.get("/prepare")
def prepare() -> str:
    """Choose what to make and for which pairs."""
    policy.require(current.actor(), "document.prepare")
    with current.reading() as read:
        return _prepare_page(read, request.args.get("kind", PREPARED[0]), set(request.args.getlist("pair_id")))


def _prepare_page(read: Read, kind: str, chosen: set[str], error: str = "") -> str:
    made_here = {code: one.title for code, one in kinds.known_kinds(read.catalogue).items() if one.is_made_here}
    offered = {code: made_here[code] for code in PREPARED if code in made_here}
    if kind not in offered:
        raise NotFound("вид документа", kind, offered)
    is_order = kind == PREPARED[0]
    wanted = PairFilter(states=("proposed",)) if is_order else EVERY_PAIR
    lines = (
        *board.pair_lines(read, chosen).values(),
        *(one for one in board.pair_page(read, wanted, limit=PAIRS_SHOWN).pairs if one.id not in chosen),
    )
    # An order fixes pairs that are only proposed; every other paper is about one pair, usually the one asked for.
    pairs = [one for one in lines if one.id in chosen or (one.state == "proposed" if is_order else not chosen)]
    preset = chosen or ({one.id for one in pairs} if is_order and not error else set())
    return render_template(
        "documents/prepare.html",
        kind=kind,
        offered=offered,
        pairs=pairs,
        chosen=preset,
        error=error,
        dues={name: request.form.get(name, "") for name in ("plans_due", "report_due")},
        texts={name: request.form.get(name, "") for name in (*mentoring_papers.CASE_TEXTS, "steps")},
        titles=CASE_TITLES,
    )


@papers_page.post("/prepare")
def make() -> ResponseReturnValue:
    """Make a draft: its facts are frozen now, its text is made by a job."""
    policy.require(current.actor(), "document.prepare")
    kind = request.form.get("kind", "")
    ids = request.form.getlist("pair_id")
    try:
        outcome = current.perform(lambda write: _prepared(write, kind, ids), f"prepare_{kind}")
    except InvalidInput as error:
        with current.reading() as read:
            return _prepare_page(read, kind, set(ids), " ".join(error.errors.values())), 422
    flash("Готовим документ. Пока он готовится, можно работать дальше.", "success")
    return redirect(url_for("documents.show", document_id=outcome["id"]))


def _prepared(write: Write, kind: str, ids: list[str]) -> Outcome:
    if not ids:
        raise InvalidInput({"pairs": "Выберите пару."})
    match kind:
        case "pair_order":
            dues = {name: request.form.get(name, "").strip()[:200] for name in ("plans_due", "report_due")}
            made = mentoring_papers.prepare_pair_order(write, ids, **dues)
        case "individual_plan":
            made = mentoring_papers.prepare_plan(write, ids[0])
        case "case":
            texts = {name: request.form.get(name, "") for name in mentoring_papers.CASE_TEXTS}
            made = mentoring_papers.prepare_case(write, ids[0], texts, request.form.get("steps", "").splitlines())
        case _:
            raise NotFound("вид документа", kind)
    return {"id": made.id}
