"""SQL of the web edge: accounts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from web.tables import Account


def account_named(session: Session, username: str) -> Account | None:
    """The account of a folded user name."""
    return session.exec(select(Account).where(Account.username == username)).one_or_none()


def account(session: Session, account_id: str) -> Account | None:
    """The account of an id."""
    return session.get(Account, account_id)


def accounts(session: Session, ids: Iterable[str]) -> dict[str, Account]:
    """Accounts by id: who stands behind the entries of a history."""
    return {one.id: one for one in session.exec(select(Account).where(col(Account.id).in_(list(ids))))}


def has_accounts(session: Session) -> bool:
    """Whether anybody can log in at all."""
    return session.exec(select(Account.id).limit(1)).first() is not None
