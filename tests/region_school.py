"""A school of a region with a plugin of its own, lived through until every step of the plugin's lifecycles has happened.

Made once a run by `marshrut simulate`'s own means; what the run told stands beside the file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.databases import made_once, sqlite_template
from tests.integration.region_plugin import plugin as region_plugin
from web.assembly import BUILT_IN
from web.simulation import SHORT_MAP, Outcome, Plan, School, catalogue_with_papers, live
from web.tables import Account
from workflow_core.database import open_database
from workflow_core.guards import SYSTEM
from workflow_core.plugin_manager import Catalogue
from workflow_core.simulation import Remedy
from workflows.documents import operations as documents
from workflows.mentoring import journal, papers
from workflows.mentoring.as_found import FoundPair, enter_pairs_as_found
from workflows.mentoring.journal import TaskRow
from workflows.organisations import operations as organisations
from workflows.organisations.person_input import PersonInput
from workflows.road_maps.map_template import load

COVERED = ("pair_region", "act_region")
PROFILE = "region_sample"
SEED, PAIRS, DAYS = 1, 20, 260
FOUND = (
    ("Полёвкин", "Сонина", "planning"),
    ("Суркин", "Хомякова", "final_meeting"),
    ("Бобров", "Белкина", "presented"),
)
ROLES = ("curator", "head", "administrator", "auditor")


@dataclass(frozen=True, slots=True)
class RegionSchool:
    """Where the school is and what its year told."""

    file: Path
    scope: str
    moment: datetime
    """After the last day."""
    accounts: Mapping[str, str]
    """Role -> account."""
    ids: Mapping[str, str]
    """Pairs entered as found at the end, by state; the region's own paper, «paper»."""
    report: Mapping[str, Any]
    problems: tuple[str, ...]

    def told(self, code: str) -> Mapping[str, Any]:
        """The part of the report about one definition."""
        found: Mapping[str, Any] = next(one for one in self.report["definitions"] if one["code"] == code)
        return found


def with_plugin() -> Catalogue:
    """What is shipped, the papers of simulated schools and the region's plugin."""
    return catalogue_with_papers((*BUILT_IN, (region_plugin.NAME, region_plugin)))


def without_plugin() -> Catalogue:
    """The same without the region's plugin."""
    return catalogue_with_papers(BUILT_IN)


def region_school() -> RegionSchool:
    """The school, lived by the first who asks."""
    path = made_once("region.db", _live)
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return RegionSchool(
        path,
        told["scope"],
        datetime.fromisoformat(told["moment"]),
        told["accounts"],
        told["ids"],
        told["report"],
        tuple(told["problems"]),
    )


def _live(path: Path) -> None:
    shutil.copyfile(sqlite_template(), path)
    database = open_database(f"sqlite:///{path}", synchronous="OFF")
    plan = Plan(DAYS, PAIRS, ("pair_region",), load(SHORT_MAP), profile=PROFILE)
    outcome, school = live(database, with_plugin(), plan, SEED, until_covered=COVERED, remedies=_remedies, hurry=3)
    told = _told(outcome, school)
    database.close()
    (path.parent / "region.json").write_text(json.dumps(told), encoding="utf-8")


def _remedies(school: School) -> Mapping[str, Remedy]:
    """What the plugin's own rules ask for."""
    return {"no_contest_case": school.remedies["no_case"]}


def _told(outcome: Outcome, school: School) -> dict[str, Any]:
    accounts = {}
    with school.engine.write(school.scope, SYSTEM, now=school.clock.moment(), operation="accounts") as write:
        for role in ROLES:
            account = Account(organisation_id=school.scope, username=role, name=role, password_hash="-")
            write.session.add(account)
            write.session.flush()
            accounts[role] = account.id
            organisations.grant_role(write, account.id, role, person_id=school.office.get(role))
    ids = _entered(school)
    return {
        "scope": school.scope,
        "moment": school.clock.moment().isoformat(),
        "accounts": accounts,
        "ids": ids,
        "report": outcome.report.as_plain(),
        "problems": [str(problem) for problem in outcome.problems],
    }


def _entered(school: School) -> dict[str, str]:
    """Pairs before the steps that the region has rules about, and a paper that only its plugin makes."""
    rows = [
        FoundPair(
            (PersonInput(mentor, "Олег", kind="pupil"),),
            (PersonInput(mentee, "Инна", kind="pupil"),),
            state,
            form="pupil_pupil",
        )
        for mentor, mentee, state in FOUND
    ]
    with school.write(operation="enter_pairs_as_found") as write:
        found = enter_pairs_as_found(write, school.programmes[0].id, rows).pair_ids
        ids = {row.state: pair_id for row, pair_id in zip(rows, found, strict=True)}
        journal.save_plan(write, ids["planning"], [TaskRow("Дроби", expected="Без ошибок")], goal="Победить")
    with school.write(operation="prepare") as write:
        facts = papers.individual_plan_facts(write, ids["planning"])
        ids["paper"] = documents.prepare(write, region_plugin.CONTEST_PLAN, [ids["planning"]], facts=facts).id
    return ids
