"""Personal-data consents: the elements of the law, the ages, nothing typed in that belongs on a ruled line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plugins.consents.personal_data import (
    PERSONAL_DATA_CONSENT_ADULT,
    PERSONAL_DATA_CONSENT_REPRESENTATIVE,
    adult_checks,
    representative_checks,
    representative_context,
)
from workflow_core.rendering import blocking, document_text, render_kind

Facts = Callable[..., dict[str, Any]]
ADULT = "personal_data_consent_adult"
REPRESENTATIVE = "personal_data_consent_representative"


def test_complete_consent_passes(facts_of: Facts) -> None:
    assert adult_checks(facts_of(ADULT)) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("purpose", "", "no_purpose"),
        ("data", [], "no_data"),
        ("actions", [], "no_actions"),
        ("term", "", "no_term"),
        ("purpose", "участие в программе и иные цели", "open_end"),
        ("data", ["имя", "другие сведения и т. д."], "open_end"),
        ("actions", ["сбор", "распространение"], "distribution_inside"),
        ("actions", ["размещение на сайте"], "distribution_inside"),
    ],
)
def test_consent_that_the_law_would_not_accept_is_blocked(facts_of: Facts, name: str, value: Any, code: str) -> None:
    assert code in {check.code for check in blocking(adult_checks(facts_of(ADULT, **{name: value})))}


@pytest.mark.parametrize(
    ("birth_date", "codes"),
    [("2013-01-01", {"too_young"}), ("2010-01-01", {"representative_needed"}), ("2008-10-01", set())],
)
def test_own_consent_depends_on_the_age_on_the_day(facts_of: Facts, birth_date: str, codes: set[str]) -> None:
    facts = facts_of(ADULT, signed_on="2026-10-01")
    facts["person"]["birth_date"] = birth_date

    assert {check.code for check in adult_checks(facts)} == codes


def test_representative_may_not_sign_for_somebody_of_age(facts_of: Facts) -> None:
    facts = facts_of(REPRESENTATIVE, signed_on="2031-05-12")

    assert "of_age" in {check.code for check in blocking(representative_checks(facts))}


@pytest.mark.parametrize(("birth_date", "signs"), [("2012-10-01", True), ("2012-10-02", False), (None, True)])
def test_child_of_fourteen_signs_too(facts_of: Facts, birth_date: str | None, signs: bool) -> None:
    facts = facts_of(REPRESENTATIVE, signed_on="2026-10-01")
    facts["person"]["birth_date"] = birth_date

    assert representative_context(facts)["child_signs"] is signs


def test_blank_has_a_line_for_an_unknown_representative(facts_of: Facts) -> None:
    facts = facts_of(REPRESENTATIVE, representative=None)

    text = document_text(render_kind(PERSONAL_DATA_CONSENT_REPRESENTATIVE, facts))

    assert "фамилия, имя, отчество законного представителя" in text
    assert "no_representative" in {check.code for check in representative_checks(facts)}


def test_processor_is_named_where_there_is_one(facts_of: Facts) -> None:
    facts = facts_of(ADULT, processor={"name": "ООО «Журнал»", "address": "г. Пенза, ул. Мира, д. 1"})

    text = document_text(render_kind(PERSONAL_DATA_CONSENT_ADULT, facts))

    assert "По поручению оператора данные обрабатывает ООО «Журнал»" in text
    assert "не поручается" not in text


def test_typed_passport_and_address_never_reach_the_paper(facts_of: Facts) -> None:
    facts = facts_of(ADULT)
    facts["person"] |= {"passport": "5600 123456", "address": "ул. Тихая, д. 9"}

    text = document_text(render_kind(PERSONAL_DATA_CONSENT_ADULT, facts))

    assert "123456" not in text
    assert "Тихая" not in text
