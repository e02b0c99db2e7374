"""The history as files: a table for Excel and JSON Lines for programs, entry by entry, without loading it all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from web.views import queries
from web.views.queries import HistoryFilter
from web.views.story import StoryLine, story
from workflow_core import queries as core
from workflow_core.history import ENTRY_COLUMNS, HistoryEntry
from workflow_core.unit_of_work import Read

CHUNK = 500
FORMAT = "marshrut-history-1"
COLUMNS = ("Запись", "Дата события", "Внесено", "О ком или о чём", "Что", "Кто", "Обоснование", "Отметка", "Код записи")

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: object) -> str:
    """A cell that a spreadsheet shows as text: one that it would take for a formula gets an apostrophe in front."""
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text


def csv_rows(read: Read, wanted: HistoryFilter) -> Iterator[str]:
    """A table for Excel (UTF-8 with mark, semicolons), newest first."""
    yield "\ufeff" + _row(COLUMNS)
    for entries in _chunks(read, wanted):
        for entry, line in zip(entries, story(read, entries), strict=True):
            yield _row(_cells(entry, line))


def _cells(entry: HistoryEntry, line: StoryLine) -> tuple[object, ...]:
    return (
        entry.seq,
        line.happened_on.strftime("%d.%m.%Y"),
        entry.recorded_at,
        line.subject,
        line.sentence,
        line.who,
        line.ground,
        line.mark,
        entry.hash,
    )


def _row(cells: tuple[object, ...]) -> str:
    target = io.StringIO()
    csv.writer(target, delimiter=";", lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return target.getvalue()


def _chunks(read: Read, wanted: HistoryFilter) -> Iterator[list[HistoryEntry]]:
    before = 0
    while entries := queries.history_page(read.session, read.scope, wanted, before=before, limit=CHUNK):
        yield entries
        before = entries[-1].seq


def json_lines(read: Read, personal: bool) -> Iterator[str]:
    """The whole chain, oldest first: a line about the file, then a line an entry with the very text that was hashed.

    Details (names, grounds) only for a reader of personal data; the chain can be checked without them.
    """
    count, head_hash, recorded_at = core.read_head(read.session, read.scope) or (0, "", "")
    yield _json(
        {"format": FORMAT, "organisation": read.scope, "count": count, "head": head_hash, "recorded_at": recorded_at}
    )
    seq = 0
    while entries := core.entries_after(read.session, read.scope, seq, CHUNK):
        details = core.details_of(read.session, read.scope, [entry.seq for entry in entries]) if personal else {}
        for entry in entries:
            yield _json(_entry(entry, details.get(entry.seq)))
        seq = entries[-1].seq


def _entry(entry: HistoryEntry, details: tuple[str | None, str | None, str] | None) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(entry, name) for name in ENTRY_COLUMNS}
    values |= {"body": entry.body, "hash": entry.hash}
    if details is not None:
        salt, body, erased_at = details
        values |= {"salt": salt, "details": body, "erased_at": erased_at}
    return values


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


__all__ = ["COLUMNS", "FORMAT", "csv_rows", "json_lines", "safe_cell"]
