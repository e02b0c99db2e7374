from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

EXPECTED = Path(__file__).parent / "expected"
SEEDS = Path(__file__).parents[3].parent / "shared" / "seeds"


@pytest.fixture(params=sorted(path.stem for path in EXPECTED.glob("*.json")))
def code(request: pytest.FixtureRequest) -> str:
    """Code of each shipped map in turn."""
    return str(request.param)


@pytest.fixture
def expected(code: str) -> dict[str, Any]:
    """What a person read in the source of the map `code`."""
    reading: dict[str, Any] = json.loads((EXPECTED / f"{code}.json").read_text(encoding="utf-8"))
    return reading


@pytest.fixture
def seeds() -> dict[str, str]:
    """The sources by file name; they do not travel with the product."""
    if not SEEDS.is_dir():
        pytest.skip(f"the sources are not here: {SEEDS}")
    return {path.name: path.read_text(encoding="utf-8") for path in SEEDS.glob("*.txt")}
