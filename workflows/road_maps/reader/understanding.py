"""From what a file holds to what it means: `understand` gives the reading of a road map, whatever format it came from.

The order: markup out, tables found in plain text, rows sorted by meaning, sections and items, repairs, then each cell's
meaning. Every word of the source ends in a field, in a warning, in `set_aside` or in `unrecognised`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from workflows.road_maps.deadlines import Deadline, Period
from workflows.road_maps.reader.file_kind import read_source
from workflows.road_maps.reader.folding import Words, fold, without_markup
from workflows.road_maps.reader.header_row import DEADLINE, INDICATOR, RESPONSIBLE, RESULT, TEXT
from workflows.road_maps.reader.line_rows import with_line_tables
from workflows.road_maps.reader.meanings import deadline_of, documents_of, responsible_of
from workflows.road_maps.reader.numbering import above
from workflows.road_maps.reader.outline import DraftItem, DraftSection, Outline, mend_numbers, outline_of
from workflows.road_maps.reader.plan_rows import PlanTable, Sorted, sort_blocks
from workflows.road_maps.reader.points import subpoints
from workflows.road_maps.reader.preamble import Preamble, read_preamble
from workflows.road_maps.reader.reading import Leftover, Reading, ReadingWarning, ReadItem, ReadSection
from workflows.road_maps.reader.refusal import UnreadableFile
from workflows.road_maps.reader.repairs import mend
from workflows.road_maps.reader.source import Cell, Line, Row, Source, Table
from workflows.road_maps.reader.text_tables import with_tables
from workflows.road_maps.reader.vocabulary import Vocabulary, default_vocabulary


def understand(source: Source, school_year: str | None = None, vocabulary: Vocabulary | None = None) -> Reading:
    """The road map that a file holds.

    `school_year` («2022-2023») gives years to months where the file names no period; `vocabulary` the words of roles and
    documents, the shipped ones by default. Raises UnreadableFile where there is no plan.
    """
    clean, markup = _without_markup(source)
    words = Words(_texts(clean))
    found = _sorted(clean)
    plans = [table for table in found.tables if table.rows]
    made = outline_of(plans, words)
    if not any(section.items for section in made.sections):
        raise no_plan(clean)
    mend_numbers(made)
    mend(made, frozenset(meaning for table in plans for meaning in table.header.meanings))
    before = read_preamble(found.before, [section.title for section in made.sections], words)
    cells = _Cells(words, before.period or school_year, vocabulary or default_vocabulary())
    sections = tuple(cells.section(section) for section in made.sections)
    return _reading(source, found, plans, made, before, sections, cells.warnings, markup)


def contract_of(content: bytes, school_year: str | None = None) -> dict[str, Any]:
    """The contract's JSON object of a file in any format; made to be called in a child (see `bounded`).

    Raises UnreadableFile.
    """
    return understand(read_source(content), school_year).to_contract()


def no_plan(source: Source) -> UnreadableFile:
    """Why nothing could be read: a table of another kind, or no table at all."""
    if any(isinstance(block, Table) for block in source.blocks):
        return UnreadableFile(
            "no_plan",
            "В файле есть таблица, но это не дорожная карта: нужны столбцы с мероприятиями и со сроками или ответственными.",
        )
    return UnreadableFile(
        "no_plan", "В файле нет дорожной карты: не нашлось таблицы с мероприятиями, сроками и ответственными."
    )


def _sorted(source: Source) -> Sorted:
    found = sort_blocks(with_tables(source.blocks))
    if not any(table.rows for table in found.tables):
        found = sort_blocks(with_line_tables(source.blocks))
    return found


def _texts(source: Source) -> Iterable[str]:
    for block in source.blocks:
        if isinstance(block, Line):
            yield block.text
        else:
            yield from (cell.text for row in block.rows for cell in row.cells)


# Markup


def _without_markup(source: Source) -> tuple[Source, list[Leftover]]:
    """The source without left-overs of HTML and Markdown, and what was taken out where."""
    taken: list[Leftover] = []

    def cleaned(text: str, place: str) -> str:
        kept, tags = without_markup(text)
        if tags:
            taken.append(Leftover(place, " ".join(tags), "markup"))
        return kept

    blocks: list[Line | Table] = []
    for block in source.blocks:
        if isinstance(block, Line):
            blocks.append(replace(block, text=cleaned(block.text, block.place)))
        else:
            rows = (
                Row(
                    tuple(_cell(cell, cleaned) for cell in row.cells),
                    row.place,
                    row.repeats_header,
                )
                for row in block.rows
            )
            blocks.append(replace(block, rows=tuple(rows)))
    return replace(source, blocks=tuple(blocks)), taken


def _cell(cell: Cell, cleaned: Callable[[str, str], str]) -> Cell:
    text = cleaned(cell.text, cell.place)
    return cell if text == cell.text else replace(cell, text=text)


# Cells


class _Cells:
    """Drafts to read items: folded texts, deadlines, roles, documents; warnings gathered on the way."""

    def __init__(self, words: Words, years: Period | str | None, vocabulary: Vocabulary) -> None:
        self.words = words
        self.warnings: list[ReadingWarning] = []
        # a plan says «Директор» and «в течение года» many times
        self._who = cache(partial(responsible_of, words=vocabulary))
        self._papers = cache(partial(documents_of, words=vocabulary))
        self._when = cache(partial(deadline_of, period=years))

    def section(self, draft: DraftSection) -> ReadSection:
        numbers: set[str] = set()
        items = []
        for item in draft.items:
            items.append(self.item(item, numbers))
            numbers.add(item.number or "")
        return ReadSection(
            draft.number, fold(draft.title, self.words), draft.place, self._folded(draft.lead_in), tuple(items)
        )

    def item(self, draft: DraftItem, numbers: set[str]) -> ReadItem:
        """One item; `numbers` are those that its section has had so far."""
        text = fold(draft.cells.get(TEXT, ""), self.words)
        result = self._folded(draft.cells.get(RESULT))
        printed = {name: old if name == "number" else self._folded(old) for name, old in draft.as_printed.items()}
        parent = above(draft.number) if draft.number else draft.under
        who = self._folded(draft.cells.get(RESPONSIBLE))
        return ReadItem(
            number=draft.number,
            text=text,
            place=draft.place,
            subpoints=subpoints(draft.cells.get(TEXT, "").strip(), self.words),
            parent=parent if parent in numbers else None,
            documents=self._papers(text, result or ""),
            deadline=self._deadline(draft, printed),
            responsible=self._who(who) if who else None,
            result=result,
            indicator=self._folded(draft.cells.get(INDICATOR)),
            as_printed=printed,
            notes=tuple(draft.notes),
            places=draft.places,
        )

    def _folded(self, text: str | None) -> str | None:
        return (fold(text, self.words) or None) if text else None

    def _deadline(self, draft: DraftItem, printed: dict[str, str | None]) -> Deadline | None:
        text = self._folded(draft.cells.get(DEADLINE))
        if text is None:
            return None
        deadline, doubts = self._when(text)
        place = draft.places.get(DEADLINE, draft.place)
        if DEADLINE not in printed or printed[DEADLINE] is not None:  # what was inherited is told above once
            self.warnings.extend(ReadingWarning(place, code, message) for code, message in doubts)
        if not deadline.certain and deadline.alternatives:
            printed.setdefault(DEADLINE, text)
        return deadline


# The whole


def _reading(
    source: Source,
    found: Sorted,
    plans: Sequence[PlanTable],
    made: Outline,
    before: Preamble,
    sections: tuple[ReadSection, ...],
    warnings: list[ReadingWarning],
    markup: list[Leftover],
) -> Reading:
    told = [ReadingWarning(note.place, note.code, note.message) for note in source.notes]
    told += made.warnings + warnings
    told += [ReadingWarning(left.place, "markup_removed", f"Убраны остатки разметки: {left.text}") for left in markup]
    empty = [
        Leftover("", " | ".join(table.header.titles), "repeated_header") for table in found.tables if not table.rows
    ]
    after = [Leftover(line.place, text) for line in found.after if (text := fold(line.text))]
    return Reading(
        title=before.title,
        organisation=before.organisation,
        approved_by=before.approved_by,
        period=before.period,
        level=before.level,
        columns=plans[0].header.titles,
        goals=before.goals,
        sections=sections,
        warnings=tuple(told),
        agreed_by=before.agreed_by,
        abbreviations=before.abbreviations,
        unrecognised=(*before.unrecognised, *made.unrecognised, *after),
        set_aside=(*before.set_aside, *found.set_aside, *made.set_aside, *empty, *markup),
    )
