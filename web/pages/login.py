"""Logging in and out, choosing the organisation."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from web import accounts, current, queries, setup
from web.limits import LOGIN_LIMIT, limiter
from web.login import SignedIn

page = Blueprint("login", __name__)


class LoginForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """User name and password."""

    username = StringField(
        "Имя для входа", [InputRequired("Введите имя для входа.")], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        "Пароль", [InputRequired("Введите пароль.")], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


@page.get("/login")
def show() -> str | Response:
    """The form; whoever is logged in goes on."""
    if current_user.is_authenticated:
        return redirect("/")
    if setup.is_needed(current.engine(), current.now()):
        return redirect(url_for("setup.show"))
    return render_template("login/show.html", form=LoginForm(next=request.args.get("next", "")))


@page.post("/login")
@limiter.limit(LOGIN_LIMIT)
def enter() -> str | Response | tuple[str, int]:
    """Check name and password; the same sentence for a wrong name and a wrong password."""
    form = LoginForm()
    if not form.validate_on_submit():
        return render_template("login/show.html", form=form), 422
    with current.engine().read(now=current.now()) as read:
        account = queries.account_named(read.session, accounts.fold(form.username.data or ""))
    if account is None or not accounts.password_matches(account, form.password.data or ""):
        if account is None:
            # A name that does not exist must not answer sooner than a wrong password.
            accounts.password_matches(None, "")
        form.form_errors = ["Имя или пароль не подходят. Проверьте раскладку и Caps Lock."]
        return render_template("login/show.html", form=form), 422
    session.clear()
    session.permanent = True
    login_user(SignedIn(account))
    return redirect(_inside(form.next.data or ""))


@page.post("/logout")
def leave() -> Response:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("login.show"))


@page.post("/organisation")
def switch() -> Response:
    """Work in another of one's organisations."""
    wanted = request.form.get("organisation", "")
    if any(wanted == organisation_id for organisation_id, _title in g.organisations):
        session["organisation"] = wanted
    return redirect("/")


def _inside(target: str) -> str:
    """Only a path of this site: a link in a letter must not lead elsewhere after the login."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"
