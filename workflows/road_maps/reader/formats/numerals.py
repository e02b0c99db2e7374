"""Numbers that a program counts itself, written as it shows them: 1, 01, a, б, IV."""

from __future__ import annotations

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщэюя"
"""Word and Writer leave out ё, й, ъ, ы, ь."""


def numeral(value: int, style: str) -> str:
    """A number in a style of Word: decimal, decimalZero, lowerRoman, upperLetter, russianLower … ; unknown ones are decimal."""
    if style == "none":
        return ""
    if style == "decimalZero":
        return f"{value:02}"
    if 0 < value < 4000 and style.lower() in ("lowerroman", "upperroman"):
        return _cased(_roman(value), style)
    for name, letters in (("letter", _LATIN), ("russianlower", _RUSSIAN), ("russianupper", _RUSSIAN)):
        if style.lower().endswith(name) and value > 0:
            return _cased(letters[(value - 1) % len(letters)] * min((value - 1) // len(letters) + 1, 20), style)
    return str(value)


def _cased(text: str, style: str) -> str:
    return text.upper() if "upper" in style.lower() else text


def _roman(value: int) -> str:
    text = ""
    for worth, letters in _ROMAN:
        times, value = divmod(value, worth)
        text += letters * times
    return text
