"""How a simulation is counted: middle and ninety per cent, ways, steps that never happened."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from workflow_core.definition import START
from workflow_core.definition_reader import read_definitions
from workflow_core.guards import Blocker
from workflow_core.history import HistoryEntry
from workflow_core.simulation_report import Days, Tally, Wait, days_of, pairs_of
from workflow_core.simulation_report import Path as Way

(VISIT,) = read_definitions([Path(__file__).parent / "machines" / "visit.yaml"])
VISIT_DAY = date(2026, 9, 1)
EMPTY: dict[str, Any] = dict.fromkeys(HistoryEntry._fields, "")


def step(subject: str, event: str, before: str, after: str, day: str) -> HistoryEntry:
    told = {"subject_id": subject, "event": event, "from_state": before, "to_state": after, "happened_on": day}
    return HistoryEntry(**{**EMPTY, "kind": "step", "version": 1, **told})


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([4], Days(1, 4, 4)),
        ([9, 1, 5], Days(3, 5, 9)),
        (list(range(1, 11)), Days(10, 5, 9)),
        ([3, 3, 3, 100], Days(4, 3, 100)),
    ],
)
def test_middle_and_ninety_per_cent_by_nearest_rank(lengths: list[int], expected: Days) -> None:
    assert days_of(lengths) == expected


def test_nothing_has_no_middle() -> None:
    with pytest.raises(ValueError, match="nothing"):
        days_of([])


def test_ways_stays_and_steps_are_read_off_the_entries() -> None:
    tally = Tally()
    first = VISIT.events_from(START)[0]
    begun = first.target_from(START)
    onward = next(event for event in VISIT.events_from(begun) if event.target_from(begun) in VISIT.states)
    reached = onward.target_from(begun)
    for subject, days in (("a", ("01", "05")), ("b", ("02", "03"))):
        tally.record(step(subject, first.name, START, begun, f"2026-09-{days[0]}"), VISIT)
        tally.record(step(subject, onward.name, begun, reached, f"2026-09-{days[1]}"), VISIT)
    tally.record(step("b", "undo", reached, begun, "2026-09-04"), VISIT)

    told = tally.report(1, first_day=VISIT_DAY, days=4, papers={}).of("visit")

    assert told.paths == (Way((begun, reached), 1), Way((begun, reached, begun), 1))
    assert [(one.state, one.days) for one in told.stays] == [(begun, Days(2, 1, 4)), (reached, Days(1, 1, 1))]
    assert (told.subjects, told.steps, told.covered, told.total) == (2, 5, 2, len(pairs_of(VISIT)))
    assert set(told.never) == set(pairs_of(VISIT)) - {(START, first.name), (begun, onward.name)}
    assert not tally.covers(["visit"])
    assert not tally.covers(["nobody"])


def test_waiting_names_the_paper_and_who_gave_up() -> None:
    tally = Tally()
    tally.record(step("a", "plan", START, "planned", "2026-09-01"), VISIT)
    tally.met("visit", "hold", [Blocker("no_paper", "Нет бумаги")])
    tally.waited("visit", "hold", "no_paper", 6)
    tally.gave_up("visit", "hold", "no_paper")

    told = tally.report(1, VISIT_DAY, 1, {"no_paper": "бумага"}).of("visit")

    assert told.waits == (Wait("hold", "no_paper", "бумага", Days(1, 6, 6), 1),)
    assert [(one.code, one.severity, one.times) for one in told.hindrances] == [("no_paper", "block", 1)]
