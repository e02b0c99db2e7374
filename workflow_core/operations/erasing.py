"""Erasing names and texts of entries when a consent is revoked; the chain still verifies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workflow_core import queries

if TYPE_CHECKING:
    from workflow_core.unit_of_work import Write


def erase(write: Write, subject_ids: Sequence[str], why: str) -> int:
    """Erase the details of all entries about some subjects (a consent was revoked); the chain still verifies. Returns how many."""
    found = queries.entries_of(write.session, write.scope, subject_ids)
    seqs = [entry.seq for entries in found.values() for entry in entries if entry.commitment]
    for subject_id, entries in found.items():
        write.record(
            "access",
            entries[0].subject_kind,
            subject_id,
            "erased",
            inputs={"entries": len(entries)},
            details={"actor": write.actor.name, "ground": why},
        )
    queries.erase_details(write.session, write.scope, seqs, write.recorded_at)
    return len(seqs)
