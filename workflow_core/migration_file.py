"""The file of a migration: which rules are left, for which, and what the states are called there. YAML, so JSON too.

definition: pair        # whose records move
from: 1                 # version or beginning of the hash; without it every older edition
to: pair_region         # another code or the beginning of a hash; without it what is installed under the same code
states: {trial: acquaintance}
remembered: {trial: formed}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow_core.definition_shape import MigrationShape
from workflow_core.guards import EMPTY
from workflow_core.yaml_places import Findings, check_shape, load_yaml


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """What a file asks for; `operations.plan_migration` checks it against the editions in the store."""

    definition: str
    source: str = ""
    target: str = ""
    states: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    remembered: Mapping[str, str] = field(default_factory=lambda: EMPTY)


def read_migration(path: Path) -> MigrationFile:
    """Read a mapping. Raises `InvalidDefinition` with file, line and column of everything that is wrong."""
    findings = Findings()
    raw: Any = load_yaml(path, findings)
    if raw is not None:
        check_shape(raw, MigrationShape(), findings)
    findings.raise_if_any()
    return MigrationFile(
        str(raw["definition"]),
        str(raw.get("from", "")),
        str(raw.get("to", "")),
        _plain(raw.get("states")),
        _plain(raw.get("remembered")),
    )


def _plain(node: Any) -> dict[str, str]:
    return {str(old): str(new) for old, new in (node or {}).items()}
