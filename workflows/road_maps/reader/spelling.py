"""One spelling for many: what schools type, scan and paste, brought to plain small letters that rules can be written for.

`folded` is the text for people (white space folded, invisible characters gone). `Plain` is the text for rules: small
letters, «е» for «ё», one kind of dash, Cyrillic where a Latin look-alike was typed, figures apart from letters, words
mended that are one letter away from a known one. Each of its characters knows where it stands in the folded text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

LONGEST = 2_000
"""Characters of a cell that rules look at; a cell that is longer is no deadline and no list of people."""

SHORTEST_TO_MEND = 6
"""Letters below which a wrong one is not mended: «карта» is one letter away from «марта»."""

DASHES = "-‐‑‒–—―−﹣－"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_BROKEN_WORD = re.compile(rf"(?<!\w)(\w{{1,40}})[{DASHES}][^\S\n]*\n\s*(\w{{1,40}})")
_RUN = re.compile(r"[^\W_]+|\s+|.", re.DOTALL)
_LIKE_LATIN = str.maketrans("ABCEHKMOPTXYaceopxyhkmtbІі", "АВСЕНКМОРТХУасеорхункмтвІі")
_LIKE_FIGURE = str.maketrans("0360", "озбо")
_ALONE_IN_LATIN = {"c": "с", "co": "со", "k": "к", "ko": "ко", "b": "в", "ha": "на", "o": "о", "no": "по"}
_ROMAN = re.compile(r"[iіvxх]+|[iі1][vу]|[vу][iі]+", re.IGNORECASE)
_ROMAN_WITH_WORD = re.compile(r"([IV]{1,4})([а-яё]{2,})")
_MONTHS = frozenset({"янва", "февр", "апре", "авгу", "сент", "октя", "нояб", "дека"})
_ENDING_OF_NUMBER = frozenset(
    {"го", "ую", "ю", "ое", "ого", "му", "ым", "е", "й", "я", "х", "ти", "ми", "ая", "ый", "ой"}
)


def folded(text: str, known: Collection[str] = ()) -> str:
    """`text` on one line: white space folded, invisible characters gone, words joined that a hyphen broke over a line.

    The hyphen goes where the joined word is one of `known` (small letters), else it stays: «педагог-психолог».
    """
    visible = _INVISIBLE.sub("", text)

    def joined(found: re.Match[str]) -> str:
        whole = found[1] + found[2]
        return whole if whole.lower().replace("ё", "е") in known else f"{found[1]}-{found[2]}"

    if "\n" in visible:
        visible = _BROKEN_WORD.sub(joined, visible)
    return " ".join("".join(one if one.isprintable() or one.isspace() else " " for one in visible).split())


@dataclass(frozen=True, slots=True)
class Plain:
    """A text for rules and the way back to what is printed."""

    printed: str
    """The folded text that it was made of."""
    text: str
    begins: tuple[int, ...]
    """For every character of `text` the place in `printed` where its word begins."""
    ends: tuple[int, ...]
    """… and where it ends."""
    mended: tuple[tuple[str, str], ...] = ()
    """Words that were one letter wrong: (as printed, as read)."""

    def source(self, first: int, end: int) -> str:
        """What is printed where `text[first:end]` stands."""
        if first >= end:
            return ""
        return self.printed[self.begins[first] : self.ends[end - 1]].strip()


def plain(printed: str, known: Collection[str] = ()) -> Plain:
    """The text for rules of a folded text; `known` are words in small letters that a misprint may be mended to."""
    out: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    mended: list[tuple[str, str]] = []
    for run in _RUN.finditer(printed[:LONGEST]):
        written = _plain_run(run[0], known, mended)
        if written == " " and out and out[-1] == " ":
            continue
        out.extend(written)
        begins.extend([run.start()] * len(written))
        ends.extend([run.end()] * len(written))
    return Plain(printed, "".join(out), tuple(begins), tuple(ends), tuple(mended))


def plain_text(text: str, known: Collection[str] = ()) -> str:
    """The text for rules alone."""
    return plain(folded(text, known), known).text.strip()


def _plain_run(run: str, known: Collection[str], mended: list[tuple[str, str]]) -> str:
    first = run[0]
    if first in DASHES:
        return "-"
    if not first.isalnum():
        return first if first in ".,;:/()№&+%" else " "
    if run.isdigit():
        return unicodedata.normalize("NFKC", run)
    if _ROMAN.fullmatch(run) and not run.isdigit() and run.lower() not in ("х", "у"):
        return run.lower().translate(str.maketrans("іухХ1", "ivxxi"))
    if joined := _ROMAN_WITH_WORD.fullmatch(run):  # «IVкв»
        return f"{joined[1].lower()} {joined[2].lower()}"
    if any(one.isdigit() for one in run):
        return _mixed_run(run, known, mended)
    return _word(run, known, mended)


def _mixed_run(run: str, known: Collection[str], mended: list[tuple[str, str]]) -> str:
    """«сентябрь2025г», «1го», and words with a figure for a letter: «сентя6рь»."""
    scanned = _small(run.translate(_LIKE_FIGURE))
    if scanned in known:
        mended.append((run, scanned))
        return scanned
    parts: list[str] = []
    for group in re.findall(r"\d+|\D+", run):
        if parts and not group[0].isdigit():
            parts.append("-" if group.lower() in _ENDING_OF_NUMBER and len(parts[-1]) <= 2 else " ")
        elif parts:
            parts.append(" ")
        parts.append(group if group[0].isdigit() else _word(group, known, mended))
    return "".join(parts)


def _word(run: str, known: Collection[str], mended: list[tuple[str, str]]) -> str:
    if run.isascii():
        in_russian = run.lower() if run.lower() in _ALONE_IN_LATIN else ""
        if in_russian:
            return _ALONE_IN_LATIN[in_russian]
        return translated if (translated := _small(run.translate(_LIKE_LATIN))) in known else run.lower()
    word = _small(run.translate(_LIKE_LATIN))
    if len(word) < SHORTEST_TO_MEND or word in known:
        return word
    near = {one for one in known if one[0] == word[0] and not _other_ending(word, one) and one_letter_apart(word, one)}
    if near and len({one[:4] for one in near}) == 1:
        mended.append((run, min(near, key=lambda one: (abs(len(one) - len(word)), one))))
        return mended[-1][1]
    return word


def _other_ending(word: str, known: str) -> bool:
    """Whether the words differ in their ending alone, as forms of one word do; a month's name has no such forms."""
    return known[:-2] == word[: len(known) - 2] and word[:4] not in _MONTHS


def _small(word: str) -> str:
    return unicodedata.normalize("NFC", word).lower().replace("ё", "е")


def one_letter_apart(one: str, other: str) -> bool:
    """Whether a letter too many, missing, wrong, or two letters in the wrong order make the difference."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, others_rest = one[start:], other[start:]
    if len(rest) == len(others_rest):
        swapped = len(rest) > 1 and rest[:2] == others_rest[1::-1] and rest[2:] == others_rest[2:]
        return rest[1:] == others_rest[1:] or swapped
    return rest[1:] == others_rest if len(rest) > len(others_rest) else rest == others_rest[1:]
