"""Facts about the place and its people, as guards and papers get them."""

from __future__ import annotations

from datetime import date

from tests.integration.organisations.conftest import DISTRICT, OTHER, SCHOOL, Reading, Writing, employee, pupil
from workflow_core.unit_of_work import ProcessEngine
from workflows.organisations import operations

DAY = date(2026, 11, 12)


def test_organisation_facts_are_shared_by_every_subject(
    engine: ProcessEngine, writing: Writing, reading: Reading
) -> None:
    with writing() as write:
        [child, head] = [row.person for row in operations.add_people(write, [pupil(), employee()])]
        assert child is not None
        assert head is not None
        operations.name_signatory(write, head.id, "директор", valid_from=date(2026, 9, 1))
        operations.change_person(write, child.id, left_on=date(2026, 11, 11))

    names = ("organisation", "signatories", "people_count")
    with reading() as read:
        loaded = engine.catalogue.load_facts(read.session, SCHOOL, "pair", names, ["p1", "p2"], DAY)

    assert loaded["p1"] == loaded["p2"]
    facts = loaded["p1"]
    assert (facts["organisation"].title, facts["organisation"].parent_title) == ("Школа № 12", "Отдел образования")
    [signatory] = facts["signatories"]
    assert (signatory.name, signatory.genitive) == ("Морозова Е. В.", "Морозовой Елены Викторовны")
    assert (facts["people_count"].pupils, facts["people_count"].employees) == (0, 1)


def test_nobody_signs_before_the_first_day(engine: ProcessEngine, writing: Writing, reading: Reading) -> None:
    with writing() as write:
        person = operations.add_people(write, [employee()])[0].person
        assert person is not None
        operations.name_signatory(write, person.id, "директор", valid_from=DAY)

    with reading() as read:
        loaded = engine.catalogue.load_facts(read.session, SCHOOL, "pair", ["signatories"], ["p1"], date(2026, 11, 11))

    assert loaded["p1"]["signatories"] == ()


def test_person_of_another_school_has_no_fact(engine: ProcessEngine, writing: Writing, reading: Reading) -> None:
    with writing(OTHER) as write:
        person = operations.add_people(write, [pupil()])[0].person
        assert person is not None
        elsewhere = person.id

    with reading() as read:
        loaded = engine.catalogue.load_facts(read.session, SCHOOL, "person", ["person"], [elsewhere], DAY)
        district = engine.catalogue.load_facts(read.session, DISTRICT, "pair", ["people_count"], ["p"], DAY)

    assert loaded[elsewhere]["person"] is None
    assert district["p"]["people_count"].total == 0
