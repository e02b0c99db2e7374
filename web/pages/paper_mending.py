"""Mending a paper: wrong number, day or place, the day of a step, the last step taken back, a file put there by mistake."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from web import current
from web.event_form import DayField, OfferedField, put_errors
from web.pages.documents import page as papers_page
from web.views import documents as views
from web.views import paper_step
from web.views.pair_steps import mendable_steps
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.exceptions import ConcurrentTransition, InvalidInput, NotPermitted
from workflow_core.replay import CORRECT, UNDO
from workflow_core.unit_of_work import Outcome, Read, UnitOfWork, Write
from workflows.documents import operations as documents
from workflows.documents import queries as papers
from workflows.documents.facts import load_signatories
from workflows.documents.tables import Document
from workflows.organisations import policy

FIELDS = {
    "act": ("number", "signed_on", "signatory", "original_place", "title"),
    "agreement": ("number", "signed_on", "signatory", "valid_from", "valid_to", "original_place", "title"),
    "consent": ("signed_on", "signer", "valid_to", "original_place"),
    "working_paper": ("signed_on", "signatory", "original_place", "title"),
}
"""What may be put right, by the paper's class, in the order of the form."""


class WhyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Why something is taken back."""

    why = TextAreaField("Почему", [InputRequired("Напишите, почему."), Length(max=4000)])
    version = HiddenField()


class MendForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What was typed wrongly on a signed paper."""

    number = StringField("Номер", [Length(max=50, message="Не длиннее 50 знаков.")])
    signed_on = DayField("Дата подписания", [InputRequired("Укажите дату подписания.")])
    signatory = OfferedField("Кто подписал", [Optional()])
    signer = OfferedField("Кто подписал", [Optional()])
    valid_from = DayField("Действует с", [Optional()])
    valid_to = DayField("Действует до", [Optional()])
    original_place = StringField("Где лежит оригинал", [Length(max=200, message="Не длиннее 200 знаков.")])
    title = StringField(
        "Название", [InputRequired("Укажите название."), Length(max=300, message="Не длиннее 300 знаков.")]
    )
    why = TextAreaField(
        "Что было неверно",
        [InputRequired("Напишите, что было неверно."), Length(max=4000)],
        description="Прежние сведения останутся в истории, читаться будут исправленные",
    )
    version = HiddenField()


class DayForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Which step has a wrong day, the right one, and why."""

    seq = OfferedField("Какая запись", [InputRequired("Выберите запись.")])
    happened_on = DayField("Верная дата", [InputRequired("Укажите верную дату.")])
    why = TextAreaField(
        "Почему дата была неверной",
        [InputRequired("Напишите, почему дата была неверной."), Length(max=4000)],
        description="Прежняя запись останется в истории, читаться будет исправленная",
    )
    version = HiddenField()


def _version(form: Any) -> int | None:
    shown = form.version.data or ""
    return int(shown) if shown.isdigit() else None


def _checked(read: UnitOfWork, document_id: str, version: int | None) -> None:
    """Raises ConcurrentTransition where the paper has moved since the page was opened."""
    process = core.process(read.session, document_id)
    if process is not None and version is not None and process.version != version:
        state = read.definition(process.definition_hash).state_title(process.state)
        raise ConcurrentTransition(document_id, state, version, process.version)


def _template(view: str, paper: views.Paper, form: Any, **more: Any) -> ResponseReturnValue:
    status = 422 if request.method == "POST" else 200
    return render_template(f"documents/{view}.html", paper=paper, form=form, **more), status


def _back(document_id: str, sentence: str) -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for("documents.show", document_id=document_id))


# -- number, day, place -----------------------------------------------------------------------------------------------


@papers_page.route("/<document_id>/mend", methods=["GET", "POST"])
def mend(document_id: str) -> ResponseReturnValue:
    """Put right what was typed wrongly on a signed paper."""
    policy.require(current.actor(), "document.enter")
    with current.reading() as read:
        paper = views.paper(read, current.actor(), document_id)
        row = papers.document(read.session, read.scope, document_id)
        if not paper.can_mend:
            raise NotPermitted("Исправлять можно подписанный документ.", ())
        names, form = _mend_form(read, row, paper)
    if form.validate_on_submit():
        changes = {name: form[name].data for name in names if _differs(row, name, form[name].data)}
        try:
            if not changes:
                raise InvalidInput({"": "Ничего не изменено. Исправьте поле или вернитесь к документу."})
            current.perform(lambda write: _mend(write, document_id, changes, form), "mend_document")
            return _back(document_id, "Исправлено. Прежние сведения остались в истории.")
        except InvalidInput as error:
            put_errors(form, error)
    return _template("mend", paper, form, names=names)


def _mend_form(read: Read, row: Document, paper: views.Paper) -> tuple[tuple[str, ...], MendForm]:
    names = FIELDS[row.document_class]
    data = {name: getattr(row, name, None) for name in names if name not in ("signatory", "signer")}
    terms = {one.id: one.person_id for one in load_signatories(read.session, read.scope)}
    data |= {"signatory": terms.get(row.signatory_id or "", ""), "signer": row.signed_by_id or ""}
    form = MendForm(data={**data, "version": str(paper.version)})
    keep = row.signatory_text or "не указан"
    form.signatory.choices = [
        SelectChoice("", f"оставить: {keep}"),
        *(SelectChoice(one.value, one.label) for one in paper_step.signatories(read)),
    ]
    signers = paper_step.signers(read, row.person_id) if row.person_id else ()
    form.signer.choices = [SelectChoice("", "не указан"), *(SelectChoice(one.value, one.label) for one in signers)]
    for name in set(form._fields) - {*names, "why", "version", "csrf_token"}:
        del form[name]
    return names, form


def _differs(row: Document, name: str, value: Any) -> bool:
    if name == "signatory":
        return bool(value) and value != (row.signatory_id or "")
    if name == "signer":
        return bool(value) and value != (row.signed_by_id or "")
    return (value or None) != (getattr(row, name) or None)


def _mend(write: Write, document_id: str, changes: dict[str, Any], form: MendForm) -> Outcome:
    _checked(write, document_id, _version(form))
    why = form.why.data or ""
    before = papers.document(write.session, write.scope, document_id).signed_on
    documents.mend(write, document_id, changes, why=why)
    if isinstance(changes.get("signed_on"), date):
        _mend_step(write, document_id, before, changes["signed_on"], why)
    return {}


def _mend_step(write: Write, document_id: str, before: date | None, day: date, why: str) -> None:
    """The step that was dated by the wrong day of signing gets the right one too."""
    entries = core.entries_of(write.session, write.scope, [document_id]).get(document_id, [])
    dated = [
        one
        for one in entries
        if one.version and one.event not in (CORRECT, UNDO) and before and one.happened_on == before.isoformat()
    ]
    if dated:
        operations.correct(write, document_id, dated[-1].seq, happened_on=day, why=why)


# -- the day of a step ------------------------------------------------------------------------------------------------


@papers_page.route("/<document_id>/correct", methods=["GET", "POST"])
def correct(document_id: str) -> ResponseReturnValue:
    """Mend the day of a step by a new entry."""
    with current.reading() as read:
        paper = views.paper(read, current.actor(), document_id)
        _require(paper.can_correct)
        steps = mendable_steps(read, document_id)
    last = str(steps[-1].seq) if steps else ""
    form = DayForm() if request.method == "POST" else DayForm(version=str(paper.version), seq=last)
    form.seq.choices = [SelectChoice(str(one.seq), one.words) for one in reversed(steps)]
    if form.validate_on_submit():
        try:
            current.perform(lambda write: _correct(write, document_id, form), "correct_document")
            return _back(document_id, "Дата исправлена. Прежняя запись осталась в истории.")
        except InvalidInput as error:
            put_errors(form, error)
    return _template("correct", paper, form)


def _correct(write: Write, document_id: str, form: DayForm) -> Outcome:
    day = form.happened_on.data
    assert isinstance(day, date)
    operations.correct(
        write,
        document_id,
        int(form.seq.data),
        happened_on=day,
        why=form.why.data or "",
        expected_version=_version(form),
    )
    return {}


def _require(allowed: bool) -> None:
    if not allowed:
        raise NotPermitted("У вашей роли нет права на это действие.", ())


# -- taking back ------------------------------------------------------------------------------------------------------


@papers_page.route("/<document_id>/undo", methods=["GET", "POST"])
def undo(document_id: str) -> ResponseReturnValue:
    """Take back the last step of a paper."""
    with current.reading() as read:
        paper = views.paper(read, current.actor(), document_id)
        _require(paper.can_undo or request.method == "POST")
        steps = mendable_steps(read, document_id)
    form = WhyForm() if request.method == "POST" else WhyForm(version=str(paper.version))
    if form.validate_on_submit():
        try:
            current.perform(lambda write: _undo(write, document_id, form), "undo_document")
            return _back(document_id, "Последний шаг отменён.")
        except InvalidInput as error:
            put_errors(form, error)
    return _template("undo", paper, form, last=steps[-1].words if steps else "")


def _undo(write: Write, document_id: str, form: WhyForm) -> Outcome:
    operations.undo(write, document_id, why=form.why.data or "", expected_version=_version(form))
    return {}


@papers_page.route("/files/<file_id>/remove", methods=["GET", "POST"])
def remove_file(file_id: str) -> ResponseReturnValue:
    """Take away a scan that was attached by mistake; its bytes go with it."""
    policy.require(current.actor(), "document.enter")
    with current.reading() as read:
        if request.method == "POST" and _sent_before(read):
            return redirect(url_for("documents.index"))
        row = papers.document_file(read.session, read.scope, file_id)
        paper = views.paper(read, current.actor(), row.document_id)
    form = WhyForm()
    if form.validate_on_submit():
        try:
            current.perform(lambda write: documents.remove_file(write, file_id, form.why.data or ""), "remove_file")
            return _back(paper.id, "Файл убран.")
        except InvalidInput as error:
            put_errors(form, error)
    return _template("remove_file", paper, form, name=row.name)


def _sent_before(read: Read) -> bool:
    key = request.form.get("key", "")[:64]
    return bool(key) and core.submission(read.session, read.scope, current.actor().id, key) is not None
