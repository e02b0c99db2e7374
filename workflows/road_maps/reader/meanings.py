"""The seam to what a single cell means: its deadline, who answers, which papers it names."""

from __future__ import annotations

from workflows.road_maps.deadlines import Deadline, Period
from workflows.road_maps.map_template import Responsible
from workflows.road_maps.reader.deadline_phrases import deadline_reading
from workflows.road_maps.reader.documents import documents_in
from workflows.road_maps.reader.responsible import read_responsible
from workflows.road_maps.reader.vocabulary import Vocabulary


def deadline_of(text: str, period: Period | str | None) -> tuple[Deadline, list[tuple[str, str]]]:
    """The deadline of a cell, and (code, message) of what is doubtful about it."""
    found = deadline_reading(text, period)
    return found.deadline, [(warning.code, warning.message) for warning in found.warnings]


def responsible_of(text: str, words: Vocabulary) -> Responsible:
    """Roles and persons of a cell."""
    return read_responsible(text, words)


def documents_of(text: str, result: str, words: Vocabulary) -> tuple[str, ...]:
    """Kinds of papers that an item's text and result name."""
    return tuple(documents_in(text, result, words))
