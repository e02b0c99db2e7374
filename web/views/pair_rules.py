"""«Откуда эти правила?»: what a step checks, how strictly, and which layer of the profile says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflow_core import queries as core
from workflow_core.exceptions import NotFound
from workflow_core.guards import Severity
from workflow_core.unit_of_work import UnitOfWork
from workflows.organisations.policy import TITLES

SEVERITY_WORDS: Mapping[str, str] = {
    Severity.BLOCK: "без этого нельзя",
    Severity.REASON: "можно с письменным обоснованием",
    Severity.NOTE: "только отмечается",
    Severity.OFF: "не проверяется",
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of a step."""

    title: str
    severity: str
    source: str
    """«школа», «район», «регион», «основные правила»."""
    basis: str


@dataclass(frozen=True, slots=True)
class RulesView:
    """The rules of one step."""

    title: str
    definition: str
    basis: str
    roles: str
    lines: tuple[RuleLine, ...]


def rules_view(read: UnitOfWork, pair_id: str, event_name: str) -> RulesView:
    """The rules of a step of a process as they hold today. Raises NotFound."""
    process = core.process(read.session, pair_id)
    if process is None or process.scope_id != read.scope:
        raise NotFound("пара", pair_id)
    definition = read.definition(process.definition_hash)
    event = definition.event(event_name)
    lines = []
    for use in event.guards:
        guard = read.catalogue.guards.get(use.name)
        ruling = read.profile.ruling(definition.code, event.name, use.name, read.today)
        severity = ruling.severity if ruling else use.severity
        title = guard.title if guard else use.name
        lines.append(
            RuleLine(
                f"{title[:1].upper()}{title[1:]}",
                SEVERITY_WORDS[severity],
                ruling.source if ruling else "основные правила",
                guard.basis if guard else "",
            )
        )
    return RulesView(
        title=event.title,
        definition=definition.title,
        basis=event.basis or definition.basis,
        roles=", ".join(TITLES.get(role, role) for role in event.roles),
        lines=tuple(lines),
    )
