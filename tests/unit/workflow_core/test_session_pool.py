"""Sessions that are kept open: the same one again, and never one that failed, has rested or is one too many."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from workflow_core import session_pool
from workflow_core.database import Database, open_database
from workflow_core.session_pool import MOST_KEPT, SessionPool


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = open_database(f"sqlite:///{tmp_path}/base.db")
    with opened.write_engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE word (text VARCHAR)"))
    return opened


def write(pool: SessionPool, text: str) -> int:
    with pool.taken() as (session, connection), connection.begin():
        session.info["left"] = text
        session.execute(sa.text("INSERT INTO word VALUES (:text)"), {"text": text})
        return id(session)


def words(database: Database) -> list[str]:
    with database.reading.taken() as (session, _connection):
        return list(session.execute(sa.text("SELECT text FROM word")).scalars())


def test_the_next_unit_of_work_gets_the_same_session_without_anything_of_the_last_one(database: Database) -> None:
    first = write(database.writing, "раз")
    with database.writing.taken() as (session, connection), connection.begin():
        assert id(session) == first
        assert session.info == {}
        assert connection.in_transaction()
        assert not session.in_transaction()
    assert words(database) == ["раз"]


def test_what_fails_is_rolled_back_and_its_session_not_used_again(database: Database) -> None:
    first = write(database.writing, "раз")
    used: list[int] = []

    def fail() -> None:
        with database.writing.taken() as (session, connection), connection.begin():
            used.append(id(session))
            session.execute(sa.text("INSERT INTO word VALUES ('два')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert used == [first]
    assert database.writing._idle == []
    assert write(database.writing, "три")
    assert words(database) == ["раз", "три"]


def test_only_a_few_are_kept_and_close_gives_all_back(database: Database) -> None:
    pool, engine = database.reading, database.read_engine
    with ExitStack() as stack:
        many = [stack.enter_context(pool.taken())[0] for _ in range(MOST_KEPT + 2)]
        assert len({id(session) for session in many}) == MOST_KEPT + 2
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedout() == MOST_KEPT
    pool.close()
    assert engine.pool.checkedout() == 0


def test_one_that_has_rested_goes_back_to_the_pool_which_looks_whether_it_lives(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(database.writing, "раз")
    monkeypatch.setattr(session_pool, "FRESH_SECONDS", -1.0)
    asked: list[object] = []
    sa.event.listen(database.write_engine, "checkout", lambda *given: asked.append(given))
    write(database.writing, "два")
    assert len(asked) == 1
    monkeypatch.undo()
    write(database.writing, "три")
    assert len(asked) == 1


def test_a_connection_that_died_costs_one_error_and_no_more(database: Database) -> None:
    write(database.writing, "раз")
    database.writing._idle[0].connection.connection.driver_connection.close()  # type: ignore[union-attr]
    with pytest.raises(Exception, match="closed database"):
        write(database.writing, "два")
    write(database.writing, "три")
    assert words(database) == ["раз", "три"]
