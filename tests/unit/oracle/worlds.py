"""Strategies of random worlds: everything that a rule may look at, as plain values. Imports nothing of the product.

Most values come from short lists of telling cases. One draw is the dice for a whole world: a draw for every value would take
far longer than the rules that are proved, and would favour worlds in which nothing stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.unit.oracle.rules import KINDS, SAME_NUMBER
from tests.unit.oracle.tables import EVENTS, KIND_OF

TODAY = date(2027, 6, 15)
FIRST = date(2026, 9, 7)
PROCESS = "subject-1"
DAYS = st.one_of(
    st.integers(0, 54).map(lambda step: FIRST + timedelta(days=step)),  # September and October: months without holidays
    st.integers(0, 280).map(lambda step: FIRST + timedelta(days=step)),
    st.sampled_from(
        [date(2025, 2, 28), date(2025, 3, 1), date(2026, 10, 31), date(2026, 11, 1), date(2026, 12, 1), TODAY]
    ),
)
PERSON_KINDS = ("pupil", "pupil", "employee", "employee", "outside", "parent")
AGES = (8, 13, 14, 15, 17, 18, 25)
PAPERS = (
    "none",
    "expected",
    "good",
    "good",
    "ends today",
    "run out",
    "comes later",
    "revoked",
    "revoked today",
    "revoked later",
    "replaced",
)
CONSENTS = (
    *("personal_data_consent_adult", "personal_data_consent_representative"),
    *("duty_consent", "participation_consent"),
)
ACTOR_ROLES = (
    *("curator", "curator", "head", "mentor", "administrator", "auditor", "district", "responsible"),
    *("curator head", "curator mentor", "head district", "system"),
)


_T = TypeVar("_T")


class Dice:
    """A number that chooses."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def of(self, *options: _T) -> _T:
        """One of some values."""
        return options[self._random.randrange(len(options))]

    def some(self, *options: _T) -> frozenset[_T]:
        """Some of some values."""
        return frozenset(one for one in options if self.of(True, False))

    def chance(self, one_in: int) -> bool:
        """True rarely."""
        return self.of(*range(one_in)) == 1


def dice() -> st.SearchStrategy[Dice]:
    """The dice for one world."""
    return st.integers(0, 2**48).map(Dice)


def _paper(what: str, day: date) -> dict[str, Any] | None:
    before, after = day - timedelta(days=9), day + timedelta(days=9)
    cases: dict[str, dict[str, Any] | None] = {
        "none": None,
        "expected": {"state": "expected", "signed": None},
        "good": {"state": "received", "signed": day},
        "ends today": {"state": "received", "signed": before, "until": day},
        "run out": {"state": "received", "signed": before, "until": day - timedelta(days=1)},
        "comes later": {"state": "received", "signed": day + timedelta(days=1)},
        "revoked": {"state": "revoked", "signed": before, "revoked": day - timedelta(days=2)},
        "revoked today": {"state": "revoked", "signed": before, "revoked": day},
        "revoked later": {"state": "revoked", "signed": before, "revoked": after},
        "replaced": {"state": "replaced", "signed": before, "revoked": before},
    }
    found = cases[what]
    return None if found is None else {"until": None, "revoked": None, **found}


def _person(dice: Dice, person_id: str, side: str, day: date, kinds: Sequence[str]) -> dict[str, Any]:
    kind = dice.of(*kinds)
    age = dice.of(*AGES, None) if kind == "pupil" else dice.of(None, 25, 40)
    # A birthday on the day itself, a day before or after it.
    shifted = day + timedelta(days=dice.of(0, -1, 1))
    papers = {code: _paper(dice.of(*PAPERS), day) for code in CONSENTS}
    return {
        "id": person_id,
        "side": side,
        "kind": kind,
        "born": None if age is None else shifted.replace(year=day.year - age),
        "left": dice.of(None, None, day, day - timedelta(days=1)),
        "checked": dice.of(None, day, day + timedelta(days=1)),
        "in_bank": not dice.chance(5),
        "adults": dice.of([f"{person_id}-adult"], []),
        "agreement": dice.of(True, False),
        "consents": {code: paper for code, paper in papers.items() if paper},
    }


def world_of(dice: Dice, definition: str, state: str, day: date) -> dict[str, Any]:
    """A world around one process in a state, for a step on a day."""
    since = None if state == "start" else day + timedelta(days=dice.of(0, -20, -1, 0, 1, 30))
    world = {"id": PROCESS, "state": state, "since": since, "reported_by_same": False}
    match KIND_OF[definition]:
        case "pair":
            return world | _pair(dice, day)
        case "document":
            return world | _paper_world(dice, definition, day)
        case "activity":
            return world | _item(dice)
    return world


def _pair(dice: Dice, day: date) -> dict[str, Any]:
    form = dice.of(*sorted(KINDS))
    of_mentors, of_mentees = (
        (sorted(kinds) for kinds in KINDS[form]) if dice.chance(2) else (PERSON_KINDS, PERSON_KINDS)
    )
    mentors = [_person(dice, f"m{index}", "mentor", day, of_mentors) for index in range(dice.of(1, 2))]
    mentees = [_person(dice, f"e{index}", "mentee", day, of_mentees) for index in range(dice.of(1, 2, 3))]
    if dice.chance(8):
        mentees.append({**mentors[0], "side": "mentee"})
    people = [*mentors, *mentees]
    ids = [one["id"] for one in people]
    tasks = dice.of(0, 0, 1, 10)
    return {
        "members": people,
        "bank": [_person(dice, "c0", "mentee", day, PERSON_KINDS)],
        "joined_later": dice.of([], [], ["late-1"]),
        "form": form,
        "programme_form": dice.of("", form, "pupil_pupil"),
        "load": {one["id"]: dice.of(0, 1, 4, 5) for one in mentors if not dice.chance(3)},
        "other_pairs": [{"mentors": dice.some(*ids), "mentees": dice.some(*ids)} for _ in range(dice.of(0, 1, 2))],
        "orders": [_order(dice, f"order-{index}", day) for index in range(dice.of(0, 1, 2))],
        "replaced_on": dice.of(None, None, day, day - timedelta(days=5), day + timedelta(days=5)),
        "plan": {
            "tasks": tasks,
            "done": max(0, tasks - dice.of(0, 1, 2)),
            "paper": dice.of(True, False),
            "approved": dice.of(True, False),
            "previous_approved": dice.of(True, False),
        },
        "meetings": dice.some("acquaintance", "trial", "planning", "regular"),
        "meeting_count": dice.of(0, 1),
        "answers": [
            {"person": one, "stage": dice.of("entry", "feedback", "exit", "exit"), "given": given}
            for one in dict.fromkeys(ids)
            for given in dice.of((), (day,), (day + timedelta(days=1),))
        ],
        "cases": dice.of(0, 1),
        "pair_papers": frozenset({"paper-1"}),
        "later_programme": dice.of(True, False),
        "continued_in": dice.of("", "", "pair-9"),
    }


def _order(dice: Dice, order_id: str, day: date) -> dict[str, Any]:
    state = dice.of("draft", "at_signing", "in_force", "in_force", "amended", "repealed")
    signed = day + timedelta(days=dice.of(-30, -5, 0, 1, 7))
    return {"id": order_id, "state": state, "signed": None if state in ("draft", "at_signing") else signed}


def _paper_world(dice: Dice, definition: str, day: date) -> dict[str, Any]:
    kinds: tuple[str, ...] = {
        "act": ("order", "pair_order", "members_order", "regulation"),
        "consent": CONSENTS,
        "agreement": ("partner_agreement", "labour_agreement"),
        "working_paper": ("individual_plan", "case"),
    }[definition]
    owner = _person(dice, "owner-1", "mentee", day, PERSON_KINDS) if definition == "consent" else None
    return {
        "paper": None
        if dice.chance(12)
        else {
            "id": PROCESS,
            "kind": dice.of(*kinds),
            "signed": dice.of(None, day, day - timedelta(days=3), day + timedelta(days=1)),
        },
        "owner": None if dice.chance(12) else owner,
        "terms": [
            {
                "person": dice.of("head-1", "head-2"),
                "first": day + timedelta(days=dice.of(-400, -3, -1, 0, 1, 3)),
                "last": dice.of(None, day - timedelta(days=1), day, day + timedelta(days=30)),
            }
            for _ in range(dice.of(0, 1, 2))
        ],
        "numbers": [
            {
                "id": dice.of(PROCESS, "act-7", "act-8"),
                "kind": dice.of("order", "pair_order", "regulation"),
                "number": dice.of(*sorted(SAME_NUMBER)),
                "signed": dice.of(day, day, day - timedelta(days=400)),
            }
            for _ in range(dice.of(0, 1, 2, 3))
        ],
        "acts": dice.some("act-1", "act-2"),
    }


def _item(dice: Dice) -> dict[str, Any]:
    return {
        "acceptance": dice.of("none", "none", "paper", "head", "district"),
        "lines": [
            {
                "kind": dice.of("document", "fact", "count", "occurrences", "children"),
                "done": dice.of(True, False),
                "missing": dice.of(*range(8)),
            }
            for _ in range(dice.of(0, 0, 1, 2, 3))
        ],
        "facts": dice.of(0, 0, 2),
        "papers": dice.some("sheet-1", "sheet-2", "order-1"),
        "reported_by_same": dice.of(True, False),
    }


def form_of(dice: Dice, definition: str, event: str, world: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Typed values of an event's form, as far as a rule reads them; the form of an event without rules is empty."""
    ids = [one["id"] for one in world.get("members", ())] + ["c0", "stranger"]
    signed, signatories = (None, day, day - timedelta(days=3)), (None, "head-1", "head-2", "head-3")
    acts = (None, "act-1", "act-2", "act-9", PROCESS)
    near = (None, *(day - timedelta(days=back) for back in range(8))) if _without_holidays(day) else (None,)
    told: dict[tuple[str, str], dict[str, tuple[Any, ...]]] = {
        ("pair", "change_members"): {
            "joins": (None, "c0", "c0", "stranger"),
            "joins_as": (None, "mentor", "mentor", "mentee"),
            "leaves": (None, *ids),
        },
        ("pair", "continue_next"): {"programme": (None, "programme-2")},
        ("pair", "replace_mentor"): {"hand_over": (None, "paper-1", "paper-9"), "leaves": (None, "m0", "late-1")},
        ("pair", "dissolve"): {
            "cause": ("employer_cancelled", "employer_cancelled", "other"),
            "notice_on": (*near, None, day - timedelta(days=60)),
        },
        ("act", "register"): {"number": tuple(SAME_NUMBER), "signed_on": signed, "signatory": signatories},
        ("act", "amend"): {"by_act": acts},
        ("act", "repeal"): {"by_act": acts},
        ("agreement", "sign"): {"valid_until": (None, day), "number": ("7",)},
        ("working_paper", "approve"): {"by_act": acts, "signatory": signatories},
        ("consent", "receive"): {
            "signed_on": signed,
            "signer": (None, "owner-1", "owner-1", "owner-1-adult", "owner-1-adult", "stranger"),
            "signed_as": (None, "self", "mother", "other"),
        },
        ("activity", "report"): {"result": (None, "Провели")},
        ("activity", "accept"): {"control_sheet": (None, "sheet-1", "sheet-2", "order-1")},
    }
    found = told.get((definition.removesuffix("_teachers"), event), {})
    given = {name: dice.of(*options) for name, options in found.items()}
    return {name: value for name, value in given.items() if value is not None}


def _without_holidays(day: date) -> bool:
    return date(2026, 9, 15) <= day <= date(2026, 10, 31)


STATES = {
    code: sorted({state for event in events.values() for state in event.from_states}) for code, events in EVENTS.items()
}
