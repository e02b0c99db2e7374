"""Numbers of acts: typed by hand from the school's paper journal, once a calendar year in each journal. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from workflows.documents.kinds import numbered_with

_DASHES = re.compile("[\u2010-\u2015\u2212]")
_ALIKE = str.maketrans("abcehkmoptxy", "авсенкмортху")


@dataclass(frozen=True, slots=True)
class TakenNumber:
    """A number that a registered act has."""

    document_id: str
    kind: str
    title: str
    number: str
    signed_on: date


def folded(number: str) -> str:
    """A number as it is compared: «№ 56/4 -ОД» and «56/4–од» are one, also where a Latin «O» slipped in."""
    bare = _DASHES.sub("-", "".join(number.replace("№", "").split()))
    return bare.casefold().translate(_ALIKE)


def clash(
    taken: Iterable[TakenNumber], kind: str, number: str, signed_on: date, *, besides: str = ""
) -> TakenNumber | None:
    """The act of the same journal and calendar year that has the number already; `besides` is the act itself."""
    wanted, journal = folded(number), numbered_with(kind)
    for one in taken:
        same_place = one.document_id != besides and numbered_with(one.kind) == journal
        if same_place and one.signed_on.year == signed_on.year and folded(one.number) == wanted:
            return one
    return None
