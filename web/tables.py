"""Tables of the web edge: who may log in."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlmodel import Field

from workflow_core.tables import Register


class Account(Register, table=True):
    """A login. What its holder may do stands in dated memberships, one organisation at a time."""

    __tablename__ = "account"
    unrecorded: ClassVar[frozenset[str]] = frozenset({"password_hash"})

    username: str = Field(max_length=64, unique=True, index=True)
    """Folded to lower case: many teachers have no school e-mail, so this is a short word."""
    name: str = Field(max_length=200)
    """As shown in the bar and kept with each step: «Морозова Е. В.»."""
    password_hash: str = Field(max_length=200)
    session_mark: int = 1
    """Raised to end all sessions of the account: it is part of the cookie."""
    active: bool = True
    made_on: date | None = None
