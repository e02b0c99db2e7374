"""The history as files for the browser: what a filter leaves as a table for Excel, the whole chain as JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from web import history_export
from web.views import queries
from web.views.queries import HistoryFilter
from web.views.story import StoryLine, story
from workflow_core.history import HistoryEntry
from workflow_core.unit_of_work import Read

CHUNK = 500
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
    """The whole chain, as `marshrut history export` writes it; without the details (names, grounds) for a reader who may
    not see personal data: the chain can be checked all the same.
    """
    for line in history_export.json_lines(read):
        if personal:
            yield line
            continue
        values = json.loads(line)
        values.pop("details", None)
        yield json.dumps(values, ensure_ascii=False) + "\n"


__all__ = ["COLUMNS", "csv_rows", "json_lines", "safe_cell"]
