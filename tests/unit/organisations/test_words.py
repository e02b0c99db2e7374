"""What things are called at a place."""

from __future__ import annotations

import pytest

from workflow_core.guards import PlainProfile
from workflows.organisations.tables import OrganisationKind
from workflows.organisations.words import KIND_TITLES, words


@pytest.mark.parametrize(
    ("kind", "head", "head_dat"),
    [
        ("school", "директор", "директору"),
        ("kindergarten", "заведующий", "заведующему"),
        ("college", "директор", "директору"),
        ("district", "начальник отдела", "начальнику отдела"),
    ],
)
def test_each_kind_has_its_head(kind: str, head: str, head_dat: str) -> None:
    assert (words(kind)["head"], words(kind)["head_dat"]) == (head, head_dat)


def test_kindergarten_has_neither_classes_nor_terms() -> None:
    assert words("kindergarten")["class"] == words("kindergarten")["term"] == ""
    assert words("school")["class"] == "класс"


def test_every_kind_has_the_same_words() -> None:
    keys = {frozenset(words(kind)) for kind in OrganisationKind}

    assert len(keys) == 1
    assert set(KIND_TITLES) == set(OrganisationKind)


def test_profile_calls_things_otherwise() -> None:
    place = PlainProfile(settings={"words.bank": "база", "words.head": "ректор", "words.curator": "ответственный"})

    called = words("school", place)

    assert (called["mentors_bank"], called["bank_prep"]) == ("База наставников", "базе")
    assert (called["head_gen"], called["curator"]) == ("ректора", "ответственный")
