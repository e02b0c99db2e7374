"""The example: alive on its day, true to the rules, made once, never among other data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.web.conftest import demo_template, settings_in
from web import accounts, queries
from web.assembly import CollectedJobs, Installation, assemble
from web.demo import ACCOUNTS, DISTRICT, KINDERGARTEN_TITLE, PASSWORD, SCHOOL_TITLE, ensure_demo, is_demo, make_file
from workflow_core import operations, verification
from workflow_core import queries as core
from workflow_core.database import Database, open_database
from workflow_core.exceptions import InvalidInput
from workflow_core.guards import SYSTEM, Share
from workflow_core.tables import new_id
from workflow_core.unit_of_work import Read, Write
from workflows.documents import queries as documents
from workflows.mentoring import board
from workflows.mentoring.pair_list import PairFilter
from workflows.organisations import operations as organisations
from workflows.organisations import policy
from workflows.organisations import queries as places
from workflows.road_maps import views


def installed(database: Database, folder: Path) -> Installation:
    """An installation over a prepared database."""
    made = assemble(settings_in(folder), jobs=CollectedJobs(), database=database)
    made.engine.store_definitions(now=NOW)
    return made


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The example at `NOW`; these tests only read it."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "marshrut.db").write_bytes(demo_template().read_bytes())
    database = open_database(f"sqlite:///{folder / 'marshrut.db'}", synchronous="OFF")
    yield installed(database, folder)
    database.close()


def scope_of(installation: Installation, title: str) -> str:
    with installation.engine.read(now=NOW) as read:
        (found,) = places.organisations_named(read.session, title)
        return found.id


@pytest.fixture
def school(demo: Installation) -> Iterator[Read]:
    """A snapshot of the example school."""
    with demo.engine.read(scope_of(demo, SCHOOL_TITLE), now=NOW) as read:
        yield read


@pytest.mark.parametrize("title", [SCHOOL_TITLE, KINDERGARTEN_TITLE, DISTRICT])
def test_its_history_verifies_and_replays(demo: Installation, title: str) -> None:
    with demo.engine.read(scope_of(demo, title), now=NOW) as read:
        assert verification.verify(read).problems == []
        assert verification.replay(read).problems == []


def test_it_was_lived_on_its_own_days(school: Read) -> None:
    entries = core.entries_after(school.session, school.scope, 0, 5000)
    recorded = [entry.recorded_at for entry in entries]

    assert recorded == sorted(recorded)
    assert recorded[0][:10] < "2026-08-25"
    assert recorded[-1][:10] == "2026-11-11"
    assert {entry.recorded_at[:7] for entry in entries} >= {"2026-08", "2026-09", "2026-10", "2026-11"}


def test_pairs_stand_in_all_states(school: Read) -> None:
    found = core.count_by_state(school.session, school.scope, "pair")

    assert sum(found.values()) == 21
    assert set(found) == set(school.catalogue.definitions["pair"].states)
    assert {line.label for line in board.stuck_pairs(school)} == {
        "Дьячков Н. Ю. — Зуев Максим",
        "Белова Анна — Ким Данил",
        "Фёдоров Степан — Крылова Вера, Мельник Захар",
    }


def test_three_consents_of_thirty_four_are_lacking(school: Read) -> None:
    facts = school.catalogue.load_facts(
        school.session, school.scope, "organisation", ["personal_data_consents"], [school.scope], school.today
    )
    share: Share = facts[school.scope]["personal_data_consents"]

    assert (share.done, share.total) == (31, 34)
    assert {one.label for one in share.missing} == {"Ким Данил", "Зуев Максим", "Тихонов С. Ю."}


def test_the_pair_of_the_picture_waits_for_a_consent_and_an_approval(demo: Installation, school: Read) -> None:
    (pair,) = board.pair_page(school, PairFilter(text="белова ким")).pairs
    account = queries.account_named(school.session, "curator")
    assert account is not None
    curator = policy.actor_for(school.session, school.scope, account.id, account.name, school.today)
    outlooks = {one.event.name: one for one in operations.why_not(school, curator, [pair.id])[pair.id]}

    assert (pair.state, pair.since) == ("planning", date(2026, 10, 15))
    assert [(one.text, str(one.severity), one.source) for one in outlooks["start_work"].blockers] == [
        ("Ким Данил: нет согласия на обработку данных", "block", "школа"),
        ("План не утверждён", "reason", "школа"),
    ]
    entries = core.entries_of(school.session, school.scope, [pair.id])[pair.id]
    (formed,) = [entry for entry in entries if entry.event == "form"]
    assert (formed.with_ground, formed.happened_on) == (1, "2026-09-16")
    assert formed.caused_by > 0


def test_the_map_is_half_done(school: Read) -> None:
    (running,) = views.maps(school)

    assert running.counts.total == 51
    assert 20 <= running.counts.done <= 30
    assert (running.counts.overdue, running.counts.reported) == (2, 1)
    assert running.state == "approved"


def test_every_paper_that_was_made_here_has_its_file(school: Read) -> None:
    found = documents.paper_page(school.session, school.scope, limit=1000).papers
    files = documents.files_of(school.session, school.scope, [one.id for one in found])

    assert {one.file_status for one in found if one.origin == "made"} == {"ready"}
    assert all(files[one.id] for one in found if one.origin == "made")
    assert {"at_signing", "draft", "in_force", "expected", "received", "agreed", "approved"} <= {
        one.state for one in found
    }


def test_a_stand_in_has_signed_and_will_sign_again(school: Read) -> None:
    signed = [line for line in documents.paper_page(school.session, school.scope, limit=1000).papers if line.number]
    by_deputy = [line for line in signed if "и. о. директора" in line.signatory_text]
    coming = [row for row, _who in places.signatories(school.session, school.scope) if row.acting]

    assert [line.number for line in by_deputy] == ["96-ОД"]
    assert max(row.valid_from for row in coming) > school.today


def test_everybody_can_log_in_and_sees_their_own_places(demo: Installation) -> None:
    seen = {}
    with demo.engine.read(now=NOW) as read:
        for username, _name, _what in ACCOUNTS:
            account = queries.account_named(read.session, username)
            assert accounts.password_matches(account, PASSWORD), username
            assert account is not None
            found = policy.visible_organisations(read.session, account.id, NOW.date())
            seen[username] = {one.short_title for one in found}

    assert seen["methodist"] == {"Отдел образования", SCHOOL_TITLE, KINDERGARTEN_TITLE}
    assert seen["kindergarten"] == {KINDERGARTEN_TITLE}
    assert all(seen[name] == {SCHOOL_TITLE} for name in ("curator", "director", "mentor", "auditor", "administrator"))


def test_a_second_making_changes_nothing(demo: Installation) -> None:
    scope = scope_of(demo, SCHOOL_TITLE)
    with demo.engine.read(scope, now=NOW) as read:
        before = core.read_head(read.session, scope)
    assert is_demo(demo.database)
    assert not ensure_demo(demo, now=NOW)
    with demo.engine.read(scope, now=NOW) as read:
        assert core.read_head(read.session, scope) == before


def test_it_does_not_move_in_with_other_data(sqlite_database: Database, tmp_path: Path) -> None:
    made = installed(sqlite_database, tmp_path)

    def found(write: Write) -> None:
        organisations.create_organisation(write, kind="school", title="Своя школа")

    with made.engine.write(new_id(), SYSTEM, now=NOW) as write:
        found(write)
    with pytest.raises(InvalidInput, match="уже есть свои данные"):
        ensure_demo(made, now=NOW)
    assert not is_demo(sqlite_database)


def test_an_interrupted_making_leaves_no_half_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    settings = settings_in(tmp_path, "demo.db")
    monkeypatch.setattr("web.demo.diary.Diary.play", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            make_file(settings, now=NOW)
        assert not (tmp_path / "demo.db").exists()


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2027-02-14", "2026-07-15"])
def test_it_comes_up_on_other_days_of_the_year(sqlite_database: Database, tmp_path: Path, day: str) -> None:
    now = datetime.fromisoformat(f"{day}T09:00:00").replace(tzinfo=UTC)
    made = installed(sqlite_database, tmp_path)
    ensure_demo(made, now=now)

    with made.engine.read(scope_of(made, SCHOOL_TITLE), now=now) as read:
        assert verification.verify(read).ok
        assert len(board.stuck_pairs(read)) == 3
        assert core.read_head(read.session, read.scope) is not None


@pytest.mark.slow
@pytest.mark.postgresql
def test_it_comes_up_on_postgresql(postgresql_database: Database, tmp_path: Path) -> None:
    made = installed(postgresql_database, tmp_path)

    assert ensure_demo(made, now=NOW)
    with made.engine.read(scope_of(made, SCHOOL_TITLE), now=NOW) as read:
        assert verification.verify(read).ok
        assert core.count_by_state(read.session, read.scope, "pair")["regular_work"] == 4
