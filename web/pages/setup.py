"""The page of the very first start."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length

from web import current, queries, setup
from web.event_form import put_errors
from web.formatting import short_name
from web.limits import LOGIN_LIMIT, limiter
from web.login import SignedIn
from workflow_core.exceptions import InvalidInput
from workflows.organisations.person_input import PersonInput

page = Blueprint("setup", __name__)

KINDS = (
    ("school", "Школа"),
    ("kindergarten", "Детский сад"),
    ("college", "Колледж"),
    ("district", "Отдел образования"),
)


def _needed(sentence: str) -> list[object]:
    return [InputRequired(sentence), Length(max=300, message="Не длиннее 300 знаков.")]


class SetupForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """School, curator, login."""

    code = StringField("Код первого запуска", _needed("Введите код: он показан в окне, где запущен Маршрут."))
    kind = SelectField("Вид организации", choices=[SelectChoice(value, words) for value, words in KINDS])
    title = StringField("Полное название, как в уставе", _needed("Укажите полное название."))
    short_title = StringField(
        "Короткое название", _needed("Укажите, как называть организацию на страницах: «Школа с. Ключевое».")
    )
    place = StringField("Населённый пункт", [Length(max=100)], description="Стоит рядом с датой приказа: «с. Ключевое»")
    family_name = StringField("Ваша фамилия", _needed("Укажите фамилию."))
    given_name = StringField("Имя", _needed("Укажите имя."))
    patronymic = StringField("Отчество", [Length(max=100)])
    post = StringField("Должность", [Length(max=200)], description="«заместитель директора по УВР»")
    username = StringField(
        "Имя для входа", _needed("Придумайте имя для входа."), render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        "Пароль",
        _needed("Придумайте пароль."),
        description="Не короче 8 знаков",
        render_kw={"autocomplete": "new-password"},
    )


@page.get("/setup")
def show() -> ResponseReturnValue:
    """The form, while nobody can log in; afterwards the login."""
    if not setup.is_needed(current.engine(), current.now()):
        return redirect(url_for("login.show"))
    return render_template("setup/show.html", form=SetupForm(code=request.args.get("code", "")))


@page.post("/setup")
@limiter.limit(LOGIN_LIMIT)
def make() -> ResponseReturnValue:
    """Make the organisation and log its curator in."""
    engine, settings = current.engine(), current.installation().settings
    if not setup.is_needed(engine, current.now()):
        return redirect(url_for("login.show"))
    form = SetupForm()
    if form.validate_on_submit():
        if setup.matches(settings.data, form.code.data or ""):
            try:
                return _enter(form)
            except InvalidInput as error:
                put_errors(form, error)
        else:
            form.code.errors = ["Код не подходит. Он показан в окне, где запущен Маршрут."]
    return render_template("setup/show.html", form=form), 422


def _enter(form: SetupForm) -> ResponseReturnValue:
    engine = current.engine()
    person = PersonInput(
        family_name=form.family_name.data or "",
        given_name=form.given_name.data or "",
        patronymic=form.patronymic.data or "",
        kind="employee",
        post=form.post.data or "",
    )
    account_id = setup.found(
        engine,
        current.installation().settings.data,
        now=current.now(),
        organisation={name: form[name].data or "" for name in ("kind", "title", "short_title", "place")},
        person=person,
        shown_name=short_name(person.family_name, person.given_name, person.patronymic),
        username=form.username.data or "",
        password=form.password.data or "",
    )
    with engine.read(now=current.now()) as read:
        account = queries.account(read.session, account_id)
    if account is not None:
        session.clear()
        session.permanent = True
        login_user(SignedIn(account))
    return redirect("/")
