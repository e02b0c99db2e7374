"""What was understood of a file: a road map in the shape of the reader's contract, with all that a person has to look at.

Texts have their white space folded; an empty cell is None. Places are those of the source («строка 12», «таблица 1,
строка 3, столбец 2»), so that a page can lay the source beside the reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workflows.road_maps.deadlines import Deadline, Period, to_contract
from workflows.road_maps.map_template import Responsible


@dataclass(frozen=True, slots=True)
class Approval:
    """A stamp («УТВЕРЖДАЮ», «СОГЛАСОВАНО»): who, on which post, when; what the stamp does not say is None."""

    name: str | None
    position: str | None
    on: date | None
    ground: str | None = None
    """«Приказ № 145 от 01.09.2025», «протокол № 1», where the stamp names one."""

    def to_contract(self) -> dict[str, Any]:
        """{"name", "position", "date"}, with `ground` where there is one."""
        shape = {"name": self.name, "position": self.position, "date": self.on and self.on.isoformat()}
        return shape | {"ground": self.ground} if self.ground else shape


@dataclass(frozen=True, slots=True)
class ReadingWarning:
    """Something that a person should look at: what was corrected, inherited or doubtful."""

    place: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Leftover:
    """A line or cell that is in no field. `why` is empty where it was not understood, else a code: a repeated header,
    column numbers, a page number, markup."""

    place: str
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReadItem:
    """One item of the plan. `places` says for each field (`text`, `deadline` …) where it stands in the source."""

    number: str | None
    text: str
    place: str
    subpoints: tuple[str, ...] = ()
    parent: str | None = None
    documents: tuple[str, ...] = ()
    deadline: Deadline | None = None
    responsible: Responsible | None = None
    result: str | None = None
    indicator: str | None = None
    as_printed: Mapping[str, str | None] = field(default_factory=dict)
    """Field -> what the source prints there, None for an empty cell; only fields that were corrected or inherited."""
    notes: tuple[tuple[str, str], ...] = ()
    """(heading, text) of columns for which the contract has no field: «Примечание», «Отметка о выполнении»."""
    places: Mapping[str, str] = field(default_factory=dict)

    def to_contract(self) -> dict[str, Any]:
        """The ITEM object, with `place`, and `notes` where there are any."""
        who = self.responsible
        shape: dict[str, Any] = {
            "number": self.number,
            "text": self.text,
            "subpoints": list(self.subpoints),
            "parent": self.parent,
            "documents": list(self.documents),
            "deadline": to_contract(self.deadline) if self.deadline else None,
            "responsible": who and {"text": who.text, "roles": list(who.roles), "persons": list(who.persons)},
            "result": {"text": self.result} if self.result else None,
            "indicator": {"text": self.indicator} if self.indicator else None,
            "place": self.place,
        }
        if self.as_printed:
            shape["as_printed"] = dict(self.as_printed)
        if self.notes:
            shape["notes"] = [{"column": column, "text": text} for column, text in self.notes]
        return shape


@dataclass(frozen=True, slots=True)
class ReadSection:
    """One section or stage with its items in order; a plan without sections has one with an empty title."""

    number: str | None
    title: str
    place: str
    lead_in: str | None = None
    items: tuple[ReadItem, ...] = ()

    def to_contract(self) -> dict[str, Any]:
        """{"number", "title", "lead_in", "items"} and the place."""
        return {
            "number": self.number,
            "title": self.title,
            "lead_in": self.lead_in,
            "items": [item.to_contract() for item in self.items],
            "place": self.place,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file as understood."""

    title: str
    organisation: str | None
    approved_by: Approval | None
    period: Period | None
    level: str
    columns: tuple[str, ...]
    goals: tuple[str, ...]
    sections: tuple[ReadSection, ...]
    warnings: tuple[ReadingWarning, ...] = ()
    agreed_by: tuple[Approval, ...] = ()
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    unrecognised: tuple[Leftover, ...] = ()
    """What the page shows as «не распознано»."""
    set_aside: tuple[Leftover, ...] = ()
    """What was understood and belongs nowhere: repeated headers, page numbers, markup."""

    @property
    def items(self) -> tuple[ReadItem, ...]:
        """All items of all sections in printed order."""
        return tuple(item for section in self.sections for item in section.items)

    def to_contract(self) -> dict[str, Any]:
        """The JSON object of `marshrut road-map read`; keys beyond the contract come last."""
        period = self.period
        return {
            "title": self.title,
            "organisation": self.organisation,
            "approved_by": self.approved_by and self.approved_by.to_contract(),
            "period": period
            and {"text": period.text, "start": period.start.isoformat(), "end": period.end.isoformat()},
            "level": self.level,
            "columns": list(self.columns),
            "goals": list(self.goals),
            "sections": [section.to_contract() for section in self.sections],
            "warnings": [
                {"place": warning.place, "code": warning.code, "message": warning.message} for warning in self.warnings
            ],
            "agreed_by": [approval.to_contract() for approval in self.agreed_by],
            "abbreviations": dict(self.abbreviations),
            "unrecognised": [{"place": left.place, "text": left.text} for left in self.unrecognised],
            "set_aside": [{"place": left.place, "text": left.text, "why": left.why} for left in self.set_aside],
        }
