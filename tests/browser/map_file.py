"""Word files with a road map for browsers: the shipped school map in the year of the tests, with one slip in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

from tests.browser.server import Server
from tests.conftest import NOW
from tests.road_maps.making.content import shipped
from tests.road_maps.making.docx_file import docx
from workflow_core.guards import Actor
from workflow_core.unit_of_work import Write
from workflows.road_maps import map_files
from workflows.road_maps.reading_task import read_map_file

TITLE = "Дорожная карта наставничества на 2026-2027 учебный год"
SLIP = "До мая 2025"
"""A year that is over in a plan for 2026/27."""
SLIPPED, DATED = "5.1", "6.1"
"""The item that has the slip, and the one that a new edition gives another date."""


def school_map(**dates: str) -> bytes:
    """The school's map as .docx; `dates` («_6_1») puts another deadline at an item."""
    content = next(one for one in shipped() if one.name.endswith("school9_2020"))
    wanted = {SLIPPED: SLIP, **{name.strip("_").replace("_", "."): text for name, text in dates.items()}}
    rows = tuple(_row(row, wanted) for row in content.rows)
    before = (*content.before[:-2], TITLE)
    return docx(replace(content, before=before, rows=rows))


def _row(row: Any, wanted: dict[str, str]) -> Any:
    cells = [cell.replace("2020", "2026").replace("2021", "2027") if isinstance(cell, str) else cell for cell in row]
    if cells[0] in wanted:
        cells[2] = wanted[cells[0]]
    return tuple(cells)


def add_read_file(server: Server, scope: str, account_id: str) -> None:
    """A file that was uploaded and read, for tests that look at all pages."""
    engine, actor = server.installation.engine, Actor(account_id, "Морозова Е. В.", frozenset({"curator"}))

    def upload(write: Write) -> str:
        return map_files.upload(write, "Карта_2026.docx", school_map()).id

    with engine.write(scope, actor, now=NOW) as write:
        file_id = upload(write)
    read_map_file(engine, scope, file_id, now=NOW)


def due_days(server: Server) -> dict[str, str | None]:
    """Item -> last day in time, of all items of the school's maps."""
    with closing(sqlite3.connect(server.path)) as connection:
        return dict(connection.execute("SELECT number, due_on FROM activity"))
