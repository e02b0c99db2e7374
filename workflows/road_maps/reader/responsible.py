"""Who answers for an item: roles and named persons out of the cell's words."""

from __future__ import annotations

import re

from workflows.road_maps.map_template import Responsible
from workflows.road_maps.reader.persons import persons_in
from workflows.road_maps.reader.spelling import LONGEST, folded, plain
from workflows.road_maps.reader.vocabulary import NOBODY, Vocabulary, default_vocabulary

OTHER = "other"
POSTS = frozenset(
    "директор директора заместитель заместителя заместители заместителей руководитель руководителя руководители заведующий "
    "заведующая куратор кураторы наставник наставники ответственный ответственные методист методисты психолог педагог "
    "педагоги классный классные классных воспитатель воспитатели участники администрация учредитель учредители".split()
)
"""Words of posts over which a line may be broken."""


def read_responsible(text: str, vocabulary: Vocabulary | None = None) -> Responsible:
    """Roles in the order of their first word, persons in the order of theirs. Never raises.

    A cell with words but no known role gives «other»; an empty one gives nothing. Of a cell longer than `LONGEST`
    characters only the beginning is looked at, its text is kept whole.
    """
    printed = folded(text, POSTS)
    looked_at = printed[:LONGEST]
    persons = persons_in(looked_at)
    rest = list(looked_at)
    for _person, first, end in persons:
        rest[first:end] = " " * (end - first)
    roles = _roles("".join(rest), vocabulary or default_vocabulary())
    if not roles and not persons and re.search(r"[^\W\d_]{2}", looked_at):
        roles = [OTHER]
    return Responsible(printed, tuple(roles), tuple(person for person, _first, _end in persons))


def _roles(text: str, words: Vocabulary) -> list[str]:
    written = plain(text).text
    found: list[str] = []
    taken = 0
    for match in words.roles.matches(written):
        if match.first < taken:
            continue
        taken = match.end
        if match.code == NOBODY or _is_school(written, match.first, match.end):
            continue
        if match.code not in found:
            found.append(match.code)
    return found


def _is_school(text: str, first: int, end: int) -> bool:
    """«ОО» is a school's education organisation («директор ОО»), the district's department only where it stands alone."""
    if text[first:end] != "оо":
        return False
    before = text[:first].rstrip(" .,;(").rsplit(" ", 1)[-1]
    return bool(before) or bool(text[end:].strip(" .,;"))


def to_contract(value: Responsible) -> dict[str, object]:
    """The RESPONSIBLE object of the contract."""
    return {"text": value.text, "roles": list(value.roles), "persons": list(value.persons)}
