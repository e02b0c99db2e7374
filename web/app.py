"""The Flask application: one blueprint a noun, strict headers, friendly errors. Rules live below, in `workflows`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request, url_for
from flask_babel import Babel
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined

from web import current, errors, pages
from web.assembly import Installation
from web.assets import register_assets
from web.formatting import register_filters
from web.limits import limiter
from web.login import SignedIn
from workflow_core.calendars import school_year_of, school_year_title
from workflow_core.tables import new_id
from workflows.organisations import policy

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
MAX_UPLOAD = 25 * 1024 * 1024
"""Bytes of one request: the largest scan and some fields."""

SECTIONS = (
    ("home.show", "Сегодня", "today"),
    ("road_maps.show", "Дорожная карта", "map"),
    ("pairs.board", "Пары", "pairs"),
    ("meetings.month", "Встречи", "meetings"),
    ("documents.index", "Документы", "papers"),
    ("people.index", "Участники", "people"),
    ("history.index", "История", "history"),
)
"""The seven words of the bar: endpoint, word, icon."""


def create_app(installation: Installation, **config: Any) -> Flask:
    """An application over an installation. `config` overrides settings in tests: CLOCK, TESTING, RATELIMIT_ENABLED."""
    app = Flask(__name__)
    settings = installation.settings
    app.config.update(
        SECRET_KEY=settings.secret,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=MAX_UPLOAD,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="ru",
        CLOCK=lambda: datetime.now(UTC),
        RATELIMIT_STORAGE_URI="memory://",
    )
    app.config.update(config)
    app.extensions["marshrut"] = installation
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(new_key=new_id)
    # Before the check of the form: a refused page keeps its shell.
    app.before_request(current.locate)
    CSRFProtect(app)
    Babel(app)
    limiter.init_app(app)
    _use_logins(app)
    register_filters(app)
    register_assets(app)
    errors.register(app)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    app.after_request(_harden)
    app.context_processor(_shell)
    return app


def _blueprints() -> list[Blueprint]:
    """The blueprint `page` of every module in `web/pages`."""
    found = [import_module(f"web.pages.{module.name}") for module in iter_modules(pages.__path__)]
    return [module.page for module in found if hasattr(module, "page")]


def _use_logins(app: Flask) -> None:
    manager = LoginManager(app)
    manager.login_view = "login.show"
    manager.login_message = "Войдите, чтобы открыть эту страницу."
    manager.session_protection = "basic"

    def load(cookie: str) -> SignedIn | None:
        account_id, _, mark = cookie.partition(".")
        account = current.account_of(account_id)
        return SignedIn(account) if account and str(account.session_mark) == mark else None

    manager.user_loader(load)


def _harden(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.endpoint != "static":
        # Pages name people: no copy may stay in a browser that several share.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _shell() -> dict[str, Any]:
    """What the bar shows; nothing for somebody who is not logged in."""
    if g.get("place") is None:
        return {"shell": None}
    blueprint = (request.endpoint or "").partition(".")[0]
    catalogue = current.engine().catalogue
    titles = [role.title.lower() for code, role in catalogue.roles.items() if code in g.actor.roles]
    day = current.today()
    return {
        "shell": {
            "user_name": g.actor.name,
            "role_title": titles[0] if titles else "",
            "organisation_title": g.place.title,
            "school_year": f"{school_year_title(school_year_of(day))} учебный год",
            "organisations": g.organisations,
            "sections": [
                (endpoint, word, icon, endpoint.partition(".")[0] == blueprint)
                for endpoint, word, icon in SECTIONS
                if endpoint in _endpoints()
            ],
            "can_write": "auditor" not in g.actor.roles,
            "search_url": url_for("search.show") if "search.show" in _endpoints() else "",
            "settings_url": url_for("settings.show") if _may_see_settings() else "",
            "logout_url": url_for("login.leave"),
            "switch_url": url_for("login.switch"),
            "home_url": url_for("home.show") if "home.show" in _endpoints() else "/",
        },
        "today": day,
    }


def _may_see_settings() -> bool:
    return "settings.show" in _endpoints() and policy.may(g.actor, "settings.read")


def _endpoints() -> set[str]:
    return set(current_app.view_functions)
