"""Facts of the golden documents, fresh for each test to spoil."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture
def facts_of() -> Callable[..., dict[str, Any]]:
    """`facts_of("pair_order", signed_on="2024-10-01")`: golden facts of a kind with some replaced."""

    def load(kind: str, variant: str = "facts", **replaced: Any) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((GOLDEN / kind / f"{variant}.json").read_text("utf-8"))
        return facts | replaced

    return load
