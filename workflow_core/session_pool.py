"""Sessions that stay open with their connection from one unit of work to the next.

To take a connection from SQLAlchemy's pool, to begin through its events and to hang a new session on it costs as much as
judging a step. Whatever is unusual goes through that pool as ever: a unit of work that failed, a connection that has
rested, more than a few at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import sqlalchemy as sa
from sqlmodel import Session

MOST_KEPT = 4
"""Idle ones; SQLAlchemy's pool has others for whoever else asks."""
FRESH_SECONDS = 2.0
"""One that has rested longer goes back to the pool, which asks a server whether the connection still lives."""


@dataclass(slots=True, eq=False)
class _Kept:
    connection: sa.Connection
    session: Session
    left_at: float = 0.0


class SessionPool:
    """The sessions of one engine of the database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._idle: list[_Kept] = []

    @contextmanager
    def taken(self) -> Iterator[tuple[Session, sa.Connection]]:
        """A session and its connection, whose transaction the caller begins and ends within the block.

        The session joins that transaction; letting it begin and commit one costs three times as much. Its `info` is empty.
        """
        kept = self._take()
        try:
            yield kept.session, kept.connection
        except BaseException:
            _close(kept)
            raise
        if kept.session.in_transaction():  # else it was never asked for a row, and has nothing to let go of
            kept.session.close()
        kept.session.info.clear()
        if len(self._idle) < MOST_KEPT:
            kept.left_at = monotonic()
            self._idle.append(kept)
        else:
            _close(kept)

    def close(self) -> None:
        """Give the connections of all idle ones back."""
        while self._idle:
            _close(self._idle.pop())

    def _take(self) -> _Kept:
        try:
            kept = self._idle.pop()
        except IndexError:
            pass
        else:
            if monotonic() - kept.left_at < FRESH_SECONDS:
                return kept
            _close(kept)
            self.close()  # the others have rested longer still
        connection = self._engine.connect()
        return _Kept(connection, Session(connection))


def _close(kept: _Kept) -> None:
    try:
        kept.session.close()
    finally:
        kept.connection.close()
