"""A step for all pairs that a filter leaves, however many: looked at beforehand by a sample, done part after part."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from web.views.pairs import ListQuery, may_fire, visible
from workflow_core import operations
from workflow_core import queries as core
from workflow_core.amounts import NOTHING, Amount
from workflow_core.definition import EventDefinition
from workflow_core.exceptions import NotPermitted
from workflow_core.guards import Actor, Severity
from workflow_core.judgement import not_permitted
from workflow_core.operations import RowResult, StepRequest
from workflow_core.unit_of_work import Outcome, UnitOfWork, Write
from workflows.mentoring import board, pair_list
from workflows.mentoring.pair_list import PairFilter

PART = 500
"""Pairs of one part: one transaction, and what is looked at beforehand."""
REASONS = 8
"""Reasons that a summary tells, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a step would come to for the first pairs of the filter."""

    total: Amount
    """Pairs from whose stage the step is possible at all."""
    looked_at: int
    open_count: int
    with_ground: int
    """Of these: only with a written ground."""
    closed_count: int
    reasons: tuple[tuple[str, int], ...]


def wanted_by(uow: UnitOfWork, actor: Actor, event: EventDefinition, query: ListQuery) -> PairFilter | None:
    """The filter of the list, narrowed to the stages from which the step is possible; None if there is none. Raises NotPermitted."""
    if not may_fire(actor, event):
        raise NotPermitted(f"{not_permitted(uow, event.roles).text}.", event.roles)
    states = tuple(state for state in event.sources if not query.states or state in query.states)
    wanted = visible(actor, replace(query.wanted(), states=states))
    return (board.stuck_filter(uow, wanted) if query.stuck else wanted) if states else None


def summary(
    uow: UnitOfWork, actor: Actor, wanted: PairFilter | None, event: EventDefinition, request: StepRequest
) -> Summary:
    """Look at the first part; changes nothing. `request` says what is the same for all pairs."""
    if wanted is None:
        return Summary(NOTHING, 0, 0, 0, 0, ())
    ids = _part(uow, wanted, "")
    rows = operations.preview(uow, actor, [request._replace(process_id=pair_id) for pair_id in ids])
    open_rows = [row for row in rows if row.ok]
    return Summary(
        board.amount(uow, wanted) or Amount(len(ids), len(ids) == PART),
        len(rows),
        len(open_rows),
        sum(row.needs_ground for row in open_rows),
        len(rows) - len(open_rows),
        _most_frequent(_reasons(row for row in rows if not row.ok or row.needs_ground)),
    )


def _part(uow: UnitOfWork, wanted: PairFilter, after: str) -> list[str]:
    found = pair_list.listed(uow.session, uow.scope, wanted, order="name", after=after, limit=PART)
    return [row.id for row in found]


def fire_part(
    write: Write, event: EventDefinition, wanted: PairFilter | None, request: StepRequest, before: Mapping[str, Any]
) -> Outcome:
    """Do the step for the next pairs of the filter; `before` is the outcome of the part before. All numbers are sums.

    Pairs that have moved on stand behind: the list goes by names, so each pair is met once.
    """
    ids = _part(write, wanted, str(before.get("after", ""))) if wanted is not None else []
    rows = operations.fire_many(write, [request._replace(process_id=pair_id) for pair_id in ids])
    reasons = Counter(before.get("reasons") or {}) + _reasons(row for row in rows if not row.ok)
    return {
        "event": event.name,
        "done": int(before.get("done", 0)) + sum(row.ok for row in rows),
        "left": int(before.get("left", 0)) + sum(not row.ok for row in rows),
        "reasons": dict(reasons.most_common(50)),
        "after": ids[-1] if len(ids) == PART else "",
    }


def part_before(uow: UnitOfWork, actor: Actor, base: str, part: int) -> Mapping[str, Any]:
    """The outcome of the part before this one; empty for the first."""
    seen = core.submission(uow.session, uow.scope, actor.id, key_of(base, part - 1)) if part else None
    outcome: Mapping[str, Any] = json.loads(seen[1]) if seen else {}
    return outcome


def key_of(base: str, part: int) -> str:
    """The key of one part: sent twice, it is done once."""
    return f"{base}-{part}"


def _reasons(rows: Iterable[RowResult]) -> Counter[str]:
    """Why not, without the names: «нет согласия на обработку данных»."""
    found: Counter[str] = Counter()
    for row in rows:
        blocking = [one for one in row.blockers if one.severity in (Severity.BLOCK, Severity.REASON)]
        text = blocking[0].text.rpartition(": ")[2] if blocking else row.text
        found[text[:1].upper() + text[1:]] += 1
    return found


def _most_frequent(reasons: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(reasons.most_common(REASONS))


def told(outcome: Mapping[str, Any]) -> Sequence[tuple[str, int]]:
    """The reasons of an outcome, the most frequent first."""
    return _most_frequent(Counter(outcome.get("reasons") or {}))
