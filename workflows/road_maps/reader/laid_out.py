"""A file's reading beside the file itself, as plain data: what a page lays side by side. Runs in the child that reads files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.road_maps.reader import bounded
from workflows.road_maps.reader.file_kind import read_source
from workflows.road_maps.reader.understanding import understand
from workflows.road_maps.reader.vocabulary import vocabulary_of

MOST_ROWS = 6_000
LONGEST_CELL = 4_000
"""What is kept of the file's own rows for the page; the reading itself has everything."""


def plain_reading(content: bytes, school_year: str | None = None, words: Sequence[str] = ()) -> dict[str, Any]:
    """{"format", "reading": the contract's object with the places of each item's fields, "source": the rows of the file}.

    `words`: files in which plugins name roles and documents. Raises UnreadableFile.
    """
    source = read_source(content)
    made = understand(source, school_year, vocabulary_of([Path(path) for path in words]))
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
