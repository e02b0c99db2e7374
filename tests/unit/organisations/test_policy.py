"""The table of rights, role by role, and the sentences that refuse."""

from __future__ import annotations

import pytest

from workflow_core.exceptions import NotFound, NotPermitted
from workflow_core.guards import SYSTEM, Actor
from workflows.organisations.policy import (
    GRANTED,
    PERMISSIONS,
    ROLES,
    may,
    may_own,
    permissions_of,
    refusal,
    require,
)

# C curator, H head, M mentor, A administrator, U auditor, D district; small m: only of one's own pairs.
TABLE = {
    "organisation.read": "CHMAUD",
    "organisation.create": "AD",
    "organisation.edit": "HA",
    "people.read": "CHAUDm",
    "personal.read": "CHU",
    "people.edit": "CH",
    "programme.read": "CHMAUD",
    "programme.edit": "CH",
    "pair.read": "CHAUDm",
    "meeting.edit": "Cm",
    "plan.edit": "Cm",
    "map.read": "CHMAUD",
    "map.files": "CHAUD",
    "map.upload": "CHA",
    "map.adopt": "CH",
    "map.edit": "CH",
    "item.accept": "HD",
    "document.read": "CHUDm",
    "document.prepare": "CH",
    "document.enter": "CH",
    "history.read": "CHAUDm",
    "history.verify": "CHAUD",
    "history.export": "CHUD",
    "settings.read": "CHAUD",
    "calendar.edit": "CHA",
    "settings.edit": "A",
    "signatories.edit": "HA",
    "accounts.read": "HAU",
    "accounts.edit": "A",
}
LETTERS = {"curator": "C", "head": "H", "mentor": "M", "administrator": "A", "auditor": "U", "district": "D"}


def actor(*roles: str) -> Actor:
    return Actor("account-1", "Морозова Е. В.", frozenset(roles))


@pytest.mark.parametrize("role", GRANTED)
@pytest.mark.parametrize("permission", TABLE)
def test_table_of_rights(role: str, permission: str) -> None:
    letters = TABLE[permission]

    assert may(actor(role), permission) is (LETTERS[role] in letters)
    assert may_own(actor(role), permission) is (LETTERS[role] in letters or LETTERS[role].lower() in letters)


def test_table_names_every_permission() -> None:
    assert set(TABLE) == set(PERMISSIONS)
    assert set(LETTERS) == set(GRANTED)


def test_auditor_reads_all_and_changes_nothing() -> None:
    held = permissions_of(actor("auditor"))

    assert held == {code for code, one in PERMISSIONS.items() if one.reads}


def test_refusal_names_who_may() -> None:
    with pytest.raises(NotPermitted) as refused:
        require(actor("mentor"), "people.edit")

    assert str(refused.value) == "Менять сведения о людях может куратор или руководитель организации."
    assert refused.value.roles == ("curator", "head")
    assert refusal("accounts.edit") == "Менять учётные записи и роли может администратор."


def test_mentor_may_only_where_the_subject_is_their_own() -> None:
    require(actor("mentor"), "pair.read", own=True)
    with pytest.raises(NotPermitted):
        require(actor("mentor"), "pair.read")


def test_roles_add_up_and_nobody_has_none() -> None:
    assert may(actor("auditor", "administrator"), "accounts.edit")
    assert permissions_of(actor()) == frozenset()
    assert permissions_of(SYSTEM) == set(PERMISSIONS)


def test_unknown_permission_is_an_error_and_no_refusal() -> None:
    with pytest.raises(NotFound, match=r"people\.edit"):
        may(actor("administrator"), "people.fly")


def test_relations_are_marked_so_that_the_engine_asks_the_subject() -> None:
    assert {role.code for role in ROLES if role.relation} == {"mentor", "responsible"}
