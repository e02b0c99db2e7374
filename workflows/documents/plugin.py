"""What the room of papers gives to the engine, through the same door as a stranger's plugin."""

from __future__ import annotations

from pathlib import Path

from workflow_core.guards import FactsProvider, Guard
from workflow_core.hookspecs import hookimpl
from workflow_core.operations import Consequence, Effect
from workflow_core.rendering import DocumentClass
from workflows.documents.effects import EFFECTS
from workflows.documents.facts import PROVIDERS
from workflows.documents.guards import GUARDS
from workflows.documents.revocations import REVOCATIONS

_HERE = Path(__file__).parent


@hookimpl
def contribute_definitions() -> list[Path]:
    """The lifecycles of the four classes."""
    return [_HERE / f"{one.value}.yaml" for one in DocumentClass]


@hookimpl
def contribute_guards() -> list[Guard]:
    """Who may sign, numbers, acts in force."""
    return list(GUARDS)


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    """Acts in force, consents, signatories, numbers."""
    return list(PROVIDERS)


@hookimpl
def contribute_effects() -> list[Effect]:
    """Registering, receiving, signing, approving."""
    return list(EFFECTS)


@hookimpl
def contribute_consequences() -> list[Consequence]:
    """Drafts that a step about somebody takes back."""
    return list(REVOCATIONS)
