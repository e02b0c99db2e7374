"""Consents: who has to sign by age, and whether a consent holds on a day. Pure.

Who signs for 14 to 18 is disputed (152-ФЗ art. 9 names no age), so it is a setting of the place: below
`consent.representative_until` the representative signs alone, from there up to `consent.both_until` both sign, then the pupil.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflow_core.guards import EMPTY
from workflows.documents.kinds import ADULT_CONSENT, DUTY_CONSENT, PERSONAL_DATA_CONSENTS, REPRESENTATIVE_CONSENT

SELF, REPRESENTATIVE = "self", "representative"
UNTIL_SETTING, BOTH_SETTING = "consent.representative_until", "consent.both_until"

SIGNED_AS: Mapping[str, str] = {
    "self": "за себя",
    "mother": "мать",
    "father": "отец",
    "guardian": "опекун (попечитель)",
    "other": "другой законный представитель",
}
"""Capacities of the form, as the register shows them."""


@dataclass(frozen=True, slots=True)
class ConsentState:
    """The best paper of one kind that there is for one person, seen on a day."""

    document_id: str
    kind: str
    state: str
    """expected | received | revoked | replaced"""
    signed_by_id: str = ""
    signed_as: str = ""
    signed_on: date | None = None
    valid_to: date | None = None
    revoked_on: date | None = None
    """First day on which it holds no more: revoked, or replaced by another paper."""
    is_valid: bool = False
    """Received, begun, neither run out nor revoked on the day."""
    person_kind: str = ""
    age_then: int | None = None
    """Full years on the day of signing; None where the birth date is unknown."""
    age: int | None = None
    """Full years on the day asked for."""

    def needs_new(self, settings: Mapping[str, Any] = EMPTY) -> bool:
        """It still holds, but since the signing the pupil has come of the age (14, 18: settings) at which others sign."""
        if not self.is_valid or self.kind == DUTY_CONSENT or self.age is None:
            return False
        return who_signs(self.person_kind, self.age, settings) != who_signs(self.person_kind, self.age_then, settings)


def holds(state: str, signed_on: date | None, valid_to: date | None, revoked_on: date | None, day: date) -> bool:
    """Whether a consent holds on a day. A revoked one holds up to the day before its revocation."""
    if state == "expected" or signed_on is None or day < signed_on:
        return False
    return (valid_to is None or day <= valid_to) and (revoked_on is None or day < revoked_on)


def who_signs(person_kind: str, age: int | None, settings: Mapping[str, Any] = EMPTY) -> frozenset[str]:
    """{"self"}, {"representative"} or both. A pupil whose age is unknown counts as a minor; everybody else signs alone."""
    if person_kind != "pupil":
        return frozenset({SELF})
    until = _whole(settings.get(UNTIL_SETTING), 14)
    both = _whole(settings.get(BOTH_SETTING), 18)
    if age is None or age < until:
        return frozenset({REPRESENTATIVE})
    return frozenset({SELF, REPRESENTATIVE}) if age < both else frozenset({SELF})


def years(born: date | None, day: date | None) -> int | None:
    """Full years on a day, None where either is unknown."""
    if born is None or day is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def expected_kind(person_kind: str, age: int | None, settings: Mapping[str, Any] = EMPTY) -> str:
    """Which of the personal-data consents a person hands in; where both sign, the representative's form has two lines."""
    return REPRESENTATIVE_CONSENT if REPRESENTATIVE in who_signs(person_kind, age, settings) else ADULT_CONSENT


def personal_data_consent(states: Mapping[str, ConsentState]) -> ConsentState | None:
    """Of a person's consents by kind the personal-data one that counts: a valid one before any other, the newest first."""
    found = [states[kind] for kind in PERSONAL_DATA_CONSENTS if kind in states]
    return best(found) if found else None


def best(states: list[ConsentState]) -> ConsentState:
    """The one that counts of several papers: valid, received, expected, given up; the newest of equals."""
    order = {"received": 3, "expected": 2}
    return max(
        states,
        key=lambda one: (
            one.is_valid,
            order.get(one.state, 1),
            one.signed_on or date.min,
            one.document_id,
        ),
    )
