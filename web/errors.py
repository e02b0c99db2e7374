"""The only module that knows which error is which status; every page keeps the shell and gives one way on."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from workflow_core.exceptions import (
    ConcurrentTransition,
    GuardRefused,
    InvalidInput,
    NotFound,
    NotPermitted,
    RepeatedKeyConflict,
    TransitionNotAllowed,
    WorkflowError,
)
from workflow_core.tables import new_id

log = logging.getLogger(__name__)


def _page(status: int, **values: Any) -> tuple[str, int]:
    return render_template(f"errors/{status}.html", **values), status


def _back() -> str:
    """Where the reader came from, if it was this site, else home."""
    before = request.referrer or ""
    return before if before.startswith(request.host_url) else "/"


def register(app: Flask) -> None:
    """Answer every error of the engine and of HTTP with a page."""

    @app.errorhandler(NotFound)
    @app.errorhandler(404)
    def not_found(_error: Exception) -> ResponseReturnValue:
        return _page(404)

    @app.errorhandler(NotPermitted)
    def not_permitted(error: NotPermitted) -> ResponseReturnValue:
        return _page(403, sentence=str(error))

    @app.errorhandler(403)
    def forbidden(_error: Exception) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            return redirect(url_for("login.show", next=request.path))
        return _page(403)

    @app.errorhandler(ConcurrentTransition)
    @app.errorhandler(TransitionNotAllowed)
    @app.errorhandler(GuardRefused)
    def conflict(error: TransitionNotAllowed) -> ResponseReturnValue:
        return _page(409, sentence=str(error), way_on=("Открыть как есть", _back()))

    @app.errorhandler(InvalidInput)
    @app.errorhandler(RepeatedKeyConflict)
    def wrong_input(error: WorkflowError) -> ResponseReturnValue:
        return _page(422, sentence=str(error), way_on=("Вернуться и исправить", _back()))

    @app.errorhandler(WorkflowError)
    def refused(error: WorkflowError) -> ResponseReturnValue:
        log.warning("%s", error)
        return _page(422, sentence=str(error), way_on=("Вернуться", _back()))

    @app.errorhandler(CSRFError)
    def stale_form(_error: CSRFError) -> ResponseReturnValue:
        sentence = (
            "Страница была открыта слишком долго или в другом окне вышли из программы. Откройте её заново и повторите."
        )
        return _page(422, title="Форма устарела", sentence=sentence, way_on=("Открыть заново", _back()))

    @app.errorhandler(413)
    def too_large(_error: Exception) -> ResponseReturnValue:
        return _page(
            422,
            title="Файл слишком большой",
            sentence="Файл больше 20 МБ. Уменьшите его и приложите снова.",
            way_on=("Вернуться", _back()),
        )

    @app.errorhandler(429)
    def too_often(_error: Exception) -> ResponseReturnValue:
        return _page(429)

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> ResponseReturnValue:
        if error.code in (301, 302, 303, 307, 308):
            return error
        return (
            _page(404)
            if error.code == 405
            else _page(422, sentence="Запрос не понят. Вернитесь и повторите.", way_on=("Вернуться", _back()))
        )

    @app.errorhandler(Exception)
    def broken(error: Exception) -> ResponseReturnValue:
        if current_app.config.get("PROPAGATE_ERRORS"):
            raise error
        code = new_id()[-8:]
        log.exception("request failed, code %s, %s %s", code, request.method, request.path)
        # Whatever broke may have broken the shell's own data too.
        g.setdefault("place", None)
        return _page(500, code=code)
