"""A plugin is taken away: what ran by its rules stays readable on every page, says why it stands still, and goes on when it is back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.databases import sqlite_copy
from tests.region_school import PROFILE, RegionSchool, region_school, with_plugin, without_plugin
from tests.web.conftest import settings_in
from tests.web.lent_app import OPTIONS
from web.app import create_app
from web.assembly import CollectedJobs, Installation
from web.formatting import searchable
from workflow_core import queries as core
from workflow_core.database import Database
from workflow_core.plugin_manager import Catalogue
from workflow_core.unit_of_work import ProcessEngine
from workflows.documents import queries as papers
from workflows.documents.rendering_task import task_handlers

GONE = "правила дополнения «region_sample» не установлены"
EACH_SHAPE = 1
"""Pages of one shape that are opened: one pair, one item, …"""


@dataclass
class Place:
    """A copy of the region's school under what is installed at the moment."""

    lived: RegionSchool
    database: Database
    folder: Path
    installation: Installation | None = None

    def start(self, catalogue: Catalogue) -> None:
        """Start the program anew with these plugins."""
        catalogue.task_handlers.update(task_handlers(lambda: self.lived.moment))
        engine = ProcessEngine(self.database, catalogue, CollectedJobs())
        engine.store_definitions(now=self.lived.moment)
        self.installation = Installation(settings_in(self.folder), engine, engine.jobs)
        self.app = create_app(self.installation, **{**OPTIONS, "CLOCK": lambda: self.lived.moment})

    def client(self, role: str = "curator") -> FlaskClient:
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = f"{self.lived.accounts[role]}.1", True
        return client

    def state(self, process_id: str) -> str:
        assert self.installation is not None
        with self.installation.engine.read(self.lived.scope, now=self.lived.moment) as read:
            found = core.process(read.session, process_id)
        assert found is not None
        return found.state


@contextmanager
def opened(folder: Path) -> Iterator[Place]:
    """The school without the region's plugin."""
    lived = region_school()
    with sqlite_copy(lived.file) as database:
        place = Place(lived, database, folder)
        place.start(without_plugin())
        yield place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with opened(tmp_path) as made:
        yield made


def words(client: FlaskClient, address: str) -> str:
    """A page that opens, with ordinary spaces and small letters."""
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 200, address
    return searchable(answer.text).lower()


def crawl(client: FlaskClient, first: str = "/") -> dict[str, int]:
    """Every page that links lead to from the first one, a few of each shape: address -> status."""
    seen: dict[str, int] = {}
    shapes: dict[str, int] = {}
    waiting = [first]
    while waiting:
        address = waiting.pop(0)
        shape = re.sub(r"[0-9a-f]{32}|\d+|=[^&]*", "*", address)
        if (
            address in seen or shapes.get(shape, 0) >= EACH_SHAPE or "&" in address
        ):  # every two filters would be hundreds
            continue
        shapes[shape] = shapes.get(shape, 0) + 1
        with client.get(address) as answer:
            seen[address] = answer.status_code
            text = answer.text if answer.mimetype == "text/html" else ""
        if answer.status_code in (302, 303):
            waiting.append(str(answer.headers["Location"]))
        waiting += [found.replace("&amp;", "&") for found in re.findall(r'(?:href|hx-get)="(/(?!static)[^"#]*)', text)]
    return seen


# -- readable -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("role", ["curator", "auditor"])
def test_every_page_opens(place: Place, role: str) -> None:
    seen = crawl(place.client(role))

    assert {address: status for address, status in seen.items() if status >= 400} == {}
    shapes = {re.sub(r"[0-9a-f]{32}", "*", address.partition("?")[0]) for address in seen}
    assert {"/pairs", "/pairs/list", "/pairs/*", "/documents", "/documents/*", "/history", "/people/*"} <= shapes
    assert any("item" in shape for shape in shapes)
    assert len(seen) > 60


def test_pages_speak_of_pairs_in_the_words_of_the_region(place: Place) -> None:
    client, ids = place.client(), place.lived.ids

    assert "представлена на конкурс" in words(client, f"/pairs/{ids['presented']}")
    assert "представлена на конкурс" in words(client, "/pairs/list?state=presented")
    assert "на конкурсе" in words(client, "/pairs") or "представлена на конкурс" in words(client, "/pairs")
    assert "бобров" in words(client, "/pairs/list?state=presented")


# -- why nothing can be done ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "event", "rule"),
    [
        ("planning", "start_work", "mentor_trained"),
        ("final_meeting", "present", "contest_case"),
    ],
)
def test_the_page_says_whose_rules_are_lacking(place: Place, state: str, event: str, rule: str) -> None:
    client, pair_id = place.client(), place.lived.ids[state]

    page = words(client, f"/pairs/{pair_id}")
    assert GONE in page
    assert f"проверка «{rule}» не установлена" in page
    answer = client.post(f"/pairs/{pair_id}/steps/{event}", data={"version": "1", "ground": "Всё равно"})
    assert answer.status_code in (409, 422)
    assert GONE in searchable(answer.text).lower()
    assert place.state(pair_id) == state


def test_what_needs_nothing_of_it_goes_on(place: Place) -> None:
    client, pair_id = place.client(), place.lived.ids["presented"]

    answer = client.post(f"/pairs/{pair_id}/steps/award", data={"version": "1", "value_place": "2"})

    assert answer.status_code in (302, 303)
    assert place.state(pair_id) == "closed"


def test_it_goes_on_when_the_plugin_is_back(place: Place) -> None:
    pair_id = place.lived.ids["final_meeting"]
    place.start(with_plugin())

    page = words(place.client(), f"/pairs/{pair_id}")
    assert GONE not in page
    assert "нет описания практики для конкурса" in page


# -- papers and rules of the place --------------------------------------------------------------------------------------------


def test_a_paper_of_its_kind_is_read_and_waits(place: Place) -> None:
    paper, client = place.lived.ids["paper"], place.client()

    assert "план подготовки к конкурсу" in words(client, f"/documents/{paper}")
    assert "план подготовки к конкурсу" in words(client, "/documents/all")
    assert place.installation is not None
    place.installation.engine.catalogue.task_handlers["render"](place.installation.engine, place.lived.scope, paper)
    page = words(client, f"/documents/{paper}")
    assert "вид документа «contest_plan» сейчас не установлен" in page

    place.start(with_plugin())
    assert place.client().post(f"/documents/{paper}/retry").status_code in (302, 303)
    place.installation.engine.catalogue.task_handlers["render"](place.installation.engine, place.lived.scope, paper)
    with place.installation.engine.read(place.lived.scope, now=place.lived.moment) as read:
        assert papers.document(read.session, place.lived.scope, paper).file_status == "ready"


def test_the_rules_of_the_place_are_missed_by_name(place: Place) -> None:
    client = place.client("administrator")

    assert f"выбраны «{PROFILE}», действуют основные" in words(client, "/settings")
    assert f"не установлены: {PROFILE}" in words(client, "/settings/rules")
    assert "пара региона" in words(client, "/settings/rules?definition=pair_region")
