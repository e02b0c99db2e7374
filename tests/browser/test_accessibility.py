"""The look that all pages get does see what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.accessibility import violations

PAGE = """
<!doctype html><html lang="ru"><title>Проба</title><style>td {{ color: #555 }} .pale {{ color: #bbb }}</style>
<main><table><tr>{cells}</tr></table>{more}</main></html>
"""


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    yield opened
    opened.close()


def test_every_kind_of_text_is_measured(page: Any) -> None:
    page.set_content(PAGE.format(cells="<td>Ким</td>" * 50, more=""))
    assert violations(page) == []

    for cells in ("<td>Ким</td>" * 50 + '<td class="pale">Лис</td>', '<td style="opacity: 0.3">Ким</td>'):
        page.set_content(PAGE.format(cells="<td>Ким</td>" + cells, more=""))
        (found,) = violations(page)
        assert found.startswith("color-contrast: <td ")


def test_all_other_rules_see_every_page(page: Any) -> None:
    for _ in range(2):
        page.set_content(PAGE.format(cells="<td>Ким</td>", more='<input name="day">'))
        assert violations(page) == ['label: <input name="day">']
