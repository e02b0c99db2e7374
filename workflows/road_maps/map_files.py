"""What can be done with an uploaded file: store it, answer what its reading is unsure of, correct any field, accept the map.

Each takes an open `Write` first and never commits. The reading itself is never changed: answers lie beside it (see `review`).
`version` is that of the page; what somebody else has changed since is not written over.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from workflow_core.exceptions import ConcurrentTransition, InvalidInput, NotFound
from workflow_core.tables import new_id
from workflow_core.unit_of_work import UnitOfWork, Write
from workflows.documents import files
from workflows.organisations import policy
from workflows.road_maps import accepting, queries, reading_task
from workflows.road_maps.deadlines import period_of, to_contract
from workflows.road_maps.map_file import DOCUMENTS, LEVELS, checked
from workflows.road_maps.reader.points import subpoints
from workflows.road_maps.review import BY_HAND, KEEP, NONE, PRINTED, TYPED, WORDS, Doubt, Review, ReviewItem, review
from workflows.road_maps.tables import MapFile, MapFileStatus, OwnMap

LARGEST_MEGABYTES = 20
NAME_LENGTH = 150
TEXT_LENGTH = 4_000
_HOW = "Напишите дату («до 30.04.2027»), месяц («май 2027») или «в течение года»."

Answers = dict[str, Any]


# -- the file ---------------------------------------------------------------------------------------------------------


def upload(write: Write, name: str, content: bytes) -> MapFile:
    """Keep a file and ask for its reading; the same bytes again lead to the file that is there already.

    Raises NotPermitted, InvalidInput for an empty or too large one.
    """
    policy.require(write.actor, "map.upload")
    if not content:
        raise InvalidInput({"file": "Файл пустой: проверьте, что он сохранён, и загрузите его снова."})
    if len(content) > LARGEST_MEGABYTES * 1024 * 1024:
        text = f"Файл больше {LARGEST_MEGABYTES} МБ: оставьте в нём только дорожную карту без фотографий."
        raise InvalidInput({"file": text})
    sha256 = hashlib.sha256(content).hexdigest()
    there = queries.map_file_of_bytes(write.session, write.scope, sha256)
    if there is not None:
        return there
    row = MapFile(
        organisation_id=write.scope,
        name=_kept_name(name),
        sha256=files.put(write.session, content),
        size=len(content),
        uploaded_on=write.today,
        uploaded_by=write.actor.name,
    )
    write.session.add(row)
    write.request(reading_task.TASK, row.id)
    return row


def _kept_name(name: str) -> str:
    """The name without a path and without signs that a file system or a header would choke on."""
    base = re.sub(r"[\x00-\x1f\x7f<>:\"|?*]", "", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem, dot, ending = base.rpartition(".")
    return f"{stem[:NAME_LENGTH]}.{ending[:10]}" if dot and stem else base[:NAME_LENGTH] or "файл"


def read_again(write: Write, file_id: str) -> MapFile:
    """Try once more a file that could not be read. Raises NotPermitted, NotFound."""
    policy.require(write.actor, "map.upload")
    row = queries.map_file(write.session, write.scope, file_id)
    if row.reading_status == MapFileStatus.REFUSED:
        row.reading_status, row.refusal, row.version = MapFileStatus.WAITING.value, "", row.version + 1
        write.request(reading_task.TASK, row.id)
    return row


def remove(write: Write, file_id: str) -> None:
    """Take an uploaded file away with all that was read in it. Raises InvalidInput where a map was accepted from it."""
    policy.require(write.actor, "map.upload")
    row = queries.map_file(write.session, write.scope, file_id)
    if row.own_map_id:
        raise InvalidInput({"": "По этому файлу карта уже принята: он хранится вместе с ней."})
    write.session.delete(row)
    files.delete(write.session, row.sha256)


def reviewed(uow: UnitOfWork, row: MapFile) -> Review:
    """The reading with the answers in place. Raises NotFound while there is none."""
    if row.reading is None:
        raise NotFound("прочитанная карта", row.id)
    return review(row.reading, row.answers, uow.today)


# -- answers ----------------------------------------------------------------------------------------------------------


class _Edit:
    """One change of a file's answers: what stands there now, and where the change goes."""

    def __init__(self, write: Write, file_id: str, version: int | None, target: str) -> None:
        policy.require(write.actor, "map.upload")
        self.write = write
        self.row = queries.map_file(write.session, write.scope, file_id)
        self.answers: Answers = copy.deepcopy(self.row.answers)
        changed = self.answers.setdefault("changed", {})
        if version is not None and changed.get(target, 0) > version:
            raise ConcurrentTransition(file_id, "исправлено другим человеком", version, self.row.version)
        self.review = reviewed(write, self.row)
        changed[target] = self.row.version + 1

    def item(self, item_id: str) -> ReviewItem:
        found = self.review.item(item_id)
        if found is None:
            raise NotFound("пункт", item_id)
        return found

    def put(self, item_id: str, values: Mapping[str, Any]) -> None:
        self.answers.setdefault("items", {}).setdefault(item_id, {}).update(values)

    def settle(self, doubt_id: str, how: str) -> None:
        self.answers.setdefault("settled", {})[doubt_id] = how

    def done(self) -> MapFile:
        self.row.answers, self.row.version = self.answers, self.row.version + 1
        return self.row

    def deadline(self, text: str) -> dict[str, Any] | None:
        """What a typed deadline means in this map."""
        from workflows.road_maps.reader.deadline_phrases import read_deadline  # a grammar: only who types needs it

        return to_contract(read_deadline(text, self.review.period)) if text else None


def answer(
    write: Write,
    file_id: str,
    doubt_id: str,
    value: str,
    typed: str = "",
    *,
    alike: bool = False,
    version: int | None = None,
) -> MapFile:
    """Settle one doubt: keep what was read, take an alternative, what is printed, or what was typed.

    `alike` gives the same answer to all open doubts of the same kind. Raises NotPermitted, NotFound, ConcurrentTransition,
    InvalidInput for a typed deadline that can't be understood.
    """
    edit = _Edit(write, file_id, version, doubt_id.partition(".")[0])
    doubt = edit.review.doubt(doubt_id)
    if doubt is None:
        raise NotFound("сомнительное место", doubt_id)
    if value not in {one.value for one in doubt.answers}:
        raise InvalidInput({"answer": "Выберите один из ответов."})
    others = [
        one for one in edit.review.open_doubts if alike and value != TYPED and doubt.code and one.code == doubt.code
    ]
    for one in dict.fromkeys((doubt, *others)):
        edit.put(one.item, _answered(edit, one, value, _folded(typed)))
        edit.settle(one.id, value)
        edit.answers["changed"][one.item] = edit.row.version + 1
    return edit.done()


def _answered(edit: _Edit, doubt: Doubt, value: str, typed: str) -> dict[str, Any]:
    """The fields that an answer changes."""
    item = edit.item(doubt.item)
    if value == TYPED:
        return _typed(edit, doubt, typed)
    if value == PRINTED:
        return {name: _value(edit, name, old or "") for name, old in item.as_printed.items() if name in _PUT_BACK}
    if doubt.field == "number":
        return {"number": None} if value == NONE else {}
    if doubt.field != "deadline" or value == NONE or item.values["deadline"] is None:
        return {}
    deadline = item.values["deadline"]
    if value.isdigit():
        deadline = {**deadline["alternatives"][int(value)], "text": deadline["text"]}
    if value in (KEEP, WORDS) or value.isdigit():
        return {"deadline": {**deadline, "certain": True, "alternatives": []}}
    return {}


_PUT_BACK = ("text", "deadline", "responsible", "result", "indicator")


def _typed(edit: _Edit, doubt: Doubt, typed: str) -> dict[str, Any]:
    if not typed:
        raise InvalidInput({"typed": "Впишите ответ."})
    if doubt.field == "deadline":
        found = edit.deadline(typed)
        if found is None or found["kind"] == "none":
            raise InvalidInput({"typed": f"Срок «{typed}» не понят. {_HOW}"})
        # Whoever typed it has seen no other reading of it.
        return {"deadline": {**found, "certain": True, "alternatives": []}}
    return {doubt.field: _value(edit, doubt.field, typed)}


def _value(edit: _Edit, field: str, text: str) -> Any:
    """A field's value out of its words."""
    text = _folded(text)
    if field == "deadline":
        return edit.deadline(text)
    if field == "responsible":
        return responsible_of(text, edit.write.catalogue.road_map_words)
    return text or (None if field != "text" else "")


def responsible_of(text: str, words: Sequence[Path]) -> dict[str, Any] | None:
    """RESPONSIBLE of the contract for typed text; `words` are what plugins add to the reader's vocabulary."""
    if not text:
        return None
    from workflows.road_maps.reader.responsible import read_responsible
    from workflows.road_maps.reader.vocabulary import default_vocabulary, vocabulary_of

    who = read_responsible(text, vocabulary_of(words) if words else default_vocabulary())
    return {"text": who.text, "roles": list(who.roles), "persons": list(who.persons)}


def _folded(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class ItemInput:
    """An item as it was typed; every field is text, `documents` are codes."""

    number: str = ""
    text: str = ""
    deadline: str = ""
    responsible: str = ""
    result: str = ""
    indicator: str = ""
    documents: Sequence[str] = ()


def change_item(write: Write, file_id: str, item_id: str, given: ItemInput, version: int | None = None) -> MapFile:
    """Correct an item's fields; only what is typed otherwise changes, and what was doubtful there is settled.

    Raises NotPermitted, NotFound, InvalidInput, ConcurrentTransition.
    """
    edit = _Edit(write, file_id, version, item_id)
    item = edit.item(item_id)
    changes = _changes(edit, item, given)
    if changes:
        edit.put(item_id, changes)
        for doubt in item.doubts:
            # A deadline that is doubtful as it was typed is asked about anew.
            if doubt.field in changes and not _is_doubtful(changes[doubt.field]):
                edit.settle(doubt.id, BY_HAND)
            elif doubt.field in changes:
                edit.answers.get("settled", {}).pop(doubt.id, None)
    return edit.done()


def _is_doubtful(value: Any) -> bool:
    return isinstance(value, dict) and value.get("certain") is False


def _changes(edit: _Edit, item: ReviewItem, given: ItemInput) -> dict[str, Any]:
    _check_input(given)
    typed = {name: _folded(getattr(given, name)) for name in FIELDS}
    stands = shown(item)
    changes = {name: _value(edit, name, text) for name, text in typed.items() if text != _folded(stands[name])}
    if "text" in changes:
        changes["subpoints"] = list(subpoints(given.text.strip()))
    documents = [code for code in DOCUMENTS if code in given.documents]
    if sorted(documents) != sorted(item.values["documents"]):
        changes["documents"] = documents
    return changes


FIELDS = ("number", "text", "deadline", "responsible", "result", "indicator")


def shown(item: ReviewItem) -> dict[str, str]:
    """An item's fields as words, for a form."""
    values = item.values
    found = {name: values[name] for name in FIELDS}
    return {name: (value["text"] if isinstance(value, dict) else value) or "" for name, value in found.items()}


def _check_input(given: ItemInput) -> None:
    errors = {}
    if not _folded(given.text):
        errors["text"] = "Напишите, что делается."
    for name in FIELDS:
        if len(getattr(given, name)) > TEXT_LENGTH:
            errors[name] = f"Не длиннее {TEXT_LENGTH} знаков."
    if len(_folded(given.number)) > accepting.NUMBER_LENGTH:
        errors["number"] = f"Номер не длиннее {accepting.NUMBER_LENGTH} знаков."
    if errors:
        raise InvalidInput(errors)


def add_item(write: Write, file_id: str, section_id: str, after: str, given: ItemInput) -> MapFile:
    """Add an item to a section behind another one (empty: at its beginning). Raises as `change_item`."""
    edit = _Edit(write, file_id, None, "added")
    if section_id not in {section.id for section in edit.review.sections}:
        raise NotFound("раздел", section_id)
    _check_input(given)
    _added(edit, section_id, after, given)
    return edit.done()


def _added(edit: _Edit, section_id: str, after: str, given: ItemInput) -> str:
    added = edit.answers.setdefault("added", [])
    name = f"n{len(added) + 1}"
    added.append({"id": name, "section": section_id, "after": after})
    typed = {field: _value(edit, field, getattr(given, field)) for field in FIELDS if _folded(getattr(given, field))}
    documents = [code for code in DOCUMENTS if code in given.documents]
    edit.put(name, {**typed, "subpoints": list(subpoints(given.text.strip())), "documents": documents})
    return name


def remove_item(write: Write, file_id: str, item_id: str, version: int | None = None) -> MapFile:
    """Leave an item out of the map; `restore_item` takes it back. Raises NotPermitted, NotFound, ConcurrentTransition."""
    edit = _Edit(write, file_id, version, item_id)
    edit.item(item_id)
    removed = edit.answers.setdefault("removed", [])
    if item_id not in removed:
        removed.append(item_id)
    return edit.done()


def restore_item(write: Write, file_id: str, item_id: str, version: int | None = None) -> MapFile:
    """Take a removed item back. Raises NotPermitted, NotFound, ConcurrentTransition."""
    edit = _Edit(write, file_id, version, item_id)
    edit.item(item_id)
    edit.answers["removed"] = [one for one in edit.answers.get("removed", ()) if one != item_id]
    return edit.done()


def change_section(
    write: Write, file_id: str, section_id: str, number: str, title: str, version: int | None = None
) -> MapFile:
    """Correct a section's number and title. Raises NotPermitted, NotFound, InvalidInput, ConcurrentTransition."""
    edit = _Edit(write, file_id, version, f"section.{section_id}")
    if section_id not in {section.id for section in edit.review.sections}:
        raise NotFound("раздел", section_id)
    number, title = _folded(number), _folded(title)
    errors = {}
    if not title:
        errors["title"] = "Напишите название раздела."
    elif len(title) > TEXT_LENGTH:
        errors["title"] = f"Не длиннее {TEXT_LENGTH} знаков."
    if len(number) > accepting.NUMBER_LENGTH:
        errors["number"] = f"Номер не длиннее {accepting.NUMBER_LENGTH} знаков."
    if errors:
        raise InvalidInput(errors)
    edit.answers.setdefault("sections", {})[section_id] = {"number": number or None, "title": title}
    return edit.done()


def change_about(
    write: Write,
    file_id: str,
    *,
    title: str,
    organisation: str,
    level: str,
    start: date | None,
    end: date | None,
    version: int | None = None,
) -> MapFile:
    """Correct title, organisation, level and period; another school year reads the deadlines anew.

    Raises NotPermitted, NotFound, InvalidInput, ConcurrentTransition.
    """
    edit = _Edit(write, file_id, version, "about")
    errors = {}
    if not _folded(title):
        errors["title"] = "Напишите название карты."
    elif len(title) > 300:
        errors["title"] = "Название — не длиннее 300 знаков."
    if bool(start) != bool(end):
        errors["end" if start else "start"] = "Укажите и начало, и конец."
    elif start and end and start > end:
        errors["end"] = "Конец раньше начала."
    if errors:
        raise InvalidInput(errors)
    about: dict[str, Any] = {"title": _folded(title), "organisation": _folded(organisation) or None}
    about["level"] = level if level in LEVELS else edit.review.level
    before, read_by = edit.review.period, reading_task.school_year(edit.row.answers)
    if start and end and (before is None or (before.start, before.end) != (start, end)):
        made = period_of(start, end)
        about["period"] = {"text": made.text, "start": start.isoformat(), "end": end.isoformat()}
    elif "period" in edit.answers.get("about", {}):
        about["period"] = edit.answers["about"]["period"]
    edit.answers["about"] = about
    row = edit.done()
    if reading_task.school_year(row.answers) != read_by and not row.own_map_id:
        row.reading_status = MapFileStatus.WAITING.value
        write.request(reading_task.TASK, row.id)
    return row


def settle_leftover(
    write: Write, file_id: str, index: int, section_id: str = "", version: int | None = None
) -> MapFile:
    """Say what becomes of a piece that was not understood: an item at the end of a section, or nothing.

    Raises NotPermitted, NotFound, ConcurrentTransition.
    """
    edit = _Edit(write, file_id, version, f"leftover.{index}")
    left = next((one for one in edit.review.leftovers if one.index == index), None)
    section = next((one for one in edit.review.sections if one.id == section_id), None)
    if left is None or (section_id and section is None):
        raise NotFound("строка файла", str(index))
    became = "left"
    if section is not None and left.became in ("", "left"):
        after = section.items[-1].id if section.items else ""
        became = _added(edit, section.id, after, ItemInput(text=left.text[:TEXT_LENGTH]))
    edit.answers.setdefault("leftovers", {})[str(index)] = became
    return edit.done()


# -- accepting --------------------------------------------------------------------------------------------------------


def accept(write: Write, file_id: str, own_map_id: str = "", version: int | None = None) -> OwnMap:
    """Make a map of this organisation of what was read: a new one, or a new edition of one that it has.

    Doubts may stay open: what was read then stands with its doubt, and the page of taking into work says so. Raises
    NotPermitted, NotFound, InvalidInput with what is missing, ConcurrentTransition.
    """
    policy.require(write.actor, "map.upload")
    row = queries.map_file(write.session, write.scope, file_id)
    if row.reading_status != MapFileStatus.READ:
        raise InvalidInput({"": "Файл ещё читается. Подождите немного и повторите."})
    if version is not None and row.version != version:
        raise ConcurrentTransition(file_id, "исправлено другим человеком", version, row.version)
    target = own_map_id or row.own_map_id or ""
    own = queries.own_map(write.session, write.scope, target) if target else None
    if own is None:
        own_id = new_id()
        own = OwnMap(
            id=own_id,
            organisation_id=write.scope,
            code=f"own_{own_id[-8:]}",
            title="",
            edition=0,
            accepted_on=write.today,
        )
    source = f"Ваш файл «{row.name}» от {row.uploaded_on:%d.%m.%Y}"
    body = accepting.body(reviewed(write, row), own.code, source)
    checked(body, own.code)
    own.title, own.body, own.map_file_id = body["title"], body, row.id
    own.edition, own.accepted_on = own.edition + 1, write.today
    write.session.add(own)
    row.own_map_id, row.version = own.id, row.version + 1
    return own
