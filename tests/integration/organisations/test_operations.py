"""Organisations, people, roles, signatories and settings as they are entered and changed."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.integration.organisations.conftest import DISTRICT, OTHER, SCHOOL, Reading, Writing, employee, pupil
from workflow_core import queries as core_queries
from workflow_core.amounts import Amount
from workflow_core.exceptions import InvalidInput, NotFound, NotPermitted
from workflow_core.guards import Actor
from workflows.organisations import operations, queries
from workflows.organisations.people import name_in

CURATOR = Actor("account-1", "Морозова Е. В.", frozenset({"curator"}))
AUDITOR = Actor("account-2", "Гусев А. П.", frozenset({"auditor"}))


def added(writing: Writing, *people: operations.PersonInput, scope: str = SCHOOL) -> list[str]:
    with writing(scope) as write:
        return [row.person.id for row in operations.add_people(write, people) if row.person]


def test_organisation_is_a_scope_of_its_own(reading: Reading) -> None:
    with reading() as read:
        row = queries.organisation(read.session, SCHOOL)

    assert (row.organisation_id, row.parent_id, row.short_title) == (SCHOOL, DISTRICT, "Школа № 12")


def test_wrong_organisation_says_everything_at_once(writing: Writing) -> None:
    with pytest.raises(InvalidInput) as refused, writing("c" * 32) as write:
        operations.create_organisation(
            write, kind="club", title=" ", profile="nowhere", time_zone="Moon", parent_id="x"
        )

    assert set(refused.value.errors) == {"kind", "title", "profile", "time_zone", "parent_id"}
    assert "kakhun" in refused.value.errors["profile"]


def test_organisation_can_not_stand_above_itself(writing: Writing) -> None:
    with pytest.raises(InvalidInput, match="над самой собой"), writing(DISTRICT) as write:
        operations.change_organisation(write, parent_id=SCHOOL)


def test_head_of_a_school_can_not_move_it_elsewhere(writing: Writing) -> None:
    head = Actor("account-3", "Ларина Т. И.", frozenset({"head"}))

    with writing(actor=head) as write:
        operations.change_organisation(write, place="с. Ключевое")
    with pytest.raises(NotPermitted), writing(actor=head) as write:
        operations.change_organisation(write, parent_id=None)


def test_added_person_is_cleaned_and_declined(writing: Writing, reading: Reading) -> None:
    [person_id] = added(writing, employee("  Морозова ", "Елена"))

    with reading() as read:
        row = queries.person(read.session, SCHOOL, person_id)

    assert (row.family_name, row.sex) == ("Морозова", "f")
    assert name_in(row, "dat") == "Морозовой Елене Викторовне"


def test_namesake_is_a_warning_and_no_wall(writing: Writing) -> None:
    added(writing, pupil("Семёнова", "Алёна"))

    with writing() as write:
        result = operations.add_person(write, pupil("Семенова", "Алена"))

    assert result.person is not None
    assert result.warning == "Такой человек уже есть: Семёнова Алёна."


def test_other_birth_date_makes_another_person(writing: Writing) -> None:
    added(writing, pupil())

    with writing() as write:
        result = operations.add_person(write, pupil(birth_date=date(2010, 1, 1)))

    assert result.namesake_ids == ()


def test_bulk_gives_a_result_per_row(writing: Writing, reading: Reading) -> None:
    rows = [pupil(), pupil("Ким", ""), pupil(), pupil("Цой", "Вера", birth_date=date(2031, 1, 1))]

    with writing() as write:
        results = operations.add_people(write, rows, skip_namesakes=True)

    assert [bool(row.person) for row in results] == [True, False, False, False]
    assert results[1].errors == {"given_name": "Укажите имя."}
    assert results[2].skipped
    assert set(results[3].errors) == {"birth_date"}
    with reading() as read:
        assert queries.count_people(read.session, SCHOOL) == Amount(1)


def test_changed_name_is_declined_anew_and_mended_forms_stay(writing: Writing, reading: Reading) -> None:
    [person_id] = added(writing, employee("Кочь", "Илья", "Ильич"))
    with reading() as read:
        forms = dict(queries.person(read.session, SCHOOL, person_id).name_forms)
    forms["full"] = {**forms["full"], "gen": "Кочь Ильи Ильича"}

    with writing() as write:
        operations.change_person(write, person_id, name_forms=forms)
        operations.change_person(write, person_id, post="директор")
    with reading() as read:
        assert name_in(queries.person(read.session, SCHOOL, person_id), "gen") == "Кочь Ильи Ильича"
    with writing() as write:
        operations.change_person(write, person_id, family_name="Королёв")

    with reading() as read:
        row = queries.person(read.session, SCHOOL, person_id)
        assert name_in(row, "gen") == "Королёва Ильи Ильича"
        assert row.sort_key.startswith("королев")


def test_empty_case_is_refused(writing: Writing) -> None:
    [person_id] = added(writing, employee())

    with pytest.raises(InvalidInput, match="падеж"), writing() as write:
        operations.change_person(write, person_id, name_forms={"full": {}, "short": {}, "initials_first": ""})


def test_person_somebody_refers_to_leaves_and_is_not_removed(writing: Writing, reading: Reading) -> None:
    child, mother, mistake = added(writing, pupil(), employee(), pupil("Опечатка", "Анна"))
    with writing() as write:
        operations.add_representative(write, child, mother, "мать")

    with pytest.raises(InvalidInput, match="дату ухода"), writing() as write:
        operations.remove_person(write, mother)
    with writing() as write:
        operations.remove_person(write, mistake)

    with reading() as read, pytest.raises(NotFound):
        queries.person(read.session, SCHOOL, mistake)


def test_representative_is_entered_once_and_never_oneself(writing: Writing, reading: Reading) -> None:
    child, mother = added(writing, pupil(), employee())
    with writing() as write:
        link = operations.add_representative(write, child, mother, " мать ").id

    for who in (mother, child):
        with pytest.raises(InvalidInput), writing() as write:
            operations.add_representative(write, child, who, "мать")

    with reading() as read:
        [(row, adult)] = queries.representatives_of(read.session, SCHOOL, [child])[child]
        assert (row.relation, adult.id) == ("мать", mother)
    with writing() as write:
        operations.remove_representative(write, link)


def test_person_of_another_school_is_not_found(writing: Writing) -> None:
    [elsewhere] = added(writing, pupil(), scope=OTHER)

    with pytest.raises(NotFound), writing() as write:
        operations.change_person(write, elsewhere, post="директор")
    with pytest.raises(NotFound), writing() as write:
        operations.name_signatory(write, elsewhere, "директор", valid_from=date(2026, 9, 1))


def test_auditor_changes_nothing(writing: Writing, reading: Reading) -> None:
    [person_id] = added(writing, pupil())

    for change in (
        lambda write: operations.add_people(write, [pupil("Ким", "Данил")]),
        lambda write: operations.change_person(write, person_id, post="директор"),
        lambda write: operations.grant_role(write, "account-2", "curator"),
        lambda write: operations.set_setting(write, "stuck_days", 3),
        lambda write: operations.name_signatory(write, person_id, "директор", valid_from=date(2026, 9, 1)),
    ):
        with pytest.raises(NotPermitted), writing(actor=AUDITOR) as write:
            change(write)

    with reading() as read:
        assert queries.count_people(read.session, SCHOOL) == Amount(1)


def test_same_role_is_not_granted_twice_at_a_time(writing: Writing) -> None:
    with writing() as write:
        operations.grant_role(write, "account-1", "curator", valid_from=date(2026, 9, 1), valid_to=date(2026, 10, 1))
        operations.grant_role(write, "account-1", "curator", valid_from=date(2026, 10, 2))

    with pytest.raises(InvalidInput, match="уже есть"), writing() as write:
        operations.grant_role(write, "account-1", "curator", valid_from=date(2027, 1, 1))


def test_last_administrator_stays(writing: Writing, reading: Reading) -> None:
    with writing() as write:
        first = operations.grant_role(write, "account-1", "administrator").id

    with pytest.raises(InvalidInput, match="единственный"), writing() as write:
        operations.end_role(write, first)
    with writing() as write:
        operations.grant_role(write, "account-2", "administrator")
        operations.end_role(write, first)

    with reading() as read:
        [held] = queries.memberships_on(read.session, SCHOOL, read.today)
        assert held.account_id == "account-2"


def test_new_head_ends_the_term_of_the_one_before(writing: Writing, reading: Reading) -> None:
    old, new, acting = added(writing, employee(), employee("Ларина", "Тамара"), employee("Гусев", "Антон", "Ильич"))
    with writing() as write:
        operations.name_signatory(write, old, "директор", valid_from=date(2020, 1, 1))
        operations.name_signatory(write, new, "директор", valid_from=date(2026, 9, 1))
        operations.name_signatory(
            write,
            acting,
            "и. о. директора",
            order="приказ № 98-к",
            acting=True,
            valid_from=date(2026, 11, 1),
            valid_to=date(2026, 11, 30),
        )

    def on(day: date) -> list[str]:
        with reading() as read:
            return [who.id for _row, who in queries.signatories(read.session, SCHOOL, day)]

    assert on(date(2026, 8, 31)) == [old]
    assert on(date(2026, 9, 1)) == [new]
    assert on(date(2026, 11, 12)) == [acting, new]
    assert on(date(2026, 12, 1)) == [new]


def test_acting_head_needs_an_order(writing: Writing) -> None:
    [person_id] = added(writing, employee())

    with pytest.raises(InvalidInput, match="по приказу"), writing() as write:
        operations.name_signatory(write, person_id, "и. о. директора", acting=True, valid_from=date(2026, 9, 1))


def test_setting_of_its_own_is_checked(writing: Writing) -> None:
    wrong = {
        "stuck_days": 0,
        "words.bank": "склад",
        "nothing": 1,
        "pair.definition": "circle",
        "pair/form/nothing": "block",
        "pair/form/order_in_force": "maybe",
    }
    for key, value in wrong.items():
        with pytest.raises(InvalidInput), writing() as write:
            operations.set_setting(write, key, value)


def test_changes_are_recorded_with_old_and_new_value(writing: Writing, reading: Reading) -> None:
    with writing() as write:
        setting = operations.set_setting(write, "stuck_days", 30).id
    with writing() as write:
        operations.set_setting(write, "stuck_days", 14)

    with reading() as read:
        entries = core_queries.entries_of(read.session, SCHOOL, [setting])[setting]
        details = core_queries.details_of(read.session, SCHOOL, [entries[-1].seq])

    assert [entry.event for entry in entries] == ["created", "changed"]
    assert json.loads(details[entries[-1].seq][1] or "") == {"before": {"value": 30}, "after": {"value": 14}}
