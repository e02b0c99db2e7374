"""The task «read_map»: what stands in an uploaded file, after the commit that stored it.

The file is read in a child that may be killed, outside of any transaction; only the finished reading, or the sentence why
there is none, is stored, in a short one. The task may run any number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from workflow_core.guards import SYSTEM
from workflow_core.unit_of_work import ProcessEngine
from workflows.documents import files
from workflows.road_maps import queries
from workflows.road_maps.reader import bounded
from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.tables import MapFile, MapFileStatus

TASK = "read_map"
MOST_ROWS = 6_000
LONGEST_CELL = 4_000
"""What is kept of the file's own rows for the page beside the reading; the reading itself has everything."""


def task_handlers(clock: Callable[[], datetime]) -> dict[str, Callable[[ProcessEngine, str, str], None]]:
    """Handlers for `Catalogue.task_handlers`; `clock` gives the moment (aware, UTC) at which a task runs."""

    def read(engine: ProcessEngine, scope: str, file_id: str) -> None:
        read_map_file(engine, scope, file_id, now=clock())

    return {TASK: read}


def given_up(clock: Callable[[], datetime]) -> dict[str, Callable[[ProcessEngine, str, str, str], None]]:
    """Handlers for `Catalogue.task_given_up`."""

    def give_up(engine: ProcessEngine, scope: str, file_id: str, text: str) -> None:
        with engine.write(scope, SYSTEM, now=clock(), operation=TASK) as write:
            row = queries.map_file_or_none(write.session, scope, file_id)
            if row is not None and row.reading_status == MapFileStatus.WAITING:
                _refuse(row, text)

    return {TASK: give_up}


def read_map_file(engine: ProcessEngine, scope: str, file_id: str, *, now: datetime) -> None:
    """Read one file if it still waits for it."""
    with engine.read(scope, now=now) as read:
        row = queries.map_file_or_none(read.session, scope, file_id)
        if row is None or row.reading_status != MapFileStatus.WAITING:
            return
        content, years = files.get(read.session, row.sha256), school_year(row.answers)
    found: dict[str, Any] = {}
    refusal = ""
    try:
        found = bounded.call(f"{__name__}:plain_reading", content, {"school_year": years})
    except UnreadableFile as error:
        refusal = error.text
    with engine.write(scope, SYSTEM, now=now, operation=TASK) as write:
        row = queries.map_file_or_none(write.session, scope, file_id)
        # Somebody may have named another year meanwhile: then another job reads by that.
        if row is None or row.reading_status != MapFileStatus.WAITING or school_year(row.answers) != years:
            return
        if refusal:
            _refuse(row, refusal)
        else:
            row.reading_status, row.refusal = MapFileStatus.READ.value, ""
            row.format, row.reading, row.source = found["format"], found["reading"], found["source"]
            row.version += 1


def _refuse(row: MapFile, text: str) -> None:
    row.reading_status, row.refusal = MapFileStatus.REFUSED.value, text
    row.version += 1


def school_year(answers: Mapping[str, Any]) -> str | None:
    """«2026-2027»: the year that months without one are read by, where a person has named the map's period."""
    given = (answers.get("about") or {}).get("period")
    if not given:
        return None
    first = datetime.fromisoformat(given["start"])
    year = first.year if first.month >= 8 else first.year - 1
    return f"{year}-{year + 1}"


# -- in the child -----------------------------------------------------------------------------------------------------


def plain_reading(content: bytes, school_year: str | None = None) -> dict[str, Any]:
    """The reading of a file as plain data, with the place of each field, and the file as laid out cells.

    Raises UnreadableFile.
    """
    from workflows.road_maps.reader.file_kind import read_source
    from workflows.road_maps.reader.understanding import understand

    source = read_source(content)
    made = understand(source, school_year)
    reading = made.to_contract()
    for section, shape in zip(made.sections, reading["sections"], strict=True):
        for item, values in zip(section.items, shape["items"], strict=True):
            values["places"] = dict(item.places)
    return {"format": source.format, "reading": reading, "source": _laid_out(bounded.to_plain(source))}


def _laid_out(plain: dict[str, Any]) -> dict[str, Any]:
    """The source as far as a page shows it."""
    left = MOST_ROWS
    blocks: list[Any] = []
    for block in plain["blocks"]:
        if left <= 0:
            break
        if isinstance(block, list):
            blocks.append([block[0][:LONGEST_CELL], *block[1:]])
            left -= 1
            continue
        rows = [
            [[[cell[0][:LONGEST_CELL], *cell[1:]] for cell in cells], *rest] for cells, *rest in block["rows"][:left]
        ]
        left -= len(rows)
        blocks.append({**block, "rows": rows})
    return {"format": plain["format"], "blocks": blocks}
