"""What proves an item («чем подтверждается»): each line weighed on its own against papers and figures. Pure.

No box that a person ticks makes a line true: a paper must be signed and stand, a figure comes from its register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from workflow_core.guards import EMPTY, Link, Missing, Share
from workflows.documents.papers import ActInForce
from workflows.road_maps.tables import EvidenceLine, Occurrence

SPECIFIC_DOCUMENTS = frozenset(
    {
        "order_appendix_roadmap",
        "roadmap",
        "pair_assignment_order",
        "plan_approval_order",
        "partner_agreement",
        "motivation_rules",
        "mentee_register",
        "mentor_register",
        "partner_register",
    }
)
"""Kinds of which an organisation has one a year: such a paper proves its item without being linked to it.

All others (orders, regulations, reports, materials) may be about anything: they name the item, or a fact of the item
names them.
"""
BEFORE_PERIOD = timedelta(days=92)
"""Papers of a year are signed from the summer before it: an older unlinked one belongs to the year before."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper that fulfils a line."""

    document_id: str
    label: str
    """«№ 26/1 от 03.06.2026»."""


@dataclass(frozen=True, slots=True)
class LineState:
    """How far one line is."""

    title: str
    kind: str
    """document | fact | count | occurrences | children."""
    done: bool
    text: str
    """«31 из 34», «№ 26/1 от 03.06.2026», «документа нет»."""
    share: Share | None = None
    missing: tuple[Missing, ...] = ()
    """Whose or which is lacking, each with where it is put right."""
    documents: tuple[Proof, ...] = ()
    known: bool = True
    """False where nobody keeps the register that the line reads."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All lines of one item, and what else says that something was done."""

    activity_id: str = ""
    acceptance: str = "none"
    lines: tuple[LineState, ...] = ()
    facts: int = 0
    """Lines that somebody wrote about what was done."""

    @property
    def done(self) -> int:
        return sum(1 for line in self.lines if line.done)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is lacking; an item without lines lacks nothing."""
        return self.done == len(self.lines)

    @property
    def text(self) -> str:
        """«2 из 3»; empty for an item that names no evidence."""
        return f"{self.done} из {len(self.lines)}" if self.lines else ""


@dataclass(frozen=True, slots=True)
class Weighing:
    """Everything that the lines of one item are weighed against."""

    activity_id: str
    acceptance: str = "none"
    papers: tuple[ActInForce, ...] = ()
    period_start: date | None = None
    figures: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """Fact -> `Share` or whole number; a fact that nobody provides is left out."""
    facts: int = 0
    fact_documents: frozenset[str] = frozenset()
    """Papers that the facts of the item name: they count as papers about it."""
    occurrences: Sequence[Occurrence] = ()
    children: Sequence[tuple[str, str]] = ()
    """(number, state) of the sub-items of a heading item."""


def weigh_lines(lines: Iterable[EvidenceLine], against: Weighing) -> Evidence:
    """How far an item is proven."""
    rows = list(lines)
    states = [_line_state(row, against) for row in rows]
    by_organisation = any(row.per_organisation for row in rows) and any(
        row.for_organisation_id for row in against.occurrences
    )
    if against.occurrences and not by_organisation:
        states.append(_occurrences_state("", against.occurrences))
    if against.children:
        states.append(_children_state(against.children))
    return Evidence(against.activity_id, against.acceptance, tuple(states), against.facts)


def _line_state(row: EvidenceLine, against: Weighing) -> LineState:
    if row.per_organisation and any(time.for_organisation_id for time in against.occurrences):
        return _occurrences_state(row.title, against.occurrences)
    if row.kind == "document":
        return _document_state(row, against)
    value: Any = against.facts if row.kind == "count" and not row.fact else against.figures.get(row.fact)
    if value is None:
        return LineState(row.title, row.kind, False, "сведений нет", known=False)
    return _count_state(row, value) if row.kind == "count" else _share_state(row, value)


def _document_state(row: EvidenceLine, against: Weighing) -> LineState:
    fitting = [
        paper for paper in against.papers if row.document in paper.evidence_codes and _counts(paper, row, against)
    ]
    if not fitting:
        link = Link("enter_document", against.activity_id, "Внести документ")
        return LineState(row.title, "document", False, "документа нет", missing=(Missing(row.title, link),))
    proofs = tuple(Proof(paper.id, _paper_label(paper)) for paper in fitting)
    return LineState(row.title, "document", True, "; ".join(proof.label for proof in proofs), documents=proofs)


def _counts(paper: ActInForce, row: EvidenceLine, against: Weighing) -> bool:
    if against.activity_id in paper.subject_ids or paper.id in against.fact_documents:
        return True
    start = against.period_start
    return row.document in SPECIFIC_DOCUMENTS and (start is None or paper.signed_on >= start - BEFORE_PERIOD)


def _paper_label(paper: ActInForce) -> str:
    number = f"№ {paper.number} " if paper.number else f"{paper.title} "
    return f"{number}от {paper.signed_on:%d.%m.%Y}"


def _share_state(row: EvidenceLine, value: Any) -> LineState:
    share = value if isinstance(value, Share) else Share(int(value), int(value))
    enough = share.total > 0 and share.done * 100 >= (row.share or 100) * share.total
    text = f"{share.done} из {share.total}" if share.total else "пока некого считать"
    if row.share and row.share < 100 and share.total:
        text += f", нужно {row.share} %"
    return LineState(row.title, "fact", enough, text, share, () if enough else share.missing)


def _count_state(row: EvidenceLine, value: Any) -> LineState:
    share = value if isinstance(value, Share) else None
    if row.at_most is not None:
        # A figure with an upper bound counts what is lacking: mentees without a pair.
        left = share.total - share.done if share else int(value)
        counted = share is None or share.total > 0
        text = f"{left}, допустимо {row.at_most}" if counted else "пока некого считать"
        done = counted and left <= row.at_most
    else:
        there, least = (share.done if share else int(value)), row.at_least or 1
        text, done = (str(there) if there >= least else f"{there}, нужно {least}"), there >= least
    return LineState(row.title, "count", done, text, share, () if done or share is None else share.missing)


def _occurrences_state(title: str, times: Sequence[Occurrence]) -> LineState:
    expected = [time for time in times if not time.before_adoption or time.done_on]
    done = [time for time in expected if time.done_on]
    link = "log_fact"
    missing = tuple(
        Missing(time.label, Link(link, time.activity_id, "Записать, что сделано"))
        for time in expected
        if not time.done_on
    )
    share = Share(len(done), len(expected), missing)
    name = title or ("По организациям" if any(time.for_organisation_id for time in times) else "По срокам")
    complete = len(done) == len(expected)
    return LineState(name, "occurrences", complete, f"{share.done} из {share.total}", share, missing)


def _children_state(children: Sequence[tuple[str, str]]) -> LineState:
    from_plan = [(number, state) for number, state in children if state not in ("dropped", "carried_over")]
    missing = tuple(
        Missing(number) for number, state in from_plan if state not in ("done", "partly_done", "not_needed")
    )
    share = Share(len(from_plan) - len(missing), len(from_plan), missing)
    return LineState("Подпункты", "children", not missing, f"{share.done} из {share.total}", share, missing)
