"""Rules of the school whose map covers the school year 2025-2026, as data."""

from __future__ import annotations

from pathlib import Path

from workflow_core.hookspecs import hookimpl


@hookimpl
def contribute_profiles() -> list[Path]:
    """The one profile of this plugin."""
    return [Path(__file__).with_name("profile.yaml")]
