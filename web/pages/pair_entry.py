"""Choosing new pairs from the banks, and entering those that are under way already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.utils import redirect
from wtforms import FieldList, Form, FormField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from web import current
from web.event_form import Choices, DayField, OfferedField
from web.pages.pairs import page as pairs_page
from web.views import pair_entry
from web.views.pairs import entered_rows, may_propose
from workflow_core.exceptions import InvalidInput, NotPermitted
from workflow_core.unit_of_work import Outcome, Read, Write
from workflows.mentoring import as_found as running
from workflows.mentoring import operations as mentoring
from workflows.mentoring.operations import Proposal
from workflows.mentoring.states import SUSPENDED
from workflows.mentoring.tables import Programme

ROWS, MOST_ROWS = 5, 60
GROUND_LIMIT = Length(max=4000, message="Не длиннее 4000 знаков.")


_TICKS: dict[str, Any] = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}


def _offered(choices: Choices, first: str = "Выберите") -> list[Any]:
    return [SelectChoice("", first), *(SelectChoice(value, words) for value, words in choices)]


def _rows() -> int:
    wanted = request.args.get("rows", "")
    return min(int(wanted), MOST_ROWS) if wanted.isdigit() and int(wanted) else ROWS


def _require_curator(read: Read) -> None:
    if not may_propose(read, current.actor()):
        raise NotPermitted("Подбирать и вносить пары может куратор.")


# -- choosing ---------------------------------------------------------------------------------------------------------


class ProposalRow(Form):
    """A pair to be."""

    mentor = OfferedField("Наставник", [Optional()])
    mentee = OfferedField("Наставляемый", [Optional()])
    ground = StringField("Обоснование", [Optional(), GROUND_LIMIT])


class ProposeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Several pairs at once."""

    happened_on = DayField("Дата события", [Optional()])
    pair_form = OfferedField("Форма наставничества", [Optional()])
    rows = FieldList(FormField(ProposalRow))


class GroupForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A group: mentors and mentees, several of each."""

    happened_on = DayField("Дата события", [Optional()])
    pair_form = OfferedField("Форма наставничества", [Optional()])
    label = StringField(
        "Название группы", [Optional(), Length(max=200)], description="Например «Робототехника, 7 классы»"
    )
    mentors = SelectMultipleField("Наставники", [InputRequired("Выберите хотя бы одного наставника.")], **_TICKS)
    mentees = SelectMultipleField("Наставляемые", [InputRequired("Выберите хотя бы одного наставляемого.")], **_TICKS)
    ground = TextAreaField("Обоснование", [Optional(), GROUND_LIMIT])


@pairs_page.route("/propose", methods=["GET", "POST"])
def propose() -> ResponseReturnValue:
    """Choose pairs from the banks of a programme; each row is for itself and says why not."""
    with current.reading() as read:
        _require_curator(read)
        programmes, choices = pair_entry.programme_choices(read)
        programme = pair_entry.chosen_programme(programmes, request.args.get("programme", ""))
        if programme is None:
            return render_template("pairs/no_programme.html")
        form = _propose_form(read, programme)
    page: dict[str, Any] = {"programme": programme, "programmes": choices, "form": form, "lacks": {}}
    if not form.is_submitted():
        return render_template("pairs/propose.html", **page)
    filled = [row for row in form.rows if row.form.mentor.data or row.form.mentee.data]
    if form.validate() and filled:
        proposals = [_proposal(row.form, form) for row in filled]
        outcome = current.perform(lambda write: _propose(write, programme.id, proposals), "pairs.propose")
        refused = [(row, found) for row, found in zip(filled, outcome["rows"], strict=True) if not found["ok"]]
        done = len(filled) - len(refused)
        if done:
            flash(f"Подобрано пар: {done}.", "success")
        if not refused:
            return redirect(url_for("pairs.listing", state="proposed"))
        # What was done must not stand in the form once more.
        page["lacks"] = {row.name: found for row, found in refused}
        page["only"] = {row.name for row, _found in refused}
    elif not filled:
        form.form_errors = [*form.form_errors, "Выберите наставника и наставляемого хотя бы в одной строке."]
    return render_template("pairs/propose.html", **page), 422


def _propose_form(read: Read, programme: Programme) -> ProposeForm:
    mentors, mentees = pair_entry.sides(read, programme.id)
    if request.method == "POST":
        form = ProposeForm()
    else:
        form = ProposeForm(happened_on=read.today, pair_form=programme.form, rows=[{} for _ in range(_rows())])
    form.pair_form.choices = _offered(pair_entry.forms(), "как в программе")
    for row in form.rows:
        row.form.mentor.choices = _offered(mentors, "не выбран")
        row.form.mentee.choices = _offered(mentees, "не выбран")
    return form


def _proposal(row: Any, form: Any) -> Proposal:
    return Proposal(
        mentors=tuple(one for one in (row.mentor.data,) if one),
        mentees=tuple(one for one in (row.mentee.data,) if one),
        form=form.pair_form.data or "",
        happened_on=form.happened_on.data,
        ground=row.ground.data or "",
    )


def _propose(write: Write, programme_id: str, proposals: Sequence[Proposal]) -> Outcome:
    found = mentoring.propose_many(write, programme_id, proposals)
    return {
        "rows": [
            {
                "ok": row.ok,
                "text": row.text,
                "needs_ground": row.needs_ground,
                "reasons": [blocker.text for blocker in row.blockers] or [row.text],
            }
            for row in found
        ]
    }


@pairs_page.route("/propose/group", methods=["GET", "POST"])
def propose_group() -> ResponseReturnValue:
    """Choose a group: several mentors, several mentees."""
    with current.reading() as read:
        _require_curator(read)
        programmes, _choices = pair_entry.programme_choices(read)
        programme = pair_entry.chosen_programme(programmes, request.args.get("programme", ""))
        if programme is None:
            return render_template("pairs/no_programme.html")
        mentors, mentees = pair_entry.sides(read, programme.id)
        posted = request.method == "POST"
        form = GroupForm() if posted else GroupForm(happened_on=read.today, pair_form=programme.form)
    form.pair_form.choices = _offered(pair_entry.forms(), "как в программе")
    form.mentors.choices = [SelectChoice(*one) for one in mentors]
    form.mentees.choices = [SelectChoice(*one) for one in mentees]
    reasons: list[str] = []
    if form.validate_on_submit():
        proposal = Proposal(
            tuple(form.mentors.data or ()),
            tuple(form.mentees.data or ()),
            form=form.pair_form.data or "",
            label=form.label.data or "",
            happened_on=form.happened_on.data,
            ground=form.ground.data or "",
        )
        outcome = current.perform(lambda write: _propose(write, programme.id, [proposal]), "pairs.propose_group")
        row = outcome["rows"][0]
        if row["ok"]:
            flash("Группа подобрана.", "success")
            return redirect(url_for("pairs.listing", state="proposed"))
        reasons = row["reasons"]
        form.form_errors = [*form.form_errors, *reasons]
    return render_template("pairs/propose_group.html", form=form, programme=programme), 422 if posted else 200


# -- entering what is under way ---------------------------------------------------------------------------------------


class FoundRow(Form):
    """A running pair as a line of a table."""

    mentor = StringField("Наставник", [Optional(), Length(max=400, message="Слишком длинно.")])
    mentee = StringField("Наставляемый", [Optional(), Length(max=2000, message="Слишком длинно.")])
    class_name = StringField("Класс", [Optional(), Length(max=32, message="Слишком длинно.")])
    state = OfferedField("Этап", [Optional()])
    since = DayField("С какого дня", [Optional()])
    order_number = StringField("Номер приказа", [Optional(), Length(max=60, message="Слишком длинно.")])
    order_date = DayField("Дата приказа", [Optional()])


class FoundForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """All running pairs of a programme."""

    pair_form = OfferedField("Форма наставничества", [InputRequired("Выберите форму наставничества.")])
    signatory = OfferedField("Кто подписал приказы", [Optional()])
    rows = FieldList(FormField(FoundRow))


@pairs_page.route("/as-found", methods=["GET", "POST"])
def as_found() -> ResponseReturnValue:
    """«Внести как есть»: all running pairs in one table, new people on the way, an order for as many as it names."""
    with current.reading() as read:
        _require_curator(read)
        programmes, choices = pair_entry.programme_choices(read)
        programme = pair_entry.chosen_programme(programmes, request.args.get("programme", ""))
        if programme is None:
            return render_template("pairs/no_programme.html")
        known = pair_entry.known_people(read)
        form = _found_form(read, programme)
    filled = [row for row in form.rows if any(row.form[name].data for name in ("mentor", "mentee"))]
    if form.is_submitted() and form.validate():
        if not filled:
            form.form_errors = ["Заполните хотя бы одну строку: наставник и наставляемый."]
        elif (rows := _found_rows(filled, form.pair_form.data or "", known)) is not None:
            try:
                outcome = current.perform(lambda write: _enter(write, programme.id, rows, form), "pairs.as_found")
            except InvalidInput as error:
                _put_row_errors(form, filled, error.errors)
            else:
                return _entered(outcome)
    status = 422 if form.is_submitted() else 200
    page = {"form": form, "programme": programme, "programmes": choices, "known": known, "more": len(form.rows) + 20}
    return render_template("pairs/as_found.html", **page), status


def _found_form(read: Read, programme: Programme) -> FoundForm:
    if request.method == "POST":
        form = FoundForm()
    else:
        form = FoundForm(pair_form=programme.form, rows=[{} for _ in range(_rows())])
    form.pair_form.choices = _offered(pair_entry.forms())
    form.signatory.choices = _offered(pair_entry.signatories(read), "не указан")
    states = _offered(pair_entry.entered_states(read, programme.definition))
    for row in form.rows:
        row.form.state.choices = states
    return form


def _found_rows(filled: Sequence[Any], form: str, known: Mapping[str, str]) -> list[running.FoundPair] | None:
    """The rows as the operation takes them; None where a name can't be read (the sentence stands at its field)."""
    kinds = pair_entry.KINDS_OF_FORM.get(form, ("pupil", "pupil"))
    found, is_whole = [], True
    for entry in filled:
        row = entry.form
        people = []
        for field, kind, class_name in ((row.mentor, kinds[0], ""), (row.mentee, kinds[1], row.class_name.data or "")):
            try:
                people.append(pair_entry.everybody(field.data or "", known, kind, class_name))
            except InvalidInput as error:
                field.errors, is_whole = [*field.errors, str(error)], False
                people.append(())
        found.append(
            running.FoundPair(
                mentors=people[0],
                mentees=people[1],
                state=row.state.data or "",
                since=row.since.data,
                order_number=row.order_number.data or "",
                order_date=row.order_date.data,
                form=form,
                remembered="regular_work" if row.state.data == SUSPENDED else "",
            )
        )
    return found if is_whole else None


def _enter(write: Write, programme_id: str, rows: Sequence[running.FoundPair], form: FoundForm) -> Outcome:
    found = running.enter_pairs_as_found(write, programme_id, rows, signatory=form.signatory.data or "")
    return {"pairs": list(found.pair_ids), "orders": len(found.document_ids), "people": found.new_people}


def _put_row_errors(form: FoundForm, filled: Sequence[Any], errors: Mapping[str, str]) -> None:
    by_row, whole = pair_entry.row_errors(errors)
    for index, sentence in by_row.items():
        field = filled[index].form.mentor
        field.errors = [*field.errors, sentence]
    form.form_errors = [*form.form_errors, *whole]


def _entered(outcome: Outcome) -> ResponseReturnValue:
    said = f"Внесено пар: {len(outcome['pairs'])}. Новых людей: {outcome['people']}. Приказов: {outcome['orders']}."
    flash(said, "success")
    return redirect(url_for("pairs.entered", pair=outcome["pairs"]))


@pairs_page.get("/entered")
def entered() -> str:
    """What was entered, row by row, with what each pair lacks next."""
    with current.reading() as read:
        rows = entered_rows(read, current.actor(), request.args.getlist("pair")[:MOST_ROWS])
    return render_template("pairs/entered.html", rows=rows)
