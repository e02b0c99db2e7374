"""Which kinds of papers an item names, out of its text and its result."""

from __future__ import annotations

import re

from workflows.road_maps.reader.spelling import folded, plain
from workflows.road_maps.reader.vocabulary import NOTHING, Match, Vocabulary, default_vocabulary

MAKING_REACH = 70
"""Letters before a paper's name within which a word of making counts, in the same sentence."""

_HIDDEN_BY = {
    "order": ("pair_assignment_order", "plan_approval_order"),
    "regulation": ("motivation_rules",),
    "analytic_report": ("monitoring_report",),
    "other": ("partner_register", "mentor_register", "mentee_register", "partner_agreement", "questionnaire"),
}
"""A general kind -> special ones that say the same: inside of their words it does not count again."""
_WHOLLY_HIDDEN = {"regulation": "order_appendix_regulation", "roadmap": "order_appendix_roadmap"}
_ENDING = re.compile(r"\((\w{1,3})\)")
_BEGINS = re.compile(r"(?:^|[.;:,(•·*]|\d\)|(?<![а-я]) ?- ?|\d\. ?|\bи )\s*$")


def documents_in(text: str, result: str | None, vocabulary: Vocabulary | None = None) -> tuple[str, ...]:
    """Kinds of papers in the order in which they are named, first in the text, then in the result; each once."""
    words = vocabulary or default_vocabulary()
    found: list[str] = []
    for part in (text, result or ""):
        written = plain(_ENDING.sub(r"\1", folded(part))).text
        found.extend(code for code in _named(written, words) if code not in found)
    return tuple(code for code in dict.fromkeys(found) if _WHOLLY_HIDDEN.get(code) not in found)


def _named(text: str, words: Vocabulary) -> list[str]:
    matches = list(words.documents.matches(text))
    hidden = [one for one in matches if one.code == NOTHING]
    found: list[str] = []
    for one in matches:
        if one.code == NOTHING or any(other.first <= one.first < other.end for other in hidden):
            continue
        if any(_within(one, other) for other in matches if other.code in _HIDDEN_BY.get(one.code, ())):
            continue
        if one.made and not _is_made(text, one.first, words):
            continue
        found.append(one.code)
    return found


def _within(one: Match, other: Match) -> bool:
    return one is not other and other.first <= one.first and one.end <= other.end


def _is_made(text: str, first: int, words: Vocabulary) -> bool:
    """Whether a paper is made here: its name begins a sentence or an entry of a list, or a word of making stands before it."""
    before = text[max(0, first - MAKING_REACH) : first]
    if first == 0 or _BEGINS.search(before):
        return True
    sentence = re.split(r"[.;](?= |$)", before)[-1]
    return next(words.making.matches(sentence), None) is not None
