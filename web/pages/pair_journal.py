"""What a pair at work fills: the meeting log, the plan, the answers; and its history as a story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.utils import redirect
from wtforms import FieldList, Form, FormField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from web import current
from web.event_form import DayField, OfferedField, WholeField, put_errors
from web.pages.pairs import page as pairs_page
from web.views.pair_entry import row_errors
from web.views.pair_log import JournalView, feedback_rows, journal_view, meeting_row, plan_view
from web.views.pairs import own_pair
from web.views.story import story_of
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Outcome, Write
from workflows.mentoring import journal as log
from workflows.mentoring.board import PairLine
from workflows.mentoring.tables import MEETING_TITLES, FeedbackStage, MeetingKind, MeetingStatus
from workflows.organisations import policy

EMPTY_TASKS = 3
STAGE_TITLES = {
    FeedbackStage.ENTRY: "Входная анкета",
    FeedbackStage.FEEDBACK: "Обратная связь",
    FeedbackStage.EXIT: "Итоговая анкета",
}


def _long(limit: int) -> list[Any]:
    return [Optional(), Length(max=limit, message=f"Не длиннее {limit} знаков.")]


def _require(line: PairLine, permission: str) -> None:
    """Raises NotPermitted unless the actor may, here or everywhere."""
    actor = current.actor()
    policy.require(actor, permission, own=bool(actor.person_id) and actor.person_id in {m.id for m in line.mentors})


# -- meetings ---------------------------------------------------------------------------------------------------------


class MeetingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A line of the meeting log."""

    status = RadioField(
        "Встреча",
        choices=[
            SelectChoice("held", "прошла"),
            SelectChoice("planned", "запланирована"),
            SelectChoice("cancelled", "отменена"),
        ],
        default="held",
    )
    held_on = DayField("Дата", [InputRequired("Укажите дату.")])
    kind = OfferedField("Какая встреча", [InputRequired("Выберите, какая это встреча.")])
    topic = StringField("Тема", _long(500))
    minutes = WholeField(
        "Сколько минут", [Optional(), NumberRange(1, 1440, "Сколько минут: от 1 до 1440.")], description="Например 40"
    )
    place = StringField("Где", _long(200), description="Например «каб. 21» или «по видеосвязи»")
    summary = TextAreaField("О чём договорились", _long(4000))
    id = HiddenField()


@pairs_page.get("/<pair_id>/journal")
def journal(pair_id: str) -> str:
    """The whole meeting log of a pair."""
    with current.reading() as read:
        own_pair(read, current.actor(), pair_id)
        view: JournalView = journal_view(read, current.actor(), pair_id)
    return render_template("pairs/journal.html", view=view)


@pairs_page.route("/<pair_id>/meetings/new", methods=["GET", "POST"], defaults={"meeting_id": ""}, endpoint="meeting")
@pairs_page.route("/<pair_id>/meetings/<meeting_id>", methods=["GET", "POST"], endpoint="edit_meeting")
def meeting(pair_id: str, meeting_id: str) -> ResponseReturnValue:
    """Record a meeting, or put a line of the log right."""
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        _require(line, log.MEETING_EDIT)
        kept = meeting_row(read, pair_id, meeting_id) if meeting_id else {}
        start = {"held_on": read.today, "kind": request.args.get("kind", "regular"), **kept}
    form = MeetingForm() if request.method == "POST" else MeetingForm(**start)
    form.kind.choices = [SelectChoice(str(kind), MEETING_TITLES[kind]) for kind in MeetingKind]
    if form.validate_on_submit():
        try:
            current.perform(lambda write: _record(write, pair_id, meeting_id, form), "pairs.meeting")
        except InvalidInput as error:
            by_row, whole = row_errors(error.errors)
            form.form_errors = [*form.form_errors, *by_row.values(), *whole]
        else:
            flash("Встреча записана." if not meeting_id else "Запись исправлена.", "success")
            return redirect(url_for("pairs.show", pair_id=pair_id))
    status = 422 if request.method == "POST" else 200
    return render_template("pairs/meeting.html", line=line, form=form, is_new=not meeting_id), status


def _record(write: Write, pair_id: str, meeting_id: str, form: MeetingForm) -> Outcome:
    assert form.held_on.data is not None
    row = log.MeetingRow(
        pair_id,
        form.held_on.data,
        form.status.data or MeetingStatus.HELD,
        form.kind.data or MeetingKind.REGULAR,
        meeting_id,
        form.topic.data or "",
        form.summary.data or "",
        form.minutes.data,
        form.place.data or "",
    )
    found = log.record_meetings(write, [row])
    return {"created": found.created, "changed": found.changed}


# -- the plan ---------------------------------------------------------------------------------------------------------


class TaskRow(Form):
    """A task of a plan."""

    id = HiddenField()
    title = StringField("Задача", _long(500))
    due_on = DayField("Срок", [Optional()])
    expected = StringField("Что должно получиться", _long(1000))


class PlanForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A plan as a whole."""

    goal = TextAreaField("Цель пары", _long(2000), description="Одно-два предложения: зачем эта пара встречается")
    rows = FieldList(FormField(TaskRow))


class TaskDoneForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A task of a plan is done."""

    done_on = DayField("Когда выполнена", [Optional()])
    result = StringField("Что получилось", _long(1000))


@pairs_page.route("/<pair_id>/plan", methods=["GET", "POST"])
def plan(pair_id: str) -> ResponseReturnValue:
    """The plan of a pair: goal and tasks in one table."""
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        view = plan_view(read, current.actor(), line)
    posted = request.method == "POST"
    empty: list[dict[str, Any]] = [{} for _ in range(EMPTY_TASKS)]
    form = PlanForm() if posted else PlanForm(goal=view.goal, rows=[*view.rows, *empty])
    if posted:
        _require(line, log.PLAN_EDIT)
    if form.validate_on_submit():
        filled = [row for row in form.rows if row.form.title.data or row.form.id.data]
        try:
            current.perform(lambda write: _save_plan(write, pair_id, filled, form.goal.data or ""), "pairs.plan")
        except InvalidInput as error:
            by_row, whole = row_errors(error.errors)
            for index, sentence in by_row.items():
                field = filled[index].form.title
                field.errors = [*field.errors, sentence]
            form.form_errors = [*form.form_errors, *whole]
        else:
            flash("План сохранён.", "success")
            return redirect(url_for("pairs.plan", pair_id=pair_id))
    status = 422 if posted else 200
    done_form = TaskDoneForm(formdata=None)
    return render_template("pairs/plan.html", line=line, view=view, form=form, done_form=done_form), status


def _save_plan(write: Write, pair_id: str, filled: Sequence[Any], goal: str) -> Outcome:
    rows = [
        log.TaskRow(
            row.form.title.data or "", row.form.due_on.data, row.form.expected.data or "", id=row.form.id.data or ""
        )
        for row in filled
        # A line whose words were wiped out is taken out of the plan.
        if (row.form.title.data or "").strip()
    ]
    return {"tasks": len(log.save_plan(write, pair_id, rows, goal=goal))}


@pairs_page.post("/<pair_id>/plan/<task_id>")
def finish_task(pair_id: str, task_id: str) -> ResponseReturnValue:
    """A task is done, or was marked by mistake."""
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        view = plan_view(read, current.actor(), line)
    _require(line, log.PLAN_EDIT)
    form = TaskDoneForm()
    if form.validate_on_submit():
        try:
            current.perform(lambda write: _finish(write, task_id, form), "pairs.finish_task")
        except InvalidInput as error:
            put_errors(form, error)
        else:
            return redirect(url_for("pairs.plan", pair_id=pair_id))
    plan_form = PlanForm(formdata=None, goal=view.goal, rows=view.rows)
    return render_template("pairs/plan.html", line=line, view=view, form=plan_form, done_form=form), 422


def _finish(write: Write, task_id: str, form: TaskDoneForm) -> Outcome:
    if request.form.get("do") == "reopen":
        log.reopen_task(write, task_id)
    else:
        log.complete_task(write, task_id, result=form.result.data or "", done_on=form.done_on.data)
    return {}


# -- answers ----------------------------------------------------------------------------------------------------------


class AnswerRow(Form):
    """One participant's answer."""

    person_id = HiddenField()
    name = HiddenField()
    given_on = DayField("Когда заполнена", [Optional()])
    satisfied = OfferedField("Всё устраивает", [Optional()])
    remark = StringField("Главное из ответов", _long(2000))


class FeedbackForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Answers of everybody in a pair at one stage."""

    rows = FieldList(FormField(AnswerRow))


@pairs_page.route("/<pair_id>/feedback", methods=["GET", "POST"])
def feedback(pair_id: str) -> ResponseReturnValue:
    """Enter the answers of both sides at one stage."""
    stage = request.args.get("stage", FeedbackStage.FEEDBACK)
    stage = stage if stage in set(FeedbackStage) else FeedbackStage.FEEDBACK
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        # What somebody answered is read by the curator alone, not by the mentor whom it may be about.
        policy.require(current.actor(), log.PLAN_EDIT)
        rows = feedback_rows(read, line, stage)
    posted = request.method == "POST"
    form = FeedbackForm() if posted else FeedbackForm(rows=rows)
    for row in form.rows:
        row.form.satisfied.choices = [
            SelectChoice("", "не указано"),
            SelectChoice("yes", "да"),
            SelectChoice("no", "нет"),
        ]
    if form.validate_on_submit():
        filled = [row for row in form.rows if row.form.given_on.data]
        try:
            current.perform(lambda write: _answers(write, pair_id, stage, filled), "pairs.feedback")
        except InvalidInput as error:
            by_row, whole = row_errors(error.errors)
            for index, sentence in by_row.items():
                field = filled[index].form.given_on
                field.errors = [*field.errors, sentence]
            form.form_errors = [*form.form_errors, *whole]
        else:
            flash("Ответы сохранены.", "success")
            return redirect(url_for("pairs.show", pair_id=pair_id))
    stages = [
        {
            "label": words,
            "url": url_for("pairs.feedback", pair_id=pair_id, stage=str(one)),
            "current": one == stage,
        }
        for one, words in STAGE_TITLES.items()
    ]
    page = {"line": line, "form": form, "stages": stages, "stage": stage, "title": STAGE_TITLES[FeedbackStage(stage)]}
    return render_template("pairs/feedback.html", **page), 422 if posted else 200


def _answers(write: Write, pair_id: str, stage: str, filled: Sequence[Any]) -> Outcome:
    rows = [
        log.FeedbackRow(
            pair_id,
            row.form.person_id.data or "",
            stage,
            row.form.given_on.data,
            {"yes": True, "no": False}.get(row.form.satisfied.data),
            row.form.remark.data or "",
        )
        for row in filled
    ]
    return {"answers": len(log.record_feedback(write, rows))}


# -- the history ------------------------------------------------------------------------------------------------------


@pairs_page.get("/<pair_id>/story")
def story(pair_id: str) -> str:
    """All that happened to a pair, as a story."""
    with current.reading() as read:
        line = own_pair(read, current.actor(), pair_id)
        lines = story_of(read, [pair_id])
    return render_template("pairs/story.html", line=line, lines=lines)
