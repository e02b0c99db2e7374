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
READING = "workflows.road_maps.reader.laid_out:plain_reading"
"""What the child does; a module of its own, so that the child need not load the engine."""


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
        words = [str(path) for path in engine.catalogue.road_map_words]
        found = bounded.call(READING, content, {"school_year": years, "words": words})
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
