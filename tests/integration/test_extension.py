"""A region's lifecycles, written as changes to shipped ones, run, are checked, simulated and migrated like any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.databases import sqlite_copy
from tests.integration.region_plugin import plugin as region_plugin
from tests.region_school import COVERED, PROFILE, RegionSchool, region_school, with_plugin, without_plugin
from web.commands.check import files_of_plugins, known_names
from web.simulation import live, plan_for
from workflow_core import operations, queries, verification
from workflow_core.database import Database
from workflow_core.definition import START, WorkflowDefinition
from workflow_core.exceptions import GuardRefused, InvalidInput
from workflow_core.guard_call import NOT_INSTALLED
from workflow_core.guards import Actor, Severity
from workflow_core.jobs import CollectedJobs
from workflow_core.judgement import Outlook
from workflow_core.lint import lint, lint_guards
from workflow_core.plugin_manager import Catalogue
from workflow_core.tables import Process
from workflow_core.unit_of_work import ProcessEngine
from workflows.mentoring import queries as pairs
from workflows.mentoring.papers import CASE_TEXTS, prepare_case
from workflows.organisations import operations as organisations

CURATOR = Actor("curator", "Ремнёва Е. В.", frozenset({"curator"}))
ADMINISTRATOR = Actor("administrator", "Смирнов И. О.", frozenset({"administrator"}))
EXTENSIONS = {"pair_region": "pair", "act_region": "act", "activity_region": "activity"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return with_plugin()


@pytest.fixture(scope="module")
def lived() -> RegionSchool:
    """The region's school, lived once a run."""
    return region_school()


@dataclass
class Place:
    """A copy of the school under what is installed at the moment."""

    database: Database
    lived: RegionSchool
    engine: ProcessEngine

    def install(self, catalogue: Catalogue) -> None:
        """Start the program anew with other plugins."""
        self.engine = ProcessEngine(self.database, catalogue, CollectedJobs())
        self.engine.store_definitions(now=self.lived.moment)

    def outlooks(self, process_id: str) -> dict[str, Outlook]:
        with self.engine.read(self.lived.scope, now=self.lived.moment) as read:
            return {one.event.name: one for one in operations.why_not(read, CURATOR, [process_id])[process_id]}

    def fire(self, process_id: str, event: str, **options: str) -> Process:
        with self.engine.write(self.lived.scope, CURATOR, now=self.lived.moment) as write:
            return operations.fire(write, process_id, event, **options).process  # type: ignore[arg-type]

    def processes(self) -> dict[str, Process]:
        with self.engine.read(self.lived.scope, now=self.lived.moment) as read:
            return {one.id: one for one in queries.processes_of(read.session, self.lived.scope)}

    def problems(self) -> list[str]:
        with self.engine.read(self.lived.scope, now=self.lived.moment) as read:
            return [str(one) for one in (*verification.verify(read).problems, *verification.replay(read).problems)]


@pytest.fixture
def place(lived: RegionSchool, catalogue: Catalogue) -> Iterator[Place]:
    with sqlite_copy(lived.file) as database:
        made = Place(database, lived, ProcessEngine(database, catalogue, CollectedJobs()))
        made.install(catalogue)
        yield made


# -- written and checked ------------------------------------------------------------------------------------------------


def test_it_is_checked_like_any_other(catalogue: Catalogue) -> None:
    known = known_names(catalogue)

    assert catalogue.plugins[region_plugin.NAME].fault == ""
    assert catalogue.findings == []
    assert [one for code in EXTENSIONS for one in lint(catalogue.definitions[code], known)] == []
    assert lint_guards(list(catalogue.guards.values()), known) == []
    assert files_of_plugins(catalogue) == []


def _steps(definition: WorkflowDefinition) -> set[tuple[str, str]]:
    return {(source, event.name) for event in definition.events for source in event.sources}


def test_it_differs_only_where_it_says(catalogue: Catalogue) -> None:
    before, after = catalogue.definitions["pair"], catalogue.definitions["pair_region"]

    assert set(after.states) - set(before.states) == {"presented"}
    assert {name for _state, name in _steps(before) ^ _steps(after) if name not in ("suspend", "dissolve")} == {
        "repeat_trial",
        "present",
        "award",
    }
    # «live» and «any_live» are counted over the states as they came to be.
    assert {("presented", "suspend"), ("presented", "dissolve")} <= _steps(after)
    assert (before.state_title("regular_work"), after.state_title("regular_work")) == (
        "Работает",
        "Встречается по плану",
    )
    assert after.event("form").title == "Закрепить приказом"
    weights = {
        code: {use.name: use.severity for use in catalogue.definitions[code].event("form").guards}
        for code in ("pair", "pair_region")
    }
    assert weights["pair"]["participation_agreed"] is Severity.NOTE
    assert weights["pair_region"] == {**weights["pair"], "participation_agreed": Severity.REASON}
    assert "mentor_trained" in {use.name for use in after.event("start_work").guards}
    assert [one.hash for one in (before, after)] != [after.hash, before.hash]


def test_a_place_chooses_only_what_fits(lived: RegionSchool, place: Place) -> None:
    with place.engine.write(lived.scope, ADMINISTRATOR, now=lived.moment) as write:
        organisations.set_setting(write, "act.definition", "act_region")
        with pytest.raises(InvalidInput, match="Порядка «pair_region» нет; есть: act, act_region"):
            organisations.set_setting(write, "act.definition", "pair_region")


# -- lived ----------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_step_of_pairs_and_orders_happened(lived: RegionSchool) -> None:
    assert {code: lived.told(code)["never"] for code in COVERED} == {code: [] for code in COVERED}
    assert lived.problems == ()
    assert lived.report["refused"] == []
    assert {"no_contest_case", "mentor_not_trained"} <= {one["code"] for one in lived.told("pair_region")["hindrances"]}
    ways = {state for path in lived.told("pair_region")["paths"] for state in path["states"]}
    assert "presented" in ways


@pytest.mark.slow
def test_every_step_of_items_happens(catalogue: Catalogue, sqlite_database: Database) -> None:
    plan = plan_for(catalogue, code="activity_region", days=120, pairs=0, profile=PROFILE)

    outcome, _school = live(sqlite_database, catalogue, plan, 1, until_covered=["activity_region"], hurry=3)

    assert outcome.report.of("activity_region").never == ()
    assert outcome.problems == ()


def test_the_place_runs_by_the_lifecycles_of_its_profile(place: Place) -> None:
    found = {(one.subject_kind, one.definition_code) for one in place.processes().values()}

    of_documents = {("document", code) for code in ("act_region", "consent", "agreement", "working_paper")}
    assert {code for kind, code in found if kind in ("pair", "activity")} == {"pair_region", "activity_region"}
    assert {("document", "act_region"), ("document", "consent")} <= {one for one in found if one[0] == "document"}
    assert {one for one in found if one[0] == "document"} <= of_documents
    assert {("road_map", "road_map"), ("stage", "stage")} <= found


# -- migrated -------------------------------------------------------------------------------------------------------------


def test_its_pairs_go_over_to_the_shipped_lifecycle_and_back(place: Place, lived: RegionSchool) -> None:
    before = {one.id: one for one in place.processes().values() if one.subject_kind == "pair"}

    there = _migrated(place, "pair_region", "pair", {"presented": "final_meeting"})
    assert {one: state for one, (code, state) in there.items() if code == "pair"} == {
        one: "final_meeting" if process.state == "presented" else process.state for one, process in before.items()
    }
    assert "repeat_trial" not in place.outlooks(lived.ids["planning"])
    place.fire(lived.ids["presented"], "close", ground="Конкурс отменён")

    back = _migrated(place, "pair", "pair_region", {})
    assert {code for code, _state in back.values()} == {"pair_region"}
    assert "present" in place.outlooks(lived.ids["final_meeting"])
    assert place.problems() == []


def _migrated(place: Place, code: str, target: str, states: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Rehearse, run, compare; gives code and state of each pair afterwards."""
    lived = place.lived
    with place.engine.read(lived.scope, now=lived.moment) as read:
        # What a suspended pair remembers is carried by the same names.
        plan = operations.plan_migration(read, code, target=target, states=states, remembered=states)
        fates = {fate.process_id: fate for fate in operations.rehearse_migration(read, plan)}
    moment = lived.moment + timedelta(minutes=1)
    pages = operations.run_migration(place.engine, lived.scope, ADMINISTRATOR, plan, clock=lambda: moment)
    assert all(row.ok for page in pages for row in page)
    after = {one.id: one for one in place.processes().values() if one.subject_kind == "pair"}
    assert {one: after[one].state for one in fates} == {one: fate.to_state for one, fate in fates.items()}
    assert len(fates) == len(after) > 10
    return {one: (process.definition_code, process.state) for one, process in after.items()}


# -- removed and installed again ------------------------------------------------------------------------------------------


def test_without_the_plugin_its_rules_close_their_steps_by_its_name(place: Place, lived: RegionSchool) -> None:
    place.install(without_plugin())

    expected = {
        ("planning", "start_work"): "проверка «mentor_trained» не установлена",
        ("final_meeting", "present"): "проверка «contest_case» не установлена",
    }
    for (state, event), what in expected.items():
        outlook = place.outlooks(lived.ids[state])[event]
        gone = next(one for one in outlook.blockers if one.code == NOT_INSTALLED)
        assert gone.text == f"Правила дополнения «{region_plugin.NAME}» не установлены: {what}"
        assert (gone.severity, gone.who_can_lift) == (Severity.BLOCK, "Администратор")
        assert not outlook.is_open
        with pytest.raises(GuardRefused, match="не установлены"):
            place.fire(lived.ids[state], event, ground="всё равно")
    # An effect that is gone closes its step as well, whatever its guards say.
    texts = [one.text for one in place.outlooks(lived.ids["final_meeting"])["present"].blockers]
    assert any("запись в реестр «name_contest» не установлена" in text for text in texts)
    assert place.problems() == []


def test_steps_that_need_nothing_of_it_go_on_from_the_store(place: Place, lived: RegionSchool) -> None:
    place.install(without_plugin())

    assert place.fire(lived.ids["presented"], "award", fields={"place": 2}).state == "closed"  # type: ignore[arg-type]
    assert place.fire(lived.ids["final_meeting"], "suspend", ground="Карантин").remembered == "final_meeting"


def test_installed_again_it_goes_on(place: Place, lived: RegionSchool, catalogue: Catalogue) -> None:
    place.install(without_plugin())
    place.install(catalogue)

    outlook = place.outlooks(lived.ids["final_meeting"])["present"]
    assert [one.code for one in outlook.blockers] == ["no_contest_case"]
    with place.engine.write(lived.scope, CURATOR, now=lived.moment) as write:
        texts = dict.fromkeys(CASE_TEXTS, "Пара занималась математикой")
        prepare_case(write, lived.ids["final_meeting"], texts, ["Повторили дроби"])
    assert place.fire(lived.ids["final_meeting"], "present").state == "presented"
    assert place.problems() == []


def test_what_a_missing_effect_wrote_is_not_mended_without_it(place: Place, lived: RegionSchool) -> None:
    """A step whose effect is gone can be neither undone nor moved to another day: nobody knows what to change along."""
    with place.engine.read(lived.scope, now=lived.moment) as read:
        found = [
            entry
            for entries in queries.entries_of(read.session, lived.scope, place.processes()).values()
            for entry in entries
            if entry.event == "present"
        ]
    entry = found[0]
    place.install(without_plugin())

    with pytest.raises(InvalidInput, match=r"не установлены: нет записи в реестр «name_contest»"):
        with place.engine.write(lived.scope, CURATOR, now=lived.moment) as write:
            operations.correct(write, entry.subject_id, entry.seq, happened_on=write.today, why="опечатка")


def test_the_effect_has_done_its_work(place: Place, lived: RegionSchool) -> None:
    counted = lived.told("pair_region")["counts"]
    with place.engine.read(lived.scope, now=lived.moment) as read:
        ids = [one.id for one in place.processes().values() if one.subject_kind == "pair"]
        goals = [row.goal for row in pairs.pairs(read.session, lived.scope, ids).values()]

    assert counted["final_meeting/present"] > 0
    assert region_plugin.CONTEST_GOAL in goals
    assert counted[f"{START}/propose"] > 10
