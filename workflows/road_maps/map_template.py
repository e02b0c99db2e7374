"""Road maps as data: what a map file may say, read with every mistake named by line and column, as frozen values.

A map is a template, not a state machine: an organisation takes it into work (see `adoption`). What goes beyond the
reader's contract (how an item is accepted, what proves it, who repeats it) stands in the same file beside the item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workflow_core.exceptions import NotFound
from workflows.road_maps.deadlines import Deadline, Period, from_contract, to_contract
from workflows.road_maps.map_file import checked, read_map

MAPS = Path(__file__).parent / "maps"

PAPER_RESULTS = frozenset(
    {
        "order",
        "order_appendix_regulation",
        "order_appendix_roadmap",
        "pair_assignment_order",
        "plan_approval_order",
        "regulation",
        "roadmap",
        "personalised_programme",
        "individual_plan",
        "monitoring_report",
        "analytic_report",
        "fsn_statistics",
        "motivation_rules",
    }
)
"""Results that a signed paper accepts by itself: orders, regulations, plans, reports."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One thing that proves an item; several lines are fulfilled each on its own («2 из 3»).

    kind `document`: a paper of the kind `document` is in force. `fact`: everybody whom the fact `fact` counts has it,
    or at least `share` per cent of them. `count`: the number that `fact` gives is at least `at_least` and at most
    `at_most`. With `per_organisation` each organisation of the district proves it for itself.
    """

    title: str
    kind: str
    document: str | None = None
    fact: str | None = None
    share: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    per_organisation: bool = False


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who answers for an item: the printed words and the codes of the roles. Shipped maps name no persons."""

    text: str
    roles: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapItem:
    """One item («пункт плана»); an empty cell of the source is None or an empty tuple."""

    key: str
    """Stable name within the map: the number where numbers are unique, else «section/position», both from 1."""
    number: str | None
    text: str
    short_title: str
    """What a narrow table shows; the whole text where the map gives nothing shorter."""
    subpoints: tuple[str, ...] = ()
    parent: str | None = None
    documents: tuple[str, ...] = ()
    deadline: Deadline | None = None
    responsible: Responsible | None = None
    result: str | None = None
    indicator: str | None = None
    as_printed: Mapping[str, str | None] = field(default_factory=dict)
    """Field -> what the source prints there, None for an empty cell; only fields that were mended or inherited."""
    acceptance: str = "none"
    """paper | head | district | none: who or what says that the item is done."""
    evidence: tuple[EvidenceLine, ...] = ()
    by_organisation: bool = False
    """Whether each organisation of the district does this item for itself."""

    @property
    def occurs_by_date(self) -> bool:
        """Whether the item falls due more than once: by term, by year, or on listed dates."""
        return self.deadline is not None and self.deadline.repeats


@dataclass(frozen=True, slots=True)
class MapSection:
    """One section («раздел», «этап») with its items in order."""

    number: str | None
    title: str
    short_title: str
    lead_in: str | None
    items: tuple[MapItem, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """Stamp «Утверждаю» of the source: post and date, never the name."""

    position: str | None
    on: date | None


@dataclass(frozen=True, slots=True)
class MapWarning:
    """Something in the source that a person should look at."""

    place: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class MapTemplate:
    """A whole road map that can be taken into work."""

    code: str
    title: str
    level: str
    source: str
    organisation: str | None
    approved_by: Approval | None
    period: Period | None
    words: Mapping[str, str]
    """Words of the map: `section` is «раздел» or «этап»."""
    columns: tuple[str, ...]
    goals: tuple[str, ...]
    sections: tuple[MapSection, ...]
    warnings: tuple[MapWarning, ...] = ()

    @property
    def items(self) -> tuple[MapItem, ...]:
        """All items of all sections in printed order."""
        return tuple(item for section in self.sections for item in section.items)

    def item(self, key: str) -> MapItem:
        """The item under `key`. Raises `NotFound`."""
        for item in self.items:
            if item.key == key:
                return item
        raise NotFound("пункт дорожной карты", key, (item.key for item in self.items))

    def children(self, item: MapItem) -> tuple[MapItem, ...]:
        """Sub-items of a heading item such as 6.5; empty for every other item."""
        for section in self.sections:
            if item in section.items and item.number is not None:
                return tuple(other for other in section.items if other.parent == item.number)
        return ()


def load(path: Path) -> MapTemplate:
    """The map in the YAML file `path`. Raises `InvalidDefinition` with every mistake by file, line and column."""
    return load_text(path.read_text(encoding="utf-8"), path.name)


# Parsing takes a third of a second, and a page that offers maps needs those of the plugins too, every time.
@lru_cache(maxsize=64)
def load_text(text: str, file: str) -> MapTemplate:
    """The map in YAML (or JSON) `text`; `file` is the name that mistakes are reported under."""
    return _template(read_map(text, file))


def from_body(body: Mapping[str, Any], name: str) -> MapTemplate:
    """The map in the body of an own map; `name` is the name that mistakes are reported under. Raises `InvalidDefinition`."""
    return _template(checked(body, name))


@cache
def shipped_maps() -> Mapping[str, MapTemplate]:
    """Code -> map for the maps that come with the product, by code."""
    maps = [load(path) for path in sorted(MAPS.glob("*.yaml"))]
    return MappingProxyType({template.code: template for template in maps})


def shipped_map(code: str) -> MapTemplate:
    """The shipped map `code`. Raises `NotFound` naming the known ones."""
    maps = shipped_maps()
    if code not in maps:
        raise NotFound("дорожная карта", code, maps)
    return maps[code]


def as_contract(template: MapTemplate) -> dict[str, Any]:
    """The map in the shape of the reader's contract, ready for JSON; what goes beyond the contract is left out."""
    period, approval = template.period, template.approved_by
    return {
        "title": template.title,
        "organisation": template.organisation,
        "approved_by": approval
        and {"name": None, "position": approval.position, "date": approval.on and approval.on.isoformat()},
        "period": period and {"text": period.text, "start": period.start.isoformat(), "end": period.end.isoformat()},
        "level": template.level,
        "columns": list(template.columns),
        "goals": list(template.goals),
        "sections": [
            {
                "number": section.number,
                "title": section.title,
                "lead_in": section.lead_in,
                "items": [item_as_contract(item) for item in section.items],
            }
            for section in template.sections
        ],
        "warnings": [
            {"place": warning.place, "code": warning.code, "message": warning.message} for warning in template.warnings
        ],
    }


def item_as_contract(item: MapItem) -> dict[str, Any]:
    """The ITEM object of the contract; `as_printed` appears only where something was mended or inherited."""
    responsible = item.responsible
    shape: dict[str, Any] = {
        "number": item.number,
        "text": item.text,
        "subpoints": list(item.subpoints),
        "parent": item.parent,
        "documents": list(item.documents),
        "deadline": to_contract(item.deadline) if item.deadline else None,
        "responsible": responsible
        and {"text": responsible.text, "roles": list(responsible.roles), "persons": list(responsible.persons)},
        "result": {"text": item.result} if item.result else None,
        "indicator": {"text": item.indicator} if item.indicator else None,
    }
    if item.as_printed:
        shape["as_printed"] = dict(item.as_printed)
    return shape


# From checked plain data to values


def _template(data: Mapping[str, Any]) -> MapTemplate:
    numbers = [item.get("number") for section in data["sections"] for item in section["items"]]
    numbered = None not in numbers and len(set(numbers)) == len(numbers)
    period, approval = data.get("period"), data.get("approved_by")
    return MapTemplate(
        code=data["code"],
        title=data["title"],
        level=data["level"],
        source=data["source"],
        organisation=data.get("organisation"),
        approved_by=Approval(approval.get("position"), approval.get("date")) if approval else None,
        period=Period(period["text"], period["start"], period["end"]) if period else None,
        words=dict(data["words"]),
        columns=tuple(data["columns"]),
        goals=tuple(data.get("goals") or ()),
        sections=tuple(_section(section, place, numbered) for place, section in enumerate(data["sections"], start=1)),
        warnings=tuple(MapWarning(**warning) for warning in data.get("warnings") or ()),
    )


def _section(data: Mapping[str, Any], place: int, numbered: bool) -> MapSection:
    return MapSection(
        number=data.get("number"),
        title=data["title"],
        short_title=data.get("short_title") or data["title"],
        lead_in=data.get("lead_in"),
        items=tuple(_items(data["items"], place, numbered)),
    )


def _items(items: list[Mapping[str, Any]], place: int, numbered: bool) -> Iterator[MapItem]:
    for position, data in enumerate(items, start=1):
        documents = tuple(data.get("documents") or ())
        responsible, deadline = data.get("responsible"), data.get("deadline")
        yield MapItem(
            key=data["number"] if numbered else f"{place}/{position}",
            number=data.get("number"),
            text=data["text"],
            short_title=data.get("short_title") or data["text"],
            subpoints=tuple(data.get("subpoints") or ()),
            parent=data.get("parent"),
            documents=documents,
            deadline=from_contract(deadline) if deadline else None,
            responsible=Responsible(responsible["text"], tuple(responsible["roles"])) if responsible else None,
            result=data.get("result"),
            indicator=data.get("indicator"),
            as_printed=dict(data.get("as_printed") or {}),
            acceptance=data.get("acceptance") or default_acceptance(documents),
            evidence=tuple(EvidenceLine(**line) for line in data.get("evidence") or ()),
            by_organisation=data.get("by_organisation", False),
        )


def default_acceptance(documents: tuple[str, ...]) -> str:
    """`paper` where the result is an order, regulation, plan or report, else `none`; a map may say otherwise."""
    return "paper" if PAPER_RESULTS.intersection(documents) else "none"
