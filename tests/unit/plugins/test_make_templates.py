"""The committed templates are those that the script makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from workflow_core.rendering import content_hash

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def make_templates() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_templates", ROOT / "scripts" / "make_templates.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_templates_are_what_the_script_makes(make_templates: ModuleType) -> None:
    made = {path: content_hash(make().bytes()) for path, make in make_templates.TEMPLATES.items()}

    assert made == {path: content_hash((ROOT / path).read_bytes()) for path in made}


def test_the_script_makes_every_shipped_template(make_templates: ModuleType) -> None:
    shipped = {
        path.relative_to(ROOT).as_posix()
        for folder in ("plugins", "workflows/road_maps")
        for path in ROOT.glob(f"{folder}/*/templates/*.docx")
    }

    assert shipped == set(make_templates.TEMPLATES)
