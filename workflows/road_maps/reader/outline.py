"""Sections and items out of the rows of a plan: which row is a heading, which an item, which goes on with the one above."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workflows.road_maps.reader.folding import Words, fold, key
from workflows.road_maps.reader.header_row import DEADLINE, INDICATOR, NUMBER, RESPONSIBLE, RESULT, SECTION, TEXT
from workflows.road_maps.reader.numbering import depth, leading_number, number_alone, section_number
from workflows.road_maps.reader.plan_rows import PlanRow, PlanTable
from workflows.road_maps.reader.points import Points, stage_points
from workflows.road_maps.reader.reading import Leftover, ReadingWarning

FIELDS = (DEADLINE, RESPONSIBLE, RESULT, INDICATOR)
_POINT = re.compile(r"\s*(?:[-–—•·▪]|[а-яa-z]\))\s*\S")
LONGEST_TITLE = 40
"""Words of a section's title where only its place among empty cells speaks for it."""


@dataclass(slots=True)
class DraftItem:
    """An item while it grows: `cells` as printed, with their lines; `as_printed` for what was merged or mended."""

    number: str | None
    cells: dict[str, str]
    place: str
    places: dict[str, str]
    as_printed: dict[str, str | None] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    under: str | None = None
    """Number of the item whose point this row is («- собрать отчёты» below «3. Провести мониторинг:»)."""
    blank: bool = False
    """Cells for time, person and result are there and empty."""
    heading: bool = False
    """The row has no such cells at all."""


@dataclass(slots=True)
class DraftSection:
    """A section while it grows."""

    number: str | None
    title: str
    place: str
    lead_in: str = ""
    items: list[DraftItem] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """Sections in order, and what was noticed on the way."""

    sections: list[DraftSection] = field(default_factory=list)
    warnings: list[ReadingWarning] = field(default_factory=list)
    unrecognised: list[Leftover] = field(default_factory=list)
    set_aside: list[Leftover] = field(default_factory=list)

    def last_item(self) -> DraftItem | None:
        """The item read last, if its section is still open."""
        return self.sections[-1].items[-1] if self.sections and self.sections[-1].items else None


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a table is kept: what its rows have in common."""

    numbered: bool
    deep: bool
    stages: bool
    merged_headings: bool
    merges_down: bool


def outline_of(tables: Sequence[PlanTable], words: Words) -> Outline:
    """Sections with their items from all tables of a plan."""
    made = Outline()
    rows = [row for table in tables for row in table.rows]
    for table in tables:
        manner = _manner(table, rows)
        if table.heading is not None:
            number, title = _title_number(fold(table.heading.text, words))
            made.sections.append(DraftSection(number, title, table.heading.place))
        if manner.stages:
            for row in _mended_stages(made, table.rows):
                _take_stage(made, row, words)
            continue
        for place in range(len(table.rows)):
            _take(made, table.rows, place, manner, words)
    _drop_tail(made)
    return made


def _manner(table: PlanTable, all_rows: Sequence[PlanRow]) -> _Manner:
    numbers = [_number_of(row) for row in all_rows]
    full = [row for row in table.rows if len(row.filled) > 1]
    return _Manner(
        numbered=sum(number is not None for number in numbers) * 2 >= len(all_rows),
        deep=any(depth(number) > 1 for number in numbers),
        stages=_is_stage_table(table, full),
        merged_headings=any(_heading_text(row) and (row.spans or len(row.texts) <= 2) for row in table.rows),
        merges_down=table.merges_down,
    )


def _is_stage_table(table: PlanTable, full: Sequence[PlanRow]) -> bool:
    """Each row is a stage of its own, its items stand in one cell (a heading «этап» beside a heading «содержание»)."""
    if not table.header.has(SECTION) or not full:
        return False
    titles = [key(row.own(SECTION)) for row in full]
    if not all(titles) or len(set(titles)) < len(titles):
        return False
    listed = sum(len(stage_points(row.texts.get(TEXT, "")).points) > 1 for row in full)
    return listed * 3 >= len(full) or not any(table.header.has(meaning) for meaning in (DEADLINE, RESPONSIBLE))


def _number_of(row: PlanRow) -> str | None:
    own = row.own(NUMBER).strip()
    if own:
        return number_alone(own) or leading_number(own)[0]
    return leading_number(row.own(TEXT).strip())[0]


# Stages


def _mended_stages(made: Outline, rows: Sequence[PlanRow]) -> list[PlanRow]:
    """Rows torn by a page put together again, before their cells are parted into items."""
    whole: list[PlanRow] = []
    for row in rows:
        torn = whole and not row.spans and SECTION not in row.filled and not number_alone(row.own(NUMBER))
        if not torn:
            whole.append(row)
            continue
        for meaning in row.filled:
            before = whole[-1].texts.get(meaning, "")
            whole[-1].texts[meaning] = f"{before}\n{row.own(meaning)}" if before else row.own(meaning)
        whole[-1].notes.extend(row.notes)
        made.warnings.append(_torn(row))
    return whole


def _torn(row: PlanRow) -> ReadingWarning:
    message = "Строка таблицы была разорвана концом страницы: продолжение присоединено к пункту выше."
    return ReadingWarning(row.place, "torn_row", message)


def _take_stage(made: Outline, row: PlanRow, words: Words) -> None:
    if _heading_text(row) and SECTION not in row.filled:
        made.sections.append(_section(row, words))
        return
    if not row.own(SECTION).strip():
        _join(made, row)
        return
    title = fold(row.own(SECTION), words)
    number = number_alone(row.own(NUMBER))
    if number is None and row.own(NUMBER).strip():
        title = f"{fold(row.own(NUMBER))} {title}"
    if number is None:
        number, title = _title_number(title)
    body = row.texts.get(TEXT, "")
    if not body.strip() and (row.notes or row.filled & set(FIELDS)):
        body = row.own(SECTION)  # a stage that says who and when, and nothing more, is its own item
    points = stage_points(body)
    section = DraftSection(number, title, row.place, points.lead_in)
    if not body.strip():
        made.sections.append(section)
        return
    shares = {meaning: _shares(row.texts.get(meaning, ""), points) for meaning in FIELDS}
    for place, (own, text) in enumerate(points.points):
        cells = {TEXT: text} | {meaning: share[place] for meaning, share in shares.items() if share[place]}
        section.items.append(DraftItem(own, cells, row.place, dict(row.places), notes=[] if place else list(row.notes)))
    made.sections.append(section)


def _shares(text: str, points: Points) -> list[str]:
    """What of a cell belongs to each item of a stage: its own point where the cell counts as many, else all of it."""
    many = len(points.points)
    own = stage_points(text)
    if text.strip() and many > 1 and len(own.points) == many and not own.lead_in:
        return [part for _, part in own.points]
    return [text] * many


# Rows


def _take(made: Outline, rows: Sequence[PlanRow], place: int, manner: _Manner, words: Words) -> None:
    row = rows[place]
    if SECTION in row.filled and not row.spans:
        _open_section(made, row, words)
        if row.filled == {SECTION} and not row.notes:
            return
    if _is_heading(made, rows, place, manner):
        section = _section(row, words)
        if _leads_in(made, row, section):
            made.sections[-1].lead_in = section.title
        else:
            made.sections.append(section)
    elif _goes_on(made, row, manner):
        _join(made, row)
    else:
        _add(made, row, manner)


def _open_section(made: Outline, row: PlanRow, words: Words) -> None:
    title = fold(row.own(SECTION), words)
    number, title = _title_number(title)
    if not made.sections or key(made.sections[-1].title) != key(title):
        made.sections.append(DraftSection(number, title, row.places.get(SECTION, row.place)))


def _title_number(title: str) -> tuple[str | None, str]:
    number, rest = section_number(title)
    return (number, rest) if number else leading_number(title)


def _heading_text(row: PlanRow) -> str:
    """The only words of a row besides its number, "" where there are several cells of words."""
    worded = [meaning for meaning in row.filled if number_alone(row.own(meaning)) is None or meaning != NUMBER]
    return row.own(worded[0]) if len(worded) == 1 and not row.notes else ""


def _is_heading(made: Outline, rows: Sequence[PlanRow], place: int, manner: _Manner) -> bool:
    row = rows[place]
    text = fold(_heading_text(row))
    if not text or row.above - {NUMBER, SECTION}:
        return False
    number = _number_of(row)
    named, _ = section_number(text)
    if named:
        return True
    if depth(number) > 1:
        return False
    if TEXT not in row.filled and NUMBER not in row.filled and not row.spans:
        return False  # a result or a person alone goes on with the row above
    if row.spans or not set(FIELDS) & set(row.texts):
        return not (text[0].islower() and made.last_item() is not None and number is None)
    if number is not None:
        return manner.deep or _restarts(rows, place)
    return _stands_alone(made, rows, place, manner, text)


def _leads_in(made: Outline, row: PlanRow, section: DraftSection) -> bool:
    """Words over the whole width right under a title, ending with a colon: what the items below have in common."""
    last = made.sections[-1] if made.sections else None
    under_title = last is not None and not last.items and not last.lead_in
    return under_title and row.spans and section.number is None and section.title.endswith(":")


def _restarts(rows: Sequence[PlanRow], place: int) -> bool:
    """Whether the rows below count from one again, though this one has a number too."""
    following = next((_number_of(row) for row in rows[place + 1 :]), None)
    return following == "1" and len(rows[place + 1].filled) > 2


def _stands_alone(made: Outline, rows: Sequence[PlanRow], place: int, manner: _Manner, text: str) -> bool:
    """A row of words without a number among empty cells: a title, unless it goes on with the item above."""
    last = made.last_item()
    if text[0].islower() or len(text.split()) > LONGEST_TITLE:
        return False
    if last is not None and manner.numbered and manner.merged_headings:
        return False
    if last is None and place and rows[place - 1].spans:
        return False  # right under a title over the whole width: its item, whose other cells are empty
    if last is not None and fold(last.cells.get(TEXT, "")).endswith(
        (",", "-", "–", ":", " и", " в", " с", " на", " по")
    ):
        return False
    return place + 1 < len(rows) or last is None


def _section(row: PlanRow, words: Words) -> DraftSection:
    text = fold(_heading_text(row), words)
    number = number_alone(row.own(NUMBER))
    if number is None:
        number, text = _title_number(text)
    return DraftSection(number, text, row.place)


def _goes_on(made: Outline, row: PlanRow, manner: _Manner) -> bool:
    """Whether a row was torn off the item above by the end of a page."""
    last = made.last_item()
    if last is None or _number_of(row) is not None:
        return False
    if TEXT in row.above:
        return row.above >= set(row.texts) - row.filled and not row.filled - {TEXT} and not row.notes
    text = fold(row.own(TEXT))
    if not text:
        return bool(row.filled or row.notes)
    if _POINT.match(text) and row.filled - {TEXT}:
        return False
    unfinished = _unfinished(last.cells.get(TEXT, ""))
    if text[0].islower() or text[0] in ",;)":
        return manner.numbered or unfinished or not row.filled - {TEXT}
    return not row.filled - {TEXT} and not row.above and manner.numbered


def _unfinished(text: str) -> bool:
    return not re.search(r"[.;!?)»]\s*$", text.rstrip())


def _join(made: Outline, row: PlanRow) -> None:
    """Add each cell of a torn row to the same column of the item above."""
    last = made.last_item()
    if last is None:
        made.unrecognised.extend(Leftover(row.place, f"{column}: {text}") for column, text in row.notes)
        made.unrecognised.extend(
            Leftover(row.places.get(meaning, row.place), fold(row.own(meaning))) for meaning in sorted(row.filled)
        )
        return
    for own in sorted(row.filled):
        meaning = TEXT if own == NUMBER else own
        before = last.cells.get(meaning, "")
        last.cells[meaning] = f"{before}\n{row.own(own)}" if before else row.own(own)
        if not before:
            last.places[meaning] = row.places.get(own, row.place)
    last.notes.extend(row.notes)
    if row.filled:
        made.warnings.append(_torn(row))


def _add(made: Outline, row: PlanRow, manner: _Manner) -> None:
    if not made.sections:
        made.sections.append(DraftSection(None, "", row.place))
    number, cells = _numbered_cells(row)
    if not row.notes and not any(text.strip() for text in cells.values()):
        made.set_aside.append(Leftover(row.place, number or "", "blank_row"))
        return
    item = DraftItem(number, cells, row.place, dict(row.places), notes=list(row.notes))
    item.as_printed.update(
        {meaning: None for meaning in sorted(row.above - {SECTION}) if cells.get(meaning, "").strip()}
    )
    if number and NUMBER in row.above:
        item.as_printed["number"] = None
    if number is None and _POINT.match(cells.get(TEXT, "")):
        item.under = _last_number(made.sections[-1].items)
    fields = [meaning for meaning in FIELDS if meaning in row.texts]
    item.heading = not fields
    item.blank = bool(fields) and not any(row.texts[meaning].strip() for meaning in fields) and not manner.merges_down
    made.sections[-1].items.append(item)


def _last_number(items: Sequence[DraftItem]) -> str | None:
    return next((item.number for item in reversed(items) if item.number), None)


def _numbered_cells(row: PlanRow) -> tuple[str | None, dict[str, str]]:
    """The item's number and its other cells; the number may stand in its own cell or before the text."""
    cells = {meaning: text for meaning, text in row.texts.items() if meaning not in (NUMBER, SECTION)}
    typed = row.texts.get(NUMBER, "").strip()
    number = number_alone(typed) if typed else None
    if number is not None:
        return number, cells
    if typed:
        number, rest = leading_number(typed)
        cells[TEXT] = "\n".join(part for part in (rest if number else typed, cells.get(TEXT, "")) if part)
        return number, cells
    number, rest = leading_number(cells.get(TEXT, ""))
    cells[TEXT] = rest
    return number, cells


def _drop_tail(made: Outline) -> None:
    """Words in a table after its last item (a signature) are no section."""
    while made.sections and not made.sections[-1].items and len(made.sections) > 1:
        last = made.sections.pop()
        made.unrecognised.insert(0, Leftover(last.place, " ".join(part for part in (last.number, last.title) if part)))


# Numbers


def mend_numbers(made: Outline) -> None:
    """«1.1» after «1.9» is «1.10» of which a spreadsheet dropped the nought; other repetitions are only told."""
    for section in made.sections:
        seen: Counter[str] = Counter()
        for item, before in _with_before(section.items):
            number = item.number
            if (
                number
                and seen[number]
                and before
                and before.number == f"{number.rpartition('.')[0]}.9"
                and number.endswith(".1")
            ):
                item.as_printed["number"], item.number = number, f"{number}0"
                _warn(made, item, "number_mended", f"Напечатан номер {number}, по порядку это {item.number}.")
            elif number and seen[number] and "number" not in item.as_printed:
                _warn(made, item, "number_repeated", f"Номер {number} в этом разделе встречается второй раз.")
            seen[item.number or ""] += 1


def _with_before(items: Sequence[DraftItem]) -> Iterator[tuple[DraftItem, DraftItem | None]]:
    for place, item in enumerate(items):
        yield item, items[place - 1] if place else None


def _warn(made: Outline, item: DraftItem, code: str, message: str) -> None:
    made.warnings.append(ReadingWarning(item.place, code, message))
