"""A region's plugin as a stranger writes it: lifecycles that extend the shipped ones, rules, a fact, an effect, a profile, a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlmodel import Session

from plugins.plans.individual_plan import INDIVIDUAL_PLAN
from workflow_core.guards import Actor, Blocker, Facts, FactsProvider, Guard, Link
from workflow_core.hookspecs import hookimpl
from workflow_core.operations import Call, Effect
from workflow_core.rendering import DocumentKind
from workflow_core.tables import Process
from workflow_core.unit_of_work import Write
from workflows.documents import queries as papers
from workflows.mentoring import queries as pairs

HERE = Path(__file__).parent
NAME = "region_sample"
CONTEST_GOAL = "Конкурс пар региона"
CONTEST_PLAN = "contest_plan"


def contest_case(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    """A contest is entered with a written case."""
    if not facts.contest_papers:
        yield Blocker(
            "no_contest_case",
            "Нет описания практики для конкурса",
            "Регион принимает пару с кейсом",
            facts.programme.curator,
            Link("write_case", facts.process.id, "Написать кейс"),
        )


def mentor_trained(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    """Students from outside are trained first."""
    for member in facts.members:
        if member.is_mentor and member.kind == "outside":
            link = Link("edit_person", member.person_id, "Открыть карточку")
            yield Blocker("mentor_not_trained", f"{member.name}: не обучен", who_can_lift="Регион", link=link)


def lawyer_asked(facts: Facts, _actor: Actor, _event: str, _on_date: date) -> Iterator[Blocker]:
    """A draft that is thrown away should have been seen by the lawyer."""
    if facts.process.state == "draft":
        yield Blocker("lawyer_not_asked", "Юрист этот проект не видел", who_can_lift="Юрист региона")


def contest_papers(session: Session, scope: str, ids: Sequence[str], _on_date: date) -> Mapping[str, int]:
    """How many cases each pair has."""
    found = papers.papers_of(session, scope, "pair", ids)
    return {pair_id: sum(line.kind == "case" for line in lines) for pair_id, lines in found.items()}


def name_contest(write: Write, process: Process, _call: Call) -> None:
    """The pair's goal says that it is at the contest."""
    pairs.pair(write.session, write.scope, process.id).goal = CONTEST_GOAL


@hookimpl
def contribute_definitions() -> list[Path]:
    """Extensions of three shipped lifecycles."""
    return [HERE / name for name in ("pair_region.yaml", "act_region.yaml", "activity_region.yaml")]


@hookimpl
def contribute_guards() -> list[Guard]:
    """Rules of the region."""
    return [
        Guard("contest_case", "кейс для конкурса написан", contest_case, ("contest_papers", "programme")),
        Guard("mentor_trained", "приглашённый наставник обучен", mentor_trained, ("members",)),
        Guard("lawyer_asked", "юрист видел проект", lawyer_asked),
    ]


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    """What the region's rules read."""
    return [FactsProvider("contest_papers", "pair", contest_papers, 0)]


@hookimpl
def contribute_effects() -> list[Effect]:
    """What the contest changes."""
    return [Effect("name_contest", "цель пары — конкурс", name_contest)]


@hookimpl
def contribute_profiles() -> list[Path]:
    """Rules of the place."""
    return [HERE / "profile.yaml"]


@hookimpl
def contribute_document_kinds() -> list[DocumentKind]:
    """A paper of the region, made like a plan."""
    return [replace(INDIVIDUAL_PLAN, code=CONTEST_PLAN, title="План подготовки к конкурсу")]
