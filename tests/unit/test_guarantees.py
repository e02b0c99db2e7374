"""The page of promises names tests that exist, and every test of durability holds one of them."""

from __future__ import annotations

import ast
import re

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "guarantees.md"
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))


def functions_of(path: str) -> set[str]:
    """Names of the tests of a file; none where there is no file."""
    file = ROOT / path
    if not file.exists():
        return set()
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_named_test_exists() -> None:
    known = {path: functions_of(path) for path, _name in NAMED}

    assert len(NAMED) > 60
    assert [f"{path}::{name}" for path, name in NAMED if name not in known[path]] == []


def test_every_promise_names_a_test() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    promises = [row for row in rows if not re.match(r"\|\s*(promise|---)", row)]

    assert len(promises) > 40
    assert [row for row in promises if "::" not in row] == []


def test_every_test_of_durability_holds_a_promise() -> None:
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / "tests" / "integration" / "durability").glob("test_*.py")
        for name in functions_of(str(path.relative_to(ROOT)))
    }

    assert sorted(found - set(NAMED)) == []
