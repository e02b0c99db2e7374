"""The page of the history: what a filter means, the rows, the opened entry, who may see which part."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from web import queries as accounts
from web.formatting import russian_date
from web.views import queries
from web.views.addresses import address, page_of
from web.views.queries import HistoryFilter
from web.views.register_words import PERSONAL_COLUMNS, column_title, is_shown, value_words
from web.views.story import StoryLine, details_of, story
from web.views.subjects import PARENTS, Subject, subjects
from workflow_core import queries as core
from workflow_core.amounts import Amount
from workflow_core.definition import WorkflowDefinition
from workflow_core.exceptions import NotFound, WorkflowError
from workflow_core.guards import Actor, Severity
from workflow_core.history import HistoryEntry
from workflow_core.unit_of_work import Read
from workflows.documents import queries as papers
from workflows.documents.kinds import known_kinds
from workflows.documents.tables import Purpose
from workflows.mentoring import queries as mentoring
from workflows.organisations import policy
from workflows.organisations import queries as organisations
from workflows.organisations.profile import SEVERITY_TITLES
from workflows.organisations.queries import PeopleFilter

ABOUT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "pairs": ("пары", ("pair", "pair_member", "meeting", "plan_task", "feedback")),
    "people": ("участники", ("person", "representative", "participant", "support_note")),
    "papers": ("документы", ("document", "document_subject", "document_file", "acquaintance")),
    "map": (
        "дорожная карта",
        ("road_map", "stage", "activity", "evidence_line", "occurrence", "activity_fact", "map_file", "own_map"),
    ),
    "rules": (
        "настройки и доступ",
        ("organisation", "membership", "signatory", "stand_in", "setting", "account", "programme", "calendar_days"),
    ),
}
"""What the history may be asked about: code -> (words, kinds of subjects)."""
ACCESS, TIMER = "access", "timer"
ABOUT_TITLES: Mapping[str, str] = {
    **{code: words for code, (words, _kinds) in ABOUT.items()},
    ACCESS: "просмотр данных",
    TIMER: "сроки и напоминания",
}

MATCHES = 200
"""People that a name in the filter may find."""
_OF_PEOPLE = (("document", "person_id"), ("pair_member", "person_id"), ("acquaintance", "person_id"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for, as the address says it."""

    text: str = ""
    subject: str = ""
    """«pair:ID»: the history of one subject."""
    about: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None
    ground: bool = False
    everything: bool = False
    """Also changes of registers that a step brought about and tells already."""

    @property
    def is_empty(self) -> bool:
        return self == Asked()


def history_filter(read: Read, actor: Actor, asked: Asked) -> HistoryFilter:
    """What to look for. Somebody with own pairs only sees these. Raises NotPermitted."""
    policy.require(actor, "history.read", own=True)
    ids: tuple[str, ...] | None = None
    kinds = ABOUT.get(asked.about, ("", ()))[1]
    if asked.subject:
        kind, _, subject_id = asked.subject.partition(":")
        ids = (subject_id,) if kind and subject_id else ()
    elif asked.text:
        ids = _named(read, asked.text)
    if not policy.may(actor, "history.read"):
        own = {one.pair.id for one in mentoring.memberships(read.session, read.scope, [actor.person_id])}
        ids = tuple(own if ids is None else own & {*ids, *_pairs_of(read, ids)})
        kinds = tuple(set(kinds or ABOUT["pairs"][1]) & set(ABOUT["pairs"][1])) or ("pair",)
    return HistoryFilter(
        subject_ids=ids,
        parents=(*((kind, column) for kind, (_parent, column) in PARENTS.items()), *_OF_PEOPLE),
        subject_kinds=kinds,
        kind=asked.about if asked.about in (ACCESS, TIMER) else "",
        actor_id=asked.actor,
        since=asked.since,
        until=asked.until,
        with_ground=asked.ground,
        quiet=not asked.everything,
    )


def _named(read: Read, text: str) -> tuple[str, ...]:
    """People of a name and the pairs that they are or were in."""
    page = organisations.people_page(read.session, read.scope, PeopleFilter(text=text), limit=MATCHES)
    people = [person.id for person in page.people]
    return (*people, *_pairs_of(read, people))


def _pairs_of(read: Read, person_ids: Sequence[str]) -> tuple[str, ...]:
    found = mentoring.memberships(read.session, read.scope, person_ids)
    return tuple(dict.fromkeys(one.pair.id for one in found))


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The rows of one page."""

    lines: tuple[StoryLine, ...]
    total: Amount | None
    """How many entries the filter leaves; None where only reading the whole history would tell."""
    with_ground: Amount | None
    next_before: int
    """Number to ask for the next page with; 0 on the last."""
    searched_from: int
    """Where the search ended before the page was full: «Искать дальше» goes on below; 0 if it did not."""
    subject: Subject | None
    actors: tuple[tuple[str, str], ...]
    """(account, name) of those who may have entered something."""


def history_page(read: Read, actor: Actor, asked: Asked, *, before: int = 0, seq: int = 0) -> HistoryPage:
    """A page of the history; with `seq` the one that holds this entry. Raises NotPermitted, NotFound."""
    wanted = history_filter(read, actor, asked)
    entries, searched_from = _searched(read, wanted, before)
    if seq and seq not in {entry.seq for entry in entries[: queries.PAGE]}:
        entries, searched_from = _searched(read, wanted, seq + 1)
        if not entries or entries[0].seq != seq:
            raise NotFound("запись", str(seq))
    shown = entries[: queries.PAGE]
    kind, _, subject_id = asked.subject.partition(":")
    is_full = len(entries) > queries.PAGE
    return HistoryPage(
        tuple(story(read, shown)),
        _amount(read, wanted),
        _amount(read, replace(wanted, with_ground=True)),
        shown[-1].seq if is_full else searched_from,
        0 if is_full else searched_from,
        subjects(read, [(kind, subject_id)])[kind, subject_id] if kind and subject_id else None,
        _actors(read),
    )


WINDOW = 5_000
"""Entries that one page looks through for rare ones; the next page goes on below them."""


def _searched(read: Read, wanted: HistoryFilter, before: int) -> tuple[list[HistoryEntry], int]:
    """One entry more than a page, and where the search stopped before it had them (0: nothing further can match)."""
    if wanted.subject_ids is not None or wanted.with_ground:
        return queries.history_page(read.session, read.scope, wanted, before=before, limit=queries.PAGE + 1), 0
    newest = _newest(read)
    end = max(0, min(before or newest + 1, newest + 1) - WINDOW - 1)
    found = queries.history_page(read.session, read.scope, wanted, before=before, after=end, limit=queries.PAGE + 1)
    if not end or len(found) > queries.PAGE:
        return found, 0
    # What happened on a day was recorded on it or later, in whatever time zone: nothing older can match.
    oldest = core.entry(read.session, read.scope, end)
    is_past = wanted.since is not None and oldest is not None and oldest.recorded_at[:10] < _day_before(wanted.since)
    return found, 0 if is_past else end + 1


def _newest(read: Read) -> int:
    return (core.read_head(read.session, read.scope) or (0, "", ""))[0]


def _day_before(day: date) -> str:
    return (day - timedelta(days=1)).isoformat()


def first_before(read: Read, asked: Asked) -> int:
    """Where a long history begins to be searched for what happened up to a day: at what was recorded by then; else 0."""
    newest = _newest(read)
    if asked.until is None or asked.subject or asked.text or asked.ground or newest <= WINDOW:
        return 0
    return queries.recorded_by(read.session, read.scope, newest, (asked.until + timedelta(days=2)).isoformat()) + 1


def _amount(read: Read, wanted: HistoryFilter) -> Amount | None:
    """How many entries a filter leaves, where an index or the head of the history tells."""
    if wanted.subject_ids is not None or wanted == HistoryFilter(
        parents=wanted.parents, with_ground=True, quiet=wanted.quiet
    ):
        return queries.count_history(read.session, read.scope, wanted)
    if wanted == HistoryFilter(parents=wanted.parents):
        return Amount(_newest(read))
    return None


def _actors(read: Read) -> tuple[tuple[str, str], ...]:
    scopes = [row.id for row in organisations.chain(read.session, read.scope)]
    ids = queries.accounts_with_roles(read.session, scopes)
    found = accounts.accounts(read.session, ids).values()
    return tuple(sorted(((one.id, one.name) for one in found), key=lambda pair: pair[1]))


# -- the opened entry -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value; the value may lead somewhere and have a second line."""

    name: str
    value: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was checked at that moment."""

    kept: bool
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One column of a register that was changed."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """What stands behind one entry."""

    facts: tuple[Fact, ...]
    checked: tuple[Checked, ...]
    changes: tuple[Change, ...]
    hidden: int
    """Changes that this reader may not see."""
    is_erased: bool
    code: str
    """«C41D 08AE»: the beginning of the entry's code, to compare with a copy."""
    links: tuple[tuple[str, str], ...]


def opened_entry(read: Read, actor: Actor, seq: int) -> OpenedEntry:
    """An entry of this organisation with its ground and checks. Raises NotFound. The list has made sure that it may be seen."""
    entry = core.entry(read.session, read.scope, seq)
    if entry is None:
        raise NotFound("запись", str(seq))
    details, erased = details_of(read, [seq])
    found = details.get(seq, {})
    definition = _definition(read, entry)
    line = story(read, [entry])[0]
    changes, hidden = _changes(found, policy.may(actor, policy.PERSONAL_READ))
    return OpenedEntry(
        facts=tuple(_facts(read, actor, entry, line, found, definition)),
        checked=tuple(_checked(read, entry, found)),
        changes=changes,
        hidden=hidden,
        is_erased=seq in erased,
        code=code_of(entry.hash, 8),
        links=tuple(_links(line)),
    )


def code_of(digest: str, length: int = 16) -> str:
    """The beginning of a code in groups of four: «7F3A 91C2 0B5E»."""
    letters = digest[:length].upper()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _definition(read: Read, entry: HistoryEntry) -> WorkflowDefinition | None:
    try:
        return read.definition(entry.definition_hash) if entry.definition_hash else None
    except WorkflowError:
        return None


def _facts(
    read: Read,
    actor: Actor,
    entry: HistoryEntry,
    line: StoryLine,
    details: Mapping[str, Any],
    definition: WorkflowDefinition | None,
) -> list[Fact]:
    found = _papers(read, entry, definition)
    if line.ground:
        found.append(Fact("Обоснование", f"«{line.ground}»"))
    if details.get("remark"):
        found.append(Fact("Примечание", str(details["remark"])))
    found += _fields_of_step(read, entry, details, definition)
    if details.get("acts_for"):
        found.append(Fact("Замещение", str(details["acts_for"])))
    found += _together(read, entry)
    if entry.refers_to:
        found.append(Fact("О записи", f"№ {entry.refers_to}", address("history.show", str(entry.refers_to))))
    if line.mark:
        found.append(Fact("Отметка", line.mark))
    if entry.actor_role:
        found.append(Fact("В роли", policy.TITLES.get(entry.actor_role, entry.actor_role)))
    if definition is not None:
        found.append(_rules(read, entry, definition))
    return found


def _papers(read: Read, entry: HistoryEntry, definition: WorkflowDefinition | None) -> list[Fact]:
    """The papers that the step rests on: the one that brought it about, those named in its form."""
    ids: list[str] = []
    if entry.caused_by:
        cause = core.entry(read.session, read.scope, entry.caused_by)
        if cause is not None and cause.subject_kind == "document":
            ids.append(cause.subject_id)
    if definition is not None and definition.has_event(entry.event):
        inputs = entry.input_values
        ids += [str(inputs[one.name]) for one in definition.event(entry.event).fields if _is_paper(one, inputs)]
    if entry.subject_kind == "document" and entry.kind == "step":
        ids.append(entry.subject_id)
    documents = papers.documents(read.session, read.scope, ids)
    files = papers.files_of(read.session, read.scope, documents)
    kinds = known_kinds(read.catalogue)
    return [_paper(row, kinds, files.get(row.id, [])) for row in documents.values()]


def _is_paper(field: Any, inputs: Mapping[str, Any]) -> bool:
    return field.type == "document" and bool(inputs.get(field.name))


def _paper(row: Any, kinds: Mapping[str, Any], files: Sequence[Any]) -> Fact:
    title = kinds[row.kind].title if row.kind in kinds else row.title
    number = f" № {row.number}" if row.number else ""
    day = f" от {russian_date(row.signed_on)}" if row.signed_on else ""
    scanned = any(one.purpose == Purpose.SCAN for one in files)
    where = [f"подписал {row.signatory_text}" if row.signatory_text else "", row.original_place]
    where.append("скан приложен" if scanned else "скана нет")
    return Fact(
        "Документ", f"{title}{number}{day}", page_of("document", row.id), ", ".join(part for part in where if part)
    )


def _fields_of_step(
    read: Read, entry: HistoryEntry, details: Mapping[str, Any], definition: WorkflowDefinition | None
) -> list[Fact]:
    """What was typed into the form, papers aside; erased values are left out."""
    if definition is None or not definition.has_event(entry.event):
        return []
    values = {**entry.input_values, **(details.get("fields") or {})}
    event = definition.event(entry.event)
    ids = [str(values[one.name]) for one in event.fields if one.type == "person" and values.get(one.name)]
    people = organisations.people(read.session, read.scope, ids)
    found = []
    for one in event.fields:
        value = values.get(one.name)
        if value in (None, "") or one.type in ("document", "link"):
            continue
        if one.type == "person":
            person = people.get(str(value))
            value = f"{person.family_name} {person.given_name} {person.patronymic}".strip() if person else ""
        elif one.type == "choice":
            value = one.choice_title(str(value))
        else:
            value = value_words(one.name, value)
        if value:
            found.append(Fact(one.title, str(value)))
    return found


def _together(read: Read, entry: HistoryEntry) -> list[Fact]:
    """What one paper or step brought about at the same time."""
    cause = entry.caused_by or entry.seq
    steps = [one for one in queries.entries_caused_by(read.session, read.scope, cause) if one.kind == "step"]
    if not steps or (entry.caused_by and len(steps) == 1):
        return []
    pairs = [one for one in steps if one.subject_kind == "pair"]
    words = f"пар: {len(pairs)}" if len(pairs) == len(steps) else f"записей: {len(steps)}"
    where = address("history.show", str(cause)) if entry.caused_by else ""
    return [Fact("Вместе с этим", f"{words}, одним документом" if _is_of_paper(read, cause) else words, where)]


def _is_of_paper(read: Read, seq: int) -> bool:
    cause = core.entry(read.session, read.scope, seq)
    return cause is not None and cause.subject_kind == "document"


def _rules(read: Read, entry: HistoryEntry, definition: WorkflowDefinition) -> Fact:
    stored = queries.stored_on(read.session, definition.hash)[:10]
    since = f", правила от {russian_date(date.fromisoformat(stored))}" if stored else ""
    return Fact("Правила", f"{definition.title}{since}", address("settings.rules", definition=definition.code))


def _checked(read: Read, entry: HistoryEntry, details: Mapping[str, Any]) -> list[Checked]:
    """Every rule that was asked, with what it found; rules that found something first."""
    texts: dict[str, list[Mapping[str, Any]]] = {}
    for one in details.get("found") or []:
        texts.setdefault(str(one.get("guard", "")), []).append(one)
    checks = _json_list(entry.checks)
    asked = list(dict.fromkeys(str(check[0]) for check in checks))
    severities = {str(check[0]): str(check[1]) for check in checks if check[1]}
    found: list[Checked] = []
    for name in sorted(asked, key=lambda one: one not in severities):
        guard = read.catalogue.guards.get(name)
        title = guard.title if guard else _BUILT_IN.get(name, name)
        title = f"{title[:1].upper()}{title[1:]}"
        if name not in severities:
            found.append(Checked(True, title))
            continue
        weight = SEVERITY_TITLES.get(Severity(severities[name]), "")
        if name not in texts:
            found.append(Checked(False, title, weight))
        for one in texts.get(name, []):
            source = f" ({one['source']})" if one.get("source") else ""
            found.append(Checked(False, str(one.get("text", title)), f"{weight}{source}"))
    return found


_BUILT_IN = {"dates_in_order": "шаги идут по порядку дат", "four_eyes": "принимает другой человек"}


def _json_list(text: str) -> list[list[str]]:
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return [one for one in value if isinstance(one, list) and len(one) == 3] if isinstance(value, list) else []


def _changes(details: Mapping[str, Any], personal: bool) -> tuple[tuple[Change, ...], int]:
    before, after = details.get("before") or {}, details.get("after") or {}
    names = [name for name in after if is_shown(name) and (after[name] not in (None, "", {}, []) or name in before)]
    allowed = [name for name in names if personal or name not in PERSONAL_COLUMNS]
    rows = [
        Change(column_title(name), value_words(name, before.get(name)), value_words(name, after[name]))
        for name in allowed
    ]
    return tuple(rows), len(names) - len(allowed)


def _links(line: StoryLine) -> list[tuple[str, str]]:
    kinds = {"pair": "Вся история пары", "person": "Вся история участника", "document": "Вся история документа"}
    found = []
    if line.subject_kind in (*kinds, "activity", "road_map"):
        target = address("history.index", subject=f"{line.subject_kind}:{line.subject_id}")
        found.append((kinds.get(line.subject_kind, "Вся история пункта"), target))
    if line.subject_link:
        found.append(("Открыть: " + line.subject, line.subject_link))
    return [(label, url) for label, url in found if url]
