"""The map for the new year: what is offered for each open item of the old one. Pure; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from workflows.road_maps.adoption import AdoptionPlan

CARRY_OVER, DROP, NEW_DATE, NO_NEED = "carry_over", "drop", "new_date", "no_need"

EVENTS: Mapping[str, str] = MappingProxyType(
    {CARRY_OVER: "carry_over", DROP: "drop", NEW_DATE: "reschedule", NO_NEED: "no_need"}
)
"""The step that each answer comes to."""
OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "planned": (CARRY_OVER, DROP, NEW_DATE, NO_NEED),
        "in_progress": (CARRY_OVER, DROP, NEW_DATE),
        "reported": (NEW_DATE,),
    }
)
"""Answers that each state leaves open; states that are not here need none."""
OPTION_TITLES: Mapping[str, str] = MappingProxyType(
    {CARRY_OVER: "Перенести", DROP: "Снять", NEW_DATE: "Новый срок", NO_NEED: "Не потребовалось"}
)
USUAL_GROUNDS: Mapping[str, str] = MappingProxyType(
    {
        CARRY_OVER: "Продолжается в следующем периоде",
        DROP: "Не переходит в следующий период",
        NO_NEED: "За период такой случай не возник",
    }
)
"""The ground that is written where nobody gives another; a new date has to be explained."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An item of the old map, as far as the offer needs it."""

    activity_id: str
    key: str
    number: str
    text: str
    state: str
    due_on: date | None
    on_demand: bool = False


@dataclass(frozen=True, slots=True)
class CopyOffer:
    """What is asked about one open item."""

    item: OpenItem
    options: tuple[str, ...]
    suggestion: str
    next_key: str
    """Item of the next map that goes on with it; empty: a new one would be added."""


@dataclass(frozen=True, slots=True)
class CopyDecision:
    """The answer about one open item."""

    activity_id: str
    action: str
    """carry_over | drop | new_date | no_need."""
    next_key: str = ""
    due_on: date | None = None
    """New date: of the old item (new_date, needed) or of the one that goes on with it (carry_over)."""
    ground: str = ""


def offer_copy(items: Iterable[OpenItem], plan: AdoptionPlan) -> tuple[CopyOffer, ...]:
    """One offer for each item that is still open, in the order given."""
    by_text = {_folded(one.item.text): one.item.key for one in plan.items}
    keys = {one.item.key for one in plan.items}
    offers = []
    for item in items:
        options = OPTIONS.get(item.state)
        if options:
            next_key = by_text.get(_folded(item.text)) or (item.key if item.key in keys and item.number else "")
            suggestion = NO_NEED if item.on_demand and NO_NEED in options else options[0]
            offers.append(CopyOffer(item, options, suggestion, next_key))
    return tuple(offers)


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
