"""What the forms of a pair's steps offer to choose from: people, papers, programmes, always of this organisation."""

from __future__ import annotations

from collections.abc import Mapping

from web.event_form import Choices
from web.formatting import russian_date
from workflow_core.definition import EventDefinition
from workflow_core.unit_of_work import UnitOfWork
from workflows.documents import queries as papers
from workflows.documents.kinds import known_kinds
from workflows.documents.papers import ActInForce, PaperLine
from workflows.mentoring import queries
from workflows.mentoring.tables import SIDE_TITLES, Side
from workflows.mentoring.values import current
from workflows.organisations import people

ACTS = 200
"""Acts that a field offers, the newest first."""
_LINKS = ("programme",)
"""Fields of type link that name a programme."""


def step_choices(read: UnitOfWork, pair_id: str, event: EventDefinition) -> dict[str, Choices]:
    """The choices of one step of one pair, by the name of the field."""
    found: dict[str, Choices] = {}
    for field in event.fields:
        if field.type == "person":
            found[field.name] = _people(read, pair_id, event, field.name)
        elif field.type == "document":
            found[field.name] = _papers(read, pair_id)
        elif field.name in _LINKS:
            found[field.name] = _later_programmes(read, pair_id)
    return found


def bulk_choices(read: UnitOfWork, event: EventDefinition) -> dict[str, Choices]:
    """The choices of a step for many pairs: papers and programmes that all of them may share."""
    found: dict[str, Choices] = {}
    for field in event.fields:
        if field.type == "document":
            found[field.name] = [(act.id, _act(act.title, act.number, act.signed_on)) for act in _acts(read)]
        elif field.name in _LINKS:
            rows = queries.programmes(read.session, read.scope)
            found[field.name] = [(row.id, row.title) for row in rows.values()]
    return found


def _acts(read: UnitOfWork) -> tuple[ActInForce, ...]:
    return tuple(reversed(papers.acts_in_force(read.session, read.scope, read.today, newest=ACTS)))


def _act(title: str, number: str, signed_on: object) -> str:
    return f"{title} № {number} от {signed_on:%d.%m.%Y}" if number else f"{title} от {signed_on:%d.%m.%Y}"


def _papers(read: UnitOfWork, pair_id: str) -> Choices:
    """Papers of the pair first, then all acts in force."""
    own = papers.papers_of(read.session, read.scope, "pair", [pair_id]).get(pair_id, [])
    titles: Mapping[str, str] = {code: kind.title for code, kind in known_kinds(read.catalogue).items()}
    found = {line.id: _paper(line, titles) for line in own}
    found.update({act.id: _act(act.title, act.number, act.signed_on) for act in _acts(read) if act.id not in found})
    return list(found.items())


def _paper(line: PaperLine, titles: Mapping[str, str]) -> str:
    number = f" № {line.number}" if line.number else ""
    day = f" от {russian_date(line.signed_on)}" if line.signed_on else ", не подписан"
    return f"{line.title or titles.get(line.kind, line.kind)}{number}{day}"


def _people(read: UnitOfWork, pair_id: str, event: EventDefinition, name: str) -> Choices:
    rows = current(queries.members(read.session, read.scope, [pair_id]).get(pair_id, []))
    replaces = event.name == "replace_mentor"
    if name == "leaves":
        chosen = [(row, who) for row, who in rows if not replaces or row.side == Side.MENTOR]
        return [(who.id, f"{people.label(who)}, {SIDE_TITLES[Side(row.side)]}") for row, who in chosen]
    pair = queries.pair(read.session, read.scope, pair_id)
    side = Side.MENTOR if replaces else ""
    inside = {who.id for _row, who in rows}
    bank = queries.participants(read.session, read.scope, [pair.programme_id], side)
    found: dict[str, str] = {}
    for line, who in bank:
        if line.left_on is None and who.id not in inside:
            place = people.place_of_person(who)
            words = ", ".join(part for part in (people.label(who), place, SIDE_TITLES[Side(line.side)]) if part)
            found.setdefault(who.id, words)
    return list(found.items())


def _later_programmes(read: UnitOfWork, pair_id: str) -> Choices:
    own = queries.pair(read.session, read.scope, pair_id).programme_id
    rows = queries.programmes(read.session, read.scope)
    return [(row.id, row.title) for row in rows.values() if row.id != own]
