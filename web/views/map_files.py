"""An uploaded road map on its pages: the list of files, the file beside its reading, what is still open before it is accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from web.formatting import count, russian_date, school_year_of
from web.views.items import counted_items
from web.views.map_source import SourceBlock, SourcePages
from workflow_core.guards import Actor
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations import policy
from workflows.road_maps import accepting, map_files, queries
from workflows.road_maps.deadlines import describe
from workflows.road_maps.map_file import DOCUMENTS
from workflows.road_maps.review import BY_HAND, Doubt, Review, ReviewItem, ReviewSection
from workflows.road_maps.tables import MapFile, MapFileStatus, OwnMap

DOCUMENT_TITLES: Mapping[str, str] = {
    "order": "приказ",
    "order_appendix_regulation": "положение приложением к приказу",
    "order_appendix_roadmap": "дорожная карта приложением к приказу",
    "pair_assignment_order": "приказ о закреплении пар",
    "personalised_programme": "персонализированная программа",
    "individual_plan": "индивидуальный план",
    "plan_approval_order": "приказ об утверждении планов",
    "personal_data_consent": "согласие на обработку персональных данных",
    "mentor_duty_consent": "согласие наставника",
    "questionnaire": "анкета",
    "mentee_register": "база наставляемых",
    "mentor_register": "база наставников",
    "partner_register": "база партнёров",
    "partner_agreement": "соглашение с партнёром",
    "methodical_recommendations": "методические рекомендации",
    "training_materials": "учебные материалы",
    "monitoring_report": "отчёт о мониторинге",
    "fsn_statistics": "форма статистики",
    "case": "кейс",
    "regulation": "положение",
    "roadmap": "дорожная карта",
    "web_publication": "публикация на сайте",
    "event": "мероприятие",
    "meeting": "совещание",
    "analytic_report": "аналитическая справка",
    "motivation_rules": "порядок поощрения",
    "other": "другое",
}
LEVEL_TITLES: Mapping[str, str] = {
    "typical": "типовая карта",
    "school": "карта школы",
    "kindergarten": "карта детского сада",
    "college": "карта колледжа",
    "municipality": "карта района",
    "region": "карта региона",
    "other": "другая",
}
ALL, DOUBTS, UNDATED = "all", "doubts", "undated"
SHOWS = (ALL, DOUBTS, UNDATED)
OWN, RUNNING = "own", "run"
"""What an accepted file may be an edition of: a map of the organisation, a map at work."""
ITEMS_SHOWN = 40
"""Rows of a filtered reading on one page."""
LEFTOVERS_SHOWN = 30


def document_choices() -> list[tuple[str, str]]:
    """Kinds of papers that an item may name: (code, words)."""
    return [(code, DOCUMENT_TITLES[code]) for code in DOCUMENTS]


# -- the list of files ------------------------------------------------------------------------------------------------


def file_lines(read: UnitOfWork) -> list[dict[str, Any]]:
    """Uploaded files, newest first."""
    own = {row.id: row for row in queries.own_maps(read.session, read.scope)}
    year = school_year_of(read.today)
    return [
        {
            "name": line.name,
            "url": url_for("road_maps.file", map_file_id=line.id),
            "date": russian_date(line.uploaded_on, year),
            "who": line.uploaded_by,
            "state": _state_words(line, own),
        }
        for line in queries.map_files(read.session, read.scope)
    ]


def _state_words(line: queries.FileLine, own: Mapping[str, OwnMap]) -> tuple[str, str]:
    """Colour and word of a file's state."""
    if line.own_map_id and line.own_map_id in own:
        return ("green", "карта принята")
    words = {
        MapFileStatus.WAITING: ("amber", "читается"),
        MapFileStatus.READ: ("blue", "проверяется"),
        MapFileStatus.REFUSED: ("red", "не прочитан"),
    }
    return words[MapFileStatus(line.reading_status)]


# -- the file beside its reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileQuery:
    """What the address of a file's page asks for; `sheet` 0 is the sheet of the first open doubt."""

    file_id: str
    show: str = ALL
    sheet: int = 0
    at: str = ""
    """The doubt that is open as a question."""
    item: str = ""
    """The item that is open as a form."""
    add: str = ""
    """«section:item»: behind which item a new one is typed."""
    near: str = ""
    """The item whose sheet is shown, with nothing opened."""
    section: str = ""
    about: bool = False
    wide: bool = False
    after: int = 0
    """How many rows of a filtered reading stand before this page."""

    def address(self, anchor: str = "", **changes: Any) -> str:
        """The same page with something else open."""
        kept = {"show": self.show if self.show != ALL else None, "sheet": self.sheet or None}
        kept["wide"] = 1 if self.wide else None
        return url_for("road_maps.file", map_file_id=self.file_id, _anchor=anchor or None, **{**kept, **changes})


@dataclass(frozen=True, slots=True)
class Mark:
    """A doubt of a row that is not open as a question now: a link to it, and what it was answered."""

    text: str
    url: str
    is_open: bool
    leave: Doubt | None = None
    """Set where «Оставить без срока» needs no question."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item in the reading."""

    id: str
    anchor: str
    number: str
    title: str
    due: str
    who: str
    notes: tuple[tuple[str, str], ...]
    """Further fields in words: (what, value)."""
    marks: tuple[Mark, ...]
    question: Doubt | None
    is_doubtful: bool
    is_removed: bool
    edit_url: str
    add_url: str
    confirmed: Mapping[str, str]
    """Field -> «вы подтвердили»."""


@dataclass(frozen=True, slots=True)
class SectionRows:
    """Rows of one section on the page."""

    id: str
    number: str
    title: str
    lead_in: str
    edit_url: str
    add_url: str
    rows: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True)
class FileView:
    """A file's page."""

    row_id: str
    version: int
    name: str
    total: str
    """«Прочитано 14 пунктов.»"""
    doubts: int
    """All doubtful places, answered ones too."""
    settled: int
    open_doubts: int
    undated: int
    items: int
    sheets: int
    sheet: int
    previous_url: str
    next_url: str
    more_url: str
    source: tuple[SourceBlock, ...]
    sections: tuple[SectionRows, ...]
    next_doubt_url: str
    alike: int
    """Open doubts of the same kind as the one that is asked, besides it."""
    about: tuple[tuple[str, str], ...]
    about_missing: tuple[str, ...]
    leftovers: tuple[Any, ...]
    leftovers_left: int
    remarks: tuple[str, ...]
    section_choices: tuple[tuple[str, str], ...]
    own_map: OwnMap | None
    adopt_url: str
    can_change: bool
    query: FileQuery


def file_view(read: UnitOfWork, actor: Actor, row: MapFile, query: FileQuery) -> FileView:
    """The file laid beside its reading. Raises NotFound while nothing is read."""
    review = map_files.reviewed(read, row)
    can_change = policy.may(actor, "map.upload")
    pages = SourcePages(row.source, review.columns)
    chosen = _Chosen(review, pages, query, can_change)
    own = queries.own_map(read.session, read.scope, row.own_map_id) if row.own_map_id else None
    open_doubts = review.open_doubts
    found = accepting.problems(review)
    leftovers = [left for left in review.leftovers if not left.became]
    return FileView(
        row_id=row.id,
        version=row.version,
        name=row.name,
        total=f"Прочитано {counted_items(len(review.items))}.",
        doubts=len(review.doubts),
        settled=len(review.doubts) - len(open_doubts),
        open_doubts=len(open_doubts),
        undated=len(review.without_deadline),
        items=len(review.items),
        sheets=len(pages.sheets),
        sheet=chosen.sheet,
        previous_url=query.address(sheet=chosen.sheet - 1) if chosen.sheet > 1 else "",
        next_url=query.address(sheet=chosen.sheet + 1) if chosen.sheet < len(pages.sheets) else "",
        more_url=chosen.more_url,
        source=tuple(
            pages.marked(
                chosen.sheet,
                [doubt.place for doubt in open_doubts],
                chosen.current.place if chosen.current else "",
            )
        ),
        sections=tuple(chosen.sections()),
        next_doubt_url=chosen.next_doubt_url(),
        alike=sum(bool(chosen.current and one.code and one.code == chosen.current.code) for one in open_doubts) - 1,
        about=tuple(_about(review)),
        about_missing=tuple(text for place, text in found.items() if place.startswith("about.")),
        leftovers=tuple(leftovers[:LEFTOVERS_SHOWN]),
        leftovers_left=len(leftovers),
        remarks=tuple(_remarks(review)),
        section_choices=tuple((one.id, _section_title(one)) for one in review.sections),
        own_map=own,
        adopt_url=url_for("road_maps.adopt", code=own.code) if own else "",
        can_change=can_change,
        query=query,
    )


def _about(review: Review) -> Iterator[tuple[str, str]]:
    stamp = review.approved_by or {}
    yield "Название", review.title or "не указано"
    yield "Организация", review.organisation or "не указана"
    yield "Период", review.period.text if review.period else "не указан"
    yield "Чья карта", LEVEL_TITLES.get(review.level, "другая")
    if stamp:
        day = stamp.get("date")
        told = [stamp.get("position") or "", stamp.get("name") or "", f"от {_day(day)}" if day else ""]
        yield "Утверждена", ", ".join(part for part in told if part)


def _day(text: str) -> str:
    year, month, day = text.split("-")
    return f"{day}.{month}.{year}"


def _remarks(review: Review) -> Iterator[str]:
    for warning in review.remarks:
        place = warning.get("place") or warning.get("line") or ""
        yield f"{warning['message']} ({place})" if place else str(warning["message"])


def _section_title(section: ReviewSection) -> str:
    return ". ".join(part for part in (section.number or "", section.title) if part) or "Без названия"


class _Chosen:
    """What of a reading the page shows: the sheet, its items, the doubt that is asked."""

    def __init__(self, review: Review, pages: SourcePages, query: FileQuery, can_change: bool) -> None:
        self.review, self.pages, self.query, self.can_change = review, pages, query, can_change
        asked = review.doubt(query.at) if query.at else None
        self.sheets, self.labels = dict(_sheets(review, pages)), review.labels()
        self.sheet = self._sheet(asked)
        self.shown, self.more_url = self._shown()
        self.current = self._current(asked)

    def _sheet(self, asked: Doubt | None) -> int:
        last = len(self.pages.sheets)
        if asked:
            return self.sheets.get(asked.item, 1)
        opened = self.query.item or self.query.near or self.query.add.partition(":")[2]
        if opened in self.sheets:
            return self.sheets[opened]
        section = next((one for one in self.review.sections if one.id == self.query.section), None)
        if section and section.items and not self.query.sheet:
            return self.sheets[section.items[0].id]
        if self.query.sheet:
            return min(max(self.query.sheet, 1), last)
        first = next(iter(self.review.open_doubts), None)
        return self.sheets.get(first.item, 1) if first else 1

    def _shown(self) -> tuple[set[str], str]:
        """Ids of the items on the page, and the address of the rest of a filtered reading."""
        if self.query.show == ALL:
            return {item for item, sheet in self.sheets.items() if sheet == self.sheet}, ""
        found = self.review.without_deadline if self.query.show == UNDATED else self._doubtful()
        begin = self.query.after
        shown = found[begin : begin + ITEMS_SHOWN]
        rest = begin + ITEMS_SHOWN < len(found)
        return {item.id for item in shown}, self.query.address(after=begin + ITEMS_SHOWN) if rest else ""

    def _doubtful(self) -> tuple[ReviewItem, ...]:
        asked = self.query.at.partition(".")[0]
        return tuple(item for item in self.review.items if item.open_doubts or item.id == asked)

    def _current(self, asked: Doubt | None) -> Doubt | None:
        if asked or self.query.item or self.query.add or self.query.section or not self.can_change:
            return asked
        return next((doubt for doubt in self.review.open_doubts if doubt.item in self.shown), None)

    def next_doubt_url(self) -> str:
        """The open doubt behind the one that is asked, from the beginning after the last; empty where none is left."""
        waiting = self.review.open_doubts
        if not waiting:
            return ""
        ids = [doubt.id for doubt in self.review.doubts]
        here = ids.index(self.current.id) if self.current and self.current.id in ids else -1
        behind = [doubt for doubt in waiting if ids.index(doubt.id) > here]
        return self._question_url((behind or waiting)[0])

    def _question_url(self, doubt: Doubt) -> str:
        return self.query.address(f"item-{doubt.item}", at=doubt.id, sheet=None)

    def sections(self) -> Iterator[SectionRows]:
        for section in self.review.sections:
            rows = tuple(self._row(section, item) for item in section.items if item.id in self.shown)
            if rows:
                yield SectionRows(
                    section.id,
                    section.number or "",
                    section.title,
                    section.lead_in or "",
                    self.query.address(f"section-{section.id}", section=section.id, sheet=self.sheet),
                    rows[-1].add_url,
                    rows,
                )

    def _row(self, section: ReviewSection, item: ReviewItem) -> ItemRow:
        question = self.current if self.current and self.current.item == item.id else None
        values, deadline = item.values, item.deadline
        doubts = () if item.is_removed else item.doubts
        return ItemRow(
            id=item.id,
            anchor=f"item-{item.id}",
            number=self.labels.get(item.id, ""),
            title=accepting.shortened(values["text"], values["subpoints"]) or "текста нет",
            due=describe(deadline) if deadline else "",
            who=values["responsible"]["text"] if values["responsible"] else "",
            notes=tuple(_notes(item)),
            marks=tuple(self._mark(doubt) for doubt in doubts if doubt is not question and doubt.is_open),
            question=None if item.is_removed else question,
            is_doubtful=any(doubt.is_open for doubt in doubts),
            is_removed=item.is_removed,
            edit_url=self.query.address(f"item-{item.id}", item=item.id, sheet=self.sheet),
            add_url=self.query.address("new-item", add=f"{section.id}:{item.id}", sheet=self.sheet),
            confirmed={doubt.field: _confirmed(doubt) for doubt in doubts if not doubt.is_open},
        )

    def _mark(self, doubt: Doubt) -> Mark:
        leave = doubt if doubt.code == "no_deadline" else None
        text = "в файле срока нет" if leave else doubt.question
        return Mark(text, self._question_url(doubt), doubt.is_open, leave)


def _confirmed(doubt: Doubt) -> str:
    return "вы исправили" if doubt.settled == BY_HAND else "вы подтвердили"


def _notes(item: ReviewItem) -> Iterator[tuple[str, str]]:
    values = item.values
    if values["result"]:
        yield "Результат", values["result"]
    if values["indicator"]:
        yield "Показатель", values["indicator"]
    if values["documents"]:
        yield "Документы", ", ".join(DOCUMENT_TITLES.get(code, code) for code in values["documents"])
    for note in item.notes:
        yield note["column"], note["text"]


def _sheets(review: Review, pages: SourcePages) -> Iterator[tuple[str, int]]:
    """Item -> sheet; an item that was added stands on that of the item above it."""
    sheet = 1
    for section in review.sections:
        for item in section.items:
            sheet = pages.sheet_of(item.place) or sheet
            yield item.id, sheet


# -- accepting --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AcceptView:
    """What stands between a reading and a map, and what stays open in it."""

    row_id: str
    version: int
    name: str
    title: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    problems: tuple[tuple[str, str], ...]
    """(sentence, address) of what has to be answered first."""
    open_doubts: tuple[tuple[str, str], ...]
    leftovers: int
    empty_sections: tuple[str, ...]
    becomes: tuple[tuple[str, str, str], ...]
    """(value, words, grey words) of what this file may become."""
    chosen: str


def accept_view(read: UnitOfWork, row: MapFile, chosen: str | None = None) -> AcceptView:
    """What accepting the map would give; `chosen` is what the refused form had ticked. Raises NotFound while nothing is read."""
    review = map_files.reviewed(read, row)
    query = FileQuery(row.id)
    sections = [section for section in review.sections if section.kept]
    names = {item_id: f"Пункт {label}. " if label else "" for item_id, label in review.labels().items()}
    texts = {item.id: accepting.shortened(item.values["text"], item.values["subpoints"]) for item in review.items}
    becomes = tuple(_becomes(read, row))
    alike = (value for value, words, _note in becomes if f"«{review.title.casefold()}»" in words.casefold())
    return AcceptView(
        row_id=row.id,
        version=row.version,
        name=row.name,
        title=review.title,
        sentence=f"{counted_items(len(review.items))} в {count(len(sections), 'разделе', 'разделах', 'разделах')}.",
        facts=tuple(_about(review))[1:],
        problems=tuple((text, _problem_url(query, place)) for place, text in accepting.problems(review).items()),
        open_doubts=tuple(
            (
                f"{names[doubt.item]}{texts[doubt.item]}: {doubt.question[0].lower()}{doubt.question[1:]}",
                query.address(f"item-{doubt.item}", at=doubt.id),
            )
            for doubt in review.open_doubts
        ),
        leftovers=sum(not left.became for left in review.leftovers),
        empty_sections=tuple(_section_title(one) for one in review.sections if not one.kept),
        becomes=becomes,
        chosen=chosen if chosen is not None else next(alike, ""),
    )


def _becomes(read: UnitOfWork, row: MapFile) -> Iterator[tuple[str, str, str]]:
    own = queries.own_maps(read.session, read.scope)
    if row.own_map_id:
        title = next(one.title for one in own if one.id == row.own_map_id)
        yield f"{OWN}:{row.own_map_id}", f"карта «{title}»", "принята по этому файлу раньше, будет обновлена"
    else:
        yield "", "новая карта", ""
    running = queries.running_maps(read.session, read.scope)
    for road_map in running:
        words = f"новая редакция карты «{road_map.title}»"
        yield f"{RUNNING}:{road_map.id}", words, "она в работе: сначала покажем, что изменится"
    codes = {road_map.source_code for road_map in running}
    for one in own:
        if one.code not in codes and one.id != row.own_map_id:
            yield f"{OWN}:{one.id}", f"новая редакция карты «{one.title}»", "она ещё не в работе"


def _problem_url(query: FileQuery, place: str) -> str:
    kind, _, name = place.partition(".")
    if kind == "about":
        return query.address("about", about=1)
    if kind == "section":
        return query.address(f"section-{name}", section=name)
    return query.address(f"item-{name}", item=name) if kind == "item" else query.address()


def changed_rows(item: ReviewItem, given: Mapping[str, str]) -> Sequence[tuple[str, str, str]]:
    """(field, what stands now, what was typed) for a page that says that somebody else was faster."""
    from workflows.road_maps.review import FIELD_TITLES

    now = map_files.shown(item)
    return [
        (FIELD_TITLES[name], now[name] or "пусто", given[name] or "пусто")
        for name in map_files.FIELDS
        if name in given and " ".join(given[name].split()) != " ".join(now[name].split())
    ]
