"""Where visits stood on a day that has passed: as it was, and as it was known. The oracle is a plain list of what was done."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import new_database
from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.migration_work import ADMINISTRATOR, STATES
from tests.integration.test_migrating import School, school_in
from workflow_core import operations, queries
from workflow_core.as_of import Sense, Standing, all_as_of, states_as_of
from workflow_core.database import Database
from workflow_core.exceptions import WorkflowError
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write

TOPIC = {"topic": "Дроби"}
EVENTS = ("hold", "describe", "remark", "pause", "resume", "accept", "cancel", "reopen")
FIRST = date(2026, 9, 1)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def day(month: int, number: int) -> date:
    return date(2026, month, number)


# -- the oracle -------------------------------------------------------------------------------------------------------


@dataclass
class Step:
    seq: int
    day: date
    state: str


@dataclass
class Told:
    """What was done with one visit, and its row after every commit."""

    steps: list[Step] = field(default_factory=list)
    moved: tuple[int, date] | None = None
    """How many steps stood before the migration, and its day."""
    dates: dict[str, date] = field(default_factory=dict)
    rows: list[tuple[datetime, str, str, int]] = field(default_factory=list)

    def name(self, place: int, on: date) -> str:
        """The state after a step in the words of the day."""
        state = self.steps[place].state
        renamed = self.moved and place < self.moved[0] and self.moved[1] <= on
        return STATES.get(state, state) if renamed else state

    def happened(self, on: date) -> tuple[str, str] | None:
        """State and since when, step by step from the last one back."""
        for place in range(len(self.steps) - 1, -1, -1):
            if self.steps[place].day > on:
                continue
            begin = place
            while begin and self.name(begin - 1, date.max) == self.name(begin, date.max):
                begin -= 1
            since = self.steps[begin].day
            if since > on:
                since = min(step.day for step in self.steps[begin : place + 1])
            return self.name(place, on), since.isoformat()
        passed = [(reached, state) for state, reached in self.dates.items() if reached <= on]
        return (max(passed)[1], max(passed)[0].isoformat()) if passed else None

    def known(self, moment: datetime) -> tuple[str, str, int] | None:
        """The row that stood then."""
        found = [row for row in self.rows if row[0] <= moment]
        return found[-1][1:] if found else None


def act(write: Write, subject: str, told: Told, chance: random.Random) -> None:
    """One random thing with one visit, and the same in the oracle."""
    on = write.today - timedelta(days=chance.choice([0, 0, 0, 1, 3, 10, 25]))
    on = max(on, FIRST)
    if not told.steps:
        if chance.random() < 0.3:
            told.dates = {"planned": FIRST - timedelta(days=9), "held": FIRST - timedelta(days=chance.randrange(8))}
            operations.enter_as_found(write, "visit", "visit", subject, "described", happened_on=on, dates=told.dates)
            state = "described"
        else:
            state = operations.start(write, "visit", "visit", subject, "plan", happened_on=on).process.state
        (entry,) = queries.entries_of(write.session, write.scope, [subject])[subject]
        told.steps.append(Step(entry.seq, on, state))
        return
    match chance.randrange(7):
        case 0:
            operations.undo(write, subject, why="проверка")
            told.steps.pop()
            if told.moved:
                told.moved = min(told.moved[0], len(told.steps)), told.moved[1]
        case 1 | 2:
            step = chance.choice(told.steps)
            operations.correct(write, subject, step.seq, happened_on=on, why="опечатка")
            step.day = on
        case _:
            event = chance.choice(EVENTS)
            done = operations.fire(write, subject, event, fields=TOPIC, happened_on=on, ground="проверка")
            told.steps.append(Step(done.seq, on, done.process.state))


def live(school: School, chance: random.Random, ids: list[str]) -> tuple[dict[str, Told], datetime]:
    """Some weeks of random work on a moving clock, with a migration on the way."""
    told = {one: Told() for one in ids}
    now, migrates_at = at(FIRST), chance.randrange(20, 60)
    for turn in range(80):
        now += timedelta(hours=chance.choice([0, 1, 5, 20, 40]), minutes=1)
        moved = turn >= migrates_at
        if turn == migrates_at:
            migrate(replace(school, now=now), told)
        subject = chance.choice(ids)
        engine = school.new if moved else school.old
        if moved and not told[subject].steps:
            continue
        try:
            with engine.write(school.scope, CURATOR, now=now) as write:
                act(write, subject, told[subject], chance)
        except WorkflowError:
            continue
        keep_rows(replace(school, now=now), told)
    return told, now


def migrate(school: School, told: dict[str, Told]) -> None:
    school.run(school.plan(source="1"))
    for one in told.values():
        if one.steps:
            one.moved = len(one.steps), school.now.date()
    keep_rows(school, told)


def keep_rows(school: School, told: dict[str, Told]) -> None:
    for subject, row in school.rows().items():
        told[subject].rows.append((school.now, row.state, row.since, row.version))


@pytest.fixture(scope="module")
def big() -> School:
    """One database for all examples: each has an organisation of its own."""
    with new_database("sqlite") as database:
        yield school_in(database, at(FIRST))  # type: ignore[misc]


# A seed does not shrink to anything simpler.
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],
)
@given(seed=st.integers(0, 100_000))
def test_any_day_equals_what_a_plain_list_says(big: School, seed: int) -> None:
    chance = random.Random(seed)
    school = replace(big, scope=new_id())
    ids = [new_id() for _ in range(4)]
    told, now = live(school, chance, ids)

    with school.new.read(school.scope, now=now) as read:
        days = [FIRST + timedelta(days=number) for number in range(-12, (now.date() - FIRST).days + 1)]
        for on in days:
            found = states_as_of(read, ids, on, Sense.HAPPENED)
            expected = {one: told[one].happened(on) for one in ids}
            assert {one: (at.state, at.since) for one, at in found.items()} == {
                one: row for one, row in expected.items() if row
            }, on
        for moment in [at(one, hour) for one in days[::2] for hour in (3, 14)]:
            found = states_as_of(read, ids, moment, Sense.KNOWN)
            then = {one: told[one].known(moment) for one in ids}
            assert {one: (at.state, at.since, at.version) for one, at in found.items()} == {
                one: row for one, row in then.items() if row
            }, moment
        today = states_as_of(read, ids, now.date(), Sense.HAPPENED)
    rows = school.rows()
    assert {one: (at.state, at.since, at.definition_hash) for one, at in today.items()} == {
        one: (row.state, row.since, row.definition_hash) for one, row in rows.items()
    }
    assert school.problems() == []


# -- what the two senses mean -----------------------------------------------------------------------------------------


@pytest.fixture
def school(database: Database, now: datetime) -> School:
    return school_in(database, now)


def standing(school: School, subject: str, on: date | datetime, sense: Sense) -> Standing | None:
    with school.new.read(SCHOOL, now=school.now) as read:
        return states_as_of(read, [subject], on, sense).get(subject)


def test_step_noted_late_counts_from_its_own_day_and_was_not_known_before(school: School) -> None:
    subject = new_id()
    with school.old.write(SCHOOL, CURATOR, now=at(day(10, 1))) as write:
        operations.start(write, "visit", "visit", subject, "plan")
    with school.old.write(SCHOOL, CURATOR, now=at(day(11, 5))) as write:
        operations.fire(write, subject, "hold", fields=TOPIC, happened_on=day(10, 8))

    assert [
        (
            getattr(standing(school, subject, on, Sense.HAPPENED), "state", None),
            getattr(standing(school, subject, on, Sense.KNOWN), "state", None),
        )
        for on in (day(9, 30), day(10, 1), day(10, 7), day(10, 8), day(11, 4), day(11, 5))
    ] == [
        (None, None),
        ("planned", "planned"),
        ("planned", "planned"),
        ("held", "planned"),
        ("held", "planned"),
        ("held", "held"),
    ]
    assert standing(school, subject, day(10, 20), Sense.HAPPENED) == Standing(
        "held", "2026-10-08", 2, school.old.catalogue.definitions["visit"].hash
    )


def test_evening_of_the_day_is_the_organisations_own(school: School) -> None:
    subject = new_id()
    # Half past midnight in Moscow on the second.
    with school.old.write(SCHOOL, CURATOR, now=datetime(2026, 10, 1, 21, 30, tzinfo=UTC)) as write:
        operations.start(write, "visit", "visit", subject, "plan")

    assert standing(school, subject, day(10, 1), Sense.KNOWN) is None
    assert standing(school, subject, day(10, 2), Sense.KNOWN) is not None
    assert standing(school, subject, datetime(2026, 10, 1, 21, 30, tzinfo=UTC), Sense.KNOWN) is not None
    with pytest.raises(ValueError, match="days"):
        standing(school, subject, school.now, Sense.HAPPENED)


def test_migration_does_not_pretend_a_step_had_happened(school: School) -> None:
    """A step whose day is later corrected to after the migration had not happened on the migration's day."""
    subject = new_id()
    with school.old.write(SCHOOL, CURATOR, now=at(day(10, 1))) as write:
        operations.start(write, "visit", "visit", subject, "plan")
        operations.fire(write, subject, "hold", fields=TOPIC)
        seq = operations.fire(write, subject, "describe").seq
    replace(school, now=at(day(10, 10))).run(replace(school, now=at(day(10, 10))).plan())
    with school.new.write(SCHOOL, CURATOR, now=at(day(11, 1))) as write:
        operations.correct(write, subject, seq, happened_on=day(10, 20), why="Опечатка в числе")

    told = {on: standing(school, subject, on, Sense.HAPPENED) for on in (day(10, 5), day(10, 12), day(10, 20))}
    assert {on: one.state for on, one in told.items() if one} == {
        day(10, 5): "held",
        day(10, 12): "held",
        day(10, 20): "written",
    }
    assert {one.definition_hash for one in told.values() if one} == {
        school.old.catalogue.definitions["visit"].hash,
        school.new.catalogue.definitions["visit"].hash,
    }
    known = standing(school, subject, day(10, 12), Sense.KNOWN)
    assert (known.state, known.since) == ("written", "2026-10-01")  # type: ignore[union-attr]


def test_all_of_a_kind_come_page_by_page(school: School) -> None:
    ids = [school.visit("hold", day=day(10, 3)) for _ in range(7)]

    with school.new.read(SCHOOL, now=school.now) as read:
        found = dict(all_as_of(read, "visit", day(10, 3), Sense.HAPPENED))
        some = list(all_as_of(read, "visit", day(10, 3), Sense.HAPPENED, after=sorted(ids)[2], limit=2))
        nobody = dict(all_as_of(read, "visit", day(10, 2), Sense.HAPPENED))

    assert {one: at.state for one, at in found.items()} == dict.fromkeys(ids, "held")
    assert [one for one, _at in some] == sorted(ids)[3:5]
    assert nobody == {}
    with school.new.write("6" * 32, ADMINISTRATOR, now=school.now) as write:
        assert states_as_of(write, ids, day(10, 3), Sense.HAPPENED) == {}
