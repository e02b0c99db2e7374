"""What the tests of papers share: a second pair, an order at signing, and how a page is read."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, at, school
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Write
from workflows.documents import queries as papers
from workflows.documents.consents import ConsentState
from workflows.documents.kinds import REPRESENTATIVE_CONSENT
from workflows.documents.ready_papers import ReadyPaper, enter_ready
from workflows.mentoring import operations as mentoring
from workflows.mentoring import papers as mentoring_papers

__all__ = ["school"]

PDF = b"%PDF-1.4 scan"
SIGNED = {"value_number": "104-ОД", "value_signed_on": "11.11.2026", "scan_when": "later"}


def plain(page: str) -> str:
    """The page as a reader types it."""
    return page.replace("\u00a0", " ").replace("\u2011", "-")


def text_of(page: str) -> str:
    """Words of the page without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", plain(page)).split())


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def state_of(school: School, process_id: str) -> str:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        process = core.process(read.session, process_id)
    assert process is not None
    return process.state


def document(school: School, document_id: str) -> dict[str, Any]:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        return papers.document(read.session, read.scope, document_id).model_dump()


def consent(school: School, who: str) -> ConsentState | None:
    person = school.people[who]
    with school.installation.engine.read(school.scope, now=NOW) as read:
        found = papers.consents_on(read.session, read.scope, [person], (), date(2026, 11, 12))
    return next(iter(found.get(person, {}).values()), None)


def one_id(location: str) -> str:
    return location.rstrip("/").rsplit("/", 1)[-1]


@pytest.fixture
def curator(school: School) -> FlaskClient:
    return school.client("curator")


def second_pair(school: School, *, consented: bool = True) -> str:
    def made(write: Write) -> str:
        proposal = mentoring.Proposal(mentors=(school.people["Белова"],), mentees=(school.people["Лис"],))
        pair = mentoring.propose_pair(write, school.programme, proposal).id
        if consented:
            enter_ready(write, ReadyPaper(REPRESENTATIVE_CONSENT, date(2026, 10, 1), person_id=school.people["Лис"]))
        return pair

    return str(school.write(made, at(date(2026, 11, 2))))


def order_at_signing(school: School, *pairs: str) -> str:
    def made(write: Write) -> str:
        order = mentoring_papers.prepare_pair_order(write, list(pairs))
        engine.fire(write, order.id, "send")
        return order.id

    return str(school.write(made, at(date(2026, 11, 5))))


@pytest.fixture
def pair(school: School) -> str:
    return second_pair(school)


@pytest.fixture
def order(school: School, pair: str) -> str:
    return order_at_signing(school, pair)


def registered(school: School, client: FlaskClient, order: str, **more: Any) -> Any:
    data = {**SIGNED, "value_signatory": school.people["Гусев"], "version": "2", "key": new_id(), **more}
    return client.post(f"/documents/{order}/steps/register", data=data, content_type="multipart/form-data")
