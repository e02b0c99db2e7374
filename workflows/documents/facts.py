"""Facts about papers for guards, evidence and pages: loaded in bulk, frozen, known by name.

organisation: `acts_in_force`, `papers_in_force` (tuples of `ActInForce`), `consent_register` ({person: {kind: ConsentState}}),
`signatory_terms` (tuple of `SignatoryTerm`, of all days), `taken_numbers`. person: `consents` ({kind: ConsentState}).
document: `paper` (`PaperLine`), `consent_signers` (`ConsentSigners`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from workflow_core.guards import FactsProvider
from workflows.documents import queries
from workflows.documents.consents import ConsentState
from workflows.documents.frozen_facts import signed_by
from workflows.documents.numbers import TakenNumber
from workflows.documents.papers import ActInForce, PaperLine
from workflows.organisations import queries as organisations
from workflows.organisations.people import full_name, label
from workflows.organisations.tables import Person


@dataclass(frozen=True, slots=True)
class SignatoryTerm:
    """Somebody may sign for the organisation from day to day."""

    id: str
    person_id: str
    name: str
    text: str
    """«и. о. директора Гусев А. П. (приказ № 98-к)»."""
    acting: bool
    valid_from: date
    valid_to: date | None

    def covers(self, day: date) -> bool:
        """Whether the day lies within the dates."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class PossibleSigner:
    """A parent or guardian who may sign for a pupil."""

    person_id: str
    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class ConsentSigners:
    """Whose consent it is and who may sign it."""

    person_id: str
    label: str
    kind: str
    birth_date: date | None
    representatives: tuple[PossibleSigner, ...] = ()


def load_signatories(session: Session, scope: str) -> tuple[SignatoryTerm, ...]:
    """Everybody who ever might sign for the organisation; an acting head before the head."""
    return tuple(
        SignatoryTerm(
            row.id, person.id, full_name(person), signed_by(row, person), row.acting, row.valid_from, row.valid_to
        )
        for row, person in organisations.signatories(session, scope)
    )


def load_signers(session: Session, scope: str, people: Mapping[str, Person]) -> dict[str, ConsentSigners]:
    """Who may sign the consents of some people, by person."""
    adults = organisations.representatives_of(session, scope, people)
    return {
        person_id: ConsentSigners(
            person_id,
            label(person),
            person.kind,
            person.birth_date,
            tuple(
                PossibleSigner(adult.id, full_name(adult), link.relation) for link, adult in adults.get(person_id, ())
            ),
        )
        for person_id, person in people.items()
    }


def _acts(session: Session, scope: str, ids: Sequence[str], day: date) -> dict[str, tuple[ActInForce, ...]]:
    return {scope: queries.acts_in_force(session, scope, day)}


def _papers(session: Session, scope: str, ids: Sequence[str], day: date) -> dict[str, tuple[ActInForce, ...]]:
    return {scope: queries.papers_in_force(session, scope, day)}


def _register(
    session: Session, scope: str, ids: Sequence[str], day: date
) -> dict[str, dict[str, dict[str, ConsentState]]]:
    return {scope: queries.consents_on(session, scope, None, (), day)}


def _consents(session: Session, scope: str, ids: Sequence[str], day: date) -> dict[str, dict[str, ConsentState]]:
    return queries.consents_on(session, scope, ids, (), day)


def _signatories(session: Session, scope: str, ids: Sequence[str], day: date) -> dict[str, tuple[SignatoryTerm, ...]]:
    return {scope: load_signatories(session, scope)}


def _numbers(session: Session, scope: str, ids: Sequence[str], day: date) -> dict[str, tuple[TakenNumber, ...]]:
    return {scope: queries.taken_numbers(session, scope)}


def _paper(session: Session, scope: str, ids: Sequence[str], day: date) -> dict[str, PaperLine]:
    return queries.paper_lines(session, scope, ids)


def _signers(session: Session, scope: str, ids: Sequence[str], day: date) -> dict[str, ConsentSigners]:
    lines = queries.paper_lines(session, scope, ids)
    people = organisations.people(session, scope, {line.person_id for line in lines.values() if line.person_id})
    signers = load_signers(session, scope, people)
    return {line.id: signers[line.person_id] for line in lines.values() if line.person_id in signers}


PROVIDERS = (
    FactsProvider("acts_in_force", "organisation", _acts, (), moved_by=("document",)),
    FactsProvider("papers_in_force", "organisation", _papers, (), moved_by=("document",)),
    FactsProvider("consent_register", "organisation", _register, {}, moved_by=("document",)),
    FactsProvider("signatory_terms", "organisation", _signatories, (), moved_by=()),
    FactsProvider("taken_numbers", "organisation", _numbers, (), moved_by=("document",)),
    FactsProvider("consents", "person", _consents, {}),
    FactsProvider("paper", "document", _paper),
    FactsProvider("consent_signers", "document", _signers),
)
