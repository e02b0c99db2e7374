"""What an item's dates mean on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from workflow_core.calendars import WorkingCalendar
from workflows.road_maps.lateness import Lateness, lateness, working_day_before

TODAY = date(2026, 11, 12)


@dataclass(frozen=True)
class Time:
    label: str
    due_on: date | None
    done_on: date | None = None
    before_adoption: bool = False


def seen(state: str, due_on: date | None, *times: Time, since: date = date(2026, 9, 1)) -> Lateness:
    return lateness(state, since, due_on, times, TODAY)


def test_the_last_day_itself_is_in_time() -> None:
    assert not seen("planned", TODAY).is_overdue
    assert seen("planned", date(2026, 11, 11)).overdue_by_days == 1


def test_without_a_date_nothing_is_late() -> None:
    assert seen("in_progress", None) == Lateness()


@pytest.mark.parametrize("state", ["reported", "done", "partly_done", "not_needed", "carried_over", "dropped"])
def test_what_is_handed_in_or_finished_is_late_no_more(state: str) -> None:
    assert not seen(state, date(2026, 10, 1)).is_overdue


def test_finished_late_is_told_in_days() -> None:
    assert seen("done", date(2026, 10, 1), since=date(2026, 10, 4)).finished_late_by_days == 3
    assert seen("done", date(2026, 10, 1), since=date(2026, 9, 30)).finished_late_by_days == 0


def test_a_repeated_item_is_late_by_the_times_that_went_by() -> None:
    times = (
        Time("I", date(2026, 10, 26), before_adoption=True),
        Time("II", date(2026, 11, 1), done_on=date(2026, 11, 1)),
        Time("III", date(2026, 11, 5)),
        Time("IV", date(2026, 12, 28)),
    )

    found = seen("in_progress", date(2027, 5, 31), *times)

    assert (found.missed, found.overdue_since, found.next_due) == (("III",), date(2026, 11, 5), date(2026, 12, 28))


def test_a_repeated_item_with_all_times_closed_waits_for_its_own_end() -> None:
    found = seen("in_progress", date(2026, 11, 20), Time("I", date(2026, 10, 26), date(2026, 10, 20)))

    assert (found.is_overdue, found.next_due) == (False, date(2026, 11, 20))
    assert found.is_due_soon(TODAY)
    assert not found.is_due_soon(TODAY, days=7)


def test_the_working_day_before_is_named_only_for_a_day_off() -> None:
    calendar = WorkingCalendar()

    assert working_day_before(date(2026, 11, 15), calendar) == date(2026, 11, 13)
    assert working_day_before(date(2026, 11, 13), calendar) is None
    assert working_day_before(date(2090, 11, 13), calendar) is None
    assert working_day_before(None, calendar) is None
