"""The history of an organisation: canonical bytes, the chain, what is committed to and what may be erased.

An entry's immutable part holds ids, codes and a salted commitment to its details; names and texts stand in the details,
which can be erased without breaking the chain. `verification.py` reads it all back.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

GENESIS = hashlib.sha256(b"marshrut history 1").hexdigest()
"""What the first entry of every history points at."""


def canonical_json(value: Any) -> str:
    """One text for one value: sorted keys, no spaces, letters as they are. Floats are refused: their text is not stable."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened. The columns from `scope_id` to `previous_hash` are the canonical body, in this order."""

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
        return tuple(getattr(self, name) for name in ALL_COLUMNS)

    @classmethod
    def from_row(cls, row: Any) -> HistoryEntry:
        """An entry from a row of `history_entry`, columns in table order."""
        return cls(*row)

    @property
    def input_values(self) -> dict[str, Any]:
        """The fields of the event that are no personal data."""
        values: dict[str, Any] = json.loads(self.inputs)
        return values


ALL_COLUMNS = tuple(f.name for f in fields(HistoryEntry))
ENTRY_COLUMNS = ALL_COLUMNS[:-2]


def canonical_body(values: Mapping[str, Any]) -> str:
    """The bytes that are hashed: a JSON list of the columns in their order."""
    return canonical_json([values[name] for name in ENTRY_COLUMNS])


def entry_hash(body: str) -> str:
    """The link of the chain; the previous hash is part of the body."""
    return hashlib.sha256(body.encode()).hexdigest()


def seal(values: dict[str, Any]) -> HistoryEntry:
    """An entry from its columns, with body and hash."""
    body = canonical_body(values)
    return HistoryEntry(**values, body=body, hash=entry_hash(body))


def commit_to(details: Mapping[str, Any]) -> tuple[str, str, str]:
    """Salt, text and commitment of an entry's details; three empty texts for no details.

    The salt goes when the text is erased: without it nobody can guess a short text from the commitment.
    """
    if not details:
        return "", "", ""
    salt, body = secrets.token_hex(16), canonical_json(details)
    return salt, body, commitment(salt, body)


def commitment(salt: str, body: str) -> str:
    """sha256 over salt and text of details."""
    return hashlib.sha256(f"{salt}\n{body}".encode()).hexdigest()
