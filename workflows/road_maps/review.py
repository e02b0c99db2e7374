"""A file's reading under a person's review: what was read, with the corrections in place, and what is still doubtful.

Pure. The reading (`Reading.to_contract()` and the places of fields) stays as it was made; a person's answers lie beside it:

    {"about": {field: value}, "sections": {section: {"number", "title"}}, "items": {item: {field: value}}, "removed": [item],
     "added": [{"id", "section", "after"}], "settled": {doubt: how}, "leftovers": {place in the list: "left" | item},
     "changed": {target: version}}

Items are called by their places in the reading («2-5»: fifth item of the second section), added ones «n1», «n2»; a doubt
by its item and field («2-5.deadline»).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from workflows.road_maps.deadlines import Deadline, Period, describe, due_on, from_contract, period_of

Values = Mapping[str, Any]

FIELD_TITLES: Mapping[str, str] = {
    "number": "№",
    "text": "Пункт",
    "deadline": "Срок",
    "responsible": "Ответственный",
    "result": "Результат",
    "indicator": "Показатель",
    "documents": "Документы",
}
INFORMATIVE = frozenset({"markup_removed", "torn_row"})
"""Warnings about what was put right for certain: told, not asked."""
KEEP, PRINTED, TYPED, WORDS, NONE = "keep", "printed", "typed", "words", "none"
"""Answers to a doubt: as read, as printed, something else, as words without a date, no deadline; a number is an alternative."""
BY_HAND = "by_hand"
"""How a doubt is settled when somebody changed the field itself."""
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that a doubt offers; `asks` adds a field to type in."""

    value: str
    label: str
    why: str = ""
    guess: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that the reading is not sure of; `settled` tells how a person has answered, empty while it is open."""

    id: str
    item: str
    field: str
    question: str
    note: str
    answers: tuple[Answer, ...]
    place: str
    settled: str = ""
    code: str = ""
    """What kind of doubt it is, so that equal ones can be answered together; empty for one of its own."""

    @property
    def is_open(self) -> bool:
        return not self.settled


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One item as it stands now; values have the shapes of the contract's ITEM."""

    id: str
    values: Values
    """number, text, subpoints, documents, deadline, responsible, result, indicator; an empty one is None or []."""
    parent: str | None
    """Id of the item that it stands under."""
    place: str
    places: Mapping[str, str]
    as_printed: Mapping[str, str | None]
    notes: tuple[Mapping[str, str], ...]
    doubts: tuple[Doubt, ...]
    is_added: bool = False
    is_changed: bool = False
    is_removed: bool = False

    @property
    def deadline(self) -> Deadline | None:
        return from_contract(self.values["deadline"]) if self.values["deadline"] else None

    @property
    def open_doubts(self) -> tuple[Doubt, ...]:
        return tuple(doubt for doubt in self.doubts if doubt.is_open)


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """One section with its items in order, removed ones too."""

    id: str
    number: str | None
    title: str
    lead_in: str | None
    items: tuple[ReviewItem, ...]

    @property
    def kept(self) -> tuple[ReviewItem, ...]:
        return tuple(item for item in self.items if not item.is_removed)


@dataclass(frozen=True, slots=True)
class Leftover:
    """A piece of the file that is in no field; `became` is "left", the item that was made of it, or empty."""

    index: int
    place: str
    text: str
    became: str


@dataclass(frozen=True, slots=True)
class Review:
    """The whole reading as it stands now."""

    title: str
    organisation: str
    level: str
    period: Period | None
    approved_by: Values | None
    columns: tuple[str, ...]
    goals: tuple[str, ...]
    sections: tuple[ReviewSection, ...]
    leftovers: tuple[Leftover, ...]
    set_aside: tuple[Values, ...]
    remarks: tuple[Values, ...]
    """Warnings about the file as a whole: place, code, message."""

    @property
    def items(self) -> tuple[ReviewItem, ...]:
        """Items that stay, in printed order."""
        return tuple(item for section in self.sections for item in section.kept)

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        return tuple(doubt for item in self.items for doubt in item.doubts)

    @property
    def open_doubts(self) -> tuple[Doubt, ...]:
        return tuple(doubt for doubt in self.doubts if doubt.is_open)

    @property
    def without_deadline(self) -> tuple[ReviewItem, ...]:
        return tuple(item for item in self.items if item.values["deadline"] is None)

    def item(self, item_id: str) -> ReviewItem | None:
        """The item under an id, a removed one too."""
        return next((one for section in self.sections for one in section.items if one.id == item_id), None)

    def labels(self) -> dict[str, str]:
        """How people call the items that stay: by number, in a plan without numbers by place; empty for others."""
        numbered = any(item.values["number"] for item in self.items)
        return {
            item.id: item.values["number"] or ("" if numbered else str(place))
            for place, item in enumerate(self.items, start=1)
        }

    def section_of(self, item_id: str) -> ReviewSection | None:
        """The section in which an item stands."""
        return next((one for one in self.sections if any(item.id == item_id for item in one.items)), None)

    def doubt(self, doubt_id: str) -> Doubt | None:
        """The doubt under an id."""
        return next((one for one in self.doubts if one.id == doubt_id), None)


def review(reading: Values, answers: Values, today: date) -> Review:
    """The reading with the answers in place, as of `today` (what is past already is said beside an answer)."""
    about = {**reading, **answers.get("about", {})}
    years = _Frame(reading, answers, today)
    sections = tuple(years.section(number, section) for number, section in enumerate(reading["sections"], start=1))
    became = answers.get("leftovers", {})
    return Review(
        title=about["title"] or "",
        organisation=about["organisation"] or "",
        level=about["level"],
        period=_period(about["period"]),
        approved_by=reading["approved_by"],
        columns=tuple(reading["columns"]),
        goals=tuple(reading["goals"]),
        sections=sections,
        leftovers=tuple(
            Leftover(index, left["place"], left["text"], became.get(str(index), ""))
            for index, left in enumerate(reading.get("unrecognised", ()))
        ),
        set_aside=tuple(reading.get("set_aside", ())),
        remarks=tuple(warning for warning in reading["warnings"] if id(warning) not in years.told),
    )


def _period(given: Values | None) -> Period | None:
    if not given:
        return None
    made = period_of(date.fromisoformat(given["start"]), date.fromisoformat(given["end"]))
    return Period(given.get("text") or made.text, made.start, made.end)


EMPTY_ITEM: Values = {
    "number": None,
    "text": "",
    "subpoints": [],
    "documents": [],
    "deadline": None,
    "responsible": None,
    "result": None,
    "indicator": None,
}


class _Frame:
    """What is the same for all items of one reading; `told` collects the warnings that are told at an item."""

    def __init__(self, reading: Values, answers: Values, today: date) -> None:
        self.answers, self.today = answers, today
        self.changes: Values = answers.get("items", {})
        self.settled: Values = answers.get("settled", {})
        self.removed = frozenset(answers.get("removed", ()))
        self.told: set[int] = set()
        self._by_place: dict[str, list[Values]] = {}
        for warning in reading["warnings"]:
            self._by_place.setdefault(str(warning.get("place") or warning.get("line") or ""), []).append(warning)
        items = [item for section in reading["sections"] for item in section["items"]]
        dated = sum(item["deadline"] is not None for item in items)
        self.expects_deadlines = 2 * dated >= len(items) > 0

    def section(self, number: int, given: Values) -> ReviewSection:
        name = str(number)
        mended = self.answers.get("sections", {}).get(name, {})
        ids = {item["number"]: f"{name}-{place}" for place, item in enumerate(given["items"], start=1)}
        parents = {item["parent"] for item in given["items"]}
        read = [
            self._read_item(f"{name}-{place}", item, ids.get(item["parent"]), item["number"] in parents)
            for place, item in enumerate(given["items"], start=1)
        ]
        items = list(_with_added(read, [self._added(one) for one in self._additions(name)]))
        return ReviewSection(
            name,
            mended.get("number", given["number"]),
            mended.get("title", given["title"]) or "",
            given["lead_in"],
            tuple(_numbered_once(items)),
        )

    def _additions(self, section: str) -> list[Values]:
        return [one for one in self.answers.get("added", ()) if one["section"] == section]

    def _added(self, one: Values) -> tuple[str, ReviewItem]:
        values = {**EMPTY_ITEM, **self.changes.get(one["id"], {})}
        doubts = tuple(self._deadline_doubts(one["id"], values, values, "", "", is_heading=True))
        removed = one["id"] in self.removed
        made = ReviewItem(one["id"], values, None, "", {}, {}, (), doubts, is_added=True, is_removed=removed)
        return one["after"], made

    def _read_item(self, name: str, given: Values, parent: str | None, is_heading: bool) -> ReviewItem:
        changes = self.changes.get(name, {})
        read = {field: given[field] for field in EMPTY_ITEM}
        read["result"], read["indicator"] = ((given[field] or {}).get("text") for field in ("result", "indicator"))
        values = {**read, **changes}
        places = dict(given.get("places", {}))
        warnings = self._warnings_at(given.get("place", ""), places)
        of_deadline = [one for one in warnings if one["place"] == places.get("deadline") and one["code"] not in _ROWS]
        note = " ".join(one["message"] for one in of_deadline)
        where = str(places.get("deadline", given.get("place", "")))
        doubts = list(self._deadline_doubts(name, read, values, note, where, is_heading=is_heading))
        rest = of_deadline if not doubts or doubts[0].answers[0].value == TYPED else []
        for warning in warnings:
            if warning not in of_deadline or warning in rest:
                doubts.append(self._warned(name, warning, given, places))
        return ReviewItem(
            name,
            values,
            parent,
            given.get("place", ""),
            places,
            given.get("as_printed", {}),
            tuple(given.get("notes", ())),
            tuple(doubts),
            is_changed=bool(changes),
            is_removed=name in self.removed,
        )

    def _warnings_at(self, place: str, places: Mapping[str, str]) -> list[Values]:
        found = []
        for where in dict.fromkeys((place, *places.values())):
            for warning in self._by_place.get(where, ()) if where else ():
                if warning["code"] not in INFORMATIVE and id(warning) not in self.told:
                    self.told.add(id(warning))
                    found.append(warning)
        return found

    # -- doubts -------------------------------------------------------------------------------------------------------

    def _deadline_doubts(
        self, item: str, read: Values, values: Values, note: str, place: str, *, is_heading: bool
    ) -> Iterator[Doubt]:
        name = f"{item}.deadline"
        settled = self.settled.get(name, "")
        current, first = values["deadline"], read["deadline"]
        doubtful = next((one for one in (current, first) if one and not one["certain"]), None)
        if doubtful:
            known = from_contract(doubtful)
            question = f"Срок «{known.text}»: {self._question(known)}"
            yield Doubt(name, item, "deadline", question, note, tuple(self._deadline_answers(known)), place, settled)
        elif first is None and (settled or current is None) and self.expects_deadlines and not is_heading:
            answers = (
                Answer(TYPED, "указать срок", asks=True),
                Answer(NONE, "оставить без срока", "пункт не будет просроченным"),
            )
            question = "В файле срока нет. Какой срок у пункта?"
            yield Doubt(name, item, "deadline", question, "", answers, place, settled, "no_deadline")

    def _question(self, known: Deadline) -> str:
        if known.kind == "none":
            return "как его понимать?"
        years = {day.year for one in (known, *known.alternatives) if (day := due_on(one) or one.start)}
        return "какой год верный?" if len(years) > 1 else "верно ли он понят?"

    def _deadline_answers(self, known: Deadline) -> Iterator[Answer]:
        if known.kind != "none":
            yield Answer(KEEP, describe(known), self._why(known, known), guess=True)
        for place, other in enumerate(known.alternatives):
            yield Answer(str(place), describe(other), self._why(other, known))
        if known.kind == "none":
            yield Answer(WORDS, f"оставить словами: «{known.text}»", "без даты")
        yield Answer(TYPED, "другой срок", asks=True)

    def _why(self, one: Deadline, known: Deadline) -> str:
        """«как напечатано: срок уже прошёл»; years tell which of two readings is the printed one."""
        day = due_on(one) or one.start
        printed = {int(year) for year in _YEARS.findall(known.text)}
        told = ""
        if day and printed:
            told = "как напечатано" if day.year in printed else "по учебному году карты"
        past = "срок уже прошёл" if day and day < self.today and one is not known else ""
        return ": ".join(part for part in (told, past) if part)

    def _warned(self, item: str, warning: Values, given: Values, places: Mapping[str, str]) -> Doubt:
        """A warning as a question: what was put right may be put back to what is printed."""
        field = next((name for name, place in places.items() if place == warning["place"]), "")
        printed = {name: old for name, old in given.get("as_printed", {}).items() if name in FIELD_TITLES}
        if warning["code"] in _ROWS and printed:
            field = next((name for name in ("responsible", "deadline", "result") if name in printed), "text")
        answers = [Answer(KEEP, _as_read(given, field), "как прочитано", guess=True)]
        if warning["code"] in _ROWS and printed:
            answers.append(Answer(PRINTED, _as_printed(printed), "как напечатано"))
        name = f"{item}.{warning['code']}" if not field else f"{item}.{field}.{warning['code']}"
        question = _QUESTIONS.get(warning["code"], "Верно ли прочитано это место?")
        if field in ("result", "indicator", "text"):
            answers.append(Answer(TYPED, "иначе", asks=True))
        # Of a row that was put right the cell that was moved is what a person looks for.
        place = places.get(field, warning["place"]) if warning["code"] == "shifted_row" else warning["place"]
        settled = self.settled.get(name, "")
        code = warning["code"] if warning["code"] in _ROWS else ""
        return Doubt(
            name, item, field or "text", question, warning["message"], tuple(answers), str(place), settled, code
        )


_ROWS = frozenset({"shifted_row", "empty_cells_inherited"})
"""Warnings about several cells of a row at once: `as_printed` says what stood in them."""
_QUESTIONS = {
    "shifted_row": "Верно ли поставлены ячейки строки?",
    "empty_cells_inherited": "Пустые ячейки взяты из строки выше: верно?",
    "sense_reversed": "Нет ли здесь опечатки?",
}


def _as_read(given: Values, field: str) -> str:
    value = given.get(field)
    text = value["text"] if isinstance(value, dict) else value
    return _shortened(str(text)) if text and field else "оставить так"


def _as_printed(printed: Mapping[str, str | None]) -> str:
    parts = (f"{FIELD_TITLES[name].lower()}: {_shortened(old) if old else 'пусто'}" for name, old in printed.items())
    return "; ".join(parts)


def _shortened(text: str, length: int = 120) -> str:
    return text if len(text) <= length else f"{text[:length].rpartition(' ')[0]}…"


def _with_added(read: list[ReviewItem], added: list[tuple[str, ReviewItem]]) -> Iterator[ReviewItem]:
    """Added items behind those that they were added after, in the order of adding; at the end where it is gone."""
    waiting = list(added)

    def behind(name: str) -> Iterator[ReviewItem]:
        for after, item in [one for one in waiting if one[0] == name]:
            if (after, item) in waiting:
                waiting.remove((after, item))
                yield item
                yield from behind(item.id)

    yield from behind("")
    for item in read:
        yield item
        yield from behind(item.id)
    yield from (item for _after, item in waiting)


def _numbered_once(items: list[ReviewItem]) -> Iterator[ReviewItem]:
    """Ask about a number that an item above has already: numbers are how people speak of items."""
    seen: set[str] = set()
    for item in items:
        number = item.values["number"]
        if number and number in seen and not item.is_removed:
            name = f"{item.id}.number"
            question = f"Номер {number} в этом разделе уже есть. Какой номер у этого пункта?"
            answers = (Answer(TYPED, "номер", asks=True), Answer(NONE, "без номера"))
            doubt = Doubt(name, item.id, "number", question, "", answers, item.places.get("number", item.place))
            yield replace(item, doubts=(doubt, *item.doubts))
            continue
        if number and not item.is_removed:
            seen.add(number)
        yield item
