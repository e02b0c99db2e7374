"""The words of roles and documents: read from YAML, added to by plugins, found in a text.

How a phrase is written stands at the head of `words.yaml`. Looking a text up costs a table look-up a word, not a search
for each phrase.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from workflow_core.exceptions import Finding, InvalidDefinition
from workflows.road_maps.map_file import DOCUMENTS, ROLES

SHIPPED = Path(__file__).with_name("words.yaml")
NOBODY, NOTHING = "nobody", "nothing"
"""Codes of phrases that name no role and no document, and hide the words in them."""

_BETWEEN = r"[ .()/№-]+"
_GAPS = {".": r"(?:[ ,()/№-]+\w+){0,2}?", "..": r"(?:[ ,()/№-]+\w+){0,8}?"}
_WORD = re.compile(r"\w+")
_STEM = 3
"""Letters of a phrase's first word by which it is looked up."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of a vocabulary; `made` as in words.yaml."""

    code: str
    written: tuple[str, ...]
    words: int
    """Words of its own, gaps not counted: the more, the more exactly it speaks."""
    made: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first looked for: most phrases of the vocabulary never are."""
        return _compiled(self.written)


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found in a text, with its place there."""

    code: str
    first: int
    end: int
    made: bool


@dataclass(slots=True)
class Phrases:
    """Phrases looked up by the first letters of their first word."""

    by_stem: dict[str, list[Phrase]] = field(default_factory=lambda: defaultdict(list))

    def add(self, code: str, written: str, made: bool = False) -> None:
        """Take one phrase as it is written in the file. Raises ValueError where it has no words."""
        words = written.split()
        if not words or words[0] in _GAPS or words[-1] in _GAPS:
            raise ValueError(written)
        phrase = Phrase(code, tuple(words), sum(word not in _GAPS for word in words), made)
        for one in words[0].split("|"):
            self.by_stem["" if one.startswith("*") else one.rstrip("*")[:_STEM]].append(phrase)

    def matches(self, text: str) -> Iterator[Match]:
        """For every word of a plain text what begins with it: for each code the most exact phrase, the most exact first."""
        for word in _WORD.finditer(text):
            found: dict[str, tuple[tuple[int, int], Match]] = {}
            for length in range(min(_STEM, len(word[0])) + 1):
                for phrase in self.by_stem.get(word[0][:length], ()):
                    one = phrase.pattern.match(text, word.start())
                    if one is None:
                        continue
                    rank = (phrase.words, -one.end())
                    if phrase.code not in found or rank > found[phrase.code][0]:
                        found[phrase.code] = rank, Match(phrase.code, one.start(), one.end(), phrase.made)
            yield from (match for _rank, match in sorted(found.values(), key=lambda pair: pair[0], reverse=True))


@dataclass(slots=True)
class Vocabulary:
    """What the reader knows of roles and documents."""

    roles: Phrases = field(default_factory=Phrases)
    documents: Phrases = field(default_factory=Phrases)
    making: Phrases = field(default_factory=Phrases)


@cache
def default_vocabulary() -> Vocabulary:
    """The shipped words alone."""
    return vocabulary_of(())


def vocabulary_of(added: Iterable[Path]) -> Vocabulary:
    """The shipped words and those of the files that plugins add. Raises InvalidDefinition, naming file and mistakes."""
    found = Vocabulary()
    for path in (SHIPPED, *added):
        _take(found, path)
    return found


def check_words(path: Path) -> list[Finding]:
    """What is wrong with a file of words; nothing for a sound one."""
    try:
        _take(Vocabulary(), path)
    except InvalidDefinition as exc:
        return list(exc.findings)
    return []


def _take(found: Vocabulary, path: Path) -> None:
    findings: list[Finding] = []
    data = _loaded(path)
    for code, phrases in _entries(data, "roles", (*ROLES, NOBODY), path, findings):
        _add(found.roles, code, phrases, path, findings)
    for code, entry in _entries(data, "documents", (*DOCUMENTS, NOTHING), path, findings):
        by_way = entry if isinstance(entry, Mapping) else {"named": entry}
        for way, phrases in by_way.items():
            if way not in ("named", "made"):
                findings.append(_finding(path, f"documents.{code}: «{way}» здесь не бывает; есть: named, made."))
                continue
            _add(found.documents, code, phrases, path, findings, made=way == "made")
    _add(found.making, "making", data.get("making") or (), path, findings)
    findings.extend(
        _finding(path, f"«{key}» здесь не бывает; есть: roles, documents, making.")
        for key in data
        if key not in ("roles", "documents", "making")
    )
    if findings:
        raise InvalidDefinition(findings)


def _loaded(path: Path) -> Mapping[str, Any]:
    try:
        data = YAML(typ="safe").load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidDefinition([_finding(path, "файл не открывается как текст UTF-8.")]) from exc
    except YAMLError as exc:
        mark = exc.problem_mark if isinstance(exc, MarkedYAMLError) else None
        raise InvalidDefinition([_finding(path, "это не YAML.", mark.line + 1 if mark else 0)]) from exc
    if not isinstance(data, Mapping):
        raise InvalidDefinition([_finding(path, "нужны разделы roles и documents.")])
    return data


def _entries(
    data: Mapping[str, Any], section: str, codes: Sequence[str], path: Path, findings: list[Finding]
) -> Iterator[tuple[str, Any]]:
    entries = data.get(section) or {}
    if not isinstance(entries, Mapping):
        findings.append(_finding(path, f"{section}: нужен перечень по кодам."))
        return
    for code, entry in entries.items():
        if code in codes:
            yield code, entry
        else:
            findings.append(_finding(path, f"{section}: кода «{code}» нет; есть: {', '.join(codes)}."))


def _add(phrases: Phrases, code: str, written: Any, path: Path, findings: list[Finding], *, made: bool = False) -> None:
    if not isinstance(written, list | tuple):
        findings.append(_finding(path, f"{code}: нужен список фраз."))
        return
    for one in written:
        try:
            phrases.add(code, one, made)
        except (AttributeError, ValueError):
            findings.append(_finding(path, f"{code}: «{one}» – не фраза."))


def _finding(path: Path, text: str, line: int = 0) -> Finding:
    return Finding("wrong_words", text[0].upper() + text[1:], file=str(path), line=line)


@cache
def _compiled(words: tuple[str, ...]) -> re.Pattern[str]:
    pattern = ""
    for place, word in enumerate(words):
        if word in _GAPS:
            pattern += _GAPS[word]
            continue
        if place:
            pattern += f"(?:{_BETWEEN}|, )" if words[place - 1] in _GAPS else _BETWEEN
        pattern += f"(?:{'|'.join(_word_pattern(one) for one in word.split('|'))})"
    return re.compile(pattern)


def _word_pattern(word: str) -> str:
    begin, end = word.startswith("*"), word.endswith("*")
    return rf"\w*{re.escape(word[1:])}\b" if begin else re.escape(word.rstrip("*")) + (r"\w*" if end else r"\b")
