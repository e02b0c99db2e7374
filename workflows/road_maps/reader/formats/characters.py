"""Characters that programs leave in a text and nobody sees."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"))
_SAME = {ord("\u2011"): "-", ord("\u2028"): "\n", ord("\u2029"): "\n", 0x0B: "\n", 0x0C: "\n", 0x85: "\n"}
_OTHER = str.maketrans({**_INVISIBLE, **_SAME})
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BULLETS = re.compile("[\uf000-\uf8ff]")


def clean(text: str) -> str:
    """The text as it is seen: no soft hyphens and marks without width, «й» one letter, a bullet of a symbol font «•».

    Lines («\\n»), tabs and no-break spaces stay.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").translate(_OTHER))
    return unicodedata.normalize("NFC", _BULLETS.sub("•", text))


def joined_lines(text: str) -> str:
    """The lines of a cell without blank ones and without blanks at their ends."""
    return "\n".join(line for line in (line.strip() for line in text.split("\n")) if line)
