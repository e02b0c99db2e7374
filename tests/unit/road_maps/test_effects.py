"""How a section follows its items."""

from __future__ import annotations

import pytest

from workflows.road_maps.effects import next_event


@pytest.mark.parametrize(
    ("stage", "items", "event", "follows"),
    [
        ("planned", ["in_progress", "planned"], "log_fact", "start"),
        ("planned", ["dropped", "planned"], "drop", ""),
        ("running", ["in_progress", "planned"], "log_fact", ""),
        ("running", ["done", "reported"], "complete", ""),
        ("running", ["done", "not_needed", "dropped"], "drop", "complete"),
        ("planned", ["done"], "complete", "complete"),
        ("planned", ["dropped", "carried_over"], "drop", ""),
        ("completed", ["in_progress", "done"], "reopen", "reopen"),
        ("completed", ["in_progress", "done"], "log_fact", ""),
    ],
)
def test_the_section_s_step(stage: str, items: list[str], event: str, follows: str) -> None:
    assert next_event(stage, items, event) == follows
