"""The history of an organisation: canonical bytes, the chain, what is committed to and what may be erased.

An entry's immutable part holds ids, codes and a salted commitment to its details; names and texts stand in the details,
which can be erased without breaking the chain. `verification.py` reads it all back.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

GENESIS = hashlib.sha256(b"marshrut history 1").hexdigest()
"""What the first entry of every history points at."""


def canonical_json(value: Any) -> str:
    """One text for one value: sorted keys, no spaces, letters as they are; the same as `json.dumps` writes with these options.

    No floats may be in it: their text is not stable. Raises TypeError for what JSON does not know.
    """
    return canonical_bytes(value).decode()


def canonical_bytes(value: Any) -> bytes:
    """As `canonical_json`, in UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


class HistoryEntry(NamedTuple):
    """One thing that happened; a tuple, because a bulk step makes thousands.

    The columns from `scope_id` to `previous_hash` are the canonical body, in this order.
    """

    scope_id: str
    seq: int
    kind: str
    """step | register | paper | access | migration | timer | revocation | job"""
    subject_kind: str
    subject_id: str
    version: int
    """Version of the process after the entry; 0 where the entry moves no process."""
    definition_hash: str
    event: str
    from_state: str
    to_state: str
    actor_id: str
    actor_role: str
    acts_for: str
    """Person for whom the actor stood in, or empty."""
    caused_by: int
    """Entry whose consequence this one is; 0 if none."""
    refers_to: int
    """Entry that this one corrects or undoes; 0 if none."""
    happened_on: str
    recorded_at: str
    with_ground: int
    """1 where a written ground was needed and given."""
    inputs: str
    """Canonical JSON of the fields that are no personal data."""
    checks: str
    """Canonical JSON: [[guard, severity, code of the finding or ""], …]."""
    plugins: str
    """Canonical JSON: version of each plugin whose rules were asked."""
    commitment: str
    """Salted sha256 of the details; empty where there are none."""
    previous_hash: str
    body: str
    hash: str

    def row(self) -> tuple[Any, ...]:
        """The values as they are stored."""
        return tuple(self)

    @classmethod
    def from_row(cls, row: Any) -> HistoryEntry:
        """An entry from a row of `history_entry`, columns in table order."""
        return cls._make(row)

    @property
    def input_values(self) -> dict[str, Any]:
        """The fields of the event that are no personal data."""
        values: dict[str, Any] = orjson.loads(self.inputs)
        return values


ALL_COLUMNS = HistoryEntry._fields
ENTRY_COLUMNS = ALL_COLUMNS[:-2]


def entry_hash(body: str) -> str:
    """The link of the chain; the previous hash is part of the body."""
    return hashlib.sha256(body.encode()).hexdigest()


def seal(columns: tuple[Any, ...]) -> HistoryEntry:
    """An entry from its columns in their order, with the bytes that are hashed (a JSON list of them) and the hash."""
    body = canonical_json(columns)
    return HistoryEntry._make((*columns, body, entry_hash(body)))


def commit_to_all(details: Sequence[str]) -> list[tuple[str, str]]:
    """Salt and commitment for each text that is not empty, in order.

    The salt goes when the text is erased: without it nobody can guess a short text from the commitment.
    """
    texts = [text for text in details if text]
    salts = secrets.token_hex(16 * len(texts))
    found = []
    for place, text in enumerate(texts):
        salt = salts[32 * place : 32 * place + 32]
        found.append((salt, commitment(salt, text)))
    return found


def commitment(salt: str, body: str) -> str:
    """sha256 over salt and text of details."""
    return hashlib.sha256(f"{salt}\n{body}".encode()).hexdigest()
