"""Figures of the organisation such as «31 из 34», with the names of what is missing; road maps read them by name.

They count the programmes that run on the day (where none does, those that began last).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from sqlmodel import Session

from workflow_core import queries as core
from workflow_core.guards import FactsProvider, Link, Missing, Share
from workflow_core.unit_of_work import catalogue_of, kept_of
from workflows.documents.consents import ConsentState
from workflows.documents.kinds import DUTY_CONSENT, PERSONAL_DATA_CONSENTS
from workflows.mentoring import facts, queries
from workflows.mentoring.readiness import (
    answers_action,
    gives_duty_consent,
    valid_duty_consent,
    valid_personal_data_consent,
)
from workflows.mentoring.states import ALL_BUT_ENDED, CLOSED, DISSOLVED, FINAL_MEETING, FIXED, IN_WORK
from workflows.mentoring.status import ParticipantStatus, participant_statuses
from workflows.mentoring.tables import FeedbackStage, MeetingKind, Pair, Participant, Side
from workflows.mentoring.values import MeetingsValue, Member, PlanValue, current, pair_label, shown
from workflows.organisations import people
from workflows.organisations.tables import Person

Consents = Mapping[str, ConsentState]
Valid = Callable[[Member, Consents, Mapping[str, Any], date], bool]
MANY = 2_000
"""Rows from which a figure counts as large."""
Loader = Callable[[Session, str, Sequence[str], date], Mapping[str, Share]]


@dataclass(frozen=True, slots=True)
class _Counted:
    """The pairs that a figure counts."""

    pairs: tuple[tuple[Pair, str], ...]
    labels: Mapping[str, str]
    rows: facts.Rows

    @property
    def ids(self) -> list[str]:
        return [pair.id for pair, _state in self.pairs]


def _once(session: Session, key: tuple[Any, ...], load: Callable[[], Any]) -> Any:
    """What several figures of one page read, read once: a snapshot does not change. A write asks each time."""
    if kept_of(session) is None:
        return load()
    known = session.info.setdefault("figures", {})
    if key not in known:
        known[key] = load()
    return known[key]


def _programmes(session: Session, scope: str, on_date: date) -> list[str]:
    def load() -> list[str]:
        return [row.id for row in queries.current_programmes(session, scope, on_date)]

    found: list[str] = _once(session, ("programmes", scope, on_date), load)
    return found


def _pairs(session: Session, scope: str, on_date: date, states: Container[str]) -> _Counted:
    programmes = _programmes(session, scope, on_date)
    pairs = _once(session, ("pairs", *programmes), lambda: queries.programme_pairs(session, scope, programmes))
    found = tuple((pair, state) for pair, state in pairs if state in states)
    rows = queries.members(session, scope, [pair.id for pair, _state in found])
    labels = {pair.id: pair_label(pair, rows.get(pair.id, ())) for pair, _state in found}
    return _Counted(found, labels, rows)


def _share_of_pairs(counted: _Counted, done: Callable[[str], bool], action: str, verb: str, unit: str) -> Share:
    missing = [pair_id for pair_id in counted.ids if not done(pair_id)]
    lines = sorted((counted.labels[pair_id], pair_id) for pair_id in missing)
    links = tuple(Missing(label, Link(action, pair_id, verb)) for label, pair_id in lines)
    return Share(len(counted.ids) - len(missing), len(counted.ids), links, unit)


# -- banks and consents -----------------------------------------------------------------------------------------------


def _bank(session: Session, scope: str, on_date: date, side: str = "") -> list[tuple[Participant, Person]]:
    programmes = _programmes(session, scope, on_date)
    rows = _once(
        session, ("bank", side, *programmes), lambda: list(queries.participants(session, scope, programmes, side))
    )
    return [(row, who) for row, who in rows if row.left_on is None or row.left_on > on_date]


def _people(rows: Iterable[tuple[Participant, Person]]) -> dict[str, Person]:
    return {who.id: who for _row, who in rows}


def bank_share(
    session: Session, scope: str, _ids: Sequence[str], on_date: date, *, side: str, unit: str
) -> dict[str, Share]:
    """How many stand in a bank; a bank with somebody in it is formed."""
    count = len(_people(_bank(session, scope, on_date, side)))
    return {scope: Share(count, count, (), unit)}


def consent_share(
    session: Session,
    scope: str,
    _ids: Sequence[str],
    on_date: date,
    *,
    side: str,
    kinds: Sequence[str],
    valid: Valid,
    asked: Callable[[str, str, Mapping[str, Any]], bool] = lambda _side, _kind, _settings: True,
    unit: str,
) -> dict[str, Share]:
    """Of the participants those whose consent holds on the day; `asked(side, kind, settings)` says who has to give it."""
    moment = datetime.combine(on_date, time(12), UTC)
    settings = _once(
        session,
        ("settings", scope, on_date),
        lambda: catalogue_of(session).profile_of(session, scope, moment).settings,
    )
    programmes = _programmes(session, scope, on_date)
    lines = queries.bank_lines(session, scope, programmes, side)
    participants = {
        line.person_id: _candidate(line)
        for line in lines
        if (line.left_on is None or line.left_on > on_date) and asked(line.side, line.kind, settings)
    }
    # In a large bank almost all consents are of its people: one statement for all is quicker than one for each five hundred.
    asked_of = participants if len(participants) <= MANY else None
    consents = facts.consents_of(session, scope, asked_of, on_date)
    lacking = [
        member
        for member in participants.values()
        if not valid(member, consents.get(member.person_id, {}), settings, on_date)
    ]
    missing = tuple(
        Missing(member.name, _consent_link(member.person_id, consents.get(member.person_id, {}), kinds))
        for member in lacking
    )
    return {scope: Share(len(participants) - len(lacking), len(participants), missing, unit)}


def _candidate(line: Any) -> Member:
    """A line of a bank as rules about consents see it: without the people who sign for a pupil, whom they do not ask about."""
    return Member(
        line.person_id,
        people.label(line),
        line.kind,
        "",
        line.side,
        False,
        date.min,
        None,
        line.birth_date,
        None,
        None,
        True,
    )


def _consent_link(person_id: str, consents: Consents, kinds: Sequence[str]) -> Link:
    what = "duty_consent" if DUTY_CONSENT in kinds else "consent"
    if any(consents[kind].state == "expected" for kind in kinds if kind in consents):
        return Link(f"receive_{what}", person_id, "Отметить получение")
    return Link(f"issue_{what}", person_id, "Подготовить согласие")


def _duty(_member: Member, consents: Consents, _settings: Mapping[str, Any], _day: date) -> bool:
    return valid_duty_consent(consents)


def mentees_without_pair(session: Session, scope: str, _ids: Sequence[str], on_date: date) -> dict[str, Share]:
    """Of the mentees those who have a pair (or have completed); missing are those without one."""
    rows = _bank(session, scope, on_date, Side.MENTEE)
    statuses = participant_statuses(session, scope, [row for row, _who in rows], on_date)
    placed = (ParticipantStatus.IN_PAIR, ParticipantStatus.COMPLETED)
    lacking = [(row, who) for row, who in rows if statuses[row.id] not in placed]
    missing = tuple(Missing(people.label(who), Link("propose_pair", who.id, "Подобрать пару")) for _row, who in lacking)
    return {scope: Share(len(rows) - len(lacking), len(rows), missing, "наставляемых")}


# -- pairs ------------------------------------------------------------------------------------------------------------


def formed_pairs(session: Session, scope: str, _ids: Sequence[str], on_date: date) -> dict[str, Share]:
    """Of all pairs chosen those that are fixed."""
    counted = _pairs(session, scope, on_date, ALL_BUT_ENDED)
    fixed = {pair.id for pair, state in counted.pairs if state in FIXED}
    return {scope: _share_of_pairs(counted, fixed.__contains__, "open_pair", "Открыть пару", "пар")}


def pairs_closed(session: Session, scope: str, _ids: Sequence[str], on_date: date) -> dict[str, Share]:
    """Of all pairs that were fixed those that came to their end as planned; pairs ended early do not count."""
    counted = _pairs(session, scope, on_date, FIXED)
    closed = {pair.id for pair, state in counted.pairs if state == CLOSED}
    return {scope: _share_of_pairs(counted, closed.__contains__, "open_pair", "Открыть пару", "пар")}


def plan_figure(
    session: Session, scope: str, _ids: Sequence[str], on_date: date, *, approved: bool
) -> dict[str, Share]:
    """Of the fixed pairs those with a plan, or with an approved one."""
    counted = _pairs(session, scope, on_date, FIXED)
    plans: Mapping[str, PlanValue] = facts.plan(session, scope, counted.ids, on_date)

    def done(pair_id: str) -> bool:
        plan = plans.get(pair_id, PlanValue())
        return plan.is_approved if approved else plan.exists

    action, verb = ("approve_plan", "Отметить утверждение") if approved else ("add_plan", "Составить план")
    return {scope: _share_of_pairs(counted, done, action, verb, "планов")}


def meeting_figure(
    session: Session, scope: str, _ids: Sequence[str], on_date: date, *, kind: str, states: Container[str], unit: str
) -> dict[str, Share]:
    """Of the pairs in some states those that have held a meeting: of one kind, or any."""
    counted = _pairs(session, scope, on_date, states)
    held: Mapping[str, MeetingsValue] = facts.meetings(session, scope, counted.ids, on_date)

    def done(pair_id: str) -> bool:
        log = held.get(pair_id, MeetingsValue())
        return kind in log.kinds if kind else log.count > 0

    return {scope: _share_of_pairs(counted, done, "record_meeting", "Записать встречу", unit)}


def answer_figure(
    session: Session,
    scope: str,
    _ids: Sequence[str],
    on_date: date,
    *,
    stages: Sequence[str],
    states: Container[str],
    unit: str,
) -> dict[str, Share]:
    """Of the members of pairs in some states those who have answered."""
    counted = _pairs(session, scope, on_date, states)
    answers = queries.feedback(session, scope, counted.ids)
    done, missing = 0, []
    for pair, state in counted.pairs:
        answered = {row.person_id for row in answers.get(pair.id, ()) if row.stage in stages}
        rows = counted.rows.get(pair.id, [])
        for row, who in current(rows, on_date) if state not in (CLOSED, DISSOLVED) else shown(rows):
            if row.person_id in answered:
                done += 1
            else:
                missing.append(Missing(people.label(who), Link(answers_action(stages), pair.id, "Внести ответы")))
    missing.sort(key=lambda one: one.label)
    return {scope: Share(done, done + len(missing), tuple(missing), unit)}


def cases_written(session: Session, scope: str, _ids: Sequence[str], on_date: date) -> dict[str, Share]:
    """Of the pairs at their end those with a case."""
    counted = _pairs(session, scope, on_date, (FINAL_MEETING, CLOSED))
    cases = facts.cases(session, scope, counted.ids, on_date)
    return {
        scope: _share_of_pairs(
            counted, lambda pair_id: bool(cases.get(pair_id)), "write_case", "Написать кейс", "кейсов"
        )
    }


# -- kept figures -----------------------------------------------------------------------------------------------------


def kept(name: str, load: Loader) -> Loader:
    """The same figure, kept in memory from one page to the next.

    Nothing has been written since: it is the same. In an organisation where a figure counts thousands it may also be up to one
    entry in a hundred of these behind, for counting them takes seconds; a step, which rules judge, always counts anew.
    """

    def answer(session: Session, scope: str, ids: Sequence[str], on_date: date) -> Mapping[str, Share]:
        store = kept_of(session)
        if store is None:
            return load(session, scope, ids, on_date)
        seq = (core.read_head(session, scope) or (0, "", ""))[0]
        before: tuple[date, int, Mapping[str, Share]] | None = store.get((scope, name))
        if before is not None and before[0] == on_date:
            total = before[2][scope].total
            may_lag = total // 100 if total > MANY else 0
            if 0 <= seq - before[1] <= may_lag:
                return before[2]
        found = load(session, scope, ids, on_date)
        store[scope, name] = (on_date, seq, found)
        return found

    return answer


_CONSENTS = partial(consent_share, kinds=PERSONAL_DATA_CONSENTS, valid=valid_personal_data_consent, unit="согласий")
_AT_WORK = (*IN_WORK, CLOSED)
_LOADERS: Mapping[str, Loader] = {
    "formed_pairs": formed_pairs,
    "pairs_closed": pairs_closed,
    "personal_data_consents": partial(_CONSENTS, side=""),
    "personal_data_consents_mentors": partial(_CONSENTS, side=Side.MENTOR),
    "personal_data_consents_mentees": partial(_CONSENTS, side=Side.MENTEE),
    "duty_consents": partial(
        consent_share, side="", kinds=(DUTY_CONSENT,), valid=_duty, asked=gives_duty_consent, unit="согласий"
    ),
    "mentor_bank": partial(bank_share, side=Side.MENTOR, unit="наставников"),
    "mentee_bank": partial(bank_share, side=Side.MENTEE, unit="наставляемых"),
    "individual_plans": partial(plan_figure, approved=False),
    "plans_approved": partial(plan_figure, approved=True),
    "acquaintance_meetings": partial(meeting_figure, kind=MeetingKind.ACQUAINTANCE, states=FIXED, unit="встреч"),
    "meetings_held": partial(meeting_figure, kind="", states=_AT_WORK, unit="пар"),
    "feedback_collected": partial(
        answer_figure, stages=(FeedbackStage.FEEDBACK, FeedbackStage.EXIT), states=_AT_WORK, unit="ответов"
    ),
    "exit_questionnaires": partial(
        answer_figure, stages=(FeedbackStage.EXIT,), states=(FINAL_MEETING, CLOSED), unit="анкет"
    ),
    "cases_written": cases_written,
    "mentees_without_pair": mentees_without_pair,
}
SHARES = tuple(FactsProvider(name, "organisation", kept(name, load), Share(0, 0)) for name, load in _LOADERS.items())
"""Every figure as a fact of the organisation."""
