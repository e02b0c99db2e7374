"""Processes go over to a new edition of their rules: rehearsed, run in chunks, killed half-way, replayed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT, new_database
from tests.integration.conftest import CURATOR, SCHOOL
from tests.integration.migration_work import ADMINISTRATOR, NEXT, STATES, NextVisits, fill, left, migrate_all
from tests.integration.test_verification import tamper
from tests.integration.visit_plugin import VisitPlugin
from workflow_core import operations, queries
from workflow_core.database import Database
from workflow_core.definition import REMEMBERED, SAME, START, EventDefinition, WorkflowDefinition
from workflow_core.exceptions import InvalidDefinition, InvalidInput, NotFound, NotPermitted, WorkflowError
from workflow_core.history import ENTRY_COLUMNS, GENESIS, canonical_json, entry_hash
from workflow_core.jobs import CollectedJobs
from workflow_core.migration_file import read_migration
from workflow_core.operations import Fate, MigrationPlan
from workflow_core.plugin_manager import build_catalogue
from workflow_core.replay import project
from workflow_core.tables import Process, new_id
from workflow_core.unit_of_work import ProcessEngine, instant
from workflow_core.verification import replay, verify

TOPIC = {"topic": "Дроби"}
DAY = date(2026, 11, 2)


@dataclass
class School:
    """One database with both editions installed, the newer one as the current."""

    old: ProcessEngine
    new: ProcessEngine
    visits: NextVisits
    now: datetime
    scope: str = SCHOOL

    def visit(self, *events: str, day: date = DAY) -> str:
        """A visit of the old edition after some steps."""
        subject = new_id()
        with self.old.write(self.scope, CURATOR, now=self.now) as write:
            operations.start(write, "visit", "visit", subject, "plan", happened_on=day)
            for event in events:
                fields = TOPIC if event == "hold" else {}
                operations.fire(write, subject, event, fields=fields, happened_on=day, ground="проверка")
        return subject

    def plan(self, states: Mapping[str, str] = STATES, **options: object) -> MigrationPlan:
        with self.new.read(self.scope, now=self.now) as read:
            return operations.plan_migration(read, "visit", states=states, **options)  # type: ignore[arg-type]

    def rehearsed(self, plan: MigrationPlan) -> dict[str, Fate]:
        with self.new.read(self.scope, now=self.now) as read:
            return {fate.process_id: fate for fate in operations.rehearse_migration(read, plan)}

    def run(self, plan: MigrationPlan, chunk: int = 300) -> list[operations.RowResult]:
        pages = operations.run_migration(self.new, self.scope, ADMINISTRATOR, plan, clock=lambda: self.now, chunk=chunk)
        return [row for page in pages for row in page]

    def rows(self) -> dict[str, Process]:
        with self.new.read(self.scope, now=self.now) as read:
            return {one.id: one for one in queries.processes_of(read.session, self.scope)}

    def problems(self) -> list[object]:
        with self.new.read(self.scope, now=self.now) as read:
            return [*verify(read).problems, *replay(read).problems]


def school_in(database: Database, now: datetime) -> School:
    visits = NextVisits()
    old = ProcessEngine(database, build_catalogue([("visits", VisitPlugin())], entry_points=False), CollectedJobs())
    old.store_definitions(now=now - timedelta(days=100))
    new = ProcessEngine(database, build_catalogue([("visits", visits)], entry_points=False), CollectedJobs())
    new.store_definitions(now=now)
    return School(old, new, visits, now)


@pytest.fixture
def school(database: Database, now: datetime) -> School:
    return school_in(database, now)


@pytest.fixture
def small(sqlite_database: Database, now: datetime) -> School:
    """The same on SQLite alone."""
    return school_in(sqlite_database, now)


# -- the rehearsal ----------------------------------------------------------------------------------------------------


def test_rehearsal_tells_each_fate_and_changes_nothing(school: School) -> None:
    planned, described, paused = school.visit(), school.visit("hold", "describe"), school.visit("hold", "pause")
    school.visits.timetable[planned] = False
    school.visits.rooms[described] = False
    before = school.rows()

    fates = school.rehearsed(school.plan())

    assert school.rows() == before
    assert {name: (fate.from_title, fate.to_state, fate.to_title) for name, fate in fates.items()} == {
        planned: ("Запланировано", "planned", "Запланировано"),
        described: ("Описано", "written", "Записано"),
        paused: ("Отложено", "paused", "Отложено"),
    }
    assert fates[paused].remembered == "held"
    # Fourteen days by the old rules, ten by the new ones; «held» had no limit and «written» has one.
    assert (fates[planned].limit_before, fates[planned].limit_after) == (date(2026, 11, 16), date(2026, 11, 12))
    assert (fates[described].limit_before, fates[described].limit_after) == (None, date(2026, 11, 9))
    assert not fates[paused].limit_moves
    # A note before, a wall now; a rule that the step did not have.
    assert [(one.event, one.blocker.code, one.blocker.severity) for one in fates[planned].missing] == [
        ("hold", "no_lesson", "block")
    ]
    assert [(one.title, one.blocker.code) for one in fates[described].missing] == [("Принять", "room_taken")]
    assert fates[paused].missing == ()


def test_states_without_a_counterpart_are_findings_and_stay_behind(small: School) -> None:
    described, remembers = small.visit("hold", "describe"), small.visit("hold", "describe", "pause")
    held = small.visit("hold")

    plan = small.plan(states={})
    fates = small.rehearsed(plan)
    rows = {row.process_id: row for row in small.run(plan)}

    assert [(one.code, one.severity) for one in plan.warnings] == [("lost_state", "warning")]
    assert "Описано" in plan.warnings[0].text
    assert [fates[one].can_move for one in (described, remembers, held)] == [False, False, True]
    assert fates[described].obstacle == rows[described].text
    assert "described" in fates[remembers].obstacle
    assert {one: small.rows()[one].definition_hash for one in (described, remembers)} == dict.fromkeys(
        (described, remembers), small.old.catalogue.definitions["visit"].hash
    )
    assert small.problems() == []


def test_names_that_stand_nowhere_are_all_refused_at_once(small: School) -> None:
    small.visit()

    with pytest.raises(InvalidDefinition) as refused:
        small.plan(states={"described": "nowhere", "nothing": "held"}, remembered={"held": "lost"}, source="7")

    (hash_before,) = {row.definition_hash for row in small.rows().values()}
    assert [one.code for one in refused.value.findings] == ["unknown_source", "unknown_state", "unknown_state"]
    texts = [one.text for one in refused.value.findings]
    assert texts[0] == f"Прежней редакции «7» правил «visit» нет; есть: 1 ({hash_before[:12]})."
    assert [text.partition(";")[0] for text in texts[1:]] == [
        "states: состояния «nowhere» в новой редакции нет",
        "remembered: состояния «lost» в новой редакции нет",
    ]
    with pytest.raises(InvalidDefinition) as refused:
        small.plan(states={"described": "nowhere", "nothing": "held"}, source="1")
    assert sorted((one.code, one.text.split("«")[1].split("»")[0]) for one in refused.value.findings) == [
        ("unknown_state", "nothing"),
        ("unknown_state", "nowhere"),
    ]
    assert small.plan(source=hash_before[:6]).sources == (hash_before,)
    with pytest.raises(InvalidDefinition, match="не установлены"):
        small.plan(target="visit_region")


def test_file_says_what_goes_where(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text("definition: visit\nfrom: 1\nstates: {described: written}\nremembered: {described: held}\n")

    found = read_migration(path)

    assert (found.definition, found.source, found.target) == ("visit", "1", "")
    assert (found.states, found.remembered) == ({"described": "written"}, {"described": "held"})
    path.write_text(json.dumps({"states": {"described": "Written"}, "version": 2}))
    with pytest.raises(InvalidDefinition) as refused:
        read_migration(path)
    assert len(refused.value.findings) == 3
    assert all(one.line for one in refused.value.findings if "ключ обязателен" not in one.text)


# -- the run ----------------------------------------------------------------------------------------------------------


def test_run_moves_every_process_once_and_the_timers_follow(school: School) -> None:
    ids = [school.visit(*events, day=date(2026, 11, 9)) for events in ((), ("hold", "describe"), ("pause",))]
    plan = school.plan()
    fates = school.rehearsed(plan)

    rows = school.run(plan, chunk=2)
    again = school.run(plan)

    assert [row.ok for row in rows] == [True] * 3
    assert again == []
    found = school.rows()
    for one in ids:
        assert (found[one].state, found[one].remembered) == (fates[one].to_state, fates[one].remembered)
        assert (found[one].definition_hash, found[one].since) == (plan.target.hash, "2026-11-09")
    with school.new.read(SCHOOL, now=school.now) as read:
        entries = queries.entries_of(read.session, SCHOOL, ids)
        due = {row.subject_id: row.due_on for row in queries.due_of(read.session, SCHOOL, ids, ("limit",))}
    moved = [one for each in entries.values() for one in each if one.kind == "migration"]
    assert [(one.event, one.actor_role, one.input_values["from"]) for one in moved] == [
        ("migrate", "administrator", plan.sources[0])
    ] * 3
    assert due == {one: str(fates[one].limit_after) for one in ids if fates[one].limit_after}
    assert school.problems() == []
    with school.new.write(SCHOOL, CURATOR, now=school.now) as write:
        assert operations.fire(write, ids[1], "accept").process.state == "accepted"
    assert school.problems() == []


def test_only_an_administrator_moves_and_nobody_across_organisations(small: School) -> None:
    subject = small.visit()
    plan = small.plan()

    with pytest.raises(NotPermitted) as refused, small.new.write(SCHOOL, CURATOR, now=small.now) as write:
        operations.migrate(write, plan, [subject])
    assert refused.value.roles == ("administrator",)
    with small.new.write("5" * 32, ADMINISTRATOR, now=small.now) as write:
        assert [(row.ok, row.text) for row in operations.migrate(write, plan, [subject])] == [
            (False, "Такой записи нет.")
        ]
    assert small.rows()[subject].version == 1


def test_each_row_says_what_became_of_it(small: School) -> None:
    subject, moved = small.visit(), small.visit()
    plan = small.plan()
    with small.new.write(SCHOOL, ADMINISTRATOR, now=small.now) as write:
        operations.migrate(write, plan, [moved])

    with small.new.write(SCHOOL, ADMINISTRATOR, now=small.now) as write:
        rows = operations.migrate(write, plan, [moved, "0" * 32])
        stranger = operations.migrate(write, replace(plan, sources=frozenset({"f" * 64})), [subject])

    assert [(row.ok, row.text) for row in (*rows, *stranger)] == [
        (True, "Уже идёт по новым правилам."),
        (False, "Такой записи нет."),
        (False, "Идёт по другой редакции правил."),
    ]


def test_undo_leads_to_the_state_before_in_the_new_words(small: School) -> None:
    accepted, described = small.visit("hold", "describe", "accept"), small.visit("hold", "describe")
    with small.new.read(SCHOOL, now=small.now) as read:
        seq = queries.entries_of(read.session, SCHOOL, [accepted])[accepted][1].seq
    small.run(small.plan())

    with small.new.write(SCHOOL, CURATOR, now=small.now) as write:
        back = operations.undo(write, accepted, why="Принято по ошибке")
        further = operations.undo(write, described, why="Описано не то")
        mended = operations.correct(write, accepted, seq, happened_on=date(2026, 11, 1), why="Опечатка")

    assert (back.state, back.since, further.state) == ("written", "2026-11-02", "held")
    assert mended.state == "written"
    with small.new.read(SCHOOL, now=small.now) as read:
        moved = queries.entries_of(read.session, SCHOOL, [described])[described][-2]
    assert moved.kind == "migration"
    with pytest.raises(NotFound), small.new.write(SCHOOL, CURATOR, now=small.now) as write:
        operations.correct(write, described, moved.seq, happened_on=DAY, why="Это перевод, а не шаг")
    assert small.problems() == []


def test_undo_into_a_state_that_is_gone_is_refused_with_words(small: School) -> None:
    accepted = small.visit("hold", "describe", "accept")
    small.run(small.plan(states={}))

    with (
        pytest.raises(InvalidInput, match="прежней редакции"),
        small.new.write(SCHOOL, CURATOR, now=small.now) as write,
    ):
        operations.undo(write, accepted, why="Принято по ошибке")
    assert small.problems() == []


# -- tampering --------------------------------------------------------------------------------------------------------


def rewrite_history(school: School, seq: int, **changes: object) -> None:
    """Change an entry and recompute the whole chain over it, as whoever owns the database could."""
    with school.new.read(SCHOOL, now=school.now) as read:
        entries = queries.entries_after(read.session, SCHOOL, 0, 1000)
    previous, statements = GENESIS, []
    for entry in entries:
        values = {name: getattr(entry, name) for name in ENTRY_COLUMNS}
        values |= {"previous_hash": previous} | (changes if entry.seq == seq else {})
        body = canonical_json([values[name] for name in ENTRY_COLUMNS])
        previous = entry_hash(body)
        columns = {**values, "body": body, "hash": previous}
        written = ", ".join(f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'" for name, value in columns.items())
        statements.append(f"UPDATE history_entry SET {written} WHERE seq = {entry.seq}".replace("%", "%%"))
    tamper(school.new, *statements, f"UPDATE history_head SET hash = '{previous}'")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("to_state", "held"),
        ("from_state", "held"),
        ("event", "accept"),
        ("definition_hash", "OLD"),
        ("inputs", '{"from":"OLD","remembered":{},"states":{"described":"held"}}'),
        ("inputs", '{"from":"OTHER","remembered":{},"states":{"described":"written"}}'),
        ("inputs", "{}"),
        ("kind", "step"),
    ],
)
def test_tampered_migration_is_found_under_a_recomputed_chain(small: School, column: str, value: str) -> None:
    subject = small.visit("hold", "describe")
    plan = small.plan()
    (row,) = small.run(plan)
    assert small.problems() == []

    rewrite_history(small, row.seq, **{column: value.replace("OLD", plan.sources[0])})

    (problem, *_rest) = small.problems()
    assert (problem.subject_id, problem.seq) == (subject, row.seq)  # type: ignore[attr-defined]


def test_step_by_other_rules_than_its_process_is_found(small: School) -> None:
    subject = small.visit("hold")
    new_hash = small.plan().target.hash

    rewrite_history(small, 2, definition_hash=new_hash)

    (problem, *_rest) = small.problems()
    assert (problem.subject_id, problem.column) == (subject, "definition_hash")  # type: ignore[attr-defined]


# -- any mapping, any processes ---------------------------------------------------------------------------------------

NAMES = ("planned", "held", "described", "paused", "accepted", "cancelled")
NEW_NAMES = (*NAMES, "fresh", "other")


def renamed(old: WorkflowDefinition, names: Mapping[str, str]) -> WorkflowDefinition:
    """The lifecycle with its states called otherwise; states that get one name become one."""

    def name(one: str) -> str:
        return one if one in (START, SAME, REMEMBERED) else names[one]

    def event(one: EventDefinition) -> EventDefinition:
        rows = {name(source): name(target) for source, target in one.transitions}
        return replace(one, sources=tuple(rows), target=SAME, targets=tuple(rows.items()))

    states = {names[each]: replace(state, name=names[each]) for each, state in old.states.items()}
    return WorkflowDefinition(
        old.code, 2, old.title, old.subject, old.basis, states, tuple(event(one) for one in old.events), old.verbs
    )


def expected(definition: WorkflowDefinition, process: Process, states: Mapping[str, str]) -> tuple[str, str] | None:
    """Where a process must come to, written without the product's code; None where it stays."""
    state = states.get(process.state, process.state)
    if state not in definition.states:
        return None
    if not definition.states[state].remembers:
        return state, ""
    kept = process.remembered or process.state
    kept = states.get(kept, kept)
    ways = {source for one in definition.events for source, target in one.transitions if target == state}
    if kept not in ways or definition.states[kept].remembers or definition.states[kept].final:
        return None
    return state, kept


@pytest.fixture(scope="module")
def big() -> School:
    """One database for all examples: each has an organisation of its own."""
    with new_database("sqlite") as database:
        yield school_in(database, datetime.fromisoformat("2026-11-12T09:00:00+00:00"))  # type: ignore[misc]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    names=st.lists(st.sampled_from(NEW_NAMES), min_size=6, max_size=6),
    mapping=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NEW_NAMES), max_size=6),
    seed=st.integers(0, 10_000),
)
def test_run_comes_to_what_the_rehearsal_told(
    big: School, names: list[str], mapping: dict[str, str], seed: int
) -> None:
    chance = random.Random(seed)
    school = replace(big, scope=new_id())
    ids = fill(school.old, school.scope, chance, 6, school.now)
    target = renamed(school.old.catalogue.definitions["visit"], dict(zip(NAMES, names, strict=True)))
    with school.new.write(school.scope, ADMINISTRATOR, now=school.now) as write:
        queries.store_definition(
            write.session, target.hash, target.code, target.version, target.to_json(), instant(school.now)
        )
    mapping = {old: new for old, new in mapping.items() if new in target.states}
    before = school.rows()

    plan = school.plan(mapping, source="1", target=target.hash)
    fates = school.rehearsed(plan)
    assert school.rows() == before
    # Broken off after one chunk, then begun anew.
    run = operations.run_migration(
        school.new, school.scope, ADMINISTRATOR, plan, clock=lambda: school.now, chunk=chance.randint(1, 4)
    )
    list(islice(run, 1))
    school.run(plan, chunk=2)

    after = school.rows()
    migrates = target.hash != school.old.catalogue.definitions["visit"].hash
    assert set(fates) == (set(ids) if migrates else set())
    for one, fate in fates.items():
        told = expected(target, before[one], plan.states)
        assert fate.can_move == (told is not None)
        if told is None:
            assert after[one] == before[one]
            continue
        assert (after[one].state, after[one].remembered) == told == (fate.to_state, fate.remembered)
        assert (after[one].version, after[one].since) == (before[one].version + 1, before[one].since)
    assert school.problems() == []
    live_on(school, ids, chance)
    assert school.problems() == []


def live_on(school: School, ids: list[str], chance: random.Random) -> None:
    """Some more steps and undos by whatever rules each process now has; rows equal the replayed history."""
    for _ in range(12):
        subject = chance.choice(ids)
        try:
            with school.new.write(school.scope, CURATOR, now=school.now) as write:
                if chance.random() < 0.4:
                    operations.undo(write, subject, why="проверка")
                else:
                    event = chance.choice(["hold", "describe", "pause", "resume", "accept", "reopen"])
                    operations.fire(write, subject, event, fields=TOPIC, ground="проверка")
        except WorkflowError:
            continue
    with school.new.read(school.scope, now=school.now) as read:
        histories = queries.entries_of(read.session, school.scope, ids)
        for one, row in school.rows().items():
            told = project(histories[one], read.definition)
            assert (told.state, told.remembered, told.version, told.since, told.definition_hash) == (
                row.state,
                row.remembered,
                row.version,
                row.since,
                row.definition_hash,
            )


# -- killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_killed_run_goes_on_where_it_stopped(school: School) -> None:
    ids = [school.visit(*events) for events in ((), ("hold", "describe"), ("pause",), ("hold",)) * 15]
    with school.old.write(SCHOOL, CURATOR, now=school.now) as write:
        operations.fire(write, ids[0], "cancel", ground="проверка")
    fates = school.rehearsed(school.plan())
    url = school.new.database.url.render_as_string(hide_password=False)

    told = subprocess.run(
        [sys.executable, "-m", "tests.integration.migration_work", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]

    kills = json.loads(told.stdout)
    assert 0 < left(school.new, school.now) < len(ids), "killed half-way"
    migrate_all(school.new, school.now)
    rows = school.rows()
    with school.new.read(SCHOOL, now=school.now) as read:
        entries = queries.entries_of(read.session, SCHOOL, ids)
    assert kills >= 2
    for one in ids:
        assert (rows[one].state, rows[one].definition_hash) == (fates[one].to_state, NEXT.hash)
        assert len([each for each in entries[one] if each.kind == "migration"]) == 1
    assert school.problems() == []
