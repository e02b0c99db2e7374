"""Canonical bytes, the chain's links and commitments."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_core.history import (
    ALL_COLUMNS,
    ENTRY_COLUMNS,
    GENESIS,
    canonical_json,
    commit_to,
    commitment,
    entry_hash,
    seal,
)

VALUES = dict.fromkeys(ENTRY_COLUMNS, "") | {
    "seq": 1,
    "version": 0,
    "caused_by": 0,
    "refers_to": 0,
    "with_ground": 0,
    "previous_hash": GENESIS,
}

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(plain)
def test_canonical_json_reads_back_and_is_stable(value: object) -> None:
    text = canonical_json(value)

    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


def test_key_order_does_not_change_the_text_and_letters_stay() -> None:
    assert canonical_json({"б": 1, "а": "ё"}) == canonical_json({"а": "ё", "б": 1}) == '{"а":"ё","б":1}'


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(float("nan"))


@pytest.mark.parametrize("column", ENTRY_COLUMNS)
def test_every_column_is_part_of_the_hash(column: str) -> None:
    changed = 9 if isinstance(VALUES[column], int) else "x"

    assert seal({**VALUES, column: changed}).hash != seal(dict(VALUES)).hash


def test_entry_keeps_body_and_hash_together() -> None:
    entry = seal(dict(VALUES))

    assert entry_hash(entry.body) == entry.hash
    assert entry.row() == tuple(getattr(entry, name) for name in ALL_COLUMNS)


def test_same_details_get_another_commitment_each_time() -> None:
    first, second = commit_to({"remark": "да"}), commit_to({"remark": "да"})

    assert first[1] == second[1]
    assert first[2] != second[2]
    assert commitment(first[0], first[1]) == first[2]


def test_no_details_need_no_commitment() -> None:
    assert commit_to({}) == ("", "", "")
