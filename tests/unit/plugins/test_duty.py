"""The duty consent: addressed in the dative, without data clauses, with ТК art. 351.8 only between employees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plugins.consents.duty import DUTY_CONSENT, checks, context, labour_code_applies
from workflow_core.rendering import blocking, document_text, render_kind

Facts = Callable[..., dict[str, Any]]


def test_addressee_and_author_stand_in_their_cases(facts_of: Facts) -> None:
    printed = context(facts_of("duty_consent"))

    assert [line.replace("\u00a0", " ") for line in printed["addressee"]] == [
        "Директору",
        "МБОУ «СОШ № 5» г. Заречного",
        "М. И. Снежной",
    ]
    assert printed["author"] == ["Шевчук Ольги Павловны", "учителя начальных классов"]


@pytest.mark.parametrize(
    ("replaced", "applies"),
    [
        ({}, True),
        ({"prepared_on": "2025-02-28"}, False),
        ({"mentees": []}, False),
        ({"employee_to_employee": False}, False),
        ({"role": "mentee"}, False),
    ],
)
def test_labour_code_applies_between_employees_only(facts_of: Facts, replaced: dict[str, Any], applies: bool) -> None:
    assert labour_code_applies(facts_of("duty_consent", **replaced)) is applies


@pytest.mark.parametrize("role", ["mentor", "curator", "mentee"])
def test_paper_holds_no_data_clause(facts_of: Facts, role: str) -> None:
    text = document_text(render_kind(DUTY_CONSENT, facts_of("duty_consent", role=role)))

    assert "персональн" not in text


def test_unknown_volume_is_a_ruled_line_and_a_warning(facts_of: Facts) -> None:
    facts = facts_of("duty_consent", volume=None)

    assert "Объём работы: \t" in document_text(render_kind(DUTY_CONSENT, facts))
    assert [check.text for check in checks(facts)] == ["Не указано: объём работы и оплата; впишите от руки на строке."]


def test_own_mentee_is_blocked(facts_of: Facts) -> None:
    facts = facts_of("duty_consent")
    facts["mentees"] = [facts["person"]]

    assert [check.code for check in blocking(checks(facts))] == ["own_mentee"]
