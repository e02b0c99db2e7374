"""What a step about somebody takes back of papers: orders about nobody else that are not signed yet. A signed one stays: only
another order changes or repeals it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from workflow_core import queries as core
from workflow_core.operations import Caused, Consequence
from workflow_core.rendering import DocumentClass
from workflow_core.tables import Process
from workflow_core.unit_of_work import Write, catalogue_of
from workflows.documents import queries
from workflows.documents.papers import OPEN_STATES, PaperLine, SubjectLine
from workflows.documents.rendering_task import TASK
from workflows.documents.tables import FileStatus

STANDING = frozenset({"in_force", "amended"})
OTHERS_NAMED = "Он и о других, поэтому подготовьте его заново."
SIGNED = "Подписанный приказ изменяет или отменяет только другой приказ."


def unsigned_orders(
    session: Session, scope: str, process: Process, _event: str, _fields: Mapping[str, Any]
) -> list[Caused]:
    """Orders about a subject, the oldest first: drafts to be discarded, and why the others stay."""
    papers = queries.papers_of(session, scope, process.subject_kind, [process.id]).get(process.id, [])
    acts = [one for one in reversed(papers) if one.document_class == DocumentClass.ACT]
    about = queries.subjects_of(session, scope, [one.id for one in acts])
    return [
        _caused(session, process, line, about.get(line.id, []))
        for line in acts
        if line.state in OPEN_STATES or line.state in STANDING
    ]


def _caused(session: Session, process: Process, line: PaperLine, about: Sequence[SubjectLine]) -> Caused:
    label = _label(session, line)
    if line.state in STANDING:
        return Caused(line.id, "", label=label, stays=SIGNED)
    if _others(session, process, about):
        return Caused(line.id, "", label=label, stays=OTHERS_NAMED)
    waits = ((TASK, line.id),) if line.file_status == FileStatus.WAITING else ()
    return Caused(line.id, "discard", not_before=line.since, label=label, withdraws=waits)


def _label(session: Session, line: PaperLine) -> str:
    """«Приказ о закреплении пар» № 12 (действует)."""
    act = catalogue_of(session).definitions.get(DocumentClass.ACT)
    state = act.state_title(line.state) if act else line.state
    number = f" № {line.number}" if line.number else ""
    return f"«{line.title}»{number} ({state[:1].lower()}{state[1:]})"


def _others(session: Session, process: Process, about: Sequence[SubjectLine]) -> bool:
    """Whether an order is also about somebody whose work still goes on."""
    named = [one.subject_id for one in about if one.subject_kind == process.subject_kind]
    found = core.processes(session, [one for one in named if one != process.id])
    return any(not _is_over(session, one) for one in found.values())


def _is_over(session: Session, process: Process) -> bool:
    definition = catalogue_of(session).definitions.get(process.definition_code)
    state = definition.states.get(process.state) if definition else None
    return state is not None and state.final is not None


def withdraw_file(write: Write, caused: Caused) -> None:
    """Nobody waits for the file of a discarded draft any more."""
    document = queries.document(write.session, write.scope, caused.process_id)
    if document.file_status == FileStatus.WAITING:
        document.file_status = FileStatus.NONE.value
        write.session.flush()


REVOCATIONS = (
    Consequence(
        "unsigned_orders",
        "неподписанные приказы только об этом отменяются",
        unsigned_orders,
        kinds=("document",),
        revokes=True,
        withdraw=withdraw_file,
    ),
)
