"""Settings: the organisation's card, who signs and stands in, accounts and roles, programmes, rules and where they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published types
from wtforms.validators import InputRequired, Length, Optional

from web import accounts, current, queries
from web.event_form import DayField, OfferedField, WholeField, put_errors
from web.pages import calendar
from web.views import settings
from web.views.plugins import plugins_panel
from workflow_core.exceptions import InvalidInput, NotFound
from workflow_core.unit_of_work import Outcome, Write
from workflows.mentoring import operations as mentoring
from workflows.mentoring import queries as mentoring_queries
from workflows.mentoring.tables import FORM_TITLES
from workflows.organisations import operations, policy
from workflows.organisations import queries as organisations
from workflows.organisations.school_calendar import REGIONAL_HOLIDAYS, WEEK
from workflows.organisations.words import KIND_TITLES, TIME_ZONES

page = Blueprint("settings", __name__, url_prefix="/settings")
CALENDAR_RULES = (WEEK, REGIONAL_HOLIDAYS)


def _choices(rows: Any, first: str = "") -> list[SelectChoice]:
    return [*([SelectChoice("", first)] if first else []), *(SelectChoice(str(code), words) for code, words in rows)]


class OrganisationForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The card."""

    title = StringField("Полное название, как в уставе", [InputRequired("Укажите полное название.")])
    short_title = StringField("Короткое название", description="Так организация называется на страницах")
    kind = OfferedField("Вид", choices=_choices(KIND_TITLES.items()))
    founder = StringField("Учредитель", [Length(max=300)])
    place = StringField("Населённый пункт", [Length(max=100)], description="Стоит рядом с датой приказа: «с. Ключевое»")
    address = StringField("Адрес", [Length(max=300)])
    time_zone = OfferedField("Часовой пояс", choices=_choices(TIME_ZONES.items()))
    profile = SelectField(
        "Правила места", validate_choice=False, description="Правила региона, района или школы поверх основных"
    )


class SignatoryForm(FlaskForm):  # type: ignore[misc]
    """Who signs."""

    person_id = SelectField("Кто", [InputRequired("Выберите сотрудника.")], validate_choice=False)
    title = StringField(
        "Должность над подписью", [InputRequired("Укажите должность.")], description="«директор», «и. о. директора»"
    )
    acting = BooleanField("Исполняет обязанности по приказу")
    order = StringField("Приказ", [Length(max=200)], description="Для исполняющего обязанности: номер и дата")
    valid_from = DayField("С какого дня", [InputRequired("Укажите первый день.")])
    valid_to = DayField("По какой день", [Optional()], description="Пусто — пока не назначен другой")


class StandInForm(FlaskForm):  # type: ignore[misc]
    """Who stands in for whom."""

    person_id = SelectField("Кто замещает", [InputRequired("Выберите сотрудника.")], validate_choice=False)
    for_person_id = SelectField("Кого", [InputRequired("Выберите сотрудника.")], validate_choice=False)
    role = OfferedField("В какой роли", choices=_choices((code, policy.TITLES[code]) for code in policy.STANDS_IN))
    order = StringField("Приказ", [InputRequired("Укажите приказ: номер и дату.")])
    valid_from = DayField("С какого дня", [InputRequired("Укажите первый день.")])
    valid_to = DayField("По какой день", [Optional()])


class AccountForm(FlaskForm):  # type: ignore[misc]
    """A new login."""

    username = StringField(
        "Имя для входа", [InputRequired("Придумайте имя для входа.")], description="Латиницей: morozova"
    )
    name = StringField("Как показывать", [InputRequired("Укажите, как показывать: «Морозова Е. В.».")])
    password = PasswordField("Пароль", [InputRequired("Придумайте пароль.")], description="Не короче 8 знаков")
    role = OfferedField("Роль", choices=_choices((code, policy.TITLES[code]) for code in policy.GRANTED))
    person_id = SelectField("Кто это", validate_choice=False, description="Нужно наставнику и тому, кого замещают")


class RoleForm(FlaskForm):  # type: ignore[misc]
    """One more role of a login."""

    role = OfferedField("Роль", choices=_choices((code, policy.TITLES[code]) for code in policy.GRANTED))
    person_id = SelectField("Кто это", validate_choice=False)
    valid_from = DayField("С какого дня", [Optional()], description="Пусто — с сегодняшнего")
    valid_to = DayField("По какой день", [Optional()])


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password."""

    password = PasswordField("Новый пароль", [InputRequired("Придумайте пароль.")], description="Не короче 8 знаков")


class ProgrammeForm(FlaskForm):  # type: ignore[misc]
    """A mentoring programme."""

    title = StringField("Название", [InputRequired("Укажите название программы.")])
    form = OfferedField("Форма наставничества", choices=_choices(FORM_TITLES.items(), "несколько форм"))
    starts_on = DayField("Первый день", [InputRequired("Укажите первый день.")])
    ends_on = DayField("Последний день", [InputRequired("Укажите последний день.")])
    curator_id = SelectField("Кто ведёт", validate_choice=False)


# -- the first page ---------------------------------------------------------------------------------------------------


@page.get("")
def show() -> str:
    """All that is set for the organisation."""
    actor = current.actor()
    with current.reading() as read:
        found = settings.settings_page(read, actor)
    may = {code: policy.may(actor, code) for code in policy.PERMISSIONS if not policy.PERMISSIONS[code].reads}
    plugins = plugins_panel(current.installation(), actor, current.now(), current.place().time_zone)
    return render_template("settings/show.html", found=found, may=may, plugins=plugins)


def _form_page(form: Any, title: str, button: str, status: int = 200, sentence: str = "") -> ResponseReturnValue:
    """One form over the whole page; all forms of the settings look alike."""
    return render_template("settings/form.html", form=form, title=title, button=button, sentence=sentence), status


def _act(form: Any, act: Callable[[Write], Outcome | None], operation: str, done: str) -> bool:
    """Do what a valid form asks for; False with the sentences at the fields."""
    if not form.validate_on_submit():
        return False
    try:
        current.perform(act, operation)
    except InvalidInput as error:
        put_errors(form, error)
        return False
    flash(done, "success")
    return True


def _nothing(_row: object) -> Outcome:
    return {}


def _home() -> ResponseReturnValue:
    return redirect(url_for(".show"))


@page.route("/organisation", methods=["GET", "POST"])
def organisation() -> ResponseReturnValue:
    """Change the card and choose the rules of the place."""
    policy.require(current.actor(), "organisation.edit")
    with current.reading() as read:
        row = organisations.organisation(read.session, read.scope)
        form = OrganisationForm(obj=row)
        form.profile.choices = _choices(settings.profiles(read), "только основные")
        if row.time_zone not in TIME_ZONES:
            form.time_zone.choices = _choices([*TIME_ZONES.items(), (row.time_zone, row.time_zone)])
    if request.method == "POST":
        values = {field.name: field.data or "" for field in form if field.name != "csrf_token"}
        if _act(
            form,
            lambda write: _nothing(operations.change_organisation(write, **values)),
            "change_organisation",
            "Сведения об организации изменены.",
        ):
            return _home()
        return _form_page(form, "Организация", "Сохранить сведения", 422)
    return _form_page(form, "Организация", "Сохранить сведения")


# -- who signs, who stands in -----------------------------------------------------------------------------------------


@page.route("/signatories/new", methods=["GET", "POST"])
def signatory() -> ResponseReturnValue:
    """Name who signs from a day on."""
    policy.require(current.actor(), "signatories.edit")
    form = SignatoryForm()
    with current.reading() as read:
        form.person_id.choices = _choices(settings.employees(read), "выберите")
    if request.method == "POST":
        values = {name: form[name].data for name in ("valid_from", "valid_to", "acting")}
        values["order"] = form.order.data or ""
        done = _act(
            form,
            lambda write: _nothing(
                operations.name_signatory(write, form.person_id.data, form.title.data or "", **values)
            ),
            "name_signatory",
            "Подписывающий назначен.",
        )
        if done:
            return _home()
    sentence = "Приказ действует, только если в день подписания этот человек имел право подписи."
    return _form_page(form, "Кто подписывает", "Назначить", 422 if form.errors else 200, sentence)


@page.route("/stand-ins/new", methods=["GET", "POST"])
def stand_in() -> ResponseReturnValue:
    """Name who does somebody's work by order."""
    policy.require(current.actor(), "signatories.edit")
    form = StandInForm()
    with current.reading() as read:
        form.person_id.choices = form.for_person_id.choices = _choices(settings.employees(read), "выберите")
    if request.method == "POST":
        done = _act(
            form,
            lambda write: _nothing(
                operations.name_stand_in(
                    write,
                    form.role.data,
                    form.person_id.data,
                    form.for_person_id.data,
                    form.order.data or "",
                    valid_from=form.valid_from.data or write.today,
                    valid_to=form.valid_to.data,
                )
            ),
            "name_stand_in",
            "Замещение внесено.",
        )
        if done:
            return _home()
    sentence = "В истории будет сказано, кто за кого и по какому приказу действовал."
    return _form_page(form, "Замещение", "Внести замещение", 422 if form.errors else 200, sentence)


_ENDINGS: dict[str, Callable[[Write, str, Any], object]] = {
    "signatory": operations.end_signatory,
    "stand_in": operations.end_stand_in,
    "role": operations.end_role,
}


@page.post("/<any(signatory, stand_in, role):what>/<row_id>/end")
def end(what: str, row_id: str) -> ResponseReturnValue:
    """End a signature, a stand-in or a role: today is the last day, for a role yesterday was."""
    day = None if what == "role" else current.today()
    current.perform(lambda write: _nothing(_ENDINGS[what](write, row_id, day)), f"end_{what}")
    flash("Роль больше не действует." if what == "role" else "Сегодня последний день.", "success")
    return _home()


# -- accounts ---------------------------------------------------------------------------------------------------------


def _account_of(account_id: str) -> Any:
    with current.reading() as read:
        account = queries.account(read.session, account_id)
    if account is None or account.organisation_id != current.place().id:
        raise NotFound("учётная запись", account_id)
    return account


@page.route("/accounts/new", methods=["GET", "POST"])
def account() -> ResponseReturnValue:
    """A login with its first role."""
    policy.require(current.actor(), "accounts.edit")
    form = AccountForm()
    with current.reading() as read:
        form.person_id.choices = _choices(settings.people_for_accounts(read), "не из участников")
    if request.method == "POST" and _act(
        form, lambda write: _made(write, form), "add_account", "Учётная запись создана."
    ):
        return _home()
    return _form_page(form, "Новая учётная запись", "Создать учётную запись", 422 if form.errors else 200)


def _made(write: Write, form: AccountForm) -> Outcome:
    row = accounts.add_account(write, form.username.data or "", form.name.data or "", form.password.data or "")
    operations.grant_role(write, row.id, form.role.data, person_id=form.person_id.data or None)
    return {"account": row.id}


@page.route("/accounts/<account_id>/role", methods=["GET", "POST"])
def role(account_id: str) -> ResponseReturnValue:
    """One more role of a login that is known here."""
    policy.require(current.actor(), "accounts.edit")
    form = RoleForm()
    with current.reading() as read:
        known = {line.id: line.name for line in settings.settings_page(read, current.actor()).accounts or ()}
        form.person_id.choices = _choices(settings.people_for_accounts(read), "как раньше")
    if account_id not in known:
        raise NotFound("учётная запись", account_id)
    if request.method == "POST":
        values = {"valid_from": form.valid_from.data, "valid_to": form.valid_to.data}
        done = _act(
            form,
            lambda write: _nothing(
                operations.grant_role(
                    write, account_id, form.role.data, person_id=_person_behind(write, account_id, form), **values
                )
            ),
            "grant_role",
            "Роль дана.",
        )
        if done:
            return _home()
    return _form_page(form, f"Ещё роль: {known[account_id]}", "Дать роль", 422 if form.errors else 200)


def _person_behind(write: Write, account_id: str, form: RoleForm) -> str | None:
    """The person named in the form, else whoever stood behind the account in another role."""
    if form.person_id.data:
        return str(form.person_id.data)
    rows = organisations.memberships(write.session, write.scope)
    return next((row.person_id for row in rows if row.account_id == account_id and row.person_id), None)


@page.route("/accounts/<account_id>/password", methods=["GET", "POST"])
def password(account_id: str) -> ResponseReturnValue:
    """A new password; whoever is logged in with the old one is out."""
    policy.require(current.actor(), "accounts.edit")
    found, form = _account_of(account_id), PasswordForm()
    if request.method == "POST" and _act(
        form, lambda write: _new_password(write, account_id, form), "set_password", "Пароль изменён."
    ):
        return _home()
    sentence = "Все открытые входы с прежним паролем закроются."
    return _form_page(form, f"Пароль: {found.name}", "Сменить пароль", 422 if form.errors else 200, sentence)


def _new_password(write: Write, account_id: str, form: PasswordForm) -> None:
    row = queries.account(write.session, account_id)
    assert row is not None
    accounts.set_password(write, row, form.password.data or "")


@page.post("/accounts/<account_id>/close")
def close_account(account_id: str) -> ResponseReturnValue:
    """End a login; what it did stays in the history."""
    policy.require(current.actor(), "accounts.edit")
    _account_of(account_id)
    if account_id == current.actor().id:
        raise InvalidInput({"account": "Свою учётную запись закрыть нельзя: это делает другой администратор."})

    def close(write: Write) -> None:
        row = queries.account(write.session, account_id)
        assert row is not None
        accounts.close_account(write, row)

    current.perform(close, "close_account")
    flash("Учётная запись закрыта. Сделанное осталось в истории.", "success")
    return _home()


# -- programmes -------------------------------------------------------------------------------------------------------


@page.route("/programmes/new", methods=["GET", "POST"], defaults={"programme_id": ""})
@page.route("/programmes/<programme_id>", methods=["GET", "POST"])
def programme(programme_id: str) -> ResponseReturnValue:
    """A new programme, or another title, period or form of one."""
    policy.require(current.actor(), "programme.edit")
    with current.reading() as read:
        row = mentoring_queries.programme(read.session, read.scope, programme_id) if programme_id else None
        form = ProgrammeForm(obj=row)
        form.curator_id.choices = _choices(settings.employees(read), "не указано")
    if request.method == "POST":
        done = "Программа изменена." if programme_id else "Программа создана. Внесите участников в её банк."
        if _act(form, lambda write: _kept(write, programme_id, form), "keep_programme", done):
            return _home()
        return _form_page(form, "Программа наставничества", "Сохранить программу", 422)
    return _form_page(form, "Программа наставничества", "Сохранить программу" if row else "Создать программу")


def _kept(write: Write, programme_id: str, form: ProgrammeForm) -> Outcome:
    values = {name: form[name].data for name in ("starts_on", "ends_on")}
    common = {**values, "form": form.form.data or "", "curator_id": form.curator_id.data or None}
    title = form.title.data or ""
    if programme_id:
        mentoring.change_programme(write, programme_id, title=title, **common)
        return {}
    return {"programme": mentoring.create_programme(write, title, **common).id}


# -- rules ------------------------------------------------------------------------------------------------------------


@page.get("/rules")
def rules() -> str:
    """«Откуда эти правила?»: every setting or check with the layer that gives it."""
    code = request.args.get("definition", "")
    with current.reading() as read:
        found = settings.rules_page(read, current.actor(), code, read.today)
    return render_template(
        "settings/rules.html", found=found, code=code, may_edit=policy.may(current.actor(), "settings.edit")
    )


@page.route("/rules/<path:key>", methods=["GET", "POST"])
def rule(key: str) -> ResponseReturnValue:
    """Set a rule of the organisation's own, or take it back."""
    policy.require(current.actor(), "settings.edit")
    if len(key) > 200:
        abort(404)
    with current.reading() as read:
        field = settings.rule_field(read, key)
    form = _rule_form(field)
    if request.method == "POST":

        def act(write: Write) -> Outcome:
            operations.set_setting(write, key, _value(field, form), valid_from=form.valid_from.data)
            return {}

        if key in CALENDAR_RULES and form.validate_on_submit():
            try:
                return _calendar_rule(act, field)
            except InvalidInput as error:
                put_errors(form, error)
        elif _act(form, act, "set_setting", "Правило изменено."):
            code = key.split("/")[0] if "/" in key else ""
            return redirect(url_for(".rules", definition=code) if code else url_for(".rules"))
    sentence = f"Сейчас: {field.words}. Так решает: {field.layer}."
    return _form_page(form, field.title, "Сохранить правило", 422 if form.errors else 200, sentence)


def _calendar_rule(act: Callable[[Write], Outcome], field: settings.RuleField) -> ResponseReturnValue:
    """A rule that makes other days working days: what it moves is shown before, as with days that are entered."""
    if request.form.get("confirmed"):
        return calendar.applied(act, "Правило изменено.")
    hidden = {name: text for name, text in request.form.items() if name not in ("csrf_token", "key")}
    return calendar.preview(act, f"Изменить правило: {field.title}", "Изменить", hidden)


def _rule_form(field: settings.RuleField) -> Any:
    """A form with the one field that suits the rule."""
    help_line = field.help
    made: Any
    match field.kind:
        case "choice" | "definition":
            made = OfferedField("Значение", choices=_choices(field.choices), default=str(field.value or ""))
        case "flag":
            made = OfferedField(
                "Значение", choices=_choices([("yes", "да"), ("no", "нет")]), default="yes" if field.value else "no"
            )
        case "integer":
            made = WholeField("Значение", [Optional()], default=field.value, description=help_line)
        case "terms":
            lines = "\n".join(f"{term['begins']} {term['ends']}" for term in field.value or ())
            made = TextAreaField(
                "Четверти", default=lines, description="По строке: первый и последний день, «09-01 10-27»"
            )
        case "days" | "numbers":
            listed = ", ".join(str(one) for one in field.value or ())
            made = StringField("Значение", [Length(max=200)], default=listed, description=help_line)
        case "time_zone":
            made = OfferedField("Значение", choices=_choices(TIME_ZONES.items()), default=str(field.value or ""))
        case _:
            made = StringField("Значение", [Length(max=200)], default=field.value or "", description=help_line)
    members = {
        "value": made,
        "valid_from": DayField("С какого дня", [Optional()], description="Пусто — с сегодняшнего"),
        "take_back": BooleanField("Убрать своё правило: пусть действует то, что выше"),
    }
    form_class = type("RuleForm", (FlaskForm,), members)
    return form_class()


def _value(field: settings.RuleField, form: Any) -> Any:
    if form.take_back.data:
        return None
    value = form.value.data
    if field.kind == "flag":
        return settings.FLAGS.get(value or "")
    if field.kind in ("days", "numbers"):
        listed = [part for part in (value or "").replace(",", " ").split() if part]
        return [int(one) if field.kind == "numbers" and one.isdigit() else one for one in listed]
    if field.kind == "terms":
        return _terms(value or "")
    return value if value != "" else None


def _terms(text: str) -> Any:
    rows = [line.split() for line in text.splitlines() if line.strip()]
    if any(len(row) != 2 for row in rows):
        raise InvalidInput({"value": "В каждой строке два дня через пробел: «09-01 10-27»."})
    return [{"begins": first, "ends": last} for first, last in rows] or None
