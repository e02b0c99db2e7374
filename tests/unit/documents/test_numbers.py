"""Numbers of acts as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from workflows.documents.numbers import TakenNumber, clash, folded

TAKEN = (TakenNumber("a", "pair_order", "Приказ", "42-од", date(2026, 9, 1)),)


@pytest.mark.parametrize("number", ["42-од", "№ 42-ОД", "42 – од", "42-oд"], ids=["same", "upper", "dash", "latin o"])
def test_a_number_is_one_however_it_is_written(number: str) -> None:
    assert folded(number) == folded("42-од")


def test_numbers_that_differ_stay_apart() -> None:
    assert len({folded(number) for number in ("26/1", "26-1", "261", "26/1-од")}) == 4


@pytest.mark.parametrize(
    ("kind", "year", "besides", "is_taken"),
    [
        ("order", 2026, "", True),
        ("curator_order", 2026, "", True),
        ("regulation", 2026, "", False),
        ("instruction", 2026, "", False),
        ("order", 2027, "", False),
        ("order", 2026, "a", False),
    ],
)
def test_a_journal_of_a_year_has_each_number_once(kind: str, year: int, besides: str, is_taken: bool) -> None:
    assert (clash(TAKEN, kind, "42-ОД", date(year, 10, 1), besides=besides) is not None) is is_taken
