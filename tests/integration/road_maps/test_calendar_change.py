"""A change of the school calendar: what is shown before is what is done, and the deadlines of items become timers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.conftest import ENGINES
from tests.integration.road_maps.conftest import CURATOR, DISTRICT, SCHOOL, Place, make_place
from workflow_core import operations, timers
from workflow_core import queries as core
from workflow_core.calendars import WorkingCalendar
from workflow_core.exceptions import InvalidInput, NotPermitted
from workflow_core.guards import SYSTEM, Actor
from workflow_core.jobs import CollectedJobs
from workflow_core.tables import Due
from workflow_core.unit_of_work import Write
from workflows.organisations import calendar_operations
from workflows.organisations import operations as organisations
from workflows.organisations import queries as organisation_queries
from workflows.road_maps import calendar_change, queries
from workflows.road_maps.calendar_change import CalendarChange
from workflows.road_maps.counted_days import working_days

DAY = timedelta(days=1)
MONDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 20)


@pytest.fixture
def place(request: pytest.FixtureRequest, now: datetime) -> Place:
    """A school of the district, on SQLite unless a test asks for both."""
    engine = getattr(request, "param", "sqlite")
    return make_place(request.getfixturevalue(f"{engine}_database"), now, SCHOOL)


def quarantine(write: Write) -> None:
    calendar_operations.add_days(write, MONDAY, FRIDAY, "quarantine", note="приказ № 15")


@pytest.fixture
def counted(place: Place) -> str:
    """The key of an item that is due five working days after 12 November: on the 19th."""
    place.adopt("school9_2020")
    key = next(iter(place.ids))
    with place.write() as write:
        row = queries.activity(write.session, write.scope, place.ids[key])
        row.deadline = {**(row.deadline or {}), "text": "в течение пяти рабочих дней после приказа"}
        fields = {"starts_on": "2026-11-12", "due_on": "2026-11-19"}
        operations.fire(write, row.id, "set_schedule", fields=fields)
    return key


def due(place: Place, item_id: str) -> list[Due]:
    with place.read() as read:
        return sorted(core.due_of(read.session, read.scope, [item_id], timers.TOLD), key=lambda row: row.fires_on)


def everything(place: Place) -> tuple[int, list[tuple[str, str, str]]]:
    with place.read() as read:
        rows = core.due_of_scope(read.session, read.scope, timers.TOLD)
        return core.count_entries(read.session, read.scope, {}), [(row.id, row.due_on, row.fires_on) for row in rows]


def rehearsed(place: Place, actor: Actor = CURATOR) -> CalendarChange:
    with place.write(actor) as write:
        return calendar_change.rehearse(write, quarantine)


@pytest.mark.parametrize("place", ENGINES, indirect=True)
def test_rehearsal_changes_nothing_and_equals_what_is_then_done(place: Place, counted: str) -> None:
    before = everything(place)
    shown = rehearsed(place)
    assert everything(place) == before

    with place.write() as write:
        done = calendar_change.change_calendar(write, quarantine)

    assert done == shown
    assert [(one.old, one.new) for one in done.deadlines] == [(date(2026, 11, 19), date(2026, 11, 26))]
    assert place.activity(counted).due_on == date(2026, 11, 26)
    rows = due(place, place.ids[counted])
    assert [(row.kind, row.due_on, row.fires_on) for row in rows] == [
        # A week before is the 19th: quarantine, so it comes on the last working day before that.
        ("reminder", "2026-11-26", "2026-11-13"),
        ("reminder", "2026-11-26", "2026-11-25"),
        ("deadline", "2026-11-26", "2026-11-27"),
    ]
    for moved in done.reminders:
        assert moved.new is None or not MONDAY <= moved.new <= FRIDAY


def test_date_that_somebody_chose_stays_where_it_is(place: Place, counted: str) -> None:
    with place.write() as write:
        operations.fire(
            write, place.ids[counted], "reschedule", fields={"due_on": "2026-11-20"}, ground="Приказ подписан позже"
        )

    shown = rehearsed(place)

    assert shown.deadlines == ()
    assert [(one.old, one.new) for one in shown.hand_in if one.subject_id == place.ids[counted]] == [
        (date(2026, 11, 20), date(2026, 11, 13))
    ]


def test_days_overlapping_others_or_entered_by_a_stranger_are_refused(place: Place, counted: str) -> None:
    with place.write() as write:
        quarantine(write)
    with pytest.raises(InvalidInput, match="уже внесена"):
        rehearsed(place)
    with pytest.raises(NotPermitted):
        rehearsed(place, Actor("account-9", "Проверяющая", frozenset({"auditor"})))


def test_finished_item_waits_for_nothing_and_a_reopened_one_waits_again(place: Place, counted: str) -> None:
    item = place.ids[counted]
    assert due(place, item)
    with place.write() as write:
        operations.fire(write, item, "no_need", ground="Случая не было")
    assert due(place, item) == []

    with place.write() as write:
        operations.fire(write, item, "reopen", ground="Случай возник")
    assert [row.kind for row in due(place, item)] == ["reminder", "reminder", "deadline"]


def test_calendar_is_that_of_the_place_above_under_its_own_days_and_week(place: Place) -> None:
    with place.engine.write(DISTRICT, SYSTEM, now=place.now) as write:
        calendar_operations.add_days(write, MONDAY, FRIDAY, "regional", note="День края")
    with place.write(SYSTEM) as write:
        calendar_operations.add_days(write, MONDAY, MONDAY, "transfer", off=False)
        organisations.set_setting(write, "week_days", "6")
        organisations.set_setting(write, "regional_holidays", ["12-11"])
    with place.read() as read:
        calendar: WorkingCalendar = timers.calendar_of(read)

    days = [MONDAY, MONDAY + DAY, FRIDAY + DAY, date(2026, 12, 11), date(2030, 12, 11)]
    assert [calendar.is_day_off(day) for day in days] == [False, True, False, True, True]
    assert calendar.name_of(FRIDAY) == "День края"


def district_days(write: Write) -> None:
    calendar_operations.add_days(write, MONDAY, FRIDAY, "regional", note="День края")


def known_by_review(place: Place) -> None:
    """As the composition root has it."""
    place.engine.catalogue.before_review["road_maps"] = calendar_change.follow
    place.engine.catalogue.task_handlers.update(calendar_change.task_handlers(lambda: place.now))


def work_off(place: Place) -> None:
    assert isinstance(place.engine.jobs, CollectedJobs)
    place.engine.jobs.run(place.engine)


@pytest.mark.parametrize("place", ENGINES, indirect=True)
def test_days_of_a_place_above_are_told_before_and_followed_by_a_job(place: Place, counted: str) -> None:
    known_by_review(place)
    with place.write(SYSTEM) as write:
        timers.review(write)
    item = place.ids[counted]
    before = everything(place)
    with place.engine.write(DISTRICT, SYSTEM, now=place.now) as write:
        shown = calendar_change.rehearse(write, district_days)
    work_off(place)
    assert everything(place) == before

    with place.engine.write(DISTRICT, SYSTEM, now=place.now) as write:
        done = calendar_change.change_calendar(write, district_days)
    assert done == shown
    assert (done.deadlines, [(one.title, one.deadlines) for one in done.below]) == ((), [("Школа с. Ключевое", 1)])
    assert place.activity(counted).due_on == date(2026, 11, 19)
    work_off(place)

    assert place.activity(counted).due_on == date(2026, 11, 26)
    assert ("deadline", "2026-11-26", "2026-11-27") in [
        (row.kind, row.due_on, row.fires_on) for row in due(place, item)
    ]
    with place.read() as read:
        told = [one for one in core.entries_of(read.session, read.scope, [item])[item] if one.kind == "timer"]
    assert [(one.event, one.input_values) for one in told] == [
        ("deadline_moved", {"due_on": "2026-11-26", "was": "2026-11-19"})
    ]
    after = everything(place)
    place.engine.catalogue.task_handlers["follow_calendar"](place.engine, DISTRICT, SCHOOL)
    assert everything(place) == after

    with place.engine.write(DISTRICT, SYSTEM, now=place.now) as write:
        (line,) = organisation_queries.calendar_days(write.session, [DISTRICT])
        back = calendar_change.change_calendar(write, lambda inner: calendar_operations.remove_days(inner, line.id))
    work_off(place)
    assert [one.deadlines for one in back.below] == [1]
    assert place.activity(counted).due_on == date(2026, 11, 19)


def test_a_rule_that_changes_the_calendar_moves_counted_dates_at_the_review(place: Place, counted: str) -> None:
    known_by_review(place)
    with place.write(SYSTEM) as write:
        timers.review(write)

    with place.write(SYSTEM) as write:
        organisations.set_setting(write, "week_days", "6")

    # Five working days after Thursday 12 November, Saturday among them.
    assert place.activity(counted).due_on == date(2026, 11, 18)


def test_dates_counted_before_anybody_kept_the_calendar_stay(place: Place, counted: str) -> None:
    known_by_review(place)
    with place.engine.write(DISTRICT, SYSTEM, now=place.now) as write:
        assert calendar_change.change_calendar(write, district_days).below == ()
    work_off(place)

    with place.write(SYSTEM) as write:
        timers.review(write)

    assert place.activity(counted).due_on == date(2026, 11, 19)
    with place.read() as read:
        kept = queries.counted_calendar(read.session, read.scope)
        assert kept is not None
        assert kept.to_json() == timers.calendar_of(read).to_json()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("в течение 3 рабочих дней после регистрации", 3),
        ("В течение трёх рабочих дней со дня издания приказа", 3),
        ("не позднее 10 рабочих дней после окончания", 10),
        ("не позднее чем через 5 (пять) рабочих дней", 5),
        ("через один рабочий день", 1),
        ("в течение 14 дней", None),
        ("не позднее 20 сентября", None),
        ("", None),
    ],
)
def test_working_days_are_read_from_the_printed_deadline(text: str, count: int | None) -> None:
    assert working_days({"text": text}) == count
