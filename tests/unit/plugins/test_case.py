"""The case: nobody is named without a consent to distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugins.cases.case import CASE, TEXTS, checks
from workflow_core.rendering import blocking, document_text, render_kind

Facts = Callable[..., dict[str, Any]]


def test_names_are_printed_only_with_consents_to_distribution(facts_of: Facts) -> None:
    nameless = document_text(render_kind(CASE, facts_of("case")))
    named = document_text(render_kind(CASE, facts_of("case", consents_to_distribution=True)))

    assert "Ким" not in nameless
    assert "ученик 7" in nameless
    assert "Ким" in named


def test_each_empty_part_blocks_the_case(facts_of: Facts) -> None:
    empty: dict[str, Any] = dict.fromkeys(TEXTS, "") | {"steps": []}

    assert {check.code for check in blocking(checks(facts_of("case", **empty)))} == {f"no_{name}" for name in TEXTS}
