"""Whoever changes the database behind the program is found, and the first bad row is named with its right number.

Each change is made in a transaction of its own that is rolled back again, so that hundreds of them cost one school.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from tests.conftest import ENGINES, new_database
from tests.integration.durability.rounds import STRESS, figures
from tests.integration.house.conftest import House, at, open_house, pupils
from workflow_core import operations as engine
from workflow_core import queries
from workflow_core.history import ALL_COLUMNS, ENTRY_COLUMNS, GENESIS, HistoryEntry, seal
from workflow_core.tables import metadata
from workflow_core.unit_of_work import Read
from workflow_core.verification import Checkpoint, Problem, Verdict, register_classes, verify, verify_quickly
from workflows.mentoring import operations, papers
from workflows.mentoring.operations import Proposal

pytestmark = pytest.mark.slow

KINDS = ("step", "register", "paper", "access", "timer", "migration")
ENTRY, DETAILS, HEAD, PROCESS = (
    metadata.tables[name] for name in ("history_entry", "entry_details", "history_head", "process")
)
Change = sa.Update | sa.Delete | sa.Insert


@dataclass
class Case:
    """A school with entries of every kind, and a way to look at it as it would be after a change."""

    house: House
    owner: sa.Engine
    """Connections of somebody who owns the database: without triggers and foreign keys."""
    entries: list[HistoryEntry] = field(default_factory=list)

    @contextmanager
    def after(self, *changes: Change) -> Iterator[Read]:
        """The database with some changes in it, for the length of the block."""
        place = self.house.installation.engine
        with Session(self.owner, info={"catalogue": place.catalogue}) as session:
            for change in changes:
                session.connection().execute(change)
            yield Read(place, session, self.house.scope, at(self.house.today))
            session.rollback()

    def found(self, *changes: Change, checkpoints: tuple[Checkpoint, ...] = ()) -> Problem:
        """What the check says first."""
        with self.after(*changes) as read:
            verdict = verify(read, checkpoints)
        assert verdict.problems, f"not found: {changes[0].compile(compile_kwargs={'literal_binds': False})}"
        return verdict.problems[0]

    def sample(self, kind: str) -> list[HistoryEntry]:
        """One entry of a kind from the middle, or under stress all of them."""
        found = [entry for entry in self.entries if entry.kind == kind]
        return found if STRESS else [found[len(found) // 2]]


def unguarded(house: House) -> sa.Engine:
    """Connections on which nothing objects."""
    database = house.installation.database
    owner = sa.create_engine(database.url)

    @sa.event.listens_for(owner, "connect")
    def prepare(connection: Any, _record: object) -> None:
        if database.is_sqlite:
            connection.execute("PRAGMA foreign_keys=OFF")
        else:
            connection.execute("SET session_replication_role = replica")
            connection.commit()

    if database.is_sqlite:
        with owner.begin() as connection:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return owner


@pytest.fixture(scope="module", params=ENGINES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("case")
    with new_database(request.param) as database:
        house = open_house(database, folder, date(2026, 9, 1))
        people = house.people(*house.add(pupils(0, 2, "10 «А»", 2010)))
        with house.write() as write:
            programme = operations.create_programme(
                write, "Вместе", starts_on=house.today, ends_on=date(2027, 5, 31), form="pupil_pupil"
            ).id
            operations.enrol(write, programme, people[:1], "mentor")
            operations.enrol(write, programme, people[1:], "mentee")
            pair = operations.propose_pair(write, programme, Proposal(people[:1], people[1:], goal="Оценка «4»")).id
            paper = papers.prepare_pair_order(write, [pair], report_due="2027-06-01").id
        house.run_jobs()
        house.fire(paper, "send")
        with house.write() as write:
            write.record("timer", "pair", pair, "overdue", inputs={"days": 3})
            write.record("migration", "pair", pair, "migrated", details={"actor": "Снегирева Е. В."})
            engine.erase(write, people[:1], "Согласие отозвано")
        with house.write() as write:
            for _ in range(3):
                write.record("access", "person", people[1], "read", details={"ground": "Запрос"})
        owner = unguarded(house)
        made = Case(house, owner)
        with house.read() as read:
            made.entries = queries.entries_after(read.session, house.scope, 0, 10_000)
        yield made
        owner.dispose()


def other(value: Any, column: sa.Column[Any]) -> Any:
    """Another value that the column can hold."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (dict, list)) or isinstance(column.type, sa.JSON):
        return {"подменено": True}
    if isinstance(value, int):
        return value + 7000
    if isinstance(value, (date, datetime)):
        return value + timedelta(days=1)
    if value is None:
        return (
            date(2020, 1, 1) if isinstance(column.type, sa.Date) else 7 if isinstance(column.type, sa.Integer) else "x"
        )
    return f"{value[:-1]}{'x' if value[-1:] != 'x' else 'y'}"


def row_of(table: sa.Table, entry: HistoryEntry) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.scope_id == entry.scope_id, table.c.seq == entry.seq)


def values_of(case: Case, table: sa.Table, condition: sa.ColumnElement[bool]) -> Mapping[str, Any]:
    with case.owner.connect() as connection:
        return dict(connection.execute(sa.select(table).where(condition)).mappings().one())


def test_the_untouched_history_holds_every_kind_and_verifies(case: Case) -> None:
    kept = tuple(Checkpoint(entry.seq, entry.hash) for entry in case.entries)
    with case.after() as read:
        verdict = verify(read, kept)

    assert verdict.problems == []
    assert {entry.kind for entry in case.entries} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_an_entry(case: Case, kind: str) -> None:
    for entry in case.sample(kind):
        for name in ALL_COLUMNS:
            value = other(getattr(entry, name), ENTRY.c[name])
            problem = case.found(sa.update(ENTRY).where(row_of(ENTRY, entry)).values({name: value}))

            assert problem.seq == entry.seq, name
            if name in ENTRY_COLUMNS and name not in ("scope_id", "seq"):
                assert (problem.column, problem.should_be) == (name, str(getattr(entry, name)))
            if name == "body":
                assert (problem.column, problem.should_be) == ("body", entry.body)


@pytest.mark.parametrize("kind", ["step", "register", "access"])
def test_every_column_of_details(case: Case, kind: str) -> None:
    entry = next(one for one in case.entries if one.kind == kind and one.commitment)
    for name in DETAILS.c.keys():
        value = other(values_of(case, DETAILS, row_of(DETAILS, entry))[name], DETAILS.c[name])
        problem = case.found(sa.update(DETAILS).where(row_of(DETAILS, entry)).values({name: value}))

        assert problem.seq == entry.seq, name


def test_details_taken_away_put_in_or_erased_by_hand(case: Case) -> None:
    entry = next(one for one in case.entries if one.kind == "step" and one.commitment)
    bare = next(one for one in case.entries if not one.commitment)
    stray = {"scope_id": entry.scope_id, "salt": "s", "body": "{}", "erased_at": ""}
    erased = {"salt": None, "body": None, "erased_at": entry.recorded_at}

    assert case.found(sa.delete(DETAILS).where(row_of(DETAILS, entry))).seq == entry.seq
    assert case.found(sa.insert(DETAILS).values(seq=bare.seq, **stray)).seq == bare.seq
    assert case.found(sa.insert(DETAILS).values(seq=len(case.entries) + 5, **stray)).code == "details_stray"
    problem = case.found(sa.update(DETAILS).where(row_of(DETAILS, entry)).values(**erased))
    assert (problem.code, problem.seq) == ("details_erased", entry.seq)


def test_every_column_of_the_head(case: Case) -> None:
    values = values_of(case, HEAD, HEAD.c.scope_id == case.house.scope)
    for name, value in values.items():
        change = sa.update(HEAD).where(HEAD.c.scope_id == case.house.scope)
        problem = case.found(change.values({name: other(value, HEAD.c[name])}))

        assert problem.code in ("head_wrong", "tail_cut"), name


def test_every_column_of_a_process(case: Case) -> None:
    step = case.sample("step")[0]
    values = values_of(case, PROCESS, PROCESS.c.id == step.subject_id)
    steps = [entry.seq for entry in case.entries if entry.subject_id == step.subject_id and entry.version]
    for name, value in values.items():
        change = sa.update(PROCESS).where(PROCESS.c.id == step.subject_id)
        problem = case.found(change.values({name: other(value, PROCESS.c[name])}))

        if name == "id":
            assert problem.code == "process_unrecorded"
        elif name == "scope_id":
            assert (problem.code, problem.seq, problem.subject_id) == ("process_missing", steps[0], step.subject_id)
        else:
            assert (problem.column, problem.seq, problem.should_be) == (name, steps[-1], str(value))
            assert problem.subject_id == step.subject_id
    assert case.found(sa.delete(PROCESS).where(PROCESS.c.id == step.subject_id)).seq == steps[0]
    copy = {**values, "id": "f" * 32}
    assert case.found(sa.insert(PROCESS).values(copy)).subject_id == "f" * 32


def test_every_column_of_every_register(case: Case) -> None:
    erased = {entry.subject_id for entry in case.entries if entry.event == "erased"}
    looked_at = 0
    for table in (one for one in register_classes() if not one.exempt):
        raw = metadata.tables[str(table.__tablename__)]
        with case.owner.connect() as connection:
            rows = connection.execute(sa.select(raw).order_by(raw.c.id.desc())).mappings().all()
        row = next((row for row in rows if row["id"] not in erased), None)
        if row is None:
            continue
        kind = table.recorded_as or str(table.__tablename__)
        for column in raw.c:
            if column.name in table.unrecorded:
                continue
            change = sa.update(raw).where(raw.c.id == row["id"]).values({column.name: other(row[column.name], column)})
            problem = case.found(change)
            looked_at += 1

            assert problem.subject_kind == kind, f"{raw.name}.{column.name}"
            if column.name not in ("id", "organisation_id"):
                assert (problem.code, problem.column, problem.subject_id) == ("row_changed", column.name, row["id"])
        assert case.found(sa.delete(raw).where(raw.c.id == row["id"])).subject_id == row["id"]
        assert case.found(sa.insert(raw).values({**row, "id": "f" * 32})).code == "row_unrecorded"
    figures("tampering, columns of registers", looked_at=looked_at)
    assert looked_at > 100


def test_behaviour_of_a_stored_definition(case: Case) -> None:
    table = metadata.tables["definition"]
    rows = sorted({entry.definition_hash for entry in case.entries if entry.version})
    for stored in rows:
        body = json.loads(values_of(case, table, table.c.hash == stored)["body"])
        next(iter(body["behaviour"]["events"].values()))["roles"] = ["nobody"]
        problem = case.found(sa.update(table).where(table.c.hash == stored).values(body=json.dumps(body)))

        assert (problem.code, problem.subject_id) == ("definition_changed", stored)


def test_deleted_entries_are_named(case: Case) -> None:
    last = case.entries[-1]
    for entry in (case.entries[0], case.entries[len(case.entries) // 2], last):
        problem = case.found(sa.delete(ENTRY).where(row_of(ENTRY, entry)))

        assert (problem.code, problem.seq) == ("tail_cut" if entry is last else "entry_missing", entry.seq)
    assert case.found(sa.delete(ENTRY), sa.delete(DETAILS)).seq == 1


def test_inserted_entries_are_named(case: Case) -> None:
    count, last = len(case.entries), case.entries[-1]
    copy = {name: getattr(case.entries[3], name) for name in ALL_COLUMNS} | {"seq": count + 1}
    fitting = seal(last._replace(seq=count + 1, previous_hash=last.hash, commitment="").row()[: len(ENTRY_COLUMNS)])

    assert case.found(sa.insert(ENTRY).values({**copy, "subject_id": "e" * 32})).seq == count + 1
    problem = case.found(sa.insert(ENTRY).values(dict(zip(ALL_COLUMNS, fitting.row(), strict=True))))
    assert (problem.code, problem.seq) == ("head_wrong", count + 1)


@pytest.mark.parametrize("whole", [False, True])
def test_swapped_entries_are_named(case: Case, whole: bool) -> None:
    """Their numbers changed places, or all but their numbers did."""
    first, second = [entry for entry in case.entries if entry.event == "read"][:2]
    names = [name for name in ALL_COLUMNS if name not in ("scope_id", "seq")] if whole else ["seq"]
    changes: list[Change] = []
    if whole:
        for one, another in ((first, second), (second, first)):
            changes.append(
                sa.update(ENTRY).where(row_of(ENTRY, one)).values({name: getattr(another, name) for name in names})
            )
    else:
        for one, seq in ((first, 9000), (second, first.seq)):
            changes.append(sa.update(ENTRY).where(row_of(ENTRY, one)).values(seq=seq))
        changes.append(sa.update(ENTRY).where(ENTRY.c.seq == 9000).values(seq=second.seq))

    assert case.found(*changes).seq == first.seq


# -- against what left the house before -------------------------------------------------------------------------------


def recomputed(case: Case, change: Callable[[int, dict[str, Any]], object], keep: int | None = None) -> list[Change]:
    """The whole chain computed anew with a change in it, and cut after `keep` entries: what the owner of the database can do."""
    entries = case.entries[:keep]
    previous, changes = GENESIS, list[Change]()
    for entry in entries:
        values = {name: getattr(entry, name) for name in ENTRY_COLUMNS}
        change(entry.seq, values)
        new = seal(tuple({**values, "previous_hash": previous}.values()))
        previous = new.hash
        changes.append(
            sa.update(ENTRY).where(row_of(ENTRY, entry)).values(dict(zip(ALL_COLUMNS, new.row(), strict=True)))
        )
    count = len(entries)
    scope = case.house.scope
    return [
        *changes,
        *(sa.delete(table).where(table.c.scope_id == scope, table.c.seq > count) for table in (ENTRY, DETAILS)),
        sa.update(HEAD)
        .where(HEAD.c.scope_id == scope)
        .values(count=count, hash=previous, recorded_at=entries[-1].recorded_at),
    ]


def test_a_chain_computed_anew_is_caught_by_a_checkpoint_alone(case: Case) -> None:
    bad = next(entry.seq for entry in case.entries if entry.kind == "paper")
    changes = recomputed(case, lambda seq, values: values.update(actor_id="somebody") if seq == bad else None)
    with case.after(*changes) as read:
        assert verify(read).ok, "nothing inside the database can tell"

    kept = [Checkpoint(entry.seq, entry.hash) for entry in case.entries]
    head = case.found(*changes, checkpoints=(kept[-1],))
    assert (head.code, head.seq) == ("checkpoint_differs", 1)
    assert f"с № 1 по № {len(case.entries)}" in head.text
    narrower = case.found(*changes, checkpoints=(kept[bad - 5], kept[bad + 3]))
    assert (narrower.seq, f"с № {bad - 3} по № {bad + 4}" in narrower.text) == (bad - 3, True)
    every = case.found(*changes, checkpoints=tuple(kept))
    assert (every.seq, every.stands == every.should_be, f"Запись № {bad} переписана" in every.text) == (
        bad,
        False,
        True,
    )


def test_a_cut_tail_is_caught_by_a_checkpoint_alone(case: Case) -> None:
    count, head = len(case.entries), case.entries[-1]
    changes = recomputed(case, lambda _seq, _values: None, keep=count - 3)
    with case.after(*changes) as read:
        verdict: Verdict = verify(read, [Checkpoint(count - 3, case.entries[-4].hash)])
        assert verdict.ok, "an older checkpoint still fits"

    problem = case.found(*changes, checkpoints=(Checkpoint(count, head.hash),))
    assert (problem.code, problem.seq) == ("tail_cut", count - 2)
    assert "контрольные точки" in verdict.looked_at


def test_a_checkpoint_is_read_from_what_is_printed(tmp_path: Path) -> None:
    assert Checkpoint.from_text(" 12:abc ") == Checkpoint(12, "abc")
    for text in ("", "12", "0:abc", "x:abc", "12:"):
        with pytest.raises(ValueError, match=r":|^$|^12$"):
            Checkpoint.from_text(text)


def test_a_quick_check_sees_the_chain_and_says_what_it_left_out(case: Case) -> None:
    middle, last = case.entries[len(case.entries) // 2], case.entries[-1]
    with case.house.read() as read:
        verdict = verify_quickly(read)
    assert verdict.ok
    assert (verdict.count, verdict.head_hash) == (last.seq, last.hash)
    assert "поля записей" in verdict.not_looked_at
    assert not set(verdict.looked_at) & set(verdict.not_looked_at)

    def quick(*changes: Change) -> tuple[str, int]:
        with case.after(*changes) as read:
            [problem] = verify_quickly(read).problems
        return problem.code, problem.seq

    here = row_of(ENTRY, middle)
    assert quick(sa.update(ENTRY).where(here).values(body=middle.body.replace(middle.event, "x"))) == (
        "hash_wrong",
        middle.seq,
    )
    assert quick(sa.delete(ENTRY).where(here)) == ("entry_missing", middle.seq)
    forged = seal(middle._replace(event="x").row()[: len(ENTRY_COLUMNS)])
    values = dict(zip(ALL_COLUMNS, forged.row(), strict=True))
    assert quick(sa.update(ENTRY).where(here).values(values)) == ("link_broken", middle.seq + 1)
    assert quick(sa.delete(ENTRY).where(row_of(ENTRY, last))) == ("tail_cut", last.seq)
    with case.after(sa.update(ENTRY).where(here).values(event="x")) as read:
        assert verify_quickly(read).ok
        assert not verify(read).ok


def test_a_column_that_holds_no_text_at_all_is_named(case: Case) -> None:
    if case.house.installation.database.is_sqlite:
        entry = case.entries[3]
        problem = case.found(sa.text(f"UPDATE history_entry SET event = x'ff00' WHERE seq = {entry.seq}"))
        assert (problem.seq, problem.column) == (entry.seq, "event")
