"""A list of people pasted from Excel or typed line by line: read, checked, compared with those who are there. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from web.event_form import parse_day
from workflows.organisations.person_input import PersonInput, faults_of
from workflows.organisations.tables import PersonKind

LIMIT = 500
"""Lines of one paste: a school's year, and a form that a browser still sends at once."""

_HEADING = re.compile(r"^\W*(фио|ф\.\s*и\.\s*о|фамилия)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PastedRow:
    """One line as it was read."""

    line: int
    """From 1, as in the text area."""
    text: str
    person: PersonInput | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """What is wrong, in one sentence or more; empty if nothing is."""
        return " ".join(self.errors.values())


def read_rows(text: str, kind: str, today: date) -> list[PastedRow]:
    """Lines «Фамилия Имя Отчество; класс; дата рождения», semicolons or tabs; empty lines and a heading are skipped.

    The second cell is the class of a pupil and the post of anybody else.
    """
    rows: list[PastedRow] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or (not rows and _HEADING.match(line)):
            continue
        rows.append(_row(number, line.strip(), kind, today))
    return rows


def _row(number: int, line: str, kind: str, today: date) -> PastedRow:
    cells = [cell.strip().strip('"') for cell in line.replace("\t", ";").split(";")]
    names = cells[0].split()
    place = cells[1] if len(cells) > 1 else ""
    born, fault = _born(cells[2] if len(cells) > 2 else "")
    person = PersonInput(
        family_name=names[0] if names else "",
        given_name=names[1] if len(names) > 1 else "",
        patronymic=" ".join(names[2:]),
        kind=kind,
        class_name=place if kind == PersonKind.PUPIL else "",
        post="" if kind == PersonKind.PUPIL else place,
        birth_date=born,
    ).cleaned()
    errors = faults_of(person, today)
    if fault:
        errors["birth_date"] = fault
    if any(cells[3:]):
        errors["line"] = "Лишнее в строке: нужны имя, класс или должность, дата рождения."
    return PastedRow(number, line, person, errors)


def _born(text: str) -> tuple[date | None, str]:
    if not text:
        return None, ""
    try:
        return parse_day(text), ""
    except ValueError:
        return None, f"«{text}» не похоже на дату: пишут 05.11.2013."
