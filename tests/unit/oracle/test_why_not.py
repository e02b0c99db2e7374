"""`why_not` against the oracle: all shipped lifecycles, all profiles and none, random facts, every event of a state.

The judging is the product's own (`judge`), its facts and rules are: profiles read from their files, severities, roles,
the engine's own rules. Only the loading is replaced: facts come from a random world instead of a database.
"""

from __future__ import annotations

import ast
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.unit.oracle import worlds
from tests.unit.oracle.expected import Expected, events_of, expected
from tests.unit.oracle.frozen import facts_of
from tests.unit.oracle.rules import Asked
from tests.unit.oracle.tables import EVENTS, KIND_OF, PROFILES
from tests.unit.oracle.tables import SETTINGS as SIGNING
from web.assembly import catalogue as shipped_catalogue
from workflow_core import queries
from workflow_core.guards import Actor, Blocker
from workflow_core.judgement import Outlook, Question, judge
from workflow_core.plugin_manager import Catalogue
from workflow_core.tables import Process
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations.profile import LayeredProfile, OwnRule, layered
from workflows.organisations.profile_file import library
from workflows.organisations.tables import Organisation

ROOT = Path(__file__).resolve().parents[3]
SCOPE = "0" * 31 + "1"
NOW = datetime.combine(worlds.TODAY, time(9), UTC)
STRESS = bool(os.environ.get("MARSHRUT_STRESS"))
EXAMPLES = 40_000 if STRESS else 900
ROUNDS = 4
"""The rarest code may miss one round: others are played only until every code was seen."""


@cache
def catalogue() -> Catalogue:
    """What the rooms and the shipped plugins contribute."""
    return shipped_catalogue()


@cache
def profile(code: str, duty_of: str, back_dating: int | None) -> LayeredProfile:
    """The rules of a school that chose a profile (or none), with settings of its own."""
    place = Organisation(
        id=SCOPE, organisation_id=SCOPE, kind="school", title="Школа", short_title="Школа", profile=code
    )
    since = date(2020, 1, 1)
    own = [OwnRule("duty_consent.of", duty_of, since), OwnRule("back_dating.limit_days", back_dating, since)]
    return layered([place], own, NOW, library(tuple(catalogue().profiles)))


class RandomFacts:
    """The catalogue of the product, but for the loading of facts."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._facts = facts

    def load_facts(self, _session: Any, _scope: str, _kind: str, names: Any, ids: Any, _day: date, *_more: Any) -> Any:
        return {one: {name: self._facts[name] for name in names} for one in ids}

    def __getattr__(self, name: str) -> Any:
        return getattr(catalogue(), name)


def unit_of_work(rules: LayeredProfile, facts: dict[str, Any]) -> UnitOfWork:
    """What the judging needs of one: rules, the day, and facts of a random world."""
    found = SimpleNamespace(
        profile=rules, catalogue=RandomFacts(facts), session=None, scope=SCOPE, now=NOW, today=worlds.TODAY
    )
    return cast(UnitOfWork, found)


@dataclass(frozen=True)
class Case:
    """A random world and who asks about it."""

    definition: str
    world: dict[str, Any]
    day: date
    forms: dict[str, dict[str, Any]]
    roles: frozenset[str]
    own: bool
    """The subject itself gives the actor a role: mentor of this pair, responsible for this item."""
    cause: str
    duty_of: str
    back_dating: int | None
    profile: str
    """Of a process that is no pair; a pair is asked about under every profile."""


PLACES = [(code, state) for code, states in worlds.STATES.items() for state in states]
ASKED_OFTEN = [
    place
    for place in PLACES
    if any(place[1] in event.from_states and event.asks for event in EVENTS[place[0]].values())
]
RARE = [
    *[("consent", "expected")] * 14,
    *[("act", "draft"), ("act", "in_force"), ("activity", "in_progress"), ("activity", "reported")] * 4,
    *[("agreement", "draft"), ("pair", "suspended")] * 4,
    *[("pair", "start"), ("pair", "formed"), ("pair", "final_meeting"), ("pair", "regular_work")] * 3,
]
"""Where rules are asked whose findings seldom come."""


@st.composite
def cases(draw: Any) -> Case:
    definition, state = draw(st.sampled_from([*PLACES, *ASKED_OFTEN, *RARE]))
    day, dice = draw(worlds.DAYS), draw(worlds.dice())
    world = worlds.world_of(dice, definition, state, day)
    return Case(
        definition,
        world,
        day,
        {event: worlds.form_of(dice, definition, event, world, day) for event in sorted(events_of(definition, state))},
        frozenset(dice.of(*worlds.ACTOR_ROLES).split()),
        dice.of(True, False),
        dice.of("", "", "", "order-0", "elsewhere"),
        dice.of("participants", "mentors"),
        dice.of(None, None, 0, 200),
        dice.of(*sorted(PROFILES)),
    )


def answers(case: Case, profile_code: str) -> list[tuple[Outlook, Expected, bool]]:
    """What the product says of every event, asked and sent, beside what has to come; and whether a ground is always asked."""
    world, day = case.world, case.day
    kind = KIND_OF[case.definition]
    own_role = {"pair": "mentor", "document": "mentor", "activity": "responsible"}.get(kind, "")
    own = frozenset({own_role}) if case.own and own_role else frozenset()
    actor = Actor("account-1", "Морозова Е. В.", case.roles, "person-1")
    rules = profile(profile_code, case.duty_of, case.back_dating)
    uow = unit_of_work(rules, facts_of(world, kind, day, {"person-1": own}))
    definition = catalogue().definitions[case.definition]
    since = world["since"].isoformat() if world["since"] else ""
    version = 0 if world["state"] == "start" else 3
    process = Process(
        world["id"], SCOPE, kind, case.definition, definition.hash, world["state"], "formed", version, since, ""
    )
    told = {**SIGNING[profile_code], "duty_of": case.duty_of, "back_dating": case.back_dating}
    questions, wanted = [], []
    for event in definition.events_from(world["state"]):
        for sent in (False, True):
            form = case.forms[event.name] if sent else {}
            questions.append(Question(process, definition, event, day, form, sent, case.cause))
            asked = Asked(world, day, form, sent, told, case.roles, case.cause, event.name)
            found = expected(profile_code, case.definition, event.name, asked, own=own, today=worlds.TODAY)
            wanted.append((found, EVENTS[case.definition][event.name].ground))
    reporter = "account-1" if world["reported_by_same"] else "account-2"
    reported = SimpleNamespace(seq=3, event="report", actor_id=reporter, acts_for="", refers_to=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "entries_of", lambda *_: {world["id"]: [reported]})
        outlooks = judge(uow, actor, questions)
    return [(outlook, found, ground) for outlook, (found, ground) in zip(outlooks, wanted, strict=True)]


WITHOUT_LINK = {
    "not_permitted": "the step is somebody else's: no page of this account makes it its own",
    "same_person": "somebody else has to do it, no page makes two people of one",
    "own_mentee": "another choice in the very form that shows it",
    "no_member": "another choice in the very form that shows it",
    "same_act": "another choice in the very form that shows it",
    "no_notice": "a day in the very form that shows it",
    "notice_too_short": "a later day in the very form that shows it",
    "no_term": "a day in the very form that shows it",
    "joined_later": "a later day in the very form that shows it",
    "before_signing": "a later day in the very form that shows it",
}
"""Codes without a page to go to, each with the reason."""


def test_every_event_answers_as_the_oracle_does_and_every_code_occurs() -> None:
    seen: Counter[str] = Counter()

    def ask(case: Case) -> None:
        profiles = sorted(PROFILES) if KIND_OF[case.definition] == "pair" else [case.profile]
        for code in profiles:
            found = answers(case, code)
            events = {outlook.event.name for outlook, _wanted, _ground in found}
            assert events == events_of(case.definition, case.world["state"])
            for outlook, wanted, ground in found:
                what = (code or "no profile", case.definition, outlook.event.name, case.day, outlook.question.fields)
                weighed = Counter((blocker.code, str(blocker.severity)) for blocker in outlook.blockers)
                assert weighed == wanted.findings, what
                assert outlook.is_open is wanted.is_open, what
                assert outlook.needs_ground is wanted.needs_ground(ground), what
                seen.update(blocker.code for blocker in outlook.blockers)
                for blocker in outlook.blockers:
                    tells_all(blocker)

    limits = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    for number in range(ROUNDS):
        seed(number)(limits(given(cases())(ask)))()
        if set(seen) == codes_of_the_product():
            return

    assert set(seen) == codes_of_the_product()


def tells_all(blocker: Blocker) -> None:
    """Text, remedy, who, and where."""
    assert blocker.text
    assert not blocker.text.endswith("."), blocker.text
    assert blocker.explanation, f"{blocker.code}: no remedy"
    assert not blocker.explanation.endswith("."), blocker.explanation
    assert blocker.who_can_lift, f"{blocker.code}: nobody can lift it"
    if blocker.link is None:
        assert blocker.code in WITHOUT_LINK, f"{blocker.code}: nowhere to do it"
    else:
        assert blocker.code not in WITHOUT_LINK, blocker.code
        assert blocker.link.label, blocker.code
        assert blocker.link.target or blocker.link.action in ("signatories", "enter_act"), blocker.code


# -- which codes the product can give ---------------------------------------------------------------------------------

SOURCES = (
    "workflow_core/judgement.py",
    "workflows/documents/guards.py",
    "workflows/mentoring/guards.py",
    "workflows/mentoring/readiness.py",
    "workflows/road_maps/guards.py",
)
BUILT = {
    "no_": {"no_acquaintance_meeting", "no_trial_meeting", "no_planning_meeting"},
    "_unanswered": {"no_feedback", "no_exit_questionnaire"},
    "blocker": set(),
}
"""Codes that are put together: beginning of the pattern, or the function whose argument the code is -> all that come of it."""


def codes_of_the_product() -> set[str]:
    """Every code that the source of a guard can give: the first argument of each finding made there."""
    found: set[str] = set()
    for source in SOURCES:
        tree = ast.parse((ROOT / source).read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            for call in calls:
                if isinstance(call.func, ast.Name) and call.func.id in ("Blocker", "blocker"):
                    found |= _codes(call.args[0], function.name)
    return found


def _codes(first: ast.expr, function: str) -> set[str]:
    match first:
        case ast.Constant(value=str(code)):
            return {code}
        case ast.IfExp(body=body, orelse=otherwise):
            return _codes(body, function) | _codes(otherwise, function)
        case ast.JoinedStr(values=[ast.Constant(value=str(beginning)), *_]):
            return BUILT[beginning]
        case ast.Name(id="code"):
            return BUILT.get(function, set())
    raise AssertionError(f"{function}: a code that this test can't read: {ast.unparse(first)}")


def test_every_rule_of_a_lifecycle_stands_in_the_oracle() -> None:
    """A lifecycle, an event or a rule that the tables do not know makes the comparison above blind."""
    definitions = catalogue().definitions
    told = {
        (code, event.name, rule)
        for code, events in EVENTS.items()
        for event in events.values()
        for rule in event.asks
        if rule != "four_eyes"
    }

    assert set(EVENTS) == set(definitions)
    assert told == {
        (code, event.name, use.name)
        for code, one in definitions.items()
        for event in one.events
        for use in event.guards
    }
    assert set(PROFILES) - {""} == {path.parent.name.removeprefix("profile_") for path in catalogue().profiles}
