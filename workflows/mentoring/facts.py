"""Facts about pairs, loaded in bulk: each provider needs the same few statements for one pair and for a page of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from workflow_core.guards import EMPTY, FactsProvider, named_in_forms
from workflows.documents import queries as papers
from workflows.documents.consents import ConsentState
from workflows.documents.papers import ActInForce, PaperLine
from workflows.mentoring import queries
from workflows.mentoring.states import DECLINED, FINAL
from workflows.mentoring.tables import MeetingKind, Pair, PairMember, Participant, Programme, Side
from workflows.mentoring.values import (
    CASE,
    LABOUR_AGREEMENT,
    PLAN_KINDS,
    PLAN_ORDER,
    Answer,
    Candidate,
    MeetingsValue,
    Member,
    NextCycle,
    OrderValue,
    OtherPair,
    PairOrders,
    PlanValue,
    ProgrammeValue,
    Signer,
    current,
    fixes_pairs,
    member_value,
)
from workflows.organisations import people
from workflows.organisations import queries as organisations
from workflows.organisations.tables import Person

Loaded = Mapping[str, Any]
Rows = dict[str, list[tuple[PairMember, Person]]]

_BEFORE: Mapping[str, frozenset[str]] = {
    "acquaintance": frozenset({MeetingKind.ACQUAINTANCE}),
    "trial": frozenset({MeetingKind.ACQUAINTANCE, MeetingKind.TRIAL}),
    "planning": frozenset({MeetingKind.ACQUAINTANCE, MeetingKind.TRIAL, MeetingKind.PLANNING}),
}
"""Meetings that a pair entered as found in a state has behind it: what has no line in the log is a finding, not a wall."""


def _current_members(session: Session, scope: str, pair_ids: Iterable[str], on_date: date) -> Rows:
    rows = queries.members(session, scope, pair_ids)
    return {pair_id: current(of_pair, on_date) for pair_id, of_pair in rows.items()}


# -- people -----------------------------------------------------------------------------------------------------------


def relations(session: Session, scope: str, ids: Sequence[str], _on_date: date) -> Loaded:
    """Who is mentor of each pair now, whatever day a step is entered for: rights end with the membership."""
    rows = queries.members(session, scope, ids)
    return {
        pair_id: {row.person_id: frozenset({"mentor"}) for row, _who in current(of_pair) if row.side == Side.MENTOR}
        for pair_id, of_pair in rows.items()
    }


def paper_relations(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """Who may take the steps of a mentor with each paper: who is mentor of every pair that it is about."""
    about = {
        paper_id: [line.subject_id for line in lines if line.subject_kind == "pair"]
        for paper_id, lines in papers.subjects_of(session, scope, ids).items()
    }
    mentors = relations(session, scope, [pair_id for pair_ids in about.values() for pair_id in pair_ids], on_date)
    found = {}
    for paper_id, pair_ids in about.items():
        of_all = [frozenset(mentors.get(pair_id, ())) for pair_id in pair_ids]
        found[paper_id] = dict.fromkeys(frozenset.intersection(*of_all) if of_all else (), frozenset({"mentor"}))
    return found


def members(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """The members of each pair, mentors first, the leading one before the others."""
    rows = _current_members(session, scope, ids, on_date)
    pairs = queries.pairs(session, scope, ids)
    people_here = [who.id for of_pair in rows.values() for _row, who in of_pair]
    banks = _banks(session, scope, {pair.programme_id for pair in pairs.values()}, people_here, on_date)
    signers = _signers(session, scope, people_here)
    return {
        pair_id: tuple(
            member_value(
                row,
                who,
                in_bank=(who.id, row.side) in banks.get(pairs[pair_id].programme_id, frozenset()),
                signers=signers.get(who.id, ()),
            )
            for row, who in of_pair
        )
        for pair_id, of_pair in rows.items()
    }


def joined_later(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """Of each pair those who are in it now and joined only after the day: name and first day by person."""
    rows = queries.members(session, scope, ids)
    return {
        pair_id: {
            row.person_id: (people.full_name(who), row.joined_on)
            for row, who in current(of_pair)
            if row.joined_on > on_date
        }
        for pair_id, of_pair in rows.items()
    }


def _banks(
    session: Session, scope: str, programme_ids: Iterable[str], person_ids: Iterable[str], on_date: date
) -> dict[str, frozenset[tuple[str, str]]]:
    """(person, side) of those of some people who are in the banks of some programmes on the day."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row, who in queries.banks_of(session, scope, programme_ids, person_ids):
        if row.left_on is None or row.left_on > on_date:
            found.setdefault(row.programme_id, set()).add((who.id, row.side))
    return {programme_id: frozenset(bank) for programme_id, bank in found.items()}


def _signers(session: Session, scope: str, person_ids: Iterable[str]) -> dict[str, list[Signer]]:
    found = organisations.representatives_of(session, scope, person_ids)
    return {
        pupil_id: [Signer(adult.id, people.full_name(adult), link.relation) for link, adult in links]
        for pupil_id, links in found.items()
    }


def member_consents(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """Of each pair the consents of its members on the day: person -> kind -> `ConsentState`."""
    rows = _current_members(session, scope, ids, on_date)
    consents = consents_of(session, scope, [who.id for of_pair in rows.values() for _row, who in of_pair], on_date)
    return {
        pair_id: {who.id: consents[who.id] for _row, who in of_pair if who.id in consents}
        for pair_id, of_pair in rows.items()
    }


def consents_of(
    session: Session, scope: str, person_ids: Iterable[str] | None, on_date: date
) -> dict[str, Mapping[str, ConsentState]]:
    """Consents of some people (None: of all) by person and kind, seen on a day."""
    found = papers.consents_on(session, scope, person_ids, (), on_date)
    return {person_id: MappingProxyType(kinds) for person_id, kinds in found.items()}


def candidates(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """Of each pair those in the banks of its programme who are not in it, with their consents, by person: whom a form names.

    A bank is as large as a school; a rule asks of one person whether they may join.
    """
    named = named_in_forms()
    if not named:
        return {}
    pairs = queries.pairs(session, scope, ids)
    inside = _current_members(session, scope, ids, on_date)
    banks: dict[str, list[tuple[Participant, Person]]] = {}
    for row, who in queries.banks_of(session, scope, {pair.programme_id for pair in pairs.values()}, named):
        if row.left_on is None or row.left_on > on_date:
            banks.setdefault(row.programme_id, []).append((row, who))
    person_ids = [who.id for bank in banks.values() for _row, who in bank]
    consents, signers = consents_of(session, scope, person_ids, on_date), _signers(session, scope, person_ids)
    found = {}
    for pair_id, pair in pairs.items():
        taken = {who.id for _row, who in inside.get(pair_id, ())}
        found[pair_id] = {
            who.id: Candidate(_in_bank(row, who, signers.get(who.id, ())), consents.get(who.id, EMPTY))
            for row, who in banks.get(pair.programme_id, ())
            if who.id not in taken
        }
    return found


def _in_bank(row: Participant, who: Person, signers: Sequence[Signer]) -> Member:
    seat = PairMember(
        organisation_id=row.organisation_id, pair_id="", person_id=who.id, side=row.side, joined_on=row.entered_on
    )
    return member_value(seat, who, in_bank=True, signers=signers)


def participant_values(rows: Iterable[tuple[Participant, Person]], session: Session, scope: str) -> list[Member]:
    """Lines of banks as members of nothing yet, for figures about the whole bank."""
    lines = list(rows)
    signers = _signers(session, scope, [who.id for _row, who in lines])
    return [_in_bank(row, who, signers.get(who.id, ())) for row, who in lines]


def programme(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """Programme, frame and the people who can solve things, of each pair."""
    pairs = queries.pairs(session, scope, ids)
    programmes = queries.programmes(session, scope, {pair.programme_id for pair in pairs.values()})
    curators = organisations.people(session, scope, [row.curator_id for row in programmes.values() if row.curator_id])
    signatories = organisations.signatories(session, scope, on_date)
    head = f"{people.short_name(signatories[0][1])}, {signatories[0][0].title}" if signatories else ""
    return {
        pair_id: _programme_value(pair, programmes[pair.programme_id], curators, head or "руководитель организации")
        for pair_id, pair in pairs.items()
    }


def _programme_value(pair: Pair, row: Programme, curators: Mapping[str, Person], head: str) -> ProgrammeValue:
    curator = curators.get(row.curator_id or "")
    name = f"{people.short_name(curator)}, куратор" if curator else "куратор"
    return ProgrammeValue(
        row.id,
        row.title,
        row.form,
        pair.form,
        pair.starts_on,
        pair.ends_on,
        name,
        head,
        pair.previous_pair_id or "",
    )


# -- other pairs ------------------------------------------------------------------------------------------------------


def _other_pairs(session: Session, scope: str, ids: Sequence[str], on_date: date) -> tuple[Rows, list[OtherPair]]:
    """The members of the pairs asked for, and all live pairs in which one of them stands (those asked for too)."""
    rows = _current_members(session, scope, ids, on_date)
    person_ids = [who.id for of_pair in rows.values() for _row, who in of_pair]
    found = {one.pair.id: one for one in queries.memberships(session, scope, person_ids, FINAL)}
    others = _current_members(session, scope, found, on_date)
    return rows, [
        OtherPair(
            pair_id,
            one.state,
            one.pair.programme_id,
            frozenset(row.person_id for row, _who in others.get(pair_id, ()) if row.side == Side.MENTOR),
            frozenset(row.person_id for row, _who in others.get(pair_id, ()) if row.side == Side.MENTEE),
        )
        for pair_id, one in found.items()
    ]


def mentor_load(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """Of each pair's mentors the number of mentees in their other live pairs: person -> number."""
    rows, others = _other_pairs(session, scope, ids, on_date)
    loads: dict[str, dict[str, int]] = {pair_id: {} for pair_id in rows}
    for pair_id, of_pair in rows.items():
        for row, _who in of_pair:
            if row.side == Side.MENTOR:
                elsewhere = [one for one in others if one.pair_id != pair_id and row.person_id in one.mentors]
                loads[pair_id][row.person_id] = sum(len(one.mentees) for one in elsewhere)
    return loads


def live_pairs_of_members(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """Of each pair the other live pairs in which its members stand."""
    rows, others = _other_pairs(session, scope, ids, on_date)
    found = {}
    for pair_id, of_pair in rows.items():
        here = {row.person_id for row, _who in of_pair}
        found[pair_id] = tuple(one for one in others if one.pair_id != pair_id and here & (one.mentors | one.mentees))
    return found


def next_cycle(session: Session, scope: str, ids: Sequence[str], _on_date: date) -> Loaded:
    """Of each pair whether a programme of the next year is there, and the pair that continues it already."""
    pairs, programmes = queries.pairs(session, scope, ids), queries.programmes(session, scope)
    followers = queries.successors(session, scope, ids)
    found = {}
    for pair_id, pair in pairs.items():
        before = programmes[pair.programme_id]
        later = any(row.starts_on > before.starts_on and row.form in ("", before.form) for row in programmes.values())
        live = [follower for follower, state in followers.get(pair_id, ()) if state != DECLINED]
        found[pair_id] = NextCycle(later, live[0] if live else "")
    return found


# -- papers -----------------------------------------------------------------------------------------------------------


def orders(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """The orders on pairs that name each pair."""
    lines = papers.papers_of(session, scope, "pair", ids)
    standing = {act.id for act in papers.acts_in_force(session, scope, on_date, ids)}
    rows = queries.members(session, scope, ids)
    found = {}
    for pair_id in ids:
        named = [line for line in lines.get(pair_id, ()) if fixes_pairs(line.kind)]
        found[pair_id] = PairOrders(
            _orders(line for line in named if line.id in standing),
            # Whatever a plugin puts between draft and registration: it waits.
            _orders(line for line in named if not line.signed_on and line.state != "discarded"),
            _orders(line for line in named if line.signed_on),
            _replaced_on([row for row, _who in rows.get(pair_id, ())]),
        )
    return found


def _replaced_on(rows: Sequence[PairMember]) -> date | None:
    """Since when the leading mentor is another one than at first: from then on a new order has to name the pair."""
    leader = next((row for row in rows if row.leads and row.left_on is None), None)
    first = min((row.joined_on for row in rows), default=None)
    return leader.joined_on if leader and first and leader.joined_on > first else None


def _orders(lines: Iterable[PaperLine]) -> tuple[OrderValue, ...]:
    found = (OrderValue(line.id, line.number, line.signed_on, line.state) for line in lines)
    return tuple(sorted(found, key=lambda order: (order.signed_on or date.max, order.document_id)))


def plan(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """The plan of each pair, and whether that of the pair before was approved."""
    pairs = queries.pairs(session, scope, ids)
    previous = {pair_id: row.previous_pair_id for pair_id, row in pairs.items() if row.previous_pair_id}
    all_ids = [*ids, *previous.values()]
    tasks = queries.plan_tasks(session, scope, ids)
    lines = {
        pair_id: [line for line in of_pair if line.kind in PLAN_KINDS and line.state != "superseded"]
        for pair_id, of_pair in papers.papers_of(session, scope, "pair", all_ids).items()
    }
    approved = _approved(session, scope, all_ids, lines, on_date)
    found = {}
    for pair_id in pairs:
        own = tasks.get(pair_id, [])
        paper = next(iter(lines.get(pair_id, [])), None)
        done = sum(1 for task in own if task.done_on is not None and task.done_on <= on_date)
        found[pair_id] = PlanValue(
            len(own), done, paper.id if paper else "", pair_id in approved, previous.get(pair_id) in approved
        )
    return found


def _approved(
    session: Session, scope: str, ids: Sequence[str], lines: Mapping[str, Sequence[PaperLine]], on_date: date
) -> set[str]:
    """Pairs whose plan is approved on the day: by the stamp on it, or by an order that names pair or plan."""
    of_plan = {line.id: pair_id for pair_id, of_pair in lines.items() for line in of_pair}
    standing = papers.papers_in_force(session, scope, on_date, [*ids, *of_plan])
    approved = {of_plan[paper.id] for paper in standing if paper.id in of_plan}
    named = {subject for act in standing if act.kind == PLAN_ORDER for subject in act.subject_ids}
    return approved | (named & set(ids)) | {pair_id for plan_id, pair_id in of_plan.items() if plan_id in named}


def cases(session: Session, scope: str, ids: Sequence[str], _on_date: date) -> Loaded:
    """Ids of the cases (descriptions of practice) about each pair; drafts too, for a case may stay one."""
    found = papers.papers_of(session, scope, "pair", ids)
    return {
        pair_id: tuple(line.id for line in lines if line.kind == CASE and line.state != "superseded")
        for pair_id, lines in found.items()
    }


def pair_papers(session: Session, scope: str, ids: Sequence[str], _on_date: date) -> Loaded:
    """Ids of all papers about each pair."""
    found = papers.papers_of(session, scope, "pair", ids)
    return {pair_id: frozenset(line.id for line in lines) for pair_id, lines in found.items()}


def agreements(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Loaded:
    """Of each pair the members, and whom a form names, with an agreement on mentoring that stands on the day."""
    rows, named = _current_members(session, scope, ids, on_date), named_in_forms()
    person_ids = {who.id for of_pair in rows.values() for _row, who in of_pair} | named
    standing: tuple[ActInForce, ...] = papers.papers_in_force(session, scope, on_date, person_ids)
    signed = {who for paper in standing if paper.kind == LABOUR_AGREEMENT for who in paper.subject_ids}
    return {
        pair_id: frozenset(signed & (named | {row.person_id for row, _who in of_pair}))
        for pair_id, of_pair in rows.items()
    }


# -- meetings and answers ---------------------------------------------------------------------------------------------


def meetings(session: Session, scope: str, ids: Sequence[str], _on_date: date) -> Loaded:
    """The meeting log of each pair in short."""
    held = queries.held_meetings(session, scope, ids)
    entered = queries.entered_as_found(session, scope, ids)
    found = {}
    for pair_id in ids:
        rows = held.get(pair_id, [])
        found[pair_id] = MeetingsValue(
            frozenset(row.kind for row in rows) | _BEFORE.get(entered.get(pair_id, ""), frozenset()),
            sum(row.count for row in rows),
            max((row.last_on for row in rows), default=None),
        )
    return found


def feedback(session: Session, scope: str, ids: Sequence[str], _on_date: date) -> Loaded:
    """Who has answered in each pair, and at what stage."""
    found = queries.feedback(session, scope, ids)
    return {
        pair_id: tuple(Answer(row.person_id, row.stage, row.given_on, row.satisfied) for row in rows)
        for pair_id, rows in found.items()
    }


PROVIDERS = (
    FactsProvider("relations", "pair", relations, EMPTY),
    FactsProvider("relations", "document", paper_relations, EMPTY),
    FactsProvider("members", "pair", members, ()),
    FactsProvider("member_consents", "pair", member_consents, EMPTY),
    FactsProvider("joined_later", "pair", joined_later, EMPTY),
    FactsProvider("candidates", "pair", candidates, EMPTY, moved_by=("pair",)),
    FactsProvider("programme", "pair", programme),
    FactsProvider("mentor_load", "pair", mentor_load, EMPTY, moved_by=("pair",)),
    FactsProvider("live_pairs_of_members", "pair", live_pairs_of_members, (), moved_by=("pair",)),
    FactsProvider("next_cycle", "pair", next_cycle, NextCycle(), moved_by=("pair",)),
    FactsProvider("orders", "pair", orders, PairOrders()),
    FactsProvider("plan", "pair", plan, PlanValue()),
    FactsProvider("cases", "pair", cases, ()),
    FactsProvider("pair_papers", "pair", pair_papers, frozenset()),
    FactsProvider("agreements", "pair", agreements, frozenset()),
    FactsProvider("meetings", "pair", meetings, MeetingsValue()),
    FactsProvider("feedback", "pair", feedback, ()),
)
