"""Cells in the wrong column and cells left empty because one above was meant for several rows.

Every repair keeps what is printed in `as_printed` and says so in a warning: a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflows.road_maps.reader.folding import fold, key
from workflows.road_maps.reader.header_row import DEADLINE, INDICATOR, RESPONSIBLE, RESULT
from workflows.road_maps.reader.likeness import looks_like_deadline, looks_like_post
from workflows.road_maps.reader.outline import DraftItem, Outline
from workflows.road_maps.reader.reading import ReadingWarning

NAMES = {DEADLINE: "срок", RESPONSIBLE: "ответственный", RESULT: "результат", INDICATOR: "показатель"}
_TURNED = re.compile(r"(?<!не )(?<!не)\b(менее|меньше)(?:\s+чем)?(?:\s+на)?\s+(\d{2,3})\s*%", re.I)


def mend(made: Outline, columns: frozenset[str]) -> None:
    """All repairs over all items. `columns`: meanings that the plan has headings for."""
    for section in made.sections:
        for item in section.items:
            _swap(made, item)
            if RESPONSIBLE in columns:
                _move_post(made, item)
            _question_sense(made, item)
        _inherit(made, section.items)


def _text(item: DraftItem, meaning: str) -> str:
    return fold(item.cells.get(meaning, ""))


def _printed(item: DraftItem, *meanings: str) -> None:
    for meaning in meanings:
        item.as_printed.setdefault(meaning, _text(item, meaning) or None)


def _swap(made: Outline, item: DraftItem) -> None:
    """Time and person stand in each other's column, or one of them in the other's while its own is empty."""
    when, who = _text(item, DEADLINE), _text(item, RESPONSIBLE)
    misplaced_post = bool(when) and looks_like_post(when) and not looks_like_deadline(when)
    misplaced_time = bool(who) and looks_like_deadline(who) and not looks_like_post(who)
    if (misplaced_post and (misplaced_time or not who)) or (misplaced_time and not when):
        _printed(item, DEADLINE, RESPONSIBLE)
        item.cells[DEADLINE], item.cells[RESPONSIBLE] = item.cells.get(RESPONSIBLE, ""), item.cells.get(DEADLINE, "")
        _shifted(made, item, "Срок и ответственный стоят не в своих столбцах: поменяны местами.")


def _move_post(made: Outline, item: DraftItem) -> None:
    """A post where a result or an indicator is expected belongs to the responsible."""
    for meaning in (INDICATOR, RESULT):
        there, who = _text(item, meaning), _text(item, RESPONSIBLE)
        if not there or not looks_like_post(there):
            continue
        if not who:
            _printed(item, meaning, RESPONSIBLE)
            item.cells[RESPONSIBLE], item.cells[meaning] = item.cells[meaning], ""
            item.places[RESPONSIBLE] = item.places.get(meaning, item.place)
            _shifted(made, item, f"В столбце «{NAMES[meaning]}» стоит ответственный: «{there}»; перенесено.")
        elif key(there) == key(who):
            _printed(item, meaning)
            item.cells[meaning] = ""
            _shifted(made, item, f"В столбце «{NAMES[meaning]}» ещё раз стоит ответственный: «{there}»; не повторено.")
        elif meaning == INDICATOR and not _text(item, RESULT) and not looks_like_post(who):
            _printed(item, INDICATOR, RESPONSIBLE, RESULT)
            item.cells[RESULT], item.cells[RESPONSIBLE], item.cells[INDICATOR] = (
                item.cells[RESPONSIBLE],
                item.cells[INDICATOR],
                "",
            )
            _shifted(made, item, "Ячейки строки сдвинуты: результат и ответственный поставлены в свои столбцы.")


def _shifted(made: Outline, item: DraftItem, message: str) -> None:
    made.warnings.append(ReadingWarning(item.place, "shifted_row", message))


def _question_sense(made: Outline, item: DraftItem) -> None:
    """«менее чем на 90 %» as a target is nearly always «не менее»; it stays as printed and is shown."""
    for meaning in (RESULT, INDICATOR):
        found = _TURNED.search(_text(item, meaning))
        if found and int(found[2]) >= 50:
            message = (
                f"Напечатано «{found[0]}»; по смыслу, вероятно, «не {found[0].lower()}». Оставлено как напечатано."
            )
            made.warnings.append(ReadingWarning(item.places.get(meaning, item.place), "sense_reversed", message))


def _inherit(made: Outline, items: Sequence[DraftItem]) -> None:
    """Rows with a number and all other cells empty, in a table that merges nothing, stood under merged cells once."""
    parents = {item.number.rpartition(".")[0] for item in items if item.number and "." in item.number}
    giver: DraftItem | None = None
    for item in items:
        if not item.blank or item.number in parents:
            giver = None if item.heading else item if not item.blank else giver
            continue
        if giver is None or item.number is None:
            continue
        given = [meaning for meaning in NAMES if _text(giver, meaning)]
        _printed(item, *given)
        for meaning in given:
            item.cells[meaning] = giver.cells[meaning]
            item.places[meaning] = giver.places.get(meaning, giver.place)
        names = ", ".join(NAMES[meaning] for meaning in given)
        message = f"Ячейки пусты, как под объединёнными: {names} – из пункта {giver.number or 'выше'}. Проверьте."
        made.warnings.append(ReadingWarning(item.place, "empty_cells_inherited", message))
