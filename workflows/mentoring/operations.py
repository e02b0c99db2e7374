"""What can be done with programmes, banks and pairs. The meeting log, plans and answers are in `journal.py`, running pairs of
a school that begins in the middle of a year in `as_found.py`, papers in `papers.py`.

Steps whose form is enough (form, suspend, replace_mentor, …) are fired by `workflow_core.operations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workflow_core import operations as engine
from workflow_core.exceptions import GuardRefused, InvalidInput, NotFound, WorkflowError
from workflow_core.guards import Severity
from workflow_core.operations import RowResult, StepResult
from workflow_core.unit_of_work import Write
from workflows.mentoring import queries
from workflows.mentoring.tables import (
    FORM_TITLES,
    Form,
    Pair,
    PairMember,
    Participant,
    Programme,
    Side,
    SupportNote,
)
from workflows.mentoring.values import current
from workflows.organisations import queries as organisations
from workflows.organisations.policy import require

EDIT = "programme.edit"
"""Permission for programmes and banks; pairs ask their lifecycle."""
FOREVER = 3660
"""Days that a programme may last: longer ones are typing errors."""


# -- programmes and banks ---------------------------------------------------------------------------------------------


def create_programme(
    write: Write,
    title: str,
    *,
    starts_on: date,
    ends_on: date,
    form: str = "",
    definition: str = "",
    curator_id: str | None = None,
) -> Programme:
    """A new programme (cycle). Without `definition` the lifecycle that the place has chosen (`pair.definition`)."""
    require(write.actor, EDIT)
    row = Programme(
        organisation_id=write.scope,
        title="",
        form="",
        starts_on=starts_on,
        ends_on=ends_on,
        definition=definition or str(write.profile.settings.get("pair.definition") or "pair"),
    )
    _set_programme(write, row, title=title, form=form, starts_on=starts_on, ends_on=ends_on, curator_id=curator_id)
    write.session.add(row)
    write.session.flush()
    return row


def change_programme(
    write: Write,
    programme_id: str,
    *,
    title: str,
    starts_on: date,
    ends_on: date,
    form: str = "",
    curator_id: str | None = None,
) -> Programme:
    """Other title, period, form or curator; the lifecycle of a programme stays. Raises InvalidInput, NotFound."""
    require(write.actor, EDIT)
    row = queries.programme(write.session, write.scope, programme_id)
    _set_programme(write, row, title=title, form=form, starts_on=starts_on, ends_on=ends_on, curator_id=curator_id)
    write.session.flush()
    return row


def _set_programme(
    write: Write,
    row: Programme,
    *,
    title: str,
    form: str,
    starts_on: date,
    ends_on: date,
    curator_id: str | None,
) -> None:
    errors: dict[str, str] = {}
    title = " ".join(title.split())
    if not title or len(title) > 300:
        errors["title"] = "Название программы: от 1 до 300 знаков."
    if form and form not in set(Form):
        errors["form"] = f"Выберите форму: {', '.join(FORM_TITLES.values())}."
    if ends_on < starts_on or (ends_on - starts_on).days > FOREVER:
        errors["ends_on"] = "Последний день программы должен быть позже первого."
    known = write.catalogue.definitions.get(row.definition)
    if known is None or known.subject != "pair":
        errors["definition"] = f"Порядка работы пар «{row.definition}» нет."
    if curator_id:
        organisations.person(write.session, write.scope, curator_id)
    if errors:
        raise InvalidInput(errors)
    row.title, row.form, row.starts_on, row.ends_on, row.curator_id = title, form, starts_on, ends_on, curator_id


def enrol(
    write: Write,
    programme_id: str,
    person_ids: Sequence[str],
    side: str,
    *,
    entered_on: date | None = None,
    requests: Mapping[str, str] | None = None,
) -> list[Participant]:
    """Put people into a bank of a programme, those who are in it already once; returns the new lines only.

    `requests`: what each asks for or offers, by person. Raises InvalidInput, NotFound for a stranger.
    """
    require(write.actor, EDIT)
    programme = queries.programme(write.session, write.scope, programme_id)
    if side not in set(Side):
        raise InvalidInput({"side": "Выберите: наставник или наставляемый."})
    check_people(write, person_ids)
    rows = queries.participants(write.session, write.scope, [programme.id], side)
    there = {who.id for row, who in rows if row.left_on is None}
    fresh = [
        Participant(
            organisation_id=write.scope,
            programme_id=programme.id,
            person_id=person_id,
            side=side,
            request=((requests or {}).get(person_id) or "")[:2000],
            entered_on=entered_on or write.today,
        )
        for person_id in dict.fromkeys(person_ids)
        if person_id not in there
    ]
    write.session.add_all(fresh)
    write.session.flush()
    return fresh


def leave_bank(write: Write, participant_id: str, *, left_on: date | None = None, remark: str = "") -> Participant:
    """Somebody is no longer in the bank from a day (today) on; pairs of theirs are ended by their own steps."""
    require(write.actor, EDIT)
    row = queries.participant(write.session, write.scope, participant_id)
    day = left_on or write.today
    if day < row.entered_on:
        raise InvalidInput({"left_on": f"Участник в программе с {row.entered_on:%d.%m.%Y}, выйти раньше нельзя."})
    row.left_on, row.remark = day, remark.strip()[:2000] or row.remark
    write.session.flush()
    return row


def change_request(write: Write, participant_id: str, request: str) -> Participant:
    """What a participant asks for or offers."""
    require(write.actor, EDIT)
    row = queries.participant(write.session, write.scope, participant_id)
    row.request = request.strip()[:2000]
    write.session.flush()
    return row


def add_support_note(write: Write, participant_id: str, text: str, *, noted_on: date | None = None) -> SupportNote:
    """What was done for somebody without a pair while the search goes on."""
    require(write.actor, EDIT)
    queries.participant(write.session, write.scope, participant_id)
    if not text.strip():
        raise InvalidInput({"text": "Напишите, что сделано."})
    row = SupportNote(
        organisation_id=write.scope,
        participant_id=participant_id,
        noted_on=noted_on or write.today,
        text=text.strip()[:2000],
    )
    write.session.add(row)
    write.session.flush()
    return row


def check_people(write: Write, person_ids: Iterable[str]) -> None:
    """Raises NotFound unless all are people of this organisation."""
    wanted = list(dict.fromkeys(person_ids))
    found = organisations.people(write.session, write.scope, wanted)
    for person_id in wanted:
        if person_id not in found:
            raise NotFound("человек", person_id)


# -- pairs ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair or group that the curator has chosen; people are ids, the first mentor leads."""

    mentors: tuple[str, ...]
    mentees: tuple[str, ...]
    form: str = ""
    """Empty: the programme's."""
    starts_on: date | None = None
    ends_on: date | None = None
    """None: the programme's."""
    label: str = ""
    goal: str = ""
    happened_on: date | None = None
    remark: str = ""
    ground: str = ""


def propose_pair(write: Write, programme_id: str, proposal: Proposal) -> Pair:
    """A new pair in «Подобрана». Raises GuardRefused with all that stands in the way, InvalidInput, NotFound."""
    pair = new_pair(write, programme_id, proposal, joined_on=proposal.happened_on or write.today)
    programme = queries.programme(write.session, write.scope, programme_id)
    engine.start(
        write,
        programme.definition,
        "pair",
        pair.id,
        "propose",
        happened_on=proposal.happened_on,
        remark=proposal.remark,
        ground=proposal.ground,
    )
    return pair


def propose_many(write: Write, programme_id: str, proposals: Sequence[Proposal]) -> list[RowResult]:
    """Propose many pairs, each row for itself: a row that is refused leaves nothing behind and says why."""
    results = []
    for proposal in proposals:
        mark = write.savepoint()
        try:
            pair = propose_pair(write, programme_id, proposal)
        except WorkflowError as exc:
            write.roll_back_to(mark)
            blockers = exc.blockers if isinstance(exc, GuardRefused) else ()
            only_ground = bool(blockers) and all(one.severity is not Severity.BLOCK for one in blockers)
            results.append(RowResult("", False, str(exc), blockers, only_ground))
            continue
        write.release(mark)
        results.append(RowResult(pair.id, True, "Подобрана"))
    return results


def new_pair(write: Write, programme_id: str, proposal: Proposal, *, joined_on: date) -> Pair:
    """The registers of a pair, without a process. Raises InvalidInput, NotFound."""
    programme = queries.programme(write.session, write.scope, programme_id)
    form = proposal.form or programme.form
    starts_on, ends_on = proposal.starts_on or programme.starts_on, proposal.ends_on or programme.ends_on
    errors: dict[str, str] = {}
    if not proposal.mentors:
        errors["mentors"] = "Выберите наставника."
    if not proposal.mentees:
        errors["mentees"] = "Выберите наставляемого."
    if form not in set(Form):
        errors["form"] = "Выберите форму наставничества."
    if ends_on < starts_on:
        errors["ends_on"] = "Последний день раньше первого."
    if errors:
        raise InvalidInput(errors)
    check_people(write, (*proposal.mentors, *proposal.mentees))
    pair = Pair(
        organisation_id=write.scope,
        programme_id=programme.id,
        form=form,
        starts_on=starts_on,
        ends_on=ends_on,
        label=" ".join(proposal.label.split())[:200],
        goal=proposal.goal.strip()[:2000],
    )
    write.session.add(pair)
    for side, people in ((Side.MENTOR, proposal.mentors), (Side.MENTEE, proposal.mentees)):
        for place, person_id in enumerate(dict.fromkeys(people)):
            write.session.add(
                PairMember(
                    organisation_id=write.scope,
                    pair_id=pair.id,
                    person_id=person_id,
                    side=side,
                    leads=side == Side.MENTOR and place == 0,
                    joined_on=joined_on,
                )
            )
    write.session.flush()
    return pair


def change_pair(write: Write, pair_id: str, *, label: str | None = None, goal: str | None = None) -> Pair:
    """Another name of a group or another goal of a pair; its people and dates change by steps."""
    require(write.actor, "plan.edit")
    row = queries.pair(write.session, write.scope, pair_id)
    if label is not None:
        row.label = " ".join(label.split())[:200]
    if goal is not None:
        row.goal = goal.strip()[:2000]
    write.session.flush()
    return row


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """A change of members, and whether nobody is left to be mentored: then the page offers to dissolve the pair."""

    step: StepResult
    offers_dissolve: bool


def change_members(
    write: Write,
    pair_id: str,
    *,
    ground: str,
    joins: str = "",
    joins_as: str = "",
    leaves: str = "",
    order: str = "",
    happened_on: date | None = None,
    expected_version: int | None = None,
) -> MembersChanged:
    """Somebody joins a pair or group, somebody leaves it, or both."""
    step = engine.fire(
        write,
        pair_id,
        "change_members",
        fields={"joins": joins, "joins_as": joins_as, "leaves": leaves, "order": order},
        happened_on=happened_on,
        ground=ground,
        expected_version=expected_version,
    )
    write.session.flush()
    rows = queries.members(write.session, write.scope, [pair_id]).get(pair_id, [])
    return MembersChanged(step, not any(row.side == Side.MENTEE for row, _who in current(rows)))
