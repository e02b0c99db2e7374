"""«Найти»: people, pairs, papers and items of the plan by part of a name or number; each reader finds what they may open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from web.views import people as people_view
from web.views import queries
from web.views.addresses import address, page_of
from web.views.pairs import visible
from workflow_core.guards import Actor
from workflow_core.unit_of_work import Read
from workflows.documents import queries as papers
from workflows.documents.queries import PaperFilter
from workflows.mentoring import board
from workflows.mentoring.pair_list import PairFilter
from workflows.organisations import people, policy
from workflows.organisations import queries as organisations
from workflows.organisations.queries import PeopleFilter

SHOWN = 10
"""Results of one kind; the rest stands in that kind's own list."""


@dataclass(frozen=True, slots=True)
class Found:
    """One result."""

    title: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class FoundKind:
    """Results of one kind."""

    title: str
    rows: tuple[Found, ...]
    more_url: str = ""
    """Where all of them are, if there are more."""


def search(read: Read, actor: Actor, text: str) -> list[FoundKind]:
    """What a text is found in, kinds without results left out."""
    found = [
        _people(read, actor, text),
        _pairs(read, actor, text),
        _papers(read, actor, text),
        _items(read, actor, text),
    ]
    return [one for one in found if one.rows]


def _people(read: Read, actor: Actor, text: str) -> FoundKind:
    if not policy.may_own(actor, "people.read"):
        return FoundKind("Участники", ())
    wanted = PeopleFilter(text=text)
    everybody = policy.may(actor, "people.read")
    limit = SHOWN if everybody else 500
    page = organisations.people_page(read.session, read.scope, wanted, limit=limit)
    own = set() if everybody else people_view.own_people(read, actor)
    rows = tuple(
        Found(
            people.full_name(one),
            ", ".join(part for part in (people.KIND_TITLES.get(one.kind, ""), people.place_of_person(one)) if part),
            page_of("person", one.id),
        )
        for one in page.people
        if everybody or one.id in own
    )
    more = address("people.index", q=text) if page.next_after and everybody else ""
    return FoundKind("Участники", rows, more)


def _pairs(read: Read, actor: Actor, text: str) -> FoundKind:
    if not policy.may_own(actor, "pair.read"):
        return FoundKind("Пары", ())
    wanted = replace(visible(actor, PairFilter()), text=text)
    page = board.pair_page(read, wanted, limit=SHOWN)
    rows = tuple(
        Found(one.label, f"{one.form_title} · {one.state_title}", page_of("pair", one.id)) for one in page.pairs
    )
    return FoundKind("Пары", rows, address("pairs.listing", q=text) if page.next_after else "")


def _papers(read: Read, actor: Actor, text: str) -> FoundKind:
    if not policy.may(actor, "document.read"):
        return FoundKind("Документы", ())
    page = papers.paper_page(read.session, read.scope, PaperFilter(text=text.replace("№", " ")), limit=SHOWN)
    titles = _state_titles(read)
    owners = organisations.people(read.session, read.scope, [one.person_id for one in page.papers if one.person_id])
    rows = tuple(
        Found(
            f"{one.title}{f' № {one.number}' if one.number else ''}",
            " · ".join(
                part
                for part in (
                    people.label(owners[one.person_id]) if one.person_id in owners else "",
                    f"от {one.signed_on:%d.%m.%Y}" if one.signed_on else "",
                    titles.get((one.document_class, one.state), ""),
                )
                if part
            ),
            page_of("document", one.id),
        )
        for one in page.papers
    )
    return FoundKind("Документы", rows, address("documents.listing", q=text) if page.next_after else "")


def _state_titles(read: Read) -> Mapping[tuple[str, str], str]:
    return {
        (definition.code, name): state.title
        for definition in read.definitions.values()
        if definition.subject == "document"
        for name, state in definition.states.items()
    }


def _items(read: Read, actor: Actor, text: str) -> FoundKind:
    if not policy.may(actor, "map.read"):
        return FoundKind("Пункты плана", ())
    found = queries.items_found(read.session, read.scope, text.replace("№", " "), SHOWN + 1)
    rows = tuple(
        Found(
            f"Пункт {row.number}" if row.number else "Пункт без номера",
            _shortened(row.text),
            page_of("activity", row.id),
        )
        for row in found
    )
    return FoundKind("Пункты плана", rows[:SHOWN], address("road_maps.show") if len(rows) > SHOWN else "")


def _shortened(text: str, length: int = 140) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rsplit(' ', 1)[0]}…"
