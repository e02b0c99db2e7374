"""How many there are, as far as it is worth counting: numbers on pages are exact up to a bound and honest beyond it."""

from __future__ import annotations

from dataclasses import dataclass

COUNTED = 2_000
"""Rows that a page counts; of more it says «больше 2 000»."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, or that there are more than the number."""

    number: int
    is_more: bool = False

    @classmethod
    def of(cls, counted: int) -> Amount:
        """From a count that went one row beyond the bound at most."""
        return cls(min(counted, COUNTED), counted > COUNTED)

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.number + other.number, self.is_more or other.is_more)

    def __bool__(self) -> bool:
        return self.number > 0


NOTHING = Amount(0)
