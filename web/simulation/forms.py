"""What simulated people fill into the forms of steps: values that fit the subject, else something of the field's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from workflow_core.definition import EventDefinition, FieldDefinition
from workflow_core.tables import Process
from workflows.documents import queries as papers
from workflows.documents.tables import Document
from workflows.mentoring import queries as pairs
from workflows.mentoring.tables import Side
from workflows.mentoring.values import current
from workflows.road_maps import queries as items

if TYPE_CHECKING:
    from web.simulation.school import Programme, School

Values = dict[str, Any]
Form = Callable[["School", Process, Random], Values | None]


def values(school: School, process: Process, event: EventDefinition, chance: Random) -> Values | None:
    """The whole form; None where the subject gives no sensible values today."""
    form = _FORMS.get((process.subject_kind, event.name))
    found = form(school, process, chance) if form else {}
    if found is None:
        return None
    names = {one.name for one in event.fields}
    found = {name: value for name, value in found.items() if name in names}
    for one in event.fields:
        if one.required and one.name not in found:
            value = _usual(school, one, chance)
            if value is None:
                return None
            found[one.name] = value
    return found


def _usual(school: School, one: FieldDefinition, chance: Random) -> Any:
    match one.type:
        case "date":
            return school.today
        case "integer" | "percent":
            return chance.randint(1, 90)
        case "boolean":
            return True
        case "choice":
            return chance.choice(one.choices)[0]
        case "person":
            return school.office["head"]
        case "document":
            return _act(school)
        case _:
            return f"{one.title}: имитация"


def _act(school: School, besides: str = "") -> str | None:
    """An act in force today."""
    with school.read() as read:
        acts = papers.acts_in_force(read.session, school.scope, school.today)
    found = sorted(act.id for act in acts if act.id != besides)
    return found[0] if found else None


# -- pairs ------------------------------------------------------------------------------------------------------------


def _programme_of(school: School, process: Process) -> Programme | None:
    with school.read() as read:
        programme_id = pairs.pair(read.session, school.scope, process.id).programme_id
    return next((one for one in school.programmes if one.id == programme_id), None)


def _members(school: School, process: Process, side: Side) -> list[str]:
    with school.read() as read:
        rows = pairs.members(read.session, school.scope, [process.id]).get(process.id, [])
    return sorted(row.person_id for row, _who in current(rows) if row.side == side)


def _newcomer(school: School, process: Process, side: Side, chance: Random) -> str | None:
    """Who is to come into a pair: the same person until it is done, for papers are collected meanwhile."""
    programme = _programme_of(school, process)
    if programme is None:
        return None
    here = {*_members(school, process, Side.MENTOR), *_members(school, process, Side.MENTEE)}
    chosen = school.newcomers.get(f"{process.id}/{side}")
    if chosen is None or chosen in here:
        free = [one for one in getattr(programme, f"{side}s") if one not in here]
        if not free:
            return None
        chosen = school.newcomers[f"{process.id}/{side}"] = chance.choice(free)
    return chosen


def _change_members(school: School, process: Process, chance: Random) -> Values | None:
    mentees = _members(school, process, Side.MENTEE)
    if len(mentees) > 1 and chance.random() < 0.5:
        return {"leaves": chance.choice(mentees)}
    joins = _newcomer(school, process, Side.MENTEE, chance)
    return {"joins": joins, "joins_as": str(Side.MENTEE)} if joins else None


def _replace_mentor(school: School, process: Process, chance: Random) -> Values | None:
    mentors, joins = _members(school, process, Side.MENTOR), _newcomer(school, process, Side.MENTOR, chance)
    if not mentors or joins is None:
        return None
    with school.read() as read:
        folder = papers.papers_of(read.session, school.scope, "pair", [process.id]).get(process.id, [])
    given = [line.id for line in folder if line.kind == "meeting_journal"]
    return {"leaves": mentors[0], "joins": joins, **({"hand_over": given[0]} if given else {})}


def _continue_next(school: School, process: Process, _chance: Random) -> Values | None:
    programme = _programme_of(school, process)
    if programme is None:
        return None
    with school.read() as read:
        followers = pairs.successors(read.session, school.scope, [process.id]).get(process.id, [])
    return None if followers else {"programme": programme.next_id}


def _prolong(school: School, process: Process, chance: Random) -> Values:
    with school.read() as read:
        ends_on: date = pairs.pair(read.session, school.scope, process.id).ends_on
    return {"ends_on": ends_on + timedelta(days=chance.randint(10, 60))}


def _dissolve(school: School, _process: Process, chance: Random) -> Values:
    causes = ("trial_failed", "mentor_refused", "mentee_wish", "left", "goal_reached", "employer_cancelled", "other")
    return {"cause": chance.choice(causes), "notice_on": school.today - timedelta(days=chance.choice((1, 15)))}


# -- papers -----------------------------------------------------------------------------------------------------------


def _register(school: School, _process: Process, _chance: Random) -> Values:
    return {"number": school.number(), "signed_on": school.today, "signatory": school.office["head"]}


def _by_another_act(school: School, process: Process, _chance: Random) -> Values | None:
    act = _act(school, besides=process.id)
    return {"by_act": act} if act else None


def _sign(school: School, _process: Process, chance: Random) -> Values:
    until = school.today + timedelta(days=chance.randint(100, 400))
    head = school.office["head"]
    return {"signed_on": school.today, "signatory": head, "other_side": "Вторая сторона", "valid_until": until}


def _approve(school: School, _process: Process, _chance: Random) -> Values:
    return {"signatory": school.office["head"]}


def _replace(school: School, process: Process, _chance: Random) -> Values | None:
    with school.read() as read:
        old: Document = papers.document(read.session, school.scope, process.id)
    return {"by_document": process.id} if old.person_id else None


# -- items ------------------------------------------------------------------------------------------------------------


def _log_fact(school: School, process: Process, chance: Random) -> Values:
    with school.read() as read:
        times = items.occurrences(read.session, school.scope, [process.id]).get(process.id, [])
    waiting = [time.id for time in times if not time.done_on]
    return {"text": "Сделано при имитации", **({"occurrence": waiting[0]} if waiting and chance.random() < 0.7 else {})}


def _report(_school: School, _process: Process, chance: Random) -> Values:
    return {"result": "Получилось"} if chance.random() < 0.8 else {}


def _accept(school: School, process: Process, _chance: Random) -> Values:
    with school.read() as read:
        folder = papers.papers_of(read.session, school.scope, "activity", [process.id]).get(process.id, [])
    given = [line.id for line in folder if line.kind == "control_sheet"]
    return {"control_sheet": given[0]} if given else {}


def _later(school: School, _process: Process, chance: Random) -> Values:
    return {"due_on": school.today + timedelta(days=chance.randint(5, 60))}


_FORMS: Mapping[tuple[str, str], Form] = {
    ("pair", "change_members"): _change_members,
    ("pair", "replace_mentor"): _replace_mentor,
    ("pair", "continue_next"): _continue_next,
    ("pair", "prolong"): _prolong,
    ("pair", "dissolve"): _dissolve,
    ("pair", "suspend"): lambda school, _process, _chance: {"resume_on": school.today + timedelta(days=14)},
    ("pair", "record_meeting"): lambda _school, _process, chance: {"minutes": chance.randint(20, 60)},
    ("document", "register"): _register,
    ("document", "amend"): _by_another_act,
    ("document", "repeal"): _by_another_act,
    ("document", "sign"): _sign,
    ("document", "approve"): _approve,
    ("document", "replace"): _replace,
    ("activity", "log_fact"): _log_fact,
    ("activity", "report"): _report,
    ("activity", "accept"): _accept,
    ("activity", "set_schedule"): _later,
    ("activity", "reschedule"): _later,
    ("road_map", "approve"): _approve,
}
"""(kind of subject, event) -> its form."""
