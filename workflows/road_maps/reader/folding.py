"""A cell's text as one line: white space folded, words put together that were broken at the end of a line, markup gone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_BROKEN = re.compile(r"(?<!\w)(\w+)-[ \t\xa0]*\n\s*(\w+)")
_FLATTENED = re.compile(r"\b([а-яё]{4,}(?:но|ко))- (?!и\b|или\b)(?=[а-яё]{4,})", re.I)
"""«учебно- методический»: broken over a line that some program has put on one."""
_WORD = re.compile(r"\w+(?:-\w+)*")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,5}|#x[0-9a-fA-F]{2,4});")
_EMPHASIS = re.compile(r"^#{1,4}\s+(?=\S)|\*\*|__(?=[^\W_])|(?<=[^\W_])__")
_RULED = re.compile(r"_{2,}|\.{5,}|…{2,}")

# First halves of words that are written with a hyphen: a connecting «о» («программно-методический») or a noun of its own.
# Second halves that only end a word («возможно-стями») are none.
_COMPOUND = re.compile(r"(?:[бвгджзклмнпрстфхцчшщь]но|[ио]ко|ого|со?цио)$", re.I)
_ENDING = re.compile(r"ст(?:ь|и|ью|ей|ям|ями|ях)|.{1,4}", re.I)
_NOUNS = frozenset(
    "педагог учитель ученик студент наставник работодатель куратор воспитатель организация организации организациями "
    "интернет онлайн офлайн видео аудио фото медиа веб мини бизнес пресс кейс мастер семинар план вице зам "
    "встреча игра круглый тренинг практикум психолого социально".split()
)


class Words:
    """The words of a whole file: what a broken word looks like elsewhere tells whether its hyphen is its own."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        for text in texts:
            self._known.update(word.lower() for word in _WORD.findall(_BROKEN.sub(" ", text)))

    def joined(self, first: str, second: str) -> str:
        """`first` and `second` as one word, with the hyphen or without it."""
        whole, hyphened = first + second, f"{first}-{second}"
        if hyphened.lower() in self._known:
            return hyphened
        if whole.lower() in self._known:
            return whole
        return hyphened if self._is_compound(first, second) else whole

    def _is_compound(self, first: str, second: str) -> bool:
        low = first.lower()
        if not second[0].islower() or not first.isalpha() or low == second.lower():
            return True
        if low in _NOUNS or (len(low) > 4 and _COMPOUND.search(low) and not _ENDING.fullmatch(second)):
            return True
        return len(low) > 3 and len(second) > 3 and low in self._known and second.lower() in self._known


NO_WORDS = Words()


def fold(text: str, words: Words = NO_WORDS) -> str:
    """`text` on one line. Broken words are joined by what `words` knows."""
    if "\n" in text:
        text = _BROKEN.sub(lambda broken: words.joined(broken[1], broken[2]), text)
    text = " ".join(text.split())
    return _FLATTENED.sub(r"\1-", text) if "- " in text else text


def without_markup(text: str) -> tuple[str, list[str]]:
    """The text without left-overs of HTML and Markdown, and the tags that were taken out."""
    if not any(sign in text for sign in "<&*_#"):
        return text, []
    taken = list(_TAG.findall(text))
    text = _TAG.sub(" ", text) if taken else text
    if _ENTITY.search(text):
        text = html.unescape(text)
    return _EMPHASIS.sub("", text), taken


def without_rules(text: str) -> str:
    """The text without lines drawn for a signature («______»)."""
    return " ".join(_RULED.sub(" ", text).split())


def key(text: str) -> str:
    """The letters and digits of a text in lower case: equal for texts that differ in spacing and signs only."""
    return re.sub(r"[\W_]+", "", text).lower().replace("ё", "е")
