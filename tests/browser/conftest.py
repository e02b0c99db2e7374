"""Servers and visitors of the browser tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.server import Server, serving
from tests.browser.visitor import Visitor
from tests.databases import sqlite_template
from tests.web.sample_school import School, _template

VisitorOf = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server over an empty database."""
    with serving(sqlite_template(), tmp_path) as running:
        yield running


@dataclass(slots=True)
class ServedSchool:
    """The sample school of the tests of pages, with a real server."""

    school: School
    server: Server

    def enter(self, window: Visitor, role: str = "curator") -> Visitor:
        """Be logged in as the account of a role."""
        window.context.add_cookies([self.server.pass_for(self.school.accounts[role])])
        return window


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedSchool]:
    """The sample school behind a server of its own."""
    template, made = _template()
    with serving(template, tmp_path) as running:
        yield ServedSchool(replace(made, installation=running.installation, app=running.app), running)


@pytest.fixture
def visitor(browser: Any) -> Iterator[VisitorOf]:
    """Opens windows; afterwards none of them may have complained of anything."""
    opened: list[Visitor] = []

    def open_window(server: Server, **options: Any) -> Visitor:
        opened.append(Visitor(browser, server.address, **options))
        return opened[-1]

    yield open_window
    complaints = [one for window in opened for one in window.complaints]
    for window in opened:
        window.close()
    assert complaints == []
