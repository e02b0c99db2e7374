"""Checking a history: the chain, the columns, the details, the rows that are projections of it; and the replay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from workflow_core import queries
from workflow_core.exceptions import WorkflowError
from workflow_core.history import ENTRY_COLUMNS, GENESIS, HistoryEntry, commitment, entry_hash
from workflow_core.replay import ReplayMismatch, project
from workflow_core.tables import Process, Register
from workflow_core.unit_of_work import UnitOfWork, plain_value

PAGE = 1000
"""Entries read at once."""


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


@dataclass(slots=True)
class Verdict:
    """Result of a check. `looked_at` names what was compared, so that nothing is promised that was not done."""

    scope: str
    count: int = 0
    head_hash: str = GENESIS
    problems: list[Problem] = field(default_factory=list)
    looked_at: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def verify(uow: UnitOfWork) -> Verdict:
    """Check the whole history of the organisation: order, hashes, columns, details, head, processes and registers."""
    verdict = Verdict(uow.scope, looked_at=("записи", "подробности", "состояния", "сведения"))
    registers: dict[tuple[str, str], dict[str, Any] | None] = {}
    hidden: set[tuple[str, str]] = set()
    problem = _verify_chain(uow, verdict, registers, hidden) or _verify_head(uow, verdict)
    if problem is None:
        problem = next(_verify_processes(uow), None) or next(_verify_registers(uow, registers, hidden), None)
    if problem:
        verdict.problems.append(problem)
    return verdict


def _pages(uow: UnitOfWork) -> Iterator[list[HistoryEntry]]:
    seq = 0
    while page := queries.entries_after(uow.session, uow.scope, seq, PAGE):
        yield page
        seq = page[-1].seq


def _verify_chain(
    uow: UnitOfWork,
    verdict: Verdict,
    registers: dict[tuple[str, str], dict[str, Any] | None],
    hidden: set[tuple[str, str]],
) -> Problem | None:
    recorded_at = ""
    for page in _pages(uow):
        details = queries.details_of(uow.session, uow.scope, [entry.seq for entry in page])
        for entry in page:
            problem = _verify_entry(entry, verdict, recorded_at) or _verify_details(entry, details.get(entry.seq))
            if problem:
                return problem
            verdict.count, verdict.head_hash, recorded_at = entry.seq, entry.hash, entry.recorded_at
            if entry.kind == "register":
                _follow_register(entry, details[entry.seq][1], registers, hidden)
    return None


def _verify_entry(entry: HistoryEntry, verdict: Verdict, recorded_at: str) -> Problem | None:
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
    if erased_at and body is None:
        return None
    if body is None or salt is None or commitment(salt, body) != entry.commitment:
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


def _verify_head(uow: UnitOfWork, verdict: Verdict) -> Problem | None:
    count, head_hash, _recorded_at = queries.read_head(uow.session, uow.scope) or (0, GENESIS, "")
    if count > verdict.count:
        return Problem(
            "tail_cut", f"В журнале {verdict.count} записей, а было {count}: последние удалены.", seq=verdict.count + 1
        )
    if (count, head_hash) != (verdict.count, verdict.head_hash):
        return Problem(
            "head_wrong",
            "Контрольный код журнала не сходится с последней записью.",
            seq=verdict.count,
            stands=head_hash,
        )
    return None


def _verify_processes(uow: UnitOfWork) -> Iterator[Problem]:
    rows = queries.processes_of(uow.session, uow.scope)
    for part in queries.chunks(row.id for row in rows):
        entries = queries.entries_of(uow.session, uow.scope, part)
        for process in (row for row in rows if row.id in set(part)):
            yield from _compare(uow, process, entries.get(process.id, []))


def _compare(uow: UnitOfWork, process: Process, entries: list[HistoryEntry]) -> Iterator[Problem]:
    where: dict[str, Any] = {"subject_kind": process.subject_kind, "subject_id": process.id}
    try:
        projection = project(entries, uow.definition)
    except ReplayMismatch as exc:
        yield Problem("replay_differs", str(exc), exc.entry.seq, exc.column, exc.stands, exc.should_be, **where)
        return
    except WorkflowError as exc:
        yield Problem("replay_impossible", str(exc), **where)
        return
    last = entries[-1].seq if entries else 0
    for name in ("state", "remembered", "version", "since", "definition_hash"):
        stands, should_be = getattr(process, name), getattr(projection, name)
        if stands != should_be:
            text = (
                f"Состояние не сходится с историей: в поле «{name}» стоит «{stands}», по записям выходит «{should_be}»."
            )
            yield Problem("process_changed", text, last, name, str(stands), str(should_be), **where)


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
