"""What an entry, a paper or a search result is about: any subject by kind and id, with its name and its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from web.views import queries
from web.views.addresses import page_of
from workflow_core.unit_of_work import UnitOfWork
from workflows.mentoring import queries as mentoring
from workflows.mentoring.values import pair_label
from workflows.organisations import people

Ref = tuple[str, str]
"""(kind of subject, id)."""

KIND_TITLES: Mapping[str, str] = {
    "pair": "Пара",
    "person": "Участник",
    "document": "Документ",
    "activity": "Пункт плана",
    "stage": "Раздел карты",
    "road_map": "Дорожная карта",
    "programme": "Программа наставничества",
    "organisation": "Организация",
    "account": "Учётная запись",
    "setting": "Настройка",
    "calendar_days": "Рабочий календарь",
    "map_file": "Файл карты",
    "own_map": "Своя карта",
}

PARENTS: Mapping[str, Ref] = {
    "pair_member": ("pair", "pair_id"),
    "meeting": ("pair", "pair_id"),
    "plan_task": ("pair", "pair_id"),
    "feedback": ("pair", "pair_id"),
    "participant": ("person", "person_id"),
    "support_note": ("participant", "participant_id"),
    "representative": ("person", "pupil_id"),
    "membership": ("account", "account_id"),
    "signatory": ("person", "person_id"),
    "stand_in": ("person", "person_id"),
    "document_subject": ("document", "document_id"),
    "document_file": ("document", "document_id"),
    "acquaintance": ("document", "document_id"),
    "evidence_line": ("activity", "activity_id"),
    "occurrence": ("activity", "activity_id"),
    "activity_fact": ("activity", "activity_id"),
}
"""Registers whose rows belong to something else: kind -> (kind of the parent, column with its id)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as lists name it."""

    kind: str
    id: str
    label: str
    """«Белова Анна — Ким Данил», «Пункт 3.4», «Приказ о закреплении пар № 91-ОД»; empty where nothing is known."""
    url: str = ""


def subjects(read: UnitOfWork, refs: Iterable[Ref]) -> dict[Ref, Subject]:
    """Subjects by kind and id. Statements grow with the kinds asked for, not with the ids; unknown ones get no label."""
    wanted = list(dict.fromkeys(ref for ref in refs if ref[1]))
    by_kind: dict[str, list[str]] = {}
    for kind, subject_id in wanted:
        by_kind.setdefault(kind, []).append(subject_id)
    rows = {kind: queries.rows_of(read.session, read.scope, kind, ids) for kind, ids in by_kind.items()}
    pairs = mentoring.members(read.session, read.scope, rows.get("pair", {}))
    owners = queries.rows_of(
        read.session,
        read.scope,
        "person",
        (row.person_id for row in rows.get("document", {}).values() if row.person_id),
    )
    found: dict[Ref, Subject] = {}
    for kind, subject_id in wanted:
        row = rows[kind].get(subject_id)
        label = _label(kind, row, pairs.get(subject_id, []), owners) if row is not None else ""
        found[kind, subject_id] = Subject(kind, subject_id, label, page_of(kind, subject_id) if row is not None else "")
    return found


def parents(read: UnitOfWork, refs: Mapping[Ref, Mapping[str, Any]]) -> dict[Ref, Ref]:
    """Of rows that belong to something else the subject that they belong to; `refs` gives what is known of each row.

    A row that belongs to nothing is its own subject. Two levels at most (a note of support: participant, person).
    """
    found = {ref: ref for ref in refs}
    known = dict(refs)
    for _ in range(2):
        below = [(ref, now) for ref, now in found.items() if now[0] in PARENTS]
        lacking: dict[str, list[str]] = {}
        for _ref, (kind, row_id) in below:
            if PARENTS[kind][1] not in known.get((kind, row_id), {}):
                lacking.setdefault(kind, []).append(row_id)
        rows = {kind: queries.rows_of(read.session, read.scope, kind, ids) for kind, ids in lacking.items()}
        for ref, (kind, row_id) in below:
            parent, column = PARENTS[kind]
            values = known.get((kind, row_id), {})
            parent_id = values.get(column) or getattr(rows.get(kind, {}).get(row_id), column, "")
            found[ref] = (parent, str(parent_id or ""))
    return found


def _label(kind: str, row: Any, members: Any, owners: Mapping[str, Any]) -> str:
    match kind:
        case "pair":
            return pair_label(row, members)
        case "person":
            return people.label(row)
        case "document":
            return _paper(row, owners)
        case "activity":
            return f"Пункт {row.number}" if row.number else _shortened(row.short_title or row.text)
        case "stage":
            return f"{row.word.capitalize()} {row.number}. {row.title}" if row.number else str(row.title)
        case "map_file":
            return f"Файл «{_shortened(row.name)}»"
        case "organisation":
            return str(row.short_title)
        case "account":
            return str(row.name)
    return str(getattr(row, "title", ""))


def _paper(row: Any, owners: Mapping[str, Any]) -> str:
    number = f" № {row.number}" if row.number else ""
    owner = owners.get(row.person_id or "")
    whose = f": {people.label(owner)}" if owner is not None and people.label(owner) not in row.title else ""
    return f"{row.title}{number}{whose}"


def _shortened(text: str, length: int = 80) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rsplit(' ', 1)[0]}…"
