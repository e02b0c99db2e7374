"""Accounts: who may log in. Passwords are hashed by argon2; every change is recorded like any other register."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from web import queries
from web.tables import Account
from workflow_core.exceptions import InvalidInput
from workflow_core.unit_of_work import Write

MIN_PASSWORD = 8
"""Letters; longer passwords are better than odd ones."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash("nobody has this password")


def password_matches(account: Account | None, password: str) -> bool:
    """Whether the password is right. Takes as long for a name that does not exist."""
    try:
        _hasher().verify(account.password_hash if account else _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return account is not None and account.active


def fold(username: str) -> str:
    """The one spelling of a user name."""
    return username.strip().casefold()


def add_account(write: Write, username: str, name: str, password: str) -> Account:
    """A new login. Raises InvalidInput with a sentence for each wrong field."""
    errors = {}
    folded = fold(username)
    if not folded or len(folded) > 64 or not folded.replace(".", "").replace("-", "").replace("_", "").isalnum():
        errors["username"] = "Имя для входа: буквы, цифры, точка, дефис; до 64 знаков."
    elif queries.account_named(write.session, folded):
        errors["username"] = f"Имя «{folded}» уже занято. Выберите другое."
    if len(password) < MIN_PASSWORD:
        errors["password"] = f"Пароль — не короче {MIN_PASSWORD} знаков."
    if not name.strip():
        errors["name"] = "Укажите, как показывать этого человека: «Морозова Е. В.»."
    if errors:
        raise InvalidInput(errors)
    account = Account(
        organisation_id=write.scope,
        username=folded,
        name=name.strip(),
        password_hash=_hasher().hash(password),
        made_on=write.today,
    )
    write.session.add(account)
    write.session.flush()
    return account


def set_password(write: Write, account: Account, password: str) -> None:
    """Give an account a new password and end its sessions. Raises InvalidInput for one that is too short."""
    if len(password) < MIN_PASSWORD:
        raise InvalidInput({"password": f"Пароль — не короче {MIN_PASSWORD} знаков."})
    account.password_hash = _hasher().hash(password)
    account.session_mark += 1
    write.session.add(account)


def close_account(write: Write, account: Account) -> None:
    """End an account; what it did stays in the history."""
    account.active = False
    account.session_mark += 1
    write.session.add(account)
