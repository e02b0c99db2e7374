"""Who signs by age, and how long a consent holds."""

from __future__ import annotations

from datetime import date

import pytest

from workflows.documents.consents import ConsentState, best, expected_kind, holds, who_signs, years
from workflows.documents.kinds import ADULT_CONSENT, REPRESENTATIVE_CONSENT

REPRESENTATIVES_ALWAYS = {"consent.representative_until": 18, "consent.both_until": 0}
SELF_FROM_14 = {"consent.representative_until": 14, "consent.both_until": 0}


@pytest.mark.parametrize(
    ("age", "settings", "who"),
    [
        (13, {}, {"representative"}),
        (14, {}, {"self", "representative"}),
        (17, {}, {"self", "representative"}),
        (18, {}, {"self"}),
        (None, {}, {"representative"}),
        (14, SELF_FROM_14, {"self"}),
        (17, REPRESENTATIVES_ALWAYS, {"representative"}),
        (18, REPRESENTATIVES_ALWAYS, {"self"}),
        (14, {"consent.representative_until": None}, {"self", "representative"}),
    ],
)
def test_who_signs_for_a_pupil_is_a_rule_of_the_place(age: int | None, settings: dict[str, int], who: set[str]) -> None:
    assert who_signs("pupil", age, settings) == who


def test_an_adult_signs_alone_whatever_the_age() -> None:
    assert who_signs("employee", None) == {"self"}
    assert (expected_kind("employee", 30), expected_kind("pupil", 15)) == (ADULT_CONSENT, REPRESENTATIVE_CONSENT)


@pytest.mark.parametrize(
    ("state", "day", "is_valid"),
    [
        ("received", 1, True),
        ("received", 20, True),
        ("received", 21, False),
        ("revoked", 9, True),
        ("revoked", 10, False),
        ("expected", 5, False),
    ],
)
def test_a_consent_holds_between_its_days(state: str, day: int, is_valid: bool) -> None:
    revoked_on = date(2026, 9, 10) if state == "revoked" else None

    assert holds(state, date(2026, 9, 1), date(2026, 9, 20), revoked_on, date(2026, 9, day)) is is_valid
    assert not holds(state, date(2026, 9, 1), None, revoked_on, date(2026, 8, 31))


def test_a_valid_paper_counts_before_a_newer_blank() -> None:
    valid = ConsentState("a", ADULT_CONSENT, "received", signed_on=date(2026, 9, 1), is_valid=True)
    blank = ConsentState("b", ADULT_CONSENT, "expected")
    revoked = ConsentState("c", ADULT_CONSENT, "revoked", signed_on=date(2026, 9, 2))

    assert best([blank, revoked, valid]) == valid
    assert best([revoked, blank]) == blank


@pytest.mark.parametrize(("day", "age"), [(date(2027, 2, 28), 10), (date(2027, 3, 1), 11), (date(2028, 2, 29), 12)])
def test_born_on_29_february(day: date, age: int) -> None:
    assert years(date(2016, 2, 29), day) == age


def test_a_new_paper_is_asked_for_when_others_sign_now() -> None:
    state = ConsentState("a", ADULT_CONSENT, "received", is_valid=True, person_kind="pupil", age_then=13, age=14)

    assert state.needs_new()
    assert not state.needs_new(REPRESENTATIVES_ALWAYS)
