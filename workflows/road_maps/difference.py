"""What a new edition of a map says otherwise than the map at hand, and the map with some of that taken over. Pure.

Compared is what the paper prints: numbers, texts, deadlines, responsible, results, indicators, sections, title, period. How
an item is accepted and what proves it stays with the item. A line that only has another number or section is «moved»,
never dropped and new again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from workflows.road_maps.deadlines import Deadline
from workflows.road_maps.map_template import MapItem, MapSection, MapTemplate
from workflows.road_maps.matching import Line, match


class Kind(StrEnum):
    """What is otherwise; one item may differ in several ways, and each can be taken over without the others."""

    HEADING = "heading"
    """Title, period or goals of the map."""
    SECTION = "section"
    """Number, title, words before the items, or place of a section."""
    NEW = "new"
    DROPPED = "dropped"
    REDATED = "redated"
    REWORDED = "reworded"
    """Text and sub-points, or other words for the same deadline."""
    REASSIGNED = "reassigned"
    RESULT = "result"
    """Result or indicator."""
    MOVED = "moved"
    """Another number, section or place among its neighbours."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise. `old` and `new` count items (sections, for a section) of either map from zero."""

    kind: Kind
    old: int | None
    new: int | None
    before: MapItem | MapSection | None = None
    after: MapItem | MapSection | None = None

    @property
    def id(self) -> str:
        """Its name within the difference: «redated-o3»."""
        return (
            f"{self.kind}-{f'o{self.old}' if self.old is not None else f'n{self.new}' if self.new is not None else ''}"
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """All that is otherwise, in the order of the kinds and then of the lines."""

    old: MapTemplate
    new: MapTemplate
    items: Mapping[int, int]
    """Item of the old map -> item of the new one, both counted from zero over the whole map."""
    sections: Mapping[int, int]
    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both maps print the same."""
        return not self.changes

    @property
    def ids(self) -> frozenset[str]:
        """Names of all changes."""
        return frozenset(change.id for change in self.changes)

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.changes if change.kind is kind)


@dataclass(frozen=True, slots=True)
class MergedItem:
    """An item of the map that comes out; `leaves` where taking the change over takes it out of the map."""

    old: int | None
    new: int | None
    item: MapItem
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class MergedSection:
    """A section that comes out; `section.items` are not those of the merged map, `items` are."""

    old: int | None
    new: int | None
    section: MapSection
    items: tuple[MergedItem, ...]


def difference(old: MapTemplate, new: MapTemplate) -> Difference:
    """What `new` says otherwise than `old`."""
    return _Comparison(old, new).difference()


def merged(found: Difference, chosen: Collection[str]) -> tuple[MergedSection, ...]:
    """The sections and items that come out when the changes named in `chosen` are taken over, and no others."""
    return _Merge(found, chosen).sections()


def applied(found: Difference, chosen: Collection[str] | None = None) -> MapTemplate:
    """The old map with the chosen changes taken over; with all of them (None) it prints what the new one prints."""
    wanted = found.ids if chosen is None else chosen
    sections = []
    for one in merged(found, wanted):
        items = tuple(each.item for each in one.items if not each.leaves)
        if items:
            sections.append(replace(one.section, items=items))
    result = replace(found.old, sections=tuple(sections))
    if Change(Kind.HEADING, None, None).id in wanted:
        result = replace(result, title=found.new.title, period=found.new.period, goals=found.new.goals)
    return result


def printed(template: MapTemplate) -> Any:
    """What two maps are compared by: equal values for maps that print the same."""
    return (
        (same_title(template.title), template.period, template.goals),
        tuple(
            (section.number, section.title, section.lead_in, tuple(_printed_item(item) for item in section.items))
            for section in template.sections
            if section.items
        ),
    )


def same_title(title: str) -> str:
    """The title without the words that are printed over one that lacks them."""
    return re.sub(r"^\W*дорожная карта[\s.:]*(?=\S)", "", " ".join(title.split()), flags=re.IGNORECASE)


def _printed_item(item: MapItem) -> Any:
    return (item.number, item.parent, *_words(item), _who(item), item.result, item.indicator, _meant(item.deadline))


def _words(item: MapItem) -> Any:
    return (item.text, item.subpoints, item.deadline.text if item.deadline else None)


def _who(item: MapItem) -> str | None:
    return item.responsible.text if item.responsible else None


def _meant(deadline: Deadline | None) -> Any:
    """The days that a deadline means, without the words and the doubts of whoever read it."""
    if deadline is None:
        return None
    also = tuple(_meant(other) for other in deadline.also)
    return (deadline.kind, deadline.start, deadline.end, deadline.recurrence, deadline.dates, also)


# -- comparing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _At:
    """An item and where it stands."""

    section: int
    item: MapItem


def _laid_out(template: MapTemplate) -> list[_At]:
    return [_At(place, item) for place, section in enumerate(template.sections) for item in section.items]


class _Comparison:
    def __init__(self, old: MapTemplate, new: MapTemplate) -> None:
        self.old, self.new = old, new
        self.old_items, self.new_items = _laid_out(old), _laid_out(new)
        self.sections = _match_sections(old, new)
        # A section of the new map is called as the old one that it has become, else by a number of its own.
        names = {after: before for before, after in self.sections.items()}
        self.items = match(
            [_line(one, one.section) for one in self.old_items],
            [_line(one, names.get(one.section, len(old.sections) + one.section)) for one in self.new_items],
        )
        self._sections_by_items()

    def _sections_by_items(self) -> None:
        """A section with quite another title is the same one if most of its items have come along."""
        free = set(range(len(self.new.sections))) - set(self.sections.values())
        together = Counter(
            (self.old_items[before].section, self.new_items[after].section) for before, after in self.items.items()
        )
        for (before, after), count in sorted(together.items(), key=lambda one: (-one[1], one[0])):
            most = count * 2 > len(self.old.sections[before].items)
            if before not in self.sections and after in free and most:
                self.sections[before] = after
                free.discard(after)

    def difference(self) -> Difference:
        changes = [*self._heading(), *self._of_sections(), *self._of_items()]
        order = list(Kind)
        changes.sort(key=lambda one: order.index(one.kind))
        return Difference(self.old, self.new, dict(self.items), dict(self.sections), tuple(changes))

    def _heading(self) -> Iterator[Change]:
        if printed(self.old)[0] != printed(self.new)[0]:
            yield Change(Kind.HEADING, None, None)

    def _of_sections(self) -> Iterator[Change]:
        kept = _in_order([(before, self.sections[before]) for before in sorted(self.sections)])
        for before, after in sorted(self.sections.items()):
            old, new = self.old.sections[before], self.new.sections[after]
            same = (old.number, old.title, old.lead_in) == (new.number, new.title, new.lead_in)
            if not same or before not in kept:
                yield Change(Kind.SECTION, before, after, old, new)

    def _of_items(self) -> Iterator[Change]:
        kept = self._at_their_places()
        for before, old in enumerate(self.old_items):
            after = self.items.get(before)
            if after is None:
                yield Change(Kind.DROPPED, before, None, before=old.item)
                continue
            new = self.new_items[after]
            for kind in _kinds(old.item, new.item):
                yield Change(kind, before, after, old.item, new.item)
            renumbered = (old.item.number, old.item.parent) != (new.item.number, new.item.parent)
            if renumbered or before not in kept:
                yield Change(Kind.MOVED, before, after, old.item, new.item)
        found = set(self.items.values())
        for after, new in enumerate(self.new_items):
            if after not in found:
                yield Change(Kind.NEW, None, after, after=new.item)

    def _at_their_places(self) -> set[int]:
        """Items of the old map that stand in the same section, in the same order among their neighbours."""
        inside: dict[int, list[tuple[int, int]]] = {}
        for before, after in sorted(self.items.items()):
            section = self.old_items[before].section
            if self.sections.get(section) == self.new_items[after].section:
                inside.setdefault(section, []).append((before, after))
        return {before for pairs in inside.values() for before in _in_order(pairs)}


def _line(one: _At, section: int) -> Line:
    return Line(one.item.text, one.item.number or "", section)


def _match_sections(old: MapTemplate, new: MapTemplate) -> dict[int, int]:
    def lines(template: MapTemplate) -> list[Line]:
        return [Line(section.title, section.number or "") for section in template.sections]

    return match(lines(old), lines(new))


def _kinds(old: MapItem, new: MapItem) -> Iterator[Kind]:
    redated = _meant(old.deadline) != _meant(new.deadline)
    if redated:
        yield Kind.REDATED
    words, other_words = _words(old), _words(new)
    if words[:2] != other_words[:2] or (not redated and words != other_words):
        yield Kind.REWORDED
    if _who(old) != _who(new):
        yield Kind.REASSIGNED
    if (old.result, old.indicator) != (new.result, new.indicator):
        yield Kind.RESULT


def _in_order(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """Of (old, new) pairs in the order of the old ones, as many old ones as keep their order in the new."""
    ends: list[int] = []
    last: list[int] = []
    back: list[int] = []
    for at, (_before, after) in enumerate(pairs):
        length = bisect_left(ends, after)
        back.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(after)
            last.append(at)
        else:
            ends[length], last[length] = after, at
    kept, at = set(), last[-1] if last else -1
    while at >= 0:
        kept.add(pairs[at][0])
        at = back[at]
    return kept


# -- taking over ------------------------------------------------------------------------------------------------------


class _Merge:
    """Lines that stay keep their old order; what moves or is new goes behind the line it follows in the new map."""

    def __init__(self, found: Difference, chosen: Collection[str]) -> None:
        self.found = found
        self.old_items, self.new_items = _laid_out(found.old), _laid_out(found.new)
        self.new_to_old = {after: before for before, after in found.items.items()}
        self.section_to_old = {after: before for before, after in found.sections.items()}
        wanted = [change for change in found.changes if change.id in chosen]
        self.kinds: dict[int, set[Kind]] = {}
        self.taken_new: set[int] = set()
        self.taken_sections: set[int] = set()
        for change in wanted:
            if change.kind is Kind.SECTION and change.old is not None:
                self.taken_sections.add(change.old)
            elif change.kind is Kind.NEW and change.new is not None:
                self.taken_new.add(change.new)
            elif change.old is not None:
                self.kinds.setdefault(change.old, set()).add(change.kind)

    def sections(self) -> tuple[MergedSection, ...]:
        inside = self._items_by_section()
        return tuple(
            MergedSection(before, after, self._section(before, after), tuple(inside.get((before, after), ())))
            for before, after in self._order_of_sections()
            if inside.get((before, after)) or before is not None
        )

    def _section(self, before: int | None, after: int | None) -> MapSection:
        if before is None:
            assert after is not None
            return self.found.new.sections[after]
        old = self.found.old.sections[before]
        if before not in self.taken_sections or after is None:
            return old
        new = self.found.new.sections[after]
        # A map that was put in shape by hand has better short titles than a file gives.
        return replace(new, short_title=old.short_title) if old.title == new.title else new

    def _order_of_sections(self) -> list[tuple[int | None, int | None]]:
        old = range(len(self.found.old.sections))
        stays = [before for before in old if before not in self.taken_sections]
        pairs: list[tuple[int | None, int | None]] = [(before, self.found.sections.get(before)) for before in stays]
        for after in range(len(self.found.new.sections)):
            known = self.section_to_old.get(after)
            if known is None or known in self.taken_sections:
                _put_behind(pairs, (known, after), after)
        return pairs

    def _items_by_section(self) -> dict[tuple[int | None, int | None], list[MergedItem]]:
        found: dict[tuple[int | None, int | None], list[tuple[int | None, int | None]]] = {}
        for before, one in enumerate(self.old_items):
            if Kind.MOVED not in self.kinds.get(before, ()):
                section = (one.section, self.found.sections.get(one.section))
                found.setdefault(section, []).append((before, self.found.items.get(before)))
        firsts: dict[int, int] = {}
        for after, one in enumerate(self.new_items):
            firsts.setdefault(one.section, after)
            known = self.new_to_old.get(after)
            moves = known is not None and Kind.MOVED in self.kinds.get(known, ())
            if moves or after in self.taken_new:
                section_of = (self.section_to_old.get(one.section), one.section)
                _put_behind(found.setdefault(section_of, []), (known, after), after, firsts[one.section])
        return {section: [self._item(*pair) for pair in pairs] for section, pairs in found.items()}

    def _item(self, before: int | None, after: int | None) -> MergedItem:
        if before is None:
            assert after is not None
            return MergedItem(None, after, self.new_items[after].item)
        kinds, old = self.kinds.get(before, set()), self.old_items[before].item
        if after is None:
            return MergedItem(before, None, old, leaves=Kind.DROPPED in kinds)
        return MergedItem(before, after, taken_over(old, self.new_items[after].item, kinds))


_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.MOVED: ("number",),
    Kind.REWORDED: ("text",),
    Kind.REDATED: ("deadline",),
    Kind.REASSIGNED: ("responsible",),
    Kind.RESULT: ("result", "indicator"),
}
"""Fields whose printed form goes with a kind of change."""


def taken_over(old: MapItem, new: MapItem, kinds: Collection[Kind]) -> MapItem:
    """The old item with what `kinds` say of the new one."""
    item = old
    if Kind.MOVED in kinds:
        item = replace(item, key=new.key, number=new.number, parent=new.parent)
    if Kind.REWORDED in kinds:
        short = old.short_title if old.text == new.text else new.short_title
        item = replace(item, text=new.text, subpoints=new.subpoints, short_title=short)
        if _meant(old.deadline) == _meant(new.deadline):
            item = replace(item, deadline=new.deadline)
    if Kind.REDATED in kinds:
        item = replace(item, deadline=new.deadline)
    if Kind.REASSIGNED in kinds:
        item = replace(item, responsible=new.responsible)
    if Kind.RESULT in kinds:
        item = replace(item, result=new.result, indicator=new.indicator)
    if Kind.RESULT in kinds or Kind.REWORDED in kinds:
        item = replace(item, documents=new.documents)
    fields = {name for kind in kinds for name in _FIELDS.get(kind, ())}
    kept = {name: text for name, text in old.as_printed.items() if name not in fields}
    fresh = {name: text for name, text in new.as_printed.items() if name in fields}
    return replace(item, as_printed={**kept, **fresh})


def _put_behind(
    pairs: list[tuple[int | None, int | None]], pair: tuple[int | None, int | None], after: int, first: int = 0
) -> None:
    """Put a pair behind the nearest line that stands before it in the new map; to the front where there is none."""
    places = {new: at for at, (_old, new) in enumerate(pairs) if new is not None}
    for earlier in range(after - 1, first - 1, -1):
        if earlier in places:
            pairs.insert(places[earlier] + 1, pair)
            return
    pairs.insert(0, pair)


__all__ = [
    "Change",
    "Difference",
    "Kind",
    "MergedItem",
    "MergedSection",
    "applied",
    "difference",
    "merged",
    "printed",
    "same_title",
    "taken_over",
]
