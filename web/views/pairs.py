"""Pairs as the board and the list show them: ready words and addresses, a fixed number of statements a page."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from markupsafe import Markup

from web.formatting import count, days, number, plural, russian_date, school_year_of, standing_for
from web.links import remedy
from workflow_core import operations
from workflow_core.amounts import NOTHING, Amount
from workflow_core.definition import REMEMBERED, SAME, START, EventDefinition, WorkflowDefinition
from workflow_core.exceptions import NotFound, NotPermitted
from workflow_core.guards import Actor, Blocker, Severity
from workflow_core.judgement import not_permitted
from workflow_core.operations import StepRequest
from workflow_core.unit_of_work import UnitOfWork
from workflows.documents import queries as papers
from workflows.documents.kinds import PERSONAL_DATA_CONSENTS
from workflows.documents.papers import PaperLine
from workflows.mentoring import board as pairs
from workflows.mentoring import queries
from workflows.mentoring.board import BoardColumn, PairLine
from workflows.mentoring.pair_list import PairFilter
from workflows.mentoring.states import REGULAR_WORK
from workflows.mentoring.tables import FORM_TITLES, Form
from workflows.mentoring.values import PAIR_ORDER
from workflows.organisations import people as people_words
from workflows.organisations import policy, search_index
from workflows.organisations import queries as organisations

EVERYTHING = PairFilter()

# -- who sees which pairs, and what may be done next ------------------------------------------------------------------


def visible(actor: Actor, wanted: PairFilter = EVERYTHING) -> PairFilter:
    """The filter narrowed to what the actor may see: a mentor's own pairs. Raises NotPermitted."""
    policy.require(actor, "pair.read", own=True)
    return wanted if policy.may(actor, "pair.read") else replace(wanted, person_id=actor.person_id or "-")


def own_pair(read: UnitOfWork, actor: Actor, pair_id: str) -> PairLine:
    """One pair that the actor may see. Raises NotFound for another organisation's, NotPermitted for another mentor's."""
    line = pairs.pair_lines(read, [pair_id]).get(pair_id)
    if line is None:
        raise NotFound("пара", pair_id)
    mentors = {one.id for one in line.mentors}
    policy.require(actor, "pair.read", own=bool(actor.person_id) and actor.person_id in mentors)
    return line


def _may_open(actor: Actor, line: PairLine) -> bool:
    """A mentor who was replaced has left the pair: the filter by person still finds it."""
    return policy.may(actor, "pair.read") or actor.person_id in {one.id for one in line.mentors}


def next_event(definition: WorkflowDefinition, state: str) -> EventDefinition | None:
    """The step that most pairs take from a state: the nearest one on the track, the way back from a suspension, or the
    continuation of an ended pair; None where nothing goes on."""
    events = definition.events_from(state)
    if definition.state(state).remembers:
        return next((event for event in events if event.target_from(state) == REMEMBERED), None)
    track = definition.track
    if state in track and definition.state(state).final is None:
        ahead = {name: place for place, name in enumerate(track) if place > track.index(state)}
        onward = [event for event in events if event.target_from(state) in ahead]
        return min(onward, key=lambda event: ahead[event.target_from(state)], default=None)
    return next((event for event in events if event.bulk and event.target_from(state) in (SAME, state)), None)


def may_fire(actor: Actor, event: EventDefinition) -> bool:
    """Whether the actor holds a role that may do this somewhere: by membership, or as somebody's mentor."""
    return bool(actor.roles & set(event.roles))


def may_propose(read: UnitOfWork, actor: Actor) -> bool:
    """Whether the actor may choose pairs."""
    starts = [
        event
        for one in read.catalogue.definitions.values()
        if one.subject == "pair"
        for event in one.events_from(START)
    ]
    return any(may_fire(actor, event) for event in starts)


def bulk_events(read: UnitOfWork, actor: Actor, states: Sequence[str] = ()) -> list[EventDefinition]:
    """Steps that may be done for many pairs at once, in the order of the lifecycle; only from some states if named."""
    found: dict[str, EventDefinition] = {}
    for definition in read.definitions.values():
        if definition.subject != "pair":
            continue
        for event in definition.events:
            # «Закрепить» is also here: a place without orders fixes its pairs by the curator's list.
            possible = not states or bool(set(states) & set(event.sources))
            if event.bulk and event.sources != (START,) and possible and may_fire(actor, event):
                found.setdefault(event.name, event)
    return list(found.values())


def event_named(read: UnitOfWork, name: str) -> EventDefinition:
    """A step for many, whichever lifecycle it belongs to. Raises NotFound."""
    for definition in read.definitions.values():
        if definition.subject == "pair" and definition.has_event(name) and definition.event(name).bulk:
            return definition.event(name)
    raise NotFound("шаг", name)


# -- the board --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BoardView:
    """What the board shows."""

    sentence: Markup
    columns: tuple[Mapping[str, Any], ...]
    aside: tuple[tuple[str, str], ...]
    """States off the road: (words with number, address)."""
    total: int
    quick: tuple[tuple[str, str, int | Amount], ...]
    """Filters that a phone shows first: words, address, number."""
    may_propose: bool


def board_view(read: UnitOfWork, actor: Actor) -> BoardView:
    """The live pairs by stage."""
    wanted = visible(actor)
    columns = pairs.board(read, wanted, definition=str(read.profile.settings.get("pair.definition") or "pair"))
    on_track = [column for column in columns if column.on_track]
    shown = [line for column in on_track for line in column.pairs]
    waiting = waiting_orders(read, [line.id for line in shown])
    obstacles = _obstacles(read, actor, shown)
    counts = pairs.pair_counts(read, wanted)
    stuck = pairs.amount(read, pairs.stuck_filter(read, wanted)) or NOTHING
    waits = _waiting(read, wanted, waiting)
    return BoardView(
        sentence=_board_sentence(sum(column.total for column in columns), stuck, waits),
        columns=tuple(_column(read, actor, column, waiting, obstacles) for column in on_track),
        aside=_aside(read, counts, {column.state for column in on_track}),
        total=sum(counts.values()),
        quick=(
            ("Стоят", url_for("pairs.listing", stuck="1"), stuck),
            ("Ждут подписи", url_for("pairs.listing", state="proposed"), waits),
            ("Все", url_for("pairs.listing"), sum(counts.values())),
        ),
        may_propose=may_propose(read, actor),
    )


def _waiting(read: UnitOfWork, wanted: PairFilter, shown: Mapping[str, str]) -> Amount:
    """How many pairs wait for the head's signature; of somebody's own those on the board."""
    if wanted != EVERYTHING:
        return Amount(len(shown))
    return papers.subjects_named(read.session, read.scope, PAIR_ORDER, "at_signing", "pair")


def _board_sentence(live: int, stuck: Amount, waiting: Amount) -> Markup:
    words = Markup("{}.").format(count(live, "пара", "пары", "пар"))
    parts = []
    if stuck:
        link = Markup('<a href="{}">{}</a>').format(url_for("pairs.listing", stuck="1"), number(stuck))
        parts.append(Markup("{} на месте {}").format(plural(stuck, "Стоит", "Стоят", "Стоят"), link))
    if waiting:
        link = Markup('<a href="{}">{}</a>').format(url_for("pairs.listing", state="proposed"), number(waiting))
        word = plural(waiting, "ждёт", "ждут", "ждут")
        parts.append(Markup("{} подписи {}").format(word if parts else word.capitalize(), link))
    return words + (Markup(" ") + Markup(", ").join(parts) + "." if parts else "")


def waiting_orders(read: UnitOfWork, pair_ids: Sequence[str]) -> dict[str, str]:
    """Of proposed pairs since when their order lies at the head's: words by pair."""
    found = {}
    year = school_year_of(read.today)
    for pair_id, lines in papers.papers_of(read.session, read.scope, "pair", pair_ids).items():
        order = next((line for line in lines if line.kind == PAIR_ORDER and line.state == "at_signing"), None)
        if order is not None and order.since:
            found[pair_id] = f"ждёт приказа с {russian_date(order.since, year)}"
    return found


def _obstacles(read: UnitOfWork, actor: Actor, lines: Sequence[PairLine]) -> dict[str, Blocker]:
    """What stands in the way of the next step of some pairs: the first thing that blocks it."""
    requests = []
    for line in lines:
        event = next_event(_definition(read, line), line.state)
        if event is not None:
            requests.append(StepRequest(line.id, event.name))
    found: dict[str, Blocker] = {}
    for row in operations.preview(read, actor, requests):
        blocking = [one for one in row.blockers if one.severity is Severity.BLOCK and one.guard != "policy"]
        if blocking:
            found[row.process_id] = blocking[0]
    return found


def _definition(read: UnitOfWork, line: PairLine) -> WorkflowDefinition:
    return read.definitions[line.definition]


def _column(
    read: UnitOfWork,
    actor: Actor,
    column: BoardColumn,
    waiting: Mapping[str, str],
    obstacles: Mapping[str, Blocker],
) -> dict[str, Any]:
    more = column.total - len(column.pairs)
    step = _next_for_many(read, actor, column)
    here = url_for("pairs.listing", state=column.state)
    return {
        "id": f"column-{column.state}",
        "title": column.title,
        "total": column.total,
        "url": here,
        "cards": [_card(read, line, waiting, obstacles.get(line.id)) for line in column.pairs],
        "more": (f"Ещё {number(more)}", here) if more > 0 else None,
        "next": (f"{step.title}…", url_for("pairs.listing", state=column.state, step=step.name)) if step else None,
        "empty": f"Сюда пары попадут, когда будет так: {_meaning(read, column.state)}",
    }


def _meaning(read: UnitOfWork, state: str) -> str:
    found = [one.states[state] for one in read.definitions.values() if state in one.states]
    words = next((one.meaning or one.title for one in found), "")
    return f"{words[:1].lower()}{words[1:]}"


def _next_for_many(read: UnitOfWork, actor: Actor, column: BoardColumn) -> EventDefinition | None:
    """The step that the foot of a column offers: the next one of the lifecycle that most of its pairs have."""
    codes = [line.definition for line in column.pairs]
    if not codes:
        return None
    definition = read.definitions[max(sorted(set(codes)), key=codes.count)]
    event = next_event(definition, column.state)
    return event if event and event.bulk and may_fire(actor, event) else None


def _card(read: UnitOfWork, line: PairLine, waiting: Mapping[str, str], blocker: Blocker | None) -> dict[str, Any]:
    words, kind, sign = card_line(read, line, waiting.get(line.id, ""), blocker)
    return {
        "names": _card_names(line),
        "url": url_for("pairs.show", pair_id=line.id),
        "form": line.form_title,
        "line": words,
        "kind": kind,
        "sign": sign,
    }


def _card_names(line: PairLine) -> list[str]:
    mentors = ", ".join(one.name for one in line.mentors)
    if len(line.mentees) == 1:
        return [mentors, line.mentees[0].name]
    return [mentors, f"группа, {count(len(line.mentees), 'человек', 'человека', 'человек')}"]


def card_line(read: UnitOfWork, line: PairLine, waits: str, blocker: Blocker | None) -> tuple[str, str, str]:
    """The one line on time of a card: words, colour, sign. Only trouble is coloured."""
    if waits:
        return waits, "amber", "clock"
    lack = blocker.text.rpartition(": ")[2] if blocker else ""
    if line.state == REGULAR_WORK:
        if line.is_stuck and line.last_meeting_on:
            return f"встреч нет {days((read.today - line.last_meeting_on).days)}", "amber", "clock"
        if line.is_stuck:
            return f"{days(line.days)} без встреч", "amber", "clock"
        if line.last_meeting_on:
            return f"встреча {russian_date(line.last_meeting_on, school_year_of(read.today))}", "", ""
        return "встреч ещё не было", "", ""
    if line.is_stuck:
        return f"{standing_for(line.since, read.today)}{f', {lack}' if lack else ''}", "late", "warning"
    if blocker is not None and "person" in blocker.values:
        return lack, "late", "lock"
    return days(line.days) if line.days else "сегодня", "", ""


def _aside(read: UnitOfWork, counts: Mapping[str, int], shown: set[str]) -> tuple[tuple[str, str], ...]:
    states = {
        state.name: state.title
        for definition in read.definitions.values()
        if definition.subject == "pair"
        for state in definition.states.values()
        if state.name not in shown
    }
    return tuple(
        (f"{title} {counts.get(name, 0)}", url_for("pairs.listing", state=name)) for name, title in states.items()
    )


# -- the list ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address of the list says."""

    text: str = ""
    states: tuple[str, ...] = ()
    form: str = ""
    curator: str = ""
    programme: str = ""
    stuck: bool = False
    after: str = ""

    def address(self, **change: Any) -> str:
        """The address of the list with something changed; the page within the list starts anew."""
        return url_for("pairs.listing", **self.arguments(**change))

    def arguments(self, **change: Any) -> dict[str, Any]:
        """The filter as arguments of an address."""
        values = {
            "q": self.text,
            "state": list(self.states),
            "form": self.form,
            "curator": self.curator,
            "programme": self.programme,
            "stuck": "1" if self.stuck else "",
            **change,
        }
        return {name: value for name, value in values.items() if value}

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The filter as hidden fields of a form."""
        return [
            (name, one)
            for name, value in self.arguments().items()
            for one in (value if isinstance(value, list) else [value])
        ]

    def wanted(self) -> PairFilter:
        """The filter of the query."""
        return PairFilter(
            text=self.text,
            states=self.states,
            form=self.form,
            programme_id=self.programme,
            curator_id=self.curator,
        )


@dataclass(frozen=True, slots=True)
class ListView:
    """What the list shows."""

    sentence: str
    query: ListQuery
    rows: tuple[Mapping[str, Any], ...]
    menus: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...]
    """(label, links) of each choice."""
    stuck: tuple[str, Amount | None, bool]
    """Address, number (None: nobody counted) and whether it is chosen."""
    is_filtered: bool
    may_propose: bool
    steps: tuple[tuple[str, str], ...]
    """(name, button) of the steps that may be done for many pairs."""
    next_url: str
    first_url: str
    matching: Amount
    """How many pairs the filter leaves."""


def list_view(read: UnitOfWork, actor: Actor, query: ListQuery) -> ListView:
    """A page of the list with its filters."""
    wanted = visible(actor, query.wanted())
    stuck = pairs.stuck_filter(read, wanted)
    shown = stuck if query.stuck else wanted
    total = sum(pairs.pair_counts(read, visible(actor)).values())
    page = pairs.pair_page(read, shown, after=query.after)
    filtered = query != ListQuery(after=query.after)
    # Where only a walk through all pairs would tell, the page itself says how many there are at least.
    matching = pairs.amount(read, shown) or Amount(len(page.pairs), bool(page.next_after or query.after))
    words = (
        f"Найдено {count(matching, 'пара', 'пары', 'пар')} из {number(total)}."
        if filtered
        else f"Всего {count(total, 'пара', 'пары', 'пар')}."
    )
    if search_index.is_short(query.text):
        words = f"{words} {search_index.SHORT_NOTE}"
    return ListView(
        sentence=words,
        query=query,
        rows=tuple(list_row(read, line) for line in page.pairs if _may_open(actor, line)),
        menus=_menus(read, query),
        stuck=(
            query.address(stuck="" if query.stuck else "1"),
            pairs.amount(read, stuck),
            query.stuck,
        ),
        is_filtered=filtered,
        may_propose=may_propose(read, actor),
        steps=tuple((event.name, event.title) for event in bulk_events(read, actor, query.states)),
        next_url=query.address(after=page.next_after) if page.next_after else "",
        first_url=query.address() if query.after else "",
        matching=matching,
    )


def list_row(read: UnitOfWork, line: PairLine) -> dict[str, Any]:
    """One pair of the list."""
    words, kind, _sign = card_line(read, line, "", None)
    mentees = line.mentees[0].place if len(line.mentees) == 1 else ""
    return {
        "id": line.id,
        "label": line.label,
        "url": url_for("pairs.show", pair_id=line.id),
        "note": f"{line.form_title}{f', {mentees}' if mentees else ''}",
        "state": line.state_title,
        "time": words,
        "time_kind": kind,
        "programme": line.programme_title,
        "curator": line.curator or "не назначен",
        "until": russian_date(line.ends_on, school_year_of(read.today)),
        "version": line.version,
    }


def _menus(read: UnitOfWork, query: ListQuery) -> tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...]:
    states = {
        state.name: state.title
        for definition in read.definitions.values()
        if definition.subject == "pair"
        for state in definition.states.values()
    }
    forms = {str(form): FORM_TITLES[form] for form in Form}
    programmes = queries.programmes(read.session, read.scope)
    heads = organisations.people(
        read.session, read.scope, [row.curator_id for row in programmes.values() if row.curator_id]
    )
    curators = {person.id: people_words.short_name(person) for person in heads.values()}
    chosen_states = ", ".join(states.get(name, name) for name in query.states)
    return (
        _menu(f"Этап: {chosen_states or 'все'}", states, query.states, lambda value: query.address(state=value)),
        _menu(
            f"Форма: {forms.get(query.form, 'любая')}", forms, (query.form,), lambda value: query.address(form=value)
        ),
        _menu(
            f"Кто ведёт: {curators.get(query.curator, 'все')}",
            curators,
            (query.curator,),
            lambda value: query.address(curator=value),
        ),
        _menu(
            f"Программа: {programmes[query.programme].title if query.programme in programmes else 'все'}",
            {row.id: row.title for row in programmes.values()},
            (query.programme,),
            lambda value: query.address(programme=value),
        ),
    )


def _menu(
    label: str, values: Mapping[str, str], chosen: Sequence[str], address: Callable[[str], str]
) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    nothing = not any(chosen)
    links = [{"label": "все", "url": address(""), "current": nothing}]
    links += [{"label": words, "url": address(value), "current": value in chosen} for value, words in values.items()]
    return label, tuple(links)


# -- a step for many --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One pair of a step for many, as it was typed."""

    pair_id: str
    day: str
    ground: str = ""
    version: int | None = None
    wrong_day: str = ""
    """The sentence about a day that can't be read."""


@dataclass(frozen=True, slots=True)
class BulkView:
    """The list as the preview of a step."""

    event: EventDefinition
    rows: tuple[Mapping[str, Any], ...]
    open_count: int
    closed_count: int
    closed_sentence: str


def bulk_preview(
    read: UnitOfWork, actor: Actor, event: EventDefinition, rows: Sequence[BulkRow], requests: Sequence[StepRequest]
) -> BulkView:
    """What the step would come to, row by row; `requests` stand in the order of `rows`. Changes nothing."""
    visible(actor)
    if not may_fire(actor, event):
        raise NotPermitted(f"{not_permitted(read, event.roles).text}.", event.roles)
    lines = pairs.pair_lines(read, [row.pair_id for row in rows])
    known = [
        (row, request)
        for row, request in zip(rows, requests, strict=True)
        if row.pair_id in lines and _may_open(actor, lines[row.pair_id])
    ]
    outcomes = operations.preview(read, actor, [request for _row, request in known])
    shown = [
        _bulk_row(read, event, row, lines[row.pair_id], outcome)
        for (row, _), outcome in zip(known, outcomes, strict=True)
    ]
    closed = [row for row in shown if row["outcome"] == "closed"]
    return BulkView(
        event=event,
        rows=tuple(shown),
        open_count=len(shown) - len(closed),
        closed_count=len(closed),
        closed_sentence=(
            f"{count(len(closed), 'пара останется', 'пары останутся', 'пар останутся')} как есть" if closed else ""
        ),
    )


def _bulk_row(
    read: UnitOfWork, event: EventDefinition, row: BulkRow, line: PairLine, outcome: operations.RowResult
) -> dict[str, Any]:
    word, sentence = "ok", outcome.text
    main = outcome.blockers[0] if outcome.blockers else None
    elsewhere = line.state not in event.sources
    if row.wrong_day:
        word, sentence, main = "closed", row.wrong_day, None
    elif elsewhere:
        word, sentence = "closed", f"Нельзя: пара на другом этапе, «{line.state_title}»"
    elif not outcome.ok:
        word = "closed"
        sentence = outcome.text if outcome.text.startswith("Нельзя") else f"Нельзя: {outcome.text}"
    elif outcome.needs_ground:
        word = "ground"
        sentence = (
            f"{main.text}. Нужно обоснование" if main and main.severity is Severity.REASON else "Нужно обоснование"
        )
    return {
        **list_row(read, line),
        "day": row.day,
        "ground": row.ground,
        "outcome": word,
        "sentence": sentence,
        "wrong_day": row.wrong_day,
        "version": row.version if row.version is not None else line.version,
        "link": _bulk_link(line, main) if word == "closed" and not row.wrong_day else None,
        "more": [one.text for one in outcome.blockers[1:] if one.severity is not Severity.NOTE],
    }


def _bulk_link(line: PairLine, blocker: Blocker | None) -> tuple[str, str]:
    """Where the reason of a closed row is removed; the pair itself where no page is named."""
    return (_link(blocker) if blocker else None) or ("Открыть пару", url_for("pairs.show", pair_id=line.id))


def _link(blocker: Blocker) -> tuple[str, str] | None:
    found = remedy(blocker)
    return (found["label"], found["url"]) if found else None


def bulk_results(read: UnitOfWork, actor: Actor, outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same rows after the step: what became of each, and where it can be taken back."""
    lines = pairs.pair_lines(read, [row["id"] for row in outcome["rows"]])
    event = event_named(read, outcome["event"])
    shown = []
    for row in outcome["rows"]:
        line = lines.get(row["id"])
        if line is None:
            continue
        can_undo = row["ok"] and event.undoable and line.version == row["version"]
        shown.append(
            {
                **list_row(read, line),
                "ok": row["ok"],
                "text": row["text"],
                "undo": url_for("pairs.undo", pair_id=line.id) if can_undo else "",
                "open": url_for("pairs.step", pair_id=line.id, event=event.name) if not row["ok"] else "",
            }
        )
    return shown


def entered_rows(read: UnitOfWork, actor: Actor, pair_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Pairs that were entered just now, with the papers that each of them lacks: a finding, not a wall."""
    visible(actor)
    lines = pairs.pair_lines(read, pair_ids)
    shown = [lines[pair_id] for pair_id in pair_ids if pair_id in lines]
    members = [one.id for line in shown for one in (*line.mentors, *line.mentees)]
    consents = papers.consents_on(read.session, read.scope, members, PERSONAL_DATA_CONSENTS, read.today)
    agreed = {one for one, kinds in consents.items() if any(paper.is_valid for paper in kinds.values())}
    ordered = papers.papers_of(read.session, read.scope, "pair", [line.id for line in shown])
    return [{**list_row(read, line), "lack": _lack(line, agreed, ordered.get(line.id, []))} for line in shown]


def _lack(line: PairLine, agreed: Container[str], own: Sequence[PaperLine]) -> str:
    missing = sum(one.id not in agreed for one in (*line.mentors, *line.mentees))
    texts = ["приказа о закреплении"] if all(paper.kind != PAIR_ORDER for paper in own) else []
    if missing:
        texts.append(count(missing, "согласия на обработку данных", *["согласий на обработку данных"] * 2))
    return f"Нет {', '.join(texts)}" if texts else ""
