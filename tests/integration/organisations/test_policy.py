"""Who an account is in an organisation on a day."""

from __future__ import annotations

from datetime import date

import pytest

from tests.integration.organisations.conftest import (
    DISTRICT,
    OTHER,
    SCHOOL,
    PairDefinitions,
    Reading,
    Writing,
    employee,
)
from workflow_core import operations as steps
from workflow_core.exceptions import NotFound, NotPermitted
from workflow_core.guards import Actor
from workflows.organisations import operations, policy

DAY = date(2026, 11, 12)


def member(writing: Writing, role: str, *, scope: str = SCHOOL, account: str = "account-1", **values: object) -> str:
    """Grant a role to an account with a person behind it; gives the person's id."""
    with writing(scope) as write:
        person = operations.add_people(write, [employee()])[0].person
        assert person is not None
        operations.grant_role(write, account, role, person_id=person.id, **values)  # type: ignore[arg-type]  # dates
        return person.id


def actor(reading: Reading, organisation: str = SCHOOL, on: date = DAY, account: str = "account-1") -> Actor:
    with reading() as read:
        return policy.actor_for(read.session, organisation, account, "Морозова Е. В.", on)


def test_membership_holds_from_its_first_to_its_last_day(writing: Writing, reading: Reading) -> None:
    person_id = member(writing, "curator", valid_from=date(2026, 9, 1), valid_to=DAY)

    assert actor(reading, on=date(2026, 9, 1)).roles == {"curator"}
    assert actor(reading, on=DAY).person_id == person_id
    for outside in (date(2026, 8, 31), date(2026, 11, 13)):
        with pytest.raises(NotFound):
            actor(reading, on=outside)


@pytest.mark.parametrize("role", ["curator", "head", "administrator", "mentor"])
def test_somebody_of_another_school_finds_nothing(writing: Writing, reading: Reading, role: str) -> None:
    member(writing, role, scope=OTHER)

    with pytest.raises(NotFound):
        actor(reading, SCHOOL)
    with reading() as read:
        assert [row.id for row in policy.visible_organisations(read.session, "account-1", read.today)] == [OTHER]


@pytest.mark.parametrize("role", ["district", "auditor"])
def test_district_and_its_auditor_read_what_is_below(writing: Writing, reading: Reading, role: str) -> None:
    member(writing, role, scope=DISTRICT)

    assert actor(reading, SCHOOL).roles == {role}
    assert actor(reading, SCHOOL).person_id == ""
    with pytest.raises(NotFound):
        actor(reading, OTHER)
    with reading() as read:
        seen = [row.id for row in policy.visible_organisations(read.session, "account-1", read.today)]
    assert seen == [DISTRICT, SCHOOL]


def test_curator_of_the_district_is_nobody_in_its_schools(writing: Writing, reading: Reading) -> None:
    member(writing, "curator", scope=DISTRICT)

    with pytest.raises(NotFound):
        actor(reading, SCHOOL)


def test_auditor_of_a_school_sees_nothing_above(writing: Writing, reading: Reading) -> None:
    member(writing, "auditor")

    with pytest.raises(NotFound):
        actor(reading, DISTRICT)


def test_stand_in_holds_the_role_only_between_its_days(writing: Writing, reading: Reading) -> None:
    deputy = member(writing, "curator")
    director = member(writing, "head", account="account-2")
    with writing() as write:
        operations.name_stand_in(
            write, "head", deputy, director, "приказ № 98-к", valid_from=date(2026, 11, 10), valid_to=date(2026, 11, 20)
        )

    stands_in = actor(reading, on=DAY)

    assert stands_in.roles == {"curator", "head"}
    assert (stands_in.acts_for["head"].person_id, stands_in.acts_for["head"].order) == (director, "приказ № 98-к")
    assert "curator" not in stands_in.acts_for
    for outside in (date(2026, 11, 21),):
        assert actor(reading, on=outside).roles == {"curator"}
        assert not actor(reading, on=outside).acts_for


def test_order_alone_opens_no_door(writing: Writing, reading: Reading) -> None:
    deputy = member(writing, "curator", valid_to=DAY)
    director = member(writing, "head", account="account-2")
    with writing() as write:
        operations.name_stand_in(write, "head", deputy, director, "приказ № 98-к", valid_from=DAY)

    with pytest.raises(NotFound):
        actor(reading, on=date(2026, 11, 13))


def test_own_role_is_held_in_ones_own_name(writing: Writing, reading: Reading) -> None:
    deputy = member(writing, "head")
    director = member(writing, "head", account="account-2")
    with writing() as write:
        operations.name_stand_in(write, "head", deputy, director, "приказ № 98-к", valid_from=DAY)

    assert not actor(reading).acts_for


def test_mentor_steps_and_undoes_on_own_subjects_alone(
    writing: Writing, reading: Reading, pairs: PairDefinitions
) -> None:
    own, other = "1" * 32, "2" * 32
    pairs.mentors[own] = member(writing, "mentor")
    with writing() as write:
        for walk in (own, other):
            steps.start(write, "walk", "walk", walk, "plan")
    mentor = actor(reading)

    with writing(actor=mentor) as write:
        assert steps.fire(write, own, "go").outlook.role == "mentor"
        assert steps.undo(write, own, why="Не та прогулка").state == "planned"
    with pytest.raises(NotPermitted, match="куратор, наставник"), writing(actor=mentor) as write:
        steps.fire(write, other, "go")
    with pytest.raises(NotPermitted), writing(actor=mentor) as write:
        steps.undo(write, other, why="Не та прогулка")
