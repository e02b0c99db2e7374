"""The very first start in the browser: a code, one organisation, one account; nothing for a passer-by."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from web import setup
from web.app import create_app
from web.assembly import CollectedJobs, Installation, assemble
from web.settings import load_settings
from workflow_core.database import Database
from workflow_core.verification import verify

FORM = {
    "kind": "school",
    "title": "МБОУ «Средняя школа с. Ключевое»",
    "short_title": "Школа с. Ключевое",
    "place": "с. Ключевое",
    "family_name": "Морозова",
    "given_name": "Елена",
    "patronymic": "Викторовна",
    "post": "заместитель директора",
    "username": "Morozova",
    "password": "длинный-пароль",
}


@pytest.fixture
def empty(sqlite_database: Database, tmp_path: Path, now: datetime) -> Installation:
    """An installation that nobody has used yet."""
    settings = load_settings(
        {"MARSHRUT_DATA": str(tmp_path / "data"), "MARSHRUT_DATABASE_URL": str(sqlite_database.url)}
    )
    made = assemble(settings, jobs=CollectedJobs(), database=sqlite_database)
    made.engine.store_definitions(now=now)
    return made


@pytest.fixture
def visitor(empty: Installation) -> FlaskClient:
    return create_app(
        empty, TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False, CLOCK=lambda: NOW
    ).test_client()


def form(empty: Installation, **changes: str) -> dict[str, str]:
    return {**FORM, "code": setup.code(empty.settings.data), **changes}


def test_login_of_an_empty_installation_leads_to_the_first_start(visitor: FlaskClient) -> None:
    assert visitor.get("/login").headers["Location"] == "/setup"


def test_wrong_code_makes_nothing_and_keeps_what_was_typed(visitor: FlaskClient, empty: Installation) -> None:
    answer = visitor.post("/setup", data=form(empty, code="00000000"))

    assert answer.status_code == 422
    assert "Код не подходит" in answer.text
    assert "Школа с." in answer.text
    assert setup.is_needed(empty.engine, NOW)


def test_every_wrong_field_is_named_and_nothing_is_made(visitor: FlaskClient, empty: Installation) -> None:
    answer = visitor.post("/setup", data=form(empty, password="короче", username="есть пробел"))

    assert answer.status_code == 422
    assert "не короче 8 знаков" in answer.text
    assert "Имя для входа: буквы" in answer.text
    assert setup.is_needed(empty.engine, NOW)


def test_first_start_makes_a_school_and_logs_its_curator_in(visitor: FlaskClient, empty: Installation) -> None:
    answer = visitor.post("/setup", data=form(empty))

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert visitor.get("/setup").headers["Location"] == "/login"
    assert not (empty.settings.data / "setup-code").exists()
    with visitor.session_transaction() as session:
        assert "_user_id" in session


def test_account_is_recorded_without_its_password(visitor: FlaskClient, empty: Installation) -> None:
    visitor.post("/setup", data=form(empty))
    with empty.engine.read(now=NOW) as read:
        from workflow_core import queries

        [scope] = queries.scopes(read.session)
    with empty.engine.read(scope, now=NOW) as read:
        texts = [body or "" for _salt, body, _at in queries.details_of(read.session, scope, range(1, 20)).values()]
        verdict = verify(read)

    assert verdict.ok
    assert not any("argon2" in text or "длинный" in text for text in texts)


def test_password_opens_the_account_and_a_wrong_one_does_not(visitor: FlaskClient, empty: Installation) -> None:
    visitor.post("/setup", data=form(empty))
    visitor.post("/logout")

    wrong = visitor.post("/login", data={"username": "morozova", "password": "не тот пароль"})
    nobody = visitor.post("/login", data={"username": "nobody", "password": "не тот пароль"})
    right = visitor.post(
        "/login", data={"username": " MOROZOVA ", "password": "длинный-пароль", "next": "//evil.example/"}
    )

    assert wrong.status_code == nobody.status_code == 422
    assert "Имя или пароль не подходят" in wrong.text
    assert (right.status_code, right.headers["Location"]) == (302, "/")


def test_pages_carry_strict_headers(visitor: FlaskClient) -> None:
    headers = visitor.get("/setup").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"


def test_form_refused_for_its_token_keeps_the_shell(empty: Installation) -> None:
    app = create_app(empty, TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False, CLOCK=lambda: NOW)
    visitor = app.test_client()
    visitor.post("/setup", data=form(empty))
    app.config["WTF_CSRF_ENABLED"] = True

    answer = visitor.post("/organisation", data={"organisation": "x"})

    assert answer.status_code == 422
    assert "Форма устарела" in answer.text
    assert "Школа с." in answer.text
