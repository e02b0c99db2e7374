"""Search by part of a name, number or title, in any case, ё as е, over however many rows: the same functions on both databases.

`search_entry` holds one line of text for each person, pair, paper and item of a plan. Triggers in the migrations of each room keep
it in step with the registers, whoever writes them; what it should hold is said once, by the views `searchable_<kind>`.
SQLite finds a part of the text by an FTS5 table of trigrams, PostgreSQL by a stored array of trigrams with a GIN index.

A text with few matches is answered by their ids. One with many is not: reading the list in its own order and leaving out what does
not match comes to a full page at once (`holds`), while sorting thousands of matches would not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from workflow_core.unit_of_work import kept_of
from workflows.organisations.people import search_text
from workflows.organisations.search_index import queries
from workflows.organisations.search_index.queries import KINDS, differences, forget, is_sound, rebuild
from workflows.organisations.tables import search_entry_table

MATCHES = 1000
"""Matches that are looked up by id; a text with more is frequent enough to be met on the way through the list."""
WHOLE = 3
"""Letters from which a part may stand anywhere in a word; a shorter one is the beginning of a word."""
SHORT_NOTE = "Меньше трёх букв: ищем только начало слова."


@dataclass(frozen=True, slots=True)
class Matches:
    """What a text was found in."""

    patterns: tuple[str, ...]
    """What every line found contains; empty where nothing is searched for."""
    ids: tuple[str, ...] | None
    """The subjects, in no order; None where nothing is searched for or more than MATCHES were found."""

    @property
    def are_many(self) -> bool:
        """Whether there are too many to name."""
        return self.ids is None and bool(self.patterns)


def patterns(text: str) -> tuple[str, ...]:
    """What a line of the index must contain, by words: a word in the line begins after two spaces, so «  к» is a beginning."""
    words = search_text(text.replace("\0", " ")).split()
    return tuple(dict.fromkeys(word if len(word) >= WHOLE else f"{' ' * (WHOLE - len(word))}{word}" for word in words))


def is_short(text: str) -> bool:
    """Whether some part of the text is so short that only beginnings of words are looked for (`SHORT_NOTE`)."""
    return any(one.startswith(" ") for one in patterns(text))


def matches(session: Session, scope: str, kind: str, text: str) -> Matches:
    """The subjects of a kind whose line contains every word of the text."""
    wanted = patterns(text)
    if not wanted:
        return Matches((), None)
    # A page asks for its rows, their number and their states: within a snapshot the answer is the same.
    known: dict[Any, Matches] = session.info.setdefault("matches", {}) if kept_of(session) is not None else {}
    key = (scope, kind, wanted)
    if key not in known:
        found = queries.found(session, scope, kind, wanted, MATCHES + 1)
        known[key] = Matches(wanted, tuple(found) if len(found) <= MATCHES else None)
    return known[key]


def few_of(session: Session, query: Any) -> set[str] | None:
    """The ids that a statement gives, None where there are too many to name."""
    session.flush()
    ids = {str(row[0]) for row in session.connection().execute(query.limit(MATCHES + 1))}
    return ids if len(ids) <= MATCHES else None


def holds(wanted: Iterable[str]) -> sa.ColumnElement[bool]:
    """The condition on `search_entry` for a walk through a list: its text contains every pattern."""
    text = search_entry_table.c.text
    return sa.and_(sa.true(), *(text.contains(one, autoescape=True) for one in wanted))


__all__ = [
    "KINDS",
    "MATCHES",
    "SHORT_NOTE",
    "Matches",
    "differences",
    "few_of",
    "forget",
    "holds",
    "is_short",
    "is_sound",
    "matches",
    "patterns",
    "rebuild",
]
