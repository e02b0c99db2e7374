"""What a reader gave beside what the file was made of."""

from __future__ import annotations

import re

from tests.road_maps.making.content import Content, invented, seeds, shipped
from workflows.road_maps.reader.source import Line, Source, Table

Grid = list[list[tuple[str, int, int, bool]]]
"""(text, column, columns, continues above) of the cells of each row."""


def maps() -> list[Content]:
    """The real maps where their texts are at hand, else the shipped ones; and an invented one."""
    return [*(list(seeds()) or shipped()), invented()]


def grid(source: Source, number: int = 0) -> Grid:
    """Cells of one of the tables."""
    tables = [block for block in source.blocks if isinstance(block, Table)]
    return [
        [(folded(cell.text), cell.column, cell.columns, cell.continues_above) for cell in row.cells]
        for row in tables[number].rows
    ]


def texts(source: Source, number: int = 0) -> list[list[str]]:
    """Texts of the cells of one of the tables."""
    return [[cell[0] for cell in row] for row in grid(source, number)]


def lines(source: Source) -> list[str]:
    """Texts outside of tables."""
    return [folded(block.text) for block in source.blocks if isinstance(block, Line)]


def made_of(content: Content) -> Grid:
    """The cells that a file of this content is to give."""
    return [[(folded(each[0]), *each[1:]) for each in row] for row in content.grid()]


def lines_of(content: Content) -> list[str]:
    """The lines that a file of this content is to give."""
    return [folded(line) for line in (*content.before, *content.after)]


def folded(text: str) -> str:
    """Blanks folded, lines kept."""
    return "\n".join(line for line in (re.sub("[ \xa0]+", " ", each).strip() for each in text.split("\n")) if line)
