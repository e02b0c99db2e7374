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
    commit_to_all,
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
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(plain)
def test_canonical_json_reads_back_and_is_stable(value: object) -> None:
    text = canonical_json(value)

    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


def test_key_order_does_not_change_the_text_and_letters_stay() -> None:
    assert canonical_json({"б": 1, "а": "ё"}) == canonical_json({"а": "ё", "б": 1}) == '{"а":"ё","б":1}'


@given(plain)
def test_canonical_json_is_what_the_standard_library_writes(value: object) -> None:
    assert canonical_json(value) == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical_json({"set": {1}})
    with pytest.raises(TypeError):
        canonical_json(2**64)


@pytest.mark.parametrize("column", ENTRY_COLUMNS)
def test_every_column_is_part_of_the_hash(column: str) -> None:
    changed = 9 if isinstance(VALUES[column], int) else "x"

    assert seal(tuple({**VALUES, column: changed}.values())).hash != seal(tuple(VALUES.values())).hash


def test_entry_keeps_body_and_hash_together() -> None:
    entry = seal(tuple(VALUES.values()))

    assert entry_hash(entry.body) == entry.hash
    assert json.loads(entry.body) == list(VALUES.values())
    assert entry._fields == ALL_COLUMNS


def test_same_details_get_another_commitment_each_time() -> None:
    text = canonical_json({"remark": "да"})
    first, second = commit_to_all([text, "", text])

    assert first != second
    assert commitment(first[0], text) == first[1]
    assert commitment(second[0], text) == second[1]


def test_no_details_need_no_commitment() -> None:
    assert commit_to_all(["", ""]) == []
