"""The history as a file: JSON Lines for programs and for checking it elsewhere, CSV for people with a spreadsheet.

Lines come in pages, so that a history of any length is written without being held in memory.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from web.views.story import story
from workflow_core import queries
from workflow_core.history import ALL_COLUMNS, GENESIS, HistoryEntry
from workflow_core.plugin_manager import Catalogue
from workflow_core.unit_of_work import UnitOfWork

PAGE = 500
"""Entries read at once."""
CSV_HEADER = (
    "№",
    "Дата события",
    "Внесено (UTC)",
    "Кто",
    "Роль",
    "О ком, о чём",
    "Что",
    "Обоснование",
    "Пометка",
    "Контрольный код",
)


def json_lines(read: UnitOfWork) -> Iterator[str]:
    """One JSON object a line: every entry with all columns, its canonical `body` and `hash` and its details with the salt
    (null where there are none or they were erased), oldest first; the last line is the head: {"head": {scope_id, count, hash}}.
    """
    for entries in _pages(read):
        details = queries.details_of(read.session, read.scope, [entry.seq for entry in entries])
        for entry in entries:
            yield _json({**{name: getattr(entry, name) for name in ALL_COLUMNS}, **_details(details.get(entry.seq))})
    count, head, _recorded_at = queries.read_head(read.session, read.scope) or (0, GENESIS, "")
    yield _json({"head": {"scope_id": read.scope, "count": count, "hash": head}})


def _details(found: tuple[str | None, str | None, str] | None) -> dict[str, Any]:
    salt, body, erased_at = found or (None, None, "")
    return {"details": {"salt": salt, "body": body} if body else None, "details_erased_at": erased_at}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def csv_lines(read: UnitOfWork) -> Iterator[str]:
    """Rows for a spreadsheet (semicolons, byte order mark), oldest first, told as the pages tell them."""
    yield "\ufeff" + _row(CSV_HEADER)
    roles = _role_titles(read.catalogue)
    for entries in _pages(read):
        for entry, line in zip(entries, story(read, entries), strict=True):
            yield _row(
                (
                    line.seq,
                    line.happened_on.isoformat(),
                    entry.recorded_at[:19].replace("T", " "),
                    line.who,
                    roles.get(entry.actor_role, entry.actor_role),
                    line.subject,
                    line.sentence,
                    line.ground,
                    line.mark,
                    entry.hash,
                )
            )


def _role_titles(catalogue: Catalogue) -> dict[str, str]:
    return {code: role.title for code, role in catalogue.roles.items()}


def _row(cells: tuple[object, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerow([_harmless(str(cell)) for cell in cells])
    return written.getvalue()


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: names and grounds are typed by people."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _pages(read: UnitOfWork) -> Iterator[list[HistoryEntry]]:
    seq = 0
    while page := queries.entries_after(read.session, read.scope, seq, PAGE):
        yield page
        seq = page[-1].seq
