"""People: the list, one added or many pasted, a person with consents, representatives, roles, pairs and name forms."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from web import current
from web.event_form import DayField, OfferedField, put_errors
from web.views import people, queries
from web.views.people_paste import LIMIT, PastedRow, read_rows
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Outcome, Read, Write
from workflows.mentoring import operations as mentoring
from workflows.mentoring import queries as mentoring_queries
from workflows.mentoring.tables import Side
from workflows.organisations import operations, policy, search_index
from workflows.organisations import queries as organisations
from workflows.organisations.names import CASES
from workflows.organisations.people import KIND_TITLES, full_name
from workflows.organisations.person_input import PERSON_FIELDS, PersonInput, namesakes_of
from workflows.organisations.queries import PeopleFilter

page = Blueprint("people", __name__, url_prefix="/people")

_KINDS = [SelectChoice(str(kind), title.capitalize()) for kind, title in KIND_TITLES.items()]
_SIDES = [SelectChoice(str(Side.MENTOR), "наставников"), SelectChoice(str(Side.MENTEE), "наставляемых")]


class PersonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One person."""

    family_name = StringField("Фамилия", [InputRequired("Укажите фамилию."), Length(max=200)])
    given_name = StringField("Имя", [InputRequired("Укажите имя."), Length(max=200)])
    patronymic = StringField("Отчество", [Length(max=200)])
    kind = OfferedField("Кто это", choices=_KINDS)
    class_name = StringField("Класс или группа", [Length(max=32, message="Класс — не длиннее 32 знаков.")])
    post = StringField("Должность", [Length(max=200)])
    sex = OfferedField(
        "Пол",
        choices=[SelectChoice("", "по отчеству"), SelectChoice("m", "мужской"), SelectChoice("f", "женский")],
        description="Нужен для склонения имени в документах",
    )
    birth_date = DayField("Дата рождения", [Optional()])
    phone = StringField("Телефон", [Length(max=200)])
    email = StringField("Почта", [Length(max=200)])
    admission_checked_on = DayField(
        "Допуск к работе с детьми проверен", [Optional()], description="Для взрослых не из вашей организации"
    )

    def values(self) -> dict[str, Any]:
        """The fields as the operation takes them."""
        return {name: self[name].data if self[name].data is not None else None for name in PERSON_FIELDS}


class ChangeForm(PersonForm):
    """The same, and the day of leaving."""

    left_on = DayField("Последний день в организации", [Optional()], description="Выпуск, перевод, увольнение")


class PasteForm(FlaskForm):  # type: ignore[misc]
    """Many people by lines."""

    kind = OfferedField("Кто это", choices=_KINDS)
    text = TextAreaField(
        "Список",
        [InputRequired("Вставьте список: одна строка — один человек.")],
        description="Фамилия Имя Отчество; класс или должность; дата рождения. Можно скопировать столбцы из Excel",
    )
    skip_namesakes = BooleanField("Не добавлять тех, кто уже есть", default=True)
    programme = SelectField("Сразу внести в программу", [Optional()], validate_choice=False)
    side = OfferedField("В банк", choices=_SIDES)


class RepresentativeForm(FlaskForm):  # type: ignore[misc]
    """Who signs for a pupil: somebody known, or a new person by name."""

    person_id = SelectField("Кто", [Optional()], validate_choice=False, description="Или впишите нового человека ниже")
    name = StringField("Фамилия, имя и отчество", [Length(max=300)])
    phone = StringField("Телефон", [Length(max=100)])
    relation = StringField(
        "Кем приходится",
        [InputRequired("Укажите, кем приходится: мать, отец, опекун.")],
        description="Мать, отец, опекун",
    )
    basis = StringField("На каком основании", [Length(max=200)], description="Для опекуна: номер и дата акта")


def _key() -> str:
    return request.form.get("key", "")


# -- the list ---------------------------------------------------------------------------------------------------------


@page.get("")
def index() -> str:
    """People by name, with search and filters."""
    kind = request.args.get("kind", "")
    shows_all = request.args.get("left") == "1"
    wanted = PeopleFilter(
        text=request.args.get("q", "").strip()[:100],
        kinds=(kind,) if kind in KIND_TITLES else (),
        class_name=request.args.get("class", "")[:32],
        here_on=None if shows_all else current.today(),
    )
    after = request.args.get("after", "")[:32]
    arguments: dict[str, Any] = {
        name: value for name, value in request.args.items() if name in ("q", "kind", "class", "left") and value
    }
    with current.reading() as read:
        found = people.people_list(read, current.actor(), wanted, after)
        programmes = _programmes(read)
    may_edit = policy.may(current.actor(), "people.edit")
    return render_template(
        "people/index.html",
        found=found,
        wanted=wanted,
        arguments=arguments,
        kinds=[
            (title, _address(arguments, kind=code), found.counts.get(code, 0), kind == code)
            for code, title in people.KIND_PLURALS.items()
        ],
        classes=[{"label": "любой", "url": _address(arguments, **{"class": ""}), "current": not wanted.class_name}]
        + [
            {"label": name, "url": _address(arguments, **{"class": name}), "current": name == wanted.class_name}
            for name in found.classes
        ],
        everybody_url=_address(arguments, kind=""),
        left_url=_address(arguments, left="" if shows_all else "1"),
        shows_left=shows_all,
        short_note=search_index.SHORT_NOTE if search_index.is_short(wanted.text) else "",
        next_url=_address(arguments, after=found.next_after) if found.next_after else "",
        first_url=_address(arguments) if after else "",
        may_edit=may_edit,
        may_enrol=may_edit and bool(programmes),
        programmes=programmes,
    )


def _address(arguments: dict[str, Any], **changes: str) -> str:
    return url_for(".index", **{name: value for name, value in {**arguments, **changes}.items() if value})


def _programmes(read: Read) -> list[tuple[str, str]]:
    found = mentoring_queries.current_programmes(read.session, read.scope, read.today)
    return [(one.id, one.title) for one in found]


@page.post("/enrol")
def enrol() -> ResponseReturnValue:
    """Put the ticked people, or the one of a page, into a bank of a programme."""
    chosen, programme, side = (
        request.form.getlist("person"),
        request.form.get("programme", ""),
        request.form.get("side", ""),
    )
    if not chosen:
        raise InvalidInput({"person": "Отметьте, кого внести."})
    outcome = current.perform(lambda write: {"count": len(mentoring.enrol(write, programme, chosen, side))}, "enrol")
    done = outcome["count"]
    flash(
        f"Внесено в банк: {done}. Уже были там: {len(chosen) - done}."
        if len(chosen) > done
        else f"Внесено в банк: {done}.",
        "success",
    )
    return redirect(url_for(".show", person_id=chosen[0]) if len(chosen) == 1 else url_for(".index"))


# -- adding -----------------------------------------------------------------------------------------------------------


@page.get("/new")
def new() -> str:
    """An empty form."""
    policy.require(current.actor(), "people.edit")
    return render_template("people/edit.html", form=PersonForm(), person=None)


@page.post("/new")
def add() -> ResponseReturnValue:
    """Add one person; somebody of the same name is a warning, no wall."""
    form = PersonForm()
    if form.validate_on_submit():
        try:
            outcome = current.perform(lambda write: _added(write, form), "add_person")
        except InvalidInput as error:
            put_errors(form, error)
        else:
            flash(
                " ".join(("Сведения внесены.", outcome["warning"])).strip(),
                "warning" if outcome["warning"] else "success",
            )
            return redirect(url_for(".show", person_id=outcome["person"]))
    return render_template("people/edit.html", form=form, person=None), 422


def _added(write: Write, form: PersonForm) -> Outcome:
    added = operations.add_person(write, PersonInput(**{**form.values(), **_texts(form)}))
    return {"person": added.person.id if added.person else "", "warning": added.warning}


def _texts(form: Any) -> dict[str, Any]:
    dates = ("birth_date", "admission_checked_on")
    return {name: form[name].data or "" for name in PERSON_FIELDS if name not in dates}


@page.get("/many")
def paste() -> str:
    """The text area for many."""
    policy.require(current.actor(), "people.edit")
    return _paste_page(PasteForm())


@page.post("/many")
def add_many() -> ResponseReturnValue:
    """First what would become of each line, then, confirmed, what has become of it."""
    policy.require(current.actor(), "people.edit")
    form = PasteForm()
    if not form.validate_on_submit():
        return _paste_page(form), 422
    rows = read_rows(form.text.data or "", form.kind.data, current.today())
    if not rows or len(rows) > LIMIT:
        form.text.errors = ["Вставьте хотя бы одну строку." if not rows else f"За один раз — не больше {LIMIT} строк."]
        return _paste_page(form), 422
    if request.form.get("action") != "add":
        return _paste_page(form, _expected(form, rows))
    outcome = current.perform(lambda write: _pasted(write, form, rows), "add_people")
    return render_template("people/many_done.html", rows=outcome["rows"], added=outcome["added"])


def _paste_page(form: PasteForm, preview: list[dict[str, Any]] | None = None) -> str:
    with current.reading() as read:
        form.programme.choices = [SelectChoice("", "не вносить"), *(SelectChoice(*one) for one in _programmes(read))]
    return render_template(
        "people/many.html", form=form, preview=preview, ready=sum(row["ok"] for row in preview or ())
    )


def _expected(form: PasteForm, rows: list[PastedRow]) -> list[dict[str, Any]]:
    """What each line would come to; changes nothing."""
    with current.reading() as read:
        keys = [row.person.sort_key for row in rows if row.person]
        known = organisations.namesakes(read.session, read.scope, keys)
    found = []
    for row in rows:
        assert row.person is not None
        alike = namesakes_of(row.person, known)
        names = ", ".join(full_name(one) for one in alike)
        if row.problem:
            outcome, text = "closed", f"Нельзя: {row.problem}"
        elif alike and form.skip_namesakes.data:
            outcome, text = "closed", f"Уже есть: {names}"
        else:
            outcome, text = (
                ("ground", f"Будет внесено; есть однофамилец: {names}") if alike else ("ok", "Будет внесено")
            )
        found.append({"line": row.line, "text": row.text, "outcome": outcome, "words": text, "ok": outcome != "closed"})
    return found


def _pasted(write: Write, form: PasteForm, rows: list[PastedRow]) -> Outcome:
    readable = [row for row in rows if row.person is not None and not row.errors]
    people_in = [row.person for row in readable if row.person is not None]
    added = operations.add_people(write, people_in, skip_namesakes=bool(form.skip_namesakes.data))
    results = {row.line: result for row, result in zip(readable, added, strict=True)}
    told = [_told(row, results.get(row.line)) for row in rows]
    new_ids = [result.person.id for result in added if result.person is not None]
    if form.programme.data and new_ids:
        mentoring.enrol(write, form.programme.data, new_ids, form.side.data)
    return {"rows": told, "added": len(new_ids)}


def _told(row: PastedRow, result: operations.AddedPerson | None) -> dict[str, Any]:
    if result is None:
        return {"line": row.line, "text": row.text, "outcome": "closed", "words": row.problem, "person": ""}
    if result.person is None:
        words = result.warning if result.skipped else " ".join(result.errors.values())
        return {"line": row.line, "text": row.text, "outcome": "closed", "words": f"Не внесено. {words}", "person": ""}
    words = f"Внесено. {result.warning}" if result.warning else "Внесено"
    outcome = "ground" if result.warning else "ok"
    return {
        "line": row.line,
        "text": full_name(result.person),
        "outcome": outcome,
        "words": words,
        "person": result.person.id,
    }


# -- one person -------------------------------------------------------------------------------------------------------


@page.get("/<person_id>")
def show(person_id: str) -> str:
    """One person; that somebody has read personal data is recorded once a day."""
    actor = current.actor()
    with current.reading() as read:
        found = people.person_page(read, actor, person_id)
        is_new = (
            policy.may(actor, policy.PERSONAL_READ)
            and people.has_personal_data(read, person_id)
            and not queries.was_seen(read.session, read.scope, person_id, actor.id, read.today)
        )
    if is_new:
        _record_reading(person_id)
    may_edit = policy.may(actor, "people.edit")
    return render_template(
        "people/show.html", person=found, may_edit=may_edit, sides=[(one.value, one.label) for one in _SIDES]
    )


def _record_reading(person_id: str) -> None:
    actor = current.actor()
    with current.engine().write(current.place().id, actor, now=current.now(), operation="read_person") as write:
        write.record("access", "person", person_id, "seen", details={"actor": actor.name})


@page.get("/<person_id>/edit")
def edit(person_id: str) -> str:
    """The form with what is known."""
    policy.require(current.actor(), "people.edit")
    with current.reading() as read:
        person = organisations.person(read.session, read.scope, person_id)
        return render_template("people/edit.html", form=ChangeForm(obj=person), person=_named(person))


@page.post("/<person_id>/edit")
def change(person_id: str) -> ResponseReturnValue:
    """Change what is known of a person."""
    form = ChangeForm()
    if form.validate_on_submit():
        values = {**form.values(), **_texts(form), "left_on": form.left_on.data}
        try:
            current.perform(lambda write: _done(operations.change_person(write, person_id, **values)), "change_person")
        except InvalidInput as error:
            put_errors(form, error)
        else:
            flash("Сведения изменены.", "success")
            return redirect(url_for(".show", person_id=person_id))
    with current.reading() as read:
        person = _named(organisations.person(read.session, read.scope, person_id))
    return render_template("people/edit.html", form=form, person=person), 422


def _named(person: Any) -> dict[str, str]:
    return {"id": person.id, "name": full_name(person)}


def _done(_row: object) -> Outcome:
    return {}


@page.post("/<person_id>/remove")
def remove(person_id: str) -> ResponseReturnValue:
    """Take out somebody who was entered by mistake; not where anything hangs on them."""
    current.perform(lambda write: operations.remove_person(write, person_id), "remove_person")
    flash("Запись об участнике удалена.", "success")
    return redirect(url_for(".index"))


# -- names in all cases -----------------------------------------------------------------------------------------------


@page.get("/<person_id>/forms")
def forms(person_id: str) -> str:
    """The name in all cases, to be mended."""
    policy.require(current.actor(), "people.edit")
    return _forms_page(person_id, {}, {})


@page.post("/<person_id>/forms")
def mend_forms(person_id: str) -> ResponseReturnValue:
    """Keep the cases as somebody wrote them."""
    typed = {name: " ".join(value.split()) for name, value in request.form.items()}
    wanted: dict[str, Any] = {
        part: {case: typed.get(f"{part}-{case}", "") for case in CASES} for part in ("full", "short")
    }
    wanted["initials_first"] = typed.get("initials_first", "")
    try:
        current.perform(
            lambda write: _done(operations.change_person(write, person_id, name_forms=wanted)), "mend_name_forms"
        )
    except InvalidInput as error:
        return _forms_page(person_id, wanted, error.errors), 422
    flash("Падежи имени сохранены.", "success")
    return redirect(url_for(".show", person_id=person_id))


def _forms_page(person_id: str, typed: dict[str, Any], errors: dict[str, str]) -> str:
    with current.reading() as read:
        person = organisations.person(read.session, read.scope, person_id)
        known = typed or person.name_forms
        rows = [
            (case, people.CASE_TITLES[case], *((known.get(part) or {}).get(case, "") for part in ("full", "short")))
            for case in CASES
        ]
        return render_template(
            "people/forms.html",
            person=_named(person),
            rows=rows,
            initials_first=known.get("initials_first", ""),
            errors=list(errors.values()),
            is_certain=bool(person.name_forms.get("certain")),
        )


# -- representatives --------------------------------------------------------------------------------------------------


@page.get("/<person_id>/representative")
def add_representative(person_id: str) -> str:
    """Who signs for this pupil."""
    policy.require(current.actor(), "people.edit")
    return _representative_page(person_id, RepresentativeForm())


@page.post("/<person_id>/representative")
def name_representative(person_id: str) -> ResponseReturnValue:
    """Name somebody who is known, or enter them on the way."""
    form = RepresentativeForm()
    if form.validate_on_submit():
        try:
            current.perform(lambda write: _represented(write, person_id, form), "add_representative")
        except InvalidInput as error:
            put_errors(form, _as_name(error))
        else:
            flash("Законный представитель внесён.", "success")
            return redirect(url_for(".show", person_id=person_id))
    return _representative_page(person_id, form), 422


def _as_name(error: InvalidInput) -> InvalidInput:
    names = ("family_name", "given_name", "patronymic")
    return InvalidInput({"name" if key in names else key: text for key, text in error.errors.items()})


def _represented(write: Write, pupil_id: str, form: RepresentativeForm) -> Outcome:
    adult_id = form.person_id.data or ""
    if not adult_id:
        words = (form.name.data or "").split()
        if len(words) < 2:
            raise InvalidInput({"name": "Выберите человека из списка или впишите фамилию, имя и отчество."})
        added = operations.add_person(
            write, PersonInput(words[0], words[1], " ".join(words[2:]), kind="parent", phone=form.phone.data or "")
        )
        adult_id = added.person.id if added.person else ""
    operations.add_representative(write, pupil_id, adult_id, form.relation.data or "", basis=form.basis.data or "")
    return {}


def _representative_page(person_id: str, form: RepresentativeForm) -> str:
    with current.reading() as read:
        pupil = organisations.person(read.session, read.scope, person_id)
        adults = organisations.people_page(
            read.session, read.scope, PeopleFilter(kinds=("parent", "employee"), here_on=read.today), limit=1000
        )
        form.person_id.choices = [
            SelectChoice("", "нового человека"),
            *(SelectChoice(one.id, full_name(one)) for one in adults.people if one.id != person_id),
        ]
        return render_template("people/representative.html", form=form, person=_named(pupil))


@page.post("/<person_id>/representatives/<representative_id>/remove")
def remove_representative(person_id: str, representative_id: str) -> ResponseReturnValue:
    """Somebody no longer signs for the pupil."""
    current.perform(lambda write: operations.remove_representative(write, representative_id), "remove_representative")
    flash("Законный представитель убран. Подписанные документы остались.", "success")
    return redirect(url_for(".show", person_id=person_id))
