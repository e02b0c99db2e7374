"""A year in advance: every shipped definition is walked through to the last of its steps, and the same seed is the same year."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import ROOT, new_database
from web.assembly import BUILT_IN
from web.command_line import main
from web.simulation import Outcome, catalogue_with_papers, live, plan_for
from workflow_core.database import Database
from workflow_core.exceptions import InvalidInput
from workflow_core.plugin_manager import Catalogue

RUNS: Mapping[str, tuple[int, int, tuple[str, ...]]] = {
    "pair": (1, 18, ("pair",)),
    "pair_teachers": (1, 13, ("pair_teachers",)),
    "act": (4, 0, ("act", "agreement", "consent", "working_paper")),
    "activity": (2, 0, ("activity", "road_map", "stage")),
}
"""Definition asked for -> seed, pairs, and the definitions that its run must cover. A run ends as soon as it does."""
DAYS = 250


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """What is shipped; plugins of this machine are none of these tests' business."""
    return catalogue_with_papers(BUILT_IN)


def test_every_shipped_definition_has_its_run(catalogue: Catalogue) -> None:
    covered = [code for _seed, _pairs, codes in RUNS.values() for code in codes]

    assert sorted(covered) == sorted(catalogue.definitions)
    assert len(covered) == 9


@pytest.mark.slow
@pytest.mark.parametrize("code", RUNS)
def test_every_step_happens_from_every_state(code: str, catalogue: Catalogue, sqlite_database: Database) -> None:
    seed, pairs, codes = RUNS[code]
    plan = plan_for(catalogue, code=code, days=DAYS, pairs=pairs)

    outcome, _school = live(sqlite_database, catalogue, plan, seed, until_covered=codes, hurry=3)

    report = outcome.report
    assert {one: report.of(one).never for one in codes} == dict.fromkeys(codes, ())
    assert all(report.of(one).covered == report.of(one).total > 0 for one in codes)
    assert outcome.problems == ()
    assert report.refused == ()
    _tells_all(outcome, code)


def _tells_all(outcome: Outcome, code: str) -> None:
    told = outcome.report.of(code)
    assert sum(path.count for path in told.paths) == told.subjects
    assert sum(told.counts.values()) <= told.steps <= outcome.entries
    assert all(0 <= stay.days.median <= stay.days.ninety for stay in told.stays)
    if code == "pair":
        assert {"consent_missing", "no_order", "order_not_registered", "no_plan"} <= {
            one.code for one in told.hindrances
        }
        assert {"согласие", "приказ"} <= {wait.paper for wait in told.waits}
        assert all(wait.days.count > 0 for wait in told.waits)


SMALL = {"days": 18, "pairs": 2, "seed": 7}
"""Everything at once, but only for some weeks."""


def _small(database: Database, catalogue: Catalogue) -> dict[str, Any]:
    plan = plan_for(catalogue, days=SMALL["days"], pairs=SMALL["pairs"])
    outcome, _school = live(database, catalogue, plan, SMALL["seed"])
    assert outcome.problems == ()
    return outcome.report.as_plain()


@pytest.fixture(scope="module")
def small_year(catalogue: Catalogue) -> dict[str, Any]:
    """Some weeks on SQLite."""
    with new_database("sqlite") as database:
        return _small(database, catalogue)


@pytest.mark.slow
def test_same_seed_is_the_same_year_in_another_process(small_year: Mapping[str, Any]) -> None:
    options = [part for name, value in SMALL.items() for part in (f"--{name}", str(value))]
    command = (sys.executable, "-m", "web.command_line", "simulate", *options, "--json")
    # Whatever goes through the elements of a set would come out in another order.
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    printed = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout.decode()

    told = json.loads(printed)
    assert (told.pop("problems"), told.pop("entries") > 100) == ([], True)
    assert json.dumps(told, ensure_ascii=False) == json.dumps(small_year, ensure_ascii=False)
    assert {one["code"] for one in told["definitions"]} >= {"pair", "pair_teachers", "activity", "stage", "road_map"}
    assert sum(one["steps"] for one in told["definitions"]) > 40


@pytest.mark.slow
@pytest.mark.postgresql
def test_the_year_is_the_same_on_postgresql(small_year: Mapping[str, Any], catalogue: Catalogue) -> None:
    with new_database("postgresql") as database:
        assert _small(database, catalogue) == small_year


def test_a_person_reads_paths_coverage_and_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "activity", "--days", "20", "--seed", "2"]) == 0

    printed = capsys.readouterr().out
    assert "Прожито дней: 20, с 01.09.2026. Число случая: 2." in printed
    assert "записи не изменялись, состояния сходятся" in printed
    assert "Запланирован → " in printed
    assert "Шаги из состояний: были" in printed
    assert "Раздел дорожной карты" not in printed


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["pairs"], "Не найдено: жизненный цикл «pairs»."),
        (["pair", "--map", "kakhun_2025"], "Укажите что-то одно"),
        (["--map", "nobody"], "Не найдено: дорожная карта «nobody»."),
        (["--days", "0"], "Нужно число от 1 до 1000."),
    ],
)
def test_a_wrong_call_is_one_sentence(options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", *options]) == 2

    assert sentence in capsys.readouterr().err


def test_what_no_school_has_is_not_simulated() -> None:
    strange = catalogue_with_papers(BUILT_IN)
    strange.definitions["visit"] = replace(strange.definitions["stage"], code="visit", subject="visit")

    with pytest.raises(InvalidInput, match="имитировать можно"):
        plan_for(strange, code="visit", days=10, pairs=1)
