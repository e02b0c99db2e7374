"""What stands before a plan: title, organisation, stamps, goals, abbreviations; the rest is shown as not recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.road_maps.deadlines import Period
from workflows.road_maps.reader.folding import Words, fold, key
from workflows.road_maps.reader.goals import read_goals
from workflows.road_maps.reader.line_rows import PAGE
from workflows.road_maps.reader.organisation import read_level, read_organisation
from workflows.road_maps.reader.period import period_in, read_period
from workflows.road_maps.reader.reading import Approval, Leftover
from workflows.road_maps.reader.source import Line
from workflows.road_maps.reader.stamp import read_stamps

_TITLE_WORD = re.compile(
    r"дорожн\w+\s+карт|\bплан\w*\b|\bкомплекс\w*\s+мер|\bпрограмма\b|\bграфик\b|\bмероприяти", re.I
)
_TITLE_START = re.compile(
    r"[«\"(]?(?:[а-яё-]+\s+){0,3}[«\"(]?(?:дорожн\w+|план\w*(?:-\w+)?|комплекс\w*|программа|график|перечень|мероприятия)\b",
    re.I,
)
_GOES_ON = re.compile(r"[(«\"а-яё]|на\s+\d|\d{4}")
_OTHER = re.compile(
    r"(?:настоящ|в целях|на основании|в соответствии|приложение|пояснительн|раздел\b|утвержд|согласован|"
    r"(?:период|срок)и?\s+(?:реализации|действия)|редакция от)",
    re.I,
)
_MOST_TITLE_LINES = 8


@dataclass(frozen=True, slots=True)
class Preamble:
    """Everything that is not in the table."""

    title: str
    organisation: str | None
    approved_by: Approval | None
    agreed_by: tuple[Approval, ...]
    period: Period | None
    level: str
    goals: tuple[str, ...]
    abbreviations: dict[str, str]
    unrecognised: tuple[Leftover, ...]
    set_aside: tuple[Leftover, ...]


def read_preamble(lines: Sequence[Line], headings: Sequence[str], words: Words) -> Preamble:
    """Read the lines before the plan; `headings` are its sections' titles, which may tell its period."""
    pages = [line for line in lines if line.text.strip() and PAGE.fullmatch(line.text.strip())]
    stamps = read_stamps([line for line in lines if line not in pages])
    aims = read_goals(stamps.rest, words)
    title, before, after = _title(aims.rest, words)
    posts = [
        approval.position for approval in (stamps.approved_by, *stamps.agreed_by) if approval and approval.position
    ]
    organisation, used = read_organisation(title, [line.text for line in before], posts)
    rest = [line for line in (*before, *after) if fold(line.text, words)]
    left = [line for line in rest if fold(line.text) not in used]
    named = [line for line in rest if fold(line.text) in used and key(fold(line.text)) not in key(organisation or "")]
    texts = [fold(line.text, words) for line in rest]
    period = read_period(title, texts, headings)
    dated = next((line for line in left if period and period_in(fold(line.text)) == period), None)
    if dated is not None and dated in left and key(dated.text) == key(period.text if period else ""):
        left.remove(dated)
    return Preamble(
        title=title,
        organisation=organisation,
        approved_by=stamps.approved_by,
        agreed_by=stamps.agreed_by,
        period=period,
        level=read_level(title, organisation, " ".join([*texts, *posts])),
        goals=aims.goals,
        abbreviations=aims.abbreviations,
        unrecognised=tuple(Leftover(line.place, fold(line.text, words)) for line in left),
        set_aside=(
            *(Leftover(line.place, fold(line.text), "page_number") for line in pages),
            *(Leftover(line.place, fold(line.text, words), "organisation") for line in named),
        ),
    )


def _title(lines: Sequence[Line], words: Words) -> tuple[str, list[Line], list[Line]]:
    """The title on one line, the lines before it and those after."""
    first = _first(lines)
    if first is None:
        return "", list(lines), []
    end = first + 1
    blank = False
    while end < len(lines) and end - first < _MOST_TITLE_LINES * 2:
        text = fold(lines[end].text, words)
        if text and not _continues(lines[end - 1], lines[first:end], text, blank):
            break
        blank = not text
        end += 1
    title = fold("\n".join(line.text for line in lines[first:end] if line.text.strip()), words)
    return title, list(lines[:first]), list(lines[end:])


def _first(lines: Sequence[Line]) -> int | None:
    texts = [fold(line.text) for line in lines]
    for rule in (_TITLE_START.match, _TITLE_WORD.search):
        for place, text in enumerate(texts):
            if text and len(text.split()) <= 45 and not _OTHER.match(text) and rule(text):
                return place
    return next((place for place, line in enumerate(lines) if line.is_heading and line.text.strip()), None)


def _continues(above: Line, so_far: Sequence[Line], text: str, blank: bool) -> bool:
    if _OTHER.match(text) or len(text.split()) > 40 or text.endswith(":"):
        return False
    filled = [line for line in so_far if line.text.strip()]
    if len(filled) >= _MOST_TITLE_LINES:
        return False
    if blank:
        return bool(_GOES_ON.match(text)) or (text.isupper() and filled[-1].text.isupper())
    return not (
        filled[-1].text.strip().endswith(".")
        and not re.search(r"(?:г|гг|уч)\.$", filled[-1].text.strip())
        and text[0].isupper()
    )
