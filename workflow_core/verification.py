"""Checking a history: the chain, the columns, the details, the rows that are projections of it; and the replay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from workflow_core import queries
from workflow_core.definition import WorkflowDefinition
from workflow_core.exceptions import WorkflowError
from workflow_core.history import (
    ENTRY_COLUMNS,
    GENESIS,
    HistoryEntry,
    canonical_bytes,
    canonical_json,
    commitment,
    entry_hash,
)
from workflow_core.replay import ReplayMismatch, Strides, project
from workflow_core.tables import Process, Register
from workflow_core.unit_of_work import UnitOfWork, plain_value


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing that is wrong: which entry or row, which column, what stands, what should (if something proves it)."""

    code: str
    text: str
    seq: int = 0
    column: str = ""
    stands: str = ""
    should_be: str | None = None
    subject_kind: str = ""
    subject_id: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What somebody outside of the house has kept: the hash of the newest entry when there were `count` of them.

    Whoever owns the database can compute a whole chain anew; he can't make it end in a hash that left the house before.
    """

    count: int
    hash: str

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """From «120:9f3c…», as it is printed. Raises ValueError."""
        count, _, head_hash = text.strip().partition(":")
        if not head_hash or int(count) < 1:
            raise ValueError(text)
        return cls(int(count), head_hash)


@dataclass(slots=True)
class Verdict:
    """Result of a check. `looked_at` names what was compared, so that nothing is promised that was not done."""

    scope: str
    count: int = 0
    head_hash: str = GENESIS
    problems: list[Problem] = field(default_factory=list)
    looked_at: tuple[str, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    """What a quick check has left out."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


@dataclass(slots=True)
class _Seen:
    """What the entries say about other rows, gathered on the way through the chain."""

    registers: dict[tuple[str, str], dict[str, Any] | None] = field(default_factory=dict)
    hidden: set[tuple[str, str]] = field(default_factory=set)
    """Registers whose earlier values were erased: what stands in them can't be told any more."""
    erased: list[tuple[HistoryEntry, str]] = field(default_factory=list)
    """Entries without their details, and when these were erased."""
    erasures: set[tuple[str, str]] = field(default_factory=set)
    """Subject and moment of every erasure that the history knows of."""
    recorded_at: str = ""
    strides: Strides | None = None


PARTS = ("записи", "подробности", "состояния", "сведения", "правила")
"""What a whole check compares."""


def verify_quickly(uow: UnitOfWork, checkpoints: Iterable[Checkpoint] = ()) -> Verdict:
    """Check the chain alone: the bytes of each entry, their links, the head. The columns that pages show, the details, states
    and registers are not looked at, and the verdict says so."""
    kept = {one.count: one.hash for one in checkpoints}
    verdict = Verdict(uow.scope, looked_at=("цепочка записей",), not_looked_at=("поля записей", *PARTS[1:]))
    if kept:
        verdict.looked_at += ("контрольные точки",)
    proven, body = 0, "[]"
    for seq, body, stands in queries.links(uow.session, uow.scope):
        if seq != verdict.count + 1 or entry_hash(body) != stands or not body.endswith(f',"{verdict.head_hash}"]'):
            verdict.problems.append(_found_quickly(verdict, seq, body, stands))
            return verdict
        if kept.get(seq, stands) != stands:
            entry = queries.entry(uow.session, uow.scope, seq)
            assert entry is not None
            verdict.problems.append(_rewritten(proven + 1, entry, kept[seq]))
            return verdict
        proven = seq if seq in kept else proven
        verdict.count, verdict.head_hash = seq, stands
    last = json.loads(body)
    seen = _Seen(recorded_at=last[ENTRY_COLUMNS.index("recorded_at")] if last else "")
    problem = _verify_head(uow, verdict, seen) or _verify_outside(verdict, kept)
    if problem:
        verdict.problems.append(problem)
    return verdict


def _found_quickly(verdict: Verdict, seq: int, body: str, stands: str) -> Problem:
    missing = verdict.count + 1
    if seq != missing:
        text = f"Записи № {missing} нет: после № {verdict.count} стоит № {seq}."
        return Problem("entry_missing", text, seq=missing)
    if entry_hash(body) != stands:
        return Problem("hash_wrong", f"Запись № {seq} не сходится со своим контрольным кодом.", seq, "hash", stands)
    text = f"Запись № {seq} не продолжает запись № {seq - 1}: предыдущие записи подменены."
    return Problem("link_broken", text, seq, "previous_hash")


def verify(uow: UnitOfWork, checkpoints: Iterable[Checkpoint] = ()) -> Verdict:
    """Check the whole history of the organisation: order, hashes, columns, details, head, definitions, processes, registers.

    Stops at the first problem. `checkpoints` were kept outside; against a chain that was computed anew there is no other means.
    """
    kept = {one.count: one.hash for one in checkpoints}
    verdict = Verdict(uow.scope, looked_at=(*PARTS, "контрольные точки") if kept else PARTS)
    seen = _Seen(strides=Strides(uow.definition))
    problem = (
        _verify_chain(uow, verdict, seen, kept)
        or _verify_head(uow, verdict, seen)
        or _verify_outside(verdict, kept)
        or next(_verify_erasures(uow, verdict, seen), None)
        or next(_verify_definitions(uow), None)
        or next(_verify_processes(uow, seen.strides), None)
        or next(_verify_registers(uow, seen.registers, seen.hidden), None)
    )
    if problem:
        verdict.problems.append(problem)
    return verdict


_WIDTH = len(ENTRY_COLUMNS)
_SEQ, _KIND, _VERSION, _RECORDED_AT, _COMMITMENT, _PREVIOUS = map(
    ENTRY_COLUMNS.index, ("seq", "kind", "version", "recorded_at", "commitment", "previous_hash")
)
_BODY, _HASH, _DETAILS = _WIDTH, _WIDTH + 1, _WIDTH + 2
_ERASED_AT = -1


def _verify_chain(uow: UnitOfWork, verdict: Verdict, seen: _Seen, kept: Mapping[int, str]) -> Problem | None:
    proven = 0
    strides = seen.strides or Strides(uow.definition)
    for row in queries.whole_entries(uow.session, uow.scope):
        if not _is_sound(row, verdict.count + 1, verdict.head_hash, seen.recorded_at):
            entry = _entry_of(row)
            problem = _what_is_wrong(entry, verdict, seen.recorded_at) or _verify_details(entry, _details_of(row))
            if problem:
                return problem
        seq, stands = row[_SEQ], row[_HASH]
        if seq in kept:
            if kept[seq] != stands:
                return _rewritten(proven + 1, _entry_of(row), kept[seq])
            proven = seq
        verdict.count, verdict.head_hash, seen.recorded_at = seq, stands, row[_RECORDED_AT]
        if row[_VERSION]:
            strides.follow(row)
        if row[_KIND] != "step" or row[_ERASED_AT]:
            _remember(_entry_of(row), _details_of(row), seen)
    return None


def _is_sound(row: tuple[Any, ...], seq: int, head_hash: str, recorded_at: str) -> bool:
    """Whether an entry is the next one, its columns are its bytes, these have its hash, and it has the details that it commits to.

    All in one, because nearly all entries are; what is wrong with one that is not is somebody else's question.
    """
    if row[_SEQ] != seq or row[_PREVIOUS] != head_hash or row[_RECORDED_AT] < recorded_at:
        return False
    try:
        body = canonical_bytes(row[:_WIDTH])
    except TypeError:  # columns that can't be written as JSON at all
        return False
    if body.decode() != row[_BODY] or sha256(body).hexdigest() != row[_HASH]:
        return False
    _seq, salt, text, erased_at = row[_DETAILS:]
    if not salt or not text or erased_at:
        return _seq is None and not row[_COMMITMENT]
    return bool(commitment(salt, text) == row[_COMMITMENT])


def _entry_of(row: tuple[Any, ...]) -> HistoryEntry:
    return HistoryEntry._make(row[:_DETAILS])


def _details_of(row: tuple[Any, ...]) -> tuple[str | None, str | None, str] | None:
    seq, salt, text, erased_at = row[_DETAILS:]
    return None if seq is None else (salt, text, erased_at)


def _rewritten(first: int, entry: HistoryEntry, kept: str) -> Problem:
    which = f"Запись № {first} переписана" if first == entry.seq else f"Записи с № {first} по № {entry.seq} переписаны"
    text = f"{which}: контрольный код № {entry.seq} не тот, что сохранён вне программы."
    return Problem("checkpoint_differs", text, first, "hash", entry.hash, kept)


def _remember(entry: HistoryEntry, details: tuple[str | None, str | None, str] | None, seen: _Seen) -> None:
    if details and details[2]:
        seen.erased.append((entry, details[2]))
    if entry.kind == "register":
        assert details is not None
        _follow_register(entry, details[1], seen.registers, seen.hidden)
    elif entry.kind == "access" and entry.event == "erased":
        seen.erasures.add((entry.subject_id, entry.recorded_at))


def _bytes_of(entry: HistoryEntry) -> str:
    """What the columns lead to; empty for columns that can't be written as JSON at all."""
    try:
        return canonical_json(entry[: len(ENTRY_COLUMNS)])
    except TypeError:
        return ""


def _what_is_wrong(entry: HistoryEntry, verdict: Verdict, recorded_at: str) -> Problem | None:
    where: dict[str, Any] = {"seq": entry.seq, "subject_kind": entry.subject_kind, "subject_id": entry.subject_id}
    if entry.seq != verdict.count + 1:
        missing = verdict.count + 1
        return Problem(
            "entry_missing", f"Записи № {missing} нет: после № {verdict.count} стоит № {entry.seq}.", seq=missing
        )
    try:
        body = json.loads(entry.body)
    except ValueError:
        body = []
    whole = entry_hash(entry.body) == entry.hash and len(body) == len(ENTRY_COLUMNS)
    rebuilt = _bytes_of(entry) if not whole else entry.body
    if rebuilt != entry.body and entry_hash(rebuilt) == entry.hash:
        # The columns still lead to the hash: it is the body that was changed.
        text = f"Запись № {entry.seq}: изменено поле «body»."
        return Problem("column_changed", text, column="body", stands=entry.body, should_be=rebuilt, **where)
    for place, name in enumerate(ENTRY_COLUMNS):
        stands, written = getattr(entry, name), body[place] if place < len(body) else None
        if stands != written:
            proven = str(written) if whole else None
            return Problem(
                "column_changed",
                f"Запись № {entry.seq}: изменено поле «{name}».",
                column=name,
                stands=str(stands),
                should_be=proven,
                **where,
            )
    if not whole:
        return Problem(
            "hash_wrong",
            f"Запись № {entry.seq} не сходится со своим контрольным кодом.",
            column="hash",
            stands=entry.hash,
            should_be=entry_hash(entry.body),
            **where,
        )
    if entry.previous_hash != verdict.head_hash:
        return Problem(
            "link_broken",
            f"Запись № {entry.seq} не продолжает запись № {entry.seq - 1}: предыдущие записи подменены.",
            column="previous_hash",
            **where,
        )
    if entry.recorded_at < recorded_at:
        return Problem(
            "time_back",
            f"Запись № {entry.seq} внесена раньше предыдущей.",
            column="recorded_at",
            stands=entry.recorded_at,
            **where,
        )
    return None


def _verify_details(entry: HistoryEntry, details: tuple[str | None, str | None, str] | None) -> Problem | None:
    where: dict[str, Any] = {"seq": entry.seq, "subject_kind": entry.subject_kind, "subject_id": entry.subject_id}
    if details is None:
        return (
            Problem("details_missing", f"У записи № {entry.seq} пропали подробности.", **where)
            if entry.commitment
            else None
        )
    salt, body, erased_at = details
    if erased_at and body is None and salt is None and entry.commitment:
        return None
    if erased_at or body is None or salt is None or commitment(salt, body) != entry.commitment:
        return Problem(
            "details_changed",
            f"Подробности записи № {entry.seq} изменены.",
            column="подробности",
            stands=(body or "")[:200],
            **where,
        )
    return None


def _follow_register(
    entry: HistoryEntry,
    body: str | None,
    registers: dict[tuple[str, str], dict[str, Any] | None],
    hidden: set[tuple[str, str]],
) -> None:
    key = (entry.subject_kind, entry.subject_id)
    if entry.event == "removed":
        registers[key] = None
        return
    if body is None:
        hidden.add(key)
        return
    known = registers.get(key)
    registers[key] = {**(known or {}), **json.loads(body)["after"]}


def _verify_head(uow: UnitOfWork, verdict: Verdict, seen: _Seen) -> Problem | None:
    count, head_hash, recorded_at = queries.read_head(uow.session, uow.scope) or (0, GENESIS, "")
    if count > verdict.count:
        return Problem(
            "tail_cut", f"В журнале {verdict.count} записей, а было {count}: последние удалены.", seq=verdict.count + 1
        )
    for name, stands, should_be in (
        ("count", str(count), str(verdict.count)),
        ("hash", head_hash, verdict.head_hash),
        ("recorded_at", recorded_at, seen.recorded_at if verdict.count else recorded_at),
    ):
        if stands != should_be:
            text = "Контрольный код журнала не сходится с последней записью."
            return Problem("head_wrong", text, verdict.count, name, stands, should_be)
    return None


def _verify_outside(verdict: Verdict, kept: Mapping[int, str]) -> Problem | None:
    """Whether so many entries stand as there were when a checkpoint left the house."""
    longest = max(kept, default=0)
    if longest <= verdict.count:
        return None
    text = f"В журнале {verdict.count} записей, а вне программы сохранена № {longest}: последние удалены."
    return Problem("tail_cut", text, verdict.count + 1)


def _verify_erasures(uow: UnitOfWork, verdict: Verdict, seen: _Seen) -> Iterator[Problem]:
    for entry, at in seen.erased:
        if (entry.subject_id, at) not in seen.erasures:
            text = f"Подробности записи № {entry.seq} стёрты мимо программы."
            yield Problem(
                "details_erased",
                text,
                entry.seq,
                "erased_at",
                at,
                subject_kind=entry.subject_kind,
                subject_id=entry.subject_id,
            )
    for seq in queries.stray_details(uow.session, uow.scope, verdict.count):
        yield Problem("details_stray", f"Есть подробности записи № {seq}, а самой записи нет.", seq)


def _verify_definitions(uow: UnitOfWork) -> Iterator[Problem]:
    for stored, body in sorted(queries.stored_definitions(uow.session).items()):
        try:
            found = WorkflowDefinition.from_json(body).hash
        except (ValueError, KeyError, TypeError, AttributeError, WorkflowError):
            found = ""
        if found != stored:
            yield Problem(
                "definition_changed",
                f"Правила {stored[:12]} изменены мимо программы.",
                column="body",
                stands=found,
                should_be=stored,
                subject_kind="definition",
                subject_id=stored,
            )


def _verify_processes(uow: UnitOfWork, strides: Strides | None = None) -> Iterator[Problem]:
    """`strides`: what was replayed on the way already; without it every process is read again."""
    rows = {row.id: row for row in queries.processes_of(uow.session, uow.scope)}
    doubtful = [one for one, row in rows.items() if strides is None or not strides.lead_to(row)]
    for part in queries.chunks(doubtful):
        entries = queries.moves_of(uow.session, uow.scope, part)
        for process_id in part:
            yield from _compare(uow, rows[process_id], entries.get(process_id, []))
    if strides is not None and strides.subjects() <= rows.keys():
        return
    for seq, kind, subject_id in queries.subjects_without_process(uow.session, uow.scope):
        yield Problem(
            "process_missing",
            f"Состояния, которое началось записью № {seq}, нет: строка удалена.",
            seq,
            subject_kind=kind,
            subject_id=subject_id,
        )


def _compare(uow: UnitOfWork, process: Process, entries: list[HistoryEntry]) -> Iterator[Problem]:
    where: dict[str, Any] = {"subject_kind": process.subject_kind, "subject_id": process.id}
    steps = [entry for entry in entries if entry.version]
    if not steps:
        yield Problem("process_unrecorded", "Состояние внесено мимо программы: ни одной записи о нём нет.", **where)
        return
    try:
        projection = project(steps, uow.definition)
        code = uow.definition(projection.definition_hash).code
    except ReplayMismatch as exc:
        yield Problem("replay_differs", str(exc), exc.entry.seq, exc.column, exc.stands, exc.should_be, **where)
        return
    except WorkflowError as exc:
        yield Problem("replay_impossible", str(exc), steps[-1].seq, **where)
        return
    last = steps[-1]
    for name, should_be in (
        *((name, getattr(projection, name)) for name in ("state", "remembered", "version", "since", "definition_hash")),
        ("definition_code", code),
        ("subject_kind", last.subject_kind),
        ("updated_at", last.recorded_at),
    ):
        stands = getattr(process, name)
        if stands != should_be:
            text = (
                f"Состояние не сходится с историей: в поле «{name}» стоит «{stands}», по записям выходит «{should_be}»."
            )
            yield Problem("process_changed", text, last.seq, name, str(stands), str(should_be), **where)


def replay(uow: UnitOfWork) -> Verdict:
    """Re-run every process of the organisation through its stored definitions; all mismatches, not just the first."""
    verdict = Verdict(uow.scope, looked_at=("шаги по правилам",))
    verdict.problems = list(_verify_processes(uow))
    return verdict


def register_classes() -> list[type[Register]]:
    """Every mapped register, so that a new table is checked without being named here."""
    found: list[type[Register]] = []
    waiting = list(Register.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting.extend(one.__subclasses__())
        if sa.inspect(one, raiseerr=False) is not None:
            found.append(one)
    return sorted(found, key=lambda one: str(one.__tablename__))


def _verify_registers(
    uow: UnitOfWork, registers: dict[tuple[str, str], dict[str, Any] | None], hidden: set[tuple[str, str]]
) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for table in register_classes():
        if table.exempt:
            continue
        kind = table.recorded_as or str(table.__tablename__)
        names = [attribute.key for attribute in sa.inspect(table).column_attrs if attribute.key not in table.unrecorded]
        for row in uow.session.exec(select(table).where(table.organisation_id == uow.scope).order_by(sa.text("id"))):
            key = (kind, row.id)
            seen.add(key)
            if key in hidden:
                continue
            known = registers.get(key)
            if known is None:
                yield Problem(
                    "row_unrecorded", f"Сведения «{kind}» внесены мимо программы.", subject_kind=kind, subject_id=row.id
                )
                continue
            for name in names:
                stands = plain_value(getattr(row, name))
                if name in known and stands != known[name]:
                    text = f"Сведения «{kind}» изменены мимо программы: поле «{name}»."
                    yield Problem(
                        "row_changed",
                        text,
                        column=name,
                        stands=str(stands),
                        should_be=str(known[name]),
                        subject_kind=kind,
                        subject_id=row.id,
                    )
    for kind, row_id in sorted(set(registers) - seen - hidden):
        if registers[kind, row_id] is not None:
            yield Problem(
                "row_removed", f"Сведения «{kind}» удалены мимо программы.", subject_kind=kind, subject_id=row_id
            )
