"""What this package gives the engine: roles, facts, and the rules of each place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from workflow_core.guards import FactsProvider
from workflow_core.hookspecs import hookimpl
from workflow_core.plugin_manager import Role
from workflows.organisations.facts import PROVIDERS
from workflows.organisations.policy import ROLES
from workflows.organisations.profile import LayeredProfile, load_profile
from workflows.organisations.profile_file import library


@hookimpl
def contribute_roles() -> list[Role]:
    """All roles of the product, memberships and relations."""
    return list(ROLES)


@hookimpl
def contribute_facts() -> list[FactsProvider]:
    """Facts about organisations and people."""
    return list(PROVIDERS)


@hookimpl
def profile_of(session: Session, scope: str, now: datetime, profiles: Sequence[Path]) -> LayeredProfile | None:
    """The layered rules of an organisation; a broken profile file is left out and told by `marshrut check`."""
    return load_profile(session, scope, now, library(tuple(profiles)))
