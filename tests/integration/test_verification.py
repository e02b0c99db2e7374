"""Tampering behind the program is found and named; the replay computes states and never copies them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.conftest import CURATOR, SCHOOL
from workflow_core import operations, queries
from workflow_core.history import ENTRY_COLUMNS, GENESIS, canonical_json, entry_hash
from workflow_core.unit_of_work import ProcessEngine
from workflow_core.verification import Verdict, replay, verify

Plan = Callable[..., str]


def check(engine: ProcessEngine, now: datetime) -> Verdict:
    with engine.read(SCHOOL, now=now) as read:
        return verify(read)


def tamper(engine: ProcessEngine, *statements: str) -> None:
    """Change rows as the owner of the database could: triggers dropped first."""
    sqlite = engine.database.is_sqlite
    with engine.database.job_engine.begin() as connection:
        if sqlite:
            for name in (
                connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            ):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in ("history_entry", "entry_details", "process"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def told(visit_engine: ProcessEngine, plan: Plan, now: datetime) -> str:
    """A visit with four entries; its id."""
    subject = plan(remark="Запланировано «на среду»")
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        operations.fire(write, subject, "hold", fields={"topic": "Дроби", "kind": "open"})
        operations.fire(write, subject, "pause", ground="Карантин")
        operations.fire(write, subject, "resume")
    return subject


def test_untouched_history_verifies(visit_engine: ProcessEngine, told: str, now: datetime) -> None:
    verdict = check(visit_engine, now)

    assert verdict.ok
    assert verdict.count == 4
    with visit_engine.read(SCHOOL, now=now) as read:
        assert replay(read).ok


@pytest.mark.parametrize("column", [name for name in ENTRY_COLUMNS if name not in ("scope_id", "seq", "subject_id")])
def test_changed_column_is_named_with_what_stood_there(
    visit_engine: ProcessEngine, told: str, now: datetime, column: str
) -> None:
    number = column in ("version", "caused_by", "refers_to", "with_ground")
    tamper(
        visit_engine, f"UPDATE history_entry SET {column} = {'7' if number else chr(39) + 'x' + chr(39)} WHERE seq = 2"
    )

    problem = check(visit_engine, now).problems[0]

    assert (problem.seq, problem.column) == (2, column)
    assert problem.should_be not in (None, "x", "7")


def test_changed_body_or_hash_is_found(visit_engine: ProcessEngine, told: str, now: datetime) -> None:
    tamper(visit_engine, "UPDATE history_entry SET hash = 'f' WHERE seq = 3")

    assert (check(visit_engine, now).problems[0].seq, check(visit_engine, now).problems[0].code) == (3, "hash_wrong")


def test_deleted_entry_and_cut_tail_are_found(visit_engine: ProcessEngine, told: str, now: datetime) -> None:
    tamper(visit_engine, "DELETE FROM history_entry WHERE seq = 4")
    assert check(visit_engine, now).problems[0].code == "tail_cut"

    tamper(visit_engine, "DELETE FROM history_entry WHERE seq = 2")
    problem = check(visit_engine, now).problems[0]
    assert (problem.code, problem.seq) == ("entry_missing", 2)


def test_changed_details_are_found_and_erased_ones_are_fine(
    visit_engine: ProcessEngine, told: str, now: datetime
) -> None:
    with visit_engine.write(SCHOOL, CURATOR, now=now) as write:
        assert operations.erase(write, [told], "согласие отозвано") == 4
    assert check(visit_engine, now).ok

    with visit_engine.read(SCHOOL, now=now) as read:
        details = queries.details_of(read.session, SCHOOL, [1, 2, 3, 4])
    assert all(body is None and salt is None for salt, body, _at in details.values())

    tamper(visit_engine, "UPDATE entry_details SET erased_at = '', salt = 's', body = '{}' WHERE seq = 1")
    assert check(visit_engine, now).problems[0].code == "details_changed"


def test_process_row_changed_behind_the_triggers_is_named(
    visit_engine: ProcessEngine, told: str, now: datetime
) -> None:
    tamper(visit_engine, f"UPDATE process SET state = 'accepted' WHERE id = '{told}'")

    problem = check(visit_engine, now).problems[0]

    assert (problem.code, problem.column, problem.stands, problem.should_be) == (
        "process_changed",
        "state",
        "accepted",
        "held",
    )


def test_replay_objects_to_a_target_state_under_a_recomputed_chain(
    visit_engine: ProcessEngine, told: str, now: datetime
) -> None:
    _recompute(visit_engine, now, lambda seq, values: values.update(to_state="accepted") if seq == 2 else None)
    with visit_engine.read(SCHOOL, now=now) as read:
        verdict = replay(read)

    assert (verdict.problems[0].column, verdict.problems[0].stands, verdict.problems[0].should_be) == (
        "to_state",
        "accepted",
        "held",
    )


@pytest.mark.parametrize(
    ("seq", "lie"),
    [
        (2, {"to_state": "accepted"}),
        (3, {"from_state": "planned"}),
        (3, {"version": 5}),
        (3, {"event": "hold"}),
        (3, {"event": "undo"}),
        (4, {"event": "correct"}),
        (4, {"kind": "migration"}),
        (4, {"subject_kind": "pair"}),
        (4, {"happened_on": "2026-09-01"}),
        (4, {"definition_hash": "0" * 64}),
        (2, {"subject_id": "0" * 32}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_whole_check_objects_to_what_the_replay_objects_to(
    visit_engine: ProcessEngine, told: str, now: datetime, seq: int, lie: dict[str, Any]
) -> None:
    """It replays on the way through the chain and reads again only what does not fit."""
    _recompute(visit_engine, now, lambda number, values: values.update(lie) if number == seq else None)
    with visit_engine.read(SCHOOL, now=now) as read:
        expected = replay(read).problems[0]

    assert check(visit_engine, now).problems == [expected]


def _recompute(engine: ProcessEngine, now: datetime, change: Callable[[int, dict[str, Any]], object]) -> None:
    """Rewrite the whole chain consistently, as the owner of the database could."""
    with engine.read(SCHOOL, now=now) as read:
        entries = queries.entries_after(read.session, SCHOOL, 0, 1000)
    previous, statements = GENESIS, []
    for entry in entries:
        values = {name: getattr(entry, name) for name in ENTRY_COLUMNS}
        change(entry.seq, values)
        values["previous_hash"] = previous
        body = canonical_json([values[name] for name in ENTRY_COLUMNS])
        previous = entry_hash(body)
        row = {**values, "body": body, "hash": previous}
        assignments = ", ".join(f"{name} = {_literal(value)}" for name, value in row.items())
        statements.append(f"UPDATE history_entry SET {assignments} WHERE seq = {entry.seq}")
    statements.append(f"UPDATE history_head SET hash = '{previous}'")
    tamper(engine, *[statement.replace("%", "%%") for statement in statements])


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE history_entry SET event = 'x' WHERE seq = 1",
        "DELETE FROM history_entry",
        "UPDATE entry_details SET body = '{}' WHERE seq = 1",
        "DELETE FROM entry_details",
        "UPDATE process SET state = 'accepted'",
        "DELETE FROM process",
        "INSERT OR REPLACE INTO history_entry SELECT * FROM history_entry WHERE seq = 1",
        "TRUNCATE history_entry",
    ],
)
def test_database_itself_refuses(visit_engine: ProcessEngine, told: str, statement: str) -> None:
    if ("REPLACE" in statement) != visit_engine.database.is_sqlite and (
        "REPLACE" in statement or "TRUNCATE" in statement
    ):
        statement = "DELETE FROM history_entry WHERE seq = 1"
    with visit_engine.database.job_engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.exec_driver_sql(statement)


def test_details_never_reach_the_immutable_part(visit_engine: ProcessEngine, told: str, now: datetime) -> None:
    with visit_engine.read(SCHOOL, now=now) as read:
        entries = queries.entries_after(read.session, SCHOOL, 0, 10)
        details = queries.details_of(read.session, SCHOOL, [entry.seq for entry in entries])

    assert not any(word in entry.body for entry in entries for word in ("Карантин", "Дроби", "Морозова", "среду"))
    assert json.loads(details[2][1] or "")["fields"] == {"topic": "Дроби"}
