"""A walk through a living school: at every stop each event of a subject is asked about, tried, and forgotten; then one is done.

The forms are filled as a careful person fills them, from what the school has; what a rule says of the rest is the test's.
"""

from __future__ import annotations

import hashlib
import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.database import Database
from workflow_core.definition import EventDefinition
from workflow_core.exceptions import GuardRefused, InvalidInput, NotPermitted, WorkflowError
from workflow_core.guards import Actor
from workflow_core.judgement import Outlook
from workflow_core.operations import StepRequest
from workflow_core.tables import Process
from workflow_core.unit_of_work import ProcessEngine, UnitOfWork, Write
from workflows.documents import queries as papers
from workflows.mentoring import queries as pairs
from workflows.mentoring.values import current
from workflows.organisations import queries as organisations

GROUND = "Решение педагогического совета"


@dataclass
class Walk:
    """Where one walks, who is there, and what was met."""

    engine: ProcessEngine
    scope: str
    actors: list[Actor]
    now: datetime
    chance: Random
    met: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """(event, whether it could be done) -> how often it was tried."""
    visited: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(definition, state) -> how often."""
    codes: Counter[str] = field(default_factory=Counter)

    def stop(self) -> None:
        """Ask and try everything about one subject as one person, then do one of the things that can be done."""
        actor = self.chance.choice(self.actors)
        done = self._look(actor)
        if done:
            with self.engine.write(self.scope, actor, now=self.now) as write:
                process_id, event, fields, day = done
                engine.fire(write, process_id, event, fields=fields, happened_on=day, ground=GROUND)
        self.now += timedelta(hours=self.chance.choice((1, 5, 24, 24 * 9)))

    def _look(self, actor: Actor) -> tuple[str, str, dict[str, Any], date] | None:
        can = []
        with self._forgotten(actor) as write:
            process, before = self._subject(write), fingerprint(write)
            day = write.today - timedelta(days=self.chance.choice((0, 0, 0, 1, 12)))
            outlooks = self.asked(write, process, day)
            assert fingerprint(write) == before, "asking has changed something"
            for outlook in outlooks:
                fields = careful_form(write, process, outlook.event, day)
                if fields is None:
                    continue
                if self.tried(write, process, outlook, fields, day):
                    can.append((process.id, outlook.event.name, fields, day))
            assert fingerprint(write) == before, "something is left of a step that was taken back"
        return self.chance.choice(can) if can else None

    def _forgotten(self, actor: Actor) -> Any:
        return forgotten(self.engine, self.scope, actor, self.now)

    def _subject(self, write: Write) -> Process:
        """Somebody in one of the states that were visited least."""
        found: dict[tuple[str, str], list[Process]] = {}
        for one in core.processes_of(write.session, write.scope):
            if write.definition(one.definition_hash).events_from(one.state):
                found.setdefault((one.definition_code, one.state), []).append(one)
        least = min(self.visited[place] for place in found)
        place = self.chance.choice(sorted(place for place in found if self.visited[place] == least))
        self.visited[place] += 1
        return self.chance.choice(found[place])

    def asked(self, write: Write, process: Process, day: date) -> list[Outlook]:
        """Every event of the state, once."""
        answers = engine.why_not(write, write.actor, [process.id], day).get(process.id, [])
        definition = write.definition(process.definition_hash)
        assert [one.event.name for one in answers] == [one.name for one in definition.events_from(process.state)]
        for one in answers:
            self.codes.update(blocker.code for blocker in one.blockers)
        return answers

    def tried(self, write: Write, process: Process, outlook: Outlook, fields: dict[str, Any], day: date) -> bool:
        """Whether the step can be done: asked, previewed and done are one answer."""
        name = outlook.event.name
        what = (process.definition_code, process.state, name, day.isoformat(), write.actor.name, fields)
        (told,) = engine.preview(write, write.actor, [StepRequest(process.id, name, fields, day)])
        done, refusal = fired(write, process.id, name, fields, day, GROUND)
        assert done is outlook.is_open, (*what, [one.text for one in outlook.blockers], refusal)
        assert done is told.ok, (*what, told.text, refusal)
        bare, without = fired(write, process.id, name, fields, day, "")
        assert bare is (done and not told.needs_ground), (*what, told.text, without)
        # What a form could still mend is not said before it is filled in, and never the other way round.
        assert told.needs_ground <= outlook.needs_ground or not done, (*what, told.text)
        self.met[name, done] += 1
        return done


def fired(
    write: Write, process_id: str, event: str, fields: Mapping[str, Any], day: date, ground: str
) -> tuple[bool, str]:
    """Do a step and take it back: whether it could be done, and the refusal."""
    mark = write.savepoint()
    try:
        engine.fire(write, process_id, event, fields=fields, happened_on=day, ground=ground)
        write.session.flush()
    except (GuardRefused, NotPermitted, InvalidInput) as exc:
        return False, str(exc)
    finally:
        write.roll_back_to(mark)
        write.session.expire_all()
    return True, ""


class _Forget(Exception):
    """Ends a transaction of which nothing shall stay."""


class forgotten:
    """A write of which nothing stays."""

    def __init__(self, engine: ProcessEngine, scope: str, actor: Actor, now: datetime) -> None:
        self._context = engine.write(scope, actor, now=now)

    def __enter__(self) -> Write:
        return self._context.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            self._context.__exit__(kind, error, trace)
            return
        try:
            self._context.__exit__(_Forget, _Forget(), None)
        except _Forget:
            return


def fingerprint(uow: UnitOfWork) -> str:
    """A hash over every row of every table, as the open transaction sees them."""
    connection = uow.session.connection()
    found = hashlib.sha256()
    for table in _tables(uow.engine.database):
        keys = [str(column.name) for column in table.primary_key] or ["1"]
        rows = connection.exec_driver_sql(f'SELECT * FROM "{table.name}" ORDER BY {", ".join(keys)}').fetchall()
        found.update(pickle.dumps([tuple(row) for row in rows]))
    return found.hexdigest()


_KNOWN: dict[str, list[sa.Table]] = {}


def _tables(database: Database) -> list[sa.Table]:
    key = str(database.url)
    if key not in _KNOWN:
        reflected = sa.MetaData()
        wanted = [name for name in sa.inspect(database.read_engine).get_table_names() if not _is_shadow(name)]
        reflected.reflect(database.read_engine, only=wanted)
        assert set(SQLModel.metadata.tables) <= set(reflected.tables)
        _KNOWN[key] = list(reflected.tables.values())
    return _KNOWN[key]


def _is_shadow(name: str) -> bool:
    """Tables in which an index of SQLite keeps itself."""
    return name.startswith("sqlite_") or any(part in name for part in ("_fts", "_search_index"))


# -- forms ------------------------------------------------------------------------------------------------------------

Form = Callable[[Write, Process, date], "dict[str, Any] | None"]


def careful_form(write: Write, process: Process, event: EventDefinition, day: date) -> dict[str, Any] | None:
    """What a careful person would fill in; None where the school has nothing to fill in with, as their page would show."""
    form = FORMS.get((process.subject_kind, event.name)) or FORMS.get((process.definition_code, event.name))
    return form(write, process, day) if form else {}


def _members(write: Write, pair_id: str, side: str) -> list[str]:
    rows = current(pairs.members(write.session, write.scope, [pair_id]).get(pair_id, []))
    return [row.person_id for row, _who in rows if row.side == side]


def _another(write: Write, process: Process, side: str) -> str | None:
    """Somebody of the programme's bank on a side who is not in the pair."""
    pair = pairs.pair(write.session, write.scope, process.id)
    inside = {*_members(write, process.id, "mentor"), *_members(write, process.id, "mentee")}
    bank = pairs.participants(write.session, write.scope, [pair.programme_id], side)
    free = [who.id for row, who in bank if who.id not in inside and row.left_on is None]
    return min(free) if free else None


def _change_members(write: Write, process: Process, day: date) -> dict[str, Any] | None:
    mentees = _members(write, process.id, "mentee")
    return {"leaves": mentees[-1]} if mentees else None


def _replace_mentor(write: Write, process: Process, day: date) -> dict[str, Any] | None:
    mentors, joins = _members(write, process.id, "mentor"), _another(write, process, "mentor")
    return {"leaves": mentors[0], "joins": joins} if mentors and joins else None


def _prolong(write: Write, process: Process, day: date) -> dict[str, Any]:
    return {"ends_on": (pairs.pair(write.session, write.scope, process.id).ends_on + timedelta(days=30)).isoformat()}


def _signatory(write: Write, day: date) -> str:
    terms = organisations.signatories(write.session, write.scope, day) or organisations.signatories(
        write.session, write.scope
    )
    return terms[0][1].id


def _register(write: Write, process: Process, day: date) -> dict[str, Any]:
    return {"number": f"{process.id[-6:]}-П", "signed_on": day.isoformat(), "signatory": _signatory(write, day)}


def _by_act(write: Write, process: Process, day: date) -> dict[str, Any]:
    acts = [act.id for act in papers.acts_in_force(write.session, write.scope, day) if act.id != process.id]
    return {"by_act": acts[0] if acts else process.id}


def _sign(write: Write, process: Process, day: date) -> dict[str, Any]:
    until = (day + timedelta(days=300)).isoformat()
    return {
        "signed_on": day.isoformat(),
        "signatory": _signatory(write, day),
        "other_side": "Директор завода",
        "valid_until": until,
    }


def _approve(write: Write, process: Process, day: date) -> dict[str, Any]:
    return {"signatory": _signatory(write, day)}


def _accept(write: Write, process: Process, day: date) -> dict[str, Any]:
    sheets = papers.papers_in_force(write.session, write.scope, day, kinds=["control_sheet"])
    return {"control_sheet": sheets[0].id} if sheets else {}


def _later(write: Write, process: Process, day: date) -> dict[str, Any]:
    return {"due_on": (day + timedelta(days=20)).isoformat()}


FORMS: Mapping[tuple[str, str], Form] = {
    ("pair", "change_members"): _change_members,
    ("pair", "replace_mentor"): _replace_mentor,
    ("pair", "prolong"): _prolong,
    ("pair", "dissolve"): lambda *_: {"cause": "other"},
    ("act", "register"): _register,
    ("act", "amend"): _by_act,
    ("act", "repeal"): _by_act,
    ("agreement", "sign"): _sign,
    ("working_paper", "approve"): _approve,
    ("consent", "replace"): lambda _write, process, _day: {"by_document": process.id},
    ("pair", "continue_next"): lambda *_: {},
    ("activity", "log_fact"): lambda *_: {"text": "Провели беседу"},
    ("activity", "set_schedule"): _later,
    ("activity", "reschedule"): _later,
    ("activity", "report"): lambda *_: {"result": "Провели"},
    ("activity", "accept"): _accept,
    ("activity", "complete_partly"): lambda *_: {"share": 60},
}


def all_actors(walks: Iterator[Actor]) -> list[Actor]:
    """In an order that does not depend on ids."""
    return sorted(walks, key=lambda actor: (actor.name, sorted(actor.roles)))


__all__ = ["Walk", "WorkflowError", "all_actors", "careful_form", "fingerprint", "fired", "forgotten"]
