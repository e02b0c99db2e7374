"""Rules of papers over plain facts."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from workflow_core.guards import SYSTEM, Facts
from workflows.documents.facts import ConsentSigners, PossibleSigner, SignatoryTerm
from workflows.documents.guards import (
    GUARDS,
    act_in_force,
    approval_given,
    default_signer,
    not_before_signing,
    number_free,
    signatory_entitled,
    signer_blockers,
    term_given,
)
from workflows.documents.kinds import ADULT_CONSENT, DUTY_CONSENT, REPRESENTATIVE_CONSENT
from workflows.documents.papers import ActInForce

DAY = date(2026, 9, 1)
HEAD = SignatoryTerm("s1", "head", "Снежная М. И.", "директор Снежная М. И.", False, date(2020, 9, 1), None)
MOTHER, FATHER = PossibleSigner("mother", "Ким Ольга", "мать"), PossibleSigner("father", "Ким Олег", "Отец")


def asked(**values: Any) -> Facts:
    return Facts({"fields": {}, "settings": {}, "paper": None, **values})


def pupil(birth_date: date | None, *adults: PossibleSigner) -> ConsentSigners:
    return ConsentSigners("kim", "Ким Данил", "pupil", birth_date, adults)


def codes(signers: ConsentSigners, kind: str, signer: str = "", signed_as: str = "") -> list[str]:
    return [blocker.code for blocker in signer_blockers(signers, kind, DAY, {}, signer, signed_as)]


def test_a_page_that_only_asks_is_not_stopped_by_an_empty_form() -> None:
    other = ActInForce("act-2", "order", "1", DAY, "Приказ", frozenset(), ("order",))
    process = SimpleNamespace(id="act-1")
    facts = asked(
        process=process, signatory_terms=(HEAD,), taken_numbers=(), acts_in_force=(other,), consent_signers=None
    )

    for guard in GUARDS:
        assert guard.check(facts, SYSTEM, "any", DAY) == []


def test_a_paper_is_given_up_on_the_day_of_its_signing_or_later() -> None:
    signed = asked(paper=SimpleNamespace(signed_on=DAY))

    (found,) = not_before_signing(signed, SYSTEM, "revoke", DAY - timedelta(days=1))

    assert (found.code, found.values) == ("before_signing", {"signed_on": "2026-09-01"})
    assert found.text == "31.08.2026 документ ещё не был подписан: дата подписания 01.09.2026"
    assert not_before_signing(signed, SYSTEM, "revoke", DAY) == []
    assert not_before_signing(asked(paper=SimpleNamespace(signed_on=None)), SYSTEM, "revoke", DAY) == []


def test_what_no_form_could_name_is_told_before_the_form() -> None:
    nothing = asked(process=SimpleNamespace(id="act-1"), acts_in_force=(), signatory_terms=())

    assert [one.code for one in act_in_force(nothing, SYSTEM, "repeal", DAY)] == ["no_act_in_force"]
    assert [one.code for one in approval_given(nothing, SYSTEM, "approve", DAY)] == ["no_signatory"]


def test_a_day_without_anybody_who_may_sign_is_told_before_the_form() -> None:
    found = signatory_entitled(asked(signatory_terms=(HEAD,)), SYSTEM, "register", date(2019, 1, 1))

    assert [blocker.code for blocker in found] == ["no_signatory"]


def test_the_day_of_signing_counts_and_not_the_day_of_the_step() -> None:
    fields = {"signatory": "head", "signed_on": date(2020, 8, 31)}
    (found,) = signatory_entitled(asked(signatory_terms=(HEAD,), fields=fields), SYSTEM, "register", DAY)

    assert found.text == "Снежная М. И.: нет права подписи на 31.08.2020"
    assert found.explanation == "Право подписи: с 01.09.2020"


def test_a_term_is_asked_for_when_the_form_came() -> None:
    assert [found.code for found in term_given(asked(fields={"signed_on": DAY}), SYSTEM, "sign", DAY)] == ["no_term"]


def test_a_number_without_a_paper_is_nobodys() -> None:
    assert number_free(asked(taken_numbers=(), fields={"number": "1"}), SYSTEM, "register", DAY) == []


@pytest.mark.parametrize(
    ("born", "kind", "expected"),
    [
        (date(2013, 5, 12), REPRESENTATIVE_CONSENT, []),
        (date(2013, 5, 12), ADULT_CONSENT, ["representative_needed"]),
        (date(2010, 5, 12), REPRESENTATIVE_CONSENT, []),
        (date(2010, 5, 12), ADULT_CONSENT, ["representative_needed"]),
        (date(2008, 9, 1), ADULT_CONSENT, []),
        (date(2008, 9, 1), REPRESENTATIVE_CONSENT, ["of_age"]),
        (date(2008, 9, 2), REPRESENTATIVE_CONSENT, []),
        (None, REPRESENTATIVE_CONSENT, []),
        (date(2013, 5, 12), DUTY_CONSENT, []),
    ],
)
def test_the_form_of_a_consent_fits_the_age(born: date | None, kind: str, expected: list[str]) -> None:
    assert codes(pupil(born, MOTHER), kind) == expected


def test_a_stranger_and_a_wrong_capacity_are_found() -> None:
    child = pupil(date(2013, 5, 12), MOTHER)

    assert codes(child, REPRESENTATIVE_CONSENT, "father") == ["signer_not_entitled"]
    assert codes(child, REPRESENTATIVE_CONSENT, "mother", "self") == ["capacity_wrong"]
    assert codes(child, REPRESENTATIVE_CONSENT, "mother", "mother") == []
    assert codes(child, DUTY_CONSENT, "mother") == ["signer_not_entitled"]


def test_of_two_parents_the_one_on_the_blank_signs() -> None:
    child = pupil(date(2013, 5, 12), MOTHER, FATHER)

    assert default_signer(child, REPRESENTATIVE_CONSENT, DAY) == ("mother", "mother")
    assert default_signer(child, REPRESENTATIVE_CONSENT, DAY, printed="father") == ("father", "father")
    assert default_signer(pupil(date(2008, 1, 1), MOTHER), ADULT_CONSENT, DAY) == ("kim", "self")
    assert default_signer(pupil(date(2013, 5, 12)), REPRESENTATIVE_CONSENT, DAY) == ("", "")
