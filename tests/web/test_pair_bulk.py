"""A step for all pairs of a filter: looked at beforehand, done part after part, each pair once, whatever is sent twice."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.web.sample_school import School, school
from tests.web.test_pairs import entered
from web.formatting import searchable
from web.views import pair_bulk
from workflow_core import queries as core
from workflow_core import verification

__all__ = ["school"]

NAMES = ("Абрамов", "Быков", "Волков", "Громов", "Дроздов")
ADDRESS = "/pairs/steps/hold_acquaintance/all"


@pytest.fixture
def pair_ids(school: School, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Five pairs that may meet, in parts of two."""
    monkeypatch.setattr(pair_bulk, "PART", 2)
    return list(entered(school, *[(f"{name} Иван", f"{name} Лев", "formed") for name in NAMES]))


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that does the step."""
    form = page[page.index(f'action="{ADDRESS}"') :]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def states(school: School, pair_ids: list[str]) -> list[str]:
    with school.installation.engine.read(school.scope, now=NOW) as read:
        found = core.processes(read.session, pair_ids)
        return [found[one].state for one in pair_ids]


def run(client: FlaskClient, first: dict[str, str]) -> tuple[str, list[str]]:
    """Send part after part as the page does; gives the last page and what the pages said on the way."""
    said, fields = [], {**first, "do": "fire", "happened_on": "10.11.2026"}
    while True:
        page = searchable(client.post(ADDRESS, data=fields).text)
        said += re.findall(r"Сделано \d+ из \d+|Готово: \d+", page)
        if "Продолжить" not in page:
            return page, said
        fields = {**fields_of(page), "do": "fire"}


def test_step_is_done_for_all_pairs_of_the_filter(school: School, pair_ids: list[str]) -> None:
    curator = school.client()
    shown = curator.get("/pairs/list?state=formed&step=hold_acquaintance&whole=1", follow_redirects=True).text
    assert "5 пар" in searchable(shown)
    assert "Проверены первые 2 по алфавиту" in searchable(shown)
    first = fields_of(shown)
    assert states(school, pair_ids) == ["formed"] * 5, "looking changes nothing"

    page, said = run(curator, first)

    assert states(school, pair_ids) == ["acquaintance"] * 5
    assert said == ["Сделано 2 из 5", "Сделано 4 из 5", "Готово: 5"]
    assert "Шаг выполнен у 5 пар" in page
    with school.installation.engine.read(school.scope, now=NOW) as read:
        assert verification.verify(read).ok


def test_part_that_is_sent_twice_is_done_once(school: School, pair_ids: list[str]) -> None:
    curator = school.client()
    first = fields_of(curator.get(f"{ADDRESS}?state=formed").text)
    once = curator.post(ADDRESS, data={**first, "do": "fire", "happened_on": "10.11.2026"}).text
    again = curator.post(ADDRESS, data={**first, "do": "fire", "happened_on": "10.11.2026"}).text

    assert states(school, pair_ids) == ["acquaintance"] * 2 + ["formed"] * 3
    assert searchable(again) == searchable(once)
    _page, said = run(curator, {**first, "happened_on": "10.11.2026"})
    assert said[-1] == "Готово: 5"


def test_pairs_that_may_not_step_stay_and_are_counted_by_reason(school: School, pair_ids: list[str]) -> None:
    curator = school.client()
    first = fields_of(curator.get(ADDRESS).text)
    fields = {**first, "do": "fire", "happened_on": f"{date(2026, 1, 10):%d.%m.%Y}"}
    page = searchable(curator.post(ADDRESS, data=fields).text)

    assert states(school, pair_ids) == ["formed"] * 5
    assert "Остались как есть: 2" in page
    assert re.search(r"<li>[^<]*(раньше|Дата)[^<]*: 2</li>", page), page


def test_search_of_the_list_narrows_the_step(school: School, pair_ids: list[str]) -> None:
    curator = school.client()
    first = fields_of(curator.get(f"{ADDRESS}?q=быков").text)

    run(curator, first)

    assert states(school, pair_ids) == ["formed", "acquaintance", "formed", "formed", "formed"]


def test_only_who_may_do_the_step_is_asked(school: School, pair_ids: list[str]) -> None:
    assert school.client("auditor").get(ADDRESS).status_code == 403
    mentor = school.client("mentor").get(ADDRESS)
    assert mentor.status_code == 200
    assert "нет пар, с этапа которых" in searchable(mentor.text), "the mentor's own pair has met already"
    assert school.client().get("/pairs/steps/nothing/all").status_code == 404


def test_list_offers_it_where_there_is_more_than_a_page(school: School, pair_ids: list[str]) -> None:
    assert "Выбрать все по этому отбору" not in school.client().get("/pairs/list").text
    letters = "абвгдежзик"
    entered(school, *[(f"Ровный И{a}", f"Зуев М{a}{b}", "formed") for a in letters for b in letters[:5]])
    page = searchable(school.client().get("/pairs/list").text)

    assert "Выбрать все по этому отбору: 56 пар" in page
