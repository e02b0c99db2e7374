"""«Состояние на дату»: where each pair stood on a day, as it was and as it was known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from web.formatting import russian_date, school_year_of
from web.views.subjects import subjects
from workflow_core.as_of import Sense, all_as_of
from workflow_core.definition import WorkflowDefinition
from workflow_core.unit_of_work import UnitOfWork

PAGE = 50
PAIR = "pair"
SENSES: Mapping[Sense, str] = {
    Sense.HAPPENED: "как было на самом деле",
    Sense.KNOWN: "как было известно в этот день",
}
EXPLAINED: Mapping[Sense, str] = {
    Sense.HAPPENED: "По датам событий, с исправлениями и тем, что внесли позже.",
    Sense.KNOWN: "Как показала бы программа вечером этого дня: внесённое позже не учтено.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One subject on the day."""

    id: str
    label: str
    url: str
    state: str
    title: str
    """«Работает», in the words of the rules of that day."""
    colour: str
    since: date
    since_words: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list; `next_after` is the id to ask for the next one with, empty on the last."""

    lines: tuple[Line, ...]
    next_after: str = ""


def as_of_page(
    read: UnitOfWork, day: date, sense: Sense, *, subject_kind: str = PAIR, after: str = "", limit: int = PAGE
) -> Page:
    """Subjects that had begun by the day, in the order in which they were entered."""
    found = list(islice(all_as_of(read, subject_kind, day, sense, after=after, limit=limit + 1), limit + 1))
    shown = found[:limit]
    named = subjects(read, [(subject_kind, subject_id) for subject_id, _at in shown])
    year = school_year_of(read.today)
    lines = []
    for subject_id, standing in shown:
        subject = named.get((subject_kind, subject_id))
        definition, since = read.definition(standing.definition_hash), date.fromisoformat(standing.since)
        lines.append(
            Line(
                subject_id,
                (subject.label if subject else "") or subject_id,
                subject.url if subject else "",
                standing.state,
                definition.state_title(standing.state),
                _colour(definition, standing.state),
                since,
                russian_date(since, year),
            )
        )
    return Page(tuple(lines), shown[-1][0] if len(found) > limit else "")


def _colour(definition: WorkflowDefinition, state: str) -> str:
    """Grey for what has ended."""
    return "plain" if state in definition.final_states else "blue"


def sense_named(text: str) -> Sense:
    """The sense of an address; what is not understood asks what was in fact."""
    return Sense.KNOWN if text == Sense.KNOWN else Sense.HAPPENED
