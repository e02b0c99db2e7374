"""Remedies lead to pages that exist, and to nowhere otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from web.links import link_url, remedy
from workflow_core.guards import Blocker, Link


@pytest.fixture
def app() -> Iterator[Flask]:
    """An application with two pages only."""
    app = Flask(__name__)
    app.add_url_rule("/pairs/<pair_id>", "pairs.show", lambda pair_id: pair_id)
    app.add_url_rule("/people/<person_id>", "people.show", lambda person_id: person_id)
    with app.test_request_context():
        yield app


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("link", "url"),
    [
        (Link("open_pair", "p1", "Открыть пару"), "/pairs/p1"),
        (Link("receive_consent", "x1", "Отметить получение"), "/people/x1"),
        (Link("add_plan", "p1", "Составить план"), "/pairs/p1"),
        (Link("prepare_order", "p1", "Подготовить приказ"), ""),
        (Link("something_of_a_plugin", "p1", "Сделать"), ""),
        (None, ""),
    ],
)
def test_a_remedy_has_an_address_only_where_its_page_exists(link: Link | None, url: str) -> None:
    assert link_url(link) == url


@pytest.mark.usefixtures("app")
def test_a_blocker_without_a_page_offers_no_button() -> None:
    assert remedy(Blocker("x", "Чего-то нет", link=Link("unknown", "1", "Сделать"))) is None
