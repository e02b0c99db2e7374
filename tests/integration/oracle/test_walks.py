"""Asked is done: random walks through a living school, everything that `why_not` says is tried at once and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest

from tests.conftest import NOW, new_database
from tests.integration.durability.rounds import STRESS
from tests.integration.house.conftest import House, at, open_house, pupils
from tests.integration.oracle.walking import Walk
from tests.web.conftest import demo_template, settings_in
from web import queries as accounts
from web.assembly import CollectedJobs, assemble
from web.demo import KINDERGARTEN_TITLE, SCHOOL_TITLE
from workflow_core.calendars import WorkingCalendar
from workflow_core.database import open_database
from workflow_core.unit_of_work import ProcessEngine
from workflows.mentoring import operations as mentoring
from workflows.mentoring import papers as pair_papers
from workflows.mentoring.operations import Proposal
from workflows.organisations import policy
from workflows.organisations import queries as places
from workflows.road_maps import operations as road_maps
from workflows.road_maps.adoption import plan_adoption
from workflows.road_maps.map_template import shipped_map

SEEDS = range(40 if STRESS else 1)
LOGINS = {
    SCHOOL_TITLE: ("curator", "curator", "curator", "director", "mentor", "auditor", "methodist"),
    KINDERGARTEN_TITLE: ("kindergarten", "kindergarten", "methodist"),
}


def walk_through(engine: ProcessEngine, title: str, seed: int) -> Walk:
    """A walk through a place of the example with some of its accounts."""
    with engine.read(now=NOW) as read:
        (place,) = places.organisations_named(read.session, title)
        found = [accounts.account_named(read.session, login) for login in LOGINS[title]]
        actors = [
            policy.actor_for(read.session, place.id, account.id, account.name, date(2026, 11, 12))
            for account in found
            if account is not None
        ]
    return Walk(engine, place.id, actors, NOW, Random(seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("title", "stops"), [(SCHOOL_TITLE, 12), (KINDERGARTEN_TITLE, 4)], ids=["school", "garden"])
def test_no_blocking_blocker_exactly_when_the_step_can_be_done(
    tmp_path: Path, title: str, stops: int, seed: int
) -> None:
    (tmp_path / "marshrut.db").write_bytes(demo_template().read_bytes())
    database = open_database(settings_in(tmp_path).database_url, synchronous="OFF")
    installation = assemble(settings_in(tmp_path), jobs=CollectedJobs(), database=database)
    installation.engine.store_definitions(now=NOW)

    proves(walk_through(installation.engine, title, seed), stops)

    database.close()


def proves(walk: Walk, stops: int) -> None:
    """Walk on until both have been met: what could be done and what could not."""
    for _ in range(stops):
        walk.stop()
    for _ in range(stops):
        if {done for _event, done in walk.met} == {True, False}:
            return
        walk.stop()
    raise AssertionError(f"only one answer was met: {walk.met}")


@pytest.fixture(scope="module")
def small_school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A school on PostgreSQL with a road map, three proposed pairs and an order on two of them."""
    folder = tmp_path_factory.mktemp("walk")
    with new_database("postgresql") as database:
        house = open_house(database, folder, date(2026, 9, 1), profile="school9")
        mentors, mentees = house.add(pupils(0, 3, "10", 2010)), house.add(pupils(3, 3, "5", 2015), mothers=True)
        with house.write() as write:
            programme = mentoring.create_programme(
                write, "Вместе", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31), form="pupil_pupil"
            ).id
            mentoring.enrol(write, programme, house.people(*mentors), "mentor")
            mentoring.enrol(write, programme, house.people(*mentees), "mentee")
            made = [
                mentoring.propose_pair(write, programme, Proposal(house.people(one), house.people(other))).id
                for one, other in zip(mentors, mentees, strict=True)
            ]
            pair_papers.prepare_consents(write, programme, house.people(*mentees), "personal_data")
            pair_papers.prepare_pair_order(write, made[:2])
            road_maps.adopt(
                write,
                plan_adoption(shipped_map("school9_2020"), date(2026, 9, 1), write.today, WorkingCalendar()),
                {},
            )
        yield house


@pytest.mark.postgresql
@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_on_postgresql(small_school: House, seed: int) -> None:
    house = small_school
    actors = [house.actor(role) for role in ("curator", "curator", "head", "auditor")]

    proves(Walk(house.installation.engine, house.scope, actors, at(date(2026, 9, 8)), Random(seed)), 6)
