"""The hand-written tables of phrases and what they have to mean, read from tests/data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.conftest import ROOT

DATA = ROOT / "tests" / "data"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line of deadline_phrases.tsv; `reading` is in the words of its head."""

    line: int
    text: str
    school_year: str
    reading: str


def lines(name: str) -> Iterator[tuple[int, list[str]]]:
    """Number and columns of every line that is no remark; `\\n` and `\\uXXXX` are undone."""
    for number, line in enumerate((DATA / name).read_text("utf-8").splitlines(), start=1):
        if line and not line.startswith("#"):
            plain = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), line.replace("\\n", "\n"))
            yield number, [column.replace("\\t", "\t") for column in plain.split("\t")]


def deadline_phrases() -> list[Phrase]:
    """All phrases of the table, in order."""
    return [Phrase(number, *columns) for number, columns in lines("deadline_phrases.tsv")]


def told(contract: dict[str, Any], period: tuple[date, date] | None) -> str:
    """A DEADLINE object in the table's words; dates that are just the map's period are left out."""
    parts = [_told_alone(contract, period)]
    parts += [f"+ {told(other, period)}" for other in contract["also"]]
    parts += [f"| {told(other, period)}" for other in contract["alternatives"]]
    return " ".join(parts)


def _told_alone(contract: dict[str, Any], period: tuple[date, date] | None) -> str:
    words = [] if contract["certain"] else ["?"]
    words.append(contract["kind"])
    start, end = contract["start"], contract["end"]
    whole = contract["kind"] in ("continuous", "recurring") and period == (_day(start), _day(end))
    if (start or end) and not whole:
        words.append(f"{start or ''}..{end or ''}")
    if contract["recurrence"]:
        words.append(contract["recurrence"])
    if contract["dates"]:
        words.append("dates " + ", ".join(contract["dates"]))
    return " ".join(words)


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
