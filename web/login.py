"""Somebody who is logged in, as Flask-Login knows them."""

from __future__ import annotations

from dataclasses import dataclass

from flask_login import UserMixin

from web.tables import Account


@dataclass(slots=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """An account with a valid cookie."""

    account: Account

    def get_id(self) -> str:
        """What the cookie carries: raising the account's mark ends all its sessions."""
        return f"{self.account.id}.{self.account.session_mark}"
