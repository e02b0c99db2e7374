"""Numbers that Word counts itself (numPr): levels, restarts, «%1.%2.», numbering that a style brings along."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

from workflows.road_maps.reader.formats.characters import clean
from workflows.road_maps.reader.formats.numerals import numeral

_MOST_LEVELS = 9
_LONGEST_CHAIN = 20
"""Styles based on each other; a circle must end."""
_PLACEHOLDER = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    format: str = "decimal"
    text: str = ""
    restart: int | None = None
    legal: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class _List:
    """A w:num: its abstract list, what it overrides, and where it begins anew."""

    abstract: str
    levels: dict[int, _Level]
    starts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph's style says that matters here."""

    name: str = ""
    based_on: str = ""
    outline: int | None = None
    list_id: str | None = None
    level: int | None = None


def value(element: etree._Element | None, name: str = "val") -> str | None:
    """An attribute of an office element, whichever of the two namespaces it has."""
    if element is None:
        return None
    namespace = element.tag.rpartition("}")[0]
    found: str | None = element.get(f"{namespace}}}{name}")
    return found if found is not None else element.get(name)


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of a name."""
    return None if element is None else next(element.iterchildren(f"{{*}}{name}"), None)


def whole(text: str | None, otherwise: int = 0) -> int:
    """A whole number out of an attribute; whatever is none is taken for `otherwise`."""
    try:
        return max(-32768, min(int(float(text or "")), 1_000_000))
    except (ValueError, OverflowError):
        return otherwise


def styles_of(root: etree._Element | None) -> dict[str, Style]:
    """Paragraph styles by id; the default one also stands under «»."""
    styles: dict[str, Style] = {}
    for element in root.iterchildren("{*}style") if root is not None else ():
        if value(element, "type") not in (None, "paragraph"):
            continue
        paragraph = child(element, "pPr")
        number, outline = child(paragraph, "numPr"), value(child(paragraph, "outlineLvl"))
        level = value(child(number, "ilvl"))
        style = Style(
            (value(child(element, "name")) or "").lower(),
            value(child(element, "basedOn")) or "",
            None if outline is None else whole(outline, 9),
            value(child(number, "numId")),
            None if level is None else whole(level),
        )
        styles[value(element, "styleId") or ""] = style
        if value(element, "default") in ("1", "true"):
            styles.setdefault("", style)
    return styles


def inherited(styles: dict[str, Style], style_id: str) -> list[Style]:
    """A style and those that it is based on, nearest first."""
    chain: list[Style] = []
    while (style := styles.get(style_id)) is not None and len(chain) < _LONGEST_CHAIN:
        chain.append(style)
        if not style.based_on:
            break
        style_id = style.based_on
    return chain


class Numbering:
    """Counts the numbers of a document; ask it for each paragraph once, in order."""

    def __init__(self, root: etree._Element | None, styles: dict[str, Style]) -> None:
        self._styles = styles
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List] = {}
        self._counters: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        if root is not None:
            self._read(root)

    def _read(self, root: etree._Element) -> None:
        links: dict[str, str] = {}
        for element in root.iterchildren("{*}abstractNum"):
            abstract_id = value(element, "abstractNumId") or ""
            levels = (_level(level) for level in element.iterchildren("{*}lvl"))
            self._abstract[abstract_id] = dict(levels)
            if link := value(child(element, "numStyleLink")):
                links[abstract_id] = link
        for element in root.iterchildren("{*}num"):
            starts, levels_over = {}, {}
            for override in element.iterchildren("{*}lvlOverride"):
                place = whole(value(override, "ilvl"))
                if (level := child(override, "lvl")) is not None:
                    levels_over[place] = _level(level)[1]
                if (start := value(child(override, "startOverride"))) is not None:
                    starts[place] = whole(start, 1)
            abstract_id = value(child(element, "abstractNumId")) or ""
            self._lists[value(element, "numId") or ""] = _List(abstract_id, levels_over, starts)
        for abstract_id, link in links.items():
            style = self._styles.get(link)
            target = self._lists.get(style.list_id or "") if style else None
            if target is not None and not self._abstract[abstract_id]:
                self._abstract[abstract_id] = self._abstract.get(target.abstract, {})

    def _where(self, properties: etree._Element | None, chain: list[Style]) -> tuple[str, int] | None:
        """(list, level) of a paragraph, from itself or from its style."""
        own = child(properties, "numPr")
        list_id, level_text = value(child(own, "numId")), value(child(own, "ilvl"))
        level = None if level_text is None else whole(level_text)
        if list_id is None:
            list_id = next((style.list_id for style in chain if style.list_id is not None), None)
            if level is None:
                level = self._level_of_style(list_id, value(child(properties, "pStyle")) or "", chain)
        if list_id is None or list_id == "0" or list_id not in self._lists:
            return None
        return list_id, max(0, min(level or 0, _MOST_LEVELS - 1))

    def _level_of_style(self, list_id: str | None, style_id: str, chain: list[Style]) -> int | None:
        listed = self._lists.get(list_id or "")
        if listed is not None:
            for place, level in self._abstract.get(listed.abstract, {}).items():
                if level.style and level.style == style_id:
                    return place
        return next((style.level for style in chain if style.level is not None), None)

    def label(self, properties: etree._Element | None, chain: list[Style]) -> str:
        """«1.2.», «а)», «•» of the next paragraph with these properties, empty where it has no number."""
        where = self._where(properties, chain)
        if where is None:
            return ""
        list_id, place = where
        listed = self._lists[list_id]
        levels = self._abstract.get(listed.abstract, {}) | listed.levels
        level = levels.get(place, _Level(text=f"%{place + 1}."))
        if level.format == "bullet":
            return "–" if level.text.strip() in ("-", "–", "—", "‒", "−") else "•"
        counters = self._counters.setdefault(listed.abstract, {})
        if (list_id, place) not in self._begun:
            self._begun.add((list_id, place))
            if place in listed.starts:
                counters.pop(place, None)
                level = replace(level, start=listed.starts[place])
        counters[place] = counters.get(place, level.start - 1) + 1
        for deeper in [other for other in counters if other > place]:
            restart = levels.get(deeper, _Level()).restart
            if restart is None or place < restart:
                del counters[deeper]

        def written(found: re.Match[str]) -> str:
            shown = int(found[1]) - 1
            other = levels.get(shown, _Level())
            return numeral(counters.get(shown, other.start), "decimal" if level.legal else other.format)

        return clean(_PLACEHOLDER.sub(written, level.text)).strip()


def _level(element: etree._Element) -> tuple[int, _Level]:
    restart, legal = value(child(element, "lvlRestart")), child(element, "isLgl")
    form = element.find(".//{*}numFmt")
    return whole(value(element, "ilvl")), _Level(
        whole(value(child(element, "start")), 1),
        value(form) or "decimal",
        (value(child(element, "lvlText")) or "")[:100],
        None if restart is None else whole(restart),
        legal is not None and value(legal) not in ("0", "false"),
        value(child(element, "pStyle")) or "",
    )
