"""Every page of the example for every role: nothing scrolls sideways, axe finds nothing, no console message, light enough."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.accessibility import violations
from tests.browser.conftest import VisitorOf
from tests.browser.demo import MAIN, Example
from tests.browser.map_file import add_read_file
from tests.browser.server import Server, serving
from tests.browser.visitor import Visitor
from tests.web.conftest import demo_template

WIDTHS = (1366, 768, 360)
HTML_LIMIT, FIRST_VIEW_LIMIT, REQUESTS = 60 * 1024, 150 * 1024, 6
OTHERS = ("director", "mentor", "auditor", "administrator", "kindergarten", "methodist")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The example behind a server; made once for all workers, each has a copy."""
    with serving(demo_template(), tmp_path_factory.mktemp("demo")) as running:
        example = Example(running)
        add_read_file(running, example.scope, example.accounts["curator"])
        yield running


def enter(window: Visitor, server: Server, username: str) -> Example:
    example = Example(server)
    window.context.add_cookies([server.pass_for(example.accounts[username])])
    return example


class Inspector:
    """Looks at pages and keeps what is wrong with each."""

    def __init__(self, window: Visitor) -> None:
        self.window, self.faults = window, []  # type: Visitor, list[str]

    def look(self, address: str, *, with_axe: bool = True) -> None:
        """Open an address, or what it leads to, at all widths."""
        page = self.window.page
        requests: list[str] = []
        page.on("request", listener := lambda request: requests.append(request.url))
        response = page.goto(address)
        page.remove_listener("request", listener)
        asked = [one for one in requests if not one.startswith("data:")]
        self._note(address, response.status >= 500, f"status {response.status}")
        self._note(address, len(asked) > REQUESTS + _redirects(response), f"{asked} requests")
        size = len(response.body())
        self._note(address, size > HTML_LIMIT, f"{size} bytes of HTML")
        # One page gets narrower, the next one wider: a window is not drawn anew just to begin where the last page did.
        widths = WIDTHS if page.viewport_size["width"] == WIDTHS[0] else reversed(WIDTHS)
        for width in widths:
            if page.viewport_size["width"] != width:
                page.set_viewport_size({"width": width, "height": 768})
            found = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
            self._note(address, found[0] > found[1], f"{found[0]} px wide at {width}")
            if with_axe and width == WIDTHS[0]:
                self.check(address)

    def check(self, address: str) -> None:
        """Let axe look at the page as it stands."""
        width = self.window.page.viewport_size["width"]
        self.faults += [f"{address} at {width}: {one}" for one in violations(self.window.page)]

    def _note(self, address: str, is_fault: bool, text: str) -> None:
        if is_fault:
            self.faults.append(f"{address}: {text}")


def _redirects(response: Any) -> int:
    count, request = 0, response.request
    while request.redirected_from:
        count, request = count + 1, request.redirected_from
    return count


@pytest.mark.parametrize("part", range(3))
def test_every_page_of_the_curator(demo: Server, visitor: VisitorOf, part: int) -> None:
    window = visitor(demo)
    example = enter(window, demo, "curator")
    inspector = Inspector(window)
    for address, is_new in example.addresses()[part::3]:
        inspector.look(address, with_axe=is_new)

    assert inspector.faults == []


@pytest.mark.parametrize("username", OTHERS)
def test_the_main_pages_of_everybody_else(demo: Server, visitor: VisitorOf, username: str) -> None:
    window = visitor(demo)
    example = enter(window, demo, username)
    inspector = Inspector(window)
    for address in (*MAIN, *example.of_pages("pair_id")[:2], *example.of_pages("document_id")[:1]):
        inspector.look(address, with_axe=username in ("mentor", "auditor", "director"))

    assert inspector.faults == []


def test_the_settings_of_the_administrator(demo: Server, visitor: VisitorOf) -> None:
    window = visitor(demo)
    example = enter(window, demo, "administrator")
    inspector = Inspector(window)
    for address, is_new in example.addresses():
        if address.startswith("/settings"):
            inspector.look(address, with_axe=is_new)

    assert inspector.faults == []


def test_the_main_pages_on_a_phone(demo: Server, visitor: VisitorOf) -> None:
    window = visitor(demo, width=360, height=780)
    example = enter(window, demo, "curator")
    inspector = Inspector(window)
    for address in (*MAIN, *example.of_pages("pair_id")[:2], *example.of_pages("document_id")[:1]):
        window.visit(address)
        inspector.check(address)

    assert inspector.faults == []


def test_the_first_view_is_light(demo: Server, visitor: VisitorOf) -> None:
    """The server leaves compressing to whatever stands before it; what a compressed answer would weigh is computed here."""
    window = visitor(demo)
    enter(window, demo, "curator")
    answers: list[Any] = []
    window.page.on("response", lambda answer: answers.append(answer))
    window.visit("/")
    window.page.wait_for_load_state("networkidle")

    weight = sum(len(gzip.compress(answer.body())) for answer in answers if not answer.url.startswith("data:"))
    assert weight <= FIRST_VIEW_LIMIT, {answer.url: len(gzip.compress(answer.body())) for answer in answers}


def test_the_login_and_the_first_start(demo: Server, server: Server, visitor: VisitorOf, tmp_path: Path) -> None:
    faults: list[str] = []
    for running, address in ((demo, "/login"), (server, "/setup")):
        inspector = Inspector(visitor(running))
        inspector.look(address)
        faults += inspector.faults

    assert faults == []
