"""After a whole year: every row of every register stands in the history, no name stands in what can't be erased; and erasing."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import select

from tests.integration.house.conftest import FAMILIES, House, pupils
from tests.integration.house.school_year import Year
from workflow_core import operations as engine
from workflow_core import queries as core
from workflow_core.history import HistoryEntry
from workflow_core.unit_of_work import Read
from workflow_core.verification import register_classes, replay, verify
from workflows.documents import operations as documents
from workflows.documents import queries as papers
from workflows.documents.operations import Received
from workflows.mentoring import operations as mentoring
from workflows.mentoring.papers import prepare_consents

pytestmark = pytest.mark.slow

EMPTY_AFTER_A_YEAR = {"account", "setting", "stand_in", "occurrence", "activity_fact", "calendar_days"} | {
    "map_file",
    "own_map",
    "calendar_feed",
}
"""Registers that the story has no use for."""


def all_entries(read: Read) -> list[HistoryEntry]:
    return core.entries_after(read.session, read.scope, 0, 1_000_000)


def test_every_row_of_every_register_is_recorded(year: Year) -> None:
    with year.house.read() as read:
        entries = all_entries(read)
        rows = {
            str(table.__tablename__): [
                (table.recorded_as or str(table.__tablename__), row.id) for row in read.session.exec(select(table))
            ]
            for table in register_classes()
            if not table.exempt
        }
    recorded = {(entry.subject_kind, entry.subject_id) for entry in entries if entry.kind == "register"}

    assert {name for name, found in rows.items() if not found} <= EMPTY_AFTER_A_YEAR
    assert [key for found in rows.values() for key in found if key not in recorded] == []


def test_every_process_has_as_many_entries_as_its_version(year: Year) -> None:
    with year.house.read() as read:
        steps = Counter(entry.subject_id for entry in all_entries(read) if entry.version)
        processes = core.processes_of(read.session, read.scope)

    assert {process.id: process.version for process in processes} == dict(steps)


def test_no_name_stands_in_what_can_t_be_erased(year: Year) -> None:
    with year.house.read() as read:
        entries = all_entries(read)
        details = core.details_of(read.session, read.scope, [entry.seq for entry in entries])
        columns = read.session.execute(sa.text("SELECT * FROM history_entry")).all()
        heads = read.session.execute(sa.text("SELECT * FROM history_head")).all()
    immutable = "\n".join(str(value) for row in (*columns, *heads) for value in row)
    erasable = "\n".join(body or "" for _salt, body, _at in details.values())
    named = {row.family_name for row in year.house.inputs.values()}

    assert len(named) > 20
    assert sorted(name for name in named if name in immutable) == []
    assert sorted(name for name in named if json.dumps(name)[1:-1] in immutable) == []
    # The bodies hold ids and codes alone, so no other Russian word either.
    assert sorted(set(re.findall(r"[а-яёА-ЯЁ]{2,}", immutable))) == []
    assert sorted(name for name in named if name not in erasable) == [], "names are looked for rightly"


# -- erasing ----------------------------------------------------------------------------------------------------------


def erased_school(house: House) -> tuple[str, str, int]:
    """Somebody's consent is revoked and what is known of them erased; (person, paper, entries)."""
    names = house.add(pupils(0, 2, "7 «Б»", 2013), mothers=True)
    with house.write() as write:
        programme = mentoring.create_programme(
            write, "Вместе", starts_on=date(2026, 9, 1), ends_on=date(2027, 5, 31), form="pupil_pupil"
        ).id
        mentoring.enrol(write, programme, house.people(*names), "mentee")
        issued = prepare_consents(write, programme, house.people(*names))
    house.run_jobs()
    with house.write() as write:
        rows = documents.receive_consents(write, [Received(one.document_id, date(2026, 9, 1)) for one in issued])
        assert all(row.ok for row in rows)
    paper = issued[0].document_id
    house.today = date(2026, 9, 20)
    house.fire(paper, "revoke", remark=f"Заявление матери: {names[0]}")
    with house.write() as write:
        count = documents.erase_after_revocation(write, paper, "Отзыв согласия, заявление от 20.09.2026")
    return house.ids[names[0]], paper, count


def test_after_a_revocation_the_names_are_gone_and_the_chain_still_holds(house: House) -> None:
    person, paper, count = erased_school(house)
    family = next(he for he, _she in FAMILIES)

    with house.read() as read:
        own = core.entries_of(read.session, house.scope, [person, paper])
        seqs = [entry.seq for entries in own.values() for entry in entries]
        details = core.details_of(read.session, house.scope, seqs)
        facts = papers.document(read.session, house.scope, paper).facts
        files = papers.files_of(read.session, house.scope, [paper])
        whole, again = verify(read), replay(read)
    kept = "".join(body or "" for _salt, body, _at in details.values())
    assert count > 3
    assert family not in kept
    assert sum(1 for _salt, body, at in details.values() if at and body is None) == count
    assert family not in json.dumps(facts, ensure_ascii=False)
    assert not [row for row in files.get(paper, []) if row.purpose == "generated"]
    assert (whole.problems, again.problems) == ([], [])


def test_that_there_was_a_consent_can_still_be_proven(house: House) -> None:
    person, paper, _count = erased_school(house)

    with house.read() as read:
        state = papers.consents_on(read.session, house.scope, [person], (), date(2026, 9, 25))[person]
        before = papers.consents_on(read.session, house.scope, [person], (), date(2026, 9, 10))[person]
        steps = [entry.event for entry in core.entries_of(read.session, house.scope, [paper])[paper] if entry.version]
    (now,), (then,) = state.values(), before.values()
    assert steps == ["expect", "receive", "revoke"]
    assert (now.is_valid, now.revoked_on, then.is_valid) == (False, date(2026, 9, 20), True)


def test_somebody_else_s_entries_stay_whole(house: House) -> None:
    _person, _paper, _count = erased_school(house)
    other = house.ids["Выдрина"]

    with house.read() as read:
        entries = core.entries_of(read.session, house.scope, [other])[other]
        details = core.details_of(read.session, house.scope, [entry.seq for entry in entries])
    assert all(body is not None for _salt, body, _at in details.values())
    assert "Выдрина" in "".join(body or "" for _salt, body, _at in details.values())


def test_after_an_erasure_work_goes_on(house: House) -> None:
    """Somebody who withdraws and comes back: a new consent, a changed card; nothing of it breaks the check."""
    from workflows.organisations import operations as organisations

    person, _paper, _count = erased_school(house)
    with house.write() as write:
        organisations.change_person(write, person, class_name="8 «Б»")
    with house.write() as write:
        engine.erase(write, [person], "Повторное заявление")

    with house.read() as read:
        assert verify(read).ok
        assert replay(read).ok
