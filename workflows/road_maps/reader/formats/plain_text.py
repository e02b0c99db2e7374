"""Plain text: every physical line as a `Line`, blank ones and tabs included, because rows are told apart by them."""

from __future__ import annotations

import codecs
import re
from collections import Counter

from workflows.road_maps.reader.formats.characters import clean
from workflows.road_maps.reader.refusal import UnreadableFile, damaged, too_large, without_text
from workflows.road_maps.reader.source import Line, Source

LARGEST = 5_000_000
"""Bytes; the five real maps have 5 to 26 thousand."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ONE_BYTE = ("cp1251", "koi8-r", "cp866")
_FREQUENT = {letter: 11 - place for place, letter in enumerate("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё")}
"""Letters by how often they are written; the rare ones count against an encoding."""
_CAPITAL_INSIDE = re.compile("[а-яё][А-ЯЁ]")
_SAMPLE = 65536


def decoded(content: bytes) -> str:
    """The characters of a text in UTF-8, UTF-16, UTF-32, cp1251, koi8-r or cp866, whichever it is.

    Raises UnreadableFile where the bytes are no text.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    if wide := _without_mark(content):
        return _strictly(content, wide)
    if _is_binary(content):
        raise not_text()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as exc:
        if exc.reason == "unexpected end of data":  # cut off inside a letter
            raise damaged() from exc
    if (nearly := mostly_utf8(content)) is not None:
        return nearly
    sample = content[:_SAMPLE]
    likely = max(_ONE_BYTE, key=lambda encoding: _russian(sample.decode(encoding, errors="replace")))
    return content.decode(likely, errors="replace")


def mostly_utf8(content: bytes) -> str | None:
    """The text if it is UTF-8 but for a few broken letters, else None: in another encoding nearly every letter is broken."""
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return text if broken * 20 < sum(not part.isascii() for part in text.split()) else None


def not_text() -> UnreadableFile:
    """Bytes of which no format is known."""
    return UnreadableFile(
        "unknown_kind",
        "Это не документ с дорожной картой: загрузите файл Word, Excel, PDF, ODT, веб-страницу или обычный текст.",
    )


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as exc:
        raise damaged() from exc


def _without_mark(content: bytes) -> str:
    """UTF-16 that came without its mark: in a Russian text every second byte is 4 or 0."""
    sample = content[:2000]
    if len(sample) < 4 or len(content) % 2:
        return ""
    for encoding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if sum(high.count(byte) for byte in (0, 4)) > 0.9 * len(high) and 0 in high:
            return encoding
    return ""


def _is_binary(content: bytes) -> bool:
    sample = content[:_SAMPLE]
    strange = sum(sample.count(byte) for byte in (*range(9), *range(14, 32), 127))
    return b"\0" in content or strange > len(sample) // 50


def _russian(text: str) -> int:
    """How much it looks like Russian: frequent small letters, no capital inside a word, no frames of pseudo-graphics."""
    counted = Counter(text)
    score = sum(_FREQUENT.get(letter.lower(), 0) * many for letter, many in counted.items())
    score -= 30 * len(_CAPITAL_INSIDE.findall(text))
    return score - 10 * sum(many for sign, many in counted.items() if "\u2500" <= sign <= "\u259f" or sign == "\ufffd")


def read(content: bytes) -> Source:
    """Lines «строка N» in order; a blank line has an empty text, blanks at the end of a line are gone, tabs are kept.

    Raises UnreadableFile.
    """
    if len(content) > LARGEST:
        raise too_large()
    text = clean(decoded(content))
    if not text.strip():
        raise without_text()
    lines = (Line(line.rstrip(" \xa0"), f"строка {number}") for number, line in enumerate(text.split("\n"), 1))
    return Source("text", tuple(lines))
