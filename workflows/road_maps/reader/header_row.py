"""Which column of a table means what: a row is a header where enough of its cells speak of different things."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from workflows.road_maps.reader.folding import fold, key
from workflows.road_maps.reader.numbering import number_alone
from workflows.road_maps.reader.source import Row

NUMBER, SECTION, TEXT = "number", "section", "text"
DEADLINE, RESPONSIBLE, RESULT, INDICATOR, NOTE = "deadline", "responsible", "result", "indicator", "note"

# The word that stands first in a heading decides: «Ответственные за проведение мероприятий» is about who.
_STRONG: tuple[tuple[str, str], ...] = (
    (NUMBER, r"№|\bn\s*п|п\s*[/.\\]\s*п\b|\bномер\b|\bпункт\b|\bпозици"),
    (DEADLINE, r"\bсрок|\bдат[аы]\b|\bпериод|\bвремя\b|\bвремен|\bкогда\b|\bмесяц|\bнедел|\bграфик|\bначало\b|\bокончани"),
    (RESPONSIBLE, r"\bответств|исполнител|\bкто\b|\bорганизатор|\bчья\b|\bкуратор|\bкоординатор|\bотв\b"),
    (RESULT, r"результат(?!ивн)|\bвиды? док|\bдокумент|\bотч[её]тн|\bотч[её]т|\bпродукт|\bвыход\b|\bитог|\bподтвержд|\bэффект\b"),
    (INDICATOR, r"показател|индикатор|критери|значени[ея]|эффективност|результативност|единиц"),
    (NOTE, r"примечани|отметк|статус|\bфакт|выполнени[ея]\s*\(|комментари|участник|категори|\bкласс|\bместо\b|аудитори|"
           r"финансир|целев|охват|ресурс|\bссылк|\bцель"),
    (SECTION, r"направлени|\bраздел|\bэтап|\bблок|\bмодул|\bзадач"),
    (TEXT, r"мероприят|содержани|действи|деятельност|\bработ[аыу]?\b|\bдел[ао]?\b|\bшаг|\bвопрос|\bплан\b|\bактивност|\bчто\b|\bтем[аы]\b"),
)  # fmt: skip
_WEAK = re.compile(r"наименовани|названи|\bформ[аы]\b|\bвиды?\b|\bпункты? плана", re.I)
_PATTERNS = tuple((meaning, re.compile(pattern, re.I)) for meaning, pattern in _STRONG)
_SECOND_ROW_OK = re.compile(r"план|факт|начал|оконч|с\b|по\b|дата|вид|срок", re.I)


@dataclass(frozen=True, slots=True)
class Header:
    """Headings of a table: (title, meaning, first column, number of columns), left to right."""

    titles: tuple[str, ...]
    meanings: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def meaning_at(self, column: int) -> str:
        """What the grid's column means; right of the last heading nothing is known."""
        for meaning, (first, columns) in zip(self.meanings, self.spans, strict=True):
            if first <= column < first + columns:
                return meaning
        return NOTE

    def title_at(self, column: int) -> str:
        """The heading over the grid's column, empty where there is none."""
        for title, (first, columns) in zip(self.titles, self.spans, strict=True):
            if first <= column < first + columns:
                return title
        return ""

    def has(self, meaning: str) -> bool:
        """Whether some column means that."""
        return meaning in self.meanings

    @property
    def is_plan(self) -> bool:
        """What is done, and when, by whom or within what: a table of indicators has no such columns."""
        others = {DEADLINE, RESPONSIBLE, SECTION, RESULT} & set(self.meanings)
        return TEXT in self.meanings and bool(others)

    def repeats(self, texts: Sequence[str]) -> bool:
        """Whether a row of these texts is this header once more."""
        mine = [key(title) for title in self.titles if key(title)]
        theirs = [key(text) for text in texts if key(text)]
        if not theirs or len(theirs) < min(2, len(mine)):
            return False
        return sum(text in mine for text in theirs) >= max(2, len(theirs) - 1)


@lru_cache(maxsize=4096)
def meaning_of(title: str) -> str | None:
    """What a heading speaks of; None where nothing is known about its words."""
    found = [(match.start(), place, meaning) for place, (meaning, pattern) in enumerate(_PATTERNS)
             if (match := pattern.search(title))]  # fmt: skip
    if found:
        return min(found)[2]
    return TEXT if _WEAK.search(title) else None


def header_of(row: Row, *, lenient: bool = False) -> Header | None:
    """The header that a row is, None where it is none. `lenient`: two known columns are enough (a text's first line)."""
    cells = [(fold(cell.text), cell.column, cell.columns) for cell in row.cells]
    return _header(cells, lenient=lenient)


def header_of_titles(titles: Sequence[str]) -> Header | None:
    """The header of these headings, one a column."""
    return _header([(title, place, 1) for place, title in enumerate(titles)], lenient=False)


def joined_rows(upper: Row, lower: Row) -> Header | None:
    """A header of two rows: a heading over several columns and what stands beneath each of them."""
    if not any(cell.continues_above for cell in lower.cells):
        return None
    cells = []
    for cell in lower.cells:
        over = next((top for top in upper.cells if top.column <= cell.column < top.column + top.columns), None)
        own = "" if cell.continues_above else fold(cell.text)
        title = " ".join(part for part in (fold(over.text) if over else "", own) if part)
        cells.append((title, cell.column, cell.columns))
    return _header(cells, lenient=False)


def _header(cells: Sequence[tuple[str, int, int]], *, lenient: bool) -> Header | None:
    titled = [title for title, _, _ in cells if title]
    if len(titled) < 2 or any(len(title) > 120 for title in titled):
        return None
    if any(number_alone(title) for title in titled):
        return None
    meanings = [meaning_of(title) if title else None for title, _, _ in cells]
    known = {meaning for meaning in meanings if meaning}
    needed = 2 if lenient or len(titled) == 2 else min(3, len(titled))
    if len(known) < needed or sum(meaning is not None for meaning in meanings) * 3 < len(titled) * 2:
        return None
    return Header(
        titles=tuple(title for title, _, _ in cells),
        meanings=tuple(_settled(meanings, [title for title, _, _ in cells])),
        spans=tuple((column, columns) for _, column, columns in cells),
    )


def _settled(meanings: Sequence[str | None], titles: Sequence[str]) -> list[str]:
    """Each column with one meaning; what would be a second text is a note, what would be no text at all becomes one."""
    settled = [meaning or NOTE for meaning in meanings]
    if settled[0] == NOTE and not titles[0]:
        settled[0] = NUMBER
    if TEXT not in settled and INDICATOR not in settled:
        place = _stand_in(settled, titles)
        if place is not None:
            settled[place] = TEXT
    seen: set[str] = set()
    for place, meaning in enumerate(settled):
        if meaning in (TEXT, SECTION, NUMBER, INDICATOR) and meaning in seen:
            settled[place] = NOTE
        seen.add(meaning)
    return settled


def _stand_in(meanings: Sequence[str], titles: Sequence[str]) -> int | None:
    """The column that holds the text where no heading says so: «Направления», «Этапы»."""
    for meaning in (SECTION, NOTE):
        for place, title in enumerate(titles):
            if meanings[place] == meaning and re.search(r"направлени|задач|этап|цель|форм", title, re.I):
                return place
    return None


def columns_numbered(texts: Sequence[str]) -> bool:
    """Whether a row only counts the columns: «1 2 3 4 5»."""
    numbers = [number_alone(text) for text in texts]
    return len(numbers) >= 2 and numbers == [str(place) for place in range(1, len(numbers) + 1)]


def named(header: Header) -> Mapping[str, str]:
    """Meaning -> heading, the first of each."""
    names: dict[str, str] = {}
    for title, meaning in zip(header.titles, header.meanings, strict=True):
        names.setdefault(meaning, title)
    return names
