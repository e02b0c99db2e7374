"""The plan: what it must hold, and rows that vanish where nothing is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plugins.plans.individual_plan import checks, context
from workflow_core.rendering import blocking

Facts = Callable[..., dict[str, Any]]


def test_rows_without_a_text_are_left_out(facts_of: Facts) -> None:
    full = facts_of("individual_plan")
    bare = facts_of("individual_plan", request=None)
    del bare["pair"]["role_model"]

    labels = [row["label"] for row in context(bare)["details"]]

    assert {row["label"] for row in context(full)["details"]} - set(labels) == {
        "Ролевая модель",
        "Запрос наставляемого",
    }


def test_group_lists_its_mentees_and_each_signs(facts_of: Facts) -> None:
    facts = facts_of("individual_plan")
    facts["pair"]["mentees"] *= 2

    printed = context(facts)

    assert printed["details"][1]["label"] == "Наставляемые"
    assert printed["details"][1]["text"].count("\n") == 1
    assert [signer["capacity"] for signer in printed["signers"]] == [
        "Наставник",
        "Наставляемый",
        "Наставляемый",
        "Куратор",
    ]


@pytest.mark.parametrize(("replaced", "code"), [({"goal": ""}, "no_goal"), ({"tasks": []}, "no_tasks")])
def test_plan_without_goal_or_tasks_is_blocked(facts_of: Facts, replaced: dict[str, Any], code: str) -> None:
    assert [check.code for check in blocking(checks(facts_of("individual_plan", **replaced)))] == [code]


@pytest.mark.parametrize(
    ("replaced", "severity", "code"),
    [
        ({"due": ""}, "E", "task_without_due"),
        ({"result": ""}, "E", "task_without_result"),
        ({"due": "2027-06-15"}, "W", "task_outside"),
        ({"stage": None}, "W", "stages_missing"),
    ],
)
def test_checks_of_a_task(facts_of: Facts, replaced: dict[str, Any], severity: str, code: str) -> None:
    facts = facts_of("individual_plan")
    facts["tasks"][0] |= replaced

    assert [(check.severity, check.code) for check in checks(facts)] == [(severity, code)]
