"""The history as sentences, made in one place for every page: «Закреплена приказом № 91-ОД», «дата исправлена».

`story(read, entries)` works in bulk: the number of statements does not grow with the entries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from web import queries as accounts
from web.formatting import entered_after, russian_date, russian_moment, school_year_of
from web.views import queries
from web.views.addresses import address
from web.views.register_words import erased_sentence, register_sentence
from web.views.subjects import Ref, Subject, parents, subjects
from web.views.timer_words import timer_sentence
from workflow_core import queries as core
from workflow_core.definition import EventDefinition, WorkflowDefinition
from workflow_core.exceptions import WorkflowError
from workflow_core.history import HistoryEntry
from workflow_core.operations.revoking import JOB, REVOCATION
from workflow_core.replay import CORRECT, ENTER_AS_FOUND, MIGRATION, UNDO
from workflow_core.timers import ENTRY_KIND
from workflow_core.unit_of_work import UnitOfWork
from workflows.documents.kinds import is_order

_NAMED_COLUMNS = ("person_id", "for_person_id")
_ACCESS = {"erased": "Подробности удалены", "seen": "Открыты личные данные"}
_PAPERS = {
    "generated": "Текст документа готов",
    "asked_again": "Текст документа запрошен ещё раз",
    "attached": "Приложен файл",
    "detached": "Файл убран",
    "mended": "Исправлены сведения о документе",
    "erased": "Сведения документа стёрты",
}
"""What happens to a paper outside of its steps."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One entry of the history in words."""

    seq: int
    happened_on: date
    """Day of what happened, corrections applied."""
    date: str
    """The same in words: «15 октября», with the year outside of the present school year."""
    recorded: str
    """When it was entered: «15 октября, 14:20», «сегодня в 08:40»."""
    lag: str
    """How long after the day it was entered: «через 3 дня»; empty on the same day."""
    who: str
    sentence: str
    """What happened: «Закреплена приказом № 91-ОД»; without the subject and without a full stop."""
    subject: str
    """Whom or what it is about: «Белова Анна — Ким Данил»; may be empty."""
    ground: str
    """The ground that was written, or empty."""
    link: str
    """Address of the opened entry; empty outside of a request."""
    subject_link: str
    kind: str
    subject_kind: str
    subject_id: str
    """What the line is told about: of a meeting's row the pair."""
    mark: str = ""
    """«внесено при начале работы», «дата исправлена», «отменено», both with a comma, or empty."""
    with_ground: bool = False
    is_erased: bool = False
    """The details were erased: the sentence says what is left."""

    @property
    def title(self) -> str:
        """The row of a list: «Белова Анна — Ким Данил: закреплена приказом № 91-ОД»."""
        return f"{self.subject}: {_lowered(self.sentence)}" if self.subject else self.sentence


@dataclass(slots=True)
class _Known:
    """All that the sentences of some entries need, loaded at once."""

    details: Mapping[int, Mapping[str, Any]]
    erased: frozenset[int]
    actors: Mapping[str, str]
    belongs: Mapping[Ref, Ref]
    named: Mapping[Ref, Subject]
    causes: Mapping[int, HistoryEntry]
    kinds: Mapping[str, str]
    """Document id -> code of its kind."""
    numbers: Mapping[str, str]
    corrected: Mapping[int, str] = field(default_factory=dict)
    """Entry -> the day that it was corrected to."""
    undone: frozenset[int] = frozenset()


def story(read: UnitOfWork, entries: Sequence[HistoryEntry]) -> list[StoryLine]:
    """The entries as sentences, in the order given."""
    known = _load(read, entries)
    return [_line(read, entry, known) for entry in entries]


def story_of(read: UnitOfWork, subject_ids: Iterable[str], limit: int | None = None) -> list[StoryLine]:
    """What happened to some subjects, newest first; changes of registers that a step brought about are left to its own line."""
    found = core.entries_of(read.session, read.scope, subject_ids)
    entries = [one for each in found.values() for one in each if one.kind != "register" or not one.caused_by]
    newest = sorted(entries, key=lambda one: one.seq, reverse=True)
    return story(read, newest if limit is None else newest[:limit])


def details_of(read: UnitOfWork, seqs: Sequence[int]) -> tuple[dict[int, dict[str, Any]], frozenset[int]]:
    """Details of some entries, and the numbers of those whose details were erased."""
    found: dict[int, dict[str, Any]] = {}
    erased = set()
    for seq, (_salt, body, _erased_at) in core.details_of(read.session, read.scope, seqs).items():
        if body is None:
            erased.add(seq)
        else:
            found[seq] = _read(body)
    return found, frozenset(erased)


def _read(body: str) -> dict[str, Any]:
    # The history page must open even where somebody has tampered with the database.
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _load(read: UnitOfWork, entries: Sequence[HistoryEntry]) -> _Known:
    details, erased = details_of(read, [entry.seq for entry in entries])
    people = accounts.accounts(read.session, {entry.actor_id for entry in entries})
    causes = queries.entries_by_numbers(read.session, read.scope, [one.caused_by for one in entries if one.caused_by])
    rows = {(one.subject_kind, one.subject_id): details.get(one.seq, {}).get("after") or {} for one in entries}
    belongs = parents(read, rows)
    papers = [cause.subject_id for cause in causes.values() if cause.subject_kind == "document"]
    papers += [value for one in entries for value in _values(read, one, "document")]
    wanted: list[Ref] = [*belongs.values(), *(("document", paper) for paper in papers)]
    wanted += [("person", value) for one in entries for value in _values(read, one, "person")]
    for values in rows.values():
        wanted += [("person", values[name]) for name in _NAMED_COLUMNS if values.get(name)]
        wanted += [("programme", values["programme_id"])] if values.get("programme_id") else []
    documents = queries.rows_of(read.session, read.scope, "document", papers)
    corrected, undone = _later(read, entries)
    return _Known(
        details,
        erased,
        {account_id: account.name for account_id, account in people.items()},
        belongs,
        subjects(read, wanted),
        causes,
        {row.id: row.kind for row in documents.values()},
        {row.id: row.number for row in documents.values()},
        corrected,
        undone,
    )


def _later(read: UnitOfWork, entries: Sequence[HistoryEntry]) -> tuple[dict[int, str], frozenset[int]]:
    """What later entries say of these: dates that were corrected, steps that were undone."""
    steps = {entry.subject_id for entry in entries if entry.version}
    corrected: dict[int, str] = {}
    undone: set[int] = set()
    for later in (one for each in core.entries_of(read.session, read.scope, steps).values() for one in each):
        if later.event == CORRECT and _inputs(later).get("column") == "happened_on":
            corrected[later.refers_to] = str(_inputs(later).get("value", ""))
        elif later.event == UNDO:
            undone.add(later.refers_to)
    return corrected, frozenset(undone)


def _line(read: UnitOfWork, entry: HistoryEntry, known: _Known) -> StoryLine:
    details = known.details.get(entry.seq, {})
    zone, today = ZoneInfo(read.profile.time_zone), read.today
    year = school_year_of(today)
    moment = _moment(entry.recorded_at)
    happened_on = _day(known.corrected.get(entry.seq) or entry.happened_on, today)
    subject_ref = known.belongs.get((entry.subject_kind, entry.subject_id), (entry.subject_kind, entry.subject_id))
    subject = known.named.get(subject_ref)
    sentence, mark = _told(read, entry, details, known)
    lag = entered_after(happened_on, moment.astimezone(zone).date()) if moment else ""
    return StoryLine(
        seq=entry.seq,
        happened_on=happened_on,
        date=russian_date(happened_on, year),
        recorded=russian_moment(moment, zone, year, today) if moment else entry.recorded_at,
        lag=lag,
        who=_who(entry, details, known),
        sentence=sentence,
        subject=subject.label if subject else "",
        ground=str(details.get("ground") or ""),
        link=address("history.show", str(entry.seq)),
        subject_link=subject.url if subject else "",
        kind=entry.kind,
        subject_kind=subject_ref[0],
        subject_id=subject_ref[1],
        mark=mark,
        with_ground=bool(entry.with_ground),
        is_erased=entry.seq in known.erased,
    )


def _who(entry: HistoryEntry, details: Mapping[str, Any], known: _Known) -> str:
    """«Ларина Т. И.», and where they stood in for somebody «Ларина Т. И. за Гусева А. П. по приказу № 98-к»."""
    name = str(details.get("actor") or known.actors.get(entry.actor_id) or _program(entry.actor_id))
    return f"{name} {details['acts_for']}" if details.get("acts_for") else name


def _told(read: UnitOfWork, entry: HistoryEntry, details: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    """Sentence and mark of an entry."""
    if entry.kind == "register":
        if entry.seq in known.erased:
            return erased_sentence(entry.subject_kind, entry.event), ""
        names = {subject_id: one.label for (_kind, subject_id), one in known.named.items()}
        before, after = details.get("before") or {}, details.get("after") or {}
        return register_sentence(entry.subject_kind, entry.event, before, after, names), ""
    if entry.kind == "access":
        return _ACCESS.get(entry.event, "Открыты сведения"), ""
    if entry.kind == "paper":
        return _PAPERS.get(entry.event, "Изменён документ"), ""
    definition = _definition(read, entry)
    if entry.kind == ENTRY_KIND:
        note = str(details.get("note") or "")
        return timer_sentence(entry.event, _inputs(entry), note, definition, school_year_of(read.today)), ""
    if entry.kind == REVOCATION:
        return _taken_back(details), ""
    if entry.kind == JOB:
        return "Файл больше не готовится: документ отменён", ""
    if definition is None:
        return "Шаг по правилам, которых нет в базе", ""
    if entry.kind == MIGRATION:
        return f"Переход на новую редакцию правил: {_lowered(definition.state_title(entry.to_state))}", ""
    mark = "дата исправлена" if entry.seq in known.corrected else ""
    mark = "отменено" if entry.seq in known.undone else mark
    match entry.event:
        case "enter_as_found":
            marks = ("внесено при начале работы", mark)
            return definition.state_title(entry.to_state), ", ".join(one for one in marks if one)
        case "correct":
            return _correction(entry, definition), mark
        case "undo":
            return f"Отменён шаг: теперь «{definition.state_title(entry.to_state)}»", mark
    return _step(entry, definition, details, known), mark


def _taken_back(details: Mapping[str, Any]) -> str:
    """«Шаг отменил начатое: «Приказ о закреплении пар» (проект)»."""
    texts = [str(one).partition(": ")[2] or str(one) for one in details.get("texts") or ()]
    return f"Шаг отменил начатое: {'; '.join(texts)}" if texts else "Шаг отменил начатое"


def _step(entry: HistoryEntry, definition: WorkflowDefinition, details: Mapping[str, Any], known: _Known) -> str:
    if not definition.has_event(entry.event):
        return definition.state_title(entry.to_state)
    event = definition.event(entry.event)
    told = event.done_title or event.title
    paper = _paper(entry, event, known)
    more = [*_choices(entry, event), *_people(entry, event, known)]
    return f"{told}{f' {paper}' if paper else ''}{': ' + ', '.join(more) if more else ''}"


def _paper(entry: HistoryEntry, event: EventDefinition, known: _Known) -> str:
    """«приказом № 91-ОД», where an order brought the step about or was named in its form."""
    cause = known.causes.get(entry.caused_by)
    inputs = _inputs(entry)
    named = [cause.subject_id] if cause is not None and cause.subject_kind == "document" else []
    named += [str(inputs[one.name]) for one in event.fields if one.name in ("order", "by_act") and inputs.get(one.name)]
    for document_id in named:
        kind, number = known.kinds.get(document_id, ""), known.numbers.get(document_id, "")
        noun = "приказом" if is_order(kind) else {"instruction": "распоряжением"}.get(kind, "документом")
        if kind:
            return f"{noun} № {number}" if number else noun
    return ""


def _choices(entry: HistoryEntry, event: EventDefinition) -> list[str]:
    inputs = _inputs(entry)
    return [
        _lowered(one.choice_title(str(inputs[one.name])))
        for one in event.fields
        if one.type == "choice" and inputs.get(one.name)
    ]


def _people(entry: HistoryEntry, event: EventDefinition, known: _Known) -> list[str]:
    inputs, found = _inputs(entry), []
    for one in event.fields:
        person = known.named.get(("person", str(inputs.get(one.name, "")))) if one.type == "person" else None
        if person is not None and person.label:
            found.append(f"{_lowered(one.title)} {person.label}")
    return found


def _correction(entry: HistoryEntry, definition: WorkflowDefinition) -> str:
    inputs = _inputs(entry)
    new, old = _words(inputs.get("value")), _words(inputs.get("was"))
    return f"Исправлена дата записи № {entry.refers_to}: {new} вместо {old}"


def _words(value: Any) -> str:
    try:
        return russian_date(date.fromisoformat(str(value)))
    except ValueError:
        return "—"


def _values(read: UnitOfWork, entry: HistoryEntry, field_type: str) -> list[str]:
    """Ids under the fields of one type in the form of a step."""
    if entry.kind != "step" or entry.event in (CORRECT, UNDO, ENTER_AS_FOUND):
        return []
    definition = _definition(read, entry)
    if definition is None or not definition.has_event(entry.event):
        return []
    inputs = _inputs(entry)
    return [
        str(inputs[one.name])
        for one in definition.event(entry.event).fields
        if one.type == field_type and inputs.get(one.name)
    ]


def _definition(read: UnitOfWork, entry: HistoryEntry) -> WorkflowDefinition | None:
    try:
        return read.definition(entry.definition_hash) if entry.definition_hash else None
    except WorkflowError:
        return None


def _inputs(entry: HistoryEntry) -> dict[str, Any]:
    return _read(entry.inputs)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def _program(actor_id: str) -> str:
    return "Маршрут" if actor_id == "system" else "—"


def _lowered(text: str) -> str:
    """The sentence as it stands after a colon; abbreviations keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
