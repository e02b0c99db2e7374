"""Rules and words of the Tarasovsky district for its schools, as data."""

from __future__ import annotations

from pathlib import Path

from workflow_core.hookspecs import hookimpl


@hookimpl
def contribute_profiles() -> list[Path]:
    """The one profile of this plugin."""
    return [Path(__file__).with_name("profile.yaml")]


@hookimpl
def contribute_road_map_words() -> list[Path]:
    """What the district calls its department and centres."""
    return [Path(__file__).with_name("words.yaml")]
