"""The order on pairs: preamble by date, clauses, who signs the acquaintance sheet, what blocks it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest

from plugins.orders.pair_order import PAIR_ORDER, checks, context
from workflow_core.rendering import DocumentCheck, render_kind

Facts = Callable[..., dict[str, Any]]


def codes(found: list[DocumentCheck], severity: str) -> set[str]:
    return {check.code for check in found if check.severity == severity}


@pytest.mark.parametrize(
    ("has_employees", "signed_on", "named"),
    [(True, "2025-03-01", True), (True, "2025-02-28", False), (False, "2026-10-01", False)],
)
def test_labour_code_is_named_for_employees_since_it_is_in_force(
    facts_of: Facts, has_employees: bool, signed_on: str, named: bool
) -> None:
    printed = context(facts_of("pair_order", has_employees=has_employees, signed_on=signed_on))

    assert ("351.8" in printed["preamble"]) is named
    assert any("351.8" in clause for clause in printed["clauses"]) is named


def test_preamble_names_the_target_model_and_the_local_act(facts_of: Facts) -> None:
    preamble = context(facts_of("pair_order"))["preamble"].replace("\u00a0", " ")

    assert "от 25.12.2019 № Р-145 «Об утверждении методологии" in preamble
    assert "положением о наставничестве, утверждённым приказом от 28.08.2026 № 112-од, на основании" in preamble


def test_clauses_put_people_in_the_right_case(facts_of: Facts) -> None:
    clauses = " ".join(context(facts_of("pair_order"))["clauses"]).replace("\u00a0", " ")

    assert "Куратору программы Лариной Т. И., заместителю директора по УВР, ознакомить" in clauses
    assert clauses.endswith("возложить на заместителя директора по ВР Гусева А. П.")


def test_head_keeps_curating_and_control_where_nobody_is_named(facts_of: Facts) -> None:
    clauses = context(facts_of("pair_order", curator=None, control=None))["clauses"]

    assert clauses[-1].endswith("Контроль за исполнением приказа оставляю за собой.")
    assert "куратор" not in " ".join(clauses).lower()


def test_number_and_date_are_blank_until_given(facts_of: Facts) -> None:
    blank = context(facts_of("pair_order"))
    signed = context(facts_of("pair_order", number="26/1", signed_on="2026-10-01"))

    assert "____" in blank["number_line"]
    assert "____" in blank["date_line"]
    assert (signed["number_line"], signed["date_line"]) == ("№\u00a026/1", "1\u00a0октября 2026\u00a0г.")


@pytest.mark.parametrize(
    ("kept", "title"),
    [
        ([0, 1], "О закреплении наставнических пар"),
        ([2], "О закреплении наставнических групп"),
        ([0, 2], "О закреплении наставнических пар и групп"),
    ],
)
def test_title_says_pairs_or_groups(facts_of: Facts, kept: list[int], title: str) -> None:
    facts = facts_of("pair_order")
    facts["pairs"] = [facts["pairs"][index] for index in kept]

    assert context(facts)["title"] == title


def test_acquaintance_sheet_names_everybody_once_and_representatives_of_minors(facts_of: Facts) -> None:
    facts = facts_of("pair_order", signed_on="2026-10-01")
    facts["pairs"].append(facts["pairs"][0] | {"mentees": [facts["pairs"][2]["mentees"][0]]})
    facts["pairs"][2]["mentees"][0]["birth_date"] = "2008-09-30"  # 18 on the day

    rows = context(facts)["acquainted"]

    names = [row["name"] for row in rows if row["number"]]
    assert len(names) == len(set(names)) == 10
    representatives = [row["capacity"].replace("\u00a0", " ") for row in rows if not row["number"]]
    assert representatives == [
        f"законный представитель ({name})" for name in ("Ким Д. О.", "Черных И. Р.", "Яровой С.")
    ]


def test_curator_who_is_also_a_mentor_has_one_row_with_both_parts(facts_of: Facts) -> None:
    facts = facts_of("pair_order")
    facts["curator"] = facts["pairs"][0]["mentors"][0]

    first = context(facts)["acquainted"][0]

    assert first["capacity"] == "наставник, куратор"


def test_header_row_of_a_long_table_repeats(facts_of: Facts) -> None:
    document = docx.Document(io.BytesIO(render_kind(PAIR_ORDER, facts_of("pair_order", "facts-many"))))

    pairs = document.tables[1]
    assert len(pairs.rows) == 26
    assert pairs.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in pairs.rows)


def test_checks_pass_a_complete_order_but_for_the_unknown_sex(facts_of: Facts) -> None:
    found = checks(facts_of("pair_order"))

    assert codes(found, "E") == set()
    assert codes(found, "W") == {"sex_unknown"}


@pytest.mark.parametrize(
    ("replaced", "code"),
    [
        ({"pairs": []}, "no_pairs"),
        ({"agreements_on_file": False}, "no_agreements"),
    ],
)
def test_checks_block_an_order_that_lacks(facts_of: Facts, replaced: dict[str, Any], code: str) -> None:
    assert code in codes(checks(facts_of("pair_order", **replaced)), "E")


def test_a_missing_consent_only_warns_because_the_profile_weighs_it(facts_of: Facts) -> None:
    found = checks(facts_of("pair_order", consents_on_file=False))

    assert "no_consents" in codes(found, "W")
    assert codes(found, "E") == set()


@pytest.mark.parametrize(
    ("replaced", "severity", "code"),
    [
        ({"mentors": []}, "E", "incomplete_pair"),
        ({"form_title": ""}, "E", "no_form"),
        ({"end": None}, "E", "no_period"),
        ({"end": "2026-10-01"}, "E", "period_reversed"),
        ({"end": "2027-08-31"}, "W", "period_outside"),
    ],
)
def test_checks_of_a_pair(facts_of: Facts, replaced: dict[str, Any], severity: str, code: str) -> None:
    facts = facts_of("pair_order")
    facts["pairs"][0] |= replaced

    assert code in codes(checks(facts), severity)


def test_checks_find_a_mentor_fixed_to_himself(facts_of: Facts) -> None:
    facts = facts_of("pair_order")
    facts["pairs"][0]["mentees"] = facts["pairs"][0]["mentors"]

    assert "own_mentee" in codes(checks(facts), "E")


def test_checks_warn_of_too_many_mentees_and_of_a_pair_named_twice(facts_of: Facts) -> None:
    facts = facts_of("pair_order")
    facts["programme"]["max_mentees"] = 2
    facts["pairs"].append(facts["pairs"][0])

    assert {"many_mentees", "pair_twice"} <= codes(checks(facts), "W")


def test_checks_name_the_person_without_a_post(facts_of: Facts) -> None:
    facts = facts_of("pair_order")
    facts["pairs"][0]["mentors"][0]["role_line"] = ""

    assert [check.text for check in checks(facts) if check.code == "no_role"] == [
        "Пара 1: Заяц В. С. без должности или класса."
    ]
