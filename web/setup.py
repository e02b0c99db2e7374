"""The very first start: one organisation with one account, made in the browser by whoever sees the console.

A code stands between: the admin may listen on a school's network, and the first visitor there need not be the curator.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial
from hmac import compare_digest
from pathlib import Path

from web import accounts, queries
from web.whole_file import kept_once
from workflow_core.guards import SYSTEM
from workflow_core.tables import new_id
from workflow_core.unit_of_work import ProcessEngine, Write
from workflows.organisations import operations, policy
from workflows.organisations.person_input import PersonInput


def is_needed(engine: ProcessEngine, now: datetime) -> bool:
    """Whether nobody can log in yet."""
    with engine.read(now=now) as read:
        return not queries.has_accounts(read.session)


def code(data: Path) -> str:
    """The code of this installation's first start: made once, kept until it was used."""
    return kept_once(data / "setup-code", partial(secrets.token_hex, 4))


def matches(data: Path, given: str) -> bool:
    """Whether somebody has the code from the console."""
    return compare_digest(code(data).encode(), given.strip().encode())


def found(
    engine: ProcessEngine,
    data: Path,
    *,
    now: datetime,
    organisation: dict[str, str],
    person: PersonInput,
    shown_name: str,
    username: str,
    password: str,
) -> str:
    """Make the organisation, its curator and the curator's account (curator and administrator). Returns the account's id.

    Raises InvalidInput with a sentence for each wrong field; nothing is made then.
    """
    scope = new_id()

    def make(write: Write) -> dict[str, str]:
        operations.create_organisation(write, **organisation)
        added = operations.add_person(write, person)
        account = accounts.add_account(write, username, shown_name, password)
        person_id = added.person.id if added.person else None
        for role in (policy.CURATOR, policy.ADMINISTRATOR):
            operations.grant_role(write, account.id, role, person_id=person_id)
        return {"account": account.id}

    made = engine.perform(scope, SYSTEM, make, now=now, operation="found")
    (data / "setup-code").unlink(missing_ok=True)
    return str(made["account"])
