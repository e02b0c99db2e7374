"""Which line of one reading is which line of another: one to one, by text, number and place. Pure.

The same words are the same line wherever they stand; other words are the same line as far as enough of their letters are,
the less the more number and section agree. Ties go by the order of the lines, so the answer is always the same one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

ALIKE = 0.6
"""Share of common letter triples from which two texts are one line, wherever they stand."""
ALIKE_AT_ITS_PLACE = 0.35
"""The same for two lines with one number in one section."""
_NUMBER_COUNTS, _SECTION_COUNTS = 0.15, 0.1
_WORD = re.compile(r"[0-9a-zа-я]+")
_COMMON_WORD = 60
"""Lines that share a word above which the word says nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as far as matching looks at it; `section` is a name that means the same on both sides."""

    text: str
    number: str = ""
    section: int = -1


def match(old: Sequence[Line], new: Sequence[Line]) -> dict[int, int]:
    """Index of an old line -> index of the new one that it has become; lines of one side only are left out."""
    return _Matching(old, new).pairs


def folded(text: str) -> str:
    """The words of a text without case, ё, quotes, dashes and other signs."""
    return " ".join(_WORD.findall(text.casefold().replace("ё", "е")))


def likeness(one: str, other: str) -> float:
    """How much two texts have in common, 0 … 1: the share of common letter triples."""
    return _dice(_triples(folded(one)), _triples(folded(other)))


class _Matching:
    def __init__(self, old: Sequence[Line], new: Sequence[Line]) -> None:
        self.old, self.new = old, new
        self.old_words = [folded(line.text) for line in old]
        self.new_words = [folded(line.text) for line in new]
        self.pairs: dict[int, int] = {}
        self._taken: set[int] = set()
        self._take(self._same_words())
        self._take(self._like_words())

    def _take(self, candidates: Iterable[tuple[float, int, int]]) -> None:
        """The best first, each line once."""
        best = sorted(candidates, key=lambda one: (-one[0], abs(one[1] - one[2]), one[1], one[2]))
        for _score, before, after in best:
            if before not in self.pairs and after not in self._taken:
                self.pairs[before] = after
                self._taken.add(after)

    def _bonus(self, before: int, after: int) -> float:
        old, new = self.old[before], self.new[after]
        number = _NUMBER_COUNTS if old.number and old.number == new.number else 0
        return number + (_SECTION_COUNTS if old.section == new.section else 0)

    def _same_words(self) -> Iterator[tuple[float, int, int]]:
        by_words: dict[str, list[int]] = defaultdict(list)
        for after, words in enumerate(self.new_words):
            by_words[words].append(after)
        for before, words in enumerate(self.old_words):
            for after in by_words.get(words, ())[:_COMMON_WORD]:
                yield 1 + self._bonus(before, after), before, after
        # One that repeats too often to be compared with every other finds itself at its own number.
        for before, after in self._same_place():
            if self.old_words[before] == self.new_words[after]:
                yield 1 + self._bonus(before, after), before, after

    def _like_words(self) -> Iterator[tuple[float, int, int]]:
        old = [place for place in range(len(self.old)) if place not in self.pairs]
        new = [place for place in range(len(self.new)) if place not in self._taken]
        triples = {place: _triples(self.new_words[place]) for place in new}
        known = _index(self.new_words, new)
        own_place = set(self._same_place())
        at_place = defaultdict(list)
        for before, after in own_place:
            at_place[before].append(after)
        for before in old:
            own = _triples(self.old_words[before])
            near = {after for word in _starts(self.old_words[before]) for after in known.get(word, ())}
            for after in near.union(at_place[before]) & triples.keys():
                score = _dice(own, triples[after])
                if score >= (ALIKE_AT_ITS_PLACE if (before, after) in own_place else ALIKE):
                    yield score + self._bonus(before, after), before, after

    def _same_place(self) -> Iterator[tuple[int, int]]:
        places = {(line.number, line.section): after for after, line in enumerate(self.new) if line.number}
        for before, line in enumerate(self.old):
            after = places.get((line.number, line.section))
            if after is not None:
                yield before, after


def _index(words: Sequence[str], places: Iterable[int]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place in places:
        for word in _starts(words[place]):
            found[word].append(place)
    return {word: lines for word, lines in found.items() if len(lines) <= _COMMON_WORD}


def _starts(words: str) -> set[str]:
    """Beginnings of the words, so that their endings don't matter."""
    return {word[:5] for word in words.split()}


def _triples(words: str) -> frozenset[str]:
    padded = f"  {words} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


__all__ = ["ALIKE", "Line", "folded", "likeness", "match"]
