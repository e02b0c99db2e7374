"""One pair: its page, its steps, the folder, where the rules come from, taking back and mending."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.utils import redirect
from wtforms import HiddenField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired

from web import current
from web.event_form import DayField, OfferedField, StepForm, event_form, parse_day, put_errors
from web.formatting import russian_date
from web.pages.pairs import page as pairs_page
from web.views import pair_choices
from web.views.pair import StepView, is_next, outlook_of, pair_view, step_view
from web.views.pair_folder import folder_sentence
from web.views.pair_rules import rules_view
from web.views.pair_steps import mendable_steps
from web.views.pairs import own_pair
from web.views.story import story_of
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.exceptions import (
    ConcurrentTransition,
    GuardRefused,
    InvalidInput,
    NotPermitted,
    TransitionNotAllowed,
)
from workflow_core.judgement import Outlook, role_for
from workflow_core.unit_of_work import Outcome, Read, Write
from workflows.mentoring import operations as mentoring


@pairs_page.get("/<pair_id>")
def show(pair_id: str) -> str:
    """The page of one pair."""
    with current.reading() as read:
        return _pair(read, pair_id)


def _pair(read: Read, pair_id: str, form: StepForm | None = None, refused: StepView | None = None) -> str:
    """The page; `form` and `refused` where its next step was refused: what was typed and what stands in the way."""
    view = pair_view(read, current.actor(), pair_id)
    if view.step is not None and form is None:
        outlook = outlook_of(read, current.actor(), pair_id, view.step.event)
        form = _form(read, pair_id, outlook, posted=False)
    if refused is not None:
        view = replace(view, step=refused)
    return render_template("pairs/show.html", view=view, form=form)


# -- steps ------------------------------------------------------------------------------------------------------------


@pairs_page.get("/<pair_id>/steps/<event>")
def step(pair_id: str, event: str) -> ResponseReturnValue:
    """A rarer step on a page of its own; the next one is on the pair's page."""
    with current.reading() as read:
        try:
            outlook = outlook_of(read, current.actor(), pair_id, event)
        except TransitionNotAllowed as error:
            return _stale(pair_id, str(error))
        if is_next(read, pair_id, event):
            return redirect(url_for("pairs.show", pair_id=pair_id))
        return _step(read, pair_id, outlook, _form(read, pair_id, outlook, posted=False))


def _step(read: Read, pair_id: str, outlook: Outlook, form: StepForm, *, typed: bool = False) -> str:
    line = own_pair(read, current.actor(), pair_id)
    view = step_view(read, current.actor(), outlook, main=False, typed=typed)
    return render_template("pairs/step.html", line=line, step=view, form=form)


def _form(read: Read, pair_id: str, outlook: Outlook, *, posted: bool) -> StepForm:
    return event_form(
        outlook.event,
        today=read.today,
        version=outlook.question.process.version,
        choices=pair_choices.step_choices(read, pair_id, outlook.event),
        posted=posted,
    )


@pairs_page.post("/<pair_id>/steps/<event>")
def take_step(pair_id: str, event: str) -> ResponseReturnValue:
    """Do one step; refused, the same page comes back with all that was typed and why not."""
    with current.reading() as read:
        own_pair(read, current.actor(), pair_id)
        try:
            outlook = outlook_of(read, current.actor(), pair_id, event)
        except TransitionNotAllowed as error:
            if not _sent_before(read):
                wanted = read.definition(_definition_hash(read, pair_id)).event(event)
                return _stale(pair_id, str(error), wanted.title)
            return redirect(url_for("pairs.show", pair_id=pair_id))
        form = _form(read, pair_id, outlook, posted=True)
        if not form.validate_on_submit():
            return _again(read, pair_id, outlook, form), 422
    try:
        outcome = current.perform(lambda write: _fire(write, pair_id, event, form.step()), f"pairs.{event}")
    except GuardRefused as error:
        with current.reading() as read:
            form.refuse(error) if form.ground.data else form.form_errors.append(_asks_ground(error))
            refused = outlook._replace(blockers=error.blockers)
            return _again(read, pair_id, refused, form, typed=outlook.is_open), 422
    except InvalidInput as error:
        with current.reading() as read:
            form.refuse(error)
            return _again(read, pair_id, outlook, form), 422
    except (ConcurrentTransition, TransitionNotAllowed) as error:
        return _stale(pair_id, str(error), outlook.event.title)
    flash(outcome["said"], "success")
    for sentence in outcome.get("stays", ()):
        flash(sentence, "warning")
    if outcome.get("offers_dissolve"):
        flash("В паре не осталось наставляемых. Если новых не будет, прекратите пару досрочно.", "warning")
    return redirect(url_for("pairs.show", pair_id=pair_id))


def _sent_before(read: Read) -> bool:
    """Whether this very form was sent already: a double click is no stale page."""
    key = request.form.get("key", "")[:64]
    return bool(key) and core.submission(read.session, read.scope, current.actor().id, key) is not None


def _asks_ground(error: GuardRefused) -> str:
    if all(str(one.severity) != "block" for one in error.blockers):
        return "На эту дату шаг возможен только с обоснованием: напишите его ниже."
    return str(error)


def _again(read: Read, pair_id: str, outlook: Outlook, form: StepForm, *, typed: bool = False) -> str:
    if is_next(read, pair_id, outlook.event.name):
        return _pair(read, pair_id, form, step_view(read, current.actor(), outlook, typed=typed))
    return _step(read, pair_id, outlook, form, typed=typed)


def _fire(write: Write, pair_id: str, event: str, step: dict[str, Any]) -> Outcome:
    definition = write.definition(_definition_hash(write, pair_id))
    done = definition.event(event).done_title or definition.event(event).title
    if event == "change_members":
        changed = mentoring.change_members(
            write,
            pair_id,
            **{name: value or "" for name, value in step["fields"].items()},
            ground=step["ground"],
            happened_on=step["happened_on"],
            expected_version=step["expected_version"],
        )
        return {"said": f"{done}. Запись № {changed.step.seq}.", "offers_dissolve": changed.offers_dissolve}
    result = operations.fire(write, pair_id, event, **step)
    said = " ".join([f"{done}. Запись № {result.seq}.", *(f"{row.text}." for row in result.revoked if row.ok)])
    return {"said": said, "stays": [row.text for row in result.revoked if not row.ok]}


def _definition_hash(read: Read | Write, pair_id: str) -> str:
    process = core.process(read.session, pair_id)
    return process.definition_hash if process else ""


def _stale(pair_id: str, sentence: str, wanted: str = "") -> tuple[str, int]:
    """What stands now, who entered it and when, beside what was wanted; nothing was written."""
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        last = next((one for one in story_of(read, [pair_id]) if one.kind == "step"), None)
    rows = []
    if wanted:
        now = [line.state_title, russian_date(line.since), f"{last.who}, {last.recorded}" if last else ""]
        rows = list(zip(("Этап", "Дата события", "Кто внёс"), now, (wanted, _typed_day(), "вы, сейчас"), strict=True))
    way_on = ("Открыть пару как она есть", url_for("pairs.show", pair_id=pair_id))
    return render_template("errors/409.html", sentence=sentence, rows=rows, way_on=way_on), 409


def _typed_day() -> str:
    typed = request.form.get("happened_on", "").strip()
    try:
        return russian_date(parse_day(typed))
    except ValueError:
        return typed or "не указана"


# -- taking back and mending ------------------------------------------------------------------------------------------


class UndoForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Why the last step is taken back."""

    why = TextAreaField(
        "Почему шаг отменяется",
        [InputRequired("Напишите, почему шаг отменяется.")],
        description="Увидят руководитель и проверяющий",
    )
    version = HiddenField()


class CorrectForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Which step has a wrong day, the right one, and why."""

    seq = OfferedField("Какая запись", [InputRequired("Выберите запись.")])
    happened_on = DayField("Верная дата", [InputRequired("Укажите верную дату.")])
    why = TextAreaField(
        "Почему дата была неверной",
        [InputRequired("Напишите, почему дата была неверной.")],
        description="Прежняя запись останется в истории; читаться будет исправленная",
    )
    version = HiddenField()


def _version(form: Any) -> int | None:
    shown = form.version.data or ""
    return int(shown) if shown.isdigit() else None


@pairs_page.route("/<pair_id>/undo", methods=["GET", "POST"])
def undo(pair_id: str) -> ResponseReturnValue:
    """Take back the last step of a pair."""
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        _require_verb(read, pair_id, "undo")
        steps = mendable_steps(read, pair_id)
    form = UndoForm() if request.method == "POST" else UndoForm(version=str(line.version))
    if form.validate_on_submit():
        try:
            current.perform(lambda write: _undo(write, pair_id, form), "pairs.undo")
        except InvalidInput as error:
            put_errors(form, error)
        except ConcurrentTransition as error:
            return _stale(pair_id, str(error), "Отменить последний шаг")
        else:
            flash("Последний шаг отменён.", "success")
            return redirect(url_for("pairs.show", pair_id=pair_id))
    last = steps[-1].words if steps else ""
    status = 422 if request.method == "POST" else 200
    return render_template("pairs/undo.html", line=line, form=form, last=last), status


def _undo(write: Write, pair_id: str, form: UndoForm) -> Outcome:
    operations.undo(write, pair_id, why=form.why.data or "", expected_version=_version(form))
    return {}


@pairs_page.route("/<pair_id>/correct", methods=["GET", "POST"])
def correct(pair_id: str) -> ResponseReturnValue:
    """Mend the day of a step by a new entry."""
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        _require_verb(read, pair_id, "correct")
        steps = mendable_steps(read, pair_id)
    chosen = request.args.get("seq", str(steps[-1].seq) if steps else "")
    form = CorrectForm() if request.method == "POST" else CorrectForm(version=str(line.version), seq=chosen)
    form.seq.choices = [SelectChoice(str(one.seq), one.words) for one in reversed(steps)]
    if form.validate_on_submit():
        try:
            current.perform(lambda write: _correct(write, pair_id, form), "pairs.correct")
        except InvalidInput as error:
            put_errors(form, error)
        except ConcurrentTransition as error:
            return _stale(pair_id, str(error), "Исправить дату")
        else:
            flash("Дата исправлена. Прежняя запись осталась в истории.", "success")
            return redirect(url_for("pairs.show", pair_id=pair_id))
    status = 422 if request.method == "POST" else 200
    return render_template("pairs/correct.html", line=line, form=form), status


def _correct(write: Write, pair_id: str, form: CorrectForm) -> Outcome:
    day = form.happened_on.data
    assert isinstance(day, date)
    seq = int(form.seq.data)
    operations.correct(write, pair_id, seq, happened_on=day, why=form.why.data or "", expected_version=_version(form))
    return {}


def _require_verb(read: Read, pair_id: str, verb: str) -> None:
    """Raises NotPermitted for somebody without a role for the verb: the page is not shown only to be refused."""
    process = core.process(read.session, pair_id)
    assert process is not None
    roles = read.definition(process.definition_hash).verb(verb).roles
    if not role_for(read, current.actor(), roles, process):
        raise NotPermitted("У вашей роли нет права на это действие.", roles)


# -- folder and rules -------------------------------------------------------------------------------------------------


@pairs_page.get("/<pair_id>/folder")
def folder(pair_id: str) -> str:
    """The folder of papers: what is lacking, what is there."""
    with current.reading() as read:
        view = pair_view(read, current.actor(), pair_id)
    return render_template("pairs/folder.html", view=view, folder=view.folder, sentence=folder_sentence(view.folder))


@pairs_page.get("/<pair_id>/rules/<event>")
def rules(pair_id: str, event: str) -> str:
    """Where the rules of a step come from: what is checked, how strictly, which layer says so, the paragraph."""
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        view = rules_view(read, pair_id, event)
    return render_template("pairs/rules.html", line=line, view=view)
